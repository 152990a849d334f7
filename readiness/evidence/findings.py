"""Findings of scanners to counts: by severity with zeros; fixable and suppressed ones apart."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Unreadable
from readiness.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from readiness.errors import Location
    from readiness.evidence.structured import JsonDocument

Steps = tuple[str | int, ...]
Labels = tuple[tuple[str, str], ...]
SEVERITIES = ("critical", "high", "medium", "low", "negligible", "unknown")
_EDITED = "keep the file as the tool wrote it"


class Finding(NamedTuple):
    """One finding.

    Attributes:
        severity: in lower case, as the tool grades it.
        steps: where it stands.
        fixable: whether there is a version that mends it.
        suppressed: whether somebody decided that it does not count.
    """

    severity: str
    steps: Steps
    fixable: bool = False
    suppressed: bool = False


def finding_facts(
    document: JsonDocument,
    findings: Sequence[Finding],
    scale: Sequence[str],
    around: Steps,
    names: Labels = (),
) -> Iterator[Fact]:
    """Yield the counts of findings; those that are suppressed are counted apart.

    Args:
        document: the file.
        findings: all of them.
        scale: the severities of the tool, for which a 0 is told as well.
        around: what holds them, the place of a 0.
        names: labels of all facts.
    """
    open_ = [finding for finding in findings if not finding.suppressed]
    first: dict[str, Steps] = {}
    for finding in open_:
        first.setdefault(finding.severity, finding.steps)

    def fact(metric: str, value: int, steps: Steps, **extra: str) -> Fact:
        labels = tuple(sorted((*names, *extra.items())))
        return Fact(metric, value, "", document.at(*steps), labels, origin="derived")

    yield fact("findings", len(open_), around)
    counts = Counter(finding.severity for finding in open_)
    for severity in dict.fromkeys((*scale, *counts)):
        place = first.get(severity, around)
        yield fact("findings", counts[severity], place, severity=severity)
    yield fact("findings.suppressed", len(findings) - len(open_), around)


def fixable_facts(
    document: JsonDocument, findings: Sequence[Finding], scale: Sequence[str], around: Steps
) -> Iterator[Fact]:
    """Yield how many open findings have a version that mends them, in all and by severity."""
    fixable = [finding for finding in findings if finding.fixable and not finding.suppressed]
    for fact in finding_facts(document, fixable, scale, around):
        if fact.metric == "findings":
            yield fact._replace(metric="findings.fixable")


def entries(document: JsonDocument, *steps: str | int) -> list[dict[str, Any]]:
    """Return a list of objects; empty where there is none.

    Raises:
        Unreadable: it is something else, or holds something else.
    """
    found = document.get(*steps)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        message = f"`{steps[-1]}` is no list of objects"
        raise Unreadable("malformed", message, document.at(*steps), _EDITED)
    return found


def word(entry: dict[str, Any], key: str, default: str = "") -> str:
    """Return a text of an object, the default where the key is absent, `?` for what is no text."""
    found = entry.get(key, default)
    return found if isinstance(found, str) else "?"


def text_of(document: JsonDocument, *steps: str | int) -> str:
    """Return a text at a path, cut to 300 characters; empty where there is none."""
    found = document.get(*steps)
    return found.strip()[:300] if isinstance(found, str) else ""


def stated(
    document: JsonDocument, metric: str, *steps: str | int, names: Labels = ()
) -> Iterator[Fact]:
    """Yield a text at a path as a fact, if there is one."""
    if found := text_of(document, *steps):
        yield Fact(metric, found, "", document.at(*steps), names)


def made(document: JsonDocument, *steps: str | int) -> tuple[datetime | None, Location | None]:
    """Return when the file says it was made, and where; neither where it is no time."""
    found = text_of(document, *steps)
    if not found:
        return None, None
    try:
        moment = read_moment(found, document.at(*steps))
    except Unreadable:
        return None, None
    return moment[0], moment[1]
