"""When git says that evidence was made: the commit that brought its present content."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.git import ask, whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Added(NamedTuple):
    """The commit that brought the present content of a file: its hash and time (UTC)."""

    commit: str
    at: datetime


def committed(paths: Iterable[str], folder: Path) -> dict[str, datetime]:
    """Return the commit time (UTC) of each path whose content is committed, by path."""
    return {path: found.at for path, found in added(paths, folder).items()}


def added(paths: Iterable[str], folder: Path) -> dict[str, Added]:
    """Return the commit of each path whose content is committed, by path.

    A path that is changed, untracked or outside a repository is left out, and so is every path of
    a shallow clone, where all files seem to come from one commit. The file system's mtime is never
    asked: a checkout resets it.
    """
    wanted = sorted(set(paths))
    if not wanted or not whole(folder):
        return {}
    clean = set(_lines(_git(folder, "ls-files", "-z", "--", *wanted)))
    changed = _git(folder, "status", "--porcelain=v1", "-z", "--no-renames", "--", *wanted)
    prefix = _git(folder, "rev-parse", "--show-prefix").strip()
    dirty = {line[3:].removeprefix(prefix) for line in _lines(changed)}
    how = ("--format=%x01%ct %H", "--name-only", "-z", "--relative")
    log = _git(folder, "log", *how, "--", *wanted)
    found: dict[str, Added] = {}
    last = Added("", datetime.fromtimestamp(0, UTC))
    first = False  # git puts a line break before the first name of a commit
    for entry in log.split("\0"):
        name = entry.removeprefix("\n") if first else entry
        seconds, _, commit = entry[1:].partition(" ")
        first = entry.startswith("\x01") and seconds.isdecimal()
        if first:
            last = Added(commit, datetime.fromtimestamp(int(seconds), UTC))
        elif name in clean and name not in dirty:
            found.setdefault(name, last)
    return found


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\0") if line]


def _git(folder: Path, *arguments: str) -> str:
    """Ask git about files by their names; an error is an empty answer."""
    return ask(folder, "--literal-pathspecs", *arguments) or ""
