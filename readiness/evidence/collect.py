"""Requirements to evidence: find files, pick a reader, read; what fails becomes a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.discovery import Registry
from readiness.errors import Location
from readiness.evidence.files import Files, Job
from readiness.evidence.limits import DEFAULT, Limits
from readiness.evidence.outcome import changed, failed
from readiness.evidence.paths import Match, Roots, find, listed
from readiness.evidence.reader import Reader
from readiness.model.evidence import Evidence
from readiness.model.fact import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from readiness.evidence.apart import Apart, Voice
    from readiness.model.checklist import FactMap
    from readiness.model.plan import Bound

    _Key = tuple[str, tuple[str, ...], tuple[str, ...], str]
    _Read = tuple[Evidence, dict[str, bytes]]

READERS: Registry[Reader] = Registry(
    "readiness.evidence.readers", "READER", Reader, "readiness.readers"
)
KEPT_BYTES = 32 << 20  # of the content of small files, for excerpts


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
        limits: Limits = DEFAULT,
        *,
        apart: bool = False,
        samples: bool = True,
    ) -> None:
        """Take the folders, what turns a reader's crash into a text, and who hears of progress.

        With `apart` a process of its own reads the files, within limits of time and memory.
        Without `samples` only the facts of a load test are kept.
        """
        self._roots, self._samples = roots, samples
        self._progress = progress
        self._files = Files(roots, READERS, shield, progress, limits)
        self._apart = _process(self._serve, limits, progress) if apart else None
        self._small: dict[str, bytes] = {}
        self._unkept: str | None = None  # the first path, by name, that there was no room for
        self._digests: dict[str, str] = {}
        self._matches: dict[str, Match] = {}
        self._read: dict[_Key, Evidence] = {}

    def prefetch(self, bounds: Sequence[Bound]) -> None:
        """Read what requirements ask for, so that `collect` has it at hand."""
        jobs: dict[_Key, Job] = {}
        for bound in bounds:
            paths = dict.fromkeys(
                p for pattern in bound.patterns for p in self._match(pattern).paths
            )
            for path, companions in _families(sorted(paths), bound.readers):
                job = Job(path, companions, bound.readers, bound.map)
                jobs.setdefault(_key(job), job)
        for key, evidence in zip(jobs, self._all(list(jobs.values())), strict=True):
            self._read[key] = evidence

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
        job = Job(path, companions, bound.readers, bound.map)
        key = _key(job)
        if key not in self._read:
            self._read[key] = self._one(job)
        return self._read[key]

    def read(
        self, path: str, readers: tuple[str, ...] = (), fact_map: FactMap | None = None
    ) -> Evidence:
        """Read one file, for `inspect`."""
        main, companions = next(iter(_families([path], readers)))
        return self._one(Job(main, companions, readers, fact_map))

    def files_in(self, folder: str) -> tuple[str, ...]:
        """Return the names of the files in a folder inside the repository."""
        return listed(folder, self._roots)

    def glance(self, paths: Sequence[str], readers: tuple[str, ...]) -> dict[str, str]:
        """Return which of some readers knows a file by its beginning; files that none does not."""
        jobs = [Job(path, (), readers, None, glance=True) for path in paths]
        return {found.path: found.reader for found in self._all(jobs) if found.reader}

    def read_beside(self, jobs: Sequence[Job]) -> list[Evidence]:
        """Read files that are no evidence, and are not kept."""
        return list(self._all(jobs))

    def small(self) -> dict[str, bytes]:
        """Return the content of small files that were read, by path: the bytes that were parsed.

        Where there is no room for all, those that come first by name, in whatever order they are
        read.
        """
        return self._small

    def _keep(self, small: dict[str, bytes]) -> None:
        self._small |= {
            path: data
            for path, data in small.items()
            if self._unkept is None or path < self._unkept
        }
        total = sum(map(len, self._small.values()))
        while total > KEPT_BYTES:
            self._unkept = max(self._small)
            total -= len(self._small.pop(self._unkept))

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

    def _one(self, job: Job) -> Evidence:
        (evidence,) = self._all([job])
        return evidence

    def _all(self, jobs: Sequence[Job]) -> Iterator[Evidence]:
        """Read files, unless one is no longer what it was a moment ago."""
        found = map(self._here, jobs) if self._apart is None else self._there(jobs, self._apart)
        for number, job in enumerate(jobs, 1):
            if len(jobs) > 1:
                self._progress(f"reading {number}/{len(jobs)}: {job.path}")
            evidence, small = next(found)
            for file in evidence.files:
                if self._digests.setdefault(file.path, file.sha256) != file.sha256:
                    problem = changed(file.path)
                    evidence = failed(job.path, None, problem, reader=evidence.reader, fault=True)
                    small = {}
            self._keep(small)
            yield evidence

    def _here(self, job: Job) -> _Read:
        """Read a file in this process: the evidence, and the content of files that are small."""
        evidence = self._files.read(job)
        if not self._samples:
            evidence = evidence._replace(load=None, times=None)
        small, self._files.small = self._files.small, {}
        return evidence, small

    def _serve(self, job: Job, voice: Voice) -> _Read:
        """Read a file in the process that is there for it."""
        files = self._files
        files.progress, files.allow, files.note = voice.progress, voice.allow, voice.reading
        files.helped = True
        evidence, small = self._here(job)
        if any(problem.code == "out-of-memory" for problem in evidence.problems):
            raise MemoryError  # another process takes over
        return evidence, small

    def _there(self, jobs: Sequence[Job], apart: Apart) -> Iterator[_Read]:
        """Have files read in the other process."""
        from readiness.evidence.apart import Ended  # noqa: PLC0415 - if asked

        for job, found in zip(jobs, apart.run(jobs), strict=True):
            if isinstance(found, Ended):
                problem, reader, files = found
                evidence = failed(job.path, None, problem, reader=reader, fault=True)
                yield evidence._replace(files=files), {}
            else:
                yield found


def _key(job: Job) -> _Key:
    return job.path, job.companions, job.readers, job.map.model_dump_json() if job.map else ""


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


def _process(work: Callable[..., Any], limits: Limits, progress: Callable[[str], None]) -> Apart:
    from readiness.evidence.apart import Apart  # noqa: PLC0415 - if asked

    return Apart(work, limits, progress)
