"""`readiness rank` for a terminal and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.rendering.paint import Paint, columns, shown
from readiness.rendering.ranking import RankRow, build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.ranking import Ranking
    from readiness.rendering.format import Style
    from readiness.rendering.ranking import RankView

_HEAD = ("", "item", "priority", "places", "ahead", "effort", "due")
_GAPS = ("", " ", "  ", "  ", " ", " ", "  ")
_RIGHT = {0, 4, 5}
_MISFITS = 20


def markdown(ranking: Ranking) -> str:
    """Return the ranking as GitHub Markdown."""
    from readiness.rendering.engine import render  # noqa: PLC0415 - only with a template

    view = build(ranking)
    return render("rank.md.j2", view=view, misfits=_cut(view.misfits))


def terminal(ranking: Ranking, style: Style) -> str:
    """Return the ranking for a terminal: a table where it fits the width, else lines."""
    view, paint = build(ranking), Paint(style)
    lines = [*map(paint.strong, paint.wrap(view.title, 0)), *paint.wrap(view.sentence, 0), ""]
    lines += _supposed(view, paint)
    lines += [*paint.wrap(view.window, 0), ""] if view.window else []
    lines += _rows(view, paint)
    if view.misfits:
        lines += [paint.strong("What does not fit")]
        lines += [line for text in _cut(view.misfits) for line in paint.wrap(text, 4, "  ")]
        lines += [""]
    lines += paint.wrap(view.method, 0)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cut(misfits: Sequence[str]) -> list[str]:
    left = len(misfits) - _MISFITS
    return [*misfits[:_MISFITS], *([f"and {left} more"] if left > 0 else [])]


def _supposed(view: RankView, paint: Paint) -> list[str]:
    if not view.supposed:
        return []
    width = max(len(change.label) for change in view.changes) + 2
    lines = [*paint.wrap(view.supposed, 0)]
    for change in view.changes:
        lines += paint.wrap(change.text, width + 2, f"  {change.label:<{width}}")
    return [*lines, ""]


def _rows(view: RankView, paint: Paint) -> list[str]:
    """Write each item in two lines, its numbers in columns, or in wrapped lines if too wide."""
    if not view.rows:
        return []
    table = [_HEAD, *map(_cells, view.rows)]
    widths = [max(columns(row[n]) for row in table) for n in range(len(_HEAD))]
    lines = [paint.tone(_line(_HEAD, widths), "quiet")]
    if sum(widths) + len("".join(_GAPS)) > paint.width:
        lines = []
        for row in view.rows:
            lines += _stacked(row, paint)
    else:
        for row, cells in zip(view.rows, table[1:], strict=True):
            lines += [_line(cells, widths), _below(row, paint, widths[0] + 1)]
    return [*lines, *([view.more] if view.more else []), ""]


def _cells(row: RankRow) -> tuple[str, ...]:
    effort = row.effort.removesuffix("s").removesuffix(" day") + " d"
    places = f"{row.span} {row.place}"
    return row.rank, shown(row.id), row.priority, places, row.ahead, effort, row.due


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    parts = []
    for number, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        space = " " * (width - columns(cell))
        parts.append(_GAPS[number] + (f"{space}{cell}" if number in _RIGHT else f"{cell}{space}"))
    return "".join(parts).rstrip()


def _below(row: RankRow, paint: Paint, indent: int) -> str:
    """Write state, owner and title on one line."""
    state = f"{row.state.shape} {row.state.word}"
    moved = f"{row.moved} · " if row.moved else ""
    rest = f" · {moved}{row.about} · {row.owner} · {row.title}"
    fitted = paint.fit(rest, paint.width - indent - columns(state) - 1)
    return f"{' ' * indent}{paint.state(row.state)} {fitted}"


def _stacked(row: RankRow, paint: Paint) -> list[str]:
    moved = f" ({row.moved})" if row.moved else ""
    numbers = f"{row.priority} · places {row.span}, {row.place}"
    ahead = f" · ahead {row.ahead}" if row.ahead != "–" else ""
    about = f"{row.about} · {row.owner} · {row.effort} · due {row.due}"
    return [
        *paint.wrap(f"{row.id} {row.title}", 4, f"{row.rank}. "),
        *paint.wrap(f"{row.state.shape} {row.state.word}{moved} · {about}", 4),
        *paint.wrap(f"{numbers}{ahead}", 4),
    ]
