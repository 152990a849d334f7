"""The memo as plain data: the first page of a report, for a typesetter.

In: a review. Out: what JSON can hold, each text on one line, without control characters, cut to a
length that a row can hold, and with places to break a long word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from readiness.model.text import visible
from readiness.patterns import pattern
from readiness.rendering.view import build
from readiness.rendering.words import cut, folded

if TYPE_CHECKING:
    from readiness.model.review import Review

_LONGEST = 400
_UNBROKEN = pattern(r"\S{18,}")
_BREAK = "\u200b"
_CUT = "Long texts are cut to fit the page; the full report has them whole."
_WHOLE = (
    "title", "subtitle", "decision", "sentence", "reasons", "warnings", "figures", "more",
    "domains_more", "deferrals_more", "undecided_line", "footer",
)  # fmt: skip
_LISTS = ("improvements", "domains", "deferrals")


def memo(review: Review) -> dict[str, Any]:
    """Return the memo's words, with the first rows of each list and the count of the others."""
    view = build(review)
    parts = view._asdict()
    headings = {name: view.sections._asdict()[name] for name in _LISTS}
    rows = {name: parts[name][: view.top] for name in _LISTS}
    found = {name: parts[name] for name in _WHOLE} | rows | {"sections": headings}
    day = review.as_of
    plain: dict[str, Any] = _plain(found)
    return plain | {"as_of": [day.year, day.month, day.day], "cut_note": _CUT}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _UNBROKEN.sub(_breakable, visible(cut(folded(value), _LONGEST)))
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple):
        named = getattr(value, "_asdict", None)
        return _plain(named()) if named else [*map(_plain, value)]
    return value


def _breakable(found: re.Match[str]) -> str:
    """Let a long word break after its punctuation, and anywhere after ten characters."""
    return re.sub(r"[^\W_]{10}|[\W_]+(?!$)", rf"\g<0>{_BREAK}", found[0])
