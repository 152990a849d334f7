"""The Locust JSON reader against its samples, against the server's own log, and trap by trap."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.locust_json import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "locust-json"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
Rows = list[dict[str, Any]]


def sample(name: str) -> Rows:
    rows: Rows = json.loads((HERE / "ok" / name).read_bytes())
    return rows


def read(data: Rows | bytes) -> Reading:
    return READER.read(Source("stats.json", data if isinstance(data, bytes) else json.dumps(data).encode()), None)


def values(reading: Reading, *labels: tuple[str, str]) -> dict[str, Any]:
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == labels}


def problems(data: Rows | bytes) -> list[str]:
    try:
        found = read(data).problems
    except Unreadable as error:
        found = (error.problem,)
    return [f"{problem.kind} {problem.code}: {problem.message}" for problem in found]


def row(name: str, times: dict[str, int], **changes: Any) -> dict[str, Any]:
    """Build an endpoint with some times in ms, a request a second."""
    requests = sum(times.values())
    seconds = {str(1_795_400_000 + second): 1 for second in range(requests)}
    entry = {
        "name": name, "method": "GET", "start_time": 1_795_400_000.0, "last_request_timestamp": 1_795_400_000.0 + requests,
        "num_requests": requests, "num_none_requests": 0, "num_failures": 0,
        "total_response_time": sum(float(ms) * n for ms, n in times.items()),
        "min_response_time": min(map(float, times)), "max_response_time": max(map(float, times)),
        "total_content_length": 0, "response_times": times, "num_reqs_per_sec": seconds, "num_fail_per_sec": {},
    }  # fmt: skip
    return entry | changes


def test_the_whole_is_the_sum_of_the_endpoints() -> None:
    """Trap 20: Locust's JSON has 2,039 of the 2,044 requests in the server's log, 202 failed."""
    reading = read((HERE / "ok" / "five-endpoints.json").read_bytes())
    whole = values(reading)
    assert (whole["requests"], whole["failures"]) == (516 + 283 + 173 + 921 + 146, 29 + 173)
    assert whole["errors"] == 202 / 2039
    assert whole["duration"] == pytest.approx(14_309.3, abs=0.1)
    assert whole["rate"] == pytest.approx(2039 / 14.3093, rel=1e-5)
    assert [whole[p] for p in ("p50", "p90", "p95", "p99", "p99.9")] == [15, 100, 200, 210, 220]
    assert reading.produced == datetime(2026, 11, 23, 2, 15, 13, 647153, UTC)


def test_mean_and_ends_are_exact_and_percentiles_have_two_digits() -> None:
    reading = read((HERE / "ok" / "five-endpoints.json").read_bytes())
    chat = values(reading, ("endpoint", "POST /chat"), ("method", "POST"))
    assert (chat["min"], chat["max"]) == (6.22364000014386, 259.190247999868)
    assert chat["mean"] == pytest.approx(38_497.59341800019 / 921)
    assert (chat["p99"], chat["p99.9"]) == (160, 260)


def test_trap_15_the_whole_mixes_endpoints_so_each_has_its_own_values() -> None:
    reading = read([row("/health", {"5": 900}), row("/chat", {"250": 100})])
    assert values(reading)["p50"] == 5
    assert values(reading, ("endpoint", "/chat"), ("method", "GET"))["p50"] == 250


def test_percentiles_are_those_of_the_sum_and_no_mean_of_percentiles() -> None:
    reading = read([row("/a", {"10": 50, "20": 50}), row("/b", {"20": 60, "900": 40})])
    assert [values(reading)[p] for p in ("p50", "p75", "p90")] == [20, 20, 900]


def test_facts_carry_place_samples_bounds_and_origin() -> None:
    reading = read((HERE / "ok" / "steady.json").read_bytes())
    labels = (("endpoint", "/chat"), ("method", "POST"))
    facts = {fact.metric: fact for fact in reading.facts if fact.labels == labels}
    assert str(facts["max"].at) == "stats.json:11:30 /0/max_response_time"
    assert (facts["requests"].origin, facts["max"].origin, facts["p95"].origin) == ("file", "file", "derived")
    assert facts["p95"].samples == facts["requests"].value
    assert facts["p95"].bounds is not None
    whole = next(f for f in reading.facts if f.metric == "p95" and not f.labels)
    assert (whole.at.line, whole.samples) == (1, 138)


def test_trap_26_log_lines_around_the_list_are_passed_over() -> None:
    reading = read((HERE / "ok" / "behind-log-lines.txt").read_bytes())
    assert values(reading)["requests"] == 44
    assert next(f for f in reading.facts if f.labels and f.metric == "requests").at.line == 32


def test_a_generator_short_of_cpu_says_so_in_its_log() -> None:
    log = (HERE / "ok" / "behind-log-lines.txt").read_text()
    said = "[2026-11-23 02:14:40,112] vm/WARNING/root: CPU usage above 90%! This may constrain your throughput\n"
    assert [p for p in problems((said + log).encode()) if "generator" in p] == [
        "warning generator-saturated: Locust's own CPU usage was above 90%: its times are also those of the generator"
    ]
    ended = "[2026-11-23 02:15:13,703] vm/WARNING/root: CPU usage was too high at some point during the test!\n"
    (problem,) = [p for p in read((log + ended).encode()).problems if p.code == "generator-saturated"]
    assert problem.at.line == log.count("\n") + 1
    assert "generator" not in " ".join(problems(log.encode()))


def test_a_second_run_in_the_file_is_not_dropped_in_silence() -> None:
    log = (HERE / "ok" / "behind-log-lines.txt").read_bytes()
    assert problems(log + log) == ["invalid two-runs: a second list of endpoints begins"]


def test_requests_without_a_time_are_in_no_percentile() -> None:
    entry = row("/a", {"10": 50}, num_requests=60, num_none_requests=10)
    entry["num_reqs_per_sec"] = {"1795400000": 60}
    reading = read([entry])
    assert problems([entry]) == []
    assert next(f for f in reading.facts if f.metric == "p95").samples == 50
    assert values(reading)["mean"] == 10


def test_held_rate_is_that_of_the_answers_in_each_second() -> None:
    entry = row("/a", {"10": 182})
    assert {f.labels: f.value for f in read([entry]).facts if f.metric == "rate.held"} == {(("for", "1min"),): 1}
    entry["num_reqs_per_sec"] = {str(1_795_400_000 + 91 * second): 91 for second in range(2)}
    assert {f.value for f in read([entry]).facts if f.metric == "rate.held"} == {0}


def test_seconds_years_apart_give_no_held_rate() -> None:
    entry = row("/a", {"10": 2}, num_reqs_per_sec={"1": 1, "999999999999": 1})
    assert "rate.held" not in values(read([entry]), ("for", "1min"))


def test_failures_among_the_times_are_told() -> None:
    entry = row("/a", {"10": 50}, num_failures=1, num_fail_per_sec={"1795400000": 1})
    assert problems([entry]) == ["warning failed-fast: the times are also those of 1 failed request"]


def test_events_that_a_test_fires_are_told() -> None:
    rows = [row("/chat", {"10": 50}), row("TTFT", {"10": 50}, method="STREAM"), row("E2E", {"10": 50}, method="STREAM")]
    (problem,) = problems(rows)
    assert problem.startswith("warning events-counted: `STREAM TTFT` and `STREAM E2E` may be no requests, and count as 100: ")
    assert problems(rows[:1]) == problems(rows[1:2]) == []


def test_trap_16_a_stall_of_a_closed_loop_is_told() -> None:
    entry = row("/a", {"10": 500, "5000": 1})
    assert {p.split(":")[0] for p in problems([entry])} == {"warning coordinated-omission"}


def test_no_request_is_inconclusive_though_locust_exits_with_0() -> None:
    assert problems(b"[]") == ["inconclusive no-samples: no request is in it"]
    found = problems((HERE / "broken" / "zero-requests.json").read_bytes())
    assert "inconclusive no-samples: no request was made" in found


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("requests-edited.json",
         "invalid contradiction: `response_times` adds up to 111, and 1,110 requests with a time"),
        ("failures-edited.json",
         "invalid contradiction: `num_fail_per_sec` adds up to 0, and 5 requests failed"),
        ("more-failures-than-requests.json", "invalid contradiction: 5,000 failures of 111 requests"),
        ("mean-edited.json", "invalid contradiction: the mean is 6.31081 ms, `response_times` gives 47.3874 ms"),
        ("max-edited.json",
         "invalid contradiction: the `max_response_time` is 54.7 ms, `response_times` gives 150 ms"),
        ("nan.json", "invalid not-json: NaN is not JSON"),
        ("text-count.json", "invalid number: `num_none_requests` is `'0'`, not a number of 0 or more"),
        ("times-list.json",
         "invalid wrong-shape: `response_times` is not a list of numbers and how often each was seen"),
        ("same-endpoint-twice.json", "invalid contradiction: `/chat POST` is there twice"),
        ("milliseconds.json", "invalid number: `start_time` is no time in seconds since 1970"),
        ("two-runs.txt", "invalid two-runs: a second list of endpoints begins"),
        ("cut-off.json", "invalid not-json: not valid JSON: Expecting value"),
        ("refused.txt", "inconclusive all-failed: every request failed"),
    ],
)  # fmt: skip
def test_broken_samples_say_what_is_wrong(file: str, message: str) -> None:
    assert any(p.startswith(message) for p in problems((HERE / "broken" / file).read_bytes()))


@pytest.mark.parametrize("key", list(row("/a", {"1": 1})))
@pytest.mark.parametrize("value", [None, True, "x", -1, 10**400, 1e300, [], {}, {"a": 1}, {"1": "x"}, {"1": -1}, {"9" * 50: 1}])
def test_wrong_values_are_told_or_passed_over(key: str, value: object) -> None:
    problems([row("/a", {"10": 50}) | {key: value}])


@pytest.mark.parametrize("data", [b"", b"\0" * 50, "[]".encode("utf-16"), b"[" * 5000, b"[1]", b"[[]]", b"{}", b"null", b"[{}]",
                                  b"[\n    {", b"[2026-11-23 02:15:12,123] INFO\n"])  # fmt: skip
def test_hostile_bytes_are_unreadable_or_told(data: bytes) -> None:
    assert problems(data)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 3000))
def test_random_bytes_in_the_statistics_never_crash(noise: bytes, where: int) -> None:
    data = (HERE / "ok" / "steady.json").read_bytes()
    problems(data[:where] + noise + data[where + len(noise) :])


def test_sniff_knows_no_other_load_test() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert [p.name for p in known] == ["run1_json.json"]


def test_the_produced_file_reproduces_its_ground_truth() -> None:
    index = SHARED / "produced" / "INDEX.tsv"
    if not index.exists():
        pytest.skip(f"no samples at {SHARED}")
    with index.open(newline="", encoding="utf-8") as lines:
        (entry,) = [r for r in csv.DictReader(lines, delimiter="\t") if r["format"] == "locust.json"]
    truth = json.loads(entry["ground_truth"])
    reading = read((index.parent / entry["file"]).read_bytes())
    whole = values(reading)
    assert (whole["requests"], whole["failures"]) == (truth["requests"], truth["failed"])
    assert whole["duration"] == pytest.approx(truth["span_s"] * 1000, abs=0.1)
    assert len({f.labels for f in reading.facts if f.labels}) == truth["endpoints"]
    for name in ("p50", "p90", "p95", "p99", "p99.9"):
        assert whole[name] == truth[name]
    for name in ("mean", "min", "max"):  # those listed are of the rounded times
        assert whole[name] == pytest.approx(truth[name], rel=0.01, abs=0.5)
