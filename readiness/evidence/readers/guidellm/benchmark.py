"""One benchmark of a GuideLLM report goes in; a run with its facts comes out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from readiness.evidence.loadtest import llm
from readiness.evidence.loadtest.numbers import count, is_number, number, percentile
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Unreadable
from readiness.evidence.readers.guidellm.requests import Requests
from readiness.model.fact import Problem
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.evidence.structured import JsonDocument
    from readiness.model.load import Arrivals, Labels

_RANK = pattern(r"p([0-9]{2})([0-9]?)")
_TIMES = {
    "request_latency": (llm.E2E, 1000),
    "time_to_first_token_ms": ("ttft", 1),
    "inter_token_latency_ms": ("itl", 1),
    "time_per_output_token_ms": ("tpot", 1),
}
_TOKENS = {"input": "prompt_token_count", "output": "output_token_count"}
_OPEN = ("constant", "poisson", "async")
_MEDIAN = 50
_CLOSE, _MANY = 0.05, 0.05
_SUM = 1e-3


class Benchmark:
    """One benchmark of a report, with the places of its values."""

    def __init__(self, document: JsonDocument, steps: tuple[str | int, ...]) -> None:
        self._document, self._steps = document, steps
        strategies = (self.get(key, "strategy") for key in ("config", "args", "scheduler"))
        self.strategy = next((s for s in strategies if isinstance(s, dict)), {})

    def requests(self, status: str) -> Requests:
        """Return the single requests that ended so, an empty list where there is none."""
        steps = ("requests", status)
        found = self.get(*steps)
        if not isinstance(found, Requests):
            return Requests(self._document, (*self._steps, *steps), {})
        found.check()
        return found

    def get(self, *steps: str | int) -> Any:
        """Return a value, None if there is none."""
        return self._document.get(*self._steps, *steps)

    def at(self, *steps: str | int) -> Location:
        """Return the place of a value."""
        return self._document.at(*self._steps, *steps)

    def number(self, *steps: str | int) -> float | None:
        """Return a number of 0 or more, None where there is none."""
        value = self.get(*steps)
        return None if value is None else number(value, self.at(*steps), f"`{steps[-1]}`")

    @property
    def kind(self) -> str:
        """The strategy: constant, poisson, concurrent, throughput, synchronous."""
        kind = self.strategy.get("type_")
        return kind[:40] if isinstance(kind, str) else "benchmark"

    @property
    def name(self) -> str:
        """The strategy with its rate or streams: `constant@2`."""
        size = self.strategy.get("rate") or self.strategy.get("streams")
        return f"{self.kind}@{size:g}" if is_number(size) else self.kind

    @property
    def totals(self) -> tuple[str, ...]:
        """The steps to the counts: of the measured time."""
        inner = isinstance(self.get("metrics", "request_totals"), dict)
        return ("metrics", "request_totals") if inner else ("request_totals",)

    def count(self, status: str) -> int:
        """Return how many requests ended so."""
        steps = (*self.totals, status)
        value = self.get(*steps)
        if value is None:
            message = f"there is no count of `{status}` requests"
            help_ = "is it a report of GuideLLM 0.2 or later?"
            raise Unreadable("not-a-result", message, self.at(*self.totals), help_)
        return count(value, self.at(*steps), f"`{status}`")


def read_benchmark(benchmark: Benchmark, labels: Labels) -> llm.Run:
    """Return the facts and problems of one benchmark.

    Raises:
        Unreadable: what every benchmark has is not there, or a value is not a number.
    """
    run = llm.Run(labels)
    good, bad, open_ = (benchmark.count(s) for s in ("successful", "errored", "incomplete"))
    _counts(run, benchmark, good, bad, open_)
    seconds = benchmark.number("duration")
    if seconds is None:
        start, end = benchmark.number("start_time"), benchmark.number("end_time")
        seconds = max(end - start, 0) if start and end else None
    if seconds:
        run.add("duration", seconds * 1000, benchmark.at("duration"), "ms")
    stated = _stated(run, benchmark, good)
    _rates(run, benchmark, good, seconds or 0)
    arrivals = _load(run, benchmark)
    listed = _listed(run, benchmark, {"successful": good, "errored": bad})
    if listed and good:
        _samples(run, *listed, stated, arrivals)
    for family, stats in stated.items():
        run.times(family, stats, good)
    llm.check_reached(run, benchmark.at("metrics", "requests_per_second"))
    llm.check_stall(run, closed=arrivals == "closed")
    return run


def _counts(run: llm.Run, benchmark: Benchmark, good: int, bad: int, open_: int) -> None:
    at = benchmark.at(*benchmark.totals)
    total = benchmark.number(*benchmark.totals, "total")
    if total is not None and total != good + bad + open_:
        run.wrong(f"`total` is {digits(total)}, the counts add up to {good + bad + open_}", at)
    timed = benchmark.number("metrics", "request_latency", "successful", "count")
    if timed is not None and timed != good:
        message = f"`successful` is {good:,}, and `request_latency` counts {digits(timed)}"
        run.wrong(message, at)
    if not good + bad:
        message = f"{run.name}none of {open_:,} requests was answered before the end"
        help_ = "let it run longer, or did the service run?"
        run.problems.append(Problem("inconclusive", "no-samples", message, at, help_))
        return
    run.counts(good + bad, bad, at, benchmark.at(*benchmark.totals, "errored"), derived=True)
    run.add("incomplete", open_, benchmark.at(*benchmark.totals, "incomplete"))
    if open_ > _MANY * (good + bad + open_):
        message = f"{open_:,} requests ran when the benchmark ended, {good:,} had succeeded: "
        message += "the slowest are in no figure"
        run.warn("incomplete", message, at, "let it run longer than a few answers take")


def _stated(run: llm.Run, benchmark: Benchmark, good: int) -> dict[str, llm.Stats]:
    """Return the stated times of successes in ms, by family."""
    found: dict[str, llm.Stats] = {}
    for metric, (family, scale) in _TIMES.items():
        steps: tuple[str | int, ...] = ("metrics", metric, "successful")
        values = _distribution(run, benchmark, steps)
        if values and good:
            found[family] = {stat: (value * scale, at) for stat, (value, at) in values.items()}
    for side, metric in _TOKENS.items():
        sizes = _distribution(run, benchmark, ("metrics", metric, "successful"))
        for stat in ("mean", "p95"):
            if good and stat in sizes and "mean" in sizes and sizes["mean"][0]:
                run.add(f"tokens.{side}.{stat}", *sizes[stat], n=good)
    return found


def _distribution(
    run: llm.Run, benchmark: Benchmark, steps: tuple[str | int, ...]
) -> dict[str, tuple[float, Location]]:
    """Return minimum, mean, percentiles from the median up and maximum of a distribution."""
    found: dict[str, tuple[float, Location]] = {}
    if not isinstance(benchmark.get(*steps), dict) or not benchmark.number(*steps, "count"):
        return found
    percentiles = benchmark.get(*steps, "percentiles")
    keys = percentiles if isinstance(percentiles, dict) else ()
    ranks = [(key, m) for key in keys if (m := _RANK.fullmatch(key))]
    names: dict[str, tuple[str, ...]] = {"min": ("min",), "mean": ("mean",)}
    for key, match in ranks:
        rank = float(f"{match[1]}.{match[2] or 0}")
        if rank >= _MEDIAN:
            names[percentile(rank)] = ("percentiles", key)
    names["max"] = ("max",)
    for name, inner in names.items():
        value = benchmark.number(*steps, *inner)
        if value is not None:
            found[name] = (value, benchmark.at(*steps, *inner))
    n, total = benchmark.number(*steps, "count") or 0, benchmark.number(*steps, "total_sum")
    mean = found.get("mean")
    if mean and total is not None and abs(mean[0] * n - total) > _SUM * max(total, mean[0] * n):
        message = f"mean and count of `{steps[1]}` make {digits(mean[0] * n)}, "
        message += f"their sum is {digits(total)}"
        run.wrong(message, mean[1])
    return found


def _rates(run: llm.Run, benchmark: Benchmark, good: int, seconds: float) -> None:
    tokens = benchmark.number("metrics", "output_token_count", "successful", "total_sum")
    for name, metric, total in (
        ("rate", "requests_per_second", float(good)),
        ("tokens.output.rate", "output_tokens_per_second", tokens),
    ):
        steps = ("metrics", metric, "successful", "mean")
        stated, at = benchmark.number(*steps), benchmark.at(*steps)
        found = total / seconds if total and seconds else None
        if found is None:
            if stated and good:
                run.add(name, stated, at, "1/s", good)
        elif stated and abs(stated - found) <= _CLOSE * max(stated, found):
            run.add(name, stated, at, "1/s", good)
        else:
            run.derive(name, found, benchmark.at("duration"), "1/s", good)


def _load(run: llm.Run, benchmark: Benchmark) -> Arrivals:
    """Add the load that was asked for and was there; return whether answers held it back."""
    key = next((k for k in ("config", "args", "scheduler") if benchmark.get(k, "strategy")), "")
    rate = benchmark.number(key, "strategy", "rate") if key else None
    streams = benchmark.number(key, "strategy", "streams") if key else None
    if rate:
        run.add("rate.offered", rate, benchmark.at(key, "strategy", "rate"), "1/s")
    for status in ("total", "successful"):
        steps = ("metrics", "request_concurrency", status, "max")
        peak = benchmark.number(*steps)
        if peak:
            run.add("concurrency", peak, benchmark.at(*steps))
    if streams:
        run.add("concurrency", streams, benchmark.at(key, "strategy", "streams"))
    if benchmark.kind == "benchmark":
        return ""
    return "open" if benchmark.kind in _OPEN else "closed"


def _listed(
    run: llm.Run, benchmark: Benchmark, counts: dict[str, int]
) -> tuple[Requests, Requests] | None:
    """Return the single requests, if those that were counted and no others are there.

    They may be a sample, or more than those of the measured time, but no more of that.
    """
    times = {k: v for k in ("start_time", "end_time") if is_number(v := benchmark.get(k)) and v > 0}
    begin, end = times.get("start_time", 0.0), times.get("end_time", math.inf)
    whole = True
    for status, counted in counts.items():
        found = benchmark.requests(status)
        measured = found.measured(begin, end)
        if measured > counted:
            message = f"`{status}` is {counted:,}, and {measured:,} of those listed are of the "
            run.wrong(f"{message}measured time", benchmark.at(*benchmark.totals, status))
        whole = whole and len(found) == measured == counted
    return (benchmark.requests("successful"), benchmark.requests("errored")) if whole else None


def _samples(
    run: llm.Run,
    good: Requests,
    bad: Requests,
    stated: dict[str, llm.Stats],
    arrivals: Arrivals,
) -> None:
    """Add what the single requests say."""
    if any(map(math.isnan, good.times)):
        return
    at = good.at()
    timed = not any(map(math.isnan, (*good.starts, *bad.starts)))
    tally = Tally()
    for ok, requests in ((True, good), (False, bad)):
        for start, ms in zip(requests.starts, requests.times, strict=True):
            tally.add(start if timed else None, 0.0 if math.isnan(ms) else ms, ok=ok)
    run.sampled(tally.load(arrivals), at)
    times = llm.histogram_of(good.times)
    llm.disagree(run, llm.E2E, stated.get(llm.E2E, {}), times, nearest=True)
    if not any(map(math.isnan, good.ttft)):
        first = llm.histogram_of(good.ttft)
        run.samples("ttft", first, at)
        llm.disagree(run, "ttft", stated.get("ttft", {}), first, nearest=True)
    if good.prompted and bad.prompted:
        run.derive("inputs.distinct", len({*good.prompts, *bad.prompts}), at)
