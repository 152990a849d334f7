"""How large the type of the memo may be on paper, so that it fits the first page of A4 and Letter.

In: a view. Out: a class of the style sheet, `fit-72` for 7.2 points. A page cannot measure itself without script, so the lines of each row are counted beforehand, with
the width of a wide font; where the type is narrower, room is left.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from readiness.rendering.words import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.rendering.parts import View

SIZES = (9.0, 8.3, 7.6, 7.2, 6.8, 6.5)
"""The sizes of the style sheet in points, the largest first."""
_WIDTH = 190 / 25.4 * 72
"""Of an A4 page without its margins, in points; it is the narrower one."""
PAGE = (279.4 - 18) / 25.4 * 72
"""Of a Letter page without its margins, in points; it is the lower one."""
_CHARACTER = 0.5
"""The mean width of a character in a wide condensed font (DejaVu Sans Condensed), in em."""
_LINE = 1.22
_ROW = 0.35
"""The padding of a row and its border, in em."""
_FIXED = 7.0
"""The line above the card, the figures and the card's padding, in em."""
_HEADING = 2.1
"""A section's heading with its margins, in em."""
_HEAD = 1.4
"""A table's head, in em."""


def fit(view: View) -> str:
    """Return the class of the largest type with which the memo fits its page, or the smallest."""
    size = next((size for size in SIZES if height(view, size) <= PAGE), SIZES[-1])
    return f"fit-{10 * size:.0f}"


def height(view: View, size: float) -> float:
    """Estimate the memo's height in points with type of a size, from the lines of its texts."""
    characters = _WIDTH / (size * _CHARACTER)

    def lines(share: float, *texts: str) -> int:
        """Count the lines that texts one after the other take in a share of the width."""
        longest = sum(len(text) + 3 for text in texts)
        return ceil(longest / max(share * characters, 1))

    def table(rows: Iterable[int]) -> float:
        return sum(row * _LINE + _ROW for row in rows)

    wide = 0.7 if view.decision is not DECISIONS["NO-GO"] else 0.78
    card = lines(wide / 1.25, view.sentence) * 1.12 * _LINE
    card += sum(lines(wide, text) for text in (*view.reasons, *view.warnings)) * _LINE
    improvements = (
        max(lines(0.38, e.id, e.title, e.reason, e.why), 3, lines(0.1, e.factors, e.priority))
        for e in view.improvements
    )
    domains = (
        max(
            lines(0.45, d.fallback, d.detection, d.failover, d.state.word, d.proof),
            lines(0.24, d.title, d.scope),
            lines(0.26, d.later),
        )
        for d in view.domains[: view.top]
    )
    deferrals = (
        max(
            lines(0.31, d.reason, "If wrong: Meanwhile:", d.harm, d.mitigation),
            lines(0.3, d.item, d.title, d.kind, d.state.word, d.status),
            lines(0.13, d.approver, d.approved, d.ticket),
            lines(0.09, d.voided_by),
        )
        for d in view.deferrals[: view.top]
    )
    headings = view.sections.improvements, view.sections.domains, view.sections.deferrals
    notes = (view.more, view.domains_more, view.deferrals_more, view.undecided_line)
    small = sum(lines(1.1, note) for note in (*notes, *(h.note for h in headings)) if note) * _LINE
    tables = sum(map(bool, (view.improvements, view.domains, view.deferrals)))
    fixed = _FIXED + _HEADING * len(headings) + _HEAD * tables
    return size * (fixed + card + small + sum(map(table, (improvements, domains, deferrals))))
