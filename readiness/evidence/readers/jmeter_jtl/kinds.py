"""Kinds of rows of a JTL, as numbers: what a row says besides its times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from readiness.evidence.readers.jmeter_jtl.columns import VERDICTS
from readiness.evidence.readers.jmeter_jtl.values import digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from readiness.evidence.readers.jmeter_jtl.cells import Cells

    Words = NDArray[np.uint64]
    Ints = NDArray[np.int64]

Kind = tuple[bytes, bytes, bytes]  # label, success, response code
_FEW = 400  # kinds, of which each may have a place of its own
_BITS = range(6, 15)  # of a digest, that tell its place
_NAMES = ("label", "success", "responseCode")


class Kinds:
    """Numbers kinds as this process meets them.

    Attributes:
        columns: those that tell a kind, neighbours as one: the index of the first and of the last.
    """

    def __init__(self, places: dict[str, int], delimiter: bytes) -> None:
        """Take the columns of the file by name, and what is between them."""
        self._places, self._delimiter = places, delimiter
        self.columns = _joined([places[name] for name in _NAMES if name in places])
        self._kinds: list[Kind] = []
        self._known: dict[int, int] = {}  # digest to number
        self._table = _Table(self._known)
        self._shown: set[int] = set()
        self._told = 0

    def __len__(self) -> int:
        return len(self._kinds)

    def forget(self) -> None:
        """Tell all kinds and labels once more."""
        self._shown.clear()
        self._told = 0

    def of(self, cells: Cells) -> Ints | None:
        """Return for each row the number of its kind; None if one is odd."""
        digest = digest_of(cells, tuple(self.columns))
        if digest is None:
            return None
        found = self._table.of(digest)
        if found is None and self._learn(cells, digest):
            found = self._table.of(digest)
        return found

    def tell(self, numbers: Ints) -> tuple[list[bytes], list[Kind]]:
        """Return labels that are new, in the order of some rows, and kinds that were not told."""
        kinds, self._told = self._kinds[self._told :], len(self._kinds)
        if len(self._shown) == len(self._kinds):
            return [], kinds
        order: list[int] = numbers[np.sort(np.unique(numbers, return_index=True)[1])].tolist()
        self._shown.update(order)
        return [self._kinds[number][0] for number in order], kinds

    def _learn(self, cells: Cells, digest: Words) -> bool:
        """Give numbers to kinds that were not seen before; False if one is odd."""
        unique, first = np.unique(digest, return_index=True)
        new = {
            value: self._texts(cells, row)
            for value, row in zip(unique.tolist(), first.tolist(), strict=True)
            if value not in self._known
        }
        if not all(map(_is_good, new.values())):
            return False
        for value, texts in new.items():
            self._known[value] = len(self._kinds)
            self._kinds.append(texts)
        self._table = _Table(self._known)
        return True

    def _texts(self, cells: Cells, row: int) -> Kind:
        """Return label, success and code of a row, the code empty if there is no such column."""
        found: dict[int, bytes] = {}
        for index in self.columns:
            parts = cells.text(cells.columns[index], row).split(self._delimiter)
            found |= enumerate(parts, index)
        label, success, code = (found.get(self._places.get(name, -1), b"") for name in _NAMES)
        return label, success, code


class _Table:
    """Numbers by digest: each has a place of its own, told by its highest bits.

    Where there are too many for that they are searched, which takes ten times as long.
    """

    def __init__(self, known: Mapping[int, int]) -> None:
        sizes = _BITS if len(known) <= _FEW else ()
        bits = next((b for b in sizes if len({key >> (64 - b) for key in known}) == len(known)), 0)
        self._shift = np.uint64(64 - bits)
        ordered = sorted(known)
        places = [key >> (64 - bits) for key in ordered] if bits else list(range(len(ordered)))
        size = 1 << bits if bits else len(ordered)
        self._digests, self._numbers = np.zeros(size, np.uint64), np.full(size, -1, np.int64)
        self._digests[places] = ordered
        self._numbers[places] = [known[key] for key in ordered]
        self._sparse = bool(bits)

    def of(self, digest: Words) -> Ints | None:
        """Return the number of each; None if one is not known."""
        if self._sparse:
            place = (digest >> self._shift).view(np.int64)
        else:
            place = np.searchsorted(self._digests, digest)
            place[place == len(self._digests)] = 0
        numbers: Ints = self._numbers[place]
        known = (self._digests[place] == digest).all() and numbers.min() >= 0
        return numbers if known else None


def _joined(indices: list[int]) -> dict[int, int]:
    """Return columns that are neighbours as one: the index of the first, and of the last."""
    found: dict[int, int] = {}
    for index in sorted(indices):
        first = next((f for f, last in found.items() if last == index - 1), index)
        found[first] = index
    return found


def _is_good(texts: Kind) -> bool:
    """Tell whether a label is text, and success one of its two words."""
    try:
        texts[0].decode()
    except UnicodeDecodeError:
        return False
    return texts[1] in VERDICTS
