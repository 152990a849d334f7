"""The columns of a JTL file: which is which, with or without a header, and their delimiter."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.reader import Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location

DELIMITERS = (b",", b";", b"\t", b"|")
NEEDED = ("timeStamp", "elapsed", "label", "success")
DEFAULT = (
    "timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "dataType",
    "success", "failureMessage", "bytes", "sentBytes", "grpThreads", "allThreads", "URL", "Latency",
    "IdleTime", "Connect",
)  # fmt: skip
_SHORTEST = 10  # characters, of a time
_EPOCH = pattern(rb"[0-9]{13}")
_ELAPSED = pattern(rb"[0-9]{1,12}")


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

    def when(self, line: bytes) -> bytes | None:
        """Return the time of a row as it is written; a line of a message has none."""
        place = self.columns.index("timeStamp")
        cell = b"".join(line.split(self.delimiter, place + 1)[place : place + 1]).strip(b'"')
        return cell if cell[:1].isdigit() and cell[_SHORTEST:] else None

    @property
    def told(self) -> bool:
        """Whether messages tell transactions of a controller from requests."""
        return "responseMessage" in self.columns

    @property
    def hint(self) -> str:
        """The column that may be empty for transactions, where no message tells them; or none."""
        return "dataType" if "dataType" in self.columns and not self.told else ""


def first_row(head: bytes, delimiter: bytes) -> list[bytes]:
    """Return the cells of the first row of some bytes; a byte-order mark is left out."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    line = text.split(b"\n", 1)[0].removesuffix(b"\r")
    if b'"' not in line:
        return line.split(delimiter)
    import csv  # noqa: PLC0415 - only for a row that needs it
    import io  # noqa: PLC0415

    rows = io.StringIO(text.decode(errors="replace"), newline="\n")
    try:
        row = next(csv.reader(rows, delimiter=delimiter.decode(), strict=True))
    except csv.Error:
        return []
    return [cell.encode() for cell in row]


def guess(head: bytes) -> Layout | None:
    """Return the layout that the first row tells, None if it is no JTL.

    UTF-16 is told too, so that who reads on says so.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode("utf-8", "replace")
    for delimiter in DELIMITERS:
        cells = first_row(head, delimiter)
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
    known = verdicts[0] + 1 if DEFAULT[verdicts[0] : verdicts[0] + 1] == ("success",) else 4
    names[0:known] = DEFAULT[0:known]
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
        what = f"no column `{missing[0]}`" if missing else "a column twice"
        help_ = "JMeter writes it by default: jmeter.save.saveservice.* decides"
        raise Unreadable("wrong-header", f"the header has {what}", at, help_)
    return layout
