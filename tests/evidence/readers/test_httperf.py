"""The httperf output reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.httperf import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "httperf"
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
    ("cut-off.txt", "invalid", "cut-off", "a run without its last lines: it is cut off"),
    ("duration-not-a-number.txt", "invalid", "number", "`test-duration` is `4.9.97`, not a number of 0 or more"),
    ("refused.txt", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("reply-not-a-number.txt", "invalid", "number", "`Reply time` is `10..9`, not a number of 0 or more"),
    ("status-mismatch.txt", "invalid", "contradiction", "400 replies, 359 by the first digit of their status"),
    ("timeouts.txt", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
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
    assert {p.name for p in files if p.relative_to(SHARED).parts[1] not in {"httperf"}} == set()
    assert [p for p in others if READER.sniff(p.read_bytes()[:65_536])] == []

def test_output_agrees_with_the_log_of_the_server() -> None:
    reading = ok("flaky.txt")
    found = values(reading)
    assert (found["requests"], found["failures"]) == (400, 45)
    assert (found["mean"], found["concurrency"], found["duration"]) == (10.9, 2, 4997)
    assert found["rate"] == pytest.approx(400 / 4.997)


def test_there_are_no_percentiles_and_times_of_connections_are_not_read() -> None:
    reading = ok("flaky.txt")
    assert {fact.metric for fact in reading.facts if fact.unit == "ms"} == {"mean", "duration"}
    assert "no-percentiles" in codes(reading)


def test_a_reply_takes_response_and_transfer() -> None:
    assert values(ok("flaky.txt", "response 10.9 transfer 0.0", "response 10.9 transfer 4.1"))["mean"] == 15


def test_refused_connections_and_timeouts_are_failures() -> None:
    for name, number in (("refused.txt", 20), ("timeouts.txt", 60)):
        found = values(read(HERE / "broken" / name))
        assert (found["requests"], found["failures"]) == (number, number)
        assert not {"mean", "rate"} & set(found)


def test_the_requested_rate_is_of_connections_with_their_calls() -> None:
    reading = ok("flaky.txt")
    assert values(reading)["rate.requested"] == 80
    slow = ok("flaky.txt", "--rate=40", "--rate=400")
    assert "rate-missed" in codes(slow)


def test_runs_are_told_apart_with_their_command() -> None:
    reading = ok("two-runs.md")
    rates = [values(reading, (("run", number),))["rate.requested"] for number in "12"]
    assert rates == [80, 60]


def test_throughput_is_of_replies_where_net_io_has_the_requests_too() -> None:
    sent, received, replies, seconds = 67.0, 109.0, 400, 4.997  # as the file states them
    found = facts(ok("flaky.txt"))["throughput"]
    assert found.value == pytest.approx(received * replies / seconds)
    assert round((sent + received) * replies / seconds / 1024, 1) == 13.8  # `Net I/O`
