"""The lists that only some reviews have: sign-offs and accepted risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.rendering.ledger import ledger_rows, ledger_sentence, sign_off_sentence
from readiness.rendering.parts import Also

if TYPE_CHECKING:
    from readiness.model.review import Review


def parts(review: Review) -> tuple[Also, ...]:
    """Return what a review has to say besides, in the order of a report."""
    found = []
    if review.sign_offs is not None or review.ledger is not None:
        found.append(_accepted(review))
    return tuple(found)


def _accepted(review: Review) -> Also:
    said = []
    if review.sign_offs is not None:
        said.append(sign_off_sentence(review.sign_offs))
    rows: tuple[str, ...] = ()
    if review.ledger is not None:
        said.append(ledger_sentence(review.ledger))
        rows = tuple(ledger_rows(review.ledger))
    return Also("accepted", "Accepted risk", " ".join(said), rows)
