"""Two load tests side by side: tested on samples of the steady parts, else only put side by side."""

from __future__ import annotations

from functools import cache

import pytest
from inline_snapshot import snapshot

from readiness.analysis.beside import compare_loads, counterparts
from readiness.errors import Location
from readiness.model.evidence import Evidence
from readiness.model.fact import Fact, Problem
from readiness.model.load import Load
from readiness.model.load_result import ChangeResult, ComparisonResult
from readiness.stats.histogram import from_counts
from tests.analysis.loads import broken, evidence, run, steady, stepped, summary, window

TESTED = ("errors", "p50", "p90", "p95", "p99")
CALLED = {"slower", "faster", "higher", "lower"}


@cache
def ran(seed: int = 1, median: float = 80.0, failing: float = 0.02, clump: float = 0.0) -> Evidence:
    return evidence(steady(seed, median=median, failing=failing, clump=clump), f"{seed}.jtl")


def changes(found: ComparisonResult) -> dict[str, ChangeResult]:
    return {change.metric: change for change in found.changes}


def test_a_slower_run_is_called_slower_and_by_how_much() -> None:
    found = compare_loads(ran(1), ran(2, median=110))
    assert (found.before, found.after, found.verdict) == ("1.jtl", "2.jtl", "slower")
    assert found.magnitude in {"small", "medium", "large"}
    assert found.superiority is not None
    assert 0.6 < found.superiority < 0.8
    assert found.p is not None
    assert found.p < 0.001
    assert "Mann–Whitney" in found.method
    p50 = changes(found)["p50"]
    assert p50.low is not None
    assert p50.high is not None
    assert 0 < p50.low < 30 < p50.high
    assert p50.verdict == "slower"


def test_a_faster_run_is_called_faster() -> None:
    found = compare_loads(ran(1, median=110), ran(2))
    assert found.verdict == changes(found)["p50"].verdict == "faster"
    assert found.superiority is not None
    assert found.superiority < 0.4


def test_more_failures_are_called_higher() -> None:
    found = compare_loads(ran(1), ran(2, failing=0.15))
    assert changes(found)["errors"].verdict == "higher"
    assert changes(compare_loads(ran(1, failing=0.15), ran(2)))["errors"].verdict == "lower"


def test_the_headline_names_errors_before_times() -> None:
    """Failed requests are often quick: a run that fails more is called faster by its times alone."""
    worse = compare_loads(ran(1), ran(2, median=40, failing=0.15))
    assert worse.verdict == "faster"
    assert worse.headline == snapshot("errors rose from 1.5 % to 14.67 %; responses: faster")
    assert compare_loads(ran(2, median=40, failing=0.15), ran(1)).headline == snapshot("errors fell from 14.67 % to 1.5 %; responses: slower")
    assert compare_loads(ran(1), ran(2, median=110)).headline == "slower"
    assert compare_loads(summary("a.json", p95=2), summary("b.json", p95=9)).headline == "not tested"


def test_failures_that_come_together_say_less_than_as_many_that_do_not() -> None:
    """60 of 1,200 requests failed: one in each second, or all of them in three."""
    def failing(*by_second: int) -> ComparisonResult:
        windows = [window(n, [50.0 + k for k in range(20)], failures) for n, failures in enumerate(by_second)]
        return compare_loads(ran(1), evidence(run(windows), "2.jtl"))

    spread, clumped = (changes(failing(*one))["errors"] for one in ([1] * 60, [*[0] * 57, 20, 20, 20]))
    assert spread.after == clumped.after == 0.05
    assert (spread.verdict, clumped.verdict) == ("higher", "no difference shown")


def test_failures_from_some_second_on_are_no_clump() -> None:
    """A third of the requests fail in the last third of the run, under the same load."""
    windows = [window(n, [50.0 + k for k in range(20)], 7 if n >= 80 else n % 4 == 0) for n in range(120)]
    errors = changes(compare_loads(ran(1), evidence(run(windows), "2.jtl")))["errors"]
    assert errors.verdict == "higher"
    assert errors.low is not None
    assert errors.low > 0.05


