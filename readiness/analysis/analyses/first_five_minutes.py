"""The first minutes of an outage: how long until users get the fallback, predicted and measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.alerting import UNKNOWN, Alerts
from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.domains import drill_of, no_domains, place, weakest
from readiness.analysis.linked import proving
from readiness.analysis.takeover import Predicted, Settings, predict
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.quantity import show
from readiness.model.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.errors import Location
    from readiness.model.evidence import Evidence
    from readiness.model.failure import FailureDomain
    from readiness.model.launch import Launch

_MUCH = 1.5  # times as long as predicted
_SLACK = 1000.0  # ms, by which clocks and polls may be off
_PARTS = ("detection", "switch", "ttl")
_COMPARED = ("predicted.error", "predicted.missed")
_PREDICTED = ("predicted", *(f"predicted.{part}" for part in _PARTS), *_COMPARED)
_OWNED = ("failover.owned", "failover.unowned", "failover.automatic")


class _Begun(NamedTuple):
    """How the failover of one failure domain begins, as predicted and as measured in ms."""

    domain: str
    automatic: bool
    owned: bool
    flag: bool | str | None
    predicted: Predicted
    measured: float
    unmeasured: str
    at: Location

    @property
    def error(self) -> float:
        """By what share it takes longer than predicted; NaN where one of both is not known."""
        ms = self.predicted.ms
        return self.measured / ms - 1 if ms > 0 and math.isfinite(ms) else math.nan

    @property
    def missed(self) -> bool:
        """Whether it takes much longer than predicted."""
        ms = self.predicted.ms
        return self.measured > _MUCH * ms and self.measured - ms > _SLACK


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Predict for each failure domain when users get the fallback, and compare with its drill."""
    if not launch.failure_domains:
        return Analysed((), (no_domains(path),), Strength.claimed)
    alerts, settings = Alerts(evidence), Settings(launch, evidence)
    facts: list[Fact] = []
    problems: list[Problem] = []
    used: list[Evidence] = []
    begun: list[_Begun] = []
    for name, domain in launch.failure_domains.items():
        drill = drill_of(launch, path, name, evidence)
        drills = proving(drill.evidence)
        predicted, sources = predict(domain, settings, alerts)
        flag, flags = _flag(domain, evidence)
        at = place(path, "failure_domains", name, *(["takeover"] if domain.takeover else []))
        automatic = domain.takeover is not None and domain.takeover.how == "automatic"
        lacks = drill.lacks or "its drill says neither `degrade` nor `detection`"
        one = _Begun(name, automatic, _owned(domain), flag, predicted, _measured(drills), lacks, at)
        begun.append(one)
        facts += _facts(one)
        problems += _problems(one, domain)
        used += [*drills, *sources, *flags]
    at = place(path, "failure_domains")
    facts += [Fact(key, n, "", at, (), None, "derived") for key, n in _counts(begun).items()]
    return Analysed(tuple(facts), tuple(problems), weakest(used))


def _counts(begun: list[_Begun]) -> dict[str, float]:
    """Return the figures over all failure domains; none is missed only if all were compared."""
    missed = sum(one.missed for one in begun)
    compared = all(not math.isnan(one.error) for one in begun)
    return {
        "predicted.unknown": sum(math.isnan(one.predicted.ms) for one in begun),
        "predicted.missed": missed if missed or compared else math.nan,
        "failover.unowned": sum(not one.owned for one in begun),
        "flags.missing": sum(one.flag in (False, UNKNOWN) for one in begun),
    }


def _measured(drills: Iterable[Evidence]) -> float:
    """Return the longest time in ms until users got the fallback, or it was noticed; or NaN."""
    worst = []
    for drill in drills:
        for metric in ("degrade", "detection"):
            values = [f.value for f in drill.facts if f.metric == metric]
            times = [float(v) for v in values if not isinstance(v, str | bool) and v >= 0]
            if times:
                worst.append(max(times))
                break
    return max(worst, default=math.nan)


def _owned(domain: FailureDomain) -> bool:
    """Tell whether a failover is automatic, or somebody owns it and says why it is not."""
    takeover = domain.takeover
    if takeover is None:
        return False
    return takeover.how == "automatic" or bool(takeover.owner and takeover.reason)


def _flag(
    domain: FailureDomain, evidence: Iterable[Evidence]
) -> tuple[bool | str | None, list[Evidence]]:
    """Return whether the flag of a failover is there and enabled; None where it needs none."""
    takeover = domain.takeover
    if takeover is None or (takeover.flag is None and takeover.how != "flag"):
        return None, []
    known = [
        (found, fact)
        for found in proving(evidence)
        for fact in found.facts
        if fact.metric == "flag.enabled"
    ]
    if not known or takeover.flag is None:
        return (UNKNOWN if takeover.flag else False), []
    own = [(found, fact) for found, fact in known if ("flag", takeover.flag) in fact.labels]
    enabled = bool(own) and all(fact.value is True for _, fact in own)
    return enabled, [found for found, _ in own]


