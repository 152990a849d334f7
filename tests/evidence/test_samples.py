"""Every sample of every reader: `tests/samples/<reader>/{ok,broken}/`. Adding a case is adding a file.

A mapped reader's sample has its map beside it, in `<name>.map.json`. The files of one run count once;
what a sample refers to lies in a folder beside it.
Compressed samples are tried as any other; their lines are those of the content.
"""

from __future__ import annotations

import math
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from readiness.cli.shield import shield
from readiness.errors import Location
from readiness.evidence.collect import READERS, Collector
from readiness.evidence.paths import Roots
from readiness.evidence.reader import Reader
from readiness.evidence.sniff import Choice, choose
from readiness.evidence.stream import read_whole
from readiness.model.checklist import FactMap
from readiness.model.evidence import Evidence
from readiness.model.fact import Fact, Strength
from readiness.model.plan import Bound
from readiness.model.quantity import CANONICAL

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SIDECAR = ".map.json"


class Sample(NamedTuple):
    reader: str
    kind: str
    file: Path


def samples(kind: str) -> list[Sample]:
    """Return the main files of all samples; a file of a run without a main one is one of its own."""
    found = []
    for folder in sorted(SAMPLES.glob(f"*/{kind}")):
        reader = READERS.get(folder.parent.name)
        family = reader.family if reader else ()
        files = [f for f in sorted(folder.iterdir()) if f.is_file() and not f.name.endswith(SIDECAR)]
        names = {file.name for file in files}
        for file in files:
            ends = [end for end in family[1:] if file.name.endswith(end)]
            if not any(file.name.removesuffix(end) + family[0] in names for end in ends):
                found.append(Sample(folder.parent.name, kind, file))
    return found


def name_of(sample: Sample) -> str:
    return f"{sample.reader}/{sample.file.name}"


def content(file: Path) -> bytes:
    """Return the bytes of a file, decompressed."""
    handle = os.open(file, os.O_RDONLY)
    try:
        return read_whole(handle, Location(file.name), 1 << 26).data
    finally:
        os.close(handle)


def map_of(sample: Sample) -> FactMap | None:
    sidecar = sample.file.with_name(sample.file.name + SIDECAR)
    return FactMap.model_validate_json(sidecar.read_bytes()) if sidecar.exists() else None


@cache
def collected(sample: Sample, readers: tuple[str, ...]) -> Evidence:
    """Read a sample: once for all tests of it."""
    folder = sample.file.parent
    bound = Bound("path", (sample.file.name,), readers, map_of(sample), None, Strength.claimed, None, False, (), Location("l"))
    found = Collector(Roots(folder, folder), shield).collect(bound)
    assert found.problems == ()
    assert len(found.evidence) == 1
    return found.evidence[0]


@pytest.mark.parametrize("sample", samples("ok"), ids=name_of)
def test_an_ok_sample_is_known_by_its_content(sample: Sample) -> None:
    reader = READERS.get(sample.reader)
    assert reader is not None
    if reader.mapped:
        assert map_of(sample) is not None, f"a mapped reader needs {sample.file.name}{SIDECAR}"
        return
    choice = choose(sample.file.name, content(sample.file), (), None, READERS)
    assert isinstance(choice, Choice), choice
    assert choice.reader.id == sample.reader


@pytest.mark.parametrize("sample", samples("ok"), ids=name_of)
def test_an_ok_sample_gives_declared_facts_with_their_places(sample: Sample) -> None:
    evidence = collected(sample, (sample.reader,))
    assert [p for p in evidence.problems if p.kind != "warning" and not p.metrics] == []
    assert (evidence.fault, evidence.reader) == (False, sample.reader)
    assert evidence.facts
    reader = READERS.get(sample.reader)
    assert reader is not None
    assert evidence.strength <= reader.strength
    assert evidence.path == sample.file.name
    lines = {f.path: content(sample.file.parent / f.path).count(b"\n") + 1 for f in evidence.files}
    for fact in evidence.facts:
        check_fact(fact, reader, lines)


@pytest.mark.parametrize("sample", [*samples("ok"), *samples("broken")], ids=name_of)
def test_a_run_whose_requests_mostly_failed_proves_nothing(sample: Sample) -> None:
    evidence = collected(sample, (sample.reader,))
    errors = [f.value for f in evidence.facts if f.metric == "errors" and not f.labels]
    if any(isinstance(share, float | int) and share >= 0.5 for share in errors):
        assert {p.kind for p in evidence.problems} - {"warning"}


def check_fact(fact: Fact, reader: Reader, lines: dict[str, int]) -> None:
    declared = [m for m in reader.metrics if m.name == fact.metric] or [
        m for m in reader.metrics if m.name.endswith("*") and fact.metric.startswith(m.name[:-1])
    ]
    assert declared, f"{fact.metric} is not declared"
    if not reader.mapped:
        labels = {name for metric in declared for name in metric.labels}
        assert "*" in labels or {name for name, _ in fact.labels} <= labels, f"{fact.metric} has {fact.labels}"
    assert fact.unit in CANONICAL.values(), f"{fact.metric} has the unit {fact.unit!r}"
    if isinstance(fact.value, (bool, str)):
        assert fact.unit == ""
    else:
        assert math.isfinite(fact.value), f"{fact.metric} is {fact.value}"
    assert fact.at.path in lines, f"{fact.metric} is said to stand in {fact.at.path}"
    assert 0 <= fact.at.line <= lines[fact.at.path]
    assert fact.at.line or fact.at.pointer, f"{fact.metric} has no place in its file"
    assert fact.labels == tuple(sorted(fact.labels))
    assert fact.samples is None or fact.samples >= 0


@pytest.mark.parametrize("sample", samples("broken"), ids=name_of)
def test_a_broken_sample_proves_nothing_and_says_why(sample: Sample) -> None:
    for readers in ((sample.reader,), ()):
        evidence = collected(sample, readers)
        assert not evidence.fault, evidence.problems
        wrong = [p for p in evidence.problems if p.kind != "warning"]
        assert wrong, "nothing is wrong with it"
        paths = {sample.file.name, *(f.path for f in evidence.files)}
        for problem in wrong:
            assert problem.message.strip()
            assert problem.at.path in paths


@pytest.mark.parametrize("sample", samples("broken"), ids=name_of)
def test_a_broken_sample_says_what_to_do(sample: Sample) -> None:
    wrong = [p for p in collected(sample, (sample.reader,)).problems if p.kind != "warning"]
    silent = [f"{p.code}: {p.message}" for p in wrong if not p.help.strip()]
    assert silent == []


def test_a_reader_declares_each_metric_once() -> None:
    for reader in READERS.all.values():
        names = [metric.name for metric in reader.metrics]
        assert sorted(names) == sorted(set(names)), reader.id


def test_every_folder_of_samples_belongs_to_a_reader() -> None:
    assert {folder.name for folder in SAMPLES.iterdir()} <= set(READERS.shipped_ids)
    kinds = {folder.name for reader in SAMPLES.iterdir() for folder in reader.iterdir()}
    assert kinds == {"ok", "broken"}


def test_a_map_lies_beside_its_file() -> None:
    for sidecar in SAMPLES.rglob(f"*{SIDECAR}"):
        assert sidecar.with_name(sidecar.name.removesuffix(SIDECAR)).is_file()
