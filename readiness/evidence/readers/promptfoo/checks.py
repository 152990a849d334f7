"""Totals that promptfoo wrote beside the rows, against the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.numbers import is_number
from readiness.model.fact import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.evals.cases import Case
    from readiness.evidence.structured import JsonDocument

_HELP = "keep the file as promptfoo wrote it"


def contradictions(
    document: JsonDocument, steps: tuple[str | int, ...], cases: list[Case]
) -> Iterator[Problem]:
    """Yield where `stats` disagrees with the rows.

    Before `errors` were counted apart they were among `failures`, so only their sum is compared.
    """
    passed = sum(case.outcome in ("passed", "skipped") for case in cases)
    stats = document.get(*steps, "stats")
    known = stats if isinstance(stats, dict) else {}
    failures, errors = known.get("failures"), known.get("errors", 0)
    if is_number(known.get("successes")) and known["successes"] != passed:
        message = f"`successes` is {known['successes']:g}, and {passed} rows are a success"
        at = document.at(*steps, "stats", "successes")
        yield Problem("invalid", "contradiction", message, at, _HELP)
    if is_number(failures) and is_number(errors) and failures + errors != len(cases) - passed:
        message = (
            f"`failures` and `errors` are {failures + errors:g}, "
            f"and {len(cases) - passed} rows are no success"
        )
        at = document.at(*steps, "stats", "failures")
        yield Problem("invalid", "contradiction", message, at, _HELP)
