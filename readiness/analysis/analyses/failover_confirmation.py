"""Whether a failover would be noticed: for errors, latency and completion an alert that fires."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, get_args

from readiness.analysis.alerting import UNKNOWN, Alerts, Verdict
from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.domains import drill_of, no_domains, place, weakest
from readiness.analysis.firing import Watch, fired
from readiness.analysis.linked import proving
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.failure import Watched
from readiness.model.text import and_list

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch

WATCHED: tuple[Watched, ...] = get_args(Watched)
_PARTS = {
    "exists": ("does not exist", "may not exist"),
    "routed": ("is not routed", "may not be routed"),
    "tested": ("is not tested", "may not be tested"),
    "fired": ("did not fire", "may not have fired"),
}
_HELP = {
    "exists": "link the rules: prometheus-rules, prometheus-api, cloudwatch or datadog",
    "routed": "link the configuration of Alertmanager, and give the receiver a channel",
    "tested": "write a promtool test with `exp_alerts`, and link it and what promtool printed",
    "fired": "query `ALERTS` over the time of the drill, and link the answer",
}
_OVER_ALL = ("confirmed", "unconfirmed")
_EXPRESSED = {"prometheus-rules", "cloudwatch", "datadog"}
_SILENT = "start the series at 0 when the service starts, or alert on the value itself"


class _Row(NamedTuple):
    """An alert that a failure domain names, or not, for one thing to be watched."""

    domain: str
    watched: Watched
    alert: str
    verdicts: dict[str, Verdict]
    at: Location

    @property
    def confirmed(self) -> bool:
        return all(verdict.value is True for verdict in self.verdicts.values())


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Follow each alert of each failure domain from its rule to the drill in which it fired."""
    if not launch.failure_domains:
        return Analysed((), (no_domains(path),), Strength.claimed)
    alerts = Alerts(evidence)
    used: list[Evidence] = []
    rows: list[_Row] = []
    for name, domain in launch.failure_domains.items():
        drills = drill_of(launch, path, name, evidence).evidence
        alone = len(set(domain.alerts.values())) == 1
        used += drills
        for watched in WATCHED:
            alert = domain.alerts.get(watched, "")
            verdicts = _verdicts(Watch(alert, watched, alone), drills, alerts)
            at = place(path, "failure_domains", name, "alerts", *([watched] if alert else []))
            rows.append(_Row(name, watched, alert, verdicts, at))
    named = list(dict.fromkeys(row.alert for row in rows if row.alert))
    silent = _silent(named, rows, evidence)
    used += [found for name in named for found in alerts.sources(name)]
    facts = [fact for row in rows for fact in _facts(row)]
    at = place(path, "failure_domains")
    open_ = [row for row in rows if not row.confirmed]
    share = (len(rows) - len(open_)) / len(rows)
    facts.append(Fact("confirmed", share, "ratio", at, (), None, "derived"))
    facts.append(Fact("unconfirmed", len(open_), "", at, (), None, "derived"))
    told = len(silent) if silent or _all_read(named, rows, alerts) else math.nan
    facts.append(Fact("alerts.silent", told, "", at, (), None, "derived"))
    problems = (*_unnamed(open_), *(_problem(row) for row in open_ if row.alert), *silent)
    return Analysed(tuple(facts), problems, weakest(used))


def _verdicts(watch: Watch, drills: list[Evidence], alerts: Alerts) -> dict[str, Verdict]:
    if not watch.alert:
        return dict.fromkeys(_PARTS, Verdict(value=False))
    firing = fired(watch, drills, alerts)
    return {
        "exists": alerts.exists(watch.alert),
        "routed": alerts.routed(watch.alert),
        "tested": alerts.tested(watch.alert, fired=firing.value is True),
        "fired": firing,
    }


def _facts(row: _Row) -> list[Fact]:
    labels = (("domain", row.domain), ("watched", row.watched))
    return [
        Fact(f"alert.{part}", verdict.value, "", row.at, labels, None, "derived")
        for part, verdict in row.verdicts.items()
    ]


def _unnamed(rows: list[_Row]) -> list[Problem]:
    """Say for each failure domain for what it names no alert."""
    groups: dict[tuple[str, Location], list[str]] = {}
    for row in rows:
        if not row.alert:
            groups.setdefault((row.domain, row.at), []).append(row.watched)
    return [
        Problem(
            "warning",
            "no-alert",
            f"{domain} × {and_list(watched)}: no alert is named",
            at,
            f"name it under `alerts`: `{watched[0]}: NameOfTheAlert`",
            (*_OVER_ALL, *(f"alert.{part}" for part in _PARTS)),
        )
        for (domain, at), watched in groups.items()
    ]


