"""Reads a binary `simulation.log` (Gatling 3.13 and later).

Big-endian records, each after a byte that names it: 0 the run, 1 a request, 2 a user, 3 a group,
4 an error. Times are milliseconds since the run began. A text is its length, its bytes and a byte
for their coding; one that comes again is the negative number that its first use was given.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from readiness.evidence.reader import Unreadable
from readiness.evidence.readers.gatling_log.events import Events, path
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.evidence.reader import Source

_RUN, _REQUEST, _USER, _GROUP, _ERROR = range(5)
_VERSION = pattern(r"3\.(?:13\.[1-9][0-9]*|14\.[0-9]+)(?:[.-].{0,20})?")
_INT, _LONG = struct.Struct(">i"), struct.Struct(">q")
_LONGEST = 1 << 20  # bytes of a text; Gatling has a buffer of 8 KiB
_MOST = 10_000  # groups, scenarios, assertions
_KNOWN = 200_000  # texts that are kept to be found again
_SHOWN = 500  # characters of each
_WRAP = 1 << 32
_CODINGS = {0: "latin-1", 1: "utf-16-le"}
_HINT = "keep the file as Gatling wrote it; was it edited, or cut off?"


class _Short(Exception):  # noqa: N818 - no error: the next piece has the rest
    """A record goes on in the next piece of the file."""


class Records:
    """Takes the records of one log into events."""

    def __init__(self, source: Source) -> None:
        self.events = Events()
        self._source = source
        self._data = b""
        self._place = 0  # in the data
        self._before = 0  # bytes of the file that came before the data
        self._texts: dict[int, str] = {}
        self._last = 0  # number of the newest text
        self._start: int | None = None

    def read(self) -> Events:
        """Count all records.

        Raises:
            Unreadable: no log of Gatling, of a version not known, cut off, or corrupt.
        """
        for piece in self._source.chunks():
            self._data = self._data[self._place :] + piece
            self._before += self._place
            self._place = 0
            self._take()
        if self._place < len(self._data) or self._start is None:
            raise self._wrong("cut-off", "the last record is cut off: was Gatling killed?")
        return self.events

    def _take(self) -> None:
        """Take the records that are whole."""
        kinds = {_REQUEST: self._request, _USER: self._user, _GROUP: self._group}
        kinds[_ERROR] = self._error
        data = self._data
        while self._place < len(data):
            start, last = self._place, self._last
            kind = data[start]
            take = kinds.get(kind)
            if take is None and self._start is not None:
                raise self._unknown(kind)
            self._place += 1
            try:
                if self._start is None:
                    self._run(kind)
                elif take is not None:
                    take()
            except _Short:
                self._place, self._last = start, last
                return

    def _unknown(self, kind: int) -> Unreadable:
        if kind == _RUN:
            message = "a second run begins: the file holds two runs"
            return self._wrong("two-runs", message, "keep one file per run")
        return self._wrong("unknown-record", f"{kind} names no record of Gatling")

    def _run(self, kind: int) -> None:
        if kind != _RUN:
            raise self._wrong("wrong-header", "it does not begin with the record of a run")
        version = self._text()
        if not _VERSION.fullmatch(version):
            shown = f"`{version[:20]}`" if version.isprintable() else "an unknown version"
            message = f"binary log of {shown}; 3.13.1 to 3.14 can be read"
            help_ = "link `js/stats.js` of the same report, or install a newer readiness"
            raise self._wrong("unknown-version", message, help_)
        self._text()  # the simulation
        start = self._number(_LONG)
        self._text()  # its description
        for _ in range(self._count()):
            self._text()  # a scenario
        for _ in range(self._count()):
            self._skip(self._length())  # an assertion
        self._start = start
        self.events.run(start, self._source.at(pointer="RUN"))

    def _request(self) -> None:
        groups = [self._cached() for _ in range(self._count())]
        name = self._cached()
        began, ended = self._number(_INT), self._number(_INT)
        passed = self._flag()
        self._cached()  # the message
        start = self._start or 0
        if (ended + start) % _WRAP == 0:
            self.events.unmatched += 1  # its end is the lowest number that Java knows
            return
        if ended < began:
            raise self._wrong("contradiction", f"a request ends {began - ended} ms before it began")
        self.events.request(start + began, start + ended, path(groups, name), passed=passed)

    def _user(self) -> None:
        self._number(_INT)  # the scenario
        starts = self._flag()
        time = (self._start or 0) + self._number(_INT)
        self.events.user(time, starts=starts)

    def _group(self) -> None:
        for _ in range(self._count()):
            self._cached()
        self._skip(3 * _INT.size)
        self._flag()

    def _error(self) -> None:
        self._cached()
        self._number(_INT)
        self.events.errors += 1

    def _number(self, form: struct.Struct) -> int:
        place = self._place
        self._skip(form.size)
        return int(form.unpack_from(self._data, place)[0])

    def _flag(self) -> bool:
        place = self._place
        self._skip(1)
        if self._data[place] > 1:
            raise self._wrong("corrupt", f"{self._data[place]} where a 0 or 1 should be")
        return self._data[place] == 1

    def _skip(self, size: int) -> None:
        if self._place + size > len(self._data):
            raise _Short
        self._place += size

    def _length(self, most: int = _LONGEST) -> int:
        length = self._number(_INT)
        if not 0 <= length <= most:
            raise self._wrong("corrupt", f"{length} where a length or count should be")
        return length

    def _count(self) -> int:
        return self._length(_MOST)

    def _text(self) -> str:
        length = self._length()
        if not length:
            return ""
        place = self._place
        self._skip(length + 1)
        coding = _CODINGS.get(self._data[self._place - 1])
        if coding is None:
            raise self._wrong("corrupt", "a text of unknown coding")
        return self._data[place : place + length].decode(coding, "replace")

    def _cached(self) -> str:
        """Return a text, or the one that a negative number stands for."""
        index = self._number(_INT)
        if index < 0:
            if -index > self._last:
                raise self._wrong("corrupt", "it refers to a text that was never written")
            return self._texts.get(-index, "(others)")
        if index != self._last + 1:
            raise self._wrong("corrupt", f"text {index} follows text {self._last}")
        text = self._text()[:_SHOWN]
        self._last = index
        if len(self._texts) < _KNOWN:
            self._texts[index] = text
        return text

    def _wrong(self, code: str, message: str, help: str = _HINT) -> Unreadable:
        at = self._source.at(pointer=f"byte {self._before + self._place}")
        return Unreadable(code, message, at, help)
