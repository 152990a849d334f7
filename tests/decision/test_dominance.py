"""Two items under every weighting: areas against clipping and sampling, swaps against search."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.decision.dominance import alone, always, duel, logs, proof, share, swap
from readiness.decision.gap import gap
from readiness.decision.rank import STUDY, Exponents, ordered, priority, rank
from readiness.model.checklist import HARM, RISK
from readiness.model.rank import Weights
from readiness.model.review import CREDIT, ItemResult, Outcome

from .material import item
from .strategies import launches

Vector = tuple[float, float, float]
OPEN: tuple[Outcome, ...] = ("failed", "missing", "stale", "invalid", "inconclusive")
values = st.sampled_from((-2.0, -1.0, -0.25, 0.0, 0.25, 0.5, 1.0, 3.0)) | st.floats(-5, 5).map(lambda x: round(x, 3))
vectors = st.tuples(values, values, values)


@st.composite
def opened(draw: st.DrawFn, item_id: str) -> ItemResult:
    outcome = draw(st.sampled_from(OPEN))
    return item(item_id, outcome, harm=draw(st.sampled_from(sorted(HARM))), risk=draw(st.sampled_from(sorted(RISK))),
                gap=gap(CREDIT[outcome], draw(st.integers(0, 3))))  # fmt: skip


def clipped(difference: Vector) -> float:
    """Clip the triangle by the half-plane (Sutherland and Hodgman 1974); its area by the shoelace formula."""
    corners = list(zip(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)), difference, strict=True))
    kept: list[tuple[float, float]] = []
    for ((x, y), v), ((s, t), w) in pairwise([*corners, corners[0]]):
        if v >= 0:
            kept.append((x, y))
        if v * w < 0:
            part = v / (v - w)
            kept.append((x + part * (s - x), y + part * (t - y)))
    return abs(sum(x * t - s * y for (x, y), (s, t) in pairwise([*kept, *kept[:1]])))


def at(weights: Weights | Exponents, difference: Vector) -> float:
    return weights.harm * difference[0] + weights.risk * difference[1] + weights.gap * difference[2]


@pytest.mark.parametrize(("difference", "part"), [
    ((1, 1, 1), 1), ((1, 0, 0), 1), ((-1, 0, -2), 0), ((0, 0, 0), 0.5),
    ((1, -1, 0), 0.5),  # a line from a corner to the middle of the side before it
    ((1, -1, -1), 0.25), ((-1, 1, 1), 0.75), ((3, -1, -1), 9 / 16), ((2, -1, -2), 2 / 3 / 2),
])  # fmt: skip
def test_shares_by_hand(difference: Vector, part: float) -> None:
    assert share(difference) == pytest.approx(part)


@given(vectors)
def test_the_share_is_the_area_that_clipping_leaves(difference: Vector) -> None:
    if any(difference):
        assert share(difference) == pytest.approx(clipped(difference), abs=1e-9)


@given(vectors)
def test_the_shares_of_two_items_add_up_to_all(difference: Vector) -> None:
    a, b, c = difference
    assert share(difference) + share((-a, -b, -c)) == pytest.approx(1)


@given(vectors, st.floats(0.01, 100))
def test_only_the_direction_counts(difference: Vector, factor: float) -> None:
    a, b, c = (factor * value for value in difference)
    assert share((a, b, c)) == pytest.approx(share(difference))


@given(opened("A"), opened("B"), st.integers(0, 9))
def test_sampling_agrees_with_the_exact_share(one: ItemResult, two: ItemResult, seed: int) -> None:
    difference, draw, won = logs(one, two), random.Random(seed), 0.0
    count = 2_000
    for _ in range(count):
        low, high = sorted((draw.random(), draw.random()))
        value = at(Exponents(low, high - low, 1 - high), difference)
        won += 0.5 if abs(value) < 1e-12 else value > 0
    assert won / count == pytest.approx(share(difference), abs=5 * math.sqrt(0.25 / count))


@given(opened("A"), opened("B"), st.tuples(*[st.floats(0.5, 1.5)] * 3), st.tuples(*[st.floats(0.7, 1.3)] * 4))
def test_dominance_holds_for_each_draw_that_the_study_can_make(
    one: ItemResult, two: ItemResult, exponents: Vector, moves: tuple[float, ...]
) -> None:
    harm, risk = moves[:2], moves[2:]
    same = (one.harm_weight == two.harm_weight, one.risk_weight == two.risk_weight)
    value = at(Weights(*exponents), logs(one, two))
    value += 0 if same[0] else exponents[0] * math.log(harm[0] / harm[1])
    value += 0 if same[1] else exponents[1] * math.log(risk[0] / risk[1])
    if always(one, two, STUDY):
        assert value > 0
        assert not always(two, one, STUDY)
    if always(one, two, replace(STUDY, exponents=(0.0, 1e9), bands=0.0)):
        pytest.fail("at exponents of 0 every item ties")


@given(opened("A"), opened("B"))
def test_no_less_in_any_factor_is_ahead_under_every_weighting(one: ItemResult, two: ItemResult) -> None:
    difference = logs(one, two)
    dominant = min(difference) >= 0 and any(difference)
    assert (share(difference) == 1) is dominant
    if always(one, two, replace(STUDY, exponents=(0.001, 1000.0), bands=0.0)):
        assert share(difference) > 0.99
    if dominant:
        assert always(one, two, replace(STUDY, bands=0.0))
        assert swap(difference) is None


@given(opened("A"), opened("B"))
def test_the_nearest_swap_is_a_tie_and_no_nearer_one_is_found(one: ItemResult, two: ItemResult) -> None:
    difference = logs(one, two)
    found = swap(difference)
    if found is None:
        assert share(difference) in (0, 1)
        return
    weights, distance = found
    assert at(weights, difference) == pytest.approx(0, abs=1e-9)
    assert min(weights.harm, weights.risk, weights.gap) >= 0
    assert distance == pytest.approx(math.dist((weights.harm, weights.risk, weights.gap), (1, 1, 1)))
    now = at(Exponents(), difference)
    for other in product((-0.7, -0.3, 0, 0.3, 0.7), repeat=3):  # inside the sphere the order is that of 1, 1, 1
        size = math.hypot(*other)
        if size and min(a := [1 + 0.999 * distance * x / size for x in other]) >= 0:
            assert at(Exponents(*a), difference) * now >= -1e-9


def test_the_nearest_swap_has_no_negative_weight() -> None:
    found = swap((1.0, 0.1, -0.05))
    assert found is not None
    weights, distance = found
    assert (weights.harm, weights.risk, weights.gap) == pytest.approx((0, 0.6, 1.2))
    assert distance == pytest.approx(math.sqrt(1 + 0.16 + 0.04))
    assert swap((0.0, 0.0, 0.0)) == (Weights(1, 1, 1), 0)


@given(opened("A"), opened("B"))
def test_one_weight_alone_brings_a_tie(one: ItemResult, two: ItemResult) -> None:
    for name, count in alone(logs(one, two)).items():
        weights = Exponents()._replace(**{name: count})
        assert priority(one, weights) == pytest.approx(priority(two, weights), rel=1e-6)


def test_items_that_weigh_the_same_by_other_factors_are_level() -> None:
    one = item("A", "failed", harm="major", risk="unlikely")
    two = item("B", "failed", harm="minor", risk="likely")
    found = duel(one, two, STUDY)
    assert (found.share, found.draws, found.distance) == (0.5, "either", 0)
    assert found.alone == {"harm": 1, "risk": 1}
    assert (found.logs.harm, found.logs.risk) == pytest.approx((math.log(10), -math.log(10)))


@given(launches(most=12))
def test_no_draw_of_the_study_leaves_the_proven_range(items: list[ItemResult]) -> None:
    ranked = ordered(items)
    for index, entry in enumerate(rank(items)):
        found = proof(ranked, index, STUDY)
        assert 1 <= found.first <= entry.best <= entry.worst <= found.last <= len(ranked)
        after = found.after
        assert entry.ahead == (after.share if after else None)
        neighbours = (found.before and found.before.other, after and after.other)
        same = [o.id for o in ranked if o.waits is ranked[index].waits]
        place = same.index(entry.item)
        assert neighbours == (same[place - 1] if place else None, same[place + 1] if place + 1 < len(same) else None)
