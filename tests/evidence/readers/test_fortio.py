"""The Fortio result reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.fortio import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "fortio"
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
    ("buckets-backwards.json", "invalid", "contradiction", "the bucket from 1 ms begins below the one before it ends"),
    ("buckets-mismatch.json", "invalid", "contradiction", "`Count` is 4,000, the buckets add up to 5,000"),
    ("codes-mismatch.json", "invalid", "contradiction", "3,100 calls were timed, 2,974 are counted by their code"),
    ("count-not-whole.json", "invalid", "number", "`Count` is `5e3`, not a count"),
    ("cut-off.json", "invalid", "not-json", "not valid JSON: Unterminated string starting at"),
    ("errors-hidden.json", "invalid", "contradiction", "140 errors were timed, 0 are counted by code"),
    ("interrupted.json", "inconclusive", "interrupted", "the run was interrupted"),
    ("nan.json", "invalid", "not-json", "NaN is not JSON"),
    ("no-time-zone.json", "invalid", "number", "`StartTime` is `2026-11-20 09:12`, not a moment with its time zone"),
    ("percentile-above-maximum.json", "invalid", "contradiction", "`max` is 21 ms, below `p99.9` of 140 ms"),
    ("rate-is-text.json", "invalid", "number", "`RequestedQPS` is `fast`, not a number of 0 or more"),
    ("refused.json", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("requests-mismatch.json", "invalid", "contradiction", "2,000 requests, and rate times duration make 2,800"),
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
    assert {p.name for p in files if p.relative_to(SHARED).parts[1] not in {"fortio"}} == set()
    assert [p for p in others if READER.sniff(p.read_bytes()[:65_536])] == []

def test_files_of_others_reproduce_their_ground_truth() -> None:
    for path, truth in truths("real", ("Fortio-format JSON",)):
        found = facts(read(path))
        assert found["rate"].value == truth["qps"]
        assert found["duration"].value == float(str(truth["dur"])) * 1000
        assert found["p95"].samples == int(str(truth["n"]))
        assert found["requests"].value == int(dict(truth["codes"])["200"])  # type: ignore[call-overload]
        assert not {"mean", "errors", "failures", "concurrency", "rate.requested"} & set(found)


def test_a_rate_that_its_requests_contradict_is_invalid() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    reading = read(SHARED / "real" / "fortio" / "envoyproxy__nighthawk__large.json")
    found = next(p for p in reading.problems if p.kind == "invalid")
    assert found.message == "18,000 requests, and rate times duration make 1,500"


def test_times_are_seconds_and_the_duration_is_nanoseconds() -> None:
    found = facts(ok("chat.json"))
    stated = json.loads((HERE / "ok" / "chat.json").read_text())
    assert found["duration"].value == stated["ActualDuration"] / 1e6 == 20_000
    assert found["mean"].value == pytest.approx(stated["DurationHistogram"]["Avg"] * 1000)
    listed = {p["Percentile"]: p["Value"] for p in stated["DurationHistogram"]["Percentiles"]}
    assert found["p99"].value == pytest.approx(listed[99] * 1000)
    assert (found["p99"].origin, found["p99"].samples) == ("file", 2000)
    assert found["concurrency"].value == 8
    assert found["throughput"].value == pytest.approx(226_000 / 20)


def test_percentiles_that_are_not_listed_are_the_upper_end_of_their_bucket() -> None:
    reading = ok("chat.json")
    fact = facts(reading)["p95"]
    assert (fact.value, fact.origin) == (60, "derived")
    assert str(fact.at) == "chat.json:135:16 /DurationHistogram/Data/19/End"
    assert codes(reading) == ["bucketed"]


def test_a_percentile_by_bucket_is_not_above_a_higher_one_that_is_listed() -> None:
    """Both lie in one bucket: Fortio interpolated the higher one."""
    found = values(read(HERE / "broken" / "refused.json"))
    assert found["p95"] == found["p99"]


def test_trap_22_the_requested_rate_is_a_text_and_may_be_max() -> None:
    assert values(ok("chat.json"))["rate.requested"] == 100
    assert "rate.requested" not in values(ok("max-speed-with-errors.json"))


def test_trap_22_a_rate_that_was_not_reached_is_said() -> None:
    reading = ok("rate-missed.json")
    found = next(p for p in reading.problems if p.code == "rate-missed")
    assert found.message == "100 requests per second were asked for, 70 were made"


def test_errors_are_all_but_2xx_and_are_among_the_times() -> None:
    reading = ok("max-speed-with-errors.json")
    assert values(reading)["failures"] == 140
    assert codes(reading) == ["failed-fast"]
    moved = ok("max-speed-with-errors.json", '"503": 140', '"302": 140')
    assert values(moved)["failures"] == 140


def test_grpc_codes() -> None:
    assert values(ok("grpc.json"))["errors"] == 0
    reading = ok("grpc.json", '"SERVING": 500', '"SERVING": 450,\n    "ERROR": 50')
    assert values(reading)["failures"] == 50


def test_nighthawk_counts_are_texts_and_seconds_are_seconds() -> None:
    reading = ok("nighthawk.json")
    found = facts(reading)
    assert (found["requests"].value, found["duration"].value, found["p95"].samples) == (5002, 5000, 5000)
    assert not {"mean", "errors"} & set(found)
    assert "no-errors" in codes(reading)


def test_nighthawk_entries_are_percentiles() -> None:
    data = json.loads((HERE / "ok" / "nighthawk.json").read_text())["DurationHistogram"]["Data"]
    at_95 = next(entry for entry in data if entry["Percent"] == 95)
    assert values(ok("nighthawk.json"))["p95"] == at_95["End"] * 1000


def test_json_behind_log_lines_keeps_its_place() -> None:
    assert str(facts(ok("behind-log-lines.txt"))["rate"].at) == "behind-log-lines.txt:8:16 /ActualQPS"


def test_the_date_is_that_of_the_end() -> None:
    assert str(ok("chat.json").produced) == "2026-11-20 09:12:23.123456+00:00"
