"""Text for a terminal: wrapped to a width in columns, and coloured where colour is wanted."""

from __future__ import annotations

import unicodedata
from copy import copy
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from readiness.model.text import inert, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.rendering.format import Style
    from readiness.rendering.words import State

_COLOURS = {"good": "32", "bad": "31", "doubt": "33", "quiet": "2", "strong": "1"}
_LEAST = 40
_BREAKS = ("/", "-_.,:;=&?|\\")
_EMOJI_STYLE = "\ufe0f"
# Wide since Unicode 16; the tables of older Pythons do not know it.
_WIDER = ((0x2630, 0x2637), (0x268A, 0x268F), (0x4DC0, 0x4DFF), (0x1D300, 0x1D376))
_JAMO = ((0x1160, 0x11FF), (0xD7B0, 0xD7FF))  # vowels and finals join the syllable before them


class Paint:
    """Colours text where colour is wanted, and wraps it."""

    def __init__(self, style: Style) -> None:
        self.colour, self.width = style.colour, max(style.width, _LEAST)

    def column(self, width: int) -> Paint:
        """Return what wraps to a column of a table, which may be narrower than a terminal."""
        narrow = copy(self)
        narrow.width = width
        return narrow

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
        """Return text in lines no wider than the width, broken at spaces.

        Wide characters may part anywhere; a word that is longer than a line, such as a path, starts
        a line of its own and is broken behind a `/` or the like. `first` starts the first line. No
        line is a command to a CI runner.
        """
        pad = " " * indent
        lines, line = [], first or pad
        used = start = columns(line)
        for word in _words(shown(text)):
            size = columns(word.rstrip())
            if used > start and used + size > self.width:
                lines.append(line.rstrip())
                line, word = pad, word.lstrip()  # noqa: PLW2901 - a new line starts with its word
                used, start, size = indent, indent, columns(word.rstrip())
            while used + size > self.width:
                part, word = _broken(word, self.width - used)  # noqa: PLW2901
                lines.append(line + part)
                size -= columns(part)
                line, used, start = pad, indent, indent
            line += word
            used += columns(word)
        return [*map(inert, lines), inert(line.rstrip())]

    def fit(self, text: str, room: int) -> str:
        """Return text on one line of at most `room` columns, the last of them an ellipsis."""
        line = shown(text)
        if columns(line) <= room:
            return line
        kept, used = "", 0
        for part in _clusters(line):
            used += columns(part)
            if used > room - 1:
                break
            kept += part
        return f"{kept.rstrip()}…"

    def block(self, text: str, indent: int, most: int) -> list[str]:
        """Return text in at most that many lines, the last ending with an ellipsis if cut."""
        lines = self.wrap(text, indent)
        if len(lines) <= most:
            return lines
        room = self.width - indent
        return [*lines[: most - 1], " " * indent + self.fit(f"{lines[most - 1].strip()} …", room)]


def shown(text: str) -> str:
    """Return text on one line, with control characters made visible."""
    return visible(" ".join(text.replace("\r\n", "\n").replace("\t", " ").split("\n")).strip())


def columns(text: str) -> int:
    """Return how many columns a terminal gives a text: wide characters two, marks none.

    Where terminals differ (skin tones, spacing marks, the emoji style) the larger number is taken,
    so that what fits here fits everywhere.
    """
    if text.isascii():
        return len(text)
    wide = sum(
        _width(char) == 1 and (char > "\x7f" or char in "#*0123456789")
        for char, after in pairwise(text)
        if after == _EMOJI_STYLE
    )
    return sum(map(_width, text)) + wide


@lru_cache(4096)
def _width(char: str) -> int:
    code = ord(char)
    if unicodedata.category(char) in ("Mn", "Me") or _within(code, _JAMO):
        return 0
    if unicodedata.east_asian_width(char) in "WF" or _within(code, _WIDER):
        return 2
    return 1


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _clusters(text: str) -> Iterator[str]:
    """Yield characters, each with the marks that stand on it."""
    start = 0
    for end, char in enumerate(text):
        if end > start and _width(char):
            yield text[start:end]
            start = end
    if text:
        yield text[start:]


def _words(text: str) -> list[str]:
    """Split at spaces, each word with the spaces before it, and around every wide character."""
    words: list[str] = []
    before = " "
    for part in text if text.isascii() else _clusters(text):
        if not words or (part == " " and before != " ") or _wide(part) or _wide(before):
            words.append(part)
        else:
            words[-1] += part
        before = part
    return words


def _wide(part: str) -> bool:
    return not part.isascii() and columns(part) > 1


def _broken(word: str, room: int) -> tuple[str, str]:
    """Break a word that is wider than the room, behind a `/` or the like in its second half."""
    kept, used = "", 0
    for part in _clusters(word):
        used += columns(part)
        if used > room and kept:
            break
        kept += part
    for group in _BREAKS:
        end = max(map(kept.rfind, group)) + 1
        if end * 2 > len(kept):
            return word[:end], word[end:]
    return kept, word[len(kept) :]
