"""What the tests of LLM benchmark readers share: samples, ground truth, hostile inputs."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
REAL, PRODUCED = SHARED / "real", SHARED / "produced"

HOSTILE = (
    b"",
    b"\n\n",
    b"\0" * 100,
    b"{}",
    b"[]",
    b"{",
    b"null",
    b"[[]]",
    b"[null]",
    b"[{}]",
    b'{"completed": 1}\n{"completed": 2}',
    b"\xff\xfe{\0}\0",
    b"\xef\xbb\xbf{}",
    b'{"a": "\xed\xa0\x80"}',
    b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"completed": 1' + b"0" * 400 + b', "request_throughput": 1}',
    b"Metric,avg,min,max\r\n" + b"x" * 2_000_000,
    b"x" * 3_000_000,
    b"============ Serving Benchmark Result ============\n" + b"=" * 100_000,
    b"============ Serving Benchmark Result ============\nBackend: " + b" " * 100_000 + b"x\n",
)


def load(reader: Reader, name: str, kind: str = "ok") -> Source:
    return Source(name, (SAMPLES / reader.id / kind / name).read_bytes())


def read(reader: Reader, data: bytes | str | dict[str, Any] | list[Any], name: str = "f") -> Reading:
    if isinstance(data, dict | list):
        data = json.dumps(data)
    return reader.read(Source(name, data if isinstance(data, bytes) else data.encode()), None)


def problems(reader: Reader, source: Source) -> tuple[Problem, ...]:
    try:
        return reader.read(source, None).problems
    except Unreadable as error:
        return (error.problem,)


def told(reader: Reader, data: bytes | str | dict[str, Any] | list[Any]) -> list[str]:
    """Return `kind code: message` of each problem."""
    try:
        found = read(reader, data).problems
    except Unreadable as error:
        found = (error.problem,)
    return [f"{p.kind} {p.code}: {p.message}" for p in found]


def codes(reader: Reader, data: bytes | str | dict[str, Any] | list[Any]) -> set[str]:
    return {line.split(":")[0] for line in told(reader, data)}


def facts(reading: Reading, *labels: tuple[str, str]) -> dict[str, Fact]:
    return {fact.metric: fact for fact in reading.facts if fact.labels == labels}


def values(reading: Reading, *labels: tuple[str, str]) -> dict[str, Any]:
    return {metric: fact.value for metric, fact in facts(reading, *labels).items()}


def truths(folder: Path, *formats: str) -> list[tuple[Path, dict[str, Any]]]:
    """Return the files of some formats with the values that were computed independently."""
    index = folder / "INDEX.tsv"
    if not index.exists():
        return []
    with index.open(newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    return [(folder / r["file"], json.loads(r["ground_truth"])) for r in rows if r["format"] in formats]


def stay_calm(reader: Reader, data: bytes) -> None:
    """Whatever the bytes: facts and problems, or `Unreadable`; nothing else."""
    assert reader.sniff(data[:65_536]) in (0, 80, 90)
    for problem in problems(reader, Source("f", data)):
        assert problem.message
        assert len(problem.message) < 400


def mangled(data: bytes, at: int, piece: bytes) -> bytes:
    """Return bytes with a piece of them replaced."""
    place = at % max(len(data), 1)
    return data[:place] + piece + data[place + len(piece) :]
