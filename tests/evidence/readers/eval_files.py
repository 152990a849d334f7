"""What the tests of prompts and evaluations share, on top of what configuration readers share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from readiness.evidence.reader import Source, Unreadable
from tests.evidence.readers.config_files import SHARED

if TYPE_CHECKING:
    from readiness.evidence.reader import Reader, Reading
    from readiness.model.fact import Value


def real(folder: str, name: str) -> bytes:
    """Return a public file; the test is skipped where the shared folder is absent."""
    return shared(f"real/evals/{folder}/{name}")


def shared(pattern: str) -> bytes:
    """Return the one shared file of a pattern."""
    found = sorted(SHARED.glob(pattern))
    if not found:
        pytest.skip(f"{SHARED / pattern} is absent")
    (path,) = found
    return path.read_bytes()


def problems(reader: Reader, data: bytes | Any, **companions: str) -> list[str]:
    """Return kind and code of every problem of a file (JSON, unless bytes), refusals included."""
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    beside = {name: Source(name, text.encode()) for name, text in companions.items()}
    try:
        found = reader.read(Source("a", content, beside), None).problems
    except Unreadable as error:
        found = (error.problem,)
    assert all(problem.help for problem in found)
    return [f"{problem.kind}:{problem.code}" for problem in found]


def score(reading: Reading, name: str, **labels: str) -> Value:
    """Return the value of a score with exactly these labels besides its name."""
    wanted = labels | {"metric": name}
    (fact,) = (f for f in reading.facts if f.metric == "score" and dict(f.labels) == wanted)
    return fact.value
