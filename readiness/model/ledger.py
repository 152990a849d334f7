"""The ledger: what evidence was recorded, one entry a line, each chained to the one before it.

Published as `readiness/lock@1`. Nothing is ever taken out: what is given up is said in a further
entry. A ledger reads back only if its text is exactly the one that this module writes for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from functools import cache, cached_property
from hashlib import sha256
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from readiness.model.record import record

SCHEMA = "readiness/lock@1"
MAX_BYTES = 32_000_000
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Hash = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})?$")]


@record
class LockedFile:
    """A file as it was recorded."""

    path: str
    sha256: _Digest
    size: int


@record
class Recorded:
    """A piece of evidence as one reader read it.

    Attributes:
        path: its main file, relative to the folder of readiness.yaml.
        reader: the reader.
        files: every file of it, the main one first.
        produced: when it was made, UTC; None if nothing said so.
        produced_from: what said so: the file itself, or the commit that brought it.
        commit: the commit that brought its content; empty if it was not committed yet.
        candidate: the commit of the candidate it was recorded for; empty if git knew none.
        sources: what it was linked to: `slot load-test`, `path load/*.csv`.
        on: the day it was recorded, UTC.
    """

    kind: Literal["recorded"]
    path: str
    reader: str
    files: tuple[LockedFile, ...]
    produced: datetime | None
    produced_from: Literal["file", "git", ""]
    commit: _Hash
    candidate: _Hash
    sources: tuple[str, ...]
    on: date

    @property
    def key(self) -> tuple[str, str, tuple[LockedFile, ...]]:
        """What makes two entries one piece of evidence: path, reader and content."""
        return self.path, self.reader, self.files


@record
class Forgotten:
    """Recorded evidence of one content that was given up, and why. It stays in the ledger."""

    kind: Literal["forgotten"]
    path: str
    sha256: _Digest
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    on: date


Entry = Recorded | Forgotten


class Held(NamedTuple):
    """A recorded piece of evidence, and the number of the entry that recorded it first."""

    entry: Recorded
    number: int


class Lost(NamedTuple):
    """A recorded piece of evidence that was forgotten, and the entry that says so."""

    held: Held
    forgotten: Forgotten


class Corrupt(Exception):  # noqa: N818 - reads better where it is raised
    """A text that is no ledger as it was written; `line` is where, 0 if that is not known."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message, self.line = message, line


