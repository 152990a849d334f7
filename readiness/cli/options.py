"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Launch = Annotated[
    Path,
    typer.Argument(
        metavar="[LAUNCH]",
        help="A readiness.yaml, or a folder at or above which one lies.",
        show_default="the working directory",
        readable=False,  # typer would call an unreadable file wrong usage
    ),
]
AsOf = Annotated[
    str,
    typer.Option(
        "--as-of",
        metavar="DATE",
        show_default="today, UTC",
        help="The day of the review, as 2026-12-07.",
    ),
]
FormatName = Annotated[
    str,
    typer.Option(
        "--format", "-f", metavar="FORMAT", help="What stdout shows; `readiness list formats`."
    ),
]
Outputs = Annotated[
    list[str],
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT=PATH",
        show_default=False,
        help="Write a report too; may be repeated.",
    ),
]
Record = Annotated[
    str,
    typer.Option(
        "--record",
        metavar="DIR",
        show_default=False,
        help="Keep the review in a folder, and show the trend of those in it.",
    ),
]
History = Annotated[
    str,
    typer.Option(
        "--history",
        metavar="DIR",
        show_default=False,
        help="Show the trend of the reviews that `check --record DIR` kept.",
    ),
]
Limit = Annotated[
    list[str],
    typer.Option(
        "--limit",
        metavar="NAME=VALUE",
        show_default=False,
        help="Let one evidence file cost more or less: time, memory, size, content, ratio, held, "
        "depth, nodes. May be repeated.",
    ),
]
PolicyFrom = Annotated[
    str,
    typer.Option(
        "--policy-from",
        metavar="REF",
        show_default=False,
        help="Judge by the checklists, approvers and decisions of a trusted git ref; only evidence "
        "and candidate are the tree's.",
    ),
]
Baseline = Annotated[
    str,
    typer.Option(
        "--baseline",
        metavar="FILE|REF",
        show_default=False,
        help="Show what moved since a review saved as JSON, or since a git ref.",
    ),
]
NoRegressions = Annotated[
    bool,
    typer.Option(
        "--no-regressions",
        help="NO-GO if an item is worse than in the baseline, or no longer asked.",
    ),
]
View = Annotated[
    str,
    typer.Option(
        "--view",
        metavar="memo|full",
        help="How much reports for people show; JSON and other data are always whole.",
    ),
]
Only = Annotated[
    str,
    typer.Option(
        "--only",
        metavar="blocker|open|AREA",
        show_default=False,
        help="List only these items in reports for people; the decision is that of all.",
    ),
]
Locked = Annotated[
    bool,
    typer.Option("--locked", help="Refuse evidence that is not as `readiness lock` recorded it."),
]
