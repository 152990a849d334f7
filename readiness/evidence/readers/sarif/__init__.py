"""A SARIF 2.1.0 log in; what each tool found that nobody suppressed, and whether it ran, out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.findings import Labels, entries, finding_facts, made, stated, text_of
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from readiness.errors import Location
    from readiness.evidence.readers.sarif.results import Run
    from readiness.model.checklist import FactMap

_RUNS = pattern(rb'"runs"\s*:\s*[\[n]')
_OWN = pattern(rb'"driver"\s*:\s*\{|sarif')
_LEVELS = ("error", "warning", "note")
_GRADES = ("critical", "high", "medium", "low")


def sniff(head: bytes) -> int:
    """Return 90 for JSON with `runs`, and a tool's `driver` or the name of the format."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{" or not _RUNS.search(head):
        return 0
    return 90 if _OWN.search(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a log.

    Raises:
        Unreadable: not JSON, of another kind or version, or with parts of the wrong type.
    """
    from readiness.evidence.readers.sarif.results import run_of  # noqa: PLC0415 - start-up time

    document = JsonDocument(source)
    if not isinstance(document.value, dict) or "runs" not in document.value:
        message = "there are no `runs`: this is no SARIF log"
        raise Unreadable("wrong-kind", message, document.at(), "give the scanner's SARIF output")
    version = text_of(document, "version")
    if version != "2.1.0":
        message = f"the version is `{version[:20]}`, not 2.1.0"
        hint = "let the tool write SARIF 2.1.0"
        raise Unreadable("version", message, document.at("version"), hint)
    runs = [run_of(document, index) for index in range(len(entries(document, "runs")))]
    if not runs:
        text = "the log holds no run: nothing was scanned"
        return Reading((), (_hollow("no-runs", text, document.at("runs"), "did the tool start?"),))
    problems = [problem for run in runs for problem in _doubts(document, run)]
    facts = _facts(document, runs)
    produced, where = _produced(document, runs)
    return Reading(tuple(facts), tuple(problems), produced, where)


def _hollow(code: str, text: str, at: Location, help: str) -> Problem:
    return Problem("inconclusive", code, text, at, help)


def _doubts(document: JsonDocument, run: Run) -> Iterator[Problem]:
    """Yield why a run proves nothing, and what else to know of it."""
    at = document.at(*run.steps)
    if not run.has_results:
        elsewhere = document.get(*run.steps, "externalPropertyFileReferences", "results")
        text = f"{run.tool} has no `results`: it did not say that it found nothing"
        hint = "let the scan run to its end; an empty list says that nothing was found"
        if elsewhere:
            text = f"the results of {run.tool} lie in another file"
            hint = "give a log that holds its results"
        yield _hollow("no-results", text, at, hint)
    for index, invocation in enumerate(entries(document, *run.steps, "invocations")):
        place = document.at(*run.steps, "invocations", index)
        if invocation.get("executionSuccessful") is not True:
            text = f"{run.tool} does not say that it ran to its end"
            if invocation.get("executionSuccessful") is False:
                text = f"{run.tool} did not run to its end"
            yield _hollow("run-failed", text, place, "mend the scan and run it again")
        notes = entries(document, *run.steps, "invocations", index, "toolExecutionNotifications")
        bad = [note for note in notes if note.get("level") == "error"]
        if bad:
            text = f"{run.tool} reports {len(bad)} errors of its own while it ran"
            yield Problem("warning", "tool-error", text, place, "read its log: what was not seen?")


def _facts(document: JsonDocument, runs: list[Run]) -> Iterator[Fact]:
    """Yield counts over all runs, and by tool where there are several."""
    from readiness.evidence.readers.sarif.results import (  # noqa: PLC0415 - start-up time
        findings_of,
    )

    told = [run for run in runs if run.has_results]
    graded = all(finding.graded for run in told for finding in findings_of(document, run))
    for run in runs:
        at = document.at(*run.steps, "tool", "driver")
        yield Fact("scanner", run.tool, "", at, (("tool", run.tool),))
        tool = (("tool", run.tool),)
        yield from stated(
            document, "scanner.version", *run.steps, "tool", "driver", "version", names=tool
        )
        yield from stated(
            document, "revision", *run.steps, "versionControlProvenance", 0, "revisionId"
        )
    if len(told) < len(runs):
        return  # what one tool did not tell is missing in every sum
    groups: list[tuple[Labels, list[Run]]] = [((), told)]
    if len({run.tool for run in told}) > 1:
        groups += [((("tool", run.tool),), [run]) for run in told]
    for names, group in groups:
        found = [finding for run in group for finding in findings_of(document, run)]
        around = (*group[0].steps, "results")
        by_level = [finding.by_level for finding in found]
        for fact in finding_facts(document, by_level, _LEVELS, around, names):
            labels = tuple(("level" if k == "severity" else k, v) for k, v in fact.labels)
            yield fact._replace(labels=tuple(sorted(labels)))
        if graded:
            by_grade = [finding.by_grade for finding in found]
            for fact in finding_facts(document, by_grade, _GRADES, around, names):
                if any(name == "severity" for name, _ in fact.labels):
                    yield fact


def _produced(document: JsonDocument, runs: list[Run]) -> tuple[datetime | None, Location | None]:
    """Return the latest end of an invocation, and where it stands."""
    ends = [
        made(document, *run.steps, "invocations", index, "endTimeUtc")
        for run in runs
        for index in range(len(entries(document, *run.steps, "invocations")))
    ]
    dated = [(end, at) for end, at in ends if end is not None]
    return max(dated, key=lambda pair: pair[0]) if dated else (None, None)


READER = Reader(
    id="sarif",
    title="SARIF log",
    summary="What scanners of code found, by level and severity, without what was suppressed.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    shape="json",
    metrics=(
        Metric("findings", "", "open findings", ("level", "severity", "tool")),
        Metric("findings.suppressed", "", "findings that somebody suppressed", ("tool",)),
        Metric("scanner", "", "name of the tool", ("tool",)),
        Metric("scanner.version", "", "version of the tool", ("tool",)),
        Metric("revision", "", "commit that was scanned, where the log states it"),
    ),
    produce="bandit -r service -f sarif -o bandit.sarif",
    source="https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html",
    traps=(
        "`results` that are absent or null are not an empty list: the scan did not finish.",
        "`executionSuccessful: false`, or an invocation without it, proves nothing.",
        "Suppressed is what all suppressions accept; one rejected or under review opens it.",
        "A result without `level` takes that of its rule, else it is a warning.",
        "`kind` pass, notApplicable and informational are no findings; open and review are.",
        "A result of baselineState `absent` is gone: it is not counted.",
        "Severity is the rule's `security-severity`; told only if every finding has one.",
        "Without the results of one of its runs, a log gives no sums.",
    ),
)
