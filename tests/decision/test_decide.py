"""The decision from outcomes and dispositions."""

from __future__ import annotations

import pytest

from readiness.decision.decide import NothingToDecide, decide
from readiness.model.review import ItemResult, Outcome

from .material import item, record

OPEN: tuple[Outcome, ...] = ("failed", "missing", "stale", "invalid", "inconclusive")


def test_everything_proven_is_go() -> None:
    assert decide([item("A"), item("B", gate="deferrable"), item("C", None)]) == "GO"


@pytest.mark.parametrize("outcome", OPEN)
def test_an_open_blocker_is_no_go_and_an_open_deferrable_a_condition(outcome: Outcome) -> None:
    assert decide([item("A", outcome), item("B")]) == "NO-GO"
    assert decide([item("A", outcome, "deferrable"), item("B")]) == "GO WITH CONDITIONS"
    assert decide([item("A", outcome, "deferrable"), item("B", outcome)]) == "NO-GO"


@pytest.mark.parametrize("outcome", OPEN)
def test_an_accepted_blocker_is_a_condition_and_a_signature_accepts_nothing(outcome: Outcome) -> None:
    assert decide([item("A", outcome, disposition=record())]) == "GO WITH CONDITIONS"
    assert decide([item("A", outcome, disposition=record("not-applicable"))]) == "GO WITH CONDITIONS"
    assert decide([item("A", outcome, disposition=record("sign-off"))]) == "NO-GO"
    assert decide([item("A", outcome, disposition=record()), item("B", outcome)]) == "NO-GO"


@pytest.mark.parametrize("items", [[], [item("A", gate="deferrable")], [item("A", None)],
                                   [item("A", None), item("B", "failed", "deferrable")]])  # fmt: skip
def test_without_a_blocker_that_applies_there_is_nothing_to_decide(items: list[ItemResult]) -> None:
    with pytest.raises(NothingToDecide):
        decide(items)
