"""`readiness inspect`: what a reader sees in a file, or how two load tests differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from readiness.cli.asked import AskedFile
from readiness.cli.inspecting import inspect
from readiness.cli.options import Limit

Other = Annotated[
    Path | None,
    typer.Argument(
        help="A later load test, to compare with the first.", show_default=False, readable=False
    ),
]
Shown = Annotated[
    str,
    typer.Option("--format", "-f", metavar="terminal|json", help="What stdout shows."),
]
ReaderId = Annotated[
    str,
    typer.Option(
        "--reader", metavar="ID", show_default="by content", help="Read it with this reader."
    ),
]
Slot = Annotated[
    str,
    typer.Option(
        "--slot",
        metavar="NAME",
        show_default=False,
        help="Read it as the launch binds this slot, with its map.",
    ),
]


def command(
    file: Annotated[Path, typer.Argument(help="An evidence file.", readable=False)],
    other: Other = None,
    format: Shown = "terminal",
    reader: ReaderId = "",
    slot: Slot = "",
    limit: Limit = [],  # noqa: B006 - typer copies it
) -> None:
    """Show what is read from an evidence file: facts, places, problems.

    With a second file, two load tests side by side: what changed, tested on their samples; if one
    of them cannot be believed, what is wrong with it.
    Exits with 0 if the files can be believed, 1 if not, 3 if one could not be read.
    """
    asked = AskedFile(file, other, format, reader, slot, tuple(limit))
    raise typer.Exit(inspect(asked))
