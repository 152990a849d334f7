"""`readiness init`: write a launch to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from readiness.cli.streams import say
from readiness.errors import input_error
from readiness.resources import shipped
from readiness.writing import unwritable, write_new


def command(
    folder: Annotated[
        Path, typer.Argument(help="Where to write it.", show_default="the working directory")
    ] = Path(),
    service: Annotated[
        str,
        typer.Option(
            "--service", metavar="NAME", show_default="the folder's name", help="What is launched."
        ),
    ] = "",
) -> None:
    """Write a readiness.yaml to start from.

    Never over a file that is there. It describes an LLM service with every slot and parameter
    of the shipped checklists bound. Nothing is proven yet, so `readiness check` says NO-GO and
    what to do first.
    """
    from readiness.loading.edit import with_values  # noqa: PLC0415

    target = folder / "readiness.yaml"
    if target.exists():
        raise input_error(
            "exists",
            "the file is there already, and init never overwrites",
            str(target),
            "edit it, or give another folder",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from None
    name = service or _as_name(folder.resolve().name)
    if name != _as_name(name):
        raise input_error(
            "value",
            f"`{name}` is not a service name",
            "--service",
            f"letters, digits, `-`, `_` and `.`; for example `{_as_name(name)}`",
        )
    template = (shipped("templates") / "init" / "readiness.yaml").read_text(encoding="utf-8")
    write_new(target, with_values(template, {"service": name, "title": name}).encode())
    say(
        f"wrote {target}\n"
        "Next: 1. set the date, the owner and the numbers under `parameters`\n"
        "      2. readiness lint     is it written right?\n"
        "      3. readiness check    what is proven, and what to do first\n"
    )


def _as_name(text: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in text).strip(
        "-._"
    )
    return kept or "my-service"
