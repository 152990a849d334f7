"""One result of a serving benchmark (vLLM, SGLang) goes in; a run with its facts comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest import llm, serving_samples
from readiness.evidence.loadtest.facts import SAMPLED, with_label
from readiness.evidence.loadtest.numbers import count, is_number, percentile
from readiness.evidence.loadtest.serving import read_records
from readiness.evidence.reader import Metric, Reading, Source
from readiness.model.fact import Problem
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from readiness.errors import Location
    from readiness.evidence.loadtest.serving import Record
    from readiness.evidence.loadtest.serving_samples import Samples
    from readiness.model.load import Arrivals, Labels

_STAT = pattern(
    r"(mean|median|min|max|p[0-9]{1,2}(?:\.[0-9]{1,3})?)_"
    r"(ttft|tpot|itl|e2el|e2e_latency|client_queue_time|e2el_including_client_queue)_ms"
)
_FAMILIES = {
    "e2el": "e2e",
    "e2e_latency": "e2e",
    "client_queue_time": "client_queue",
    "e2el_including_client_queue": "e2e.queued",
}
_DATE = pattern(r"20[0-9]{6}-[0-9]{6}")
_PRINTED = 0.005  # half of the last digit of a printed block
_CLOSE = 0.01
_QUEUED = 0.1


def read_results(source: Source, *, sglang: bool) -> Reading:
    """Read a file with one result or more; with more than one, each is a run of its own.

    Raises:
        Unreadable: no result of this benchmark, cut off, or a value that is not a number.
    """
    runs, dates = [], []
    for number, record in _numbered(read_records(source, infinity=sglang)):
        runs.append(read_run(record, (("run", str(number)),) if number else ()))
        if _DATE.fullmatch(_text(record, "date")):
            dates.append((_text(record, "date"), record.at("date")))
    facts = [fact for run in runs for fact in run.facts]
    problems = [problem for run in runs for problem in run.problems]
    problems += llm.doubts(facts, source.at(1))
    produced, where = _produced(dates, problems)
    return Reading(tuple(facts), tuple(problems), produced, where, load=runs[0].load)


def _numbered(records: Iterator[Record]) -> Iterator[tuple[int, Record]]:
    """Yield the results with their numbers from 1 on, with 0 if there is but one."""
    current, number = next(records), 0
    for following in records:
        number += 1
        yield number, current
        current = following
    yield number + 1 if number else 0, current


def _produced(
    dates: list[tuple[str, Location]], problems: list[Problem]
) -> tuple[datetime | None, Location | None]:
    """Return when the last run ended, as vLLM writes it."""
    if not dates:
        return None, None
    text, where = max(dates, key=lambda date: date[0])
    moment = llm.moment_of(text, "%Y%m%d-%H%M%S", where, problems)
    return moment, where if moment else None


def _text(record: Record, key: str) -> str:
    value = record.values.get(key)
    return value if isinstance(value, str) else ""


def read_run(record: Record, labels: Labels = ()) -> llm.Run:
    """Return the facts and problems of one result.

    Raises:
        Unreadable: no result, or a value that is not a number.
    """
    run = llm.Run(labels)
    good = count(record.needed("completed"), record.at("completed"), "`completed`")
    record.needed("request_throughput")
    samples = serving_samples.read_samples(record)
    _counts(run, record, good, samples)
    _rates(run, record, good)
    arrivals = _load(run, record, good)
    stated = _stated(record)
    if samples:
        serving_samples.add(run, samples, stated, good, arrivals)
    for family, stats in stated.items():
        if family in ("ttft", "tpot", "itl", llm.E2E) or any(value for value, _ in stats.values()):
            run.times(family, stats, good)
    _check(run, record, good)
    return run


def _counts(run: llm.Run, record: Record, good: int, samples: Samples | None) -> None:
    """Add how many requests were made and failed: often only the difference tells (trap 24)."""
    failed, asked = record.whole("failed"), record.whole("num_prompts")
    where = record.at("completed")
    made = good + failed if failed is not None else samples.total if samples else 0
    if asked and made > asked and record.document is not None:
        run.wrong(f"{made:,} requests were made, of {asked:,} prompts", record.at("num_prompts"))
    if failed is not None:
        run.counts(good + failed, failed, where, record.at("failed"), derived=False)
        if asked is not None and asked > good + failed:
            message = f"{asked:,} prompts were asked for, {good + failed:,} requests were made"
            run.warn("fewer-requests", message, record.at("num_prompts"), "is the data set small?")
        return
    total = samples.total if samples else asked
    place = record.at(samples.key if samples else "num_prompts")
    if total is not None and total < good and record.document is not None:
        run.wrong(f"{good:,} requests succeeded of {total:,} that were made", where)
    elif total is not None and total >= good:
        run.counts(total, total - good, place, where, derived=True)
        return
    run.add("requests", good, where)
    message = f"it counts the {good:,} requests that succeeded, not those that failed"
    help_ = "keep the JSON with single requests: --save-detailed (vLLM), --output-details (SGLang)"
    run.warn("errors-unknown", message, where, help_)


def _rates(run: llm.Run, record: Record, good: int) -> None:
    seconds, rate = record.number("duration"), record.number("request_throughput")
    if seconds:
        run.add("duration", seconds * 1000, record.at("duration"), "ms")
    if rate:
        run.add("rate", rate, record.at("request_throughput"), "1/s", good)
    tokens = record.number("output_throughput")
    if tokens:
        run.add("tokens.output.rate", tokens, record.at("output_throughput"), "1/s", good)
    for side in ("input", "output"):
        key = f"total_{side}_tokens"
        total = record.number(key)
        if total and good:
            run.derive(f"tokens.{side}.mean", total / good, record.at(key), "", good)
    report = record.values.get("cache_report")
    hit, key = record.number("cache_hit_rate_pct"), "cache_hit_rate_pct"
    if isinstance(report, dict) and is_number(report.get("cache_hit_rate_pct")):
        hit, key = report["cache_hit_rate_pct"], "cache_report"
    if hit is not None:
        run.add("cache_hit", hit / 100, record.at(key), "ratio", good)


def _load(run: llm.Run, record: Record, good: int) -> Arrivals:
    """Add what load was asked for and what was there; return whether answers held it back."""
    rate = record.values.get("request_rate")
    offered = record.number("request_rate") if not isinstance(rate, str) else None
    limit, peak = record.whole("max_concurrency"), record.number("max_concurrent_requests")
    mean = record.number("concurrency")
    if offered:
        run.add("rate.offered", offered, record.at("request_rate"), "1/s")
    if limit:
        run.add("concurrency.limit", limit, record.at("max_concurrency"))
    if peak:
        run.add("concurrency", min(peak, limit or peak), record.at("max_concurrent_requests"))
    elif limit and rate == "inf" and good >= limit:
        run.add("concurrency", limit, record.at("max_concurrency"))
    elif mean:
        run.add("concurrency", mean, record.at("concurrency"))
    if rate == "inf" and "max_concurrency" in record.values and not limit and good > 1:
        sent = run.value("requests") or good
        message = f"all {sent:,.0f} requests were sent at once: their times are those of a queue"
        help_ = "give --request-rate or --max-concurrency as in production"
        run.warn("burst", message, record.at("request_rate"), help_)
    if limit:
        return "closed" if rate == "inf" else ""
    return "open" if rate is not None and "max_concurrency" in record.values else ""


def _stated(record: Record) -> dict[str, llm.Stats]:
    """Return the stated times in ms by family, without those that are null."""
    found: dict[str, llm.Stats] = {}
    for key in record.values:
        match = _STAT.fullmatch(key)
        value = record.number(key) if match else None
        if match and value is not None:
            stat = {"median": "p50"}.get(match[1], match[1])
            stat = percentile(float(stat[1:])) if stat[0] == "p" else stat
            family = found.setdefault(_FAMILIES.get(match[2], match[2]), {})
            family.setdefault(stat, (value, record.at(key)))
    return found


def _check(run: llm.Run, record: Record, good: int) -> None:
    seconds = record.number("duration") or 0
    slack = 0 if record.document else _PRINTED
    where = record.at("completed")
    if seconds:
        llm.check_pace(run, good, seconds, where, slack)
        _check_tokens(run, record, seconds, slack)
        _check_concurrency(run, record, good, seconds)
    e2e, ttft = run.value("e2e.mean"), run.value("ttft.mean")
    if e2e and ttft and e2e < ttft * (1 - _CLOSE):
        message = (
            f"the first token took {digits(ttft)} ms on average, the whole answer {digits(e2e)} ms"
        )
        run.wrong(message, where)
    llm.check_reached(run, record.at("request_rate"))
    limit = record.number("max_concurrency")
    llm.check_stall(run, closed=bool(limit))
    waited = run.value("client_queue.mean")
    if waited and e2e and waited > _QUEUED * e2e:
        message = f"requests waited {waited:,.0f} ms for a free place in the client on average, "
        message += "which no other time holds"
        help_ = "expect `e2e.queued.*`, or raise --max-concurrency"
        run.warn("coordinated-omission", message, record.at("mean_client_queue_time_ms"), help_)


def _check_tokens(run: llm.Run, record: Record, seconds: float, slack: float) -> None:
    total, rate = record.number("total_output_tokens"), record.number("output_throughput")
    if total is None or rate is None:
        return
    product = rate * seconds
    if abs(product - total) > _CLOSE * max(product, total) + slack * max(seconds, rate) + 1:
        message = f"{total:,.0f} tokens came out, rate times duration make {product:,.0f}"
        run.wrong(message, record.at("total_output_tokens"))


def _check_concurrency(run: llm.Run, record: Record, good: int, seconds: float) -> None:
    """Compare with Little's law: mean time times successes over the duration were in flight."""
    stated = next((v for k, v in _stated(record).get(llm.E2E, {}).items() if k == "mean"), None)
    if stated is None:
        return
    flying = stated[0] / 1000 * good / seconds
    limit, mean = record.number("max_concurrency"), record.number("concurrency")
    slack = _CLOSE * flying + 2 * _PRINTED
    if mean is not None and abs(mean - flying) > slack:
        message = f"`concurrency` is {digits(mean)}, mean time and rate make {digits(flying, 4)}"
        run.wrong(message, record.at("concurrency"))
    elif limit and flying > limit + slack:
        message = f"{digits(flying, 4)} requests were in flight on average, "
        message += f"at most {digits(limit)} are allowed"
        run.wrong(message, record.at("max_concurrency"))


