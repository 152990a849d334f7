"""Reads the summary of an AIPerf run (`profile_export_aiperf.json` or `.csv`) into facts.

Format: src/aiperf/exporters/ in https://github.com/ai-dynamo/aiperf (0.1 to 0.13).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.loadtest import llm
from readiness.evidence.loadtest.facts import SAMPLED
from readiness.evidence.loadtest.numbers import count, is_number, number
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.aiperf.table import STATS, Summary, Value, read_summary
from readiness.model.fact import Problem, Strength
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from datetime import datetime

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_NAMES = (b'"aiperf_version"', b'"was_cancelled"', b'"error_summary"', b'"input_config"')
_TABLES = (b"Metric,avg,min,max,sum,p1,p5,", b"Metric,avg,min,max,p1,p5,", b"Metric,Value")
_ROWS = (b"Request Latency (ms),", b"Inter Token Latency (ms),", b"Benchmark Duration (sec),")
_FAMILIES = {
    "request_latency": llm.E2E,
    "time_to_first_token": "ttft",
    "inter_token_latency": "itl",
}
_PRINTED = 0.005  # half of the last digit of a CSV
_CLOSE = 1e-3


def sniff(head: bytes) -> int:
    """Return 90 for JSON with metrics as AIPerf has them and names of its own, or for its CSV."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"{"):
        metric = b'"request_throughput"' in head or b'"error_request_count"' in head
        named = sum(name in head for name in _NAMES) > 1 or _NAMES[0] in head
        return 90 if metric and named and b'"unit"' in head else 0
    return 90 if text.startswith(_TABLES) and any(b"\n" + row in head for row in _ROWS) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a summary.

    Raises:
        Unreadable: no summary of AIPerf, cut off, or a value that is not a number.
    """
    summary = read_summary(source)
    run = llm.Run()
    good = _counts(run, summary)
    _rates(run, summary, good)
    closed = _load(run, summary, good)
    _times(run, summary, good)
    llm.check_stall(run, closed=closed)
    run.problems += [*_ended(summary), *llm.doubts(run.facts, source.at(1))]
    produced, place = _produced(summary, run.problems)
    return Reading(tuple(run.facts), tuple(run.problems), produced, place)


def _times(run: llm.Run, summary: Summary, good: int) -> None:
    for tag, family in _FAMILIES.items():
        stats = summary.metrics.get(tag, {})
        scale = summary.ms(tag) if stats else 1.0
        times = {
            STATS[stat]: (value.number * scale, value.at)
            for stat, value in stats.items()
            if stat in STATS
        }
        run.times(family, times, good)
        _check_sum(run, summary, tag, good)


def _counts(run: llm.Run, summary: Summary) -> int:
    """Add requests and failures; return the successes. Without a failure there is no count."""
    good = _whole(summary.get("request_count"))
    failed, stated = summary.get("error_request_count"), True
    if failed is None:
        failed, stated = _failed(summary, good)
    bad = _whole(failed)
    at = (summary.get("request_count") or failed).at
    run.counts(good + bad, bad, at, failed.at, derived=True)
    if not stated:
        run.facts = [
            fact._replace(origin="tool-default") if fact.metric == "failures" else fact
            for fact in run.facts
        ]
    rate, done = summary.get("request_error_rate"), summary.get("completed_request_count")
    if done and done.number != good + bad:
        run.wrong(
            f"{digits(done.number)} requests completed, {good:,} and {bad:,} are counted", done.at
        )
    share = 100 * bad / (good + bad) if good + bad else 0
    if rate and abs(rate.number - share) > _PRINTED + _CLOSE:
        run.wrong(f"the error rate is {rate.number:g} %, the counts make {share:g} %", rate.at)
    return good


def _whole(value: Value | None) -> int:
    return 0 if value is None else count(value.number, value.at, "the number of requests")


def _failed(summary: Summary, good: int) -> tuple[Value, bool]:
    """Return the failures where they have no count of their own, and whether they are written.

    AIPerf writes `error_request_count` only if there is an error.
    """
    done = summary.get("completed_request_count")
    if done:
        return Value(max(done.number - good, 0), done.at), True
    listed: Any = summary.document.get("error_summary") if summary.document else None
    if summary.document and isinstance(listed, list):
        at = summary.document.at("error_summary")
        counts = [entry.get("count") if isinstance(entry, dict) else None for entry in listed]
        return Value(sum(number(n, at, "the count of an error") for n in counts), at), True
    place = summary.get("request_count")
    return Value(0, place.at if place else summary.source.at(1)), False


def _rates(run: llm.Run, summary: Summary, good: int) -> None:
    duration, rate = summary.get("benchmark_duration"), summary.get("request_throughput")
    seconds = duration.number * summary.ms("benchmark_duration") / 1000 if duration else 0
    if duration and seconds:
        run.add("duration", seconds * 1000, duration.at, "ms")
    if rate and rate.number:
        run.add("rate", rate.number, rate.at, "1/s", good)
        if seconds:
            slack = 0.0 if summary.document else _PRINTED * (1 + rate.number / seconds)
            llm.check_pace(run, good, seconds, rate.at, slack)
    tokens = summary.get("output_token_throughput")
    if tokens and tokens.number:
        run.add("tokens.output.rate", tokens.number, tokens.at, "1/s", good)
    for side in ("input", "output"):
        for stat, name in (("avg", "mean"), ("p95", "p95")):
            size = summary.get(f"{side}_sequence_length", stat)
            if size and size.number:
                run.add(f"tokens.{side}.{name}", size.number, size.at, "", good)


def _load(run: llm.Run, summary: Summary, good: int) -> bool:
    """Add the load that was asked for and was there; return whether users waited for answers."""
    peak = summary.get("effective_concurrency", "max")
    if peak and peak.number:
        run.add("concurrency", peak.number, peak.at)
    asked = dict(_asked(summary))
    limit, rate = asked.get("concurrency"), asked.get("rate")
    if rate:
        run.add("rate.offered", rate.number, rate.at, "1/s")
    elif limit and good >= limit.number:
        run.add("concurrency", limit.number, limit.at)
    entries = asked.get("entries")
    total = run.value("requests")
    if entries and total:
        run.derive("inputs.distinct", min(entries.number, total), entries.at)
    return limit is not None and rate is None


def _asked(summary: Summary) -> list[tuple[str, Value]]:
    """Return concurrency, rate and number of prompts that the run was told, by their name."""
    document = summary.document
    if document is None:
        return []
    found: list[tuple[str, Value]] = []

    def take(name: str, *steps: str | int) -> None:
        value = document.get(*steps)
        if is_number(value) and value > 0:
            found.append((name, Value(float(value), document.at(*steps))))

    take("concurrency", "input_config", "loadgen", "concurrency")
    take("rate", "input_config", "loadgen", "request_rate")
    phases: Any = document.get("input_config", "phases")
    for index, phase in enumerate(phases if isinstance(phases, list) else ()):
        if isinstance(phase, dict) and "warmup" not in (phase.get("kind"), phase.get("name")):
            take("concurrency", "input_config", "phases", index, "concurrency")
            take("rate", "input_config", "phases", index, "rate")
    sets: Any = document.get("input_config", "datasets")
    if isinstance(sets, list) and len(sets) == 1:
        take("entries", "input_config", "datasets", 0, "entries")
    return found


def _check_sum(run: llm.Run, summary: Summary, tag: str, good: int) -> None:
    """Compare a mean with sum and count, and the count with the successes."""
    mean, total, n = (summary.get(tag, stat) for stat in ("avg", "sum", "count"))
    if n and tag == "request_latency" and n.number != good:
        run.wrong(f"`{tag}` has {digits(n.number)} values, {good:,} requests succeeded", n.at)
    size = n.number if n else good
    slack = 0.0 if summary.document else _PRINTED * (size + 1)
    if mean and total and (n or tag == "request_latency"):
        product = mean.number * size
        if abs(product - total.number) > _CLOSE * max(product, total.number) + slack:
            message = f"mean and count of `{tag}` make {digits(product)}, "
            message += f"their sum is {digits(total.number)}"
            run.wrong(message, mean.at)


def _ended(summary: Summary) -> list[Problem]:
    """Return the problem of a run that did not come to its end."""
    document = summary.document
    if document is None:
        return []
    for key, bad in (("was_cancelled", True), ("is_complete", False)):
        if document.get(key) is bad:
            message = "the run was cancelled" if bad else "the run is not complete"
            help_ = "let it run to its end"
            return [Problem("inconclusive", "aborted", message, document.at(key), help_)]
    return []


def _produced(summary: Summary, problems: list[Problem]) -> tuple[datetime | None, Location | None]:
    document = summary.document
    end = document.get("end_time") if document else None
    if document is None or not isinstance(end, str):
        return None, None
    moment = llm.moment_of(end, "", document.at("end_time"), problems)
    return moment, document.at("end_time") if moment else None


READER = Reader(
    id="aiperf",
    title="AIPerf summary",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        *(metric for metric in SAMPLED if metric.name not in ("rate", "rate.held")),
        Metric("rate", "1/s", "requests that succeeded per second over the whole test"),
        Metric("rate.offered", "1/s", "the request rate that was asked for"),
        *llm.TIMED,
        Metric("tokens.output.rate", "1/s", "output tokens per second"),
        *(
            Metric(f"tokens.{side}.{stat}", "", f"{stat} of the tokens of {what}")
            for side, what in (("input", "a prompt"), ("output", "an answer"))
            for stat in ("mean", "p95")
        ),
        Metric("inputs.distinct", "", "prompts in the data set, at most the requests"),
    ),
    produce="aiperf profile --model MODEL --url http://localhost:8000 --endpoint-type chat "
    "--streaming --request-rate 5 --request-count 2000 --artifact-dir run1",
    source="https://github.com/ai-dynamo/aiperf/tree/main/src/aiperf/exporters",
    traps=(
        "`request_count` counts successes; `error_request_count` is only there if one failed.",
        "Percentiles are of successes only, interpolated: a run with errors is warned of.",
        "`inter_token_latency` is the mean of a request; single gaps are `inter_chunk_latency`.",
        "Times carry their unit, which is converted; a CSV has two decimals.",
        "A cancelled run proves nothing.",
        "`concurrency` is the most requests in flight (since 0.12), else what was asked for.",
        "A CSV has no date, no settings and no counts behind its times.",
        "The date has no time zone: it is taken as UTC, with a warning.",
        "Single requests are in `profile_export.jsonl`: see aiperf-records.",
    ),
    percentiles="interpolated",
    shape="json",
    summary="requests, errors, rates, TTFT, ITL and end-to-end times of an AIPerf run",
)
