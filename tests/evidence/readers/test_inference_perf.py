"""The reader of inference-perf reports against its samples, real files, and trap by trap."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.loadtest.realism import realism_problems
from readiness.evidence.reader import Reading
from readiness.evidence.readers.inference_perf import READER
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

STAGE: dict[str, Any] = json.loads(load(READER, "stage_0_lifecycle_metrics.json").text)
NEW: dict[str, Any] = json.loads(load(READER, "stage_1_lifecycle_metrics.json").text)
SINGLE: list[dict[str, Any]] = json.loads(load(READER, "per_request_lifecycle_metrics.json").text)


def sample(name: str) -> Reading:
    return READER.read(load(READER, f"{name}_lifecycle_metrics.json"), None)


def test_real_reports_reproduce_their_ground_truth() -> None:
    files = truths(REAL, "inference-perf lifecycle JSON")
    if not files:
        pytest.skip(f"no real files at {REAL}")
    compared = 0
    for path, truth in files:
        found = values(read(READER, path.read_bytes(), path.name))
        load_, delay = truth["load"], truth["load"]["schedule_delay"]
        pairs = {
            "requests": truth["ok"] + truth["failed"], "failures": truth["failed"], "rate": truth["rps"],
            "p50": truth["e2e_p50_s"] * 1000, "p95": truth["e2e_p95_s"] * 1000,
            "p99": truth["e2e_p99_s"] * 1000, "ttft.p99": truth["ttft_p99_s"] * 1000,
            "schedule_delay.p95": delay["p95"] * 1000, "schedule_delay.max": delay["max"] * 1000,
            "rate.offered": load_.get("requested_rate"), "rate.sent": load_.get("achieved_rate"),
        }  # fmt: skip
        for metric, value in pairs.items():
            assert found.get(metric) == (value if value is None else pytest.approx(value)), (path, metric)
            compared += 1
    print(f"inference-perf: {len(files)} files, {compared} values compared")
    assert (len(files), compared) == (3, 33)


def test_trap_22_the_real_stage_that_was_sent_too_late_is_told() -> None:
    path = REAL / "inference-perf" / "vllm+quantization_stage_6_lifecycle_metrics.json"
    if not path.exists():
        pytest.skip(f"no real files at {REAL}")
    (late,) = told(READER, path.read_bytes().decode())
    assert late == (
        "warning coordinated-omission: one in 20 requests was sent 25,083 ms late or more, the mean "
        "answer took 2,478 ms: no time holds that wait"
    )
    (slow,) = realism_problems(read(READER, path.read_bytes()).facts, Location("f"))
    assert slow.code == "generator-saturated"


def test_trap_22_requests_sent_too_late_are_told() -> None:
    reading = sample("sent_too_late")
    found = values(reading)
    assert (found["rate.offered"], found["rate.sent"] < 30) == (34, True)
    assert found["schedule_delay.p95"] > 10_000
    assert {p.code for p in reading.problems} == {"coordinated-omission"}
    assert {p.code for p in realism_problems(reading.facts, Location("f"))} == {"generator-saturated"}
    assert codes(READER, STAGE) == set()


def test_the_servers_own_metrics_look_alike_and_are_refused() -> None:
    source = load(READER, "server-metrics.json", "broken")
    assert READER.sniff(source.data) == 90
    (problem,) = problems(READER, source)
    assert (problem.kind, problem.code) == ("invalid", "server-metrics")
    assert problem.help == "link the `*_lifecycle_metrics.json` of the same run"


def test_the_real_metrics_of_a_server_are_refused() -> None:
    files = truths(REAL, "inference-perf prometheus JSON")
    if not files:
        pytest.skip(f"no real files at {REAL}")
    assert codes(READER, files[0][0].read_text()) == {"invalid server-metrics"}


def test_values_have_units_places_and_samples() -> None:
    found = facts(sample("stage_0"))
    stated = STAGE["successes"]["latency"]
    assert (found["p99"].value, found["p99"].samples) == (stated["request_latency"]["p99"] * 1000, 120)
    assert found["e2e.p50"].value == stated["request_latency"]["median"] * 1000
    assert found["itl.p99.9"].value == stated["inter_token_latency"]["p99.9"] * 1000
    assert found["tpot.mean"].value == stated["time_per_output_token"]["mean"] * 1000
    assert str(found["ttft.p95"].at).endswith("/successes/latency/time_to_first_token/p95")
    assert (found["tokens.input.mean"].value, found["tokens.output.p95"].value) == (
        STAGE["successes"]["prompt_len"]["mean"], STAGE["successes"]["output_len"]["p95"],
    )  # fmt: skip


def test_the_duration_is_written_or_follows_from_the_rate() -> None:
    old, new = facts(sample("stage_0"))["duration"], facts(sample("stage_1"))["duration"]
    rate = STAGE["successes"]["throughput"]["requests_per_sec"]
    assert old.value == pytest.approx(120 / rate * 1000)
    assert old.origin == "derived"
    assert (new.value, new.origin) == (NEW["benchmark_time_seconds"] * 1000, "file")


def test_failures_are_counted_and_told() -> None:
    found = values(sample("stage_1"))
    assert [found[n] for n in ("requests", "failures", "errors")] == [200, 8, 0.04]
    assert codes(READER, NEW) == {"warning successes-only"}


def test_a_cache_is_a_share_only_where_the_server_reports_one() -> None:
    assert values(sample("stage_1"))["cache_hit"] == pytest.approx(0.4)
    assert "cache_hit" not in values(sample("stage_concurrency"))
    assert "cache_hit" not in values(sample("stage_0"))


def test_users_kept_in_flight_are_the_concurrency() -> None:
    found = values(sample("stage_concurrency"))
    assert (found["concurrency"], found.get("rate.offered")) == (8, None)


def test_the_summary_of_a_run_has_no_offered_rate() -> None:
    found = values(sample("summary"))
    assert (found["requests"], found.get("rate.offered")) == (320, None)


def test_an_early_request_has_a_negative_delay_which_is_no_fact() -> None:
    report = copy.deepcopy(STAGE)
    report["load_summary"]["schedule_delay"]["median"] = -0.001
    assert "schedule_delay.p50" not in values(read(READER, report))


def test_without_streaming_there_is_no_time_to_first_token() -> None:
    report = copy.deepcopy(STAGE)
    report["successes"]["latency"] |= {"time_to_first_token": None, "inter_token_latency": None}
    assert not {m for m in values(read(READER, report)) if m.startswith(("ttft", "itl"))}


def test_single_requests_are_recomputed() -> None:
    reading = sample("per_request")
    found = facts(reading)
    good = [e for e in SINGLE if e["error"] is None]
    times = sorted((e["end_time"] - e["start_time"]) * 1000 for e in good)
    assert [found[n].value for n in ("requests", "failures")] == [20, 3]
    assert found["rate"].value == pytest.approx(17 / (float(found["duration"].value) / 1000))
    assert found["p50"].value == pytest.approx(times[8])
    assert found["p50"].samples == 17
    first = [e["info"]["response_metrics"]["output_token_times"][0] - e["start_time"] for e in good]
    assert found["ttft.max"].value == pytest.approx(max(first) * 1000)
    assert found["itl.mean"].samples == sum(
        len(e["info"]["response_metrics"]["output_token_times"]) - 1 for e in good
    )
    assert found["inputs.distinct"].value == 9
    assert reading.load is not None
    assert (reading.load.width, reading.load.began) == (1, 0)


def test_single_requests_of_both_versions_say_the_same() -> None:
    assert values(sample("per_request")) == values(sample("per_request_of_0.1"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("all-failed.json", "every request failed: its times say nothing of answers"),
        ("counts-do-not-add-up.json", "120 requests were sent, 120 succeeded and 7 failed"),
        ("delay-is-a-text.json", "`p95` is `'late'`, not a number of 0 or more"),
        ("nan.json", "NaN is not JSON"),
        ("no-count.json", "there is no `successes.count`, which every report has"),
        ("no-requests.json", "no request is in it"),
        ("over-the-limit.json", "7.82 requests were in flight on average, at most 1 may be"),
        ("p99-below-p95.json", "`p99` is 1 ms, below `p95` of 550.276 ms"),
        ("rate-edited.json", "192 requests succeeded, rate times duration make 2,068"),
        ("request-ends-before-it-starts.json", "a request ends before it starts"),
        ("request-without-end.json", "`end_time` is null, not a number of 0 or more"),
        ("request-without-error.json", "an entry has no `start_time`, `end_time` and `error`"),
        ("sent-rate-edited.json", "120 requests were sent, their rate and time make 1,086"),
        ("text-for-a-number.json", "`p99` is `'0.9 s'`, not a number of 0 or more"),
    ],
)
def test_a_broken_file_says_what_is_wrong(name: str, message: str) -> None:
    found = problems(READER, load(READER, name, "broken"))
    assert message in [problem.message for problem in found if problem.kind != "warning"]
    assert all(problem.help for problem in found)


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)


@settings(max_examples=150)
@given(
    st.sampled_from(["stage_0", "stage_1", "per_request"]),
    st.integers(0, 1 << 30),
    st.sampled_from([b"", b"9", b"-", b'"', b"[", b"null", b"\0", b"\xff", b"1e999", b"{}", b"\n"]),
)
def test_a_mangled_file_is_refused_calmly(name: str, at: int, piece: bytes) -> None:
    stay_calm(READER, mangled(load(READER, f"{name}_lifecycle_metrics.json").data, at, piece))


def steps_of(value: Any, *steps: str | int) -> list[tuple[str | int, ...]]:
    found: list[tuple[str | int, ...]] = [steps] if steps else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found += steps_of(inner, *steps, key)
    return found


ODD: list[Any] = [None, True, -1, 0, 1e-320, 1e300, 10**400, "x", [], {}, [[]], {"p99": 1}]


@settings(max_examples=200)
@given(st.sampled_from(steps_of(NEW)), st.sampled_from(steps_of(SINGLE)), st.sampled_from(ODD))
def test_any_value_anywhere_is_taken_calmly(
    steps: tuple[str | int, ...], others: tuple[str | int, ...], value: Any
) -> None:
    for base, where in ((NEW, steps), (SINGLE, others)):
        edited: Any = copy.deepcopy(base)
        place = edited
        for step in where[:-1]:
            place = place[step]
        place[where[-1]] = value
        stay_calm(READER, json.dumps(edited).encode())
