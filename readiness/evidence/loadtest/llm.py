"""What readers of LLM benchmarks share: one run's counts and times go in, facts and doubts out."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from readiness.errors import Location
from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.closed import stall_problems
from readiness.evidence.loadtest.facts import SHARES, load_facts, times
from readiness.evidence.reader import Metric
from readiness.model.fact import Fact, Problem
from readiness.model.load import Counts, Window
from readiness.stats.digits import digits
from readiness.stats.histogram import EMPTY, from_counts, ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from readiness.model.fact import Value
    from readiness.model.load import Labels, Load
    from readiness.stats.histogram import Histogram

E2E = "e2e"
TIMES = ("min", "mean", *SHARES, "max")
_PACE = 0.05
_SHORT = 0.95  # share of the offered rate under which it was not reached
_AGREE = 1e-3
Stats = dict[str, tuple[float, Location]]  # by `p95` and so on: ms, and where they stand


class Run:
    """One run of a benchmark: collects its facts, all with the same labels, and its problems."""

    def __init__(self, labels: Labels = ()) -> None:
        self.labels = labels
        self.facts: list[Fact] = []
        self.problems: list[Problem] = []
        self.load: Load | None = None
        self._known: set[tuple[str, Labels]] = set()

    def add(
        self, metric: str, value: Value, at: Location, unit: str = "", n: int | None = None
    ) -> None:
        """Add a fact as it stands in the file, with the number of samples behind it."""
        self.extend([Fact(metric, value, unit, at, (), n)])

    def derive(
        self, metric: str, value: float, at: Location, unit: str = "", n: int | None = None
    ) -> None:
        """Add a fact computed from others."""
        self.extend([Fact(metric, value, unit, at, (), n, "derived")])

    def extend(self, facts: Iterable[Fact]) -> None:
        """Add facts of this run, with its labels; of one metric the first that is given holds.

        What divides by next to nothing is infinite, and no fact.
        """
        for fact in facts:
            labels = tuple(sorted({*fact.labels, *self.labels}))
            finite = not isinstance(fact.value, float) or math.isfinite(fact.value)
            if finite and (fact.metric, labels) not in self._known:
                self._known.add((fact.metric, labels))
                self.facts.append(fact._replace(labels=labels))

    def value(self, metric: str) -> float | None:
        """Return a number that was added, None if there is none."""
        found = (f for f in self.facts if f.metric == metric and f.labels == self.labels)
        return next((float(f.value) for f in found if isinstance(f.value, int | float)), None)

    def warn(self, code: str, message: str, at: Location, help: str) -> None:
        """Add a warning, which says which run it is about."""
        self.problems.append(Problem("warning", code, f"{self.name}{message}", at, help))

    def wrong(self, message: str, at: Location) -> None:
        """Add a contradiction."""
        help_ = "keep the file as the tool wrote it"
        self.problems.append(contradiction(f"{self.name}{message}", at, help_))

    @property
    def name(self) -> str:
        """How a message begins: `run 2: `, or nothing if there is but one run."""
        return "".join(f"{key} {value}: " for key, value in self.labels)

    def counts(
        self, total: int, failed: int, at: Location, where: Location, *, derived: bool
    ) -> None:
        """Add requests, failures and errors, and a warning that times leave failures out."""
        add = self.derive if derived else self.add
        add("requests", total, at)
        add("failures", failed, where)
        if total:
            self.derive("errors", failed / total, where, "ratio", total)
        if 0 < failed < total:
            message = f"{failed:,} of {total:,} requests failed: the times are of the others"
            self.warn("successes-only", message, where, "expect `errors` too")

    def times(self, family: str, stats: Stats, n: int) -> None:
        """Add the times of a family (ttft, itl, tpot, e2e) in ms; e2e under the plain names too.

        All zeros stand for what was not measured, such as a first token without streaming.
        """
        if not stats or not n:
            return
        if not any(value for value, _ in stats.values()):
            at = next(iter(stats.values()))[1]
            message = f"every `{family}` value is 0: it was not measured"
            self.warn("not-measured", message, at, "did the service stream its answers?")
            return
        for prefix in (f"{family}.", "") if family == E2E else (f"{family}.",):
            for stat, (value, at) in stats.items():
                self.add(f"{prefix}{stat}", value, at, "ms", n)

    def samples(self, family: str, found: Histogram, at: Location) -> None:
        """Add the times of a family recomputed from single values in ms."""
        if any(found.values):
            self.extend(times(found, at, prefix=f"{family}."))

    def sampled(self, load: Load, at: Location) -> None:
        """Add what the samples of the run say; its times are those of the successes.

        These tools take no time of a failure: as 0 ms it would better every percentile.
        """
        self.load = None if self.labels else load
        good = load.whole.ok.size
        if load.seconds and good:  # as these tools state it: answers, not requests
            self.derive("rate", good / load.seconds, at, "1/s", good)
        facts = [fact for fact in load_facts(load, at) if not _timed(fact)]
        facts += [fact for fact in load_facts(_answered(load), at) if _timed(fact)]
        self.extend(facts)
        plain = [fact for fact in facts if fact.metric in TIMES and not fact.labels]
        self.extend(fact._replace(metric=f"{E2E}.{fact.metric}") for fact in plain)


def _timed(fact: Fact) -> bool:
    return fact.metric.removeprefix("steady.").removeprefix("corrected.") in TIMES


def _answered(load: Load) -> Load:
    """Return a run without its failures."""
    windows = tuple(
        Window(
            window.start,
            {n: Counts(c.ok, EMPTY) for n, c in window.groups.items() if len(c.ok.values)},
            window.users,
        )
        for window in load.windows
    )
    return type(load)(
        windows,
        began=load.began,
        seconds=load.seconds,
        width=load.width,
        arrivals=load.arrivals,
    )


def histogram_of(values: Iterable[float]) -> Histogram:
    """Count single values."""
    counts: dict[float, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return from_counts(counts) if counts else EMPTY


def linear(values: Histogram, share: float) -> float:
    """Return a percentile by linear interpolation, as numpy has it by default."""
    place = share * (values.size - 1)
    rank = math.floor(place) + 1
    low, high = ranked(values, [rank, min(rank + 1, values.size)])
    return low + (high - low) * (place + 1 - rank)


def disagree(
    run: Run, family: str, stats: Stats, values: Histogram, *, nearest: bool = False
) -> None:
    """Compare times that the file states, in ms, with those of its own single values.

    Percentiles are interpolated, or with `nearest` the value at a rank, give or take one.
    """
    n = values.size
    for stat, (stated, at) in stats.items() if n else ():
        low = high = 0.0
        if stat == "mean":
            low = high = values.mean
        elif stat in ("min", "max"):
            low = high = values.values[0 if stat == "min" else -1]
        elif nearest:
            rank = math.ceil(float(stat[1:]) / 100 * n)
            low, high = ranked(values, [max(rank - 1, 1), min(rank + 1, n)])
        else:
            low = high = linear(values, float(stat[1:]) / 100)
        slack = (_AGREE + values.precision) * max(high, stated) + 0.01
        found = min(max(stated, low), high)
        if abs(found - stated) > slack:
            message = f"`{family}.{stat}` is {digits(stated)} ms, "
            message += f"the single values give {digits(found)} ms"
            run.wrong(message, at)
            return


def doubts(facts: Sequence[Fact], at: Location) -> list[Problem]:
    """Return what every load test must satisfy; what stands under two names is told once."""
    plain = {f.metric for f in facts}
    once = [f for f in facts if f.metric.removeprefix(f"{E2E}.") not in plain - {f.metric}]
    return common_problems(once, at, pace=None)


def check_pace(run: Run, good: int, seconds: float, at: Location, slack: float = 0.0) -> None:
    """Compare the successes with the rate of successes times the duration."""
    rate = run.value("rate")
    if rate is None:
        return
    product = rate * seconds
    if abs(product - good) > _PACE * max(product, good) + slack * seconds + 1:
        message = f"{good:,} requests succeeded, rate times duration make {product:,.0f}"
        run.wrong(message, at)


def check_reached(run: Run, at: Location) -> None:
    """Warn where one of several runs was served clearly less than was asked for.

    Of a run that is the whole file this is told for every format alike.
    """
    offered, reached = run.value("rate.offered"), run.value("rate")
    if run.labels and offered and reached is not None and reached < _SHORT * offered:
        message = f"{digits(offered)} requests/s were asked for, {digits(reached, 4)} were reached"
        help_ = "the load was lower than planned: expect `rate`, not `rate.offered`"
        run.warn("generator-saturated", message, at, help_)


def check_stall(run: Run, *, closed: bool) -> None:
    """Warn of a stall that kept a closed loop from asking, so that few samples saw it."""
    if closed:
        run.problems += stall_problems(run.facts)


def moment_of(text: str, pattern: str, at: Location, problems: list[Problem]) -> datetime | None:
    """Return a time; one without a zone is taken as UTC, with a warning; None if it is no time."""
    try:
        if pattern:
            moment = datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is not written
        else:
            moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        message = f"the time {text[:40]} has no time zone: taken as UTC"
        help_ = "run the benchmark with TZ=UTC"
        problems.append(Problem("warning", "naive-time", message, at, help_))
        moment = moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment


TIMED = tuple(
    Metric(f"{family}.*", "ms", meaning, ("run", "stage"))
    for family, meaning in (
        ("e2e", "time from request to the end of the answer: mean, p50, p99 …"),
        ("ttft", "time to the first token"),
        ("itl", "time between tokens"),
    )
)
TPOT = Metric(
    "tpot.*", "ms", "time per output token after the first, per request", ("run", "stage")
)
