"""Reads the table of `ab -g`, one row per response, into load facts recomputed from the rows.

Format: output_results in support/ab.c of https://github.com/apache/httpd.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from readiness.evidence.loadtest import repeats
from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.facts import SAMPLED, load_facts
from readiness.evidence.loadtest.fenced import pasted, unfenced
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.model.fact import Problem, Strength

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_HEADER = b"starttime\tseconds\tctime\tdtime\tttime\twait"
_EPOCH = (1_000_000_000, 10_000_000_000)  # seconds, the years 2001 to 2286
_MOST = 200_000  # distinct pairs of second and time that are held
_COARSE = 20  # seconds: a shorter run is known to a second, more than 5 % of it
_DATE = "%a %b %d %H:%M:%S %Y"  # local time
_QUARTER, _FARTHEST = 900, 15 * 3600  # seconds by which zones differ, and how far one can be off
_LONGEST = 10_000_000  # ms
_UNKNOWN = {"failures", "errors"}  # ab writes responses only, and not whether they were good
_CLOCK = {"rate", "duration", "ramp", "steady", "corrected"}  # and what is below them


def sniff(head: bytes) -> int:
    """Return 90 for the table of `ab -g`, 85 where it stands in a code fence."""
    return _table(head) or pasted(head, _table)


def _table(head: bytes) -> int:
    """Return 90 for the header of `ab -g`, in six columns."""
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].rstrip(b"\r")
    return 90 if line == _HEADER else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all rows, which ab sorts by response time and not by their own.

    Raises:
        Unreadable: two tables, another header, a ragged or cut-off row, or a value that is no
            number.
    """
    source = unfenced(source, _table)
    rows = _Rows(source)
    for number, line in repeats.lines(source):
        rows.take(number, line)
    rows.finish()
    load = rows.tally.load("closed")
    head, at = source.at(1), source.at(1, pointer="ttime")
    coarse = rows.seconds < _COARSE
    facts = [f for f in load_facts(load, at) if _known(f.metric, coarse=coarse)]
    problems = [*rows.problems, *_unsaid(head)]
    if coarse and rows.last:
        message = "the run took seconds, and starts are whole seconds: no rate and duration"
        help_ = "run it longer, or link what ab printed too"
        problems.append(Problem("warning", "coarse-times", message, head, help_))
    problems += common_problems(facts, head)
    if not rows.last:
        return Reading((), tuple(problems))
    second, line_number = rows.last
    when = source.at(line_number, pointer="seconds")
    return Reading(
        tuple(facts), tuple(problems), datetime.fromtimestamp(second, UTC), when, load=load
    )


def _known(metric: str, *, coarse: bool) -> bool:
    first, _, last = metric.partition(".")
    return (last or first) not in _UNKNOWN and not (coarse and first in _CLOCK)


def _unsaid(head: Location) -> list[Problem]:
    message = "ab writes responses here, not whether they were good: there is no error rate"
    help_ = "link what ab printed too: it has `Failed requests` and `Non-2xx responses`"
    return [Problem("warning", "no-outcomes", message, head, help_)]


