"""Rows of a JTL into a tally: whole blocks by column where they are plain, else row by row."""

from __future__ import annotations

import re
from itertools import repeat
from operator import add
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.tally import MOST_ENDPOINTS, Kind, Tally
from readiness.evidence.reader import Unreadable
from readiness.evidence.readers.jmeter_jtl.layout import NEEDED
from readiness.evidence.readers.jmeter_jtl.stamps import (
    Clock,
    are_numbers,
    are_stamps,
    are_texts,
    has_long_line,
    whole_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.evidence.reader import Source
    from readiness.evidence.readers.jmeter_jtl.layout import Layout

TRANSACTION = b"Number of samples in transaction"
MARK = b"\n"  # before the success of a transaction: no cell of a plain block can hold it
VERDICTS = frozenset((b"true", b"false"))
_MOST_ELAPSED = 12  # digits
_MOST_USERS = 9  # digits
_PENDING = 64
_QUOTED = 1 << 20  # bytes over which a quoted cell may run
_DATE = r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[ T][0-9:.,+Z-]{5,20}"
Key = tuple[bytes, bytes, bytes, bytes]  # elapsed, label, success, code


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
        block: bytes that are looked at together.
    """

    block = 3 << 13  # with its cells it fits the cache of a core

    def __init__(self, source: Source, layout: Layout) -> None:
        """Take a file and its columns."""
        self._source, self._layout = source, layout
        self._at = layout.places
        self._line = 1
        self._rest = b""
        self._ends: list[tuple[int, list[bytes], list[bytes]]] = []
        end = re.escape(layout.delimiter.decode())
        self._row_begins = re.compile(rf"\n(?:[0-9]{{13}}|{_DATE}{end}[0-9]{{1,12}}){end}")
        self._met: set[bytes] = set()
        self._crowd: tuple[set[bytes], list[int]] = (set(), [])
        self._clock = Clock()
        self.tally = Tally(decode)
        self.count = 0
        self.last = 0

    def read(self) -> None:
        """Count all rows.

        Raises:
            Unreadable: a row is ragged, a cell is not what it must be, or a quote is not closed.
        """
        for data, start, end in self._body():
            self._one(data[start:end])
        self._finish()

    def _body(self, spare: int = 0) -> Iterator[tuple[bytes, int, int]]:
        """Yield spans of rows, the header left out."""
        skip = self._layout.header
        for data, begin, end in self._source.spans(self.block, spare):
            start = begin
            if skip:
                start, skip = data.find(b"\n", begin, end) + 1 or end, False
                self._line = 2
            if start < end:
                yield data, start, end

    def _one(self, block: bytes) -> None:
        if not self._plain(block):
            self._odd(block)

    def _finish(self) -> None:
        if self._rest:
            raise self._unclosed(self._rest)
        self._settle()

    def _plain(self, block: bytes) -> bool:
        """Count a block by its columns; False if something in it asks for a closer look."""
        cells = self._cells(block)
        if not cells:
            return False
        stamps, elapsed, labels, success = (self._column(cells, name) for name in NEEDED)
        digits = set(map(len, elapsed))
        if not (are_stamps(stamps) and b"".join(elapsed).isdigit()):
            return False
        if not (min(digits) and max(digits) <= _MOST_ELAPSED):
            return False
        if not VERDICTS.issuperset(success) or not (block.isascii() or are_texts(labels)):
            return False
        if not self._clock.epoch():
            return False
        if not self._met.issuperset(labels):
            self._meet(labels)
        low, high = int(min(stamps)), int(max(stamps))
        codes = self._column(cells, "responseCode") or repeat(b"", len(stamps))
        keys = zip(elapsed, labels, success, codes, strict=True)
        self._bulk(stamps, low, high, keys, self._column(cells, "allThreads"))
        self._remember(low, high, 10 ** max(digits), stamps, elapsed)
        self._line += len(stamps)
        self.count += len(stamps)
        return True

    def _cells(self, block: bytes) -> list[bytes]:
        """Part a block into cells, each row's first with a line end before it, and a last line end.

        None if it is not plain: the end of the line shows whether each row has all its cells.
        """
        delimiter, width = self._layout.delimiter, self._layout.width
        if self._rest or self._at["timeStamp"] or b'"' in block or not block.endswith(b"\n"):
            return []
        if has_long_line(block, 0, len(block)):
            return []
        if delimiter != b"," and TRANSACTION in block:  # with commas it would be quoted
            return []
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")
        apart = block.replace(b"\n", delimiter + b"\n")
        rows = len(apart) - len(block)
        cells = apart.split(delimiter)
        cells[0] = b"\n" + cells[0]
        return cells if len(cells) == rows * width + 1 and b"\r" not in block else []

    def _column(self, cells: list[bytes], name: str) -> list[bytes]:
        index = self._at.get(name)
        return [] if index is None else cells[index : -1 : self._layout.width]

    def _meet(self, labels: Iterable[bytes]) -> None:
        """Show labels to the tally in the order of the file."""
        if len(self._met) <= MOST_ENDPOINTS:
            for label in dict.fromkeys(labels):
                if label not in self._met:
                    self._met.add(label)
                    self.tally.meet((("endpoint", label.decode()),))

    def _bulk(
        self, stamps: list[bytes], low: int, high: int, keys: Iterable[Key], users: list[bytes]
    ) -> None:
        """Count keys that lie in one window at once, else by second, which no window cuts."""
        if self.tally.together(low / 1000, high / 1000):
            self.tally.bulk(low / 1000, keys)
            self._users(low / 1000, users)
            return
        parts: dict[bytes, list[Key]] = {}
        for stamp, key in zip(stamps, keys, strict=True):
            parts.setdefault(stamp[1:11], []).append(key)
        for second, found in parts.items():
            self.tally.bulk(int(second), found)
        crowds: dict[bytes, list[bytes]] = {}
        for stamp, cell in zip(stamps, users, strict=False):
            crowds.setdefault(stamp[1:11], []).append(cell)
        for second, crowd in crowds.items():
            self._users(int(second), crowd)

    def _users(self, seconds: float, cells: Iterable[bytes]) -> None:
        distinct = set(cells)
        if distinct == self._crowd[0]:  # as in most neighbouring blocks
            numbers = self._crowd[1]
        else:
            numbers = [int(c) for c in distinct if c.isdigit() and len(c) <= _MOST_USERS]
            self._crowd = distinct, numbers
        if numbers:
            self.tally.users(seconds, max(numbers))

    def _remember(
        self, low: int, high: int, most: int, stamps: list[bytes], elapsed: list[bytes]
    ) -> None:
        """Keep what may hold the last response, without adding up every row."""
        bound = high + most
        self.last = max(self.last, high)
        self.tally.span(low / 1000, high / 1000)
        if bound > self.last:
            self._ends.append((bound, stamps, elapsed))
        if len(self._ends) > _PENDING:
            self._ends = [entry for entry in self._ends if entry[0] > self.last]
            if len(self._ends) > _PENDING // 2:
                self._settle()

    def _settle(self) -> None:
        """Find the last response among the blocks that were kept."""
        for bound, stamps, elapsed in self._ends:
            if bound > self.last and int(max(stamps)) + max(map(int, elapsed)) > self.last:
                self.last = max(self.last, *map(add, map(int, stamps), map(int, elapsed)))
        self._ends.clear()
        self.tally.span(self.last / 1000, self.last / 1000)

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
                if any("\n" in cell and self._row_begins.search(cell) for cell in cells):
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
        if not are_numbers([elapsed], 1, _MOST_ELAPSED):
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
        self.last = max(self.last, stamp + int(elapsed))
        self.tally.span(stamp / 1000, self.last / 1000)
        self._users(stamp / 1000, (users,))
        self.count += 1

    def _is_transaction(self, cells: list[str]) -> bool:
        data_type, message = (
            cells[self._at[name]] if name in self._at else ""
            for name in ("dataType", "responseMessage")
        )
        return not data_type and message.startswith(TRANSACTION.decode())

    def _wrong(self, code: str, message: str, line: int) -> Unreadable:
        help_ = "keep the file as JMeter wrote it; was it cut off, edited, or were two joined?"
        return Unreadable(code, message, self._source.at(line), help_)
