"""By how much the intervals of a run and of each of its groups are widened for clumps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import add, sub
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.facts import SHARES
from readiness.model.load import Counts
from readiness.stats.clumps import Scored, failure_effect, group_effect, share_effect, tails
from readiness.stats.histogram import EMPTY, merge, quantile, size

if TYPE_CHECKING:
    from readiness.model.load import Labels, Load, Window

_BETWEEN = {"p75": ("p50", "p95"), "p90": ("p50", "p95")}
_LOOKED_AT = [name for name in SHARES if name not in _BETWEEN]
_NOTHING = Counts(EMPTY, EMPTY)


class Widening(NamedTuple):
    """Design effects: of the error rate, of percentiles by name, and of those of the successes.

    What is not named is not widened.
    """

    errors: float = 1.0
    times: Mapping[str, float] = {}
    expected: Mapping[str, float] = {}


NONE = Widening()


def whole_widening(
    counts: Counts, windows: Sequence[Window], *, successes: bool = True
) -> Widening:
    """Return the effects of a run's requests, as the windows of its steady part show them.

    Those of the `successes` on their own too, if some requests failed.
    """
    if not windows:
        return NONE
    timed, everything = [window.times for window in windows], counts.all
    times = {
        name: share_effect(timed, quantile(everything, share)) for name, share in SHARES.items()
    }
    errors = failure_effect([Scored(window.requests, window.failures) for window in windows])
    if not (successes and size(counts.failed) and size(counts.ok)):
        return Widening(errors, times)
    failed = [merge(c.failed for c in window.groups.values()) for window in windows]
    cases = [window.requests - window.failures for window in windows]
    expected = {}
    for name, share in SHARES.items():
        limit = quantile(counts.ok, share)
        above = list(map(sub, tails(timed, limit), tails(failed, limit)))
        expected[name] = group_effect(cases, above, times[name])
    return Widening(errors, times, expected)


def group_widenings(run: Load, whole: Widening) -> dict[Labels, Widening]:
    """Return the effects of each group of a run, such as an endpoint: those of its own clumps.

    Of a group that has too few windows or requests to show them, at least those of the whole run.

    Args:
        run: the steady part of a run.
        whole: the effects of all of its requests.
    """
    found = {}
    for labels, counts in run.groups().items():
        parts = [window.groups.get(labels, _NOTHING) for window in run.windows]
        found[labels] = _group(parts, counts, whole)
    return found


def _group(parts: Sequence[Counts], counts: Counts, whole: Widening) -> Widening:
    """Return the effects of a group, at percentiles of its successes if it has any.

    What is not looked at takes the larger of the two around it: to look takes time.
    """
    ok, failed = [part.ok for part in parts], [part.failed for part in parts]
    good, bad = ([histogram.size for histogram in kind] for kind in (ok, failed))
    cases, failing = list(map(add, good, bad)), bool(size(counts.failed))
    source = counts.ok if size(counts.ok) else counts.failed
    times, expected = {}, {}
    for name in _LOOKED_AT if size(source) else ():
        limit = quantile(source, SHARES[name])
        above, otherwise = tails(ok, limit), whole.times[name]
        if failing:
            least = whole.expected.get(name, otherwise)
            expected[name] = group_effect(good, above, least)
            above = list(map(add, above, tails(failed, limit)))
        times[name] = group_effect(cases, above, otherwise)
    errors = group_effect(cases, bad, whole.errors)
    return Widening(errors, _with_others(times), _with_others(expected))


def _with_others(effects: dict[str, float]) -> dict[str, float]:
    others = {name: max(effects[end] for end in ends) for name, ends in _BETWEEN.items() if effects}
    return {**effects, **others}
