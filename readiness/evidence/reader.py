"""What a reader is: one module that turns one file format into facts, exported as `READER`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal, NamedTuple

from readiness.errors import Location
from readiness.model.checklist import FactMap
from readiness.model.fact import Fact, Problem, Strength


class Source:
    """The bytes of one file, read once: the same bytes are hashed and parsed.

    Attributes:
        path: repository-relative path, for locations.
        data: the whole content.
        companions: the other files of the same run by name suffix, for a reader with a family.
    """

    def __init__(
        self, path: str, data: bytes, companions: Mapping[str, Source] | None = None
    ) -> None:
        self.path = path
        self.data = data
        self.companions = companions or {}

    @cached_property
    def text(self) -> str:
        """The content as UTF-8, a byte-order mark left out.

        Raises:
            Unreadable: not UTF-8 text.
        """
        if self.data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise Unreadable(
                "not-utf8",
                "the file is UTF-16",
                self.at(),
                "save it as UTF-8 (PowerShell's `>` "
                "writes UTF-16: use `| Out-File -Encoding utf8`)",
            )
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
        return Location(self.path, line, column, pointer)


class Unreadable(Exception):  # noqa: N818 - reads better where it is raised
    """A file that cannot be read as the format it seems to be: becomes an `invalid` problem."""

    def __init__(self, code: str, message: str, at: Location, help: str = "") -> None:
        super().__init__(message)
        self.problem = Problem("invalid", code, message, at, help)


class Reading(NamedTuple):
    """What a reader found: facts, problems, and when the file says it was produced."""

    facts: tuple[Fact, ...] = ()
    problems: tuple[Problem, ...] = ()
    produced: datetime | None = None
    produced_where: Location | None = None
    strength: Strength | None = None


class Metric(NamedTuple):
    """One metric a reader can give, for its docs page and for the lint of expectations."""

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
        mapped: whether the evidence requirement says which value is which metric.
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
    mapped: bool = False
    shape: Literal["json", "xml", "csv", "markdown", "yaml", "text", "binary"] = "text"
    summary: str = field(default="")
