"""How long users go without an answer until a failover begins: what is declared and configured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.domains import NAMING, speaks_of
from readiness.analysis.linked import proving
from readiness.model.quantity import show
from readiness.model.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.analysis.alerting import Alerts
    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.failure import FailureDomain, Takeover
    from readiness.model.launch import Launch
    from readiness.model.quantity import Quantity

_FAILURES = ("breaker.failures", "breaker.consecutive_failures")


class Part(NamedTuple):
    """A part of the time: ms, and how it comes about; NaN, and what is not known."""

    ms: float
    told: str


class Predicted(NamedTuple):
    """The time until users get the fallback, in its three parts."""

    detection: Part
    switch: Part
    ttl: Part

    @property
    def ms(self) -> float:
        """The whole in ms; NaN if a part is not known, infinite if it never begins."""
        return self.detection.ms + self.switch.ms + self.ttl.ms

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is not known."""
        return tuple(part.told for part in self if math.isnan(part.ms))

    @property
    def told(self) -> str:
        """How the whole comes about."""
        return " + ".join(part.told for part in self if part.told)


_UNDECLARED = Predicted(
    Part(math.nan, "no `takeover` says how it begins"), Part(0.0, ""), Part(0.0, "")
)


class Settings:
    """What the settings that were read say of the components of a launch."""

    def __init__(self, launch: Launch, evidence: Iterable[Evidence]) -> None:
        self._launch = launch
        self._evidence = proving(evidence)

    def about(self, component: str) -> list[tuple[Evidence, list[Fact]]]:
        """Return the facts about a component by evidence; what is about nobody counts for all."""
        found = []
        for one in self._evidence:
            own = [fact for fact in one.facts if speaks_of(fact, self._launch, component)]
            if own:
                shared = [f for f in one.facts if not any(name in NAMING for name, _ in f.labels)]
                found.append((one, own + shared))
        return found

    def attempt(self, component: str) -> float:
        """Return the longest time of one attempt in ms: infinite without limit, NaN if unknown."""
        declared = self._launch.components[component].timeout
        times = [float(declared.value)] if declared else []
        for _, facts in self.about(component):
            tries = _numbers(facts, "timeout.try") or _numbers(facts, "timeout")
            times += [max(tries)] if tries else []
        return max(times, default=math.nan)

    def trip(self, component: str) -> tuple[Part, list[Evidence]]:
        """Return when the breaker of a component opens, at the latest, and who says so."""
        attempt = self.attempt(component)
        parts, used = [], []
        for found, facts in self.about(component):
            ways = [way for way in (_in_a_row(facts, attempt), _by_share(facts, attempt)) if way]
            if 0 in _numbers(facts, "ejection.max_ratio"):
                ways = [Part(math.inf, f"{component} is never ejected")]
            if ways:
                parts.append(min(ways, key=_longest))
                used.append(found)
        if not parts:
            return Part(math.nan, f"no settings say when the breaker of {component} opens"), used
        if math.isnan(attempt) and any(math.isnan(part.ms) for part in parts):
            return _untimed(component), used
        return max(parts, key=_longest), used

    def handed_over(self, component: str) -> tuple[Part, list[Evidence]]:
        """Return how long a request tries a component before its fallback, if there is one."""
        attempt = self.attempt(component)
        parts, used = [], []
        for found, facts in self.about(component):
            if not any(f.metric == "fallback" and f.value is True for f in facts):
                continue
            attempts = max(_numbers(facts, "attempts"), default=1.0)
            pause = max(_numbers(facts, "backoff"), default=0.0)
            time = attempts * attempt + ((attempts - 1) * pause if pause else 0.0)
            parts.append(Part(time, f"{attempts:g} × {_shown(attempt)} at {component}"))
            used.append(found)
        if used and math.isnan(attempt):
            return _untimed(component), used
        return max(parts, key=_longest, default=Part(-1.0, "")), used


