"""The review for a terminal, 80 columns: open items first, the decision last where the eye is."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from readiness.model.text import visible
from readiness.rendering.format import Format, Style
from readiness.rendering.view import build

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.model.review import Review
    from readiness.rendering.view import Deferral, Improvement, ItemView, View
    from readiness.rendering.words import State

_COLOURS = {"good": "32", "bad": "31", "doubt": "33", "quiet": "2", "strong": "1"}
_DETAILS = 3


def render(review: Review, style: Style) -> str:
    """Return the report; the decision, top blocker, owner, date and deferrals end it."""
    view = build(review)
    paint = Paint(style)
    lines = [paint.strong(visible(view.title)), visible(view.subtitle), ""]
    lines += _items(view, paint)
    lines += _improvements(view, paint)
    lines += _deferrals(view.deferrals, view.undecided, paint)
    lines += _decision(view, paint)
    return "\n".join(line.rstrip() for line in lines) + "\n"


class Paint:
    """Colours text where colour is wanted, and wraps it."""

    def __init__(self, style: Style) -> None:
        self.colour, self.width = style.colour, max(style.width, 40)

    def tone(self, text: str, tone: str) -> str:
        return f"\x1b[{_COLOURS[tone]}m{text}\x1b[0m" if self.colour else text

    def strong(self, text: str) -> str:
        return self.tone(text, "strong")

    def state(self, state: State, width: int = 0) -> str:
        return self.tone(f"{state.shape} {state.word}".ljust(width), state.tone)

    def wrap(self, text: str, indent: int, first: str = "") -> list[str]:
        pad = " " * indent
        return textwrap.wrap(visible(text), self.width, initial_indent=first or pad,
                             subsequent_indent=pad, break_on_hyphens=False) or [first]  # fmt: skip


def _items(view: View, paint: Paint) -> list[str]:
    lines = []
    for item in view.items:
        mark = paint.state(item.state, 16)
        gate = "blocker" if item.gate == "Blocker" else "defer"
        room = paint.width - 16 - 10 - 8
        title = textwrap.shorten(visible(item.title), room, placeholder="…")
        lines.append(f"{mark}{item.id:<10}{gate:<8}{title}")
        lines += _rows(item, paint)
    return [*lines, ""]


def _rows(item: ItemView, paint: Paint) -> list[str]:
    """Say why an open item is open: at most three rows, each with its place."""
    lines = paint.wrap(item.note, 16) if item.note else []
    rows = [row for row in item.rows if row.state.word != "Proven"]
    for row in rows[:_DETAILS]:
        subject = f" ({row.subject})" if row.subject else ""
        beside = f"{row.rule}: {row.observed}" if row.observed and row.rule else ""
        text = f"{beside}{subject}" if beside and " is not " in row.message else f"{row.message}{subject}"
        lines += paint.wrap(text, 16)
        lines += paint.wrap(f"at {row.at}", 18)
    if len(rows) > _DETAILS:
        lines += paint.wrap(f"and {len(rows) - _DETAILS} more: readiness explain {item.id}", 16)
    return lines


def _improvements(view: View, paint: Paint) -> list[str]:
    if not view.improvements:
        return []
    lines = [paint.strong("What to do first")]
    for entry in view.improvements:
        lines += _improvement(entry, paint)
    return [*lines, *(paint.wrap(view.more, 3) if view.more else []), ""]


def _improvement(entry: Improvement, paint: Paint) -> list[str]:
    facts = (f"{entry.owner} · {entry.effort} · due {entry.due} · harm {entry.harm} × risk {entry.risk}"
             f" × gap {entry.gap} · places {entry.best}–{entry.worst}, {entry.place}")  # fmt: skip
    return [
        *paint.wrap(f"{entry.id} {entry.title}", 3, f"{entry.rank}. "),
        *paint.wrap(entry.fix, 3),
        *paint.wrap(facts, 3),
    ]


def _deferrals(
    deferrals: Iterable[Deferral], undecided: tuple[tuple[str, str], ...], paint: Paint
) -> list[str]:
    lines = []
    for entry in deferrals:
        lines += paint.wrap(f"{entry.item} {entry.kind.lower()} by {entry.approver} until "
                            f"{entry.expires}: {entry.status}", 2, "- ")  # fmt: skip
    if undecided:
        ids = ", ".join(item_id for item_id, _ in undecided)
        lines += paint.wrap(f"undecided, neither proven nor deferred: {ids}", 2, "- ")
    return [paint.strong("Deferred and accepted"), *lines, ""] if lines else []


def _decision(view: View, paint: Paint) -> list[str]:
    lines = [paint.tone(f"{view.decision.shape} {view.decision.word}", view.decision.tone)]
    lines += paint.wrap(view.sentence, 2)
    if view.improvements and view.decision.word == "NO-GO":
        top = view.improvements[0]
        lines += paint.wrap(f"First: {top.id}, {top.owner}, due {top.due}: {top.reason}", 2)
    lines += [line for text in view.warnings for line in paint.wrap(text, 2)]
    figures = " · ".join(f"{f.label.lower()} {f.value} ({f.note})" for f in view.figures)
    return lines + paint.wrap(figures, 2)


FORMAT = Format(
    id="terminal",
    title="Terminal report",
    purpose="for the person at the keyboard and for CI logs; 80 columns, colour optional",
    suffix=".txt",
    render=render,
)
