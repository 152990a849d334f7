"""The columns of a JTL file: which is which, with or without a header, and their delimiter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.reader import Unreadable

if TYPE_CHECKING:
    from readiness.errors import Location

DELIMITERS = (b",", b";", b"\t", b"|")
NEEDED = ("timeStamp", "elapsed", "label", "success")
DEFAULT = (
    "timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "dataType",
    "success", "failureMessage", "bytes", "sentBytes", "grpThreads", "allThreads", "URL", "Latency",
    "IdleTime", "Connect",
)  # fmt: skip
_EPOCH = re.compile(rb"[0-9]{13}")
_ELAPSED = re.compile(rb"[0-9]{1,12}")


class Layout(NamedTuple):
    """Where what stands in a row.

    Attributes:
        columns: names in order; empty names where nobody can tell.
        delimiter: one byte.
        header: whether the first line is a header.
    """

    columns: tuple[str, ...]
    delimiter: bytes
    header: bool

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.columns)

    @property
    def places(self) -> dict[str, int]:
        """The position of each column that has a name."""
        return {name: index for index, name in enumerate(self.columns) if name}


def first_line(head: bytes) -> bytes:
    """Return the first line of some bytes, without its end or a byte-order mark."""
    return head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].removesuffix(b"\r")


def guess(head: bytes) -> Layout | None:
    """Return the layout that the first line tells, None if it is no JTL."""
    line = first_line(head)
    for delimiter in DELIMITERS:
        cells = [cell.strip(b'"') for cell in line.split(delimiter)]
        names = tuple(cell.decode("ascii", "replace") for cell in cells)
        if "timeStamp" in names and "elapsed" in names and ("label" in names or "success" in names):
            return Layout(names, delimiter, header=True)
        if layout := _headerless(cells, delimiter):
            return layout
    return None


def _headerless(cells: list[bytes], delimiter: bytes) -> Layout | None:
    """Tell JMeter's default columns by what stands in them."""
    verdicts = [index for index, cell in enumerate(cells) if cell in (b"true", b"false")]
    if len(cells) < 6 or not verdicts or not _EPOCH.fullmatch(cells[0]):  # noqa: PLR2004
        return None
    if not _ELAPSED.fullmatch(cells[1]):
        return None
    if len(cells) == len(DEFAULT) and DEFAULT[verdicts[0]] == "success":
        return Layout(DEFAULT, delimiter, header=False)
    names = [""] * len(cells)
    names[0:4] = DEFAULT[0:4]
    names[verdicts[0]] = "success"
    return Layout(tuple(names), delimiter, header=False)


def check(layout: Layout | None, at: Location) -> Layout:
    """Return a layout that has what is needed.

    Raises:
        Unreadable: a column is missing, or stands there twice.
    """
    if layout is None:
        message, help_ = (
            "the first line is neither JMeter's header nor one of its rows",
            "is it a JTL?",
        )
        raise Unreadable("wrong-header", message, at, help_)
    missing = [name for name in NEEDED if name not in layout.columns]
    named = [name for name in layout.columns if name]
    if missing or len(set(named)) != len(named):
        what = f"no column `{missing[0]}`" if missing else "a column stands there twice"
        help_ = "JMeter writes it by default: jmeter.save.saveservice.* decides"
        raise Unreadable("wrong-header", f"the header has {what}", at, help_)
    return layout
