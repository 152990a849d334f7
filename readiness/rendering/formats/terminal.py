"""The review for a terminal, 80 columns: open items first, the decision last where the eye is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.rendering.format import Format, Style
from readiness.rendering.paint import Paint, columns, shown
from readiness.rendering.view import build
from readiness.rendering.words import adds_limit, cut

if TYPE_CHECKING:
    from readiness.model.review import Review
    from readiness.rendering.parts import Improvement, ItemView, View

_DETAILS = 3
_LINE = 240
_NAMED = 4


def render(review: Review, style: Style) -> str:
    """Return the report; its last 20 lines say decision, top blocker, owner, date and deferrals."""
    view = build(review)
    paint = Paint(style)
    lines = [*map(paint.strong, paint.wrap(view.title, 0)), *paint.wrap(view.subtitle, 0), ""]
    lines += _items(view, paint)
    lines += _improvements(view, paint)
    lines += _loads(view, paint)
    lines += _deferrals(view, paint)
    lines += _warnings(view, paint)
    lines += _decision(view, paint)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _items(view: View, paint: Paint) -> list[str]:
    lines = []
    for item in view.items:
        mark = paint.state(item.state, 17)
        gate = "blocker" if item.gate == "Blocker" else "defer"
        start = f"{shown(item.id):<9} {gate:<8}"
        room = max(paint.width - 17 - columns(start), 1)
        lines.append(f"{mark}{start}{paint.fit(item.title, room)}")
        lines += _rows(item, paint)
    return [*lines, ""]


def _rows(item: ItemView, paint: Paint) -> list[str]:
    """Say why an open item is open: at most three rows, each with its place."""
    lines = paint.wrap(item.note, 17) if item.note else []
    rows = [row for row in item.rows if row.state.word != "Proven"]
    for row in rows[:_DETAILS]:
        subject = f" ({row.subject})" if row.subject else ""
        beside = f"{row.rule}: {row.observed}" if row.observed and row.rule else ""
        limit = f", limit {row.limit}" if adds_limit(row.rule, row.limit) else ""
        lines += paint.wrap(f"{row.message or f'{beside}{limit}'}{subject}", 17)
        lines += paint.wrap(f"at {row.at}", 19)
        lines += paint.wrap(f"help: {row.help}", 19) if row.help else []
    if len(rows) > _DETAILS:
        lines += paint.wrap(f"and {len(rows) - _DETAILS} more: readiness explain {item.id}", 17)
    return lines


def _improvements(view: View, paint: Paint) -> list[str]:
    if not view.improvements:
        return []
    lines = [paint.strong(view.sections.improvements.title)]
    for entry in view.improvements:
        lines += _improvement(entry, paint)
    return [*lines, *(paint.wrap(view.more, 3) if view.more else []), ""]


def _improvement(entry: Improvement, paint: Paint) -> list[str]:
    facts = (
        f"{entry.owner} · {entry.effort} · due {entry.due} · {entry.factors} = "
        f"{entry.priority} · {entry.span}, {entry.place}"
    )
    return [
        *paint.wrap(f"{entry.id} {entry.title}", 3, f"{entry.rank}. "),
        *paint.wrap(entry.fix, 3),
        *(paint.wrap(entry.run, 5, "   $ ") if entry.run else []),
        *paint.wrap(facts, 3),
    ]


def _loads(view: View, paint: Paint) -> list[str]:
    tests = [f"{test.path}: p95 {test.p95}. {test.capacity}" for test in view.loads]
    pairs = [f"{pair.title}: {pair.sentence} {pair.note}".rstrip() for pair in view.comparisons]
    parts = ((view.sections.loads, tests), (view.sections.comparisons, pairs))
    lines: list[str] = []
    for section, rows in parts:
        shown_rows = [line for row in rows for line in paint.wrap(row, 2, "- ")]
        lines += [paint.strong(section.title), *shown_rows, ""] if rows else []
    return lines


def _deferrals(view: View, paint: Paint) -> list[str]:
    lines = []
    for entry in view.deferrals:
        status = f"{entry.state.word.lower()}{f', {entry.status}' if entry.status else ''}"
        lines += paint.wrap(
            f"{entry.item} {entry.kind.lower()} by {entry.approver} until "
            f"{entry.expires} ({status}): {entry.reason}",
            2,
            "- ",
        )
    if view.undecided:
        ids = ", ".join(item_id for item_id, _ in view.undecided)
        lines += paint.wrap(f"undecided, neither proven nor deferred: {ids}", 2, "- ")
    return [paint.strong(view.sections.deferrals.title), *lines, ""] if lines else []


def _warnings(view: View, paint: Paint) -> list[str]:
    lines = [line for text in view.warnings for line in paint.wrap(text, 2, "! ")]
    return [*lines, ""] if lines else []


def _decision(view: View, paint: Paint) -> list[str]:
    """Say the decision again in few lines, each text cut so that twenty lines hold them all."""
    lines = [paint.tone(f"{view.decision.shape} {view.decision.word}", view.decision.tone)]
    lines += paint.wrap(cut(view.sentence, _LINE), 2)
    if view.improvements:
        top = view.improvements[0]
        text = f"{view.first}: {top.id}, {cut(top.owner, 60)}, due {top.due}: {top.reason}"
        lines += paint.wrap(cut(text, _LINE), 2)
    lines += paint.wrap(_held(view), 2)
    figures = " · ".join(f"{f.label} {f.value} ({f.note})" for f in view.figures)
    return lines + paint.wrap(cut(figures, _LINE + 60), 2)


def _held(view: View) -> str:
    """Say in one line what people decided, the first few by name."""
    named = [f"{entry.item} until {entry.expires}" for entry in view.deferrals[:_NAMED]]
    more = len(view.deferrals) - len(named)
    names = f" {', '.join(named)}{f' and {more} more' if more > 0 else ''}." if named else ""
    undecided = f" {len(view.undecided)} undecided." if view.undecided else ""
    title, note = view.sections.deferrals.title, view.sections.deferrals.note
    return cut(f"{title}: {note}{names}{undecided}", _LINE)


FORMAT = Format(
    id="terminal",
    title="Terminal report",
    purpose="for the person at the keyboard and for CI logs; 80 columns, colour optional",
    suffix=".txt",
    render=render,
)
