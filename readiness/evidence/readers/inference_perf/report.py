"""A lifecycle report of inference-perf, of a run or a stage, goes in; a run with its facts out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.loadtest import llm
from readiness.evidence.loadtest.numbers import count, is_number, number, percentile
from readiness.evidence.reader import Unreadable
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.evidence.structured import JsonDocument

_FAMILIES = {
    "request_latency": llm.E2E,
    "time_to_first_token": "ttft",
    "inter_token_latency": "itl",
    "time_per_output_token": "tpot",
}
_RANK = pattern(r"p([0-9]{1,2}(?:\.[0-9]{1,3})?)")
_PLAIN = {"mean": "mean", "min": "min", "median": "p50", "max": "max"}
_MEDIAN = 50
_LATE = 0.1  # of the mean time, by which a request may be sent late
_CLOSE = 0.01
_HINT = "was the file edited, or cut off?"


def read_report(document: JsonDocument) -> llm.Run:
    """Return the facts and problems of a report.

    Raises:
        Unreadable: no lifecycle report, or a value that is not a number.
    """
    report = _Report(document)
    run = llm.Run()
    good = _counts(run, report)
    seconds = _rates(run, report, good)
    for metric, family in _FAMILIES.items():
        stats = report.times("successes", "latency", metric)
        if any(value for value, _ in stats.values()):
            run.times(family, stats, good)
    _tokens(run, report, good)
    _delay(run, report)
    users = report.number("load_summary", "concurrency")
    llm.check_stall(run, closed=users is not None)
    e2e = run.value("e2e.mean")
    if e2e and users and seconds and e2e / 1000 * good / seconds > users * (1 + _CLOSE):
        message = f"{digits(e2e / 1000 * good / seconds, 4)} requests were in flight on average, "
        run.wrong(
            f"{message}at most {digits(users)} may be", report.at("load_summary", "concurrency")
        )
    return run


class _Report:
    """A report whose values know their place."""

    def __init__(self, document: JsonDocument) -> None:
        self._document = document
        value = document.value
        if not isinstance(value, dict) or not {"load_summary", "successes"} <= set(value):
            message = "there is no `load_summary` with `successes`"
            help_ = "is it a `*_lifecycle_metrics.json` of inference-perf?"
            raise Unreadable("not-a-result", message, document.at(), help_)
        if not value["load_summary"]:
            message = "these are the metrics of the server, as Prometheus had them: what the "
            message += "clients saw is not in it"
            help_ = "link the `*_lifecycle_metrics.json` of the same run"
            raise Unreadable("server-metrics", message, self.at("load_summary"), help_)

    def get(self, *steps: str) -> Any:
        return self._document.get(*steps)

    def at(self, *steps: str) -> Location:
        return self._document.at(*steps)

    def number(self, *steps: str) -> float | None:
        """Return a number of 0 or more, None where there is none."""
        value = self.get(*steps)
        return None if value is None else number(value, self.at(*steps), f"`{steps[-1]}`")

    def count(self, *steps: str) -> int:
        """Return a count that every report has."""
        value = self.get(*steps)
        if value is None:
            message = f"there is no `{'.'.join(steps)}`, which every report has"
            raise Unreadable("not-a-result", message, self.at(*steps), _HINT)
        return count(value, self.at(*steps), f"`{'.'.join(steps)}`")

    def times(self, *steps: str) -> llm.Stats:
        """Return the mean, extremes and percentiles from the median up, in ms from seconds."""
        found: dict[str, tuple[float, Location]] = {}
        values = self.get(*steps)
        for key in values if isinstance(values, dict) else ():
            rank = _RANK.fullmatch(key)
            stat = _PLAIN.get(key, "")
            if rank and float(rank[1]) > _MEDIAN:
                stat = percentile(float(rank[1]))
            value = self.number(*steps, key) if stat else None
            if value is not None:
                found[stat] = (value * 1000, self.at(*steps, key))
        return found


def _counts(run: llm.Run, report: _Report) -> int:
    total, good = report.count("load_summary", "count"), report.count("successes", "count")
    bad = report.count("failures", "count")
    at = report.at("load_summary", "count")
    if total != good + bad:
        run.wrong(f"{total:,} requests were sent, {good:,} succeeded and {bad:,} failed", at)
    run.counts(total, bad, at, report.at("failures", "count"), derived=False)
    return good


def _rates(run: llm.Run, report: _Report, good: int) -> float:
    """Add the rates and the duration; return the duration in seconds."""
    inner = ("successes", "throughput")
    rate = report.number(*inner, "requests_per_sec")
    if rate:
        run.add("rate", rate, report.at(*inner, "requests_per_sec"), "1/s", good)
    seconds = report.number("benchmark_time_seconds")
    if seconds:
        at = report.at("benchmark_time_seconds")
        run.add("duration", seconds * 1000, at, "ms")
        llm.check_pace(run, good, seconds, at)
    elif rate and good:
        seconds = good / rate
        run.derive("duration", seconds * 1000, report.at(*inner, "requests_per_sec"), "ms")
    for key, metric in (("requested_rate", "rate.offered"), ("achieved_rate", "rate.sent")):
        value = report.number("load_summary", key)
        if value:
            run.add(metric, value, report.at("load_summary", key), "1/s")
    sent, lasted = run.value("rate.sent"), report.number("load_summary", "send_duration")
    total = report.count("load_summary", "count")
    if sent and lasted and abs(sent * lasted - total) > _CLOSE * total + 1:
        message = f"{total:,} requests were sent, their rate and time make {sent * lasted:,.0f}"
        run.wrong(message, report.at("load_summary", "achieved_rate"))
    users = report.number("load_summary", "concurrency")
    if users:
        run.add("concurrency", users, report.at("load_summary", "concurrency"))
    return seconds or 0.0


def _tokens(run: llm.Run, report: _Report, good: int) -> None:
    inner = ("successes", "throughput", "output_tokens_per_sec")
    rate = report.number(*inner)
    if rate and good:
        run.add("tokens.output.rate", rate, report.at(*inner), "1/s", good)
    for side, keys in (("input", ("prompt_tokens", "prompt_len")), ("output", ("output_len",))):
        for key in keys:
            for stat in ("mean", "p95"):
                size = report.number("successes", key, stat)
                if size and good:
                    at = report.at("successes", key, stat)
                    run.add(f"tokens.{side}.{stat}", size, at, "", good)
    total, cached = (report.number("successes", "prompt_tokens", k) for k in ("total", "cached"))
    if total and cached:
        at = report.at("successes", "prompt_tokens", "cached")
        run.derive("cache_hit", cached / total, at, "ratio", good)


def _delay(run: llm.Run, report: _Report) -> None:
    """Add how late requests were sent; early ones have a negative delay, which says nothing."""
    steps = ("load_summary", "schedule_delay")
    total = report.count("load_summary", "count")
    for stat in ("mean", "median", "p90", "p95", "p99", "max"):
        value = report.get(*steps, stat)
        if is_number(value) and value >= 0:
            name = _PLAIN.get(stat, stat)
            run.add(f"schedule_delay.{name}", value * 1000, report.at(*steps, stat), "ms", total)
        elif value is not None and not is_number(value):
            number(value, report.at(*steps, stat), f"`{stat}`")
    late, mean = run.value("schedule_delay.p95"), run.value("e2e.mean")
    if late and mean and late > _LATE * mean:
        message = f"one in 20 requests was sent {late:,.0f} ms late or more, the mean answer took "
        message += f"{mean:,.0f} ms: no time holds that wait"
        help_ = "the benchmark could not keep up: give it more workers, or ask for less"
        run.warn("coordinated-omission", message, report.at(*steps, "p95"), help_)
