"""Reads the single requests of an AIPerf run (`profile_export.jsonl`), of any number, into facts.

Format: src/aiperf/common/models/record_export_models.py in https://github.com/ai-dynamo/aiperf.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from readiness.evidence.loadtest import llm, repeats
from readiness.evidence.loadtest.checks import empty_answers
from readiness.evidence.loadtest.facts import SAMPLED, times
from readiness.evidence.loadtest.gathered import Gathered
from readiness.evidence.loadtest.numbers import number
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Problem, Strength
from readiness.stats.digits import digits
from readiness.stats.histogram import mean, merge, quantile

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_NAMES = (b'"request_start_ns"', b'"request_end_ns"', b'"benchmark_phase"')
_NS = 1e9
_LATEST = 4_102_444_800 * 10**9  # the year 2100
_FAMILIES = {"time_to_first_token": "ttft", "inter_token_latency": "itl"}
_TOKENS = {"input_sequence_length": "input", "output_sequence_length": "output"}
_MS = {"ms": 1.0, "sec": 1e3, "s": 1e3, "us": 1e-3, "ns": 1e-6}
_MOST_INPUTS = 200_000
_WAITED, _LONGER = 0.1, 1.01
_HINT = "was the file edited, or cut off?"


def sniff(head: bytes) -> int:
    """Return 90 for lines of JSON with the times and the phase of a request."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return 0
    return 90 if all(name in head for name in _NAMES) else 0


class _Records:
    """What the lines add up to, with bounded memory."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.whole = Tally()
        self.families = {family: Tally() for family in _FAMILIES.values()}
        self.tokens = {side: Gathered() for side in _TOKENS.values()}
        self.inputs: set[int] = set()
        self.last = 0
        self.cancelled = self.warmups = 0
        self.waited = self.spent = 0.0
        self.good = self.empty = 0
        self.longer: Problem | None = None

    def take(self, line: int, record: dict[str, Any]) -> None:
        """Count one request."""
        data = record.get("metadata")
        if not isinstance(data, dict):
            message = "there is no `metadata`, which every record has"
            raise Unreadable("not-a-result", message, self.source.at(line), _HINT)
        if "warmup" in (data.get("benchmark_phase"), data.get("phase_kind")):
            self.warmups += 1
            return
        if data.get("was_cancelled") is True:
            self.cancelled += 1
            return
        start, end = (self._ns(data, key, line) for key in ("request_start_ns", "request_end_ns"))
        if end < start:
            at = self.source.at(line, 0, "/metadata/request_end_ns")
            raise Unreadable("contradiction", "a request ends before it starts", at, _HINT)
        ok = record.get("error") is None
        self.whole.add(start / _NS, (end - start) / 1e6, ok=ok)
        self.last = max(self.last, end)
        if len(self.inputs) <= _MOST_INPUTS and isinstance(data.get("conversation_id"), str):
            self.inputs.add(hash(data["conversation_id"]))
        if ok:
            self.good += 1
            self.spent += (end - start) / 1e6
            issued = data.get("credit_issued_ns")
            if isinstance(issued, int) and 0 < issued <= start:
                self.waited += (start - issued) / 1e6
            self._metrics(line, record.get("metrics"), start / _NS, (end - start) / 1e6)

    def _ns(self, data: dict[str, Any], key: str, line: int) -> int:
        value = data.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < _LATEST:
            message = f"`{key}` is `{str(value)[:40]}`, no time in nanoseconds since 1970"
            raise Unreadable("number", message, self.source.at(line, 0, f"/metadata/{key}"), _HINT)
        return value

    def _metrics(self, line: int, metrics: Any, start: float, took: float) -> None:
        if not isinstance(metrics, dict):
            return
        for tag in (*_FAMILIES, *_TOKENS, "request_latency"):
            entry = metrics.get(tag)
            if not isinstance(entry, dict) or entry.get("value") is None:
                continue
            at = self.source.at(line, 0, f"/metrics/{tag}/value")
            value = number(entry["value"], at, f"`{tag}`")
            if tag in _TOKENS:
                self.empty += not value and _TOKENS[tag] == "output"
                self.tokens[_TOKENS[tag]].extend([value])
                continue
            value *= self._scale(entry, at)
            if tag in _FAMILIES:
                self.families[_FAMILIES[tag]].add(start, value)
            elif value > took * _LONGER + 1 and self.longer is None:
                message = f"`{tag}` is {digits(value)} ms, from start to end are {digits(took)} ms"
                self.longer = Problem("invalid", "contradiction", message, at, _HINT)

    def _scale(self, entry: dict[str, Any], at: Location) -> float:
        unit = entry.get("unit")
        if not isinstance(unit, str) or unit not in _MS:
            message = f"the unit `{str(unit)[:20]}` is no unit of time"
            raise Unreadable("unit", message, at, _HINT)
        return _MS[unit]


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a file of records, in pieces.

    Raises:
        Unreadable: a line that is no JSON or no record, or a value that is not a number.
    """
    records = _Records(source)
    line = 0
    for line, content in repeats.lines(source):
        if content.strip():
            records.take(line, _record(source, line, content))
    if not line:
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    run = llm.Run()
    at = source.at(1, 0, "/metadata/request_end_ns")
    load = records.whole.load()
    if load.windows:
        run.sampled(load, at)
    _families(run, records)
    problems = [*_doubts(run, records), *llm.doubts(run.facts, source.at(1))]
    if not records.last:
        return Reading(tuple(run.facts), tuple(problems))
    produced = datetime.fromtimestamp(records.last / _NS, UTC)
    return Reading(tuple(run.facts), tuple(problems), produced, at, load=load)