@pytest.mark.parametrize(("slow", "verdict"), [(False, "too few samples"), (True, "slower")])
def test_a_service_that_slows_down_is_told_from_a_load_that_moves(slow: bool, verdict: str) -> None:
    """Ten times as slow in the last third: with as many requests, or with three times as many."""
    windows = [
        window(n, [(800.0 if n >= 80 else 80.0) + k for k in range(20 if slow or n < 80 else 60)]) for n in range(120)
    ]
    found = compare_loads(ran(1), evidence(run(windows), "2.jtl"))
    assert "not both have a steady part" in found.note
    assert found.verdict == verdict


def test_a_run_beside_itself_shows_no_difference() -> None:
    found = compare_loads(ran(1), ran(1))
    assert (found.verdict, found.superiority, found.magnitude) == ("no difference shown", 0.5, "negligible")
    assert not {change.verdict for change in found.changes} & CALLED


@pytest.mark.parametrize("clump", [0.0, 0.1])
def test_like_runs_are_seldom_called_different(clump: float) -> None:
    """The second run of the same service differs by chance, and by its good and bad seconds."""
    pairs = [compare_loads(ran(seed, clump=clump), ran(10_000 + seed, clump=clump)) for seed in range(40)]
    assert sum(found.verdict in CALLED for found in pairs) <= 5  # 2 of 40 are expected
    for metric in TESTED:
        assert sum(changes(found)[metric].verdict in CALLED for found in pairs) <= 5


def test_few_samples_are_told_to_be_few() -> None:
    few = evidence(run([window(n, [50.0 + n]) for n in range(6)]), "few.jtl")
    found = compare_loads(few, ran(1, median=400))
    assert found.verdict == "too few samples"
    assert changes(found)["errors"].verdict == "too few samples"
    p99 = changes(found)["p99"]
    assert (p99.verdict, p99.low) == ("too few samples", None)  # the first run does not bound its p99


def test_a_stall_that_few_samples_show_is_told() -> None:
    """A closed loop waits out a stall: no percentile but the corrected ones knows of it."""
    quick = [window(n, [50.0 + n % 7] * 20, 0, 8) for n in range(120)]
    still = [window(n, [] if 60 <= n < 65 else [5050.0] * 8 if n == 59 else [50.0 + n % 7] * 20, 0, 8) for n in range(120)]
    found = compare_loads(evidence(run(quick), "1.jtl"), evidence(run(still), "2.jtl"))
    assert found.verdict == "no difference shown"
    assert "2.jtl: p99 is 56 ms as measured, and 4,250 ms with the requests" in found.note
    assert "1.jtl:" not in found.note


def test_a_bad_start_that_the_steady_part_leaves_out_is_told() -> None:
    windows = [window(n, [(900.0 if n < 12 else 80.0) + k for k in range(20)]) for n in range(120)]
    found = compare_loads(ran(1), evidence(run(windows), "2.jtl"))
    assert "whole runs; 2.jtl: `steady.*` leave out the first 15 s, all under full load: p95 there is 9" in found.note


def test_a_longer_ramp_is_no_change() -> None:
    """The ramps are four times as slow; what follows is the same service."""
    short, long = evidence(steady(1, ramp=2), "short.jtl"), evidence(steady(2, ramp=15), "long.jtl")
    found = compare_loads(short, long)
    told = "percentiles and errors are those of the steady parts, all else of the whole runs"
    assert found.note.startswith(f"{told}; short.jtl: `steady.*` leave out the first 3 s, all under full load: p99 ")
    assert "; long.jtl: `steady.*` leave out the first 15 s, all under full load: p95 " in found.note
    assert found.verdict == "no difference shown"
    steady_p95 = next(f.value for f in long.facts if f.metric == "steady.p95" and not f.labels)
    whole_p95 = next(f.value for f in long.facts if f.metric == "p95" and not f.labels)
    assert changes(found)["p95"].after == steady_p95 != whole_p95


def test_where_one_has_no_steady_part_both_are_taken_whole() -> None:
    climbing = evidence(stepped(levels=(1, 2, 4, 6)), "steps.jtl")
    for pair in ((ran(1), climbing), (climbing, ran(1))):
        found = compare_loads(*pair)
        assert found.note == (
            "all figures are those of the whole runs: not both have a steady part"
        )
        whole = [next(f.value for f in e.facts if f.metric == "p95" and not f.labels) for e in pair]
        assert [changes(found)["p95"].before, changes(found)["p95"].after] == whole


