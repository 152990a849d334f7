"""The reader of hey's output against its samples, real files, and trap by trap."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.readers.hey import READER
from tests.evidence.readers import printed_tools as tools

CHAT = tools.text(READER, "ok/chat.txt")


@pytest.mark.parametrize("path", tools.files(READER, "ok"), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_warnings_at_most(path: Path) -> None:
    reading = tools.read(READER, path)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} <= {"warning"}
    assert READER.sniff(path.read_bytes()) == 90


def test_all_lines_become_facts_in_canonical_units() -> None:
    reading = tools.sample(READER, "ok/chat.txt")
    assert tools.values(reading) == {
        "arrivals": "closed", "requests": 600, "failures": 0, "failures.status": 0, "failures.socket": 0, "errors": 0,
        "duration": 3252.1, "rate": 184.4974, "throughput": 10_800 / 3.2521,
        "min": 4.5, "mean": 39.1, "max": 233.3,
        "p10": 13.1, "p25": 19, "p50": 30.3, "p75": 48.6, "p90": 76.4, "p95": 102.9, "p99": 161.5,
    }  # fmt: skip
    p95 = tools.fact(reading, "p95")
    assert (p95.unit, p95.samples, p95.origin, p95.at) == ("ms", 600, "file", Location("chat.txt", 32))
    assert (reading.problems, reading.produced) == ((), None)


def test_windows_line_ends_change_nothing() -> None:
    assert tools.values(tools.sample(READER, "ok/windows.txt")) == tools.values(tools.sample(READER, "ok/chat.txt"))


def test_trap_4_the_rate_of_refused_requests_is_nonsense() -> None:
    """20 of 20 refused: 25,078 requests a second, all times 0 or NaN."""
    reading = tools.sample(READER, "broken/all-refused.txt")
    found = tools.values(reading)
    assert (found["requests"], found["failures.socket"], found["errors"]) == (20, 20, 1)
    assert found["rate"] == 25_078.024
    assert not {"min", "mean", "max", "p50", "p99"} & set(found)
    assert tools.problems(reading) == [("inconclusive", "all-failed", "all-refused.txt:25")]


def test_requests_are_responses_by_status_and_errors_without_one() -> None:
    reading = tools.sample(READER, "ok/partly-refused.txt")
    found = tools.values(reading)
    assert (found["requests"], found["failures"]) == (287 + 217, 217)
    assert found["errors"] == pytest.approx(217 / 504)
    assert tools.fact(reading, "p99").samples == 287
    assert tools.problem(reading, "successes-only").message == (
        "217 requests got no response: they count for the rate, and are in no time"
    )


def test_server_errors_are_failures_and_among_the_times() -> None:
    reading = tools.sample(READER, "ok/http-errors.txt")
    assert tools.values(reading)["errors"] == 38 / 400
    assert tools.fact(reading, "failures.status").at.line == 44
    assert tools.codes(reading) == ["failed-fast"]


@pytest.mark.parametrize(("status", "failures"), [("204", 0), ("301", 0), ("399", 0), ("400", 600), ("503", 600)])
def test_responses_from_400_on_are_failures(status: str, failures: int) -> None:
    reading = tools.edited(READER, "ok/chat.txt", "[200]", f"[{status}]")
    assert tools.values(reading)["failures"] == failures


def test_percentiles_that_few_requests_do_not_have_are_left_out() -> None:
    assert tools.text(READER, "ok/few.txt").count("0% in 0.0000 secs") == 3
    found = tools.values(tools.sample(READER, "ok/few.txt"))
    assert [name for name in found if name.startswith("p")] == ["p10", "p25", "p50", "p75"]


def test_trap_16_a_stall_shows_only_in_the_slowest() -> None:
    reading = tools.sample(READER, "ok/stall.txt")
    assert tools.values(reading)["p99"] == 0.4
    assert tools.problem(reading, "coordinated-omission").message == (
        "one response took 1,001.1 ms where `p99` is 0.4 ms: "
        "a closed loop waits out a stall, so few samples show it"
    )


def test_concurrency_is_that_of_a_pasted_command_or_its_default() -> None:
    reading = tools.sample(READER, "ok/runs.md")
    first, second = (tools.fact(reading, "concurrency", run=run) for run in "12")
    assert (first.value, first.origin, first.at.line) == (8, "file", 4)
    assert (second.value, second.origin, second.at.line) == (50, "tool-default", 53)
    assert "concurrency" not in tools.values(tools.sample(READER, "ok/chat.txt"))


def test_trap_26_runs_in_markdown_are_labelled_and_none_is_the_whole() -> None:
    reading = tools.sample(READER, "ok/runs.md")
    assert tools.values(reading) == {}
    assert [tools.values(reading, run=run)["requests"] for run in "12"] == [600, 400]
    assert tools.values(reading, run="2")["errors"] == 38 / 400


def test_output_of_oha_beside_it_is_not_taken_for_a_run() -> None:
    oha = "\nSummary:\n  Success rate:\t100.00%\n  Total:\t1.0000 secs\n  Slowest:\t9.0000 secs\n  Requests/sec:\t5.0\n"
    assert tools.values(tools.read(READER, CHAT + oha)) == tools.values(tools.sample(READER, "ok/chat.txt"))
    assert READER.sniff(oha.encode()) == 0


def test_more_responses_than_hey_keeps_give_no_mean_and_no_error_rate() -> None:
    content = CHAT.replace("3.2521", "100.0000").replace("184.4974", "20000.0000").replace("600 responses", "1000000 responses")
    content = content.replace("[265]", "[999665]")
    reading = tools.read(READER, content)
    assert tools.codes(reading) == ["capped"]
    found = tools.values(reading)
    assert (found["requests"], found["rate"]) == (1_000_000, 20_000)
    assert not {"mean", "errors", "failures"} & set(found)


def test_status_codes_that_a_document_leaves_out_prove_nothing() -> None:
    reading = tools.sample(READER, "broken/cut-before-status.txt")
    assert not {"errors", "failures"} & set(tools.values(reading))
    assert tools.problem(reading, "no-outcomes")[:4] == (
        "inconclusive",
        "no-outcomes",
        "the status of the responses is not in it: they may all have failed",
        Location("cut-before-status.txt", 2),
    )


@pytest.mark.parametrize(
    ("name", "kind", "code", "place"),
    [
        ("all-timed-out.txt", "inconclusive", "all-failed", "all-timed-out.txt:25"),
        ("all-server-errors.txt", "inconclusive", "all-failed", "all-server-errors.txt:43"),
        ("cut-in-summary.txt", "invalid", "cut-off", "cut-in-summary.txt:2"),
        ("cut-in-status.txt", "invalid", "contradiction", "cut-in-status.txt:43"),
        ("nan.txt", "invalid", "number", "nan.txt:4"),
        ("rate-contradicts.txt", "invalid", "contradiction", "rate-contradicts.txt:43"),
        ("p95-below-p50.txt", "invalid", "contradiction", "p95-below-p50.txt:32"),
        ("mean-above-slowest.txt", "invalid", "contradiction", "mean-above-slowest.txt:6"),
        ("status-contradicts.txt", "invalid", "contradiction", "status-contradicts.txt:43"),
        ("two-mixed.txt", "invalid", "duplicate", "two-mixed.txt:35"),
    ],
)
def test_broken_sample_says_what_is_wrong_and_where(name: str, kind: str, code: str, place: str) -> None:
    assert (kind, code, place) in tools.problems(tools.sample(READER, f"broken/{name}"))


def test_messages_name_line_and_value() -> None:
    def told(name: str) -> list[str]:
        reading = tools.sample(READER, f"broken/{name}")
        return [problem.message for problem in reading.problems if problem.kind == "invalid"]

    assert told("cut-in-summary.txt") == ["the run of line 2 has no `Average:`: it is cut off"]
    assert told("nan.txt") == ["a time in seconds is `NaN`, not a number of 0 or more"]
    assert told("two-mixed.txt") == ["`Latency distribution:` is there twice in the run of line 2"]
    assert told("cut-in-status.txt")[0] == "the histogram holds 400 responses, the status codes 362"


@pytest.mark.parametrize("data", tools.HOSTILE, ids=range(len(tools.HOSTILE)))
def test_hostile_bytes_give_problems(data: bytes) -> None:
    assert tools.survives(READER, data).facts == ()
    tools.survives(READER, CHAT.encode() + data)


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "-1", "nan", "inf", "", "1_0", "٣"])
@pytest.mark.parametrize("old", ["3.2521", "0.2333", "0.0391", "184.4974", "10800", "600", "[265]", "0.1615"])
def test_hostile_numbers_give_problems(old: str, number: str) -> None:
    new = f"[{number}]" if old.startswith("[") else number
    reading = tools.survives(READER, CHAT.replace(old, new).encode())
    assert all(isinstance(fact.value, str) or abs(float(fact.value)) < 1e16 for fact in reading.facts)


@given(st.lists(st.sampled_from(CHAT.splitlines()), max_size=50), st.binary(max_size=30))
def test_any_lines_in_any_order_give_facts_or_problems(lines: list[str], junk: bytes) -> None:
    tools.survives(READER, "\n".join(lines).encode() + junk)


@given(st.integers(0, CHAT.index(" responses") + 5))
def test_a_run_cut_off_anywhere_before_its_status_codes_proves_nothing(end: int) -> None:
    reading = tools.survives(READER, CHAT[:end].encode())
    assert {problem.kind for problem in reading.problems} - {"warning"}


def test_sniff_claims_the_files_of_hey_and_no_others() -> None:
    assert tools.claimed(READER) == {
        "hey/run1.stdout", "hey/run2_flaky.stdout",
        "hey/envoyproxy__gateway__circuit-breaker.md", "hey/hatoo__oha__README.md",
    }  # fmt: skip


def test_ground_truth_is_the_access_log_of_the_server() -> None:
    runs = tools.index("produced", tool="hey", format="hey.text")
    found = {path.name: tools.values(tools.read(READER, path)) for path, _ in runs}
    assert (found["run1.stdout"]["requests"], found["run1.stdout"]["failures"]) == (600, 0)
    flaky = found["run2_flaky.stdout"]
    assert (flaky["requests"], flaky["failures"], flaky["errors"]) == (480, 48, 0.1)
    assert (found["run1.stdout"]["p95"], found["run1.stdout"]["max"]) == (102.0, 265.3)


def test_real_documents_are_judged_as_they_deserve() -> None:
    """In the second run of one of them 90 of 100 responses were errors, which it left out."""
    found = {path.name: tools.read(READER, path) for path, _ in tools.index("real", tool="hey")}
    gateway = found["envoyproxy__gateway__circuit-breaker.md"]
    assert tools.codes(gateway, "inconclusive") == ["no-outcomes", "no-outcomes"]
    assert [tools.values(gateway, run=run)["concurrency"] for run in "12"] == [100, 100]
    oha = tools.values(found["hatoo__oha__README.md"])
    assert (oha["requests"], oha["errors"], oha["p99"], oha["concurrency"]) == (200, 0, 16.6, 50)
