"""The oha output reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.oha import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "oha"
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
    ("all-unavailable.json", "inconclusive", "all-failed", "98% of the requests failed: its times say nothing of answers"),
    ("codes-as-list.json", "invalid", "wrong-shape", "`statusCodeDistribution` is not an object"),
    ("cut-off.json", "invalid", "not-json", "not valid JSON: Expecting property name enclosed in double quotes"),
    ("cut-off.txt", "invalid", "cut-off", "a summary without its status codes: cut off"),
    ("fastest-above-percentiles.json", "invalid", "contradiction", "`p50` is 30.1459 ms, below `min` of 900 ms"),
    ("mostly-aborted.json", "inconclusive", "unanswered", "12 requests ended, 64 were aborted when the time was up"),
    ("nan.json", "invalid", "not-json", "NaN is not JSON"),
    ("no-unit.txt", "invalid", "number", "`0.0324 ` is no time with a unit of oha"),
    ("none-completed.json", "inconclusive", "unanswered", "0 requests ended, 2 were aborted when the time was up"),
    ("none-completed.txt", "inconclusive", "unanswered", "0 requests ended, 2 were aborted when the time was up"),
    ("rate-mismatch.json", "invalid", "contradiction", "1,816 requests ended, and rate times duration make 18,159"),
    ("refused.json", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("success-rate-mismatch.json", "invalid", "contradiction", "the success rate is 0.75, the responses and errors make 0.9881"),
    ("text-as-count.json", "invalid", "number", "the count of 200 is `'1800'`, not a number of 0 or more"),
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
    assert {p.name for p in files if p.relative_to(SHARED).parts[1] not in {"oha"}} == set()
    assert [p for p in others if READER.sniff(p.read_bytes()[:65_536])] == []

def test_files_of_others_reproduce_their_ground_truth() -> None:
    (path, truth), = truths("real", ("oha JSON",))
    found = values(read(path))
    for name in ("p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99"):
        assert found[name] == pytest.approx(truth[name])
    assert found["duration"] == pytest.approx(float(str(truth["total_s"])) * 1000)
    assert found["aborted"] == 2
    # the stated rate, 13.96, has the aborted requests in it
    assert found["rate"] == pytest.approx(12 / 1.00266425)
    assert float(str(truth["rps"])) * 1.00266425 == pytest.approx(12 + 2)


def test_text_in_the_readme_of_the_tool() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    found = values(read(SHARED / "real" / "oha" / "hatoo__oha__README.md"))
    assert (found["requests"], found["errors"], found["p95"], found["mean"]) == (200, 0, pytest.approx(18.2), 6)


def test_trap_4_nothing_completed_is_null_and_gives_no_fact() -> None:
    for name in ("none-completed.json", "none-completed.txt"):
        reading = read(HERE / "broken" / name)
        assert not {"p95", "mean", "rate", "errors"} & set(values(reading))
        assert codes(reading) == ["unanswered"]


def test_trap_4_requests_aborted_at_the_deadline_are_in_no_figure() -> None:
    reading = ok("chat.json")
    found = values(reading)
    assert (found["requests"], found["aborted"], found["errors"]) == (1800, 16, 0)
    assert found["rate"] == pytest.approx(1800 / 12.0023)
    assert codes(reading) == ["aborted"]


def test_a_success_rate_of_one_hides_error_responses() -> None:
    reading = read(HERE / "broken" / "all-unavailable.json")
    assert '"successRate": 1.0' in (HERE / "broken" / "all-unavailable.json").read_text()
    assert values(reading)["errors"] == pytest.approx(240 / 243)


def test_errors_and_times_by_response() -> None:
    reading = ok("breakdown.json")
    found = facts(reading)
    assert (found["requests"].value, found["failures"].value, found["p95"].samples) == (1012, 112, 1000)
    good = facts(reading, (("response", "expected"),))
    assert good["p95"].samples == 900
    assert float(good["p50"].value) > float(found["p50"].value)
    assert codes(reading) == ["successes-only", "failed-fast"]


def test_text_says_what_the_json_says() -> None:
    one, other = values(ok("breakdown.json")), values(ok("breakdown.txt"))
    for name in ("requests", "failures", "errors"):
        assert one[name] == other[name]
    for name in ("mean", "p50", "p95", "p99.9", "max", "duration"):
        assert one[name] == pytest.approx(other[name], abs=0.06)
    expected = (("response", "expected"),)
    assert values(ok("breakdown.txt"), expected)["p95"] == pytest.approx(values(ok("breakdown.json"), expected)["p95"], abs=0.06)


def test_other_units_of_the_text() -> None:
    text = (HERE / "ok" / "breakdown.txt").read_text()
    slow = text.replace("  Average:\t0.0324 secs", "  Average:\t32.4000 ms")
    assert slow != text
    assert values(READER.read(Source("a.txt", slow.encode()), None))["mean"] == pytest.approx(32.4)


def test_an_old_success_rate_counts_aborted_requests() -> None:
    text = (HERE / "ok" / "chat.json").read_text().replace('"successRate": 1.0', f'"successRate": {1800 / 1816}')
    assert READER.read(Source("a.json", text.encode()), None).problems[0].kind == "warning"


def test_runs_are_told_apart_and_a_far_maximum_is_said() -> None:
    assert {fact.labels[-1:] for fact in ok("two-runs.txt").facts} >= {(("run", "1"),), (("run", "2"),)}
    d = json.loads((HERE / "ok" / "chat.json").read_text())
    d["summary"]["slowest"] = 9.5
    assert "coordinated-omission" in codes(READER.read(Source("a.json", json.dumps(d).encode()), None))


def test_the_mean_of_rates_over_10_ms_is_not_read() -> None:
    d = json.loads((HERE / "ok" / "chat.json").read_text())
    assert d["rps"]["mean"] > 7 * d["summary"]["requestsPerSec"]
    assert values(ok("chat.json"))["rate"] != d["rps"]["mean"]
