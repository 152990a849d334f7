"""Reads the raw points of k6 (`--out json`), of any size, into load facts and samples.

Format: https://grafana.com/docs/k6/latest/results-output/real-time/json/ and internal/output/json
in https://github.com/grafana/k6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.k6_samples import FACTS, TRAPS, K6Samples
from readiness.evidence.reader import Reader, Reading, Source
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_MARKS = (
    pattern(rb'"type"\s*:\s*"(?:Metric|Point)"'),
    pattern(rb'"metric"\s*:\s*"'),
    pattern(rb'"data"\s*:\s*\{'),
)


def sniff(head: bytes) -> int:
    """Return 90 for a first line that is a metric or a point of k6."""
    line = head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0]
    return 90 if line.startswith(b"{") and all(mark.search(line) for mark in _MARKS) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all points of a run.

    Raises:
        Unreadable: a line is no JSON of k6, or is cut off.
    """
    from readiness.evidence.readers.k6_json.points import Points  # noqa: PLC0415 - start-up time

    samples = K6Samples()
    points = Points(source, samples)
    points.read()
    return samples.reading(source, points.lines)


READER = Reader(
    id="k6-json",
    title="k6 JSON points",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=FACTS,
    produce="k6 run --out json=points.json.gz script.js",
    source="https://grafana.com/docs/k6/latest/results-output/real-time/json/",
    traps=(
        *TRAPS,
        "Which metrics are times stands in the `Metric` lines: without them no `custom.*`.",
        "Two runs in a row, or points twice, are refused; parts run at once are one run.",
        "A last line that is cut off means that k6 was killed: the file is invalid.",
    ),
    streams=True,
    shape="json",
    summary="every request of a k6 run: percentiles with their intervals, endpoints, time",
)
