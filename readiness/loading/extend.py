"""`extends`: merge a child checklist's item into its parent's; a child may tighten, never loosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.errors import Diagnostic, InputError
from readiness.model.checklist import HARM, RISK, Item, Requirement, Tightness, When
from readiness.model.expectation import ORDERINGS, Reference, parse_expectation
from readiness.model.quantity import Quantity

if TYPE_CHECKING:
    from readiness.model.expectation import Expectation
    from readiness.strict_yaml import Node


def merge(parent: Node, child: Node) -> Node:
    """Lay a child's keys over its parent's; requirements of the same source are laid over too."""
    content = {**parent.content, **child.content}
    theirs, ours = parent.get("evidence"), child.get("evidence")
    if theirs is not None and ours is not None and isinstance(ours.content, list):
        merged = ours.with_content(_merge_requirements(theirs, ours))
        content["evidence"] = (child.content["evidence"][0], merged)
    return child.with_content(content)


def _merge_requirements(theirs: Node, ours: Node) -> list[Node]:
    """Match requirements by source; what the child does not name stays as the parent has it."""
    result = {_source(node): node for node in theirs.content}
    for index, node in enumerate(ours.content):
        source = _source(node) or ("none", index)
        while source in result and result[source] not in theirs.content:
            source = (*source, index)  # the child names a source twice: the item will say so
        base = result.get(source)
        result[source] = _merge_requirement(base, node) if base is not None else node
    return list(result.values())


def _source(node: Node) -> tuple[object, ...]:
    for key in ("slot", "path", "analysis"):
        value = node.get(key)
        if value is not None and not isinstance(value.content, (dict, list)):
            return key, value.content
    return ()


def _merge_requirement(base: Node, node: Node) -> Node:
    content = {**base.content, **node.content}
    theirs, ours = base.get("expect"), node.get("expect")
    if theirs is not None and ours is not None and isinstance(ours.content, list):
        kept = {_expect_key(n): n for n in theirs.content}
        kept.update({_expect_key(n): n for n in ours.content})
        content["expect"] = (node.content["expect"][0], ours.with_content(list(kept.values())))
    return node.with_content(content)


def _expect_key(node: Node) -> object:
    """Return what two expectations share when one restates the other; itself if it is broken."""
    from readiness.model.base import read_expectation  # noqa: PLC0415 - imports pydantic

    try:
        return read_expectation(node.data()).key()
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
    for change in found:
        place = node.find(change.path)[0]
        origin = parent_node.find(change.before_path or change.path)[0]
        diagnostics.append(place.error(
            "loosened", f"{merged.id} is a blocker and may only be tightened: {change.what} "
            f"{change.before} (at {origin.at}) becomes {change.after}",
            f"keep {change.before}, or accept the risk with a waiver in decisions.yaml"))  # fmt: skip
    if diagnostics:
        raise InputError(*diagnostics)
