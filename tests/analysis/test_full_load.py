"""The analysis `full-load`: the steady part where there is one, the whole of a summary, and nothing else."""

from __future__ import annotations

import pytest

from readiness.analysis.analyses.full_load import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.errors import Location
from readiness.evaluation.compare import compare
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.launch import Launch
from readiness.model.load import Window
from readiness.model.plan import Check
from tests.analysis.loads import evidence, steady, stepped, summary
from tests.analysis.loads import run as run_of

STAIRS = "steps.jtl says nothing of full load: its load moves"
RAMPED = evidence(steady(seconds=300, rate=40, ramp=25), "ramped.jtl")


def analyse(*tests: Evidence, peak: str | None = "30 rps") -> Analysed:
    launch = Launch.model_validate({
        "schema": "readiness/launch@1", "service": "s", "title": "t", "owner": "o", "launch": "2026-12-07",
        "candidate": {"version": "1"}, "checklists": ["x"], "parameters": {"peak": peak} if peak else {},
    })  # fmt: skip
    return run(launch, "readiness.yaml", tests)


def values(found: Analysed, path: str) -> dict[str, float]:
    return {f.metric.removeprefix("full_load."): float(f.value) for f in found.facts if ("file", path) in f.labels}


def outcome(found: Analysed, expectation: str) -> str:
    check = Check(parse_expectation(expectation), "", Location("list.yaml"))
    return compare(check, found.facts, Location("x"), confident=False).outcome


def test_of_samples_the_steady_part_counts_with_its_place_and_interval() -> None:
    found = analyse(RAMPED)
    known = {f.metric: f for f in RAMPED.facts if not f.labels}
    assert values(found, "ramped.jtl") == {
        name: known[f"steady.{name}"].value for name in ("requests", "errors", "rate", "p50", "p95", "p99")
    }
    (p95,) = (f for f in found.facts if f.metric == "full_load.p95")
    stated = known["steady.p95"]
    assert (p95.at, p95.bounds, p95.samples, p95.origin) == (stated.at, stated.bounds, stated.samples, "derived")
    assert (found.problems, found.strength) == ((), Strength.measured)


def test_a_ramp_does_not_thin_out_what_full_load_does() -> None:
    """Half of the requests came while the load was low, and were quick."""
    facts = (
        Fact("requests", 9000, "", Location("r.jtl")), Fact("rate", 30.0, "1/s", Location("r.jtl")),
        Fact("errors", 0.006, "ratio", Location("r.jtl")), Fact("p95", 700.0, "ms", Location("r.jtl")),
        Fact("steady.requests", 5000, "", Location("r.jtl")), Fact("steady.rate", 45.0, "1/s", Location("r.jtl")),
        Fact("steady.errors", 0.011, "ratio", Location("r.jtl")), Fact("steady.p95", 900.0, "ms", Location("r.jtl")),
    )  # fmt: skip
    test = Evidence("r.jtl", (), "jmeter-jtl", Strength.measured, facts, (), load=steady())
    assert outcome(analyse(test), "full_load.p95 <= 800 ms") == "failed"
    assert outcome(analyse(test), "full_load.errors < 1%") == "failed"


@pytest.mark.parametrize("reader", ["k6-summary", "locust-csv", "jmeter-statistics", "gatling-stats"])
def test_a_summary_has_its_whole_run_only(reader: str) -> None:
    test = summary(requests=9000, rate=45.0, errors=0.002, p95=700.0)._replace(reader=reader)
    found = analyse(test)
    assert values(found, "summary.json") == {"requests": 9000, "rate": 45, "errors": 0.002, "p95": 700}
    assert outcome(found, "full_load.p95 <= 800 ms") == outcome(found, "full_load.errors < 1%") == "proven"


def test_of_several_the_worst_counts() -> None:
    good = summary("good.json", requests=9000, rate=45.0, errors=0.002, p95=700.0)
    bad = summary("bad.json", requests=9000, rate=46.0, errors=0.002, p95=900.0)
    assert outcome(analyse(good, bad), "full_load.p95 <= 800 ms") == "failed"


def test_runs_below_the_peak_and_stepped_ones_are_not_judged() -> None:
    smoke = summary("smoke.json", requests=20, rate=2.0, errors=0.5, p95=5000.0)
    good = summary(requests=9000, rate=30.0, errors=0.002, p95=700.0)
    stair = evidence(stepped(), "steps.jtl")
    found = analyse(smoke, good, stair)
    assert {dict(f.labels)["file"] for f in found.facts} == {"summary.json"}
    (problem,) = found.problems
    assert (problem.kind, problem.code, problem.message) == (
        "warning", "no-full-load", STAIRS,
    )  # fmt: skip