_OWN = ("requests", "failures", "errors", "rate", "duration")
_METRICS = (
    *(m for m in SAMPLED if m.name not in _OWN),
    Metric("requests", "", "requests made, or those that succeeded where no more is known"),
    Metric("failures", "", "requests that failed"),
    Metric("errors", "ratio", "failures per request"),
    Metric("rate", "1/s", "requests that succeeded per second, over the whole test"),
    Metric("rate.offered", "1/s", "the request rate that was asked for"),
    Metric("duration", "ms", "from the first request to the last answer"),
    Metric("concurrency.limit", "", "the most requests in flight that were allowed"),
    *llm.TIMED,
    llm.TPOT,
    Metric("client_queue.*", "ms", "time a request waited in the client for a free place"),
    Metric("tokens.output.rate", "1/s", "output tokens per second"),
    Metric("tokens.input.mean", "", "tokens of a prompt"),
    Metric("tokens.output.mean", "", "tokens of an answer"),
    Metric("tokens.input.p95", "", "the same, 95th percentile, where there are single requests"),
    Metric("tokens.output.p95", "", "the same, 95th percentile, where there are single requests"),
    Metric("cache_hit", "ratio", "prompt tokens that came from a cache"),
    Metric("p*", "ms", "response time percentiles, as many as the file has"),
)
METRICS = with_label(_METRICS, "run")
