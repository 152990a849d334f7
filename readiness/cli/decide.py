"""`readiness decide`: write people's decisions, and show which of them hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from readiness.cli.options import AsOf, Launch
from readiness.errors import input_error

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Waive, defer, sign off, or declare not applicable: in writing, and for a while.\n\n"
    "Writes decisions.yaml beside readiness.yaml; everything else in it stays as it is.",
)

Item = Annotated[str, typer.Argument(metavar="ITEM", help="The id of an item, such as LOAD-01.")]
Signed = Annotated[
    str,
    typer.Argument(metavar="ITEM", help="The id of an item, or `launch` for the candidate."),
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
Harm = Annotated[
    str, typer.Option("--harm-if-wrong", metavar="TEXT", help="What users suffer if it is wrong.")
]
Mitigation = Annotated[
    str, typer.Option("--mitigation", metavar="TEXT", help="What is done meanwhile.")
]
By = Annotated[
    str, typer.Option("--approver", metavar="NAME", help="Who decides; not the item's owner.")
]
Expires = Annotated[
    str,
    typer.Option(
        "--expires", metavar="DATE|DAYS", help="Last day it holds, or how long: 30d; at most 90d."
    ),
]
Approved = Annotated[
    str,
    typer.Option(
        "--approved", metavar="DATE", show_default="today, UTC", help="The day of the decision."
    ),
]
VoidIf = Annotated[
    str,
    typer.Option(
        "--void-if",
        metavar="EXPECTATION",
        show_default=False,
        help="What ends it as soon as it holds: 'errors > 2 %'.",
    ),
]
Revisit = Annotated[
    list[str],
    typer.Option(
        "--revisit-when",
        metavar="KEY=VALUE",
        show_default=False,
        help="When to look again: date=, change=, locale= or share=; may be repeated.",
    ),
]
Ticket = Annotated[
    str,
    typer.Option("--ticket", metavar="ID", show_default=False, help="Where the work is tracked."),
]


def _record(kind: str, summary: str) -> None:
    """Add a command that writes a record of one kind."""
    from readiness.model.decided_result import LAUNCH  # noqa: PLC0415

    signs = kind == "sign-off"

    def command(  # noqa: PLR0913 - one option for each field of a record
        item: str,
        reason: Reason,
        harm_if_wrong: Harm,
        mitigation: Mitigation,
        approver: By,
        expires: Expires,
        launch: Launch = Path(),
        approved: Approved = "",
        void_if: VoidIf = "",
        revisit_when: Revisit = [],  # noqa: B006 - typer copies it
        ticket: Ticket = "",
    ) -> None:
        from readiness.cli.deciding import Asked, write  # noqa: PLC0415

        name = LAUNCH if signs and item.lower() == LAUNCH else item.upper()
        texts = {"reason": reason, "harm_if_wrong": harm_if_wrong, "mitigation": mitigation,
                 "approver": approver}  # fmt: skip
        write(launch, Asked(name, kind, texts, approved, expires, void_if, revisit_when, ticket))

    command.__annotations__["item"] = Signed if signs else Item
    command.__doc__ = summary
    name = {"waived": "waive", "deferred": "defer"}.get(kind, kind)
    app.command(name)(command)


_record(
    "waived",
    "Accept the risk of an item that is not proven.\n\nIt is evaluated as before and shown with "
    "its real outcome; it earns no credit, and the launch goes on conditions.",
)
_record(
    "deferred",
    "Put off a deferrable item until after the launch.\n\nA blocker cannot be deferred: prove it, "
    "or accept the risk.",
)
_record(
    "not-applicable",
    "Declare that an item does not apply to this launch.\n\nIt earns no credit, and the launch "
    "goes on conditions.",
)
_record(
    "sign-off",
    "Sign off an item, or the candidate (`launch`).\n\nreadiness.yaml says under `sign_offs` how "
    "many approvers must sign the candidate off; the record names its version and counts for no "
    "other.",
)


@app.command("list")
def show(
    launch: Launch = Path(),
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="terminal|json", help="What stdout shows.")
    ] = "terminal",
    within: Annotated[
        int, typer.Option("--within", metavar="DAYS", min=0, help="What counts as expiring.")
    ] = 14,
    as_of: AsOf = "",
) -> None:
    """Show which decisions hold, which expire soon, and which do not count and why.

    Takes a launch, or a review saved as JSON. Evidence is read, so that `void_if` is evaluated.
    """
    if format not in ("terminal", "json"):
        raise input_error(
            "unknown-format", f"there is no format `{format}` here", "--format", "terminal or json"
        )
    from readiness.cli.deciding import listed  # noqa: PLC0415

    listed(launch, as_of, within, format)
