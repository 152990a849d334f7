"""JSON Lines of evaluations: each line parsed as strictly as a file of JSON."""

from __future__ import annotations

from typing import Any

from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument


def lines_of_json(source: Source) -> list[tuple[int, Any]]:
    """Return (line number, value) of each line of a JSON Lines file that is not empty.

    Raises:
        Unreadable: a line that is no JSON, or no line at all.
    """
    found = []
    for number, line in source.lines():
        if line.strip():
            found.append((number, json_line(source, number, line)))
    if not found:
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    return found


def json_line(source: Source, number: int, line: bytes) -> Any:
    """Return the value of one line of a JSON Lines file.

    Raises:
        Unreadable: it is no JSON.
    """
    try:
        return JsonDocument(source.part(line)).value
    except Unreadable as error:
        problem = error.problem
        at = source.at(number, problem.at.column)
        raise Unreadable(problem.code, problem.message, at, problem.help) from None
