"""One file to evidence: opened, hashed, decompressed, matched with a reader, and read."""

from __future__ import annotations

import os
import posixpath
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Location
from readiness.evidence.limits import Meter, out_of_memory, too_large
from readiness.evidence.others import other_tools
from readiness.evidence.outcome import crashed, evidence_of, failed, file_record, not_held
from readiness.evidence.paths import Roots, Unopened, open_file
from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.evidence.sniff import HEAD, Choice, choose
from readiness.evidence.stream import Broken, Stream, Whole, read_whole
from readiness.model.evidence import Evidence
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from readiness.discovery import Registry
    from readiness.evidence.limits import Limits
    from readiness.model.checklist import FactMap
    from readiness.model.evidence import FileRecord

STREAM_BYTES = 8_000_000
SMALL_BYTES = 1 << 20  # of a file whose content is kept for excerpts
HELD_BYTES = 64 << 20  # of content that waits for another reader
MAX_REFERRED = 200  # files that one file may speak of


class Job(NamedTuple):
    """A file to be read: with the others of its run, by which readers, with which map.

    With `glance` only its beginning is looked at: the evidence has the reader that knows it, or
    none of those it names, and nothing else.
    """

    path: str
    companions: tuple[str, ...]
    readers: tuple[str, ...]
    map: FactMap | None
    glance: bool = False


