"""Settings that files give, by what they speak of, and which component of the launch that is.

A *subject* is what one set of labels in one file names: an upstream, a route, a model, or the whole
file. What it does not set itself it takes from the nearest set of labels around it: a model takes
the timeout of the router that has it.
"""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.linked import proving
from readiness.model.fact import Problem
from readiness.model.text import and_list, nearest
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.launch import Component, Launch

Labels = tuple[tuple[str, str], ...]
MAPPED = frozenset({"csv", "json", "yaml"})  # the service's own file, by the team's own map
UNLIMITED = frozenset({"off", "unlimited"})
NAMES = ("component", "upstream", "model", "route")  # labels that name a component, nearest first
_SETTING = pattern(r"attempts|timeout(?:\.try|\.stream)?|(?:breaker|ejection)\.\w+")
_MORE = pattern(r"backoff(?:\.max)?|targets|fallback\.(?:targets|reach)")
_TIME = pattern(r"timeout|backoff|breaker\.(?:open|reset|window_time|slow_call)$")
_SPRING = "resilience4j"
_STANDS_IN = "default"  # Spring's name for what holds for every route or client
_SERVICE = ".svc"  # name.namespace.svc.cluster.local, the name of a Kubernetes service
_SHOWN = 4
_MOST_LABELS = 6  # readers give up to four


class Subject(NamedTuple):
    """What one set of labels in one file names.

    Attributes:
        evidence: the file.
        labels: as the file's reader gives them.
        own: what is set for exactly these labels, by metric.
        known: the same, and what is taken from labels around them.
        component: the launch's component that this is; empty for none.
    """

    evidence: Evidence
    labels: Labels
    own: dict[str, tuple[Fact, ...]]
    known: dict[str, tuple[Fact, ...]]
    component: str

    @property
    def shown(self) -> str:
        """What it is called in a sentence."""
        named = " ".join(f"{name} {value}" for name, value in self.labels)
        return named or self.evidence.path

    @property
    def marks(self) -> Labels:
        """The labels of facts about it: its own, and the component."""
        names = dict(self.labels)
        if self.component:
            names.setdefault("component", self.component)
        return tuple(sorted(names.items()))

    def numbers(self, *metrics: str) -> list[Fact]:
        """Return what is known of some metrics as finite numbers."""
        return [f for m in metrics for f in self.known.get(m, ()) if number(f) is not None]

    def off(self, *metrics: str) -> list[Fact]:
        """Return what of some metrics is switched off or unlimited."""
        return [f for m in metrics for f in self.known.get(m, ()) if f.value in UNLIMITED]


def number(fact: Fact) -> float | None:
    """Return the value of a fact as a finite number; None if it is none."""
    if isinstance(fact.value, bool | str) or not math.isfinite(fact.value):
        return None
    return float(fact.value)


def number_of(fact: Fact) -> float:
    """Return the value of a fact that is a number; not a number for others."""
    found = number(fact)
    return math.nan if found is None else found


def origin(fact: Fact) -> str:
    """Return, for a sentence, that nobody set a value; empty where somebody did."""
    return " (the tool's default: nobody set it)" if fact.origin == "tool-default" else ""


def subjects(launch: Launch, evidence: Iterable[Evidence]) -> list[Subject]:
    """Return what files set, each set of labels once, in the order of the files."""
    found: dict[tuple[str, str, Labels, object], Subject] = {}
    for piece in proving(evidence):
        if not _is_settings(piece):
            continue
        groups: dict[Labels, dict[str, tuple[Fact, ...]]] = {}
        for fact in piece.facts:
            if _wanted(fact):
                own = groups.setdefault(fact.labels, {})
                own[fact.metric] = (*own.get(fact.metric, ()), fact)
        for names, own in groups.items():
            known = _inherited(names, groups, piece.reader)
            component = component_of(names, launch.components)
            key = piece.path, piece.reader, names, tuple(own.items())
            found.setdefault(key, Subject(piece, names, own, known, component))
    return list(found.values())