class Ledger:
    """The entries in order, and what they say together."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        """Take the entries, the oldest first."""
        self.entries = tuple(entries)
        self.held: dict[tuple[str, str, tuple[LockedFile, ...]], Held] = {}
        self.lost: list[Lost] = []
        for number, entry in enumerate(self.entries, 1):
            if isinstance(entry, Recorded):
                self._record(entry, number)
            else:
                self._forget(entry)

    def _record(self, entry: Recorded, number: int) -> None:
        """Hold an entry; one that is held gains links, and a date it did not have."""
        held = self.held.get(entry.key)
        if held is None:
            self.held[entry.key] = Held(entry, number)
            return
        known = held.entry
        if known.produced is None:
            known = replace(known, produced=entry.produced, produced_from=entry.produced_from)
        sources = tuple(sorted({*known.sources, *entry.sources}))
        self.held[entry.key] = Held(replace(known, sources=sources), held.number)

    def _forget(self, entry: Forgotten) -> None:
        for key, held in list(self.held.items()):
            if held.entry.path == entry.path and held.entry.files[0].sha256 == entry.sha256:
                self.lost.append(Lost(self.held.pop(key), entry))

    def at(self, path: str) -> list[Held]:
        """Return what is recorded of a path, the oldest first."""
        return self._by_path.get(path, [])

    @cached_property
    def _by_path(self) -> dict[str, list[Held]]:
        found: dict[str, list[Held]] = {}
        for held in self.held.values():
            found.setdefault(held.entry.path, []).append(held)
        return found

    def linked(self, source: str) -> list[Held]:
        """Return what is recorded for a source such as `slot load-test`."""
        return [held for held in self.held.values() if source in held.entry.sources]

    @property
    def paths(self) -> list[str]:
        """The paths of all that is held."""
        return sorted({held.entry.path for held in self.held.values()})

    @property
    def forgotten(self) -> list[Forgotten]:
        """What was given up, and why, the oldest first."""
        return [entry for entry in self.entries if isinstance(entry, Forgotten)]

    @cached_property
    def links(self) -> list[str]:
        """The chain, one link more than there are entries.

        The first is the SHA-256 of the format's name; each further one that of the link before
        it, a line break and the entry as canonical JSON.
        """
        links = [sha256(SCHEMA.encode()).hexdigest()]
        for plain in self.plain:
            links.append(sha256(f"{links[-1]}\n{_canonical(plain)}".encode()).hexdigest())
        return links

    @cached_property
    def plain(self) -> list[dict[str, Any]]:
        """The entries as JSON has them."""
        return [_entries().dump_python(entry, mode="json") for entry in self.entries]

    @property
    def head(self) -> str:
        """The last link: it stands for the whole ledger."""
        return self.links[-1]

    def also(self, entries: Iterable[Entry]) -> Ledger:
        """Return the ledger with those entries behind it that it does not have."""
        known = set(self.entries)
        return Ledger((*self.entries, *(e for e in dict.fromkeys(entries) if e not in known)))


def dump(ledger: Ledger) -> str:
    """Return the text of a ledger: a head with the count and the last link, and a line an entry."""
    lines = [{"schema": SCHEMA, "entries": len(ledger.entries), "head": ledger.head}]
    pairs = zip(ledger.plain, ledger.links[1:], strict=True)
    lines += [{**plain, "chain": link} for plain, link in pairs]
    return "".join(f"{_canonical(line)}\n" for line in lines)


def parse(data: bytes) -> Ledger:
    """Read a ledger back.

    Raises:
        Corrupt: it is not, to the byte, what was written.
    """
    if len(data) > MAX_BYTES:
        raise Corrupt(f"it has more than {MAX_BYTES / 1e6:,.0f} MB")
    lines = data.split(b"\n")
    if any(line.startswith((b"<<<<<<<", b"=======", b">>>>>>>")) for line in lines):
        raise Corrupt("it holds the marks of a merge conflict")
    head = _head(lines[0])
    ledger = Ledger(entry_of(line, n) for n, line in enumerate(lines[1:-1], 2))
    if lines[-1] or head["entries"] != len(ledger.entries):
        count = f"{head['entries']} entries, and it has {len(ledger.entries)}"
        raise Corrupt(f"its first line says {count}: it was cut off or added to", 1)
    for number, (line, wanted) in enumerate(
        zip(lines, dump(ledger).encode().split(b"\n"), strict=True), 1
    ):
        if line != wanted and number > 1:
            raise Corrupt("this entry was changed, moved, added or taken out by hand", number)
    if head["head"] != ledger.head:
        raise Corrupt("its first line does not stand for its last entry", 1)
    return ledger


def _head(line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except (ValueError, RecursionError):
        head = None
    wanted = {"schema": SCHEMA, "entries": 0, "head": ""}
    if not isinstance(head, dict) or {k: type(v) for k, v in head.items()} != {
        k: type(v) for k, v in wanted.items()
    }:
        raise Corrupt("its first line is not that of a ledger", 1)
    if head["schema"] != SCHEMA:
        raise Corrupt(f"it is not of the version {SCHEMA}", 1)
    if _canonical(head).encode("utf-8", "backslashreplace") != line:
        raise Corrupt("its first line was changed by hand", 1)
    return head


def entry_of(line: bytes, number: int = 0) -> Entry:
    """Read one line back, without its link.

    Raises:
        Corrupt: it is no entry.
    """
    try:
        value = json.loads(line)
        value.pop("chain", None)
        entry = _entries().validate_json(_canonical(value), strict=True)
    except (ValueError, AttributeError, RecursionError, ValidationError):
        raise Corrupt("this is not an entry", number) from None
    if isinstance(entry, Recorded) and (not entry.files or entry.files[0].path != entry.path):
        raise Corrupt("this entry names no file of its own", number)
    return entry


@cache
def _entries() -> TypeAdapter[Entry]:
    return TypeAdapter(Annotated[Entry, Field(discriminator="kind")])


def _canonical(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)
