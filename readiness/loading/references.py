"""Names inside `readiness.yaml` that must exist elsewhere in it or in a checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model.failure import EVERY_INTENT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from readiness.model.failure import FailureDomain
    from readiness.model.launch import Launch


class Reference(NamedTuple):
    """A name, what it names, the names there are, and where it stands."""

    kind: str
    name: str
    known: Collection[str]
    path: tuple[int | str, ...]


def references(launch: Launch, slots: Collection[str]) -> Iterator[Reference]:
    """Yield every name of a component, intent or slot that the launch uses."""
    components = launch.components
    for name, component in components.items():
        for index, callee in enumerate(component.calls):
            yield Reference("component", callee, components, ("components", name, "calls", index))
    for name, domain in launch.failure_domains.items():
        for one in _of_domain(domain, launch, slots):
            yield one._replace(path=("failure_domains", name, *one.path))


def _of_domain(
    domain: FailureDomain, launch: Launch, slots: Collection[str]
) -> Iterator[Reference]:
    components = launch.components
    if domain.drill:
        yield Reference("slot", domain.drill, slots, ("drill",))
    for index, name in enumerate(domain.breaks):
        yield Reference("component", name, components, ("breaks", index))
    if domain.takeover and domain.takeover.breaker:
        yield Reference("component", domain.takeover.breaker, components, ("takeover", "breaker"))
    for intent, answer in domain.answers.items():
        for index, name in enumerate(answer.uses):
            yield Reference("component", name, components, ("answers", intent, "uses", index))
    if launch.intents:
        for index, intent in enumerate(domain.intents):
            yield Reference("intent", intent, launch.intents, ("intents", index))
        for intent in domain.answers:
            yield Reference("intent", intent, {*launch.intents, EVERY_INTENT}, ("answers", intent))
