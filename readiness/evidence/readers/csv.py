"""CSV with a map: a team's own table with a header row goes in, the mapped numbers come out."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.mapping import (
    NUMBER,
    Findings,
    Inconclusive,
    Moment,
    check_entry,
    choices,
    label,
    measure,
    read_count,
    read_moment,
    require_map,
)
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Strength
from readiness.model.text import plural
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.checklist import FactMap, MapEntry

_EXAMPLE = "map: {p95: {column: p95_ms, unit: ms, where: stage = retrieval}}"
_DELIMITERS = ",;\t|"
_QUOTED = r"""(?:"([^"]+)"|'([^']+)'|([^\s"'=<>!][^"'=<>!]*?))"""
_VALUE = r"""(?:"([^"]*)"|'([^']*)'|([^\s"'=].*?))"""
_WHERE = pattern(rf"\s*{_QUOTED}\s*=\s*{_VALUE}\s*")


class _Row(NamedTuple):
    line: int
    raw: str  # the physical line, empty for a record of several lines
    cells: list[str]


class _Table:
    """A parsed table: every row has a cell for every column."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = _lines(source)
        self.delimiter = _delimiter(source, self.lines[0])
        header, *self.rows = self._parse()
        self.columns = header.cells
        self._check(header)

    def _parse(self) -> list[_Row]:
        from csv import Error, reader  # noqa: PLC0415 - only a CSV file needs it

        records = reader(self.lines, delimiter=self.delimiter, strict=True, skipinitialspace=True)
        rows, start = [], 1
        try:
            for cells in records:
                raw = self.lines[start - 1] if records.line_num == start else ""
                rows.append(_Row(start, raw, [cell.strip() for cell in cells]))
                start = records.line_num + 1
        except Error as error:
            hint = "is a quote not closed, or the file cut off?"
            raise Unreadable("not-csv", str(error), self.source.at(start), hint) from None
        return rows

    def _check(self, header: _Row) -> None:
        at = self.source.at(header.line)
        if all(not name or NUMBER.fullmatch(name) for name in self.columns):
            message = "the first row holds no column names"
            raise Unreadable("no-header", message, at, "write a header row")
        if twice := [name for name, count in Counter(self.columns).items() if count > 1]:
            message = f"the column `{twice[0]}` is there twice"
            raise Unreadable("duplicate-column", message, at, "which one holds is a guess")
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                cells = plural(len(row.cells), "cell")
                message = f"{cells} in a row of a table of {len(self.columns)} columns"
                hint = "is the file cut off, or a cell with the delimiter not quoted?"
                raise Unreadable("ragged", message, self.source.at(row.line), hint)

    def column(self, name: str) -> int:
        """Return the index of a column; raise `Unreadable` if there is none of that name."""
        if name in self.columns:
            return self.columns.index(name)
        hint = choices(name, self.columns, "the columns are")
        raise Unreadable("no-column", f"there is no column `{name}`", self.source.at(1), hint)

    def at(self, row: _Row, index: int) -> Location:
        """Return the place of a cell, with its column's name as the pointer."""
        column = _offset(row.raw, index, self.delimiter) if row.raw else 0
        return self.source.at(row.line, column, self.columns[index])


def _lines(source: Source) -> list[str]:
    if not source.text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", source.text)
    while not lines[-1].strip(" \r\n"):
        lines.pop()
    return lines


def _delimiter(source: Source, header: str) -> str:
    """Return the delimiter that the header has most of, outside quotes."""
    bare = re.sub(r'"[^"]*"', "", header)
    counts = sorted(((bare.count(mark), mark) for mark in _DELIMITERS), reverse=True)
    if counts[0][0] and counts[0][0] == counts[1][0]:
        message = f"the header has as many {counts[0][1]!r} as {counts[1][1]!r}"
        raise Unreadable("delimiter", message, source.at(1), "quote the names that hold one")
    return counts[0][1] if counts[0][0] else ","


def _offset(line: str, index: int, delimiter: str) -> int:
    """Return the 1-based column where a cell starts in its line."""
    start, quoted = 0, False
    opens = line.lstrip(" ").startswith('"')
    for position, char in enumerate(line):
        if not index:
            break
        if char == '"' and opens:
            quoted = not quoted
        elif char == delimiter and not quoted:
            index, start = index - 1, position + 1
            opens = line[start:].lstrip(" ").startswith('"')
    return start + len(line[start:]) - len(line[start:].lstrip(" ")) + 1


def _sniff(_head: bytes) -> int:
    """Say no: which value is what only a requirement with a map can tell."""
    return 0


