"""The steady part of a run: ramps are left out, load that never settles is refused with a reason."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.stats.steady import Window, steady

seeds = st.integers(0, 10**6)
noises = st.floats(0, 0.05)


def run(load: Sequence[float], seed: int, noise: float = 0.03, latency: Sequence[float] | None = None) -> list[Window]:
    """Windows of a run whose load is given for each of them, with noise on requests and latency."""
    draw = random.Random(seed).gauss
    level = latency or [50.0] * len(load)
    return [
        Window(max(1, round(requests * (1 + noise * draw(0, 1)))), level[n] * math.exp(0.15 * draw(0, 1)))
        for n, requests in enumerate(load)
    ]


def ramp(windows: int, top: float) -> list[float]:
    return [top * (n + 1) / (windows + 1) for n in range(windows)]


@settings(max_examples=60)
@given(seeds, st.integers(60, 240), noises)
def test_a_constant_run_loses_under_a_fifth(seed: int, windows: int, noise: float) -> None:
    found = steady(run([1000.0] * windows, seed, noise))
    assert found.reason == ""
    assert found.stop - found.start > 0.8 * windows


@settings(max_examples=60)
@given(seeds, st.integers(60, 200), st.floats(0.05, 0.4), noises)
def test_a_ramp_is_left_out_and_little_of_the_rest(seed: int, windows: int, share: float, noise: float) -> None:
    climb = round(windows * share)
    found = steady(run([*ramp(climb, 1000), *[1000.0] * windows], seed, noise))
    assert found.reason == ""
    assert found.start > 0.6 * climb
    assert found.stop - max(found.start, climb) >= 0.8 * windows


@settings(max_examples=30)
@given(seeds)
def test_ramp_and_cool_down_are_left_out_at_both_ends(seed: int) -> None:
    found = steady(run([*ramp(40, 1000), *[1000.0] * 200, *reversed(ramp(25, 1000))], seed))
    assert found.reason == ""
    assert 30 <= found.start <= 60
    assert 220 <= found.stop <= 250


@settings(max_examples=30)
@given(seeds, st.sampled_from([20, 40, 120, 400]))
def test_a_stair_is_refused_and_its_steps_are_named(seed: int, windows: int) -> None:
    found = steady(run([100.0 * (1 + 4 * n // windows) for n in range(windows)], seed, 0.02))
    assert (found.start, found.stop) == (0, 0)
    assert found.reason.startswith("no steady state found: requests per window stand on 4 levels, one after the other: ")
    told = [float(value) for value in found.reason.rpartition(": ")[2].split(", ")]
    assert told == pytest.approx([100, 200, 300, 400], rel=0.05)


@settings(max_examples=30)
@given(seeds, st.integers(60, 300), st.floats(0.0, 0.5))
def test_a_load_that_climbs_all_the_time_is_refused(seed: int, windows: int, start: float) -> None:
    load = [1000 * (start + (1 - start) * n / windows) for n in range(windows)]
    assert steady(run(load, seed, 0.02)).reason.startswith("no steady state found: ")
    assert steady(run(load[::-1], seed, 0.02)).reason.startswith("no steady state found: ")


def test_the_refusal_of_a_ramp_says_from_where_to_where() -> None:
    climbing = steady(run([100.0 + 9 * n for n in range(100)], 1, 0.01))
    assert climbing.reason == "no steady state found: requests per window climb from 109 to 994 over the run"
    falling = steady(run([1000.0 - 9 * n for n in range(100)], 1, 0.01))
    assert falling.reason.startswith("no steady state found: requests per window fall from 9")


@settings(max_examples=20)
@given(seeds)
def test_a_first_step_a_fifth_lower_is_left_out(seed: int) -> None:
    found = steady(run([*[800.0] * 30, *[1000.0] * 170], seed, 0.05))
    assert found.reason == ""
    assert 25 <= found.start <= 35


def test_latency_that_doubles_under_constant_load_is_no_steady_state() -> None:
    latency = [50 * (1 + n / 400) for n in range(400)]
    found = steady(run([500.0] * 400, 3, 0.03, latency))
    assert found.reason.startswith("no steady state found: mean latencies climb from 5")


def test_latency_that_creeps_up_by_half_is_no_steady_state() -> None:
    found = steady(run([500.0] * 400, 3, 0.03, [50 * (1 + n / 800) for n in range(400)]))
    assert found.reason.startswith("no steady state found: mean latencies climb from ")


def test_load_that_rises_and_comes_back_is_no_steady_state() -> None:
    found = steady(run([*[500.0] * 40, *[800.0] * 20, *[500.0] * 40], 3))
    assert found.reason.startswith("no steady state found: requests per window stand on 3 levels, one after the other: ")


def test_latency_alone_shows_the_warm_up() -> None:
    latency = [50 * (1 + 4 * math.exp(-n / 10)) for n in range(300)]
    found = steady(run([500.0] * 300, 4, 0.03, latency))
    assert found.reason == ""
    assert 15 <= found.start <= 60
    assert found.stop == 300


def changed(load: Sequence[float], factor: float, start: int, stop: int, seed: int = 11) -> list[Window]:
    """A run whose latency is another one in some windows."""
    latency = [50.0 * (factor if start <= n < stop else 1) for n in range(len(load))]
    return run(load, seed, 0.03, latency)


@settings(max_examples=30)
@given(seeds, st.sampled_from([0.03, 0.1, 3, 10]), st.floats(0.15, 0.45))
def test_a_service_that_collapses_while_the_load_stays_does_not_cool_down(seed: int, factor: float, share: float) -> None:
    """Slow or failing fast in the last part of a run: that is no steady state, not a better one."""
    found = steady(changed([500.0] * 120, factor, round(120 * (1 - share)), 120, seed))
    assert found.reason.startswith("no steady state found: mean latencies stand on 2 levels, one after the other: ")


@settings(max_examples=20)
@given(seeds)
def test_a_short_collapse_at_the_end_belongs_to_the_steady_part(seed: int) -> None:
    found = steady(changed([500.0] * 200, 10, 194, 200, seed))
    assert (found.reason, found.stop) == ("", 200)


@settings(max_examples=30)
@given(seeds, st.floats(0.15, 0.45), st.sampled_from([0.0, 500.0, 2000.0]))
def test_a_closed_loop_that_a_slow_service_holds_up_does_not_cool_down(seed: int, share: float, width: float) -> None:
    """A tenth of the requests, each ten times as long: as many are in flight."""
    last = round(120 * (1 - share))
    load = [*[500.0] * last, *[50.0] * (120 - last)]
    latency = [*[50.0] * last, *[500.0] * (120 - last)]
    assert steady(run(load, seed, 0.03, latency), width).reason.startswith("no steady state found: requests per window ")


def test_a_collapse_before_the_cool_down_is_not_left_out_with_it() -> None:
    load = [*[500.0] * 185, *reversed(ramp(15, 500))]
    assert steady(changed(load, 10, 140, 200)).reason.startswith("no steady state found: ")
    assert steady(changed(load, 10, 140, 185)).reason.startswith("no steady state found: ")
    short = steady(changed(load, 10, 178, 185))
    assert short.reason == ""
    assert 184 <= short.stop <= 192


def test_users_of_a_closed_loop_that_leave_are_a_cool_down() -> None:
    """At saturation fewer users get as many answers, each sooner."""
    load, leaving = [500.0] * 200, [1.0] * 170 + [1 - (n + 1) / 40 for n in range(30)]
    windows = run(load, 12, 0.03, [50.0 * share for share in leaving])
    told = [Window(w.requests, w.latency, 40 * share) for w, share in zip(windows, leaving, strict=True)]
    assert 165 <= steady(told).stop <= 176
    assert steady(told[:170]).stop == 170


def test_users_that_are_known_now_and_then_are_those_of_before() -> None:
    windows = [Window(w.requests, w.latency, 8.0 if n % 3 == 0 else 0) for n, w in enumerate(run([500.0] * 100, 13))]
    assert steady(windows) == steady(run([500.0] * 100, 13))


def test_a_few_slow_windows_in_the_middle_are_part_of_the_steady_state() -> None:
    windows = run([500.0] * 120, 5)
    windows[60:63] = [Window(250, 400.0)] * 3
    found = steady(windows)
    assert found.reason == ""
    assert found.start <= 60
    assert found.stop >= 63


def test_one_empty_window_is_a_stall_and_many_are_gaps() -> None:
    windows = run([500.0] * 100, 6)
    windows[50] = Window(0, math.nan)
    assert steady(windows).reason == ""
    for n in range(40, 46):
        windows[n] = Window(0, math.nan)
    assert steady(windows).reason == (
        "7 of 100 windows have no request: the run has gaps, or its windows are too narrow"
    )


def test_empty_windows_around_the_run_are_not_part_of_it() -> None:
    found = steady([*[Window(0, 0)] * 30, *run([500.0] * 100, 7), *[Window(0, 0)] * 30])
    assert found.reason == ""
    assert 30 <= found.start <= 40
    assert 120 <= found.stop <= 130


def test_under_twenty_windows_nothing_is_claimed() -> None:
    assert steady(run([500.0] * 19, 8)).reason == "19 windows with requests; a steady state needs 20"
    assert steady([]).reason == "0 windows with requests; a steady state needs 20"
    assert steady(run([500.0] * 20, 8)).reason == ""


@settings(max_examples=25)
@given(seeds, st.floats(0.01, 1000), st.floats(0.01, 1000))
def test_units_do_not_matter(seed: int, more: float, slower: float) -> None:
    windows = run([*ramp(20, 1000), *[1000.0] * 100], seed)
    scaled = [Window(w.requests * more, w.latency * slower) for w in windows]
    assert steady(scaled)[:2] == steady(windows)[:2]


def test_the_method_names_the_batch_that_was_used() -> None:
    def method(windows: int) -> str:
        return steady(run([500.0] * windows, 9)).method.partition(" (")[0]

    assert [method(20), method(45), method(100), method(5000)] == ["MSER-1", "MSER-2", "MSER-5", "MSER-5"]


@settings(max_examples=40)
@given(st.integers(60, 128), st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_windows_in_which_a_constant_run_begins_and_ends_are_no_ramp(windows: int, first: float, last: float) -> None:
    """They hold a part of a window each, which would pull down the batch that they are in."""
    found = steady([Window(rate, 50.0) for rate in (1000 * first, *[1000.0] * windows, 1000 * last)])
    assert (found.reason, found.start) == ("", 0)
    assert found.stop in (windows + 1, windows + 2), "a part of a window is no whole one"


def test_a_last_window_that_the_run_fills_in_part_is_left_out_unless_the_service_is_slow_in_it() -> None:
    windows = [Window(500, 50.0)] * 100
    assert steady([*windows, Window(200, 50.0)]).stop == 100
    assert steady([*windows, Window(200, 110.0)]).stop == 100
    assert steady([*windows, Window(200, 130.0)]).stop == 101
    assert steady([*windows, Window(490, 50.0)]).stop == 101
