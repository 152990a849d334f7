"""What the evidence that was believed leaves in doubt: the warnings of its readers and analyses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.errors import Location
from readiness.model.text import and_list

if TYPE_CHECKING:
    from readiness.model.evidence_result import EvidenceResult, Note
    from readiness.model.review import Review

_ITEMS = 3


def doubted(review: Review) -> int:
    """Return how many pieces of evidence have a warning."""
    return sum(bool(_warnings(evidence)) for evidence in review.evidence)


def doubts(review: Review) -> tuple[str, ...]:
    """Return a sentence for each kind of warning about each piece of evidence, in its order."""
    return tuple(
        _sentence(evidence, alike)
        for evidence in review.evidence
        for alike in _warnings(evidence).values()
    )


def doubts_of(review: Review, item: str) -> tuple[str, ...]:
    """Return a sentence for each kind of warning about each piece of evidence of an item."""
    return tuple(
        _sentence(evidence, alike, by_item=False)
        for evidence in review.evidence
        if item in evidence.items
        for alike in _warnings(evidence).values()
    )


def _warnings(evidence: EvidenceResult) -> dict[str, list[Note]]:
    """Return the warnings by their code."""
    found: dict[str, list[Note]] = {}
    for note in evidence.notes:
        if note.kind == "warning":
            found.setdefault(note.code, []).append(note)
    return found


def _sentence(evidence: EvidenceResult, alike: list[Note], *, by_item: bool = True) -> str:
    first = alike[0]
    more = f" (and {len(alike) - 1} more like it)" if len(alike) > 1 else ""
    items = [*evidence.items[:_ITEMS]]
    if len(evidence.items) > _ITEMS:
        items.append(f"{len(evidence.items) - _ITEMS} more")
    for_ = f", for {and_list(items)}" if by_item else ""
    help_ = f" Help: {first.help}." if first.help else ""
    at = Location(first.at.path, first.at.line, first.at.column)
    return f"{at}{for_}: {first.message}{more}.{help_}"
