"""Whether an alert fired while a drill was on: by time series, by snapshots, by the drill itself.

What a series or a snapshot says with its time counts for more than what a drill says, and an alert
that was firing before the fault was there is not the fault's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.alerting import UNKNOWN, YES, Verdict
from readiness.model.text import plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.analysis.alerting import Alerts
    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact

_BEFORE = "before"
_WORST = (False, UNKNOWN, True)


class Window(NamedTuple):
    """From the beginning of a drill to its end."""

    start: datetime
    end: datetime

    def holds(self, when: datetime) -> bool:
        """Tell whether a time is in it."""
        return self.start <= when <= self.end


class Watch(NamedTuple):
    """An alert, what it watches, and whether it is the only alert of its failure domain."""

    alert: str
    watched: str
    alone: bool


def fired(watch: Watch, drills: Iterable[Evidence], alerts: Alerts) -> Verdict:
    """Tell whether an alert fired in each of some drills; the worst counts."""
    verdicts = [_in_drill(watch, drill, alerts) for drill in drills]
    if not verdicts:
        return Verdict(UNKNOWN, "no drill was read in which it could fire")
    return min(verdicts, key=lambda verdict: _WORST.index(verdict.value))


def _in_drill(watch: Watch, drill: Evidence, alerts: Alerts) -> Verdict:
    if any(problem.kind != "warning" for problem in drill.problems):
        return Verdict(UNKNOWN, f"{drill.path} is no proof of a drill")
    said = list(_said(watch, drill))
    window = _window(drill)
    if window is None:
        return said[0] if said else Verdict(UNKNOWN, f"{drill.path} does not say when it was")
    firings = alerts.of(watch.alert, "alert.fired")
    signals = [_signal(found, fact, window, alerts) for found, fact in firings]
    timed = [verdict for verdict in signals if verdict is not None]
    for verdict in timed:
        if verdict.value == _BEFORE:
            return Verdict(value=False, why=verdict.why)
    for verdict in (*timed, *said):
        if verdict.value is True:
            return YES
    for verdict in (*timed, *said):
        if verdict.value is False:
            return verdict
    shown = f"{window.start:%Y-%m-%d %H:%M}"
    return Verdict(UNKNOWN, f"nothing shows that it fired in the drill of {shown}")


def _window(drill: Evidence) -> Window | None:
    times = {f.metric: _moment(f) for f in drill.facts if f.metric.startswith("drill.")}
    start, end = times.get("drill.started"), times.get("drill.ended")
    return Window(start, end) if start and end and start <= end else None


def _moment(fact: Fact) -> datetime | None:
    """Return the time that a fact tells, None where it tells none with its zone."""
    try:
        found = datetime.fromisoformat(fact.value) if isinstance(fact.value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _signal(found: Evidence, fact: Fact, window: Window, alerts: Alerts) -> Verdict | None:
    """Return what one source says of an alert in a window; None where it cannot be placed."""
    beside = {f.metric: _moment(f) for f in found.facts if f.labels == fact.labels}
    whole = {f.metric: _moment(f) for f in found.facts if not f.labels}
    taken = found.produced.at if found.produced and found.produced.source == "file" else None
    since, active = beside.get("alert.fired_at"), beside.get("alert.active_at")
    first, last = whole.get("series.from"), whole.get("series.until")
    seen = taken or last
    if seen is not None and seen < window.start:
        return None  # of another day
    if since is None and active is not None and fact.value is True:
        waits = alerts.waits(dict(fact.labels)["alert"]) or 0.0
        since = active + timedelta(milliseconds=waits)
        if active < window.start:
            return Verdict(_BEFORE, f"{found.path} shows it active before the drill")
    if since is not None:
        return _placed(found, since, window)
    if fact.value is True:
        return YES if taken is not None and window.holds(taken) else None
    covered = first is not None and last is not None and first <= window.start <= window.end <= last
    if covered or (taken is not None and first is None and window.holds(taken)):
        return Verdict(value=False, why=f"{found.path} shows that it did not fire in the drill")
    return None


def _placed(found: Evidence, since: datetime, window: Window) -> Verdict:
    """Say where the first firing that a source tells of lies."""
    if window.holds(since):
        return YES
    if since < window.start:
        return Verdict(_BEFORE, f"{found.path} shows it firing before the drill")
    return Verdict(value=False, why=f"{found.path} shows it firing only after the drill")


def _said(watch: Watch, drill: Evidence) -> Iterator[Verdict]:
    """Yield what a drill says of the alert: by its name, by what it watches, or by being alone."""
    named = next((str(f.value) for f in drill.facts if f.metric == "alert"), "")
    own = [f for f in drill.facts if f.metric == "probe.output" and _names(f, watch)]
    if not own and (named == watch.alert or (watch.alone and not named)):
        own = [f for f in drill.facts if f.metric == "alert_fired"]
    for fact in own:
        if fact.value is True:
            yield YES
        elif fact.value is False:
            yield Verdict(value=False, why=f"{drill.path} says that it did not fire")


def _names(fact: Fact, watch: Watch) -> bool:
    """Tell whether a probe asks whether this alert fired: `errors-alert-fired`, or by its name."""
    labels = dict(fact.labels)
    asked = plain_name(f"{labels.get('probe', '')}{labels.get('field', '')}")
    about = any(plain_name(word) in asked for word in (watch.alert, watch.watched))
    return about and "alertfired" in asked and labels.get("phase") == "during"
