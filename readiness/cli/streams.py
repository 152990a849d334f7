"""Where words go: results to stdout, progress and hints to stderr."""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

from readiness.errors import Diagnostic, IncompleteError, Location
from readiness.writing import encoded

_QUIET_SECONDS = 0.5


def say(text: str | bytes, stream: TextIO | None = None) -> None:
    """Write text as UTF-8 whatever the locale; what cannot be encoded is shown escaped.

    Bytes are written as they are.

    A reader that went away (`| head`) changes nothing: the exit code is still the decision's.

    Raises:
        IncompleteError: the stream cannot be written, for example to a full disk.
    """
    target = sys.stdout if stream is None else stream
    data = encoded(text)
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
