"""The reader of ApacheBench's output against its samples, real files, and trap by trap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.reader import Reading
from readiness.evidence.readers.ab import READER
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
        "arrivals": "closed", "requests": 5056, "failures": 0, "failures.status": 0, "failures.socket": 0, "failures.length": 0,
        "errors": 0, "duration": 25_001, "rate": 202.23, "throughput": 22.32 * 1024, "concurrency": 8,
        "min": 2, "mean": 39, "max": 356,
        "p50": 31, "p66": 41, "p75": 49, "p80": 55, "p90": 74, "p95": 96, "p98": 128, "p99": 151,
    }  # fmt: skip
    p95 = tools.fact(reading, "p95")
    assert (p95.unit, p95.samples, p95.origin, p95.at) == ("ms", 5056, "file", Location("chat.txt", 40))
    assert (reading.problems, reading.produced) == ((), None)


def test_windows_line_ends_change_nothing() -> None:
    assert tools.values(tools.sample(READER, "ok/windows.txt")) == tools.values(tools.sample(READER, "ok/chat.txt"))


def test_text_pasted_without_its_first_lines_is_read_all_the_same() -> None:
    reading = tools.sample(READER, "ok/pasted-without-head.txt")
    assert tools.values(reading) == tools.values(tools.sample(READER, "ok/chat.txt"))


def test_trap_9_a_body_of_another_length_is_no_failure() -> None:
    reading = tools.sample(READER, "ok/body-varies.txt")
    found = tools.values(reading)
    assert (found["failures.length"], found["failures"], found["errors"]) == (595, 0, 0)
    problem = tools.problem(reading, "length-varies")
    assert problem.message == (
        "595 of 600 bodies are not as long as the first, which ab counts as failed: here they are not"
    )
    assert problem.help == (
        "`ab -l` accepts any length; if the answer must not vary, expect `failures.length`"
    )


def test_trap_9_http_errors_have_a_line_of_their_own() -> None:
    reading = tools.sample(READER, "ok/http-errors.txt")
    found = tools.values(reading)
    assert (found["failures.status"], found["failures.length"], found["failures"]) == (42, 42, 42)
    assert found["errors"] == 42 / 400
    assert tools.fact(reading, "errors").at == Location("http-errors.txt", 20)
    assert tools.codes(reading) == ["failed-fast"]


def test_trap_9_failed_requests_of_all_other_kinds_are_failures() -> None:
    kinds = "Failed requests:        9\n   (Connect: 2, Receive: 3, Length: 0, Exceptions: 4)"
    found = tools.values(tools.edited(READER, "ok/chat.txt", "Failed requests:        0", kinds))
    assert (found["failures.socket"], found["failures"]) == (9, 9)
    assert found["errors"] == pytest.approx(9 / (5056 + 2))


def test_failed_requests_without_their_kinds_are_failures() -> None:
    found = tools.values(tools.edited(READER, "ok/chat.txt", "Failed requests:        0", "Failed requests:        9"))
    assert (found["failures"], found["failures.length"]) == (9, 0)


def test_refused_requests_that_count_several_times_are_at_most_all() -> None:
    found = tools.values(tools.sample(READER, "broken/mostly-refused.txt"))
    assert (found["requests"], found["failures.socket"], found["failures"]) == (500, 396, 396)
    content = tools.text(READER, "broken/mostly-refused.txt").replace("Receive: 264", "Receive: 500")
    assert tools.values(tools.read(READER, content))["errors"] == 1


def test_all_responses_are_errors_though_ab_counts_no_failed_request() -> None:
    reading = tools.sample(READER, "broken/all-failed.txt")
    assert "Failed requests:        0" in tools.text(READER, "broken/all-failed.txt")
    assert tools.values(reading)["errors"] == 1
    assert tools.codes(reading, "inconclusive") == ["all-failed"]


def test_trap_16_a_stall_shows_only_in_the_maximum() -> None:
    reading = tools.sample(READER, "ok/stall.txt")
    assert tools.values(reading)["p99"] == 0
    assert tools.problem(reading, "coordinated-omission").message == (
        "one response took 1,001 ms where `p99` is 0 ms: a closed loop waits out a stall, so few samples show it; "
        "with those it did not send p99 is about 671 ms or more"
    )
    assert "coordinated-omission" not in tools.codes(tools.sample(READER, "ok/chat.txt"))


def test_rounding_to_milliseconds_is_no_stall() -> None:
    content = tools.text(READER, "ok/stall.txt").replace("1001", "   9")
    assert "coordinated-omission" not in tools.codes(tools.read(READER, content))


def test_tables_with_and_without_median_are_read() -> None:
    found = tools.values(tools.sample(READER, "ok/no-median.txt"))
    assert [found[name] for name in ("min", "mean", "max", "p99")] == [6, 38, 160, 135]


def test_no_percentiles_are_told() -> None:
    for name in ("ok/no-percentiles.txt", "ok/one-request.txt"):
        assert tools.codes(tools.sample(READER, name)) == ["no-percentiles"]


def test_next_version_says_what_concurrency_it_reached_and_that_times_are_means() -> None:
    reading = tools.sample(READER, "ok/next-version.txt")
    assert tools.values(reading)["concurrency"] == 6
    assert tools.fact(reading, "p99").samples == 1000
    assert tools.codes(reading) == ["window-means"]


def test_doubt_of_ab_itself_is_told() -> None:
    doubt = (
        "ERROR: The median and mean for the total time are more than twice the standard\n"
        "       deviation apart. These results are NOT reliable.\n\nPercentage of the requests"
    )
    reading = tools.edited(READER, "ok/chat.txt", "Percentage of the requests", doubt)
    assert tools.codes(reading) == ["skewed"]


def test_trap_26_runs_in_markdown_are_labelled_and_none_is_the_whole() -> None:
    reading = tools.sample(READER, "ok/runs.md")
    assert tools.values(reading) == {}
    first = tools.values(reading, run="1", endpoint="/var")
    second = tools.values(reading, run="2", endpoint="/flaky")
    assert (first["requests"], second["requests"], second["failures"]) == (600, 400, 42)


def test_a_run_that_ab_broke_off_proves_nothing_and_says_why() -> None:
    reading = tools.sample(READER, "broken/aborted.txt")
    assert (reading.facts, tools.problems(reading)) == ((), [("inconclusive", "aborted", "aborted.txt:1")])
    assert reading.problems[0].message == (
        "ab broke off and has no result: apr_socket_recv: Connection refused (111)"
    )
    both = tools.read(READER, CHAT + tools.text(READER, "broken/aborted.txt"))
    assert tools.codes(both, "inconclusive") == ["aborted"]
    assert tools.values(both, run="1", endpoint="/chat")["requests"] == 5056


@pytest.mark.parametrize(
    ("name", "kind", "code", "place"),
    [
        ("broken-off.txt", "inconclusive", "aborted", "broken-off.txt:1"),
        ("zero-requests.txt", "inconclusive", "no-samples", "zero-requests.txt:17"),
        ("mostly-refused.txt", "inconclusive", "all-failed", "mostly-refused.txt:18"),
        ("cut-before-times.txt", "invalid", "cut-off", "cut-before-times.txt:1"),
        ("cut-in-percentiles.txt", "invalid", "cut-off", "cut-in-percentiles.txt:1"),
        ("nan.txt", "invalid", "number", "nan.txt:22"),
        ("comma.txt", "invalid", "number", "comma.txt:17"),
        ("table.txt", "invalid", "table", "table.txt:32"),
        ("duplicate.txt", "invalid", "duplicate", "duplicate.txt:18"),
        ("rate-contradicts.txt", "invalid", "contradiction", "rate-contradicts.txt:17"),
        ("p95-below-p50.txt", "invalid", "contradiction", "p95-below-p50.txt:40"),
        ("more-errors-than-requests.txt", "invalid", "contradiction", "more-errors-than-requests.txt:20"),
    ],
)
def test_broken_sample_says_what_is_wrong_and_where(name: str, kind: str, code: str, place: str) -> None:
    assert (kind, code, place) in tools.problems(tools.sample(READER, f"broken/{name}"))


def test_messages_name_line_and_value() -> None:
    def told(name: str) -> list[str]:
        reading = tools.sample(READER, f"broken/{name}")
        return [problem.message for problem in reading.problems if problem.kind == "invalid"]

    assert told("cut-before-times.txt") == ["the run of line 1 has no line `Total`: it is cut off"]
    assert told("cut-in-percentiles.txt") == ["the run of line 1 has no line `100%`: it is cut off"]
    assert told("comma.txt") == ["`Complete requests` is `5,056`, not a count"]
    assert told("nan.txt") == ["`Requests per second` is `nan`, not a number of 0 or more"]
    assert told("table.txt") == ["`Total:` has 2 columns, not min, mean and max"]
    assert told("duplicate.txt") == ["`Complete requests:      17` is already on line 17 of the same run"]


@pytest.mark.parametrize("data", tools.HOSTILE, ids=range(len(tools.HOSTILE)))
def test_hostile_bytes_give_problems(data: bytes) -> None:
    assert tools.survives(READER, data).facts == ()
    tools.survives(READER, CHAT.encode() + data)


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "-1", "nan", "inf", "", "1_0", "٣"])
@pytest.mark.parametrize("old", ["5056", "25.001", "202.23", "8", "22.32", "356", "151"])
def test_hostile_numbers_give_problems(old: str, number: str) -> None:
    reading = tools.survives(READER, CHAT.replace(f" {old}", f" {number}").encode())
    assert all(isinstance(fact.value, str) or abs(float(fact.value)) < 1e16 for fact in reading.facts)


@given(st.lists(st.sampled_from(CHAT.splitlines()), max_size=40), st.binary(max_size=30))
def test_any_lines_in_any_order_give_facts_or_problems(lines: list[str], junk: bytes) -> None:
    tools.survives(READER, "\n".join(lines).encode() + junk)


@given(st.integers(0, len(CHAT) - 1))
def test_a_run_cut_off_anywhere_before_its_last_line_proves_nothing(end: int) -> None:
    if end < CHAT.index(" 100%   ") and not CHAT[:end].endswith("(longest request)"):
        reading = tools.survives(READER, CHAT[:end].encode())
        whole = CHAT[:end].rstrip().endswith("356")  # the table without percentiles, as `-d` has it
        assert whole or "Percentage" not in CHAT[:end] or tools.codes(reading, "invalid")
        if end < CHAT.index("Total:  "):
            assert {problem.kind for problem in reading.problems} - {"warning"}


def test_sniff_claims_the_files_of_ab_and_no_others() -> None:
    assert tools.claimed(READER) == {
        "ab/run1_var.stdout", "ab/run3_chat.stdout", "artifacts/ab.out",
        "ab/DeanRTaylor1__oxide__ab_results.txt", "ab/dune73__katacoda-scenarios__step8.md",
    }  # fmt: skip


def compare(reading: Reading, truth: dict[str, Any]) -> int:
    found = tools.values(reading)
    assert found["requests"] == int(truth["n"])
    assert found["duration"] == pytest.approx(float(truth["secs"]) * 1000)
    assert found["rate"] == float(truth["rps"])
    assert found["concurrency"] == int(truth["c"])
    assert found["failures.status"] == int(truth["non2xx"] or 0)
    assert found["failures.length"] == int(truth["failed"])  # in these files, all of that kind
    assert [found[p] for p in ("p50", "p95", "p99")] == [int(truth[p]) for p in ("p50", "p95", "p99")]
    return 9


def test_ground_truth_of_real_and_produced_files() -> None:
    listed = [
        *tools.index("real", tool="ab"),
        *tools.index("produced", tool="ab", format="ab.text"),
    ]
    compared = sum(compare(tools.read(READER, path), truth["first"]) for path, truth in listed)
    print(f"ab: {len(listed)} files, {compared} values compared")
    assert (len(listed), compared) == (4, 36)
