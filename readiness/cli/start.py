"""Where every run begins and ends: errors become messages, crashes never become a pass."""

from __future__ import annotations

import sys

from readiness.cli.plain import parse_check
from readiness.cli.shield import shield
from readiness.cli.streams import say
from readiness.errors import ReadinessError
from readiness.model.text import inert, visible

INTERRUPTED = 130
FAILED = 3


def run(words: list[str]) -> int:
    """Run the command line and return the exit code."""
    try:
        ended = shield(lambda: _run(words))
    except ReadinessError as error:
        say("".join(f"{inert(visible(line))}\n" for line in str(error).split("\n")), sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        say("interrupted\n", sys.stderr)
        return INTERRUPTED
    if isinstance(ended, str):
        say(
            f"readiness: internal error: {inert(visible(ended))}\n"
            "  help: this is a bug; nothing was decided. READINESS_DEBUG=1 shows more\n",
            sys.stderr,
        )
        return FAILED
    return ended


def _run(words: list[str]) -> int:
    plain = parse_check(words[1:]) if words[:1] == ["check"] else None
    if plain is not None:
        from readiness.cli.running import check  # noqa: PLC0415

        return check(*plain)
    from readiness.cli.app import app  # noqa: PLC0415 - typer costs 40 ms

    try:
        app(words, prog_name="readiness")
    except SystemExit as done:
        if done.code is None or isinstance(done.code, int):
            return done.code or 0
        return FAILED
    return 0
