"""What commands share: options, the run itself, and the writing of reports."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from readiness.cli.streams import Progress, columns, say, wants_colour, write_whole
from readiness.errors import input_error

if TYPE_CHECKING:
    from readiness.model.review import Review
    from readiness.rendering.format import Format

Launch = Annotated[
    Path,
    typer.Argument(
        metavar="[LAUNCH]",
        help="A readiness.yaml, or a folder at or above which one lies.",
        show_default="the working directory",
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


def day(text: str) -> date:
    """Return the day of the review.

    Raises:
        InputError: not a date.
    """
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise input_error(
            "value", f"`{text}` is not a date", "--as-of", "write it as 2026-12-07"
        ) from None


def find_format(name: str, option: str) -> Format:
    """Return a report format.

    Raises:
        InputError: there is none of that name.
    """
    from readiness.model.text import and_list, did_you_mean  # noqa: PLC0415
    from readiness.rendering.format import FORMATS  # noqa: PLC0415

    found = FORMATS.get(name)
    if found is None:
        known = sorted(FORMATS.all)
        raise input_error(
            "unknown-format",
            f"there is no format `{name}`",
            option,
            did_you_mean(name, known) or f"formats: {and_list(known)}",
        )
    return found


def parse_outputs(outputs: list[str]) -> list[tuple[Format, Path]]:
    """Split `FORMAT=PATH` pairs, before anything is evaluated.

    Raises:
        InputError: not such a pair, or an unknown format.
    """
    pairs = []
    for output in outputs:
        name, separator, path = output.partition("=")
        if not separator or not path:
            raise input_error(
                "usage",
                f"`{output}` is not FORMAT=PATH",
                "--output",
                "write for example --output html=report.html",
            )
        pairs.append((find_format(name, "--output"), Path(path)))
    return pairs


def run_review(launch: Path, as_of: str) -> Review:
    """Evaluate a launch, with progress on stderr."""
    from readiness.cli.shield import shield  # noqa: PLC0415
    from readiness.loading.files import find_home  # noqa: PLC0415
    from readiness.pipeline import Options, review  # noqa: PLC0415

    progress = Progress()
    try:
        return review(find_home(launch), Options(day(as_of), shield, progress))
    finally:
        progress.done()


def emit(review: Review, shown: Format, outputs: list[tuple[Format, Path]]) -> None:
    """Print the review in one format and write it in others."""
    from readiness.rendering.format import Style  # noqa: PLC0415

    for form, path in outputs:
        write_whole(path, form.render(review, Style()))
    say(shown.render(review, Style(wants_colour(sys.stdout), columns())))
    for form, path in outputs:
        say(f"wrote {path} ({form.title})\n", sys.stderr)
