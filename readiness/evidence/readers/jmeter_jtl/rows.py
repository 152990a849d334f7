"""Rows of a JTL into a tally: whole blocks by column where they are plain, else row by row."""

from __future__ import annotations

from itertools import repeat
from operator import add
from typing import TYPE_CHECKING, Any

from readiness.evidence.loadtest.tally import Kind, Tally
from readiness.evidence.reader import Unreadable
from readiness.evidence.readers.jmeter_jtl.stamps import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.reader import Source
    from readiness.evidence.readers.jmeter_jtl.layout import Layout

TRANSACTION = b"Number of samples in transaction"
_DIGITS = 13  # of milliseconds since 1970, from 2001 to 2286
_MOST_ELAPSED = 12  # digits
_PENDING = 64
_QUOTED = 1 << 20  # bytes over which a quoted cell may run
_VERDICTS = {b"true", b"false"}
Key = tuple[bytes, bytes, bytes, bytes]  # elapsed, label, success, code


class OddCellError(ValueError):
    """A cell of a counted row is not what it must be; which row is not known."""

    def __init__(self, cell: bytes) -> None:
        super().__init__(f"a cell is `{cell[:40].decode(errors='replace')}`")


def decode(label: bytes, success: bytes, _: bytes) -> Kind:
    """Tell the endpoint and the success of counted rows; `+` marks those of a transaction.

    Raises:
        OddCellError: success is neither true nor false, or the label is not UTF-8.
    """
    what = "endpoint" if success in _VERDICTS else "transaction"
    if success.removeprefix(b"+") not in _VERDICTS:
        raise OddCellError(success)
    try:
        return Kind(((what, label.decode()),), success.endswith(b"true"))
    except UnicodeDecodeError:
        raise OddCellError(label) from None


def parse(elapsed: bytes) -> float:
    """Return an elapsed time in ms.

    Raises:
        OddCellError: it is no whole number.
    """
    if not elapsed.isdigit() or len(elapsed) > _MOST_ELAPSED:
        raise OddCellError(elapsed)
    return float(elapsed)


