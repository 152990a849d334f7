"""The whiteboard in words: each failure domain, its fallback and drill, and what comes later.

In: a review. Out: a record of finished words, and the size of type at which a sheet of paper holds
it. What nobody has described, drilled or planned has a state of its own.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from readiness.model.text import and_list, plural
from readiness.rendering import sections, words
from readiness.rendering.paint import columns
from readiness.rendering.words import STATES, State

if TYPE_CHECKING:
    from datetime import date

    from readiness.model.review import DomainResult, Review

TITLE = "If something breaks on launch day"
HEADS = (
    "Failure domain",
    "Immediate fallback, and the drill that proves it",
    "Longer-term improvement",
)
NOT_DESCRIBED = State("Not described", "∅", "bad", "empty")
NOT_PLANNED = State("Not planned", "∅", "bad", "empty")
SIZES = (17.0, 15.0, 13.0, 11.5, 10.0, 9.0, 8.0, 7.0, 6.5)
"""The sizes of type on paper in points, the largest first; `whiteboard.css` has a class of each."""
_SHARES = (0.24, 0.45, 0.31)
_SHEET = (259 / 25.4 * 72, 190 / 25.4 * 72)
"""Letter is the narrower sheet and A4 the lower one, lying, without margins of 10 mm; in points."""
_CHARACTER, _LINE, _SMALL = 0.54, 1.24, 0.86
"""In em: a character of a wide font, a line, and small type."""
_ROW, _ABOVE = 0.75, 4.0
"""In em: a row's padding and border, and the padding and head above the table."""


class Row(NamedTuple):
    """A failure domain. `lacks` and `unplanned` are states where there is nothing to tell."""

    title: str
    scope: str
    fallback: str
    lacks: State | None
    around: str
    state: State
    proof: str
    later: str
    unplanned: State | None


class Board(NamedTuple):
    """The whole board: `sentence` counts what is proven, `gaps` what is missing."""

    launch: str
    subtitle: str
    sentence: str
    gaps: str
    rows: tuple[Row, ...]
    footer: str


def board(review: Review) -> Board:
    """Put the failure domains of a review into words, in the order of the review."""
    launch = review.launch
    return Board(
        launch=f"{launch.title} {launch.version}".strip(),
        subtitle=f"launch {words.day(launch.launch_date)} "
        f"({words.away(launch.launch_date, review.as_of)}) · reviewed {words.day(review.as_of)}",
        sentence=sections.drills(review),
        gaps=_gaps(review.domains),
        rows=tuple(_row(domain, review) for domain in review.domains),
        footer=f"Made by {review.tool} for {review.as_of.isoformat()} from {launch.path}.",
    )


def _gaps(domains: tuple[DomainResult, ...]) -> str:
    """Count what is missing: fallbacks, drills that prove something, improvements."""
    total = len(domains)
    counts = (
        (sum(not domain.fallback for domain in domains), "without a fallback"),
        (sum(domain.drill_outcome in (None, "missing") for domain in domains), "without a drill"),
        (sum(_unproven(domain) for domain in domains), "with a drill that proves nothing yet"),
        (sum(not domain.later for domain in domains), "without a longer-term improvement"),
    )
    said = [f"{count} {what}" for count, what in counts if count]
    if not total:
        return ""
    if not said:
        return "Each has a fallback, a drill that proves it, and a longer-term improvement."
    return f"Missing: {and_list(said)}."


def _unproven(domain: DomainResult) -> bool:
    return domain.drill_outcome not in (None, "missing", "proven")


def _row(result: DomainResult, review: Review) -> Row:
    told = sections.domain(result)
    around = [told.detection if result.detection else "", told.failover if result.failover else ""]
    return Row(
        title=result.title,
        scope=told.scope,
        fallback=result.fallback,
        lacks=None if result.fallback else NOT_DESCRIBED,
        around=" ".join(filter(None, around)),
        state=STATES[result.drill_outcome] if result.drill_outcome else words.NOT_DRILLED,
        proof=_proof(result, told.proof, review),
        later=result.later,
        unplanned=None if result.later else NOT_PLANNED,
    )


def _proof(result: DomainResult, named: str, review: Review) -> str:
    """Say which items the drill is for, and on which day it was done."""
    if result.drill_outcome is None:
        return f"({named})"
    days = _days(result, review)
    dated = f", drilled on {and_list(map(words.day, days))}" if days else ""
    by = f"by {and_list(result.drill_items)}{dated}"
    return by if result.drill_outcome == "proven" else f"(asked for {by})"


def _days(result: DomainResult, review: Review) -> list[date]:
    """Return the days of the drill's evidence, the earliest first."""
    source = f"slot {result.drill}"
    paths = {
        path
        for item in review.items
        if item.id in result.drill_items
        for requirement in item.requirements
        if requirement.source == source
        for path in requirement.evidence
    }
    found = (e.produced for e in review.evidence if e.path in paths and e.produced is not None)
    return sorted({moment.date() for moment in found})


def type_size(shown: Board) -> float:
    """Return the largest size in points with which one lying sheet of A4 or Letter holds the board.

    The smallest size is returned where none does; the board then takes more sheets.
    """
    return next((size for size in SIZES if _height(shown, size) <= _SHEET[1]), SIZES[-1])


def _height(shown: Board, size: float) -> float:
    """Estimate the height in points from the lines that the texts take, in a wide font."""
    room = _SHEET[0] / (size * _CHARACTER)

    def lines(share: float, text: str, scale: float = 1.0) -> float:
        return scale * ceil(columns(text) * scale / max(share * room - 1, 1))

    rows = (
        max(
            lines(_SHARES[0], row.title, 1.15) + lines(_SHARES[0], row.scope, _SMALL),
            lines(_SHARES[1], row.fallback or "-")
            + lines(_SHARES[1], row.around, _SMALL)
            + lines(_SHARES[1], f"   {row.state.word} {row.proof}"),
            lines(_SHARES[2], row.later or "-"),
        )
        for row in shown.rows
    )
    above = lines(1, shown.sentence, 1.6) + lines(1, shown.gaps) + lines(1, shown.footer)
    above += lines(0.65, f"{shown.launch}{shown.subtitle}")
    return size * (_ABOVE + above * _LINE + sum(row * _LINE + _ROW for row in rows))


def more(count: int) -> str:
    """Say how many domains are not shown."""
    return f"and {plural(count, 'more failure domain')}" if count else ""
