"""Rows that a file has again, as one does that was appended to itself: no load was sent twice."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from readiness.evidence.reader import Source, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from readiness.evidence.spans import Span

ROWS = 32  # rows in a row that are the same are no chance …
_DISTINCT = 12  # … if so many of them differ
_MOST = 256  # places whose rows are remembered
_HEAD = 1 << 13  # bytes with the first rows of a span
_PART = 64  # rows of a block that is searched
_EARLY = 2  # blocks: a small file has no more
_JUMP = 0.25  # of the run so far


class Repeats:
    """Remembers the first rows of some blocks of a file, and finds them in later ones.

    Args:
        when: returns the time of a row, None of what is none. Rows that are all of one time may
            come again: a clock may be coarse, and a service always as fast.
    """

    def __init__(self, when: Callable[[Any], Hashable] | None = None) -> None:
        self._when = when
        self._known: dict[Hashable, Sequence[Hashable]] = {}
        self._step, self._kept, self._left = 1, 0, 0
        self._blocks = 0
        self._first: float | None = None

    def keep(self, rows: Sequence[Hashable]) -> None:
        """Remember how a block begins: each one, fewer once they are many."""
        window = rows[:ROWS]
        if self._kept % self._step == 0 and len(window) == ROWS and self._differ(window):
            self._known.setdefault(window[0], window)
        self._kept += 1
        if len(self._known) > _MOST:
            self._known = dict(list(self._known.items())[::2])
            self._step *= 2

    def _differ(self, window: Sequence[Hashable]) -> bool:
        if len(set(window)) < _DISTINCT:
            return False
        if self._when is None:
            return True
        return len({self._when(row) for row in window} - {None}) > 1

    def find(self, rows: Sequence[Hashable]) -> int:
        """Remember rows part by part; return where some come again that were known, or -1."""
        for start in range(0, len(rows), _PART):
            part = rows[start : start + _PART + ROWS - 1]
            known = self._known.keys() & set(part)
            places = [_place(part, self._known[row], 0) for row in known]
            self.keep(part)
            if part[0] not in known and part[0] in self._known:
                places.append(_place(part, self._known[part[0]], 1))
            if found := [place for place in places if place >= 0]:
                return start + min(found)
        return -1

    def behind(self, low: float, high: float) -> bool:
        """Tell whether a block is worth a search: one that goes back by a quarter of the run.

        So are the first blocks; of many that are behind only those where that begins are.

        Args:
            low: when the block is, in any unit.
            high: the latest time before it.
        """
        self._blocks += 1
        self._first = low if self._first is None else min(self._first, low)
        if low >= high - (high - self._first) * _JUMP:
            self._left = 2 * self._step + 1
            return self._blocks <= _EARLY
        self._left -= 1
        return self._left >= 0 or self._blocks <= _EARLY

    def check(self, source: Source, spans: list[Span], line: int, low: float, high: float) -> None:
        """Take spans of rows, of which the first is on some line; for times see `behind`.

        Raises:
            Unreadable: they are behind, and rows among them were there before.
        """
        search = self.behind(low, high)
        for data, start, end in spans:
            if not search:
                self.keep(data[start : min(start + _HEAD, end)].split(b"\n")[:ROWS])
                continue
            rows = data[start:end].split(b"\n")[:-1]
            if (place := self.find(rows)) >= 0:
                repeated(source, line + place)
            line += len(rows)


def _place(rows: Sequence[Hashable], window: Sequence[Hashable], start: int) -> int:
    """Return where some rows are among others, from a place on; -1 if nowhere."""
    with suppress(ValueError):
        while True:
            start = rows.index(window[0], start)
            if rows[start : start + ROWS] == window:
                return start
            start += 1
    return -1


class Rows:
    """Takes rows one by one; for `when` see `Repeats`."""

    def __init__(self, source: Source, when: Callable[[Any], Hashable] | None = None) -> None:
        self._source = source
        self._repeats = Repeats(when)
        self._rows: list[Hashable] = []
        self._numbers: list[int] = []

    def add(self, number: int, row: Hashable) -> None:
        """Take the row of a line.

        Raises:
            Unreadable: it goes on with rows that were there before.
        """
        self._rows.append(row)
        self._numbers.append(number)
        if len(self._rows) == _PART + ROWS - 1:
            self.finish()

    def finish(self) -> None:
        """Look at what is left.

        Raises:
            Unreadable: as `add`.
        """
        if (place := self._repeats.find(self._rows)) >= 0:
            repeated(self._source, self._numbers[place])
        self._rows, self._numbers = self._rows[1 - ROWS :], self._numbers[1 - ROWS :]


def lines(
    source: Source, when: Callable[[bytes], Hashable] | None = None
) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a source without the empty ones at its end; for `when` see `Repeats`.

    Raises:
        Unreadable: many lines in a row were there before.
    """
    rows = Rows(source, when)
    empty: list[tuple[int, bytes]] = []
    for number, line in source.lines():
        if not line:
            empty.append((number, line))
            continue
        yield from empty
        empty.clear()
        rows.add(number, line)
        yield number, line
    rows.finish()


def same(rows: Sequence[bytes], place: int, lines: Sequence[bytes]) -> int:
    """Return where one of some rows is among the lines they are from."""
    found = -1
    for _ in range(rows[: place + 1].count(rows[place])):
        found = lines.index(rows[place], found + 1)
    return found


def repeated(source: Source, line: int) -> NoReturn:
    """Say that a file repeats rows from a line on.

    Raises:
        Unreadable: always.
    """
    message = "the rows from here on were there before: they would count twice"
    help_ = "was the file appended to itself? keep every row once"
    raise Unreadable("repeated", message, source.at(line), help_)
