"""What commands do, without typer: evaluate, print, write reports, and say how it ended."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from readiness.cli.reports import (
    emit,
    find_shown,
    folder_of,
    how_much,
    own_templates,
    parse_outputs,
    take_away,
)
from readiness.cli.streams import Progress, say
from readiness.errors import input_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from readiness.cli.asked import Asked
    from readiness.model.review import Review
    from readiness.pipeline import Options

NO_GO = 1
INCOMPLETE = 3


def check(asked: Asked) -> int:
    """Evaluate a launch, print and write reports, and return the exit code of the decision."""
    files = parse_outputs(asked.outputs)
    launch = asked.launch
    take_away(files, launch, Path(asked.baseline))
    how, form = how_much(asked.view, asked.only), find_shown(asked.shown)
    templates = own_templates(launch)
    before = _baseline(asked)
    folder = _folder(asked.record)
    try:
        review = run_review(
            launch,
            asked.as_of,
            asked.limits,
            locked=asked.locked,
            policy_from=asked.policy_from,
        )
        if before is not None:
            from readiness.cli.baseline import since  # noqa: PLC0415 - if asked

            review = since(review, before, asked.baseline, refuse=asked.no_regressions)
        if folder is not None:
            review = _recorded(review, folder)
        emit(review, form, files, how, templates, folder_of(launch))
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


def run_review(
    launch: Path,
    as_of: str,
    limits: Sequence[str] = (),
    *,
    locked: bool = False,
    policy_from: str = "",
) -> Review:
    """Evaluate a launch, with progress on stderr; its policy may come from a trusted ref."""
    from readiness.loading.basis import find_basis  # noqa: PLC0415
    from readiness.loading.files import find_home  # noqa: PLC0415
    from readiness.pipeline import review  # noqa: PLC0415

    progress = Progress()
    home = find_home(launch)
    try:
        how = options(as_of, limits, progress, locked=locked)
        with find_basis(home, policy_from, os.environ) as basis:
            return review(home, how._replace(basis=basis))
    finally:
        progress.done()


def options(
    as_of: str, limits: Sequence[str], progress: Callable[[str], None], *, locked: bool = False
) -> Options:
    """Return how a launch is read: by a process of its own where the system has that."""
    from readiness.cli.shield import shield  # noqa: PLC0415
    from readiness.evidence.apart import AVAILABLE  # noqa: PLC0415
    from readiness.pipeline import Options  # noqa: PLC0415

    found = Options(day(as_of), shield, progress, locked, apart=AVAILABLE)
    if limits:
        from readiness.cli.limits import parse_limits  # noqa: PLC0415 - if asked

        found = found._replace(limits=parse_limits(limits))
    return found


def _baseline(asked: Asked) -> Review | None:
    """Return the review to compare with, if one is named."""
    if asked.baseline:
        from readiness.cli.baseline import find_review  # noqa: PLC0415 - if asked

        return find_review(asked.baseline, asked.launch, asked.as_of, "--baseline")
    if asked.no_regressions:
        message = "nothing is named that a regression could be told from"
        raise input_error("usage", message, "--no-regressions", "add --baseline FILE or REF")
    return None


def _folder(record: str) -> Path | None:
    """Return the folder for reviews, if one is named."""
    if not record:
        return None
    from readiness.cli.recorded import open_folder  # noqa: PLC0415 - if asked

    return open_folder(Path(record), "--record", make=True)


def _recorded(review: Review, folder: Path) -> Review:
    """Return a review beside those in a folder, and keep it there too."""
    from readiness.cli.recorded import keep, with_history  # noqa: PLC0415 - if asked

    review = with_history(review, folder)
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
