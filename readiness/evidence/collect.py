"""Requirements to evidence: find files, pick a reader, read; what fails becomes a record."""

from __future__ import annotations

import os
import posixpath
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from readiness.discovery import Registry
from readiness.errors import Location
from readiness.evidence.outcome import MAX_BYTES, crashed, evidence_of, failed, too_large
from readiness.evidence.paths import Match, Roots, Unopened, find, open_file
from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.evidence.sniff import HEAD, Choice, choose
from readiness.evidence.stream import Broken, Stream, Whole, read_whole
from readiness.model.evidence import Evidence
from readiness.model.fact import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from readiness.model.checklist import FactMap
    from readiness.model.plan import Bound

READERS: Registry[Reader] = Registry(
    "readiness.evidence.readers", "READER", Reader, "readiness.readers"
)
STREAM_BYTES = 8_000_000
SMALL_BYTES = 1 << 20  # of a file whose content is kept for excerpts
KEPT_BYTES = 32 << 20  # of all of them
MAX_REFERRED = 200  # files that one file may speak of


class Found(NamedTuple):
    """What a requirement's patterns led to: evidence, and problems of patterns without any."""

    evidence: tuple[Evidence, ...]
    problems: tuple[Problem, ...]


class Collector:
    """Finds and reads the evidence of requirements; each file is read once."""

    def __init__(
        self,
        roots: Roots,
        shield: Callable[[Callable[[], Any]], Any],
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take the folders, what turns a reader's crash into a text, and who hears of progress."""
        self._roots = roots
        self._shield = shield
        self._progress = progress
        self._files: dict[str, Whole] = {}
        self._matches: dict[str, Match] = {}
        self._read: dict[tuple[str, tuple[str, ...], tuple[str, ...], str], Evidence] = {}

    def collect(self, bound: Bound) -> Found:
        """Return the evidence of one requirement."""
        paths: dict[str, None] = {}
        problems: list[Problem] = []
        evidence = []
        for pattern in bound.patterns:
            match = self._match(pattern)
            paths.update(dict.fromkeys(match.paths))
            if match.problem and match.fault:
                evidence.append(failed(pattern, None, match.problem, fault=True))
            elif match.problem:
                problems.append(match.problem)
        for path, companions in _families(sorted(paths), bound.readers):
            group = self._cached(path, companions, bound)
            read = {file.path for file in group.files}
            alone = [] if group.invalid else [name for name in companions if name not in read]
            evidence += [group, *(self._cached(name, (), bound) for name in alone)]
        return Found(tuple(evidence), tuple(problems))

    def beside(self, bound: Bound, pattern: str) -> tuple[Evidence, ...]:
        """Return the evidence of another pattern, read as a requirement's; none is told as such."""
        found = self.collect(bound._replace(patterns=(pattern,)))
        return (*found.evidence, *(failed(pattern, None, problem) for problem in found.problems))

    def _cached(self, path: str, companions: tuple[str, ...], bound: Bound) -> Evidence:
        fact_map = bound.map.model_dump_json() if bound.map else ""
        key = (path, companions, bound.readers, fact_map)
        if key not in self._read:
            self._read[key] = self._one(path, companions, bound.readers, bound.map)
        return self._read[key]

    def read(
        self, path: str, readers: tuple[str, ...] = (), fact_map: FactMap | None = None
    ) -> Evidence:
        """Read one file, for `inspect`."""
        main, companions = next(iter(_families([path], readers)))
        return self._one(main, companions, readers, fact_map)

    def small(self) -> dict[str, bytes]:
        """Return the content of small files that were read, by path: the bytes that were parsed."""
        kept, total = {}, 0
        for path, whole in sorted(self._files.items()):
            size = len(whole.data)
            if not whole.more and size <= SMALL_BYTES and total + size <= KEPT_BYTES:
                kept[path], total = whole.data, total + size
        return kept

    def _match(self, pattern: str) -> Match:
        if pattern not in self._matches:
            try:
                self._matches[pattern] = find(pattern, self._roots)
            except OSError as error:
                reason = error.strerror or type(error).__name__
                problem = Problem(
                    "invalid",
                    "unreadable",
                    f"`{pattern}` cannot be searched: {reason}",
                    Location(pattern),
                    "give the user that runs readiness the right to read it",
                )
                self._matches[pattern] = Match((), problem, fault=True)
        return self._matches[pattern]

    def _one(
        self,
        path: str,
        companions: tuple[str, ...],
        readers: tuple[str, ...],
        fact_map: FactMap | None,
    ) -> Evidence:
        try:
            whole = self._load(path)
            head = whole.data[:HEAD]
            choice = self._shield(lambda: choose(path, head, readers, fact_map, READERS))
            if isinstance(choice, str):
                return crashed(path, whole, "", choice)
            if not isinstance(choice, Choice):
                return failed(path, whole, choice)
            source = self._source(path, whole, companions, choice.reader)
        except Unopened as error:
            return failed(path, None, error.problem, fault=error.fault)
        except Broken as error:
            return failed(path, None, error.problem)
        reader = choice.reader
        reading = self._shield(lambda: _reading(reader, source, fact_map))
        if isinstance(reading, str):
            return crashed(path, whole, reader.id, reading)
        if isinstance(reading, Unopened):
            return failed(path, None, reading.problem, reader=reader.id, fault=reading.fault)
        return evidence_of(source, reader, reading)

    def _load(self, path: str) -> Whole:
        """Return the content of a file, or its beginning where it is large."""
        if path not in self._files:
            handle, _ = open_file(path, self._roots)
            try:
                self._files[path] = read_whole(handle, Location(path), STREAM_BYTES)
            finally:
                os.close(handle)
        return self._files[path]

    def _all(self, path: str) -> Whole:
        """Return the whole content of a file.

        Raises:
            Unopened: it is too large to be held.
        """
        whole = self._load(path)
        if whole.more:
            handle, size = open_file(path, self._roots)
            try:
                whole = read_whole(handle, Location(path), MAX_BYTES)
            finally:
                os.close(handle)
            if whole.more:
                raise Unopened(too_large(path, size), fault=False)
            self._files[path] = whole
        return whole

    def _source(
        self, path: str, whole: Whole, companions: tuple[str, ...], reader: Reader
    ) -> Source:
        """Add the other files of the same run, matched by the pattern or merely beside it."""
        if whole.more and reader.streams:
            handle, size = open_file(path, self._roots)
            stream = Stream(handle, Location(path), size, whole.head, self._progress)
            return Source.streamed(path, stream)
        whole = self._all(path)
        prefix = next((path.removesuffix(end) for end in reader.family if path.endswith(end)), None)
        siblings = {}
        for end in reader.family if prefix is not None else ():
            other = f"{prefix}{end}"
            there = other in companions or os.path.lexists(self._roots.folder / other)
            if other != path and there:
                beside = self._all(other)
                siblings[end] = Source(other, beside.data, None, beside)
        siblings |= self._referred(Source(path, whole.data), reader)
        return Source(path, whole.data, siblings, whole)

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
                found[name] = Source(other, whole.data, None, whole)
                waiting.append(found[name])
        return found


def _names(refers: Callable[[Source], Iterable[str]], speaker: Source) -> list[str]:
    return list(refers(speaker))


def _families(paths: Iterable[str], readers: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """Group files of one run: (main file, the others). A lone file is its own group."""
    names = list(paths)
    known = [READERS.get(name) for name in readers or READERS.shipped_ids]
    families = [reader.family for reader in known if reader is not None and reader.family]
    groups: list[tuple[str, tuple[str, ...]]] = []
    taken: set[str] = set()
    for family in families:
        for name in names:
            if name.endswith(family[0]):
                prefix = name.removesuffix(family[0])
                others = tuple(prefix + end for end in family[1:] if prefix + end in names)
                groups.append((name, others))
                taken |= {name, *others}
    groups += [(name, ()) for name in names if name not in taken]
    return sorted(groups)


def _reading(reader: Reader, source: Source, fact_map: FactMap | None) -> Reading | Unopened:
    try:
        try:
            reading = reader.read(source, fact_map if reader.mapped else None)
        except Unreadable as error:
            reading = Reading(problems=(error.problem,))
        for _ in source.chunks() if source.streaming else ():
            pass  # what the reader left unread may be corrupt
    except Broken as error:
        return Reading(problems=(error.problem,))
    except Unopened as error:  # while it was read
        return error
    return reading
