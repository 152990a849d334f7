"""The table of `test_ground_truth.py`: which published fact is which value computed independently.

Every value of the samples' INDEX.tsv has a rule here, by the format and the value's name: it yields
comparisons of what INDEX says with what `readiness inspect FILE --format json` prints. A rule that
compares nothing is `no_fact`, with its reason. The generic names come first, then each format's own,
then single files. A tolerance stands where the format, or INDEX, rounds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from readiness.model.load import Load
from readiness.stats.histogram import Histogram, merge, ranked, size

Rule = Callable[[Any, "Case"], Iterable["Check"]]
Rules = dict[str, Rule]
_DIGITS = 5.1e-5  # INDEX keeps four decimals
_TINY = 1e-9


class Check(NamedTuple):
    """One comparison; `slack` is absolute. None stands for a fact that is not there."""

    what: str
    expected: float | bool | str | None
    found: float | bool | str | None
    slack: float = 0.0

    @property
    def holds(self) -> bool:
        if isinstance(self.expected, int | float) and isinstance(self.found, int | float):
            return abs(self.expected - self.found) <= self.slack + _TINY * abs(self.expected)
        return self.expected == self.found


@dataclass(frozen=True)
class Case:
    """One file: what INDEX says, and what is printed of it. `load` is what the reader kept of it."""

    file: str
    truth: Mapping[str, Any]
    facts: tuple[Mapping[str, Any], ...]
    load: Load | None
    run: Callable[[Mapping[str, str]], bool] = lambda labels: not labels

    def value(self, metric: str) -> Any:
        """Return the value of the whole, or of the run that is looked at."""
        return next((f["value"] for f in self.facts if f["metric"] == metric and self.run(f["labels"])), None)

    def samples(self, metric: str) -> int | None:
        return next((f["samples"] for f in self.facts if f["metric"] == metric and self.run(f["labels"])), None)

    def parts(self, metric: str, *, of: str = "endpoint") -> list[Any]:
        """Return the values of a metric by endpoint, or by another label."""
        return [f["value"] for f in self.facts if f["metric"] == metric and of in f["labels"] and "response" not in f["labels"]]

    @property
    def times(self) -> Histogram | None:
        """The samples that the reader kept: as many as INDEX counted, failures among them or not."""
        groups = self.load.groups().values() if self.load else ()
        for found in (merge(h for c in groups for h in c), merge(c.ok for c in groups)):
            if size(found) == self.truth.get("n"):
                return found
        return None


# rules


def fact(metric: str, scale: float = 1.0, *, rounding: float = 0.0, step: float = 0.0) -> Rule:
    """The fact is the value times `scale`, but for a share of `rounding` and an absolute `step`.

    Where INDEX has no value there is no fact: nothing is made up.
    """

    def rule(stated: Any, case: Case) -> Iterator[Check]:
        found = case.value(metric)
        if stated is None or isinstance(found, str | None):
            yield Check(metric, None if stated is None else float(stated) * scale, found)
            return
        value = float(stated) * scale
        shortened = isinstance(stated, float) and round(stated, 4) == stated and stated % 1
        yield Check(metric, value, found, step + rounding * abs(value) + (_DIGITS * scale if shortened else 0.0))

    return rule


def no_fact(why: str) -> Rule:
    """No fact is what this value is."""
    assert why
    return lambda stated, case: ()


def absent(metric: str, why: str) -> Rule:
    """The tool wrote the value, and the reader does not believe it: there is no such fact."""
    assert why
    return lambda stated, case: [Check(metric, None, case.value(metric))]


def computed(what: str, function: Callable[[Any, Case], tuple[Any, Any]], slack: float = _DIGITS) -> Rule:
    """The function returns (expected, found) from the value and the facts."""

    def rule(stated: Any, case: Case) -> Iterator[Check]:
        yield Check(what, *function(stated, case), slack)

    return rule


def both(*rules: Rule) -> Rule:
    return lambda stated, case: [check for rule in rules for check in rule(stated, case)]


def within(metric: str, low: Callable[[Any, Case], float], high: Callable[[Any, Case], float], scale: float = 1.0) -> Rule:
    """The fact lies between two ends that follow from the value: shown as the end it is beyond."""

    def rule(stated: Any, case: Case) -> Iterator[Check]:
        found = case.value(metric)
        if found is None or stated is None:
            yield Check(metric, stated, found)
            return
        ends = low(stated, case) * scale, high(stated, case) * scale
        slack = _DIGITS * scale
        yield Check(metric, min(max(found, ends[0] - slack), ends[1] + slack), found)

    return rule


def inside(rules: Rules, run: Callable[[Case], Callable[[Mapping[str, str]], bool]] | None = None) -> Rule:
    """The value is a mapping, of another run if so told: each of its names has a rule."""

    def rule(stated: Any, case: Case) -> Iterator[Check]:
        for key, value in (stated or {}).items():
            part = Case(case.file, stated, case.facts, case.load, run(case) if run else case.run)
            yield from (check._replace(what=f"{key}: {check.what}") for check in rules[key](value, part))

    return rule


def listed(*rules: Rule) -> Rule:
    """The value is a list: each place has a rule."""
    return lambda stated, case: [c for rule, value in zip(rules, stated, strict=True) for c in rule(value, case)]


def linear(share: float) -> Rule:
    """INDEX's linear interpolation, from the samples the reader kept (Hyndman and Fan 1996, no. 7).

    The facts are by nearest rank, so this value is none of them; it lies between two neighbours.
    """

    def rule(stated: Any, case: Case) -> Iterator[Check]:
        times = case.times
        if times is None:
            yield Check("as many samples as INDEX counted", case.truth["n"], None)
            return
        place = (size(times) - 1) * share
        below, above = ranked(times, [math.floor(place) + 1, math.ceil(place) + 1])
        value = below + (above - below) * (place % 1)
        yield Check(f"linear {share:.4g}", stated, value, _DIGITS + times.precision * value)

    return rule


def last_per_mille(metric: str = "p99.9") -> Rule:
    """p99.9: of a multiple of 1,000 samples INDEX has the sample after the nearest rank.

    INDEX rounded 0.999 × n up after floating-point noise; ⌈0.999 × 1000⌉ is 999, and it took 1000.
    """

    def rule(stated: Any, case: Case) -> Iterator[Check]:
        total = case.truth["n"]
        if total % 1000:
            yield from fact(metric)(stated, case)
            return
        times = case.times
        assert times is not None
        nearest, after = ranked(times, [total * 999 // 1000, total * 999 // 1000 + 1])
        yield Check(f"{metric} of INDEX is the next sample", stated, after, _DIGITS)
        yield Check(metric, nearest, case.value(metric))

    return rule


def milliseconds(text: str) -> float:
    """Read `2.50m`, `8.01s`, `209.11ms` or `524.00us` of wrk: m is minutes."""
    match = re.fullmatch(r"([\d.]+)(us|ms|s|m|h)", text)
    assert match, text
    return float(match[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}[match[2]]


def duration_text(metric: str) -> Rule:
    """A text with a unit; absent where the tool wrote none."""
    return lambda stated, case: [Check(metric, stated and milliseconds(stated), case.value(metric))]


def total(of: Mapping[str, int], wanted: Callable[[str], bool] = lambda _: True) -> int:
    return sum(int(number) for name, number in of.items() if wanted(name))


def weighted(values: Iterable[float], weights: Iterable[float]) -> float:
    pairs = list(zip(values, weights, strict=True))
    return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)


def bad_status(code: str) -> bool:
    return not 200 <= int(code) < 400


def _names(stated: int, case: Case) -> Iterator[Check]:
    """How many endpoints and transactions there are."""
    found = {tuple(f["labels"].get(n) for n in ("endpoint", "transaction")) for f in case.facts}
    yield Check("names", stated, len(found - {(None, None)}))


NAMES: Rule = _names

# names that mean the same in every format

GENERIC: Rules = {
    "n": fact("requests"),
    "failed": fact("failures"),
    "fail_rate": fact("errors"),
    "rps": fact("rate"),
    "mean": fact("mean"),
    "min": fact("min"),
    "max": fact("max"),
    "p50": fact("p50"),
    "p75": fact("p75"),
    "p90": fact("p90"),
    "p95": fact("p95"),
    "p97_5": fact("p97.5"),
    "p99": fact("p99"),
    "p99.9": last_per_mille(),
    "p99_9": fact("p99.9"),
    "p99.99": fact("p99.99"),
    "p95_linear": linear(0.95),
    "p99_linear": linear(0.99),
    "span_s": fact("duration", 1000),
    "duration_s": fact("duration", 1000),
    "threads_max": fact("concurrency"),
    "users_max": fact("concurrency"),
    "connections": fact("concurrency"),
    "version": no_fact("the tool's version"),
    "columns": no_fact("the layout of the file"),
    "rows": no_fact("the layout of the file"),
    "lines": no_fact("the layout of the file"),
    "labels": NAMES,
    "names": NAMES,
    "endpoints": NAMES,
    "runs": no_fact("how many runs there are; each is a label"),
}

# one format after the other

STATUS = computed("requests by status", lambda stated, case: (total(stated), case.value("requests")))
# INDEX's span is from the first to the last stamp; the run lasts until the last answer, or began
# with the first request: longer by one response time at most.
STAMPS = within("duration", lambda s, _: s, lambda s, case: s + case.value("max") / 1000, 1000)


def _thresholds(stated: Mapping[str, str], case: Case) -> Iterator[Check]:
    """`true` in a summary export means failed: trap 1."""
    found = {f["labels"]["expression"]: f["value"] for f in case.facts if f["metric"] == "threshold"}
    for expression, verdict in stated.items():
        yield Check(f"threshold {expression}", verdict == "PASS", found.get(expression))



K6_SUMMARY: Rules = {
    "avg": fact("mean"),
    "med": fact("p50"),
    "vus_max": fact("concurrency.allocated"),  # the metric vus_max: users that were ready, if idle
    "thresholds": _thresholds,
    "checks": both(
        computed("checks", lambda stated, case: (stated[0] / sum(stated), case.value("checks"))),
        computed("checks made", lambda stated, case: (sum(stated), case.samples("checks"))),
    ),
    "failed": computed("failures", lambda s, case: (s, _share_of(case)), 0.5),  # a rate is written
}
K6_SAMPLES: Rules = {"vus_max": fact("concurrency"), "span_s": STAMPS, "status": STATUS}


def _share_of(case: Case) -> float | None:
    errors = case.value("errors")
    return None if errors is None else errors * case.samples("errors")


LOCUST_STATS: Rules = {
    "sum_rows_n": computed("requests of the endpoints", lambda s, case: (s, sum(case.parts("requests")))),
    "sum_rows_failed": computed("failures of the endpoints", lambda s, case: (s, sum(case.parts("failures")))),
    "rows": computed("endpoints", lambda s, case: (s, len(case.parts("requests")))),
    "avg_stated": fact("mean"),
    "avg_weighted": computed("mean over the endpoints", lambda s, case: (s, weighted(case.parts("mean"), case.parts("requests")))),
}
LOCUST_HISTORY: Rules = {
    "agg_lines": no_fact("the layout of the file"),
    # The last line of the history lags behind the statistics, which are read with it: trap 20.
    "n": within("requests", lambda s, _: float(s), lambda s, _: 1.1 * float(s)),
    "failed": within("failures", lambda s, _: float(s), lambda s, _: 1.1 * float(s)),
    # INDEX counts the lines at the peak; the reader takes the time from the first of them to the last.
    "seconds_at_max_users": computed(
        "duration.at_peak",
        lambda s, case: (
            (s - 1) * case.truth["span_s"] / (case.truth["agg_lines"] - 1) * 1000, case.value("duration.at_peak")
        ),
        1000,
    ),
}
LOCUST_FAILURES: Rules = {"kinds": no_fact("how many messages there are"), "total": fact("failures")}
LOCUST_EXCEPTIONS: Rules = {"kinds": no_fact("how many messages there are"), "total": fact("exceptions")}
LOCUST_JSON: Rules = {
    # INDEX took these from the histogram, of two significant digits; the file has the exact ones.
    "mean": fact("mean", rounding=0.05),
    "min": fact("min", step=0.5),
    "max": fact("max", rounding=0.05),
    "requests": fact("requests"),
    "p95_linear": fact("p95", rounding=0.05),  # of values so coarse that neighbours are equal
    "p99_linear": fact("p99", rounding=0.05),
}


def _all_rows(metric: str, join: Callable[[list[float], list[float]], float]) -> Rule:
    """INDEX counts rows of transaction controllers too: the whole and the transactions together.

    The reader leaves them out of the whole, since their requests are there too: trap 11.
    """

    def rule(stated: Any, case: Case) -> Iterator[Check]:
        whole, transactions = case.value("requests"), case.parts("requests", of="transaction")
        values, weights = [case.value(metric)], [whole]
        if sum(transactions) != whole:  # of a file with nothing else the transactions are the requests
            values, weights = [*values, *case.parts(metric, of="transaction")], [whole, *transactions]
        if None in values:
            yield Check(metric, stated, None)
            return
        yield Check(f"{metric} of all rows", stated, join(values, weights), _DIGITS)

    return rule


def _mixed(metric: str, alone: Rule) -> Rule:
    """A percentile of requests and transactions together lies between theirs; else it is exact."""

    def rule(stated: Any, case: Case) -> Iterator[Check]:
        transactions = case.parts(metric, of="transaction")
        if not transactions:
            yield from alone(stated, case)
            return
        values = [case.value(metric), *transactions]
        yield Check(f"{metric} of all rows", stated, min(max(stated, min(values)), max(values)))

    return rule


JTL: Rules = {
    "n": _all_rows("requests", lambda values, _: sum(values)),
    "rows": _all_rows("requests", lambda values, _: sum(values)),
    "top_level": _all_rows("requests", lambda values, _: sum(values)),
    "nested": no_fact("rows inside others: parts of them"),
    "failed": _all_rows("failures", lambda values, _: sum(values)),
    "mean": _all_rows("mean", weighted),
    "min": _all_rows("min", lambda values, _: min(values)),
    "max": _all_rows("max", lambda values, _: max(values)),
    **{p: _mixed(p, GENERIC[p]) for p in ("p50", "p90", "p95", "p99", "p99.9")},
    **{f"{p}_linear": _mixed(p, GENERIC[f"{p}_linear"]) for p in ("p95", "p99")},
    "rps": _all_rows("rate", lambda values, _: sum(values)),
    "span_s": within(
        "duration",
        lambda s, case: 0.9 * s if case.parts("requests", of="transaction") else s,  # began before
        lambda s, _: s,
        1000,
    ),
}
JMETER_STATISTICS: Rules = {
    "errorPct": fact("errors", 0.01),
    "median": fact("p50"),
    "pct1_90": fact("p90"),
    "pct2_95": fact("p95"),
    "pct3_99": fact("p99"),
}
ARTILLERY: Rules = {
    "responses": computed("times", lambda s, case: (s, case.samples("p50"))),
    "codes": computed("answers", lambda s, case: (total(s) or None, case.samples("p50"))),
    "errors": computed(
        "failures are errors and bad answers, at most all requests",  # an answer may be cut off too
        lambda s, case: (min(total(s) + total(case.truth["codes"], bad_status), case.value("requests")), case.value("failures")),
    ),
    "vusers": listed(fact("vusers.created"), fact("vusers.completed"), fact("vusers.failed")),
    "stated_rate": no_fact("a mean of rates of ten seconds each: requests by duration is `rate`, trap 18"),
    "rps_real": fact("rate"),
}
ARTILLERY_1: Rules = {
    "n": computed("times", lambda s, case: (s or None, case.samples("p50"))),  # completed ones
    "codes": ARTILLERY["codes"],
    "errors": ARTILLERY["errors"],
    "scenarios": listed(fact("vusers.created"), fact("vusers.completed")),
    "p99": fact("p99", step=0.5),  # recomputed from `latencies`: nearest rank, not interpolated
}
VEGETA_GOB: Rules = {
    "codes": both(STATUS, computed("failures", lambda s, case: (total(s, bad_status), case.value("failures")))),
    "urls": no_fact("how many targets there are"),
    "span_s": STAMPS,
}
VEGETA: Rules = {
    "success": computed("errors", lambda s, case: (1 - s, case.value("errors"))),
    "codes": VEGETA_GOB["codes"],
    "rate": fact("rate.sent"),
    "throughput": fact("rate.success"),
    "duration_s": computed("duration", lambda s, case: ((s + case.truth["wait_s"]) * 1000, case.value("duration"))),
    "wait_s": no_fact("a part of `duration`"),
}


def _sockets(stated: str) -> tuple[int, int]:
    """Return errors of sockets, and timeouts."""
    found = {name: int(number) for name, number in re.findall(r"(\w+) (\d+)", stated)}
    return sum(found.values()) - found.get("timeout", 0), found.get("timeout", 0)


def _nth_run(number: Callable[[Case], int]) -> Callable[[Case], Callable[[Mapping[str, str]], bool]]:
    return lambda case: lambda labels: labels.get("run", "1") == str(number(case)) and "response" not in labels


WRK_RUN: Rules = {
    "n": fact("requests"),
    "dur": duration_text("duration"),
    "rps": fact("rate"),
    "p50": duration_text("p50"),
    "p99": duration_text("p99"),
    "non2xx": fact("failures.status"),
    "sockerr": both(
        computed("failures.socket", lambda s, case: (_sockets(s)[0], case.value("failures.socket"))),
        computed("failures.timeout", lambda s, case: (_sockets(s)[1], case.value("failures.timeout"))),
    ),
}
WRK: Rules = {
    "runs": computed("runs", lambda s, case: (s, len([f for f in case.facts if f["metric"] == "duration"]))),
    "first": inside(WRK_RUN, _nth_run(lambda _: 1)),
    "last": inside(WRK_RUN, _nth_run(lambda case: case.truth["runs"])),
}


def _ab_detail(stated: str | None, case: Case) -> Iterator[Check]:
    """`Failed requests` of ab counts bodies of another length, which are no failures: trap 9."""
    found = {name: int(number) for name, number in re.findall(r"(\w+): (\d+)", stated or "")}
    length = found.pop("Length", 0)
    yield Check("failures.length", length, case.value("failures.length"))
    yield Check("failures.socket", sum(found.values()), case.value("failures.socket"))


AB_RUN: Rules = {
    "c": fact("concurrency"),
    "secs": fact("duration", 1000),
    "n": fact("requests"),
    "failed": computed(
        "what ab calls failed",
        lambda s, case: (int(s), case.value("failures.length") + case.value("failures.socket")),
    ),
    "non2xx": computed("failures.status", lambda s, case: (int(s or 0), case.value("failures.status"))),
    "rps": fact("rate"),
    "p50": fact("p50"),
    "p95": fact("p95"),
    "p99": fact("p99"),
    "fail_detail": _ab_detail,
}
AB: Rules = {"first": inside(AB_RUN)}
AB_SAMPLES: Rules = {"span_s": absent("duration", "starts are whole seconds: how long a second lasted is not known")}

_SIEGE_ENDED = no_fact("when the run ended: `produced_at`, or an unknown zone")
_SIEGE_DATA = no_fact("MB rounded to hundredths: no fact")


def _siege_last(stated: list[str], case: Case) -> Iterator[Check]:
    run = _nth_run(lambda c: c.truth["runs"])(case)
    part = Case(case.file, case.truth, case.facts, case.load, run)
    _, done, seconds, _, time, rate, _, users, okay, failed = stated
    yield Check("requests", int(done), part.value("requests"))
    yield Check("answers", int(okay), part.value("requests") - part.value("failures"))
    yield Check("failures", int(failed), part.value("failures"))
    yield Check("duration", float(seconds) * 1000, part.value("duration"))
    yield Check("mean", float(time) * 1000, part.value("mean"))
    yield Check("rate", float(rate), part.value("rate"))
    yield Check("concurrency.mean", float(users), part.value("concurrency.mean"))


SIEGE: Rules = {
    "transactions": computed("answers", lambda s, case: (s, case.value("requests") - case.value("failures"))),
    "successful_transactions": computed("answers", lambda s, case: (s, case.value("requests") - case.value("failures"))),
    "failed_transactions": fact("failures"),
    "availability": computed("availability in %", lambda s, case: (s, (1 - case.value("errors")) * 100), 0.0051),
    "elapsed_time": fact("duration", 1000),
    "response_time": fact("mean", 1000),
    "transaction_rate": fact("rate"),
    "concurrency": fact("concurrency.mean"),
    "longest_transaction": fact("max", 1000),
    "shortest_transaction": absent("min", "0.00 is less than a hundredth of a second, not no time"),
    "data_transferred": _SIEGE_DATA,
    "throughput": _SIEGE_DATA,
}
FORTIO: Rules = {
    "qps": fact("rate"),
    "requested": no_fact("what was asked for"),
    "dur": fact("duration", 1000),
    "threads": no_fact("connections of the generator: Nighthawk has users besides"),
    "n": computed("times", lambda s, case: (int(s), case.samples("p50"))),
    "avg_ms": fact("mean"),
    "pct": no_fact("no percentiles are written: they are read off the histogram"),
    "codes": STATUS,
}
GHZ: Rules = {
    "stated_n": fact("requests"),
    "stated_avg": fact("mean", step=1e-6),  # whole nanoseconds
    "total_s": fact("duration", 1000),
    "codes": STATUS,
    "errors": computed("failures", lambda s, case: (total(s), case.value("failures"))),
    "details": computed("times", lambda s, case: (s, case.samples("p50"))),
    "n": computed("times", lambda s, case: (s, case.samples("p50"))),
    "p10_stated": no_fact("not one of the percentiles that are facts"),
    "p25_stated": no_fact("not one of the percentiles that are facts"),
    # ghz takes sorted[⌊q × n⌋], one sample above the nearest rank, of which facts are recomputed.
    **{
        f"p{q}_stated": computed(
            f"the sample above p{q}", lambda s, case, q=q: (s, ranked(case.times, [len_of(case) * q // 100 + 1])[0])  # type: ignore[misc]
        )
        for q in (50, 75, 90, 95, 99)
    },
}


def len_of(case: Case) -> int:
    return int(case.truth["n"])


BOMBARDIER: Rules = {
    "secs": fact("duration", 1000),
    "r5xx": fact("failures"),
    "others": fact("failures"),
    "rps_mean": no_fact("a mean of sampled rates: requests by duration is `rate`, trap 21"),
    "rps_real": fact("rate"),
}
AUTOCANNON: Rules = {
    "sent": no_fact("requests in flight at the end included"),
    "r2xx": computed("answers", lambda s, case: (s, case.value("requests") - case.value("failures"))),
    "non2xx": computed("failures", lambda s, case: (s + case.truth["errors"], case.value("failures"))),
    "errors": no_fact("a part of `failures`"),
    "timeouts": no_fact("a part of `errors`"),
    # Written is a mean of the seconds' rates, the last of which is cut: trap 21.
    "rps": computed(
        "requests by duration", lambda _, case: (case.truth["n"] / case.truth["duration_s"], case.value("rate"))
    ),
}
HLOG: Rules = {
    "error": no_fact("INDEX's library cannot read this version: nothing to compare with"),
    "intervals": no_fact("the layout of the file"),
    "tags": no_fact("the layout of the file"),
    "total": fact("value.count"),
    # INDEX added each class up at its lowest value; HdrHistogram says the highest of the class,
    # which is 2⁻⁷ of the value wide where two digits are kept, and 16,384 ns at least.
    **{
        key: fact(f"value.{metric}", 1e-6, rounding=2**-7, step=0.016384)
        for key, metric in (("p50", "p50"), ("p95", "p95"), ("p99", "p99"), ("p99_9", "p99.9"), ("max", "max"))
    },
}
HGRM: Rules = {
    "total": fact("value.count"),
    "p50": fact("value.p50"),
    "p99": fact("value.p99"),
    "p99_9": fact("value.p99.9"),
    # The footer of the C writer is the lowest value of the last class, the last line its highest.
    "max": fact("value.max", rounding=0.001),
}


def _of_run(number: int, rule: Rule) -> Rule:
    def run(labels: Mapping[str, str]) -> bool:
        return labels.get("run") == str(number)

    return lambda stated, case: rule(stated, Case(case.file, case.truth, case.facts, case.load, run))


WRK2_README: Rules = {
    # Of the five runs in it the second has the first spectrum. wrk2 prints three decimals in the
    # spectrum and two above it, which is what is read where both are there.
    "p50": _of_run(2, fact("p50", step=0.0051)),
    "p99": _of_run(2, fact("p99", rounding=0.01)),  # INDEX took the line after 99 %: 11.207 for 11.18
    "p99_9": _of_run(2, fact("p99.9", rounding=0.01)),
    "max": _of_run(2, fact("max", step=0.0051)),
    "total": _of_run(2, computed("times", lambda s, case: (int(s), case.samples("p50")))),
}
TSUNG_DUMP: Rules = {"span_s": STAMPS}
TSUNG: Rules = {"n_total": fact("requests"), "windows": no_fact("the layout of the file")}
TAURUS: Rules = {
    "groups": no_fact("how many names there are"),
    "avg_rt_s": fact("mean", 1000),
    "perc": inside(
        {
            "0.0": fact("min", 1000),
            "50.0": fact("p50", 1000),
            "90.0": fact("p90", 1000),
            "95.0": fact("p95", 1000),
            "99.0": fact("p99", 1000),
            "99.9": fact("p99.9", 1000),
            "100.0": fact("max", 1000),
        }
    ),
    "duration": fact("duration", 1000),
    "p95_s": fact("p95", 1000),
    "p99_s": fact("p99", 1000),
    "concurrency": fact("concurrency"),
}
OHA: Rules = {
    "total_s": fact("duration", 1000),
    # oha counts what it aborted at the deadline; answers by duration are `rate`, as everywhere.
    "rps": computed(
        "rate with the aborted",
        lambda s, case: (s, (case.value("requests") + case.value("aborted")) / case.value("duration") * 1000),
    ),
    "successRate": computed("errors", lambda s, case: (1 - s, case.value("errors"))),
    "codes": STATUS,
    "errors": computed("aborted", lambda s, case: (total(s), case.value("aborted"))),
    "p10": no_fact("not one of the percentiles that are facts"),
    "p25": no_fact("not one of the percentiles that are facts"),
    "p99.9": fact("p99.9"),
}
SERVING: Rules = {
    "num_prompts": fact("requests"),
    "completed": computed("answers", lambda s, case: (s, case.value("requests") - (case.value("failures") or 0))),
    "request_rate": fact("rate.offered"),
    "max_concurrency": fact("concurrency.limit"),
    "concurrency": fact("concurrency"),
    "duration": fact("duration", 1000),
    "request_throughput": fact("rate"),  # answers per second, by all of these tools
    "input_throughput": computed(
        "tokens.input",
        lambda s, case: (s, case.value("tokens.input.mean") * case.truth["completed"] / case.value("duration") * 1000),
    ),
    "output_throughput": fact("tokens.output.rate"),
    "total_token_throughput": computed(
        "tokens",
        lambda s, case: (
            s,
            (case.value("tokens.input.mean") + case.value("tokens.output.mean")) * case.truth["completed"] / case.value("duration") * 1000,
        ),
    ),
    **{
        f"{stat}_{name}_ms": fact(f"{metric}.{rank}")
        for name, metric in (("ttft", "ttft"), ("tpot", "tpot"), ("itl", "itl"), ("e2e_latency", "e2e"))
        for stat, rank in (("mean", "mean"), ("median", "p50"), ("p95", "p95"), ("p99", "p99"))
    },
    **{f"std_{name}_ms": no_fact("a standard deviation") for name in ("ttft", "tpot", "itl", "e2e_latency")},
}
GUIDELLM: Rules = {
    "top": no_fact("the layout of the file"),
    "first_keys": no_fact("the layout of the file"),
    "benchmarks": computed("stages", lambda s, case: (s, len(case.parts("requests", of="stage")))),
}
LLMPERF_SUMMARY: Rules = {
    "model": no_fact("a name"),
    "conc": fact("concurrency"),
    "n": computed("answers", lambda s, case: (s, case.value("requests") - case.value("failures"))),
    **{key: no_fact("INDEX did not find it; the file has it") for key in ("errors", "ttft_p95_s", "e2e_p95_s", "rpm")},
}
_ANSWERS = computed("times", lambda s, case: (s, case.samples("e2e.p50")))
LLMPERF: Rules = {
    "requests": fact("requests"),
    "n": _ANSWERS,
    "ttft": inside(
        {
            "n": computed("times", lambda s, case: (s, case.samples("ttft.p50"))),
            **{key: fact(f"ttft.{key}") for key in ("mean", "min", "max", "p50", "p90", "p95", "p99", "p99.9")},
            **{f"{key}_linear": no_fact("another method; single times of first tokens are not kept") for key in ("p95", "p99")},
        }
    ),
}
AIPERF_RECORDS: Rules = {"records": fact("requests"), "n": _ANSWERS}
AIPERF: Rules = {
    "n": _ANSWERS,
    "errors": fact("failures"),
    "e2e_p50": fact("e2e.p50"),
    "e2e_p95": fact("e2e.p95"),
    "e2e_p99": fact("e2e.p99"),
    "ttft_p95": fact("ttft.p95"),
    "dur": fact("duration", 1000),
}
INFERENCE_PERF: Rules = {
    "load": inside(
        {
            "count": fact("requests"),
            "send_duration": no_fact("how long sending took: a part of the run"),
            "requested_rate": fact("rate.offered"),
            "achieved_rate": fact("rate.sent"),
            "schedule_delay": inside(
                {
                    "mean": fact("schedule_delay.mean", 1000),
                    "median": fact("schedule_delay.p50", 1000),
                    "p90": fact("schedule_delay.p90", 1000),
                    "p95": fact("schedule_delay.p95", 1000),
                    "p99": fact("schedule_delay.p99", 1000),
                    "max": fact("schedule_delay.max", 1000),
                    **{key: no_fact("not one of the percentiles that are facts")
                       for key in ("min", "p0.1", "p1", "p5", "p10", "p25", "p75", "p99.9")},
                }
            ),
        }
    ),
    "ok": computed("answers", lambda s, case: (s, case.value("requests") - case.value("failures"))),
    "e2e_p50_s": fact("e2e.p50", 1000),
    "e2e_p95_s": fact("e2e.p95", 1000),
    "e2e_p99_s": fact("e2e.p99", 1000),
    "ttft_p99_s": fact("ttft.p99", 1000),
}  # fmt: skip


class Format(NamedTuple):
    """Who reads a format (nobody: empty), and what its values are besides the generic ones."""

    reader: str
    rules: Rules = {}


_K6_SUMMARY, _JTL, _XML = Format("k6-summary", K6_SUMMARY), Format("jmeter-jtl", JTL), Format("jmeter-xml", JTL)
_GATLING, _ARTILLERY = Format("gatling-stats"), Format("artillery", ARTILLERY)
_WRK, _AB, _SIEGE = Format("wrk", WRK), Format("ab", AB), Format("siege", SIEGE)
_TAURUS, _AUTOCANNON = Format("taurus", TAURUS), Format("autocannon", AUTOCANNON)
_STATS, _HISTORY = Format("locust-csv", LOCUST_STATS), Format("locust-csv", LOCUST_HISTORY)
_FAILURES, _EXCEPTIONS = Format("locust-csv", LOCUST_FAILURES), Format("locust-csv", LOCUST_EXCEPTIONS)
_SIEGE_LOG = Format("siege", {"last": _siege_last})
_LLMPERF_SUMMARY, _LLMPERF = Format("llmperf", LLMPERF_SUMMARY), Format("llmperf", LLMPERF)

# the names of formats in INDEX.tsv: of `real` ones, then of `produced` ones
FORMATS: dict[str, Format] = {
    "k6 --summary-export JSON": _K6_SUMMARY,
    "k6 handleSummary JSON": _K6_SUMMARY,
    "k6 stdout text": Format("k6-console"),
    "k6 NDJSON (--out json)": Format("k6-json", K6_SAMPLES),
    "Locust stats CSV": _STATS,
    "Locust history CSV": _HISTORY,
    "Locust failures CSV": _FAILURES,
    "Locust exceptions CSV": _EXCEPTIONS,
    "JMeter JTL CSV": _JTL,
    "JMeter JTL CSV (columns reduced)": _JTL,
    "JMeter JTL XML": _XML,
    "JMeter statistics.json": Format("jmeter-statistics", JMETER_STATISTICS),
    "Gatling simulation.log": Format("gatling-log"),
    "Gatling stats.json": _GATLING,
    "Gatling global_stats.json": _GATLING,
    "Gatling stats.js": _GATLING,
    "Gatling assertions.json": Format("gatling-assertions"),
    "Artillery v1 JSON report": Format("artillery", ARTILLERY_1),
    "Artillery v2 JSON report": _ARTILLERY,
    "Vegeta gob results": Format("vegeta-results", VEGETA_GOB),
    "Vegeta JSON report": Format("vegeta", VEGETA),
    "Vegeta text in Markdown": Format("vegeta"),
    "wrk text": _WRK,
    "wrk2 text": _WRK,
    "wrk text in Markdown": _WRK,
    "wrk2 / .hgrm in Markdown": Format("wrk", WRK2_README),
    "ab text": _AB,
    "ab text in Markdown": _AB,
    "siege.log CSV": _SIEGE_LOG,
    "siege text in Markdown": _SIEGE,
    "Fortio-format JSON (Nighthawk)": Format("fortio", FORTIO),
    "ghz JSON (pretty)": Format("ghz", GHZ),
    "ghz text in Markdown": Format("ghz"),
    "bombardier JSON": Format("bombardier", BOMBARDIER),
    "bombardier text in Markdown": Format("bombardier"),
    "autocannon JSON": _AUTOCANNON,
    "HdrHistogram .hlog": Format("hdrhistogram-log", HLOG),
    ".hgrm percentile text": Format("hdrhistogram-percentiles", HGRM),
    "tsung.dump": Format("tsung-dump", TSUNG_DUMP),
    "tsung.log": Format("tsung", TSUNG),
    "Taurus final-stats XML": _TAURUS,
    "oha JSON": Format("oha", OHA),
    "oha text in Markdown": Format("oha"),
    "hey text in Markdown": Format("hey"),
    "Twitter Iago (parrot) stats log": Format(""),
    "vLLM bench serve JSON": Format("vllm-bench", SERVING),
    "vLLM bench stdout in Markdown": Format("vllm-bench"),
    "sglang bench_serving JSONL": Format("sglang-bench", SERVING),
    "sglang bench stdout in Markdown": Format("sglang-bench"),
    "guidellm JSON (v2 report)": Format("guidellm", GUIDELLM),
    "llmperf summary JSON": _LLMPERF_SUMMARY,
    "llmperf individual_responses JSON": _LLMPERF,
    "inference-perf lifecycle JSON": Format("inference-perf", INFERENCE_PERF),
    "inference-perf prometheus JSON": Format("inference-perf", INFERENCE_PERF),
    "ab.e.csv": Format("ab-percentiles"),
    "ab.g.tsv": Format("ab-samples", AB_SAMPLES),
    "ab.text": _AB,
    "aiperf.json": Format("aiperf", AIPERF),
    "aiperf.records.jsonl": Format("aiperf-records", AIPERF_RECORDS),
    "artillery.v2": _ARTILLERY,
    "autocannon.json": _AUTOCANNON,
    "autocannon.text": Format("autocannon"),
    "h2load.log": Format("h2load-log", {"span_s": STAMPS}),
    "h2load.text": Format("h2load"),
    "hey.csv": Format("hey-csv", {"failed": fact("failures.status"), "span_s": fact("duration", 1000, step=0.5)}),
    "hey.text": Format("hey"),
    "httperf.text": Format("httperf"),
    "jmeter.jtl.csv": _JTL,
    "jmeter.jtl.xml": _XML,
    "k6.csv": Format("k6-csv", K6_SAMPLES),
    "k6.handlesummary": _K6_SUMMARY,
    "k6.machine.v1": Format("k6-machine-readable"),
    "k6.ndjson": Format("k6-json", K6_SAMPLES),
    "k6.stdout": Format("k6-console"),
    "k6.summaryexport": _K6_SUMMARY,
    "locust.exceptions": _EXCEPTIONS,
    "locust.failures": _FAILURES,
    "locust.history": _HISTORY,
    "locust.json": Format("locust-json", LOCUST_JSON),
    "locust.stats": _STATS,
    "siege.json+preamble": _SIEGE,
    "siege.log": _SIEGE_LOG,
    "taurus.finalstats.csv": _TAURUS,
    "taurus.finalstats.xml": _TAURUS,
    "wrk.text": _WRK,
}

# files without a format there
READERS_OF = {
    "aiperf/run1.stdout": "",
    "aiperf/run1/profile_export_aiperf.csv": "aiperf",
    "artillery/run1.stdout": "",
    "taurus/junit-labels.xml": "junit",
    "taurus/junit-passfail.xml": "junit",
    "taurus/run1.stdout": "",
    "tsung/run1.stdout": "",
}

_UNREAD = no_fact("INDEX's library found nothing in this log, and reads version 2 only without times before the start")
_CARRIED = absent("mean", "bzt 1.17.2 wrote 0.000 for one of the endpoints and carried it on: trap 19")
_TWICE = "p95 is there twice, 3.617 s and 0.945 s: the reader refuses the file"
_SERVER = "metrics of the server, not of a load test: the reader refuses the file"


def _refused(keys: Iterable[str], metrics: Iterable[str], why: str) -> Rules:
    """Of a refused file there is no fact at all."""
    wanted = tuple(metrics)
    assert why
    return {key: lambda stated, case: [Check(m, None, case.value(m)) for m in wanted] for key in keys}


# single files
FILES: dict[str, Rules] = {
    "hdrhistogram/HdrHistogram__HdrHistogram_py__raphael.hlog": dict.fromkeys(
        ("total", "p50", "p95", "p99", "p99_9", "max"), _UNREAD
    ),
    "taurus/jenkinsci__performance-plugin__TaurusPreviousBuildReport.xml": _refused(
        ("n", "failed", "avg_rt_s", "perc"), ("requests", "failures", "mean", "p95", "p99"), _TWICE
    ),
    "taurus/final-stats.csv": {"avg_rt_s": _CARRIED},
    "taurus/final-stats.xml": {"avg_rt_s": _CARRIED},
    "inference-perf/kubernetes-sigs__inference-perf__summary_prometheus_metrics.json": _refused(
        ("ok",), ("requests", "failures", "rate"), _SERVER
    ),
    # 193 of 200 calls are listed in it, so the facts are what ghz stated of all of them.
    "ghz/SayHello_report1.json": {
        **{f"p{q}_stated": fact(f"p{q}") for q in (50, 75, 90, 95, 99)},
        **{key: no_fact("recomputed by INDEX from the calls that are listed") for key in
           ("mean", "p50", "p90", "p95", "p99", "p99.9", "p95_linear", "p99_linear")},
    },
}  # fmt: skip
