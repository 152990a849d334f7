"""The autocannon output reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.autocannon import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "autocannon"
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
    ("all-not-found.txt", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("by-digit-mismatch.json", "invalid", "contradiction", "0 responses are not 2xx, 12 by their first digit"),
    ("codes-mismatch.txt", "invalid", "contradiction", "3,000 responses, 3,006 by their code"),
    ("cut-off-tables.txt", "invalid", "cut-off", "a run without its last lines: it is cut off"),
    ("cut-off.json", "invalid", "not-json", "not valid JSON: Expecting ',' delimiter"),
    ("duration-mismatch.json", "invalid", "contradiction", "`duration` is 80.2 s, from start to finish are 8.016 s"),
    ("more-timeouts-than-errors.json", "invalid", "contradiction", "more timeouts than errors"),
    ("nan.json", "invalid", "not-json", "NaN is not JSON"),
    ("negative.json", "invalid", "number", "`errors` is `-1`, not a number of 0 or more"),
    ("no-latency.json", "invalid", "wrong-shape", "`latency` is not an object"),
    ("no-time-zone.json", "invalid", "number", "`finish` is `2026-11-23T02:16:58.401`, not a moment with its time zone"),
    ("percentile-above-maximum.json", "invalid", "contradiction", "`p99.9` is 231 ms, below `p99` of 961 ms"),
    ("ragged.txt", "invalid", "ragged", "a row of 1 cells in a table of 2"),
    ("refused-tables.txt", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("refused.json", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("rounded-requests.txt", "invalid", "rounded", "the requests are rounded: `3k`"),
    ("tables-disagree.txt", "invalid", "contradiction", "`p99` is 12 ms in one table, 14 here"),
    ("text-as-number.json", "invalid", "number", "`latency.p99` is `'161'`, not a number of 0 or more"),
    ("total-mismatch.json", "invalid", "contradiction", "1,719 responses, of which 1,519 are 2xx and 0 are not"),
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
    assert {p.name for p in files if p.relative_to(SHARED).parts[1] not in {"autocannon"}} == set()
    assert [p for p in others if READER.sniff(p.read_bytes()[:65_536])] == []

def test_files_of_others_reproduce_their_ground_truth() -> None:
    compared = 0
    for path, truth in [*truths("real", ("autocannon JSON",)), *truths("produced", ("autocannon.json",))]:
        found = values(read(path))
        names = {"n": "requests", "p50": "p50", "p97_5": "p97.5", "p99": "p99", "p99_9": "p99.9", "max": "max", "connections": "concurrency"}
        expected = {names[key]: value for key, value in truth.items() if key in names}
        assert {name: found[name] for name in expected} == expected
        assert found["duration"] == pytest.approx(float(str(truth["duration_s"])) * 1000)
        assert found["failures"] == int(str(truth["non2xx"])) + int(str(truth["errors"]))
        compared += len(expected) + 2
    assert compared == 36


def test_tables_agree_with_the_log_of_the_server() -> None:
    found = values(ok("flaky-tables.txt"))
    assert (found["requests"], found["failures"]) == (2100, 222)  # the server: 2104 and 223
    assert (found["p50"], found["p97.5"], found["p99"], found["p99.9"], found["mean"]) == (11, 12, 12, 15, 10.94)


def test_trap_21_the_rate_is_not_the_mean_of_samples() -> None:
    found = facts(ok("chat.json"))
    assert found["rate"].value == pytest.approx(1519 / 8.02)  # `requests.average` is 189.88
    assert found["rate"].origin == "derived"
    assert values(ok("status-codes.txt"))["rate"] == pytest.approx(3000 / 5.01)  # `Req/Sec` is 600


def test_there_is_no_p95_and_a_hint_says_what_there_is() -> None:
    reading = ok("chat.json")
    assert "p95" not in facts(reading)
    hint = next(p for p in reading.problems if p.code == "no-p95")
    assert "`p97.5`" in hint.message
    assert "`p97.5`" in hint.help


def test_a_time_carries_place_and_samples() -> None:
    fact = facts(ok("chat.json"))["p99"]
    assert (fact.value, fact.unit, fact.samples, fact.origin) == (161, "ms", 1519, "file")
    assert str(fact.at) == "chat.json:1:524 /latency/p99"
    assert str(facts(ok("flaky-tables.txt"))["p97.5"].at) == "flaky-tables.txt:8 97.5%"


def test_the_date_is_that_of_the_end() -> None:
    reading = ok("chat.json")
    assert str(reading.produced) == "2026-11-23 02:16:58.401000+00:00"
    assert str(reading.produced_where).endswith("/finish")


def test_the_correction_of_a_rate_leaves_only_the_maximum() -> None:
    """A server that takes 200 ms, asked 40 times a second: autocannon says p50 101 ms."""
    reading = ok("with-a-rate.json")
    found = values(reading)
    assert found["max"] == 215
    assert not {"p50", "mean", "min", "p99"} & set(found)
    assert codes(reading) == ["spread-times"]


def test_a_minimum_above_percentiles_is_that_of_times_that_are_not_0() -> None:
    found = values(ok("timeouts.json"))
    assert (found["p50"], found["max"]) == (0, 9)
    assert "min" not in found


def test_timeouts_and_refusals_are_failures_and_in_no_time() -> None:
    reading = ok("timeouts.json")
    found = facts(reading)
    assert (found["requests"].value, found["failures"].value) == (199_987, 4)
    assert found["p99"].samples == 199_983
    assert {"successes-only", "coordinated-omission"} <= set(codes(reading))


def test_a_body_that_was_not_expected_is_a_failure() -> None:
    found = values(ok("chat.json", '"mismatches":0', '"mismatches":19'))
    assert (found["failures"], found["errors"]) == (19, pytest.approx(19 / 1519))


def test_a_far_maximum_is_coordinated_omission() -> None:
    reading = ok("chat.json", '"max":259', '"max":4259')
    assert "coordinated-omission" in codes(reading)
    deep = ok("pipelined.json", '"max":16,"p0_001":5', '"max":130,"p0_001":5')
    assert values(deep)["concurrency"] == 2
    assert "coordinated-omission" in codes(deep)


def test_errors_left_out_of_the_times_are_said() -> None:
    reading = ok("errors-left-out.json")
    assert facts(reading)["p50"].samples == 1001
    assert "successes-only" in codes(reading)


def test_requests_that_got_neither_answer_nor_error_are_said() -> None:
    assert "unanswered" in codes(ok("chat.json", '"sent":1527', '"sent":1999'))
    assert "unanswered" not in codes(ok("chat.json"))


def test_version_4_and_its_colours() -> None:
    assert values(ok("version-4.json"))["max"] == 16.532693
    found = values(ok("version-4-colours.txt"))
    assert (found["requests"], found["p99"], found["max"], found["concurrency"]) == (315, 148, 236.73, 4)


def test_rounded_counts_are_computed_from_the_samples() -> None:
    reading = ok("flaky-tables.txt", "1878 2xx responses, 222 non 2xx responses\n", "")
    assert facts(reading)["requests"].value == 6 * 350
    assert facts(reading)["requests"].origin == "derived"
    assert "rounded" in codes(reading)


@pytest.mark.parametrize(("name", "paths"), [("two-runs.md", ("/flaky", "/flaky")), ("two-runs.jsonl", ("/chat", "/fast"))])
def test_several_runs_are_told_apart(name: str, paths: tuple[str, str]) -> None:
    reading = ok(name)
    labels = [(("endpoint", path), ("run", run)) for path, run in zip(paths, "12", strict=True)]
    assert list(dict.fromkeys(fact.labels for fact in reading.facts)) == labels
    assert not values(reading)


def test_numbers_with_commas_between_thousands() -> None:
    found = values(read(HERE / "broken" / "all-not-found.txt"))
    assert found["requests"] == 215_073
