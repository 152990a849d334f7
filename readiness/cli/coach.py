"""`readiness coach`: walk through a launch as a reviewer would, item by item."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from readiness.cli.options import AsOf, Launch
from readiness.cli.running import INCOMPLETE, day
from readiness.cli.streams import Progress, columns, say, wants_colour
from readiness.errors import input_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.model.review import ItemResult
    from readiness.model.walk import Walk
    from readiness.rendering.format import Style

_FORMATS = ("terminal", "json")
_ONLY = ("open", "blockers", "all")
_QUIT = ("q", "quit", "exit")

Shown = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="|".join(_FORMATS),
        show_default="terminal, step by step where there is one",
        help="Print the whole walk in a format.",
    ),
]
OneItem = Annotated[
    str,
    typer.Option("--item", metavar="ID", show_default=False, help="Stop at this item only."),
]
Area = Annotated[
    str,
    typer.Option(
        "--area",
        metavar="NAME",
        show_default=False,
        help="Stop at the items of an area or a failure domain.",
    ),
]
Only = Annotated[
    str,
    typer.Option(
        "--only",
        metavar="|".join(_ONLY),
        help="Stop at what is open, at the blockers the launch waits for, or at everything.",
    ),
]


def command(
    launch: Launch = Path(),
    item: OneItem = "",
    area: Area = "",
    only: Only = "all",
    format: Shown = "",
    as_of: AsOf = "",
) -> None:
    """Walk through a launch as a reviewer would: question, evidence, met or not.

    Goes through the agenda by priority and says at each item what is asked, what was found and
    what to do. The launch may be half written: it says what to bind and how. In a terminal it
    stops at each item (Enter goes on, q ends). It is no gate: exits with 0 if the walk could be
    given, 2 for wrong input, 3 if the review could not be completed.
    """
    if format not in ("", *_FORMATS):
        hint = f"formats: {', '.join(_FORMATS)}"
        raise input_error("unknown-format", f"there is no format `{format}` here", "--format", hint)
    if only not in _ONLY:
        hint = f"one of {', '.join(_ONLY)}"
        raise input_error("value", f"there is nothing called `{only}` to show", "--only", hint)
    if launch.suffix == ".json":
        message = "a saved review does not say what its items ask"
        raise input_error("usage", message, str(launch), "give the launch itself")
    walk = _walk(launch, as_of, item, area, only)
    if format == "json":
        from readiness.model.serial import dump_walk  # noqa: PLC0415

        say(dump_walk(walk))
    else:
        from readiness.rendering.format import Style  # noqa: PLC0415

        live = sys.stdin.isatty() and sys.stdout.isatty()
        show = _step_by_step if live and not format and not item else _print
        show(walk, Style(wants_colour(sys.stdout), columns()))
    if not walk.complete:
        raise typer.Exit(INCOMPLETE)


def _walk(launch: Path, as_of: str, item: str, area: str, only: str) -> Walk:
    """Evaluate a launch, which may be a draft, and put it into a walk."""
    from readiness.cli.shield import shield  # noqa: PLC0415
    from readiness.loading.files import find_home  # noqa: PLC0415
    from readiness.pipeline import Options, glossary, lint, review_of  # noqa: PLC0415
    from readiness.rendering.walk import build  # noqa: PLC0415

    home, progress = find_home(launch), Progress()
    plan = lint(home, draft=True)
    try:
        review = review_of(plan, home, Options(day(as_of), shield, progress))
    finally:
        progress.done()
    wanted = _known(item.upper(), [i.id for i in review.items], "item", "--item")
    areas = {name for i in review.items for name in (i.area, i.domain) if name}
    topic = _known(area, areas, "area", "--area")

    def chosen(found: ItemResult) -> bool:
        fits = {"open": found.open, "blockers": found.waits, "all": True}[only]
        of_topic = not topic or topic in (found.area, found.domain)
        return found.id == wanted if wanted else fits and of_topic

    return build(plan, review, glossary(plan), chosen)


def _known(name: str, known: Iterable[str], kind: str, option: str) -> str:
    """Return a name of the launch, or an empty text as it is.

    Raises:
        InputError: the launch has no such name.
    """
    if not name or name in known:
        return name
    from readiness.model.text import and_list, did_you_mean  # noqa: PLC0415

    listed = (
        f"{kind}s: {and_list(sorted(known))}" if kind == "area" else "`readiness coach` shows all"
    )
    hint = did_you_mean(name, known) or listed
    raise input_error(f"unknown-{kind}", f"the launch has no {kind} `{name}`", option, hint)


def _print(walk: Walk, style: Style) -> None:
    from readiness.rendering.coach import text  # noqa: PLC0415

    say(text(walk, style))


def _step_by_step(walk: Walk, style: Style) -> None:
    """Show a stop, wait for a line, go on; `q` and the end of the input lead to the decision."""
    from readiness.rendering import coach  # noqa: PLC0415

    say(coach.opening(walk, style))
    for one in (one for topic in walk.topics for one in topic.stops):
        say("Enter: go on · q: end ", sys.stderr)
        line = sys.stdin.readline()
        if not line or line.strip().lower() in _QUIT:
            break
        say(f"\n{coach.stop(walk, one, style)}")
    say(f"\n{coach.closing(walk, style)}")
