"""Sample files as the evidence of a launch, for tests of analyses that look across files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from readiness.errors import Location
from readiness.evidence.collect import READERS
from readiness.evidence.reader import Source
from readiness.model.evidence import Evidence
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.launch import Launch

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def launch(**given: Any) -> Launch:
    return Launch.model_validate({
        "schema": "readiness/launch@1", "service": "s", "title": "t", "owner": "o", "launch": "2026-12-07",
        "candidate": {"version": "1.4.0"}, "checklists": ["x"], **given,
    })  # fmt: skip


def read(name: str, path: str = "", data: bytes | None = None) -> Evidence:
    """Read a sample, `reader/ok/file`, or other bytes, as evidence at a path."""
    reader = READERS.get(name.partition("/")[0])
    assert reader is not None
    file = path or name.rpartition("/")[2]
    reading = reader.read(Source(file, data if data is not None else (SAMPLES / name).read_bytes()), None)
    strength = reading.strength if reading.strength is not None else reader.strength
    return Evidence(file, (), reader.id, strength, reading.facts, reading.problems)


def told(path: str, *facts: tuple[str, Any, dict[str, str]], samples: int | None = None, unit: str = "",
         problem: Problem | None = None, strength: Strength = Strength.measured) -> Evidence:  # fmt: skip
    """Make the evidence that a mapped file gives."""
    made = tuple(
        Fact(metric, value, unit, Location(path, n), tuple(sorted(labels.items())), samples)
        for n, (metric, value, labels) in enumerate(facts, 1)
    )
    return Evidence(path, (), "json", strength, made, (problem,) if problem else ())
