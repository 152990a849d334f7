"""The reader of `hey -o csv` against its samples, produced files, and trap by trap."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.readers.hey_csv import READER
from tests.evidence.readers import printed_tools as tools

CHAT = tools.text(READER, "ok/chat.csv")
HEADER, *ROWS = CHAT.splitlines(keepends=True)


@pytest.mark.parametrize("path", tools.files(READER, "ok"), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_warnings_at_most(path: Path) -> None:
    reading = tools.read(READER, path)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} == {"warning"}
    assert READER.sniff(path.read_bytes()) == 90


def test_percentiles_are_recomputed_from_all_rows() -> None:
    reading = tools.sample(READER, "ok/chat.csv")
    times = sorted(float(row.split(",")[0]) * 1000 for row in ROWS)
    found = tools.values(reading)
    assert found["requests"] == len(times) == 300
    assert found["mean"] == pytest.approx(sum(times) / len(times))
    assert found["p50"] == pytest.approx(times[149])
    assert found["p99"] == pytest.approx(times[296])
    p99 = tools.fact(reading, "p99")
    assert (p99.samples, p99.origin, p99.at) == (300, "derived", Location("chat.csv", 1, 0, "response-time"))
    assert reading.load
    assert (reading.load.arrivals, reading.produced) == ("closed", None)


def test_offset_is_the_start_so_the_run_ends_with_the_last_response() -> None:
    spans = [(float(row.split(",")[7]), float(row.split(",")[0])) for row in ROWS]
    last, first = max(start + took for start, took in spans), min(start for start, _ in spans)
    found = tools.values(tools.sample(READER, "ok/chat.csv"))
    assert found["duration"] == pytest.approx((last - first) * 1000)
    assert found["rate"] == pytest.approx(300 / (last - first))


def test_a_request_without_a_response_has_no_row_so_there_is_no_error_rate() -> None:
    reading = tools.sample(READER, "ok/http-errors.csv")
    found = tools.values(reading)
    assert not [f.metric for f in reading.facts if f.metric.endswith((".errors", ".failures"))]
    assert not {"errors", "failures"} & set(found)
    assert found["failures.status"] == tools.text(READER, "ok/http-errors.csv").count(",503,")
    assert found["errors.status"] == found["failures.status"] / found["requests"]
    problem = tools.problem(reading, "no-outcomes")
    assert problem.message == "a request without a response has no row: there is no error rate"
    assert problem.help == "run hey without `-o`, which counts them; it prints one or the other"


def test_old_header_has_times_only() -> None:
    reading = tools.sample(READER, "ok/old.csv")
    found = tools.values(reading)
    assert found["requests"] == 120
    assert not {"errors.status", "failures.status", "rate", "duration"} & set(found)
    assert tools.problem(reading, "no-outcomes").message == (
        "this hey writes neither status nor start: no error rate, no duration"
    )


def test_windows_line_ends_change_nothing() -> None:
    same = tools.read(READER, tools.text(READER, "ok/windows.csv").replace("\r\n", "\n"))
    assert tools.values(tools.sample(READER, "ok/windows.csv")) == tools.values(same)


@pytest.mark.parametrize(
    ("name", "kind", "code", "place"),
    [
        ("nothing-answered.csv", "inconclusive", "no-samples", "nothing-answered.csv:1 response-time"),
        ("all-failed.csv", "inconclusive", "all-failed", "all-failed.csv:1 response-time"),
        ("ragged.csv", "invalid", "ragged", "ragged.csv:32"),
        ("cut-off.csv", "invalid", "ragged", "cut-off.csv:32"),
        ("no-last-line-end.csv", "invalid", "cut-off", "no-last-line-end.csv:31"),
        ("nan.csv", "invalid", "number", "nan.csv:32"),
        ("negative.csv", "invalid", "number", "negative.csv:32"),
        ("status-unknown.csv", "invalid", "number", "status-unknown.csv:32"),
        ("three-decimals.csv", "invalid", "number", "three-decimals.csv:32"),
        ("wrong-header.csv", "invalid", "wrong-header", "wrong-header.csv:1"),
    ],
)
def test_broken_sample_says_what_is_wrong_and_where(name: str, kind: str, code: str, place: str) -> None:
    assert (kind, code, place) in tools.problems(tools.sample(READER, f"broken/{name}"))


def test_messages_name_the_row() -> None:
    def told(name: str) -> str:
        found = tools.sample(READER, f"broken/{name}").problems
        return next(problem.message for problem in found if problem.kind == "invalid")

    assert told("ragged.csv") == "4 cells where the header has 8"
    assert told("nan.csv").endswith("is no row of times with four decimals, status and offset")
    assert told("no-last-line-end.csv") == "the last row has no end, which hey writes"


@pytest.mark.parametrize("data", tools.HOSTILE, ids=range(len(tools.HOSTILE)))
def test_hostile_bytes_give_problems(data: bytes) -> None:
    assert tools.survives(READER, data).facts == ()
    tools.survives(READER, CHAT.encode() + data)


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e5", "-0.0001", "NaN", "", "1_0.0000", "1.5", "1,5"])
@pytest.mark.parametrize("column", range(8))
def test_hostile_numbers_are_refused(column: int, number: str) -> None:
    cells = ROWS[0].rstrip("\n").split(",")
    cells[column] = number
    assert tools.codes(tools.read(READER, HEADER + ",".join(cells) + "\n"), "invalid")


@given(st.integers(1, len(CHAT) - 1))
def test_a_file_cut_off_inside_a_row_is_refused(end: int) -> None:
    if CHAT[end - 1] != "\n":
        assert tools.codes(tools.survives(READER, CHAT[:end].encode()), "invalid")


@given(st.binary(max_size=200))
def test_any_bytes_give_facts_or_problems(data: bytes) -> None:
    tools.survives(READER, HEADER.encode() + data)


def test_sniff_claims_the_file_of_hey_and_no_other() -> None:
    assert tools.claimed(READER) == {"hey/run1_csv.stdout"}


def test_ground_truth_of_the_produced_file() -> None:
    ((path, truth),) = tools.index("produced", tool="hey", format="hey.csv")
    found = tools.values(tools.read(READER, path))
    assert (found["requests"], found["failures.status"]) == (truth["n"], truth["failed"])
    assert found["duration"] == pytest.approx(truth["span_s"] * 1000, abs=1)
    for name in ("mean", "min", "max", "p50", "p90", "p95", "p99", "p99.9"):
        assert found[name] == pytest.approx(truth[name], abs=0.0005), name
