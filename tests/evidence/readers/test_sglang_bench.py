"""The reader of SGLang's serving benchmark against its samples, real files, and trap by trap."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.reader import Reading
from readiness.evidence.readers.sglang_bench import READER
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

RATE: dict[str, Any] = json.loads(load(READER, "rate.jsonl").text)
SINGLE: dict[str, Any] = json.loads(load(READER, "details.jsonl").text)
PASTED = load(READER, "pasted.md").text


def sample(name: str) -> Reading:
    return READER.read(load(READER, name), None)


def test_the_real_record_reproduces_its_ground_truth() -> None:
    files = truths(REAL, "sglang bench_serving JSONL")
    if not files:
        pytest.skip(f"no real files at {REAL}")
    path, truth = files[0]
    reading = read(READER, path.read_bytes(), path.name)
    found, compared = values(reading), 0
    names = {
        "request_rate": "rate.offered",
        "max_concurrency": "concurrency.limit",
        "completed": "requests",
        "request_throughput": "rate",
        "output_throughput": "tokens.output.rate",
        "concurrency": "concurrency",
    }
    for key, value in truth.items():
        stat = re.fullmatch(r"(mean|median|p\d+)_(ttft|tpot|itl|e2e)(?:_latency)?_ms", key)
        name = f"{stat[2]}.{stat[1].replace('median', 'p50')}" if stat else names.get(key)
        if name:
            assert found[name] == pytest.approx(value, abs=5e-5), key
            compared += 1
    assert found["duration"] == pytest.approx(truth["duration"] * 1000, abs=0.06)
    assert "errors" not in found
    assert {problem.code for problem in reading.problems} == {"errors-unknown"}
    assert compared == 19


def test_real_markdown_of_a_fork_is_four_runs_with_four_failures_each() -> None:
    files = truths(REAL, "sglang bench stdout in Markdown")
    if not files:
        pytest.skip(f"no real files at {REAL}")
    reading = read(READER, files[0][0].read_bytes())
    runs = [values(reading, ("run", str(n))) for n in range(1, 5)]
    assert [run["failures"] for run in runs] == [4, 4, 4, 4]
    assert [run["mean"] for run in runs] == [55549.9, 23042.97, 54181.48, 18387.92]
    assert "not-measured" in {problem.code for problem in reading.problems}, "median ITL is 0.00"


def test_values_have_units_places_and_samples() -> None:
    found = facts(sample("rate.jsonl"))
    assert (found["p99"].value, found["p99"].unit) == (RATE["p99_e2e_latency_ms"], "ms")
    assert (found["e2e.p99"].value, found["p99"].samples) == (found["p99"].value, 200)
    assert str(found["ttft.p50"].at).endswith("/median_ttft_ms")
    assert found["concurrency"].value == RATE["concurrency"]
    assert "load" not in found


def test_trap_24_a_bare_infinity_is_read_as_the_request_rate_alone() -> None:
    text = load(READER, "sweep.jsonl").text
    assert text.count('"request_rate": Infinity') == 4
    reading = sample("sweep.jsonl")
    assert "rate.offered" not in {fact.metric for fact in reading.facts}
    assert values(reading, ("run", "3"))["concurrency"] == 8
    place = facts(reading, ("run", "3"))["ttft.p99"].at
    line = text.splitlines()[place.line - 1]
    assert line[place.column - 1 :].startswith(f"{values(reading, ('run', '3'))['ttft.p99']}")


def test_trap_24_any_other_infinity_or_nan_is_refused() -> None:
    assert told(READER, json.dumps({**RATE, "duration": float("inf")})) == ["invalid not-json: Infinity is not JSON"]
    assert told(READER, json.dumps({**RATE, "p99_ttft_ms": float("nan")})) == ["invalid not-json: NaN is not JSON"]
    minus = json.dumps({**RATE, "request_rate": float("-inf")})
    assert codes(READER, minus) == {"invalid not-json"}
    assert "invalid not-json" not in codes(READER, json.dumps({**RATE, "request_rate": float("inf")}))


def test_trap_24_successes_alone_tell_no_errors() -> None:
    found = values(sample("rate.jsonl"))
    assert (found["requests"], found.get("failures"), found.get("errors")) == (200, None, None)
    assert "warning errors-unknown" in codes(READER, RATE)


def test_trap_24_single_requests_tell_the_failures() -> None:
    found = values(sample("details.jsonl"))
    assert [found[n] for n in ("requests", "failures", "errors")] == [36, 3, pytest.approx(3 / 36)]


def test_single_requests_are_recomputed_where_the_file_states_nothing() -> None:
    found = facts(sample("details.jsonl"))
    good = [i for i, error in enumerate(SINGLE["errors"]) if not error]
    first = sorted(SINGLE["ttfts"][i] * 1000 for i in good)
    assert (found["ttft.p99"].value, found["ttft.p99"].origin) == (first[-1], "derived")
    assert found["ttft.p75"].bounds is not None
    assert (found["p99"].value, found["p99"].origin) == (SINGLE["p99_e2e_latency_ms"], "file")


def test_a_summary_that_its_single_requests_contradict_is_invalid() -> None:
    for key in ("mean_ttft_ms", "p99_ttft_ms", "median_itl_ms", "p99_itl_ms"):
        assert "invalid contradiction" in codes(READER, {**SINGLE, key: SINGLE[key] * 1.1}), key


def test_littles_law_holds() -> None:
    """`concurrency` is the sum of the times over the duration."""
    product = RATE["mean_e2e_latency_ms"] / 1000 * RATE["completed"] / RATE["duration"]
    assert RATE["concurrency"] == pytest.approx(product)
    assert "invalid contradiction" in codes(READER, {**RATE, "mean_e2e_latency_ms": 100.0})


def test_a_burst_is_told() -> None:
    (burst,) = (p for p in sample("sweep.jsonl").problems if p.code == "burst")
    assert burst.message == "run 4: all 64 requests were sent at once: their times are those of a queue"


def test_a_cache_report_gives_its_share() -> None:
    reading = sample("sweep.jsonl")
    assert values(reading, ("run", "3"))["cache_hit"] == 0.615
    assert "cache_hit" not in values(reading, ("run", "1"))


def test_a_replayed_trace_has_no_offered_rate() -> None:
    found = values(sample("trace.jsonl"))
    assert (found["requests"], found.get("rate.offered")) == (50, None)


def test_trap_26_blocks_in_markdown() -> None:
    reading = sample("pasted.md")
    one, two = values(reading, ("run", "1")), values(reading, ("run", "2"))
    assert [one[n] for n in ("requests", "failures", "rate.offered")] == [202, 2, 5]
    assert [two.get(n) for n in ("requests", "failures", "cache_hit")] == [64, None, 0.5]
    assert two["itl.max"] >= two["itl.p99"] > 0
    assert one["p99"] == pytest.approx(RATE["p99_e2e_latency_ms"], abs=0.006)


def test_a_pretty_printed_record_is_read() -> None:
    reading = read(READER, json.dumps(RATE, indent=2))
    assert values(reading) == values(sample("rate.jsonl"))
    assert facts(reading)["requests"].at.line > 5


def test_results_of_vllm_are_passed_over() -> None:
    """They are told where the file is read: `tests/evidence/test_others.py`."""
    other = "=" * 12 + " Serving Benchmark Result " + "=" * 12 + "\nSuccessful requests:   3\n" + "=" * 50
    assert values(read(READER, f"{PASTED}\n{other}\n")) == values(read(READER, PASTED))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("all-failed.jsonl", "every request failed: its times say nothing of answers"),
        ("block-cut-off.md", "the block has no last line of `=`"),
        ("block-nan.md", "`mean_ttft_ms` is `nan # 75.75`, not a number of 0 or more"),
        ("concurrency-edited.jsonl", "`concurrency` is 200, mean time and rate make 1.922"),
        ("details-against-summary.jsonl", "`ttft.p50` is 12 ms, the single values give 69.0987 ms"),
        ("failures-removed.jsonl", "`ttft.mean` is 70.2764 ms, the single values give 64.42 ms"),
        ("infinity-elsewhere.jsonl", "Infinity is not JSON"),
        ("line-is-no-object.jsonl", "a result is an object, and this is none"),
        ("littles-law.jsonl", "`concurrency` is 1.92204, mean time and rate make 0.4538"),
        ("nan.jsonl", "NaN is not JSON"),
        ("null-completed.jsonl", "there is no `completed`, which every result has"),
        ("rate-edited.jsonl", "200 requests succeeded, rate times duration make 1,983"),
    ],
)
def test_a_broken_file_says_what_is_wrong(name: str, message: str) -> None:
    found = problems(READER, load(READER, name, "broken"))
    assert message in [problem.message for problem in found if problem.kind != "warning"]
    assert all(problem.help for problem in found)


def test_a_line_cut_off_says_which() -> None:
    (problem,) = problems(READER, load(READER, "cut-off.jsonl", "broken"))
    assert (problem.code, problem.at.line) == ("not-json", 4)


def test_only_sglang_results_are_claimed() -> None:
    vllm = b'{"backend": "vllm", "num_prompts": 1, "tokenizer_id": "t", "request_throughput": 1, "completed": 1}'
    assert READER.sniff(vllm) == 0
    block = b"x\n== Serving Benchmark Result ==\nSuccessful requests:  1\nRequest throughput (req/s): 1\n"
    assert READER.sniff(block) == 0


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)
    stay_calm(READER, b"== Serving Benchmark Result ==\nBackend:  sglang\n" + data)


@settings(max_examples=150)
@given(
    st.sampled_from(["rate.jsonl", "details.jsonl", "pasted.md", "sweep.jsonl"]),
    st.integers(0, 1 << 30),
    st.sampled_from([b"", b"9", b"-", b'"', b"[", b"null", b"\0", b"\xff", b"1e999", b"{}", b"\n"]),
)
def test_a_mangled_file_is_refused_calmly(name: str, at: int, piece: bytes) -> None:
    stay_calm(READER, mangled(load(READER, name).data, at, piece))
