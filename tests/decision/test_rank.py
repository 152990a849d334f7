"""The ranking: by hand, and its study of other weights."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.decision.rank import STUDY, priority, rank
from readiness.model.checklist import HARM, RISK
from readiness.model.review import ItemResult

from .material import item, record


def test_blockers_first_then_priority_then_id() -> None:
    items = [
        item("C", "failed", harm="moderate", risk="possible"),
        item("B", "failed", harm="moderate", risk="possible"),
        item("A", "stale", harm="moderate", risk="possible"),
        item("D", "failed", "deferrable", harm="severe", risk="expected"),
        item("E", "failed", harm="severe", risk="expected", disposition=record()),
        item("F"),
        item("G", None),
    ]
    ranks = rank(items)
    assert [(r.rank, r.item, r.priority) for r in ranks] == [
        (1, "B", 1.0), (2, "C", 1.0), (3, "A", 0.5), (4, "D", 90.0), (5, "E", 90.0),
    ]  # fmt: skip
    assert {r.item: (r.best, r.worst) for r in ranks[:3]} == {"B": (1, 2), "C": (1, 2), "A": (3, 3)}


def test_priority_is_harm_times_risk_times_gap() -> None:
    assert priority(item("A", "failed", harm="severe", risk="likely", gap=1.5)) == pytest.approx(45)
    assert priority(item("A", "stale", harm="minor", risk="rare")) == pytest.approx(0.015)


def test_one_open_item_is_firmly_first() -> None:
    only = rank([item("A", "failed"), item("B")])[0]
    assert (only.rank, only.best, only.worst, only.top_five, only.place) == (1, 1, 1, 1.0, "firm")


def test_dominance_is_firm_and_near_ties_are_contested() -> None:
    strong = [item(f"A{n}", "failed", harm="severe", risk="expected") for n in range(1)]
    near = [item(f"N{n}", "failed", harm=h, risk=r)
            for n, (h, r) in enumerate((("minor", "likely"), ("moderate", "possible"), ("major", "unlikely"),
                                        ("severe", "rare")))]  # fmt: skip
    ranks = {r.item: r for r in rank([*near, *strong])}
    assert (ranks["A0"].best, ranks["A0"].worst, ranks["A0"].place) == (1, 1, "firm")
    assert {ranks[i.id].place for i in near} == {"contested"}
    assert all((ranks[i.id].best, ranks[i.id].worst) == (2, 5) for i in (near[0], near[3]))


def test_the_study_is_seeded_and_its_seed_matters() -> None:
    items = [item(f"A{n}", "failed", harm=h, risk=r) for n, (h, r) in enumerate(zip(sorted(HARM), sorted(RISK), strict=True))]
    assert rank(items) == rank(items)
    assert rank(items) == rank(items[::-1])
    assert [r.item for r in rank(items, replace(STUDY, seed=1))] == [r.item for r in rank(items)]


def test_without_variation_the_ranges_are_the_ranks() -> None:
    fixed = replace(STUDY, exponents=(1.0, 1.0), bands=0.0)
    items = [item(f"A{n}", "failed", harm=harm) for n, harm in enumerate(sorted(HARM, key=HARM.__getitem__))]
    ranks = rank(items, fixed)
    assert [r.item for r in ranks] == ["A4", "A3", "A2", "A1", "A0"]
    assert all(r.best == r.rank == r.worst for r in ranks)


items = st.builds(
    item, st.integers(0, 99).map(lambda n: f"I{n:02d}"),
    st.sampled_from(("failed", "missing", "stale", "inconclusive", "proven", None)),
    st.sampled_from(("blocker", "deferrable")),
    harm=st.sampled_from(sorted(HARM)), risk=st.sampled_from(sorted(RISK)),
    gap=st.sampled_from((0.5, 0.75, 1.0, 4 / 3, 2.0)),
)  # fmt: skip


@given(st.lists(items, max_size=15, unique_by=lambda i: i.id))
def test_every_open_item_has_one_place_within_its_range(several: list[ItemResult]) -> None:
    ranks = rank(several)
    assert sorted(r.item for r in ranks) == sorted(i.id for i in several if i.open)
    for number, entry in enumerate(ranks, 1):
        assert entry.rank == number
        assert 1 <= entry.best <= entry.rank <= entry.worst <= len(ranks)
    assert rank(several[::-1]) == ranks
