"""The score by hand, and its bounds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.decision.score import score
from readiness.model.checklist import HARM, RISK
from readiness.model.review import CREDIT, Finding, ItemResult, RequirementResult

from .material import AT, item, record


def test_by_hand() -> None:
    items = [
        item("A", harm="severe", risk="likely"),  # 100 × 30 = 3000, proven
        item("B", "stale", harm="major", risk="possible"),  # 30 × 10 = 300, half
        item("C", "inconclusive", "deferrable", harm="minor", risk="rare"),  # 3 × 1, a quarter
        item("D", "missing", harm="moderate", risk="expected"),  # 10 × 90 = 900, nothing
        item("E", None, harm="severe", risk="expected"),  # does not apply
    ]
    result = score(items)
    total = 3000 + 300 + 3 + 900
    assert result.exact == pytest.approx(100 * (3000 + 150 + 0.75) / total)
    assert result.readiness == 74
    assert result.coverage == pytest.approx((3000 + 300 + 3) / total)
    assert result.current == pytest.approx((3000 + 3) / total)
    assert result.held_by == ("B", "D")


@pytest.mark.parametrize(("outcome", "current"), [("stale", 0.5), ("invalid", 0.5), ("missing", 1.0), ("failed", 1.0)])
def test_what_failed_and_is_stale_as_well_is_not_current(outcome: Any, current: float) -> None:
    findings = tuple(Finding("fresh 14d", told, 0.0, "", "", "", AT) for told in ("failed", outcome))
    need = RequirementResult("slot load-test", (), "", "measured", 14.0, (), "failed", 0.0, findings, AT)
    assert score([item("A", "failed", requirements=(need,)), item("B")]).current == current


def test_a_hair_below_100_is_99() -> None:
    items = [item(f"A{n}", harm="severe", risk="expected") for n in range(90)]
    result = score([*items, item("Z", "stale", "deferrable", harm="negligible", risk="rare")])
    assert result.exact > 99.999
    assert result.readiness == 99
    assert score(items).readiness == 100


def test_dispositions_earn_nothing_and_only_hold_open_what_they_do() -> None:
    waived = score([item("A"), item("B", "failed", disposition=record())])
    signed = score([item("A"), item("B", "failed", disposition=record("sign-off"))])
    bare = score([item("A"), item("B", "failed")])
    assert waived.exact == signed.exact == bare.exact == 50
    assert (waived.held_by, signed.held_by, bare.held_by) == ((), ("B",), ("B",))


def test_what_does_not_apply_is_in_no_sum() -> None:
    assert score([item("A", None)]).readiness == 0
    assert score([item("A"), item("B", None)]).exact == 100


items = st.builds(
    item,
    st.integers(0, 10_000).map(str),
    st.sampled_from((*CREDIT, None)),
    st.sampled_from(("blocker", "deferrable")),
    harm=st.sampled_from(sorted(HARM)),
    risk=st.sampled_from(sorted(RISK)),
)


@given(st.lists(items, max_size=8))
def test_bounds_and_order(several: list[ItemResult]) -> None:
    result = score(several)
    assert 0 <= result.readiness <= result.exact <= 100
    assert 0 <= result.current <= result.coverage <= 1
    assert score(several[::-1]) == result
    applicable = [i for i in several if i.outcome is not None]
    assert (result.readiness == 100) == (bool(applicable) and all(i.outcome == "proven" for i in applicable))
