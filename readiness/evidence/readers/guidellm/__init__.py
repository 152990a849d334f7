"""Reads a report of GuideLLM (`benchmarks.json`) into facts, one stage per rate of a sweep.

Format: src/guidellm/benchmark/ in https://github.com/vllm-project/guidellm, of 0.2 (objects in
`benchmarks`, arguments in `args`) to 0.8 (`metadata.version` 2, arguments in `config`).
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from readiness.evidence.folded import read_one
from readiness.evidence.loadtest import llm
from readiness.evidence.loadtest.facts import SAMPLED, with_label
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.readers.guidellm.benchmark import Benchmark, read_benchmark
from readiness.evidence.readers.guidellm.requests import PLAN
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_NAMES = (
    b'"guidellm_version"',
    b'"generative_benchmark"',
    b'"request_totals"',
    b'"requests_made"',
    b'"requests_per_second"',
    b'"strategy_index"',
)
_LATEST = 4_102_444_800  # the year 2100


def sniff(head: bytes) -> int:
    """Return 90 for JSON with `benchmarks` and two or more names that only GuideLLM uses."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return 0
    named = sum(name in head for name in _NAMES)
    return 90 if named > 1 and (b'"benchmarks"' in head or named > 2) else 0  # noqa: PLR2004


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a report.

    Raises:
        Unreadable: not strict JSON, no report of GuideLLM, or a value that is not a number.
    """
    listed_ = source.head(1 << 10).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    document = read_one(source, PLAN if listed_ else {"benchmarks": PLAN})
    steps: tuple[str, ...] = () if isinstance(document.value, list) else ("benchmarks",)
    listed = document.get(*steps)
    if not isinstance(listed, list) or not all(isinstance(b, dict) for b in listed):
        message, help_ = "there is no list `benchmarks` of objects", "is it GuideLLM's own report?"
        raise Unreadable("wrong-shape", message, document.at(*steps), help_)
    benchmarks = [Benchmark(document, (*steps, index)) for index in range(len(listed))]
    runs = [
        read_benchmark(benchmark, labels)
        for benchmark, labels in zip(benchmarks, _labels(benchmarks), strict=True)
    ]
    facts = [fact for run in runs for fact in run.facts]
    problems = [problem for run in runs for problem in run.problems]
    problems += llm.doubts(facts, source.at(1))
    produced, where = _produced(benchmarks)
    load = runs[0].load if len(runs) == 1 else None
    return Reading(tuple(facts), tuple(problems), produced, where, load=load)


def _labels(benchmarks: list[Benchmark]) -> list[tuple[tuple[str, str], ...]]:
    """Name the stages of a sweep by strategy and rate; a single benchmark is the whole."""
    if len(benchmarks) == 1:
        return [()]
    seen: Counter[str] = Counter()
    found: list[tuple[tuple[str, str], ...]] = []
    for benchmark in benchmarks:
        seen[benchmark.name] += 1
        again = f" #{seen[benchmark.name]}" if seen[benchmark.name] > 1 else ""
        found.append((("stage", f"{benchmark.name}{again}"),))
    return found


def _produced(benchmarks: list[Benchmark]) -> tuple[datetime | None, Location | None]:
    ends: list[tuple[Any, Benchmark]] = [(b.get("end_time"), b) for b in benchmarks]
    ends = [(end, b) for end, b in ends if is_number(end) and 0 < end < _LATEST]
    if not ends:
        return None, None
    end, last = max(ends, key=lambda pair: float(pair[0]))
    return datetime.fromtimestamp(end, UTC), last.at("end_time")


_PER = ("stage",)
_OWN = ("requests", "failures", "errors", "rate", "duration", "concurrency")
READER = Reader(
    id="guidellm",
    title="GuideLLM report",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        *with_label((m for m in SAMPLED if m.name not in _OWN), "stage"),
        Metric("requests", "", "requests that succeeded or failed", _PER),
        Metric("failures", "", "requests that failed", _PER),
        Metric("incomplete", "", "requests that ran when the benchmark ended", _PER),
        Metric("errors", "ratio", "failures per request", _PER),
        Metric("rate", "1/s", "requests that succeeded per second", _PER),
        Metric("rate.offered", "1/s", "the rate of a constant or Poisson strategy", _PER),
        Metric("duration", "ms", "the measured time, without warm-up and cool-down", _PER),
        Metric("concurrency", "", "the most requests in flight", _PER),
        *llm.TIMED,
        llm.TPOT,
        Metric("tokens.output.rate", "1/s", "output tokens per second", _PER),
        *(
            Metric(f"tokens.{side}.{stat}", "", f"{stat} of the tokens of {what}", _PER)
            for side, what in (("input", "a prompt"), ("output", "an answer"))
            for stat in ("mean", "p95")
        ),
        Metric("inputs.distinct", "", "different prompts, where single requests are kept", _PER),
        Metric("p*", "ms", "response time percentiles", _PER),
    ),
    produce="guidellm benchmark --target http://localhost:8000 --profile constant --rate 5 "
    "--max-seconds 600 --data 'prompt_tokens=512,output_tokens=128' --outputs json",
    source="https://github.com/vllm-project/guidellm",
    traps=(
        "`request_latency` is in seconds, what ends in `_ms` is in milliseconds.",
        "A report holds one benchmark per rate of a sweep: each is a stage, none is the whole.",
        "Only figures of `successful` requests are read: those of `total` mix in failures.",
        "Requests that ran when the time was up are `incomplete`: the slowest are in no figure.",
        "`inter_token_latency_ms` is a mean per request: its samples are the requests.",
        "`time_per_output_token_ms` holds the first token too: what others call TPOT is its `itl`.",
        "`requests` may be empty or a sample: times are recomputed only where all are there.",
        "`requests` has those of warm-up and cool-down too: then no time is recomputed.",
        "More listed requests of the measured time than it counts are a contradiction.",
        "A stated rate that counts and duration do not bear out is replaced by theirs.",
    ),
    streams=True,
    shape="json",
    summary="requests, errors, rates, TTFT, ITL and end-to-end times of a GuideLLM sweep",
)
