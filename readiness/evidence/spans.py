"""Pieces of a file, cut anywhere, as spans of whole lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.reader import Unreadable, check_utf16

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from readiness.errors import Location
    from readiness.evidence.reader import Source

MOST = 1 << 20  # bytes of a line
_BOM = b"\xef\xbb\xbf"


class Span(NamedTuple):
    """Whole lines: `data[start:end]`."""

    data: bytes
    start: int
    end: int


def spans(pieces: Iterable[bytes], at: Location, size: int, spare: int = 0) -> Iterator[Span]:
    """Yield all lines; only those where two pieces meet are copied, as a span of their own.

    A byte-order mark is left out. The last span may lack its line end.

    Args:
        pieces: the content.
        at: where problems are.
        size: about how many bytes a span has, less than two mebibytes.
        spare: bytes that follow a span in its data; fewer may at the end of the content, and where
            a line is long.

    Raises:
        Unreadable: a line of more than a mebibyte, or UTF-16.
    """
    rest = b""
    for piece in _without_mark(pieces, at):
        start = 0
        if rest:
            start = piece.find(b"\n") + 1
            begun = len(rest) - 1 - rest.rfind(b"\n")
            _check(begun + (start or len(piece) + 1), at)
            if not start:
                rest += piece
                continue
            joined = b"".join((rest, memoryview(piece)[: start + spare]))
            yield Span(joined, 0, len(rest) + start)
        last = piece.rfind(b"\n", start, max(start, len(piece) - spare)) + 1
        while start < last:
            end = piece.rfind(b"\n", start, min(start + size, last)) + 1
            if not end:
                end = piece.find(b"\n", start) + 1
            _check_middle(piece, start, end, at)
            yield Span(piece, start, end)
            start = end
        rest = piece[start:]
        _check(rest.find(b"\n") + 1 or len(rest) + 1, at)  # what follows is spare
    if rest:
        yield Span(rest, 0, len(rest))


def check_text(source: Source, spans: Sequence[Span], line: int) -> None:
    """Refuse a NUL byte, which a disk leaves where a crash lost what was written.

    Args:
        source: the file.
        spans: of its content, one after the other.
        line: the number of the line at their start.

    Raises:
        Unreadable: there is one.
    """
    for index, (data, start, end) in enumerate(spans):
        place = data.find(b"\0", start, end)
        if place >= 0:
            line += sum(data.count(b"\n", start, end) for data, start, end in spans[:index])
            at = source.at(line + data.count(b"\n", start, place))
            message, help_ = "the file holds NUL bytes", "was the disk full, or did it fail?"
            raise Unreadable("not-text", message, at, help_)


def _without_mark(pieces: Iterable[bytes], at: Location) -> Iterator[bytes]:
    """Yield pieces without a byte-order mark, which may be cut, too."""
    found = iter(pieces)
    first = b""
    for piece in found:
        first += piece
        if len(first) > len(_BOM):
            break
    check_utf16(first, at)
    yield first.removeprefix(_BOM)
    yield from found


def _check_middle(piece: bytes, start: int, end: int, at: Location) -> None:
    """Refuse a span with such a line: one of less than two mebibytes has it in its middle."""
    middle = (start + end) // 2
    begin = piece.rfind(b"\n", start, middle) + 1 or start
    _check(piece.find(b"\n", middle, end) + 1 - begin, at)


def _check(length: int, at: Location) -> None:
    """Refuse a line of more than a mebibyte; its end counts too."""
    if length > MOST:
        message, help_ = "a line of over 1 MiB", "is it another kind of file?"
        raise Unreadable("long-line", message, at, help_)
