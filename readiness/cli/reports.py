"""The reports that were asked for: which formats, how much of a review, and where they go."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from readiness.cli.streams import columns, say, wants_colour
from readiness.errors import ReadinessError, input_error
from readiness.writing import withdraw, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from readiness.model.review import Review
    from readiness.model.templates import Templates
    from readiness.rendering.format import Format, Shown


def find_format(name: str, option: str) -> Format:
    """Return a report format; what people should know about how it is made goes to stderr.

    Raises:
        InputError: there is none of that name, or what it needs is not installed.
    """
    from readiness.rendering.format import FORMATS  # noqa: PLC0415

    found = FORMATS.get(name) or choose(FORMATS.all, name, option)
    if note := found.ready():
        say(f"note: {note}\n", sys.stderr)
    return found


def choose(known: Mapping[str, Format], name: str, option: str) -> Format:
    """Return one of some formats.

    Raises:
        InputError: there is none of that name.
    """
    if name in known:
        return known[name]
    from readiness.model.text import and_list, did_you_mean  # noqa: PLC0415

    hint = did_you_mean(name, known) or f"formats: {and_list(sorted(known))}"
    raise input_error("unknown-format", f"there is no format `{name}`", option, hint)


def find_shown(name: str) -> Format:
    """Return the format that stdout shows.

    Raises:
        InputError: as `find_format`, or the format is binary and stdout is a terminal.
    """
    found = find_format(name, "--format")
    if found.binary and sys.stdout.isatty():
        raise input_error(
            "binary",
            f"`{name}` is not text, and stdout is a terminal",
            "--format",
            f"write it to a file: --output {name}=report{found.suffix}",
        )
    return found


def parse_outputs(
    outputs: Sequence[str], find: Callable[[str, str], Format] = find_format
) -> list[tuple[Format, Path]]:
    """Split `FORMAT=PATH` pairs, before anything is evaluated; `find` takes a name and an option.

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
        pairs.append((find(name, "--output"), Path(path)))
    return pairs


def take_away(outputs: Sequence[tuple[Format, Path]], launch: Path, *inputs: Path) -> None:
    """Remove the reports that will be written anew, so that none stays if that fails."""
    read = (launch, launch / "readiness.yaml", *inputs)
    withdraw((path for _, path in outputs), inputs=read)


def how_much(view: str, only: str) -> Shown | None:
    """Return how much of the review reports show; None for all of it.

    Raises:
        InputError: no such view.
    """
    if (view, only) == ("full", ""):
        return None
    from readiness.rendering.shown import asked  # noqa: PLC0415 - if asked

    return asked(view, only)


def own_templates(launch: Path) -> Templates | None:
    """Return a team's own templates, which lie beside its readiness.yaml.

    For a review saved as JSON they are those of the launch in or below whose folder it lies.
    """
    from readiness.loading.files import find_home  # noqa: PLC0415
    from readiness.loading.templates import read_templates  # noqa: PLC0415

    if launch.suffix != ".json":
        return read_templates(find_home(launch))
    try:
        home = find_home(launch.absolute().parent)
    except ReadinessError:  # a saved review needs no launch
        return None
    return read_templates(home)


def folder_of(launch: Path) -> str:
    """Return where a launch lies below the root of its repository; empty for the root.

    For a review saved as JSON it is the launch in or below whose folder it lies.
    """
    from readiness.loading.files import find_home  # noqa: PLC0415

    try:
        home = find_home(launch.absolute().parent if launch.suffix == ".json" else launch)
        below = home.folder.resolve().relative_to(home.root)
    except (ReadinessError, ValueError, OSError, RuntimeError):  # no launch, or links lead out
        return ""
    return "" if below == Path() else below.as_posix()


def emit(
    review: Review,
    shown: Format,
    outputs: list[tuple[Format, Path]],
    how: Shown | None = None,
    templates: Templates | None = None,
    folder: str = "",
) -> None:
    """Print the review in one format and write it in others.

    `folder` is where the launch lies in its repository.

    Raises:
        InputError: the review has none of the items to be shown.
    """
    from readiness.rendering.format import Shown, Style  # noqa: PLC0415

    if how is not None:
        from readiness.rendering.shown import check_only  # noqa: PLC0415 - if asked

        check_only(review, how.only)
    style = Style(shown=how or Shown(), templates=templates, folder=folder)
    for form, path in outputs:
        write_whole(path, form.render(review, style))
    say(shown.render(review, style._replace(colour=wants_colour(sys.stdout), width=columns())))
    for form, path in outputs:
        say(f"wrote {path} ({form.title})\n", sys.stderr)
    if shown.id == "github":
        from readiness.cli.github import publish  # noqa: PLC0415 - if asked

        publish(review, style)
