"""Error budgets of CloudWatch Application Signals to facts of each objective."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Reading, Unreadable
from readiness.evidence.settings import Labels, Settings, labels

if TYPE_CHECKING:
    from readiness.evidence.documents import Part

_STATES = ("OK", "WARNING", "BREACHED", "INSUFFICIENT_DATA")
_MS = {"MINUTE": 60_000.0, "HOUR": 3_600_000.0, "DAY": 86_400_000.0, "MONTH": 2_592_000_000.0}
_HELP = "keep the report as CloudWatch gave it"


def read_budgets(root: Part, settings: Settings) -> Reading:
    """Read an answer of batch-get-service-level-objective-budget-report.

    Raises:
        Unreadable: malformed.
    """
    reports = list(root["Reports"].list())
    for report in reports:
        name, state = report["Name"].text, report["BudgetStatus"].text
        if not name or state not in _STATES:
            message = "a report has no `Name`, or no `BudgetStatus`"
            raise Unreadable("malformed", message, report.at, _HELP)
        names = labels(slo=name)
        settings.put("slo.state", state, "", report["BudgetStatus"].at, names)
        if state == "INSUFFICIENT_DATA":
            message = f"{name[:60]} has not enough data for a budget"
            help_ = "wait until its window holds data"
            settings.unproven("insufficient-data", message, report["BudgetStatus"].at, help_)
        _shares(settings, report, names)
        _budget(settings, report, names)
    for error in root["Errors"].list():
        message = f"a report is lacking: {error['ErrorCode'].text[:80]}"
        settings.unproven("partial", message, error.at, "ask again")
    if not reports:
        message = "there is no report in this answer"
        settings.unproven("no-reports", message, root["Reports"].at, "are the names right?")
    time = root["Timestamp"]
    produced = read_moment(time.value, time.at)[0] if time else None
    return Reading(
        settings.facts, tuple(settings.problems), produced, time.at if produced else None
    )


def _shares(settings: Settings, report: Part, names: Labels) -> None:
    """Add goal and attainment, which are percentages; a state that denies them is refused."""
    goal, attained = report.get("Goal", "AttainmentGoal"), report["Attainment"]
    target = settings.number("slo.target", goal, names, scale=0.01, unit="ratio")
    value = settings.number("slo.value", attained, names, scale=0.01, unit="ratio")
    state = report["BudgetStatus"]
    if target is None or value is None:
        return
    breached = value < target
    if state.text in ("OK", "BREACHED") and breached != (state.text == "BREACHED"):
        message = (
            f"the state is {state.text}, and {value:.6g} of a goal of {target:.6g} is attained"
        )
        settings.wrong("contradiction", message, state.at, "was the report changed by hand?")


def _budget(settings: Settings, report: Part, names: Labels) -> None:
    """Add the share of the budget that is left, below 0 where it is overspent; and its window."""
    for unit in ("Seconds", "Requests"):
        total, left = report[f"TotalBudget{unit}"], report[f"Budget{unit}Remaining"]
        if is_number(total.value) and is_number(left.value) and total.value > 0:
            share = left.value / total.value
            settings.put("slo.budget_left", share, "ratio", left.at, names, "derived")
    for kind in ("RollingInterval", "CalendarInterval"):
        interval = report.get("Goal", "Interval", kind)
        length, unit = interval["Duration"], interval["DurationUnit"].text
        if is_number(length.value) and unit in _MS:
            settings.put("slo.window", length.value * _MS[unit], "ms", length.at, names)
