"""The siege output reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.siege import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "siege"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
Pairs = tuple[tuple[str, str], ...]


def read(path: Path, old: str = "", new: str = "") -> Reading:
    """Read a file, with one place of it edited."""
    data = path.read_bytes()
    assert not old or data.count(old.encode()) == 1
    return READER.read(Source(path.name, data.replace(old.encode(), new.encode()) if old else data), None)


def ok(name: str, old: str = "", new: str = "") -> Reading:
    return read(HERE / "ok" / name, old, new)


def facts(reading: Reading, labels: Pairs = ()) -> dict[str, Fact]:
    return {fact.metric: fact for fact in reading.facts if fact.labels == labels}


def values(reading: Reading, labels: Pairs = ()) -> dict[str, object]:
    return {name: fact.value for name, fact in facts(reading, labels).items()}


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def problems(path: Path) -> tuple[Problem, ...]:
    try:
        return read(path).problems
    except Unreadable as error:
        return (error.problem,)


def truths(part: str, marks: tuple[str, ...]) -> list[tuple[Path, dict[str, object]]]:
    """Return the files of a format in the shared samples, with their values as computed by others."""
    index = SHARED / part / "INDEX.tsv"
    if not index.exists():
        pytest.skip(f"no samples at {SHARED}")
    with index.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [(SHARED / part / r["file"], json.loads(r["ground_truth"])) for r in rows if r["format"].startswith(marks)]


BROKEN = [
    ("aborted.log", "inconclusive", "interrupted", "siege gave up after too many failures"),
    ("availability-mismatch.json", "invalid", "contradiction", "the availability is 99.15 %, the transactions make 90.15 %"),
    ("comma-decimals.json", "invalid", "not-json", "not valid JSON: Expecting property name enclosed in double quotes"),
    ("cut-off.json", "invalid", "not-json", "not valid JSON: Unterminated string starting at"),
    ("cut-off.log", "invalid", "ragged", "a line of 9 cells without its end: the log is cut off"),
    ("cut-off.txt", "invalid", "cut-off", "`failed_transactions` is missing: the output is cut off"),
    ("gave-up.txt", "inconclusive", "interrupted", "siege gave up after too many failures"),
    ("header-only.log", "inconclusive", "no-samples", "no request is in it"),
    ("mean-above-maximum.json", "invalid", "contradiction", "the mean of 1,040 ms is not between the minimum and the maximum"),
    ("nan.log", "invalid", "number", "`transactions` is no whole number"),
    ("not-whole.json", "invalid", "number", "`transactions` is no whole number"),
    ("old-version-failures.txt", "inconclusive", "all-failed", "90% of the requests failed: its times say nothing of answers"),
    ("ragged.log", "invalid", "ragged", "a line of 9 cells, not of 10"),
    ("rate-mismatch.json", "invalid", "contradiction", "664.9 transactions per second, 2,755 in 7.55 s"),
    ("rate-mismatch.log", "invalid", "contradiction", "191.05 transactions per second, 200 in 1.68 s"),
    ("refused-run.log", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("refused.json", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
]


@pytest.mark.parametrize(("name", "kind", "code", "message"), BROKEN)
def test_broken_sample_says_what_is_wrong(name: str, kind: str, code: str, message: str) -> None:
    found = next(p for p in problems(HERE / "broken" / name) if p.kind != "warning")
    assert (found.kind, found.code, found.message) == (kind, code, message)


def test_each_broken_sample_is_in_the_table() -> None:
    assert {row[0] for row in BROKEN} == {path.name for path in (HERE / "broken").iterdir()}


def test_sniff_knows_no_other_file() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    files = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    others = [p for p in HERE.parent.rglob("*") if p.is_file() and p.parents[1] != HERE]
    assert {p.name for p in files if p.relative_to(SHARED).parts[1] not in {"siege"}} == set()
    assert [p for p in others if READER.sniff(p.read_bytes()[:65_536])] == []

def test_files_of_others_reproduce_their_ground_truth() -> None:
    (path, truth), = truths("produced", ("siege.json",))
    found = values(read(path))
    assert found["requests"] == int(str(truth["transactions"])) + int(str(truth["failed_transactions"]))
    assert found["rate"] == truth["transaction_rate"]
    assert found["max"] == pytest.approx(float(str(truth["longest_transaction"])) * 1000)
    assert found["mean"] == pytest.approx(float(str(truth["response_time"])) * 1000)
    assert found["duration"] == pytest.approx(float(str(truth["elapsed_time"])) * 1000)


def test_logs_of_others_reproduce_their_last_line() -> None:
    for path, truth in [*truths("real", ("siege.log",)), *truths("produced", ("siege.log",))]:
        last = truth["last"]
        runs = int(str(truth["runs"]))
        assert isinstance(last, list)
        found = values(read(path), (("run", str(runs)),) if runs > 1 else ())
        assert found["requests"] == int(last[1]) + int(last[9])
        assert found["duration"] == pytest.approx(float(last[2]) * 1000)
        assert found["mean"] == pytest.approx(float(last[4]) * 1000)
        assert found["rate"] == float(last[5])
        assert found["concurrency.mean"] == float(last[7])


def test_a_text_in_markdown_of_others() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    reading = read(SHARED / "real" / "siege" / "liubin__sohu-cloudscape-nodejs-test__README.md")
    found = values(reading)
    assert (found["requests"], found["mean"], found["max"], found["min"]) == (10_893, 500, 12_080, 80)
    assert "coordinated-omission" in codes(reading)


def test_trap_14_there_are_no_percentiles_and_a_warning_says_so() -> None:
    for name in ("behind-lines.json", "siege.log", "two-runs.txt"):
        reading = ok(name)
        assert not any(fact.metric.startswith("p") for fact in reading.facts)
        assert "no-percentiles" in codes(reading)


def test_trap_26_json_behind_other_lines_keeps_its_place() -> None:
    fact = facts(ok("behind-lines.json"))["failures"]
    assert (fact.value, str(fact.at)) == (301, "behind-lines.json:12:35 /failed_transactions")


def test_failed_transactions_are_requests_too() -> None:
    found = values(ok("behind-lines.json"))
    assert (found["requests"], found["errors"]) == (3056, pytest.approx(301 / 3056))  # the server: 3061, 301


def test_a_time_of_0_00_seconds_is_no_value() -> None:
    assert "min" not in facts(ok("behind-lines.json"))
    reading = ok("behind-lines.json", '"response_time":\t\t        0.01', '"response_time":\t\t        0.00')
    assert "mean" not in facts(reading)
    assert "rounded" in codes(reading)


def test_nan_and_inf_of_a_log_are_no_values() -> None:
    reading = read(HERE / "broken" / "refused-run.log")
    refused = values(reading, (("run", "3"),))
    assert (refused["requests"], refused["errors"]) == (60, 1)
    assert not {"mean", "rate", "concurrency.mean"} & set(refused)


def test_marks_of_a_log_are_skipped() -> None:
    reading = ok("marked.log")
    assert {fact.labels for fact in reading.facts} == {(("run", "1"),), (("run", "2"),)}
    assert str(facts(reading, (("run", "2"),))["mean"].at) == "marked.log:4"


def test_users_and_the_average_of_open_requests() -> None:
    first = values(ok("two-runs.txt"), (("run", "1"),))
    assert (first["concurrency"], first["concurrency.mean"]) == (5, 4.96)


def test_newer_texts_have_milliseconds() -> None:
    found = values(ok("milliseconds.txt"))
    assert (found["mean"], found["max"], found["min"]) == (pytest.approx(46.42), 240, 10)


def test_older_versions_left_error_responses_out_of_the_failed() -> None:
    found = values(read(HERE / "broken" / "old-version-failures.txt"))
    assert (found["requests"], found["failures"]) == (40, 36)


TEXT = """Transactions:\t\t       10893 hits
Availability:\t\t      100.00 %
Elapsed time:\t\t       59.09 secs
Data transferred:\t        {data}
Response time:\t\t        0.50 secs
Transaction rate:\t      184.35 trans/sec
Throughput:\t\t        {throughput}
Concurrency:\t\t       91.64
Successful transactions:       10893
Failed transactions:\t           0
Longest transaction:\t        5.07
Shortest transaction:\t        0.04
"""


@pytest.mark.parametrize(
    ("data", "throughput", "expected"),
    [
        ("34.21 MB", "0.58 MB/sec", 0.58 * 1024 * 1024),
        ("0.35 MB", "0.01 MB/sec", 0.35 * 1024 * 1024 / 59.09),  # 0.01 may be half or twice that
        ("0.09 MB", "0.00 MB/sec", None),
        ("350000 bytes", "5923 bytes/sec", None),
    ],
)
def test_throughput_is_told_where_two_decimals_leave_something_of_it(
    data: str, throughput: str, expected: float | None
) -> None:
    text = TEXT.format(data=data, throughput=throughput)
    found = values(READER.read(Source("siege.txt", text.encode()), None))
    assert found.get("throughput") == (expected and pytest.approx(expected))


def test_a_log_has_its_data_in_whole_megabytes_and_its_throughput_in_two_decimals() -> None:
    text = (
        "      Date & Time,  Trans,  Elap Time,  Data Trans,  Resp Time,  Trans Rate,  Throughput,  "
        "Concurrent,    OKAY,   Failed\n"
        "2026-11-23 02:16:18,    200,       1.68,           1,       0.04,      119.05,        0.{},"
        "        4.62,     200,       0\n"
    )
    found = [values(READER.read(Source("siege.log", text.format(d).encode()), None)) for d in ("70", "00")]
    assert [f.get("throughput") for f in found] == [0.7 * 1024 * 1024, None]


@pytest.mark.parametrize("name", ["siege.log", "chat.json", "milliseconds.txt", "two-runs.txt"])
def test_a_byte_order_mark_changes_nothing(name: str) -> None:
    data = (HERE / "ok" / name).read_bytes()
    marked = b"\xef\xbb\xbf" + data
    assert READER.sniff(marked) == READER.sniff(data) == 90
    found = [READER.read(Source(name, content), None) for content in (marked, data)]
    assert [(f.metric, f.value) for f in found[0].facts] == [(f.metric, f.value) for f in found[1].facts]
