"""What the tests of metric, alert and cache readers share: shared files, and what no tool writes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.model.quantity import CANONICAL
from tests.evidence.readers.config_files import SAMPLES, SHARED

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = {
    "nothing": b"",
    "spaces": b" \n\n\t",
    "nul": b"a\0b\n",
    "utf-16": "a: 1".encode("utf-16"),
    "latin-1": b"a: \xe9",
    "deep-json": b'{"a":' * 100_000,
    "deep-yaml": b"- " * 100_000,
    "bare-text": b"hello\n",
    "number": b"7\n",
    "list": b"[1, 2, 3]\n",
    "null": b"null\n",
    "surrogate": b'{"a": "\\ud800"}',
}
JUNK = ["null", "true", "-1", "1e999", "9" * 400, "[]", "{}", "[[1]]", "''", '"x"']
_BYTES = b"0159.-eE:;,{}[]\"'\n\t aNn&*$\xff"


def shared(path: str) -> bytes:
    """Return a shared file; the test is skipped where the folder is absent."""
    file = SHARED / path
    if not file.exists():
        pytest.skip(f"{file} is absent")
    return file.read_bytes()


def try_read(reader: Reader, data: bytes) -> Reading | None:
    """Read bytes; only `Unreadable` may be raised, and what is read must be sound."""
    assert 0 <= reader.sniff(data[:65_536]) <= 100
    try:
        reading = reader.read(Source("a", data), None)
    except Unreadable as error:
        assert error.problem.kind == "invalid"
        assert error.problem.message
        return None
    for fact in reading.facts:
        assert fact.unit in CANONICAL.values()
        assert isinstance(fact.value, str) or abs(fact.value) < 1e300, fact
        assert fact.labels == tuple(sorted(fact.labels))
        assert fact.at.line or fact.at.pointer, fact
    return reading


def proves_nothing(reading: Reading | None) -> bool:
    """Tell whether a file was refused, or has a problem that is no warning."""
    return reading is None or any(p.kind != "warning" for p in reading.problems)


def endure(reader: Reader) -> None:
    """Try what no tool writes: hostile bytes, and the ok samples cut, changed and mistyped."""
    for name, data in HOSTILE.items():
        assert reader.sniff(data[:65_536]) == 0, name
        assert proves_nothing(try_read(reader, data)), name
    for path in _samples(reader):
        _mutate(reader, path)


def _samples(reader: Reader) -> list[Path]:
    """Return its ok samples, without those that only lie beside another."""
    ends = reader.family[1:] or ("/",)
    return [p for p in sorted((SAMPLES / reader.id / "ok").iterdir()) if not p.name.endswith(ends)]


def _mutate(reader: Reader, path: Path) -> None:
    data, chance = path.read_bytes()[:20_000], random.Random(1)
    for place in range(1, len(data), max(1, len(data) // 30)):
        try_read(reader, data[:place])
    for _ in range(60):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(changed))
            junk = bytes(chance.choices(_BYTES, k=chance.randint(0, 3)))
            changed[place : place + chance.randint(0, 3)] = junk
        try_read(reader, bytes(changed))
    text = data.decode(errors="replace")
    places = [place for place, sign in enumerate(text) if sign == ":"]
    for place in chance.sample(places, min(40, len(places))):
        ends = [end for end in (text.find(s, place) for s in (",", "}", "\n")) if end > 0]
        end = min(ends, default=len(text))
        for word in chance.sample(JUNK, 5):
            try_read(reader, f"{text[: place + 1]} {word}{text[end:]}".encode())


def metrics_given(reader: Reader) -> None:
    """Check that the ok samples give every metric the reader declares, no label but those declared.

    A metric that is declared without labels may have any.
    """
    given: dict[str, set[str]] = {}
    for path in _samples(reader):
        for fact in reader.read(Source("a", path.read_bytes()), None).facts:
            given.setdefault(fact.metric, set()).update(name for name, _ in fact.labels)
    for metric in reader.metrics:
        start = metric.name.removesuffix("*")
        family = [names for name, names in given.items() if name == metric.name or ("*" in metric.name and name.startswith(start))]
        assert family, f"{metric.name} is in no sample"
        if metric.labels:
            assert "*" in metric.labels or set().union(*family) <= set(metric.labels), metric.name
