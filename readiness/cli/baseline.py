"""A review to compare with, from a file or a git ref, and what moved since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from readiness.errors import input_error

if TYPE_CHECKING:
    from readiness.model.difference import Difference
    from readiness.model.review import Review


def find_review(name: str, launch: Path, as_of: str, option: str) -> Review:
    """Return a review saved as JSON, or that of a launch as a git ref has it.

    Raises:
        InputError: neither such a file nor such a ref, or the launch there is wrong.
        IncompleteError: it cannot be read.
    """
    path = Path(name)
    if path.suffix == ".json" or path.is_file():
        from readiness.cli.saved import read_review  # noqa: PLC0415

        return read_review(path)
    from readiness.cli.at_ref import launch_at  # noqa: PLC0415
    from readiness.cli.running import day  # noqa: PLC0415
    from readiness.cli.shield import shield  # noqa: PLC0415
    from readiness.cli.streams import Progress  # noqa: PLC0415
    from readiness.loading.files import find_home  # noqa: PLC0415
    from readiness.pipeline import Options, review  # noqa: PLC0415

    progress = Progress()
    try:
        with launch_at(find_home(launch), name, option) as home:
            return review(home, Options(day(as_of), shield, progress))
    finally:
        progress.done()


def difference_of(old: Review, new: Review, sources: tuple[str, str]) -> Difference:
    """Return what moved between two reviews.

    Raises:
        InputError: they are of two services.
    """
    from readiness.decision.difference import difference  # noqa: PLC0415

    if old.launch.service != new.launch.service:
        services = f"{old.launch.service} and {new.launch.service}"
        raise input_error(
            "another-service",
            f"these are reviews of two services, {services}",
            sources[0],
            "compare reviews of one service",
        )
    return difference(old, new, sources)


def since(review: Review, baseline: Review, name: str, *, refuse: bool) -> Review:
    """Return a review with what moved since a baseline; regressions hold it if they are refused."""
    from readiness.decision.decide import held  # noqa: PLC0415
    from readiness.decision.difference import regressed  # noqa: PLC0415

    found = difference_of(baseline, review, (name, "this review"))
    hold = regressed(found) if refuse else None
    return held(replace(review, baseline=replace(found, refused=hold is not None)), hold)
