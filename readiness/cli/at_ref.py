"""A launch as a git ref has it: its tree in a temporary folder, with the history behind it.

The folder is a repository of its own that borrows the objects of the other one, so that evidence
has the dates of its commits. No filter and no hook runs, and the other repository is not touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from readiness.errors import Diagnostic, IncompleteError, Location, input_error
from readiness.git import SECONDS, Repository, environment
from readiness.loading.basis import commit_of, launch_path
from readiness.loading.files import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FILES = 50_000
MOST_BYTES = 2_000_000_000
_LINK = "120000"


@contextmanager
def launch_at(home: Home, ref: str, option: str) -> Iterator[Home]:
    """Lay out a launch as a ref has it, for as long as the block lasts.

    Raises:
        InputError: there is no such ref, or no launch in it.
        IncompleteError: its tree is too large, or cannot be read.
    """
    repository = Repository.at(home.root)
    if repository is None:
        hint = "give a review that was saved as JSON, or run it in a clone"
        raise input_error("no-repository", f"`{ref}` is no file, and here is no git repository",
                          option, hint)  # fmt: skip
    commit = commit_of(repository, ref, option)
    path = launch_path(home, repository, commit)
    if not path:
        message = f"`{ref}` ({commit[:12]}) has no {home.file.name} for this launch"
        raise input_error("not-found", message, option, "name a ref that has the launch")
    with tempfile.TemporaryDirectory(prefix="readiness-") as name:
        top = Path(name)
        try:
            _lay_out(repository, commit, top)
            _borrow(repository, commit, top)
        except (OSError, subprocess.SubprocessError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise _incomplete(f"cannot be laid out: {reason}", ref) from None
        yield Home(top / path, top)


def _incomplete(message: str, ref: str) -> IncompleteError:
    help_ = "compare reviews that were saved with `check --output json=PATH`"
    return IncompleteError(Diagnostic("unreadable", message, Location(ref), help_))


def _lay_out(repository: Repository, commit: str, top: Path) -> None:
    """Write the files of a commit, and then its links, so that nothing is written through one."""
    entries = [entry for entry in repository.files(commit) if _plain(entry.path)]
    size = sum(entry.size for entry in entries)
    if len(entries) > MOST_FILES or size > MOST_BYTES:
        message = f"has {len(entries):,} files of {size / 1e6:,.0f} MB, too much to lay out"
        raise _incomplete(message, commit[:12])
    entries.sort(key=lambda entry: entry.mode == _LINK)
    contents = repository.blobs(entry.blob for entry in entries)
    for entry, data in zip(entries, contents, strict=True):
        file = top / entry.path
        file.parent.mkdir(parents=True, exist_ok=True)
        if entry.mode == _LINK:
            file.symlink_to(os.fsdecode(data))
        else:
            file.write_bytes(data)


def _plain(path: str) -> bool:
    """Whether a path stays below the folder, and out of its `.git`."""
    steps = path.split("/")
    odd = any(step in ("", ".", "..") or step.lower().startswith(".git~") for step in steps)
    return not odd and not any(step.lower() == ".git" for step in steps)


def _borrow(repository: Repository, commit: str, top: Path) -> None:
    """Make the folder a repository at the commit."""

    def git(where: Path, *words: str) -> str:
        command = ["git", "-C", str(where), "-c", f"core.hooksPath={os.devnull}", *words]
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, check=True, timeout=SECONDS, env=environment()
        )
        return os.fsdecode(done.stdout).strip()

    kind = git(repository.root, "rev-parse", "--show-object-format")
    git(top, "init", "-q", "--template=", f"--object-format={kind}")
    for name in ("objects", "shallow"):
        path = repository.root / git(repository.root, "rev-parse", "--git-path", name)
        if name == "objects":
            info = top / ".git" / "objects" / "info"
            info.mkdir(parents=True, exist_ok=True)
            (info / "alternates").write_text(f"{path.resolve()}\n", encoding="utf-8")
        elif path.exists():
            shutil.copyfile(path, top / ".git" / "shallow")
    git(top, "update-ref", "--no-deref", "HEAD", commit)
    git(top, "read-tree", "HEAD")
