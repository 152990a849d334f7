"""`readiness lock`: record the evidence of a launch, so that it cannot change or vanish unseen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from readiness.cli.options import AsOf, Launch, Limit
from readiness.cli.streams import Progress, say
from readiness.errors import Diagnostic, InputError, Location, input_error
from readiness.model.text import did_you_mean, plural, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.recording import Change, Given, Seen

OPEN = 1
_LONGEST = 500
Forget = Annotated[
    list[str],
    typer.Option(
        "--forget",
        metavar="PATH",
        show_default=False,
        help="Give up what was recorded of a file, as the ledger names it; may be repeated.",
    ),
]
Reason = Annotated[
    str,
    typer.Option(
        "--reason", metavar="TEXT", show_default=False, help="Why; it stays in the ledger."
    ),
]


def command(
    launch: Launch = Path(),
    forget: Forget = [],  # noqa: B006 - typer copies it
    reason: Reason = "",
    as_of: AsOf = "",
    limit: Limit = [],  # noqa: B006 - typer copies it
) -> None:
    """Record the evidence in readiness.lock, for `check --locked`.

    One entry for each piece of evidence and reader: digests, sizes, when it was made, and the
    commits. Entries are only ever added, each chained to the one before. A file that changed is
    recorded again only if the old content is given up with --forget and a reason, which reports
    show. Exits with 0 if the ledger is true of all evidence, with 1 if something is left open.
    """
    raise typer.Exit(_lock(launch, forget, reason, as_of, limit))


def _lock(
    launch: Path, forget: list[str], reason: str, as_of: str, limits: Sequence[str] = ()
) -> int:
    from readiness.cli.running import options  # noqa: PLC0415 - start-up time
    from readiness.loading.files import find_home  # noqa: PLC0415
    from readiness.loading.lock import LOCK, read_lock  # noqa: PLC0415
    from readiness.recording import Given, look  # noqa: PLC0415

    given = Given(tuple(forget), _checked(reason, forget))
    home, progress = find_home(launch), Progress()
    read_lock(home)  # says at once what is wrong with it
    chosen = options(as_of, limits, progress)
    try:
        seen = look(home, chosen)
    finally:
        progress.done()
    change = write(home.folder / LOCK, seen, given, chosen.as_of.isoformat())
    say(_told(change))
    if change.open:
        say(_open(change), sys.stderr)
    return OPEN if change.open else 0


def write(path: Path, seen: Seen, given: Given, on: str) -> Change:
    """Bring a lock file up to date, with no other run in between, and say what was done.

    Raises:
        InputError: it is corrupt, or does not hold what is to be forgotten; it is left as it is.
        IncompleteError: it cannot be read or written.
    """
    from datetime import date  # noqa: PLC0415

    from readiness.loading.lock import parse_lock  # noqa: PLC0415
    from readiness.model.ledger import Ledger, dump  # noqa: PLC0415
    from readiness.recording import record  # noqa: PLC0415
    from readiness.writing import update  # noqa: PLC0415

    done: list[Change] = []

    def changed(before: bytes | None) -> bytes:
        ledger = Ledger() if before is None else parse_lock(before)
        change = record(ledger, seen, given, date.fromisoformat(on))
        if change.unknown:
            raise InputError(*(_stranger(path, ledger.paths) for path in change.unknown))
        done.append(change)
        return dump(change.ledger).encode()

    update(path, changed)
    return done[-1]


def _checked(reason: str, forget: list[str]) -> str:
    """Return a reason that can be written down.

    Raises:
        InputError: --forget without --reason, or a reason that is none.
    """
    text = reason.strip()
    if bool(forget) != bool(text):
        message = "--forget needs a --reason" if forget else "--reason goes with --forget"
        raise input_error("usage", message, "--reason", 'such as --reason "warm-up was counted"')
    if not text.isprintable() or len(text) > _LONGEST:
        message = f"it is one line of at most {_LONGEST} characters"
        raise input_error("value", message, "--reason", "say it shorter")
    return text


def _stranger(path: str, known: list[str]) -> Diagnostic:
    message = f"`{visible(path)}` is not recorded"
    help_ = did_you_mean(path, known) or "name it as readiness.lock does"
    return Diagnostic("not-recorded", message, Location("--forget"), help_)


def _told(change: Change) -> str:
    """Say what was written, a line for each entry."""
    lines = [
        f"back   {visible(entry.path)}, which an earlier commit has" for entry in change.restored
    ]
    lines += [f"forgot {visible(f.path)}: {visible(f.reason)}" for f in change.forgotten]
    for entry in change.added:
        made = f"made {entry.produced:%Y-%m-%d}" if entry.produced else "no date"
        lines.append(f"added  {visible(entry.path)} ({entry.reader}, {made})")
    count = plural(len(change.ledger.held), "piece")
    lines.append(f"readiness.lock holds {count} of evidence, head {change.ledger.head[:12]}")
    return "\n".join(lines) + "\n"


def _open(change: Change) -> str:
    lines = [f"open   {visible(line)}" for line in change.open]
    lines.append(
        "The ledger is not true of these. To give recorded content up: "
        'readiness lock --forget PATH --reason "why"'
    )
    return "\n".join(lines) + "\n"
