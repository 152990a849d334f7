"""Blocks of other tools in a text that one reader reads: what it does not read is no pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.sniff import HEAD
from readiness.model.fact import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from readiness.discovery import Registry
    from readiness.evidence.reader import Reader, Source


_WINDOWS = (HEAD, 16 * HEAD)  # bytes in which the place of a block is looked for


def other_tools(source: Source, reader: Reader, registry: Registry[Reader]) -> Iterator[Problem]:
    """Yield a problem for each other tool whose output is in a text that one reader has read.

    All readers of such texts are asked, about the whole text, whatever the item takes.
    """
    if reader.pasted is None or source.streaming:
        return
    for other in registry.shipped.values():
        if other.id == reader.id or other.pasted is None or not other.pasted(source.data):
            continue
        line = _line(source.data, other.pasted)
        where = f" from line {line} on" if line else ""
        message = f"there is {other.title} in it{where}, which is not read: this is {reader.title}"
        help_ = "keep each tool's output in a file of its own"
        yield Problem("inconclusive", "other-tool", message, source.at(line), help_)


def _line(data: bytes, known: Callable[[bytes], int]) -> int:
    """Return the line in which the first block begins; 0 if its marks are too far apart to tell."""
    for size in _WINDOWS:
        for start in range(0, len(data), size // 2):
            if known(data[start : start + size]):
                found = start + _begins(data[start : start + size], known)
                return data.count(b"\n", 0, found) + 1
    return 0


def _begins(window: bytes, known: Callable[[bytes], int]) -> int:
    """Return where the first block begins.

    The shortest beginning that is known ends with the mark of the block that made it known; the
    shortest end of that which is known begins with its first mark.
    """
    low, end = 0, len(window)
    while end - low > 1:
        middle = (low + end) // 2
        low, end = (low, middle) if known(window[:middle]) else (middle, end)
    start, high = 0, end
    while high - start > 1:
        middle = (start + high) // 2
        start, high = (middle, high) if known(window[middle:end]) else (start, middle)
    return start
