"""Where every run begins and ends: errors become messages, crashes never become a pass."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

from readiness.cli.plain import parse_check, parse_inspect
from readiness.cli.shield import shield
from readiness.cli.streams import say
from readiness.errors import ReadinessError
from readiness.model.text import inert, visible

INTERRUPTED = 130
FAILED = 3


def run(words: list[str]) -> int:
    """Run the command line and return the exit code."""
    if sys.stderr is None:  # closed by who started us
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stdout is None:
        _tell("readiness: stdout is closed, so nothing can be shown; nothing was decided\n")
        return FAILED
    _hear_of_children()
    try:
        ended = shield(lambda: _run(words))
    except ReadinessError as error:
        _tell("".join(f"{inert(visible(line))}\n" for line in str(error).split("\n")))
        return error.exit_code
    except KeyboardInterrupt:
        _tell("interrupted\n")
        return INTERRUPTED
    if isinstance(ended, str):
        _tell(
            f"readiness: internal error: {inert(visible(ended))}\n"
            "  help: this is a bug; nothing was decided. READINESS_DEBUG=1 shows more\n"
        )
        return FAILED
    return ended


def _hear_of_children() -> None:
    """Be told how processes end, even if who started this one wants to know of none.

    Where SIGCHLD is ignored, a git that failed would look as if it had not (waitpid(2)).
    """
    if hasattr(signal, "SIGCHLD"):
        with suppress(ValueError):  # not the main thread
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _tell(text: str) -> None:
    """Say something on stderr, or nothing if that cannot be written: the exit code still tells."""
    with suppress(ReadinessError):
        say(text, sys.stderr)


def _run(words: list[str]) -> int:
    plain = parse_check(words[1:]) if words[:1] == ["check"] else None
    if plain is not None:
        from readiness.cli.running import check  # noqa: PLC0415

        return check(plain)
    file = parse_inspect(words[1:]) if words[:1] == ["inspect"] else None
    if file is not None:
        from readiness.cli.inspecting import inspect  # noqa: PLC0415

        return inspect(file)
    from readiness.cli.app import app  # noqa: PLC0415 - typer costs 40 ms

    try:
        app(words, prog_name="readiness")
    except SystemExit as done:
        if done.code is None or isinstance(done.code, int):
            return done.code or 0
        return FAILED
    return 0