def _wanted(fact: Fact) -> bool:
    """Whether a fact is a setting. A number is no time without its unit."""
    if not (_SETTING.fullmatch(fact.metric) or _MORE.fullmatch(fact.metric)):
        return False
    return isinstance(fact.value, str) or not _TIME.match(fact.metric) or fact.unit == "ms"


def _is_settings(piece: Evidence) -> bool:
    return piece.load is None and any(_SETTING.fullmatch(fact.metric) for fact in piece.facts)


def _inherited(
    names: Labels, groups: dict[Labels, dict[str, tuple[Fact, ...]]], reader: str
) -> dict[str, tuple[Fact, ...]]:
    """Return what holds for labels: what is set for them, else for the most of them."""
    around = [base for base in _around(names, reader) if base in groups]
    known: dict[str, tuple[Fact, ...]] = {}
    for base in sorted(around, key=lambda base: (base == names, len(base), base)):
        known |= groups[base]
    return known


def _around(names: Labels, reader: str) -> set[Labels]:
    """Return the sets of labels that what has these labels is in."""
    choices: list[list[Labels]] = []
    for name, value in names[:_MOST_LABELS]:
        stands_in: list[Labels] = [((name, _STANDS_IN),)] if reader == _SPRING else []
        choices.append([(), ((name, value),), *stands_in])
    found = {tuple(pair for chosen in way for pair in chosen) for way in product(*choices)}
    return found | {names}


def component_of(names: Labels, components: dict[str, Component]) -> str:
    """Return the component whose name or `stage` a label has; a service's name may be in full."""
    values = dict(names)
    for label in NAMES:
        value = values.get(label, "")
        short = value.partition(".")[0] if _SERVICE in value else value
        for name, part in components.items():
            if value and {value, short} & {name, part.stage or name}:
                return name
    return ""


def doubtful(evidence: tuple[Evidence, ...]) -> list[Problem]:
    """Return, for each file of settings that proves nothing, that what holds is not known."""
    sure = {id(piece) for piece in proving(evidence)}
    problems = []
    for piece in evidence:
        if id(piece) not in sure and _is_settings(piece):
            why = next(problem for problem in piece.problems if problem.kind != "warning")
            message = f"what {piece.path} sets is not known: {why.message}"
            problems.append(Problem("inconclusive", "unproven-settings", message, why.at, why.help))
    return problems


def some(names: list[str]) -> str:
    """Return names for a sentence, and how many more there are."""
    return and_list(names, most=_SHOWN)


def unmatched(launch: Launch, found: list[Subject], about: tuple[str, ...]) -> list[Problem]:
    """Return, for each file, which of its names are components of the launch and which are not.

    `about` names the facts that it matters for.
    """
    problems = []
    for path in dict.fromkeys(subject.evidence.path for subject in found):
        here = [s for s in found if s.evidence.path == path]
        known = {s.component for s in here if s.component}
        strange = {_name(s): s for s in here if not s.component and _name(s) and not _stands_in(s)}
        whole = [s for s in here if not s.labels]
        if not launch.components or (not strange and (known or not whole)):
            continue
        names = some([*strange]) or f"{path} as a whole"
        are = "are" if len(strange) > 1 else "is"
        message = f"in {path}, {names} {are} no component of the launch"
        if known:
            message += f"; {and_list(sorted(known))} {'are' if len(known) > 1 else 'is'}"
        first = next(iter((strange or {"": here[0]}).values()))
        at = next(iter(first.own.values()))[0].at
        help_ = _hint(launch, strange)
        problems.append(Problem("warning", "no-component", message, at, help_, about))
    return problems


def _stands_in(subject: Subject) -> bool:
    """Whether a subject is what others inherit from, and nothing of its own."""
    return subject.evidence.reader == _SPRING and _STANDS_IN in dict(subject.labels).values()


def _name(subject: Subject) -> str:
    values = dict(subject.labels)
    return next((values[label] for label in NAMES if label in values), "")


def _hint(launch: Launch, strange: dict[str, Subject]) -> str:
    for name in strange:
        close = nearest(name, launch.components)
        if close:
            return f"if {name} is the component {close[0]}, give that `stage: {name}`"
    example = next(iter(strange), "its name here")
    return f"give a component the name it has here, or `stage: {example}`"
