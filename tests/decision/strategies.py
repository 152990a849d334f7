"""Launches as they may come: open, proven, accepted and not applicable items with equal weights."""

from __future__ import annotations

from typing import Literal

from hypothesis import strategies as st

from readiness.decision.gap import gap
from readiness.model.checklist import HARM, RISK
from readiness.model.review import CREDIT, ItemResult, Outcome

from .material import item, record

OUTCOMES: tuple[Outcome, ...] = ("proven", "failed", "missing", "stale", "invalid", "inconclusive")
KINDS: tuple[Literal["deferred", "waived", "not-applicable", "sign-off"], ...] = (
    "waived",
    "deferred",
    "not-applicable",
    "sign-off",
)


@st.composite
def results(draw: st.DrawFn, item_id: str) -> ItemResult:
    outcome = draw(st.sampled_from((*OUTCOMES, None)))
    missing = draw(st.integers(0, 3))
    kind = draw(st.none() | st.sampled_from(KINDS))
    held = kind if outcome not in (None, "proven") else None
    return item(
        item_id,
        outcome,
        draw(st.sampled_from(("blocker", "deferrable"))),
        harm=draw(st.sampled_from(sorted(HARM))),
        risk=draw(st.sampled_from(sorted(RISK))),
        disposition=record(held) if held else None,
        owner=draw(st.sampled_from(("red", "blue", "green"))),
        effort_days=draw(st.sampled_from((0.0, 0.25, 0.5, 1.0, 2.5, 5.0))),
        unprepared=missing,
        gap=gap(CREDIT[outcome], missing) if outcome else 0.0,
    )


@st.composite
def launches(draw: st.DrawFn, most: int = 9) -> list[ItemResult]:
    """Return items of which at least one is a blocker that applies."""
    count = draw(st.integers(0, most - 1))
    rest = [draw(results(f"I{n}")) for n in range(count)]
    outcome = draw(st.sampled_from(OUTCOMES))
    return [*rest, item(f"I{count}", outcome, gap=gap(CREDIT[outcome], 0))]
