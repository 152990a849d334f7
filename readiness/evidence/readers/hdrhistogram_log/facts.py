"""The intervals of one run and tag, merged exactly as they come, to facts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.facts import HELD, load_facts, times
from readiness.evidence.loadtest.tally import MOST_WINDOWS, Tally
from readiness.model.fact import Fact
from readiness.stats.histogram import from_counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from readiness.errors import Location
    from readiness.model.load import Load

Labels = tuple[tuple[str, str], ...]
VALUE = "value."
_PARTS = 20  # of the stretch for which a rate is held
_UNTOLD = {"failures", "errors"}  # a histogram holds times only
_BY_SECOND = {"steady", "corrected", "ramp"}  # what needs to know when the samples were
_LONG = 1.5  # seconds: an interval that is more than a second does not say that
_PACE = {"rate", "duration"}
_SIGNIFICANT = 12


class Group:
    """What the intervals of one tag hold: values by how often, and samples by time.

    Attributes:
        line: that of the first interval.
        factor: by which values are multiplied to be ms; None if the unit is not known.
        responses: whether they are response times of a load test.
        total: how many values there are.
    """

    def __init__(self, line: int, factor: float | None, responses: bool) -> None:
        self.line, self.factor, self.responses = line, factor, responses
        self.total = 0
        self._counts: Counter[float] = Counter()
        self._tally = Tally()
        self._ends: tuple[float, float] | None = None
        self._longest = 0.0

    @property
    def seconds(self) -> float:
        """From the start of the first interval to the end of the last."""
        return round(self._ends[1] - self._ends[0], 6) if self._ends else 0.0

    def take(self, start: float, length: float, counts: Mapping[float, int]) -> int:
        """Take in an interval, by the highest value of each class; return the work it made."""
        low, high = self._ends or (start, start + length)
        self._ends = min(low, start), max(high, start + length)
        self._longest = max(self._longest, length)
        self.total += sum(counts.values())
        if not self.responses or not self.factor:
            self._counts.update(counts)
            return len(counts)
        parts = min(max(1, round(length)), MOST_WINDOWS)
        self._spread(start, length / parts, parts, counts)
        self._tally.span(start, start + length)
        return len(counts) * parts

    def _spread(self, start: float, step: float, parts: int, counts: Mapping[float, int]) -> None:
        """Give samples to the seconds of their interval, evenly: a log does not say when they were.

        So no window is empty only because an interval is longer than a second.
        """
        turn = 0
        for value, count in counts.items():
            each, rest = divmod(count, parts)
            ms = _scaled(value, self.factor or 1.0)
            for part in range(parts) if each else ():
                self._tally.add(start + part * step, ms, n=each)
            for extra in range(rest):
                self._tally.add(start + (turn + extra) % parts * step, ms)
            turn = (turn + rest) % parts

    def facts(self, at: Location, labels: Labels) -> tuple[list[Fact], Load | None]:
        """Return what it says; its samples too, if they are response times."""
        if not self.responses or not self.factor:
            return list(self._values(at, labels)), None
        load = self._tally.load()
        load.ended = True  # an interval holds what was recorded in it, which is when it ended
        kept = [fact for fact in load_facts(load, at) if self._known(fact)]
        facts = [f._replace(labels=tuple(sorted((*f.labels, *labels)))) for f in kept]
        return [*facts, *self._pace(at, labels)], load

    def _pace(self, at: Location, labels: Labels) -> Iterator[Fact]:
        yield Fact("duration", self.seconds * 1000, "ms", at, labels, None, "derived")
        if self.total and self.seconds:
            rate = self.total / self.seconds
            yield Fact("rate", rate, "1/s", at, labels, self.total, "derived")

    def _values(self, at: Location, labels: Labels) -> Iterator[Fact]:
        """Yield what values say that are no response times, or in which unit is not known."""
        unit = "" if self.factor is None else "ms"
        scaled = {_scaled(v, self.factor or 1.0): n for v, n in self._counts.items()}
        yield Fact(f"{VALUE}count", self.total, "", at, labels, None, "derived")
        for fact in times(from_counts(scaled), at, labels, VALUE):
            yield fact._replace(unit=unit)
        yield Fact("duration", self.seconds * 1000, "ms", at, labels, None, "derived")

    def _known(self, fact: Fact) -> bool:
        """Whether the intervals show it: a held rate, if each part of its stretch has one."""
        first, _, last = fact.metric.partition(".")
        if (last or first) in _UNTOLD or fact.metric in _PACE:
            return False
        if self._longest > _LONG and first in _BY_SECOND:
            return False
        stretch = dict(fact.labels).get("for")
        return stretch is None or HELD[stretch] / _PARTS >= self._longest


def _scaled(value: float, factor: float) -> float:
    return float(f"{value * factor:.{_SIGNIFICANT}g}")
