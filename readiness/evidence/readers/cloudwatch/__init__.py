"""Answers of Amazon CloudWatch in; values over time, alarms and error budgets out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.cloudwatch.alarms import read_alarms
from readiness.evidence.readers.cloudwatch.budgets import read_budgets
from readiness.evidence.readers.cloudwatch.data import QUERIES, read_data
from readiness.evidence.settings import Settings, wrong_kind
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_KINDS = (
    (b'"MetricDataResults"', (b'"StatusCode"', b'"Messages"')),
    (b'"MetricAlarms"', (b'"CompositeAlarms"', b'"AlarmName"')),
    (b'"Reports"', (b'"BudgetStatus"', b'"AttainmentGoal"')),
)


def sniff(head: bytes) -> int:
    """Return 90 for an object with the list of an answer and a key of its entries, else 0."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        return 0
    return 90 if any(name in head and any(k in head for k in keys) for name, keys in _KINDS) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read an answer.

    Raises:
        Unreadable: no such answer, or malformed.
    """
    (root, *_rest) = read_documents(source)
    settings = Settings()
    if isinstance(root.value, dict):
        _pages(settings, root)
        if isinstance(root["MetricDataResults"].value, list):
            return read_data(root, source, settings)
        if isinstance(root["MetricAlarms"].value, list):
            return read_alarms(root, settings)
        if isinstance(root["Reports"].value, list):
            return read_budgets(root, settings)
    help_ = "give what `aws cloudwatch get-metric-data` or `describe-alarms` printed"
    raise wrong_kind("this is no answer of CloudWatch that is read", root.at, help_)


def _pages(settings: Settings, root: Part) -> None:
    if root["NextToken"]:
        message = "this is the first page of several: `NextToken` is set"
        help_ = "let the command fetch all pages (no `--max-items`, no `--no-paginate`)"
        settings.unproven("more-pages", message, root["NextToken"].at, help_)


_ALERT = ("alert",)
_SLO = ("slo",)
_SERIES = ("id", "metric", "stat", "*")
READER = Reader(
    id="cloudwatch",
    title="answer of CloudWatch",
    summary="Values over a time, the state and actions of alarms, and error budgets.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    family=("metric-data.json", QUERIES),
    metrics=(
        Metric("series", "", "queries in the answer"),
        Metric("series.from", "", "time of the first point"),
        Metric("series.until", "", "time of the last point"),
        Metric("series.step", "ms", "shortest time between two points"),
        Metric("points", "", "points of a query", _SERIES),
        Metric("value.*", "", "min, mean, max, last and p95 of a query, in its unit", _SERIES),
        Metric("alarms", "", "alarms in the answer"),
        Metric("alert.exists", "", "there is such an alarm", _ALERT),
        Metric("alert.for", "ms", "shortest time from a breach to the alarm", _ALERT),
        Metric("alert.metrics", "", "metrics it looks at", _ALERT),
        Metric("alert.threshold", "", "the number it compares with", _ALERT),
        Metric("alert.state", "", "OK, ALARM or INSUFFICIENT_DATA", _ALERT),
        Metric("alert.fired", "", "whether it was in ALARM then", _ALERT),
        Metric("alert.routed", "", "whether it has an action that is enabled", _ALERT),
        Metric("alert.missing", "", "what it takes missing data for", _ALERT),
        Metric("slo.target", "ratio", "share that must be good", _SLO),
        Metric("slo.value", "ratio", "share that was good", _SLO),
        Metric("slo.budget_left", "ratio", "share of the error budget that is left", _SLO),
        Metric("slo.window", "ms", "the time over which the target holds", _SLO),
        Metric("slo.state", "", "OK, WARNING, BREACHED or INSUFFICIENT_DATA", _SLO),
    ),
    produce=(
        "aws cloudwatch get-metric-data --metric-data-queries file://run.metric-queries.json"
        " --start-time … --end-time … > run.metric-data.json\n"
        "aws cloudwatch describe-alarms > alarms.json"
    ),
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html",
    traps=(
        "It has no unit or statistic: lay NAME.metric-queries.json beside NAME.metric-data.json.",
        "`value.p95` is that of the points: of averages, it is no percentile of the requests.",
        "Points come in descending order by default: `value.last` is the newest, not the last.",
        "`PartialData`, `InternalError`, `Forbidden` and `NextToken` mean that data is lacking.",
        "A query without points is no data, and not 0: told, and nothing is proven if all are.",
        "`ActionsEnabled: false` and empty `AlarmActions` tell nobody: `alert.routed` is false.",
        "`Unchecked` in the reason: the alarm was never evaluated, so it has no `alert.fired`.",
        "`TreatMissingData: notBreaching` takes a metric that is gone for a good one: told.",
        "A budget that is `OK` with less than its goal attained is a contradiction.",
    ),
)
