"""What the evidence that was believed leaves in doubt: the warnings of its readers and analyses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Location
from readiness.model.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from readiness.model.evidence_result import EvidenceResult, Note
    from readiness.model.review import ItemResult, Review

_ITEMS = 3


class _Analysis(NamedTuple):
    """The warnings of an analysis, and the items that it proves; both in order."""

    notes: dict[Note, None]
    items: dict[str, None]


def doubted(review: Review) -> int:
    """Return how many pieces of evidence have a warning."""
    return sum(bool(_warnings(evidence)) for evidence in review.evidence)


def doubts(review: Review) -> tuple[str, ...]:
    """Return a sentence for each kind of warning about evidence, and for each analysis that warns.

    Of an analysis that does not prove an item, the item itself says why.
    """
    told = [
        _sentence(alike, evidence.items)
        for evidence in review.evidence
        for alike in _warnings(evidence).values()
    ]
    for analysis in _analyses(review.items):
        items = list(analysis.items)
        told.append(_sentence(list(analysis.notes), items, f": readiness explain {items[0]}"))
    return tuple(told)


def doubts_of(review: Review, item: str) -> tuple[str, ...]:
    """Return a sentence for each kind of warning about each piece of evidence of an item."""
    return tuple(
        _sentence(alike)
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


def _analyses(items: Iterable[ItemResult]) -> Iterable[_Analysis]:
    """Return the analyses that prove an item and warn."""
    found: dict[str, _Analysis] = {}
    for item in items:
        for result in item.requirements:
            for note in result.notes if result.outcome == "proven" else ():
                analysis = found.setdefault(result.source, _Analysis({}, {}))
                analysis.notes[note] = None
                analysis.items[item.id] = None
    return found.values()


def _sentence(alike: Sequence[Note], items: Sequence[str] = (), others: str = " like it") -> str:
    first = alike[0]
    more = f" (and {len(alike) - 1} more{others})" if len(alike) > 1 else ""
    named = and_list(items, most=_ITEMS)
    for_ = f", for {named}" if named else ""
    help_ = f" Help: {first.help}." if first.help else ""
    at = str(Location(first.at.path, first.at.line, first.at.column))
    said = first.at.path in first.message and bool(named)
    where = f"For {named}" if said else f"{at}{for_}"
    return f"{where}: {first.message}{more}.{help_}"
