"""The lines of an interval log: who wrote it, when its intervals began, what they hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.numbers import MOST
from readiness.evidence.loadtest.spectrum import declared_unit
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.readers.hdrhistogram_log.decode import Malformed, decode
from readiness.evidence.readers.hdrhistogram_log.facts import Group
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location

_DECIMAL = r"[0-9]{1,15}(?:\.[0-9]{1,9})?"
_INTERVAL = pattern(
    rf"(?:Tag=([^, ]{{0,200}}),)?\s*({_DECIMAL}),\s*({_DECIMAL}),\s*({_DECIMAL}),([A-Za-z0-9+/=]+)"
)
_START = pattern(rf"#\s*\[StartTime:\s*({_DECIMAL})")
_BASE = pattern(rf"(?i:#\s*\[BaseTime:)\s*({_DECIMAL})")  # a Go writer spells it `Basetime`
_LEGEND = '"'
_YEAR = 365 * 24 * 3600
_EPOCH = (1_000_000_000, 10_000_000_000)  # seconds, the years 2001 to 2286
_BUDGET = 100_000_000  # numbers to read and samples to place: some ten seconds
_MOST = {"tag": 100, "interval": 1_000_000}


class Writer(NamedTuple):
    """A program whose log is known.

    Attributes:
        mark: matches a comment that it writes.
        name: what it is called.
        factor: by which its values are multiplied to be ms.
        responses: whether the values are response times of a load test.
    """

    mark: re.Pattern[str]
    name: str
    factor: float
    responses: bool = True


WRITERS = (
    Writer(pattern(r"#\[Logged with jHiccup version"), "jHiccup", 1e-6, responses=False),
    Writer(pattern(r"#\[Logging for: [A-Z]"), "YCSB", 1e-3),
    Writer(pattern(r"#Logging op latencies for Cassandra Stress|#Logged with Cql-stress"),
           "Cassandra stress", 1e-6),
)  # fmt: skip
_FAILED = pattern(r"#\[Logging for: \S*FAILED\S*\]")


class Maximum(NamedTuple):
    """The largest value of an interval: by its histogram, and as it is stated."""

    line: int
    value: float
    stated: float


@dataclass
class Run:
    """What follows one `StartTime`.

    Attributes:
        began: seconds that `StartTime` says, if there is one.
        base: seconds to add to the times of intervals, if a line says so.
        groups: what the intervals of each tag hold; those without one have an empty tag.
        maxima: of each interval, in the order of the file.
        last: line and end of the last interval, in seconds with the offset.
        epoch: whether all times are seconds since 1970.
    """

    began: float | None = None
    base: float | None = None
    groups: dict[str, Group] = field(default_factory=dict)
    maxima: list[Maximum] = field(default_factory=list)
    last: tuple[int, float] = (0, 0.0)
    epoch: bool = True

    def offset(self, start: float) -> float:
        """Return what to add to times, given that of the first interval (HistogramLogReader)."""
        if self.base is None:
            relative = self.began is not None and start < self.began - _YEAR
            self.base = self.began if relative and self.began else 0.0
        return self.base


@dataclass
class Log:
    """All of a log.

    Attributes:
        runs: those with intervals.
        writer: who wrote it, if that is known.
        factor: by which values are multiplied to be ms, where the file says the unit.
        failed: where the log says that it holds failed operations only.
        first: line of the first interval.
    """

    source: Source
    runs: list[Run] = field(default_factory=lambda: [Run()])
    writer: Writer | None = None
    factor: float | None = None
    failed: int = 0
    first: int = 0
    spent: int = 0

    @property
    def scale(self) -> tuple[float | None, bool]:
        """The factor to ms, None if the unit is not known; whether these are response times."""
        if self.writer and not self.writer.responses:
            return self.writer.factor, False
        factor = self.factor or (self.writer.factor if self.writer else None)
        return factor, factor is not None

    def comment(self, number: int, text: str) -> None:
        """Take in a comment; who writes, and in which unit, is said before the first interval."""
        start, base = _START.match(text), _BASE.match(text)
        if start and self.runs[-1].groups:
            self.runs.append(Run())
        if start:
            self.runs[-1].began = float(start[1])
        elif base and not self.runs[-1].groups:
            self.runs[-1].base = float(base[1])
        if not self.first:
            self.writer = self.writer or next((w for w in WRITERS if w.mark.match(text)), None)
            self.factor = self.factor or declared_unit(text)
        self.failed = self.failed or (number if _FAILED.match(text) else 0)

    def interval(self, number: int, text: str) -> None:
        """Take in a line that is no comment.

        Raises:
            Unreadable: it is no interval, or its histogram is damaged.
        """
        at = self.source.at(number)
        match = _INTERVAL.fullmatch(text)
        if not match:
            message = f"`{text[:40]}` is no interval: start, length, maximum, histogram"
            raise Unreadable("not-interval", message, at, "was the file cut off or edited?")
        try:
            histogram, read = decode(match[5])
        except Malformed as error:
            raise Unreadable("corrupt", str(error), at, "was the file cut off or edited?") from None
        if sum(histogram.counts.values()) >= MOST / _MOST["interval"]:
            message = f"{sum(histogram.counts.values()):,} values in one interval are no counts"
            raise Unreadable("corrupt", message, at, "was the file edited?")
        counts: dict[float, int] = {}
        for _, high, count in histogram.classes():
            counts[high] = counts.get(high, 0) + count
        self.first = self.first or number
        start, length, stated = (float(match[i]) for i in (2, 3, 4))
        run = self.runs[-1]
        began = start + run.offset(start)
        tag = match[1] or ""
        if tag not in run.groups:
            run.groups[tag] = Group(number, *self.scale)
        self.spent += read + run.groups[tag].take(began, length, counts)
        run.maxima.append(Maximum(number, max(counts, default=0.0), stated))
        run.epoch = run.epoch and _EPOCH[0] <= began <= began + length < _EPOCH[1]
        run.last = max(run.last, (number, began + length), key=lambda pair: pair[1])
        self._check(run, at)

    def _check(self, run: Run, at: Location) -> None:
        for what, number in {"tag": len(run.groups), "interval": len(run.maxima)}.items():
            if number > _MOST[what]:
                message = f"the log has more than {_MOST[what]:,} {what}s"
                raise Unreadable("too-large", message, at, "log less, or split it")
        if self.spent > _BUDGET:
            message = "the log holds more than is read"
            raise Unreadable("too-large", message, at, "log longer intervals, or fewer digits")


def read_log(source: Source) -> Log:
    """Return all intervals of a log, decoded.

    Raises:
        Unreadable: a line is neither comment nor legend nor interval, or is cut off.
    """
    log, empty = Log(source), True
    for number, line in source.lines():
        try:
            text = line.decode().strip()
        except UnicodeDecodeError:
            at = source.at(number)
            raise Unreadable(
                "not-utf8", "this line is not UTF-8 text", at, "is it a log?"
            ) from None
        if text.startswith("#"):
            log.comment(number, text)
        elif text and not text.startswith(_LEGEND):
            log.interval(number, text)
        empty = False
    if empty:
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    log.runs = [run for run in log.runs if run.groups]
    return log
