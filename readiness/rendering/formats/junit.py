"""The review as JUnit XML: one test case per item, so that a CI server shows what blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from readiness.model.text import inert, visible
from readiness.rendering.format import Format, Style
from readiness.rendering.machine import (
    entries,
    findings,
    fit,
    folded,
    place,
    todo,
    told,
    unread,
    verdict,
)
from readiness.rendering.view import build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.review import Review
    from readiness.rendering.machine import Entry
    from readiness.rendering.parts import View

_NAME = 1_024
_MESSAGE = 2_048
_TEXT = 4_096
_NEEDS = """\
| what | test case |
| --- | --- |
| an open blocker that nothing holds | `failure`; of the outcome `invalid`: `error` |
| an open item that does not block: deferrable, or held by a person's decision | `skipped` |
| an item that does not apply | `skipped` |
| a proven item | passed |

The first suite holds the decision itself: a `failure` for NO-GO, an `error` for a review that is
incomplete. So the file has a failure or an error exactly when `check` exits with 1 or 3. Every
message says the real outcome; `skipped` never hides it.
"""


def render(review: Review, style: Style) -> str:
    """Return the XML. Raises expat.ExpatError, a bug here, if it is not well-formed."""
    view = build(review)
    found = entries(review, view)
    tags = [_verdict_tag(review), *map(_tag, found)]
    areas: dict[str, list[Entry]] = {}
    for entry in found:
        areas.setdefault(entry.item.area, []).append(entry)
    suites = [_launch(review, view)]
    suites += [_area(area, members, review, style) for area, members in sorted(areas.items())]
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites name={_name(view.title)} {_counts(tags)}>\n{''.join(suites)}</testsuites>\n"
    )
    expat.ParserCreate().Parse(text.encode("utf-8"), True)
    return text


def _launch(review: Review, view: View) -> str:
    """Return the suite of the decision, with what it rests on as properties."""
    facts = {
        "decision": review.decision,
        "readiness": str(review.score.readiness),
        "as_of": review.as_of.isoformat(),
        "version": review.launch.version,
        "commit": review.launch.commit,
        "tool": review.tool,
    }
    rows = "".join(f"   <property name={_name(k)} value={_name(v)}/>\n" for k, v in facts.items())
    tag, result = _verdict_tag(review), ""
    if tag == "error":
        result = _result(tag, "incomplete", unread(review), verdict(view))
    elif tag:
        result = _result(tag, review.decision, verdict(view), "\n".join(view.reasons))
    case = _case("Decision", review.launch.service, result)
    return (
        f' <testsuite name="launch" {_counts([tag])}>\n  <properties>\n{rows}  </properties>\n'
        f"{case} </testsuite>\n"
    )


def _area(area: str, found: Sequence[Entry], review: Review, style: Style) -> str:
    tags = [_tag(entry) for entry in found]
    cases = "".join(
        _item(entry, tag, review, style) for entry, tag in zip(found, tags, strict=True)
    )
    return f" <testsuite name={_name(area)} {_counts(tags)}>\n{cases} </testsuite>\n"


def _verdict_tag(review: Review) -> str:
    """Return the element that says what was decided; empty if the launch may go."""
    if not review.complete:
        return "error"
    return "failure" if review.decision == "NO-GO" else ""


def _tag(entry: Entry) -> str:
    """Return the element that says how an item fared; empty for a proven one."""
    if entry.standing == "blocks":
        return "error" if entry.item.outcome == "invalid" else "failure"
    return "" if entry.standing == "proven" else "skipped"


def _item(entry: Entry, tag: str, review: Review, style: Style) -> str:
    item, view = entry.item, entry.view
    result = ""
    if tag:
        message, lines = view.note, []
        if view.open:
            message = f"{view.state.word}: {told(entry)}"
            rows = (row for row in view.rows if row.state.word != "Proven")
            lines = [f"{row.rule}: {row.message or row.observed} at {row.at}" for row in rows]
            lines.append(todo(entry))
        result = _result(tag, view.state.word.lower(), message, "\n".join(map(folded, lines)))
    at = place(next(iter(findings(item)), None), review, style.folder)
    return _case(entry.name, f"{item.checklist}.{item.area}", result, at.path)


def _case(name: str, group: str, result: str, file: str = "") -> str:
    where = f" file={_name(file)}" if file else ""
    head = f'  <testcase name={_name(name)} classname={_name(group)}{where} time="0"'
    return f"{head}>\n{result}  </testcase>\n" if result else f"{head}/>\n"


def _result(tag: str, kind: str, message: str, text: str) -> str:
    head = f"   <{tag} type={_name(kind)} message={_name(message, _MESSAGE)}"
    body = escape(fit(inert(visible(text, keep="\n")), _TEXT))
    return f"{head}>{body}</{tag}>\n" if body else f"{head}/>\n"


def _counts(tags: Sequence[str]) -> str:
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    counted = " ".join(f'{name}="{tags.count(tag)}"' for name, tag in kinds.items())
    return f'tests="{len(tags)}" {counted} time="0"'


def _name(text: str, most: int = _NAME) -> str:
    return _quiet(quoteattr(fit(folded(text), most)))


def _quiet(text: str) -> str:
    """Write `##[` so that no runner takes it for a command, and XML for the same text."""
    return text.replace("##[", "#&#35;[")


FORMAT = Format(
    id="junit",
    title="JUnit XML",
    purpose="for CI servers that show test results: Jenkins, GitLab, Azure Pipelines, and others",
    suffix=".xml",
    render=render,
    needs=_NEEDS,
    items_only=True,
)
