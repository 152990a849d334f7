"""What the summary of a closed loop hides: a stall that few of its samples saw."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from readiness.evidence.reader import Metric
from readiness.model.fact import Fact, Problem
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from readiness.errors import Location

_FAR = 10
_P99, _RANKS = 0.99, (50.0, 75.0, 90.0, 95.0, 99.0)
HELP = "send at a constant rate (wrk2 -R, k6 arrival-rate executors, vegeta), or keep raw samples"

ARRIVALS = Metric("arrivals", "", "`open`: sent by a schedule; `closed`: users wait for answers")


def arrivals(facts: Iterable[Fact], kind: str = "closed") -> list[Fact]:
    """Return how the requests of each run were sent, for a tool that has one way to do so.

    A loop is closed also where it is slowed down to a rate: a connection that waits sends nothing.

    Args:
        facts: all facts of the file.
        kind: `open` or `closed`.
    """
    return [
        Fact("arrivals", kind, "", fact.at, fact.labels, None, "derived")
        for fact in facts
        if fact.metric == "requests" and (not fact.labels or dict(fact.labels).get("run"))
    ]


def correction_unknown(at: Location) -> Problem:
    """Return the caveat of a histogram: it does not say what a closed loop left out of it.

    HdrHistogram corrects when values are recorded or copied, and writes nothing of it.
    """
    message = "nothing in it tells whether it was corrected for coordinated omission"
    help_ = "if a closed loop recorded it uncorrected, it hides stalls: keep the tool's output too"
    return Problem("warning", "correction-unknown", message, at, help_)


def stall_problems(facts: Iterable[Fact], resolution: float = 0.0) -> Iterator[Problem]:
    """Yield a warning per run whose longest response is far from what percentiles and pace say.

    While a connection waits it sends nothing, so a stall of the server is measured once for each
    connection (coordinated omission, Tene 2013). It shows where the maximum is ten times the
    interval at which a connection asks (concurrency / rate, else the mean), and ten times p99.
    Where all of these are stated, p99 is corrected for it beside the claimed one.

    Args:
        facts: all facts of the file, their times in ms.
        resolution: how far the tool's rounding may have moved a time, in ms.
    """
    groups: dict[tuple[tuple[str, str], ...], dict[str, Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.labels, {}).setdefault(fact.metric, fact)
    for group in groups.values():
        longest, mean = group.get("max"), group.get("mean")
        usual = group.get("p99") or mean
        if longest is None or usual is None:
            continue
        users, rate = group.get("concurrency"), group.get("rate")
        interval = float(mean.value) if mean else 0.0
        if users and rate and rate.value:
            interval = 1000 * float(users.value) / float(rate.value)
        far = _FAR * max(interval, float(usual.value) + resolution)
        if far and float(longest.value) >= far:
            message = (
                f"one response took {digits(float(longest.value))} ms where `{usual.metric}` is "
                f"{digits(float(usual.value))} ms: a closed loop waits out a stall, so few samples "
                f"show it{_corrected(group, interval)}"
            )
            yield Problem("warning", "coordinated-omission", message, longest.at, HELP)


def _corrected(group: Mapping[str, Fact], interval: float) -> str:
    """Return about what p99 is at least with the requests not sent, empty where not known.

    Tene's method on the least that a summary states: of the responses between two percentiles each
    is taken to be at the lower one, and one is the longest.
    """
    known = {"requests", "p99", "max", "concurrency", "rate"} <= group.keys()
    if not known or not interval or "concurrency.allocated" in group:  # k6: of a schedule, perhaps
        return ""
    from readiness.stats.histogram import from_counts, quantile  # noqa: PLC0415 - start-up time
    from readiness.stats.omission import corrected  # noqa: PLC0415

    ranks = {rank: float(group[f"p{rank:g}"].value) for rank in _RANKS if f"p{rank:g}" in group}
    least = float(group["min"].value) if "min" in group else 0.0
    requests, stated, longest = (float(group[name].value) for name in ("requests", "p99", "max"))
    if not all(map(math.isfinite, (requests, longest, least, *ranks.values()))):
        return ""
    total = int(requests)
    counts: Counter[float] = Counter()
    for (low, value), (high, _) in pairwise([(0.0, least), *ranks.items(), (100.0, 0.0)]):
        counts[value] += int(total * high / 100) - int(total * low / 100)
    counts[stated] -= 1
    counts[longest] += 1
    times = from_counts(+counts)
    p99 = quantile(corrected(times, interval), _P99)
    if p99 <= stated:
        return ""
    return f"; with those it did not send p99 is about {digits(p99, 3)} ms or more"
