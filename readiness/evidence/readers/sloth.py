"""Sloth SLO specs in; targets, the window, and the page and ticket alerts they generate out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import read_documents
from readiness.evidence.kubernetes import marks
from readiness.evidence.promql import parse
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.settings import Labels, Settings, labels, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.model.checklist import FactMap

_VERSION = pattern(rb"(?m)^[ \t]*\"?version\"?\s*:\s*[\"']?prometheus/v1\b")
_SLOS = pattern(rb"(?m)^[ \t]*\"?slos\"?\s*:")
_RESOURCE = marks(rb"sloth\.slok\.dev", rb"PrometheusServiceLevel")
_WINDOW = pattern(r"\{\{-?\s*\.window\s*-?\}\}")
_QUERIES = (("events", "error_query"), ("events", "total_query"), ("raw", "error_ratio_query"))
_PERIOD = 30 * 86_400_000.0  # Sloth, --default-slo-period: 30d
_SEVERITY = {"page_alert": "page", "ticket_alert": "ticket"}


def sniff(head: bytes) -> int:
    """Return 90 for a spec with its version, or a resource of it, else 0."""
    if b"\n```" in head:
        return 0
    return 90 if (_SLOS.search(head) and _VERSION.search(head)) or _RESOURCE(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read specs.

    Raises:
        Unreadable: neither YAML nor JSON, a template, malformed, or of another kind.
    """
    settings = Settings()
    found = []
    for root in read_documents(source, fold=True):
        if not isinstance(root.value, dict):
            continue
        if root["version"].text == "prometheus/v1":
            found.append(root)
        elif root["kind"].text == "PrometheusServiceLevel":
            found.append(root["spec"])
    if not found:
        help_ = "give the spec from which the rules are generated"
        raise wrong_kind("this is no spec of Sloth", source.at(1), help_)
    slos = [(spec["service"].text, slo) for spec in found for slo in spec["slos"].list()]
    for service, slo in slos:
        name = slo["name"].text
        if not name or not slo["objective"]:
            raise Unreadable("malformed", "an SLO has no name, or no objective", slo.at, "add it")
        _slo(settings, slo, labels(slo=name, service=service))
    settings.put("slos", len(slos), "", source.at(1))
    if not slos:
        settings.unproven("no-slo", "the spec holds no SLO", source.at(1), "add `slos`")
    return Reading(settings.facts, tuple(settings.problems))


def _slo(settings: Settings, slo: Part, names: Labels) -> None:
    objective = slo["objective"]
    target = settings.number("slo.target", objective, names, scale=0.01, unit="ratio")
    if target is not None and 0 < target <= 0.01:  # noqa: PLR2004 - 1 %, or 1 as a share
        message = f"the objective is {objective.text} %: it is a percentage, and not a share"
        settings.warn("share", message, objective.at, "write 99.9 for 99.9 %")
    settings.put("slo.window", _PERIOD, "ms", slo.at, names, "tool-default")
    metrics: dict[str, None] = {}
    for steps in _QUERIES:
        part = slo["sli"].get(*steps)
        query = parse(_WINDOW.sub("5m", part.text)) if part else None
        metrics.update(dict.fromkeys(query.metrics if query else ()))
        if part and query is None:
            message = f"`{part.name}` cannot be read as PromQL"
            settings.wrong("promql", message, part.at, "`sloth validate` tells what is wrong")
    told = ", ".join(metrics)[:500]
    if told:
        settings.put("slo.metrics", told, "", slo["sli"].at, names)
    alerts = [_alert(settings, slo, key, told) for key in _SEVERITY]
    settings.put("slo.alerts", sum(alerts), "", slo["alerting"].at, names)
    if not any(alerts):
        message = f"{slo['name'].text[:60]} has no alert: nobody is told when the budget burns"
        settings.warn("no-alerts", message, slo["alerting"].at, "do not disable `page_alert`")


def _alert(settings: Settings, slo: Part, key: str, metrics: str) -> bool:
    """Add one of the two alerts; return whether it is generated."""
    alerting, alert = slo["alerting"], slo["alerting"][key]
    if not alerting["name"].text:
        return False
    severity = alert.get("labels", "severity").text or alerting.get("labels", "severity").text
    names = labels(alert=alerting["name"].text, severity=severity or _SEVERITY[key])
    off = alert["disable"]
    on = off.value is not True
    settings.put("alert.exists", on, "", (off or alert).at, names)
    if on and metrics:
        settings.put("alert.metrics", metrics, "", slo["sli"].at, names)
    notes = [part["annotations"] for part in (alert, alerting)]
    books = [note[name] for note in notes for name in ("runbook", "runbook_url")]
    book = next((part for part in books if part.text), books[0])
    settings.put("alert.runbook", bool(book.text), "", book.at, names)
    return on


_SLO = ("service", "slo")
_ALERT = ("alert", "severity")
READER = Reader(
    id="sloth",
    title="Sloth",
    summary="Targets of service level objectives for Prometheus, and the alerts on their budgets.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("slos", "", "objectives in the spec"),
        Metric("slo.target", "ratio", "share that must be good", _SLO),
        Metric("slo.window", "ms", "the time over which the target holds", _SLO),
        Metric("slo.metrics", "", "metrics of its queries", _SLO),
        Metric("slo.alerts", "", "alerts that are generated: page, ticket", _SLO),
        Metric("alert.exists", "", "whether the alert is generated", _ALERT),
        Metric("alert.metrics", "", "metrics of the objective it watches", _ALERT),
        Metric("alert.runbook", "", "whether it links a runbook", _ALERT),
    ),
    produce="sloth validate -i slos.yml   # the spec; the rules it generates are prometheus-rules",
    source="https://sloth.dev/specs/default/",
    traps=(
        "`objective` is a percentage: 99.9 becomes 0.999; an objective of 0.999 is told.",
        "`disable: true` of an alert: it is not generated, and `alert.exists` is false.",
        "Without a severity of its own an alert has that of Sloth: page or ticket.",
        "The window is not in the spec: 30 days, as the tool's default.",
        "`{{.window}}` in a query is Sloth's own, and no template of the file.",
    ),
)
