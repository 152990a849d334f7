"""The YAML reader against its samples, random documents and hostile files."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.yaml import READER
from readiness.model.checklist import FactMap

HERE = Path(__file__).resolve().parents[2] / "samples" / "yaml"
HOSTILE = Path(__file__).resolve().parents[4] / "shared" / "hostile"
ANY = FactMap.model_validate({"metrics": {"a": {"at": "/a"}, "b": {"at": "/*", "label": "key"}}})
WORD = st.text("abcdefgh", min_size=1, max_size=5)


def samples(kind: str) -> list[Path]:
    return sorted(f for f in (HERE / kind).iterdir() if not f.name.endswith(".map.json"))


def read(file: Path) -> Reading:
    sidecar = file.with_name(f"{file.name}.map.json")
    fact_map = FactMap.model_validate_json(sidecar.read_bytes())
    return READER.read(Source(file.name, file.read_bytes()), fact_map)


def one(text: str, **entry: Any) -> Reading:
    fact_map = FactMap.model_validate({"metrics": {"m": {"at": "/m", **entry}}})
    return READER.read(Source("a.yaml", text.encode()), fact_map)


@pytest.mark.parametrize("file", samples("ok"), ids=lambda f: f.name)
def test_an_ok_sample_has_facts_and_no_problem(file: Path) -> None:
    reading = read(file)
    assert reading.facts
    assert reading.problems == ()
    assert reading.produced is not None


@pytest.mark.parametrize("file", samples("broken"), ids=lambda f: f.name)
def test_a_broken_sample_proves_nothing(file: Path) -> None:
    try:
        problems = read(file).problems
    except Unreadable as error:
        problems = (error.problem,)
    assert {p.kind for p in problems} & {"invalid", "inconclusive"}
    assert all(p.at.path == file.name and p.message for p in problems)


def test_prompt_evals_are_read_with_units_labels_samples_and_places() -> None:
    reading = read(HERE / "ok" / "prompt-eval.yaml")
    told = [(f.metric, f.value, f.unit, f.labels, f.samples, str(f.at)) for f in reading.facts]
    file = "prompt-eval.yaml"
    assert told == [
        ("agreement", 0.91, "ratio", (), None, f"{file}:7:20 /judge/agreement"),
        ("p95", 1800, "ms", (), None, f"{file}:8:6 /p95"),
        (
            "pass_rate",
            0.9725,
            "ratio",
            (("suite", "citations"),),
            400,
            f"{file}:6:24 /suites/citations/passed",
        ),
        (
            "pass_rate",
            0.985,
            "ratio",
            (("suite", "refusals"),),
            400,
            f"{file}:5:24 /suites/refusals/passed",
        ),
        ("prompt", "v42", "", (), None, f"{file}:3:9 /prompt"),
    ]
    assert reading.produced == datetime(2026, 11, 19, 16, 40, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "value"),
    [("12", 12), ("0x1f", 31), ("1e3", 1000), ("-2.5", -2.5), ("true", True), ("yes", "yes"),
     ("'12'", "12"), ("12:30", "12:30"), ("1.10", 1.1), ("9007199254740993", 9007199254740993)],
)  # fmt: skip
def test_values_are_those_of_the_core_schema(written: str, value: Any) -> None:
    (fact,) = one(f"m: {written}\n").facts
    assert fact.value == value
    assert type(fact.value) in (float, bool, str, int)


def test_a_byte_order_mark_does_not_matter() -> None:
    assert one("\ufeffm: 1\n").facts[0].value == 1


def test_a_file_that_is_too_large_is_unreadable() -> None:
    with pytest.raises(Unreadable) as error:
        one("# " + "x" * 2_000_000 + "\nm: 1\n")
    assert (error.value.problem.code, error.value.problem.help) == (
        "too-large",
        "write a summary of the run",
    )


def test_without_a_map_it_says_how_to_write_one() -> None:
    with pytest.raises(Unreadable) as error:
        READER.read(Source("a.yaml", b"a: 1"), None)
    assert error.value.problem.code == "no-map"
    assert "map: {p95:" in error.value.problem.help


def test_it_is_never_guessed() -> None:
    assert READER.mapped
    assert READER.sniff(b"p95: 1") == 0


@given(
    st.dictionaries(
        WORD,
        st.dictionaries(WORD, st.integers(0, 10**15) | st.floats(0, 1e15), min_size=1),
        min_size=1,
    )
)
def test_each_leaf_is_given_back_exactly(value: dict[str, dict[str, float]]) -> None:
    entry = [{"at": f"/{key}/*", "label": "k", "labels": {"outer": key}} for key in value]
    fact_map = FactMap.model_validate({"metrics": {"m": entry}})
    reading = READER.read(Source("a.yaml", json.dumps(value, indent=1).encode()), fact_map)
    found = {(dict(f.labels)["outer"], dict(f.labels)["k"]): f.value for f in reading.facts}
    assert found == {(a, b): number for a, inner in value.items() for b, number in inner.items()}


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_bytes_are_read_or_unreadable(data: bytes) -> None:
    with suppress(Unreadable):
        READER.read(Source("a.yaml", data), ANY)


@pytest.mark.parametrize(
    "name", ["json-test-suite", "yaml-test-suite", "markdown-it-py-tests", "blns"]
)
def test_hostile_files_are_read_or_unreadable(name: str) -> None:
    files = sorted(f for f in (HOSTILE / name).rglob("*") if f.is_file())
    if not files:
        pytest.skip(f"no files at {HOSTILE / name}")
    for file in files:
        try:
            reading = READER.read(Source(file.name, file.read_bytes()), ANY)
        except Unreadable:
            continue
        assert reading.facts or reading.problems
