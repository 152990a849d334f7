"""The reader of AIPerf's single requests against its samples, a produced file, and trap by trap."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source
from readiness.evidence.readers.aiperf_records import READER
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
    truths,
    values,
)

LINES = load(READER, "fewer-metrics.jsonl").text.splitlines()
RECORDS: list[dict[str, Any]] = [json.loads(line) for line in LINES]


def sample(name: str) -> Reading:
    return READER.read(load(READER, name), None)


def lines(*records: dict[str, Any]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def record(start: float, seconds: float = 0.2, *, error: object = None, **metadata: Any) -> dict[str, Any]:
    began = 1_795_402_192_000_000_000 + int(start * 1e9)
    data = {
        "conversation_id": f"c{int(start * 1000) % 7}", "request_start_ns": began,
        "request_end_ns": began + int(seconds * 1e9), "benchmark_phase": "profiling",
    }  # fmt: skip
    return {"metadata": data | metadata, "metrics": {}, **({"error": error} if error else {})}


def test_the_produced_run_reproduces_its_ground_truth() -> None:
    files = truths(PRODUCED, "aiperf.records.jsonl")
    if not files:
        pytest.skip(f"no produced files at {PRODUCED}")
    path, truth = files[0]
    found = facts(read(READER, path.read_bytes(), path.name))
    assert (found["requests"].value, found["failures"].value) == (truth["records"], truth["failed"])
    assert found["duration"].value == pytest.approx(truth["span_s"] * 1000, abs=0.6)
    for metric in ("mean", "min", "max", "p50", "p90", "p95", "p99", "p99.9"):
        assert found[metric].value == pytest.approx(truth[metric], abs=5e-5), metric
        assert found[metric].samples == truth["n"]
        assert found[f"e2e.{metric}"].value == found[metric].value


def test_single_requests_agree_with_the_summary_of_the_run() -> None:
    """The summary interpolates between two ranks; mean and extremes are the same."""
    path = PRODUCED / "aiperf" / "run1"
    if not path.is_dir():
        pytest.skip(f"no produced files at {path}")
    summary = json.loads((path / "profile_export_aiperf.json").read_text())
    found = values(read(READER, (path / "profile_export.jsonl").read_bytes()))
    for tag, family in (("time_to_first_token", "ttft"), ("inter_token_latency", "itl")):
        assert found[f"{family}.mean"] == pytest.approx(summary[tag]["avg"])
        assert found[f"{family}.max"] == pytest.approx(summary[tag]["max"])
        assert found[f"{family}.p95"] == pytest.approx(summary[tag]["p95"], rel=0.02)
    assert found["mean"] == pytest.approx(summary["request_latency"]["avg"], rel=1e-3)
    assert found["rate"] == pytest.approx(summary["request_throughput"]["avg"], rel=0.01), "of successes"
    rows = [json.loads(row)["metrics"] for row in (path / "profile_export.jsonl").read_text().splitlines()]
    for side in ("input", "output"):
        sizes = sorted(row[f"{side}_sequence_length"]["value"] for row in rows if f"{side}_sequence_length" in row)
        stated = summary[f"{side}_sequence_length"]
        assert found[f"tokens.{side}.mean"] == pytest.approx(stated["avg"])
        assert found[f"tokens.{side}.p95"] == sizes[math.ceil(0.95 * len(sizes)) - 1]
        assert abs(found[f"tokens.{side}.p95"] - stated["p95"]) <= 1
    assert found["tokens.output.rate"] == pytest.approx(summary["output_token_throughput"]["avg"], rel=0.01)
    assert found["concurrency"] == pytest.approx(summary["effective_concurrency"]["avg"], rel=0.01)
    assert found["inputs.distinct"] == 120


def test_values_have_places_samples_and_bounds() -> None:
    found = facts(sample("fewer-metrics.jsonl"))
    assert (found["p95"].samples, found["p95"].origin) == (14, "derived")
    assert str(found["ttft.p50"].at) == "fewer-metrics.jsonl:1 /metrics/time_to_first_token"
    assert found["p50"].bounds is not None


def test_a_failure_ends_when_it_starts_and_is_in_no_time() -> None:
    failed = [r for r in RECORDS if "error" in r]
    assert all(r["metadata"]["request_start_ns"] == r["metadata"]["request_end_ns"] for r in failed)
    reading = sample("fewer-metrics.jsonl")
    found = values(reading)
    assert [found[n] for n in ("requests", "failures")] == [16, 2]
    assert found["min"] > 100
    assert "successes-only" in {problem.code for problem in reading.problems}
    assert not [f for f in reading.facts if f.labels == (("response", "expected"),)]


def test_warm_up_and_cancelled_requests_are_left_out() -> None:
    reading = sample("warm-up-and-cancelled.jsonl")
    assert values(reading)["requests"] == 16 - 6 - 1
    (problem,) = (p for p in reading.problems if p.code == "cancelled")
    assert problem.message == "1 requests were cancelled, and are in no figure"


def test_the_last_answer_is_when_it_was_produced() -> None:
    reading = sample("fewer-metrics.jsonl")
    last = max(r["metadata"]["request_end_ns"] for r in RECORDS)
    assert reading.produced == datetime.fromtimestamp(last / 1e9, UTC)


def test_requests_come_as_samples_by_second() -> None:
    data = lines(*(record(t / 10, error={"code": 500} if t % 50 == 0 else None) for t in range(600)))
    reading = read(READER, data)
    assert reading.load is not None
    assert (len(reading.load.windows), reading.load.width, reading.load.arrivals) == (60, 1, "")
    assert {window.requests for window in reading.load.windows} == {10}
    assert values(reading)["failures"] == 12


def test_no_time_of_the_steady_part_has_failures_of_0_ms() -> None:
    failed = [record(t / 10, 0.0, error={"code": 500}) for t in range(0, 1200, 3)]
    data = lines(*(record(t / 10) for t in range(1200)), *failed)
    found = values(read(READER, data))
    assert found["steady.failures"] > 300
    times = [value for metric, value in found.items() if metric.startswith("steady.p")]
    assert times
    assert min(times) == pytest.approx(200)


def test_requests_that_waited_in_the_client_are_told() -> None:
    late = [record(float(t), credit_issued_ns=1_795_402_192_000_000_000 + int(t * 1e9) - 10**9) for t in range(2, 20)]
    assert "warning coordinated-omission" in codes(READER, lines(*late).decode())
    assert "warning coordinated-omission" not in {f"warning {p.code}" for p in sample("as-written.jsonl").problems}


def test_a_file_without_metrics_still_has_its_times() -> None:
    bare = [{k: v for k, v in record(float(t)).items() if k != "metrics"} for t in range(3)]
    found = values(read(READER, lines(*bare)))
    assert (found["requests"], found["mean"]) == (3, pytest.approx(200))
    assert "ttft.mean" not in found


def test_a_source_of_any_size_is_read_in_pieces() -> None:
    class Many:
        digest, size, head = "", 0, b""

        def pieces(self) -> Iterator[bytes]:
            for start in range(0, 3000, 500):
                yield lines(*(record(t / 50) for t in range(start, start + 500)))

    assert READER.streams
    assert values(READER.read(Source.streamed("f", Many()), None))["requests"] == 3000


@pytest.mark.parametrize(
    ("name", "message", "line"),
    [
        ("a-list.jsonl", "a line holds no object", 3),
        ("all-failed.jsonl", "every request failed: its times say nothing of answers", 1),
        ("cut-off.jsonl", "not valid JSON: Unterminated string starting at", 16),
        ("ends-before-it-starts.jsonl", "a request ends before it starts", 4),
        ("garbage-line.jsonl",
         "not valid JSON: Expecting property name enclosed in double quotes", 2),
        ("latency-against-times.jsonl",
         "`request_latency` is 99,999 ms, from start to end are 166.399 ms", 5),
        ("nan.jsonl", "not valid JSON: NaN is not JSON", 2),
        ("negative-time.jsonl",
         "`time_to_first_token` is `-33.542229999999996`, not a number of 0 or more", 2),
        ("no-metadata.jsonl", "there is no `metadata`, which every record has", 6),
        ("only-warm-up.jsonl", "no request is in it", 1),
        ("time-is-a-text.jsonl",
         "`request_start_ns` is `2026-11-23T02:49:52`, no time in nanoseconds since 1970", 4),
        ("wrong-unit.jsonl", "the unit `tokens` is no unit of time", 5),
    ],
)  # fmt: skip
def test_a_broken_file_says_what_is_wrong_and_where(name: str, message: str, line: int) -> None:
    found = problems(READER, load(READER, name, "broken"))
    assert (message, line) in [(p.message, p.at.line) for p in found if p.kind != "warning"]
    assert all(problem.help for problem in found)


def test_a_last_line_without_an_end_is_read_if_it_is_whole() -> None:
    data = lines(*(record(float(t)) for t in range(3)))
    assert values(read(READER, data[:-1])) == values(read(READER, data))


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)
    stay_calm(READER, LINES[0].encode() + b"\n" + data)


@settings(max_examples=150)
@given(
    st.integers(0, 1 << 30),
    st.sampled_from([b"", b"9", b"-", b'"', b"[", b"null", b"\0", b"\xff", b"1e999", b"{}", b"\n"]),
)
def test_a_mangled_file_is_refused_calmly(at: int, piece: bytes) -> None:
    stay_calm(READER, mangled(load(READER, "fewer-metrics.jsonl").data, at, piece))


@settings(max_examples=150)
@given(
    st.sampled_from(["metadata", "metrics", "error"]),
    st.sampled_from([*RECORDS[1]["metadata"], *RECORDS[1]["metrics"], "value"]),
    st.sampled_from([None, True, -1, 0, 1e300, 10**400, "x", [], {}, [[]], {"value": "x"}, {"value": 1}]),
)
def test_any_value_anywhere_is_taken_calmly(part: str, key: str, value: Any) -> None:
    edited = copy.deepcopy(RECORDS[1])
    edited[part] = {**edited.get(part, {}), key: value}
    stay_calm(READER, lines(RECORDS[0], edited))
    stay_calm(READER, lines(RECORDS[0], {**RECORDS[1], part: value}))


def test_answers_without_a_token_prove_no_quick_answers() -> None:
    def answers(empty: int) -> bytes:
        tokens = [{"output_sequence_length": {"value": 0 if n < empty else 9, "unit": "tokens"}} for n in range(200)]
        return lines(*(record(n) | {"metrics": found} for n, found in enumerate(tokens)))

    for empty, kind in ((2, "warning"), (3, "inconclusive")):
        (problem,) = [p for p in read(READER, answers(empty)).problems if p.code == "empty-answers"]
        assert (problem.kind, problem.message) == (kind, f"{empty} of 200 answers have no token, and pass as successes")
    assert "empty-answers" not in codes(READER, answers(0))
