"""Markdown: a runbook or design document goes in; what it says, and what it leaves open, comes out.

Text that stands for text to come (TODO, TBD, `<fill in>`, lorem ipsum) counts as nothing written.
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

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.checklist import FactMap
    from readiness.strict_yaml import Node

_MAX_BYTES = 512_000
_FEWEST_WORDS = 20
_LONGEST_CELL = 200
_MARK = re.compile(
    r"\b(?:TODO|TBD|TBC|FIXME|XXX)\b|\b(?i:todo|tbd|fixme)(?=\s*:)|(?i:\blorem ipsum\b)"
    r"|(?i:\bto be (?:written|done|defined|decided|determined|confirmed|added|completed)\b)"
    r"|(?i:\bcoming soon\b)|\{\{[^{}\n]{0,80}\}\}|(?m:^[ \t]*(?:\.{3,9}|…)[ \t]*$)"
    r"|(?i:[<\[]\s*(?:fill|insert|enter|your|todo|tbd|describe|replace)\b[^<>\[\]\n]{0,80}[>\]])"
)
_UNWRITTEN = re.compile(
    r"(?:[^:\n]{1,40}:\s*)?(?:(?i:n/?a|todo|tbd|tbc|fixme|xxx|wip|\?+)[\s.!]*"
    r"|(?:TODO|TBD|TBC|FIXME|XXX)\b.*|(?i:todo|tbd|fixme)\s*[:(].*"
    r"|(?i:to be (?:written|done|defined|decided|determined|confirmed|added|completed))\b.*"
    r"|(?i:coming soon)\b.*)"
)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_](?:[\w'’.-]*[^\W_])?")  # kana, kanji: each
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_TASK = re.compile(r"\[([ xX])\](?:\s+(\S)|\s*$)")
_KEY = re.compile(r"[\w-]+:(?:\s|$)")
_FRONT = re.compile(r"\A---[ \t]*\r?\n(?=[\w-]+:)(?s:.*?)^---[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^`\n]*\n(?s:.*?)(?:^ {0,3}\1[^\n]*$|\Z)", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} \S|\n\n\S[^\n]*\n=+\n", re.MULTILINE)
_LIST = re.compile(r"^ {0,3}(?:[-*+]|[0-9]{1,2}[.)]) \S", re.MULTILINE)
_TASKS = re.compile(r"^\s*[-*+] \[[ xX]\] \S", re.MULTILINE)
_RULE = re.compile(r"^[^\n]*\|[^\n]*\n[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*\|", re.MULTILINE)
_LINK = re.compile(r"\[[^\[\]\n]+\]\([^()\s]+\)")
_SETTING = re.compile(r"[ \t-]*[\"']?[\w./-]+[\"']?[ \t]*[:=](?:\s|$|[^/\s])")
_COMMENT = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^`\n]*\n(?s:.*?)(?:^[ \t>]*(?P=fence)|\Z)|`[^`\n]+`"
    r"|(?P<comment><!--(?s:.*?)(?:-->|\Z))", re.MULTILINE,
)  # fmt: skip


@dataclass
class _Part:
    """The counts of the whole document or of one section with its subsections."""

    at: Location
    labels: tuple[tuple[str, str], ...] = ()
    words: int = 0
    tasks: int = 0
    done: int = 0
    tables: int = 0
    rows: int = 0
    cells: int = 0
    empty: int = 0

    def facts(self) -> list[Fact]:
        """Return the counts; those of open tasks and empty cells only where there are any at all."""
        counts = [("section.words" if self.labels else "words", self.words)]
        if self.tasks or not self.labels:
            counts.append(("tasks", self.tasks))
        if self.tasks:
            counts += [("tasks.done", self.done), ("tasks.open", self.tasks - self.done)]
        if self.tables:
            counts.append(("table.rows", self.rows))
        if self.cells:
            counts.append(("table.empty_cells", self.empty))
        return [Fact(metric, float(n), "", self.at, self.labels) for metric, n in counts]


class _Document:
    """What the tokens of one document say, gathered in one pass."""

    def __init__(self, source: Source, found: Findings) -> None:
        self.source = source
        self.found = found
        self.whole = _Part(source.at(1))
        self.parts: dict[str, _Part] = {}
        self.open: list[tuple[int, str]] = []  # level and label of the headings above
        self.headings = self.placeholders = self.links = 0
        self.cells: list[Fact] = []
        self.table: list[tuple[int, list[str]]] = []
        self.in_table = self.in_head = False

    def walk(self, tokens: list[Any]) -> None:
        """Take in the tokens of markdown-it."""
        for index, token in enumerate(tokens):
            kind = token.type
            if kind == "inline":
                before = [t.type for t in tokens[max(0, index - 2) : index]]
                self._inline(token, before, tokens[index - 1])
            elif kind in ("fence", "code_block"):
                self._add(words=_words(token.content))
            elif kind == "table_open":
                self.table, self.in_table = [], True
            elif kind == "tr_open":
                self.table.append((token.map[0] + 1, []))
            elif kind in ("thead_open", "thead_close"):
                self.in_head = kind == "thead_open"
            elif kind == "table_close":
                self.in_table = False
                self._table()

    def _inline(self, token: Any, before: list[str], parent: Any) -> None:
        text = _text(token)
        self.placeholders += len(_MARK.findall(_text(token, code=False)))
        self.links += sum(child.type == "link_open" for child in token.children or ())
        if before[-1] == "heading_open" and parent.level == 0:
            self._heading(int(parent.tag[1]), _name(text), parent.map[0] + 1)
            return
        if before == ["list_item_open", "paragraph_open"] and (task := _TASK.match(token.content)):
            self._add(tasks=1, done=int(task[1] != " " and task[2] is not None))
            text = text[3:]
        if self.in_table:
            self.table[-1][1].append(text)
        if not self.in_head:
            self._add(words=_words(text))

    def _heading(self, level: int, name: str, line: int) -> None:
        while self.open and self.open[-1][0] >= level:
            self.open.pop()
        self.open.append((level, name))
        if not name:
            return
        self.headings += 1
        if name in self.parts:
            message = f"the heading `{name}` is there again; its sections count as one"
            help_ = "name sections apart, so that each can be asked for"
            at = self.source.at(line)
            self.found.problems.append(Problem("warning", "repeated-heading", message, at, help_))
        else:
            self.parts[name] = _Part(self.source.at(line), (("section", name),))

    def _add(self, **counts: int) -> None:
        names = {name for _, name in self.open if name}
        for part in (self.whole, *(self.parts[name] for name in sorted(names))):
            for field, count in counts.items():
                setattr(part, field, getattr(part, field) + count)

    def _table(self) -> None:
        (_, header), *rows = self.table
        cells = [cell for _, row in rows for cell in row]
        self._add(tables=1, rows=len(rows), cells=len(cells), empty=sum(map(_blank, cells)))
        section = next((name for _, name in reversed(self.open) if name), "")
        for line, (first, *others) in rows:
            for column, cell in zip(header[1:], others, strict=True):
                names = {"row": _name(first), "column": _name(column), "section": section}
                if _blank(cell) or not names["row"] or not names["column"]:
                    continue
                at = self.source.at(line, pointer=f"{names['row']} / {names['column']}")
                labels = tuple(sorted((k, v) for k, v in names.items() if v))
                self._cell(cell, at, labels)

    def _cell(self, text: str, at: Location, labels: tuple[tuple[str, str], ...]) -> None:
        with self.found.trying(warn=True):
            raw = float(text) if NUMBER.fullmatch(text) else text[:_LONGEST_CELL]
            value, unit = measure(raw, "", at)
            self.cells.append(Fact("table.cell", value, unit, at, labels))

    def finish(self) -> None:
        """Hand over the facts, and say what makes the document no evidence."""
        at = self.whole.at
        counts = (("sections", self.headings), ("links", self.links),
                  ("placeholders", self.placeholders))  # fmt: skip
        self.found.facts += [Fact(metric, float(n), "", at) for metric, n in counts]
        for part in (self.whole, *self.parts.values()):
            self.found.facts += part.facts()
        times = Counter(fact.labels for fact in self.cells)
        self.found.facts += [fact for fact in self.cells if times[fact.labels] == 1]
        twice = next((fact for fact in self.cells if times[fact.labels] > 1), None)
        if twice is not None:
            message = f"the table cell {twice.at.pointer} is there again; neither is read"
            hint = "give each row its own first cell"
            self.found.problems.append(
                Problem("warning", "repeated-cell", message, twice.at, hint)
            )
        if not self.headings or self.whole.words < _FEWEST_WORDS:
            what = "no heading" if not self.headings else f"{self.whole.words} words"
            message = f"a document with {what} documents nothing"
            hint = f"write headings and at least {_FEWEST_WORDS} words; placeholders do not count"
            self.found.problems.append(Problem("inconclusive", "stub", message, at, hint))


def _text(token: Any, *, code: bool = True) -> str:
    """Return the text of an inline token without markup."""
    kept = (c for c in token.children or () if code or c.type != "code_inline")
    return "".join("\n" if c.type.endswith("break") else c.content for c in kept)


def _name(text: str) -> str:
    return " ".join(_TAG.sub(" ", text).lower().split())[:_LONGEST_CELL]


def _blank(text: str) -> bool:
    return text.strip().lower() in NOTHING or bool(_MARK.search(text) and not _words(text))


def _words(text: str) -> int:
    """Return the number of words that are really written: no placeholders, tags or dummy text."""
    if "lorem ipsum" in text.lower():
        return 0
    lines = (line for line in text.split("\n") if not _UNWRITTEN.fullmatch(line.strip()))
    return len(_WORD.findall(_TAG.sub(" ", _MARK.sub(" ", "\n".join(lines)))))


def _front(source: Source, lines: list[str]) -> tuple[Node | None, int]:
    """Return the front matter, if there is any, and the number of lines it takes."""
    if lines[0].rstrip() != "---" or not _KEY.match(lines[1] if len(lines) > 1 else ""):
        return None, 0
    end = next((i for i, line in enumerate(lines) if i and line.rstrip() in ("---", "...")), 0)
    if not end:
        raise Unreadable("front-matter", "the front matter is not closed", source.at(1),
                         "end it with a line `---`")  # fmt: skip
    from readiness.strict_yaml import parse_yaml  # noqa: PLC0415 - imports yaml

    try:
        root = parse_yaml(("\n" + "\n".join(lines[1:end])).encode(), source.path)
    except InputError as error:
        found = error.diagnostics[0]
        raise Unreadable(found.code, found.message, found.at, found.help) from None
    if not isinstance(root.content, dict):
        raise Unreadable("front-matter", "the front matter holds no `key: value`", source.at(2))
    return root, end + 1


def _read_front(front: Node, source: Source, found: Findings) -> None:
    dates = {}
    for key, (_, node) in front.content.items():
        at = source.at(node.line, node.column, key)
        if isinstance(node.content, (dict, list)):
            continue
        if node.content is not None:
            dates[key.lower()] = (node.content, at)
        with found.trying(warn=True):
            value, unit = measure(node.content, "", at)
            found.facts.append(Fact(f"front.{key.lower()}", value, unit, at))
    for key in ("reviewed", "updated", "date"):
        if key in dates:
            with found.trying():
                found.moment = read_moment(*dates[key])
            return


def _read(source: Source, _map: FactMap | None) -> Reading:
    if len(source.data) > _MAX_BYTES:
        raise Unreadable("too-large", f"{len(source.data):,} bytes are no document to read",
                         source.at(), f"at most {_MAX_BYTES:,} bytes are read")  # fmt: skip
    text = re.sub(r"\r\n?", "\n", source.text)
    if not text.strip():
        raise Unreadable("empty", "the file is empty", source.at())
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only a document needs it

    found, lines = Findings(), text.split("\n")
    front, taken = _front(source, lines)
    if front is not None:
        _read_front(front, source, found)
    body = "\n" * taken + "\n".join(lines[taken:])
    body = _COMMENT.sub(lambda m: "\n" * m[0].count("\n") if m["comment"] else m[0], body)
    document = _Document(source, found)
    document.walk(MarkdownIt("commonmark", {"html": False}).enable("table").parse(body))
    document.finish()
    return found.reading()


def _sniff(head: bytes) -> int:
    """Return 40 for two or more marks of Markdown in a text that is no configuration file."""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return 0
        text = head[: error.start].decode("utf-8-sig")
    start = text.lstrip()
    if "\0" in text or (start.startswith(("{", "<")) and not start.startswith("<!--")):
        return 0
    body = _FRONT.sub("", text, count=1)
    plain = _FENCE.sub("", body)
    rest = [line for line in plain.splitlines() if line.strip() and not line.startswith("#")]
    if 2 * sum(bool(_SETTING.match(line)) for line in rest) >= len(rest):
        return 0
    weak = [bool(mark.search(plain)) for mark in (_HEADING, _LIST)]
    strong = [bool(mark.search("\n".join(rest))) for mark in (_TASKS, _RULE, _LINK)]
    strong += [body != text and weak[0], plain != body]
    prose = any(len(line.split()) > 5 and line[0].isalpha() for line in rest)  # noqa: PLR2004
    return 40 if sum(weak) + sum(strong) > 1 and (any(strong) or prose) else 0


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
        Metric("tasks.done", "", "those that are ticked", ("section",)),
        Metric("tasks.open", "", "those that are not", ("section",)),
        Metric("table.rows", "", "rows of tables, without the header", ("section",)),
        Metric("table.empty_cells", "", "cells that are empty or a placeholder", ("section",)),
        Metric("table.cell", "", "one cell: a number, quantity or text",
               ("column", "row", "section")),
        Metric("placeholders", "", "TODO, TBD, FIXME, `<fill in>`, lorem ipsum, outside code"),
        Metric("links", "", "links and autolinks; bare addresses are none"),
    ),
    produce="write a document with headings; put `reviewed: 2026-09-14` in its front matter",
    source="CommonMark 0.31; tables and task lists as in GitHub Flavored Markdown",
    traps=(
        "A section that only says TODO, TBD, N/A, `...` or lorem ipsum has 0 words; a line that "
        "starts with TODO does not count, nor does anything in a comment.",
        "Commands in code blocks count as words; tasks and placeholders in them do not count.",
        "`tasks.open` is given only where there are tasks, so that no tasks are not all done.",
        "Two sections of one name count as one, with a warning; two table rows of one name are "
        "not read, with a warning.",
        "The text says what people wrote and not what was tried: it is never more than documented.",
    ),
)  # fmt: skip
