"""Output of a command as it is kept: alone in a file, or pasted into a document with others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.reader import Source, Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.model.fact import Fact

_LEFT = pattern(r"[\s>\ufeff]+")  # indented, quoted in Markdown, or files joined with their BOMs
_PACE = 0.05
NEAR = 12  # lines that may lie between a command and its output


class Line(NamedTuple):
    """One line: its number, and its text without what a document adds around it."""

    number: int
    text: str


def plain_lines(source: Source) -> Iterator[Line]:
    """Yield the lines of a text without indentation, quote marks and byte-order marks.

    Raises:
        Unreadable: not UTF-8 text.
    """
    for number, raw in enumerate(source.text.split("\n"), 1):
        start = _LEFT.match(raw)
        yield Line(number, raw[start.end() if start else 0 :].rstrip())


def summaries(source: Source, mark: str, help: str) -> list[list[Line]]:
    """Return the lines of each part that begins with `Summary:` and has a line that begins so.

    Raises:
        Unreadable: there is none, or the file is not UTF-8 text.
    """
    blocks: list[list[Line]] = []
    open_ = False
    for line in plain_lines(source):
        if line.text == "Summary:":
            blocks.append([])
            open_ = True
        open_ = open_ and not line.text.startswith(("```", "~~~"))
        if open_:
            blocks[-1].append(line)
    own = [block for block in blocks if any(line.text.startswith(mark) for line in block)]
    if not own:
        message = f"there is no summary with `{mark}` in it"
        raise Unreadable("wrong-shape", message, source.at(1), help)
    return own


def command_before(lines: Iterable[Line], tool: re.Pattern[str]) -> Line | None:
    """Return the last command line, if it is close enough to belong to what follows.

    Args:
        lines: what stands before the output, after the output before that.
        tool: matches a line that calls the tool.
    """
    for line in reversed(list(lines)[-NEAR:]):
        if tool.search(line.text):
            return line
    return None


def pace_of(facts: Iterable[Fact], duration: float, rate: float = 0.005) -> float | None:
    """Return how far requests may be from rate × duration, as both are printed with few digits.

    Args:
        facts: all facts of the file.
        duration: by how many ms the duration of a run may be rounded.
        rate: by how much its rate may be.

    Returns:
        A tolerance for `common_problems`; None where a value is rounded to nothing.
    """
    worst = {"duration": 0.0, "rate": 0.0}
    steps = {"duration": duration, "rate": rate}
    for fact in facts:
        if fact.metric in steps:
            if float(fact.value) <= steps[fact.metric]:
                return None
            worst[fact.metric] = max(worst[fact.metric], steps[fact.metric] / float(fact.value))
    return _PACE + sum(worst.values())
