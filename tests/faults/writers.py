"""Processes that write at once, run by the tests of faults: `python writers.py WHAT PATH NAME`."""

from __future__ import annotations

import sys
from pathlib import Path

from readiness.writing import update, write_whole

TIMES = 50
SIZE = 300_000


def add(path: Path, name: str) -> None:
    """Append a line many times."""
    for number in range(TIMES):
        update(path, lambda before, n=number: (before or b"") + f"{name} {n}\n".encode())  # type: ignore[misc]


def overwrite(path: Path, name: str) -> None:
    """Write one letter over and over, until killed."""
    while True:
        write_whole(path, name * SIZE)


if __name__ == "__main__":
    {"add": add, "overwrite": overwrite}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
