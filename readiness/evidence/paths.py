"""Find evidence files: patterns to files inside the repository, in a fixed order."""

from __future__ import annotations

import os
import re
import stat
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

from readiness.errors import Location
from readiness.model.fact import Problem
from readiness.patterns import pattern

MAX_FILES = 2_000
_MAGIC = pattern(r"[*?\[]")


class Roots(NamedTuple):
    """The folder that patterns are relative to, and the repository they may not leave."""

    folder: Path
    root: Path


class Match(NamedTuple):
    """What a pattern found: paths relative to the folder, or why it found nothing.

    `fault` tells that it could not be searched.
    """

    paths: tuple[str, ...]
    problem: Problem | None = None
    fault: bool = False


def find(pattern: str, roots: Roots) -> Match:
    """Find the files of a pattern: `*`, `?` and `[…]` within a segment, `**` once for any depth.

    As in a shell, none of them matches a hidden file or folder unless the segment starts with `.`.
    Symbolic links are followed only as long as they stay inside the repository.
    """
    if problem := _refused(pattern, roots):
        return Match((), problem)
    segments = pattern.split("/")
    if not _MAGIC.search(pattern):
        return (
            Match((pattern,))
            if (roots.folder / pattern).exists()
            else Match((), _absent(pattern, roots))
        )
    found = sorted(set(_walk(roots.folder, "", segments)))
    if len(found) > MAX_FILES:
        return Match(
            (),
            Problem(
                "invalid",
                "too-many-files",
                f"`{pattern}` matches {len(found):,} files; at most {MAX_FILES:,} are read",
                Location(pattern),
            ),
        )
    return Match(tuple(found)) if found else Match((), _absent(pattern, roots))


def _refused(pattern: str, roots: Roots) -> Problem | None:
    """Refuse what is no relative POSIX path inside the repository."""
    at = Location(pattern)
    bad = pattern.startswith("/") or "\\" in pattern or not pattern.isprintable()
    magic = _MAGIC.search(pattern)
    bad = bad or (magic is not None and ".." in pattern[magic.start() :].split("/"))
    if bad or pattern.split("/").count("**") > 1 or re.match(r"[A-Za-z]:", pattern):
        return Problem(
            "invalid",
            "path",
            f"`{pattern}` is not a relative path with `/`",
            at,
            "write it relative to the folder of readiness.yaml",
        )
    fixed = _MAGIC.split(pattern)[0]
    if not inside(roots.folder / fixed, roots.root):
        return Problem(
            "invalid",
            "outside",
            f"`{pattern}` leaves the repository",
            at,
            "copy the evidence into the repository",
        )
    return None


def inside(file: Path, root: Path) -> bool:
    """Whether a path, all links resolved, is inside the repository and not in its `.git`."""
    return _within(os.path.realpath(file), _resolved(str(root)))


@cache
def _resolved(folder: str) -> str:
    return os.path.realpath(folder)


def _absent(pattern: str, roots: Roots) -> Problem:
    """Say how far the path exists, and what lies beside it."""
    here, good = roots.folder, ""
    for segment in pattern.split("/"):
        if _MAGIC.search(segment) or not (here / segment).exists():
            break
        here, good = here / segment, f"{good}{segment}/"
    if good and not here.is_dir():
        return Problem(
            "invalid",
            "not-a-folder",
            f"`{good[:-1]}` is a file and not a folder",
            Location(good[:-1]),
            "evidence is looked for inside it",
        )
    hint = ""
    if here.is_dir() and os.access(here, os.R_OK | os.X_OK):
        from readiness.model.text import nearest  # noqa: PLC0415 - only for this message

        names = [entry.name for entry in here.iterdir() if not entry.name.startswith(".")]
        rest = pattern[len(good) :].split("/", maxsplit=1)[0]
        close = nearest(rest, names, most=2)
        hint = f"did you mean {' or '.join(f'`{good}{name}`' for name in close)}?" if close else ""
    return Problem(
        "inconclusive", "not-found", f"no file matches `{pattern}`", Location(pattern), hint
    )


