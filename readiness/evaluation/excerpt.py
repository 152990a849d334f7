"""The lines of a file around a place, fit for a report: what looks like a secret is left out."""

from __future__ import annotations

from readiness.evaluation.secrets import Span, opens_secret, secrets_in
from readiness.model.excerpt import Excerpt
from readiness.model.text import visible
from readiness.patterns import pattern

WIDTH = 120
REDACTED = "[redacted]"
_AROUND = 1  # lines before and after
_MARGIN = 4_096  # characters looked at on each side of what is shown, for secrets that begin there
_BEGIN = pattern(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
_END = pattern(r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")


def excerpt(lines: list[str], line: int, column: int) -> Excerpt | None:
    """Return up to three lines around a place, each cut to 120 characters around the column.

    Args:
        lines: the lines of a file, without their ends.
        line: number of the line, from 1.
        column: number of the character, from 1; 0 if it is not known.

    Returns:
        None if there is no such line.
    """
    if not 1 <= line <= len(lines):
        return None
    first = max(1, line - _AROUND)
    numbers = range(first, min(len(lines), line + _AROUND) + 1)
    hidden = _blocks(lines, numbers)
    return Excerpt(
        first,
        tuple(REDACTED if n in hidden else _shown(lines[n - 1], column) for n in numbers),
    )


def lines_of(data: bytes) -> list[str] | None:
    """Return the lines of a text as readers count them; None if the bytes are no UTF-8 text."""
    if b"\0" in data:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def _blocks(lines: list[str], numbers: range) -> set[int]:
    """Return the lines inside a private key, and those that follow the name of a secret."""
    hidden = {n for n in numbers if n > 1 and lines[n - 1].strip() and opens_secret(lines[n - 2])}
    inside = _in_key(lines, numbers.start)
    for n in numbers:
        begins, ends = _BEGIN.search(lines[n - 1]), _END.search(lines[n - 1])
        if inside or begins or ends:
            hidden.add(n)
        inside = (inside or begins is not None) and ends is None
    return hidden


def _in_key(lines: list[str], line: int) -> bool:
    """Whether a line lies inside a private key that began above it."""
    for above in range(line - 2, -1, -1):
        if _END.search(lines[above]):
            return False
        if _BEGIN.search(lines[above]):
            return True
    return False


def _shown(line: str, column: int) -> str:
    start = min(max(0, column - 1 - WIDTH // 2), max(0, len(line) - WIDTH))
    end = start + WIDTH
    before = max(0, start - _MARGIN)
    spans = [(a + before, b + before) for a, b in secrets_in(line[before : end + _MARGIN])]
    text = _without(line, (start, min(end, len(line))), spans)
    head = "…" if start else ""
    tail = "…" if end < len(line) else ""
    return visible(f"{head}{text}{tail}".expandtabs(4))


def _without(line: str, window: Span, spans: list[Span]) -> str:
    """Return a window of a line with each span in it replaced."""
    at, end = window
    parts = []
    for begin, stop in spans:
        if stop > at and begin < end:
            parts += [line[at : max(at, begin)], REDACTED]
            at = max(at, stop)
    return "".join((*parts, line[at:end]))
