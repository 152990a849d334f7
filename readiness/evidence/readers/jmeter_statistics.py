"""Reads `statistics.json` of a JMeter dashboard into load facts, in total and by label.

Format: JsonExporter and StatisticsSummaryConsumer in https://github.com/apache/jmeter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.closed import stall_problems
from readiness.evidence.loadtest.numbers import count, number
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem, Strength
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_MARKS = (b'"transaction"', b'"sampleCount"', b'"pct1ResTime"')
_TOTALS = ("Total", "[res_key=reportgenerator_summary_total]")  # the latter without its texts
_LOW = {"minResTime": "min", "meanResTime": "mean", "medianResTime": "p50"}
_HIGH = {"maxResTime": "max"}
_RANKS = {"pct1ResTime": "p90", "pct2ResTime": "p95", "pct3ResTime": "p99"}
_ORDER = ("medianResTime", *_RANKS)
_WINDOW = 20_000  # jmeter.reportgenerator.statistic_window
_NONE = ("NaN", "Infinity", "-Infinity")  # as Jackson writes them
_EXACT = 1e-3


class Row(NamedTuple):
    """The statistics of one label, or of all."""

    document: JsonDocument
    key: str
    values: dict[str, Any]

    @property
    def total(self) -> bool:
        """Whether it is that of the whole run."""
        return self.key in _TOTALS

    def at(self, name: str) -> Location:
        """Return the place of a value."""
        return self.document.at(self.key, name)

    def count(self, name: str) -> int:
        """Return a number of samples."""
        return count(self.values.get(name), self.at(name), f"`{name}`")

    def number(self, name: str) -> float:
        """Return a value that is always there."""
        return number(self.values.get(name), self.at(name), f"`{name}`")

    def rate(self, name: str) -> float | None:
        """Return a value per second: none for a run that took no time."""
        return None if self.values.get(name) in (None, *_NONE) else self.number(name)

    @property
    def ordered(self) -> bool:
        """Whether the percentiles can be the 50th, 90th, 95th and 99th."""
        values = [self.number(name) for name in _ORDER]
        return values == sorted(values)

    @property
    def low(self) -> bool:
        """Whether the first percentile is no more than the median."""
        return self.number("pct1ResTime") <= self.number("medianResTime")

    @property
    def spread(self) -> bool:
        """Whether there are several samples, and times beyond the first percentile."""
        above = self.number("pct2ResTime") > self.number("pct1ResTime")
        return above and self.count("sampleCount") > 1


def sniff(head: bytes) -> int:
    """Return 90 for a JSON object with three names that only this file has together."""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return 0
    return 90 if all(mark in head for mark in _MARKS) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read the statistics.

    Raises:
        Unreadable: not strict JSON, not statistics of JMeter, or a value that is no number.
    """
    rows = _rows(source)
    measured = [row for row in rows if row.count("sampleCount")]
    unknown = _unknown(measured)
    facts = [fact for row in rows for fact in _facts(row, known=not unknown)]
    problems = [p for row in measured for p in _contradictions(row, known=not unknown)]
    problems += [*_sums(rows), *_warnings(rows), *stall_problems(facts), *unknown]
    return Reading(tuple(facts), (*problems, *common_problems(facts, source.at(1))))


def _unknown(rows: list[Row]) -> list[Problem]:
    """Return why the percentiles cannot be, or may not be, the 90th, 95th and 99th."""
    help_ = "report with the default `aggregate_rpt_pct1` to 3, or map them: `reader: json`"
    unordered = [row for row in rows if not row.ordered]
    if unordered:
        message = "the percentiles do not rise from the median: they are not p90, p95 and p99"
    elif rows and all(row.low for row in rows) and any(row.spread for row in rows):
        message = "`pct1ResTime` is the median in every entry: these may not be p90, p95 and p99"
    else:
        return []
    where = (unordered or rows)[0].at("pct1ResTime")
    return [Problem("warning", "percentiles-unknown", message, where, help_)]


def _rows(source: Source) -> list[Row]:
    """Return the total first, then the labels."""
    document = JsonDocument(source)
    entries = document.value
    if not isinstance(entries, dict) or not all(isinstance(e, dict) for e in entries.values()):
        message, at = "these are not statistics by label", document.at()
        raise Unreadable("wrong-shape", message, at, "link `statistics.json` of the dashboard")
    rows = [Row(document, key, entries[key]) for key in entries]
    for row in rows:
        if row.values.get("transaction") != row.key:
            message, at = f"`{row.key}` does not name its transaction", document.at(row.key)
            raise Unreadable("wrong-shape", message, at, "keep the file as JMeter wrote it")
    totals = [row for row in rows if row.total]
    if len(totals) != 1:
        message = "there is no entry `Total`" if not totals else "there are two totals"
        help_ = "keep the file as JMeter wrote it; name no sampler `Total`"
        raise Unreadable("no-total", message, document.at(), help_)
    return totals + sorted((row for row in rows if not row.total), key=lambda row: row.key)


def _facts(row: Row, *, known: bool) -> Iterator[Fact]:
    labels = () if row.total else (("endpoint", row.key),)
    samples, errors = row.count("sampleCount"), row.count("errorCount")
    yield Fact("requests", samples, "", row.at("sampleCount"), labels)
    yield Fact("failures", errors, "", row.at("errorCount"), labels)
    if not samples:
        return
    at = row.at("errorCount")
    yield Fact("errors", errors / samples, "ratio", at, labels, samples, "derived")
    if rate := row.rate("throughput"):
        at = row.at("throughput")
        yield Fact("rate", rate, "1/s", at, labels, samples)
        yield Fact("duration", samples / rate * 1000, "ms", at, labels, samples, "derived")
    if (received := row.rate("receivedKBytesPerSec")) is not None:
        at = row.at("receivedKBytesPerSec")
        yield Fact("throughput", received * 1024, "B/s", at, labels, samples)
    for name, metric in (_LOW | (_RANKS if known else {}) | _HIGH).items():
        behind = min(samples, _WINDOW) if name in _ORDER else samples
        yield Fact(metric, row.number(name), "ms", row.at(name), labels, behind)


