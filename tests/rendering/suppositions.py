"""Seeded reviews and suppositions for the page's what-if, with everything that may tie or hold."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from readiness.decision.gap import gap
from readiness.decision.rank import Exponents
from readiness.decision.whatif import Supposed, Supposition, suppose
from readiness.model.checklist import HARM, RISK
from readiness.model.review import CREDIT, ItemResult, Outcome, Record, Review

from .reviews import review

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTCOMES: tuple[Outcome | None, ...] = (*("proven", "failed") * 2, "missing", "stale", "invalid", "inconclusive", None)
OWNERS = ("team-red", "@Team Red", "team-blue", "team-green", "Ünit", "?")
EFFORTS = (0.0, 0.1, 0.125, 0.2, 0.25, 0.3, 0.375, 0.5, 0.7, 1.0, 1 / 3, 2.5, 5.0, 30.0, 0.625, 1e7)
CHOICES = ("", "proven", "failed", "waived")


class Trial(NamedTuple):
    """A review, what is supposed in the page by item id, the exponents, and what the engine says."""

    review: Review
    choices: dict[str, str]
    exponents: tuple[float, float, float]
    expected: dict[str, object]


def trials(count: int, seed: int) -> Iterator[Trial]:
    """Yield as many trials; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        found = _review(chance)
        choices = {i.id: chosen for i in found.items if i.outcome is not None and (chosen := chance.choice(CHOICES))}
        if chance.random() < 0.2:
            choices = {}
        exponents = (1.0, 1.0, 1.0)
        if chance.random() < 0.7:
            exponents = (_quarter(chance), _quarter(chance), _quarter(chance))
        yield Trial(found, choices, exponents, told(engine(found, choices, exponents)))


def engine(found: Review, choices: dict[str, str], exponents: tuple[float, float, float]) -> Supposed:
    """Suppose with the engine what was chosen in the page."""
    outcomes: dict[str, Outcome] = {}
    for item_id, chosen in choices.items():
        if chosen == "proven" or chosen == "failed":  # noqa: PLR1714 - narrows the type
            outcomes[item_id] = chosen
    waived = tuple(item_id for item_id, chosen in choices.items() if chosen == "waived")
    return suppose(found.items, Supposition(outcomes, waived, Exponents(*exponents)), found.as_of, found.records)


def told(found: Supposed) -> dict[str, object]:
    """Say what the page's script must say too, with numbers to the last bit."""
    path = found.path_to_go
    return {
        "decision": found.decision,
        "becomes": path.becomes,
        "readiness": found.score.readiness,
        "blockers": sum(item.gate == "blocker" and item.outcome is not None for item in found.items),
        "held": sorted(found.score.held_by),
        "order": [[place.item, place.priority] for place in found.order],
        "steps": [[step.item, step.effort_days, step.done_by.isoformat()] for step in path.steps],
        "effort": path.effort_days,
        "earliest": path.earliest.isoformat() if path.earliest else None,
    }


def _quarter(chance: random.Random) -> float:
    return chance.randrange(13) / 4


def _review(chance: random.Random) -> Review:
    """Make a review of up to 30 items, one of them a blocker that applies."""
    base = review("no-go-5")
    ids = chance.sample([f"{area}-{n:02}" for area in ("LOAD", "CB", "a", "Z", "é") for n in range(1, 13)], chance.randint(1, 30))
    few = chance.random() < 0.4  # few bands: many ties
    items = [_item(chance, item_id, base.items[0], few=few) for item_id in ids]
    if not any(item.gate == "blocker" and item.outcome is not None for item in items):
        items[0] = replace(items[0], gate="blocker", outcome="failed", credit=0.0, gap=1.0, skipped="")
    records = tuple(_record(chance, base.records[0], item.id) for item in items if chance.random() < 0.3)
    as_of = date(2026, 11, 20) + timedelta(days=chance.randrange(9))
    return replace(base, items=tuple(items), records=records, as_of=as_of)


def _item(chance: random.Random, item_id: str, base: ItemResult, *, few: bool) -> ItemResult:
    outcome = chance.choice(OUTCOMES)
    credit = CREDIT[outcome] if outcome else 0.0
    if outcome not in (None, "proven") and chance.random() < 0.1:
        credit = chance.choice((0.0, 0.25, 0.3, 0.5, 0.9999999999999999))  # what a finding may leave
    parts = chance.randrange(4)
    left = gap(credit, parts) if outcome else 0.0
    if outcome not in (None, "proven") and chance.random() < 0.1:
        left = chance.choice((0.0, 0.123456789, 1.0, 1.7))  # as another version wrote it
    harm, risk = (chance.choice(list(bands)[:2] if few else list(bands)) for bands in (HARM, RISK))
    held = None
    if outcome not in (None, "proven") and chance.random() < 0.3:
        held = _record(chance, base.disposition or review("no-go-5").records[0], item_id)
    return replace(
        base, id=item_id, area=chance.choice(("load", "cache", "<b>")), gate=chance.choice(("blocker", "deferrable")),
        harm=harm, risk=risk, harm_weight=HARM[harm], risk_weight=RISK[risk], effort_days=chance.choice(EFFORTS),
        owner=chance.choice(OWNERS), outcome=outcome, credit=credit, gap=left, unprepared=parts,
        has_evidence=outcome not in (None, "missing"), skipped="" if outcome else "does not apply", disposition=held,
    )  # fmt: skip


def _record(chance: random.Random, base: Record, item_id: str) -> Record:
    return replace(
        base, item=item_id, kind=chance.choice(("waived", "deferred", "not-applicable", "sign-off")),
        status=chance.choice(("active", "active", "revisit", "expired", "void")),
    )  # fmt: skip
