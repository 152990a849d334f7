"""Capacity of the service: a scalability law fitted to every load test that has samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.capacity import capacity_of, forecast_peak
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength
from readiness.stats.capacity import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch
    from readiness.stats.capacity import Capacity

_HELP = "step the load: hold at least four levels, the highest three times the lowest"


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Fit each load test; one that supports a fit is enough, and what it says is labelled."""
    tests = {e.path: e for e in evidence if e.load is not None and not e.invalid}
    if not tests:
        message = "no load test with samples is linked"
        help_ = "link the tool's log of single requests, such as k6 --out json or a JTL"
        problem = Problem("inconclusive", "no-samples", message, Location(path), help_)
        return Analysed((), (problem,), Strength.claimed)
    peak = forecast_peak(launch)
    facts: list[Fact] = []
    refusals: list[tuple[Evidence, Refusal]] = []
    for test in tests.values():
        found = _found(test)
        if isinstance(found, Refusal):
            refusals.append((test, found))
        else:
            facts += _facts(test, found, peak)
    problems = tuple(
        Problem(
            "warning" if facts else "inconclusive",
            "no-capacity-fit",
            f"no capacity can be told from {test.path}: {refusal.reason}",
            Location(test.path),
            _HELP,
        )
        for test, refusal in refusals
    )
    return Analysed(tuple(facts), problems, min(test.strength for test in tests.values()))


def _found(test: Evidence) -> Capacity | Refusal:
    """Return the capacity that a test shows; what proves nothing of its rate shows none."""
    for problem in test.problems:
        if problem.kind == "inconclusive" and problem.concerns(("rate",)):
            return Refusal(problem.message)
    return capacity_of(test.load) if test.load else Refusal("no samples")


def _facts(test: Evidence, found: Capacity, peak: float | None) -> Iterator[Fact]:
    at = Location(test.path)
    labels = (("file", test.path),)

    def fact(metric: str, value: float, unit: str = "") -> Fact:
        return Fact(metric, value, unit, at, labels, origin="derived")

    yield fact("capacity.tested", found.tested, "1/s")
    yield fact("capacity.fit", found.r2)
    if found.knee is not None and found.peak is not None and found.peak_interval is not None:
        yield fact("capacity.knee", found.knee)
        yield fact("capacity.peak", found.peak, "1/s")
        yield fact("capacity.peak.low", found.peak_interval.low, "1/s")
    if peak is not None:
        yield fact("headroom", _least(found) / peak)


def _least(found: Capacity) -> float:
    """Return what the service bears at least: of the peak, without a knee of what was tested.

    Neither is more than was answered over a tenth of the run: what no test saw is no headroom.
    """
    if found.peak is not None and found.peak_interval is not None:
        return min(found.peak, found.peak_interval.low)
    return min(found.tested, max(place.low for place in found.band))


ANALYSIS = Analysis(
    id="load-capacity",
    title="Capacity under load",
    run=run,
    metrics=(
        ("capacity.knee", "", "requests in flight at which throughput is highest; label file"),
        ("capacity.peak", "1/s", "the highest throughput by the fit; label file"),
        (
            "capacity.peak.low",
            "1/s",
            "lower end of its 95 % interval, at most `capacity.tested`; label file",
        ),
        ("capacity.tested", "1/s", "the highest throughput of a tenth of the run; label file"),
        ("capacity.fit", "", "R² of the fit; label file"),
        (
            "headroom",
            "",
            "low end of the capacity, at most `capacity.tested`, over `peak`; label file",
        ),
    ),
    formula="X(N) = λN ⁄ (1 + σ(N − 1) + κN(N − 1)), fitted to successful answers per second and "
    "requests in flight of each window, up to a collapse that it cannot follow; refused, with the "
    "reason, where the load has too few levels or throughput does not follow from it; without a "
    "knee where the load stayed below saturation",
    source="Gunther, Guerrilla Capacity Planning (2007), chapter 6; Little 1961, Operations "
    "Research 9:383",
)