def _read(source: Source, fact_map: FactMap | None) -> Reading:
    fact_map = require_map(source, fact_map, _EXAMPLE)
    table, found = _Table(source), Findings()
    for metric, entries in sorted(fact_map.metrics.items()):
        for entry in entries:
            with found.trying():
                check_entry(metric, entry, source, table=True)
                _read_entry(table, metric, entry, found)
    if fact_map.produced is not None:
        with found.trying():
            found.moment = _latest(table, fact_map.produced)
    return found.reading()


def _read_entry(table: _Table, metric: str, entry: MapEntry, found: Findings) -> None:
    index = table.column(entry.column or "")
    names = None if entry.label is None else table.column(entry.label)
    samples = None if entry.samples is None else table.column(entry.samples)
    rows = _matching(table, entry.where)
    if len(rows) > 1 and names is None:
        message = f"{len(rows)} rows give `{metric}`, and nothing says which one counts"
        hint = "choose one with `where: COLUMN = VALUE`, or name the rows with `label: COLUMN`"
        raise Unreadable("ambiguous", message, table.at(rows[1], index), hint)
    for row in rows:
        with found.trying():
            at = table.at(row, index)
            value, unit = measure(_number(row.cells[index], at), entry.unit, at)
            labels = dict(entry.labels)
            if entry.label is not None and names is not None:
                labels[entry.label] = label(row.cells[names], table.at(row, names))
            count = None
            if samples is not None:
                place = table.at(row, samples)
                count = read_count(_number(row.cells[samples], place), place)
            found.facts.append(Fact(metric, value, unit, at, tuple(sorted(labels.items())), count))


def _matching(table: _Table, where: str | None) -> list[_Row]:
    if not table.rows:
        message = "the table has a header and no rows"
        raise Inconclusive("no-rows", message, table.source.at(1), "did the run finish?")
    if where is None:
        return table.rows
    match = _WHERE.fullmatch(where)
    if match is None:
        message = f"`{where}` is not COLUMN = VALUE"
        hint = 'write for example stage = retrieval; quote a name with `=` in it: "a=b" = c'
        raise Unreadable("bad-where", message, table.source.at(1), hint)
    parts = match.groups()
    name = next(part for part in parts[:3] if part is not None).strip()
    value = next(part for part in parts[3:] if part is not None).strip()
    index = table.column(name)
    rows = [row for row in table.rows if row.cells[index] == value]
    if not rows:
        known = dict.fromkeys(row.cells[index] for row in table.rows)
        hint = choices(value, known, f"`{name}` has")
        message = f"no row has `{value}` in the column `{name}`"
        raise Unreadable("no-row", message, table.source.at(1, pointer=name), hint)
    return rows


def _number(cell: str, at: Location) -> float | str:
    """Return the number in a cell, or an empty text."""
    if not cell:
        return cell
    if not NUMBER.fullmatch(cell):
        hint = "write digits with a point, without grouping; the unit stands in the map"
        raise Unreadable("not-a-number", f"`{cell[:80]}` is not a number", at, hint)
    return int(cell) if cell.isdigit() and len(cell) < 300 else float(cell)  # noqa: PLR2004


def _latest(table: _Table, name: str) -> Moment:
    index = table.column(name)
    if not table.rows:
        raise Inconclusive("no-rows", "the table has no rows", table.source.at(1))
    moments = []
    for row in table.rows:
        cell, at = row.cells[index], table.at(row, index)
        moments.append(read_moment(float(cell) if NUMBER.fullmatch(cell) else cell or None, at))
    return max(moments, key=lambda moment: moment[0])


READER = Reader(
    id="csv",
    title="CSV with a map",
    summary="A team's own table: the requirement says which column, which rows and which unit.",
    sniff=_sniff,
    read=_read,
    strength=Strength.measured,
    metrics=(Metric("*", "", "as mapped"),),
    produce="write what was measured as a table with a header row, one row per thing measured",
    source="RFC 4180; also with `;`, tab or `|` between the cells",
    traps=(
        "Several rows match and no `label` tells them apart: invalid, never the first or the last.",
        "Numbers are ASCII digits with a point: `1,234`, `1.234,5`, `1_000` and `NaN` are invalid.",
        "A number has no unit in its cell: `12 ms` is invalid, the unit stands in the map.",
        "An empty cell is inconclusive, and so is a table without rows: neither counts as zero.",
        "A row with more or fewer cells than the header makes the file invalid.",
        "So do an open quote, a blank line between rows and a column name given twice.",
        "`where` compares texts exactly: `1` is not `1.0`, and case counts.",
        "`produced` names a column; the latest time in it counts.",
    ),
    mapped=True,
)
