"""The reader of vLLM's serving benchmark against its samples, real files, and trap by trap."""

from __future__ import annotations

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
from readiness.evidence.readers.vllm_bench import READER
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

RATE: dict[str, Any] = json.loads(load(READER, "rate.json").text)
SINGLE: dict[str, Any] = json.loads(load(READER, "detailed.json").text)
OLD: dict[str, Any] = json.loads(load(READER, "before-failed-was-counted.json").text)
PASTED = load(READER, "pasted.md").text
NAMES = {
    "num_prompts": "requests",
    "request_rate": "rate.offered",
    "request_throughput": "rate",
    "output_throughput": "tokens.output.rate",
}


def linear(values_: list[float], share: float) -> float:
    ordered = sorted(values_)
    place = share * (len(ordered) - 1)
    low = int(place)
    return ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (place - low)


def sample(name: str) -> Reading:
    return READER.read(load(READER, name), None)


def compare(reading: Reading, truth: dict[str, Any]) -> int:
    found, compared = values(reading), 0
    for key, value in truth.items():
        stat = re.fullmatch(r"(mean|median|p\d+)_(ttft|tpot|itl)_ms", key)
        if stat:
            name = f"{stat[2]}.{stat[1].replace('median', 'p50')}"
        elif key in NAMES:
            name = NAMES[key]
        elif key == "duration":
            name = "duration"
        else:
            continue
        scale, slack = (1000, 0.06) if key == "duration" else (1, 5e-5)
        assert found[name] == pytest.approx(value * scale, abs=slack), key
        compared += 1
    assert truth["completed"] == found["requests"] - found["failures"]
    return compared + 1


def test_real_files_reproduce_their_ground_truth() -> None:
    files = truths(REAL, "vLLM bench serve JSON")
    if not files:
        pytest.skip(f"no real files at {REAL}")
    compared = 0
    for path, truth in files:
        reading = read(READER, path.read_bytes(), path.name)
        assert {problem.code for problem in reading.problems} <= {"naive-time"}
        compared += compare(reading, truth)
    print(f"vllm: {len(files)} files, {compared} values compared")
    assert (len(files), compared) == (4, 72)


def test_real_markdown_has_81_runs_each_with_its_failures_from_the_command_above() -> None:
    files = truths(REAL, "vLLM bench stdout in Markdown")
    if not files:
        pytest.skip(f"no real files at {REAL}")
    data = files[0][0].read_bytes()
    assert READER.sniff(data[:65_536]) == 80
    reading = read(READER, data)
    first, last = values(reading, ("run", "1")), values(reading, ("run", "81"))
    assert (first["requests"], first["ttft.p99"], first["rate"]) == (10, 3346.14, 0.21)
    assert last["requests"] > 0
    failures = {f.labels[0][1]: f.value for f in reading.facts if f.metric == "failures" and f.value}
    assert failures == {"35": 367, "45": 106, "55": 76}
    assert {(p.kind, p.code) for p in reading.problems} == {("warning", "successes-only")}


def test_values_have_units_places_and_samples() -> None:
    found = facts(sample("rate.json"))
    assert (found["ttft.p99"].value, found["ttft.p99"].unit) == (RATE["p99_ttft_ms"], "ms")
    assert (found["ttft.p99"].samples, found["ttft.p99"].origin) == (295, "file")
    assert str(found["ttft.p99"].at).endswith("/p99_ttft_ms")
    assert found["duration"].value == RATE["duration"] * 1000
    assert found["rate.offered"].value == 6
    assert found["concurrency"].value == RATE["max_concurrent_requests"]
    assert found["tokens.input.mean"].value == RATE["total_input_tokens"] / 295


def test_end_to_end_time_has_the_plain_names_too() -> None:
    found = values(sample("rate.json"))
    for stat, key in (("mean", "mean"), ("p50", "median"), ("p95", "p95"), ("p99", "p99")):
        assert found[stat] == found[f"e2e.{stat}"] == RATE[f"{key}_e2el_ms"]


def test_without_end_to_end_time_there_are_no_plain_names() -> None:
    found = values(sample("before-failed-was-counted.json"))
    assert not {"mean", "p50", "p99", "e2e.p99"} & set(found)
    assert found["ttft.p99"] == OLD["p99_ttft_ms"]


