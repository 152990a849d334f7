"""The reader of GuideLLM reports against its samples, a real file, and trap by trap."""

from __future__ import annotations

import copy
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.loadtest.realism import realism_problems
from readiness.evidence.reader import Reading
from readiness.evidence.readers.guidellm import READER
from tests.evidence.readers.llm_benchmarks import (
    HOSTILE,
    REAL,
    codes,
    facts,
    load,
    mangled,
    problems,
    read,
    stay_calm,
    told,
    truths,
    values,
)

REPORT: dict[str, Any] = json.loads(load(READER, "with-requests.json").text)
METRICS: dict[str, Any] = REPORT["benchmarks"][0]["metrics"]
REQUESTS: dict[str, Any] = REPORT["benchmarks"][0]["requests"]


def sample(name: str) -> Reading:
    return READER.read(load(READER, name), None)


def edited(**benchmark: Any) -> dict[str, Any]:
    """Return the report with some keys of its benchmark replaced; `metrics__x` is one of them."""
    report = copy.deepcopy(REPORT)
    for key, value in benchmark.items():
        place, steps = report["benchmarks"][0], key.split("__")
        for step in steps[:-1]:
            place = place[step]
        place[steps[-1]] = value
    return report


def test_the_real_report_says_what_it_states() -> None:
    files = truths(REAL, "guidellm JSON (v2 report)")
    if not files:
        pytest.skip(f"no real file at {REAL}")
    path, truth = files[0]
    report = json.loads(path.read_text())
    assert truth["benchmarks"] == len(report["benchmarks"]) == 2
    reading = read(READER, path.read_bytes(), path.name)
    compared = 0
    for name, benchmark in zip(("constant@2", "constant@4"), report["benchmarks"], strict=True):
        found, metrics = values(reading, ("stage", name)), benchmark["metrics"]
        assert (found["requests"], found["errors"]) == (2, 0)
        for key, family, scale in (
            ("request_latency", "e2e", 1000), ("time_to_first_token_ms", "ttft", 1),
            ("inter_token_latency_ms", "itl", 1), ("time_per_output_token_ms", "tpot", 1),
        ):  # fmt: skip
            stated = metrics[key]["successful"]
            assert found[f"{family}.mean"] == stated["mean"] * scale
            assert found[f"{family}.p99"] == stated["percentiles"]["p99"] * scale
            assert found[f"{family}.p99.9"] == stated["percentiles"]["p999"] * scale
            compared += 3
        assert found["p95"] == metrics["request_latency"]["successful"]["percentiles"]["p95"] * 1000
        assert found["rate"] == metrics["requests_per_second"]["successful"]["mean"]
    assert compared == 24
    assert {(p.kind, p.code) for p in reading.problems} == {("warning", "generator-saturated")}


def test_each_rate_of_a_sweep_is_a_stage_and_none_is_the_whole() -> None:
    reading = sample("sweep.json")
    stages = [("constant@5", 5, 150), ("constant@10", 10, 300), ("throughput", None, 200)]
    for name, rate, requests in stages:
        found = values(reading, ("stage", name))
        assert (found.get("rate.offered"), found["requests"]) == (rate, requests)
    assert not values(reading)
    assert reading.load is None


def test_stages_of_one_name_are_told_apart() -> None:
    labels = {fact.labels for fact in sample("same-rate-twice.json").facts}
    assert labels == {(("stage", "constant@5"),), (("stage", "constant@5 #2"),)}


def test_a_single_benchmark_is_the_whole() -> None:
    found = facts(sample("with-requests.json"))
    assert (found["requests"].value, found["failures"].value) == (8, 1)
    assert found["duration"].value == REPORT["benchmarks"][0]["duration"] * 1000
    assert str(found["itl.p95"].at).endswith("/inter_token_latency_ms/successful/percentiles/p95")


def test_latency_is_in_seconds_and_the_rest_in_milliseconds() -> None:
    reading = read(READER, edited(requests={"successful": [], "errored": []}))
    found = values(reading)
    assert found["p95"] == METRICS["request_latency"]["successful"]["percentiles"]["p95"] * 1000
    assert found["ttft.p95"] == METRICS["time_to_first_token_ms"]["successful"]["percentiles"]["p95"]
    assert facts(reading)["p95"].origin == "file"


def test_figures_are_those_of_the_successes() -> None:
    reading = read(READER, edited(requests={"successful": [], "errored": []}))
    assert values(reading)["max"] == METRICS["request_latency"]["successful"]["max"] * 1000
    assert facts(reading)["p99"].samples == 7


def test_itl_has_the_requests_as_its_samples_not_the_tokens() -> None:
    found = facts(sample("with-requests.json"))
    assert METRICS["inter_token_latency_ms"]["successful"]["count"] > 7
    assert found["itl.p99"].samples == 7


