"""What ended by window: simulated runs with known answers, and sums that must come out."""

from __future__ import annotations

import heapq
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.loadtest.tally import Tally
from readiness.model.load import Load
from readiness.stats.completions import completions, in_flight
from readiness.stats.held import best_level
from readiness.stats.histogram import EMPTY, Histogram, from_values

Rows = list[tuple[float, float]]
SPAN = st.lists(st.lists(st.floats(0, 9000), max_size=20), min_size=1, max_size=8)


def overload(rates: tuple[int, ...], seconds: int, workers: int = 10, service: float = 0.05) -> Rows:
    """Requests at some rates, one after the other, whatever the answers do: when, and ms."""
    draw, free, rows, now = random.Random(2), [0.0] * workers, [], 0.0
    while now < seconds:
        taken = service * draw.uniform(0.9, 1.1)
        end = max(now, heapq.heappop(free)) + taken
        heapq.heappush(free, end)
        rows.append((now, 1000 * (end - now)))
        now += draw.expovariate(rates[min(len(rates) - 1, int(now * len(rates) / seconds))])
    return rows


def tallied(rows: Rows) -> Load:
    tally = Tally()
    for second, ms in rows:
        tally.add(second, ms)
    return tally.load("open")


@pytest.mark.parametrize(("rates", "seconds"), [((400,), 60), ((400,), 300), ((100, 150, 190, 230, 300), 500)])
def test_an_overload_answers_what_its_workers_do(rates: tuple[int, ...], seconds: int) -> None:
    """10 workers of 50 ms answer 200 a second, of any number that is asked."""
    rows = overload(rates, seconds)
    load = tallied(rows)
    true = Counter(int((second + ms / 1000) // load.width) for second, ms in rows)
    count = len(load.windows)
    assert len(load.completed) == min(2 * count, max(true) + 1)
    assert best_level(load.completed[:count], load.width) == pytest.approx(200, rel=0.015)
    for at in range(1, count - 4, 3):
        assert sum(load.completed[at : at + 3]) == pytest.approx(sum(true[n] for n in range(at, at + 3)), rel=0.05)


def test_what_is_in_flight_is_what_began_and_did_not_end() -> None:
    rows = overload((400,), 60)
    load = tallied(rows)
    for index in range(2, 58):
        middle = index + 0.5
        true = sum(second <= middle < second + ms / 1000 for second, ms in rows)
        assert load.in_flight[index] == pytest.approx(true, rel=0.1, abs=15)


@given(SPAN, st.sampled_from([0.5, 1.0, 4.0]), st.integers(0, 20))
def test_they_sum_to_all_that_began(windows: list[list[float]], width: float, extra: int) -> None:
    histograms = [from_values(times) for times in windows]
    found = completions(histograms, width, len(windows) + extra)
    assert sum(found) == pytest.approx(sum(map(len, windows)))
    assert min(found) >= -1e-9


@given(SPAN, st.integers(1, 9))
def test_before_the_last_window_they_sum_to_what_surely_ended(windows: list[list[float]], whole: int) -> None:
    """Times of whole windows: a request ends as many windows later."""
    counts = [len(times) for times in windows]
    histograms = [Histogram((1000.0 * whole,), (n,)) if n else EMPTY for n in counts]
    found = completions(histograms, 1.0, len(windows) + whole + 1)
    assert found == pytest.approx([0.0] * whole + [float(n) for n in counts] + [0.0])


@given(st.lists(st.floats(0, 4000), min_size=1, max_size=30), st.sampled_from([0.5, 1.0, 4.0]))
def test_a_steady_run_answers_what_is_asked(times: list[float], width: float) -> None:
    steady = [from_values(times)] * 24
    assert completions(steady, width)[9:-1] == pytest.approx([len(times)] * 14)
    flying = len(times) * (sum(times) / len(times) / 1000) / width
    assert in_flight(steady, width)[9:] == pytest.approx([flying] * 15, abs=1e-6)


def test_windows_wider_than_the_times_change_nothing() -> None:
    windows = [from_values([1.0] * n) for n in (40, 50, 60, 20, 10)]
    assert completions(windows, 16.0) == pytest.approx([40, 50, 60, 20, 10], abs=0.01)


def test_a_window_without_requests_has_none() -> None:
    assert completions([EMPTY, EMPTY], 1.0) == [0, 0]
    assert in_flight([EMPTY, EMPTY], 1.0) == [0, 0]


def test_a_level_is_no_burst() -> None:
    answers = [100.0] * 50
    answers[20] = 500.0
    assert best_level([9e9, *answers, 9e9], 2.0) == (4 * 100 + 500) / 5 / 2
    assert best_level([5.0, 5.0], 1.0) == 0
    assert best_level([0.0, 3.0, 5.0, 0.0], 1.0) == 4
