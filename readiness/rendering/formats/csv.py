"""The review as CSV (RFC 4180): one row per item, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from readiness.model.text import inert
from readiness.rendering.format import Format, Style
from readiness.rendering.machine import entries, findings, fit, folded
from readiness.rendering.view import build

if TYPE_CHECKING:
    from readiness.model.review import Review
    from readiness.rendering.machine import Entry

COLUMNS = (
    "decision", "rank", "id", "title", "area", "gate", "outcome", "standing", "reason", "rule",
    "observed", "limit", "at", "owner", "effort_days", "due", "harm", "risk", "credit", "approver",
    "expires", "fix", "run", "checklist",
)  # fmt: skip
_CELL = 32_767  # characters that a spreadsheet's cell takes
_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_NEEDS = """\
Every cell is quoted and on one line, and control characters are shown as `\\u{...}`. A text that a
spreadsheet would take for a formula (it starts with `=`, `+`, `-`, `@` or a look-alike of these,
also behind spaces or quotes) has a `'` before it. `standing` is `blocks` for a blocker that the
launch waits for, `open` for a deferrable item that is undecided, `held` for what people decided
about, `proven`, or `not-applicable`. UTF-8, without a byte order mark; lines end with CR LF.
"""


def render(review: Review, style: Style) -> str:  # noqa: ARG001 - every format takes a style
    """Return the table: open items by rank, then proven ones, then those that do not apply."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries(review, build(review)):
        writer.writerow(map(_cell, _row(entry, review)))
    return out.getvalue()


def _row(entry: Entry, review: Review) -> tuple[str, ...]:
    item, view, record = entry.item, entry.view, entry.item.disposition
    worst = next(iter(findings(item)), None)
    return (
        review.decision,
        str(view.rank or ""),
        item.id,
        item.title,
        item.area,
        item.gate,
        item.outcome or "",
        entry.standing,
        view.reason or view.note,
        worst.rule if worst else "",
        worst.observed if worst else "",
        worst.limit if worst else "",
        str(worst.at) if worst else "",
        item.owner,
        f"{item.effort_days:g}",
        view.due if view.open else "",
        item.harm,
        item.risk,
        f"{item.credit:g}",
        record.approver if record else "",
        record.expires.isoformat() if record else "",
        item.fix,
        item.run,
        item.checklist,
    )


def _cell(text: str) -> str:
    """Return a text as a spreadsheet shows it: on one line, never a formula, never too long."""
    line = inert(folded(text))
    formula = line.lstrip(" '\"").startswith(_STARTS)
    return fit(f"'{line}" if formula else line, _CELL)


FORMAT = Format(
    id="csv",
    title="CSV table",
    purpose="for spreadsheets and data frames: one row per item",
    suffix=".csv",
    render=render,
    needs=_NEEDS,
    items_only=True,
)
