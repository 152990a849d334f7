"""Alarms of CloudWatch to facts: what each looks at, how fast, its state, and whom it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.numbers import count, is_number
from readiness.evidence.reader import Reading, Unreadable
from readiness.evidence.settings import Labels, Origin, Settings, labels

if TYPE_CHECKING:
    from readiness.evidence.documents import Part

_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
_HELP = "keep the answer as CloudWatch gave it"


def read_alarms(root: Part, settings: Settings) -> Reading:
    """Read an answer of describe-alarms.

    Raises:
        Unreadable: malformed.
    """
    alarms = [*root["MetricAlarms"].list(), *root["CompositeAlarms"].list()]
    settings.put("alarms", len(alarms), "", root["MetricAlarms"].at)
    for alarm in alarms:
        name, state = alarm["AlarmName"].text, alarm["StateValue"].text
        if not name or state not in _STATES:
            message = "an alarm has no `AlarmName`, or no `StateValue`"
            raise Unreadable("malformed", message, alarm.at, _HELP)
        names = labels(alert=name)
        settings.put("alert.exists", True, "", alarm["AlarmName"].at, names)
        _state(settings, alarm, names)
        _routed(settings, alarm, names)
        if not alarm["AlarmRule"]:
            _condition(settings, alarm, names)
    if not alarms:
        message = "there is no alarm in this answer"
        help_ = "are region, account and prefix right?"
        settings.unproven("no-alarms", message, root["MetricAlarms"].at, help_)
    return Reading(settings.facts, tuple(settings.problems))


def _state(settings: Settings, alarm: Part, names: Labels) -> None:
    state, name = alarm["StateValue"], alarm["AlarmName"].text[:60]
    settings.put("alert.state", state.text, "", state.at, names)
    if alarm["StateReason"].text.startswith("Unchecked"):
        message = f"{name} was never evaluated: its state is that of its creation"
        settings.warn("unchecked", message, state.at, "give it a metric, and ask again")
        return
    settings.put("alert.fired", state.text == "ALARM", "", state.at, names)
    if state.text == "INSUFFICIENT_DATA":
        message = f"{name} has not enough data: is its metric written?"
        settings.warn("insufficient-data", message, state.at, "check its name and dimensions")


def _routed(settings: Settings, alarm: Part, names: Labels) -> None:
    """Add whether anybody is told: by an action, unless actions are switched off."""
    enabled, actions = alarm["ActionsEnabled"], alarm["AlarmActions"]
    on = enabled.value is not False  # PutMetricAlarm: the default is true
    routed = on and any(part.text for part in actions.list())
    settings.put("alert.routed", routed, "", (actions if on else enabled).at, names)
    if not routed:
        why = "has no action" if on else "has its actions switched off"
        help_ = "add an SNS topic" if on else "aws cloudwatch enable-alarm-actions"
        message = f"{alarm['AlarmName'].text[:60]} {why}: nobody is told"
        settings.warn("not-routed", message, (actions if on else enabled).at, help_)


def _condition(settings: Settings, alarm: Part, names: Labels) -> None:
    """Add metrics, threshold, and the least time that a breach lasts before the alarm."""
    inside = [entry["MetricStat"] for entry in alarm["Metrics"].list()]
    metrics = [alarm["MetricName"], *(stat.get("Metric", "MetricName") for stat in inside)]
    told = dict.fromkeys(part.text for part in metrics if part.text)
    if told:
        settings.put("alert.metrics", ", ".join(told)[:500], "", alarm.at, names)
    threshold = alarm["Threshold"]
    if is_number(threshold.value):
        settings.put("alert.threshold", threshold.value, "", threshold.at, names)
    periods = [alarm["Period"], *(stat["Period"] for stat in inside)]
    lengths = [count(p.value, p.at, "the period") for p in periods if p]
    needed = alarm.first("DatapointsToAlarm", "EvaluationPeriods")
    if lengths and needed:
        held = max(lengths) * count(needed.value, needed.at, "the number of periods") * 1000
        settings.put("alert.for", held, "ms", needed.at, names, "derived")
    missing = alarm["TreatMissingData"]
    # PutMetricAlarm: if TreatMissingData is omitted, missing data is treated as `missing`
    value = missing.text or "missing"
    origin: Origin = "file" if missing else "tool-default"
    settings.put("alert.missing", value, "", missing.at, names, origin)
    if value == "notBreaching":
        message = f"{alarm['AlarmName'].text[:60]} takes a metric that is gone for a good one"
        help_ = "is a silent backend noticed elsewhere?"
        settings.warn("missing-is-good", message, missing.at, help_)
