"""Whether an attestation counts: signatures first, then what it says and binds, and its age."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from readiness.attest import dsse, statement
from readiness.attest.refusal import Refusal, Refused
from readiness.model.text import plural

if TYPE_CHECKING:
    from readiness.attest.keys import Public
    from readiness.attest.statement import Predicate, Statement

_SHOWN = 12


class Opened(NamedTuple):
    """A statement that enough known keys signed, and the keys."""

    statement: Statement
    signers: tuple[Public, ...]


class Expected(NamedTuple):
    """What the statement must be about, as whoever verifies knows it.

    Attributes:
        service: the service.
        commit: the full hash of the candidate's commit.
        policy: the digest of what decides, see `statement.policy_of`.
        digest: from the path of an evidence file to its SHA-256; None if it cannot be read.
        now: the time, UTC.
        max_age: how old the statement may be.
    """

    service: str
    commit: str
    policy: str
    digest: Callable[[str], str | None]
    now: datetime
    max_age: timedelta


def open_envelope(data: bytes, keys: Sequence[Public], threshold: int) -> Opened:
    """Return what an envelope says, if enough distinct keys signed it.

    Raises:
        Refused: they did not, or it is no statement about a decision.
    """
    envelope = dsse.parse(data)
    found = dsse.signers(envelope, keys)
    if threshold < 1 or len(found) < threshold:
        of = plural(len(set(keys)), "known key")
        raise Refused("threshold", f"{len(found)} of {of} signed it, and {threshold} must")
    return Opened(statement.parse(envelope.payload), found)


def judge(found: Statement, expected: Expected) -> list[Refusal]:
    """Return every reason why a signed statement does not allow the launch; none if it does."""
    predicate = found.predicate
    return [
        *_bindings(found, expected),
        *_files(found, expected),
        *_decision(predicate),
        *_age(predicate, expected),
    ]


def _bindings(found: Statement, expected: Expected) -> Iterator[Refusal]:
    predicate, commit = found.predicate, statement.commit_of(found)
    if predicate.service != expected.service:
        text = f"it is about {predicate.service}, and not about {expected.service}"
        yield Refusal("service", text)
    if not expected.commit or commit != expected.commit:
        wanted = expected.commit[:_SHOWN] or "one that git does not know"
        yield Refusal("candidate", f"it is about commit {commit[:_SHOWN]}, and not about {wanted}")
    if predicate.policy.sha256 != expected.policy:
        text = "readiness.yaml, the checklists or decisions.yaml are not those it was made by"
        yield Refusal("policy", text)


def _files(found: Statement, expected: Expected) -> Iterator[Refusal]:
    for path, digest in statement.files_of(found).items():
        here = expected.digest(path)
        if here is None:
            yield Refusal("evidence-missing", f"{path} is not here, or cannot be read")
        elif here != digest:
            yield Refusal("evidence-changed", f"{path} is not what it was")


def _decision(predicate: Predicate) -> Iterator[Refusal]:
    """Refuse a NO-GO, and any decision that the items do not give."""
    if predicate.decision == "NO-GO":
        yield Refusal("no-go", "the decision is NO-GO")
    applying = [item for item in predicate.items if item.outcome is not None]
    blockers = [item for item in applying if item.gate == "blocker"]
    still_open = [item for item in applying if item.outcome != "proven"]
    waits = [i.id for i in still_open if i.gate == "blocker"
             and i.accepted not in ("waived", "not-applicable")]  # fmt: skip
    ids = [item.id for item in predicate.items]
    given = "NO-GO" if waits else "GO WITH CONDITIONS" if still_open else "GO"
    better = ("NO-GO", "GO WITH CONDITIONS", "GO")
    if len(set(ids)) < len(ids) or not blockers:
        yield Refusal("inconsistent", "an item is there twice, or no blocker applies")
    elif better.index(predicate.decision) > better.index(given):
        text = f"it says {predicate.decision}, and its items give {given}"
        yield Refusal("inconsistent", text)


def _age(predicate: Predicate, expected: Expected) -> Iterator[Refusal]:
    """Count the age from the older of two: when it was made, and the day it was reviewed for.

    A review for a day long past, signed today, proves nothing fresher than that day.
    """
    made, day = predicate.made, predicate.as_of
    if day > made.date():
        yield Refusal("future", f"it was made on {made:%Y-%m-%d}, for the later day {day}")
    elif made > expected.now:
        yield Refusal("future", f"it was made on {made:%Y-%m-%d %H:%M} UTC, which is still to come")
    since = min(made, datetime.combine(day, time.max, UTC))
    if expected.now - since >= expected.max_age:
        old = (expected.now - since) / timedelta(days=1)
        most = expected.max_age / timedelta(days=1)
        text = f"it is {old:.1f} days old, and at most {most:g} are taken"
        yield Refusal("too-old", text)
