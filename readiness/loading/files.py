"""The edge of loading: find `readiness.yaml` and read YAML files inside the repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Diagnostic, IncompleteError, Location, input_error
from readiness.strict_yaml import MAX_BYTES, Node, parse_yaml
from readiness.model.text import and_list, did_you_mean
from readiness.resources import shipped

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
    """
    start = start.absolute()
    if start.is_file():
        return Home(start, repository(start.parent.resolve()))
    if not start.is_dir():
        raise input_error("not-found", "there is no such file or folder", str(start.name),
                          "give a readiness.yaml or a folder that holds one")  # fmt: skip
    root = repository(start.resolve())
    for folder in (start, *start.parents):
        if (folder / NAME).is_file():
            return Home(folder / NAME, root)
        if folder.resolve() == root:
            break
    raise input_error("not-found", f"no {NAME} here or above, up to {root.name}/", NAME,
                      "`readiness init` writes one to start from")  # fmt: skip


def read_yaml(file: Path | Traversable, shown: str) -> tuple[Node, bytes]:
    """Read and parse a YAML file; `shown` is its path in messages.

    Raises:
        InputError: not valid YAML in our profile.
        IncompleteError: the file cannot be read.
    """
    try:
        with file.open("rb") as stream:
            data: bytes = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise IncompleteError(Diagnostic("unreadable", f"cannot be read: {reason}",
                                         Location(shown), "check the path and its permissions")) from None  # fmt: skip
    return parse_yaml(data, shown), data


def find_checklist(name: str, folder: Path, home: Home, asked: Node) -> tuple[Path | Traversable, str]:
    """Return the file of a checklist and its path for messages.

    A name with a `/` or `.yaml` is a file relative to `folder`; any other a shipped checklist.

    Raises:
        InputError: there is no such checklist, or the file is outside the repository.
    """
    from readiness.errors import InputError  # noqa: PLC0415

    if "/" not in name and not name.endswith((".yaml", ".yml")):
        file = shipped("checklists") / f"{name}.yaml"
        if file.is_file():
            return file, f"checklists/{name}.yaml"
        ids = shipped_checklists()
        hint = did_you_mean(name, ids) or f"shipped: {and_list(ids)}; a file of yours needs a `/`"
        raise InputError(asked.error("unknown-checklist", f"no checklist `{name}` is shipped", hint))
    local = folder / name
    if not local.resolve().is_relative_to(home.root.resolve()):
        raise InputError(asked.error("outside", f"`{name}` leaves the repository",
                                     "keep checklists in the repository"))  # fmt: skip
    if not local.is_file():
        beside = [p.name for p in local.parent.glob("*.y*ml")] if local.parent.is_dir() else []
        raise InputError(asked.error("not-found", f"there is no file `{name}`",
                                     did_you_mean(local.name, beside)))  # fmt: skip
    return local, show_path(local, home)


def shipped_checklists() -> list[str]:
    """Return the ids of the shipped checklists, sorted."""
    folder = shipped("checklists")
    return sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml"))


def show_path(file: Path, home: Home) -> str:
    """Return a path relative to the launch's folder, with `/`, so that bytes are the same anywhere."""
    from os.path import relpath  # noqa: PLC0415

    return Path(relpath(file.resolve(), home.folder.resolve())).as_posix()
