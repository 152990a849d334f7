"""The worked example of docs/ranking.md, done again by the engine from its table."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from readiness.decision.dominance import duel
from readiness.decision.rank import STUDY, ordered, priority
from readiness.model.review import ItemResult
from readiness.rendering.places import decimals
from tests.decision.material import item

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "ranking.md").read_text()
EXAMPLE = TEXT[TEXT.index("## A worked example") : TEXT.index("## What if")]


def rows() -> list[tuple[ItemResult, float]]:
    found = []
    for cells in re.findall(r"^\| ([A-C]) \| (\S+) \| (\S+) \| ([^|]+) \| (\S+) \|$", EXAMPLE, re.MULTILINE):
        name, harm, risk, gap, result = cells
        weights: dict[str, Any] = {"harm_weight": int(harm), "risk_weight": round(100 * float(risk))}
        part = float(Fraction(gap.replace("⁄", "/").replace(" ", "")))
        found.append((item(name, "failed", gap=part, **weights), float(result)))
    return found


def test_priorities_and_order() -> None:
    found = rows()
    assert [priority(one) for one, _ in found] == pytest.approx([result for _, result in found])
    assert [one.id for one in ordered(one for one, _ in found)] == ["A", "B", "C"]


def test_each_number_between_two_items_is_in_the_text() -> None:
    (a, _), (b, _), (c, _) = rows()
    one, two = duel(a, b, STUDY), duel(b, c, STUDY)
    assert one.swap is not None
    assert one.distance is not None
    values = [*vars(one.logs).values(), sum(vars(one.logs).values()), one.share, *one.alone.values(),
              *vars(one.swap).values(), one.distance,
              *vars(two.logs).values(), sum(vars(two.logs).values()), two.share, *two.alone.values()]  # fmt: skip
    assert len(values) == 18
    for value in values:
        assert re.search(rf"(?<![\d.]){decimals(value)}0?(?!\d)", EXAMPLE), value


def test_a_share_ahead_is_never_under_four_ninths() -> None:
    assert "at least 4 ⁄ 9" in TEXT
    weights = [(h, r, g) for h in (1, 3, 10, 30, 100) for r in (1, 3, 10, 30, 90) for g in (0.5, 1, 5 / 3, 2)]
    several = [item(str(n), "failed", harm_weight=h, risk_weight=r, gap=g) for n, (h, r, g) in enumerate(weights)]
    ranked = ordered(several)
    shares = [duel(one, two, STUDY).share for n, one in enumerate(ranked) for two in ranked[n + 1 :]]
    assert min(shares) >= 4 / 9
