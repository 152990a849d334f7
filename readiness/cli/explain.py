"""`readiness explain`: the arithmetic behind one item, and how to prove it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from readiness.cli.options import AsOf, Launch
from readiness.cli.running import load_or_run
from readiness.cli.streams import columns, say, wants_colour
from readiness.errors import input_error


def command(
    item: Annotated[str, typer.Argument(help="The id of an item, such as LOAD-01.")],
    launch: Launch = Path(),
    as_of: AsOf = "",
) -> None:
    """Explain one item: evidence, credit, rank, and how to prove it.

    Shows the arithmetic to the last digit, so that it can be done again by hand.
    """
    review = load_or_run(launch, as_of)
    from readiness.decision.ranking import prove  # noqa: PLC0415
    from readiness.model.text import did_you_mean  # noqa: PLC0415
    from readiness.rendering.explain import explain  # noqa: PLC0415
    from readiness.rendering.format import Style  # noqa: PLC0415

    ids = [result.id for result in review.items]
    wanted = item.upper()
    if wanted not in ids:
        raise input_error(
            "unknown-item",
            f"the launch has no item {item}",
            "ITEM",
            did_you_mean(wanted, ids) or "`readiness list items` shows them",
        )
    style = Style(wants_colour(sys.stdout), columns())
    say(explain(review, wanted, prove(review, wanted), style))
