"""Readers of scans, contracts and rollouts against what no tool writes: they refuse or say why."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.evidence.readers import (
    argo_rollouts,
    cyclonedx,
    flagger,
    grype,
    json_schema,
    openapi,
    pact,
    sarif,
    trivy,
)
from readiness.model.quantity import CANONICAL
from tests.evidence.readers.config_files import SAMPLES
from tests.evidence.readers.test_config_hostile import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = (argo_rollouts, cyclonedx, flagger, grype, json_schema, openapi, pact, sarif, trivy)
READERS = {module.READER.id: module.READER for module in MODULES}
JUNK: list[Any] = [None, True, -1, 10**30, "", "${X}", [], {}, [[1]], {"a": []}, "9" * 400, [None]]


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
        assert fact.at.line or fact.at.pointer
    return reading


def samples() -> list[tuple[str, Path]]:
    return [(name, path) for name in READERS for path in sorted((SAMPLES / name / "ok").iterdir())]


def name_of(value: object) -> str:
    return str(getattr(value, "name", value))


def proves_nothing(reading: Reading | None) -> bool:
    return reading is None or bool({"invalid", "inconclusive"} & {p.kind for p in reading.problems})


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
def test_hostile_bytes_prove_nothing(reader: Reader, name: str) -> None:
    assert reader.sniff(HOSTILE[name][:65_536]) == 0
    assert proves_nothing(read(reader, HOSTILE[name]))


@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(reader: Reader, data: bytes) -> None:
    assert proves_nothing(read(reader, data))


@pytest.mark.parametrize(("name", "path"), samples(), ids=name_of)
def test_samples_cut_or_changed_break_nothing(name: str, path: Path) -> None:
    data, chance = path.read_bytes()[:20_000], random.Random(1)
    for place in range(1, len(data), max(1, len(data) // 25)):
        read(READERS[name], data[:place])
    for _ in range(40):
        changed = bytearray(data)
        place = chance.randrange(len(changed))
        changed[place : place + chance.randint(0, 3)] = bytes(chance.choices(b"01-.{}[]\"',:\n \xff", k=chance.randint(0, 3)))
        read(READERS[name], bytes(changed))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container with each of its keys or indexes."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in list(inner):
        yield value, key
        yield from places(below)


@pytest.mark.parametrize(("name", "path"), [s for s in samples() if s[1].suffix not in (".yaml", ".yml")], ids=name_of)
def test_values_of_another_type_break_nothing(name: str, path: Path) -> None:
    document, chance = json.loads(path.read_text()), random.Random(3)
    spots = list(places(document))
    for holder, key in spots if len(spots) < 90 else chance.sample(spots, 90):
        kept = holder[key]
        for junk in chance.sample(JUNK, 5):
            holder[key] = junk
            read(READERS[name], json.dumps(document).encode())
        holder[key] = kept
