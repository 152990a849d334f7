"""`readiness keygen`: make a key to sign decisions with."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from readiness.cli.streams import say
from readiness.errors import input_error


def command(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where the private key goes; never over a file.")
    ],
) -> None:
    """Make a key to sign with: FILE for the signer alone, FILE.pub for everybody.

    The private key is not encrypted: keep it where CI keeps secrets, and never in the repository.
    It is the same form that `openssl genpkey -algorithm ed25519` writes.
    """
    from readiness.attest.keys import generate  # noqa: PLC0415 - start-up time
    from readiness.writing import unwritable, write_new  # noqa: PLC0415

    public = path.with_name(f"{path.name}.pub")
    for file in (path, public):
        if os.path.lexists(file):
            message = "the file is there already, and a key is never written over"
            raise input_error("exists", message, str(file), "give another name")
    private_pem, public_pem, key = generate()
    try:
        _write_secret(path, private_pem)
    except OSError as error:
        raise unwritable(path, error) from None
    write_new(public, public_pem)
    say(
        f"wrote {path} (private: for the signer alone) and {public} (public)\n"
        f"key id {key.id}\n"
        f"Next: readiness attest --key-file {path} -o decision.json\n"
        f"      readiness verify decision.json --key {public}\n"
    )


def _write_secret(path: Path, data: bytes) -> None:
    """Write a new file that nobody else may read at any moment."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        raise
