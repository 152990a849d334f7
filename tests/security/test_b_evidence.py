"""Attacks B4 to B9: many runs, counts, units, numbers, CSV tricks, files that were cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.evidence.collect import READERS
from tests.pipeline.worlds import FAULTS, LIMIT_MS, Run, go_world

from .attacks import HOSTILE, SAMPLES, decided, home, read, values, with_evidence


def test_b4_a_failing_run_is_not_hidden_by_benign_ones(tmp_path: Path) -> None:
    """However many runs pass, one that fails decides, whatever it is called and in whatever order."""
    for bad in ("0.json", "5b.json", "zz.json", "with space.json"):
        folder = tmp_path / bad
        files = {f"evidence/many/{n}.json": Run() for n in range(1, 10)}
        world = go_world().with_files(**files, **{f"evidence/many/{bad}": Run(p95=LIMIT_MS + 1)})
        attacked = decided(home(folder, world.with_need("LOAD-01", path="evidence/many/*.json")))
        assert (attacked.fooled, attacked.outcome) == (False, "failed")


def test_b4_an_appended_run_that_cannot_be_read_decides_too(tmp_path: Path) -> None:
    files = {"evidence/many/1.json": Run(), "evidence/many/2.json": Run(raw=b"\xff")}
    world = go_world().with_files(**files).with_need("LOAD-01", path="evidence/many/*.json")
    assert decided(home(tmp_path, world)).outcome == "invalid"


COUNTS = ("zero samples", "few samples", "not a count", "unknown samples, confident", "null", "metric not there", "value not there")


@pytest.mark.parametrize("fault", COUNTS)
def test_b5_too_few_samples_prove_nothing(fault: str, tmp_path: Path) -> None:
    outcome, change = FAULTS[fault]
    attacked = decided(home(tmp_path, change(go_world(), "LOAD-01")))
    assert (attacked.fooled, attacked.outcome) == (False, outcome)


UNITS = ("wrong dimension", "no unit", "wrong unit", "limit without unit")


@pytest.mark.parametrize("fault", UNITS)
def test_b6_a_value_in_another_unit_proves_nothing(fault: str, tmp_path: Path) -> None:
    outcome, change = FAULTS[fault]
    attacked = decided(home(tmp_path, change(go_world(), "LOAD-01")))
    assert (attacked.fooled, attacked.outcome) == (False, outcome)


@pytest.mark.parametrize("written", ["1.234,5", "420 ms", "4,2e2", "420ms", "0,42 s", "420\u00a0", "٤٢٠", "1'000", "1 000", "１００"])
def test_b6_a_number_as_some_place_writes_it_is_no_number(written: str, tmp_path: Path) -> None:
    assert with_evidence(tmp_path, values(p95=written)).outcome == "invalid"


NUMBERS = [
    "NaN", "-NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-999", "-1e-999", "1e-400", "-1", "-420", "true", "false", '"420"',
    '"NaN"', '"-inf"', '"1_000"', '"0x10"', '""', "[]", "{}", "[420]", "null", "0x10", "1_000", "+420", "420.", ".42", "01", "4२0",
    "9" * 5000, "-" + "9" * 5000, "1e", "--1", "1e5000000000000000000",
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:24])
def test_b7_what_is_no_finite_number_proves_nothing(number: str, tmp_path: Path) -> None:
    raw = values(p95="HERE").replace(b'"HERE"', number.encode())
    attacked = with_evidence(tmp_path, raw)
    assert attacked.outcome in {"invalid", "inconclusive"}, attacked
    assert attacked.seconds < 10


@pytest.mark.skipif(not HOSTILE.is_dir(), reason=f"no corpora in {HOSTILE}")
def test_b7_the_numbers_of_the_json_test_suite(tmp_path: Path) -> None:
    """Each of the suite's wrong numbers as the value of p95: none proves anything."""
    folder = HOSTILE / "json-test-suite" / "test_parsing"
    tried = 0
    for path in sorted(folder.glob("n_number_*.json")):
        raw = values(p95="HERE").replace(b'"HERE"', path.read_bytes().strip().removeprefix(b"[").removesuffix(b"]"))
        assert with_evidence(tmp_path, raw).outcome in ("invalid", "inconclusive"), path.name
        tried += 1
    assert tried > 50


