"""Markdown: a runbook or design document goes in; what it says, and what it leaves open, comes out.

What stands for text to come (TODO, TBD, `<fill in>`, lorem ipsum) counts as nothing written.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from readiness.errors import InputError
from readiness.evidence.mapping import NOTHING, NUMBER, Findings, measure, read_moment
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.text import plural

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.checklist import FactMap
    from readiness.strict_yaml import Node

_MAX_BYTES = 512_000
_FEWEST_WORDS = 20
_CELL = 200
_LATER = "(?i:to be (?:written|done|defined|decided|determined|confirmed|added)|coming soon)"
_MARK = re.compile(
    rf"\b(?:TODO|TBD|TBC|FIXME|XXX)\b|\b(?i:todo|tbd|fixme)(?=\s*:)|(?i:lorem ipsum)|\b{_LATER}\b"
    r"|\{\{[^{}\n]{0,80}\}\}|(?m:^[ \t]*(?:\.{3,9}|…)[ \t]*$)"
    r"|(?i:[<\[]\s*(?:fill|insert|enter|your|todo|tbd|describe|replace)\b[^<>\[\]\n]{0,80}[>\]])"
)
_UNWRITTEN = re.compile(
    r"(?:[^:\n]{1,40}:\s*)?(?:(?i:n/?a|todo|tbd|tbc|fixme|xxx|wip|\?+)[\s.!]*"
    rf"|(?:TODO|TBD|TBC|FIXME|XXX)\b.*|(?i:todo|tbd|fixme)\s*[:(].*|{_LATER}\b.*)"
)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_](?:[\w'\u2019.-]*[^\W_])?")  # each kanji
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_TASK = re.compile(r"\[([ xX])\](?:\s+(\S)|\s*$)")
_OTHER = re.compile(r"\s*(?:\{|<(?!!--)|\[?[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:)")
_FRONT = re.compile(r"\A---[ \t]*\n(?=[\w-]+:\s)((?s:.*?)^)(?:---|\.{3})[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^`\n]*\n(?s:.*?)(?:^ {0,3}\1[^\n]*$|\Z)", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} \S|(?:\A|\n\n)\S[^\n]*\n={3,}\n", re.MULTILINE)
_OUTLINE = re.compile(r"^#{1,6} \S[^\n]*\n\n", re.MULTILINE)
_LIST = re.compile(r"^ {0,3}(?:[-*+]|[0-9]{1,2}[.)]) \S", re.MULTILINE)
_TASKS = re.compile(r"^[ \t]*[-*+] \[[ xX]\] \S", re.MULTILINE)
_RULE = re.compile(r"^[^|\n]*\|[^\n]*\n(?:[ \t]*\|)?[ \t]*:?-{3,}:?[ \t]*\|", re.MULTILINE)
_LINK = re.compile(r"\[[^\[\]\n]+\]\([^()\s]+\)")
_SETTING = re.compile(r"[ \t]*(?:-[ \t]+)?[\"']?[\w./-]+[\"']?[ \t]*[:=](?:\s|$|[^/\s])")
_COMMENT = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^`\n]*\n(?s:.*?)(?:^[ \t>]*(?P=fence)|\Z)|`[^`\n]+`"
    r"|(?P<comment><!--(?s:.*?)(?:-->|\Z))",
    re.MULTILINE,
)


@dataclass
class _Part:
    """The counts of the whole document or of one section with its subsections."""

    at: Location
    labels: tuple[tuple[str, str], ...] = ()
    times: int = 0
    words: int = 0
    tasks: int = 0
    done: int = 0
    rows: int = 0
    cells: int = 0
    empty: int = 0

    def facts(self) -> list[Fact]:
        """Return the counts; those of open tasks and empty cells only where there are any."""
        sums = {"tasks": self.tasks, "table.rows": self.rows}
        counts = {m: n for m, n in sums.items() if n or not self.labels}
        counts["section.words" if self.labels else "words"] = self.words
        if self.tasks:
            counts |= {"tasks.done": self.done, "tasks.open": self.tasks - self.done}
        if self.cells:
            counts["table.empty_cells"] = self.empty
        return [Fact(metric, float(n), "", self.at, self.labels) for metric, n in counts.items()]


class _Document:
    """What the tokens of one document say."""

    def __init__(self, source: Source, found: Findings) -> None:
        self.source = source
        self.found = found
        self.whole = _Part(source.at(1))
        self.parts: dict[str, _Part] = {}
        self.open: list[tuple[int, str]] = []  # level and label of the headings above
        self.headings = self.placeholders = self.links = 0
        self.cells: list[Fact] = []
        self.table: list[tuple[int, list[str]]] = []  # line and cells of each row
        self.in_table = self.in_head = False

    def walk(self, tokens: list[Any]) -> None:
        """Take in the tokens of markdown-it, and hand over what they say."""
        for index, token in enumerate(tokens):
            kind = token.type
            if kind == "inline":
                self._inline(token, tokens[index - 1], tokens[max(index - 2, 0)].type)
            elif kind in ("fence", "code_block"):
                self._add(words=_words(token.content))
            elif kind == "table_open":
                self.table, self.in_table = [], True
            elif kind == "tr_open":
                self.table.append((token.map[0] + 1, []))
            elif kind in ("thead_open", "thead_close"):
                self.in_head = kind == "thead_open"
            elif kind == "table_close":
                self._table()
                self.in_table = False
        self._finish()

    def _inline(self, token: Any, parent: Any, outer: str) -> None:
        text = _text(token)
        self.placeholders += len(_MARK.findall(_text(token, code=False)))
        self.links += sum(child.type == "link_open" for child in token.children or ())
        if parent.type == "heading_open" and parent.level == 0:
            self._heading(int(parent.tag[1]), _name(text), parent.map[0] + 1)
            return
        if outer == "list_item_open" and (task := _TASK.match(token.content)):
            self._add(tasks=1, done=int(task[1] != " " and task[2] is not None))
            text = text[3:]
        if self.in_table:
            self.table[-1][1].append(text)
        if not self.in_head:
            self._add(words=_words(text))

    def _heading(self, level: int, name: str, line: int) -> None:
        while self.open and self.open[-1][0] >= level:
            self.open.pop()
        if not name:
            return
        self.open.append((level, name))
        self.headings += 1
        at = self.source.at(line)
        part = self.parts.setdefault(name, _Part(at, (("section", name),)))
        part.times += 1
        if part.times == 2:  # noqa: PLR2004
            message = f"the heading `{name}` is there again: its sections count as one"
            self.found.problems.append(Problem("warning", "repeated-heading", message, at))

    def _add(self, **counts: int) -> None:
        for part in (self.whole, *(self.parts[name] for name in {name for _, name in self.open})):
            for field, count in counts.items():
                setattr(part, field, getattr(part, field) + count)

    def _table(self) -> None:
        (_, header), *rows = self.table
        cells = [cell for _, row in rows for cell in row]
        self._add(rows=len(rows), cells=len(cells), empty=sum(map(_blank, cells)))
        section = self.open[-1][1] if self.open else ""
        for line, (first, *others) in rows:
            for column, cell in zip(header[1:], others, strict=True):
                names = {"row": _name(first), "column": _name(column), "section": section}
                if _blank(cell) or not names["row"] or not names["column"]:
                    continue
                at = self.source.at(line, pointer=f"{names['row']} / {names['column']}")
                labels = tuple(sorted((k, v) for k, v in names.items() if v))
                with self.found.trying(warn=True):
                    raw = float(cell) if NUMBER.fullmatch(cell) else cell[:_CELL]
                    value, unit = measure(raw, "", at)
                    self.cells.append(Fact("table.cell", value, unit, at, labels))

    def _finish(self) -> None:
        at, times = self.whole.at, Counter(fact.labels for fact in self.cells)
        counts = {"sections": self.headings, "links": self.links, "placeholders": self.placeholders}
        self.found.facts += [Fact(metric, float(n), "", at) for metric, n in counts.items()]
        for part in (self.whole, *self.parts.values()):
            self.found.facts += part.facts()
        self.found.facts += [fact for fact in self.cells if times[fact.labels] == 1]
        twice = [fact.at for fact in self.cells if times[fact.labels] > 1]
        if twice:
            message = f"there are several cells `{twice[0].pointer}`: none of them is read"
            self.found.problems.append(Problem("warning", "repeated-cell", message, twice[1]))
        if not self.headings or self.whole.words < _FEWEST_WORDS:
            message = (
                f"{plural(self.headings, 'heading')}, {plural(self.whole.words, 'word')}: a stub"
            )
            hint = f"write headings and at least {_FEWEST_WORDS} words; placeholders do not count"
            self.found.problems.append(Problem("inconclusive", "stub", message, at, hint))


def _text(token: Any, *, code: bool = True) -> str:
    """Return the text of an inline token without markup."""
    kept = (c for c in token.children or () if code or c.type != "code_inline")
    return "".join("\n" if c.type.endswith("break") else c.content for c in kept)


def _name(text: str) -> str:
    return " ".join(_TAG.sub(" ", text).lower().split())[:_CELL]


def _blank(text: str) -> bool:
    return text.strip().lower() in NOTHING or bool(_MARK.search(text) and not _words(text))


def _words(text: str) -> int:
    lines = (line for line in text.split("\n") if not _UNWRITTEN.fullmatch(line.strip()))
    if "lorem ipsum" in text.lower():
        return 0
    return len(_WORD.findall(_TAG.sub(" ", _MARK.sub(" ", "\n".join(lines)))))


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
    if len(source.data) > _MAX_BYTES:
        message = f"{len(source.data):,} bytes: at most {_MAX_BYTES:,} are read"
        raise Unreadable("too-large", message, source.at())
    text = re.sub(r"\r\n?", "\n", source.text)
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only a document needs it

    found = Findings()
    front, body = _front(source, text)
    if front is not None:
        _read_front(front, source, found)
    body = _COMMENT.sub(lambda m: "\n" * m[0].count("\n") if m["comment"] else m[0], body)
    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(body)
    _Document(source, found).walk(tokens)
    return found.reading()


def _sniff(head: bytes) -> int:
    """Return 40 for two or more marks of Markdown in a text that is no configuration file."""
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
        "Sections of one name count as one, table rows of one name are not read; both warn.",
    ),
)
