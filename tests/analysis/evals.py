"""What the tests of the analyses of evaluations share: files read by their readers, as evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from readiness.cli.shield import shield
from readiness.evidence.collect import Collector
from readiness.evidence.paths import Roots
from readiness.model.evidence import Evidence
from readiness.model.launch import Launch

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "samples"


def launch(**fields: Any) -> Launch:
    return Launch.model_validate({
        "schema": "readiness/launch@1", "service": "s", "title": "t", "owner": "o", "launch": "2026-12-07",
        "candidate": {"version": "1"}, "checklists": ["x"], **fields,
    })  # fmt: skip


def collected(folder: Path, name: str) -> Evidence:
    return Collector(Roots(folder, folder), shield).read(name)


def sample(name: str) -> Evidence:
    """Return a sample, by `reader/ok/name`."""
    path = SAMPLES / name
    return collected(path.parent, path.name)


def shared(name: str) -> Evidence:
    """Return a public or produced file; the test is skipped where the shared folder is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return collected(path.parent, path.name)
