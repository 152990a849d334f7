"""A CycloneDX bill of materials or VEX in; components, subject and open vulnerabilities out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from readiness.evidence.findings import (
    Finding,
    Steps,
    entries,
    finding_facts,
    made,
    stated,
    text_of,
    word,
)
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import FactMap

_VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
_SCALE = ("critical", "high", "medium", "low", "info", "unknown")
_WORST = (*_SCALE, "none")
_SETTLED = {"resolved", "resolved_with_pedigree", "false_positive", "not_affected"}
_XML = b"http://cyclonedx.org/schema/bom/"
_DEEPEST = 50
_EDITED = "keep the file as the tool wrote it"


def sniff(head: bytes) -> int:
    """Return 90 for JSON with the format's name or two of its parts, and for XML, told as such."""
    if _XML in head and b"<bom" in head:
        return 90
    parts = b'"bom-ref"' in head and (b'"components"' in head or b'"dependencies"' in head)
    return 90 if parts or (b'"bomFormat"' in head and b'"CycloneDX"' in head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a bill of materials.

    Raises:
        Unreadable: XML, of another kind or version, or with parts of the wrong type.
    """
    if _XML in source.head(4096) and source.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        hint = "write it as JSON: `cyclonedx convert --output-format json`"
        raise Unreadable("wrong-kind", "this is CycloneDX in XML", source.at(1), hint)
    document = JsonDocument(source)
    if document.get("bomFormat") != "CycloneDX":
        message = "`bomFormat` is not CycloneDX"
        raise Unreadable("wrong-kind", message, document.at(), "give the SBOM in CycloneDX JSON")
    version = text_of(document, "specVersion")
    if version not in _VERSIONS:
        message = f"the version is `{version[:20]}`, not one of {', '.join(_VERSIONS)}"
        hint = "let the tool write CycloneDX 1.6"
        raise Unreadable("version", message, document.at("specVersion"), hint)
    components = list(_components(document, ("components",), 0))
    findings = list(_findings(document))
    facts = (*_identity(document), *_counts(document, components, findings))
    produced, where = made(document, "metadata", "timestamp")
    return Reading(facts, tuple(_doubts(document, components, findings)), produced, where)


def _components(document: JsonDocument, steps: Steps, depth: int) -> Iterator[dict[str, Any]]:
    """Yield all components, those within others included."""
    if depth > _DEEPEST:
        message = "components are nested too deeply"
        raise Unreadable("too-deep", message, document.at(*steps), _EDITED)
    for index, component in enumerate(entries(document, *steps)):
        yield component
        if "components" in component:
            yield from _components(document, (*steps, index, "components"), depth + 1)


def _findings(document: JsonDocument) -> Iterator[Finding]:
    """Yield the vulnerabilities; of several ratings the worst counts."""
    for index, entry in enumerate(entries(document, "vulnerabilities")):
        steps: Steps = ("vulnerabilities", index)
        ratings = [rating.get("severity") for rating in entries(document, *steps, "ratings")]
        severity = next((s for s in _WORST if s in ratings), "unknown")
        analysis = entry.get("analysis")
        state = word(analysis, "state") if isinstance(analysis, dict) else ""
        fixable = bool(entry.get("recommendation"))
        yield Finding(severity, steps, fixable, state in _SETTLED)


def _identity(document: JsonDocument) -> Iterator[Fact]:
    subject: Steps = ("metadata", "component")
    yield from stated(document, "artifact.name", *subject, "name")
    yield from stated(document, "artifact.version", *subject, "version")
    for index, digest in enumerate(entries(document, *subject, "hashes")):
        if digest.get("alg") == "SHA-256" and isinstance(digest.get("content"), str):
            at = document.at(*subject, "hashes", index)
            yield Fact("artifact.sha256", digest["content"].lower()[:64], "", at)


def _counts(
    document: JsonDocument, components: list[dict[str, Any]], findings: list[Finding]
) -> Iterator[Fact]:
    if document.get("components") is not None:
        at = document.at("components")
        yield Fact("components", len(components), "", at, (), None, "derived")
        kinds = Counter(str(component.get("type", "unknown"))[:40] for component in components)
        for kind in sorted(kinds):
            names = (("type", kind),)
            yield Fact("components", kinds[kind], "", at, names, None, "derived")
        bare = sum(not component.get("version") for component in components)
        yield Fact("components.unversioned", bare, "", at, (), None, "derived")
    if document.get("vulnerabilities") is not None:
        yield from finding_facts(document, findings, _SCALE, ("vulnerabilities",))


def _doubts(
    document: JsonDocument, components: list[dict[str, Any]], findings: list[Finding]
) -> Iterator[Problem]:
    if not components and not findings:
        text = "it lists neither components nor vulnerabilities"
        hint = "let the tool look where the packages are"
        yield Problem("inconclusive", "empty", text, document.at("components"), hint)
    subject = document.get("metadata", "component", "name")
    if not subject:
        text = "it does not say of what it is the bill: `metadata.component` is missing"
        hint = "name the service when the SBOM is made"
        yield Problem("warning", "no-subject", text, document.at("metadata"), hint)
    for index, part in enumerate(entries(document, "compositions")):
        if part.get("aggregate") not in ("complete", None):
            text = f"a composition is `{str(part['aggregate'])[:40]}`: components may be missing"
            at = document.at("compositions", index)
            yield Problem("warning", "incomplete", text, at, "make the SBOM from the built image")
            return


READER = Reader(
    id="cyclonedx",
    title="CycloneDX bill of materials",
    summary="Which components a service has, and which known vulnerabilities are open.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="json",
    metrics=(
        Metric("components", "", "components, nested ones included", ("type",)),
        Metric("components.unversioned", "", "components without a version: no scan knows them"),
        Metric("findings", "", "vulnerabilities that VEX does not settle", ("severity",)),
        Metric("findings.suppressed", "", "vulnerabilities that VEX settles"),
        Metric("artifact.name", "", "of what it is the bill"),
        Metric("artifact.version", "", "its version"),
        Metric("artifact.sha256", "", "its digest"),
    ),
    produce="cyclonedx-py environment --of JSON -o sbom.cdx.json",
    source="https://cyclonedx.org/docs/1.6/json/",
    traps=(
        "No components and no vulnerabilities: inconclusive, not a service without any.",
        "Without `vulnerabilities` there are no findings, which is not zero findings.",
        "Components within components are counted too.",
        "Of several ratings of a vulnerability the worst counts.",
        "`exploitable` and `in_triage` are open; so is a vulnerability without `analysis`.",
        "A composition that is not `complete` is a warning.",
        "Versions 1.2 to 1.7 in JSON; XML is told as such.",
    ),
)
