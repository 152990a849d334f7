"""What users meet at full load: the steady part of load tests that reach the forecast peak."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.capacity import forecast_peak, load_stays
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength
from readiness.stats.digits import digits
from readiness.stats.held import best_level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch
    from readiness.model.load import Labels

_FIGURES = ("requests", "errors", "rate", "p50", "p95", "p99")
_JUDGED = ("rate", "errors", "p95")
_REACHED = 0.99  # of the peak: what was asked for is met but for chance
_STEADY = "steady."
_RUNS = {"run", "stage"}
_HELP = "hold one level at or above the peak for at least 20 windows, ramp apart"


class _Run(NamedTuple):
    """One run of a load test: its facts by metric, and the prefix of those that count."""

    test: Evidence
    labels: Labels
    facts: Mapping[str, Fact]
    part: str

    @property
    def rate(self) -> float:
        """Requests per second; without a steady part those of the tenth that had the most."""
        found = float(self.facts[f"{self.part}rate"].value)
        load = self.test.load
        if self.part or load is None or not load.width:
            return found
        return max(found, best_level([window.requests for window in load.windows], load.width))

    @property
    def doubt(self) -> str:
        """Why none of what is judged can be believed; empty if it can."""
        load = self.test.load
        if load is not None and not self.part:
            stays = load_stays([window for window in load.windows if window.requests])
            return f"{self._unsteady}; its load stays" if stays else ""
        asked = [f"{part}{name}" for part in ("", self.part) for name in _JUDGED]
        found = (p for p in self.test.problems if p.kind == "inconclusive" and p.concerns(asked))
        return next((problem.message for problem in found), "")

    @property
    def why_not(self) -> str:
        """Why it says nothing of full load; empty if it does."""
        part = self.part if self.test.load is None else _STEADY
        missing = [name for name in _JUDGED if f"{part}{name}" not in self.facts]
        if self.doubt or not missing:
            return self.doubt
        return f"it has no `{missing[0]}`" if self.test.load is None else "its load moves"

    @property
    def _unsteady(self) -> str:
        told = (p.message for p in self.test.problems if p.code in {"no-steady-state", "no-times"})
        return next(told, "it has no steady part")


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Take the figures of each run that reaches the peak; of several the worst counts."""
    peak = forecast_peak(launch)
    if peak is None:
        message, help_ = "the launch states no `peak` to test at", "set `parameters: {peak: …}`"
        return _nothing("no-peak", message, Location(path), help_)
    tests = {(e.path, e.reader): e for e in evidence if not e.invalid}
    runs = [found for test in tests.values() for found in _runs(test)]
    full = [found for found in runs if found.rate >= _REACHED * peak]
    used = [found for found in full if not found.why_not]
    if not full:
        fastest = max((found.rate for found in runs), default=0.0)
        message = f"no load test reaches the peak of {digits(peak)}/s: the fastest has "
        message += f"{digits(fastest, 4)}/s" if runs else "no rate"
        return _nothing("below-peak", message, Location(path), "test at the peak, or above it")
    problems = tuple(
        Problem(
            "warning" if used and not found.doubt else "inconclusive",
            "no-full-load",
            f"{found.test.path} says nothing of full load: {found.why_not}",
            Location(found.test.path),
            _HELP,
        )
        for found in full
        if found.why_not
    )
    facts = tuple(fact for found in used for fact in _facts(found))
    strength = min((found.test.strength for found in used), default=Strength.claimed)
    return Analysed(facts, problems, strength)


def _nothing(code: str, message: str, at: Location, help_: str) -> Analysed:
    return Analysed((), (Problem("inconclusive", code, message, at, help_),), Strength.claimed)


def _runs(test: Evidence) -> Iterator[_Run]:
    """Yield the runs of a file: the whole, or each of several and each stage of a bench."""
    groups: dict[Labels, dict[str, Fact]] = {}
    for fact in test.facts:
        if not isinstance(fact.value, bool | str):
            groups.setdefault(fact.labels, {}).setdefault(fact.metric, fact)
    for labels, facts in groups.items():
        if {"requests", "rate"} <= facts.keys() and (not labels or _RUNS & dict(labels).keys()):
            yield _Run(test, labels, facts, _STEADY if f"{_STEADY}rate" in facts else "")


def _facts(found: _Run) -> Iterator[Fact]:
    runs = (pair for pair in found.labels if pair[0] in _RUNS)
    labels = (("file", found.test.path), *runs)
    for name in _FIGURES:
        if fact := found.facts.get(f"{found.part}{name}"):
            yield fact._replace(metric=f"full_load.{name}", labels=labels, origin="derived")


_AT = "at full load; labels file, run, stage"
ANALYSIS = Analysis(
    id="full-load",
    title="Figures at full load",
    run=run,
    metrics=(
        ("full_load.requests", "", f"requests {_AT}"),
        ("full_load.errors", "ratio", f"failures per request {_AT}"),
        ("full_load.rate", "1/s", f"requests per second {_AT}"),
        *((f"full_load.{name}", "ms", f"{name} response time {_AT}") for name in _FIGURES[3:]),
    ),
    formula="of each load test whose rate is the forecast peak or more (99 % of it): the "
    "`steady.*` figures, without warm-up, ramp and cool-down; those of the whole run where it "
    "is a summary, which has no others; none of a load that moves (stepped, ramped). A run that "
    "has no steady part although its load stays is inconclusive, whatever other runs show",
    source="the steady part: White 1997, Simulation 69:323",
    example="full_load.p95 <= 800 ms",
)
