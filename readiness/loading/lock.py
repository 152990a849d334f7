"""Read `readiness.lock`, the ledger of evidence beside `readiness.yaml`."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from readiness.errors import Diagnostic, IncompleteError, InputError, Location
from readiness.loading.files import check_inside

if TYPE_CHECKING:
    from pathlib import Path

    from readiness.loading.files import Home
    from readiness.model.ledger import Ledger

LOCK = "readiness.lock"
_HELP = (
    "take it from version control again (`git checkout HEAD -- readiness.lock`), of a conflict "
    "either side;\nthen `readiness lock` adds what the history has and this file has not"
)


def read_lock(home: Home) -> Ledger | None:
    """Return the ledger of a launch, None if there is none.

    Raises:
        InputError: it is not what was written, or it leaves the repository.
        IncompleteError: it cannot be read.
    """
    file = home.folder / LOCK
    if not os.path.lexists(file):
        return None
    check_inside(file, LOCK, home)
    try:
        data = _read(file)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise IncompleteError(
            Diagnostic("unreadable", f"cannot be read: {reason}", Location(LOCK))
        ) from None
    return parse_lock(data)


def parse_lock(data: bytes) -> Ledger:
    """Return the ledger in some bytes.

    Raises:
        InputError: they are not what was written.
    """
    from readiness.model.ledger import Corrupt, parse  # noqa: PLC0415 - few launches have one

    try:
        return parse(data)
    except Corrupt as error:
        at = Location(LOCK, error.line)
        raise InputError(Diagnostic("corrupt-lock", error.message, at, _HELP)) from None


def _read(file: Path) -> bytes:
    """Read a regular file, one byte more than allowed at most; a pipe must not make us wait."""
    from readiness.model.ledger import MAX_BYTES  # noqa: PLC0415 - few launches have one

    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(file, flags), "rb") as stream:  # noqa: PTH123 - needs the descriptor
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(0, "it is not a regular file")
        return stream.read(MAX_BYTES + 1)
