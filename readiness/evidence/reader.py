"""What a reader is: one module that turns one file format into facts, exported as `READER`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from readiness.errors import Location
from readiness.evidence.limits import DEFAULT
from readiness.model.fact import Fact, Percentiles, Problem, Strength

if TYPE_CHECKING:
    from readiness.evidence.spans import Span
    from readiness.model.checklist import FactMap
    from readiness.model.load import Labels, Load
    from readiness.stats.histogram import Histogram


_CHUNK = 1 << 20


class Stored(Protocol):
    """A file as it is stored: its digest and size, and its content in pieces."""

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal digits."""
        ...

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    @property
    def head(self) -> bytes:
        """The beginning of the content."""
        ...

    def pieces(self) -> Iterator[bytes]:
        """Yield the content, decompressed."""
        ...


class Source:
    """The bytes of one file, read once: the same bytes are hashed and parsed.

    What was compressed (gz, bz2, zst) is given decompressed; its digest and size are those of the
    file as it is stored.

    Attributes:
        path: repository-relative path, for locations.
        companions: the other files of the same run by name suffix, for a reader with a family.
        complete: whether the last line has an end; known once `blocks` or `lines` are through.
        limits: what reading it may cost.
        above: lines of the file before this content, where it is a part.
        helped: whether a reader may start another process: this one is there for reading only.
    """

    limits = DEFAULT
    helped = False
    above = 0

    def __init__(
        self,
        path: str,
        data: bytes,
        companions: Mapping[str, Source] | None = None,
        stored: Stored | None = None,
    ) -> None:
        self.path = path
        self._data: bytes | None = data
        self._stored = stored
        self.companions = companions or {}
        self.complete = False

    @classmethod
    def streamed(cls, path: str, stored: Stored) -> Source:
        """Make a source that is too large to be held: only `chunks`, `blocks` and `lines` work."""
        source = cls(path, b"", None, stored)
        source._data = None
        return source

    def part(self, data: bytes, above: int = 0) -> Source:
        """Make a source of some content that stands in this one, below some lines of it."""
        source = Source(self.path, data)
        source.limits, source.above = self.limits, self.above + above
        return source

    @property
    def streaming(self) -> bool:
        """Whether the content is too large to be held."""
        return self._data is None

    @property
    def data(self) -> bytes:
        """The whole content."""
        if self._data is None:
            raise TypeError("a streamed source has no `data`: read its `lines` or `blocks`")
        return self._data

    @property
    def digest(self) -> str:
        """SHA-256 of the file as it is stored; a streamed one is read to its end for it."""
        import hashlib  # noqa: PLC0415 - costs start-up time

        return self._stored.digest if self._stored else hashlib.sha256(self.data).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of the file as it is stored."""
        return self._stored.size if self._stored else len(self.data)

    def head(self, size: int) -> bytes:
        """Return the beginning of the content, at most 64 KiB of it."""
        return (self._stored.head if self._data is None and self._stored else self.data)[:size]

    def chunks(self) -> Iterator[bytes]:
        """Yield the content in pieces of at most two mebibytes. Can be read once where streamed."""
        if self._data is None and self._stored is not None:
            yield from self._stored.pieces()
        else:
            for start in range(0, len(self.data), _CHUNK):
                yield self.data[start : start + _CHUNK]

    def blocks(self, size: int = 1 << 16) -> Iterator[bytes]:
        """Yield the content in blocks of about `size` bytes that end at the end of a line.

        A byte-order mark is left out. The last block may lack its line end: see `complete`.

        Args:
            size: at most a mebibyte.

        Raises:
            Unreadable: a line of more than a mebibyte, or UTF-16.
        """
        for data, start, end in self.spans(size):
            yield data[start:end]

    def spans(self, size: int, spare: int = 0) -> Iterator[Span]:
        """Yield blocks without copying them; see `readiness.evidence.spans.spans`.

        Raises:
            Unreadable: as `blocks`.
        """
        from readiness.evidence.spans import spans  # noqa: PLC0415 - only files of lines

        self.complete = True
        for span in spans(self.chunks(), self.at(), size, spare):
            yield span
            self.complete = span.data.endswith(b"\n", span.start, span.end)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield (line number, the line without its end); the last one even if it has no end."""
        from readiness.evidence.spans import Span, check_text  # noqa: PLC0415 - only files of lines

        number = 0
        for block in self.blocks():
            check_text(self, [Span(block, 0, len(block))], number + 1)
            parts = block.split(b"\n")
            if not parts[-1]:
                parts.pop()
            for line in parts:
                number += 1
                yield number, line.removesuffix(b"\r")

    @cached_property
    def text(self) -> str:
        """The content as UTF-8, a byte-order mark left out.

        Raises:
            Unreadable: not UTF-8 text.
        """
        check_utf16(self.data, self.at())
        try:
            text = self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.data.count(b"\n", 0, error.start) + 1
            message = f"byte {error.start} is not UTF-8 text"
            raise Unreadable("not-utf8", message, self.at(line), "save it as UTF-8") from None
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            raise Unreadable("not-text", "the file holds NUL bytes", self.at(line), "is it binary?")
        return text

    def at(self, line: int = 0, column: int = 0, pointer: str = "") -> Location:
        """Return a location in this file."""
        return Location(self.path, line + self.above if line else 0, column, pointer)


