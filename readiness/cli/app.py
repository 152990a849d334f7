"""The command line: one module per command, imported when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from readiness.cli.streams import say
from readiness.errors import input_error
from readiness.model.text import did_you_mean

COMMANDS = {
    "check": "check",
    "report": "report",
    "whiteboard": "whiteboard",
    "explain": "explain",
    "rank": "rank",
    "coach": "coach",
    "decide": "decide",
    "diff": "diff",
    "lock": "lock",
    "keygen": "keygen",
    "attest": "attest",
    "verify": "verify",
    "lint": "lint",
    "inspect": "inspect_file",
    "init": "init",
    "schema": "schema",
    "list": "list_plugins",
    "mcp": "mcp_server",
}


class Commands(TyperGroup):
    """The commands, in the order a newcomer meets them; each is imported when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        """Return the names."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Return one command, or None."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"readiness.cli.{COMMANDS[cmd_name]}")
        group = getattr(module, "app", None)  # a command with commands of its own
        if group is None:
            group = typer.Typer(rich_markup_mode=None, add_completion=False)
            group.command(cmd_name)(module.command)
        command = typer.main.get_command(group)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Refuse a command that does not exist, naming the nearest.

        Raises:
            InputError: there is no such command.
        """
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise input_error(
                "usage",
                f"there is no command `{args[0]}`",
                "readiness",
                did_you_mean(args[0], COMMANDS) or f"commands: {', '.join(COMMANDS)}",
            )
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def root(
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    """Decide launch reviews from evidence files.

    Exit codes: 0 GO or GO WITH CONDITIONS, 1 NO-GO, 2 wrong usage or invalid YAML or nothing to
    evaluate, 3 the review could not be completed, 130 interrupted.
    """
    if version:
        from readiness import __version__  # noqa: PLC0415

        say(f"readiness {__version__}\n")
        raise typer.Exit
