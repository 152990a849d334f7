"""Reads results of SGLang's bench_serving (JSON by line, or printed blocks in a text) into facts.

Format: python/sglang/bench_serving.py (since 2026 python/sglang/benchmark/serving.py) in
https://github.com/sgl-project/sglang.
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

_NAMES = (
    b'"sharegpt_output_len"',
    b'"random_range_ratio"',
    b'"total_output_tokens_retokenized"',
    b'"mean_e2e_latency_ms"',
    b'"accept_length"',
)
_BLOCK = pattern(rb"^[ \t>|]*=+ Serving Benchmark Result =+\s+Backend:", re.MULTILINE)


def sniff(head: bytes) -> int:
    """Return 90 for JSON with keys that only SGLang's results have, 80 for a printed block."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return 90 if sum(name in head for name in _NAMES) > 1 and b'"backend"' in head else 0
    return pasted(head) if b"Request throughput (req/s):" in head else 0


def pasted(text: bytes) -> int:
    """Return 80 for the first two lines of a printed block: its others are those of both tools."""
    return 80 if _BLOCK.search(text) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read one result or more, from JSON by line or from a text with printed blocks.

    Raises:
        Unreadable: no result of SGLang, cut off, or a value that is not a number.
    """
    return serving_facts.read_results(source, sglang=True)


READER = Reader(
    id="sglang-bench",
    title="SGLang serving benchmark",
    sniff=sniff,
    pasted=pasted,
    read=read,
    strength=Strength.measured,
    metrics=serving_facts.METRICS,
    produce="python -m sglang.bench_serving --backend sglang --num-prompts 2000 --request-rate 5 "
    "--output-details --output-file result.jsonl",
    source="https://github.com/sgl-project/sglang/blob/main/python/sglang/bench_serving.py",
    traps=(
        "It counts successes only: failures are known with `--output-details`, else no `errors`.",
        "A printed block has its failures from the `num_prompts` printed above it, if there.",
        "A bare `Infinity`, which is no JSON, is read as `request_rate` and nowhere else.",
        "When no request succeeds the end-to-end times are NaN: such a file is refused.",
        "One file collects the results of several runs: each is a run of its own.",
        "`concurrency` is the mean number in flight, unless the peak is stated too.",
        "Times are of the successes, and `rate` counts successes only.",
        "`ttft` of 0 is what was not measured: no fact, and a warning.",
        "With `--output-details` times are recomputed; a summary that disagrees is invalid.",
        "A mean time that breaks Little's law (`concurrency` = mean × rate) is invalid.",
    ),
    streams="json",
    percentiles="interpolated",
    shape="json",
    summary="requests, rates, TTFT, ITL, TPOT and end-to-end times of an SGLang benchmark",
)
