"""People's decisions for a terminal, by how they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.text import plural
from readiness.rendering import words
from readiness.rendering.accepted import accepted_rows, accepted_sentence, sign_off_sentence
from readiness.rendering.paint import Paint

if TYPE_CHECKING:
    from readiness.model.record_list import Listed, RecordList
    from readiness.rendering.format import Style

_HEADS = {
    "void": ("✗ Do not count", "bad"),
    "expiring": ("◷ Expiring", "doubt"),
    "revisit": ("? To be looked at again", "doubt"),
    "holds": ("✓ Hold", "good"),
}


def terminal(found: RecordList, style: Style) -> str:
    """Return the list: what does not count first, each with the outcome that the evidence gives."""
    paint = Paint(style)
    count = plural(len(found.records), "decision")
    lines = [paint.strong(f"{found.service}: {count} on {words.day(found.as_of)}"), ""]
    for standing, (head, tone) in _HEADS.items():
        chosen = [entry for entry in found.records if entry.standing == standing]
        if not chosen:
            continue
        within = f" within {plural(found.within, 'day')}" if standing == "expiring" else ""
        lines.append(paint.tone(f"{head}{within}", tone))
        for entry in chosen:
            lines += _entry(entry, paint)
        lines.append("")
    if found.sign_offs:
        lines += paint.wrap(sign_off_sentence(found.sign_offs), 0)
    if found.accepted:
        lines += paint.wrap(accepted_sentence(found.accepted), 0)
        lines += [
            line for row in accepted_rows(found.accepted) for line in paint.wrap(row, 2, "- ")
        ]
    if not found.declared and found.records:
        lines += paint.wrap(words.UNDECLARED, 0)
    return "\n".join(lines).rstrip() + "\n"


def _entry(entry: Listed, paint: Paint) -> list[str]:
    record = entry.record
    kind = words.KINDS[record.kind].lower()
    until = f"until {words.day(record.expires)}"
    left = f", {plural(entry.days_left, 'day')} left" if entry.days_left >= 0 else ""
    head = f"{record.item} {kind} by {record.approver} {until}{left}: {entry.title}"
    why = [record.why_status] if record.why_status else []
    if entry.outcome:
        state = words.STATES[entry.outcome].word.lower()
        why.append(f"the evidence says {state}" + ("" if entry.needed else ": it is not needed"))
    if record.void_if:
        why.append(f"void if {record.void_if}")
    if record.ticket:
        why.append(record.ticket)
    lines = paint.wrap(head, 4, "  ")
    lines += paint.wrap("; ".join(why), 4) if why else []
    return [*lines, *paint.wrap(f"Because: {record.reason}", 4)]
