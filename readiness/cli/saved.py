"""Read a review that was saved as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.errors import Diagnostic, IncompleteError, Location
from readiness.model.serial import load

if TYPE_CHECKING:
    from pathlib import Path

    from readiness.model.review import Review


def read_review(path: Path) -> Review:
    """Return the review in a file.

    Raises:
        InputError: the file holds no review of this version.
        IncompleteError: the file cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise IncompleteError(
            Diagnostic(
                "unreadable",
                f"cannot be read: {reason}",
                Location(str(path)),
                "write one with `readiness check --output json=PATH`",
            )
        ) from None
    return load(data, str(path))
