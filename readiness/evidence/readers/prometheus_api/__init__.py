"""Answers of the Prometheus HTTP API in; values over time, and what rules and alerts did, out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.readers.prometheus_api.rules import read_alerts, read_rules
from readiness.evidence.settings import Settings, wrong_kind
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_STATUS = pattern(rb'"status"\s*:\s*"(?:success|error)"')
_PARTS = (b'"resultType"', b'"groups"', b'"alerts"', b'"errorType"')
_ASK = "give the answer of /api/v1/query, query_range, rules or alerts"


def sniff(head: bytes) -> int:
    """Return 90 for an object with a status and one of the parts of an answer, else 0."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return 90 if start == b"{" and _STATUS.search(head) and any(p in head for p in _PARTS) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read an answer.

    Raises:
        Unreadable: no such answer, an answer that is an error, or malformed.
    """
    from readiness.evidence.readers.prometheus_api.series import (  # noqa: PLC0415 - start-up time
        read_result,
    )

    document = JsonDocument(source)
    if document.get("status") == "error":
        told = f"{document.get('errorType')}: {document.get('error')}".replace("\n", " ")[:200]
        message = f"the answer is an error ({told})"
        raise Unreadable("error-answer", message, document.at("status"), "ask again")
    data = document.get("data")
    if document.get("status") != "success" or not isinstance(data, dict):
        raise wrong_kind("this is no answer of the Prometheus API", document.at(), _ASK)
    settings = Settings()
    _warnings(settings, document)
    if "resultType" in data:
        return read_result(document, settings)
    if isinstance(data.get("groups"), list):
        return read_rules(document, settings)
    if isinstance(data.get("alerts"), list):
        return read_alerts(document, settings)
    raise wrong_kind("this answer holds no series, rules or alerts", document.at("data"), _ASK)


def _warnings(settings: Settings, document: JsonDocument) -> None:
    """Tell warnings; one of a storage, and not of the expression, means that data is lacking."""
    given = document.get("warnings")
    for index, text in enumerate(given if isinstance(given, list) else ()):
        shown, at = str(text).replace("\n", " ")[:200], document.at("warnings", index)
        if shown.startswith("PromQL"):
            settings.warn("promql", shown, at, "correct the expression")
        else:
            help_ = "ask again when every storage answers"
            settings.unproven("partial", f"data may be lacking: {shown}", at, help_)


_ALERT = ("alert", "severity")
_SERIES = ("metric", "*")
READER = Reader(
    id="prometheus-api",
    title="answer of the Prometheus API",
    summary="Values over a time, and the state of rules and alerts, as Prometheus answered.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    metrics=(
        Metric("series", "", "series in the answer"),
        Metric("series.from", "", "time of the first point"),
        Metric("series.until", "", "time of the last point"),
        Metric("series.step", "ms", "shortest time between two points"),
        Metric("points", "", "points of a series that are numbers", _SERIES),
        Metric(
            "value.*",
            "",
            "min, mean, max, last and p95 of a series; ms, B or ratio by its name",
            _SERIES,
        ),
        Metric("rules", "", "rules in the answer"),
        Metric("rule.health", "", "ok, err or unknown", (*_ALERT, "record")),
        Metric("record.metrics", "", "metrics that a recording rule reads", ("record",)),
        Metric("alert.exists", "", "whether a rule is loaded and can be evaluated", _ALERT),
        Metric("alert.for", "ms", "how long its condition must hold", _ALERT),
        Metric("alert.metrics", "", "metrics it reads, through recording rules", _ALERT),
        Metric("alert.threshold", "", "the number it compares with", _ALERT),
        Metric("alert.runbook", "", "whether it links a runbook", _ALERT),
        Metric("alert.state", "", "inactive, pending or firing", _ALERT),
        Metric("alert.fired", "", "whether it was firing then", _ALERT),
        Metric("alert.fired_at", "", "when it fired first, from the series ALERTS", _ALERT),
        Metric("alert.active_at", "", "when its condition began to hold", _ALERT),
        Metric("alerts.firing", "", "alerts that fire"),
        Metric("alerts.pending", "", "alerts whose `for` is not over"),
    ),
    produce=(
        "curl -sG $PROM/api/v1/query_range --data-urlencode 'query=…' -d start=… -d end=… -d step=5"
        " > p95.json\ncurl -s $PROM/api/v1/rules > rules.json   # during the drill"
    ),
    source="https://prometheus.io/docs/prometheus/latest/querying/api/",
    traps=(
        "An empty result is a success to Prometheus; here it is no data, and proves nothing.",
        "Values are texts. `NaN` is no point; `+Inf` stays a text, so that no limit holds for it.",
        "`errorType`: an error that was saved as evidence is refused.",
        "`warnings` of a storage mean that data may be lacking: inconclusive.",
        "A peak shorter than `series.step` is not in the points.",
        "The name tells the unit (`_seconds` becomes ms); without a name no unit is known.",
        "A rule whose evaluation fails cannot fire: its `alert.exists` is false.",
        "`increase()` of a counter that is born at 1 is 0: a rule that exists need not fire.",
        "The time series `ALERTS`, queried over a drill, gives `alert.fired` of each alert.",
    ),
)