def _facts(begun: _Begun) -> list[Fact]:
    times = {f"predicted.{n}": p.ms for n, p in zip(_PARTS, begun.predicted, strict=True)}
    values: dict[str, tuple[float | bool | str, str]] = {
        "predicted": (begun.predicted.ms, "ms"),
        **{metric: (time, "ms") for metric, time in times.items()},
        "measured": (begun.measured, "ms"),
        "predicted.error": (begun.error, "ratio"),
        "failover.automatic": (begun.automatic, ""),
        "failover.owned": (begun.owned, ""),
    }
    if begun.flag is not None:
        values["flag.exists"] = (begun.flag, "")
    labels = (("domain", begun.domain),)
    return [
        Fact(metric, value, unit, begun.at, labels, None, "derived")
        for metric, (value, unit) in values.items()
    ]


def _problems(begun: _Begun, domain: FailureDomain) -> Iterable[Problem]:
    name, predicted, at = begun.domain, begun.predicted, begun.at
    if predicted.unknown:
        parts = and_list(predicted.unknown)
        text = f"{name}: the time until users get the fallback is not known: {parts}"
        hint = "say it under `takeover`, or link the settings or rules that do"
        about = (*_PREDICTED, "predicted.unknown", *(() if domain.takeover else _OWNED))
        yield Problem("warning", "unknown-part", text, at, hint, about)
    elif math.isinf(predicted.ms):
        text = f"{name}: the failover may never begin: {predicted.told}"
        hint = "set a limit that is reached"
        yield Problem("warning", "never-begins", text, at, hint, _PREDICTED)
    if math.isnan(begun.measured):
        text = f"{name}: no time was measured: {begun.unmeasured}"
        hint = "drill it, and record `detected` and `failed_over`"
        yield Problem("warning", "not-measured", text, at, hint, ("measured", *_COMPARED))
    if begun.missed:
        took, wanted = show(begun.measured, "ms"), show(predicted.ms, "ms")
        text = f"{name}: the drill took {took}, and {wanted} were predicted ({predicted.told})"
        hint = "find what the prediction leaves out: a cache, a queue, a person, a slower probe"
        yield Problem("warning", "slower-than-predicted", text, at, hint, ("measured", *_COMPARED))
    yield from _people(begun, domain)


def _people(begun: _Begun, domain: FailureDomain) -> Iterable[Problem]:
    """Yield what is missing where a failover waits for a flag or a person."""
    name, takeover = begun.domain, domain.takeover
    if takeover is not None and not begun.owned:
        missing = and_list(key for key in ("owner", "reason") if not getattr(takeover, key))
        how = "behind a flag" if takeover.how == "flag" else "by hand"
        text = f"{name}: the failover is {how}, and has no {missing}"
        hint = "say who does it, and why it is not automatic"
        yield Problem("warning", "unowned", text, begun.at, hint, _OWNED)
    if takeover is None or begun.flag in (None, True):
        return
    if takeover.flag is None:
        text, hint = f"{name}: the failover is behind a flag without a name", "name it: `flag: …`"
    elif begun.flag == UNKNOWN:
        text = f"{name}: whether the flag {takeover.flag} exists is not known: none was read"
        hint = "link the flags: a file of flagd"
    else:
        text = f"{name}: the flag {takeover.flag} is not there, or is disabled"
        hint = "add it with `state: ENABLED` and a default variant that stands for off"
    yield Problem("warning", "no-flag", text, begun.at, hint, ("flag.exists", "flags.missing"))


ANALYSIS = Analysis(
    id="first-five-minutes",
    title="The first five minutes",
    run=run,
    metrics=(
        ("predicted", "ms", "time until users get the fallback; label domain"),
        ("predicted.detection", "ms", "its part until something notices; label domain"),
        ("predicted.switch", "ms", "its part until somebody has switched; label domain"),
        ("predicted.ttl", "ms", "its part until DNS or caches follow; label domain"),
        ("predicted.error", "ratio", "measured ⁄ predicted − 1, below 0 if faster; label domain"),
        ("predicted.unknown", "", "failure domains with a part that is not known"),
        ("predicted.missed", "", "those whose drill took much longer than predicted"),
        ("measured", "ms", "the same in the drill, the longest of several; label domain"),
        ("failover.automatic", "", "whether nobody has to act; label domain"),
        ("failover.owned", "", "automatic, or with an owner and a reason; label domain"),
        ("failover.unowned", "", "failure domains where that does not hold"),
        ("flag.exists", "", "whether its flag is there and enabled; label domain"),
        ("flags.missing", "", "flags that are not, or of which nothing was read"),
    ),
    formula="predicted = detection + switch + ttl. Behind a breaker, detection is when it opens at "
    "the latest, one request after the other, each as slow as it may be: failures × "
    "timeout; with a share of failures, its window + timeout, or the calls it needs × timeout. A "
    "fallback in the settings of a broken component takes attempts × timeout + (attempts − 1) × "
    "backoff. Behind a flag or a person: scrape + the shortest `for` of the domain's alerts + "
    "`group_wait` where Alertmanager's configuration was read, and `act` to switch. ttl is 0 where "
    "none is said: nothing leads to what is broken. Where the launch and settings differ, or "
    "several settings do, the longest counts. Measured is `degrade` of the drill, else its "
    "`detection`. Much longer is more than 1.5 times and 1 s. What is not known is not a number, "
    "and proves nothing",
    source="Site Reliability Engineering (Beyer et al. 2016), chapters 6 and 22; Nygard 2018, "
    "Release It!, 2nd edition, chapter 5; RFC 1035, section 3.2.1 (TTL)",
    example="predicted <= 5 min, predicted.missed = 0, failover.unowned = 0, flags.missing = 0",
)