def test_the_end_is_when_it_was_produced() -> None:
    reading = sample("sweep.json")
    ends = [b["end_time"] for b in json.loads(load(READER, "sweep.json").text)["benchmarks"]]
    assert reading.produced == datetime.fromtimestamp(max(ends), UTC)
    assert read(READER, edited(end_time=None)).produced is None


def test_single_requests_are_recomputed_and_come_as_samples() -> None:
    reading = sample("with-requests.json")
    times = sorted(r["request_latency"] * 1000 for r in REQUESTS["successful"])
    found = facts(reading)
    assert found["p50"].value == pytest.approx(times[3])
    assert found["p50"].origin == "derived"
    assert found["ttft.max"].value == max(r["time_to_first_token_ms"] for r in REQUESTS["successful"])
    assert found["inputs.distinct"].value == 7
    assert reading.load is not None
    assert (reading.load.arrivals, reading.load.began > 1e9) == ("open", True)
    assert sum(window.failures for window in reading.load.windows) == 1


def test_a_sample_of_the_requests_is_not_taken_for_all() -> None:
    part = {**REQUESTS, "successful": REQUESTS["successful"][:4]}
    reading = read(READER, edited(requests=part))
    assert (reading.load, facts(reading)["p50"].origin) == (None, "file")
    assert "inputs.distinct" not in values(reading)


def test_more_requests_in_a_list_than_were_counted_are_a_contradiction() -> None:
    hidden = {"successful": 7, "errored": 0, "incomplete": 0, "total": 7}
    message = "invalid contradiction: `errored` is 0, and 1 of those listed are of the measured time"
    assert message in told(READER, edited(metrics__request_totals=hidden))
    twice = REQUESTS["successful"] + REQUESTS["successful"][:2]
    message = "invalid contradiction: `successful` is 7, and 9 of those listed are of the measured time"
    assert message in told(READER, edited(requests__successful=twice))


def test_requests_of_the_warm_up_are_listed_and_not_counted() -> None:
    ends = [r["request_end_time"] for r in REQUESTS["successful"]]
    begin = REPORT["benchmarks"][0]["start_time"]
    early = [
        {**r, "request_start_time": begin - 9, "request_end_time": begin - 8} for r in REQUESTS["successful"][:2]
    ]
    late = [{**early[0], "request_start_time": max(ends) + 8, "request_end_time": max(ends) + 9}]
    reading = read(READER, edited(requests__successful=[*early, *REQUESTS["successful"], *late]))
    assert [p for p in reading.problems if p.code == "contradiction"] == []
    assert reading.load is None
    part = [*early, *REQUESTS["successful"][:5]]
    assert read(READER, edited(requests__successful=part)).load is None  # as many, but not those


def test_more_successes_than_have_a_time_are_a_contradiction() -> None:
    more = {"successful": 9_999, "errored": 1, "incomplete": 0, "total": 10_000}
    message = "invalid contradiction: `successful` is 9,999, and `request_latency` counts 7"
    assert message in told(READER, edited(metrics__request_totals=more))
    assert "contradiction" not in " ".join(told(READER, edited(metrics__request_latency__successful__count=None)))


def test_every_stated_time_is_compared_with_the_requests() -> None:
    for metric in ("request_latency", "time_to_first_token_ms"):
        for stat in ("mean", "min", "max"):
            stated = copy.deepcopy(METRICS[metric])
            stated["successful"][stat] *= 0.8
            assert "invalid contradiction" in codes(READER, edited(**{f"metrics__{metric}": stated})), stat


def test_version_02_has_its_counts_and_strategy_elsewhere() -> None:
    reading = sample("version-0.2.json")
    found = values(reading)
    assert [found[n] for n in ("requests", "failures", "incomplete")] == [12, 1, 0]
    assert found["inputs.distinct"] == 7
    assert reading.load is not None
    assert reading.load.arrivals == "closed"


def test_a_bare_list_of_benchmarks_is_read() -> None:
    assert values(read(READER, REPORT["benchmarks"])) == values(sample("with-requests.json"))


def test_requests_that_ran_at_the_end_are_told() -> None:
    (problem,) = (p for p in sample("sweep.json").problems if p.code == "incomplete")
    assert problem.message == (
        "stage throughput: 32 requests ran when the benchmark ended, 200 had succeeded: "
        "the slowest are in no figure"
    )
    assert values(sample("sweep.json"), ("stage", "throughput"))["incomplete"] == 32


