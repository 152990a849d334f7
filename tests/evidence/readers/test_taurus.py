"""The Taurus final stats reader against its samples, against files of others, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.taurus import READER
from readiness.model.fact import Fact, Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "taurus"
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
    ("all-failed.xml", "inconclusive", "all-failed", "every request failed: its times say nothing of answers"),
    ("cut-off-cell.csv", "invalid", "cut-off", "the last line has no end: the file is cut off"),
    ("cut-off.csv", "invalid", "cut-off", "the last line has no end: the file is cut off"),
    ("cut-off.xml", "invalid", "not-xml", "not well-formed XML: unclosed token: line 80, column 6"),
    ("doctype.xml", "invalid", "unsafe-xml", "refused: DTDForbidden"),
    ("header-only.csv", "invalid", "no-total", "the group with the empty label, which is the whole run, is missing"),
    ("label-twice.csv", "invalid", "duplicate-row", "the label `fast` is there twice"),
    ("labels-mismatch.csv", "invalid", "contradiction", "`throughput` of the whole run is 3,557, its labels make 3,457"),
    ("nan.csv", "invalid", "number", "`avg_rt` is `nan`, not a number of 0 or more"),
    ("negative.csv", "invalid", "number", "`fail` is `-1`, not a number of 0 or more"),
    ("no-duration-number.xml", "invalid", "number", "`TestDuration` is `a minute`, not a number of 0 or more"),
    ("no-total.csv", "invalid", "no-total", "the group with the empty label, which is the whole run, is missing"),
    ("open-quote.csv", "invalid", "not-csv", "not valid CSV: unexpected end of data"),
    ("percentile-twice.xml", "invalid", "duplicate-key", "`perc_95.0` is there twice at the label `/chat`"),
    ("percentiles-out-of-order.csv", "invalid", "contradiction", "`p95` is 5 ms, below `p90` of 33 ms"),
    ("ragged.csv", "invalid", "ragged", "21 cells in a table of 19 columns"),
    ("requests-mismatch.csv", "invalid", "contradiction", "`throughput` counts 4,557, succ and fail make 3,557"),
    ("zero-requests.csv", "inconclusive", "no-samples", "no request was made"),
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
    assert {p.name for p in files if p.relative_to(SHARED).parts[1] not in {"taurus"}} == set()
    assert [p for p in others if READER.sniff(p.read_bytes()[:65_536])] == []

def test_files_of_others_reproduce_their_ground_truth() -> None:
    compared = 0
    for path, truth in [*truths("real", ("Taurus final-stats",)), *truths("produced", ("taurus.finalstats",))]:
        if "PreviousBuild" in path.name:
            continue
        found = values(read(path))
        assert found["requests"] == int(str(truth["n"]))
        assert found["failures"] == int(str(truth["failed"]))
        ranks = truth.get("perc", {"95.0": truth.get("p95_s"), "99.0": truth.get("p99_s")})
        assert isinstance(ranks, dict)
        for rank, seconds in ranks.items():
            name = {"0.0": "min", "100.0": "max"}.get(rank, f"p{float(rank):g}")
            assert found[name] == pytest.approx(float(str(seconds)) * 1000), (path, name)
            compared += 1
    assert compared == 16


def test_a_file_that_states_a_percentile_twice_is_refused() -> None:
    """A fixture that someone edited: p95 is 3.617 s and 0.945 s."""
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    (found,) = problems(SHARED / "real" / "taurus" / "jenkinsci__performance-plugin__TaurusPreviousBuildReport.xml")
    assert (found.code, found.message) == ("duplicate-key", "`perc_95.0` is there twice at the label ``")


@pytest.mark.parametrize("name", ["final-stats.csv", "final-stats.xml"])
def test_trap_19_throughput_is_a_count(name: str) -> None:
    found = facts(ok(name))
    assert (found["requests"].value, found["failures"].value) == (3557, 204)
    assert "throughput" not in found
    assert found["errors"].value == pytest.approx(204 / 3557)


@pytest.mark.parametrize("name", ["final-stats.csv", "final-stats.xml"])
def test_trap_19_a_mean_that_the_percentiles_contradict_is_left_out(name: str) -> None:
    reading = ok(name)
    assert "mean" not in facts(reading)
    assert "mean" not in facts(reading, (("endpoint", "chat"),))
    assert values(reading, (("endpoint", "flaky"),))["mean"] == pytest.approx(11.28)
    messages = [p.message for p in reading.problems if p.code == "wrong-mean"]
    assert messages[0] == "`avg_rt` is 6.89 ms, its percentiles allow 10.2 to 28.036 ms: it is left out"
    assert len(messages) == 2


def test_the_empty_label_is_the_whole_run() -> None:
    reading = ok("final-stats.csv")
    assert {fact.labels for fact in reading.facts} == {(), *(((("endpoint", name),)) for name in ("fast", "flaky", "chat"))}
    assert values(reading, (("endpoint", "fast"),))["requests"] == 831
    assert str(facts(reading)["p95"].at) == "final-stats.csv:4 perc_95.0"


def test_times_are_seconds_and_carry_their_samples() -> None:
    fact = facts(ok("final-stats.csv"))["p99"]
    assert (fact.value, fact.unit, fact.samples) == (106, "ms", 3557)


def test_the_rate_divides_by_the_second_that_the_duration_leaves_out() -> None:
    found = facts(ok("with-bytes.xml"))
    assert found["duration"].value == 59_000
    assert found["rate"].value == pytest.approx(800 / 60)
    assert found["throughput"].value == pytest.approx(90_400 / 60)
    assert found["mean"].value == pytest.approx(41.2)
    assert not {"rate", "duration"} & set(facts(ok("one-label.csv")))


def test_a_label_with_a_comma() -> None:
    assert values(ok("one-label.csv"), (("endpoint", "GET /chat, v2"),))["requests"] == 800


def test_concurrency_and_mixed_failures() -> None:
    reading = ok("final-stats.csv")
    assert values(reading)["concurrency"] == 7
    assert "failed-fast" in codes(reading)
