"""The review as a pull-request comment: the decision and what to do in the first 300 characters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.model.text import and_list, plural, visible
from readiness.rendering.engine import render as fill
from readiness.rendering.format import Format, Style
from readiness.rendering.limit import least_cut
from readiness.rendering.measured import TITLE, measured
from readiness.rendering.shown import narrowed
from readiness.rendering.view import build
from readiness.rendering.words import cut, folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.review import Review
    from readiness.model.templates import Templates
    from readiness.rendering.parts import ItemView, View

_TITLE = 60
_NAME = 40
_NOTE = 120
_KEPT = 20


class Cut(NamedTuple):
    """What is left out, in this order, and how much.

    Attributes:
        settled: the items that are proven or do not apply.
        reasons: why people deferred something.
        rows: how many rows stay in each list of what does not hold the launch; None for all.
        blockers: how many open blockers stay; None for all.
        text: how many characters stay of a text.
    """

    settled: bool = False
    reasons: bool = False
    rows: int | None = None
    blockers: int | None = None
    text: int = 400


class Table(NamedTuple):
    """The rows that are shown, how many are not, and that in words."""

    rows: tuple[Any, ...]
    left: int
    more: str


CUTS = (
    Cut(),
    Cut(True),
    Cut(True, True),
    *(Cut(True, True, rows) for rows in (200, 100, 50, 20, 10, 5, 0)),
    *(Cut(True, True, 0, rows) for rows in (400, 200, 100, 50, _KEPT)),
    *(Cut(True, True, 0, _KEPT, text) for text in (200, 100, 50, 25, 12)),
)


def render(review: Review, style: Style) -> str:
    """Return the comment, cut as little as GitHub's limit asks for."""
    launch = replace(review.launch, title=_name(review.launch.title, _TITLE))
    view = narrowed(build(replace(review, launch=launch)), style.shown)
    return least_cut(CUTS, lambda how: _filled(view, how, style.templates), style.room)


def _filled(view: View, how: Cut, templates: Templates | None = None) -> str:
    view = _shorter(view, how.text)._replace(
        sentence=view.sentence,
        figures=tuple(figure._replace(note=cut(figure.note, _NOTE)) for figure in view.figures),
        sections=view.sections,
    )
    top = view.improvements[0] if view.improvements else None
    named = {entry.rank for entry in view.improvements}
    others = [item for item in view.items if item.blocks and item.rank not in named]
    above = sum(item.blocks for item in view.items) - len(others)
    room = None if how.blockers is None else max(how.blockers - above, 0)
    following = [item for item in view.items if item.open and not item.blocks]
    settled = [item for item in view.items if not item.open]
    troubled = [row for row in view.evidence if row.state.tone in ("bad", "doubt")]
    lists = {
        "deferrals": _table(view.deferrals, how.rows),
        "following": _table(following, how.rows),
        "measured": _table(measured(view), how.rows),
        "doubts": _table(view.doubts, how.rows),
        "evidence": _table(troubled, how.rows),
    }
    blockers = _table(others, room)
    also = [
        {"title": a.title, "note": a.note, "table": _table(a.rows, how.rows)} for a in view.also
    ]
    return fill(
        "report.md.j2",
        templates,
        view=view,
        how=how,
        measured_title=TITLE,
        title=_name(view.title, _TITLE),
        top=top and top._replace(id=_name(top.id), owner=_name(top.owner)),
        blockers=blockers,
        above=f" The first {above} stand above." if above and others else "",
        settled=() if how.settled else settled,
        left_out=_left_out(how, settled, lists, blockers),
        also=also,
        **lists,
    )


def _left_out(
    how: Cut, settled: Sequence[ItemView], lists: dict[str, Table], blockers: Table
) -> str:
    """Say what was left out to fit, and how much of it; nothing if nothing was."""
    rows = sum(table.left for table in lists.values())
    reasons = len(lists["deferrals"].rows)
    parts = [
        f"{len(settled):,} settled items" if how.settled and settled else "",
        plural(reasons, "reason for deferring", "reasons for deferring")
        if how.reasons and reasons
        else "",
        plural(
            rows, "row of what does not hold the launch", "rows of what does not hold the launch"
        )
        if rows
        else "",
        plural(blockers.left, "open blocker") if blockers.left else "",
        f"what texts say after {how.text} characters" if how.text < Cut().text else "",
    ]
    said = and_list(filter(None, parts))
    return (
        f"Left out to fit into a comment: {said}. The HTML report has everything." if said else ""
    )


def _name(text: str, most: int = _NAME) -> str:
    """Return a name cut to the characters that a reader sees, escapes counted in full."""
    return cut(visible(folded(text)), most)


def _table(rows: Sequence[Any], most: int | None) -> Table:
    shown = tuple(rows if most is None else rows[:most])
    left = len(rows) - len(shown)
    return Table(shown, left, f"and {left:,} more" if left else "")


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
