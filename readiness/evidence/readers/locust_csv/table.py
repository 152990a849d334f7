"""The rows of Locust's CSV files: read strictly, each cell with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.reader import Source, Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location

STATS, HISTORY, FAILURES, EXCEPTIONS = FAMILY = (
    "_stats.csv",
    "_stats_history.csv",
    "_failures.csv",
    "_exceptions.csv",
)
TOTAL = ("", "Aggregated")
COUNTS = ("Request Count", "Failure Count")
TIMES = {"Average Response Time": "mean", "Min Response Time": "min", "Max Response Time": "max"}
_COLUMNS: dict[str, tuple[str, ...]] = {
    STATS: ("Type", "Name", *COUNTS, *TIMES, "Requests/s"),
    HISTORY: (
        "Timestamp",
        "User Count",
        "Type",
        "Name",
        "Total Request Count",
        "Total Failure Count",
    ),
    FAILURES: ("Method", "Name", "Error", "Occurrences"),
    EXCEPTIONS: ("Count", "Message", "Traceback", "Nodes"),
}
_NUMBER = pattern(r"[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")
_COUNT = pattern(r"[0-9]{1,15}")
_PERCENTILE = pattern(r"([0-9]{1,2}(?:\.[0-9]{1,6})?)%")
_MOST = 1e15  # larger than any time in ms, count or size; also keeps infinity out
_EPOCH = (1_000_000_000, 10_000_000_000)  # seconds, the years 2001 to 2286


class Row(NamedTuple):
    """One line of a file, with its header."""

    source: Source
    line: int
    header: list[str]
    cells: list[str]

    def at(self, column: str) -> Location:
        """Return the place of a cell."""
        return self.source.at(self.line, pointer=column)

    def text(self, column: str) -> str:
        """Return a cell as it is written; empty if there is no such column."""
        return self.cells[self.header.index(column)] if column in self.header else ""

    def count(self, column: str) -> int:
        """Return a whole number; there is always one in a column of counts."""
        text = self.text(column)
        if not _COUNT.fullmatch(text):
            message = f"`{text}` in column `{column}` is not a count"
            raise Unreadable("number", message, self.at(column), "was the file edited?")
        return int(text)

    def number(self, column: str) -> float | None:
        """Return a number, or None where Locust wrote none."""
        text = self.text(column)
        if text in ("", "N/A"):
            return None
        if not _NUMBER.fullmatch(text) or float(text) > _MOST:
            message = f"`{text}` in column `{column}` is not a finite number of 0 or more"
            raise Unreadable("number", message, self.at(column), "was the file edited?")
        return float(text)

    def percentiles(self) -> list[tuple[str, float]]:
        """Return (column, value) by rank. `100%` is left out: `Max Response Time` is exact."""
        found = [(float(m[1]), c) for c in self.header if (m := _PERCENTILE.fullmatch(c))]
        values = ((column, self.number(column)) for _, column in sorted(found))
        return [(column, value) for column, value in values if value is not None]


class Table(NamedTuple):
    """One file: which of the family it is, where its header stands, its lines."""

    kind: str
    head: Location
    rows: list[Row]


def read_table(source: Source, expected: str = "") -> Table:
    """Read a file of the family, of the expected kind if one is given.

    Raises:
        Unreadable: empty, ragged, cut off, or with other columns.
    """
    if not source.text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    rows, torn = _parse(source)
    header = rows[0].cells
    kind = next((k for k, names in _COLUMNS.items() if set(names) <= set(header)), "")
    if not kind or kind != (expected or kind) or len(set(header)) != len(header):
        message = f"the columns are not those of Locust's `*{expected or STATS}`"
        raise Unreadable("wrong-header", message, source.at(1), "Locust 1.0 or later writes them")
    for row in rows:
        if len(row.cells) != len(header):
            message = f"{len(row.cells)} cells where the header has {len(header)}"
            raise Unreadable("ragged", message, source.at(row.line), "was the file cut off?")
    if not source.text.endswith("\n"):
        message = "the last line has no end, which Locust writes"
        raise Unreadable("cut-off", message, source.at(rows[-1].line), "was the file cut off?")
    if torn:
        message = "the line ends otherwise than the header does: part of it is missing"
        help_ = "was Locust killed, or did two processes write it?"
        raise Unreadable("torn", message, source.at(torn), help_)
    return Table(kind, source.at(1), rows[1:])


def _parse(source: Source) -> tuple[list[Row], int]:
    """Return the rows, and the line of the first that ends otherwise than the header, or 0."""
    import csv  # noqa: PLC0415 - this module is imported on every run, a CSV is not read on each
    import io  # noqa: PLC0415

    # Only \n ends a line: on Windows Locust writes \r\r\n, which would count as two.
    reader = csv.reader(io.StringIO(source.text, newline="\n"), strict=True)
    lines = source.text.split("\n")
    rows: list[Row] = []
    start, torn = 1, 0
    try:
        for cells in reader:
            if cells:
                rows.append(Row(source, start, rows[0].cells if rows else cells, cells))
                if lines[reader.line_num - 1].endswith("\r") != lines[0].endswith("\r"):
                    torn = torn or start
            start = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable(
            "not-csv",
            f"not valid CSV: {error}",
            source.at(start),
            "was the file cut off, or a quote left open?",
        ) from None
    return rows, torn


def split_total(table: Table) -> tuple[Row, list[Row]]:
    """Return the total row, which Locust writes last, and the rows of the endpoints."""
    seen: dict[tuple[str, str], int] = {}
    for row in table.rows:
        key = (row.text("Type"), row.text("Name"))
        if key in seen:
            message = f"`{' '.join(key).strip()}` is already on line {seen[key]}"
            raise Unreadable("duplicate-row", message, row.at("Name"), "were two runs joined?")
        seen[key] = row.line
    if next(reversed(seen), None) != TOTAL:
        at = table.rows[-1].at("Name") if table.rows else table.head
        message = "the last line is not the row `Aggregated`"
        raise Unreadable("no-total", message, at, "was the file cut off?")
    return table.rows[-1], table.rows[:-1]


def total_lines(table: Table) -> list[Row]:
    """Return the lines of the total since the statistics were last reset, in order of time."""
    lines: list[Row] = []
    start, time, requests = 0, _EPOCH[0], 0
    for row in table.rows:
        now, at = row.count("Timestamp"), row.at("Timestamp")
        if not _EPOCH[0] <= now < _EPOCH[1]:
            raise Unreadable("number", f"`{now}` is no time in seconds since 1970", at)
        if now < time:
            message = "the time runs backwards"
            raise Unreadable("contradiction", message, at, "were two runs joined?")
        time = now
        if (row.text("Type"), row.text("Name")) != TOTAL:
            continue
        if row.count("Total Request Count") < requests:
            start = len(lines)
        requests = row.count("Total Request Count")
        lines.append(row)
    return lines[start:]


def seconds_of(lines: list[Row]) -> int:
    """Return how many seconds the lines span."""
    return lines[-1].count("Timestamp") - lines[0].count("Timestamp") if lines else 0