def test_each_run_of_a_file_is_judged() -> None:
    facts = tuple(
        Fact(name, value, unit, Location("runs.md"), (("endpoint", "/chat"), ("run", str(number))))
        for number, p95 in enumerate((700.0, 900.0), 1)
        for name, value, unit in (("requests", 9000, ""), ("rate", 45.0, "1/s"), ("errors", 0.0, "ratio"), ("p95", p95, "ms"))
    )
    found = analyse(Evidence("runs.md", (), "ab", Strength.measured, facts, ()))
    assert [dict(f.labels)["run"] for f in found.facts if f.metric == "full_load.p95"] == ["1", "2"]
    assert outcome(found, "full_load.p95 <= 800 ms") == "failed"


def test_endpoints_are_not_taken_for_the_whole() -> None:
    facts = tuple(
        Fact(name, value, unit, Location("x.csv"), (("endpoint", "/health"),))
        for name, value, unit in (("requests", 9000, ""), ("rate", 45.0, "1/s"), ("errors", 0.0, "ratio"), ("p95", 3.0, "ms"))
    )
    assert analyse(Evidence("x.csv", (), "locust-csv", Strength.measured, facts, ())).facts == ()


@pytest.mark.parametrize(
    ("tests", "peak", "code", "message"),
    [
        ((), "30 rps", "below-peak", "no load test reaches the peak of 30/s: the fastest has no rate"),
        ((summary(requests=90, rate=29.0, errors=0.0, p95=7.0),), "30 rps", "below-peak",
         "no load test reaches the peak of 30/s: the fastest has 29/s"),
        ((evidence(stepped(), "steps.jtl"),), "30 rps", "no-full-load", STAIRS),
        ((summary(requests=90, rate=45.0, p95=7.0),), "30 rps", "no-full-load", "summary.json says nothing of full load: it has no `errors`"),
        ((summary(requests=90, rate=45.0, errors=0.0, mean=7.0),), "30 rps", "no-full-load", "summary.json says nothing of full load: it has no `p95`"),
        ((RAMPED,), None, "no-peak", "the launch states no `peak` to test at"),
    ],
    ids=["none", "below", "stepped", "no errors", "no p95", "no peak"],
)  # fmt: skip
def test_where_nothing_is_at_full_load_nothing_is_proven(
    tests: tuple[Evidence, ...], peak: str | None, code: str, message: str
) -> None:
    found = analyse(*tests, peak=peak)
    (problem,) = found.problems
    assert (found.facts, problem.kind, problem.code, problem.message) == ((), "inconclusive", code, message)
    assert outcome(found, "full_load.p95 <= 800 ms") == "inconclusive"


def test_invalid_evidence_is_left_out() -> None:
    wrong = Problem("invalid", "summary-disagrees", "…", Location("summary.json"))
    test = summary(requests=9000, rate=45.0, errors=0.0, p95=7.0)._replace(problems=(wrong,))
    assert analyse(test).facts == ()


def test_what_it_gives_is_declared() -> None:
    declared = {name for name, _, _ in ANALYSIS.metrics}
    assert {fact.metric for fact in analyse(RAMPED).facts} == declared


def test_a_run_that_proves_nothing_is_no_pass_beside_a_good_one() -> None:
    """Best of two is none: what is inconclusive about a figure at full load stays so."""
    doubt = Problem("inconclusive", "errors-passed", "error pages passed", Location("b.jtl"), "", ("errors",))
    bad = RAMPED._replace(path="b.jtl", problems=(doubt,))
    for tests in ((bad,), (RAMPED, bad)):
        found = analyse(*tests)
        assert [(p.kind, p.message) for p in found.problems] == [
            ("inconclusive", "b.jtl says nothing of full load: error pages passed")
        ]
    elsewhere = RAMPED._replace(problems=(doubt._replace(metrics=("throughput",)),))
    assert analyse(elsewhere).problems == ()


def test_what_goes_bad_at_full_load_is_no_pass_beside_a_good_run() -> None:
    """Its load stays at 40/s and its errors rise: that it has no steady part excuses nothing."""
    good, ends = steady(6, rate=40, failing=0.0), steady(7, rate=40, failing=0.3)
    moved = [Window(w.start + 60, w.groups, w.users) for w in ends.windows]
    half = run_of([*good.windows, *moved])
    bad = evidence(half, "bad.jtl")
    found = analyse(RAMPED, bad)
    (problem,) = found.problems
    assert (problem.kind, problem.code) == ("inconclusive", "no-full-load")
    assert problem.message.startswith("bad.jtl says nothing of full load: no steady state found: errors rise from 0.00% to ")
    assert problem.message.endswith("; its load stays")


def test_each_stage_of_a_bench_is_judged() -> None:
    facts = tuple(
        Fact(name, value, unit, Location("g.json"), (("stage", stage),))
        for stage, rate in (("constant@10", 10.0), ("constant@40", 40.0))
        for name, value, unit in (("requests", 9000, ""), ("rate", rate, "1/s"), ("errors", 0.0, "ratio"), ("p95", 500.0, "ms"))
    )
    found = analyse(Evidence("g.json", (), "guidellm", Strength.measured, facts, ()))
    assert [dict(f.labels)["stage"] for f in found.facts if f.metric == "full_load.p95"] == ["constant@40"]