@pytest.mark.parametrize("begins", [0.0, -0.4, -0.9])
def test_the_steady_part_is_that_of_its_facts_wherever_the_first_window_begins(begins: float) -> None:
    """The first window often begins before the first request; the last windows here are slow."""
    windows = [*steady(1).windows, window(60, [2000.0] * 20), window(61, [2500.0] * 20)]
    moved = run([type(w)(w.start + begins, w.groups, w.users) for w in windows])
    test = evidence(moved)
    found = compare_loads(test, test)
    facts = {f.metric: f.value for f in test.facts if not f.labels}
    for name in ("p50", "p90", "p95", "p99", "errors"):
        assert changes(found)[name].before == facts[f"steady.{name}"], name


def test_what_is_not_tested_is_stated_of_the_whole_runs() -> None:
    found = changes(compare_loads(ran(1), evidence(steady(2, seconds=90), "2.jtl")))
    assert tuple(found) == (
        "requests", "errors", "rate", "duration", "concurrency", "mean", "p50", "p90", "p95", "p99", "max",
    )  # fmt: skip
    assert found["requests"] == ChangeResult("requests", "", 1200, 1800, None, None, "not tested")
    assert (found["duration"].before, found["duration"].after) == (60_000, 90_000)
    assert {name for name, change in found.items() if change.verdict != "not tested"} == set(TESTED)


def test_without_an_error_rate_in_either_file_none_is_compared() -> None:
    """Such as `ab -g` and HdrHistogram logs, whose samples do not say what failed."""
    def silent(found: Evidence) -> Evidence:
        return found._replace(facts=tuple(f for f in found.facts if not f.metric.endswith(("errors", "failures"))))

    one, both = compare_loads(ran(1), silent(ran(2))), compare_loads(silent(ran(1)), silent(ran(2)))
    for found, paths in ((one, "2.jtl"), (both, "1.jtl and 2.jtl")):
        assert "errors" not in changes(found)
        assert {"p50", "p95"} < changes(found).keys()
        assert found.note == f"percentiles are those of the steady parts, all else of the whole runs; no error rate in {paths}"


def test_summaries_are_only_put_side_by_side() -> None:
    found = compare_loads(summary("a.json", requests=5000, p95=200, rate=90), summary("b.json", requests=5000, p95=900))
    assert (found.verdict, found.p, found.superiority, found.method) == ("not tested", None, None, "")
    assert found.note == "no samples in a.json and b.json, so no difference can be tested"
    assert found.changes == (
        ChangeResult("requests", "", 5000, 5000, None, None, "not tested"),
        ChangeResult("p95", "ms", 200, 900, None, None, "not tested"),
    )


def test_a_summary_beside_samples_is_not_tested_either() -> None:
    found = compare_loads(summary(requests=1200, p95=200), ran(1))
    assert found.verdict == "not tested"
    assert found.note == "no samples in summary.json, so no difference can be tested"
    assert {change.verdict for change in found.changes} == {"not tested"}


def test_other_units_texts_and_endpoints_are_not_put_side_by_side() -> None:
    at = Location("x.json")
    odd = summary(requests=5)._replace(facts=(
        Fact("requests", 5, "", at), Fact("p95", 1, "1/s", at), Fact("mean", "fast", "ms", at),
        Fact("p50", 1, "ms", at, (("endpoint", "/"),)),
    ))  # fmt: skip
    assert tuple(changes(compare_loads(odd, ran(1)))) == ("requests",)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("bad", "note"),
    [
        (broken(), "broken.jtl cannot be believed: the last row is cut off"),
        (broken("gone.jtl", "inconclusive", "no file matches `gone.jtl`"), "gone.jtl proves nothing: no file matches `gone.jtl`"),
        (summary("junit.xml", tests=12), "junit.xml is no load test"),
    ],
)
def test_what_cannot_be_compared_is_told(bad: Evidence, note: str, *, swapped: bool) -> None:
    found = compare_loads(*((ran(1), bad) if swapped else (bad, ran(1))))
    assert (found.verdict, found.note, found.changes) == ("not tested", note, ())
    assert (found.p, found.superiority, found.magnitude, found.method) == (None, None, "", "")


