"""Two load tests side by side: what changed, tested on their samples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from readiness.analysis.capacity import load_stays
from readiness.model import load_result as r
from readiness.model.quantity import show
from readiness.model.text import and_list
from readiness.stats.clumps import WINDOWS, Scored
from readiness.stats.difference import HIGHER, LOWER, Change, Run, difference
from readiness.stats.histogram import EMPTY, mean, merge
from readiness.stats.levels import Level, levels
from readiness.stats.steady import LATENCY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from readiness.model.evidence import Evidence
    from readiness.model.load import Load, Window

SHARES = {0.5: "p50", 0.9: "p90", 0.95: "p95", 0.99: "p99"}
_ERRORS = 0.5  # relative shift of a share of failures that makes it another level
_MOST = 0.8  # of the windows of a level are on it
_OMISSION = "coordinated-omission"
_TICK = 1e-5  # seconds to which the steady part is told
STATED = (
    "requests", "errors", "rate", "duration", "concurrency", "mean", "p50", "p90", "p95", "p99",
    "max",
)  # fmt: skip


def counterparts(before: Evidence, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the load tests to compare one with: of several, those whose names are most like it."""
    alike = {id(e): _shared(before.path, e.path) for e in evidence}
    return [e for e in evidence if alike[id(e)] == max(alike.values())]


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def compare_loads(before: Evidence, after: Evidence) -> r.ComparisonResult:
    """Compare two load tests: on their samples where both have them, else only side by side.

    Where both runs have a steady part, percentiles and error rates are those of the steady parts,
    so that a longer ramp does not count as a change; all else is of the whole runs. Of what cannot
    be believed nothing is compared, and what proves nothing is not tested; the note says why, which
    run hides a stall, and which format does not say what failed.
    """
    stated: dict[str, r.ChangeResult] = {}
    if not (before.invalid or after.invalid):
        stated = {change.metric: change for change in _stated(before, after)}
    if why := _why_untested(before, after):
        return _untested(before, after, why, tuple(stated.values()))
    untimed = [e.path for e in (before, after) if e.load is None]
    parts = [_steady(e, e.load) if e.load else () for e in (before, after)]
    codes: tuple[str, ...] = (_OMISSION, "left-out")
    note = "percentiles and errors are those of the steady parts, all else of the whole runs"
    if all(parts):
        runs = [_run(part) for part in parts]
    else:
        runs = [_run(e.load.windows) if e.load else _untimed(e) for e in (before, after)]
        note = "all figures are those of the whole runs: not both have a steady part"
        codes = (_OMISSION,)
    if untimed:
        note += f"; clumps are not discounted: when requests came is not in {and_list(untimed)}"
    unknown = [e.path for e in (before, after) if not _has(e, "errors")]
    if unknown:
        note = note.replace(" and errors", "") + f"; no error rate in {and_list(unknown)}"
    note = "; ".join([note, *_untold((before, after), codes)])
    found = difference(runs[0], runs[1], tuple(SHARES))
    if found.errors is not None and not unknown:
        stated["errors"] = _tested("errors", "ratio", found.errors)
    for share, change in found.percentiles.items():
        stated[SHARES[share]] = _tested(SHARES[share], "ms", change)
    ranks = found.ranks
    return r.ComparisonResult(
        r.COMPARISON,
        before.path,
        after.path,
        found.verdict,
        _headline(found.verdict, stated.get("errors")),
        found.magnitude,
        ranks.superiority if ranks else None,
        ranks.p if ranks else None,
        found.method,
        note,
        tuple(stated[name] for name in STATED if name in stated),
    )


def _why_untested(before: Evidence, after: Evidence) -> str:
    """Return why two load tests cannot be tested, an empty text if they can."""
    both = before, after
    if notes := [note for evidence in both if (note := _useless(evidence))]:
        return "; ".join(notes)
    if without := [e.path for e in both if e.load is None and e.times is None]:
        return f"no samples in {and_list(without)}, so no difference can be tested"
    untimed = [e.path for e in both if e.load is None]
    if len(untimed) == 1:
        return f"times are rounded in {untimed[0]} alone, so no difference can be tested"
    return ""


def _useless(evidence: Evidence) -> str:
    """Return why a piece of evidence cannot be tested, an empty text if it can."""
    for kind, what in (("invalid", " cannot be believed"), ("inconclusive", " proves nothing")):
        told = next((p.message for p in evidence.problems if p.kind == kind), "")
        if told:
            return f"{evidence.path}{what}: {told}"
    if not _has(evidence, "requests"):
        return f"{evidence.path} is no load test"
    return ""


