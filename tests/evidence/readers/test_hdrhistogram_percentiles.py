"""The reader of HdrHistogram's percentile distributions against samples, real files, and traps."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.loadtest.spectrum import Step, bounds
from readiness.evidence.readers.hdrhistogram_percentiles import READER
from readiness.stats.histogram import Histogram
from readiness.stats.order_statistics import interval
from tests.evidence.readers import printed_tools as tools

DECLARED = tools.text(READER, "ok/declared-unit.hgrm")


@pytest.mark.parametrize("path", tools.files(READER, "ok"), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_warnings_at_most(path: Path) -> None:
    reading = tools.read(READER, path)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} == {"warning"}
    assert READER.sniff(path.read_bytes()) == 85


def test_unit_is_not_in_the_file_so_values_have_none() -> None:
    reading = tools.sample(READER, "ok/unknown-unit.hgrm")
    assert {f.metric.split(".")[0] for f in reading.facts} == {"value"}
    assert {f.unit for f in reading.facts} == {""}
    problem = tools.problem(reading, "unknown-unit")
    assert problem.message == "the unit of these values is not in the file: they are given as `value.*`"
    assert problem.help == "write a first line `#[Unit: ms]` (ns, us, ms or s) from the program that knows it"


def test_declared_unit_gives_response_times_in_ms() -> None:
    reading = tools.sample(READER, "ok/declared-unit.hgrm")
    found = tools.values(reading)
    assert found == {
        "requests": 8068, "mean": 39.684, "p50": 30.911, "p75": 49.631, "p90": 76.543, "p95": 100.351,
        "p97.5": 123.519, "p99": 158.463, "p99.9": 278.527, "p99.99": 434.431, "max": 434.431,
    }  # fmt: skip
    p95 = tools.fact(reading, "p95")
    assert (p95.unit, p95.samples, p95.origin, p95.at) == ("ms", 8068, "file", Location("declared-unit.hgrm", 26))
    assert tools.codes(reading) == ["no-outcomes", "correction-unknown"]


def test_java_and_csv_write_the_same_distribution_with_more_digits() -> None:
    java = tools.values(tools.sample(READER, "ok/java.hgrm"))
    known = tools.values(tools.sample(READER, "ok/declared-unit.hgrm"))
    assert {name: java[name] for name in ("p50", "p95", "p99.9", "max")} == pytest.approx(
        {name: known[name] for name in ("p50", "p95", "p99.9", "max")}
    )
    sheet = tools.values(tools.sample(READER, "ok/csv.csv"))
    assert (sheet["value.p99"], sheet["value.count"]) == (known["p99"], 8068)
    assert "value.mean" not in sheet


def test_several_distributions_are_told_apart() -> None:
    reading = tools.sample(READER, "ok/runs.md")
    assert tools.values(reading) == {}
    before, after = (tools.values(reading, run=run) for run in "12")
    assert before["p95"] == pytest.approx(2 * after["p95"], rel=0.01)


def test_trap_16_a_pair_of_files_differs_by_what_a_closed_loop_left_out() -> None:
    """Corrected or not: the file does not say which it is, so the page of the reader does."""
    assert any("coordinated omission" in trap for trap in READER.traps)


def test_trap_17_only_the_total_count_says_how_many_samples_there_are() -> None:
    assert tools.fact(tools.sample(READER, "ok/unknown-unit.hgrm"), "value.p99").samples == 8068


def test_output_of_wrk2_is_known_better_by_its_own_reader() -> None:
    content = tools.SAMPLES / "wrk" / "ok" / "wrk2.txt"
    assert READER.sniff(content.read_bytes()) == 85


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 40)), min_size=1, max_size=30), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_interval_of_a_percentile_contains_that_of_all_samples(parts: list[tuple[int, int]], share: float) -> None:
    """Of each class only the upper end is known: the interval is never narrower than the real one."""
    value, reached, steps = 0, 0, []
    exact: dict[float, int] = {}
    for rise, count in parts:
        for place in range(count):
            sample = value + rise * (place + 1) / count
            exact[sample] = exact.get(sample, 0) + 1
        value, reached = value + rise, reached + count
        steps.append((value, reached))
    first = Step(1, min(exact), 0.0, 1)
    table = [first, *(Step(1, v, r / reached, r) for v, r in steps)]
    whole = interval(Histogram(sorted(exact), [exact[v] for v in sorted(exact)]), share)
    found = bounds(table, share)
    assert found
    assert found.low <= whole.low + 1e-9
    assert found.high >= whole.high - 1e-9


@pytest.mark.parametrize(
    ("name", "kind", "code", "place", "message"),
    [
        ("cut-off.hgrm", "invalid", "cut-off", "cut-off.hgrm:40", "the distribution does not reach 100 %"),
        ("header-only.hgrm", "invalid", "cut-off", "header-only.hgrm:1", "the distribution does not reach 100 %"),
        ("nan.hgrm", "invalid", "number", "nan.hgrm:20", "a value of the distribution is `nan`, not a number of 0 or more"),
        ("backwards.hgrm", "invalid", "contradiction", "backwards.hgrm:21",
         "the distribution runs backwards: a higher percentile has less"),
        ("total-contradicts.hgrm", "invalid", "contradiction", "total-contradicts.hgrm:71",
         "the total count is 17, the lines reach 8,068"),
        ("count-too-low.hgrm", "invalid", "contradiction", "count-too-low.hgrm:25",
         "7,615 of 8,068 samples are said to be 95.00%"),
        ("mean-above-max.hgrm", "invalid", "contradiction", "mean-above-max.hgrm:71",
         "the mean of 9,999 ms is not between the minimum and the maximum"),
        ("empty.hgrm", "inconclusive", "no-samples", "empty.hgrm:1", "no value was recorded"),
    ],
)  # fmt: skip
def test_broken_sample_says_what_is_wrong_and_where(name: str, kind: str, code: str, place: str, message: str) -> None:
    reading = tools.sample(READER, f"broken/{name}")
    assert (kind, code, place) in tools.problems(reading)
    assert message in [problem.message for problem in reading.problems]


@pytest.mark.parametrize("data", tools.HOSTILE, ids=range(len(tools.HOSTILE)))
def test_hostile_bytes_give_problems(data: bytes) -> None:
    assert tools.survives(READER, data).facts == ()
    tools.survives(READER, DECLARED.encode() + data)


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "-1", "nan", "inf", "", "1_0", "٣"])
@pytest.mark.parametrize("old", ["100.351", "0.950000", "8068", "39.684", "434.431"])
def test_hostile_numbers_give_problems(old: str, number: str) -> None:
    reading = tools.survives(READER, DECLARED.replace(f" {old}", f" {number}").encode())
    assert all(abs(float(fact.value)) < 1e16 for fact in reading.facts)


@given(st.integers(0, DECLARED.index("1.000000") - 1))
def test_a_distribution_cut_off_anywhere_is_refused(end: int) -> None:
    assert tools.codes(tools.survives(READER, DECLARED[:end].encode()), "invalid")


@given(st.lists(st.sampled_from(DECLARED.splitlines()), max_size=40), st.binary(max_size=30))
def test_any_lines_in_any_order_give_facts_or_problems(lines: list[str], junk: bytes) -> None:
    tools.survives(READER, "\n".join(lines).encode() + junk)


def test_sniff_claims_distributions_and_the_output_of_wrk2() -> None:
    assert {name.split("/")[0] for name in tools.claimed(READER)} == {"hdrhistogram", "wrk"}
    assert len(tools.claimed(READER)) == 7


def test_ground_truth_of_real_files() -> None:
    compared = 0
    rows = tools.index("real", tool="hdrhistogram", format=".hgrm percentile text")
    for path, truth in rows:
        found = tools.values(tools.read(READER, path))
        assert found["value.count"] == int(truth["total"])
        for ours, theirs in {"p50": "p50", "p99": "p99", "p99.9": "p99_9"}.items():
            assert found[f"value.{ours}"] == truth[theirs], path.name
        assert found["value.max"] == pytest.approx(float(truth["max"]), rel=0.001)
        compared += 5
    print(f"hgrm: {len(rows)} files, {compared} values compared")
    assert (len(rows), compared) == (4, 20)
