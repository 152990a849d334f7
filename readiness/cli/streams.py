"""Where words go: results to stdout, progress and hints to stderr, reports to whole files."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TextIO

from readiness.errors import Diagnostic, IncompleteError, Location

_QUIET_SECONDS = 0.5


def say(text: str | bytes, stream: TextIO | None = None) -> None:
    """Write text as UTF-8 whatever the locale; what cannot be encoded is shown escaped.

    Bytes are written as they are.

    A reader that went away (`| head`) changes nothing: the exit code is still the decision's.

    Raises:
        IncompleteError: the stream cannot be written, for example to a full disk.
    """
    target = sys.stdout if stream is None else stream
    data = _encoded(text)
    try:
        target.flush()
        _write_all(target.fileno(), data)
    except BrokenPipeError:
        return
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise IncompleteError(
            Diagnostic("not-written", f"cannot be written: {reason}", Location("stdout"))
        ) from None


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour: NO_COLOR and FORCE_COLOR decide, else whether it is a terminal.

    FORCE_COLOR=0 forces nothing and asks for none, as other tools read it.
    """
    forced = os.environ.get("FORCE_COLOR", "")
    if os.environ.get("NO_COLOR") or forced.lower() in ("0", "false"):
        return False
    if forced:
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """Return the width of the terminal, or 80 where there is none."""
    return (os.get_terminal_size(1).columns if sys.stdout.isatty() else 0) or 80


class Progress:
    """One line on stderr that says what is going on, if it takes longer than half a second."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._shown = False
        self._live = sys.stderr.isatty()

    def __call__(self, text: str) -> None:
        """Show a text in place of the last one."""
        if self._live and time.monotonic() - self._start > _QUIET_SECONDS:
            self._shown = True
            say(f"\r\x1b[K{text[:78]}", sys.stderr)

    def done(self) -> None:
        """Clear the line."""
        if self._shown:
            say("\r\x1b[K", sys.stderr)


def write_whole(path: Path, text: str | bytes) -> None:
    """Write a file that is either all there or as it was before.

    Raises:
        IncompleteError: the folder does not exist, is read-only or full.
    """
    temporary = ""
    try:
        temporary = _temporary(path, _encoded(text))
        os.replace(temporary, path)  # noqa: PTH105
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        _remove(temporary)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is either all there or not at all, and never over another.

    Raises:
        IncompleteError: another file has the name already, or it cannot be written.
    """
    temporary = ""
    try:
        temporary = _temporary(path, data)
        os.link(temporary, path)  # unlike a rename, it fails if the name is taken
    except FileExistsError as error:
        if path.read_bytes() != data:
            raise unwritable(path, error) from None
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        _remove(temporary)


def _temporary(path: Path, data: bytes) -> str:
    """Write a file beside another, with the rights it would have, and return its name."""
    import tempfile  # noqa: PLC0415 - only writing needs it

    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~_umask())  # noqa: PTH101
    except OSError:
        _remove(temporary)
        raise
    return temporary


def _remove(temporary: str) -> None:
    if temporary and os.path.exists(temporary):  # noqa: PTH110
        os.unlink(temporary)  # noqa: PTH108


def unwritable(path: Path, error: OSError, what: str = "cannot be written") -> IncompleteError:
    """Return the error of a file or folder that the system refuses."""
    reason = error.strerror or type(error).__name__
    help_ = "does its folder exist, and may you write there?" if "written" in what else ""
    return IncompleteError(
        Diagnostic("not-written" if help_ else "unreadable", f"{what}: {reason}",
                   Location(str(path)), help_)
    )  # fmt: skip


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
