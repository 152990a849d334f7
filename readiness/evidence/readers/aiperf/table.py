"""The metrics of an AIPerf summary, from JSON or CSV: values by tag, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.loadtest.numbers import number, parse_number
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location

TAGS = {
    "Request Latency": "request_latency",
    "Time to First Token": "time_to_first_token",
    "Inter Token Latency": "inter_token_latency",
    "Input Sequence Length": "input_sequence_length",
    "Output Sequence Length": "output_sequence_length",
    "Effective Concurrency": "effective_concurrency",
    "Benchmark Duration": "benchmark_duration",
    "Completed Requests": "completed_request_count",
    "Completed Requests (Success + Error)": "completed_request_count",
    "Error Request Count": "error_request_count",
    "Output Token Throughput": "output_token_throughput",
    "Request Count": "request_count",
    "Request Error Rate": "request_error_rate",
    "Request Throughput": "request_throughput",
}
STATS = {"avg": "mean", "min": "min", "max": "max"} | {
    f"p{rank}": f"p{rank}" for rank in (50, 75, 90, 95, 99)
}
_MS = {"ms": 1.0, "sec": 1e3, "s": 1e3, "us": 1e-3, "ns": 1e-6}
_NAME = pattern(r"(.+?)(?: \(([^()]+)\))?")
_HINT = "was the file edited, or cut off?"


class Value(NamedTuple):
    """A number with its place."""

    number: float
    at: Location


class Summary(NamedTuple):
    """What a summary holds.

    Attributes:
        source: the file.
        metrics: values by tag and statistic (`avg`, `p95`, …).
        units: the unit by tag.
        document: the JSON; None for a CSV.
    """

    source: Source
    metrics: dict[str, dict[str, Value]]
    units: dict[str, str]
    document: JsonDocument | None

    def get(self, tag: str, stat: str = "avg") -> Value | None:
        """Return a value, None if there is none."""
        return self.metrics.get(tag, {}).get(stat)

    def ms(self, tag: str) -> float:
        """Return how many milliseconds the unit of a time has.

        Raises:
            Unreadable: it is no unit of time.
        """
        unit = self.units.get(tag, "")
        if unit not in _MS:
            at = next(iter(self.metrics[tag].values())).at
            message = f"`{tag}` has the unit `{unit[:20]}`, which is no time"
            raise Unreadable("unit", message, at, _HINT)
        return _MS[unit]


def read_summary(source: Source) -> Summary:
    """Read a summary in either shape.

    Raises:
        Unreadable: empty, cut off, no summary of AIPerf, or a value that is not a number.
    """
    if not source.text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    summary = _json(source) if source.text.lstrip().startswith("{") else _csv(source)
    if not {"request_count", "error_request_count"} & set(summary.metrics):
        message = "there is no count of requests in it"
        raise Unreadable("not-a-result", message, source.at(1), "is it AIPerf's own summary?")
    return summary


def _json(source: Source) -> Summary:
    document = JsonDocument(source)
    metrics: dict[str, dict[str, Value]] = {}
    units: dict[str, str] = {}
    wanted = {"count", "sum", *STATS}
    known = set(TAGS.values())
    for tag in (tag for tag in document.value if tag in known):
        content: Any = document.value[tag]
        if not isinstance(content, dict) or not isinstance(content.get("unit"), str):
            message = f"`{tag}` is no object with a unit"
            raise Unreadable("wrong-shape", message, document.at(tag), _HINT)
        units[tag] = content["unit"]
        metrics[tag] = {
            stat: Value(number(value, document.at(tag, stat), f"`{tag}`"), document.at(tag, stat))
            for stat, value in content.items()
            if stat in wanted and value is not None
        }
    return Summary(source, metrics, units, document)


def _csv(source: Source) -> Summary:
    metrics: dict[str, dict[str, Value]] = {}
    units: dict[str, str] = {}
    header: list[str] = []
    for line, cells in _rows(source):
        if not cells:
            header = []
        elif not header:
            header = cells
        elif len(cells) != len(header):
            message = f"{len(cells)} cells where the header has {len(header)}"
            raise Unreadable("ragged", message, source.at(line), "was the file cut off?")
        elif header[0] == "Metric":
            name = _NAME.fullmatch(cells[0])
            tag = TAGS.get(cells[0]) or (TAGS.get(name[1]) if name else None)
            if tag is None:
                continue
            if tag in metrics:
                message = f"`{cells[0]}` is there twice"
                raise Unreadable("duplicate-row", message, source.at(line), "were two runs joined?")
            units[tag] = (name[2] if name and cells[0] not in TAGS else "") or ""
            metrics[tag] = {
                "avg" if stat == "Value" else stat: Value(
                    parse_number(cell, source.at(line, 0, stat), f"`{cells[0]}`"),
                    source.at(line, 0, stat),
                )
                for stat, cell in zip(header[1:], cells[1:], strict=True)
                if (stat in STATS or stat in ("sum", "Value")) and cell
            }
    return Summary(source, metrics, units, None)


def _rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    import csv  # noqa: PLC0415 - this module is imported on every run, a CSV is not read on each
    import io  # noqa: PLC0415

    if not source.text.endswith("\n"):
        line = source.text.count("\n") + 1
        message = "the last line has no end, which AIPerf writes"
        raise Unreadable("cut-off", message, source.at(line), "was the file cut off?")
    reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        message, help_ = f"not valid CSV: {error}", "was the file cut off, or a quote left open?"
        raise Unreadable("not-csv", message, source.at(start), help_) from None
