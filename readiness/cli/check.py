"""`readiness check`: evaluate a launch, print the decision, write reports, exit by the decision."""

from __future__ import annotations

from pathlib import Path

import typer

from readiness.cli.common import (
    AsOf,
    FormatName,
    Launch,
    Outputs,
    emit,
    find_format,
    parse_outputs,
    run_review,
)

NO_GO = 1
INCOMPLETE = 3


def command(
    launch: Launch = Path(),
    format: FormatName = "terminal",
    output: Outputs = [],  # noqa: B006 - typer copies it
    as_of: AsOf = "",
) -> None:
    """Evaluate a launch and decide: the gate for CI.

    Exits with 0 for GO or GO WITH CONDITIONS, 1 for NO-GO, 2 for wrong usage, invalid YAML or
    nothing to evaluate, 3 if the review could not be completed. Nothing turns a NO-GO into 0; for
    a report without a gate run `readiness report`.
    """
    shown, outputs = find_format(format, "--format"), parse_outputs(output)
    review = run_review(launch, as_of)
    emit(review, shown, outputs)
    if not review.complete:
        raise typer.Exit(INCOMPLETE)
    if review.decision == "NO-GO":
        raise typer.Exit(NO_GO)
