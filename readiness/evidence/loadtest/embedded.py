"""JSON results as a terminal or a CI log keeps them: behind other lines, or several in one file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from readiness.errors import Location
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_BEGIN = pattern(r"(?:^|[\n\r!])[ \t]*(\{)")  # `!` for the `Done!` of a progress bar
_BEHIND = pattern(r'[^\n\r]*?(\{)\s*"')  # on the line where another object ended
_DECODER = json.JSONDecoder(parse_int=float, parse_float=float)


class Embedded(JsonDocument):
    """A JSON document that begins somewhere in a text, with its places in that text.

    Args:
        source: the text.
        text: the document alone.
        line: the number of the line on which it begins.
        before: how many characters stand before it on that line.
    """

    def __init__(self, source: Source, text: str, line: int, before: int) -> None:
        self._before = line - 1, before
        try:
            super().__init__(source.part(text.encode("utf-8", "surrogatepass")))
        except Unreadable as error:
            found = error.problem
            raise Unreadable(found.code, found.message, self._moved(found.at), found.help) from None

    def at(self, *steps: str | int) -> Location:
        """Return the place of the value at a path of keys and indexes, as a JSON pointer."""
        return self._moved(super().at(*steps))

    def _moved(self, at: Location) -> Location:
        lines, columns = self._before
        column = at.column + columns if at.line == 1 and at.column else at.column
        return Location(at.path, at.line + lines if at.line else 0, column, at.pointer)


def json_documents(source: Source, keys: Collection[str]) -> list[JsonDocument]:
    """Return the JSON objects of a text that have certain keys, each with its places in the file.

    Args:
        source: the file, which is JSON alone or JSON among other lines. Behind an object, on its
            line, another may begin: not all tools end their output with a line.
        keys: what an object must have to be meant.

    Raises:
        Unreadable: there is no such object, or one is cut off or no strict JSON.
    """
    return meant(_documents(source, keys), source, keys)


def meant(
    documents: Iterable[JsonDocument], source: Source, keys: Collection[str]
) -> list[JsonDocument]:
    """Return the objects that have certain keys.

    Raises:
        Unreadable: there is none.
    """
    found = [document for document in documents if _has(document.value, keys)]
    if not found:
        wanted = " and ".join(f"`{key}`" for key in keys)
        hint = "keep the JSON as the tool wrote it"
        message = f"there is no JSON object with {wanted} in it"
        raise Unreadable("wrong-shape", message, source.at(1), hint)
    return found


def _documents(source: Source, keys: Collection[str]) -> Iterator[JsonDocument]:
    """Yield the objects with certain keys, and refuse what begins as an object and is none."""
    text, place, behind = source.text, 0, None
    line, begun, counted = 1, 0, 0
    if not text.strip():
        raise Unreadable("empty", "the file is empty", source.at(1), "did the run finish?")
    while begin := behind or _BEGIN.search(text, place):
        start = begin.start(1)
        try:
            value, place = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            value, place = None, len(text)
        if value is None or _has(value, keys):
            line += text.count("\n", counted, start)
            begun = max(begun, text.rfind("\n", counted, start) + 1)
            counted = start
            yield Embedded(source, text[start:place], line, start - begun)
        behind = _BEHIND.match(text, place)


def _has(value: object, keys: Collection[str]) -> bool:
    return isinstance(value, dict) and all(key in value for key in keys)
