"""The reader of `ab -g` against its samples, produced files, and trap by trap."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.reader import Source
from readiness.evidence.readers.ab_samples import READER
from tests.evidence.readers import printed_tools as tools

CHAT = tools.text(READER, "ok/chat.tsv")
HEADER, *ROWS = CHAT.splitlines(keepends=True)


@pytest.mark.parametrize("path", tools.files(READER, "ok"), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_warnings_at_most(path: Path) -> None:
    reading = tools.read(READER, path)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} == {"warning"}
    assert READER.sniff(path.read_bytes()) == 90


def test_percentiles_are_recomputed_from_all_rows() -> None:
    reading = tools.sample(READER, "ok/chat.tsv")
    times = sorted(int(row.split("\t")[4]) for row in ROWS)
    found = tools.values(reading)
    assert found["requests"] == len(times) == 1043
    assert found["mean"] == pytest.approx(sum(times) / len(times))
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        assert found[name] == times[int(-(-len(times) * share // 1)) - 1]
    p99 = tools.fact(reading, "p99")
    assert (p99.samples, p99.origin, p99.at) == (1043, "derived", Location("chat.tsv", 1, 0, "ttime"))
    assert p99.bounds
    assert reading.load
    assert reading.load.arrivals == "closed"


def test_date_is_that_of_the_last_start() -> None:
    reading = tools.sample(READER, "ok/chat.tsv")
    last = max(int(row.split("\t")[1]) for row in ROWS)
    assert reading.produced == datetime.fromtimestamp(last, UTC)
    assert reading.produced_where
    row = CHAT.splitlines()[reading.produced_where.line - 1]
    assert row.split("\t")[1] == str(last)


def test_rows_are_sorted_by_time_of_response_and_their_order_does_not_matter() -> None:
    times = [int(row.split("\t")[4]) for row in ROWS[:1000]]
    assert times == sorted(times)
    shuffled = random.Random(3).sample(ROWS, len(ROWS))
    again = tools.read(READER, HEADER + "".join(shuffled))
    assert tools.values(again) == tools.values(tools.sample(READER, "ok/chat.tsv"))


def test_failures_are_not_in_the_file_so_there_is_no_error_rate() -> None:
    reading = tools.sample(READER, "ok/chat.tsv")
    assert not [f.metric for f in reading.facts if f.metric.endswith(("errors", "failures"))]
    problem = tools.problem(reading, "no-outcomes")
    assert problem.message == "ab writes responses here, not whether they were good: there is no error rate"
    assert problem.help == "link what ab printed too: it has `Failed requests` and `Non-2xx responses`"


def test_starts_are_whole_seconds_so_a_short_run_has_no_rate() -> None:
    reading = tools.sample(READER, "ok/short.tsv")
    assert tools.codes(reading) == ["no-outcomes", "coarse-times"]
    assert not {"rate", "duration", "rate.held"} & set(tools.values(reading))
    long = tools.values(tools.sample(READER, "ok/chat.tsv"))
    assert long["duration"] == pytest.approx(25_194, abs=1000)
    assert long["rate"] == pytest.approx(1043 / 25, rel=0.05)


@pytest.mark.parametrize(
    ("name", "kind", "code", "place"),
    [
        ("header-only.tsv", "inconclusive", "no-samples", "header-only.tsv:1 ttime"),
        ("ragged.tsv", "invalid", "ragged", "ragged.tsv:62"),
        ("cut-off.tsv", "invalid", "ragged", "cut-off.tsv:62"),
        ("no-last-line-end.tsv", "invalid", "cut-off", "no-last-line-end.tsv:61"),
        ("nan.tsv", "invalid", "number", "nan.tsv:12 dtime"),
        ("negative.tsv", "invalid", "number", "negative.tsv:62 ctime"),
        ("epoch-in-ms.tsv", "invalid", "number", "epoch-in-ms.tsv:62 seconds"),
        ("spaces.tsv", "invalid", "wrong-header", "spaces.tsv:1"),
        ("time-contradicts.tsv", "invalid", "contradiction", "time-contradicts.tsv:62 ttime"),
    ],
)
def test_broken_sample_says_what_is_wrong_and_where(name: str, kind: str, code: str, place: str) -> None:
    assert (kind, code, place) in tools.problems(tools.sample(READER, f"broken/{name}"))


def test_messages_name_the_value() -> None:
    def told(name: str) -> str:
        found = tools.sample(READER, f"broken/{name}").problems
        return next(problem.message for problem in found if problem.kind == "invalid")

    assert told("ragged.tsv") == "5 cells where the header has 6"
    assert told("nan.tsv") == "`dtime` is `nan`, not a whole number"
    assert told("time-contradicts.tsv") == "9999 ms are not 0 ms to connect and 11 ms to process"
    assert told("no-last-line-end.tsv") == "the last row has no end, which ab writes"


@pytest.mark.parametrize("data", tools.HOSTILE, ids=range(len(tools.HOSTILE)))
def test_hostile_bytes_give_problems(data: bytes) -> None:
    assert tools.survives(READER, data).facts == ()
    tools.survives(READER, CHAT.encode() + data)


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e5", "-1", "nan", "", "1_0", "1.5", "²"])
@pytest.mark.parametrize("column", range(1, 6))
def test_hostile_numbers_are_refused(column: int, number: str) -> None:
    cells = ROWS[0].rstrip("\n").split("\t")
    cells[column] = number
    assert tools.codes(tools.read(READER, HEADER + "\t".join(cells) + "\n"), "invalid")


@given(st.integers(1, len(CHAT) - 1))
def test_a_file_cut_off_inside_a_row_is_refused(end: int) -> None:
    if CHAT[end - 1] != "\n":
        assert tools.codes(tools.survives(READER, CHAT[:end].encode()), "invalid")


@given(st.binary(max_size=200))
def test_any_bytes_give_facts_or_problems(data: bytes) -> None:
    tools.survives(READER, HEADER.encode() + data)


def test_many_distinct_rows_are_counted_right_with_bounded_memory() -> None:
    rows = [
        f"Wed Nov 25 20:{i % 900 // 60:02}:{i % 60:02} 2026\t{1_795_636_800 + i % 900}\t0\t{i // 7}\t{i // 7}\t{i // 7}\n"
        for i in range(250_000)
    ]
    reading = READER.read(Source("f", (HEADER + "".join(rows)).encode()), None)
    found = tools.values(reading)
    assert (found["requests"], found["min"], found["max"]) == (250_000, 0, 249_999 // 7)
    assert found["duration"] > 899_000


def test_sniff_claims_the_files_of_ab_and_no_others() -> None:
    assert tools.claimed(READER) == {"ab/run1_var.g.tsv", "artifacts/ab.tsv"}


def test_ground_truth_of_the_produced_file() -> None:
    ((path, truth),) = tools.index("produced", tool="ab", format="ab.g.tsv")
    found = tools.values(tools.read(READER, path))
    assert found["requests"] == truth["n"]
    for name in ("mean", "min", "max", "p50", "p90", "p95", "p99", "p99.9"):
        assert found[name] == pytest.approx(truth[name], abs=0.005), name
