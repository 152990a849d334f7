"""Cells of a JTL: time stamps in ms since 1970 or as dates in usual patterns, numbers, texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmap import mmap

LONG = 1 << 16  # bytes: a cell of twice as many is refused
DIGITS = 13  # of milliseconds since 1970, from 2001 to 2286
_PATTERNS = (
    "%Y/%m/%d %H:%M:%S.%f", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z",
    "%Y/%m/%d %H:%M:%S,%f", "%Y-%m-%d %H:%M:%S,%f",
)  # fmt: skip
_EPOCH = "milliseconds"
_START = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """Reads time stamps; the pattern of the first one holds for all. Without a zone it is UTC."""

    def __init__(self) -> None:
        self._pattern = ""

    def epoch(self) -> bool:
        """Note that stamps are milliseconds; False if an earlier one was a date."""
        self._pattern = self._pattern or _EPOCH
        return self._pattern == _EPOCH

    def parse(self, text: str) -> int | None:
        """Return milliseconds since 1970, None for what is no time stamp."""
        if text.isascii() and text.isdigit():
            return int(text) if len(text) == DIGITS and self.epoch() else None
        for pattern in (self._pattern,) if self._pattern else _PATTERNS:
            try:
                found = datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is set below
            except ValueError:
                continue
            aware = found if found.tzinfo else found.replace(tzinfo=UTC)
            stamp = round((aware - _START).total_seconds() * 1000)
            if not 10 ** (DIGITS - 1) <= stamp < 10**DIGITS:
                return None
            self._pattern = pattern
            return stamp
        return None


def are_numbers(cells: list[bytes], least: int, most: int) -> bool:
    """Tell whether all cells are digits, and as many as they may be."""
    lengths = set(map(len, cells))
    return least <= min(lengths) and max(lengths) <= most and b"".join(cells).isdigit()


def are_stamps(cells: list[bytes]) -> bool:
    """Tell whether all cells are a line end and 13 digits, the milliseconds since 1970."""
    text, length = b"".join(cells), DIGITS + 1
    if len(text) != length * len(cells) or text[::length].count(b"\n") != len(cells):
        return False
    return text.translate(None, b"\n").isdigit()


def are_texts(cells: list[bytes]) -> bool:
    """Tell whether all cells are UTF-8."""
    try:
        b"\n".join(cells).decode()
    except UnicodeDecodeError:
        return False
    return True


def has_long_line(data: bytes | mmap, start: int, end: int) -> bool:
    """Tell whether a line may be so long that a cell of it is refused."""
    places = range(start, end - LONG + 1, LONG)
    return any(data.find(b"\n", place, place + LONG) < 0 for place in places)


def whole_rows(block: bytes) -> int:
    """Return where the last line ends after which no quote is open."""
    if block.count(b'"') % 2 == 0:
        return len(block)
    opened = block.rfind(b'"')
    while (closed := block.rfind(b'"', 0, opened)) >= 0:
        if (line := block.rfind(b"\n", closed, opened)) >= 0:
            return line + 1
        opened = block.rfind(b'"', 0, closed)
    return block.rfind(b"\n", 0, opened) + 1
