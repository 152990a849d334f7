"""A Trivy report in; vulnerabilities, misconfigurations and secrets by severity out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.findings import (
    Finding,
    Steps,
    entries,
    finding_facts,
    fixable_facts,
    made,
    stated,
    word,
)
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import FactMap

_SCALE = ("critical", "high", "medium", "low", "unknown")
_KINDS = ("Vulnerabilities", "Misconfigurations", "Secrets", "Licenses")
_NOT_AFFECTED = {"not_affected"}
_PASSED = {"PASS", "EXCEPTION"}
_DIGEST = pattern(r"sha256:([0-9a-f]{64})\b")
_EDITED = "keep the file as Trivy wrote it"


def sniff(head: bytes) -> int:
    """Return 90 for a report of schema 2: its version, its artifact and the kind of that."""
    marks = (b'"SchemaVersion"', b'"ArtifactName"', b'"ArtifactType"')
    return 90 if all(mark in head for mark in marks) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a report.

    Raises:
        Unreadable: not JSON, of another kind, or with parts of the wrong type.
    """
    document = JsonDocument(source)
    if not isinstance(document.value, dict) or "SchemaVersion" not in document.value:
        message = "there is no `SchemaVersion`: this is no Trivy report"
        raise Unreadable("wrong-kind", message, document.at(), "run trivy with --format json")
    results = entries(document, "Results")
    produced, where = made(document, "CreatedAt")
    identity = tuple(_identity(document))
    if not results:
        text = "the report has no `Results`: nothing was scanned"
        hint = "was the target empty, or of an OS that Trivy does not know?"
        problem = Problem("inconclusive", "nothing-scanned", text, document.at("Results"), hint)
        return Reading(identity, (problem,), produced, where)
    findings = [f for index in range(len(results)) for f in _findings(document, index)]
    around: Steps = ("Results",)
    scanned = Fact("scanned", len(results), "", document.at(*around), (), None, "derived")
    facts = (
        *identity,
        scanned,
        *finding_facts(document, findings, _SCALE, around),
        *fixable_facts(document, findings, _SCALE, around),
    )
    return Reading(facts, tuple(_warnings(document)), produced, where)


def _identity(document: JsonDocument) -> Iterator[Fact]:
    yield from stated(document, "artifact.name", "ArtifactName")
    yield from stated(document, "scanner.version", "Trivy", "Version")
    for kind, steps in (
        ("repository", ("Metadata", "RepoDigests", 0)),
        ("image", ("Metadata", "ImageID")),
    ):
        value = document.get(*steps)
        if isinstance(value, str) and (match := _DIGEST.search(value)):
            names = (("digest", kind),)
            yield Fact("artifact.sha256", match[1], "", document.at(*steps), names)


def _findings(document: JsonDocument, index: int) -> Iterator[Finding]:
    """Yield the findings of one target, those that VEX or an ignore file took out included."""
    for kind in _KINDS:
        steps: Steps = ("Results", index, kind)
        for number, entry in enumerate(entries(document, *steps)):
            if kind == "Misconfigurations" and word(entry, "Status") in _PASSED:
                continue
            suppressed = word(entry, "Status") in _NOT_AFFECTED
            yield _finding(document, (*steps, number), entry, suppressed=suppressed)
    modified: Steps = ("Results", index, "ExperimentalModifiedFindings")
    for number, entry in enumerate(entries(document, *modified)):
        inner = entry.get("Finding")
        if isinstance(inner, dict):
            yield _finding(document, (*modified, number), inner, suppressed=True)


def _finding(
    document: JsonDocument, steps: Steps, entry: dict[str, Any], *, suppressed: bool
) -> Finding:
    severity = word(entry, "Severity", "UNKNOWN")
    if severity.lower() not in _SCALE:
        message = f"the severity `{severity[:20]}` is none of Trivy's"
        raise Unreadable("malformed", message, document.at(*steps, "Severity"), _EDITED)
    return Finding(severity.lower(), steps, bool(entry.get("FixedVersion")), suppressed)


def _warnings(document: JsonDocument) -> Iterator[Problem]:
    if document.get("Metadata", "OS", "EOSL") is True:
        text = "the OS is out of support: what is found in it from now on is not published"
        at = document.at("Metadata", "OS", "EOSL")
        yield Problem("warning", "end-of-life", text, at, "build on a release in support")


_BY = ("severity",)
READER = Reader(
    id="trivy",
    title="Trivy report",
    summary="Open vulnerabilities, misconfigurations and secrets of an image or repository.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    metrics=(
        Metric("findings", "", "open findings", _BY),
        Metric("findings.fixable", "", "open findings with a version that mends them", _BY),
        Metric("findings.suppressed", "", "findings taken out by VEX or an ignore file"),
        Metric("scanned", "", "targets in which was looked: OS packages, lock files, secrets"),
        Metric("artifact.name", "", "what was scanned"),
        Metric("artifact.sha256", "", "its digest, of the repository or the image", ("digest",)),
        Metric("scanner.version", "", "version of Trivy"),
    ),
    produce="trivy image --format json --output trivy.json IMAGE",
    source="https://trivy.dev/latest/docs/configuration/reporting/#json",
    traps=(
        "`Results` missing or empty: nothing was scanned, which is not zero findings.",
        "What VEX or an ignore file took out is `findings.suppressed`, and not open.",
        "The severity UNKNOWN is counted by itself: an ungraded finding may be critical.",
        "Misconfigurations that passed are listed too: only those that failed are findings.",
        "The OS being out of support is a warning: new holes in it are not published.",
        "The report does not say how old the database was: scan on the day.",
    ),
)
