"""Text for a terminal: wrapped to a width in columns, and coloured where colour is wanted."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from readiness.model.text import visible

if TYPE_CHECKING:
    from readiness.rendering.format import Style
    from readiness.rendering.words import State

_COLOURS = {"good": "32", "bad": "31", "doubt": "33", "quiet": "2", "strong": "1"}
_LEAST = 40


class Paint:
    """Colours text where colour is wanted, and wraps it."""

    def __init__(self, style: Style) -> None:
        self.colour, self.width = style.colour, max(style.width, _LEAST)

    def tone(self, text: str, tone: str) -> str:
        """Return text in the colour of a tone."""
        return f"\x1b[{_COLOURS[tone]}m{text}\x1b[0m" if self.colour else text

    def strong(self, text: str) -> str:
        """Return text in bold."""
        return self.tone(text, "strong")

    def state(self, state: State, width: int = 0) -> str:
        """Return a state's shape and word, filled up to a width."""
        return self.tone(f"{state.shape} {state.word}".ljust(width), state.tone)

    def wrap(self, text: str, indent: int, first: str = "") -> list[str]:
        """Return text in lines of the width, breaking at spaces and between wide characters.

        A longer word, such as a path, stays whole: it can be copied. `first` starts the first line.
        """
        pad = " " * indent
        lines, line = [], first or pad
        empty = True
        for word in _words(shown(text)):
            if not empty and columns(line) + columns(word.rstrip()) > self.width:
                lines.append(line.rstrip())
                line, word = pad, word.lstrip()  # noqa: PLW2901 - a new line starts with its word
            line += word
            empty = False
        return [*lines, line.rstrip()]

    def fit(self, text: str, room: int) -> str:
        """Return text on one line of at most `room` columns, the last of them an ellipsis."""
        line = shown(text)
        if columns(line) <= room:
            return line
        while line and columns(line) > room - 1:
            line = line[:-1]
        return f"{line.rstrip()}…"


def shown(text: str) -> str:
    """Return text on one line, with control characters made visible."""
    return visible(" ".join(text.replace("\r\n", "\n").replace("\t", " ").split("\n")).strip())


def columns(text: str) -> int:
    """Return how many columns a terminal gives a text: wide characters take two."""
    if text.isascii():
        return len(text)
    if text.isascii():
        return len(text)
    return sum(2 if _wide(c) else not unicodedata.combining(c) for c in text)


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def _words(text: str) -> list[str]:
    """Split at spaces, each word with the spaces before it, and after every wide character."""
    words: list[str] = []
    start = 0
    for index, char in enumerate(text):
        before = text[index - 1] if index else " "
        if index > start and ((char == " " and before != " ") or _wide(char) or _wide(before)):
            words.append(text[start:index])
            start = index
    return [*words, text[start:]]
