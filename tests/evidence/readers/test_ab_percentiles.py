"""The reader of `ab -e` against its samples, produced files, and trap by trap."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.readers.ab_percentiles import READER
from tests.evidence.readers import printed_tools as tools

CHAT = tools.text(READER, "ok/chat.csv")


@pytest.mark.parametrize("path", tools.files(READER, "ok"), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_warnings_at_most(path: Path) -> None:
    reading = tools.read(READER, path)
    assert reading.facts
    assert tools.problems(reading) == [("warning", "no-count", f"{path.name}:1")]
    assert READER.sniff(path.read_bytes()) == 90


def test_percentiles_are_given_as_written_without_a_sample_count() -> None:
    reading = tools.sample(READER, "ok/chat.csv")
    assert tools.values(reading) == {
        "min": 2.45, "p50": 31.217, "p75": 49.013, "p90": 73.951, "p95": 95.898, "p99": 150.654, "max": 356.107,
    }  # fmt: skip
    p99 = tools.fact(reading, "p99")
    assert (p99.unit, p99.samples, p99.origin) == ("ms", None, "file")
    assert p99.at == Location("chat.csv", 101, 0, "Time in ms")


def test_missing_counts_are_told_with_where_they_are() -> None:
    problem = tools.problem(tools.sample(READER, "ok/chat.csv"), "no-count")
    assert problem.message == "how many requests were made, and how many failed, is not in this file"
    assert problem.help == "link what ab printed too: it has both"


@pytest.mark.parametrize(
    ("name", "code", "place", "message"),
    [
        ("cut-off.csv", "cut-off", "cut-off.csv:50", "the last line has no end, which ab writes"),
        ("header-only.csv", "cut-off", "header-only.csv:1", "there are 0 rows, and ab writes 101"),
        ("no-last-line-end.csv", "cut-off", "no-last-line-end.csv:102", "the last line has no end, which ab writes"),
        ("row-missing.csv", "rows", "row-missing.csv:52 Time in ms", "`51,31.808` is not the row of percentile 50"),
        ("nan.csv", "number", "nan.csv:101 Time in ms", "the time of 99 % is `nan`, not a number of 0 or more"),
        ("negative.csv", "number", "negative.csv:2 Time in ms", "the time of 0 % is `-2.450`, not a number of 0 or more"),
        ("backwards.csv", "contradiction", "backwards.csv:101 Time in ms", "the time of 99 % is 1 ms, below that of 98 %"),
    ],
)  # fmt: skip
def test_broken_sample_says_what_is_wrong_and_where(name: str, code: str, place: str, message: str) -> None:
    reading = tools.sample(READER, f"broken/{name}")
    assert tools.problems(reading) == [("invalid", code, place)]
    assert reading.problems[0].message == message


@pytest.mark.parametrize("data", tools.HOSTILE, ids=range(len(tools.HOSTILE)))
def test_hostile_bytes_give_problems(data: bytes) -> None:
    assert tools.survives(READER, data).facts == ()
    assert tools.codes(tools.survives(READER, CHAT.encode() + data), "invalid") or not data


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "-1", "nan", "inf", "", "1_0", "1,5"])
def test_hostile_numbers_are_refused(number: str) -> None:
    reading = tools.read(READER, CHAT.replace("99,150.654", f"99,{number}"))
    assert tools.codes(reading, "invalid")


@given(st.integers(0, len(CHAT) - 1))
def test_a_file_cut_off_anywhere_is_refused(end: int) -> None:
    assert tools.codes(tools.survives(READER, CHAT[:end].encode()), "invalid")


@given(st.binary(max_size=200))
def test_any_bytes_give_facts_or_problems(data: bytes) -> None:
    tools.survives(READER, b"Percentage served,Time in ms\n" + data)


def test_sniff_claims_the_file_of_ab_and_no_other() -> None:
    assert tools.claimed(READER) == {"ab/run1_var.e.csv"}


def test_ground_truth_of_the_produced_file() -> None:
    ((path, truth),) = tools.index("produced", tool="ab", format="ab.e.csv")
    found = tools.values(tools.read(READER, path))
    assert {name: found[name] for name in ("p50", "p95", "p99", "max")} == {
        name: truth[name] for name in ("p50", "p95", "p99", "max")
    }
