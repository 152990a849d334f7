"""What the tests of the readers of traces share: reading a sample, facts by component, hostile files."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.model.fact import Problem, Value

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
Read = Callable[[Source], Reading]
HOSTILE = [
    b"", b"\0", b"{", b"[", b"[]", b"{}", b"null", b"1", b'"x"', b"[1]", b"[[]]", b"[[1]]", b"[{}]", b"[[{}]]", b"\xff\xfe", b"\xef\xbb\xbf",
    b"[" * 100_000, b'{"data":' * 1000, b'{"resourceSpans":' * 300, b"1e999", b"[1e999]", b"-" + b"9" * 5000,
]  # fmt: skip
JUNK: list[Any] = [None, True, -1, 1.5, 10**30, "", "x", "${VAR}", [], [1], [{}], {}, {"a": 1}, [[{}]], "9" * 30, "\ud83d"]


def source(data: bytes | str | object, name: str = "f.json") -> Source:
    if not isinstance(data, (bytes, str)):
        data = json.dumps(data)
    return Source(name, data if isinstance(data, bytes) else data.encode())


def values(reading: Reading, component: str = "", **labels: str) -> dict[str, Value]:
    wanted = {**labels, **({"component": component} if component else {})}
    return {fact.metric: fact.value for fact in reading.facts if dict(fact.labels) == wanted}


def shares(reading: Reading) -> dict[str, float]:
    """Return the share of all critical-path time by component, in percent, those without left out."""
    found = {dict(f.labels)["component"]: round(100 * float(f.value), 1) for f in reading.facts if f.metric == "exclusive.share"}
    return {name: share for name, share in found.items() if share}


def problems(read: Read, data: bytes | str | object) -> tuple[Problem, ...]:
    try:
        return read(source(data)).problems
    except Unreadable as error:
        return (error.problem,)


def first(read: Read, path: Path) -> tuple[str, str]:
    """Return kind and code of the first problem that is no warning."""
    found = [p for p in problems(read, path.read_bytes()) if p.kind != "warning"]
    return (found[0].kind, found[0].code)


def nearest_rank(times: Iterable[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[math.ceil(share * len(ordered)) - 1]


def never_believed(read: Read, data: bytes | str | object) -> None:
    """Read a file that is no trace file: a refusal or a problem, and no time of a request."""
    try:
        reading = read(source(data))
    except Unreadable as error:
        assert error.problem.kind == "invalid"
        return
    assert any(p.kind != "warning" for p in reading.problems)
    assert not any(fact.metric.startswith(("e2e.", "exclusive.")) for fact in reading.facts)


def replaced(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    """Return a copy in which what stands at a path is something else."""
    if not path:
        return junk
    step, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {key: replaced(inner, rest, junk) if key == step else inner for key, inner in value.items()}
    return [replaced(inner, rest, junk) if index == step else inner for index, inner in enumerate(value)]


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for step, part in inner for path in paths(part, (*here, step)))]
