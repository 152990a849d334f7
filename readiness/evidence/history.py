"""When git says that evidence was made: the commit that brought its present content."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_SECONDS = 60


def committed(paths: Iterable[str], folder: Path) -> dict[str, datetime]:
    """Return the commit time (UTC) of each path whose content is committed, by path.

    A path that is changed, untracked or outside a repository is left out, and so is every path of
    a shallow clone, where all files seem to come from one commit. The file system's mtime is never
    asked: a checkout resets it.
    """
    wanted = sorted(set(paths))
    if not wanted or _git(folder, "rev-parse", "--is-shallow-repository").strip() != "false":
        return {}
    clean = set(_lines(_git(folder, "ls-files", "-z", "--", *wanted)))
    changed = _git(folder, "status", "--porcelain=v1", "-z", "--no-renames", "--", *wanted)
    prefix = _git(folder, "rev-parse", "--show-prefix").strip()
    dirty = {line[3:].removeprefix(prefix) for line in _lines(changed)}
    log = _git(folder, "log", "--format=%x01%ct", "--name-only", "-z", "--relative", "--", *wanted)
    dates: dict[str, datetime] = {}
    when = datetime.fromtimestamp(0, UTC)
    first = False  # git puts a line break before the first name of a commit
    for entry in log.split("\0"):
        name = entry.removeprefix("\n") if first else entry
        first = entry.startswith("\x01") and entry[1:].isdecimal()
        if first:
            when = datetime.fromtimestamp(int(entry[1:]), UTC)
        elif name in clean and name not in dirty:
            dates.setdefault(name, when)
    return dates


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\0") if line]


def _git(folder: Path, *arguments: str) -> str:
    """Run git without its hooks, pagers and configured helpers; an error is an empty answer."""
    command = ["git", "--literal-pathspecs", "-C", str(folder)]
    command += ["-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, *arguments], capture_output=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else ""
