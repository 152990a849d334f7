"""`readiness whiteboard`: what breaks, what happens then, and what comes later, on one board."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from readiness.cli.options import AsOf, Launch
from readiness.cli.reports import choose, emit, parse_outputs, take_away
from readiness.cli.running import load_or_run

Shown = Annotated[
    str,
    typer.Option("--format", "-f", metavar="terminal|markdown|html", help="What stdout shows."),
]
Written = Annotated[
    list[str],
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT=PATH",
        show_default=False,
        help="Write the board too; may be repeated.",
    ),
]


def command(
    launch: Launch = Path(),
    format: Shown = "terminal",
    output: Written = [],  # noqa: B006 - typer copies it
    as_of: AsOf = "",
) -> None:
    """Show the failure domains alone: fallback with its drill, and what comes later.

    One table of three columns for a meeting: what may fail, what happens at once and which drill
    proves it, what comes later. What nobody has described, drilled or planned is named as such.
    Give a saved review (.json) in place of the launch to read no evidence. Exits with 0 whatever
    the decision is.
    """
    from readiness.rendering.whiteboard import BOARDS  # noqa: PLC0415 - start-up time

    find = partial(choose, BOARDS)
    outputs = parse_outputs(output, find)
    take_away(outputs, launch)
    shown = find(format, "--format")
    emit(load_or_run(launch, as_of), shown, outputs)