def _contradictions(row: Row, *, known: bool) -> Iterator[Problem]:
    """Yield what one entry says against itself; the order of times is checked for all formats."""
    samples, errors, share = row.count("sampleCount"), row.count("errorCount"), 0.0
    if errors > samples:
        yield contradiction(f"{errors} errors in {samples} samples", row.at("errorCount"))
        return
    share = row.number("errorPct")
    if abs(share - 100 * errors / samples) > 100 * _EXACT:
        message = f"`errorPct` is {share:g}, {errors} of {samples} are {100 * errors / samples:g} %"
        yield contradiction(message, row.at("errorPct"))
    low, high = row.number("minResTime"), row.number("maxResTime")
    for name in () if known else _ORDER:  # which ever ranks these are
        value = row.number(name)
        if not low - _EXACT <= value <= high + _EXACT:
            message = (
                f"`{name}` is {digits(value)} ms, outside of {digits(low)} to {digits(high)} ms"
            )
            yield contradiction(message, row.at(name))
            return


def _sums(rows: list[Row]) -> Iterator[Problem]:
    """Compare the total with its labels: only transaction controllers are not in the total."""
    total, *labels = rows
    if not labels:
        return
    for name in ("sampleCount", "errorCount"):
        listed, stated = sum(row.count(name) for row in labels), total.count(name)
        if listed < stated:
            message = f"`Total` says {stated}, the labels add up to {listed}"
            yield contradiction(message, total.at(name))
            return
    samples, listed = total.count("sampleCount"), sum(row.count("sampleCount") for row in labels)
    if listed and not samples:
        message = "all samples are transactions, of which JMeter counts none in the total"
        help_ = "turn off `Generate parent sample`, or link the JTL"
        yield Problem("inconclusive", "only-transactions", message, total.at("sampleCount"), help_)
        return
    if listed > samples:
        message = f"the labels add up to {listed:,} samples, the total is {samples:,}: some labels"
        message += " are transactions, whose requests are counted under their own labels too"
        help_ = "expect by `endpoint`, and know which labels are transaction controllers"
        yield Problem("warning", "transactions", message, total.at("sampleCount"), help_)
        return
    yield from _mixed(total, [row for row in labels if row.count("sampleCount")])


def _mixed(total: Row, labels: list[Row]) -> Iterator[Problem]:
    """Compare the times of the total with those of the labels that make it up."""
    if not labels:
        return
    work = sum(row.number("meanResTime") * row.count("sampleCount") for row in labels)
    lowest = min(row.number("minResTime") for row in labels)
    highest = max(row.number("maxResTime") for row in labels)
    mean = work / sum(row.count("sampleCount") for row in labels)
    expected = {"minResTime": lowest, "meanResTime": mean, "maxResTime": highest}
    for name, value in expected.items():
        if abs(total.number(name) - value) > _EXACT * value + _EXACT:
            message = f"`{name}` of the total is {digits(total.number(name))}, "
            message += f"the labels give {digits(value)}"
            yield contradiction(message, total.at(name))


def _warnings(rows: list[Row]) -> Iterator[Problem]:
    most = max(rows, key=lambda row: row.count("sampleCount"))
    samples = most.count("sampleCount")
    if samples > _WINDOW:
        message = f"the percentiles are those of the last {_WINDOW:,} of {samples:,} samples"
        help_ = "link the JTL, or report with a larger `jmeter.reportgenerator.statistic_window`"
        yield Problem("warning", "window", message, most.at("pct1ResTime"), help_)


_PER = ("endpoint",)
READER = Reader(
    id="jmeter-statistics",
    title="JMeter dashboard statistics",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("requests", "", "samples", _PER),
        Metric("failures", "", "samples that failed", _PER),
        Metric("errors", "ratio", "failures per sample", _PER),
        Metric("rate", "1/s", "samples per second, first to last", _PER),
        Metric("duration", "ms", "samples / rate", _PER),
        Metric("throughput", "B/s", "bytes received per second", _PER),
        *(Metric(name, "ms", f"{name} elapsed time", _PER) for name in ("min", "mean", "max")),
        Metric("p50", "ms", "median elapsed time", _PER),
        *(Metric(name, "ms", f"{name} elapsed time", _PER) for name in _RANKS.values()),
    ),
    produce="jmeter -n -t plan.jmx -l results.jtl -e -o report  # then report/statistics.json",
    source="https://github.com/apache/jmeter (JsonExporter.java, since 5.1)",
    traps=(
        "Median and percentiles are those of the last 20,000 samples only: a warning says so.",
        "`pct1` to `pct3` are 90, 95 and 99 unless `aggregate_rpt_pct1` to 3 say otherwise.",
        "Those that do not rise, or whose first is always the median: `percentiles-unknown`.",
        "Few samples put p99 at the maximum: JMeter interpolates with n + 1.",
        "A transaction controller has its own label and is not in the total: a warning says so.",
        "With `Generate parent sample` the total is 0, as all samples are transactions.",
        "Times hold the failed samples too; one that is refused at once makes them better.",
        "JMeter's users wait for an answer: a stall hides the requests that they did not send.",
        "A total that is not the sum of its labels, or a percentile above the maximum, is invalid.",
        "The file has no date and no users: it is dated by its commit.",
    ),
    percentiles="interpolated",
    shape="json",
    summary="requests, errors, rate and response times of a JMeter run, by label",
)
