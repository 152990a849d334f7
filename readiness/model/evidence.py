"""Evidence: a file (or a family of files from one run) that was found and read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Mapping

    from readiness.model.load import Labels, Load
    from readiness.stats.histogram import Histogram


class Produced(NamedTuple):
    """When evidence was made and how that is known. Never the file system's mtime."""

    at: datetime
    source: Literal["ledger", "file", "git"]
    where: Location


class FileRecord(NamedTuple):
    """One file of a piece of evidence: repository path, digest and size of the bytes read."""

    path: str
    sha256: str
    size: int


class Evidence(NamedTuple):
    """What one reader made of one file or family of files.

    `problems` holding an `invalid` one means the facts are not to be believed; `fault` tells that
    the tool failed, not the file (a bug in a reader, no permission), so the review is incomplete.
    `load` holds the samples of a load test, where the file has them; `times` response times by
    labels, where it has only how often each was seen.
    """

    path: str
    files: tuple[FileRecord, ...]
    reader: str
    strength: Strength
    facts: tuple[Fact, ...]
    problems: tuple[Problem, ...]
    produced: Produced | None = None
    fault: bool = False
    load: Load | None = None
    times: Mapping[Labels, Histogram] | None = None

    @property
    def invalid(self) -> bool:
        """Whether nothing in it can be believed."""
        return any(problem.kind == "invalid" for problem in self.problems)
