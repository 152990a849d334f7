"""Help for problems whose reader had none to give for the particular case, by code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from readiness.model.fact import Problem

_BY_CODE = {
    "contradiction": "keep the file as the tool wrote it",
    "count": "keep the file as the tool wrote it",
    "empty-label": "give every row or key that is mapped a name",
    "negative": "write a value of 0 or more; only plain numbers may be negative",
    "nesting": "keep the file as the tool wrote it",
    "no-samples": "did the run send requests, or the evaluation run its cases?",
    "no-value": "point `at` to a place that holds the value",
    "no-values": "did the run write its results? else point `at` to where they are",
    "not-a-count": "point `samples` to a whole number of observations",
    "not-a-number": "write a finite number with `.` and without separators",
    "not-a-value": "point `at` to a number, a text or a truth value of its own",
    "number": "keep the file as the tool wrote it",
    "two-units": "write the unit in one place: in the file, or in the map",
    "wrong-shape": "keep the file as the tool wrote it",
}


def with_help(problem: Problem) -> Problem:
    """Return a problem with the help for its code, if it has none of its own."""
    return problem if problem.help else problem._replace(help=_BY_CODE.get(problem.code, ""))
