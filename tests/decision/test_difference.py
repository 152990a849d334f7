"""What moved between two reviews: better by another method is no progress, worse is a regression."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.decision.difference import difference, regressed
from readiness.model.evidence_result import EvidenceFile
from readiness.model.review import CREDIT, ItemResult, Outcome, Review
from tests.rendering.reviews import review

BASE = review("no-go-5")
OUTCOMES = [*CREDIT, None]


def with_item(found: Review, item_id: str, **changes: Any) -> Review:
    items = tuple(replace(i, **changes) if i.id == item_id else i for i in found.items)
    return replace(found, items=items)


def outcome(found: Review, item_id: str, to: Outcome | None) -> Review:
    return with_item(found, item_id, outcome=to, credit=CREDIT[to] if to else 0.0)


def an_item(found: Review, state: str) -> ItemResult:
    return next(item for item in found.items if item.outcome == state)


def test_the_same_review_has_not_moved() -> None:
    found = difference(BASE, BASE)
    assert (found.comparable, found.method, found.items, found.evidence, found.decisions) == (True, (), (), (), ())
    assert regressed(found) is None


@pytest.mark.parametrize("before", OUTCOMES)
@pytest.mark.parametrize("after", OUTCOMES)
@pytest.mark.parametrize("same", [True, False])
def test_effects(before: Outcome | None, after: Outcome | None, same: bool) -> None:
    item = BASE.items[0].id
    new = outcome(BASE, item, after)
    if not same:
        new = replace(new, launch=replace(new.launch, parameters={**new.launch.parameters, "x": "1"}))
    found = difference(outcome(BASE, item, before), new)
    effects = [move.effect for move in found.items]
    if before == after or (before and after and CREDIT[before] == CREDIT[after]):
        assert effects == []
    elif before is None or after is None:
        assert effects == ["added" if before is None else "dropped"]
    elif CREDIT[after] < CREDIT[before]:
        assert effects == ["regression"]
    else:
        assert effects == ["progress" if same else "method"]
    assert (regressed(found) is not None) is (effects in (["regression"], ["dropped"]))


def _checklist(found: Review) -> Review:
    return replace(found, checklists=(replace(found.checklists[0], sha256="0" * 64), *found.checklists[1:]))


METHODS: dict[str, Any] = {
    "a checklist": _checklist,
    "a parameter": lambda r: replace(r, launch=replace(r.launch, parameters={"peak": "1 rps"})),
    "the scope": lambda r: replace(r, launch=replace(r.launch, changes=())),
    "locales": lambda r: replace(r, launch=replace(r.launch, locales=("fr-FR",))),
    "the tool": lambda r: replace(r, tool="readiness 9.0.0"),
    "how evidence is read": lambda r: replace(r, launch=replace(r.launch, reading="other")),
    "a gate": lambda r: with_item(r, r.items[0].id, gate="deferrable"),
    "a harm": lambda r: with_item(r, r.items[0].id, harm="negligible"),
}


@pytest.mark.parametrize("name", METHODS)
def test_a_change_of_the_method_is_never_progress(name: str) -> None:
    better = replace(BASE, items=tuple(
        replace(i, outcome="proven", credit=1.0) if i.outcome else i for i in BASE.items))  # fmt: skip
    found = difference(BASE, METHODS[name](better))
    assert found.method
    assert not found.comparable
    assert {move.effect for move in found.items} == {"method"}
    assert regressed(found) is None


def test_a_limit_that_moved_is_named() -> None:
    item = an_item(BASE, "failed")
    findings = item.requirements[0].findings
    looser = tuple(replace(f, limit="9 s") if f.limit else f for f in findings)
    parts = (replace(item.requirements[0], findings=looser), *item.requirements[1:])
    found = difference(BASE, with_item(BASE, item.id, requirements=parts))
    assert any(text.startswith(f"{item.id} ") and text.endswith("→ 9 s") for text in found.method)


def test_evidence_added_removed_changed_and_re_dated() -> None:
    first, second, third, *rest = BASE.evidence
    at = datetime(2026, 1, 1, tzinfo=UTC)
    other = replace(first, files=(EvidenceFile(first.path, "f" * 64, 1),))
    new = replace(BASE, evidence=(other, replace(second, produced=at), replace(third, path="new.json"), *rest))
    moves = {move.path: move.change for move in difference(BASE, new).evidence}
    assert moves == {first.path: "changed", second.path: "re-dated", third.path: "removed", "new.json": "added"}


def test_a_move_names_the_evidence_that_changed() -> None:
    piece = next(e for e in BASE.evidence if e.items)
    changed = replace(piece, files=(EvidenceFile(piece.path, "f" * 64, 1),))
    new = replace(BASE, evidence=tuple(changed if e == piece else e for e in BASE.evidence))
    item = next(i for i in BASE.items if i.id == piece.items[0])
    new = outcome(new, item.id, "failed" if item.outcome == "proven" else "proven")
    assert difference(BASE, new).items[0].evidence == (piece.path,)


def test_decisions_that_are_new_gone_or_stand_otherwise() -> None:
    first, second, *rest = BASE.records
    new = replace(BASE, records=(replace(first, status="expired", why_status="expired on 2026-09-01"), *rest))
    found = {(move.item, move.before, move.after) for move in difference(BASE, new).decisions}
    assert found == {(first.item, first.status, "expired"), (second.item, second.status, "none")}
    assert difference(new, BASE).items == ()


@given(st.lists(st.tuples(st.integers(0, len(BASE.items) - 1), st.sampled_from(OUTCOMES)), max_size=6))
def test_back_and_forth_mirror(edits: list[tuple[int, Outcome | None]]) -> None:
    """What is progress one way is a regression the other way, and each item is in one list."""
    new = BASE
    for index, to in edits:
        new = outcome(new, BASE.items[index].id, to)
    there, back = difference(BASE, new), difference(new, BASE)
    mirror = {"progress": "regression", "regression": "progress", "dropped": "added", "added": "dropped"}
    assert {(m.item, mirror[m.effect]) for m in there.items} == {(m.item, m.effect) for m in back.items}
    assert len({m.item for m in there.items}) == len(there.items)
