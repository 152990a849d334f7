"""Why an attestation does not count: one code for each reason."""

from __future__ import annotations

from typing import NamedTuple

# What each code means, for people who act on it; docs/attest.md lists them.
REASONS = {
    "too-large": "the envelope has more than 16 MB",
    "json": "the envelope, or its payload, is not JSON in UTF-8 with every key once",
    "envelope": "it is not an envelope of DSSE 1.0",
    "base64": "payload or signature is not canonical base64 of the standard alphabet",
    "payload-type": "what was signed is not an in-toto statement",
    "threshold": "fewer of the given keys signed it than are asked for",
    "statement-type": "it is not an in-toto Statement v1",
    "predicate-type": "it is a statement about something else than a decision",
    "statement": "a field of the statement is missing, unknown or of another form",
    "digest": "a subject has a digest of another algorithm or form than is taken",
    "subject": "the subjects are not the candidate and the evidence, each once",
    "service": "it is about another service",
    "candidate": "it is about another commit",
    "policy": "the launch, its checklists or the decisions are not those it was made by",
    "evidence-missing": "a file that it was made from is not here",
    "evidence-changed": "a file that it was made from is not what it was",
    "no-go": "the decision is NO-GO",
    "inconsistent": "the decision is not the one that its items give",
    "too-old": "it was made too long ago",
    "future": "it was made after now, or for a day after it was made",
}


class Refusal(NamedTuple):
    """One reason, with the words for this case."""

    code: str
    message: str


class Refused(Exception):  # noqa: N818 - reads better where it is raised
    """An envelope that is not looked at any further."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code, message)
