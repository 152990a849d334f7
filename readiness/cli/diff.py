"""`readiness diff`: what moved between two reviews, or between two commits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from readiness.cli.options import AsOf
from readiness.cli.streams import columns, say, wants_colour
from readiness.errors import input_error

_FORMATS = ("terminal", "json", "markdown")
Which = "A review saved as JSON, or a git ref such as main or v1.3."


def command(
    old: Annotated[str, typer.Argument(metavar="OLD", help=Which)],
    new: Annotated[str, typer.Argument(metavar="NEW", help=Which)],
    launch: Annotated[
        Path,
        typer.Option(
            "--launch",
            metavar="PATH",
            show_default="the working directory",
            help="The launch that refs are about: its readiness.yaml or folder.",
        ),
    ] = Path(),
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="|".join(_FORMATS), help="What stdout shows.")
    ] = "terminal",
    as_of: AsOf = "",
) -> None:
    """Show what moved: items, evidence, limits and checklists, and decisions, each by itself.

    An item that is better because something else is asked of it is no progress. Refs are evaluated
    on the same day, each with the files of its commit. Decides nothing: the exit code is 0.
    """
    if format not in _FORMATS:
        known = ", ".join(_FORMATS)
        raise input_error(
            "unknown-format", f"there is no format `{format}` here", "--format", f"formats: {known}"
        )
    from readiness.cli.baseline import difference_of, find_review  # noqa: PLC0415

    sides = [find_review(name, launch, as_of, name) for name in (old, new)]
    found = difference_of(sides[0], sides[1], (old, new))
    if format == "json":
        from readiness.model.serial import dump_difference  # noqa: PLC0415

        say(dump_difference(found))
        return
    from readiness.rendering.difference import markdown, terminal  # noqa: PLC0415
    from readiness.rendering.format import Style  # noqa: PLC0415

    if format == "markdown":
        say(markdown(found))
    else:
        say(terminal(found, Style(wants_colour(sys.stdout), columns())))
