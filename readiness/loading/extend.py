"""`extends`: merge a child checklist's item into its parent's; a child may tighten, never loosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.errors import Diagnostic, InputError
from readiness.strict_yaml import Node
from readiness.model.checklist import HARM, RISK, Item, Requirement, Tightness
from readiness.model.expectation import ORDERINGS, Reference, parse_expectation
from readiness.model.quantity import Quantity

if TYPE_CHECKING:
    from readiness.model.expectation import Expectation


def merge(parent: Node, child: Node) -> Node:
    """Lay a child's keys over its parent's; requirements of the same source are laid over too."""
    content = dict(parent.content)
    for key, pair in child.content.items():
        content[key] = pair
    theirs, ours = parent.get("evidence"), child.get("evidence")
    if theirs is not None and ours is not None:
        merged = _copy(ours, _merge_requirements(theirs, ours))
        content["evidence"] = (child.content["evidence"][0], merged)
    return _copy(child, content)


def _copy(node: Node, content: object) -> Node:
    copy = Node.__new__(Node)
    copy.document, copy.line, copy.column = node.document, node.line, node.column
    copy.width, copy.content = node.width, content
    return copy


def _merge_requirements(theirs: Node, ours: Node) -> list[Node]:
    """Match requirements by source; what the child does not name stays as the parent has it."""
    if not isinstance(theirs.content, list) or not isinstance(ours.content, list):
        return [ours]
    result = {_source(node) or (index,): node for index, node in enumerate(theirs.content)}
    for index, node in enumerate(ours.content):
        source = _source(node) or (len(theirs.content) + index,)
        base = result.get(source)
        result[source] = _merge_requirement(base, node) if base is not None else node
    return list(result.values())


def _source(node: Node) -> tuple[object, ...]:
    for key in ("slot", "path", "analysis"):
        value = node.get(key)
        if value is not None:
            return key, value.content
    return ()


def _merge_requirement(base: Node, node: Node) -> Node:
    content = {**base.content, **node.content}
    theirs, ours = base.get("expect"), node.get("expect")
    if theirs is not None and ours is not None and isinstance(ours.content, list):
        kept = {_expect_key(n): n for n in theirs.content}
        kept.update({_expect_key(n): n for n in ours.content})
        content["expect"] = (node.content["expect"][0], _copy(ours, list(kept.values())))
    return _copy(node, content)


def _expect_key(node: Node) -> object:
    """Return what two expectations share when one restates the other; itself if it is broken."""
    try:
        return parse_expectation(str(node.content)).key()
    except ValueError:
        return node.line, node.column, node.document.path


def check_tighter(parent: Item, merged: Item, parent_node: Node, node: Node) -> None:
    """Refuse a child that loosens a blocker.

    Raises:
        InputError: names both places.
    """
    if parent.gate != "blocker":
        return
    found = [*_loosened_fields(parent, merged), *_loosened_evidence(parent, merged)]
    diagnostics: list[Diagnostic] = []
    for path, what, before, after in found:
        place, _ = node.find(path)
        origin, _ = parent_node.find(path if path[0] != "evidence" else ("evidence",))
        diagnostics.append(place.error(
            "loosened", f"{merged.id} is a blocker and may only be tightened: {what} "
            f"{before} (at {origin.at}) becomes {after}",
            f"keep {before}, or accept the risk with a waiver in decisions.yaml"))  # fmt: skip
    if diagnostics:
        raise InputError(*diagnostics)


_Loosened = tuple[tuple[int | str, ...], str, str, str]


def _loosened_fields(parent: Item, merged: Item) -> list[_Loosened]:
    found: list[_Loosened] = []
    if Tightness[merged.gate] < Tightness[parent.gate]:
        found.append((("gate",), "gate", parent.gate, merged.gate))
    if HARM[merged.harm] < HARM[parent.harm]:
        found.append((("harm",), "harm", parent.harm, merged.harm))
    if RISK[merged.risk] < RISK[parent.risk]:
        found.append((("risk",), "risk", parent.risk, merged.risk))
    if merged.when is not None and merged.when != parent.when:
        before = "always" if parent.when is None else "its condition"
        found.append((("when",), "when", before, "another condition"))
    return found


def _loosened_evidence(parent: Item, merged: Item) -> list[_Loosened]:
    found: list[_Loosened] = []
    ours = {requirement.source: (i, requirement) for i, requirement in enumerate(merged.evidence)}
    for requirement in parent.evidence:
        index, mine = ours[requirement.source]
        found += [(("evidence", index, *path), what, before, after)
                  for path, what, before, after in _loosened_requirement(requirement, mine)]  # fmt: skip
    return found


def _loosened_requirement(before: Requirement, after: Requirement) -> list[_Loosened]:
    found: list[_Loosened] = []
    if after.strength < before.strength:
        found.append((("needs",), "needs", before.needs, after.needs))
    if before.fresh and (not after.fresh or after.fresh.value > before.fresh.value):
        found.append((("fresh",), "fresh", before.fresh.text, getattr(after.fresh, "text", "none")))
    if before.confident and not after.confident:
        found.append((("confident",), "confident", "true", "false"))
    if before.map is not None and (before.map, before.reader) != (after.map, after.reader):
        found.append((("map",), "map", "its map", "another map"))
    mine = {expectation.key(): (i, expectation) for i, expectation in enumerate(after.expect)}
    for expectation in before.expect:
        index, other = mine[expectation.key()]
        if not _at_least_as_tight(expectation, other):
            found.append((("expect", index), "expectation", f"`{expectation.text}`",
                          f"`{other.text}`"))  # fmt: skip
    return found


def _at_least_as_tight(before: Expectation, after: Expectation) -> bool:
    """Whether whatever satisfies `after` satisfies `before`. Unknown counts as no."""
    if before.limit == after.limit and before.op in (after.op, f"{after.op}="):
        return True
    if before.op not in ORDERINGS:
        if before.op == "in" and isinstance(before.limit, tuple) and isinstance(after.limit, tuple):
            return set(after.limit) <= set(before.limit)
        return False
    sign = 1 if before.op.startswith("<") else -1
    if isinstance(before.limit, Quantity) and isinstance(after.limit, Quantity):
        if before.limit.dimension != after.limit.dimension:
            return False
        difference = sign * (before.limit.value - after.limit.value)
    elif isinstance(before.limit, Reference) and isinstance(after.limit, Reference):
        if before.limit.name != after.limit.name:
            return False
        difference = sign * (before.limit.factor - after.limit.factor)
    else:
        return False
    return difference > 0 or (difference == 0 and (before.op == after.op or before.op[-1] == "="))
