"""The h2load output reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.h2load import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "h2load"
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
    ("codes-mismatch.txt", "invalid", "contradiction", "38 responses failed, 0 have a code of 4xx or 5xx"),
    ("cut-off.txt", "invalid", "ragged", "3 times below 5 names"),
    ("mean-above-maximum.txt", "invalid", "contradiction", "the mean of 37.68 ms is not between the minimum and the maximum"),
    ("more-than-total.txt", "invalid", "contradiction", "700 requests ended, 400 were to be made"),
    ("no-unit.txt", "invalid", "number", "`max` is `218.12`, not a duration"),
    ("not-finished.txt", "invalid", "cut-off", "a run without its results: it is cut off"),
    ("parts-mismatch.txt", "invalid", "contradiction", "no part is larger than its whole: 38 failed, 90 errored, 0 timeout"),
    ("ragged.txt", "invalid", "ragged", "4 times below 5 names"),
    ("rate-mismatch.txt", "invalid", "contradiction", "400 responses, and rate times duration make 1,806"),
    ("refused.txt", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
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

def test_output_agrees_with_the_log_of_the_same_run() -> None:
    (_, truth), = truths("produced", ("h2load.log",))
    found = values(ok("chat.txt"))
    assert (found["requests"], found["failures"]) == (truth["n"], truth["failed"])
    for name in ("mean", "min", "max"):
        assert found[name] == pytest.approx(truth[name], abs=0.006)


def test_rate_users_and_bytes() -> None:
    found = facts(ok("chat.txt"))
    assert (found["rate"].value, found["concurrency"].value) == (198.71, 8)
    assert found["duration"].value == pytest.approx(2010)
    assert found["throughput"].value == pytest.approx(21.93 * 1024)
    assert facts(ok("flaky.txt"))["concurrency"].value == 6  # two threads
    assert str(found["mean"].at) == "chat.txt:20"


def test_error_responses_are_failures_and_among_the_times() -> None:
    reading = ok("flaky.txt")
    found = facts(reading)
    assert (found["requests"].value, found["failures"].value, found["mean"].samples) == (300, 38, 300)
    assert "failed-fast" in codes(reading)


def test_there_are_no_percentiles_and_a_hint_names_the_log() -> None:
    hint = next(p for p in ok("chat.txt").problems if p.code == "no-percentiles")
    assert "h2load-log" in hint.help


def test_newer_versions_have_percentiles() -> None:
    reading = ok("percentiles.txt")
    found = values(reading)
    assert (found["p50"], found["p95"], found["p99"], found["mean"]) == (30.43, 86.7, 117.54, 37.68)
    assert codes(reading) == []


def test_a_warm_up_is_not_in_the_duration() -> None:
    found = values(ok("warm-up.txt"))
    assert (found["duration"], found["rate"], found["requests"]) == (4000, 104.5, 418)
    assert "5.00s" in (HERE / "ok" / "warm-up.txt").read_text()


def test_requests_without_a_response_are_in_no_time() -> None:
    text = (HERE / "ok" / "chat.txt").read_text()
    lost = text.replace("400 succeeded, 0 failed, 0 errored, 0 timeout", "390 succeeded, 10 failed, 10 errored, 4 timeout")
    lost = lost.replace("198.71 req/s", "193.74 req/s").replace("400 2xx", "390 2xx")
    reading = READER.read(Source("a.txt", lost.encode()), None)
    found = facts(reading)
    assert (found["requests"].value, found["failures"].value, found["mean"].samples) == (400, 10, 390)
    assert {"successes-only", "coordinated-omission"} <= set(codes(reading))


def test_a_far_maximum_is_said() -> None:
    assert "coordinated-omission" in codes(ok("chat.txt", "218.12ms     37.68ms", "1.92s     37.68ms"))


def test_runs_are_told_apart_and_an_old_version() -> None:
    assert {fact.labels for fact in ok("two-runs.md").facts} == {(("run", "1"),), (("run", "2"),)}
    assert values(ok("old-version.txt"))["concurrency"] == 10
