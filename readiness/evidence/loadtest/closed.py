"""What the summary of a closed loop hides: a stall that few of its samples saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.fact import Fact, Problem
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FAR = 10
HELP = "send at a constant rate (wrk2 -R, k6 arrival-rate executors, vegeta), or keep raw samples"


def stall_problems(facts: Iterable[Fact], resolution: float = 0.0) -> Iterator[Problem]:
    """Yield a warning per run whose longest response is far from what percentiles and pace say.

    While a connection waits it sends nothing, so a stall of the server is measured once for each
    connection (coordinated omission, Tene 2013). It shows where the maximum is ten times the
    interval at which a connection asks (concurrency / rate, else the mean), and ten times p99.

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
                "show it"
            )
            yield Problem("warning", "coordinated-omission", message, longest.at, HELP)
