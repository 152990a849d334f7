"""The steps of a runbook: which list items are one, and which of them nobody could do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.readers.markdown.words import plain_text
from readiness.model import vague
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

_RUNBOOK = pattern(
    r"\b(?:run ?books?|play ?books?|outages?|incidents?|roll ?backs?|recovery|fail-?overs?|"
    r"disaster|emergency|on-?call)\b"
)
_DOING = pattern(
    r"\b(?:roll(?:ing)? ?backs?|recover\w*|restore\w*|restoring|mitigat\w+|remediat\w+|resol\w+|"
    r"diagnos\w+|triage|troubleshoot\w*|investigat\w+|escalat\w+|contain\w*|workarounds?)\b"
)
_STEPS = pattern(
    r"\b(?:steps?|procedures?|actions?|response|respond\w*|verif\w+|check\w*|what to do|how to|"
    r"fix\w*|repair\w*|switch\w*|fail-?over|immediate\w*)\b"
)
_FEWEST = 2  # sections of doing that make a document a runbook without a title that says so
_CONCRETE = {"code_inline", "link_open", "image"}
_TASK = pattern(r"\[[ xX]\]\s+")


def _pressed(token: Any) -> bool:
    """Tell whether something in bold stands within a text: what is to be pressed, no heading."""
    before = ""
    for child in token.children or ():
        if child.type == "strong_open" and _TASK.sub("", before, count=1).strip():
            return True
        before += child.content
    return False


@dataclass
class _Item:
    """A list item while it is read."""

    line: int
    counted: bool  # in an ordered list, or with a box to tick
    sections: tuple[str, ...]
    texts: list[str] = field(default_factory=list)
    concrete: bool = False
    holds_items: bool = False


class Step(NamedTuple):
    """A step: its line, the sections it is in, and why it is refused, if it is."""

    line: int
    sections: tuple[str, ...]
    refused: vague.Vague | None


class Steps:
    """Takes in the tokens of a document in order, and tells its steps at the end."""

    def __init__(self, title: str) -> None:
        """Take the title that the front matter gives, or an empty text."""
        self._title = title.lower()
        self._open: list[_Item] = []
        self._ordered: list[bool] = []
        self._items: list[_Item] = []
        self._doing: set[str] = set()
        self._introduced: _Item | None = None  # ended with a colon, and nothing came since

    def heading(self, level: int, name: str) -> None:
        """Take in a heading outside lists; the first of level 1 is the title."""
        if level == 1 and not self._title:
            self._title = name
        elif _DOING.search(name):
            self._doing.add(name)

    def token(self, token: Any, sections: tuple[str, ...]) -> None:
        """Take in a token of markdown-it, within some sections, the outermost first."""
        kind = token.type
        if kind in ("ordered_list_open", "bullet_list_open"):
            self._ordered.append(kind.startswith("ordered"))
            for item in self._open[-1:]:
                item.holds_items = True
        elif kind in ("ordered_list_close", "bullet_list_close"):
            self._ordered.pop()
        elif kind == "list_item_open":
            self._open.append(_Item(token.map[0] + 1, self._ordered[-1], sections))
        elif kind == "list_item_close":
            self._close(self._open.pop())
        elif kind in ("fence", "code_block", "table_open"):
            for item in self._open:
                item.concrete = True
            if self._introduced and not self._open:
                self._introduced.concrete = True
            self._introduced = None
        elif kind == "inline":
            self._introduced = None
            for item in self._open[-1:]:
                self._inline(item, token)

    def _inline(self, item: _Item, token: Any) -> None:
        text = plain_text(token)
        if not item.texts and (box := _TASK.match(text)):
            item.counted, text = True, text[box.end() :]
        item.texts.append(text)
        item.concrete |= any(child.type in _CONCRETE for child in token.children or ())
        item.concrete |= _pressed(token)

    def _close(self, item: _Item) -> None:
        if not item.holds_items:
            self._items.append(item)
            self._introduced = item if item.texts and item.texts[-1].endswith(":") else None

    def found(self) -> Iterator[Step]:
        """Yield the steps, in the order of their lines, if the document is a runbook.

        It is one by a word of its title, or by two sections such as Recovery and Rollback. Steps
        are items of ordered lists, those with a box to tick, and the others in sections of doing.
        """
        if not _RUNBOOK.search(self._title) and len(self._doing) < _FEWEST:
            return
        for item in self._items:
            doing = any(_DOING.search(name) or _STEPS.search(name) for name in item.sections)
            text = " ".join(" ".join(item.texts).split())
            if text and (item.counted or doing):
                yield Step(item.line, item.sections, None if item.concrete else vague.step(text))
