"""`readiness verify`: whether a signed decision allows this launch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from readiness.cli.signing import candidate, public_keys, read_bytes
from readiness.cli.streams import say
from readiness.errors import input_error
from readiness.model.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from readiness.attest.refusal import Refusal
    from readiness.attest.verify import Opened
    from readiness.loading.files import Home

REFUSED = 1
SCHEMA = "readiness/verification@1"
Envelope = Annotated[
    Path,
    typer.Argument(
        metavar="ENVELOPE", readable=False, help="What `readiness attest` wrote.",
        show_default=False,
    ),
]  # fmt: skip
Keys = Annotated[
    list[Path],
    typer.Option("--key", metavar="PUB", readable=False, show_default=False,
                 help="A public key (PEM) that may sign; may be repeated."),
]  # fmt: skip
Threshold = Annotated[
    int, typer.Option("--threshold", metavar="N", help="How many different keys must have signed.")
]
MaxAge = Annotated[
    str, typer.Option("--max-age", metavar="TIME", help="How old it may be, such as 12 h or 7d.")
]
LaunchOption = Annotated[
    Path,
    typer.Option(
        "--launch", metavar="PATH", readable=False, show_default="the working directory",
        help="The launch that it must be about: a readiness.yaml, or a folder at or below it.",
    ),
]  # fmt: skip
Commit = Annotated[
    str,
    typer.Option(
        "--commit", metavar="HASH", show_default="the launch's candidate",
        help="The full hash of the commit that it must be about.",
    ),
]  # fmt: skip
Until = Annotated[
    str,
    typer.Option(
        "--as-of", metavar="DATE", show_default="now",
        help="Count its age to the end of this day, UTC.",
    ),
]  # fmt: skip
Shown = Annotated[
    str, typer.Option("--format", "-f", metavar="terminal|json", help="What stdout shows.")
]


def command(
    envelope: Envelope,
    key: Keys,
    threshold: Threshold = 1,
    max_age: MaxAge = "7d",
    launch: LaunchOption = Path(),
    commit: Commit = "",
    as_of: Until = "",
    format: Shown = "terminal",
) -> None:
    """Verify a signed decision, offline: signatures, digests, decision and age.

    Exits with 0 only if all of it holds and the decision is GO or GO WITH CONDITIONS; with 1 if it
    is refused, and says why with a code for each reason; with 2 for wrong usage; with 3 if
    something cannot be read.
    """
    if format not in ("terminal", "json"):
        raise input_error("unknown-format", f"there is no format `{format}`", "--format",
                          "formats: terminal and json")  # fmt: skip
    from readiness.attest import dsse, verify  # noqa: PLC0415 - start-up time
    from readiness.attest.refusal import Refused  # noqa: PLC0415

    keys = public_keys(key)
    if not 1 <= threshold <= len(keys):
        message = f"{threshold} of {len(keys)} different keys cannot be asked for"
        raise input_error("usage", message, "--threshold", "give each signer's key with --key")
    expected = _expected(launch, commit, _age(max_age), _now(as_of))
    try:
        data = read_bytes(envelope, dsse.MAX_BYTES + 1, str(envelope))
        opened = verify.open_envelope(data, keys, threshold)
        refusals = verify.judge(opened.statement, expected)
    except Refused as error:
        opened, refusals = None, [error.refusal]
    say(_as_json(opened, refusals) if format == "json" else _as_text(opened, refusals))
    raise typer.Exit(REFUSED if refusals else 0)


def _expected(launch: Path, commit: str, max_age: timedelta, now: datetime) -> Any:
    """Return what the statement must be about: the launch that is here."""
    from readiness.attest import statement, verify  # noqa: PLC0415 - start-up time
    from readiness.loading.files import find_home  # noqa: PLC0415
    from readiness.pipeline import lint  # noqa: PLC0415

    home = find_home(launch)
    plan = lint(home)
    return verify.Expected(
        service=plan.launch.service,
        commit=commit or candidate(plan, home),
        policy=statement.policy_of(plan).sha256,
        digest=_digests(home),
        now=now,
        max_age=max_age,
    )


def _digests(home: Home) -> Callable[[str], str | None]:
    """Return what hashes an evidence file inside the repository, whatever its size."""
    import os  # noqa: PLC0415

    from readiness.evidence.paths import Roots, Unopened, open_file  # noqa: PLC0415

    def digest(path: str) -> str | None:
        import hashlib  # noqa: PLC0415

        try:
            handle, _ = open_file(path, Roots(home.folder, home.root))
        except (Unopened, ValueError):
            return None
        with os.fdopen(handle, "rb") as stream:
            try:
                return hashlib.file_digest(stream, "sha256").hexdigest()
            except OSError:
                return None

    return digest


def _age(text: str) -> timedelta:
    from datetime import timedelta  # noqa: PLC0415

    from readiness.model.quantity import parse  # noqa: PLC0415

    try:
        found = parse(text)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise input_error("value", message, "--max-age", hint) from None
    if found.dimension != "time" or not 0 < found.value <= 366 * 86_400_000:
        message = f"`{visible(text)}` is not a time of up to a year"
        raise input_error("value", message, "--max-age", "write for example 12 h or 7d")
    return timedelta(milliseconds=float(found.value))


def _now(as_of: str) -> datetime:
    """Return the time that ages are counted to: now, or the end of a day."""
    from datetime import UTC, datetime, time  # noqa: PLC0415

    from readiness.cli.running import day  # noqa: PLC0415

    return datetime.combine(day(as_of), time.max, UTC) if as_of else datetime.now(UTC)


def _as_text(opened: Opened | None, refusals: list[Refusal]) -> str:
    lines = [f"refused[{r.code}] {visible(r.message)}" for r in refusals]
    if opened is not None:
        predicate = opened.statement.predicate
        what = f"{predicate.decision} for {visible(predicate.service)} {visible(predicate.version)}"
        lines += [f"signed by {key.id}" for key in opened.signers]
        lines.append(f"{'Not verified' if refusals else 'Verified'}: {what}, "
                     f"made {predicate.made:%Y-%m-%d %H:%M} UTC")  # fmt: skip
    else:
        lines.append("Not verified: nothing in it is believed")
    return "\n".join(lines) + "\n"


def _as_json(opened: Opened | None, refusals: list[Refusal]) -> str:
    predicate = opened.statement.predicate if opened else None
    value = {
        "schema": SCHEMA,
        "verified": not refusals,
        "refusals": [{"code": r.code, "message": r.message} for r in refusals],
        "signers": [key.id for key in opened.signers] if opened else [],
        "predicate": predicate.model_dump(mode="json", by_alias=True) if predicate else None,
    }
    return json.dumps(value, indent=2) + "\n"
