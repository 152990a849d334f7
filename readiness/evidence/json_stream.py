"""JSON of any size in its parts: what stands in the outermost lists and objects, one by one.

A file may hold one value or several (JSON lines, or one after the other). Memory is bounded by the
largest part, which is read strictly: no duplicate keys, no NaN, no Infinity.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.json_text import Text
from readiness.evidence.reader import Unreadable
from readiness.evidence.structured import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.reader import Source


class Part(NamedTuple):
    """One member of an outermost object, element of an outermost list, or value of its own.

    An element of a list that is a member of an outermost object is a part too, if that was asked;
    such a list without elements is one itself.
    """

    document: int
    line: int
    steps: tuple[str | int, ...]
    value: Any


def plain(head: bytes) -> bytes:
    """Return the beginning of a file without byte-order mark, in UTF-8, for a sniff."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return head.removeprefix(codecs.BOM_UTF8)


def parts(source: Source, lists: frozenset[str]) -> Iterator[Part]:
    """Yield the parts of a JSON file, in order.

    Args:
        source: the file, whole or streamed.
        lists: keys of outermost objects whose lists are taken apart too.

    Raises:
        Unreadable: not JSON, or a part of more than 64 million characters.
    """
    text = Text(source)
    document = 0
    while (first := text.peek()) != "":
        if first == "[":
            yield from _elements(text, document, ())
        elif first == "{":
            yield from _members(text, document, lists)
        else:
            yield Part(document, text.line, (), text.value())
        document += 1
    if not document:
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")


def _elements(text: Text, document: int, steps: tuple[str, ...]) -> Iterator[Part]:
    for index in text.elements():
        yield Part(document, text.line, (*steps, index), text.value())


def _members(text: Text, document: int, lists: frozenset[str]) -> Iterator[Part]:
    for key in text.members():
        if text.peek() != "[" or key not in lists:
            yield Part(document, text.line, (key,), text.value())
            continue
        found = 0
        for part in _elements(text, document, (key,)):
            found += 1
            yield part
        if not found:
            yield Part(document, text.line, (key,), [])


def place(source: Source, line: int, pointer: str, *, several: bool) -> Location:
    """Return a place: its line where a file holds several documents, else its pointer.

    The line of a part is not that of what stands in it, and of several documents no pointer tells
    which.
    """
    return source.at(line) if several else source.at(pointer=pointer)


def pointer(*steps: str | int) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join(f"/{escape(str(step))}" for step in steps)