def test_the_date_is_that_of_the_file_taken_as_utc() -> None:
    reading = sample("rate.json")
    assert reading.produced == datetime(2026, 11, 18, 14, 3, 2, tzinfo=UTC)
    assert "naive-time" in {problem.code for problem in reading.problems}
    assert read(READER, {**RATE, "date": "20261399-000000"}).produced is None


def test_trap_24_failures_are_prompts_less_completed_in_older_files() -> None:
    found = facts(sample("before-failed-was-counted.json"))
    assert [found[n].value for n in ("requests", "failures")] == [120, 3]
    assert found["errors"].value == pytest.approx(3 / 120)
    assert found["errors"].origin == "derived"
    assert (found["errors"].samples, found["rate"].samples) == (120, 117)


def test_trap_24_a_rate_without_limit_is_the_text_inf() -> None:
    found = values(sample("before-failed-was-counted.json"))
    assert "rate.offered" not in found
    assert (found["concurrency"], found["concurrency.limit"]) == (8, 8)


def test_a_limit_is_no_concurrency_where_a_rate_sends_the_requests() -> None:
    data = {k: v for k, v in RATE.items() if k != "max_concurrent_requests"} | {"max_concurrency": 500}
    found = values(read(READER, data))
    assert (found["concurrency.limit"], found.get("concurrency")) == (500, None)


def test_all_requests_at_once_are_a_burst() -> None:
    assert "warning burst" in codes(READER, {**RATE, "request_rate": "inf"})


def test_fewer_requests_than_prompts_is_a_warning() -> None:
    assert "warning fewer-requests" in codes(READER, {**RATE, "num_prompts": 400})


def test_trap_22_a_rate_that_was_not_reached_is_a_warning() -> None:
    (problem,) = realism_problems(read(READER, {**RATE, "request_rate": 12.0}).facts, Location("f"))
    assert problem.code == "generator-saturated"
    assert not list(realism_problems(sample("rate.json").facts, Location("f")))
    two = "\n".join(json.dumps({**RATE, "request_rate": rate}) for rate in (6.0, 12.0))
    (line,) = (line for line in told(READER, two) if "saturated" in line)
    assert line == (
        "warning generator-saturated: run 2: 12 requests/s were asked for, "
        f"{RATE['request_throughput']:.4g} were reached"
    )


def test_a_time_to_first_token_of_zero_was_not_measured() -> None:
    zeros = {key: 0.0 for key in RATE if key.endswith("_ttft_ms")}
    reading = read(READER, {**RATE, **zeros})
    assert not [metric for metric in values(reading) if metric.startswith("ttft")]
    assert "not-measured" in {problem.code for problem in reading.problems}


def test_null_gives_no_fact() -> None:
    assert "ttft.p99" not in values(read(READER, {**RATE, "p99_ttft_ms": None}))


def test_waiting_in_the_client_is_told_and_has_facts() -> None:
    queue = {"mean_client_queue_time_ms": 900.0, "p99_client_queue_time_ms": 2000.0}
    whole = {"mean_e2el_including_client_queue_ms": 1200.0, "p99_e2el_including_client_queue_ms": 2600.0}
    reading = read(READER, {**RATE, "max_concurrency": 8, **queue, **whole})
    found = values(reading)
    assert (found["client_queue.p99"], found["e2e.queued.p99"]) == (2000, 2600)
    assert "coordinated-omission" in {problem.code for problem in reading.problems}
    nothing = {"mean_client_queue_time_ms": 0.0, "p99_client_queue_time_ms": 0.0}
    assert "warning not-measured" not in codes(READER, {**RATE, "max_concurrency": 8, **nothing})


def test_a_stall_in_a_closed_loop_is_told() -> None:
    stall = {"max_e2el_ms": 60_000.0, "max_concurrency": 8, "request_rate": "inf"}
    assert "warning coordinated-omission" in codes(READER, {**RATE, **stall})
    assert "warning coordinated-omission" not in codes(READER, {**RATE, "max_e2el_ms": 60_000.0})


