"""The reader of Gatling's assertions against its samples, real files and broken ones."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.gatling_assertions import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "gatling-assertions"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
GOOD = (HERE / "ok" / "verdicts.json").read_bytes()


def read(data: bytes, path: str = "assertions.json") -> Reading:
    return READER.read(Source(path, data), None)


def problems(data: bytes) -> list[tuple[str, str, str]]:
    try:
        found = read(data).problems
    except Unreadable as error:
        found = (error.problem,)
    return [(problem.kind, problem.code, problem.message) for problem in found]


def verdicts(reading: Reading) -> dict[str, object]:
    return {fact.labels[0][1]: fact.value for fact in reading.facts if fact.metric == "threshold"}


def assertions(*entries: dict[str, object]) -> bytes:
    usual = {"path": "Global", "target": "max of response time", "condition": "is less than",
             "expectedValues": [10.0], "actualValue": [5.0], "result": True, "message": "m"}  # fmt: skip
    run = {"simulation": "a.B", "simulationId": "b", "start": 1795400400000, "description": "",
           "scenarios": ["s"], "assertions": [usual | entry for entry in entries]}  # fmt: skip
    return json.dumps(run).encode()


@pytest.mark.parametrize("name", ["verdicts.json", "gatling-2.json"])
def test_verdicts_with_their_place_and_the_date_of_the_run(name: str) -> None:
    reading = read((HERE / "ok" / name).read_bytes(), name)
    assert verdicts(reading) == {
        "Global: percentage of successful events is greater than 95.0": True,
        "Conversation / Ask: 95th percentile of response time is less than or equal to 1500.0": True,
        "Global: max of response time is less than 900.0": False,
    }
    counts = {f.metric: f.value for f in reading.facts if not f.labels}
    assert counts == {"thresholds.passed": 2, "thresholds.failed": 1}
    assert str(reading.facts[1].at) == f"{name}:22:13 /assertions/1/result"
    assert reading.produced == datetime(2026, 11, 23, 2, 20, tzinfo=UTC)
    assert reading.problems == ()


def test_of_two_with_the_same_words_the_failed_one_counts() -> None:
    reading = read(assertions({}, {"result": False, "actualValue": [12.0]}))
    assert verdicts(reading) == {"m": False}
    assert {f.metric: f.value for f in reading.facts if not f.labels} == {
        "thresholds.passed": 1,
        "thresholds.failed": 1,
    }


@pytest.mark.parametrize(
    ("condition", "limit", "actual", "result", "wrong"),
    [
        ("is less than", 10, 11, True, True),
        ("is less than", 10, 9, False, True),
        ("is less than", 10, 9, True, False),
        ("is less than", 10, 10, True, False),  # `less than` meant `or equal` before 3.0
        ("is less than", 10, 10, False, False),
        ("is less than or equal to", 10, 11, True, True),
        ("is greater than", 10, 9, True, True),
        ("is greater than or equal to", 10, 11, False, True),
        ("is greater than", 10, 11, True, False),
        ("is", 10, 11, True, False),
    ],
)
def test_verdict_that_its_numbers_contradict_is_invalid(
    condition: str, limit: int, actual: int, result: bool, wrong: bool
) -> None:
    data = assertions({"condition": condition, "expectedValues": [limit], "actualValue": [actual], "result": result})
    assert ("contradiction" in [code for _, code, _ in problems(data)]) is wrong


@pytest.mark.parametrize(
    ("name", "kind", "code", "message"),
    [
        ("cut-off", "invalid", "not-json", "not valid JSON: Unterminated string starting at"),
        ("nan", "invalid", "not-json", "NaN is not JSON"),
        ("no-assertions", "inconclusive", "no-assertions", "the run has no assertions"),
        ("no-verdict", "invalid", "wrong-shape", "an assertion has no message or result"),
        ("verdict-as-text", "invalid", "wrong-shape", "an assertion has no message or result"),
        ("not-a-list", "invalid", "wrong-shape", "`assertions` is not a list"),
        ("verdict-contradicted", "invalid", "contradiction",
         "`Global: percentage of successful events is greater than 95.0` is said to have failed at 96.9231"),
    ],
)  # fmt: skip
def test_broken_sample_says_what_is_wrong(name: str, kind: str, code: str, message: str) -> None:
    assert problems((HERE / "broken" / f"{name}.json").read_bytes()) == [(kind, code, message)]


@pytest.mark.parametrize("start", [b"null", b"0", b'"1795400400000"', b"1e400", b"-5"])
def test_start_that_is_no_date_dates_nothing(start: bytes) -> None:
    data = GOOD.replace(b'"start": 1795400400000', b'"start": ' + start)
    assert data != GOOD
    try:
        assert read(data).produced is None
    except Unreadable as error:
        assert error.problem.kind == "invalid"


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"{", b"[]", b"null", b"{}", b'{"assertions": 1}', b'{"assertions": [1]}',
     b'{"assertions": [{"result": true, "message": 5}]}', b'{"assertions": [{"result": true, "message": " "}]}',
     GOOD.decode().encode("utf-16"), b"[" * 100_000, b"x" * 3_000_000],
)  # fmt: skip
def test_hostile_input_is_refused(data: bytes) -> None:
    assert problems(data)


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=3))
def test_random_edits_raise_nothing_else(place: int, edit: bytes) -> None:
    problems(GOOD[:place] + edit + GOOD[place + len(edit) :])


def test_sniff_needs_all_marks_and_knows_no_other_sample() -> None:
    assert READER.sniff(GOOD) == 90
    assert READER.sniff(GOOD.replace(b"simulationId", b"id")) == 0
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert len(known) == 5
    assert all(path.name.endswith("assertions.json") for path in known)


def test_real_files() -> None:
    index = SHARED / "real" / "INDEX.tsv"
    if not index.exists():
        pytest.skip(f"no real files at {SHARED}")
    with index.open(newline="", encoding="utf-8") as lines:
        files = [r["file"] for r in csv.DictReader(lines, delimiter="\t") if r["format"] == "Gatling assertions.json"]
    readings = {file: read((SHARED / "real" / file).read_bytes()) for file in files}
    assert len(readings) == 5
    with_verdicts = {file: verdicts(reading) for file, reading in readings.items() if reading.facts}
    assert list(with_verdicts) == ["gatling/v3.9.5-akash_assertions.json"]
    assert next(iter(with_verdicts.values())) == {
        "Global: percentage of successful events is greater than 95.0": True,
        "POST Request: max of response time is less than 2000.0": True,
        "GET Request: max of response time is less than 2000.0": True,
        "PUT Request: max of response time is less than 2000.0": True,
    }
    assert all(reading.produced for reading in readings.values())
    for file, reading in readings.items():
        assert bool(reading.problems) is (file not in with_verdicts), file


@pytest.mark.parametrize("actual", [[], None, ["5.0"], 5.0, [None]])
def test_a_verdict_without_a_value_behind_it_is_never_a_pass(actual: object) -> None:
    data = assertions({}, {"message": "n", "actualValue": actual})
    assert problems(data) == [("inconclusive", "no-value", "`n` held, and no value or no limit stands behind it")]
    assert verdicts(read(data)) == {"m": True}
    counts = {f.metric: f.value for f in read(data).facts if not f.labels}
    assert counts == {"thresholds.passed": 1, "thresholds.failed": 0}


def test_a_verdict_that_failed_fails_without_a_value_too() -> None:
    data = assertions({"result": False, "actualValue": []})
    assert (verdicts(read(data)), problems(data)) == ({"m": False}, [])
