"""Readers of configuration against what no tool writes: they refuse, and never break down."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.evidence.readers import (
    bedrock_profile,
    envoy,
    envoy_gateway,
    flagd,
    istio,
    linkerd,
    litellm,
    portkey,
    resilience4j,
    traefik,
)
from readiness.model.quantity import CANONICAL
from tests.evidence.readers.config_files import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

MODULES = (bedrock_profile, envoy, envoy_gateway, flagd, istio, linkerd, litellm, portkey, resilience4j, traefik)
READERS = {module.READER.id: module.READER for module in MODULES}
HOSTILE = {
    "nothing": b"",
    "spaces": b" \n\n\t",
    "nul": b"a\0b\n",
    "utf-16": "a: 1".encode("utf-16"),
    "latin-1": b"a: \xe9",
    "deep-json": b'{"a":' * 100_000,
    "deep-yaml": b"- " * 100_000,
    "aliases": b"a: &a [x,x]\nb: &b [*a,*a]\n" + b"".join(b"c%d: &c%d [%s]\n" % (n, n, b"*b," * 99) for n in range(9)),
    "bare-text": b"hello\n",
    "number": b"7\n",
    "list": b"[1, 2, 3]\n",
    "null": b"null\n",
    "surrogate": b'{"a": "\\ud800"}',
}
JUNK = ["null", "true", "NaN", "-1", "1e999", "9" * 400, "[]", "{}", "[[1]]", "{a: []}", "''", "${X}"]


def read(reader: Reader, data: bytes) -> Reading | None:
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
        assert isinstance(fact.value, str) or 0 <= fact.value < 1e20, fact
        assert fact.labels == tuple(sorted(fact.labels))
    return reading


def samples() -> list[tuple[str, Path]]:
    return [(name, path) for name in READERS for path in sorted((SAMPLES / name / "ok").iterdir())]


def name_of(value: object) -> str:
    return str(getattr(value, "name", value))


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
def test_hostile_bytes_prove_nothing(reader: Reader, name: str) -> None:
    assert reader.sniff(HOSTILE[name][:65_536]) == 0
    reading = read(reader, HOSTILE[name])
    if reading is not None:
        assert {"invalid", "inconclusive"} & {problem.kind for problem in reading.problems}


@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=300))
def test_random_bytes_prove_nothing(reader: Reader, data: bytes) -> None:
    reading = read(reader, data)
    if reading is not None:
        assert {"invalid", "inconclusive"} & {problem.kind for problem in reading.problems}


@pytest.mark.parametrize(("name", "path"), samples(), ids=name_of)
def test_samples_with_bytes_changed_break_nothing(name: str, path: Path) -> None:
    data, chance = path.read_bytes()[:20_000], random.Random(1)
    for _ in range(60):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(changed))
            changed[place : place + chance.randint(0, 3)] = bytes(chance.choices(b"0159.-eE:;,{}[]\"'\n\t aNn&*$\xff", k=chance.randint(0, 3)))
        read(READERS[name], bytes(changed))


@pytest.mark.parametrize(("name", "path"), samples(), ids=name_of)
def test_samples_cut_anywhere_break_nothing(name: str, path: Path) -> None:
    data = path.read_bytes()
    for place in range(1, len(data), max(1, len(data) // 40)):
        read(READERS[name], data[:place])


@pytest.mark.parametrize(("name", "path"), samples(), ids=name_of)
def test_values_of_another_type_break_nothing(name: str, path: Path) -> None:
    lines, chance = path.read_text().split("\n"), random.Random(3)
    mark = "=" if path.suffix in (".toml", ".properties") else ":"
    places = [n for n, line in enumerate(lines) if mark in line and not line.lstrip().startswith("#")]
    for place in places if len(places) < 60 else chance.sample(places, 60):
        key, line = lines[place].partition(mark)[0], lines[place]
        end = "," if line.rstrip().endswith(",") else ""
        for junk in chance.sample(JUNK, 6):
            lines[place] = f"{key}{mark} {junk}{end}"
            read(READERS[name], "\n".join(lines).encode())
        lines[place] = line
