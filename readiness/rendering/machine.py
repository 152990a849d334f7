"""What formats for other tools share: an item's standing, its place in the repository, safe texts.

In: a review and its view. Out: words and places that a platform can take, each within a limit in
bytes of UTF-8 and without a character that a parser, a terminal or a CI runner would obey.
"""

from __future__ import annotations

import json
import posixpath
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from readiness.errors import Location
from readiness.model.text import inert_json, visible
from readiness.rendering import words
from readiness.rendering.limit import size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.model.review import Finding, ItemResult, Review
    from readiness.rendering.parts import ItemView, View

Standing = Literal["blocks", "open", "held", "proven", "not-applicable"]
DECISION = "readiness/decision"
_ELLIPSIS = "…"


class Entry(NamedTuple):
    """An item, in words and as it was evaluated, and where it stands.

    `standing`: `blocks` (the launch waits for it), `open` (deferrable, undecided), `held` (open,
    and people decided about it), `proven`, or `not-applicable`.
    """

    item: ItemResult
    view: ItemView
    standing: Standing

    @property
    def name(self) -> str:
        """The item's id and title on one line."""
        return folded(f"{self.item.id} {self.item.title}")


def entries(review: Review, view: View) -> tuple[Entry, ...]:
    """Return every item: open ones by rank, then proven ones, then those that do not apply."""
    by_id = {item.id: item for item in review.items}
    found = (by_id[shown.id] for shown in view.items)
    return tuple(
        Entry(item, shown, standing(item)) for item, shown in zip(found, view.items, strict=True)
    )


def standing(item: ItemResult) -> Standing:
    """Say where an item stands. Some item `blocks` if and only if items make the decision NO-GO."""
    if item.outcome is None:
        return "not-applicable"
    if not item.open:
        return "proven"
    if item.waits:
        return "blocks"
    return "held" if item.disposition is not None else "open"


def by_standing(found: Iterable[Entry], *wanted: Standing) -> list[Entry]:
    """Return the items that stand so, in the order they come."""
    return [entry for entry in found if entry.standing in wanted]


def verdict(view: View) -> str:
    """Return the decision and its sentence on one line."""
    return folded(f"{view.decision.word}: {view.sentence}")


def unread(review: Review) -> str:
    """Say what could not be read; empty for a review that is complete."""
    if review.complete:
        return ""
    faults = ", ".join(evidence.path for evidence in review.evidence if evidence.fault)
    return folded(f"The review is incomplete: {faults or 'an analysis'} could not be read")


def told(entry: Entry) -> str:
    """Say on one line why an item is open, and who decided what about it."""
    reason, note = entry.view.reason, entry.view.note
    return folded("; ".join(filter(None, (reason, f"{note[:1].lower()}{note[1:]}"))))


def todo(entry: Entry) -> str:
    """Say on one line who mends an item, by when, and how."""
    view = entry.view
    return folded(f"{view.owner}, {view.effort}, {view.until}. Fix: {view.fix}")


def findings(item: ItemResult) -> list[Finding]:
    """Return what is not proven of an item, the worst first."""
    open_ = [f for result in item.requirements for f in result.findings if f.outcome != "proven"]
    return sorted(open_, key=lambda finding: finding.outcome != item.outcome)


def place(finding: Finding | None, review: Review, folder: str) -> Location:
    """Return where a platform can show a finding: a path below the repository's root, and a line.

    What lies elsewhere (a shipped checklist, a file that is missing, a path that leads out) is
    shown at the launch's own file.
    """
    home = Location(posixpath.normpath(posixpath.join(folder, review.launch.path)), 1)
    lists = {checklist.path for checklist in review.checklists}
    if finding is None or finding.outcome == "missing" or finding.at.path in {*lists, ""}:
        return home
    path = posixpath.normpath(posixpath.join(folder, finding.at.path))
    if path.startswith(("/", "../")) or path in ("..", "."):
        return home
    return Location(path, finding.at.line, finding.at.column if finding.at.line else 0)


def folded(text: str) -> str:
    """Put a text on one line, with what cannot be seen made visible."""
    return visible(words.folded(text))


def fit(text: str, most: int) -> str:
    """Cut a text to a number of bytes of UTF-8, the last character an ellipsis.

    Bytes are the strictest reading of a limit: a text has no more characters and no more UTF-16
    units than bytes.
    """
    if size(text) <= most:
        return text
    room = most - size(_ELLIPSIS)
    return text.encode("utf-8", "backslashreplace")[:room].decode("utf-8", "ignore") + _ELLIPSIS


def key(text: str, most: int) -> str:
    """Return a name that is as distinct as the text: one that had to change ends with a digest."""
    shown = folded(text)
    if shown == text and size(shown) <= most:
        return text
    mark = f"~{sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:16]}"
    return fit(shown, most - len(mark)) + mark


def dumped(value: Any) -> str:
    """Return JSON text with a final line break, in which nothing is a command to a runner."""
    return inert_json(json.dumps(value, ensure_ascii=False, indent=1)) + "\n"
