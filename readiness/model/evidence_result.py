"""What a review keeps of its evidence: files, their age beside the limit, and their problems."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from readiness.errors import Location
from readiness.model.record import record


@record
class EvidenceFile:
    """A file, as it was read."""

    path: str
    sha256: str
    size: int


@record
class Note:
    """A problem of evidence."""

    kind: Literal["invalid", "inconclusive", "stale", "warning"]
    code: str
    message: str
    at: Location
    help: str = ""


@record
class EvidenceResult:
    """A piece of evidence of the review; `age_days` is counted to the end of the review's day."""

    path: str
    files: tuple[EvidenceFile, ...]
    reader: str
    strength: str
    facts: int
    produced: datetime | None
    produced_source: Literal["ledger", "file", "git", ""]
    age_days: float | None
    limit_days: float | None
    items: tuple[str, ...]
    notes: tuple[Note, ...]
    fault: bool


@record
class ForgottenResult:
    """Recorded evidence that was given up: which content, on which day, and why."""

    path: str
    sha256: str
    on: date
    reason: str


@record
class LedgerResult:
    """The ledger that evidence was held to.

    Attributes:
        path: relative to the folder of readiness.yaml.
        entries: how many it has.
        head: the last link of its chain; it stands for all entries.
        strict: whether evidence that is not in it was refused (`--locked`).
        forgotten: what was recorded once and given up since.
    """

    path: str
    entries: int
    head: str
    strict: bool
    forgotten: tuple[ForgottenResult, ...]