def test_single_requests_are_recomputed_by_nearest_rank() -> None:
    reading = sample("detailed.json")
    found = facts(reading)
    good = [i for i, error in enumerate(SINGLE["errors"]) if not error]
    times = sorted(SINGLE["latencies"][i] * 1000 for i in good)
    assert (len(good), found["p95"].samples, found["p95"].origin) == (33, 33, "derived")
    assert found["p95"].value == found["e2e.p95"].value == times[31]
    assert found["p95"].bounds is not None
    assert found["p50"].value == times[16]
    first = sorted(SINGLE["ttfts"][i] * 1000 for i in good)
    assert found["ttft.max"].value == first[-1]
    gaps = sum(len(SINGLE["itls"][i]) for i in good)
    assert (found["itl.p99"].samples, found["itl.p99"].origin) == (gaps, "derived")
    assert found["tokens.input.p95"].value == sorted(SINGLE["input_lens"][i] for i in good)[31]
    assert [found[n].value for n in ("requests", "failures")] == [40, 7]


def test_single_requests_come_as_samples_with_their_times() -> None:
    read_ = sample("detailed.json").load
    assert read_ is not None
    assert (read_.arrivals, read_.width > 0) == ("open", True)
    assert (sum(w.requests for w in read_.windows), sum(w.failures for w in read_.windows)) == (40, 7)
    closed = {**SINGLE, "request_rate": "inf", "max_concurrency": 8}
    both = {**SINGLE, "max_concurrency": 8}
    arrivals = [found.arrivals for d in (closed, both) if (found := read(READER, d).load)]
    assert arrivals == ["closed", ""]


def test_before_latencies_the_time_is_that_of_the_last_token() -> None:
    reading = sample("detailed-before-latencies.json")
    data = json.loads(load(READER, "detailed-before-latencies.json").text)
    good = [i for i, error in enumerate(data["errors"]) if not error]
    times = sorted((data["ttfts"][i] + sum(data["itls"][i])) * 1000 for i in good)
    assert values(reading)["max"] == pytest.approx(times[-1])
    assert reading.load is not None
    assert reading.load.width == 0


def test_a_stated_time_holds_where_single_requests_have_only_their_tokens() -> None:
    data = {k: v for k, v in SINGLE.items() if k not in ("latencies", "start_times")}
    found = facts(read(READER, data))
    assert (found["p99"].value, found["p99"].origin) == (SINGLE["p99_e2el_ms"], "file")
    assert told(READER, {**data, "mean_e2el_ms": 90.0})[1].startswith(
        "invalid contradiction: `e2e.mean` is 90 ms, the last tokens came after"
    )


def test_every_stated_percentile_is_compared_with_the_single_requests() -> None:
    for key in (k for k in SINGLE if re.fullmatch(r"(mean|median|p\d+)_\w+_ms", k)):
        edited = {**SINGLE, key: SINGLE[key] * 0.9}
        assert "invalid contradiction" in codes(READER, edited), key
    rounded = {k: round(v, 2) if k.endswith("_ms") else v for k, v in SINGLE.items()}
    assert "invalid contradiction" not in codes(READER, rounded)
    good = [i for i, error in enumerate(SINGLE["errors"]) if not error]
    assert SINGLE["p95_ttft_ms"] == pytest.approx(linear([SINGLE["ttfts"][i] * 1000 for i in good], 0.95))


def test_failures_that_leave_no_text_are_told_by_their_empty_output() -> None:
    silent = read(READER, {**SINGLE, "errors": [""] * 40})
    assert [values(silent)[n] for n in ("requests", "failures")] == [40, 7]
    assert values(silent)["max"] == values(sample("detailed.json"))["max"]


def test_successes_that_the_single_requests_do_not_bear_out_are_invalid() -> None:
    data = {**SINGLE, "completed": 39, "failed": 1, "request_throughput": 39 / SINGLE["duration"]}
    message = "39 requests are said to have succeeded, the 40 single ones do not bear that out"
    assert f"invalid contradiction: {message}" in told(READER, data)


def test_an_error_that_is_no_text_is_refused() -> None:
    errors = [None, *SINGLE["errors"][1:-1], 0]
    assert told(READER, {**SINGLE, "errors": errors}) == ["invalid wrong-shape: an entry of `errors` is no text"]
    assert told(READER, {**SINGLE, "errors": [e or None for e in SINGLE["errors"]]}) == told(READER, SINGLE)


def test_fewer_texts_than_requests_are_refused() -> None:
    message = "invalid ragged: `generated_texts` has 39 entries, `latencies` has 40"
    assert told(READER, {**SINGLE, "generated_texts": ["a"] * 39}) == [message]
    assert told(READER, {**SINGLE, "generated_texts": ["a"] * 40}) == told(READER, SINGLE)


