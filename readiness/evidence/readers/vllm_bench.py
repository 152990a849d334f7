"""Reads results of `vllm bench serve` (JSON, or the printed block pasted in a text) into facts.

Format: vllm/benchmarks/serve.py in https://github.com/vllm-project/vllm; before vLLM 0.10
benchmarks/benchmark_serving.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest import serving_facts
from readiness.evidence.reader import Reader, Reading, Source
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_NAMES = (b'"num_prompts"', b'"tokenizer_id"', b'"model_id"', b'"burstiness"')
_RESULTS = (b'"request_throughput"', b'"completed"')
_BLOCK = pattern(
    rb"^[ \t>|]*=+ Serving Benchmark Result =+\s+(?!Backend:)\S[^\n]{0,300}\n", re.MULTILINE
)


def sniff(head: bytes) -> int:
    """Return 90 for JSON with keys of a result and of its arguments, 80 for a printed block."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        results = all(name in head for name in _RESULTS)
        return 90 if results and sum(name in head for name in _NAMES) > 1 else 0
    return pasted(head) if b"Request throughput (req/s):" in head else 0


def pasted(text: bytes) -> int:
    """Return 80 for the first two lines of a printed block: its others are those of both tools."""
    return 80 if _BLOCK.search(text) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read one result or more, from JSON or from a text with printed blocks.

    Raises:
        Unreadable: no result of vLLM, cut off, or a value that is not a number.
    """
    return serving_facts.read_results(source, sglang=False)


READER = Reader(
    id="vllm-bench",
    title="vLLM serving benchmark",
    sniff=sniff,
    pasted=pasted,
    read=read,
    strength=Strength.measured,
    metrics=serving_facts.METRICS,
    produce="vllm bench serve --model MODEL --request-rate 5 --num-prompts 2000 --save-result "
    "--save-detailed --percentile-metrics ttft,tpot,itl,e2el --metric-percentiles 50,90,95,99",
    source="https://github.com/vllm-project/vllm/blob/main/vllm/benchmarks/serve.py",
    traps=(
        "Older files count no failures: they are `num_prompts` less `completed`.",
        "A printed block has its failures from the `--num-prompts` above it, else no `errors`.",
        "No end-to-end time without e2el in `--percentile-metrics`, or `--save-detailed`.",
        "Times are of the successes, and `rate` counts successes only.",
        "Without streaming every time to the first token is 0: that is no fact, and warned of.",
        "`request_rate` is the text `inf` where all requests were sent at once.",
        "`max_concurrency` is a limit: with a request rate it may never have been reached.",
        "With `--save-detailed` times are recomputed; a summary that disagrees is invalid.",
        "Several results in one file are runs of their own: `rate` and `p99` hold for each.",
        "A stated `itl` has as many samples as requests: the gaps of one answer go together.",
        "The date has no time zone: it is taken as UTC, with a warning.",
    ),
    streams="json",
    percentiles="interpolated",
    shape="json",
    summary="requests, errors, rates, TTFT, ITL, TPOT and end-to-end times of a vLLM benchmark",
)
