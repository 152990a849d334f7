"""The review as a pull-request comment: the decision and what to do in the first 300 characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.rendering.engine import render as fill
from readiness.rendering.format import Format, Style
from readiness.rendering.view import build
from readiness.rendering.words import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.review import Review
    from readiness.model.templates import Templates
    from readiness.rendering.parts import View

LIMIT = 65_536
_NAME = 60


class Cut(NamedTuple):
    """How much is left out: proven items, reasons of deferrals, rows, characters of a text."""

    proven: bool = False
    reasons: bool = False
    rows: int | None = None
    text: int = 400


class Table(NamedTuple):
    """The rows that are shown, and how many are not."""

    rows: tuple[Any, ...]
    more: str


_CUTS = (
    Cut(),
    Cut(True),
    Cut(True, True),
    Cut(True, True, 20),
    Cut(True, True, 20, 120),
    Cut(True, True, 10, 80),
    Cut(True, True, 3, 40),
    Cut(True, True, 0, 20),
)


def render(review: Review, style: Style) -> str:
    """Return the comment, cut as little as GitHub's limit of 65,536 characters asks for."""
    view = build(review)
    text = ""
    for how in _CUTS:
        text = _filled(view, how, style.templates)
        if len(text) <= LIMIT:
            break
    return text


def _filled(view: View, how: Cut, templates: Templates | None = None) -> str:
    view = _shorter(view, how.text)
    first = view.improvements[0] if view.improvements else None
    items = [item for item in view.items if item.open or not how.proven]
    troubled = [row for row in view.evidence if row.state.tone in ("bad", "doubt") or row.notes]
    return fill(
        "report.md.j2",
        templates,
        view=view,
        how=how,
        title=cut(view.title, _NAME),
        top=first and first._replace(id=cut(first.id, _NAME), owner=cut(first.owner, _NAME)),
        blockers=_table([item for item in view.items if item.blocks], how),
        deferrals=_table(view.deferrals, how),
        undecided=_table(view.undecided, how),
        warnings=_table(view.warnings, how),
        evidence=_table(troubled, how),
        loads=_table(view.loads, how),
        comparisons=_table(view.comparisons, how),
        items=_table(items, how),
        proven_left_out=len(view.items) - len(items),
    )


def _table(rows: Sequence[Any], how: Cut) -> Table:
    shown = tuple(rows if how.rows is None else rows[: how.rows])
    left = len(rows) - len(shown)
    return Table(shown, f"and {left:,} more" if left else "")


def _shorter(value: Any, most: int) -> Any:
    """Return a record with every text in it cut to a number of characters."""
    if isinstance(value, str):
        return cut(value, most)
    if not isinstance(value, tuple):
        return value
    parts = (_shorter(part, most) for part in value)
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


FORMAT = Format(
    id="markdown",
    title="Markdown summary",
    purpose="for a pull-request comment or a CI job summary; never longer than GitHub takes",
    suffix=".md",
    render=render,
)
