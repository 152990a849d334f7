"""The facts of one run, built from the totals that a tool's summary states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.model.fact import Fact, Problem
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from readiness.errors import Location

Labels = tuple[tuple[str, str], ...]
_SLACK = 1e-6
_NOTICED = 0.01  # share of failures from which they are said to be among the times


class Run:
    """Collects the facts of one run.

    Attributes:
        labels: what tells it from the other runs of the file; none if it is the only one.
        facts: what was collected.
    """

    def __init__(self, labels: Labels = ()) -> None:
        self.labels = labels
        self.facts: list[Fact] = []

    def add(
        self,
        metric: str,
        value: float,
        unit: str,
        at: Location,
        samples: int | None = None,
        *,
        derived: bool = False,
    ) -> None:
        """Add a fact."""
        fact = Fact(metric, value, unit, at, self.labels, samples)
        self.facts.append(fact._replace(origin="derived") if derived else fact)

    def ms(self, metric: str, value: float, at: Location, samples: int | None = None) -> None:
        """Add a time."""
        self.add(metric, value, "ms", at, samples)

    def counts(
        self, requests: int, failures: int, at: Location, bad_at: Location, *, stated: bool = True
    ) -> None:
        """Add requests, failures and, if there was a request, the share that failed."""
        self.add("requests", requests, "", at, derived=not stated)
        self.add("failures", failures, "", bad_at, derived=True)
        if requests:
            self.add("errors", failures / requests, "ratio", bad_at, requests, derived=True)

    def pace(self, done: float, duration: float, at: Location) -> None:
        """Add the rate of what was done in some ms, if anything was."""
        if done and duration:
            self.add("rate", done / duration * 1000, "1/s", at, int(done), derived=True)

    def value(self, metric: str) -> float | None:
        """Return the value of a fact that was added, None if it was not."""
        return next((float(f.value) for f in self.facts if f.metric == metric), None)


def run_labels(number: int, runs: int) -> Labels:
    """Return the labels of a run, counted from 1: none if it is the only one of its file."""
    return (("run", str(number)),) if runs > 1 else ()


def mixed_times(answered: int, failed: int, lost: int, at: Location) -> Iterator[Problem]:
    """Yield warnings about failures that are among the times, or missing from them.

    Args:
        answered: responses behind the times.
        failed: how many of these are failures.
        lost: requests without a response, which no time stands for.
        at: the place of the times.
    """
    if not answered:
        return
    if lost:
        message = f"{lost:,} requests got no response: they are in no time"
        help_ = "the times are those of responses; judge `errors` beside them"
        yield Problem("warning", "successes-only", message, at, help_)
    if _NOTICED * answered < failed < answered:
        message = f"the times of {failed:,} error responses are among those of the others"
        help_ = "errors are often quicker: judge `errors` beside the times"
        yield Problem("warning", "failed-fast", message, at, help_)


def mean_problems(run: Run) -> Iterator[Problem]:
    """Yield a contradiction if the mean of a run without percentiles is not in its range.

    Of a run with percentiles `common_problems` checks it.
    """
    by_name = {fact.metric: fact for fact in run.facts}
    mean = by_name.get("mean")
    if mean is None or any(name[:1] == "p" and name[1:2].isdigit() for name in by_name):
        return
    low, high = (float(by_name[n].value) if n in by_name else None for n in ("min", "max"))
    value = float(mean.value)
    below = low is not None and value < low * (1 - _SLACK)
    if below or (high is not None and value > high * (1 + _SLACK)):
        message = f"the mean of {digits(value)} ms is not between the minimum and the maximum"
        yield contradiction(message, mean.at)


def mean_bounds(ranked: Mapping[float, float]) -> tuple[float, float]:
    """Return the least and the largest mean that percentiles allow, by rank in percent.

    The share of samples between two ranks lies between the values of these ranks. Without the
    rank of 100 the mean has no upper bound.
    """
    ranks = sorted(ranked)
    low = high = 0.0
    below, least = 0.0, ranked.get(0.0, 0.0)
    for rank in ranks:
        share = (rank - below) / 100
        low, high = low + share * least, high + share * ranked[rank]
        below, least = rank, ranked[rank]
    rest = (100 - below) / 100
    return low + rest * least, high if not rest else float("inf")