def _has(evidence: Evidence, metric: str) -> bool:
    """Tell whether there is such a fact: not every format of samples says what failed."""
    return any(fact.metric == metric for fact in evidence.facts)


def _untold(runs: Iterable[Evidence], codes: Collection[str]) -> Iterator[str]:
    """Yield what no test can find: what a loop that waited did not measure, what was left out."""
    for evidence in runs:
        for problem in evidence.problems:
            if problem.code in codes:
                yield f"{evidence.path}: {problem.message}"


def _untested(
    before: Evidence, after: Evidence, note: str, changes: tuple[r.ChangeResult, ...]
) -> r.ComparisonResult:
    paths = before.path, after.path
    none = r.NOT_TESTED
    return r.ComparisonResult(r.COMPARISON, *paths, none, none, "", None, None, "", note, changes)


def _headline(verdict: str, errors: r.ChangeResult | None) -> str:
    """Return the verdict on the times, behind that on the errors if their rate changed."""
    if errors is None or errors.verdict not in {HIGHER, LOWER}:
        return verdict
    moved = "rose" if errors.verdict == HIGHER else "fell"
    before, after = show(errors.before, errors.unit), show(errors.after, errors.unit)
    return f"errors {moved} from {before} to {after}; responses: {verdict}"


def _stated(before: Evidence, after: Evidence) -> Iterator[r.ChangeResult]:
    """Yield what both files give of the whole run, without a test."""
    values = [
        {f.metric: f for f in e.facts if not f.labels and not isinstance(f.value, (bool, str))}
        for e in (before, after)
    ]
    for name in STATED:
        one, other = (known.get(name) for known in values)
        if one is not None and other is not None and one.unit == other.unit:
            yield r.ChangeResult(
                name, one.unit, float(one.value), float(other.value), None, None, r.NOT_TESTED
            )


def _steady(evidence: Evidence, load: Load) -> Sequence[Window]:
    """Return the windows of the steady part, none if there is no such part."""
    facts = {f.metric: f.value for f in evidence.facts if f.metric.startswith("steady.")}
    start, lasts = facts.get("steady.start"), facts.get("steady.duration")
    if start is None or lasts is None or not load.width:
        return ()
    begins = [abs(max(0.0, window.start) - float(start) / 1000) for window in load.windows]
    first = begins.index(min(begins))
    end = (float(start) + float(lasts)) / 1000 - _TICK  # that of the run, or of a window
    return [window for window in load.windows[first:] if window.start < end]


def _run(windows: Sequence[Window]) -> Run:
    """Return a run to compare, its clumps being those of its longest level.

    What a service that collapses does from then on is no clump that chance may bring to any run.
    """
    requests, failures = (sum(getattr(w, n) for w in windows) for n in ("requests", "failures"))
    timed = _longest(windows, [mean(w.times) for w in windows if w.requests], LATENCY)
    scored = _longest(windows, [w.failures / w.requests for w in windows if w.requests], _ERRORS)
    return Run(
        merge(window.times for window in windows),
        failures,
        requests,
        [window.times for window in timed],
        [Scored(window.requests, window.failures) for window in scored],
    )


def _untimed(evidence: Evidence) -> Run:
    """Return a run of which a histogram is known, as of Locust's JSON: no clump shows in it."""
    whole = (f for f in evidence.facts if not f.labels and f.metric in {"requests", "failures"})
    counts = {f.metric: int(f.value) for f in whole}
    times = (evidence.times or {}).get((), EMPTY)
    return Run(times, counts.get("failures", 0), counts.get("requests", 0))


def _longest(windows: Sequence[Window], series: Sequence[float], least: float) -> Sequence[Window]:
    """Return the windows of the longest level of a series; all where the load moves as well."""
    used = [window for window in windows if window.requests]
    found = levels(series, least)
    if len(found) < 2 or not load_stays(used):  # noqa: PLR2004 - one level is all of it
        return windows
    longest = max(found, key=lambda level: level.stop - level.start)
    enough = longest.stop - longest.start >= WINDOWS
    clear = all(_keeps(series, level, longest) for level in found if level is not longest)
    return used[longest.start : longest.stop] if enough and clear else windows


def _keeps(series: Sequence[float], level: Level, other: Level) -> bool:
    """Return whether a series stays on a level: a few bad windows among others are a clump."""
    values = series[level.start : level.stop]
    near = sum(abs(value - level.value) < abs(value - other.value) for value in values)
    return near >= _MOST * len(values)


def _tested(metric: str, unit: str, change: Change) -> r.ChangeResult:
    low, high = (end if math.isfinite(end) else None for end in change.interval)
    return r.ChangeResult(metric, unit, change.before, change.after, low, high, change.verdict)
