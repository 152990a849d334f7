"""Shared fate: whether what stands in for a broken component breaks with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

from readiness.analysis.domains import speaks_of
from readiness.analysis.linked import proving
from readiness.model.failure import Fate
from readiness.model.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.failure import Answer, FailureDomain
    from readiness.model.launch import Launch

KEYS: tuple[str, ...] = get_args(Fate)
_SETTINGS = ("region", "provider")
_NOTHING = {"none", "no", "-", "n/a"}
_UNKNOWN = {"unknown", "tbd", "todo", "?"}


class Independence(NamedTuple):
    """Whether an answer stands while a domain is broken.

    Attributes:
        shared: why it does not; empty if nothing is shared.
        unknown: why that cannot be told; empty if it can.
    """

    shared: str = ""
    unknown: str = ""

    @property
    def holds(self) -> bool:
        """Whether it stands, as far as can be told."""
        return not self.shared and not self.unknown


class Fates:
    """What each component of a launch stands and falls with, as the launch and settings say."""

    def __init__(self, launch: Launch, evidence: Iterable[Evidence]) -> None:
        self._launch = launch
        called = {name for component in launch.components.values() for name in component.calls}
        self._entries = {name for name, part in launch.components.items() if part.calls} - called
        self.used: list[Evidence] = []
        self._known: dict[str, dict[str, set[str]]] = {
            name: {key: _parts(text) for key, text in component.fate.items()}
            for name, component in launch.components.items()
        }
        for found in proving(evidence):
            told = [fact for fact in found.facts if fact.metric in _SETTINGS and fact.labels]
            for name, fates in self._known.items():
                for fact in told:
                    if isinstance(fact.value, str) and speaks_of(fact, launch, name):
                        fates.setdefault(fact.metric, set()).update(_parts(fact.value))
                        self.used.append(found)

    def reached(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the components that some use, themselves or by calls, each with the way to it.

        One that no other calls is where a request comes in, and a fallback is chosen: what it calls
        is needed only where it is named too.
        """
        ways: dict[str, tuple[str, ...]] = {}
        waiting: list[tuple[str, ...]] = [(name,) for name in names]
        while waiting:
            way = waiting.pop(0)
            if way[-1] not in ways and way[-1] in self._launch.components:
                ways[way[-1]] = way
                calls = self._launch.components[way[-1]].calls
                waiting += [(*way, name) for name in calls if way[-1] not in self._entries]
        return ways

    def independence(self, domain: FailureDomain, answer: Answer) -> Independence:
        """Tell whether an answer stands while a domain is broken."""
        if not domain.breaks:
            return Independence(unknown="the domain does not say which components it `breaks`")
        if "uses" not in answer.model_fields_set:
            return Independence(unknown="the answer does not say what it `uses`; `[]` for nothing")
        ways = self.reached(answer.uses)
        for name in domain.breaks:
            if name in ways:
                way = ways[name]
                text = f"it uses {name}" if len(way) == 1 else f"it reaches {' → '.join(way)}"
                return Independence(shared=f"{text}, which is broken")
        if common := next(self._common(domain.breaks, ways), ""):
            return Independence(shared=common)
        asked = (*domain.breaks, *(name for name in ways if name not in self._entries))
        silent = [name for name in asked if not self._told(name)]
        if silent and ways:
            named = and_list(dict.fromkeys(silent))
            return Independence(unknown=f"no `fate` is known of {named}")
        return Independence()

    def _common(self, broken: Iterable[str], ways: Iterable[str]) -> Iterator[str]:
        for primary in broken:
            for other in ways:
                for key in KEYS:
                    mine, its = (self._known[n].get(key, set()) for n in (primary, other))
                    if both := sorted((mine & its) - _UNKNOWN):
                        yield f"{other} has the {key} {both[0]}, as {primary} has"

    def _told(self, name: str) -> bool:
        """Tell whether it is known what a component stands and falls with."""
        fates = self._known[name].values()
        return bool(fates) and not any(values & _UNKNOWN for values in fates)


def _parts(text: str) -> set[str]:
    """Return the names in a text such as `eu-west-1, eu-central-1`, without what means none."""
    return {part.strip().casefold() for part in text.split(",")} - _NOTHING - {""}
