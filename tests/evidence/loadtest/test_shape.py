"""The course of a run: its steady part, its stalls, and what a loop that waits left out."""

from __future__ import annotations

import pytest

from readiness.errors import Location
from readiness.evidence.loadtest.shape import (
    corrected_times,
    shape_problems,
    steady_load,
    steady_part,
)
from readiness.model.fact import Fact, Problem
from readiness.model.load import Arrivals, Load
from readiness.stats.histogram import EMPTY, quantile, size
from tests.analysis.loads import run, steady, stepped, window

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


def test_a_steady_run_has_no_problem() -> None:
    assert codes(steady(ramp=10)) == []


def test_a_stepped_run_has_no_steady_part_and_says_why() -> None:
    (problem,) = problems(stepped())
    assert (problem.kind, problem.code, problem.at) == ("warning", "no-steady-state", AT)
    assert problem.message.startswith(
        "no `steady.*` facts: no steady state found: requests per window stand on 6 levels, one after the other: "
    )
    assert problem.help == "hold one level of load for at least 20 windows, ramp apart"


def test_a_short_run_has_no_steady_part() -> None:
    (problem,) = problems(steady(seconds=19))
    assert problem.message == "no `steady.*` facts: 19 windows with requests; a steady state needs 20"


def test_samples_without_times_have_no_course() -> None:
    assert problems(Load((window(0, [5.0] * 1000),))) == [
        Problem("warning", "no-times", "the samples have no times: neither a steady state nor a stall can be seen", AT,
                "keep a format that says when")
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
    assert found.message == f"almost nothing was sent for {5 * width:g} s from second {30 * width:g} on"


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
