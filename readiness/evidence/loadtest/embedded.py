"""JSON results as a terminal or a CI log keeps them: behind other lines, or several in one file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_BEGIN = pattern(r"(?:^|[\n\r!])[ \t]*(\{)")  # `!` for the `Done!` of a progress bar
_DECODER = json.JSONDecoder(parse_int=float, parse_float=float)


def json_documents(source: Source, keys: Collection[str]) -> list[JsonDocument]:
    """Return the JSON objects of a text that have certain keys, each with its places in the file.

    Args:
        source: the file, which is JSON alone or JSON among other lines.
        keys: what an object must have to be meant.

    Raises:
        Unreadable: there is no such object, or one is cut off or no strict JSON.
    """
    return meant(_documents(source), source, keys)


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


def _documents(source: Source) -> Iterator[JsonDocument]:
    text, place = source.text, 0
    if not text.strip():
        raise Unreadable("empty", "the file is empty", source.at(1), "did the run finish?")
    while begin := _BEGIN.search(text, place):
        start = begin.start(1)
        try:
            _, place = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            place = len(text)
        yield JsonDocument(_cut(source, text, start, place))


def _cut(source: Source, text: str, start: int, end: int) -> Source:
    """Return a part of a file as a source whose lines and columns are those of the file."""
    column = start - (text.rfind("\n", 0, start) + 1)
    padding = "\n" * text.count("\n", 0, start) + " " * column
    return source.part((padding + text[start:end]).encode("utf-8", "surrogatepass"))


def _has(value: object, keys: Collection[str]) -> bool:
    return isinstance(value, dict) and all(key in value for key in keys)
