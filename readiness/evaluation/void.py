"""Whether a record's `void_if` bites: it stands only while the evidence rules that out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.errors import Location
from readiness.evaluation.compare import compare
from readiness.model.expectation import Reference
from readiness.model.plan import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from readiness.evaluation.evaluate import Gathered
    from readiness.model.expectation import Expectation
    from readiness.model.plan import Bound

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "=", "is": "!="}


def void_reason(
    expectation: Expectation, gathered: Iterable[Gathered], gives: Callable[[Bound, str], bool]
) -> str:
    """Return why a `void_if` bites for an item, or an empty text if all evidence rules it out.

    What cannot be told bites: else a record would be kept alive by hiding a file.

    Args:
        expectation: the `void_if`.
        gathered: the item's requirements with what was found for them.
        gives: whether the files of a requirement can give a metric at all.
    """
    text, metric = expectation.text, expectation.metric
    if isinstance(expectation.limit, Reference):
        return f"`{text}` cannot be checked: launch.{expectation.limit.name} is not known here"
    speaking = [
        part
        for part in gathered
        if gives(part.bound, metric)
        or any(fact.metric == metric for e in part.evidence for fact in e.facts)
    ]
    lost = [p.message for part in speaking for p in part.problems]
    lost += [p.message for part in speaking for e in part.evidence if e.invalid for p in e.problems]
    if lost:
        return f"`{text}` cannot be checked: {lost[0]}"
    pieces = [evidence for part in speaking for evidence in part.evidence]
    if not any(fact.metric == metric for evidence in pieces for fact in evidence.facts):
        return f"`{text}` cannot be checked: no evidence gives `{metric}`"
    for evidence in pieces:
        for denial in _denials(expectation):
            where = Location(evidence.path)
            found = compare(Check(denial, "", where), evidence.facts, where, confident=False)
            if found.outcome != "proven":
                return f"`{text}` is not ruled out: {found.message}"
    return ""


def _denials(expectation: Expectation) -> list[Expectation]:
    """Return what must all be proven for an expectation not to hold."""
    if expectation.op == "in":
        words = [word for word in expectation.limit if isinstance(word, str)]
        return [expectation._replace(op="!=", limit=word) for word in words]
    return [expectation._replace(op=_OPPOSITE[expectation.op])]
