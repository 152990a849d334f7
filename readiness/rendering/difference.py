"""What moved between two reviews, in words: for a terminal, Markdown, and a part of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model.text import plural, visible
from readiness.rendering import words
from readiness.rendering.paint import Paint
from readiness.rendering.parts import Also

if TYPE_CHECKING:
    from readiness.model.difference import Difference, EvidenceMove, Move, RecordMove, Side
    from readiness.rendering.format import Style

_SHOWN = 60
_TEXT = 160
_EFFECTS = {
    "regression": ("✗ Regressions", "bad"),
    "dropped": ("– No longer asked", "bad"),
    "progress": ("✓ Progress", "good"),
    "method": ("? Better, but something else is asked: no progress", "doubt"),
    "added": ("+ New, or applies now", "quiet"),
}


class _List(NamedTuple):
    title: str
    tone: str
    rows: tuple[str, ...]


def sentence(found: Difference) -> str:
    """Say where both sides stand; scores are compared only where one method made them."""
    old, new = found.old, found.new
    text = f"{_side(old)} → {_side(new)}."
    if found.comparable:
        step = new.readiness - old.readiness
        how = "level" if not step else f"{'up' if step > 0 else 'down'} {abs(step)}"
        return f"{text} Readiness {how}, by the same method."
    return f"{text} The method differs, so no score and no better outcome counts as progress."


def _side(side: Side) -> str:
    name = f"{side.source}, " if side.source else ""
    whole = "" if side.complete else ", incomplete"
    return (
        f"{name}{side.version} of {words.day(side.as_of)}: {side.decision}, "
        f"{plural(side.open_blockers, 'open blocker')}, readiness {side.readiness}{whole}"
    )


def _lists(found: Difference) -> list[_List]:
    """Return what moved, in lists that are never mixed."""
    lists = [
        _List(title, tone, tuple(_move(m) for m in found.items if m.effect == effect))
        for effect, (title, tone) in _EFFECTS.items()
    ]
    lists += [
        _List("Evidence", "strong", tuple(map(_evidence, found.evidence))),
        _List("Limits, checklists and scope", "strong", found.method),
        _List("Decisions", "strong", tuple(map(_record, found.decisions))),
    ]
    return [_cut(each) for each in lists if each.rows]


def _cut(each: _List) -> _List:
    left = len(each.rows) - _SHOWN
    rows = tuple(words.cut(words.folded(row), 2 * _TEXT) for row in each.rows[:_SHOWN])
    return each._replace(rows=(*rows, f"and {left} more, in the JSON") if left > 0 else rows)


def _move(move: Move) -> str:
    because = f"; {words.cut(move.reason, _TEXT)}" if move.reason else ""
    by = f"; changed: {', '.join(move.evidence)}" if move.evidence else "; no evidence changed"
    return f"{move.item} {move.title}: {move.before} → {move.after} ({move.gate}){because}{by}"


def _evidence(move: EvidenceMove) -> str:
    both = " → ".join(filter(None, (move.before, move.after)))
    return f"{move.path} {move.change}: {both}; for {', '.join(move.items)}"


def _record(move: RecordMove) -> str:
    kind = words.KINDS[move.kind].lower()
    why = f": {move.why}" if move.why else ""
    return f"{move.item} {kind} by {move.approver}: {move.before} → {move.after}{why}"


def terminal(found: Difference, style: Style) -> str:
    """Return what moved for a terminal: regressions first."""
    paint = Paint(style)
    lines = [paint.strong(visible(found.service)), *paint.wrap(sentence(found), 0), ""]
    lists = _lists(found)
    for each in lists:
        lines.append(paint.tone(each.title, each.tone))
        lines += [line for row in each.rows for line in paint.wrap(row, 2, "- ")]
        lines.append("")
    if not lists:
        lines.append("Nothing moved.")
    return "\n".join(lines).rstrip() + "\n"


def markdown(found: Difference) -> str:
    """Return what moved for a pull-request comment."""
    from readiness.rendering.engine import render  # noqa: PLC0415 - only with a template

    text = render(
        "diff.md.j2", service=found.service, sentence=sentence(found), lists=_lists(found)
    )
    return f"{text.rstrip()}\n"


def part(found: Difference) -> Also:
    """Return what moved as a part of a report."""
    rows = tuple(f"{each.title}: {row}" for each in _lists(found) for row in each.rows)
    return Also("baseline", "Since the baseline", sentence(found), rows or ("Nothing moved.",))
