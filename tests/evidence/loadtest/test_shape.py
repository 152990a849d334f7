"""The course of a run: its steady part, its stalls, and what a loop that waits left out."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from readiness.errors import Location
from readiness.evidence.loadtest.facts import STEADY, load_facts
from readiness.evidence.loadtest.shape import (
    corrected_times,
    shape_problems,
    steady_load,
    steady_part,
)
from readiness.model.fact import Fact, Problem
from readiness.model.load import Arrivals, Load, Window
from readiness.stats.histogram import EMPTY, quantile, size
from tests.analysis.loads import run, steady, stepped, window

if TYPE_CHECKING:
    from collections.abc import Callable

AT = Location("run.jtl", 1, 0, "elapsed")


def problems(load: Load, *facts: Fact) -> list[Problem]:
    return list(shape_problems(load, facts, AT))


def codes(load: Load, *facts: Fact) -> list[str]:
    return [problem.code for problem in problems(load, *facts)]


def test_the_steady_part_is_a_run_of_its_own() -> None:
    load = steady(ramp=10)
    part = steady_part(load)
    assert part.reason == ""
    assert 8 <= part.start <= 14
    assert part.stop == 60
    found = steady_load(load, part)
    assert found.windows == load.windows[part.start :]
    assert (found.began, found.seconds) == (load.began + part.start, 60.0 - part.start)
    assert (found.width, found.arrivals) == (1.0, "closed")
    assert steady_part(load) is part, "found once"


def test_the_steady_part_does_not_last_longer_than_the_run() -> None:
    """The first and the last window are only partly of the run."""
    base = steady()
    windows = tuple(Window(w.start - 0.25, w.groups, w.users) for w in base.windows)
    load = Load(windows, began=1.7e9, seconds=59.5, width=1.0, arrivals="closed")
    part = steady_part(load)
    assert (part.start, part.stop) == (0, 60)
    assert steady_load(load, part).seconds == 59.5
    facts = {fact.metric: fact.value for fact in load_facts(load, AT) if not fact.labels}
    assert facts["steady.duration"] == facts["duration"] == 59_500
    assert facts["steady.rate"] == facts["rate"]


def course(rate: Callable[[int], float], ms: Callable[[int], float], failing: Callable[[int], float], *,
           users: Callable[[int], int] | None = None, seconds: int = 120, arrivals: Arrivals = "open") -> Load:  # fmt: skip
    """A run of known rates, times (within a third) and shares of failures by second."""
    draw = random.Random(7)
    windows = []
    for n in range(seconds):
        count = round(rate(n))
        times = [round(ms(n) * draw.uniform(0.75, 1.35), 1) for _ in range(count)]
        windows.append(window(n, times, round(failing(n) * count), users(n) if users else None))
    return run(windows, arrivals)


def told(load: Load) -> list[str]:
    return [p.message for p in problems(load, *load_facts(load, AT)) if p.code in {"left-out", "no-steady-state"}]


def collapsed(start: int, ms: float, failing: float, **more: object) -> Load:
    """50 requests a second all the time; from some second on others of them."""
    return course(lambda _: 50, lambda n: ms if n >= start else 100, lambda n: failing if n >= start else 0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("start", "ms", "failing"), [(84, 3, 1), (96, 1000, 0), (80, 1000, 0.3), (80, 300, 0)])
def test_a_collapse_at_the_end_is_not_left_out(start: int, ms: float, failing: float) -> None:
    load = collapsed(start, ms, failing)
    assert not [f for f in load_facts(load, AT) if f.metric.startswith("steady.")]
    (message,) = told(load)
    assert message.startswith("no steady state found: mean latencies stand on 2 levels")


def test_errors_that_rise_at_one_level_of_load_are_no_steady_state() -> None:
    """Neither 0 % nor the mean of both rates is that of a state the service was in."""
    load = collapsed(100, 100, 0.5)
    assert not [f for f in load_facts(load, AT) if f.metric.startswith("steady.")]
    (problem,) = problems(load)
    assert (problem.code, problem.message) == (
        "no-steady-state", "no steady state found: errors rise from 0.00% to 50.00% at second 100"
    )  # fmt: skip
    assert problem.help == "find out what failed then: the mean of two error rates is that of no state"


@pytest.mark.parametrize(
    ("failing", "message"),
    [
        (lambda n: 0.1 if n < 40 else 0, "fall from 10.00% to 0.00% at second 40"),
        (lambda n: 0.3 if 40 <= n < 80 else 0, "stand on 3 levels, one after the other: 0.00%, 30.00%, 0.00%"),
        (lambda n: 0.2 * n / 120, "climb from 0.00% to 19.84% over the run"),
        (lambda n: 0.2 - 0.2 * n / 120, "fall from 20.00% to 0.16% over the run"),
    ],
)
def test_how_errors_shift_is_told(failing: Callable[[int], float], message: str) -> None:
    assert told(course(lambda _: 200, lambda _: 100, failing)) == [
        f"no steady state found: errors {message}"
    ]


def test_a_burst_of_errors_belongs_to_the_steady_part() -> None:
    for start in (0, 50, 114):
        burst = range(start, start + 6)
        load = course(lambda _: 50, lambda _: 100, lambda n, burst=burst: n in burst and 0.5)  # type: ignore[misc]
        assert told(load) == []
        facts = {fact.metric: fact.value for fact in load_facts(load, AT) if not fact.labels}
        assert facts["steady.errors"] == facts["errors"] == pytest.approx(0.025)


def test_intervals_of_a_run_whose_errors_shift_stay_as_wide() -> None:
    """Its clumps are known: only its mean is that of no state."""
    (bounds,) = [f.bounds for f in load_facts(collapsed(100, 100, 0.5), AT) if f.metric == "errors" and not f.labels]
    assert bounds is not None
    assert bounds.low < 0.02
    assert bounds.high > 0.3


def test_a_cool_down_is_left_out_in_silence() -> None:
    load = course(lambda n: 50 if n < 105 else 3.2 * (120 - n), lambda _: 100, lambda _: 0.01)
    assert 103 <= steady_part(load).stop <= 107
    assert told(load) == []


def test_a_cool_down_in_which_all_fails_is_told() -> None:
    load = course(lambda n: 50 if n < 105 else 20, lambda _: 100, lambda n: n >= 105)
    assert steady_part(load).stop == 105
    assert told(load) == [
        "`steady.*` leave out the last 15 s: 100.000% of the requests failed there and 0.000% in the steady part"
    ]


def test_users_that_leave_a_closed_loop_are_its_cool_down() -> None:
    """It is saturated: half of them get as many answers, each in half of the time."""
    def leaving(n: int) -> int:
        return 20 if n < 100 else 10

    load = course(lambda _: 50, lambda n: 20.0 * leaving(n), lambda _: 0, users=leaving, arrivals="closed")
    assert (steady_part(load).reason, steady_part(load).stop) == ("", 100)
    load = course(lambda _: 50, lambda n: 20.0 * leaving(n), lambda _: 0, users=leaving, arrivals="open")
    assert steady_part(load).reason, "of an open model they are those that wait"


def test_a_slow_start_under_full_load_is_left_out_and_told() -> None:
    load = course(lambda _: 50, lambda n: 400 if n < 15 else 100, lambda _: 0)
    assert steady_part(load).start == 15
    (message,) = told(load)
    assert message.startswith("`steady.*` leave out the first 15 s, all under full load: p95 there is 5")
    assert message.endswith(" ms in the steady part")


def test_a_short_cold_start_that_lifts_only_the_tail_is_told() -> None:
    load = course(lambda _: 50, lambda n: 2000 if n < 20 else 100, lambda _: 0, seconds=600)
    facts = {fact.metric: float(fact.value) for fact in load_facts(load, AT) if not fact.labels and fact.unit == "ms"}
    assert facts["p95"] < 1.25 * facts["steady.p95"]
    assert facts["p99"] > 10 * facts["steady.p99"]
    (message,) = told(load)
    assert message.startswith("`steady.*` leave out the first 20 s, all under full load: p99 there is 2,")


@pytest.mark.parametrize(("slow", "tells"), [(0, ""), (1, ""), (8, "p99.9 there is 1,000 ms"), (15, "p99 there is 1,000 ms")])
def test_a_start_is_told_by_the_percentile_that_it_lifts_if_enough_answers_were_slow(slow: int, tells: str) -> None:
    load = course(lambda _: 50, lambda _: 100, lambda _: 0)
    begin = [window(n, [100.0] * (50 - slow) + [1000.0] * slow) for n in range(6)]
    load = run([*begin, *load.windows[6:]], "open")
    assert 5 <= steady_part(load).start <= 10
    assert [message.partition(": ")[2].partition(" and ")[0] for message in told(load)] == [tells] * bool(tells)


def test_a_slow_start_of_a_closed_loop_is_told_by_its_users_or_by_what_is_in_flight() -> None:
    for users in (lambda _: 10, None):
        load = course(lambda n: 25 if n < 30 else 100, lambda n: 400 if n < 30 else 100, lambda _: 0, users=users,
                      arrivals="closed")  # fmt: skip
        assert 30 <= steady_part(load).start <= 33
        (message,) = told(load)
        assert " all under full load: p95 there is 5" in message


@pytest.mark.parametrize("think", [0, 1000])
def test_a_slow_start_of_users_who_stay_as_many_is_told_though_arrivals_are_unknown(think: int) -> None:
    """A k6 run of 20 users from second 0 on, who send less while answers take four times as long."""
    def ms(n: int) -> float:
        return 400 if n < 20 else 100

    load = course(lambda n: 20_000 / (1.02 * ms(n) + think), ms, lambda _: 0, users=lambda _: 20, arrivals="")
    (message,) = told(load)
    assert message.startswith("`steady.*` leave out the first 2")
    assert " s, all under full load: p9" in message


@pytest.mark.parametrize(("ready", "slow"), [(20, 1), (20, 3), (100, 1)])
def test_a_ramp_of_a_schedule_that_has_users_ready_is_left_out_in_silence(ready: int, slow: int) -> None:
    load = course(lambda n: min(100, 2 + 4 * n), lambda n: 100 * slow if n < 18 else 100, lambda _: 0,
                  users=lambda _: ready, arrivals="")  # fmt: skip
    assert steady_part(load).start >= 18
    assert told(load) == []


def test_a_ramp_of_users_is_left_out_in_silence() -> None:
    def users(n: int) -> int:
        return min(20, 1 + n // 2)

    load = course(lambda n: 10 * users(n), lambda n: 300 if n < 10 else 100, lambda _: 0, users=users, arrivals="")
    assert steady_part(load).start >= 20
    assert told(load) == []


def test_a_slow_ramp_is_left_out_in_silence() -> None:
    load = course(lambda n: min(50, 2 + 2 * n), lambda n: 300 if n < 18 else 100, lambda _: 0)
    assert steady_part(load).start >= 18
    assert told(load) == []


def test_errors_of_a_ramp_are_told() -> None:
    load = course(lambda n: min(50, 2 + 2 * n), lambda n: 300 if n < 18 else 100, lambda n: 0.6 if n < 18 else 0)
    (message,) = told(load)
    assert "the first 2" in message
    assert message.endswith(" of the requests failed there and 0.000% in the steady part")


def test_a_long_start_is_told_even_if_it_was_faster() -> None:
    load = course(lambda _: 50, lambda n: 50 if n < 40 else 100, lambda _: 0)
    assert steady_part(load).start == 40
    assert told(load) == ["`steady.*` leave out the first 40 s, all under full load"]


def test_a_steady_run_has_no_problem() -> None:
    assert codes(steady(ramp=10)) == []


def test_a_stepped_run_has_no_steady_part_and_says_why() -> None:
    (problem,) = problems(stepped())
    assert (problem.kind, problem.code, problem.at) == ("warning", "no-steady-state", AT)
    assert problem.message.startswith(
        "no steady state found: requests per window stand on 6 levels, one after the other: "
    )
    assert problem.help == "hold one level of load for at least 20 windows, ramp apart"


def test_a_short_run_has_no_steady_part() -> None:
    (problem,) = problems(steady(seconds=19))
    assert problem.message == "19 windows with requests; a steady state needs 20"


def test_samples_without_times_have_no_course() -> None:
    assert problems(Load((window(0, [5.0] * 1000),))) == [
        Problem("warning", "no-times", "the samples have no times: neither a steady state nor a stall can be seen", AT,
                "keep a format that says when", STEADY)
    ]  # fmt: skip


def stalled(*stalls: int, width: float = 1.0, seconds: int = 120) -> Load:
    """A run of 20 requests a window that sends nothing for 5 windows from each of these windows on."""
    still = {n for start in stalls for n in range(start, start + 5)}
    return run([window(n * width, [] if n in still else [50.0 + n % 7] * 20, 0, 8) for n in range(seconds)], width=width)


def test_a_stall_is_told_with_its_time() -> None:
    found = [problem for problem in problems(stalled(30)) if problem.code == "stall"]
    assert found == [
        Problem("warning", "stall", "almost nothing was sent for 5 s from second 30 on", AT,
                "look at the service's and the generator's logs of that time")
    ]  # fmt: skip


def test_many_stalls_are_told_up_to_three() -> None:
    assert codes(stalled(20, 40, 60, 80, 100)).count("stall") == 3
    assert "stall" not in codes(stalled())


@pytest.mark.parametrize("width", [0.5, 2.0, 4.0, 64.0])
def test_windows_without_a_request_are_a_stall_however_wide(width: float) -> None:
    (found,) = [problem for problem in problems(stalled(30, width=width)) if problem.code == "stall"]
    assert found.message == f"almost nothing was sent for {5 * width:g} s from second {30 * width:,g} on"


def short(width: float, longest: float) -> Load:
    """A run of 400 requests a window, but 120 in the thirtieth, where one took so many ms."""
    windows = [window(n * width, [50.0 + n % 7] * 400, 0, 8) for n in range(60)]
    windows[30] = window(30 * width, [50.0] * 119 + [longest], 0, 8)
    return run(windows, width=width)


def test_a_stall_of_a_part_of_a_wide_window_is_told_where_a_response_took_as_long() -> None:
    (found,) = [problem for problem in problems(short(16, 10_000)) if problem.code == "stall"]
    assert found == Problem(
        "warning", "stall",
        "the requests of 11.2 s are missing between second 480 and 496, in which a response took 10 s", AT,
        "look at the service's and the generator's logs of that time",
    )  # fmt: skip
    assert "stall" not in codes(short(16, 5_000)), "fewer were asked for"
    assert "stall" not in codes(short(2, 10_000))


def test_what_is_missing_is_told_once_for_windows_beside_each_other() -> None:
    windows = [window(n * 16.0, [50.0] * 400, 0, 8) for n in range(60)]
    windows[29:33] = [window(464, [50.0] * 150 + [40_000.0] * 8, 0, 8), window(480, []), window(496, []), window(512, [50.0] * 100)]
    windows[50:52] = [window(800, []), window(816, [])]
    assert [problem.message for problem in problems(run(windows, width=16)) if problem.code == "stall"] == [
        "the requests of 53.7 s are missing between second 464 and 528, in which a response took 40 s",
        "almost nothing was sent for 32 s from second 800 on",
    ]


def waiting(arrivals: Arrivals, *, users: int | None = 10) -> Load:
    """10 users, 100 requests a second in 100 ms each; one second of them takes 20 s."""
    return run([window(n, [100.0] * 100 if n != 30 else [20_000.0] * 10, 0, users) for n in range(60)], arrivals)


def test_a_closed_loop_is_corrected_for_what_it_did_not_send() -> None:
    """Each of the 10 that took 20 s stands for 199 more: 19.9 s, 19.8 s and so on down to 100 ms."""
    found = corrected_times(waiting("closed"))
    assert found is not None
    assert size(found) == 5910 + 10 * 199
    assert quantile(found, 0.5) == 100
    assert quantile(found, 0.9) > 10_000


def test_an_open_model_is_what_was_measured() -> None:
    load = waiting("open")
    assert corrected_times(load) == load.whole.all


def test_unknown_arrivals_are_corrected_as_a_bound() -> None:
    assert corrected_times(waiting("")) == corrected_times(waiting("closed"))


@pytest.mark.parametrize("load", [waiting("closed", users=None), waiting("closed", users=0), Load(()), run([], "closed")])
def test_without_users_or_samples_nothing_is_corrected(load: Load) -> None:
    assert corrected_times(load) is None


def p99(metric: str, value: float, **change: object) -> Fact:
    return Fact(metric, value, "ms", Location("run.jtl", 2))._replace(**change)  # type: ignore[arg-type]


def test_omission_that_moves_p99_is_told() -> None:
    assert problems(steady(), p99("p99", 100), p99("corrected.p99", 9000)) == [
        Problem(
            "warning", "coordinated-omission",
            "p99 is 100 ms as measured, and 9,000 ms with the requests that the closed loop did not send while it waited",
            AT, "judge by `corrected.p99`, or send at a constant rate",
        )
    ]  # fmt: skip


@pytest.mark.parametrize("facts", [
    [p99("p99", 100), p99("corrected.p99", 150)], [p99("p99", 100)], [p99("corrected.p99", 9000)],
    [p99("p99", 100), p99("corrected.p99", 9000, labels=(("endpoint", "/"),))],
    [p99("p99", 100, unit="1/s"), p99("corrected.p99", 9000)],
])  # fmt: skip
def test_omission_that_moves_little_or_elsewhere_is_not(facts: list[Fact]) -> None:
    assert codes(steady(), *facts) == []


def test_counts_are_those_of_all_endpoints_by_success() -> None:
    load = steady(failing=0.2)
    found = load.whole
    assert size(found.failed) == sum(w.failures for w in load.windows) > 0
    assert size(found.all) == sum(w.requests for w in load.windows) == size(found.ok) + size(found.failed)
    assert Load(()).whole == (EMPTY, EMPTY)