def test_more_requests_than_prompts_is_a_contradiction() -> None:
    message = "invalid contradiction: 40 requests were made, of 10 prompts"
    assert message in told(READER, {**SINGLE, "num_prompts": 10})
    old = {key: value for key, value in SINGLE.items() if key != "failed"}
    assert message in told(READER, {**old, "num_prompts": 10})
    assert told(READER, {**SINGLE, "num_prompts": 0}) == told(READER, SINGLE)  # all that the data set has


def test_latencies_alone_are_samples_too() -> None:
    """Newer versions keep `latencies` even without `--save-detailed`."""
    drop = ("errors", "ttfts", "itls", "output_lens", "input_lens", "start_times")
    reading = read(READER, {k: v for k, v in SINGLE.items() if k not in drop})
    assert values(reading)["p50"] == values(sample("detailed.json"))["p50"]
    assert facts(reading)["ttft.p99"].origin == "file"


def test_trap_26_blocks_in_markdown_are_runs_with_the_command_above() -> None:
    reading = sample("pasted.md")
    one, two = values(reading, ("run", "1")), values(reading, ("run", "2"))
    assert [one[n] for n in ("requests", "failures")] == [80, 0]
    assert [two[n] for n in ("requests", "failures")] == [162, 2]
    place = facts(reading, ("run", "2"))["requests"].at
    assert "--num-prompts 162" in PASTED.splitlines()[place.line - 1]
    assert not values(reading), "no run is the whole"


def test_a_block_without_a_command_knows_no_errors() -> None:
    block = PASTED[PASTED.index("====") : PASTED.index("```\n\n## 16 users")]
    reading = read(READER, block)
    assert (values(reading)["requests"], values(reading).get("errors")) == (80, None)
    assert {p.code for p in reading.problems} == {"errors-unknown"}
    wrong = read(READER, f"--num-prompts 10\n{block}")
    assert (values(wrong)["requests"], values(wrong).get("errors")) == (80, None)


def test_a_printed_block_has_what_the_json_has() -> None:
    printed, written = values(sample("printed.txt")), values(sample("rate.json"))
    for name in ("requests", "failures", "errors", "rate.offered"):
        assert printed[name] == written[name]
    for name in ("p99", "ttft.p99", "itl.p99", "tpot.mean", "rate", "tokens.output.rate"):
        assert printed[name] == pytest.approx(written[name], abs=0.006)


def test_a_block_in_a_quote_or_a_table_cell_is_read() -> None:
    block = PASTED[PASTED.index("====") : PASTED.index("```\n\n## 16 users")]
    quoted = "".join(f"> {line}\r\n" for line in block.splitlines())
    assert values(read(READER, quoted))["requests"] == 80


def test_appended_results_are_runs_and_none_is_the_whole() -> None:
    reading = sample("appended.json")
    assert {fact.labels for fact in reading.facts} == {(("run", "1"),), (("run", "2"),)}
    assert facts(reading, ("run", "2"))["requests"].at.line == 2
    assert reading.load is None


