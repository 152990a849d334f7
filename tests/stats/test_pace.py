"""Whether a schedule sent on while answers were late: by hand, and against sums over single requests."""

from __future__ import annotations

import random

import pytest

from readiness.stats.completions import in_flight
from readiness.stats.histogram import EMPTY, from_values
from readiness.stats.pace import keep_users, kept_pace


@pytest.mark.parametrize("seed", range(3))
def test_who_waits_adds_up_to_all_response_times(seed: int) -> None:
    draw = random.Random(seed)
    windows = [from_values([draw.lognormvariate(6, 1.5) for _ in range(50)]) for _ in range(20)]
    total = sum(v * c for w in windows for v, c in zip(w.values, w.counts, strict=True))
    after = [EMPTY] * 200
    assert sum(in_flight([*windows, *after], 2)) * 2000 == pytest.approx(total)


CALM, USERS = [1.0] * 10, [10] * 25


@pytest.mark.parametrize(("begun", "held", "kept"), [
    ([100] * 25, [*CALM, *[50.0] * 5, *CALM], True),
    ([*[100] * 10, *[88] * 5, *[100] * 10], [*CALM, *[50.0] * 5, *CALM], False),
    ([*[100] * 10, *[115] * 5, *[100] * 10], [*CALM, *[50.0] * 5, *CALM], False),
    ([*[100] * 10, 100, 0, 0, 0, 0, *[100] * 10], [*CALM, *[50.0] * 5, *CALM], False),
    ([100] * 25, [*CALM, *[20.0] * 5, *CALM], False),  # no more than rounding to windows explains
    ([100] * 25, [*CALM, *CALM, *[50.0] * 5], False),  # nobody knows what came after
    ([100] * 25, [*[50.0] * 5, *CALM, *CALM], False),
    ([100] * 25, [1.0] * 25, False),
    ([], [], False),
])  # fmt: skip
def test_a_schedule_by_hand(begun: list[int], held: list[float], *, kept: bool) -> None:
    assert kept_pace(begun, held, USERS[: len(begun)]) is kept


def test_it_is_not_known_without_users_or_where_they_became_more_before() -> None:
    held = [*CALM, *[50.0] * 5, *CALM]
    assert not kept_pace([100] * 25, held, [None] * 25)
    assert not kept_pace([100] * 25, held, [*[10] * 8, *[60] * 5, *[10] * 12])
    assert kept_pace([100] * 25, held, [*[10] * 10, *[60] * 5, *[10] * 10])
    assert kept_pace([100] * 25, held, [*[10] * 10, *[None] * 5, *[10] * 10])


def test_one_stall_that_was_not_sent_through_is_enough_for_no() -> None:
    begun = [100] * 40
    held = [*CALM, *[50.0] * 5, *CALM, *[10.0] * 5, *CALM]
    assert kept_pace(begun, held, [10] * 40)
    begun[25:30] = [30] * 5
    assert not kept_pace(begun, held, [10] * 40)


def test_a_stop_within_a_long_time_of_late_answers_is_enough_for_no() -> None:
    begun, held = [100] * 120, [*CALM * 4, *[50.0] * 50, *CALM * 3]
    assert kept_pace(begun, held, [10] * 120)
    begun[60:64] = [0] * 4
    assert sum(begun[40:90]) > 0.9 * 5000
    assert not kept_pace(begun, held, [10] * 120)


def test_users_who_stay_are_told_from_those_that_a_schedule_needs() -> None:
    draw = random.Random(5)
    stair = [users for users in (8, 32, 64, 96) for _ in range(12)]
    assert keep_users(stair)
    assert keep_users([round(0.7 * n) for n in range(100)]), "a ramp"
    assert keep_users([8, None, 8, 8, None, 9, 9, 9])
    assert not keep_users([max(1, round(users + draw.gauss(0, users**0.5))) for users in stair])
    for nothing in ([], [None] * 9, [5, 5], [0] * 9):
        assert not keep_users(nothing)