class Unreadable(Exception):  # noqa: N818 - reads better where it is raised
    """A file that cannot be read as the format it seems to be: becomes an `invalid` problem."""

    def __init__(self, code: str, message: str, at: Location, help: str = "") -> None:
        super().__init__(message)
        self.problem = Problem("invalid", code, message, at, help)


def check_utf16(data: bytes, at: Location) -> None:
    """Refuse a file that begins with the byte-order mark of UTF-16."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        help_ = "save it as UTF-8 (PowerShell's `>` writes UTF-16: use `| Out-File -Encoding utf8`)"
        raise Unreadable("not-utf8", "the file is UTF-16", at, help_)


class Reading(NamedTuple):
    """What a reader found: facts, problems, when the file says it was produced, its samples.

    `times` are response times by labels, of the whole run under none, in a file that has only how
    often each was seen: `load` needs when.
    """

    facts: tuple[Fact, ...] = ()
    problems: tuple[Problem, ...] = ()
    produced: datetime | None = None
    produced_where: Location | None = None
    strength: Strength | None = None
    load: Load | None = None
    times: Mapping[Labels, Histogram] | None = None


class Metric(NamedTuple):
    """One metric a reader can give, for its docs page and for the lint of expectations.

    The label `*` stands for any that the file names.
    """

    name: str
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """One file format.

    Attributes:
        id: unique; the module's name with `-` for `_`.
        title: what it reads, as a noun: `Locust CSV`.
        sniff: how surely some bytes are this format, 0 (not at all) to 100, from content only and
            from two or more marks; is given at most the first 64 KiB.
        read: from a source to a reading; a format with a map takes the map too (else it is None).
            Raises `Unreadable` for a broken file; any other exception is a bug.
        strength: the most that such a file can prove.
        metrics: what it can give; a name ending in `*` stands for a family of names.
        produce: a command or a way to make such a file.
        traps: what is easy to get wrong in this format, and what the reader does about it.
        family: name endings of the files that one run writes; the first is the main file.
        refers: from a source to the names of files it speaks of, relative to its own folder; those
            that are there are its companions, by that name. Does not raise.
        mapped: whether the evidence requirement says which value is which metric.
        pasted: the same as `sniff` for the output of a load test that may stand anywhere in a text,
            with that of other tools; is given the whole text. None where a file is one tool's.
        streams: whether it reads files of any size, through `Source.lines`, `blocks` or `chunks`;
            `json` if only those that are JSON from their first character on.
        percentiles: how a summary's tool computes those that it states; empty if that is not known.
        rounding: how far times of a summary may be from the exact ones: a share of them.
        source: where the format is specified.
        shape: what such a file looks like from afar, to name the closest readers of an unknown one.
    """

    id: str
    title: str
    sniff: Callable[[bytes], int]
    read: Callable[[Source, FactMap | None], Reading]
    strength: Strength
    metrics: tuple[Metric, ...]
    produce: str
    source: str
    traps: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    refers: Callable[[Source], Iterable[str]] | None = None
    mapped: bool = False
    pasted: Callable[[bytes], int] | None = None
    streams: bool | Literal["json"] = False
    percentiles: Percentiles = ""
    rounding: float = 0.0
    shape: Literal["json", "xml", "csv", "markdown", "yaml", "text", "binary"] = "text"
    summary: str = field(default="")

    def in_pieces(self, head: bytes) -> bool:
        """Tell whether it reads a large file that begins so in pieces."""
        json = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
        return self.streams is True or (self.streams == "json" and json)
