"""Rules and alerts of the Prometheus API to facts of each alert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.mapping import read_moment
from readiness.evidence.promql import parse, resolve
from readiness.evidence.reader import Reading, Unreadable
from readiness.evidence.settings import Labels, Settings, labels

if TYPE_CHECKING:
    from datetime import datetime

    from readiness.evidence.structured import JsonDocument

_RUNBOOKS = ("runbook_url", "runbook", "runbook_uri")
_STATES = ("inactive", "pending", "firing")
_HELP = "keep the answer as Prometheus gave it"
Steps = tuple[str | int, ...]


def read_rules(document: JsonDocument, settings: Settings) -> Reading:
    """Read an answer of `/api/v1/rules`.

    Raises:
        Unreadable: malformed.
    """
    places = _rules(document)
    at = document.at("data", "groups")
    settings.put("rules", len(places), "", at)
    if not places:
        help_ = "which rule files does it load?"
        settings.unproven("no-rules", "no rule is loaded", at, help_)
    records: dict[str, tuple[str, ...]] = {}
    for steps in places:
        rule = document.get(*steps)
        query = parse(str(rule.get("query", "")))
        if rule.get("type") == "recording" and query:
            records[rule["name"]] = query.metrics
            told, where = ", ".join(query.metrics), document.at(*steps, "query")
            settings.put("record.metrics", told, "", where, labels(record=rule["name"]))
    seen: dict[Labels, int] = {}
    for steps in places:
        _rule(document, settings, steps, records, seen)
    times = [t for steps in places if (t := _evaluated(document, (*steps, "lastEvaluation")))]
    return Reading(
        settings.facts, tuple(settings.problems), max(times, default=None), at if times else None
    )


def _rules(document: JsonDocument) -> list[Steps]:
    """Return the place of each rule, whose name is checked to be a text."""
    found: list[Steps] = []
    for group in range(len(document.get("data", "groups"))):
        steps: Steps = ("data", "groups", group, "rules")
        rules = document.get(*steps)
        if not isinstance(rules, list):
            raise Unreadable("malformed", "a group has no rules", document.at(*steps[:-1]), _HELP)
        for index, rule in enumerate(rules):
            if not isinstance(rule, dict) or not isinstance(rule.get("name"), str):
                raise Unreadable("malformed", "a rule has no name", document.at(*steps), _HELP)
            found.append((*steps, index))
    return found


def _rule(
    document: JsonDocument,
    settings: Settings,
    steps: Steps,
    records: dict[str, tuple[str, ...]],
    seen: dict[Labels, int],
) -> None:
    rule = document.get(*steps)
    name, kind, health = rule["name"], rule.get("type"), rule.get("health")
    if kind not in ("alerting", "recording") or health not in ("ok", "err", "unknown"):
        message = f"the rule `{name[:60]}` has no type, or no health"
        raise Unreadable("malformed", message, document.at(*steps), _HELP)
    severity = _text(rule.get("labels"), "severity")
    names = labels(alert=name, severity=severity)
    if kind == "recording":
        names = labels(record=name)
    seen[names] = seen.get(names, 0) + 1
    if seen[names] > 1:
        names = tuple(sorted((*names, ("repeat", str(seen[names])))))
    settings.put("rule.health", health, "", document.at(*steps, "health"), names)
    if health == "err":
        told = str(rule.get("lastError", "")).replace("\n", " ")[:160]
        message = f"the rule `{name[:60]}` cannot be evaluated: {told}"
        settings.warn("rule-error", message, document.at(*steps, "health"), "correct it")
    if kind == "alerting":
        settings.put("alert.exists", health != "err", "", document.at(*steps, "name"), names)
        _alert(document, settings, steps, names, records)


def _alert(
    document: JsonDocument,
    settings: Settings,
    steps: Steps,
    names: Labels,
    records: dict[str, tuple[str, ...]],
) -> None:
    """Add what an alerting rule is, and what it did."""
    rule = document.get(*steps)
    held, state = rule.get("duration"), rule.get("state")
    if not is_number(held) or held < 0:
        at = document.at(*steps, "duration")
        raise Unreadable("number", "`duration` is no number of seconds", at, _HELP)
    settings.put("alert.for", held * 1000, "ms", document.at(*steps, "duration"), names)
    query, at = parse(str(rule.get("query", ""))), document.at(*steps, "query")
    if query is None:
        settings.warn("promql", "the expression cannot be read as PromQL", at, "is it PromQL?")
    else:
        told = ", ".join(resolve(query.metrics, records))
        settings.put("alert.metrics", told[:500], "", at, names)
        if query.threshold:
            settings.put("alert.threshold", query.threshold[1], "", at, names)
    book = any(_text(rule.get("annotations"), key) for key in _RUNBOOKS)
    settings.put("alert.runbook", book, "", document.at(*steps, "name"), names)
    if rule.get("health") == "unknown":
        return  # it was not evaluated yet
    if state not in _STATES:
        message = f"`state` is none of {', '.join(_STATES)}"
        raise Unreadable("malformed", message, document.at(*steps, "state"), _HELP)
    settings.put("alert.state", state, "", document.at(*steps, "state"), names)
    settings.put("alert.fired", state == "firing", "", document.at(*steps, "state"), names)
    alerts = rule.get("alerts")
    count = len(alerts) if isinstance(alerts, list) else 0
    _active(document, settings, [(*steps, "alerts", i) for i in range(count)], names)


def _active(document: JsonDocument, settings: Settings, places: list[Steps], names: Labels) -> None:
    """Add since when the condition of some alerts, all of one rule, holds."""
    since = [
        (moment, steps)
        for steps in places
        if (moment := _evaluated(document, (*steps, "activeAt"))) is not None
    ]
    if since:
        first, steps = min(since)
        at = document.at(*steps, "activeAt")
        settings.put("alert.active_at", first.isoformat(), "", at, names)


def read_alerts(document: JsonDocument, settings: Settings) -> Reading:
    """Read an answer of `/api/v1/alerts`: only what is pending or firing is in it.

    Raises:
        Unreadable: malformed.
    """
    at = document.at("data", "alerts")
    groups: dict[Labels, list[Steps]] = {}
    states: dict[Labels, list[str]] = {}
    for index, alert in enumerate(document.get("data", "alerts")):
        steps: Steps = ("data", "alerts", index)
        own = alert.get("labels") if isinstance(alert, dict) else None
        name = _text(own, "alertname")
        if not name or alert.get("state") not in _STATES[1:]:
            message = "an alert has no name, or no state"
            raise Unreadable("malformed", message, document.at(*steps), _HELP)
        names = labels(alert=name, severity=_text(own, "severity"))
        groups.setdefault(names, []).append(steps)
        states.setdefault(names, []).append(alert["state"])
    for state in _STATES[1:]:
        count = sum(found.count(state) for found in states.values())
        settings.put(f"alerts.{state}", count, "", at)
    for names, places in groups.items():
        fired = "firing" in states[names]
        where = document.at(*places[states[names].index("firing") if fired else 0], "state")
        settings.put("alert.state", "firing" if fired else "pending", "", where, names)
        settings.put("alert.fired", fired, "", where, names)
        _active(document, settings, places, names)
    if not groups:
        message = "no alert is pending or firing; which alerts there are is not told"
        settings.unproven("no-alerts", message, at, "give /api/v1/rules, which names them all")
    return Reading(settings.facts, tuple(settings.problems))


def _text(part: Any, key: str) -> str:
    value = part.get(key) if isinstance(part, dict) else None
    return value if isinstance(value, str) else ""


def _evaluated(document: JsonDocument, steps: Steps) -> datetime | None:
    """Return a time that Prometheus wrote; None where it never was (year 1) or none is given."""
    value = document.get(*steps)
    if not isinstance(value, str) or value.startswith("0001-"):
        return None
    return read_moment(value, document.at(*steps))[0]
