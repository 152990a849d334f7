"""Reads a text `simulation.log` (Gatling 2.0 to 3.12): lines of cells that tabs part.

The columns moved over the years; what stays is that start and end stand before `OK` or `KO`:

    2.0, 2.1    scenario user REQUEST groups name start sent received end OK message
    2.2, 2.3    REQUEST scenario user groups name start end OK message
    3.0 to 3.3  REQUEST user groups name start end OK message
    to 3.12     REQUEST groups name start end OK message
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest import repeats
from readiness.evidence.loadtest.numbers import LONGEST
from readiness.evidence.reader import Unreadable
from readiness.evidence.readers.gatling_log.events import Events, path
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.evidence.reader import Source
    from readiness.model.load import Labels

_VERDICTS = (b"OK", b"KO")
_EVENTS = (b"START", b"END")
_KINDS = (b"RUN", b"REQUEST", b"USER", b"GROUP", b"ERROR", b"ASSERTION")
_TIME = pattern(rb"[1-9][0-9]{12}")  # the years 2001 to 2286
_USER_TIME = pattern(rb"[1-9][0-9]{12}|0")
_STAMP = pattern(rb"\t([1-9][0-9]{12})(?:\t|$)")
_VERSION = pattern(rb"[0-9]{1,3}\.[0-9][0-9A-Za-z.+-]{0,40}")
_UNMATCHED = b"-9223372036854775808"
_OLD = 2  # where 2.0 and 2.1 have the kind of a record
_OLDEST, _NEWEST = 9, 5  # cells before the verdict, at least
_NAMED = 7  # likewise where a request has its scenario and its user
_SHORT = 5
_KNOWN = 10_000
_HINT = "keep the file as Gatling wrote it; was it edited, or cut off?"


def _when(line: bytes) -> bytes | None:
    """Return the time of a record; a line of a message has none."""
    match = _STAMP.search(line)
    return match[1] if match else None


class Lines:
    """Takes the lines of one log into events."""

    def __init__(self, source: Source) -> None:
        self.events = Events()
        self._source = source
        self._line = 0
        self._verdict = 0  # its place, the same in all requests of a log
        self._width = 0  # cells of a user, likewise
        self._open = False  # whether an error message goes on in the next line
        self._ran = False
        self._scenarios: set[bytes] = set()  # of users, up to 2.3
        self._asked: dict[bytes, int] = {}  # scenarios of requests of 2.2 and 2.3, with a line
        self._labels: dict[tuple[bytes, bytes], Labels] = {}

    def read(self) -> Events:
        """Count all lines.

        Raises:
            Unreadable: no log of Gatling, cut off, or a line that is none of its records.
        """
        lines = repeats.lines(self._source, _when)
        for number, line in lines:
            self._line = number
            try:
                self._take(line)
            except Unreadable:
                if next(lines, None) is None and not self._source.complete:
                    raise self._cut_off() from None
                raise
        if not self._ran:
            self._line = 1
            raise self._wrong("wrong-header", "there is no `RUN` record, with which a log begins")
        if not self._source.complete:
            raise self._cut_off()
        for scenario, first in self._asked.items():
            if scenario not in self._scenarios:
                self._line = first
                raise self._torn()
        return self.events

    def _cut_off(self) -> Unreadable:
        return self._wrong("cut-off", "the last line has no end: was Gatling killed?")

    def _take(self, line: bytes) -> None:
        cells = line.split(b"\t")
        kind = cells[0]
        if self._open and kind in _KINDS:
            raise self._wrong("ragged", "the error before it has no time")
        if kind == b"REQUEST":
            self._request(cells, old=False)
        elif kind == b"USER":
            self._user(cells)
        else:
            self._rare(kind, cells)

    def _rare(self, kind: bytes, cells: list[bytes]) -> None:
        """Take what is neither a request nor a user, or stands where 2.1 put it."""
        old = len(cells) > _OLD and cells[_OLD] in _KINDS and kind not in _KINDS
        if old:
            kind = cells[_OLD]
        if kind == b"RUN":
            self._run(cells, old=old)
        elif old and kind == b"REQUEST":
            self._request(cells, old=True)
        elif old and kind == b"USER":
            self._user(cells)
        elif kind == b"ERROR" or (kind == b"GROUP" and len(cells) < _SHORT):  # 2.3 mistook them
            if self._goes_on(cells) or any(cell.endswith(kind) for cell in cells[1:]):
                raise self._torn()
            self.events.errors += 1
            self._open = not _TIME.fullmatch(cells[-1])
        elif self._open:
            self._open = not _TIME.fullmatch(cells[-1])
        elif kind == b"GROUP" and self._goes_on(cells):
            raise self._torn()
        elif kind not in (b"GROUP", b"ASSERTION"):
            shown = kind[:40].decode("utf-8", "replace")
            raise self._wrong("unknown-record", f"`{shown}` begins no record of Gatling")

    def _run(self, cells: list[bytes], *, old: bool) -> None:
        if self._ran:
            message = "a second `RUN` record: the file holds two runs"
            raise self._wrong("two-runs", message, "keep one file per run")
        if len(cells) < _SHORT:
            raise self._wrong("ragged", "the `RUN` record is too short")
        if not old and not _VERSION.fullmatch(cells[-1]):
            raise self._torn()
        self._ran = True
        times = [cell for cell in cells[_OLD + old :] if _TIME.fullmatch(cell)]
        start = int(times[0]) if times else 0
        self.events.run(start, self._source.at(self._line, pointer="RUN"))

    def _request(self, cells: list[bytes], *, old: bool) -> None:
        place = self._verdict
        if not place:
            place = self._verdict = self._find(cells, _OLDEST if old else _NEWEST)
        elif place >= len(cells) or not self._timed(cells, place):
            self._find(cells, _NEWEST)
            raise self._torn()
        if self._goes_on(cells[place + 1 :]) or (old and cells[0] not in self._scenarios):
            raise self._torn()
        if place == _NAMED and not old:
            self._asked.setdefault(cells[1], self._line)
        first = place - 4 if old else place - 2
        start, end, name, groups = cells[first], cells[place - 1], cells[first - 1], first - 2
        if end == _UNMATCHED:
            self.events.unmatched += 1
            return
        if old and not _TIME.fullmatch(start):
            raise self._wrong("ragged", "a request without its start")
        labels = self._labels.get((cells[groups], name))
        if labels is None:
            labels = self._name(cells[groups], name)
        began, ended = int(start), int(end)
        if ended < began:
            raise self._wrong("contradiction", f"a request ends {began - ended} ms before it began")
        if ended - began >= LONGEST:
            raise self._wrong("number", f"a request of {ended - began:,} ms cannot be meant")
        self.events.request(began, ended, labels, passed=cells[place] == b"OK")

    def _goes_on(self, cells: list[bytes]) -> bool:
        """Tell whether there is a second request or user in what follows the first."""
        return any(
            (cell in _VERDICTS and place > 1 and self._timed(cells, place))
            or (cell in _EVENTS and cells[place + 1 :] and _TIME.fullmatch(cells[place + 1]))
            for place, cell in enumerate(cells)
        )

    def _torn(self) -> Unreadable:
        message = "the line is not one record: it goes on with another, or lacks a part"
        return self._wrong("torn", message, "did two processes write the log?")

    def _timed(self, cells: list[bytes], place: int) -> bool:
        """Tell whether a cell is a verdict with start and end before it."""
        end = cells[place - 1]
        timed = _TIME.fullmatch(end) or end == _UNMATCHED
        return bool(cells[place] in _VERDICTS and timed and _TIME.fullmatch(cells[place - 2]))

    def _find(self, cells: list[bytes], least: int) -> int:
        for place in range(least, len(cells)):
            if self._timed(cells, place):
                return place
        raise self._wrong("ragged", "a request without start, end and `OK` or `KO`")

    def _name(self, groups: bytes, name: bytes) -> Labels:
        try:
            parts = groups.decode().split(",") if groups.strip() else []
            labels = path(parts, name.decode())
        except UnicodeDecodeError:
            raise self._wrong("not-utf8", "a name is not UTF-8 text", "log as UTF-8") from None
        if len(self._labels) < _KNOWN:
            self._labels[groups, name] = labels
        return labels

    def _user(self, cells: list[bytes]) -> None:
        place = next((i for i, cell in enumerate(cells[:-1]) if i and cell in _EVENTS), None)
        times = cells[place + 1 :] if place is not None else []
        if place is None or not all(map(_USER_TIME.fullmatch, times)):
            raise self._wrong("ragged", "a user without `START` or `END` and a time")
        self._width = self._width or len(cells)
        if len(cells) != self._width:
            raise self._torn()
        self._scenarios.add(cells[0] if cells[0] != b"USER" else cells[1])
        starts = cells[place] == b"START"
        time = times[0] if starts else times[-1]  # an end has the start before it
        self.events.user(int(time), starts=starts)

    def _wrong(self, code: str, message: str, help: str = _HINT) -> Unreadable:
        at: Location = self._source.at(self._line)
        return Unreadable(code, message, at, help)
