"""Read a review that was saved as JSON."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from readiness.errors import Diagnostic, IncompleteError, Location
from readiness.model.serial import load

MOST_BYTES = 32_000_000

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
        data = read_regular(path, MOST_BYTES)
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


def read_regular(path: Path, most: int) -> bytes:
    """Read a regular file of a sane size; a pipe must not make us wait.

    Raises:
        OSError: it is no regular file, it is too large, or the system refuses.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as stream:  # noqa: PTH123 - needs the descriptor
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is not a regular file")
        if status.st_size > most:
            raise OSError(0, f"it has more than {most / 1e6:,.0f} MB")
        return stream.read(most)
