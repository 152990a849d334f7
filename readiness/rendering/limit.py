"""How much GitHub takes in one comment, and the least cut by which a text fits."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

C = TypeVar("C")

# GitHub says "maximum is 65536 characters". Bodies of pull requests were measured to be refused
# past 65,536 code points, comments past 262,144 bytes. Bytes are the strictest reading: a text of
# this many bytes has no more code points and no more UTF-16 units, and fits wherever it is posted.
LIMIT = 65_536


def size(text: str) -> int:
    """Return the length of a text in bytes of UTF-8."""
    return len(text.encode("utf-8", "backslashreplace"))


def least_cut(cuts: Sequence[C], fill: Callable[[C], str], room: int = LIMIT) -> str:
    """Return the text of the first cut that fits, each cut taking more away than the one before.

    `room` is how many bytes of UTF-8 fit.

    The last one is taken as it is: it must fit by its own bounds.
    """
    texts: dict[int, str] = {}

    def fits(index: int) -> bool:
        texts[index] = fill(cuts[index])
        return size(texts[index]) <= room

    last = len(cuts) - 1
    first = 0 if fits(0) else bisect_left(range(last), True, lo=1, key=fits)
    return texts[first] if first in texts else fill(cuts[first])