def _walk(base: Path, prefix: str, segments: list[str]) -> list[str]:
    segment, rest = segments[0], segments[1:]
    if segment == "**":
        found = _walk(base, prefix, rest) if rest else []
        for entry in _entries(base):
            if entry.name[0] == ".":
                continue
            if entry.is_dir(follow_symlinks=False):
                found += _walk(base / entry.name, f"{prefix}{entry.name}/", segments)
            elif not rest:
                found.append(f"{prefix}{entry.name}")
        return found
    if not _MAGIC.search(segment):
        below = base / segment
        if rest:
            return _walk(below, f"{prefix}{segment}/", rest) if below.is_dir() else []
        return [f"{prefix}{segment}"] if below.exists() else []
    found = []
    for entry in _entries(base):
        if not fnmatchcase(entry.name, segment) or (entry.name[0] == "." and segment[0] != "."):
            continue
        if rest and entry.is_dir():
            found += _walk(base / entry.name, f"{prefix}{entry.name}/", rest)
        elif not rest and not entry.is_dir():
            found.append(f"{prefix}{entry.name}")
    return found


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def listed(folder: str, roots: Roots) -> tuple[str, ...]:
    """Return the names of a folder's files, hidden ones left out; none where it cannot be read."""
    place = roots.folder / folder
    if not inside(place, roots.root):
        return ()
    try:
        names = [e.name for e in _entries(place) if e.name[0] != "." and e.is_file()]
    except OSError:
        return ()
    return tuple(sorted(name for name in names if name.isprintable()))


def _open_below(roots: Roots, path: str) -> int | None:
    """Open a file inside the repository, or None if it is outside.

    All links are resolved first; then every step of the way is opened in the one before, and none
    may be a link. So what was looked at is what is opened, even if somebody swaps a folder for a
    link in between.

    Raises:
        OSError: the system refuses, or a step has become a link.
    """
    real, top = os.path.realpath(roots.folder / path), _resolved(str(roots.root))
    if not _within(real, top):
        return None
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if os.open not in os.supports_dir_fd:  # Windows
        return os.open(real, flags)
    *folders, name = Path(os.path.relpath(real, top)).parts or (".",)  # the repository itself
    here = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        return os.open(name, flags | os.O_NOFOLLOW, dir_fd=here)
    finally:
        os.close(here)


def _within(real: str, top: str) -> bool:
    """Whether a resolved path is in a folder, and not in the store of git there: it has secrets."""
    whole, start = f"{real}{os.sep}", f"{top.rstrip(os.sep)}{os.sep}"
    below = whole[len(start) - 1 :].lower()
    return whole.startswith(start) and f"{os.sep}.git{os.sep}" not in below


class Unopened(Exception):  # noqa: N818 - reads better where it is raised
    """A file that could not be opened or read; `fault` if it is no fault of the evidence."""

    def __init__(self, problem: Problem, *, fault: bool) -> None:
        super().__init__(problem.message)
        self.problem, self.fault = problem, fault


def open_file(path: str, roots: Roots) -> tuple[int, int]:
    """Open a regular file inside the repository: its handle, to be closed, and its size in bytes.

    Raises:
        Unopened: outside, not a regular file, or not readable.
    """
    at = Location(path)
    try:
        handle = _open_below(roots, path)
    except OSError as error:
        raise unreadable(at, error) from None
    if handle is None:
        help_ = "copy the evidence into the repository"
        problem = Problem("invalid", "outside", "the link leaves the repository", at, help_)
        raise Unopened(problem, fault=False)
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        help_ = "name files, for example with `/*`"
        raise Unopened(Problem("invalid", "not-a-file", f"this is {what}", at, help_), fault=False)
    return handle, status.st_size


def unreadable(at: Location, error: OSError) -> Unopened:
    """Return why the system refuses to open or read a file."""
    if isinstance(error, FileNotFoundError):
        return Unopened(
            Problem("invalid", "dangling", "the link leads nowhere", at, "commit the file itself"),
            fault=False,
        )
    reason = error.strerror or type(error).__name__
    return Unopened(
        Problem(
            "invalid",
            "unreadable",
            f"cannot be read: {reason}",
            at,
            "give the user that runs readiness the right to read it",
        ),
        fault=True,
    )
