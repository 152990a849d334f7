"""`readiness check`: evaluate a launch, print the decision, write reports, exit by the decision."""

from __future__ import annotations

from pathlib import Path

import typer

from readiness.cli.options import (
    AsOf,
    Baseline,
    FormatName,
    Launch,
    NoRegressions,
    Only,
    Outputs,
    PolicyFrom,
    Record,
    View,
)
from readiness.cli.running import check


def command(  # noqa: PLR0913 - one option each
    launch: Launch = Path(),
    format: FormatName = "terminal",
    output: Outputs = [],  # noqa: B006 - typer copies it
    as_of: AsOf = "",
    record: Record = "",
    view: View = "full",
    only: Only = "",
    policy_from: PolicyFrom = "",
    baseline: Baseline = "",
    no_regressions: NoRegressions = False,  # noqa: FBT002 - typer's signature
) -> None:
    """Evaluate a launch and decide: the gate for CI.

    Exits with 0 for GO or GO WITH CONDITIONS, 1 for NO-GO, 2 for wrong usage, invalid YAML or
    nothing to evaluate, 3 if the review could not be completed. Nothing turns a NO-GO into 0; for
    a report without a gate run `readiness report`.
    """
    flag = "--no-regressions" if no_regressions else ""
    asked = (launch, format, output, as_of, record, view, only, policy_from, baseline, flag)
    raise typer.Exit(check(*asked))
