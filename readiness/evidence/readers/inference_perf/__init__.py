"""Reads reports of inference-perf (`*_lifecycle_metrics.json`) into facts.

Format: inference_perf/reportgen/base.py in https://github.com/kubernetes-sigs/inference-perf: the
summary of a run, one such file per stage, and one with every request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.folded import read_one
from readiness.evidence.loadtest import llm
from readiness.evidence.loadtest.facts import SAMPLED
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.inference_perf.report import read_report
from readiness.evidence.readers.inference_perf.requests import Requests, read_requests
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_NAMES = (b'"load_summary"', b'"successes"', b'"failures"')
_SIDES = (b'"schedule_delay"', b'"kv_cache_usage_percentage"')  # of the client, of the server
_TIMES = (b'"start_time"', b'"end_time"')
_SINGLE = (b'"output_token_times"', b'"computed_metrics"', b'"request_metrics"')


def sniff(head: bytes) -> int:
    """Return 90 for a report with load, successes and failures, or a list of its requests."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"{"):
        return 90 if all(n in head for n in _NAMES) and any(n in head for n in _SIDES) else 0
    single = all(n in head for n in _TIMES) and any(n in head for n in _SINGLE)
    return 90 if text.startswith(b"[") and single else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a report, or the list of all requests.

    Raises:
        Unreadable: not strict JSON, no report of the client, or a value that is not a number.
    """
    document = read_one(source, Requests)
    found = document.value
    run = read_requests(found) if isinstance(found, Requests) else read_report(document)
    run.problems += llm.doubts(run.facts, source.at(1))
    return Reading(tuple(run.facts), tuple(run.problems), load=run.load)


READER = Reader(
    id="inference-perf",
    title="inference-perf report",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        *(m for m in SAMPLED if m.name not in ("rate", "concurrency")),
        Metric("rate", "1/s", "requests that succeeded per second"),
        Metric("rate.offered", "1/s", "the rate of the stage that was asked for"),
        Metric("rate.sent", "1/s", "the rate at which requests were really sent"),
        Metric("schedule_delay.*", "ms", "how late a request was sent"),
        Metric("concurrency", "", "requests kept in flight, where the load is given so"),
        *llm.TIMED,
        llm.TPOT,
        Metric("tokens.output.rate", "1/s", "output tokens per second"),
        *(
            Metric(f"tokens.{side}.{stat}", "", f"{stat} of the tokens of {what}")
            for side, what in (("input", "a prompt"), ("output", "an answer"))
            for stat in ("mean", "p95")
        ),
        Metric("inputs.distinct", "", "different requests, where single ones are kept"),
        Metric("cache_hit", "ratio", "prompt tokens from a cache, where the server says so"),
        Metric("p*", "ms", "response time percentiles, as many as the file has"),
    ),
    produce="inference-perf --config_file config.yml: `stage_0_lifecycle_metrics.json`, "
    "`summary_lifecycle_metrics.json`",
    source="https://github.com/kubernetes-sigs/inference-perf",
    traps=(
        "Times are in seconds, and of the successes.",
        "Perfect times may hide that requests were sent late: `schedule_delay.*` and a warning.",
        "`requested_rate` is a wish: `rate.sent` is what was sent, `rate` what was answered.",
        "The summary of a run mixes its stages: their files show which rate was held.",
        "`*_prometheus_metrics.json` looks alike, but is the server's view: it is refused.",
        "A server that reports no cache counts as 0 cached tokens: 0 gives no `cache_hit`.",
        "The duration is written since 0.4; before it is successes over their rate.",
        "The file has no date: it is dated by its commit.",
    ),
    streams=True,
    percentiles="interpolated",
    shape="json",
    summary="requests, errors, rates, schedule delay, TTFT, ITL, TPOT and end-to-end times",
)
