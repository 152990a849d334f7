"""`readiness report`: the same report without the gate, from a launch or from a saved review."""

from __future__ import annotations

from pathlib import Path

from readiness.cli.options import AsOf, FormatName, History, Launch, Limit, Only, Outputs, View
from readiness.cli.reports import (
    emit,
    find_shown,
    folder_of,
    how_much,
    own_templates,
    parse_outputs,
    take_away,
)
from readiness.cli.running import beside_recorded, load_or_run


def command(
    launch: Launch = Path(),
    format: FormatName = "terminal",
    output: Outputs = [],  # noqa: B006 - typer copies it
    as_of: AsOf = "",
    history: History = "",
    view: View = "full",
    only: Only = "",
    limit: Limit = [],  # noqa: B006 - typer copies it
) -> None:
    """Report on a launch, or on a review saved as JSON, without a gate.

    Give a saved review (a .json file written by `check --output json=PATH`) in place of the launch
    to render it again without reading any evidence. Exits with 0 whatever the decision is.
    """
    outputs = parse_outputs(output)
    take_away(outputs, launch)
    how, shown = how_much(view, only), find_shown(format)
    templates = own_templates(launch)
    review = beside_recorded(load_or_run(launch, as_of, limit), history)
    emit(review, shown, outputs, how, templates, folder_of(launch))
