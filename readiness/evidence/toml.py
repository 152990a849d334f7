"""TOML to a part whose values know their line: the standard library parses, a scan finds lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, Step, Tree
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import escape
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location

_KEY = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_PATH = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_TABLE = pattern(rf"\s*(\[\[?)\s*({_PATH})\s*\]\]?\s*(?:#.*)?")
_PAIR = pattern(rf"\s*({_PATH})\s*=")
_ONE = pattern(_KEY)
_MOST = 4_000_000


def read_toml(source: Source, *, fold: bool = False) -> Part:
    """Parse a TOML file.

    Raises:
        Unreadable: no TOML, empty, or too large.
    """
    import tomllib  # noqa: PLC0415 - costs start-up time

    text = source.text
    if len(text) > _MOST:
        raise Unreadable("too-large", "the file is too large", source.at(), "split it")
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line ([0-9]{1,9}), column ([0-9]{1,9})", str(error))
        where = source.at(int(found[1]), int(found[2])) if found else source.at()
        message = f"not valid TOML: {str(error).partition(' (at')[0]}"
        raise Unreadable(
            "syntax", message, where, "was the file cut off, or is it a template?"
        ) from None
    except RecursionError:
        hint = "is it another kind of file?"
        raise Unreadable("too-deep", "the TOML is nested too deeply", source.at(), hint) from None
    if not value:
        raise Unreadable("empty", "the file sets nothing", source.at(), "was it cut off?")
    lines = _lines(text)

    def at(steps: tuple[Step, ...]) -> Location:
        end = next(n for n in range(len(steps), -1, -1) if steps[:n] in lines or not n)
        pointer = "".join(f"/{escape(str(step))}" for step in steps[:end])
        return source.at(lines.get(steps[:end], 1), 0, pointer)

    return Part(Tree(value, at, fold), (), value)


def _lines(text: str) -> dict[tuple[Step, ...], int]:
    """Return the line of each table, entry and key. A text of several lines may add some more."""
    lines: dict[tuple[Step, ...], int] = {}
    counts: dict[tuple[Step, ...], int] = {}
    table: tuple[Step, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        if found := _TABLE.fullmatch(line):
            table = _resolve(_steps(found[2]), counts)
            if found[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
        elif found := _PAIR.match(line):
            lines.setdefault((*table, *_steps(found[1])), number)
        else:
            continue
        for end in range(1, len(table) + 1):
            lines.setdefault(table[:end], number)
    return lines


def _steps(path: str) -> tuple[str, ...]:
    return tuple(key.strip("\"'") for key in _ONE.findall(path))


def _resolve(path: tuple[str, ...], counts: dict[tuple[Step, ...], int]) -> tuple[Step, ...]:
    """Put the index of the last entry behind each list of tables on the way."""
    steps: tuple[Step, ...] = ()
    for position, step in enumerate(path, 1):
        steps = (*steps, step)
        if steps in counts and position < len(path):
            steps = (*steps, counts[steps])
    return steps
