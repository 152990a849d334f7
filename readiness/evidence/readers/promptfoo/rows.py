"""Rows of a promptfoo result to cases: what passed, failed, errored, or was judged by nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.evals.cases import Case, Labels, Outcome, named_scores, short, slices_of
from readiness.evidence.evals.prompts import normalised
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.reader import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from readiness.errors import Location

_ERROR = 2  # ResultFailureReason.ERROR
_UNJUDGED = "No assertions"  # the reason promptfoo writes for a case without an assertion
STAND_INS = frozenset({"echo", "promptfoo:echo"})


class Column(NamedTuple):
    """One prompt with one provider: its label, its text before filling in, and its model."""

    label: str
    raw: str | None
    model: str


class Row(NamedTuple):
    """One result: the case, its column, whether the answer came from the cache."""

    case: Case
    column: Column
    cached: bool


def read_row(
    row: Any, at: Location, column_of: Callable[[dict[str, Any], str, str], Column]
) -> Row:
    """Return a row of `results`.

    Args:
        row: an EvaluateResult.
        at: its place.
        column_of: from the row, its prompt label and its provider's label to its column.

    Raises:
        Unreadable: it is no such row.
    """
    if not isinstance(row, dict) or not isinstance(row.get("success"), bool):
        message = "a result does not say whether it was a success"
        raise Unreadable("malformed", message, at, "keep the file as promptfoo wrote it")
    prompt, provider = _mapping(row, "prompt"), row.get("provider")
    label = prompt.get("label") or prompt.get("display") or ""
    known = provider if isinstance(provider, dict) else {"id": provider}
    name = known.get("label") or known.get("id") or ""
    column = column_of(row, str(label), str(name))
    model = known.get("id")
    if isinstance(model, str) and model:
        column = column._replace(model=model)
    test = _mapping(row, "testCase")
    slices = slices_of(row.get("vars"), row.get("metadata"), test.get("metadata"))
    labels = _labels(column, str(name))
    case = Case(_outcome(row), at, labels, slices, named_scores(row.get("namedScores")))
    return Row(case, column, _cached(row))


def _labels(column: Column, provider: str) -> Labels:
    prompt = short(prompt_name(column))
    names = {"model": short(provider or column.model), "prompt": prompt}
    return tuple((name, value) for name, value in names.items() if value)


def prompt_name(column: Column) -> str:
    """Return the name of a prompt: its label, without the text that promptfoo appends to a path."""
    if column.raw and normalised(column.label).endswith(f": {normalised(column.raw)}"):
        return normalised(column.label).removesuffix(f": {normalised(column.raw)}")
    return column.label


def _outcome(row: dict[str, Any]) -> Outcome:
    """Return what came of a row; before `failureReason` an error is one without a grading."""
    grading, reason = row.get("gradingResult"), row.get("failureReason")
    if row["success"]:
        graded = isinstance(grading, dict) and grading.get("reason") != _UNJUDGED
        return "passed" if graded else "skipped"
    if reason == _ERROR or (reason in (None, 0) and row.get("error") and not grading):
        return "errored"
    return "failed"


def _cached(row: dict[str, Any]) -> bool:
    response = _mapping(row, "response")
    used = _mapping(response, "tokenUsage")
    alone = is_number(used.get("cached")) and used["cached"] > 0 and not used.get("prompt")
    return response.get("cached") is True or alone


def _mapping(row: dict[str, Any], key: str) -> dict[str, Any]:
    value = row.get(key)
    return value if isinstance(value, dict) else {}
