"""Refuses what promises nothing in items, failure domains and decisions, by `model.vague`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model import vague

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from readiness.errors import Diagnostic
    from readiness.loading.checklists import LoadedItem
    from readiness.model.decisions import Decision
    from readiness.model.failure import FailureDomain
    from readiness.strict_yaml import Node

    Rule = Callable[[str], vague.Vague | None]

_ANYWHERE: tuple[Rule, ...] = (vague.testing, vague.comfort)


def vague_items(items: Iterable[LoadedItem]) -> Iterator[Diagnostic]:
    """Yield what is vague in items; their expectations name metric and limit already."""
    for loaded in items:
        item = loaded.item
        for key in ("title", "fix"):
            yield from _against(loaded.node, key, getattr(item, key), _ANYWHERE)


def vague_domains(domains: Mapping[str, FailureDomain], node: Node) -> Iterator[Diagnostic]:
    """Yield what is vague in failure domains, and fallbacks that do not say what users see."""
    for name, domain in domains.items():
        entry = node.find(("failure_domains", name))[0]
        yield from _against(entry, "fallback", domain.fallback, (vague.fallback, *_ANYWHERE))
        plan = () if domain.fallback else (vague.redundancy,)
        for key in ("detection", "failover", "later"):
            yield from _against(entry, key, getattr(domain, key), (*plan, *_ANYWHERE))


def vague_decision(decision: Decision, entry: Node) -> Iterator[Diagnostic]:
    """Yield what is vague in a decision: nobody can accept a risk that nobody has named."""
    for key in ("reason", "harm_if_wrong", "mitigation"):
        rules = (vague.redundancy, *_ANYWHERE) if key == "mitigation" else _ANYWHERE
        yield from _against(entry, key, getattr(decision, key), rules)
    void = decision.void_if.text if decision.void_if else ""
    text = f"{decision.reason} {decision.harm_if_wrong} {decision.mitigation} {void}"
    if found := vague.empty_promise(text):
        yield _diagnostic(entry, "reason", found)


def _against(node: Node, key: str, text: str | None, rules: Iterable[Rule]) -> Iterator[Diagnostic]:
    found = next(filter(None, (rule(text) for rule in rules)), None) if text else None
    if found:
        yield _diagnostic(node, key, found)


def _diagnostic(node: Node, key: str, found: vague.Vague) -> Diagnostic:
    return node.find((key,))[0].error(found.code, found.message, found.help)