def _problem(row: _Row) -> Problem:
    """Say what an alert lacks, and what to do about the first of it."""
    lacking = {part: v for part, v in row.verdicts.items() if v.value is not True}
    said = and_list(
        f"{_PARTS[part][verdict.value == UNKNOWN]} ({verdict.why})"
        for part, verdict in lacking.items()
    )
    text = f"{row.domain} × {row.watched}: `{row.alert}` {said}"
    about = (*_OVER_ALL, *(f"alert.{part}" for part in lacking))
    return Problem("warning", "unconfirmed", text, row.at, _HELP[next(iter(lacking))], about)


def _all_read(named: list[str], rows: list[_Row], alerts: Alerts) -> bool:
    """Tell whether each alert fired, or the expression behind it was read."""
    fires = {row.alert for row in rows if row.verdicts["fired"].value is True}
    return bool(named) and all(
        name in fires or any(found.reader in _EXPRESSED for found in alerts.sources(name))
        for name in named
    )


def _silent(named: list[str], rows: list[_Row], evidence: tuple[Evidence, ...]) -> list[Problem]:
    """Return the alerts on the increase of a counter that may be born at 1, and did not fire.

    A series that was read with a 0 in it shows that the counter begins there.
    """
    fires = {row.alert for row in rows if row.verdicts["fired"].value is True}
    begun = {
        dict(fact.labels).get("metric", "")
        for found in proving(evidence)
        for fact in found.facts
        if fact.metric == "value.min" and fact.value == 0
    }
    silent = []
    for found in proving(evidence):
        doubts = {p.at for p in found.problems if p.code == "born-at-one"}
        for fact in found.facts if doubts else ():
            name = dict(fact.labels).get("alert", "")
            if fact.metric != "alert.metrics" or fact.at not in doubts or name not in named:
                continue
            reads = {part.strip() for part in str(fact.value).split(",")}
            if name in fires or reads & begun:
                continue
            text = f"`{name}` stays silent where its counter is born at 1: no series begins at 0"
            about = ("alerts.silent",)
            silent.append(Problem("warning", "silent-at-birth", text, fact.at, _SILENT, about))
    return silent


_LABELS = "labels domain, watched"
ANALYSIS = Analysis(
    id="failover-confirmation",
    title="Failover confirmation",
    run=run,
    metrics=(
        ("confirmed", "ratio", "share of the alerts wanted that exist, are routed, tested, fired"),
        ("unconfirmed", "", "how many are not; three are wanted of each failure domain"),
        ("alert.exists", "", f"whether a rule that was read is the alert; {_LABELS}"),
        ("alert.routed", "", f"whether it reaches a channel; {_LABELS}"),
        ("alert.tested", "", f"whether a test expects it, and passed; {_LABELS}"),
        ("alert.fired", "", f"whether it fired in the domain's drill; {_LABELS}"),
        ("alerts.silent", "", "alerts on the increase of a counter that may be born at 1"),
    ),
    formula="Each failure domain names an alert for errors, for latency and for completion. "
    "Confirmed is one that is true in all four: it exists in rules that can be evaluated; it is "
    "routed by itself, or its severity is, to a channel; a promtool test expects it and what "
    "promtool printed has no failure (an alarm of CloudWatch or Datadog has no unit test: its "
    "firing is the test); and it fired from `drill.started` to `drill.ended` of the domain's "
    "drill. That is shown by the series `ALERTS`, by `activeAt` plus `for` of a snapshot, by a "
    "snapshot taken in the drill, or by the drill: `alert_fired` of a record that names the alert, "
    "or a probe named as what is watched or as the alert, such as `errors-alert-fired`. An alert "
    "that was active before the drill did not fire for it. `unknown` is what nothing read tells; "
    "it is not `true`. An alert on the `increase` of a counter is silent if no series that was "
    "read begins at 0 and it did not fire",
    source="Site Reliability Engineering (Beyer et al. 2016), chapter 6; Prometheus documentation, "
    "alerting rules and unit testing; Principles of Chaos Engineering",
    example="unconfirmed = 0",
)
