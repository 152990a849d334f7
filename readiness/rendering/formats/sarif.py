"""The review as SARIF 2.1.0: a rule per item, and a result per finding that is not proven."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from readiness.rendering.format import Format, Style
from readiness.rendering.machine import (
    dumped,
    entries,
    findings,
    fit,
    folded,
    key,
    place,
    todo,
    told,
    unread,
    verdict,
)
from readiness.rendering.view import build
from readiness.rendering.words import shortfall

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.errors import Location
    from readiness.model.review import Finding, Review
    from readiness.rendering.machine import Entry
    from readiness.rendering.parts import View

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
MOST_RESULTS = 5_000  # GitHub keeps 5,000 of a run and refuses 25,000
MOST_RULES = 25_000
_TEXT = 1_024
_NAME = 255
_LEVELS = {"blocks": "error", "open": "warning", "held": "note"}
_SEVERITY = {"error": "error", "warning": "warning", "note": "recommendation"}
_NEEDS = f"""\
| an open item | level | suppressed |
| --- | --- | --- |
| a blocker that the launch waits for | `error` | no |
| deferrable and undecided | `warning` | no |
| waived, deferred or declared not applicable by a person | `note` | yes: `external`, `accepted` |

Proven items and items that do not apply are rules without a result. A result keeps its identity
(`partialFingerprints`) when evidence is made anew, because it is made of item, rule and subject and
not of a line. The run's properties hold the decision; a review that is incomplete says
`executionSuccessful: false`. At most {MOST_RESULTS:,} results, the first of the ranking.
"""


def render(review: Review, style: Style) -> str:
    """Return the SARIF log."""
    view = build(review)
    found = entries(review, view)[:MOST_RULES]
    results = list(_results(found, review, style))
    left = len(results) - MOST_RESULTS
    tool, _, version = review.tool.partition(" ")
    run = {
        "tool": {
            "driver": {
                "name": folded(tool),
                "version": folded(version) or "0",
                "rules": [_rule(entry) for entry in found],
            }
        },
        "automationDetails": {"id": f"readiness/{fit(folded(review.launch.service), _NAME)}/"},
        "invocations": [_invocation(review, left)],
        "columnKind": "unicodeCodePoints",
        "results": results[:MOST_RESULTS],
        "properties": _properties(review, view),
    }
    return dumped({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(entry: Entry) -> dict[str, Any]:
    item, view = entry.item, entry.view
    level = _LEVELS["blocks" if item.gate == "blocker" else "open"]
    run = f"\n\nRun: {folded(view.run)}" if view.run else ""
    return {
        "id": _rule_id(entry),
        "shortDescription": {"text": fit(folded(view.title), _TEXT)},
        "fullDescription": {"text": fit(folded(view.why) or folded(view.title), _TEXT)},
        "help": {"text": fit(f"{folded(view.fix)}{run}", 2 * _TEXT) or "Prove it."},
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": [fit(folded(item.area), _NAME), item.gate],
            "problem.severity": _SEVERITY[level],
            "checklist": fit(folded(item.checklist), _NAME),
            "harm": fit(folded(item.harm), _NAME),
            "risk": fit(folded(item.risk), _NAME),
        },
    }


def _rule_id(entry: Entry) -> str:
    return key(entry.item.id, _NAME)


def _results(found: Iterable[Entry], review: Review, style: Style) -> Iterable[dict[str, Any]]:
    """Yield a result per finding; an item without one has a result of its own."""
    seen: dict[str, int] = {}
    for index, entry in enumerate(found):
        if not entry.view.open:
            continue
        told_: list[Finding | None] = [*findings(entry.item)]
        for finding in told_ or [None]:
            identity = _identity(entry, finding, review)
            seen[identity] = seen.get(identity, 0) + 1
            yield _result(entry, finding, index, review, style) | {
                "partialFingerprints": {
                    "primaryLocationLineHash": f"{identity}:{seen[identity]}",
                    "readinessFinding/v1": f"{identity}:{seen[identity]}",
                }
            }


def _result(
    entry: Entry, finding: Finding | None, index: int, review: Review, style: Style
) -> dict[str, Any]:
    missed = told(entry) if finding is None else folded(shortfall(finding))
    help_ = folded(finding.help) if finding is not None and finding.help else ""
    text = ". ".join(part for part in (missed, help_, todo(entry)) if part)
    level = _LEVELS[entry.standing]
    held = [{"kind": "external", "status": "accepted",
             "justification": fit(folded(_record(entry)), _TEXT)}]  # fmt: skip
    return {
        "ruleId": _rule_id(entry),
        "ruleIndex": index,
        "kind": "fail",
        "level": level,
        "message": {"text": fit(text, _TEXT)},
        "locations": [{"physicalLocation": _physical(place(finding, review, style.folder))}],
        "suppressions": held if entry.standing == "held" else [],
        "properties": {
            "outcome": entry.item.outcome if finding is None else finding.outcome,
            "gate": entry.item.gate,
            "rank": entry.view.rank,
            "owner": fit(folded(entry.view.owner), _NAME),
        },
    }


def _record(entry: Entry) -> str:
    record = entry.item.disposition
    return f"{entry.view.note}: {record.reason}" if record is not None else ""


def _physical(at: Location) -> dict[str, Any]:
    """Return a place: its path as a relative URI below the root of the repository."""
    region = {"startLine": at.line} if at.line else {}
    region |= {"startColumn": at.column} if at.column else {}
    uri = quote(at.path, safe="/", errors="backslashreplace")
    found: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}}
    return found | ({"region": region} if region else {})


def _identity(entry: Entry, finding: Finding | None, review: Review) -> str:
    """Return what stays the same when a file is made anew: no line, no value, no message."""
    parts = [review.launch.service, entry.item.id]
    parts += [] if finding is None else [finding.rule, finding.subject, finding.at.path]
    text = "\0".join(parts).encode("utf-8", "backslashreplace")
    return sha256(text).hexdigest()[:32]


def _invocation(review: Review, left: int) -> dict[str, Any]:
    notes = [("error", unread(review))] if not review.complete else []
    notes += [("warning", f"{left:,} results of lower rank are left out")] if left > 0 else []
    told_ = [{"level": level, "message": {"text": fit(text, _TEXT)}} for level, text in notes]
    return {"executionSuccessful": review.complete, "toolExecutionNotifications": told_}


def _properties(review: Review, view: View) -> dict[str, Any]:
    return {
        "decision": review.decision,
        "readiness": review.score.readiness,
        "complete": review.complete,
        "asOf": review.as_of.isoformat(),
        "sentence": fit(verdict(view), _TEXT),
    }


FORMAT = Format(
    id="sarif",
    title="SARIF 2.1.0",
    purpose="for code scanning and other tools that collect findings, with file and line",
    suffix=".sarif",
    render=render,
    needs=_NEEDS,
    items_only=True,
)
