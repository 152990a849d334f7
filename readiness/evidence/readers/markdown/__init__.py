"""Markdown: a runbook or design document goes in; what it says, and what it leaves open, comes out.

What stands for text to come (TODO, TBD, `<fill in>`, lorem ipsum) counts as nothing written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.errors import InputError
from readiness.evidence.mapping import Findings, measure, read_moment
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap
    from readiness.strict_yaml import Node

_MAX_BYTES = 512_000
_OTHER = pattern(r"\s*(?:\{|<(?!!--)|\[?[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:)")
_FRONT = pattern(r"\A---[ \t]*\n(?=[\w-]+:\s)((?s:.*?)^)(?:---|\.{3})[ \t]*$", re.MULTILINE)
_FENCE = pattern(r"^ {0,3}(`{3,}|~{3,})[^`\n]*\n(?s:.*?)(?:^ {0,3}\1[^\n]*$|\Z)", re.MULTILINE)
_HEADING = pattern(r"^#{1,6} \S|(?:\A|\n\n)\S[^\n]*\n={3,}\n", re.MULTILINE)
_OUTLINE = pattern(r"^#{1,6} \S[^\n]*\n\n", re.MULTILINE)
_LIST = pattern(r"^ {0,3}(?:[-*+]|[0-9]{1,2}[.)]) \S", re.MULTILINE)
_TASKS = pattern(r"^[ \t]*[-*+] \[[ xX]\] \S", re.MULTILINE)
_RULE = pattern(r"^[^|\n]*\|[^\n]*\n(?:[ \t]*\|)?[ \t]*:?-{3,}:?[ \t]*\|", re.MULTILINE)
_LINK = pattern(r"\[[^\[\]\n]+\]\([^()\s]+\)")
_SETTING = pattern(r"[ \t]*(?:-[ \t]+)?[\"']?[\w./-]+[\"']?[ \t]*[:=](?:\s|$|[^/\s])")
_SIGNS = (b"#", b"===", b"[", b"|", b"```", b"~~~")  # of every mark but lists and front matter
_COMMENT = pattern(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^`\n]*\n(?s:.*?)(?:^[ \t>]*(?P=fence)|\Z)|`[^`\n]+`"
    r"|(?P<comment><!--(?s:.*?)(?:-->|\Z))",
    re.MULTILINE,
)


def _front(source: Source, text: str) -> tuple[Node | None, str]:
    """Return the front matter, if there is any, and the text with empty lines in its place."""
    match = _FRONT.match(text)
    if match is None:
        return None, text
    from readiness.strict_yaml import parse_yaml  # noqa: PLC0415 - imports yaml

    try:
        root = parse_yaml(f"\n{match[1]}".encode(), source.path)
    except InputError as error:
        found = error.diagnostics[0]
        raise Unreadable(found.code, found.message, found.at, found.help) from None
    return root, "\n" * match[0].count("\n") + text[match.end() :]


def _read_front(front: Node, source: Source, found: Findings) -> None:
    dates = {}
    for key, (_, node) in front.content.items():
        if isinstance(node.content, (dict, list)):
            continue
        at = source.at(node.line, node.column, key)
        if node.content is not None:
            dates[key.lower()] = (node.content, at)
        with found.trying(warn=True):
            value, unit = measure(node.content, "", at)
            found.facts.append(Fact(f"front.{key.lower()}", value, unit, at))
    if key := next((key for key in ("reviewed", "updated", "date") if key in dates), None):
        with found.trying():
            found.moment = read_moment(*dates[key])


def _read(source: Source, _map: FactMap | None) -> Reading:
    from readiness.evidence.readers.markdown.document import (  # noqa: PLC0415 - start-up time
        Document,
    )

    if len(source.data) > _MAX_BYTES:
        message = f"{len(source.data):,} bytes: at most {_MAX_BYTES:,} are read"
        raise Unreadable("too-large", message, source.at())
    text = re.sub(r"\r\n?", "\n", source.text)
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only a document needs it

    found = Findings()
    front, body = _front(source, text)
    title = ""
    if front is not None:
        _read_front(front, source, found)
        title = next((str(f.value) for f in found.facts if f.metric == "front.title"), "")
    body = _COMMENT.sub(lambda m: "\n" * m[0].count("\n") if m["comment"] else m[0], body)
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(body)
    Document(source, found, title).walk(tokens)
    return found.reading()


def _sniff(head: bytes) -> int:
    """Return 40 for two or more marks of Markdown in a text that is no configuration file."""
    if not (b"---" in head[:8] or any(sign in head for sign in _SIGNS)):
        return 0
    text = head.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    if "\0" in text or "\ufffd" in text[:-1] or _OTHER.match(text):
        return 0
    plain = _FENCE.sub("", body := _FRONT.sub("", text, count=1))
    rest = [line for line in plain.splitlines() if line.strip() and not line.startswith("#")]
    if 2 * sum(bool(_SETTING.match(line)) for line in rest) >= len(rest) or body.startswith("---"):
        return 0
    weak = [bool(mark.search(plain)) for mark in (_HEADING, _LIST)]
    strong = [bool(mark.search("\n".join(rest))) for mark in (_TASKS, _RULE, _LINK)]
    strong += [plain != body, body != text and weak[0]]
    strong += [len(_OUTLINE.findall(plain)) > 1 and "\n## " in plain]
    prose = any(len(line.split()) > 5 and line[0].isalpha() for line in rest)  # noqa: PLR2004
    return 40 if sum(weak + strong) > 1 and (prose or any(strong)) else 0


READER = Reader(
    id="markdown",
    title="Markdown document",
    summary="A runbook, design or plan: its sections, tasks, tables, and what it leaves open.",
    sniff=_sniff,
    read=_read,
    strength=Strength.documented,
    metrics=(
        Metric("front.*", "", "a value of the front matter, by its key"),
        Metric("sections", "", "headings"),
        Metric("words", "", "words, without headings, comments and placeholders"),
        Metric("section.words", "", "the same for a section with its subsections", ("section",)),
        Metric("tasks", "", "task list items", ("section",)),
        *(Metric(f"tasks.{n}", "", f"those that are {n}", ("section",)) for n in ("done", "open")),
        Metric("steps", "", "steps of a runbook", ("section",)),
        Metric("steps.vague", "", "those that nobody could do as they stand", ("section",)),
        Metric("table.rows", "", "rows of tables, without the header", ("section",)),
        Metric("table.empty_cells", "", "cells without content", ("section",)),
        Metric("table.cell", "", "number, quantity or text", ("column", "row", "section")),
        Metric("placeholders", "", "TODO, TBD, FIXME, `<fill in>`, lorem ipsum, outside code"),
        Metric("links", "", "links and autolinks; bare addresses are none"),
    ),
    produce="write a document with headings, and `reviewed: 2026-09-14` in its front matter",
    source="CommonMark 0.31; tables and task lists as in GitHub Flavored Markdown",
    traps=(
        "A section that only says TODO, TBD, N/A or lorem ipsum has 0 words; comments have none.",
        "In code blocks words count; tasks and placeholders do not.",
        "`tasks.open` is given only where there are tasks, so that no tasks are not all done.",
        "A runbook says so in its title, or has two sections such as Recovery and Rollback.",
        "Its steps: ordered items, tasks, and the items of sections of doing.",
        "A step that names nothing is vague (docs/vague.md); a command or link makes it concrete.",
        "`steps.vague` is given only where there are steps.",
        "Sections of one name count as one, table rows of one name are not read; both warn.",
    ),
)
