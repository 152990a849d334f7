"""A Grype report in; vulnerabilities by severity, and how old the database was, out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.findings import (
    SEVERITIES,
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

_TABLE = pattern(rb"NAME\s+INSTALLED\s+FIXED[- ]IN\s[^\n]*VULNERABILITY\s+SEVERITY")
_GRYPE = pattern(rb'"name"\s*:\s*"grype"')
_DIGEST = pattern(r"sha256:([0-9a-f]{64})\b")
_BUILT: tuple[Steps, ...] = (("db", "status", "built"), ("db", "built"))  # since 0.88, before
_EDITED = "keep the file as Grype wrote it"


def sniff(head: bytes) -> int:
    """Return 90 for a report with `matches`, and for the table, which is told as such.

    The descriptor stands at the end: of a long report `matches` with their parts are enough.
    """
    if _TABLE.match(head.lstrip()):
        return 90
    parts = (b'"vulnerability"', b'"matchDetails"', b'"artifact"')
    if b'"matches"' not in head or head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        return 0
    own = b'"descriptor"' in head and _GRYPE.search(head)
    return 90 if own or all(part in head for part in parts) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a report.

    Raises:
        Unreadable: the table instead of JSON, of another kind, or with parts of the wrong type.
    """
    if _TABLE.match(source.data.lstrip()[:1000]):
        message = "this is Grype's table, whatever the file is called"
        raise Unreadable("wrong-kind", message, source.at(1), "run `grype -o json` instead")
    document = JsonDocument(source)
    value = document.value if isinstance(document.value, dict) else {}
    if document.get("descriptor", "name") != "grype" or "matches" not in value:
        message = "there are no `matches` of a `descriptor` named grype: this is no Grype report"
        raise Unreadable("wrong-kind", message, document.at(), "run `grype -o json`")
    if not isinstance(value["matches"], list):
        text = "`matches` is no list: the scan did not finish"
        problem = Problem("inconclusive", "nothing-scanned", text, document.at("matches"), _EDITED)
        return Reading((), (problem,))
    findings = [
        _finding(document, (key, number), match)
        for key in ("matches", "ignoredMatches")
        for number, match in enumerate(entries(document, key))
    ]
    around: Steps = ("matches",)
    facts = (
        *_identity(document),
        *finding_facts(document, findings, SEVERITIES, around),
        *fixable_facts(document, findings, SEVERITIES, around),
    )
    produced, where = made(document, "descriptor", "timestamp")
    return Reading(facts, tuple(_doubts(document)), produced, where)


def _finding(document: JsonDocument, steps: Steps, match: dict[str, Any]) -> Finding:
    vulnerability = match.get("vulnerability")
    vulnerability = vulnerability if isinstance(vulnerability, dict) else {}
    severity = word(vulnerability, "severity") or "Unknown"
    if severity.lower() not in SEVERITIES:
        message = f"the severity `{severity[:20]}` is none of Grype's"
        place = document.at(*steps, "vulnerability", "severity")
        raise Unreadable("malformed", message, place, _EDITED)
    fix = vulnerability.get("fix")
    fixable = isinstance(fix, dict) and fix.get("state") == "fixed"
    return Finding(severity.lower(), steps, fixable, steps[0] == "ignoredMatches")


def _identity(document: JsonDocument) -> Iterator[Fact]:
    yield from stated(document, "scanner.version", "descriptor", "version")
    target: Steps = ("source", "target")
    if isinstance(document.get(*target), dict):
        yield from stated(document, "artifact.name", *target, "userInput")
        for kind, key in (("repository", "manifestDigest"), ("image", "imageID")):
            value = document.get(*target, key)
            if isinstance(value, str) and (match := _DIGEST.search(value)):
                names = (("digest", kind),)
                yield Fact("artifact.sha256", match[1], "", document.at(*target, key), names)
    else:
        yield from stated(document, "artifact.name", *target)
    now, _ = made(document, "descriptor", "timestamp")
    for steps in _BUILT:
        built, at = made(document, "descriptor", *steps)
        if built is not None and at is not None and now is not None and now >= built:
            age = (now - built).total_seconds() * 1000
            yield Fact("db.age", age, "ms", at, (), None, "derived")
            return


def _doubts(document: JsonDocument) -> Iterator[Problem]:
    source = document.get("source")
    if not isinstance(source, dict) or not source.get("target"):
        text = "the report does not say what was scanned"
        yield Problem("inconclusive", "no-source", text, document.at("source"), "name the image")
    status = document.get("descriptor", "db", "status")
    if isinstance(status, dict) and status.get("valid") is False:
        at = document.at("descriptor", "db", "status")
        hint = "run `grype db update` and scan again"
        yield Problem("inconclusive", "database", "the database was not valid", at, hint)
    for option in ("only-fixed", "only-notfixed"):
        if document.get("descriptor", "configuration", option) is True:
            text = f"the scan ran with {option}: the other findings are not in the report"
            at = document.at("descriptor", "configuration", option)
            yield Problem("warning", "filtered", text, at, "scan without it")


_BY = ("severity",)
READER = Reader(
    id="grype",
    title="Grype report",
    summary="Open vulnerabilities of an image or SBOM, and the age of the database.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    metrics=(
        Metric("findings", "", "open findings", _BY),
        Metric("findings.fixable", "", "open findings with a version that mends them", _BY),
        Metric("findings.suppressed", "", "findings taken out by an ignore rule or VEX"),
        Metric("artifact.name", "", "what was scanned"),
        Metric("artifact.sha256", "", "its digest, of the manifest or the image", ("digest",)),
        Metric("db.age", "ms", "how old the database was at the scan"),
        Metric("scanner.version", "", "version of Grype"),
    ),
    produce="grype -o json --file grype.json IMAGE",
    source="https://github.com/anchore/grype/blob/main/grype/presenter/models/document.go",
    traps=(
        "A file named grype.json may hold the table: it is told as such, and refused.",
        "`matches` that are absent or null are not an empty list.",
        "`ignoredMatches` are `findings.suppressed`, and not open.",
        "The severity Unknown is counted by itself: an ungraded finding may be critical.",
        "Fixable is the state `fixed`; `wont-fix`, `not-fixed` and `unknown` stay open.",
        "The report does not say how many packages were looked at: link the SBOM too.",
        "An old or invalid database finds little: its age is `db.age`.",
    ),
)
