"""What the tests of wrk, ab, hey and HdrHistogram share: reading samples, hostile input, the index."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.evidence.sniff import HEAD
from readiness.model.fact import Fact, Problem

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
LOADTEST = SHARED / "loadtest"
HOSTILE = (
    b"",
    b"\n",
    b"\0\0\0\0",
    b"\xef\xbb\xbf",
    b"\xff\xfe" + "Running".encode("utf-16-le"),
    b"\x80\x81\x82",
    b"9" * 100_000,
    b"# " * 50_000,
    b"\x1b[31m\r\r\r\n" * 100,
)


def files(reader: Reader, kind: str) -> list[Path]:
    return sorted((SAMPLES / reader.id / kind).iterdir())


def read(reader: Reader, data: bytes | str | Path, name: str = "f") -> Reading:
    """Read a sample; what cannot be read is a problem, as it is to users."""
    if isinstance(data, Path):
        return read(reader, data.read_bytes(), data.name)
    source = Source(name, data.encode() if isinstance(data, str) else data)
    try:
        return reader.read(source, None)
    except Unreadable as error:
        return Reading(problems=(error.problem,))


def sample(reader: Reader, name: str) -> Reading:
    return read(reader, SAMPLES / reader.id / name)


def text(reader: Reader, name: str) -> str:
    return (SAMPLES / reader.id / name).read_bytes().decode()


def edited(reader: Reader, name: str, old: str, new: str) -> Reading:
    """Read a sample with one thing changed."""
    content = text(reader, name)
    assert content.count(old) == 1, content.count(old)
    return read(reader, content.replace(old, new))


def values(reading: Reading, **labels: str) -> dict[str, Any]:
    wanted = tuple(sorted(labels.items()))
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == wanted}


def fact(reading: Reading, metric: str, **labels: str) -> Fact:
    wanted = tuple(sorted(labels.items()))
    return next(f for f in reading.facts if f.metric == metric and f.labels == wanted)


def problems(reading: Reading) -> list[tuple[str, str, str]]:
    return [(p.kind, p.code, str(p.at)) for p in reading.problems]


def codes(reading: Reading, kind: str = "warning") -> list[str]:
    return [p.code for p in reading.problems if p.kind == kind]


def problem(reading: Reading, code: str) -> Problem:
    return next(p for p in reading.problems if p.code == code)


def survives(reader: Reader, data: bytes) -> Reading:
    """Read anything: it gives facts or problems with their help, never another exception."""
    reader.sniff(data[:HEAD])
    reading = read(reader, data)
    assert reading.facts or reading.problems
    assert all(found.help for found in reading.problems)
    return reading


def index(folder: str, **columns: str) -> list[tuple[Path, dict[str, Any]]]:
    """Return files of the shared index with their ground truth; skip where it is absent."""
    listed = LOADTEST / folder / "INDEX.tsv"
    if not listed.exists():
        pytest.skip(f"no samples at {listed.parent}")
    with listed.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [
        (listed.parent / row["file"], json.loads(row["ground_truth"]))
        for row in rows
        if all(row[name] == value for name, value in columns.items())
    ]


def claimed(reader: Reader) -> set[str]:
    """Return which shared files a reader claims, by their folder and name."""
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    found = [p for p in SHARED.rglob("*") if p.is_file() and reader.sniff(p.read_bytes()[:HEAD])]
    return {f"{path.parent.name}/{path.name}" for path in found}