def test_results_of_the_other_tool_are_passed_over() -> None:
    """They are told where the file is read: `tests/evidence/test_others.py`."""
    other = "\n".join(
        ["=" * 12 + " Serving Benchmark Result " + "=" * 12, "Backend:   sglang", "=" * 50]
    )
    assert values(read(READER, f"{PASTED}\n{other}\n")) == values(read(READER, PASTED))
    assert codes(READER, f"# Notes\n{other}\n") == {"invalid not-a-result"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("all-failed.json", "every request failed: its times say nothing of answers"),
        ("block-with-a-letter.txt", "`completed` is `8O`, not a number of 0 or more"),
        ("block-without-end.md", "the block has no last line of `=`"),
        ("block-twice-the-same-line.txt", "`Successful requests` is there twice in one block"),
        ("duplicate-key.json", "the key 'completed' is given twice in one object"),
        ("first-token-after-the-end.json",
         "the first token took 72.1073 ms on average, the whole answer 40 ms"),
        ("gaps-are-no-lists.json", "an entry of `itls` is no list"),
        ("infinity.json", "Infinity is not JSON"),
        ("list-of-texts.json", "an entry of `ttfts` is `'0.04'`, not a number of 0 or more"),
        ("more-completed-than-prompts.json", "117 requests succeeded of 60 that were made"),
        ("nan.json", "NaN is not JSON"),
        ("negative.json", "`failed` is `-5`, not a number of 0 or more"),
        ("no-completed.json", "there is no `completed`, which every result has"),
        ("no-prompts.json", "no request was made"),
        ("over-the-limit.json", "2.312 requests were in flight on average, at most 1 are allowed"),
        ("p99-below-p95.json", "`ttft.p99` is 11 ms, below `ttft.p95` of 104.404 ms"),
        ("ragged.json", "`ttfts` has 39 entries, `latencies` has 40"),
        ("rate-edited.json", "295 requests succeeded, rate times duration make 2,908"),
        ("summary-against-single-requests.json",
         "`ttft.p99` is 79.3552 ms, the single values give 113.365 ms"),
        ("text-for-a-number.json", "`duration` is `'fast'`, not a number of 0 or more"),
        ("tokens-edited.json", "7,856 tokens came out, rate times duration make 436,134"),
    ],
)  # fmt: skip
def test_a_broken_file_says_what_is_wrong(name: str, message: str) -> None:
    found = problems(READER, load(READER, name, "broken"))
    assert message in [problem.message for problem in found if problem.kind != "warning"]
    assert all(problem.help for problem in found)


def test_a_broken_second_result_says_its_line() -> None:
    (problem,) = problems(READER, load(READER, "second-run-cut-off.json", "broken"))
    assert (problem.code, problem.at.line) == ("not-json", 2)


def test_what_divides_by_nothing_is_no_fact() -> None:
    tiny = read(READER, {**RATE, "duration": 1e-320, "request_throughput": 1e14})
    assert all(abs(float(fact.value)) < 1e300 for fact in tiny.facts)


def test_only_vllm_results_are_claimed() -> None:
    sglang = b'{"backend": "sglang", "request_throughput": 1, "completed": 2, "accept_length": null}'
    assert READER.sniff(sglang) == 0
    assert READER.sniff(b'{"num_prompts": 1, "model_id": "m"}') == 0
    block = b"x\n== Serving Benchmark Result ==\n\nBackend:  sglang\nRequest throughput (req/s): 1\n"
    assert READER.sniff(block) == 0


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_is_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_calmly(data: bytes) -> None:
    stay_calm(READER, data)
    stay_calm(READER, b"============ Serving Benchmark Result ============\n" + data)


@settings(max_examples=150)
@given(
    st.sampled_from(["rate.json", "detailed.json", "pasted.md", "appended.json"]),
    st.integers(0, 1 << 30),
    st.sampled_from([b"", b"9", b"-", b'"', b"[", b"null", b"\0", b"\xff", b"1e999", b"{}", b"\n"]),
)
def test_a_mangled_file_is_refused_calmly(name: str, at: int, piece: bytes) -> None:
    stay_calm(READER, mangled(load(READER, name).data, at, piece))


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
JSONS = st.recursive(SCALARS, lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(max_size=5), s, max_size=3), max_leaves=5)


@settings(max_examples=200)
@given(st.sampled_from(sorted(SINGLE)), JSONS)
def test_any_value_under_any_key_is_taken_calmly(key: str, value: object) -> None:
    stay_calm(READER, json.dumps({**SINGLE, key: value}).encode())


def test_answers_without_a_token_prove_no_quick_answers() -> None:
    total = len(SINGLE["output_lens"])
    empty = SINGLE | {"output_lens": [0] * 5 + SINGLE["output_lens"][5:]}
    found = [p for p in read(READER, json.dumps(empty).encode()).problems if p.code == "empty-answers"]
    assert [(p.kind, p.message) for p in found] == [
        ("inconclusive", f"5 of {SINGLE['completed']} answers have no token, and pass as successes")
    ]
    assert total > 5
    assert "empty-answers" not in codes(READER, json.dumps(SINGLE).encode())


def test_a_burst_is_of_all_that_were_sent_not_of_those_that_came_back() -> None:
    burst = RATE | {"request_rate": "inf", "max_concurrency": None, "num_prompts": RATE["completed"] + 50, "failed": 50}
    (problem,) = [p for p in read(READER, json.dumps(burst).encode()).problems if p.code == "burst"]
    assert problem.message.startswith(f"all {RATE['completed'] + 50:,} requests were sent at once")
