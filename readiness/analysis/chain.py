"""How often and how long a component is called at worst: its layers of retries.

Each tool that tries again is a layer of its own: a service that tries three times through a proxy
that tries twice makes six calls. Files of one tool state one layer; of two statements the worse one
counts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.configured import MAPPED, UNLIMITED, number, number_of, origin
from readiness.errors import Location
from readiness.model.fact import Fact, Problem
from readiness.model.quantity import show
from readiness.model.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.analysis.configured import Subject
    from readiness.model.launch import Component, Launch

TIMED = ("time.worst", "time.over_timeout", "time.over_budget")
COUNTED = ("calls.worst", *TIMED)  # what settings of retries change
# What tries again around what: the service, its client library, the model gateway, then proxies.
_OWN = "own"  # what a map reads: the service's file
_OUTER = (_OWN, "resilience4j", "litellm", "portkey")
# Their attempts are over all endpoints: what waits as fallback is one of them, and multiplies not.
_SHARED = frozenset(("envoy", "envoy-gateway", "istio", "linkerd", "kong", "nginx", "traefik"))


class Layer(NamedTuple):
    """One tool's tries of a component.

    Attributes:
        attempts: tries of one target, the first included; infinite if nothing limits them.
        targets: targets that are tried one after the other.
        limit: the most ms of one attempt; infinite if nothing bounds it.
        whole: the most ms of all attempts together; infinite if nothing bounds them.
        backoff: the most ms between two attempts.
    """

    attempts: float = 1.0
    targets: float = 1.0
    limit: float = math.inf
    whole: float = math.inf
    backoff: float = 0.0

    @property
    def calls(self) -> float:
        """The most calls."""
        return self.attempts * self.targets

    def time(self, one: float) -> float:
        """Return the longest time of all attempts in ms, if one takes so long at most."""
        pauses = (self.calls - 1) * self.backoff if self.backoff else 0.0
        return min(self.whole, self.calls * one + pauses)


class Hop(NamedTuple):
    """The layers of one component, outermost first, and what is wrong with how they are stated."""

    layers: tuple[Layer, ...]
    problems: tuple[Problem, ...]

    @property
    def calls(self) -> float:
        """How often the component is called at most, for each time it is needed."""
        return math.prod(layer.calls for layer in self.layers)

    @property
    def limit(self) -> float:
        """The time after which whoever waits for the component gives up, in ms."""
        return min(min(layer.limit, layer.whole) for layer in self.layers)

    def time(self, below: float) -> float:
        """Return the longest time with all attempts, in ms.

        Args:
            below: what it calls in turn takes at most; infinite if it calls nothing. Its own
                timeout bounds an attempt, whatever it calls.
        """
        one = self.layers[-1].limit
        time = self.layers[-1].time(one if math.isfinite(one) else below)
        for layer in reversed(self.layers[:-1]):
            time = layer.time(min(layer.limit, time))
        return time


def hop(name: str, launch: Launch, path: str, found: list[Subject]) -> Hop:
    """Return what files and the launch say of one component.

    Args:
        name: the component.
        launch: it says what no file does; where both differ, the worse counts.
        path: the file of the launch.
        found: what files set.
    """
    tools: dict[str, list[Subject]] = {}
    for subject in found:
        if subject.component == name:
            tool = _OWN if subject.evidence.reader in MAPPED else subject.evidence.reader
            tools.setdefault(tool, []).append(subject)
    names = sorted(tools, key=lambda tool: (_rank(tool), tool))
    files = [_layer(tool, tools[tool]) for tool in names]
    stating = _Stating(name, launch.components[name], path, [tools[tool] for tool in names])
    layers, problems = stating.merged(files, own=names[:1] == [_OWN])
    problems += [*_differing(name, names, tools), *_multiplied(name, names, files, tools)]
    return Hop(tuple(layers), tuple(problems))


def _rank(tool: str) -> int:
    return _OUTER.index(tool) if tool in _OUTER else len(_OUTER)


def _layer(tool: str, subjects: list[Subject]) -> Layer:
    own = tool == _OWN
    tries = ("timeout.try", "timeout") if own else ("timeout.try",)
    return Layer(
        max(1.0, _most(subjects, 1.0, "attempts")),
        1.0 if tool in _SHARED else max(_targets(subject) for subject in subjects),
        _most(subjects, math.inf, *tries),
        math.inf if own else _most(subjects, math.inf, "timeout"),
        _most(subjects, 0.0, "backoff.max", "backoff"),
    )


def _targets(subject: Subject) -> float:
    """Return how many targets one request can try: fallbacks of fallbacks count."""
    spare = [number_of(fact) for fact in subject.numbers("fallback.targets")]
    reach = [number_of(fact) for fact in subject.numbers("fallback.reach")]
    return max(1.0, 1 + max(spare, default=0.0), *reach)


def _facts(subjects: list[Subject], *metrics: str) -> list[Fact]:
    return [fact for s in subjects for metric in metrics for fact in s.known.get(metric, ())]


def _worth(fact: Fact) -> float | None:
    """Return what a setting says: a number, infinite for off and for a time of 0."""
    found = number(fact)
    if fact.value in UNLIMITED or (found == 0 and fact.metric.startswith("timeout")):
        return math.inf
    return found


def _most(subjects: list[Subject], default: float, *metrics: str) -> float:
    values = [_worth(fact) for fact in _facts(subjects, *metrics)]
    return max((value for value in values if value is not None), default=default)


class _Stating(NamedTuple):
    """A component as the launch writes it, beside the files that speak of it, outermost first."""

    name: str
    part: Component
    path: str
    tools: list[list[Subject]]

    def merged(self, layers: list[Layer], *, own: bool) -> tuple[list[Layer], list[Problem]]:
        """Return the layers with what the launch adds or states worse, and where both differ.

        Args:
            layers: what the files say.
            own: whether the outermost is the service's own file, where `timeout` is of one attempt.
        """
        limit = float(self.part.timeout.value) if self.part.timeout else None
        backoff = float(self.part.backoff.value) if self.part.backoff else 0.0
        stated = float(self.part.attempts) if "attempts" in self.part.model_fields_set else None
        if not layers:
            only = Layer(stated or 1.0, 1.0, math.inf if limit is None else limit, backoff=backoff)
            return [only], []
        outer, problems = layers[0], list[Problem]()
        tried = math.prod(layer.attempts for layer in layers)
        facts = [fact for subjects in self.tools for fact in _facts(subjects, "attempts")]
        if stated is not None and facts and stated != tried:
            problems.append(self._differs("attempts", _plain(stated), _plain(tried), facts))
        if stated is not None and stated > tried:
            outer = outer._replace(attempts=stated)
        facts = _facts(self.tools[0], *(("timeout.try", "timeout") if own else ("timeout.try",)))
        if limit is not None and facts and outer.limit != limit:
            problems.append(self._differs("timeout", _time(limit), _time(outer.limit), facts))
        if limit is not None:
            outer = outer._replace(limit=max(limit, outer.limit) if facts else limit)
        return [outer._replace(backoff=max(outer.backoff, backoff)), *layers[1:]], problems

    def _differs(self, what: str, one: str, other: str, facts: list[Fact]) -> Problem:
        """Return that launch and files say different things, with both places."""
        worst = max(facts, key=lambda fact: _worth(fact) or 0.0)
        place = Location(self.path, pointer=f"/components/{self.name}/{what}")
        message = (
            f"{what} of {self.name} is {one} in {place} and {other}{origin(worst)} in "
            f"{worst.at}: the worse counts"
        )
        help_ = "write what is in force in both, or leave it out of the launch"
        return Problem("warning", "two-settings", message, worst.at, help_, COUNTED)


def _plain(value: float) -> str:
    return f"{value:g}" if math.isfinite(value) else "unlimited"


def _time(value: float) -> str:
    return show(value, "ms") if math.isfinite(value) else "off"


def _differing(
    name: str, tools: list[str], subjects: dict[str, list[Subject]]
) -> Iterator[Problem]:
    """Yield where two files of one tool say different things of one component."""
    for tool in tools:
        for metric in ("attempts", "timeout.try", "timeout", "fallback.targets"):
            facts = _facts(subjects[tool], metric)
            if len({fact.at.path for fact in facts}) < 2 or len({f.value for f in facts}) < 2:  # noqa: PLR2004
                continue
            stated = and_list([f"{_shown(fact)} in {fact.at}" for fact in facts[:4]])
            message = f"{metric} of {name} is {stated}: the worst counts"
            worst = max(facts, key=lambda fact: _worth(fact) or 0.0)
            help_ = "keep one of them, or link only what is in force"
            yield Problem("warning", "two-settings", message, worst.at, help_, COUNTED)


def _shown(fact: Fact) -> str:
    return show(number_of(fact), fact.unit) if number(fact) is not None else str(fact.value)


def _multiplied(
    name: str, tools: list[str], layers: list[Layer], subjects: dict[str, list[Subject]]
) -> Iterator[Problem]:
    """Yield that several tools try the same component again: their tries multiply."""
    again = [(tool, layer) for tool, layer in zip(tools, layers, strict=True) if layer.calls > 1]
    if len(again) > 1:
        parts = [f"{_plain(layer.calls)} in {subjects[t][0].evidence.path}" for t, layer in again]
        total = _plain(math.prod(layer.calls for _, layer in again))
        message = f"{name} is tried at several layers, {and_list(parts)}: {total} calls"
        at = _facts(subjects[again[0][0]], "attempts", "fallback.targets", "fallback.reach")[0].at
        help_ = "retry at one layer only"
        yield Problem("warning", "nested-retries", message, at, help_, COUNTED)
