"""Mutations of good samples, and what must hold of whatever a reader makes of them."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from readiness.evidence.collect import READERS
from readiness.evidence.packing import pack, unpack
from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.model.checklist import FactMap
from readiness.model.evidence import Evidence
from readiness.model.fact import Strength

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
LARGEST = 60_000  # bytes of a sample: small ones are tried more often
SLOW = 10.0  # seconds; the usual reading takes milliseconds
MAP = FactMap.model_validate({"metrics": {"p95": {"at": "/p95", "unit": "ms", "samples": "/n"}}, "produced": "/made"})
TOKENS = [
    b"", b"\0", b'"', b"'", b"{", b"}", b"[", b"]", b",", b":", b";", b"\n", b"\r", b"\t", b"-", b"0", b"-1", b"1e400", b"1e-400", b"NaN",
    b"Infinity", b"null", b"true", b"[]", b"{}", b'""', b"9" * 400, b"0x10", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"<", b"</", b"<!DOCTYPE a>",
    b"&a", b"*a", b"<<: *a", b"!!x", b"---\n", b"%", b"\\ud800", b"\\u0000", b"1_000", b"999999999999999999", b"2026-02-30", b"../..", b"${x}",
]  # fmt: skip
JUNK: list[Any] = [None, True, False, -1, 0, 1.5, 1e308, 10**30, "", "x", "${VAR}", "NaN", [], [1], [{}], {}, {"a": 1}, [[{}]], "9" * 30, "\u202e"]


class Step(NamedTuple):
    """One mutation: what is done, where (a share of the content), to how much, with which token."""

    kind: int
    place: float
    amount: float
    token: int


KINDS = 8


def mutated(data: bytes, steps: list[Step]) -> bytes:
    """Apply mutations, one after the other."""
    for step in steps:
        data = _mutation(data, step)
    return data


def _mutation(data: bytes, step: Step) -> bytes:
    at = int(step.place * len(data))
    end = min(len(data), at + 1 + int(step.amount**3 * len(data)))
    token = TOKENS[step.token % len(TOKENS)]
    match step.kind % KINDS:
        case 0:
            return data[:at] + token + data[at:]
        case 1:
            return data[:at] + token + data[end:]
        case 2:
            return data[:at] + data[end:]
        case 3:
            return data[:end] + data[at:]  # twice
        case 4:
            return data[:at]
        case 5:
            return data[:at] + bytes([data[at] ^ 1 << step.token % 8]) + data[at + 1 :] if at < len(data) else data
        case 6:
            return _line(data, step)
        case _:
            return _value(data, step)


def _line(data: bytes, step: Step) -> bytes:
    """Leave out, repeat or move a line."""
    lines = data.split(b"\n")
    at, to = int(step.place * (len(lines) - 1)), int(step.amount * (len(lines) - 1))
    if step.token % 3 == 0:
        return b"\n".join(lines[:at] + lines[at + 1 :])
    taken = lines[at] if step.token % 3 == 1 else lines.pop(at)
    return b"\n".join([*lines[:to], taken, *lines[to:]])


def _value(data: bytes, step: Step) -> bytes:
    """Put junk in the place of some value of a JSON document, or take a key away."""
    try:
        root = json.loads(data)
    except (ValueError, RecursionError):
        return data + TOKENS[step.token % len(TOKENS)]
    places: list[tuple[Any, Any]] = []
    waiting = [root]
    while waiting and len(places) < 5000:
        node = waiting.pop()
        keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in keys:
            places.append((node, key))
            waiting.append(node[key])
    if not places:
        return data
    node, key = places[int(step.place * (len(places) - 1))]
    if step.amount > 0.8 and isinstance(node, dict):
        del node[key]
    else:
        node[key] = JUNK[step.token % len(JUNK)]
    return json.dumps(root).encode()


def any_step(draw: random.Random) -> Step:
    """Return a mutation by chance."""
    return Step(draw.randrange(KINDS), draw.random(), draw.random(), draw.randrange(1000))


@cache
def seeds(reader: str) -> tuple[tuple[str, bytes], ...]:
    """Return the good samples of a reader, by name; large ones are cut."""
    folder = SAMPLES / reader / "ok"
    return tuple((p.name, p.read_bytes()[:LARGEST]) for p in sorted(folder.iterdir()) if p.is_file())


def tried(reader: Reader, data: bytes) -> Reading | None:
    """Read some bytes, and check what must hold; None if they were refused.

    Raises:
        AssertionError: something does not hold. Any other exception is a crash of the reader.
    """
    start = time.process_time()
    score = reader.sniff(data[:65_536])
    assert 0 <= score <= 100
    try:
        reading = reader.read(Source("x", data), MAP if reader.mapped else None)
    except Unreadable as error:
        assert error.problem.message
        assert error.problem.at.path == "x"
        return None
    finally:
        assert time.process_time() - start < SLOW, "it hangs"
    for fact in reading.facts:
        assert isinstance(fact.value, (int, float, bool, str)), fact
        assert not isinstance(fact.value, str) or len(fact.value) <= 1_000_000
        assert fact.metric
        assert fact.at.path == "x"
    for problem in reading.problems:
        assert problem.kind in ("invalid", "inconclusive", "warning")
        assert problem.code
    evidence = Evidence("x", (), reader.id, Strength.measured, reading.facts, reading.problems)
    assert same(unpack(pack(evidence, {}))[0], evidence), "it does not come through"
    return reading


def same(left: Evidence, right: Evidence) -> bool:
    """Whether two pieces of evidence are alike; NaN is like NaN."""
    return repr(left) == repr(right)


def readers() -> list[str]:
    """Return the ids of all readers that have samples."""
    return [name for name in READERS.shipped_ids if seeds(name)]


def by_chance(name: str, draw: random.Random) -> tuple[bytes, Callable[[], Reading | None]]:
    """Return a mutation of some sample of a reader, and what tries it."""
    _, data = draw.choice(seeds(name))
    data = mutated(data, [any_step(draw) for _ in range(draw.choice((1, 1, 2, 3, 5, 8)))])
    reader = READERS.shipped[name]
    return data, lambda: tried(reader, data)


def finite(reading: Reading) -> bool:
    """Whether every number of a reading is one."""
    return all(not isinstance(fact.value, float) or math.isfinite(fact.value) for fact in reading.facts)
