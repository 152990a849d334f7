"""The bombardier output reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.bombardier import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "bombardier"
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
    ("cut-off.json", "invalid", "not-json", "not valid JSON: Expecting ',' delimiter"),
    ("cut-off.txt", "invalid", "cut-off", "statistics without their HTTP codes: they are cut off"),
    ("interrupted.json", "inconclusive", "interrupted", "600 s were planned, the run ended after 10.0045"),
    ("interrupted.txt", "inconclusive", "interrupted", "90,000 requests were planned, the run ended after 5,200"),
    ("more-errors-than-requests.json", "invalid", "contradiction", "6,000 errors, more than requests"),
    ("nan.json", "invalid", "not-json", "NaN is not JSON"),
    ("negative.json", "invalid", "number", "`others` is `-4`, not a number of 0 or more"),
    ("no-latency.txt", "invalid", "number", "there is no line `Latency` that can be read"),
    ("no-result.json", "invalid", "wrong-shape", "there is no JSON object with `spec` and `result` in it"),
    ("percentiles-out-of-order.json", "invalid", "contradiction", "`p95` is 0.012 ms, below `p90` of 12.665 ms"),
    ("rank-is-text.json", "invalid", "number", "`p99` is no rank in percent"),
    ("refused.json", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
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
    assert {p.name for p in files if p.relative_to(SHARED).parts[1] not in {"bombardier"}} == set()
    assert [p for p in others if READER.sniff(p.read_bytes()[:65_536])] == []

def test_files_of_others_reproduce_their_ground_truth() -> None:
    (path, truth), = truths("real", ("bombardier JSON",))
    found = values(read(path))
    for name in ("p50", "p75", "p90", "p95", "p99"):
        assert found[name] == pytest.approx(truth[name])
    assert (found["requests"], found["failures"]) == (truth["n"], 0)
    assert found["rate"] == pytest.approx(truth["rps_real"])
    assert found["duration"] == pytest.approx(float(str(truth["secs"])) * 1000)


def test_text_in_the_readme_of_the_tool() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    reading = read(SHARED / "real" / "bombardier" / "codesenberg__bombardier__README.md")
    first, second = (values(reading, (("endpoint", "/"), ("run", number))) for number in "12")
    assert (first["requests"], first["duration"], first["mean"], first["max"]) == (10_000_000, 37_000, pytest.approx(0.471), 51)
    assert (second["requests"], second["failures"], second["p99"]) == (66_566, 5, 48)


def test_trap_21_the_rate_is_not_the_mean_of_samples() -> None:
    result = json.loads((HERE / "ok" / "chat.json").read_text())["result"]
    found = facts(ok("chat.json"))
    assert found["rate"].value == pytest.approx(5200 / 10.004512)
    assert found["rate"].value != pytest.approx(result["rps"]["mean"])
    assert values(ok("chat.txt"))["rate"] == 520


def test_trap_26_json_behind_a_progress_bar_keeps_its_place() -> None:
    one, other = ok("chat.json"), ok("behind-progress.txt")
    assert values(one) == values(other)
    assert {fact.at.line for fact in other.facts} == {4}


def test_times_are_microseconds() -> None:
    latency = json.loads((HERE / "ok" / "chat.json").read_text())["result"]["latency"]
    found = facts(ok("chat.json"))
    assert found["p95"].value == latency["percentiles"]["95"] / 1000
    assert found["max"].value == latency["max"] / 1000
    assert (found["p95"].samples, found["p95"].unit) == (5200, "ms")
    assert str(found["p95"].at).endswith("/result/latency/percentiles/95")


def test_without_l_there_are_no_percentiles_and_a_hint_says_so() -> None:
    reading = ok("no-percentiles.json")
    assert "p95" not in values(reading)
    assert [(p.code, p.help) for p in reading.problems] == [("no-percentiles", "run it with `-l` (`--latencies`)")]


def test_others_are_failures_and_timeouts_a_stall() -> None:
    reading = ok("errors.json")
    found = values(reading)
    assert (found["requests"], found["failures"]) == (3000, 129)
    assert codes(reading) == ["failed-fast", "coordinated-omission"]


def test_a_rate_that_was_not_reached_is_said() -> None:
    assert codes(ok("rate-missed.json")) == ["rate-missed"]


def test_text_says_what_the_json_says() -> None:
    one, other = values(ok("chat.json")), values(ok("chat.txt"))
    assert one["requests"] == other["requests"]
    for name in ("mean", "p50", "p95", "p99", "max"):
        assert other[name] == pytest.approx(one[name], abs=0.006)


def test_runs_are_told_apart_with_their_connections() -> None:
    reading = ok("two-runs.md")
    second = values(reading, (("endpoint", "/chat"), ("run", "2")))
    assert (second["duration"], second["concurrency"], second["failures"]) == (6000, 64, 129)


def test_a_far_maximum_is_said() -> None:
    d = json.loads((HERE / "ok" / "chat.json").read_text())
    d["result"]["latency"]["max"] = 9_000_000
    assert codes(READER.read(Source("a.json", json.dumps(d).encode()), None)) == ["coordinated-omission"]


def test_a_mean_above_the_maximum_is_invalid_without_percentiles() -> None:
    d = json.loads((HERE / "ok" / "no-percentiles.json").read_text())
    d["result"]["latency"]["mean"] = 9e8
    assert "contradiction" in codes(READER.read(Source("a.json", json.dumps(d).encode()), None))


def test_too_few_samples_for_the_table() -> None:
    line = "There wasn't enough data to compute statistics for latencies."
    text = (HERE / "ok" / "chat.txt").read_text().split("\n")
    lines = [f"  {line}" if "Latency  " in row else row for row in text if "%" not in row]
    found = values(READER.read(Source("a.txt", "\n".join(lines).encode()), None))
    assert found["requests"] == 5200
    assert "mean" not in found
