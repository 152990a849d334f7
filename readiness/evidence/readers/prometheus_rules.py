"""Prometheus rule files and PrometheusRule resources in; each alert and what it reads out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.documents import is_template, read_documents
from readiness.evidence.kubernetes import marks, resources
from readiness.evidence.promql import Query, duration, parse, resolve
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.settings import Labels, Settings, labels, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.documents import Part
    from readiness.model.checklist import FactMap

_GROUPS = pattern(rb"(?m)^groups\s*:|^[ \t]*\{\s*\"groups\"\s*:")
_RULE = pattern(rb"(?m)(?:^[ \t]*(?:-[ \t]+)?|[{,]\s*)[\"']?(?:alert|record)[\"']?\s*:")
_EXPR = pattern(rb"[\"']?\bexpr[\"']?\s*:")
_RESOURCE = marks(rb"monitoring\.coreos\.com", rb"PrometheusRule")
_GRAFANA = pattern(rb"\brefId[\"']?\s*:|(?m:^[ \t]*(?:-[ \t]*)?folder\s*:)")
_RUNBOOKS = ("runbook_url", "runbook", "runbook_uri")
_BORN = {"increase", "rate", "irate", "delta"}
_ABSENT = {"absent", "absent_over_time"}


class _Rule(NamedTuple):
    """A rule and its expression, None where it cannot be read."""

    part: Part
    query: Query | None


def sniff(head: bytes) -> int:
    """Return 90 for groups of rules with expressions, or a resource of them, else 0."""
    if b"\n```" in head or not (b"groups" in head or b"apiVersion" in head):
        return 0
    if _GRAFANA.search(head):
        return 0
    if _RESOURCE(head):
        return 90
    return 90 if _GROUPS.search(head) and _RULE.search(head) and _EXPR.search(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a rule file, or the PrometheusRule resources of a manifest.

    Raises:
        Unreadable: neither YAML nor JSON, a template, malformed, or without rules.
    """
    settings = Settings()
    rules = [_Rule(part, _query(settings, part)) for part in _rules(source)]
    records = {
        rule.part["record"].text: rule.query.metrics
        for rule in rules
        if rule.query and rule.part["record"]
    }
    seen: dict[Labels, int] = {}
    for rule in rules:
        if rule.part["record"]:
            if rule.query:
                told, names = ", ".join(rule.query.metrics), labels(record=rule.part["record"].text)
                settings.put("record.metrics", told[:500], "", rule.part["expr"].at, names)
        else:
            _alert(settings, rule, records, seen)
    alerts = sum(seen.values())
    settings.put("alerts", alerts, "", source.at(1))
    if not alerts:
        help_ = "give the file that says when to alert"
        settings.unproven("no-alerts", "the file has no alerting rule", source.at(1), help_)
    return Reading(settings.facts, tuple(settings.problems))


def _rules(source: Source) -> Iterator[Part]:
    """Yield each rule, which is checked to be an alert or a record with an expression."""
    documents = read_documents(source)
    holders = [r.spec for r in resources(source) if r.kind == "PrometheusRule"]
    holders += [part for part in documents if isinstance(part.value, dict) and part["groups"]]
    if not holders:
        message = "this has no groups of Prometheus rules"
        raise wrong_kind(message, source.at(1), "give a rule file, or a PrometheusRule")
    for holder in holders:
        for group in holder["groups"].list():
            for part in group["rules"].list():
                if part["data"] or part["grafana_alert"]:
                    message = "these are rules of Grafana, with queries of several data sources"
                    raise wrong_kind(message, part.at, "give rules of Prometheus")
                if bool(part["alert"].text) == bool(part["record"].text) or not part["expr"]:
                    message = "a rule has not just one of `alert` and `record`, or no `expr`"
                    help_ = "`promtool check rules` tells what is wrong"
                    raise Unreadable("malformed", message, part.at, help_)
                yield part


