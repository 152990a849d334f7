"""How one policy differs from another: what it loosens, tightens, or merely changes.

In: two plans, of a trusted base and of the tree that is judged. Out: every difference with both
values and both places. What cannot be shown to be at least as tight counts as loosened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Location
from readiness.loading.drift_launch import launch_changes, record_changes
from readiness.loading.extend import (
    at_least_as_tight,
    condition,
    covers,
    loosened_evidence,
    loosened_fields,
)
from readiness.model.checklist import HARM, RISK, Tightness
from readiness.model.expectation import Reference
from readiness.model.policy_result import PolicyChange
from readiness.model.quantity import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from readiness.model.decisions import Decision
    from readiness.model.plan import Bound, Check, Plan, PlannedItem

_ORDER = ("loosened", "tightened", "changed")
_SCALES: tuple[tuple[str, Callable[[str], int]], ...] = (
    ("gate", lambda word: Tightness[word]),
    ("harm", HARM.__getitem__),
    ("risk", RISK.__getitem__),
)


class Drift(NamedTuple):
    """How a tree's policy differs from a base's.

    Attributes:
        changes: every difference, what loosens first.
        weakened: ids of items that the tree asks less of: their credit says nothing of the base's.
        weights: harm × risk by item id, as the base has them, for items that apply there.
        unmerged: records that the base does not have.
    """

    changes: tuple[PolicyChange, ...]
    weakened: frozenset[str]
    weights: Mapping[str, int]
    unmerged: tuple[Decision, ...]


def drift(base: Plan, tree: Plan) -> Drift:
    """Compare the policy of a tree with that of a base."""
    mine = {planned.item.id: planned for planned in tree.items}
    items = [
        change for was in base.items for change in _item_changes(was, mine.get(was.item.id), tree)
    ]
    items += [_added(now, base) for name, now in mine.items() if name not in _ids(base)]
    records, unmerged = record_changes(base, tree)
    launch = list(launch_changes(base, tree))
    weakened = {change.item for change in items if change.effect == "loosened"}
    if any(change.effect == "loosened" for change in launch):
        weakened |= {i.item.id for i in tree.items if any(b.analysis for b in i.requirements)}
    weights = {
        i.item.id: HARM[i.item.harm] * RISK[i.item.risk] for i in base.items if not i.skipped
    }
    changes = sorted({*items, *launch, *records}, key=_key)
    return Drift(tuple(changes), frozenset(weakened), weights, unmerged)


def _key(change: PolicyChange) -> tuple[object, ...]:
    return _ORDER.index(change.effect), change.item, change.what, change.before, change.after


def _ids(plan: Plan) -> set[str]:
    return {planned.item.id for planned in plan.items}


def _added(now: PlannedItem, base: Plan) -> PolicyChange:
    at = base.items[0].at if base.items else now.at
    return PolicyChange("tightened", now.item.id, "item", "none", now.item.gate, now.at, at)


def _item_changes(was: PlannedItem, now: PlannedItem | None, tree: Plan) -> Iterator[PolicyChange]:
    name = was.item.id
    if now is None:
        at = Location(was.at.path)
        yield PolicyChange("loosened", name, "item", was.item.gate, "dropped", at, was.at)
        return
    if now.skipped and not was.skipped:
        yield _change("loosened", "applies", "it applies", now.skipped, now, was)
    elif was.skipped and not now.skipped:
        yield _change("tightened", "applies", was.skipped, "it applies", now, was)
    yield from _fields(was, now, tree)
    if was.skipped or now.skipped:
        for found in loosened_evidence(was.item, now.item):
            yield _change("loosened", found.what, found.before, found.after, now, was)
    else:
        yield from _requirements(was, now)


def _change(
    effect: str, what: str, before: str, after: str, now: PlannedItem, was: PlannedItem
) -> PolicyChange:
    return PolicyChange(effect, now.item.id, what, before, after, now.at, was.at)  # type: ignore[arg-type]


def _fields(was: PlannedItem, now: PlannedItem, tree: Plan) -> Iterator[PolicyChange]:
    old, new = was.item, now.item
    for found in loosened_fields(old, new):
        yield _change("loosened", found.what, found.before, found.after, now, was)
    for name, scale in _SCALES:
        before, after = getattr(old, name), getattr(new, name)
        if scale(after) > scale(before):
            yield _change("tightened", name, before, after, now, was)
    wider = new.when is None or covers(new.when, old.when)
    if old.when is not None and new.when != old.when and wider:
        after = condition(new.when) if new.when else "always"
        yield _change("tightened", "when", condition(old.when), after, now, was)
    decided = any(planned.decision.item == new.id for planned in tree.decisions)
    for what, before, after in (
        ("owner", was.owner, now.owner),
        ("area", old.area, new.area),
        ("domain", old.domain or "none", new.domain or "none"),
    ):
        if before != after:  # who may decide about an item depends on its owner and its area
            effect = "loosened" if decided and what != "domain" else "changed"
            yield _change(effect, what, before, after, now, was)


def _requirements(was: PlannedItem, now: PlannedItem) -> Iterator[PolicyChange]:
    mine = {bound.source: bound for bound in now.requirements}
    theirs = {bound.source: bound for bound in was.requirements}
    for source, before in theirs.items():
        after = mine.get(source)
        if after is None:
            yield PolicyChange(
                "loosened", was.item.id, "evidence", source, "nothing", now.at, before.at
            )
            continue
        for effect, what, old, new, at, before_at in _bound_changes(before, after):
            yield PolicyChange(effect, was.item.id, what, old, new, at, before_at)  # type: ignore[arg-type]
    for source, added in mine.items():
        if source not in theirs:
            yield PolicyChange(
                "tightened", was.item.id, "evidence", "nothing", source, added.at, was.at
            )


_Found = tuple[str, str, str, str, Location, Location]


def _bound_changes(before: Bound, after: Bound) -> Iterator[_Found]:
    def found(effect: str, what: str, old: str, new: str) -> _Found:
        return effect, f"{what} of {before.source}", old, new, after.at, before.at

    if after.needs != before.needs:
        effect = "loosened" if after.needs < before.needs else "tightened"
        yield found(effect, "needs", before.needs.name, after.needs.name)
    if after.fresh_ms != before.fresh_ms:
        wider = after.fresh_ms is None or (before.fresh_ms or after.fresh_ms) < after.fresh_ms
        effect = "loosened" if before.fresh_ms is not None and wider else "tightened"
        yield found(effect, "fresh", _age(before.fresh_ms), _age(after.fresh_ms))
    if after.confident != before.confident:
        effect = "tightened" if after.confident else "loosened"
        yield found(effect, "confident", str(before.confident), str(after.confident))
    yield from _reading_changes(before, after, found)
    yield from _check_changes(before, after)


def _reading_changes(
    before: Bound, after: Bound, found: Callable[[str, str, str, str], _Found]
) -> Iterator[_Found]:
    """Compare how files are read; another way may read another value, so it counts as looser."""
    if before.analysis is not None or not before.patterns:
        return  # an analysis has no files, and the base did not say where they are
    chosen = bool(before.readers) and set(after.readers) <= set(before.readers)
    if after.readers != before.readers and not chosen:
        old, new = (", ".join(readers) or "any" for readers in (before.readers, after.readers))
        yield found("loosened", "reader", old, new)
    if after.map != before.map:
        yield found("loosened", "map", _map(before), _map(after))
    if after.patterns != before.patterns:
        yield found("changed", "path", ", ".join(before.patterns), ", ".join(after.patterns))


def _map(bound: Bound) -> str:
    return "none" if bound.map is None else bound.map.model_dump_json(exclude_defaults=True)


def _age(milliseconds: float | None) -> str:
    return "any age" if milliseconds is None else show(milliseconds, "ms")


def _check_changes(before: Bound, after: Bound) -> Iterator[_Found]:
    """Compare expectations with what parameters make of them."""
    for check in before.checks:
        if isinstance(check.expectation.limit, Reference):
            continue  # the base gave no value
        same = [c for c in after.checks if _restates(c, check)]
        kept = [c for c in same if at_least_as_tight(check.expectation, c.expectation)]
        if not kept:
            now = same[0] if same else None
            if now and _renamed(check, now):
                yield "changed", "limit", _limit(check), _limit(now), now.at, check.at
                continue
            shown, at = (_limit(now), now.at) if now else ("nothing", after.at)
            yield "loosened", "limit", _limit(check), shown, at, check.at
        elif not any(at_least_as_tight(c.expectation, check.expectation) for c in kept):
            yield "tightened", "limit", _limit(check), _limit(kept[0]), kept[0].at, check.at
    for check in after.checks:
        if not any(_restates(check, was) for was in before.checks):
            yield "tightened", "limit", "nothing", _limit(check), check.at, before.at


def _restates(one: Check, other: Check) -> bool:
    alike = one.expectation.key() == other.expectation.key()
    return alike or one.expectation.text == other.expectation.text


def _renamed(before: Check, after: Check) -> bool:
    """Whether both ask for the same parameter, a word: it says what is launched, such as `v43`."""
    words = isinstance(before.expectation.limit, str) and isinstance(after.expectation.limit, str)
    written = before.expectation.text == after.expectation.text
    return words and written and bool(before.limit and after.limit)


def _limit(check: Check) -> str:
    text = check.expectation.text
    return f"{text}, which is {check.limit}" if check.limit else text
