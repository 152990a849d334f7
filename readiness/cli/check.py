"""`readiness check`: evaluate a launch, print the decision, write reports, exit by the decision."""

from __future__ import annotations

from pathlib import Path

import typer

from readiness.cli.asked import Asked
from readiness.cli.options import (
    AsOf,
    Baseline,
    FormatName,
    Launch,
    Limit,
    Locked,
    NoRegressions,
    Only,
    Outputs,
    PolicyFrom,
    Record,
    View,
)
from readiness.cli.running import check


def command(  # noqa: PLR0913 - one for each option
    launch: Launch = Path(),
    format: FormatName = "terminal",
    output: Outputs = [],  # noqa: B006 - typer copies it
    as_of: AsOf = "",
    record: Record = "",
    view: View = "full",
    only: Only = "",
    locked: Locked = False,  # noqa: FBT002 - typer's signature
    limit: Limit = [],  # noqa: B006 - typer copies it
    policy_from: PolicyFrom = "",
    baseline: Baseline = "",
    no_regressions: NoRegressions = False,  # noqa: FBT002 - typer's signature
) -> None:
    """Evaluate a launch and decide: the gate for CI.

    Exits with 0 for GO or GO WITH CONDITIONS, 1 for NO-GO, 2 for wrong usage, invalid YAML or
    nothing to evaluate, 3 if the review could not be completed. Nothing turns a NO-GO into 0; for
    a report without a gate run `readiness report`.
    """
    files, most = tuple(output), tuple(limit)
    asked = Asked(launch, format, files, as_of, record, view, only, most, locked)
    asked = asked._replace(
        policy_from=policy_from, baseline=baseline, no_regressions=no_regressions
    )
    raise typer.Exit(check(asked))
