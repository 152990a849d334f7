"""The statement that is signed: an in-toto Statement v1 about a decision and what it was made from.

Subjects are the candidate, by its commit, and every evidence file, by its SHA-256.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from readiness.attest.dsse import strict_json
from readiness.attest.refusal import Refused
from readiness.model.base import Model
from readiness.model.review import Outcome, Verdict
from readiness.model.serial import dump
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.plan import Plan
    from readiness.model.review import ItemResult, Review

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:readiness:decision:v1"
SCHEMA = "readiness/decision@1"
CANDIDATE = "candidate"
COMMIT, SHA256 = "gitCommit", "sha256"
_DIGESTS = {SHA256: pattern(r"[0-9a-f]{64}"), COMMIT: pattern(r"[0-9a-f]{40}|[0-9a-f]{64}")}
_DAY = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MADE = pattern(rf"{_DAY.pattern}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}Z")


class Subject(Model):
    """What the statement is about: a name, and a digest by one algorithm."""

    name: str
    digest: dict[str, str]


class ItemState(Model):
    """One item: its gate, its outcome (none if it does not apply), what people accepted."""

    id: str
    gate: Literal["blocker", "deferrable"]
    outcome: Outcome | None
    accepted: Literal["", "deferred", "waived", "not-applicable", "sign-off"]


class PolicyFile(Model):
    """A file that says what is asked: the launch, a checklist, people's decisions."""

    path: str
    sha256: str


class Policy(Model):
    """By what was decided: the files, and one digest for all of them."""

    sha256: str
    files: list[PolicyFile]


class LedgerState(Model):
    """The ledger that the evidence was held to; `locked` if nothing else was taken."""

    entries: int
    head: str
    locked: bool


class Predicate(Model):
    """The decision.

    Attributes:
        schema: the version of this form.
        tool: the program that decided, with its version.
        service: what is launched.
        version: its version.
        as_of: the day of the review.
        made: when the statement was made, UTC, to the second.
        decision: the decision.
        score: readiness, 0 to 100.
        items: every item of the review.
        policy: by what was decided.
        review_sha256: digest of the review as JSON, as `check --output json=FILE` writes it.
        ledger: the ledger, where there is one.
    """

    schema_: Literal["readiness/decision@1"] = Field(alias="schema")
    tool: str
    service: str
    version: str
    as_of: date
    made: datetime
    decision: Verdict
    score: int
    items: list[ItemState]
    policy: Policy
    review_sha256: str
    ledger: LedgerState | None


class Statement(Model):
    """An in-toto Statement v1."""

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: list[Subject]
    predicate_type: Literal["urn:readiness:decision:v1"] = Field(alias="predicateType")
    predicate: Predicate


class Context(NamedTuple):
    """What the edge knows: the candidate's full commit hash, what decided, and the time (UTC)."""

    commit: str
    policy: Policy
    made: datetime


def policy_of(plan: Plan) -> Policy:
    """Return what a launch is judged by: readiness.yaml, decisions.yaml and the checklists."""
    pairs = [
        *((f.path, f.sha256) for f in plan.written),
        *((c.path, c.sha256) for c in plan.checklists),
    ]
    files = [PolicyFile(path=path, sha256=digest) for path, digest in sorted(pairs)]
    lines = "".join(f"{file.sha256}  {file.path}\n" for file in files)  # as sha256sum writes them
    return Policy(sha256=_digest(lines), files=files)


def build(review: Review, context: Context) -> bytes:
    """Return the statement about a review: canonical JSON, the same bytes for the same input.

    Raises:
        ValueError: two subjects have one name and different digests.
    """
    files = {f.path: f.sha256 for e in review.evidence for f in e.files}
    if any(files[f.path] != f.sha256 for e in review.evidence for f in e.files):
        raise ValueError("a file changed while it was read")
    ledger = review.ledger
    predicate = {
        "schema": SCHEMA,
        "tool": review.tool,
        "service": review.launch.service,
        "version": review.launch.version,
        "as_of": review.as_of.isoformat(),
        "made": f"{context.made:%Y-%m-%dT%H:%M:%SZ}",
        "decision": review.decision,
        "score": review.score.readiness,
        "items": [_item(item) for item in review.items],
        "policy": context.policy.model_dump(),
        "review_sha256": _digest(dump(review)),
        "ledger": ledger
        and {"entries": ledger.entries, "head": ledger.head, "locked": ledger.strict},
    }
    subjects = [{"name": CANDIDATE, "digest": {COMMIT: context.commit}}]
    subjects += [{"name": f"./{path}", "digest": {SHA256: files[path]}} for path in sorted(files)]
    return _canonical(
        {
            "_type": TYPE,
            "subject": subjects,
            "predicateType": PREDICATE_TYPE,
            "predicate": predicate,
        }
    )


def _item(item: ItemResult) -> dict[str, Any]:
    accepted = item.disposition.kind if item.disposition else ""
    return {"id": item.id, "gate": item.gate, "outcome": item.outcome, "accepted": accepted}


def parse(payload: bytes) -> Statement:
    """Read a statement whose signatures hold; unknown fields, digests and algorithms are refused.

    Raises:
        Refused: it is no statement about a decision.
    """
    value = strict_json(payload)
    if not isinstance(value, dict) or value.get("_type") != TYPE:
        raise Refused("statement-type", f"it is not of the type {TYPE}")
    if value.get("predicateType") != PREDICATE_TYPE:
        raise Refused("predicate-type", f"the predicate is not of the type {PREDICATE_TYPE}")
    try:
        statement = Statement.model_validate_json(json.dumps(value))
        days = [str(value["predicate"][key]) for key in ("made", "as_of")]
    except ValidationError as error:
        first = error.errors()[0]
        where = "/".join(map(str, first["loc"]))
        raise Refused("statement", f"{where}: {first['msg']}") from None
    if not _MADE.fullmatch(days[0]) or not _DAY.fullmatch(days[1]):
        raise Refused("statement", "predicate: a time is not written as 2026-12-07T10:00:00Z")
    _check_subjects(statement)
    return statement


def _check_subjects(statement: Statement) -> None:
    """Refuse digests that do not bind, and subjects that are not what they should be.

    Raises:
        Refused: some are.
    """
    for subject in statement.subject:
        algorithm = COMMIT if subject.name == CANDIDATE else SHA256
        if list(subject.digest) != [algorithm]:
            raise Refused("digest", f"{subject.name} needs the digest {algorithm}, and it alone")
        if not _DIGESTS[algorithm].fullmatch(subject.digest[algorithm]):
            raise Refused("digest", f"the {algorithm} of {subject.name} is none")
    counts = Counter(subject.name for subject in statement.subject)
    twice = [name for name, count in counts.items() if count > 1]
    if twice or counts[CANDIDATE] != 1:
        raise Refused("subject", f"{(twice or [CANDIDATE])[0]} is not there exactly once")


def commit_of(statement: Statement) -> str:
    """Return the candidate's commit."""
    return next(s.digest[COMMIT] for s in statement.subject if s.name == CANDIDATE)


def files_of(statement: Statement) -> dict[str, str]:
    """Return the SHA-256 of each evidence file, by path."""
    return {
        s.name.removeprefix("./"): s.digest[SHA256]
        for s in statement.subject
        if s.name != CANDIDATE
    }


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
