"""A git repository as a place to read from: commits, trees and blobs, and nothing that runs code.

No working tree, index, filter, hook, pager or network is used, and replacements are not followed.
Of names that git itself would guess at, full ones are asked for.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SECONDS = 60
_REDIRECTING = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_REPLACE_REF_BASE", "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF",
)  # fmt: skip
_SAFE = {
    "GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1", "GIT_PAGER": "cat", "LC_ALL": "C",
}  # fmt: skip
_OPTIONS = (
    "--literal-pathspecs", "--no-pager", "-c", "core.fsmonitor=false",
    "-c", f"core.hooksPath={os.devnull}", "-c", "core.quotePath=false",
    "-c", "protocol.allow=never",
)  # fmt: skip
_NAMESPACES = ("refs/", "refs/tags/", "refs/heads/", "refs/remotes/")


class Entry(NamedTuple):
    """A file of a tree: its mode, the id of its blob, its size in bytes, its path."""

    mode: str
    blob: str
    size: int
    path: str


class Repository:
    """The repository whose top is `root`; every path is relative to it, with `/`."""

    def __init__(self, root: Path, head: str) -> None:
        """Take the top folder and the commit that is checked out; empty before the first one."""
        self.root, self.head = root, head

    @classmethod
    def at(cls, root: Path) -> Repository | None:
        """Return the repository whose top folder this is, or None."""
        if not (root / ".git").exists():
            return None
        told = _run(root, ("rev-parse", "--show-toplevel"))
        if told is None or os.path.realpath(os.fsdecode(told).rstrip("\n")) != str(root.resolve()):
            return None
        head = _run(root, ("rev-parse", "--verify", "--quiet", "HEAD^{commit}"))
        return cls(root, (head or b"").decode().strip())

    def refs(self, names: Iterable[str]) -> dict[str, str]:
        """Return the commit of each full ref name that exists, and what `origin/HEAD` leads to."""
        wanted = dict.fromkeys(names)
        form = "%(refname) %(objectname) %(*objectname)"
        told = _run(self.root, ("for-each-ref", f"--format={form}", *wanted)) or b""
        found = {}
        for line in told.decode("utf-8", "replace").splitlines():
            name, *ids = line.split(" ")
            if name in wanted:
                found[name] = next(filter(None, reversed(ids)), "")
        return found

    def commit(self, ref: str) -> str:
        """Return the commit of a revision that a person wrote, or an empty text.

        Raises:
            ValueError: several refs of that name lead to different commits.
        """
        if not ref or ref.startswith("-") or not ref.isprintable():
            return ""
        named = self.refs(f"{space}{ref}" for space in _NAMESPACES)
        if len(set(named.values())) > 1:
            raise ValueError(" and ".join(sorted(named)))
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        return (_run(self.root, asked) or b"").decode().strip()

    def merge_base(self, one: str, other: str) -> str:
        """Return the best common ancestor of two commits, or an empty text."""
        told = _run(self.root, ("merge-base", one, other))
        return (told or b"").decode().strip()

    def shallow(self) -> bool:
        """Whether history was cut off."""
        told = _run(self.root, ("rev-parse", "--is-shallow-repository"))
        return told is None or told.strip() != b"false"

    def read(self, commit: str, paths: Iterable[str], most: int) -> dict[str, bytes]:
        """Return the content of files by path; links within the tree are followed.

        What is not there, is no file, or has more than `most` bytes is left out.
        """
        wanted = [path for path in paths if path and path.isprintable()]
        asked = "".join(f"{commit}:{path}\n" for path in wanted).encode("utf-8", "surrogateescape")
        options = ("cat-file", "--follow-symlinks")
        sizes = _run(self.root, (*options, "--batch-check"), asked) or b""
        small = {
            path: int(size)
            for path, (kind, size) in zip(wanted, _answers(sizes), strict=False)
            if kind == b"blob" and int(size) <= most
        }
        asked = "".join(f"{commit}:{path}\n" for path in small).encode("utf-8", "surrogateescape")
        told, place, found = _run(self.root, (*options, "--batch"), asked) or b"", 0, {}
        for path, size in small.items():
            start = told.index(b"\n", place) + 1
            found[path], place = told[start : start + size], start + size + 1
        return found

    def files(self, commit: str) -> Iterator[Entry]:
        """Yield every file and link of a commit's tree."""
        told = _run(self.root, ("ls-tree", "-r", "-z", "-l", "--full-tree", commit)) or b""
        for line in told.split(b"\0"):
            about, _, path = line.partition(b"\t")
            mode, kind, blob, size = about.decode().split() if path else ("", "", "", "")
            if kind == "blob":
                yield Entry(mode, blob, int(size), os.fsdecode(path))

    def blobs(self, ids: Iterable[str]) -> Iterator[bytes]:
        """Yield the content of blobs, in order, one at a time in memory."""
        import subprocess  # noqa: PLC0415 - only to lay out a tree

        command = _command(self.root, ("cat-file", "--batch"))
        with subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
        ) as process:
            assert process.stdin is not None  # noqa: S101 - it is a pipe
            assert process.stdout is not None  # noqa: S101
            for blob in ids:
                process.stdin.write(f"{blob}\n".encode())
                process.stdin.flush()
                head = process.stdout.readline().split()
                if len(head) != 3:  # noqa: PLR2004 - id, kind, size
                    raise OSError(0, f"git has no object {blob}")
                yield process.stdout.read(int(head[2]))
                process.stdout.read(1)
            process.stdin.close()


def environment() -> Mapping[str, str]:
    """Return the environment for git: nothing that leads it to another repository."""
    kept = {name: value for name, value in os.environ.items() if name not in _REDIRECTING}
    return {**kept, **_SAFE}


def _answers(told: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and size of each object asked for; those that cannot be read have no kind."""
    lines = iter(told.split(b"\n"))
    for line in lines:
        words = line.split(b" ")
        if words[0] in (b"symlink", b"dangling", b"loop", b"notdir"):
            next(lines, b"")  # the path that it leads to
        known = len(words) == 3 and words[1] in (b"blob", b"tree", b"commit", b"tag")  # noqa: PLR2004
        yield (words[1], words[2]) if known else (b"", b"0")


def _command(root: Path, words: Iterable[str]) -> list[str]:
    return ["git", "-C", str(root), *_OPTIONS, *words]


def _run(root: Path, words: Iterable[str], given: bytes = b"") -> bytes | None:
    """Return what git prints, or None if it fails, is not there or takes too long."""
    import subprocess  # noqa: PLC0415 - only in a repository

    try:
        done = subprocess.run(  # noqa: S603
            _command(root, words), input=given, capture_output=True, check=False,
            timeout=SECONDS, env=environment(),
        )  # fmt: skip
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
