"""What commands do, without typer: evaluate, print, write reports, and say how it ended."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from readiness.cli.streams import Progress, columns, say, wants_colour
from readiness.errors import ReadinessError, input_error
from readiness.writing import withdraw, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from readiness.model.review import Review
    from readiness.model.templates import Templates
    from readiness.rendering.format import Format, Shown

NO_GO = 1
INCOMPLETE = 3


def check(
    launch: Path,
    shown: str,
    outputs: list[str],
    as_of: str,
    record: str = "",
    view: str = "full",
    only: str = "",
    limits: Sequence[str] = (),
) -> int:
    """Evaluate a launch, print and write reports, and return the exit code of the decision."""
    files = parse_outputs(outputs)
    take_away(files, launch)
    how, form = how_much(view, only), find_shown(shown)
    templates = own_templates(launch)
    try:
        review = run_review(launch, as_of, limits, record)
        emit(review, form, files, how, templates)
    except SystemExit as error:  # by a plug-in: its code is not the decision's
        raise RuntimeError("a plug-in tried to end the program") from error
    if not review.complete:
        return INCOMPLETE
    return NO_GO if review.decision == "NO-GO" else 0


def day(text: str) -> date:
    """Return the day of the review.

    Raises:
        InputError: not a date.
    """
    from datetime import UTC, date, datetime  # noqa: PLC0415

    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text if len(text) == len("2026-12-07") else "")
    except ValueError:
        raise input_error(
            "value", f"`{text}` is not a date", "--as-of", "write it as 2026-12-07"
        ) from None


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
    outputs: list[str], find: Callable[[str, str], Format] = find_format
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


def take_away(outputs: list[tuple[Format, Path]], launch: Path) -> None:
    """Remove the reports that will be written anew, so that none stays if that fails."""
    withdraw((path for _, path in outputs), inputs=(launch, launch / "readiness.yaml"))


def run_review(launch: Path, as_of: str, limits: Sequence[str] = (), record: str = "") -> Review:
    """Evaluate a launch, with progress on stderr; with the reviews in a folder, and kept there."""
    if record:
        return _recorded(launch, as_of, record, limits)
    from readiness.cli.shield import shield  # noqa: PLC0415
    from readiness.evidence.apart import AVAILABLE  # noqa: PLC0415
    from readiness.loading.files import find_home  # noqa: PLC0415
    from readiness.pipeline import Options, review  # noqa: PLC0415

    progress = Progress()
    try:
        options = Options(day(as_of), shield, progress, apart=AVAILABLE)
        if limits:
            from readiness.cli.limits import parse_limits  # noqa: PLC0415 - if asked

            options = options._replace(limits=parse_limits(limits))
        return review(find_home(launch), options)
    finally:
        progress.done()


def _recorded(launch: Path, as_of: str, record: str, limits: Sequence[str]) -> Review:
    """Evaluate a launch, beside the reviews in a folder, and keep it there too."""
    from readiness.cli.recorded import keep, open_folder, with_history  # noqa: PLC0415 - if asked

    folder = open_folder(Path(record), "--record", make=True)
    review = with_history(run_review(launch, as_of, limits), folder)
    say(f"recorded {keep(review, folder)}\n", sys.stderr)
    return review


def beside_recorded(review: Review, folder: str) -> Review:
    """Return a review with those that were recorded before it in a folder, if one is named."""
    if not folder:
        return review
    from readiness.cli.recorded import open_folder, with_history  # noqa: PLC0415 - if asked

    return with_history(review, open_folder(Path(folder), "--history", make=False))


def load_or_run(launch: Path, as_of: str, limits: Sequence[str] = ()) -> Review:
    """Return a review that was saved as JSON, or evaluate a launch."""
    if launch.suffix != ".json":
        return run_review(launch, as_of, limits)
    from readiness.cli.saved import read_review  # noqa: PLC0415

    return read_review(launch)


def load_to_rank(launch: Path, as_of: str) -> Review:
    """Return a review to compute with: one from a file must agree with itself.

    Raises:
        InputError: it does not.
    """
    review = load_or_run(launch, as_of)
    from readiness.decision.consistent import flaw  # noqa: PLC0415

    if found := flaw(review):
        raise input_error(
            "inconsistent-review",
            f"this review does not agree with itself: {found}",
            str(launch),
            "write it again with `readiness check --output json=PATH`",
        )
    return review


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


def emit(
    review: Review,
    shown: Format,
    outputs: list[tuple[Format, Path]],
    how: Shown | None = None,
    templates: Templates | None = None,
) -> None:
    """Print the review in one format and write it in others.

    Raises:
        InputError: the review has none of the items to be shown.
    """
    from readiness.rendering.format import Shown, Style  # noqa: PLC0415

    if how is not None:
        from readiness.rendering.shown import check_only  # noqa: PLC0415 - if asked

        check_only(review, how.only)
    style = Style(shown=how or Shown(), templates=templates)
    for form, path in outputs:
        write_whole(path, form.render(review, style))
    say(shown.render(review, style._replace(colour=wants_colour(sys.stdout), width=columns())))
    for form, path in outputs:
        say(f"wrote {path} ({form.title})\n", sys.stderr)
