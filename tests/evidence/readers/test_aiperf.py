"""The reader of AIPerf summaries against its samples, produced files, and trap by trap."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.loadtest.realism import realism_problems
from readiness.evidence.reader import Reading
from readiness.evidence.readers.aiperf import READER
from tests.evidence.readers.llm_benchmarks import (
    HOSTILE,
    PRODUCED,
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

CLOSED: dict[str, Any] = json.loads(load(READER, "closed.json").text)
CLEAN: dict[str, Any] = json.loads(load(READER, "request-rate-without-errors.json").text)
TABLE = load(READER, "closed.csv").text


def sample(name: str) -> Reading:
    return READER.read(load(READER, name), None)


def edited(base: dict[str, Any], **metrics: Any) -> dict[str, Any]:
    """Return a summary with some keys replaced; `request_latency__avg` is one of them."""
    data = copy.deepcopy(base)
    for key, value in metrics.items():
        place, steps = data, key.split("__")
        for step in steps[:-1]:
            place = place[step]
        if value is None:
            del place[steps[-1]]
        else:
            place[steps[-1]] = value
    return data


def test_the_produced_run_reproduces_its_ground_truth() -> None:
    files = truths(PRODUCED, "aiperf.json")
    if not files:
        pytest.skip(f"no produced files at {PRODUCED}")
    path, truth = files[0]
    found = values(read(READER, path.read_bytes(), path.name))
    assert (found["requests"], found["failures"]) == (truth["n"] + truth["errors"], truth["errors"])
    names = {"rps": "rate", "e2e_p50": "p50", "e2e_p95": "p95", "e2e_p99": "p99", "ttft_p95": "ttft.p95"}
    for key, metric in names.items():
        assert found[metric] == pytest.approx(truth[key], abs=5e-5), key
    assert found["duration"] == pytest.approx(truth["dur"] * 1000)


def test_the_csv_says_what_the_json_says() -> None:
    table, whole = values(sample("closed.csv")), values(sample("closed.json"))
    assert {m for m in whole if m not in table} == {"inputs.distinct"}
    for metric, value in table.items():
        slack = 5.0 if metric == "duration" else 0.0051
        assert value == pytest.approx(whole[metric], abs=slack), metric


def test_values_have_units_places_and_samples() -> None:
    found = facts(sample("closed.json"))
    assert (found["p99"].value, found["p99"].unit) == (CLOSED["request_latency"]["p99"], "ms")
    assert (found["e2e.p99"].value, found["p99"].samples) == (found["p99"].value, 113)
    assert str(found["ttft.p95"].at).endswith("/time_to_first_token/p95")
    assert str(facts(sample("closed.csv"))["p95"].at) == "closed.csv:46 p95"
    assert (found["concurrency"].value, found["inputs.distinct"].value) == (6, 120)


def test_errors_are_counted_apart_from_successes() -> None:
    found = values(sample("closed.json"))
    assert [found[n] for n in ("requests", "failures")] == [120, 7]
    assert found["errors"] == pytest.approx(7 / 120)
    assert "warning successes-only" in codes(READER, CLOSED), "percentiles leave the failures out"


def test_without_a_failure_there_is_no_count_of_them() -> None:
    found = facts(sample("request-rate-without-errors.json"))
    assert (found["requests"].value, found["failures"].value) == (240, 0)
    assert str(found["failures"].at).endswith("/error_summary")
    table = facts(sample("without-errors.csv"))
    assert (table["failures"].value, table["failures"].origin) == (0, "tool-default")
    assert facts(sample("closed.csv"))["failures"].origin == "derived"


def test_completed_requests_tell_the_failures_too() -> None:
    data = edited(CLOSED, error_request_count=None)
    assert values(read(READER, data))["failures"] == 7
    listed = edited(CLOSED, error_request_count=None, completed_request_count=None)
    assert values(read(READER, listed))["failures"] == 7


def test_a_request_rate_is_offered_and_a_concurrency_is_not() -> None:
    found = values(sample("request-rate-without-errors.json"))
    assert (found["rate.offered"], found.get("concurrency")) == (6, None)
    assert "rate.offered" not in values(sample("closed.json"))
    phases = [{"kind": "warmup", "rate": 99.0}, {"kind": "profiling", "type": "poisson", "rate": 50.0}]
    data = edited(CLOSED, input_config__phases=phases)
    reading = read(READER, data)
    assert values(reading)["rate.offered"] == 50
    (problem,) = realism_problems(reading.facts, Location("f"))
    assert problem.code == "generator-saturated"


def test_the_concurrency_asked_for_holds_where_none_was_measured() -> None:
    assert values(read(READER, edited(CLOSED, effective_concurrency=None)))["concurrency"] == 6
    few = edited(CLEAN, input_config__loadgen={"concurrency": 500})
    assert "concurrency" not in values(read(READER, few)), "240 requests never were 500 at once"


def test_units_are_converted() -> None:
    seconds = {k: v / 1000 if isinstance(v, float) else v for k, v in CLEAN["request_latency"].items()}
    data = edited(CLEAN, request_latency=seconds | {"unit": "sec"})
    assert values(read(READER, data))["p95"] == pytest.approx(CLEAN["request_latency"]["p95"])


def test_the_date_is_the_end_of_the_run_taken_as_utc() -> None:
    reading = sample("closed.json")
    assert reading.produced == datetime(2026, 11, 23, 2, 49, 56, 261236, tzinfo=UTC)
    zoned = read(READER, edited(CLOSED, end_time="2026-11-23T04:49:56+02:00"))
    assert zoned.produced == datetime(2026, 11, 23, 2, 49, 56, tzinfo=UTC)
    assert "naive-time" not in {problem.code for problem in zoned.problems}
    assert read(READER, edited(CLOSED, end_time="yesterday")).produced is None


def test_a_stall_in_a_closed_loop_is_told() -> None:
    data = edited(CLOSED, request_latency__max=9000.0)
    assert "warning coordinated-omission" in codes(READER, data)
    open_ = edited(CLEAN, request_latency__max=9000.0)
    assert "warning coordinated-omission" not in codes(READER, open_)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("all-failed.json", "every request failed: its times say nothing of answers"),
        ("cancelled.json", "the run was cancelled"),
        ("completed-against-errors.json", "113 requests completed, 113 and 7 are counted"),
        ("count-against-successes.json", "`request_latency` has 60 values, 113 requests succeeded"),
        ("cut-after-the-first-table.csv", "there is no count of requests in it"),
        ("cut-off.csv", "the last line has no end, which AIPerf writes"),
        ("error-rate-edited.json", "the error rate is 0 %, the counts make 5.83333 %"),
        ("mean-above-maximum.json",
         "the mean of 9,000 ms is not between the minimum and the maximum"),
        ("metric-is-a-number.json", "`request_latency` is no object with a unit"),
        ("nan.csv", "`Request Latency (ms)` is `nan`, not a number of 0 or more"),
        ("nan.json", "NaN is not JSON"),
        ("no-count.json", "there is no count of requests in it"),
        ("not-complete.json", "the run is not complete"),
        ("p99-below-p95.json", "`p99` is 10 ms, below `p95` of 542.168 ms"),
        ("quote-left-open.csv", "not valid CSV: unexpected end of data"),
        ("ragged.csv", "14 cells where the header has 15"),
        ("rate-against-count.json", "24,000 requests succeeded, rate times duration make 240"),
        ("row-twice.csv", "`Request Count` is there twice"),
        ("sum-against-mean.csv",
         "mean and count of `request_latency` make 9,749.64, their sum is 18,790.2"),
        ("sum-against-mean.json",
         "mean and count of `request_latency` make 18,790.2, their sum is 9,000"),
        ("wrong-unit.json", "`request_latency` has the unit `tokens`, which is no time"),
    ],
)  # fmt: skip
def test_a_broken_file_says_what_is_wrong(name: str, message: str) -> None:
    found = problems(READER, load(READER, name, "broken"))
    assert message in [problem.message for problem in found if problem.kind != "warning"]
    assert all(problem.help for problem in found)


def test_a_value_under_two_names_is_told_once() -> None:
    lines = told(READER, edited(CLEAN, request_latency__p99=10.0))
    assert len([line for line in lines if line.startswith("invalid")]) == 1


def test_only_aiperf_summaries_are_claimed() -> None:
    genai = b'{"request_throughput": {"unit": "requests/sec", "avg": 1}, "input_config": {}}'
    assert READER.sniff(genai) == 0
    assert READER.sniff(b"Metric,avg,min,max,p99,p95\r\nTime To First Token (ms),1,1,1,1,1\r\n") == 0
    assert READER.sniff(b"Metric,Value\r\nspeed,1\r\n") == 0


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)
    stay_calm(READER, b"Metric,Value\r\nRequest Count,1.00\r\n" + data)


@settings(max_examples=150)
@given(
    st.sampled_from(["closed.json", "closed.csv", "without-errors.csv"]),
    st.integers(0, 1 << 30),
    st.sampled_from([b"", b"9", b"-", b'"', b",", b"null", b"\0", b"\xff", b"1e999", b"{}", b"\n"]),
)
def test_a_mangled_file_is_refused_calmly(name: str, at: int, piece: bytes) -> None:
    stay_calm(READER, mangled(load(READER, name).data, at, piece))


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(CLEAN)),
    st.sampled_from([None, True, -1, 0, 1e300, 10**400, "x", [], {}, [[]], {"unit": "ms"},
                     {"unit": "ms", "avg": "x"}, {"unit": 3}, {"loadgen": 3, "phases": [1]}]),
)  # fmt: skip
def test_any_value_under_any_key_is_taken_calmly(key: str, value: Any) -> None:
    stay_calm(READER, json.dumps({**CLEAN, key: value}).encode())
