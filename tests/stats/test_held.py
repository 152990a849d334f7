"""The rate that was held: no burst lifts it, one stall in twenty does not lower it, and it is never above the load."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from readiness.stats.held import held_rate

LOADS = st.lists(st.integers(0, 1000), min_size=3, max_size=130)
WIDTHS = st.sampled_from([1.0, 2.0, 4.0, 8.0, 16.0, 0.5])


def level(rate: int, windows: int) -> list[int]:
    return [rate] * windows


def brute(requests: list[int], width: float, windows: int) -> float:
    """The best stretch of so many windows, each cut into 20 parts (or one for each window) by hand."""
    inner = requests[1:-1]
    parts = min(20, windows)
    best = 0.0
    for start in range(len(inner) - windows + 1):
        stretch = inner[start : start + windows]
        rates = []
        for part in range(parts):
            piece = stretch[windows * part // parts : windows * (part + 1) // parts]
            rates.append(sum(piece) / len(piece) / width)
        best = max(best, sorted(rates)[1 if parts == 20 else 0])
    return best


@given(LOADS, WIDTHS, st.integers(1, 130))
def test_by_hand(requests: list[int], width: float, windows: int) -> None:
    found = held_rate(requests, width, windows * width)
    if windows > len(requests) - 2:
        assert found is None
    else:
        assert found == pytest.approx(brute(requests, width, windows))


@given(st.integers(0, 10_000), WIDTHS, st.integers(3, 120))
def test_a_level_load_is_held_as_it_is(rate: int, width: float, windows: int) -> None:
    assert held_rate(level(rate, windows + 2), width, windows * width) == pytest.approx(rate / width)


@given(LOADS, WIDTHS, st.integers(1, 128))
def test_it_is_never_above_the_best_window_nor_the_best_mean(requests: list[int], width: float, windows: int) -> None:
    found = held_rate(requests, width, windows * width)
    assume(found is not None)
    assert found is not None
    assert 0 <= found <= max(requests[1:-1]) / width + 1e-9
    assert found >= min(requests[1:-1]) / width - 1e-9


@given(LOADS, WIDTHS, st.integers(1, 128), st.data())
def test_more_load_never_lowers_it(requests: list[int], width: float, windows: int, data: st.DataObject) -> None:
    before = held_rate(requests, width, windows * width)
    assume(before is not None)
    assert before is not None
    place = data.draw(st.integers(0, len(requests) - 1))
    more = [n + (data.draw(st.integers(0, 500)) if index == place else 0) for index, n in enumerate(requests)]
    after = held_rate(more, width, windows * width)
    assert after is not None
    assert after >= before - 1e-9


@given(LOADS, WIDTHS, st.integers(1, 128), st.integers(0, 30))
def test_a_longer_run_never_lowers_it(requests: list[int], width: float, windows: int, extra: int) -> None:
    before = held_rate(requests, width, windows * width)
    assume(before is not None)
    assert before is not None
    after = held_rate([*requests, *[0] * extra], width, windows * width)
    assert after is not None
    assert after >= before - 1e-9


@pytest.mark.parametrize("windows", range(20, 121))
def test_a_short_burst_does_not_lift_it(windows: int) -> None:
    burst = level(10, windows + 2)
    burst[1 + windows // 2] = 100_000
    assert held_rate(burst, 1.0, windows) == 10


@pytest.mark.parametrize("windows", range(20, 121))
def test_one_stalled_part_in_twenty_does_not_lower_it_and_two_do(windows: int) -> None:
    edges = [windows * part // 20 for part in range(21)]
    for part in range(19):
        stalled = level(100, windows + 2)
        for index in range(edges[part], edges[part + 1]):
            stalled[1 + index] = 0
        assert held_rate(stalled, 1.0, windows) == 100
        for index in range(edges[part + 1], edges[part + 2]):
            stalled[1 + index] = 0
        assert held_rate(stalled, 1.0, windows) == 0


@pytest.mark.parametrize("windows", [1, 2, 6, 15, 19])
def test_under_twenty_windows_every_one_counts(windows: int) -> None:
    low = level(100, windows + 2)
    low[1 + windows // 2] = 40
    assert held_rate(low, 1.0, windows) == 40


@pytest.mark.parametrize("width", [1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
@pytest.mark.parametrize("seconds", [60, 300, 600, 1800])
def test_the_whole_stretch_counts_whatever_the_width_of_windows(width: float, seconds: int) -> None:
    """75 windows cannot be cut into 20 equal parts: the last ones must not fall away."""
    windows = math.ceil(seconds / width)
    if windows > 126:
        return  # no run is cut into more
    load = level(100, windows + 2)
    cut = max(1, windows // 10)
    load[-1 - cut : -1] = [0] * cut
    found = held_rate(load, width, seconds)
    assert found is not None
    assert found <= 50 / width
    assert held_rate(level(100, windows + 2), width, seconds) == pytest.approx(100 / width)


def test_the_first_and_the_last_window_are_left_out() -> None:
    assert held_rate([9999, *level(10, 60), 9999], 1.0, 60) == 10
    assert held_rate(level(10, 61), 1.0, 60) is None
    assert held_rate([], 1.0, 60) is None
    assert held_rate([1], 1.0, 60) is None


@pytest.mark.parametrize(("seconds", "width"), [(0, 1.0), (-5, 1.0)])
def test_no_time_is_no_stretch(seconds: float, width: float) -> None:
    assert held_rate(level(10, 50), width, seconds) is None


def test_a_stretch_is_rounded_up_to_whole_windows() -> None:
    assert held_rate(level(10, 9), 8.0, 60) is None  # 7.5 windows: eight, and ten with the ends
    assert held_rate(level(10, 10), 8.0, 60) == 10 / 8
    assert held_rate(level(10, 8), 0.1, 0.6) == pytest.approx(100)  # 0.6 ⁄ 0.1 is a little under six


def test_the_best_stretch_counts_wherever_it_lies() -> None:
    for before in range(0, 60, 7):
        assert held_rate([*level(5, before + 1), *level(50, 60), *level(5, 61 - before)], 1.0, 60) == 50


def test_a_poisson_load_is_held_a_little_under_its_mean() -> None:
    draw = random.Random(4)
    load = [sum(draw.random() < 0.1 for _ in range(1000)) for _ in range(122)]
    found = held_rate(load, 1.0, 60)
    assert found is not None
    assert 92 <= found <= 100