def _record(source: Source, line: int, content: bytes) -> dict[str, Any]:
    try:
        record = json.loads(content.decode(), parse_constant=_refuse)
    except UnicodeDecodeError:
        message, help_ = "the line is not UTF-8 text", "save it as UTF-8"
        raise Unreadable("not-utf8", message, source.at(line), help_) from None
    except (ValueError, RecursionError) as error:
        message = f"not valid JSON: {getattr(error, 'msg', error)}"[:120]
        raise Unreadable("not-json", message, source.at(line), "was the file cut off?") from None
    if not isinstance(record, dict):
        message = "a line holds no object"
        raise Unreadable("wrong-shape", message, source.at(line), "is it AIPerf's own file?")
    return record


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _families(run: llm.Run, records: _Records) -> None:
    at = records.source.at
    for tag, family in _FAMILIES.items():
        groups = records.families[family].load().groups()
        found = merge(counts.ok for counts in groups.values())
        run.extend(times(found, at(1, 0, f"/metrics/{tag}"), prefix=f"{family}."))
    for tag, side in _TOKENS.items():
        sizes, place = records.tokens[side].histogram(), at(1, 0, f"/metrics/{tag}")
        if any(sizes.values):
            run.derive(f"tokens.{side}.mean", mean(sizes), place, "", sizes.size)
            run.derive(f"tokens.{side}.p95", quantile(sizes, 0.95), place, "", sizes.size)
    seconds = (run.value("duration") or 0) / 1000
    if seconds:
        place = at(1, 0, "/metrics/output_sequence_length")
        if each := run.value("tokens.output.mean"):
            total = each * records.tokens["output"].histogram().size
            run.derive("tokens.output.rate", total / seconds, place, "1/s", records.good)
        flying = records.spent / 1000 / seconds
        run.derive("concurrency", flying, at(1, 0, "/metadata/request_end_ns"))
    if 0 < len(records.inputs) <= _MOST_INPUTS:
        run.derive("inputs.distinct", len(records.inputs), at(1, 0, "/metadata/conversation_id"))


def _doubts(run: llm.Run, records: _Records) -> list[Problem]:
    """Return what a reader of the figures should know."""
    at = records.source.at(1)
    found: list[Problem] = [records.longer] if records.longer else []
    failures, requests = run.value("failures"), run.value("requests")
    if failures and requests and failures < requests:
        message = f"{failures:,.0f} of {requests:,.0f} requests failed: the times are of the others"
        help_ = "expect `errors` too"
        found.append(Problem("warning", "successes-only", message, at, help_))
    place = records.source.at(1, 0, "/metrics/output_sequence_length")
    found += empty_answers(records.empty, records.good, place)
    if records.cancelled:
        message = f"{records.cancelled:,} requests were cancelled, and are in no figure"
        help_ = "were they cancelled on purpose?"
        found.append(Problem("warning", "cancelled", message, at, help_))
    if records.waited > _WAITED * records.spent:
        message = f"requests waited {records.waited / records.good:,.1f} ms in the client on "
        message += "average before they were sent, which no time holds"
        help_ = "the benchmark could not keep up: give it more workers, or ask for less"
        found.append(Problem("warning", "coordinated-omission", message, at, help_))
    return found


READER = Reader(
    id="aiperf-records",
    title="AIPerf records",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        *(metric for metric in SAMPLED if metric.name != "rate"),
        Metric("rate", "1/s", "requests that succeeded per second over the whole test"),
        *llm.TIMED,
        Metric("tokens.output.rate", "1/s", "output tokens per second"),
        *(
            Metric(f"tokens.{side}.{stat}", "", f"{stat} of the tokens of {what}")
            for side, what in (("input", "a prompt"), ("output", "an answer"))
            for stat in ("mean", "p95")
        ),
        Metric("inputs.distinct", "", "different conversations"),
    ),
    produce="aiperf profile --model MODEL --url http://localhost:8000 --endpoint-type chat "
    "--streaming --request-rate 5 --request-count 2000 --export-level records",
    source="https://github.com/ai-dynamo/aiperf",
    traps=(
        "A failed request ends the moment it starts: times are those of the successes.",
        "Requests of the warm-up and cancelled ones are in no figure; the latter are warned of.",
        "Response time is from start to end: a little more than `request_latency`, to the token.",
        "Percentiles are by nearest rank; the summary interpolates between two of them.",
        "`concurrency` is the mean number in flight (Little's law).",
        "`inter_token_latency` is the mean of a request, not of a single gap.",
        "A line cut in half is an error, never passed over.",
    ),
    streams=True,
    shape="json",
    summary="every request of an AIPerf run: requests, errors, times, TTFT, ITL, rate held",
)
