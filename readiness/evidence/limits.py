"""What reading one evidence file may cost: stated here, enforced by the engine for every reader.

Only the command line may set other limits: what is judged cannot widen them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Location
from readiness.model.fact import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

PART = 100_000_000  # bytes of content for which `time` is given once more
_GB = 1_000_000_000
_SMALL = 64_000_000  # content up to which the ratio does not matter: it fits in memory
_FACTS = 100_000
_PROBLEMS = 10_000


class Limits(NamedTuple):
    """The limits for one file.

    Attributes:
        time: seconds, and as many again for each 100 MB of content. Needs a process of its own.
        memory: bytes that reading may take. Needs a process of its own.
        size: bytes of the file as it is stored.
        content: bytes once it is decompressed.
        ratio: times that content may be larger than the file, once it is larger than 64 MB.
        held: bytes of content for a reader that does not read in pieces.
        depth: levels of lists, mappings and elements in JSON, YAML and XML.
        nodes: values in JSON, YAML and XML; YAML is held to 500,000 at most.
    """

    time: float = 60.0
    memory: int = 2_000_000_000
    size: int = 8_000_000_000
    content: int = 32_000_000_000
    ratio: int = 1000
    held: int = 64_000_000
    depth: int = 100
    nodes: int = 10_000_000


UNITS = {"time": "ms", "memory": "B", "size": "B", "content": "B", "held": "B"}
DEFAULT = Limits()


class Meter:
    """Counts what is read of one file, asks for more time as it goes, and stops a bomb."""

    def __init__(
        self, limits: Limits, at: Location, allow: Callable[[float], None] = lambda _: None
    ) -> None:
        self._limits, self._at, self._allow = limits, at, allow
        self.stored = self.content = 0

    def took(self, stored: int, content: int) -> Problem | None:
        """Count bytes as they are stored and decompressed; return what is wrong, or None."""
        limits = self._limits
        self.stored += stored
        self.content += content
        self._allow(limits.time * max(stored, content) / PART)
        if self.stored > limits.size:
            return too_large(self._at, self.stored, limits.size, "size", "the file has")
        if self.content > limits.content:
            what = "the file unpacks to"
            return too_large(self._at, self.content, limits.content, "content", what)
        if self.content > _SMALL and self.content > limits.ratio * self.stored:
            message = f"the file unpacks to more than {limits.ratio:,} times its size"
            help_ = f"no export is that repetitive; if it is, `--limit ratio={10 * limits.ratio}`"
            return Problem("invalid", "bomb", message, self._at, help_)
        return None


def too_large(at: Location, found: float, limit: float, name: str, what: str) -> Problem:
    """Say that a file is larger than a limit."""
    message = f"{what} {megabytes(found)}; at most {megabytes(limit)} are read"
    help_ = f"keep a shorter run or the tool's summary; `--limit {name}=` sets another limit"
    return Problem("invalid", "too-large", message, at, help_)


def too_slow(at: Location, limits: Limits) -> Problem:
    """Say that a reader was stopped, as it took too long."""
    message = (
        f"reading it took over {limits.time:g} s, and as long for each 100 MB, and was stopped"
    )
    help_ = f"is it what it should be? `--limit time={5 * limits.time:g}s` gives more time"
    return Problem("invalid", "too-slow", message, at, help_)


def out_of_memory(at: Location, limits: Limits) -> Problem:
    """Say that a reader was stopped, as it took too much memory."""
    message = f"reading it needs more than {megabytes(limits.memory)} of memory, and was stopped"
    help_ = "is it what it should be? `--limit memory=8GB` gives more"
    return Problem("invalid", "out-of-memory", message, at, help_)


def too_many(facts: int, problems: int, at: Location) -> Problem | None:
    """Say that a reader found more than a review can hold; None if it did not."""
    if facts <= _FACTS and problems <= _PROBLEMS:
        return None
    message = f"{facts:,} values and {problems:,} problems were found in it"
    help_ = f"at most {_FACTS:,} and {_PROBLEMS:,} are kept: export a summary"
    return Problem("invalid", "too-many", message, at, help_)


def megabytes(size: float) -> str:
    """Return a size for people."""
    return f"{size / 1e9:,g} GB" if size >= _GB else f"{size / 1e6:,.0f} MB"
