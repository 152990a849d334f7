"""The h2load log reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.h2load_log import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "h2load-log"
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
    ("all-failed.tsv", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("all-lost.tsv", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("cut-line-end.tsv", "invalid", "cut-off", "the last line has no end: the log is cut off"),
    ("cut-off.tsv", "invalid", "ragged", "a line that is not start, status and duration, between tabs"),
    ("empty-line.tsv", "invalid", "ragged", "a line that is not start, status and duration, between tabs"),
    ("negative.tsv", "invalid", "ragged", "a line that is not start, status and duration, between tabs"),
    ("ragged.tsv", "invalid", "ragged", "a line that is not start, status and duration, between tabs"),
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
    assert {p.name for p in files if p.relative_to(SHARED).parts[1] not in {"h2load"}} == set()
    assert [p for p in others if READER.sniff(p.read_bytes()[:65_536])] == []

def test_files_of_others_reproduce_their_ground_truth() -> None:
    (path, truth), = truths("produced", ("h2load.log",))
    found = values(read(path))
    for name in ("mean", "min", "max", "p50", "p90", "p95", "p99", "p99.9"):
        assert found[name] == pytest.approx(truth[name], abs=6e-5)
    assert (found["requests"], found["failures"]) == (truth["n"], truth["failed"])
    # the others' span is between the first and the last start; the last request took longer
    assert float(str(truth["span_s"])) * 1000 < float(str(found["duration"])) < float(str(truth["span_s"])) * 1000 + 219


def test_columns_are_start_status_and_duration() -> None:
    reading = ok("chat.tsv")
    assert reading.load is not None
    assert reading.load.arrivals == "closed"
    assert reading.load.began == 1795400199.437558
    assert str(reading.produced) == "2026-11-23 02:16:41.449367+00:00"
    assert str(facts(reading)["p95"].at) == "chat.tsv:1 duration"


def test_error_responses_and_lost_requests_are_failures() -> None:
    assert values(ok("flaky.tsv"))["failures"] == 38
    found = values(ok("lost.tsv"))
    assert (found["requests"], found["failures"]) == (200, 5)


def test_more_columns_may_follow() -> None:
    assert values(ok("more-columns.tsv"))["requests"] == 60


def test_an_empty_log_is_inconclusive() -> None:
    reading = READER.read(Source("a.tsv", b""), None)
    assert [(p.kind, p.code) for p in reading.problems] == [("inconclusive", "no-samples")]


def test_a_log_of_any_size_is_streamed() -> None:
    assert READER.streams
    rows = [row.split(b"\t", 1) for row in (HERE / "ok" / "chat.tsv").read_bytes().splitlines() * 50]
    data = b"".join(b"%d\t%b\n" % (int(start) + n, rest) for n, (start, rest) in enumerate(rows))
    assert values(READER.read(Source("big.tsv", data), None))["requests"] == 20_000
