"""A table that a tool wrote and that was pasted into Markdown: found in its code fence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.reader import Source, Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASTED = 85  # how surely a document with such a table is one of its reader
_FENCE = pattern(rb"^ {0,3}(`{3,}|~{3,})[^`\n]*\n((?s:.*?))(?:^ {0,3}\1[^\n]*$|\Z)", re.MULTILINE)


def pasted(head: bytes, sniff: Callable[[bytes], int]) -> int:
    """Return how surely a document holds a table, by the sniff of the table alone."""
    return PASTED if next(_tables(head, sniff), None) else 0


def unfenced(source: Source, sniff: Callable[[bytes], int]) -> Source:
    """Return the table of a document, whose lines are those of the document.

    What begins with its table is no document, and is returned as it is.

    Raises:
        Unreadable: there is more than one.
    """
    if source.streaming or sniff(source.data):
        return source
    found = list(_tables(source.data, sniff))
    if not found:
        return source
    if len(found) > 1:
        line = source.data.count(b"\n", 0, found[1][0]) + 1
        message = "a second table begins here: each is a run of its own"
        raise Unreadable("several-runs", message, source.at(line), "keep a file for each run")
    start, end = found[0]
    return source.part(source.data[start:end], source.data.count(b"\n", 0, start))


def _tables(data: bytes, sniff: Callable[[bytes], int]) -> Iterator[tuple[int, int]]:
    marked = b"```" in data or b"~~~" in data
    for fence in _FENCE.finditer(data) if marked else ():
        if sniff(fence[2]):
            yield fence.span(2)
