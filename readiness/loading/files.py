"""The edge of loading: find `readiness.yaml` and read YAML files inside the repository."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Diagnostic, IncompleteError, InputError, Location, input_error
from readiness.model.text import and_list, did_you_mean, visible
from readiness.resources import shipped
from readiness.strict_yaml import MAX_BYTES, Node, parse_yaml

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

NAME = "readiness.yaml"


class Home(NamedTuple):
    """Where a launch lives: its `readiness.yaml`, and the repository nothing may leave."""

    file: Path
    root: Path

    @property
    def folder(self) -> Path:
        """The folder that paths in `readiness.yaml` are relative to."""
        return self.file.parent


def repository(folder: Path) -> Path:
    """Return the repository a folder is in (the nearest with `.git`), or the folder itself."""
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return folder


def find_home(start: Path) -> Home:
    """Find the launch: a `readiness.yaml`, or a folder at or above which one lies.

    Raises:
        InputError: there is none up to the repository's root.
        IncompleteError: a folder on the way cannot be looked into.
    """
    try:
        return _find_home(start.absolute())
    except (OSError, ValueError, RuntimeError) as error:  # also a NUL, and a loop of links
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise IncompleteError(
            Diagnostic(
                "unreadable",
                f"cannot be looked for: {reason}",
                Location(visible(start.name)),
                "check the path",
            )
        ) from None


def _find_home(start: Path) -> Home:
    if start.is_file():
        return Home(start, repository(start.parent.resolve()))
    if not start.is_dir():
        raise input_error(
            "not-found",
            "there is no such file or folder",
            visible(start.name),
            "give a readiness.yaml or a folder that holds one",
        )
    root = repository(start.resolve())
    for folder in (start, *start.parents):
        if (folder / NAME).is_file():
            return Home(folder / NAME, root)
        if folder.resolve() == root:
            break
    raise input_error(
        "not-found",
        f"no {NAME} here or above, up to {root.name}/",
        NAME,
        "`readiness init` writes one to start from",
    )


def check_inside(file: Path, shown: str, home: Home) -> None:
    """Refuse a file that lies outside the repository, or whose links lead there.

    Raises:
        InputError: it does.
    """
    if not _inside(file, home):
        raise input_error(
            "outside",
            "it is a link that leaves the repository",
            shown,
            "keep what a launch is judged by in its repository",
        )


def _inside(file: Path, home: Home) -> bool:
    try:
        return file.resolve().is_relative_to(home.root.resolve())
    except (OSError, ValueError, RuntimeError):  # a loop of links, a NUL: it leads nowhere
        return False


def read_yaml(file: Path | Traversable, shown: str) -> tuple[Node, bytes]:
    """Read and parse a YAML file; `shown` is its path in messages.

    Raises:
        InputError: not valid YAML in our profile.
        IncompleteError: the file cannot be read.
    """
    try:
        data = _read(file) if isinstance(file, Path) else file.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise IncompleteError(
            Diagnostic(
                "unreadable",
                f"cannot be read: {reason}",
                Location(shown),
                "check the path and its permissions",
            )
        ) from None
    return parse_yaml(data, shown), data


def _read(file: Path) -> bytes:
    """Read a regular file, one byte more than allowed at most; a pipe must not make us wait."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(file, flags), "rb") as stream:  # noqa: PTH123 - needs the descriptor
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(0, "it is not a regular file")
        return stream.read(MAX_BYTES + 1)


def find_checklist(
    name: str, folder: Path, home: Home, asked: Node
) -> tuple[Path | Traversable, str]:
    """Return the file of a checklist and its path for messages.

    A name with a `/` or `.yaml` is a file relative to `folder`; any other a shipped checklist.

    Raises:
        InputError: there is no such checklist, or the file is outside the repository.
    """
    if "/" not in name and not name.endswith((".yaml", ".yml")):
        ids = shipped_checklists()
        if name in ids:
            return shipped("checklists") / f"{name}.yaml", f"checklists/{name}.yaml"
        hint = did_you_mean(name, ids) or f"shipped: {and_list(ids)}; a file of yours needs a `/`"
        raise InputError(
            asked.error("unknown-checklist", f"no checklist `{visible(name)}` is shipped", hint)
        )
    local = folder / name
    if not _inside(local, home):
        raise InputError(
            asked.error(
                "outside",
                f"`{visible(name)}` leaves the repository",
                "keep checklists in the repository",
            )
        )
    if not _is_file(local):
        raise InputError(
            asked.error("not-found", f"there is no file `{visible(name)}`", _beside(local, folder))
        )
    return local, show_path(local, home)


def _is_file(file: Path) -> bool:
    """Whether there is such a file; one that may not be looked at counts, reading it will tell."""
    try:
        return file.is_file()
    except PermissionError:
        return True
    except (OSError, ValueError):  # too long a name, a NUL
        return False


def _beside(file: Path, folder: Path) -> str:
    """Name the checklist that was meant: one in the same folder."""
    try:
        names = [p.relative_to(folder).as_posix() for p in file.parent.glob("*.y*ml")]
    except (OSError, ValueError):
        return ""
    return did_you_mean(file.relative_to(folder).as_posix(), [f"./{n}" for n in names])


def shipped_checklists() -> list[str]:
    """Return the ids of the shipped checklists, sorted."""
    folder = shipped("checklists")
    return sorted(
        f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")
    )


def show_path(file: Path, home: Home) -> str:
    """Return a path relative to the launch's folder, with `/`: the same bytes anywhere."""
    return Path(os.path.relpath(file.resolve(), home.folder.resolve())).as_posix()
