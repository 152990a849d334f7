"""The reader of LLMPerf's results against its samples, real files, and trap by trap."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.loadtest.shape import shape_problems
from readiness.evidence.reader import Reading
from readiness.evidence.readers.llmperf import READER
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

SUMMARY: dict[str, Any] = json.loads(load(READER, "assistant_summary.json").text)
RESPONSES: list[dict[str, Any]] = json.loads(load(READER, "assistant_individual_responses.json").text)
GOOD = [r for r in RESPONSES if r["error_code"] is None]


def sample(name: str) -> Reading:
    return READER.read(load(READER, name), None)


def test_real_responses_reproduce_their_ground_truth() -> None:
    files = truths(REAL, "llmperf individual_responses JSON")
    if not files:
        pytest.skip(f"no real files at {REAL}")
    compared = 0
    for path, truth in files:
        found = facts(read(READER, path.read_bytes(), path.name))
        assert (found["requests"].value, found["failures"].value) == (truth["requests"], truth["failed"])
        for metric in ("mean", "min", "max", "p50", "p90", "p95", "p99", "p99.9"):
            assert found[metric].value == pytest.approx(truth[metric], abs=5e-5), (path, metric)
            assert found[f"ttft.{metric}"].value == pytest.approx(truth["ttft"][metric], abs=5e-5)
            assert found[metric].samples == truth["n"]
            compared += 2
    print(f"llmperf: {len(files)} files, {compared + 2 * len(files)} values compared")
    assert (len(files), compared) == (3, 48)


def test_real_summaries_agree_with_their_responses() -> None:
    files = truths(REAL, "llmperf summary JSON")
    if not files:
        pytest.skip(f"no real files at {REAL}")
    for path, truth in files:
        found = values(read(READER, path.read_bytes(), path.name))
        pair = values(read(READER, path.with_name(path.name.replace("summary", "individual")).read_bytes()))
        assert (found["concurrency"], found["requests"] - found["failures"]) == (truth["conc"], truth["n"])
        for metric in ("requests", "failures", "errors", "tokens.output.mean"):
            assert found[metric] == pair[metric]
        for metric in ("mean", "min", "max", "ttft.mean", "ttft.max", "itl.mean"):
            assert found[metric] == pytest.approx(pair[metric]), metric
        for metric in ("p50", "p95", "p99", "ttft.p95"):
            assert found[metric] == pytest.approx(pair[metric], rel=0.03), "it interpolates"


def test_trap_10_too_few_tokens_is_the_benchmarks_own_failure() -> None:
    for name in ("assistant_summary.json", "assistant_individual_responses.json"):
        reading = sample(name)
        found = values(reading)
        assert [found[n] for n in ("requests", "failures")] == [60, 7]
        assert (found["errors"], found["errors.artefact"]) == (pytest.approx(7 / 60), pytest.approx(5 / 60))
        (problem,) = (p for p in reading.problems if p.code == "benchmark-artefact")
        assert problem.message == "5 of 7 failures are answers with too few tokens (code -100)"
        assert "errors.artefact" not in values(sample(name.replace("assistant", "clean")))


def test_trap_10_an_undivided_latency_of_a_failure_is_never_read() -> None:
    assert max(r["inter_token_latency_s"] for r in RESPONSES) > 10 * max(r["inter_token_latency_s"] for r in GOOD)
    found = values(sample("assistant_individual_responses.json"))
    assert found["itl.max"] == max(r["inter_token_latency_s"] for r in GOOD) * 1000


def test_times_are_in_seconds_in_the_file() -> None:
    found = facts(sample("assistant_summary.json"))
    assert found["p95"].value == SUMMARY["results_end_to_end_latency_s_quantiles_p95"] * 1000
    assert (found["ttft.mean"].unit, found["ttft.mean"].samples) == ("ms", 53)
    assert found["e2e.max"].value == SUMMARY["results_end_to_end_latency_s_max"] * 1000
    assert str(found["p50"].at).endswith("/results_end_to_end_latency_s_quantiles_p50")


def test_a_rate_per_minute_is_one_per_second() -> None:
    found = facts(sample("assistant_summary.json"))
    minute = SUMMARY["results_num_completed_requests_per_min"]
    assert (found["rate"].value, found["rate"].samples) == (minute / 60, 53)
    assert found["duration"].value == pytest.approx(53 / minute * 60_000)
    assert (found["concurrency"].value, found["tokens.output.rate"].value) == (
        4, SUMMARY["results_mean_output_throughput_token_per_s"],
    )  # fmt: skip


def test_the_summary_knows_its_date() -> None:
    assert sample("assistant_summary.json").produced == datetime.fromtimestamp(1795010400, UTC)
    assert read(READER, {**SUMMARY, "timestamp": "today"}).produced is None
    assert sample("assistant_individual_responses.json").produced is None


def test_responses_without_a_clock_have_no_rate_and_say_so() -> None:
    reading = sample("assistant_individual_responses.json")
    assert not {"rate", "duration", "concurrency", "rate.held"} & set(values(reading))
    assert reading.load is not None
    (problem,) = shape_problems(reading.load, reading.facts, Location("f"))
    assert problem.code == "no-times"
    assert (reading.load.arrivals, reading.load.width, reading.load.seconds) == ("closed", 0, None)


def test_responses_are_recomputed_by_nearest_rank() -> None:
    found = facts(sample("assistant_individual_responses.json"))
    times = sorted(r["end_to_end_latency_s"] * 1000 for r in GOOD)
    assert (found["p95"].value, found["p95"].samples) == (times[50], 53)
    assert found["p95"].bounds is not None
    sizes = sorted(r["number_input_tokens"] for r in GOOD)
    assert found["tokens.input.p95"].value == sizes[50]


def test_numbers_written_as_texts_are_numbers() -> None:
    assert SUMMARY["results_number_input_tokens_min"] == str(int(SUMMARY["results_number_input_tokens_min"]))
    data = {**SUMMARY, "results_number_input_tokens_mean": "161.5"}
    assert values(read(READER, data))["tokens.input.mean"] == 161.5


def test_nan_where_nothing_succeeded_says_so() -> None:
    text = load(READER, "nothing-succeeded_summary.json", "broken").text
    assert told(READER, text) == [
        "invalid not-json: NaN is not JSON: LLMPerf writes it where no request succeeded"
    ]


def test_a_stall_in_a_closed_loop_is_told() -> None:
    data = {**SUMMARY, "results_end_to_end_latency_s_max": 60.0}
    assert "warning coordinated-omission" in codes(READER, data)
    assert "warning coordinated-omission" not in codes(READER, SUMMARY)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("counts-do-not-add-up.json", "60 requests were started, 53 completed and 0 failed"),
        ("error-rate-edited.json", "the error rate is 0, the counts make 0.116667"),
        ("infinity.json", "Infinity is not JSON"),
        ("most-too-short_summary.json",
         "66% of the requests failed: its times say nothing of answers"),
        ("negative-time.json", "`end_to_end_latency_s` is `-3`, not a number of 0 or more"),
        ("no-completed.json",
         "there is no `results_num_completed_requests`, which every summary has"),
        ("no-error-code.json", "a response has no `error_code` and `ttft_s`"),
        ("no-responses.json", "no request is in it"),
        ("nothing-succeeded_responses.json",
         "every request failed: its times say nothing of answers"),
        ("null-time.json", "`ttft_s` is null, not a number of 0 or more"),
        ("p95-above-p99.json", "`ttft.p99` is 119.275 ms, below `ttft.p95` of 9,000 ms"),
        ("response-is-a-number.json", "a response has no `error_code` and `ttft_s`"),
        ("text-for-a-number.json",
         "`results_ttft_s_mean` is `'fast'`, not a number of 0 or more"),
    ],
)  # fmt: skip
def test_a_broken_file_says_what_is_wrong(name: str, message: str) -> None:
    found = problems(READER, load(READER, name, "broken"))
    assert message in [problem.message for problem in found if problem.kind != "warning"]
    assert all(problem.help for problem in found)


def test_a_file_cut_in_half_is_refused() -> None:
    for name in ("cut-in-half_summary.json", "cut-in-half_responses.json"):
        (problem,) = problems(READER, load(READER, name, "broken"))
        assert (problem.code, re.match("not valid JSON", problem.message) is not None) == ("not-json", True)


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)


@settings(max_examples=150)
@given(
    st.sampled_from(["assistant_summary.json", "clean_individual_responses.json"]),
    st.integers(0, 1 << 30),
    st.sampled_from([b"", b"9", b"-", b'"', b"[", b"null", b"\0", b"\xff", b"1e999", b"{}", b"\n"]),
)
def test_a_mangled_file_is_refused_calmly(name: str, at: int, piece: bytes) -> None:
    stay_calm(READER, mangled(load(READER, name).data, at, piece))


ODD: list[Any] = [None, True, -1, 0, 1e-320, 1e300, 10**400, "x", "5", [], {}, [[]]]


@settings(max_examples=200)
@given(st.sampled_from(sorted(SUMMARY)), st.sampled_from(sorted(RESPONSES[0])), st.sampled_from(ODD))
def test_any_value_under_any_key_is_taken_calmly(key: str, other: str, value: Any) -> None:
    stay_calm(READER, json.dumps({**SUMMARY, key: value}).encode())
    stay_calm(READER, json.dumps([*RESPONSES[:3], {**RESPONSES[9], other: value}]).encode())


def test_answers_without_a_token_prove_no_quick_answers() -> None:
    empty = [r | {"number_output_tokens": 0} if r is GOOD[0] else r for r in RESPONSES]
    (problem,) = [p for p in read(READER, json.dumps(empty).encode()).problems if p.code == "empty-answers"]
    assert (problem.kind, problem.message) == (
        "inconclusive", f"1 of {len(GOOD)} answers have no token, and pass as successes"
    )  # fmt: skip
