"""What was measured that settings are held against: requests at once, rates, 99th percentiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.breakers import Rate
from readiness.analysis.capacity import points_of
from readiness.analysis.configured import NAMES, number, number_of
from readiness.analysis.latency import percentiles
from readiness.analysis.linked import proving
from readiness.analysis.stated import stated
from readiness.model.fact import Strength
from readiness.model.text import plural
from readiness.stats.proportions import samples_needed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.analysis.configured import Subject
    from readiness.errors import Location
    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.launch import Launch

OFF_PEAK, PEAK = "off_peak", "peak"
_P99 = 99.0
_WHOLE = ("p99", "e2e.p99")


class Tested(NamedTuple):
    """The most requests at once that a load test had, in words how that is known, and where."""

    value: float
    how: str
    at: Location
    strength: Strength


def concurrency(evidence: Iterable[Evidence]) -> Tested | None:
    """Return the most requests at once over all load tests.

    That is what a test states as users or requests at once, which is at least what is in flight;
    else by Little's law (1961) rate × mean time, of the busiest window where samples tell.
    """
    found = [one for piece in _load_tests(evidence) for one in _in_flight(piece)]
    return max(found, key=lambda one: one.value, default=None)


def _load_tests(evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    for piece in proving(evidence):
        sent = piece.load is not None or any(fact.metric == "requests" for fact in piece.facts)
        if sent and piece.strength >= Strength.measured:
            yield piece


def _in_flight(piece: Evidence) -> Iterator[Tested]:
    """Yield the requests at once of one test: of the whole, else of each of its parts."""
    groups: dict[object, dict[str, Fact]] = {}
    for fact in piece.facts:
        if fact.samples != 0 and (number(fact) or 0) > 0:
            groups.setdefault(fact.labels, {})[fact.metric] = fact
    whole = groups.pop((), {})
    for group in (whole, *groups.values()):
        known = group.get("concurrency")
        if known is not None:
            how = f"{known.value:g} at once in {piece.path}"
            yield Tested(float(known.value), how, known.at, piece.strength)
    points = points_of(piece.load) if piece.load is not None else ()
    rate, mean = whole.get("rate"), whole.get("mean")
    if "concurrency" in whole or rate is None or mean is None:
        return
    value = max((point.concurrency for point in points), default=0.0)
    value = max(value, float(rate.value) * float(mean.value) / 1000)
    how = f"{value:.3g} in flight in {piece.path}, by Little's law"
    yield Tested(value, how, rate.at, piece.strength)


def lowest_rate(launch: Launch, evidence: Iterable[Evidence]) -> Rate | None:
    """Return the rate of a quiet hour, else the peak, else the lowest rate of a load test."""
    told = stated(launch, "rate", OFF_PEAK, PEAK)
    if told is not None and told.value > 0:
        return Rate(told.value, f"launch.{told.name}")
    rates = [
        Rate(value, f"the rate of {piece.path}")
        for piece in _load_tests(evidence)
        for fact in piece.facts
        if fact.metric == "rate" and not fact.labels and (value := number(fact) or 0.0) > 0
    ]
    return min(rates, default=None)


class Slow(NamedTuple):
    """A 99th percentile that a timeout must leave time for.

    `value` is None where it was not measured. `doubt` says why it may be larger than that: it then
    shows that a timeout is short, and never that it is long enough.
    """

    value: float | None
    doubt: str = ""


class Slowest:
    """The 99th percentiles of components, routes and upstreams, and of the whole."""

    def __init__(self, launch: Launch, evidence: Iterable[Evidence]) -> None:
        self._components = launch.components
        self._called = {callee for part in launch.components.values() for callee in part.calls}
        measured = [e for e in proving(evidence) if e.strength >= Strength.measured]
        self._shares = percentiles(measured)
        self._whole = [
            fact
            for piece in measured
            for fact in piece.facts
            if fact.metric in _WHOLE and not fact.labels and fact.unit == "ms" and fact.samples != 0
            if number(fact) is not None
        ]

    def of(self, subject: Subject) -> Slow:
        """Return the largest p99 measured under a subject's names; of an entry that of the whole.

        Time on the critical path is a component's own, without what it calls.
        """
        part = self._components.get(subject.component)
        if part and subject.component not in self._called and self._whole:
            slowest = max(self._whole, key=number_of)
            return Slow(number_of(slowest), _few(slowest.samples))
        names = {value for label, value in subject.labels if label in NAMES}
        names |= {subject.component, part.stage or subject.component} if part else set()
        found = [self._shares.get(name, {}).get(_P99, {}) for name in sorted(names)]
        calls = [kept["call"] for kept in found if "call" in kept]
        own = [kept["request"] for kept in found if "request" in kept]
        if not calls and not own:
            return Slow(None, "its p99 was not measured")
        worst = max(calls or own, key=lambda measured: measured.value)
        if not calls and part and part.calls:
            return Slow(worst.value, "traces tell its own time, without what it calls")
        return Slow(worst.value, _few(worst.samples))


def _few(samples: int | None) -> str:
    few = samples is not None and samples < samples_needed(_P99 / 100, confident=False)
    return f"its p99 rests on {plural(samples or 0, 'sample')}" if few else ""
