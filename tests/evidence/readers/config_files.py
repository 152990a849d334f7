"""What the tests of configuration readers share: files by name or text, facts by name and labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from readiness.evidence.reader import Reader, Reading, Source, Unreadable

if TYPE_CHECKING:
    from readiness.model.fact import Fact, Value

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
REAL = SHARED / "real" / "resilience"


def real(folder: str, name: str) -> bytes:
    """Return a public file; the test is skipped where the shared folder is absent."""
    path = REAL / folder / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return path.read_bytes()


def read(reader: Reader, data: bytes | str) -> Reading:
    return reader.read(Source("a", data.encode() if isinstance(data, str) else data), None)


def sample(reader: Reader, name: str) -> Reading:
    return read(reader, (SAMPLES / reader.id / name).read_bytes())


def found(reading: Reading, metric: str, **names: str) -> list[Fact]:
    """Return the facts of a metric with exactly these labels."""
    return [f for f in reading.facts if f.metric == metric and dict(f.labels) == names]


def values(reading: Reading, metric: str, **names: str) -> list[tuple[Value, str]]:
    """Return the values of a metric with exactly these labels, and where each comes from."""
    return [(fact.value, fact.origin) for fact in found(reading, metric, **names)]


def value(reading: Reading, metric: str, **names: str) -> Value:
    """Return the one value of a metric with exactly these labels."""
    (fact,) = found(reading, metric, **names)
    return fact.value


def codes(reading: Reading) -> list[str]:
    """Return the codes of its problems, the kind before those that are no warnings."""
    return [p.code if p.kind == "warning" else f"{p.kind}:{p.code}" for p in reading.problems]


def refusal(reader: Reader, data: bytes | str) -> str:
    """Return the code with which a file is refused."""
    with pytest.raises(Unreadable) as caught:
        read(reader, data)
    assert caught.value.problem.help
    return caught.value.problem.code


def known(reader: Reader) -> set[str]:
    """Return the shared files that a reader takes for its own, as `folder/name`."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    files = (path for path in SHARED.rglob("*") if path.is_file())
    return {f"{p.parent.name}/{p.name}" for p in files if reader.sniff(p.read_bytes()[:65_536])}


def declared(reader: Reader) -> None:
    """Check that the ok samples give every metric the reader declares, with declared labels."""
    given: dict[str, set[str]] = {}
    for path in sorted((SAMPLES / reader.id / "ok").iterdir()):
        for fact in sample(reader, f"ok/{path.name}").facts:
            given.setdefault(fact.metric, set()).update(name for name, _ in fact.labels)
    wanted = {metric.name: set(metric.labels) for metric in reader.metrics}
    wrong = {m: (given.get(m), wanted.get(m)) for m in given | wanted if given.get(m) != wanted.get(m)}
    assert not wrong, f"given and declared: {wrong}"
