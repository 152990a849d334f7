"""A Markdown document: its tokens to counts of the whole, of sections, and of steps."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from readiness.evidence.mapping import NUMBER, Findings, measure
from readiness.evidence.readers.markdown.steps import Steps
from readiness.evidence.readers.markdown.words import (
    CELL,
    MARK,
    count_words,
    folded,
    is_blank,
    plain_text,
)
from readiness.model.fact import Fact, Problem
from readiness.model.text import plural
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.errors import Location
    from readiness.evidence.reader import Source

FEWEST_WORDS = 20
_TOLD = 20  # vague steps that are told one by one
_TASK = pattern(r"\[([ xX])\](?:\s+(\S)|\s*$)")


@dataclass
class _Part:
    """The counts of the whole document or of one section with its subsections."""

    at: Location
    labels: tuple[tuple[str, str], ...] = ()
    times: int = 0
    words: int = 0
    tasks: int = 0
    done: int = 0
    steps: int = 0
    vague: int = 0
    rows: int = 0
    cells: int = 0
    empty: int = 0

    def facts(self) -> list[Fact]:
        """Return the counts; those of what is open, vague or empty only where there can be any."""
        sums = {"tasks": self.tasks, "table.rows": self.rows, "steps": self.steps}
        counts = {m: n for m, n in sums.items() if n or not self.labels}
        counts["section.words" if self.labels else "words"] = self.words
        if self.tasks:
            counts |= {"tasks.done": self.done, "tasks.open": self.tasks - self.done}
        if self.steps:
            counts["steps.vague"] = self.vague
        if self.cells:
            counts["table.empty_cells"] = self.empty
        return [Fact(metric, float(n), "", self.at, self.labels) for metric, n in counts.items()]


class Document:
    """What the tokens of one document say."""

    def __init__(self, source: Source, found: Findings, title: str = "") -> None:
        self.source = source
        self.steps = Steps(title)
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
            self.steps.token(token, tuple(name for _, name in self.open))
            if kind == "inline":
                self._inline(token, tokens[index - 1], tokens[max(index - 2, 0)].type)
            elif kind in ("fence", "code_block"):
                self._add(words=count_words(token.content))
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
        text = plain_text(token)
        self.placeholders += len(MARK.findall(plain_text(token, code=False)))
        self.links += sum(child.type == "link_open" for child in token.children or ())
        if parent.type == "heading_open" and parent.level == 0:
            self._heading(int(parent.tag[1]), folded(text), parent.map[0] + 1)
            return
        if outer == "list_item_open" and (task := _TASK.match(token.content)):
            self._add(tasks=1, done=int(task[1] != " " and task[2] is not None))
            text = text[3:]
        if self.in_table:
            self.table[-1][1].append(text)
        if not self.in_head:
            self._add(words=count_words(text))

    def _heading(self, level: int, name: str, line: int) -> None:
        while self.open and self.open[-1][0] >= level:
            self.open.pop()
        if not name:
            return
        self.open.append((level, name))
        self.headings += 1
        self.steps.heading(level, name)
        at = self.source.at(line)
        part = self.parts.setdefault(name, _Part(at, (("section", name),)))
        part.times += 1
        if part.times == 2:  # noqa: PLR2004
            message = f"the heading `{name}` is there again: its sections count as one"
            self.found.problems.append(Problem("warning", "repeated-heading", message, at))

    def _add(self, sections: Iterable[str] | None = None, **counts: int) -> None:
        names = (name for _, name in self.open) if sections is None else sections
        for part in (self.whole, *(self.parts[name] for name in set(names))):
            for field, count in counts.items():
                setattr(part, field, getattr(part, field) + count)

    def _table(self) -> None:
        (_, header), *rows = self.table
        cells = [cell for _, row in rows for cell in row]
        self._add(rows=len(rows), cells=len(cells), empty=sum(map(is_blank, cells)))
        section = self.open[-1][1] if self.open else ""
        for line, (first, *others) in rows:
            for column, cell in zip(header[1:], others, strict=True):
                names = {"row": folded(first), "column": folded(column), "section": section}
                if is_blank(cell) or not names["row"] or not names["column"]:
                    continue
                at = self.source.at(line, pointer=f"{names['row']} / {names['column']}")
                labels = tuple(sorted((k, v) for k, v in names.items() if v))
                with self.found.trying(warn=True):
                    raw = float(cell) if NUMBER.fullmatch(cell) else cell[:CELL]
                    value, unit = measure(raw, "", at)
                    self.cells.append(Fact("table.cell", value, unit, at, labels))

    def _steps(self) -> None:
        """Count the steps, and tell of those that nobody could do."""
        refused = []
        for step in self.steps.found():
            self._add(step.sections, steps=1, vague=int(step.refused is not None))
            if step.refused is not None:
                code, message, hint = step.refused
                refused.append(Problem("warning", code, message, self.source.at(step.line), hint))
        self.found.problems += refused[:_TOLD]

    def _finish(self) -> None:
        self._steps()
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
        if not self.headings or self.whole.words < FEWEST_WORDS:
            message = (
                f"{plural(self.headings, 'heading')}, {plural(self.whole.words, 'word')}: a stub"
            )
            hint = f"write headings and at least {FEWEST_WORDS} words; placeholders do not count"
            self.found.problems.append(Problem("inconclusive", "stub", message, at, hint))
