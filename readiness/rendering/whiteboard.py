"""The whiteboard's formats: for a terminal, as Markdown, and as a page to project and to print."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from readiness.rendering.board import HEADS, TITLE, Board, Row, board, more, type_size
from readiness.rendering.engine import render as fill
from readiness.rendering.engine import stylesheet
from readiness.rendering.format import Format, Style
from readiness.rendering.limit import least_cut
from readiness.rendering.paint import Paint, columns
from readiness.rendering.words import cut

if TYPE_CHECKING:
    from readiness.model.review import Review
    from readiness.rendering.words import State

_NARROW = 72
_MIDDLE = 0.42
_LEFT = 0.26


class Cut(NamedTuple):
    """How many domains and how many characters of a text stay in Markdown."""

    rows: int | None = None
    text: int = 600


class Line(NamedTuple):
    """A line of a cell, with the tone of a state or none."""

    text: str
    tone: str = ""


CUTS = (
    Cut(),
    *(Cut(None, text) for text in (300, 150)),
    *(Cut(rows, 150) for rows in (200, 100, 50)),
    *(Cut(20, text) for text in (100, 50, 25)),
)


def terminal(review: Review, style: Style) -> str:
    """Return the board as three columns, or as blocks where a terminal is too narrow for them."""
    shown, paint = board(review), Paint(style)
    lines = [*map(paint.strong, paint.wrap(f"{TITLE}: {shown.launch}", 0))]
    lines += [*paint.wrap(shown.subtitle, 0), ""]
    lines += [*map(paint.strong, paint.wrap(shown.sentence, 0))]
    lines += paint.wrap(shown.gaps, 0) if shown.gaps else []
    if shown.rows:
        lines += ["", *(_blocks if paint.width < _NARROW else _columns)(shown, paint)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cells(row: Row, first: Paint, second: Paint, third: Paint) -> tuple[list[Line], ...]:
    """Return the lines of a row's three cells, each wrapped to its column."""
    left = [Line(text, "strong") for text in first.wrap(row.title, 0)]
    left += map(Line, first.wrap(row.scope, 0))
    middle = _told(row.fallback, row.lacks, second)
    middle += map(Line, second.wrap(row.around, 0) if row.around else [])
    proof = f"{row.state.shape} {row.state.word} {row.proof}"
    middle += [Line(text, row.state.tone) for text in second.wrap(proof, 0)]
    return left, middle, _told(row.later, row.unplanned, third)


def _told(text: str, missing: State | None, paint: Paint) -> list[Line]:
    """Return what a cell tells, or that there is nothing to tell, as a state."""
    if missing is None:
        return [Line(line) for line in paint.wrap(text, 0)]
    return [Line(line, missing.tone) for line in paint.wrap(f"{missing.shape} {missing.word}", 0)]


def _columns(shown: Board, paint: Paint) -> list[str]:
    room = paint.width - 6
    left, middle = int(room * _LEFT), int(room * _MIDDLE)
    widths = (left, middle, room - left - middle)
    first, second, third = (paint.column(width) for width in widths)
    heads = tuple(
        [Line(text, "strong") for text in column.wrap(head, 0)]
        for head, column in zip(HEADS, (first, second, third), strict=True)
    )
    rows = [heads, *(_cells(row, first, second, third) for row in shown.rows)]
    rule = "─┼─".join("─" * width for width in widths)
    lines: list[str] = []
    for cells in rows:
        for parts in zip_longest(*cells, fillvalue=Line("")):
            padded = (
                _painted(part, paint) + " " * (width - columns(part.text))
                for part, width in zip(parts, widths, strict=True)
            )
            lines.append(" │ ".join(padded))
        lines.append(rule)
    return lines[:-1]


def _blocks(shown: Board, paint: Paint) -> list[str]:
    lines: list[str] = []
    inner = paint.column(paint.width - 2)
    for row in shown.rows:
        left, *others = _cells(row, paint, inner, inner)
        lines += [_painted(line, paint) for line in left]
        for head, cells in zip(HEADS[1:], others, strict=True):
            told = [*(Line(text, "strong") for text in inner.wrap(head, 0)), *cells]
            lines += [f"  {_painted(line, paint)}" for line in told]
        lines.append("")
    return lines[:-1]


def _painted(line: Line, paint: Paint) -> str:
    return paint.tone(line.text, line.tone) if line.tone else line.text


def markdown(review: Review, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Return the board as a table of GitHub Markdown, cut where GitHub would refuse it."""
    shown = board(review)
    return least_cut(CUTS, lambda how: _filled(shown, how))


def _filled(shown: Board, how: Cut) -> str:
    most = how.text
    rows = tuple(
        row._replace(
            title=cut(row.title, most),
            scope=cut(row.scope, most),
            fallback=cut(row.fallback, most),
            around=cut(row.around, most),
            proof=cut(row.proof, most),
            later=cut(row.later, most),
        )
        for row in shown.rows[: how.rows]
    )
    return fill(
        "whiteboard.md.j2",
        board=shown._replace(launch=cut(shown.launch, most), footer=cut(shown.footer, most)),
        rows=rows,
        title=TITLE,
        heads=HEADS,
        more=more(len(shown.rows) - len(rows)),
    )


def html(review: Review, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Return the board as one page without script and requests, for a wall and for paper."""
    shown = board(review)
    return fill(
        "whiteboard.html.j2",
        board=shown,
        title=TITLE,
        heads=HEADS,
        size=f"pt-{10 * type_size(shown):.0f}",
        style=stylesheet("report.css"),
        own=stylesheet("whiteboard.css"),
    )


BOARDS = {
    form.id: form
    for form in (
        Format(
            "terminal", "Terminal whiteboard", "for the person at the keyboard", ".txt", terminal
        ),
        Format("markdown", "Markdown whiteboard", "for an issue or a wiki page", ".md", markdown),
        Format(
            "html", "HTML whiteboard", "for the wall of a meeting, and for paper", ".html", html
        ),
    )
}