class Rows:
    """Takes blocks of a JTL and counts their rows.

    Attributes:
        tally: the samples; those of transaction controllers carry the label `transaction`.
        count: rows so far.
        last: the newest time of a response in ms since 1970.
        block: bytes that are looked at together.
    """

    block = 1 << 15

    def __init__(self, source: Source, layout: Layout, *, careful: bool = False) -> None:
        """Take a file and its columns; `careful` looks at every row by itself."""
        self._source, self._layout = source, layout
        self._at = layout.places
        self._careful = careful
        self._line = 1
        self._rest = b""
        self._ends: list[tuple[int, list[bytes], list[bytes]]] = []
        self._clock = Clock()
        self.tally = Tally(decode, parse)
        self.count = 0
        self.last = 0

    def read(self) -> None:
        """Count all rows.

        Raises:
            OddCellError: a cell is not what it must be. `careful` says which.
            Unreadable: a row is ragged, or a quote is not closed.
        """
        for block in self._body():
            self._one(block)
        self._finish()

    def _body(self) -> Iterator[bytes]:
        """Yield blocks of rows, the header left out."""
        skip = self._layout.header
        for block in self._source.blocks(self.block):
            part = block
            if skip:
                part, skip = block[block.find(b"\n") + 1 or len(block) :], False
                self._line = 2
            if part:
                yield part

    def _one(self, block: bytes) -> None:
        if not self._plain(block):
            self._odd(block)

    def _finish(self) -> None:
        if self._rest:
            raise self._wrong("not-csv", "a quote is opened and never closed", self._line)
        self._settle()

    def _plain(self, block: bytes) -> bool:
        """Count a block by its columns; False if something in it asks for a closer look."""
        if self._careful or self._rest or b'"' in block or not block.endswith(b"\n"):
            return False
        if self._layout.delimiter != b"," and TRANSACTION in block:  # else it would be quoted
            return False
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")
        rows, width, at = block.count(b"\n"), self._layout.width, self._at
        cells = block.replace(b"\n", self._layout.delimiter).split(self._layout.delimiter)
        if len(cells) != rows * width + 1:
            return False
        stamps, elapsed, success = (
            cells[at[name] : -1 : width] for name in ("timeStamp", "elapsed", "success")
        )
        digits = b"".join(stamps)
        if len(digits) != _DIGITS * rows or not digits.isdigit():
            return False
        low, high = min(stamps), max(stamps)
        if len(low) != _DIGITS or len(high) != _DIGITS:
            return False
        codes = self._column(cells, "responseCode", rows)
        keys = zip(elapsed, cells[at["label"] : -1 : width], success, codes, strict=True)
        self._bulk(stamps, low, high, keys)
        users = self._column(cells, "allThreads", rows)
        self._users(int(high) / 1000, set(users))
        self._remember(int(low), int(high) + 10 ** max(map(len, elapsed)), stamps, elapsed)
        self._line += rows
        self.count += rows
        return True

    def _column(self, cells: list[bytes], name: str, rows: int) -> Any:
        index = self._at.get(name)
        return repeat(b"", rows) if index is None else cells[index : -1 : self._layout.width]

    def _bulk(self, stamps: list[bytes], low: bytes, high: bytes, keys: Any) -> None:
        """Count keys that lie in one window at once, else window by window."""
        tally = self.tally
        if tally.together(int(low) / 1000, int(high) / 1000):
            tally.bulk(int(low) / 1000, keys)
            return
        parts: dict[bytes, list[Key]] = {}
        for stamp, key in zip(stamps, keys, strict=True):
            parts.setdefault(stamp[:10], []).append(key)  # by second, which no window cuts
        for second, found in parts.items():
            tally.bulk(int(second), found)

    def _users(self, seconds: float, cells: set[bytes]) -> None:
        numbers = [int(cell) for cell in cells if cell.isdigit()]
        if numbers:
            self.tally.users(seconds, max(numbers))

    def _remember(self, low: int, bound: int, stamps: list[bytes], elapsed: list[bytes]) -> None:
        """Keep what may hold the last response, without adding up every row."""
        high = int(max(stamps))
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
        self._rest = b""
        if block.count(b'"') % 2:
            if len(block) > _QUOTED:
                raise self._wrong("not-csv", "a quote is opened and never closed", self._line)
            self._rest = block
            return
        for line, cells in self._parsed(block):
            if len(cells) != self._layout.width:
                message = f"{len(cells)} cells where there should be {self._layout.width}"
                raise self._wrong("ragged", message, line)
            self._row(line, cells)
        self._line += block.count(b"\n")

    def _parsed(self, block: bytes) -> list[tuple[int, list[str]]]:
        import csv  # noqa: PLC0415 - only for files that need it
        import io  # noqa: PLC0415

        try:
            text = io.StringIO(block.decode(), newline="")
        except UnicodeDecodeError:
            raise self._wrong("not-utf8", "a row is not UTF-8 text", self._line) from None
        reader = csv.reader(text, delimiter=self._layout.delimiter.decode(), strict=True)
        rows, line = [], self._line
        try:
            for cells in reader:
                if any("\n" in cell and _looks_like_rows(cell) for cell in cells):
                    raise self._wrong("not-csv", "a quoted cell holds rows", line)
                if cells:
                    rows.append((line, cells))
                line = self._line + reader.line_num
        except csv.Error as error:
            raise self._wrong("not-csv", f"not valid CSV: {error}", line) from None
        return rows

    def _row(self, line: int, cells: list[str]) -> None:
        at = self._at
        elapsed, success = cells[at["elapsed"]].encode(), cells[at["success"]].encode()
        stamp = self._clock.parse(cells[at["timeStamp"]])
        if stamp is None:
            message = f"`{cells[at['timeStamp']][:40]}` is no time stamp"
            raise self._wrong("number", message, line)
        if not elapsed.isdigit() or len(elapsed) > _MOST_ELAPSED:
            message = f"`{cells[at['elapsed']][:40]}` is no elapsed time"
            raise self._wrong("number", message, line)
        if success not in _VERDICTS:
            message = f"success is `{cells[at['success']][:40]}`, neither true nor false"
            raise self._wrong("number", message, line)
        index = at.get("responseMessage")
        data_type = cells[at["dataType"]] if "dataType" in at else ""
        message = cells[index] if index is not None else ""
        transaction = not data_type and message.startswith(TRANSACTION.decode())
        label = cells[at["label"]].encode()
        seconds = stamp / 1000
        code = cells[at["responseCode"]].encode() if "responseCode" in at else b""
        self.tally.bulk(seconds, ((elapsed, label, b"+" * transaction + success, code),))
        self.last = max(self.last, stamp + int(elapsed))
        self.tally.span(seconds, self.last / 1000)
        if "allThreads" in at:
            self._users(seconds, {cells[at["allThreads"]].encode()})
        self.count += 1

    def _wrong(self, code: str, message: str, line: int) -> Unreadable:
        help_ = "keep the file as JMeter wrote it; was it cut off, edited, or were two joined?"
        return Unreadable(code, message, self._source.at(line), help_)


def _looks_like_rows(cell: str) -> bool:
    """Tell whether lines within a quoted cell begin as rows do: a quote was left open."""
    lines = cell.split("\n")[1:]
    return any(line[:_DIGITS].isdigit() and line[_DIGITS : _DIGITS + 1] in ",;\t|" for line in lines
               if len(line) > _DIGITS)  # fmt: skip
