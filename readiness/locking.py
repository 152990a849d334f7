"""The ledger of a launch: opened for a review, held against its own history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.errors import Diagnostic, IncompleteError, Location, input_error
from readiness.loading.lock import LOCK, read_lock

if TYPE_CHECKING:
    from readiness.evidence.locked import Lock
    from readiness.loading.files import Home
    from readiness.model.ledger import Entry


def open_lock(home: Home, *, strict: bool) -> Lock | None:
    """Return the ledger for a review; None if there is none and none is asked for.

    Args:
        home: where the launch lives.
        strict: whether there must be one that holds all that its history ever recorded.

    Raises:
        InputError: it is corrupt; or strict, and there is none, or entries were taken out.
        IncompleteError: it cannot be read; or strict, and git does not know its history.
    """
    ledger = read_lock(home)
    if ledger is None and not strict:
        return None
    from readiness.evidence.locked import Lock  # noqa: PLC0415 - few launches have one

    if ledger is None:
        help_ = "`readiness lock` writes one"
        raise input_error("no-lock", f"there is no {LOCK}, and --locked needs one", LOCK, help_)
    if strict:
        known = set(ledger.entries)
        if lost := [entry for entry in recorded_before(home) if entry not in known]:
            count = f"{len(lost)} of its entries, that of {lost[0].path} first,"
            raise input_error(
                "rolled-back",
                f"{count} were taken out: an earlier commit has them",
                LOCK,
                "`readiness lock` puts them back; to give evidence up, use --forget",
            )
    return Lock(ledger, LOCK, strict=strict)


def recorded_before(home: Home) -> tuple[Entry, ...]:
    """Return what any commit of the history ever recorded; nothing outside a repository.

    Raises:
        IncompleteError: there is a repository, and its history cannot be read.
    """
    from readiness.evidence.locked import once_recorded  # noqa: PLC0415 - starts processes

    found = once_recorded(home.folder, LOCK)
    if found is None and (home.root / ".git").exists():
        raise IncompleteError(
            Diagnostic(
                "unknown-history",
                "whether entries were taken out cannot be told: the clone is shallow, or git "
                "does not answer",
                Location(LOCK),
                "fetch the whole history (in GitHub Actions `fetch-depth: 0`)",
            )
        )
    return found or ()
