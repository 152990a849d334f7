"""Reads a summary or the individual responses of an LLMPerf run into facts.

Format: token_benchmark_ray.py in https://github.com/ray-project/llmperf.
"""

from __future__ import annotations

import math
from array import array
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from readiness.evidence.folded import Fold, read_one
from readiness.evidence.loadtest import llm
from readiness.evidence.loadtest.checks import empty_answers
from readiness.evidence.loadtest.facts import SAMPLED
from readiness.evidence.loadtest.numbers import count, entry, is_number, number, percentile
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Strength
from readiness.patterns import pattern
from readiness.stats.histogram import quantile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from readiness.errors import Location
    from readiness.evidence.folded import Step
    from readiness.evidence.structured import JsonDocument
    from readiness.model.checklist import FactMap

_SUMMARY = (b'"results_ttft_s_', b'"results_end_to_end_latency_s_', b'"num_concurrent_requests"')
_SINGLE = (b'"end_to_end_latency_s"', b'"ttft_s"', b'"error_code"', b'"number_output_tokens"')
_FAMILIES = {"end_to_end_latency_s": llm.E2E, "ttft_s": "ttft", "inter_token_latency_s": "itl"}
_SIDES = {"number_input_tokens": "input", "number_output_tokens": "output"}
_STAT = pattern(r"results_(\w+_s)_(?:quantiles_p([0-9]{2})|(mean|min|max))")
_DECIMAL = pattern(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")
_ARTEFACT = -100  # "Output too few tokens": the benchmark's own rule, not an answer's failure
_MEDIAN = 50
_CODES = pattern(r"-100(?:\.0+)?:\s*(?:np\.int64\()?([0-9]{1,12})")
_LATEST = 4_102_444_800  # the year 2100
_HINT = "was the file edited, or cut off?"


def sniff(head: bytes) -> int:
    """Return 90 for JSON with two or more names that only LLMPerf uses."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    names = _SUMMARY if text.startswith(b"{") else _SINGLE if text.startswith(b"[") else ()
    return 90 if sum(name in head for name in names) > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read either of the two files that a run writes.

    Raises:
        Unreadable: not strict JSON, no file of LLMPerf, or a value that is not a number.
    """
    try:
        document = read_one(source, Responses)
    except Unreadable as error:
        found = error.problem
        if found.message.startswith("NaN"):
            message = "NaN is not JSON: LLMPerf writes it where no request succeeded"
            help_ = "find out why every request failed, and run it again"
            raise Unreadable(found.code, message, found.at, help_) from None
        raise
    run = llm.Run()
    produced = None
    if isinstance(document.value, Responses):
        _responses(run, document.value)
    elif isinstance(document.value, dict):
        _summary(run, document)
        stamp = document.get("timestamp")
        if is_number(stamp) and 0 < stamp < _LATEST:
            produced = datetime.fromtimestamp(stamp, UTC)
    else:
        message = "it is neither a summary nor a list of responses"
        raise Unreadable("wrong-shape", message, source.at(1), "is it a file of LLMPerf?")
    run.problems += llm.doubts(run.facts, source.at(1))
    where = document.at("timestamp") if produced else None
    return Reading(tuple(run.facts), tuple(run.problems), produced, where, load=run.load)


def _summary(run: llm.Run, document: JsonDocument) -> None:
    good, bad = (
        _count(document, f"results_{n}") for n in ("num_completed_requests", "number_errors")
    )
    at = document.at("results_num_requests_started")
    if good + bad != (total := _count(document, "results_num_requests_started")):
        run.wrong(f"{total:,} requests were started, {good:,} completed and {bad:,} failed", at)
    run.counts(total, bad, at, document.at("results_number_errors"), derived=False)
    _check_share(run, document, bad, total)
    codes = document.get("results_error_code_frequency")
    ours = _CODES.search(codes) if isinstance(codes, str) else None
    place = document.at("results_error_code_frequency")
    _artefact(run, int(ours[1]) if ours else 0, place)
    minute = _value(document, "results_num_completed_requests_per_min")
    if minute and good:
        place = document.at("results_num_completed_requests_per_min")
        run.add("rate", minute / 60, place, "1/s", good)
        run.derive("duration", good / minute * 60_000, place, "ms")
    users = _value(document, "num_concurrent_requests")
    if users and users <= total:
        run.add("concurrency", users, document.at("num_concurrent_requests"))
    _stated(run, document, good)
    llm.check_stall(run, closed=True)


def _check_share(run: llm.Run, document: JsonDocument, bad: int, total: int) -> None:
    share = _value(document, "results_error_rate")
    if share is not None and total and abs(share - bad / total) > 1 / total / 2:
        message = f"the error rate is {share:g}, the counts make {bad / total:g}"
        run.wrong(message, document.at("results_error_rate"))


def _stated(run: llm.Run, document: JsonDocument, good: int) -> None:
    found: dict[str, llm.Stats] = {}
    for key in document.value:
        match = _STAT.fullmatch(key)
        family = _FAMILIES.get(match[1]) if match else None
        value = _value(document, key) if family else None
        if match and family and value is not None and int(match[2] or _MEDIAN) >= _MEDIAN:
            stat = match[3] or percentile(float(match[2]))
            found.setdefault(family, {})[stat] = (value * 1000, document.at(key))
    for family, stats in found.items():
        run.times(family, stats, good)
    rate = _value(document, "results_mean_output_throughput_token_per_s")
    if rate and good:
        place = document.at("results_mean_output_throughput_token_per_s")
        run.add("tokens.output.rate", rate, place, "1/s", good)
    for side in ("input", "output"):
        for name, stat in (("mean", "mean"), ("quantiles_p95", "p95")):
            key = f"results_number_{side}_tokens_{name}"
            size = _value(document, key)
            if size and good:
                run.add(f"tokens.{side}.{stat}", size, document.at(key), "", good)


class Responses(Fold):
    """The list of single responses: there is no time of day, so no rate and no duration.

    Attributes:
        tally: the responses by outcome.
        columns: times in ms and sizes in tokens of those that succeeded, by name.
        failures: how many failed, `ours` of them by the benchmark's own rule.
    """

    def __init__(
        self, document: JsonDocument, steps: tuple[Step, ...], beside: Mapping[str, Any]
    ) -> None:
        super().__init__(document, steps, beside)
        self.tally = Tally()
        self.columns = {name: array("d") for name in (*_FAMILIES, *_SIDES)}
        self.failures = self.ours = 0

    def take(self, index: int, element: Any) -> None:
        """Take a response."""
        if not isinstance(element, dict) or not {"error_code", "ttft_s"} <= set(element):
            self.refuse("not-a-result", "a response has no `error_code` and `ttft_s`", index)
        ok = element["error_code"] is None
        self.ours += element["error_code"] == _ARTEFACT
        self.failures += not ok
        timed = ok or is_number(element.get("end_to_end_latency_s"))
        ms = (
            entry(self, element.get("end_to_end_latency_s"), index, "end_to_end_latency_s") * 1000
            if timed
            else 0.0
        )
        self.tally.add(None, ms, ok=ok)
        for name, column in self.columns.items() if ok else ():
            scale = 1 if name in _SIDES else 1000
            column.append(entry(self, element.get(name), index, name) * scale)


def _responses(run: llm.Run, responses: Responses) -> None:
    """Add what the single responses say."""
    responses.check()
    if not responses:
        return
    at = responses.at(0, "end_to_end_latency_s")
    where = responses.at(0, "error_code")
    run.counts(len(responses), responses.failures, at, where, derived=True)
    run.sampled(responses.tally.load("closed"), at)
    columns = responses.columns
    for name in ("ttft_s", "inter_token_latency_s"):
        run.samples(_FAMILIES[name], llm.histogram_of(columns[name]), responses.at(0, name))
    for name, side in _SIDES.items():
        values, place = columns[name], responses.at(0, name)
        if any(values):
            run.derive(
                f"tokens.{side}.mean", math.fsum(values) / len(values), place, "", len(values)
            )
            p95 = quantile(llm.histogram_of(values), 0.95)
            run.derive(f"tokens.{side}.p95", p95, place, "", len(values))
    _artefact(run, responses.ours, where)
    place = responses.at(0, "number_output_tokens")
    output = columns["number_output_tokens"]
    run.problems += empty_answers(output.count(0), len(output), place)
    llm.check_stall(run, closed=True)


def _artefact(run: llm.Run, number_: int, at: Location) -> None:
    """Tell the failures that the benchmark itself made up: answers shorter than it asked for."""
    failures, total = run.value("failures"), run.value("requests")
    if not number_ or not failures or not total:
        return
    run.derive("errors.artefact", number_ / total, at, "ratio", int(total))
    message = f"{number_:,} of {failures:,.0f} failures are answers with too few tokens (code -100)"
    help_ = "the service answered: ask for fewer tokens, or expect `errors.artefact` too"
    run.warn("benchmark-artefact", message, at, help_)


def _value(document: JsonDocument, key: str) -> float | None:
    """Return a number, also one that LLMPerf wrote as a text; None where there is none."""
    value: Any = document.get(key)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = float(value)
    return None if value is None else number(value, document.at(key), f"`{key}`")


def _count(document: JsonDocument, key: str) -> int:
    value = _value(document, key)
    if value is None:
        message = f"there is no `{key}`, which every summary has"
        raise Unreadable("not-a-result", message, document.at(key), _HINT)
    return count(value, document.at(key), f"`{key}`")


READER = Reader(
    id="llmperf",
    title="LLMPerf result",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        *(m for m in SAMPLED if m.name not in ("rate", "rate.held", "concurrency", "duration")),
        Metric("rate", "1/s", "requests that completed per second (summary)"),
        Metric("duration", "ms", "requests that completed over their rate (summary)"),
        Metric("concurrency", "", "requests that were kept in flight (summary)"),
        Metric("errors.artefact", "ratio", "requests that LLMPerf failed for too short an answer"),
        *llm.TIMED,
        Metric("tokens.output.rate", "1/s", "output tokens per second (summary)"),
        *(
            Metric(f"tokens.{side}.{stat}", "", f"{stat} of the tokens of {what}")
            for side, what in (("input", "a prompt"), ("output", "an answer"))
            for stat in ("mean", "p95")
        ),
    ),
    produce="python token_benchmark_ray.py --model MODEL --num-concurrent-requests 20 "
    "--max-num-completed-requests 2000 --timeout 1200 --results-dir results",
    source="https://github.com/ray-project/llmperf/blob/main/token_benchmark_ray.py",
    traps=(
        "Code -100 (`Output too few tokens`) is LLMPerf's own rule: the service answered.",
        "Such an answer counts as failed, as in the tool; `errors.artefact` tells how many.",
        "Times are of the successes, in seconds.",
        "The individual responses have no time of day: no rate, no duration, no users.",
        "`inter_token_latency_s` is a mean per request that holds the first token too.",
        "A failed response has an undivided `inter_token_latency_s`: it is never read.",
        'The summary has some numbers as texts (`"550"`); NaN where nothing succeeded is refused.',
        "The load is a closed loop: while the service stalls nothing is asked.",
    ),
    streams=True,
    percentiles="interpolated",
    shape="json",
    summary="requests, errors, TTFT, ITL and end-to-end times of an LLMPerf run",
)
