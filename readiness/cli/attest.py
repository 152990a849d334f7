"""`readiness attest`: evaluate a launch, and sign the decision."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from readiness.cli.options import AsOf, Launch, Limit, Locked
from readiness.cli.running import NO_GO, run_review
from readiness.cli.signing import candidate, read_bytes, signer
from readiness.cli.streams import say
from readiness.errors import Diagnostic, IncompleteError, Location, input_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from readiness.attest.dsse import Envelope
    from readiness.model.review import Review

KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file", metavar="FILE", show_default="READINESS_SIGNING_KEY", readable=False,
        help="The private key, as PEM.",
    ),
]  # fmt: skip
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="PATH", show_default="stdout",
                 help="Where the envelope goes."),
]  # fmt: skip
Cosign = Annotated[
    Path | None,
    typer.Option(
        "--cosign", metavar="ENVELOPE", show_default=False, readable=False,
        help="Add a signature to one that is there, if this evaluation comes to the same.",
    ),
]  # fmt: skip


def command(
    launch: Launch = Path(),
    key_file: KeyFile = None,
    output: Output = None,
    cosign: Cosign = None,
    as_of: AsOf = "",
    locked: Locked = False,  # noqa: FBT002 - typer's signature
    limit: Limit = [],  # noqa: B006 - typer copies it
) -> None:
    """Evaluate a launch and sign the decision, for `readiness verify`.

    Writes an in-toto Statement v1 in a DSSE envelope, signed with an Ed25519 key: the candidate
    and every evidence file by digest, the decision, its items, and by what was decided. Exits as
    `check` does: 1 for a NO-GO, which is signed too. A review that is not complete is not signed.
    """
    run = partial(run_review, limits=limit, locked=locked)
    raise typer.Exit(_attest(launch, key_file, output, cosign, as_of, run))


def _attest(
    launch: Path,
    key_file: Path | None,
    output: Path | None,
    cosign: Path | None,
    as_of: str,
    run: Callable[[Path, str], Review],
) -> int:
    from readiness.attest import dsse  # noqa: PLC0415 - start-up time
    from readiness.writing import withdraw, write_whole  # noqa: PLC0415

    key = signer(key_file)
    before = _envelope(cosign) if cosign else None
    if output is not None:
        withdraw([output], inputs=[path for path in (cosign, key_file) if path])
    review, envelope = _evaluated(launch, as_of, before, run)
    done = dsse.signed(envelope, key)
    text = dsse.dump(done)
    if output is None:
        say(text)
    else:
        write_whole(output, text)
        say(f"wrote {output}\n", sys.stderr)
    say(f"{review.decision}, signed by key {key.public.id}\n", sys.stderr)
    return NO_GO if review.decision == "NO-GO" else 0


def _envelope(path: Path) -> Envelope:
    """Return an envelope to sign too.

    Raises:
        InputError: it is none.
    """
    from readiness.attest import dsse  # noqa: PLC0415 - start-up time
    from readiness.attest.refusal import Refused  # noqa: PLC0415

    try:
        return dsse.parse(read_bytes(path, dsse.MAX_BYTES, str(path)))
    except Refused as error:
        raise input_error(error.refusal.code, error.refusal.message, str(path)) from None


def _evaluated(
    launch: Path, as_of: str, before: Envelope | None, run: Callable[[Path, str], Review]
) -> tuple[Review, Envelope]:
    """Evaluate a launch, and return what is to be signed: the same as before, if something was.

    Raises:
        InputError: git knows no candidate, or it comes to something else than before.
        IncompleteError: the review is not complete, or its files changed meanwhile.
    """
    from readiness.attest import dsse, statement  # noqa: PLC0415 - start-up time
    from readiness.loading.files import find_home  # noqa: PLC0415
    from readiness.pipeline import lint  # noqa: PLC0415

    home = find_home(launch)
    plan = lint(home)
    commit, policy = candidate(plan, home), statement.policy_of(plan)
    if not commit:
        message = "git does not know the candidate's commit, so there is nothing to bind to"
        help_ = "name it in readiness.yaml (`candidate: {commit: HEAD}`), in a full clone"
        raise input_error("no-candidate", message, plan.path, help_)
    made, day = _when(before, as_of)
    review = run(launch, day)
    if not review.complete:
        message = "the review is not complete, and is not signed"
        raise IncompleteError(
            Diagnostic("incomplete", message, Location(plan.path), "see `readiness check`")
        )
    if statement.policy_of(lint(home)) != policy or candidate(plan, home) != commit:
        message = "it changed while the review was made, which is not signed"
        raise IncompleteError(Diagnostic("changed", message, Location(plan.path), "run it again"))
    payload = statement.build(review, statement.Context(commit, policy, made))
    if before is not None and before.payload != payload:
        raise _differs(before, payload)
    return review, before or dsse.Envelope(dsse.PAYLOAD_TYPE, payload, ())


def _when(before: Envelope | None, as_of: str) -> tuple[datetime, str]:
    """Return when the statement is made and the day of its review: those of one that is there."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from readiness.attest import statement  # noqa: PLC0415 - start-up time
    from readiness.attest.refusal import Refused  # noqa: PLC0415

    if before is None:
        return datetime.now(UTC).replace(microsecond=0), as_of
    try:
        predicate = statement.parse(before.payload).predicate
    except Refused as error:
        raise input_error(error.refusal.code, error.refusal.message, "--cosign") from None
    return predicate.made, predicate.as_of.isoformat()


def _differs(before: Envelope, payload: bytes) -> Exception:
    """Say in what a statement that is there differs from this evaluation."""
    import json  # noqa: PLC0415

    old, new = json.loads(before.payload), json.loads(payload)
    was, now = old.pop("predicate"), new.pop("predicate")
    keys = [key for key in now if was.get(key) != now[key]]
    names = [*(["subjects"] if old != new else []), *keys] or ["its form"]
    message = f"this evaluation comes to something else, in {', '.join(names)}; it is not signed"
    return input_error(
        "differs", message, "--cosign", "evaluate the same commit and the same files"
    )