def predict(
    domain: FailureDomain, settings: Settings, alerts: Alerts
) -> tuple[Predicted, list[Evidence]]:
    """Return how long users go without an answer once a failure domain breaks, and who says so."""
    takeover = domain.takeover
    if takeover is None:
        return _UNDECLARED, []
    ttl = _given(takeover.ttl, "TTL") if takeover.ttl else Part(0.0, "")
    if takeover.how == "automatic":
        part, used = _automatic(domain, takeover, settings, alerts)
        return Predicted(part, Part(0.0, ""), ttl), used
    person = (
        _given(takeover.act, "to act")
        if takeover.act
        else Part(math.nan, "no `act` says how long a person needs")
    )
    part, used = _alerted(domain, takeover, alerts)
    return Predicted(part, person, ttl), used


def _automatic(
    domain: FailureDomain, takeover: Takeover, settings: Settings, alerts: Alerts
) -> tuple[Part, list[Evidence]]:
    if takeover.breaker:
        return settings.trip(takeover.breaker)
    handed = [pair for name in domain.breaks if (pair := settings.handed_over(name))[1]]
    if handed:
        return max(handed, key=lambda pair: _longest(pair[0]))
    if takeover.scrape:
        return _alerted(domain, takeover, alerts)
    return Part(math.nan, "no `breaker`, `scrape` or fallback in settings starts it"), []


def _alerted(
    domain: FailureDomain, takeover: Takeover, alerts: Alerts
) -> tuple[Part, list[Evidence]]:
    """Return how long the first alert of a failure domain takes to reach somebody."""
    named = list(dict.fromkeys(domain.alerts.values()))
    waits = {name: time for name in named if (time := alerts.waits(name)) is not None}
    if takeover.scrape is None:
        return Part(math.nan, "no `scrape` says how often is looked"), []
    if not waits:
        which = f"no `for` of {and_list(named)} was read" if named else "no alert is named"
        return Part(math.nan, which), []
    first = min(waits, key=lambda name: waits[name])
    scrape, wait, group = float(takeover.scrape.value), waits[first], alerts.group_wait()
    told = f"{show(scrape, 'ms')} scrape + {show(wait, 'ms')} `for` of {first}"
    if group and takeover.how != "automatic":
        return Part(scrape + wait + group, f"{told} + {show(group, 'ms')} group_wait"), (
            alerts.sources(first)
        )
    return Part(scrape + wait, told), alerts.sources(first)


def _given(time: Quantity, what: str) -> Part:
    return Part(float(time.value), f"{time.text} {what}")


def _longest(part: Part) -> tuple[bool, float]:
    """Order parts by their time; one that is not known comes last."""
    return math.isnan(part.ms), part.ms


def _untimed(component: str) -> Part:
    return Part(math.nan, f"no timeout bounds an attempt at {component}")


def _shown(time: float) -> str:
    return "no limit" if math.isinf(time) else show(time, "ms")


def _numbers(facts: Iterable[Fact], *metrics: str) -> list[float]:
    """Return the values of some metrics; what is off or unlimited is infinite."""
    values = [fact.value for fact in facts if fact.metric in metrics]
    numbers = [math.inf if value in ("off", "unlimited") else value for value in values]
    return [float(n) for n in numbers if not isinstance(n, str | bool)]


def _in_a_row(facts: list[Fact], attempt: float) -> Part | None:
    """Return when a breaker opens that counts failures: all attempts take as long as they can."""
    failures = max(_numbers(facts, *_FAILURES), default=None)
    if failures is None:
        return None
    if math.isinf(failures):
        return Part(math.inf, "it never opens")
    return Part(failures * attempt, f"{failures:g} failures × {_shown(attempt)}")


def _by_share(facts: list[Fact], attempt: float) -> Part | None:
    """Return when a breaker opens that looks at the share of failures in a window."""
    share = max(_numbers(facts, "breaker.failure_ratio"), default=None)
    if share is None:
        return None
    if math.isinf(share):
        return Part(math.inf, "it never opens")
    if times := _numbers(facts, "breaker.window_time"):
        told = f"{show(max(times), 'ms')} window + {_shown(attempt)}"
        return Part(max(times) + attempt, told)
    window = max(_numbers(facts, "breaker.window"), default=0.0)
    calls = max(math.ceil(share * window), *_numbers(facts, "breaker.min_calls"), 0)
    if not calls:
        return Part(math.nan, "no settings say over how many calls the breaker counts")
    return Part(calls * attempt, f"{calls:g} failures × {_shown(attempt)}")