def test_a_stated_rate_that_the_counts_do_not_bear_out_is_replaced() -> None:
    stated = copy.deepcopy(METRICS["requests_per_second"])
    stated["successful"]["mean"] = 500.0
    fact = facts(read(READER, edited(metrics__requests_per_second=stated)))["rate"]
    assert (fact.value, fact.origin) == (7 / REPORT["benchmarks"][0]["duration"], "derived")


def test_trap_22_a_rate_that_was_not_reached_is_a_warning() -> None:
    report = edited(config__strategy={"type_": "constant", "rate": 40.0})
    (problem,) = realism_problems(read(READER, report).facts, Location("f"))
    assert problem.code == "generator-saturated"
    report["benchmarks"] *= 2
    assert "warning generator-saturated" in codes(READER, report)


def test_streams_are_users_where_no_concurrency_is_measured() -> None:
    report = edited(config__strategy={"type_": "concurrent", "streams": 16}, metrics__request_concurrency=None)
    assert values(read(READER, report))["concurrency"] == 16


def test_zeros_of_an_empty_distribution_are_no_facts() -> None:
    empty = copy.deepcopy(METRICS["time_to_first_token_ms"])
    empty["successful"] |= {"count": 0, "mean": 0.0, "max": 0.0, "total_sum": 0.0}
    report = edited(metrics__time_to_first_token_ms=empty, requests={"successful": [], "errored": []})
    assert not [name for name in values(read(READER, report)) if name.startswith("ttft")]


def test_a_stall_in_a_closed_loop_is_told() -> None:
    stated = copy.deepcopy(METRICS["request_latency"])
    stated["successful"]["max"] = 60.0
    strategy = {"type_": "concurrent", "streams": 4}
    report = edited(metrics__request_latency=stated, config__strategy=strategy, requests={})
    assert "warning coordinated-omission" in codes(READER, report)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("all-errored.json", "every request failed: its times say nothing of answers"),
        ("benchmarks-are-texts.json", "there is no list `benchmarks` of objects"),
        ("mean-against-sum.json",
         "mean and count of `time_to_first_token_ms` make 140, their sum is 546.562"),
        ("nan.json", "NaN is not JSON"),
        ("negative-latency.json", "`request_latency` is `-1.0`, not a number of 0 or more"),
        ("no-benchmarks.json", "no request is in it"),
        ("no-count-of-errors.json", "there is no count of `errored` requests"),
        ("nothing-answered.json", "none of 12 requests was answered before the end"),
        ("p95-against-requests.json", "`e2e.p90` is 96.2366 ms, the single values give 227.581 ms"),
        ("p99-below-p95.json", "`e2e.p99` is 0.1 ms, the single values give 227.581 ms"),
        ("request-is-no-object.json", "a request is no object"),
        ("text-for-a-number.json", "`max` is `'slow'`, not a number of 0 or more"),
        ("total-is-no-sum.json", "`total` is 99, the counts add up to 8"),
    ],
)  # fmt: skip
def test_a_broken_file_says_what_is_wrong(name: str, message: str) -> None:
    found = problems(READER, load(READER, name, "broken"))
    assert message in [problem.message for problem in found if problem.kind != "warning"]
    assert all(problem.help for problem in found)


def test_percentiles_out_of_order_are_invalid() -> None:
    stated = copy.deepcopy(METRICS["inter_token_latency_ms"])
    stated["successful"]["percentiles"]["p99"] = 0.001
    (line,) = (x for x in told(READER, edited(metrics__inter_token_latency_ms=stated)) if "invalid" in x)
    assert re.match(r"invalid contradiction: `itl.p99` is 0.001 ms, below `itl.p90` of", line)


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)
    stay_calm(READER, b'{"benchmarks": [' + data)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["with-requests.json", "version-0.2.json"]),
    st.integers(0, 1 << 30),
    st.sampled_from([b"", b"9", b"-", b'"', b"[", b"null", b"\0", b"\xff", b"1e999", b"{}", b"\n"]),
)
def test_a_mangled_file_is_refused_calmly(name: str, at: int, piece: bytes) -> None:
    stay_calm(READER, mangled(load(READER, name).data, at, piece))


def steps_of(value: Any, *steps: str | int) -> list[tuple[str | int, ...]]:
    found: list[tuple[str | int, ...]] = [steps] if steps else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found += steps_of(inner, *steps, key)
    return found


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([s for s in steps_of(REPORT) if s[0] == "benchmarks"]),
    st.sampled_from([None, True, -1, 0, 1e300, 10**400, "x", [], {}, [[]], {"count": 3}]),
)
def test_any_value_anywhere_is_taken_calmly(steps: tuple[str | int, ...], value: Any) -> None:
    report = copy.deepcopy(REPORT)
    place: Any = report
    for step in steps[:-1]:
        place = place[step]
    place[steps[-1]] = value
    stay_calm(READER, json.dumps(report).encode())
