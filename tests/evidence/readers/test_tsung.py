"""The Tsung log reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.tsung import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "tsung"
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
    ("backwards.log", "invalid", "contradiction", "the windows run backwards"),
    ("codes-mismatch.log", "invalid", "contradiction", "952 requests, 652 by their status code"),
    ("cut-off.json", "invalid", "not-json", "not valid JSON: Unterminated string starting at"),
    ("cut-off.log", "invalid", "ragged", "a line that is not one of Tsung's, or is cut off"),
    ("mean-above-maximum.log", "invalid", "contradiction", "the mean of 1,356.99 ms is not between the minimum and the maximum"),
    ("mostly-not-found.json", "inconclusive", "all-failed", "54% of the requests failed: its times say nothing of answers"),
    ("nan.log", "invalid", "number", "a value of `request` is `nan`, not a number of 0 or more"),
    ("no-windows.json", "inconclusive", "no-samples", "no request is in it"),
    ("not-a-list.json", "invalid", "wrong-shape", "a window without `samples`"),
    ("ragged.log", "invalid", "ragged", "a line of 2 words, not of 3 or 8"),
    ("refused.log", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("unfinished.log", "inconclusive", "unfinished", "there is no `EndMonitor`: Tsung was still running, or was killed"),
    ("window-missing.log", "invalid", "contradiction", "536 requests before this window, the windows have 282"),
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
    (path, truth), = truths("produced", ("tsung.log",))
    found = values(read(path))
    assert (found["requests"], found["max"], found["concurrency"]) == (truth["n_total"], float(str(truth["max"])), truth["users_max"])


def test_json_of_an_old_version() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    found = values(read(SHARED / "real" / "tsung" / "Blazemeter__taurus__tsung.log"))
    assert (found["requests"], found["errors"], found["duration"], found["concurrency"]) == (45, 0, 10_000, 8)
    assert found["mean"] == pytest.approx(549.2214572482638)
    assert found["max"] == 6479.465087890625


def test_the_last_window_is_the_whole_run() -> None:
    reading = ok("four-windows.log")
    found = facts(reading)
    assert (found["requests"].value, found["failures"].value) == (128 + 824, 59)
    mean = (128 * 28.2373984375 + 824 * 25.536214805825235) / 952
    assert found["mean"].value == pytest.approx(mean)
    assert found["mean"].origin == "derived"
    assert (found["min"].value, found["max"].value, found["max"].samples) == (5.667, 280.181, 952)
    assert str(found["max"].at) == "four-windows.log:60"


def test_duration_and_rate_need_three_windows_in_a_text() -> None:
    found = values(ok("four-windows.log"))
    assert (found["duration"], found["rate"]) == (34_000, 28)
    two = ok("two-windows.log")
    assert not {"duration", "rate"} & set(values(two))
    assert "no-duration" in codes(two)
    assert values(ok("backend.json"))["duration"] == 34_000


def test_trap_23_the_log_has_fewer_requests_than_the_server() -> None:
    assert values(ok("two-windows.log"))["requests"] == 330  # of 349
    assert any("349" in trap for trap in READER.traps)


def test_there_are_no_percentiles_and_a_hint_says_where_they_are() -> None:
    hint = next(p for p in ok("four-windows.log").problems if p.code == "no-percentiles")
    assert "tsung-dump" in hint.help


def test_refused_connections_are_failures_but_users_that_gave_up_are_not() -> None:
    found = values(read(HERE / "broken" / "refused.log"))
    assert (found["requests"], found["failures"]) == (720, 720)


def test_transactions_are_scenarios() -> None:
    found = facts(ok("four-windows.log"), (("scenario", "chat_tr"),))
    assert set(found) == {"min", "mean", "max"}
    assert found["mean"].samples == 476


def test_the_date_is_that_of_the_end() -> None:
    assert str(ok("four-windows.log").produced) == "2026-11-25 20:32:44.582232+00:00"


def test_throughput_is_the_sum_of_size_rcv_over_the_duration() -> None:
    logs = [path for path in sorted((HERE / "ok").iterdir()) if "size_rcv" in path.read_text()]
    told = 0
    for path in logs:
        found = values(read(path))
        if "duration" in found:
            last = [line for line in path.read_text().splitlines() if "size_rcv" in line][-1]
            total = re.search(r'size_rcv(?: [0-9]+ |", "value": [0-9]+, "total": )([0-9]+)', last)
            assert total is not None
            seconds = float(str(found["duration"])) / 1000
            assert found["throughput"] == pytest.approx(int(total[1]) / seconds)
            told += 1
        else:
            assert "throughput" not in found
    assert told > 1