class _Rows:
    """Counts rows by second and time; too many pairs at once are handed on to the tally."""

    def __init__(self, source: Source) -> None:
        from collections import Counter  # noqa: PLC0415 - costs start-up time

        self.source, self.tally = source, Tally()
        self.pairs: Counter[tuple[int, int]] = Counter()
        self.problems: list[Problem] = []
        self.first, self.last = 0, (0, 0)
        self.header = False
        self.line = 0
        self.begun: set[tuple[bytes, bytes]] = set()  # starts and seconds that agree

    @property
    def seconds(self) -> int:
        """How many seconds lie between the first start and the last."""
        return self.last[0] - self.first

    def take(self, number: int, line: bytes) -> None:
        """Take in a line."""
        self.line = number
        if not self.header:
            if line != _HEADER:
                message = "the first line is not the header of `ab -g`"
                at, help_ = self.source.at(number), "keep the file as ab wrote it"
                raise Unreadable("wrong-header", message, at, help_)
            self.header = True
            return
        second, time = self._row(number, line)
        self.pairs[second, time] += 1
        if second > self.last[0]:
            self.last = (second, number)
        if not self.first or second < self.first:
            self.first = second
        if len(self.pairs) >= _MOST:
            self._hand_on()

    def _row(self, number: int, line: bytes) -> tuple[int, int]:
        cells = line.split(b"\t")
        if len(cells) != 6:  # noqa: PLR2004 - columns of the header
            message = f"{len(cells)} cells where the header has 6"
            at, help_ = self.source.at(number), "was the file cut off?"
            raise Unreadable("ragged", message, at, help_)
        for name, cell in zip(
            ("seconds", "ctime", "dtime", "ttime", "wait"), cells[1:], strict=True
        ):
            if not cell.isdigit() or len(cell) > 12:  # noqa: PLR2004 - digits
                shown = cell[:40].decode("utf-8", "replace")
                at = self.source.at(number, pointer=name)
                message = f"`{name}` is `{shown}`, not a whole number"
                raise Unreadable("number", message, at, "was the file edited, or cut off?")
        self._start(number, cells[0], cells[1])
        second, connect, process, total, wait = map(int, cells[1:])
        at = self.source.at(number, pointer="seconds")
        if not _EPOCH[0] <= second < _EPOCH[1] or total > _LONGEST:
            message = f"{second} s and {total} ms are no start since 1970 and time of a request"
            raise Unreadable("number", message, at, "was the file edited?")
        if not self.problems and (abs(total - connect - process) > 1 or wait > process + 1):
            message = f"{total} ms are not {connect} ms to connect and {process} ms to process"
            self.problems.append(contradiction(message, self.source.at(number, pointer="ttime")))
        return second, total

    def _start(self, number: int, start: bytes, second: bytes) -> None:
        """Refuse a start that is no date, or another time than its second: but for a zone."""
        if (start, second) in self.begun:
            return
        try:
            local = datetime.strptime(start.decode(), _DATE).replace(tzinfo=UTC)
        except ValueError:
            local = None
        zone = local.timestamp() - int(second) if local else 1
        if zone % _QUARTER or abs(zone) > _FARTHEST:
            shown = start[:40].decode("utf-8", "replace")
            at = self.source.at(number, pointer="starttime")
            message = f"`starttime` is `{shown}`, not the date of {int(second)} s"
            raise Unreadable("torn", message, at, "did two processes write the file?")
        if len(self.begun) < _MOST:
            self.begun.add((start, second))

    def _hand_on(self) -> None:
        for (second, time), count in sorted(self.pairs.items()):
            self.tally.add(second, time, n=count)
        self.pairs.clear()

    def finish(self) -> None:
        """Hand on what is left."""
        if not self.header:
            at = self.source.at()
            raise Unreadable("empty", "the file is empty", at, "did the run finish?")
        if not self.source.complete:
            message, help_ = "the last row has no end, which ab writes", "was the file cut off?"
            raise Unreadable("cut-off", message, self.source.at(self.line), help_)
        self._hand_on()


READER = Reader(
    id="ab-samples",
    title="ApacheBench samples (`-g`)",
    summary="response times of a run of ab, recomputed from all responses",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=tuple(m for m in SAMPLED if _known(m.name, coarse=False)),
    produce="ab -l -t 1800 -n 10000000 -c 50 -g samples.tsv http://host/path > ab.txt",
    source="https://github.com/apache/httpd/blob/trunk/support/ab.c (output_results)",
    traps=(
        "Pasted into Markdown it is read from its code fence; of two tables neither is.",
        "Rows are sorted by response time, not by when they began: they are put in order here.",
        "Whether a response was good is not in it: no `errors`, and a warning. Link ab's text too.",
        "What got no response has no row.",
        "Times are whole milliseconds, starts whole seconds: under 20 s no rate and no duration.",
        "ab is a closed loop: a stall is in as few rows as requests ran at a time.",
    ),
    streams=True,
    shape="csv",
)
