"""The review for a terminal, 80 columns: open items by rank, the decision last where the eye is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readiness.rendering.format import Format, Style
from readiness.rendering.measured import TITLE, measured
from readiness.rendering.paint import Paint, columns, shown
from readiness.rendering.shown import narrowed
from readiness.rendering.view import build
from readiness.rendering.words import adds_limit, headline

if TYPE_CHECKING:
    from readiness.model.review import Review
    from readiness.rendering.parts import Improvement, ItemView, Row, View

_DETAILS = 3
_DOUBTS = 10
_NAMED = 4
_NAME = 30
_LAUNCH = 60
_STATE = 15


def render(review: Review, style: Style) -> str:
    """Return the report; its last 20 lines say decision, top blocker, owner, date and deferrals."""
    view = narrowed(build(review), style.shown)
    paint = Paint(style)
    lines = [*map(paint.strong, paint.wrap(view.title, 0)), *paint.wrap(view.subtitle, 0), ""]
    lines += _proven(view, paint)
    lines += _skipped(view, paint)
    lines += _measured(view, paint)
    lines += _doubts(view, paint)
    lines += _deferrals(view, paint)
    lines += _also(view, paint)
    lines += _open(view, paint)
    lines += [*paint.wrap(view.left_out, 0), ""] if view.left_out else []
    lines += _warnings(view, paint)
    lines += _decision(view, _sentence(review, paint), paint)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _open(view: View, paint: Paint) -> list[str]:
    """List every open item by rank, what holds the launch last, next to the decision."""
    first = {entry.id: entry for entry in view.improvements}
    items = [item for item in view.items if item.open]
    indent = max((len(f"{item.rank}. ") for item in items), default=0)
    lines: list[str] = []
    for section, blocks in ((view.sections.follow_on, False), (view.sections.blockers, True)):
        chosen = [item for item in items if item.blocks == blocks]
        if not chosen:
            continue
        heading = paint.wrap(f"{section.title}: {section.note}", 0)
        lines += map(paint.strong, heading)
        for item in chosen:
            lines += _item(item, indent, paint)
            lines += _improvement(first[item.id], indent, paint) if item.id in first else []
        lines.append("")
    if any(item.id not in first for item in items):
        lines += [*paint.wrap("How to fix any other: readiness explain ITEM", 0), ""]
    return lines


def _item(item: ItemView, indent: int, paint: Paint) -> list[str]:
    gate = "blocker · " if item.gate == "Blocker" and not item.blocks else ""
    facts = f"{gate}{item.owner} · {item.effort} · {item.until}"
    mark = f"{item.state.shape} {item.state.word}".ljust(_STATE)
    head = paint.wrap(f"{item.id} · {facts}", indent + 2, f"{f'{item.rank}.':<{indent}}{mark}")
    head[0] = head[0].replace(mark, paint.tone(mark, item.state.tone), 1)
    lines = [*head, *paint.wrap(item.title, indent)]
    rows = [row for row in item.rows if row.state.word != "Proven"]
    for row in rows[:_DETAILS]:
        lines += _row(row, indent, paint)
    if len(rows) > _DETAILS:
        more = f"and {len(rows) - _DETAILS} more: readiness explain {item.id}"
        lines += paint.wrap(more, indent + 2)
    return lines


def _row(row: Row, indent: int, paint: Paint) -> list[str]:
    """Say what was observed, and where; the place stands in the same line if it fits."""
    subject = f" ({row.subject})" if row.subject else ""
    beside = f"{row.rule}: {row.observed}" if row.observed and row.rule else ""
    limit = f", limit {row.limit}" if adds_limit(row.rule, row.limit) else ""
    text, at = f"{row.message or f'{beside}{limit}'}{subject}", f"at {row.at}"
    fits = indent + columns(shown(text)) + 1 + columns(shown(at)) <= paint.width
    lines = paint.wrap(f"{text} {at}", indent) if fits else paint.wrap(text, indent)
    lines += [] if fits else paint.wrap(at, indent + 2)
    return [*lines, *(paint.wrap(f"help: {row.help}", indent + 2) if row.help else [])]


def _improvement(entry: Improvement, indent: int, paint: Paint) -> list[str]:
    """Say how to fix one of the first five, and how firm its place is."""
    place = f"{entry.factors} = {entry.priority} · {entry.span}, {entry.place}"
    lines = paint.wrap(f"Fix: {entry.fix}", indent + 2)
    lines += paint.wrap(entry.run, indent + 4, " " * (indent + 2) + "$ ") if entry.run else []
    return [*lines, *paint.wrap(place, indent + 2)]


def _proven(view: View, paint: Paint) -> list[str]:
    """Count what is proven in each area, with the ids."""
    ids: dict[str, list[str]] = {}
    for item in view.items:
        if item.state.word == "Proven":
            ids.setdefault(item.area, []).append(item.id)
    lines = [paint.strong("✓ Proven, by area")] if view.areas else []
    for area in view.areas:
        names = f": {', '.join(ids[area.name])}" if area.name in ids else ""
        lines += paint.wrap(f"{area.name}, {area.proven}{names}", 2, "- ")
    return [*lines, ""] if lines else []


def _skipped(view: View, paint: Paint) -> list[str]:
    """Name what does not apply, by the reason that it shares."""
    ids: dict[str, list[str]] = {}
    for item in view.items:
        if item.state.word == "Not applicable":
            ids.setdefault(item.note, []).append(item.id)
    rows = [paint.wrap(f"{', '.join(names)}: {note}", 2, "- ") for note, names in ids.items()]
    lines = [line for row in rows for line in row]
    return [paint.strong("– Not applicable"), *lines, ""] if lines else []


def _measured(view: View, paint: Paint) -> list[str]:
    lines = [line for text in measured(view) for line in paint.wrap(text, 2, "- ")]
    return [paint.strong(TITLE), *lines, ""] if lines else []


def _doubts(view: View, paint: Paint) -> list[str]:
    lines = [line for text in view.doubts[:_DOUBTS] for line in paint.wrap(text, 2, "- ")]
    if (left := len(view.doubts) - _DOUBTS) > 0:
        lines += paint.wrap(f"and {left} more, in the HTML report and in the JSON", 2)
    return [paint.strong(view.sections.doubts.title), *lines, ""] if lines else []


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
    return [paint.strong(view.sections.deferrals.title), *lines, ""] if lines else []


def _also(view: View, paint: Paint) -> list[str]:
    lines: list[str] = []
    for part in view.also:
        lines += [paint.strong(part.title), *paint.wrap(part.note, 2)]
        lines += [line for row in part.rows for line in paint.wrap(row, 2, "- ")]
        lines.append("")
    return lines


def _warnings(view: View, paint: Paint) -> list[str]:
    texts = (*view.warnings, *([view.compared] if view.compared else []))
    lines = [line for text in texts for line in paint.wrap(text, 2, "! ")]
    return [*lines, ""] if lines else []


def _sentence(review: Review, paint: Paint) -> str:
    """Return the decision in a sentence, with a title short enough to leave room for the rest."""
    title = paint.fit(review.launch.title, min(_LAUNCH, paint.width * 3 // 4))
    return headline(replace(review, launch=replace(review.launch, title=title)))


def _decision(view: View, sentence: str, paint: Paint) -> list[str]:
    """Say the decision again, in 20 lines at most whatever the width and the texts are."""
    lines = [paint.tone(f"{view.decision.shape} {view.decision.word}", view.decision.tone)]
    lines += paint.block(sentence, 2, 6)
    if view.improvements:
        top = view.improvements[0]
        name, owner = paint.fit(top.id, _NAME), paint.fit(top.owner, _NAME)
        lines += paint.block(f"{view.first}: {name}, {owner}, due {top.due}: {top.reason}", 2, 4)
    lines += paint.block(_held(view, paint), 2, 5)
    figures = " · ".join(f"{f.label} {f.value} ({f.note})" for f in view.figures)
    return lines + paint.block(figures, 2, 4)


def _held(view: View, paint: Paint) -> str:
    """Say in few lines what people decided, the first few by name."""
    named = [
        f"{paint.fit(entry.item, _NAME)} until {entry.expires}" for entry in view.deferrals[:_NAMED]
    ]
    more = len(view.deferrals) - len(named)
    names = f" {', '.join(named)}{f' and {more} more' if more > 0 else ''}." if named else ""
    undecided = f" {len(view.undecided)} undecided." if view.undecided else ""
    title, note = view.sections.deferrals.title, view.sections.deferrals.note
    return f"{title}: {note}{undecided}{names}"


FORMAT = Format(
    id="terminal",
    title="Terminal report",
    purpose="for the person at the keyboard and for CI logs; 80 columns, colour optional",
    suffix=".txt",
    render=render,
)
