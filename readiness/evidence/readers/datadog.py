"""Answers of the Datadog API in; monitors, and targets and values of objectives, out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.series import is_moment, moment
from readiness.evidence.settings import Labels, Settings, labels, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_MONITOR = (b'"overall_state"', b'"query"', b'"options"')
_SLO = (b'"thresholds"', b'"target_threshold"', b'"timeframe"', b'"type_id"')
_STATES = ("Alert", "Ignored", "No Data", "OK", "Skipped", "Unknown", "Warn")
_METRIC = pattern(r":([A-Za-z][\w.]{0,199})\{")
_HANDLE = pattern(r"(?:^|[\s({\[])@[\w.-]+")
_FRAME = pattern(r"([1-9][0-9]{0,3})([hdw])")
_MS = {"h": 3_600_000.0, "d": 86_400_000.0, "w": 604_800_000.0}
_HELP = "keep the answer as Datadog gave it"


def sniff(head: bytes) -> int:
    """Return 90 for the keys of a monitor or of an objective, else 0."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return 0
    return 90 if any(all(key in head for key in keys) for keys in (_MONITOR, _SLO)) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read an answer.

    Raises:
        Unreadable: no such answer, an error, or malformed.
    """
    (root, *_rest) = read_documents(source)
    settings = Settings()
    if isinstance(root.value, list):
        return _monitors(settings, list(root.list()), root)
    if not isinstance(root.value, dict):
        raise _other(root)
    if root["overall_state"]:
        return _monitors(settings, [root], root)
    data, errors = root["data"], root.first("errors", "error")
    if errors:
        message = f"the answer is an error: {errors.text[:120] or 'several'}"
        raise Unreadable("error-answer", message, errors.at, "ask again")
    if isinstance(data.value, list):
        return _objectives(settings, data)
    if isinstance(data.value, dict) and data["overall"]:
        return _history(settings, data)
    raise _other(root)


def _other(root: Part) -> Unreadable:
    help_ = "give the answer of /api/v1/monitor, /api/v1/slo or /api/v1/slo/ID/history"
    return wrong_kind("this is no answer of Datadog that is read", root.at, help_)


def _monitors(settings: Settings, monitors: list[Part], root: Part) -> Reading:
    """Add the facts of monitors: whether each can notify, whom, and its state."""
    settings.put("monitors", len(monitors), "", root.at)
    for part in monitors:
        if not isinstance(part.value, dict):
            raise _other(root)
        name, state = part["name"].text, part["overall_state"]
        if not name or state.text not in _STATES:
            message = "a monitor has no `name`, or no `overall_state` that is known"
            raise Unreadable("malformed", message, part.at, _HELP)
        names = labels(alert=name)
        draft = part["draft_status"].text == "draft"
        settings.put("alert.exists", not draft, "", part["name"].at, names)
        settings.put("alert.state", state.text, "", state.at, names)
        if state.text in ("OK", "Warn", "Alert"):
            settings.put("alert.fired", state.text == "Alert", "", state.at, names)
        else:
            message = f"{name[:60]} is in the state `{state.text}`: that is no sign of health"
            settings.warn("no-state", message, state.at, "does its metric have data?")
        if told := ", ".join(dict.fromkeys(_METRIC.findall(part["query"].text))):
            settings.put("alert.metrics", told[:500], "", part["query"].at, names)
        critical = part.get("options", "thresholds", "critical")
        if is_number(critical.value):
            settings.put("alert.threshold", critical.value, "", critical.at, names)
        _notified(settings, part, names)
    if not monitors:
        settings.unproven("no-monitors", "there is no monitor in this answer", root.at, "which?")
    return Reading(settings.facts, tuple(settings.problems))


def _notified(settings: Settings, part: Part, names: Labels) -> None:
    """Add whether a message goes to a handle, and is not muted."""
    muted = part.get("options", "silenced")
    handle = _HANDLE.search(part["message"].text) is not None
    silent = bool(muted.value)
    where = (muted if silent else part["message"]).at
    settings.put("alert.routed", handle and not silent, "", where, names)
    if silent or not handle:
        why = "is muted" if silent else "has no @handle in its message"
        message = f"{part['name'].text[:60]} {why}: nobody is told"
        settings.warn("not-routed", message, where, "name whom it notifies, and unmute it")


def _objectives(settings: Settings, data: Part) -> Reading:
    """Add targets of a list of objectives; what was attained is not in it."""
    objectives = list(data.list())
    for part in objectives:
        name = part["name"].text
        if not name:
            raise Unreadable("malformed", "an objective has no `name`", part.at, _HELP)
        _targets(settings, list(part["thresholds"].list()), labels(slo=name))
    settings.put("slos", len(objectives), "", data.at)
    if not objectives:
        message = "there is no objective in this answer"
        settings.unproven("no-slo", message, data.at, "are the names right?")
    return Reading(settings.facts, tuple(settings.problems), strength=Strength.documented)


def _targets(settings: Settings, thresholds: list[Part], names: Labels) -> None:
    for threshold in thresholds:
        frame, own = threshold["timeframe"], names
        if len(thresholds) > 1:
            own = tuple(sorted((*names, ("timeframe", frame.text))))
        settings.number("slo.target", threshold["target"], own, scale=0.01, unit="ratio")
        match = _FRAME.fullmatch(frame.text)
        if match:
            settings.put("slo.window", int(match[1]) * _MS[match[2]], "ms", frame.at, own)


def _history(settings: Settings, data: Part) -> Reading:
    """Add what was attained; a value that is null is no data, whatever the target says."""
    name = data.get("slo", "name").text or data["id"].text
    names, overall = labels(slo=name), data["overall"]
    settings.put("slos", 1, "", data.at)
    _targets(settings, [part for _, part in data["thresholds"].items()], names)
    value, state = overall["sli_value"], overall["state"]
    if state.text:
        settings.put("slo.state", state.text[:40], "", state.at, names)
    if value:
        settings.number("slo.value", value, names, scale=0.01, unit="ratio")
    else:
        told = ", ".join(error["error_type"].text[:60] for error in overall["errors"].list())
        message = f"`sli_value` is null: nothing was measured{f' ({told})' if told else ''}"
        settings.unproven("no-data", message, value.at, "was there traffic in that time?")
    for frame, left in overall["error_budget_remaining"].items():
        if is_number(left.value):
            own = tuple(sorted((*names, ("timeframe", frame))))
            settings.put("slo.budget_left", left.value / 100, "ratio", left.at, own)
    end = data["to_ts"]
    produced = moment(end.value) if is_number(end.value) and is_moment(end.value) else None
    return Reading(settings.facts, tuple(settings.problems), produced, end.at if produced else None)


_ALERT = ("alert",)
_OF_SLO = ("slo", "timeframe")
READER = Reader(
    id="datadog",
    title="answer of the Datadog API",
    summary="Monitors and whom they tell; targets of objectives, and what was attained.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    metrics=(
        Metric("monitors", "", "monitors in the answer"),
        Metric("alert.exists", "", "whether the monitor is published", _ALERT),
        Metric("alert.state", "", "OK, Warn, Alert, No Data and others", _ALERT),
        Metric("alert.fired", "", "whether it was in Alert then", _ALERT),
        Metric("alert.metrics", "", "metrics of its query", _ALERT),
        Metric("alert.threshold", "", "its critical threshold", _ALERT),
        Metric("alert.routed", "", "whether it names whom to tell, and is not muted", _ALERT),
        Metric("slos", "", "objectives in the answer"),
        Metric("slo.target", "ratio", "share that must be good", _OF_SLO),
        Metric("slo.window", "ms", "the time over which the target holds", _OF_SLO),
        Metric("slo.value", "ratio", "share that was good", ("slo",)),
        Metric("slo.state", "", "ok, warning, breached or no_data", ("slo",)),
        Metric("slo.budget_left", "ratio", "share of the error budget that is left", _OF_SLO),
    ),
    produce=(
        'curl -s -H "DD-API-KEY: $API" -H "DD-APPLICATION-KEY: $APP" '
        '"https://api.datadoghq.com/api/v1/slo/$ID/history?from_ts=…&to_ts=…" > slo.json'
    ),
    source="https://docs.datadoghq.com/api/latest/service-level-objectives/",
    traps=(
        "`sli_value: null` is no data: inconclusive, whatever the target is.",
        "`No Data` is no sign of health: such a monitor has no `alert.fired`.",
        "Targets and values are percentages: 99.9 becomes 0.999.",
        "A list of objectives holds targets only, and no value: documented.",
        "A monitor that is muted, or whose message names no @handle, tells nobody.",
        "A monitor that is a draft does not notify: `alert.exists` is false.",
    ),
)