def test_samples_that_a_contradiction_makes_invalid_are_not_tested() -> None:
    problem = Problem("invalid", "summary-disagrees", "`p95` is 1 ms here", Location("1.jtl"))
    found = compare_loads(ran(1)._replace(problems=(problem,)), ran(2, median=110))
    assert found.note == "1.jtl cannot be believed: `p95` is 1 ms here"
    assert found.changes == ()


def test_both_are_told() -> None:
    found = compare_loads(broken("a.jtl"), summary("junit.xml", tests=12))
    assert found.note == "a.jtl cannot be believed: the last row is cut off; junit.xml is no load test"


def test_a_run_that_only_failed_is_not_called_faster() -> None:
    problem = Problem("inconclusive", "all-failed", "every request failed: its times say nothing of answers", Location("2.jtl"))
    found = compare_loads(ran(1), ran(2, median=5, failing=1.0)._replace(problems=(problem,)))
    assert found.verdict == "not tested"
    assert found.note == "2.jtl proves nothing: every request failed: its times say nothing of answers"
    assert changes(found)["errors"].before == pytest.approx(0.02, abs=0.01)
    assert changes(found)["errors"].after == 1
    assert {change.verdict for change in found.changes} == {"not tested"}


def test_samples_without_times_are_compared_as_they_are() -> None:
    untimed = [evidence(Load((window(0, [times + n / 10 for n in range(200)]),)), f"{times}.csv") for times in (50, 70)]
    found = compare_loads(*untimed)
    assert found.verdict == "slower"
    assert "whole runs" in found.note


def test_of_several_the_one_with_the_name_most_like_it_is_the_counterpart() -> None:
    before = evidence(steady(1), "load/k6-1.3.0.json.gz")
    files = [evidence(steady(n), f"load/{name}") for n, name in enumerate(("k6.json.gz", "steps.json.gz"))]
    assert [e.path for e in counterparts(before, files)] == ["load/k6.json.gz"]
    alike = [evidence(steady(n), f"{name}.jtl") for n, name in enumerate("ab")]
    assert counterparts(before, alike) == alike
    assert counterparts(before, []) == []


def locust(name: str, **counts: int) -> Evidence:
    """Write what Locust's JSON is read into: a histogram of a run, and no times of requests."""
    whole = {"requests": sum(counts.values()), "failures": counts.pop("failed", 0)}
    times = from_counts({float(ms.removeprefix("ms")): n for ms, n in counts.items()})
    return evidence(steady(1), name)._replace(
        load=None, times={(): times}, problems=(),
        facts=tuple(Fact(metric, n, "", Location(name, 1)) for metric, n in (*whole.items(), ("errors", 0.0))),
    )  # fmt: skip


def test_histograms_are_tested_and_the_note_says_what_they_cannot_tell() -> None:
    before, after = locust("a.json", ms80=500, ms120=400, ms300=90, failed=10), locust("b.json", ms80=200, ms120=600, ms300=190, failed=10)
    found = compare_loads(before, after)
    assert found.verdict == "slower"
    assert changes(found)["p95"].verdict in {"slower", "no difference shown"}
    assert changes(found)["errors"].verdict == "no difference shown"
    assert found.note == snapshot(
        "all figures are those of the whole runs: not both have a steady part; "
        "clumps are not discounted: when requests came is not in a.json and b.json"
    )
    assert compare_loads(before, before).verdict == "no difference shown"
    assert "a.json" in compare_loads(before, ran(1)).note


def test_a_histogram_without_requests_is_too_little() -> None:
    empty = locust("a.json", failed=0)
    assert compare_loads(empty, empty).verdict == "too few samples"


def test_rounded_times_are_not_tested_against_exact_ones() -> None:
    found = compare_loads(locust("a.json", ms100=1000), ran(1))
    assert (found.verdict, found.note) == (
        "not tested", "times are rounded in a.json alone, so no difference can be tested",
    )  # fmt: skip
    assert "design effect" not in compare_loads(locust("a.json", ms80=900), locust("b.json", ms90=900)).method
