"""What became of reading a file, as evidence: what was found, or why it could not be read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from readiness.errors import Location
from readiness.evidence.hints import with_help
from readiness.evidence.limits import megabytes, too_many
from readiness.model.evidence import Evidence, FileRecord, Produced
from readiness.model.fact import Problem, Strength

if TYPE_CHECKING:
    from readiness.evidence.reader import Reader, Reading, Source
    from readiness.evidence.stream import Whole


def file_record(source: Source) -> FileRecord:
    """Return what identifies a file that was read."""
    return FileRecord(source.path, source.digest, source.size)


def evidence_of(source: Source, reader: Reader, reading: Reading) -> Evidence:
    """Return what a reader found, as evidence."""
    produced = None
    if reading.produced is not None:
        at = reading.produced if reading.produced.tzinfo else reading.produced.replace(tzinfo=UTC)
        produced = Produced(at.astimezone(UTC), "file", reading.produced_where or source.at())
    files = tuple(
        file_record(s) for s in (source, *(source.companions[k] for k in sorted(source.companions)))
    )
    strength = reader.strength if reading.strength is None else reading.strength
    found = [*reading.problems]
    if any(fact.metric == "requests" for fact in reading.facts):
        found += _of_loads(reading, source)
    if problem := too_many(len(reading.facts), len(found), source.at()):
        return Evidence(source.path, files, reader.id, strength, (), (problem,), produced)
    problems = tuple(with_help(problem) for problem in found)
    return Evidence(
        source.path, files, reader.id, strength, reading.facts, problems, produced,
        load=reading.load,
        times=reading.times,
    )  # fmt: skip


def _of_loads(reading: Reading, source: Source) -> list[Problem]:
    """Return what any load test is asked, whichever reader read it."""
    from readiness.evidence.loadtest.realism import realism_problems  # noqa: PLC0415
    from readiness.evidence.loadtest.sampled import sample_problems  # noqa: PLC0415
    from readiness.evidence.loadtest.shape import shape_problems  # noqa: PLC0415

    told = {(problem.code, problem.at) for problem in reading.problems}
    found = [*realism_problems(reading.facts, source.at())]
    if reading.load is not None:
        found += shape_problems(reading.load, reading.facts, source.at())
        codes = {problem.code for problem in reading.problems}
        found += sample_problems(reading.load, reading.facts, codes)
    return [problem for problem in found if (problem.code, problem.at) not in told]


def failed(
    path: str, whole: Whole | None, problem: Problem, *, reader: str = "", fault: bool = False
) -> Evidence:
    """Return evidence that could not be read, with the reason."""
    files = (FileRecord(path, whole.digest, whole.size),) if whole and whole.digest else ()
    return Evidence(path, files, reader, Strength.claimed, (), (problem,), None, fault)


def not_held(path: str, size: int, most: int) -> Problem:
    """Say that a file is larger than what is held at once."""
    what = "the file unpacks to more" if size <= most else f"the file has {megabytes(size)}"
    message = f"{what}; at most {megabytes(most)} are read"
    help_ = "keep the tool's summary; `--limit held=` reads more at once"
    return Problem("invalid", "too-large", message, Location(path), help_)


def changed(path: str) -> Problem:
    """Say that a file was written while the review read it."""
    message = "the file changed while it was read: two readings of it differ"
    help_ = "wait until nothing writes to it, and run again"
    return Problem("invalid", "changed", message, Location(path), help_)


def crashed(path: str, whole: Whole | None, reader: str, crash: str) -> Evidence:
    """Return evidence at which a reader failed, which is a bug of the reader."""
    problem = Problem(
        "invalid",
        "reader-bug",
        f"the reader {reader} failed: {crash}" if reader else f"a reader failed: {crash}",
        Location(path),
        "please report this with the file",
    )
    return failed(path, whole, problem, reader=reader, fault=True)


def with_dates(evidence: Evidence, dates: dict[str, datetime]) -> Evidence:
    """Date evidence that does not say when it was made by the newest commit of its files."""
    if evidence.produced is not None or not evidence.files:
        return evidence
    known = [dates.get(file.path) for file in evidence.files]
    if None in known:
        return evidence
    newest = max(date for date in known if date is not None)
    return evidence._replace(produced=Produced(newest, "git", Location(evidence.path)))
