"""The folder `templates` beside readiness.yaml: what a team's own reports are made with."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from readiness.errors import Diagnostic, IncompleteError, InputError, Location, input_error
from readiness.model.templates import Templates
from readiness.model.text import visible
from readiness.patterns import pattern

if TYPE_CHECKING:
    from pathlib import Path

    from readiness.loading.files import Home

FOLDER = "templates"
STYLE = "report.css"
REPORTS = ("report.html.j2", "report.md.j2", STYLE)
MAX_BYTES = 256_000
MAX_FILES = 50
_NAME = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*\.(?:html|md)\.j2")


def read_templates(home: Home) -> Templates | None:
    """Read a launch's own templates; None if it has none of `report.html.j2`, `.md.j2` and `.css`.

    Other files ending in `.html.j2` and `.md.j2` beside those can be included by them. Nothing else
    in the folder is looked at: it may belong to the service.

    Raises:
        InputError: a file is a link that leaves the repository, too large, or no text.
        IncompleteError: a file cannot be read.
    """
    folder = home.folder / FOLDER
    try:
        if not any(os.path.lexists(folder / name) for name in REPORTS):
            return None
        found = sorted(path.name for path in folder.iterdir() if _NAME.fullmatch(path.name))
    except OSError as error:
        raise _unreadable(FOLDER, error) from None
    if len(found) > MAX_FILES:
        message = f"it holds {len(found)} templates; at most {MAX_FILES} are read"
        raise input_error("too-many-files", message, FOLDER, "keep only those of the report")
    names = [*found, *((STYLE,) if os.path.lexists(folder / STYLE) else ())]
    return Templates({name: _text(folder / name, home) for name in names}, FOLDER)


def _text(path: Path, home: Home) -> str:
    shown = f"{FOLDER}/{path.name}"
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(home.root.resolve()):
            help_ = "keep templates in the repository"
            raise input_error("outside", "it is a link that leaves the repository", shown, help_)
        data = _content(path)
    except (OSError, RuntimeError) as error:  # also a loop of links
        raise _unreadable(shown, error) from None
    if len(data) > MAX_BYTES:
        message = f"it has more than {MAX_BYTES // 1000} kB"
        raise input_error("too-large", message, shown, "a template has a few kB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} is not UTF-8 text"
        raise input_error("not-utf8", message, Location(shown, line), "save it as UTF-8") from None
    return _checked(text.replace("\r\n", "\n"), shown)


def _checked(text: str, shown: str) -> str:
    """Refuse what would end a style sheet, or what a browser reads otherwise than it is written."""
    for number, line in enumerate(text.split("\n"), 1):
        odd = next((c for c in line if c < " " and c != "\t"), "")
        if odd:
            message = f"the control character {visible(odd)} cannot stand in a template"
            raise InputError(Diagnostic("not-text", message, Location(shown, number), "remove it"))
        ends = line.lower().find("</style") if shown.endswith(".css") else -1
        if ends >= 0:
            at, message = Location(shown, number, ends + 1), "`</style` would end the style sheet"
            raise InputError(Diagnostic("style", message, at, "write `<\\/style`", line, 7))
    return text


def _content(path: Path) -> bytes:
    """Read a regular file, one byte more than allowed at most; a pipe must not make us wait."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as stream:  # noqa: PTH123 - needs the descriptor
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(0, "it is not a regular file")
        return stream.read(MAX_BYTES + 1)


def _unreadable(shown: str, error: Exception) -> IncompleteError:
    reason = getattr(error, "strerror", None) or type(error).__name__
    at, help_ = Location(shown), "check the path and its permissions"
    return IncompleteError(Diagnostic("unreadable", f"cannot be read: {reason}", at, help_))