JTL = (
    b"timeStamp,elapsed,label,responseCode,success,allThreads\n"
    b"1795400465793,120,GET /chat,200,true,9\n1795400466793,480,GET /chat,503,false,9\n1795400467793,130,POST /order,200,true,9\n"
    b"1795400468793,510,GET /chat,500,false,9\n1795400469793,140,GET /chat,200,true,9\n1795400470793,150,POST /order,200,true,9\n"
)
ROWS, FAILED = 6, 2


def counted(path: Path) -> tuple[float, float] | None:
    """Return how many requests were counted, and how many failed; None if it is no evidence."""
    evidence = read(path, "jmeter-jtl")
    if evidence.invalid or not evidence.facts:
        return None
    found = {fact.metric: fact.value for fact in evidence.facts if not fact.labels}
    requests, errors = float(found["requests"]), float(found["errors"])
    return requests, round(requests * errors)


def test_b8_no_quote_nul_or_line_end_hides_a_row(tmp_path: Path) -> None:
    """A character put anywhere: each row and each failure is still counted, or the file is refused."""
    path = tmp_path / "run.jtl"
    path.write_bytes(JTL)
    assert counted(path) == (ROWS, FAILED)
    refused = 0
    for sign in (b'"', b"\0", b"\r", b"\n", b",", b"\xff", b'""'):
        for place in range(len(JTL) + 1):
            path.write_bytes(JTL[:place] + sign + JTL[place:])
            found = counted(path)
            refused += found is None
            assert found is None or (found[0] >= ROWS and found[1] >= FAILED), (sign, place, found)
    assert refused > len(JTL)


@pytest.mark.parametrize(("name", "raw"), {
    "a quote that is never closed": JTL.replace(b"GET /chat,503", b'"GET /chat,503'),
    "a header twice": JTL.replace(b"allThreads", b"success"),
    "a field longer than csv takes": JTL.replace(b"GET /chat,503", b"x" * 200_000 + b",503"),
    "a row that is too short": JTL.replace(b",503,false,9", b",503"),
    "a row that is too long": JTL.replace(b",503,false,9", b",503,false,9,9,true"),
    "a NUL": JTL.replace(b"503", b"5\x0003"),
    "a line end inside of quotes": JTL.replace(b"GET /chat,503", b'"GET\n/chat",503'),
}.items())  # fmt: skip
def test_b8_csv_that_reads_two_ways_is_refused_or_counted_whole(name: str, raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "run.jtl").write_bytes(raw)
    found = counted(tmp_path / "run.jtl")
    assert found is None or found == (ROWS, FAILED), name


def test_b8_a_byte_order_mark_changes_no_column(tmp_path: Path) -> None:
    (tmp_path / "run.jtl").write_bytes(b"\xef\xbb\xbf" + JTL)
    assert counted(tmp_path / "run.jtl") == (ROWS, FAILED)


def test_b9_json_that_was_cut_at_any_byte_proves_nothing(tmp_path: Path) -> None:
    whole = values()
    for place in range(len(whole)):
        assert with_evidence(tmp_path, whole[:place]).outcome == "invalid", place


def test_b9_a_row_that_was_cut_at_any_byte_is_told(tmp_path: Path) -> None:
    """A cut inside a row is seen. One between two rows leaves a whole file: the lock's digest sees it."""
    path = tmp_path / "run.jtl"
    start = JTL.index(b"\n") + 1
    for place in range(start + 1, len(JTL)):
        path.write_bytes(JTL[:place])
        evidence = read(path, "jmeter-jtl")
        told = bool(evidence.problems)
        assert told or JTL[place - 1 : place] == b"\n" or JTL[place : place + 1] == b"\n", place


@pytest.mark.parametrize("name", ["k6-summary", "locust-json", "sarif", "trivy", "otlp-json", "junit", "cyclonedx", "hdrhistogram-log", "vegeta-results"])
def test_b9_a_sample_of_each_kind_that_was_cut_gives_no_other_facts(name: str, tmp_path: Path) -> None:
    """Cut at 40 places: refused, or told, or the facts of a shorter run; never a crash."""
    for sample in sorted((SAMPLES / name / "ok").iterdir())[:2]:
        data = sample.read_bytes()
        for place in range(0, len(data), max(1, len(data) // 40)):
            target = tmp_path / sample.name
            target.write_bytes(data[:place])
            evidence = read(target, name)
            assert not evidence.fault, evidence.problems
            if name in {"k6-summary", "sarif", "trivy", "junit", "cyclonedx"}:
                rest = data[place:].strip()
                assert evidence.invalid or not rest, (sample.name, place)
    assert name in READERS.shipped_ids
