"""`extends`: merge a child's item into its parent's; a child may tighten, never loosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Diagnostic, InputError
from readiness.model.checklist import HARM, RISK, Item, Requirement, Tightness, When
from readiness.model.expectation import ORDERINGS, Reference
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
        restated = {_expect_key(n) for n in ours.content}
        kept = [n for n in theirs.content if _expect_key(n) not in restated]
        content["expect"] = (node.content["expect"][0], ours.with_content([*kept, *ours.content]))
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
    found = [*loosened_fields(parent, merged), *loosened_evidence(parent, merged)]
    diagnostics: list[Diagnostic] = []
    for change in found:
        place = node.find(change.path)[0]
        origin = parent_node.find(change.before_path or change.path)[0]
        if change.unlike:
            diagnostics.append(
                origin.error(
                    "unit",
                    f"{change.before} cannot be compared with {change.after} (at {place.at})",
                    "use units of one kind in both",
                )
            )
        diagnostics.append(
            place.error(
                "loosened",
                f"{merged.id} is a blocker and may only be tightened: {change.what} "
                f"{change.before} (at {origin.at}) becomes {change.after}",
                f"keep {change.before}, or accept the risk with a waiver in decisions.yaml",
            )
        )
    if diagnostics:
        raise InputError(*diagnostics)


class _Change(NamedTuple):
    """One loosening: its path in the merged item, what it is, both values, the parent's path."""

    path: tuple[int | str, ...]
    what: str
    before: str
    after: str
    before_path: tuple[int | str, ...] = ()
    unlike: bool = False


def loosened_fields(parent: Item, merged: Item) -> list[_Change]:
    """Return what a form of an item asks less than another, its evidence aside."""
    found: list[_Change] = []
    if Tightness[merged.gate] < Tightness[parent.gate]:
        found.append(_Change(("gate",), "gate", parent.gate, merged.gate))
    if HARM[merged.harm] < HARM[parent.harm]:
        found.append(_Change(("harm",), "harm", parent.harm, merged.harm))
    if RISK[merged.risk] < RISK[parent.risk]:
        found.append(_Change(("risk",), "risk", parent.risk, merged.risk))
    if merged.when is not None and not covers(merged.when, parent.when):
        before = "always" if parent.when is None else condition(parent.when)
        found.append(_Change(("when",), "when", before, condition(merged.when)))
    if dropped := [
        g for g in parent.invalidated_by or () if g not in (merged.invalidated_by or ())
    ]:
        kept = f"[{', '.join(merged.invalidated_by or ())}]"
        before = f"`{dropped[0]}`"
        found.append(_Change(("invalidated_by",), "invalidated_by", before, kept))
    return found


def covers(after: When, before: When | None) -> bool:
    """Whether `after` applies to every launch that `before` applies to."""
    return before is not None and all(
        set(getattr(before, key) or ()) <= set(getattr(after, key) or ())
        for key in ("changes", "locales")
    )


def condition(when: When) -> str:
    """Write a condition: `[traffic, model]`."""
    return f"[{', '.join([*(when.changes or ()), *(when.locales or ())])}]"


def loosened_evidence(parent: Item, merged: Item) -> list[_Change]:
    """Return what a form of an item asks less of its evidence than another."""
    found: list[_Change] = []
    ours = {requirement.source: (i, requirement) for i, requirement in enumerate(merged.evidence)}
    for number, requirement in enumerate(parent.evidence):
        if requirement.source not in ours:
            found.append(
                _Change(
                    ("evidence",), "evidence", requirement.source, "nothing", ("evidence", number)
                )
            )
            continue
        index, mine = ours[requirement.source]
        found += [
            change._replace(
                path=("evidence", index, *change.path),
                before_path=("evidence", number, *(change.before_path or change.path)),
            )
            for change in _loosened_requirement(requirement, mine)
        ]
    return found


def _loosened_requirement(before: Requirement, after: Requirement) -> list[_Change]:
    found: list[_Change] = []
    if after.strength < before.strength:
        found.append(_Change(("needs",), "needs", before.needs, after.needs))
    if before.fresh and (not after.fresh or after.fresh.value > before.fresh.value):
        found.append(
            _Change(
                ("fresh",), "fresh", before.fresh.text, after.fresh.text if after.fresh else "none"
            )
        )
    if before.confident and not after.confident:
        found.append(_Change(("confident",), "confident", "true", "false"))
    found += [
        _Change((key,), key, f"its {key}", f"another {key}")
        for key in ("map", "reader", "produced")
        if getattr(before, key) is not None and getattr(before, key) != getattr(after, key)
    ]
    for number, expectation in enumerate(before.expect):
        same = [(i, e) for i, e in enumerate(after.expect) if e.key() == expectation.key()]
        if not any(at_least_as_tight(expectation, other) for _, other in same):
            path: tuple[int | str, ...] = ("expect", same[0][0]) if same else ("expect",)
            shown = f"`{same[0][1].text}`" if same else "nothing"
            unlike = bool(same) and _dimension(expectation) != _dimension(same[0][1])
            found.append(
                _Change(
                    path, "expectation", f"`{expectation.text}`", shown, ("expect", number), unlike
                )
            )
    return found


def _dimension(expectation: Expectation) -> str:
    return expectation.limit.dimension if isinstance(expectation.limit, Quantity) else ""


def at_least_as_tight(before: Expectation, after: Expectation) -> bool:
    """Whether whatever satisfies `after` satisfies `before`. Unknown counts as no."""
    if before.op not in ORDERINGS:
        return _same_or_fewer(before, after)
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


def _same_or_fewer(before: Expectation, after: Expectation) -> bool:
    if before.op != after.op:
        return False
    one, other = before.limit, after.limit
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        return (one.value, one.dimension) == (other.value, other.dimension)
    if before.op == "in" and isinstance(one, tuple) and isinstance(other, tuple):
        return not isinstance(one, Reference) and set(other) <= set(one)
    return one == other
