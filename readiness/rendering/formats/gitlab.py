"""The review as a GitLab Code Quality report: what is open, beside the changed lines."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from readiness.rendering.format import Format, Style
from readiness.rendering.machine import (
    DECISION,
    dumped,
    entries,
    findings,
    fit,
    folded,
    place,
    todo,
    told,
    unread,
    verdict,
)
from readiness.rendering.view import build

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.review import Review
    from readiness.rendering.machine import Entry

_TEXT = 1_024
_NAME = 255
_OPEN = {"negligible": "minor", "minor": "minor", "moderate": "minor",
         "major": "major", "severe": "critical"}  # fmt: skip
_VERDICTS = {"NO-GO": "blocker", "GO WITH CONDITIONS": "info"}
_NEEDS = """\
| what | severity |
| --- | --- |
| the decision NO-GO, a review that is incomplete, a blocker that the launch waits for | `blocker` |
| a deferrable item, open and undecided, by its harm: severe, major, less | `critical`, `major`, `minor` |
| the decision GO WITH CONDITIONS, an item that people decided about | `info` |

A GO in which nothing is open is an empty list. Fingerprints are made of service and item, so a
merge request shows what became better or worse, not what moved to another line. GitLab shows the
report and never blocks on it: the exit code does.
"""  # noqa: E501 - a table's row is one line


def render(review: Review, style: Style) -> str:
    """Return the JSON array: the decision, then open items by rank."""
    view = build(review)
    home = place(None, review, style.folder)
    found = []
    if fault := unread(review):
        found.append(_issue("readiness/incomplete", fault, "blocker", home, review))
    if review.decision in _VERDICTS:
        severity = _VERDICTS[review.decision]
        found.append(_issue(DECISION, verdict(view), severity, home, review))
    found += [
        _item(entry, review, style) for entry in entries(review, view) if entry.view.open
    ]  # fmt: skip
    return dumped(found)


def _item(entry: Entry, review: Review, style: Style) -> dict[str, Any]:
    at = place(next(iter(findings(entry.item)), None), review, style.folder)
    text = f"{entry.name}: {told(entry)}. {todo(entry)}"
    return _issue(entry.item.id, text, _severity(entry), at, review)


def _severity(entry: Entry) -> str:
    if entry.standing == "blocks":
        return "blocker"
    return "info" if entry.standing == "held" else _OPEN.get(entry.item.harm, "major")


def _issue(name: str, text: str, severity: str, at: Location, review: Review) -> dict[str, Any]:
    identity = f"{review.launch.service}\0{name}".encode("utf-8", "backslashreplace")
    return {
        "type": "issue",
        "description": fit(text, _TEXT),
        "check_name": fit(folded(name), _NAME),
        "fingerprint": sha256(identity).hexdigest(),
        "severity": severity,
        "location": {"path": folded(at.path), "lines": {"begin": max(at.line, 1)}},
    }


FORMAT = Format(
    id="gitlab",
    title="GitLab Code Quality",
    purpose="for merge requests on GitLab: what is open, and what a change made better or worse",
    suffix=".json",
    render=render,
    needs=_NEEDS,
    items_only=True,
)
