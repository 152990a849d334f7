"""Reads the final stats of Taurus (bzt), CSV or XML, into load facts, overall and by label.

Format: class `FinalStatus` in bzt/modules/reporting.py of https://github.com/Blazemeter/taurus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.closed import stall_problems
from readiness.evidence.loadtest.numbers import percentile
from readiness.evidence.loadtest.totals import Run, mean_bounds, mixed_times
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Fact, Problem, Strength
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.taurus.groups import FinalStats, Group
    from readiness.model.checklist import FactMap

_COLUMNS = (b"avg_ct,", b"avg_lt,", b"avg_rt,", b",succ,", b",throughput,", b"perc_")
_ROOT = b"<FinalStatus>"
_XML = (b"<Group label=", b"<avg_rt ", b"<perc ", b"<TestDuration>")
_LOWEST, _HIGHEST = 50.0, 100.0
_ROUNDING = 0.0000051  # s: five decimals
_COARSE = 0.0011  # s: percentiles are kept in ms


def sniff(head: bytes) -> int:
    """Return 90 for the columns of the CSV, or for the root of the XML and one of its groups."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    first = text.split(b"\n", 1)[0]
    if first.startswith(b"label,") and sum(column in first for column in _COLUMNS) > 3:  # noqa: PLR2004
        return 90
    return 90 if text.startswith(b"<") and _ROOT in text and any(m in text for m in _XML) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a file of either format.

    Raises:
        Unreadable: it is neither, is cut off, or holds what is not a number.
    """
    from readiness.evidence.readers.taurus.groups import (  # noqa: PLC0415 - start-up time
        read_final_stats,
    )

    stats = read_final_stats(source)
    facts: list[Fact] = []
    problems: list[Problem] = []
    for group in stats.groups.values():
        run = Run((("endpoint", group.label),) if group.label else ())
        problems += _read_group(stats, group, run)
        facts += run.facts
    problems += _sums(stats)
    problems += [*stall_problems(facts), *common_problems(facts, source.at(1), pace=None)]
    return Reading(tuple(facts), tuple(problems))


def _read_group(stats: FinalStats, group: Group, run: Run) -> Iterator[Problem]:
    """Collect the facts of a group, and yield what is wrong with it."""
    requests, at = group.whole("throughput")
    failures, bad_at = group.whole("fail")
    good = group.whole("succ")[0]
    run.counts(requests, failures, at, bad_at)
    if good + failures != requests:
        message = f"`throughput` counts {requests:,}, succ and fail make {good + failures:,}"
        yield contradiction(message, at)
    if not requests:
        return
    _pace(stats, group, run, requests)
    users = group.number("concurrency")
    if users and users[0]:
        run.add("concurrency", users[0], "", users[1])
    ranks = {}
    for rank, seconds, place in group.ranks():
        ranks[rank] = seconds
        name = {0.0: "min", _HIGHEST: "max"}.get(rank, percentile(rank))
        if rank >= _LOWEST or not rank:
            run.ms(name, seconds * 1000, place, requests)
    if mean := group.number("avg_rt"):
        yield from _mean(group, run, ranks, requests)
        if not group.label:
            yield from mixed_times(requests, failures, 0, mean[1])


def _pace(stats: FinalStats, group: Group, run: Run, requests: int) -> None:
    """Add duration, rate and throughput; the stated duration leaves out the last second."""
    if stats.duration is None:
        return
    seconds, at = stats.duration
    if not group.label:
        run.add("duration", seconds * 1000, "ms", at)
    run.pace(requests, (seconds + 1) * 1000, group.whole("throughput")[1])
    size = group.number("bytes")
    if size and size[0]:
        run.add("throughput", size[0] / (seconds + 1), "B/s", size[1], requests, derived=True)


def _mean(group: Group, run: Run, ranks: dict[float, float], requests: int) -> Iterator[Problem]:
    """Add the mean if its percentiles allow it: some executors of Taurus write 0 into it."""
    mean = group.number("avg_rt")
    if mean is None:
        return
    low, high = mean_bounds(ranks) if ranks else (0.0, float("inf"))
    if low - _COARSE <= mean[0] + _ROUNDING and mean[0] - _ROUNDING <= high + _COARSE:
        run.ms("mean", mean[0] * 1000, mean[1], requests)
        return
    name = f" of `{group.label}`" if group.label else ""
    message = f"`avg_rt`{name} is {digits(mean[0] * 1000)} ms, its percentiles allow "
    message += f"{digits(low * 1000)} to {digits(high * 1000)} ms: it is left out"
    help_ = "Taurus knows no mean of some executors; judge percentiles"
    yield Problem("warning", "wrong-mean", message, mean[1], help_)


def _sums(stats: FinalStats) -> Iterator[Problem]:
    """Yield where the labels do not add up to the whole run."""
    labelled = [group for group in stats.groups.values() if group.label]
    for name in ("throughput", "fail") if labelled else ():
        stated, at = stats.groups[""].whole(name)
        listed = sum(group.whole(name)[0] for group in labelled)
        if listed != stated:
            message = f"`{name}` of the whole run is {stated:,}, its labels make {listed:,}"
            yield contradiction(message, at)


_PER = ("endpoint",)
READER = Reader(
    id="taurus",
    title="Taurus final stats",
    summary="requests, errors, response times and users of a Taurus (bzt) run, by label",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    rounding=0.1,
    metrics=(
        Metric("requests", "", "requests made", _PER),
        Metric("failures", "", "requests that failed", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "requests per second over the whole test, XML only", _PER),
        Metric("throughput", "B/s", "bytes received per second, XML only", _PER),
        Metric("duration", "ms", "first to last second with results, XML only"),
        Metric("concurrency", "", "virtual users when it was counted last", _PER),
        *(Metric(name, "ms", f"{name} response time", _PER) for name in ("min", "mean", "max")),
        Metric("p*", "ms", "percentiles: 50, 90, 95, 99, 99.9 if not set otherwise", _PER),
    ),
    produce="bzt test.yml, with `reporting: [{module: final-stats, dump-xml: final-stats.xml}]`",
    source="https://github.com/Blazemeter/taurus/blob/master/bzt/modules/reporting.py",
    traps=(
        "`throughput` is a count of requests, not a rate.",
        "The row with the empty label is the whole run: expect by endpoint too.",
        "Times are in seconds, percentiles in whole milliseconds.",
        "A mean that the percentiles contradict is left out, with a warning (`wrong-mean`).",
        "The CSV has no duration, so no rate: prefer the XML.",
        "`TestDuration` leaves out the last second: `rate` divides by one second more.",
        "`concurrency` is that of the last second with users, not the most.",
        "Failed requests are among the times: `failed-fast`.",
        "Labels that do not add up to the whole run are a contradiction.",
        "There is no date in the file.",
    ),
    percentiles="rounded",
    shape="csv",
)
