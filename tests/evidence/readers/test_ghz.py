"""The ghz report reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.ghz import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "ghz"
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
    ("all-failed.json", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("average-mismatch.json", "invalid", "contradiction", "`average` is 11.6698 ms, the calls have 35.0095 ms"),
    ("cancelled.json", "inconclusive", "interrupted", "the run was cancelled"),
    ("count-mismatch.json", "invalid", "contradiction", "`count` is 200, the status codes add up to 190"),
    ("count-mismatch.txt", "invalid", "contradiction", "`Count` is 160, the status codes add up to 150"),
    ("cut-off.json", "invalid", "not-json", "not valid JSON: Unterminated string starting at"),
    ("cut-off.txt", "invalid", "cut-off", "a summary without its status codes: it is cut off"),
    ("failures-mismatch.json", "invalid", "contradiction", "10 calls failed by the summary, 0 by the list of calls"),
    ("latency-is-text.json", "invalid", "number", "`latency` is `'45848850'`, not a number of 0 or more"),
    ("no-unit.txt", "invalid", "number", "`Total` is `0.99`, not a duration"),
    ("percentiles-out-of-order.json", "invalid", "contradiction", "`p95` is 0.9 ms, below `p90` of 57.6933 ms"),
    ("rate-mismatch.json", "invalid", "contradiction", "200 requests, and rate times duration make 600"),
    ("timestamp-without-zone.json", "invalid", "number", "`timestamp` is `2026-11-19T14:03:22`, not a moment with its time zone"),
    ("zero-requests.json", "inconclusive", "no-samples", "no request was made"),
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
    assert {p.name for p in files if p.relative_to(SHARED).parts[1] not in {"ghz"}} == set()
    assert [p for p in others if READER.sniff(p.read_bytes()[:65_536])] == []

def test_files_of_others_reproduce_their_ground_truth() -> None:
    for path, truth in truths("real", ("ghz JSON",)):
        found = values(read(path))
        complete = truth["details"] == truth["stated_n"]
        names = ["p50", "p90", "p95", "p99"] if not complete else ["p50", "p90", "p95", "p99", "p99.9", "mean", "min", "max"]
        for name in names:
            assert found[name] == pytest.approx(truth[name if complete else f"{name}_stated"], abs=6e-5), (path, name)
        assert found["requests"] == truth["stated_n"]
        assert found["rate"] == pytest.approx(truth["rps"])
        assert found["duration"] == pytest.approx(float(str(truth["total_s"])) * 1000)


def test_text_in_the_documentation_of_the_tool() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    found = values(read(SHARED / "real" / "ghz" / "bojand__ghz__output.md"))
    assert (found["requests"], found["failures"], found["p95"], found["rate"]) == (200, 14, 55.45, 1101.53)
    assert "mean" not in found  # it has the failed calls in it


def test_times_are_nanoseconds_and_percentiles_are_of_the_calls() -> None:
    report = json.loads((HERE / "ok" / "chat.json").read_text())
    latencies = sorted(call["latency"] / 1e6 for call in report["details"])
    found = facts(ok("chat.json"))
    assert found["p95"].value == pytest.approx(latencies[113])  # rank 114 of 120
    assert (found["p95"].samples, found["p95"].origin) == (120, "derived")
    assert found["p95"].bounds is not None
    assert found["duration"].value == report["total"] / 1e6
    assert ok("chat.json").load is not None


def test_failed_calls_are_in_the_computed_percentiles_and_apart() -> None:
    reading = ok("failures.json")
    found = facts(reading)
    assert (found["requests"].value, found["failures"].value) == (90, 9)
    assert facts(reading, (("response", "expected"),))["p50"].samples == 81


def test_a_timestamp_is_that_of_the_end_of_a_call() -> None:
    report = json.loads((HERE / "ok" / "chat.json").read_text())
    load = ok("chat.json").load
    assert load is not None
    assert load.seconds is not None
    assert load.seconds * 1e9 <= report["total"]


def test_calls_that_are_not_listed_leave_the_summary() -> None:
    reading = ok("some-calls-missing.json")
    assert reading.load is None
    assert facts(reading)["p95"].origin == "file"
    assert codes(reading) == ["details-missing"]
    assert ok("summary-only.json").problems == ()


def test_more_calls_than_were_counted_are_a_contradiction() -> None:
    document = json.loads((HERE / "ok" / "chat.json").read_text())
    document["details"] += document["details"][:5]
    found = READER.read(Source("a.json", json.dumps(document).encode()), None).problems
    message = "`count` is 120, and 125 calls are listed"
    assert [(p.kind, p.message) for p in found if p.code == "contradiction"] == [("invalid", message)]
    assert "details-missing" not in [p.code for p in found]


def test_failed_calls_are_in_no_percentile_of_the_summary() -> None:
    reading = ok("failures.txt")
    found = facts(reading)
    assert (found["failures"].value, found["p95"].samples) == (10, 140)
    assert "mean" not in found
    assert codes(reading) == ["successes-only"]


def test_arrivals_are_closed_unless_asynchronous() -> None:
    load = ok("chat.json").load
    other = ok("chat.json", '"insecure": true', '"insecure": true, "async": true').load
    assert load is not None
    assert other is not None
    assert (load.arrivals, other.arrivals) == ("closed", "open")


def test_runs_are_told_apart_and_the_date_is_that_of_the_end() -> None:
    assert {fact.labels for fact in ok("two-runs.md").facts} == {(("run", "1"),), (("run", "2"),)}
    text = (HERE / "ok" / "summary-only.json").read_text() + "\n" + (HERE / "ok" / "chat.json").read_text()
    both = READER.read(Source("both.json", text.encode()), None)
    called = ("endpoint", "chat.Chat.Reply")
    assert {fact.labels for fact in both.facts} == {(called, ("run", "1")), (called, ("run", "2"))}
    assert both.load is None
    assert str(ok("chat.json").produced) == "2026-11-19 14:03:23+01:00"


def test_a_far_maximum_of_a_summary_is_said() -> None:
    report = json.loads((HERE / "ok" / "summary-only.json").read_text())
    report["slowest"] = 4_000_000_000
    assert "coordinated-omission" in codes(READER.read(Source("a.json", json.dumps(report).encode()), None))


def edited(name: str, key: str, factor: float, rank: int = 0) -> list[str]:
    """Change a time of the summary; return what the calls say against it."""
    document = json.loads((HERE / "ok" / name).read_text())
    if rank:
        place = next(part for part in document["latencyDistribution"] if part["percentage"] == rank)
        place["latency"] = int(place["latency"] * factor)
    else:
        document[key] = int(document[key] * factor)
    reading = READER.read(Source(name, json.dumps(document).encode()), None)
    return [p.message for p in reading.problems if p.code == "contradiction" and "the calls have" in p.message]


@pytest.mark.parametrize("name", ["chat.json", "failures.json", "some-calls-missing.json"])
def test_times_that_the_calls_do_not_have_are_contradictions(name: str) -> None:
    assert edited(name, "fastest", 1.0) == []
    for key, rank in (("p95", 95), ("p99", 99), ("p50", 50), ("fastest", 0), ("slowest", 0)):
        (message,) = edited(name, key, 0.4, rank)
        assert message.startswith(f"`{key}` is ")


@pytest.mark.parametrize("name", ["SayHello_report1.json", "SayHellos_report1.json"])
def test_the_times_of_real_reports_are_those_of_their_calls(name: str) -> None:
    path = SHARED / "real" / "ghz" / name
    if not path.exists():
        pytest.skip(f"no samples at {SHARED}")
    assert "contradiction" not in codes(read(path))
