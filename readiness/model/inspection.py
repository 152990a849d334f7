"""What `readiness inspect` shows of a file: the contract `readiness/evidence@1`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from readiness.model.evidence import Evidence
from readiness.model.fact import Fact, Percentiles

SCHEMA: Literal["readiness/evidence@1"] = "readiness/evidence@1"


@dataclass(frozen=True, slots=True)
class FactView:
    """A fact: number in its canonical unit, truth value or text; None for a number that is none.

    `low` and `high` are the ends of its 95 % confidence interval, None where not known.
    """

    metric: str
    value: float | bool | str | None
    unit: str
    labels: dict[str, str]
    at: str
    samples: int | None
    origin: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A problem of a file."""

    kind: str
    code: str
    message: str
    at: str
    help: str


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of the evidence."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a reader sees in a file; `sha256` is that of the main file, `files` lists all.

    `percentiles` is how its tool computes those that the file states: `interpolated` between
    samples, `approximate` by a sketch, `rounded`, or empty where that is not known. Those of
    origin `derived` are exact: of nearest rank.
    """

    schema: Literal["readiness/evidence@1"]
    path: str
    reader: str
    strength: str
    produced_at: datetime | None
    produced_from: str
    sha256: str
    files: tuple[FileView, ...]
    facts: tuple[FactView, ...]
    problems: tuple[ProblemView, ...]
    percentiles: Percentiles = ""


def inspection(evidence: Evidence, percentiles: Percentiles = "") -> Inspection:
    """Put evidence into the published form."""
    produced = evidence.produced
    return Inspection(
        SCHEMA,
        evidence.path,
        evidence.reader,
        evidence.strength.name,
        produced.at if produced else None,
        produced.source if produced else "",
        evidence.files[0].sha256 if evidence.files else "",
        tuple(FileView(*file) for file in evidence.files),
        tuple(_fact(fact) for fact in evidence.facts),
        tuple(ProblemView(p.kind, p.code, p.message, str(p.at), p.help) for p in evidence.problems),
        percentiles,
    )


def _fact(fact: Fact) -> FactView:
    value = float(fact.value) if type(fact.value) is int else fact.value  # one type of number
    lost = isinstance(value, float) and not math.isfinite(value)
    return FactView(
        fact.metric,
        None if lost else value,
        fact.unit,
        dict(fact.labels),
        str(fact.at),
        fact.samples,
        fact.origin,
        *(
            (end if math.isfinite(end) else None for end in fact.bounds)
            if fact.bounds
            else (None, None)
        ),
    )
