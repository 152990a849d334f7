"""The JSON reader against its samples, random documents and hostile files."""

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
from readiness.evidence.readers.json import READER
from readiness.model.checklist import FactMap

HERE = Path(__file__).resolve().parents[2] / "samples" / "json"
HOSTILE = Path(__file__).resolve().parents[4] / "shared" / "hostile"
ANY = FactMap.model_validate({"metrics": {"a": {"at": "/a"}, "b": {"at": "/*", "label": "key"}}})
KEY = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6).filter(
    lambda key: key != "*" and bool(key.strip())
)
NUMBER = st.floats(-1e299, 1e299) | st.integers(-(10**20), 10**20)
TREE = st.recursive(
    NUMBER, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4)
)


def samples(kind: str) -> list[Path]:
    return sorted(f for f in (HERE / kind).iterdir() if not f.name.endswith(".map.json"))


def read(file: Path) -> Reading:
    sidecar = file.with_name(f"{file.name}.map.json")
    fact_map = FactMap.model_validate_json(sidecar.read_bytes())
    return READER.read(Source(file.name, file.read_bytes()), fact_map)


def leaves(value: Any, path: str = "") -> list[tuple[str, float]]:
    if isinstance(value, dict):
        steps = [(str(k).replace("~", "~0").replace("/", "~1"), v) for k, v in value.items()]
    elif isinstance(value, list):
        steps = [(str(index), v) for index, v in enumerate(value)]
    else:
        return [(path, value)]
    return [leaf for step, inner in steps for leaf in leaves(inner, f"{path}/{step}")]


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


def test_stage_latencies_are_read_with_units_labels_samples_and_places() -> None:
    reading = read(HERE / "ok" / "stage-latency.json")
    told = [(f.metric, f.value, f.unit, f.labels, f.samples, str(f.at)) for f in reading.facts]
    file = "stage-latency.json"
    assert told == [
        ("candidate", "1.4.0", "", (), None, f"{file}:3:16 /candidate"),
        ("errors", 0.0031, "ratio", (), None, f"{file}:9:39 /total/errors"),
        ("p95", 2200, "ms", (), None, f"{file}:9:20 /total/p95"),
        (
            "p95",
            1630,
            "ms",
            (("stage", "generation"),),
            17950,
            f"{file}:7:27 /stages/generation/p95",
        ),
        ("p95", 96, "ms", (("stage", "rerank"),), 18000, f"{file}:6:23 /stages/rerank/p95"),
        (
            "p95",
            412.5,
            "ms",
            (("stage", "retrieval"),),
            18000,
            f"{file}:5:26 /stages/retrieval/p95",
        ),
        ("within_budget", True, "", (), None, f"{file}:9:62 /total/within_budget"),
    ]
    assert reading.produced == datetime(2026, 11, 20, 8, 15, tzinfo=UTC)
    assert str(reading.produced_where) == f"{file}:2:19 /generated_at"


def test_a_misspelt_key_names_the_nearest_and_its_line() -> None:
    problem = read(HERE / "broken" / "missing.json").problems[0]
    assert problem.message == "`/stages` is an object and has no `retrieval`"
    assert problem.help == "did you mean `retreival`?"
    assert str(problem.at) == "missing.json:2:13 /stages"


def test_without_a_map_it_says_how_to_write_one() -> None:
    with pytest.raises(Unreadable) as error:
        READER.read(Source("a.json", b"{}"), None)
    assert error.value.problem.code == "no-map"
    assert "map: {p95: {at: /stages/retrieval/p95, unit: ms}}" in error.value.problem.help


def test_it_is_never_guessed() -> None:
    assert READER.mapped
    assert READER.sniff(b'{"p95": 1}') == 0


@given(TREE)
def test_each_leaf_is_given_back_exactly(value: Any) -> None:
    found = [(path, leaf) for path, leaf in leaves(value) if path]
    metrics = {f"m{index:06}": {"at": path} for index, (path, _) in enumerate(found)}
    if not metrics:
        return
    fact_map = FactMap.model_validate({"metrics": metrics})
    reading = READER.read(Source("a.json", json.dumps(value).encode()), fact_map)
    assert [(f.value, f.at.pointer) for f in reading.facts] == [
        (leaf, path) for path, leaf in found
    ]
    assert reading.problems == ()


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_bytes_are_read_or_unreadable(data: bytes) -> None:
    with suppress(Unreadable):
        READER.read(Source("a.json", data), ANY)


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
            assert not file.name.startswith("y_") or "duplicate" in file.name, file
        else:
            assert not file.name.startswith("n_"), file
            assert reading.facts or reading.problems