class Files:
    """Reads files, each once as long as there is room to hold it.

    Attributes:
        small: the content of small files as they were parsed, by path; whoever takes it empties it.
        progress: who hears how far a large file is.
        allow: who is asked for more seconds as content is read.
        note: who is told the reader and the files, before they are read.
        helped: whether a reader may start another process.
    """

    def __init__(
        self,
        roots: Roots,
        readers: Registry[Reader],
        shield: Callable[[Callable[[], Any]], Any],
        progress: Callable[[str], None],
        limits: Limits,
    ) -> None:
        self._roots, self._readers, self._shield = roots, readers, shield
        self._limits = limits
        self.progress = progress
        self.allow: Callable[[float], None] = lambda _: None
        self.note: Callable[[str, Sequence[FileRecord]], None] = lambda *_: None
        self.helped = False
        self.small: dict[str, bytes] = {}
        self._files: dict[str, Whole] = {}
        self._held = 0

    def read(self, job: Job) -> Evidence:
        """Read a file in this process."""
        found = self._shield(lambda: self._glance(job) if job.glance else self._attempt(job))
        return crashed(job.path, None, "", found) if isinstance(found, str) else found

    def _attempt(self, job: Job) -> Evidence:
        path = job.path
        try:
            whole = self._load(path)
            head = whole.data[:HEAD]
            choice = self._shield(lambda: choose(path, head, job.readers, job.map, self._readers))
            if isinstance(choice, str):
                return crashed(path, whole, "", choice)
            if not isinstance(choice, Choice):
                return failed(path, whole, choice)
            source = self._source(path, whole, job.companions, choice.reader)
        except Unopened as error:
            return failed(path, None, error.problem, fault=error.fault)
        except Broken as error:
            return failed(path, None, error.problem)
        except MemoryError:
            return failed(path, None, out_of_memory(Location(path), self._limits), fault=True)
        reader = choice.reader
        known = () if source.streaming else (file_record(source),)
        self.note(reader.id, known)
        reading = self._shield(lambda: _reading(reader, source, job.map, self._readers))
        if isinstance(reading, str):
            return crashed(path, whole, reader.id, reading)
        if isinstance(reading, Unopened):
            return failed(path, None, reading.problem, reader=reader.id, fault=reading.fault)
        return evidence_of(source, reader, reading)

    def _glance(self, job: Job) -> Evidence:
        """Tell which of some readers knows a file best, by its beginning; none if it has none."""
        head = b""
        with suppress(Unopened, Broken):
            handle, _ = self._open(job.path)
            try:
                head = read_whole(handle, Location(job.path), HEAD, self._meter(job.path)).head
            finally:
                os.close(handle)
        readers = [reader for name in job.readers if (reader := self._readers.get(name))]
        score, name = max((reader.sniff(head), reader.id) for reader in readers)
        return Evidence(job.path, (), name if score else "", Strength.claimed, (), ())

    def _load(self, path: str) -> Whole:
        """Return the content of a file, or its beginning where it is large."""
        if path not in self._files:
            handle, size = self._open(path)
            limit = STREAM_BYTES if size <= STREAM_BYTES else min(HEAD, STREAM_BYTES)
            try:
                found = read_whole(handle, Location(path), limit, self._meter(path))
            finally:
                os.close(handle)
            self._keep(path, found)
        return self._files[path]

    def _keep(self, path: str, whole: Whole) -> None:
        """Hold the content for another reader, and for excerpts where it is small."""
        if self._held + len(whole.data) > HELD_BYTES:
            self._files, self._held = {}, 0
        self._files[path] = whole
        self._held += len(whole.data)
        if not whole.more and len(whole.data) <= SMALL_BYTES:
            self.small[path] = whole.data

    def _open(self, path: str) -> tuple[int, int]:
        """Open a file, unless it is larger than any may be."""
        handle, size = open_file(path, self._roots)
        if size > self._limits.size:
            os.close(handle)
            at, most = Location(path), self._limits.size
            raise Unopened(too_large(at, size, most, "size", "the file has"), fault=False)
        return handle, size

    def _meter(self, path: str) -> Meter:
        return Meter(self._limits, Location(path), self.allow)

    def _all(self, path: str) -> Whole:
        """Return the whole content of a file.

        Raises:
            Unopened: it is too large to be held.
        """
        whole = self._load(path)
        if whole.more:
            handle, size = self._open(path)
            try:
                whole = read_whole(handle, Location(path), self._limits.held, self._meter(path))
            finally:
                os.close(handle)
            if whole.more:
                raise Unopened(not_held(path, size, self._limits.held), fault=False)
            self._keep(path, whole)
        return whole

    def _source(
        self, path: str, whole: Whole, companions: tuple[str, ...], reader: Reader
    ) -> Source:
        """Add the other files of the same run, matched by the pattern or merely beside it."""
        if whole.more and reader.in_pieces(whole.head):
            handle, size = self._open(path)
            at, meter = Location(path), self._meter(path)
            stream = Stream(handle, at, size, whole.head, self.progress, meter)
            source = self._limited(Source.streamed(path, stream))
            source.helped = self.helped
            return source
        whole = self._all(path)
        prefix = next((path.removesuffix(end) for end in reader.family if path.endswith(end)), None)
        siblings = {}
        for end in reader.family if prefix is not None else ():
            other = f"{prefix}{end}"
            there = other in companions or os.path.lexists(self._roots.folder / other)
            if other != path and there:
                beside = self._all(other)
                siblings[end] = self._limited(Source(other, beside.data, None, beside))
        siblings |= self._referred(self._limited(Source(path, whole.data)), reader)
        return self._limited(Source(path, whole.data, siblings, whole))

    def _limited(self, source: Source) -> Source:
        source.limits = self._limits
        return source

    def _referred(self, source: Source, reader: Reader) -> dict[str, Source]:
        """Return the files that a file speaks of, and they in turn, as far as they can be read."""
        found: dict[str, Source] = {}
        waiting, refers = [source], reader.refers
        while waiting and refers is not None:
            speaker = waiting.pop()
            names = self._shield(partial(_names, refers, speaker))
            for name in names if isinstance(names, list) else ():
                other = posixpath.normpath(posixpath.join(posixpath.dirname(source.path), name))
                odd = name.startswith("/") or "\\" in name or not name.isprintable()
                if odd or name in found or other == source.path or len(found) >= MAX_REFERRED:
                    continue
                try:
                    whole = self._all(other)
                except (Unopened, Broken):  # the reader says that it is not there
                    continue
                found[name] = self._limited(Source(other, whole.data, None, whole))
                waiting.append(found[name])
        return found


def _names(refers: Callable[[Source], Iterable[str]], speaker: Source) -> list[str]:
    return list(refers(speaker))


def _reading(
    reader: Reader, source: Source, fact_map: FactMap | None, readers: Registry[Reader]
) -> Reading | Unopened:
    try:
        try:
            reading = reader.read(source, fact_map if reader.mapped else None)
        except Unreadable as error:
            reading = Reading(problems=(error.problem,))
        others = other_tools(source, reader, readers)
        reading = reading._replace(problems=(*reading.problems, *others))
        for _ in source.chunks() if source.streaming else ():
            pass  # what the reader left unread may be corrupt
    except Broken as error:
        return Reading(problems=(error.problem,))
    except Unopened as error:  # while it was read
        return error
    except MemoryError:
        return Unopened(out_of_memory(source.at(), source.limits), fault=True)
    return reading
