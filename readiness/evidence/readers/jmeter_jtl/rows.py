"""Rows of a JTL into a tally: whole blocks by column where they are plain, else row by row."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from readiness.evidence.beside import Beside
from readiness.evidence.loadtest.repeats import Repeats
from readiness.evidence.loadtest.tally import MOST_ENDPOINTS, Kind, Tally
from readiness.evidence.reader import Unreadable
from readiness.evidence.readers.jmeter_jtl.columns import (
    MOST_ELAPSED,
    MOST_USERS,
    TRANSACTION,
    VERDICTS,
    Columns,
    Key,
    Part,
    lines_of,
)
from readiness.evidence.readers.jmeter_jtl.stamps import Clock, are_numbers, are_texts, whole_rows
from readiness.evidence.spans import Span, check_text
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from mmap import mmap

    from readiness.evidence.beside import Answer
    from readiness.evidence.reader import Source
    from readiness.evidence.readers.jmeter_jtl.layout import Layout

MARK = b"\n"  # before the success of a transaction: no cell of a plain block can hold it
_QUOTED = 1 << 20  # bytes over which a quoted cell may run
_FEW = 4  # cells: text may look like so short a row
_STAMP = pattern(r"(?<![0-9])[0-9]{13}(?![0-9])")
_DATE = r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[ T][0-9:.,+Z-]{5,20}"


def decode(label: bytes, success: bytes, _: bytes) -> Kind:
    """Tell the endpoint or transaction of counted rows, and whether they succeeded."""
    what = "transaction" if success.startswith(MARK) else "endpoint"
    return Kind(((what, label.decode()),), success.endswith(b"true"))


class Rows:
    """Takes blocks of a JTL and counts their rows.

    Attributes:
        tally: the samples; those of transaction controllers carry the label `transaction`.
        count: rows so far.
        last: the newest time of a response in ms since 1970.
        untyped: rows without a type, where that is all that hints at transactions.
        first_untyped: the line of the first of them.
        block: bytes that are looked at together.
        spare: bytes after them that may be looked at, too.
        places: blocks that another process has at once, where one helps.
    """

    block = (1 << 19) + (1 << 12)  # a quarter of a piece of the content, and some more
    spare = 0
    places = 2

    def __init__(self, source: Source, layout: Layout) -> None:
        """Take a file and its columns."""
        self._source, self._layout = source, layout
        self._at = layout.places
        self._line = 1
        self._rest = b""
        end = re.escape(layout.delimiter.decode())
        self._row_begins = re.compile(rf"\n(?:[0-9]{{13}}|{_DATE}{end}[0-9]{{1,12}}){end}")
        self._met: set[bytes] = set()
        self._clock = Clock()
        self._repeats = Repeats(layout.when)
        self._low = 0.0  # the first time of a response in the last block
        self._columns = Columns(layout)
        self.tally = Tally(decode)
        self.count = 0
        self.last = 0
        self.untyped = self.first_untyped = 0

    def read(self) -> None:
        """Count all rows.

        Raises:
            Unreadable: a row is ragged, a cell is not what it must be, or a quote is not closed.
        """
        helped = self._source.helped
        with Beside(self, self.block, self._width, self.places, helped=helped) as beside:
            for spans, answer in beside.run(self._body()):
                line, before = self._line + self._rest.count(b"\n"), self.last
                self._low = math.inf
                check_text(self._source, spans, line)
                if answer is not None and self._usable():
                    self._take(answer)
                else:
                    if answer is not None:  # what came before says that it does not hold
                        beside.in_turn()
                        self._forget()
                    for span in spans:
                        self._closer(*span)
                if not self._rest:
                    self._repeats.check(self._source, spans, line, self._low, before)
        self._finish()

    def ready(self, span: Span) -> bool:
        """Tell whether a span may be plain."""
        return span.data.find(b'"', span.start, span.end) < 0

    def _usable(self) -> bool:
        """Tell whether what is measured next holds after what was added so far."""
        return not self._rest and self._clock.epoch()

    def measure(self, data: bytes | mmap, start: int, end: int, width: int) -> Answer:
        """Count plain rows by their columns; None if something in them asks for a closer look."""
        return self._columns.measure(data, start, end, width)

    def _width(self) -> int:
        return int(self.tally.width)

    def _body(self) -> Iterator[Span]:
        """Yield spans of rows, the header left out."""
        skip = self._layout.header
        for data, begin, end in self._source.spans(self.block, self.spare):
            start = begin
            if skip:
                start, skip = data.find(b"\n", begin, end) + 1 or end, False
                self._line = 2
            if start < end:
                yield Span(data, start, end)

    def _take(self, answer: tuple[Any, ...]) -> None:
        self._add(Part(*answer))

    def _forget(self) -> None:
        self._columns.forget()

    def _closer(self, data: bytes, start: int, end: int) -> None:
        """Count rows by their columns where that can be done, else row by row."""
        for begin, stop in lines_of(data, start, end):
            width = self._width()
            part = None if self._rest else self._columns.measure(data, begin, stop, width)
            if part is not None and self._clock.epoch():
                self._add(part)
            else:
                self._odd(data[begin:stop])

    def _add(self, part: Part) -> None:
        """Add what was found in plain rows."""
        self._lack(*part.untyped)
        self._note(part.rows, part.low, part.high, part.last)
        self._meet(part.labels)
        for window, users in part.users.items():
            self.tally.users(window, users)
        for window, counts in sorted(_wider(part.counts, self._width()).items()):
            self.tally.counted(window, counts)

    def _note(self, rows: int, low: int, high: int, last: int) -> None:
        self._low = min(self._low, low)
        self.tally.reach(low / 1000, high / 1000)
        self.tally.span(low / 1000, last / 1000)
        self.last = max(self.last, last)
        self._line += rows
        self.count += rows

    def _lack(self, number: int, before: int) -> None:
        """Count rows without a type, so many rows after the line that is next."""
        if number and not self.untyped:
            self.first_untyped = self._line + before
        self.untyped += number

    def _finish(self) -> None:
        if self._rest:
            raise self._unclosed(self._rest)

    def _meet(self, labels: Iterable[bytes]) -> None:
        """Show labels to the tally in the order of the file."""
        if len(self._met) <= MOST_ENDPOINTS:
            for label in labels:
                if label not in self._met:
                    self._met.add(label)
                    self.tally.meet((("endpoint", label.decode()),))

    def _odd(self, block: bytes) -> None:
        """Count a block row by row, together with a quoted cell that an earlier one began."""
        block = self._rest + block
        whole = whole_rows(block)
        block, self._rest = block[:whole], block[whole:]
        for line, cells in self._parsed(block):
            if len(cells) != self._layout.width:
                message = f"{len(cells)} cells where there should be {self._layout.width}"
                raise self._wrong("ragged", message, line)
            self._row(line, cells)
        self._line += block.count(b"\n")
        if len(self._rest) > _QUOTED:
            raise self._unclosed(self._rest)

    def _parsed(self, block: bytes) -> Iterator[tuple[int, list[str]]]:
        """Yield rows with the line on which each begins."""
        import csv  # noqa: PLC0415 - only for files that need it
        import io  # noqa: PLC0415

        text = io.StringIO(block.decode(errors="surrogateescape"), newline="\n")
        reader = csv.reader(text, delimiter=self._layout.delimiter.decode(), strict=True)
        line = self._line
        try:
            for cells in reader:
                if any("\n" in cell and self._holds_rows(cell) for cell in cells):
                    raise self._wrong("not-csv", "a quoted cell holds rows", line)
                if cells:
                    yield line, cells
                line = self._line + reader.line_num
        except csv.Error as error:
            message = f"not valid CSV: {error}"
            if "end of data" in str(error):
                message = "a quote is opened and never closed"
            elif "limit" in str(error):
                message = "a cell of over 128 KiB: is its quote closed?"
            elif self._line + reader.line_num > line + 1:
                message = "a quote is opened and not closed where it should be"
            raise self._wrong("not-csv", message, line) from None

    def _holds_rows(self, cell: str) -> bool:
        """Tell whether lines of a quoted cell are rows: a quote was closed many rows later."""
        if self._row_begins.search(cell):
            return True
        width, delimiter = self._layout.width, self._layout.delimiter.decode()
        lines = cell.split("\n")[1:-1] if self._at["timeStamp"] and width > _FEW else ()
        return any(line.count(delimiter) == width - 1 and _STAMP.search(line) for line in lines)

    def _unclosed(self, block: bytes) -> Unreadable:
        """Say where a quote is that has no other."""
        try:
            for _ in self._parsed(block):
                pass
        except Unreadable as error:
            return error
        lines = block.split(b"\n")
        index = next(n for n, line in enumerate(lines) if line.count(b'"') % 2)
        return self._wrong("not-csv", "a cell holds a quote and is not quoted", self._line + index)

    def _row(self, line: int, cells: list[str]) -> None:
        at = self._at
        elapsed, label, success, code, users = (
            cells[at[name]].encode(errors="surrogateescape") if name in at else b""
            for name in ("elapsed", "label", "success", "responseCode", "allThreads")
        )
        stamp = self._clock.parse(cells[at["timeStamp"]])
        if stamp is None:
            shown = cells[at["timeStamp"]].encode(errors="replace").decode()
            raise self._wrong("number", f"`{shown[:40]}` is no time stamp", line)
        if not are_numbers([elapsed], 1, MOST_ELAPSED):
            shown = elapsed.decode(errors="replace")
            raise self._wrong("number", f"`{shown[:40]}` is no elapsed time", line)
        if success not in VERDICTS:
            shown = success.decode(errors="replace")
            message = f"success is `{shown[:40]}`, neither true nor false"
            raise self._wrong("number", message, line)
        if not are_texts([label]):
            raise self._wrong("not-utf8", "the label is not UTF-8 text", line)
        if self._is_transaction(cells):
            success = MARK + success
        self.tally.meet(decode(label, success, code).labels)
        self.tally.bulk(stamp / 1000, ((elapsed, label, success, code),))
        self._low = min(self._low, stamp)
        self.last = max(self.last, stamp + int(elapsed))
        self.tally.span(stamp / 1000, self.last / 1000)
        if users.isdigit() and len(users) <= MOST_USERS:
            self.tally.users(stamp / 1000, int(users))
        self.count += 1
        if self._layout.hint and not cells[at[self._layout.hint]]:
            self.first_untyped = self.first_untyped or line
            self.untyped += 1

    def _is_transaction(self, cells: list[str]) -> bool:
        data_type, message = (
            cells[self._at[name]] if name in self._at else ""
            for name in ("dataType", "responseMessage")
        )
        return not data_type and message.startswith(TRANSACTION.decode())

    def _wrong(self, code: str, message: str, line: int) -> Unreadable:
        help_ = "keep the file as JMeter wrote it; was it cut off, edited, or were two joined?"
        return Unreadable(code, message, self._source.at(line), help_)


def _wider(found: dict[int, dict[Key, int]], width: int) -> dict[int, dict[Key, int]]:
    """Put together windows that are one by now: all is added as if they had been from the first."""
    wider: dict[int, dict[Key, int]] = {}
    for window, counts in found.items():
        same = wider.setdefault(window // width * width, counts)
        if same is not counts:
            for key, number in counts.items():
                same[key] = same.get(key, 0) + number
    return wider
