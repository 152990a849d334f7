"""What the commands that sign and verify share: keys from files and the environment, the launch."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from readiness.cli.streams import say
from readiness.errors import Diagnostic, IncompleteError, Location, input_error

if TYPE_CHECKING:
    from pathlib import Path

    from readiness.attest.keys import Public, Signer
    from readiness.loading.files import Home
    from readiness.model.plan import Plan

VARIABLE = "READINESS_SIGNING_KEY"
_KEY_BYTES = 10_000
_OTHERS = 0o077


def read_bytes(path: Path, most: int, name: str) -> bytes:
    """Read a regular file of a sane size; a pipe must not make us wait.

    Raises:
        IncompleteError: there is none, it cannot be read, or it is larger than `most` bytes.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(path, flags), "rb") as stream:  # noqa: PTH123 - needs the descriptor
            regular = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            data = stream.read(most + 1) if regular else b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise _unreadable(name, f"cannot be read: {reason}") from None
    if not regular:
        raise _unreadable(name, "it is not a regular file")
    if len(data) > most:
        raise _unreadable(name, f"it has more than {most:,} bytes")
    return data


def _unreadable(name: str, message: str) -> IncompleteError:
    return IncompleteError(Diagnostic("unreadable", message, Location(name)))


def signer(key_file: Path | None) -> Signer:
    """Return what signs: the key of a file, or of READINESS_SIGNING_KEY.

    Raises:
        InputError: neither or both are given, or what is there is no fit key.
        IncompleteError: the file cannot be read.
    """
    from readiness.attest.keys import read_private  # noqa: PLC0415 - start-up time

    text = os.environ.get(VARIABLE, "")
    if bool(text) == (key_file is not None):
        message = "there is no key to sign with" if not text else "there are two keys to sign with"
        help_ = f"give --key-file FILE, or put the PEM text into {VARIABLE}"
        raise input_error("no-key", message, "--key-file", f"{help_}, one of them")
    if key_file is None:
        return read_private(text.encode("utf-8", "surrogateescape"), VARIABLE)
    data = read_bytes(key_file, _KEY_BYTES, str(key_file))
    if os.name == "posix" and os.stat(key_file).st_mode & _OTHERS:  # noqa: PTH116 - one call
        say(f"warning: others may read {key_file}: chmod 600 {key_file}\n", sys.stderr)
    return read_private(data, str(key_file))


def public_keys(files: list[Path]) -> list[Public]:
    """Return the public keys in some files, each once.

    Raises:
        InputError: one is no fit key.
        IncompleteError: a file cannot be read.
    """
    from readiness.attest.keys import read_public  # noqa: PLC0415 - start-up time

    found = [read_public(read_bytes(f, _KEY_BYTES, str(f)), str(f)) for f in files]
    return list(dict.fromkeys(found))


def candidate(plan: Plan, home: Home) -> str:
    """Return the full hash of a launch's candidate, HEAD if it names none; empty if unknown."""
    from readiness.evidence.lineage import Lineage  # noqa: PLC0415 - starts processes

    return Lineage(plan.launch.candidate.commit or "", home.folder, {}).commit
