"""A review beside earlier ones: what counts as another method, and since when an item is as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from readiness.decision.history import MOST, Recorded, digest_of, history, method_of
from readiness.model.review import Outcome, Review
from tests.rendering.reviews import review

NOW = review("no-go-5")
ITEM = "LOAD-01"


def past(days: int, **change: Any) -> Recorded:
    changed = replace(NOW, as_of=NOW.as_of - timedelta(days=days), history=None, **change)
    return Recorded(changed, f"{days:064x}")


def with_outcome(outcome: Outcome | None, days: int) -> Recorded:
    items = tuple(replace(i, outcome=outcome) if i.id == ITEM else i for i in NOW.items)
    return past(days, items=items)


def launch(**change: Any) -> dict[str, Any]:
    return {"launch": replace(NOW.launch, **change)}


def test_the_first_review_has_no_past() -> None:
    found = history(NOW, [])
    assert (found.past, found.older, found.changed, found.notes) == ((), 0, (), ())
    assert {(i.reviews, i.since, i.earlier, i.last) for i in found.items} == {(1, NOW.as_of, "", None)}
    assert [i.item for i in found.items] == [i.id for i in NOW.items if i.outcome is not None]


def test_figures_are_those_of_the_recorded_review() -> None:
    score = replace(NOW.score, readiness=12)
    (found,) = history(NOW, [past(3, score=score, complete=False)]).past
    assert (found.as_of, found.version, found.commit) == (NOW.as_of - timedelta(days=3), "1.4.0", "4f2a9c1d")
    assert (found.readiness, found.open_blockers, found.blockers, found.items) == (12, 5, 8, 13)
    assert (found.decision, found.complete, found.changed) == ("NO-GO", False, ())


def changed(**change: Any) -> tuple[str, ...]:
    found = history(NOW, [past(1, **change)])
    assert (found.method == found.past[0].method) == (found.changed == ())
    return found.changed


def test_what_is_another_method() -> None:
    (list_,) = NOW.checklists
    assert changed() == ()
    assert changed(tool="readiness 0.1.9") == ()
    assert changed(tool="readiness 0.2.0") == ("tool readiness 0.2 → readiness 0.1",)
    assert changed(checklists=(replace(list_, sha256="cd" * 32),)) == ("checklist llm-service 1.0.0 edited",)
    assert changed(checklists=(replace(list_, version="0.9.0"),)) == ("checklist llm-service 0.9.0 → 1.0.0",)
    assert changed(checklists=()) == ("checklist llm-service added",)
    assert changed(**launch(parameters={"peak": "100 rps", "users": "9"})) == (
        "parameter peak 100 rps → 120 rps", "parameter users removed")  # fmt: skip
    assert changed(**launch(changes=("prompt",))) == ("changes traffic added",)
    assert changed(**launch(locales=("en-US", "de-DE", "fr-FR"))) == ("locale fr-FR removed",)
    assert changed(**launch(version="1.3.0", commit="", launch_date=date(2026, 1, 1), title="x", owner="y")) == ()


def test_from_one_on_the_tool_counts_by_its_major_version() -> None:
    assert method_of(replace(NOW, tool="readiness 1.2.3")) == method_of(replace(NOW, tool="readiness 1.9.0"))
    assert method_of(replace(NOW, tool="readiness 1.2.3")) != method_of(replace(NOW, tool="readiness 2.0.0"))


def test_many_changes_are_counted() -> None:
    assert changed(**launch(parameters={f"p{n}": "1" for n in range(9)} | {"peak": "120 rps"}))[-1] == "3 more"


def test_a_change_between_two_earlier_reviews_is_told() -> None:
    found = history(NOW, [past(3, **launch(parameters={})), past(2), past(1)])
    assert [p.changed for p in found.past] == [(), ("parameter peak added",), ()]
    assert found.changed == ()


def item(*rows: Recorded) -> tuple[int, int, str, int | None]:
    found = next(i for i in history(NOW, rows).items if i.item == ITEM)
    last = (NOW.as_of - found.last).days if found.last else None
    return found.reviews, (NOW.as_of - found.since).days, found.earlier, last


def test_since_when_an_item_has_its_outcome() -> None:
    assert item(with_outcome("proven", 9), past(6), past(2)) == (3, 6, "proven", 9)
    assert item(past(9), with_outcome("stale", 6), past(2)) == (2, 2, "stale", 6)
    assert item(with_outcome("missing", 1)) == (1, 0, "missing", 1)
    assert item(with_outcome(None, 4), past(2)) == (2, 2, "not applicable", 4)
    assert item(past(9), past(3)) == (3, 9, "", None)
    assert item(past(4, items=tuple(i for i in NOW.items if i.id != ITEM)), past(2)) == (2, 2, "not asked", 4)


def test_a_change_of_outcome_across_a_change_of_method_says_so() -> None:
    before = with_outcome("proven", 3)
    other = Recorded(replace(before.review, **launch(parameters={"peak": "90 rps"})), before.digest)
    pasts = [next(i for i in history(NOW, [entry]).items if i.item == ITEM) for entry in (before, other)]
    assert [entry.method_changed for entry in pasts] == [False, True]


def test_the_oldest_are_left_out_and_still_count_for_items() -> None:
    found = history(NOW, [past(MOST + 10 - n) for n in range(MOST + 7)])
    assert (len(found.past), found.older) == (MOST, 7)
    assert {i.reviews for i in found.items} == {MOST + 8}


KINDS = st.sampled_from(["proven", "failed", "missing", "stale"])


@given(st.lists(KINDS, max_size=12))
def test_the_row_is_the_longest_that_ends_now(outcomes: list[Outcome]) -> None:
    rows = [with_outcome(outcome, 20 - n) for n, outcome in enumerate(outcomes)]
    reviews, _, earlier, _ = item(*rows)
    now = next(i.outcome for i in NOW.items if i.id == ITEM)
    row = outcomes[len(outcomes) - reviews + 1 :]
    assert set(row) <= {now}
    assert earlier == ("" if len(row) == len(outcomes) else outcomes[-reviews])
    assert earlier != now


def test_the_digest_of_a_method_does_not_depend_on_order() -> None:
    one = replace(NOW, **launch(parameters={"a": "1", "b": "2"}))
    other: Review = replace(NOW, **launch(parameters={"b": "2", "a": "1"}))
    assert digest_of(method_of(one)) == digest_of(method_of(other))
