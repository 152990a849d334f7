"""The runs in a text of wrk or wrk2: which line says what."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.pasted import NEAR, Line, command_before, plain_lines
from readiness.evidence.loadtest.spectrum import Foot, Step, parse_foot, parse_step
from readiness.evidence.reader import Source, Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.errors import Location

_START = pattern(r"Running (\S{1,40}) test @ (\S+)")
_LINES = {
    "threads": pattern(r"([0-9]+) threads and ([0-9]+) connections"),
    "head": pattern(r"Thread Stats\s+Avg\s+Stdev\s+(\S+)\s+\+/- Stdev"),
    "latency": pattern(r"Latency\s+(\S+)\s+\S+\s+(\S+)\s+\S+%"),
    "done": pattern(r"(\S+) requests in (\S+), \S+ read"),
    "socket": pattern(r"Socket errors: connect (\S+), read (\S+), write (\S+), timeout (\S+)"),
    "status": pattern(r"Non-2xx or 3xx responses: (\S+)"),
    "rate": pattern(r"Requests/sec:\s*(\S+)"),
    "transfer": pattern(r"Transfer/sec:\s*(\S*?)B"),
}
_CALIBRATION = "Thread calibration:"
_TITLE = pattern(r"Latency Distribution(?: \(HdrHistogram - (.{1,200})\))?")
_RANK = pattern(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%\s+(\S+)")
_TOOL = pattern(r"(?:^|[\s/`$])wrk2?\s.*-")
_RATE = pattern(r"\s(?:-R\s*|--rate[\s=]\s*)([0-9]+(?:\.[0-9]+)?)([kKmMgG]?)(?=\s|$)")


class Found(NamedTuple):
    """What a line of a known form says, and where."""

    line: int
    groups: tuple[str, ...]


@dataclass
class Run:
    """One run: what each line of it says.

    Attributes:
        source: the file.
        start: number of its first line.
        url: what was asked.
        lines: findings by the names of `_LINES`.
        ranks: percentile to its time, each as written, with its line.
        steps: the percentile spectrum, which only wrk2 prints.
        total: the line below it that counts its samples.
        calibrated: whether wrk2's calibration is mentioned.
        corrected: whether a percentile table is wrk2's.
        uncorrected: whether what comes next is wrk2's second table.
        requested: requests per second that the command asked for, with its line.
    """

    source: Source
    start: int
    url: str
    lines: dict[str, Found] = field(default_factory=dict)
    ranks: dict[str, Found] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    total: Foot | None = None
    calibrated: bool = False
    corrected: bool = False
    requested: tuple[float, int] | None = None
    uncorrected: bool = False

    def at(self, *names: str) -> Location:
        """Return the place of the first of some lines that is there, else of the run."""
        found = (self.lines[name].line for name in names if name in self.lines)
        return self.source.at(next(found, self.start))

    def group(self, name: str, index: int = 0) -> str | None:
        """Return a part of a line as written, None if there is no such line."""
        found = self.lines.get(name)
        return found.groups[index] if found else None

    @property
    def constant(self) -> bool:
        """Whether wrk2 made it, which sends at a constant rate."""
        return self.calibrated or self.corrected or self.requested is not None

    def take(self, line: Line) -> bool:
        """Take in a line; return whether it ends the run."""
        text = line.text
        for name, form in _LINES.items():
            if match := form.match(text):
                if name in self.lines:
                    self._twice(line, self.lines[name].line)
                self.lines[name] = Found(line.number, match.groups())
                return name == "transfer"
        if match := _TITLE.match(text):
            self.corrected = self.corrected or match[1] is not None
            self.uncorrected = (match[1] or "").startswith("Uncor")  # spelt `Uncorrected` or not
        elif text.startswith(_CALIBRATION):
            self.calibrated = True
        elif not self.uncorrected:
            self._distribution(line)
        return False

    def _distribution(self, line: Line) -> None:
        if match := _RANK.fullmatch(line.text):
            if match[1] in self.ranks:
                self._twice(line, self.ranks[match[1]].line)
            self.ranks[match[1]] = Found(line.number, match.groups())
        elif step := parse_step(line.text, line.number, self.source):
            self.steps.append(step)
        elif (foot := parse_foot(line.text, line.number, self.source)) and foot.total is not None:
            self.total = foot

    def _twice(self, line: Line, before: int) -> None:
        message = f"`{line.text[:30].strip()}` is already on line {before} of the same run"
        at, help_ = self.source.at(line.number), "keep each run from `Running` to `Transfer/sec`"
        raise Unreadable("duplicate", message, at, help_)


def read_runs(source: Source) -> list[Run]:
    """Return the runs of a text, in order.

    Raises:
        Unreadable: no run, or one that does not reach its last line.
    """
    if not source.text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    runs: list[Run] = []
    run, between = None, deque[Line](maxlen=NEAR)
    for line in plain_lines(source):
        if match := _START.match(line.text):
            run = Run(source, line.number, match[2])
            run.requested = _requested(between)
            runs.append(run)
        elif run is None:
            between.append(line)
        elif run.take(line):
            run = None
            between.clear()
    for found in runs:
        _check(found)
    if not runs:
        message = "there is no line `Running … test @ …`"
        raise Unreadable("not-wrk", message, source.at(1), "keep all that wrk printed")
    return runs


def _check(run: Run) -> None:
    if not {"done", "rate"} <= set(run.lines):
        message = f"the run of line {run.start} has no result: it was stopped, or is cut off"
        help_ = "keep all that wrk printed, up to `Transfer/sec`"
        raise Unreadable("cut-off", message, run.source.at(run.start), help_)


def _requested(between: Iterable[Line]) -> tuple[float, int] | None:
    """Return the rate that wrk2 was told, which it prints nowhere: only a pasted command has it."""
    line = command_before(between, _TOOL)
    match = _RATE.search(line.text) if line else None
    if not line or not match:
        return None
    scale = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9}[match[2].lower()]
    return float(match[1]) * scale, line.number
