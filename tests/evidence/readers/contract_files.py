"""What the tests of readers of contracts, scans and rollouts share: public and produced files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.evidence.readers.config_files import SAMPLES, SHARED, read

if TYPE_CHECKING:
    from readiness.evidence.reader import Reader, Reading

SECURITY = SHARED / "real" / "security"


def real(name: str) -> bytes:
    """Return a public file of `real/security`; the test is skipped where it is absent."""
    path = SECURITY / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return path.read_bytes()


def changed(reader: Reader, name: str, **given: Any) -> Reading:
    """Read an ok sample with some of its outermost values replaced; None takes one away."""
    document = json.loads((SAMPLES / reader.id / "ok" / name).read_text()) | given
    kept = {key: value for key, value in document.items() if value is not None}
    return read(reader, json.dumps(kept))


def messages(reading: Reading) -> list[str]:
    return [problem.message for problem in reading.problems]


def measured(reading: Reading, name: str, /, **labels: str) -> Any:
    """Return the one value of a metric with exactly these labels, one of which may be `metric`."""
    (fact,) = (f for f in reading.facts if f.metric == name and dict(f.labels) == labels)
    return fact.value
