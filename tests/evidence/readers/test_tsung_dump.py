"""The Tsung dump reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.tsung_dump import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "tsung-dump"
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
    ("all-failed.dump", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("cut-line-end.dump", "invalid", "cut-off", "the last line has no end: the dump is cut off"),
    ("cut-off.dump", "invalid", "cut-off", "the last line has no end: the dump is cut off"),
    ("date-not-a-number.dump", "invalid", "number", "`date` is `now`, not seconds since 1970"),
    ("duration-not-available.dump", "invalid", "number", "`duration` is `-`, not a number of 0 or more"),
    ("empty-run.dump", "inconclusive", "no-samples", "no request is in it"),
    ("negative.dump", "invalid", "number", "`duration` is `-61.566`, not a number of 0 or more"),
    ("old-version.dump", "invalid", "wrong-header", "a dump of a version of Tsung whose columns are others"),
    ("ragged.dump", "invalid", "ragged", "a line of 11 cells, not of 13"),
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
    assert {p.name for p in files if p.relative_to(SHARED).parts[1] not in {"tsung"}} == set()
    assert [p for p in others if READER.sniff(p.read_bytes()[:65_536])] == []

def test_files_of_others_reproduce_their_ground_truth() -> None:
    for path, truth in [*truths("real", ("tsung.dump",)), *truths("produced", ("tsung.dump",))]:
        found = values(read(path))
        for name in ("mean", "min", "max", "p50", "p90", "p95", "p99", "p99.9"):
            assert found[name] == pytest.approx(truth[name], abs=6e-5), (path, name)
        assert (found["requests"], found["failures"]) == (truth["n"], truth["failed"])
        # the others' span is between the first and the last end; the first request began before
        rows = [line.split(";") for line in path.read_text().split("\n")[1:-1]]
        began = min(float(row[0]) - float(row[8]) / 1000 for row in rows)
        ended = max(float(row[0]) for row in rows)
        assert ended - float(rows[0][0]) == pytest.approx(truth["span_s"], abs=6e-5)
        assert found["duration"] == pytest.approx((ended - began) * 1000)


def test_trap_23_the_dump_lacks_the_end_of_the_run_and_a_warning_says_so() -> None:
    reading = ok("protocol.dump")
    assert values(reading)["requests"] == 250  # of 349 at the server, 330 in `tsung.log`
    assert "unflushed" in codes(reading)


def test_errors_are_by_status_and_times_of_good_ones_are_apart() -> None:
    reading = ok("protocol.dump")
    assert values(reading)["errors"] == pytest.approx(19 / 250)
    assert facts(reading, (("response", "expected"),))["p95"].samples == 231
    flaky = values(reading, (("endpoint", "/flaky"), ("method", "GET")))
    assert (flaky["requests"], flaky["failures"]) == (125, 19)


def test_an_error_makes_a_failure() -> None:
    reading = ok("protocol.dump", ";200;113;61.566;tr_chat_tr;;;", ";200;113;61.566;tr_chat_tr;;error_x;")
    assert values(reading)["failures"] == 20


def test_the_query_is_cut_and_may_hold_semicolons() -> None:
    reading = ok("semicolon-in-url.dump")
    names = {fact.labels for fact in reading.facts if fact.metric == "requests"}
    assert (("endpoint", "/find;v=1"), ("method", "POST")) in names
    assert len(names) == 3


def test_arrivals_are_open_and_the_date_is_that_of_the_last_response() -> None:
    reading = ok("protocol.dump")
    assert reading.load is not None
    assert reading.load.arrivals == "open"
    assert str(reading.produced) == "2026-11-23 02:20:09.937469+00:00"


def test_a_dump_of_any_size_is_streamed() -> None:
    assert READER.streams
    header, *rows = (HERE / "ok" / "protocol.dump").read_bytes().split(b"\n")
    cells = [row.split(b";", 3) for row in rows[:-1] * 40]
    data = b"\n".join([header, *(b"%b;%b;%d;%b" % (c[0], c[1], n, c[3]) for n, c in enumerate(cells)), b""])
    assert values(READER.read(Source("big.dump", data), None))["requests"] == 10_000


def test_a_new_header_of_the_development_version_is_refused_with_a_reason() -> None:
    data = b"date,pid,id,start,connect,request_duration,time_to_first_byte,duration,host\n1,2,3,4,5,6,7,8,9\n"
    assert READER.sniff(data) == 60
    with pytest.raises(Unreadable, match="whose columns are others"):
        READER.read(Source("a.dump", data), None)


def test_throughput_is_what_the_size_column_adds_up_to() -> None:
    path = HERE / "ok" / "protocol.dump"
    rows = [line.split(";") for line in path.read_text().splitlines()[1:]]
    reading = ok("protocol.dump")
    seconds = float(str(values(reading)["duration"])) / 1000
    assert values(reading)["throughput"] == pytest.approx(sum(int(row[7]) for row in rows) / seconds)


def test_a_size_that_is_no_number_is_refused() -> None:
    with pytest.raises(Unreadable, match="`size` is `1x3`, not a number of bytes"):
        ok("protocol.dump", "/chat;200;113;15.982", "/chat;200;1x3;15.982")