def _query(settings: Settings, part: Part) -> Query | None:
    """Return what the expression of a rule reads; tell where it cannot be read."""
    expr = part["expr"]
    name = part["alert"].text or part["record"].text
    query = parse(expr.text)
    if query is None and is_template(expr.text):
        message = f"the expression of {name[:60]} is a template"
        settings.warn("template", message, expr.at, "give the file with its placeholders filled in")
    elif query is None:
        message = f"the expression of {name[:60]} cannot be read as PromQL"
        settings.wrong("promql", message, expr.at, "`promtool check rules` tells what is wrong")
    return query


def _alert(
    settings: Settings,
    rule: _Rule,
    records: dict[str, tuple[str, ...]],
    seen: dict[Labels, int],
) -> None:
    part, alert = rule.part, rule.part["alert"]
    severity = part.get("labels", "severity").text
    names = labels(alert=alert.text, severity="" if is_template(severity) else severity)
    seen[names] = seen.get(names, 0) + 1
    if seen[names] > 1:
        names = tuple(sorted((*names, ("repeat", str(seen[names])))))
    if rule.query is None:
        return  # Prometheus would not load it, or what it loads is not known
    settings.put("alert.exists", True, "", alert.at, names)
    settings.time("alert.for", part["for"], duration, names, 0)
    if told := ", ".join(resolve(rule.query.metrics, records)):
        settings.put("alert.metrics", told[:500], "", part["expr"].at, names)
    if rule.query.threshold:
        settings.put("alert.threshold", rule.query.threshold[1], "", part["expr"].at, names)
    absent = bool(rule.query.functions & _ABSENT)
    settings.put("alert.absent", absent, "", part["expr"].at, names)
    books = [part.get("annotations", key) for key in _RUNBOOKS]
    book = next((entry for entry in books if entry.text.strip()), books[0])
    settings.put("alert.runbook", bool(book.text.strip()), "", book.at, names)
    _doubts(settings, rule)


def _doubts(settings: Settings, rule: _Rule) -> None:
    """Tell where an alert may stay silent although its metric says that something is wrong."""
    query, at = rule.query, rule.part["expr"].at
    name = rule.part["alert"].text[:60]
    if query is None:
        return
    if query.threshold in ((">", 0), (">=", 1)) and query.functions & _BORN:
        message = f"{name} stays silent where a labelled counter is born at 1: its increase is 0"
        help_ = "start the series at 0, or let a drill show that it fires"
        settings.warn("born-at-one", message, at, help_)
    if not query.metrics:
        message = f"{name} reads no metric: it always fires, or never"
        settings.warn("no-metric", message, at, "is it a watchdog?")


_ALERT = ("alert", "severity", "repeat")
READER = Reader(
    id="prometheus-rules",
    title="Prometheus rules",
    summary="Alerting and recording rules: what each alert reads, how long it waits, its runbook.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("alerts", "", "alerting rules in the file"),
        Metric("alert.exists", "", "there is such a rule", _ALERT),
        Metric("alert.for", "ms", "how long its condition must hold", _ALERT),
        Metric("alert.metrics", "", "metrics it reads, and those of their recording rules", _ALERT),
        Metric("alert.threshold", "", "the number that its expression compares with", _ALERT),
        Metric("alert.absent", "", "whether it also fires where a metric is gone", _ALERT),
        Metric("alert.runbook", "", "whether it links a runbook", _ALERT),
        Metric("record.metrics", "", "metrics that a recording rule reads", ("record",)),
    ),
    produce="promtool check rules alerts.yml   # or: kubectl get prometheusrule -A -o yaml",
    source="https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/",
    traps=(
        "A rule that exists need not fire: only a test and a drill show that.",
        "`increase(x_total[5m]) > 0` is silent for a series that is born at 1: told.",
        "Metrics behind recording rules of the same file are resolved; those of others are not.",
        "`absent()` is needed to notice a metric that is gone: `alert.absent`.",
        "`runbook`, `runbook_url` and `runbook_uri` are all in use.",
        "`{{ $labels.x }}` in annotations is no template of the file; in an expression it is.",
        "Without `for` an alert fires at once: 0, as the tool's default.",
        "Two rules of one name and severity have the label `repeat` from the second on.",
        "Grafana's provisioned rules are not in this format: refused.",
    ),
)
