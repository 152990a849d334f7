"""The runs in a text of ApacheBench: which line says what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.pasted import Line, plain_lines
from readiness.evidence.reader import Source, Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location

START = "This is ApacheBench"
_OPENING = ("Server Software", "Server Hostname", "Document Path", "Concurrency Level")
_KEYS = (
    *_OPENING, "Server Port", "Number of requests", "Concurrency achieved",
    "Time taken for tests", "Complete requests", "Failed requests", "Write errors",
    "Non-2xx responses", "Requests per second", "Transfer rate", "Total",
)  # fmt: skip
_KEY = pattern(rf"({'|'.join(_KEYS)}):\s*(.*)")
_DETAIL = pattern(r"\(((?:[A-Z][a-z]+: [0-9]{1,15}(?:, )?)+)\)")
_RANK = pattern(r"([0-9]{1,3})%\s+([0-9]{1,15})(?: \(longest request\))?")
_TABLE = "Percentage of the requests served"
_REASON = pattern(r"(apr_\w+(?:\(\))?: .*|Total of [0-9]+ requests completed.*|SSL \w+ failed.*)")
_DOUBT = "ERROR: The median and mean for the total time"
_LAST = "100"


class Found(NamedTuple):
    """What stands behind a key, and where."""

    line: int
    text: str


@dataclass
class Run:
    """One run: what each line of it says.

    Attributes:
        source: the file.
        start: number of its first line.
        lines: what stands behind each key.
        details: failed requests by kind, as written.
        ranks: percentile to its time in ms, each as written.
        table: whether the percentiles are announced.
        reason: why ab stopped, if it says so.
        doubt: where ab calls the total times unreliable.
    """

    source: Source
    start: int
    lines: dict[str, Found] = field(default_factory=dict)
    details: Found | None = None
    ranks: dict[str, Found] = field(default_factory=dict)
    table: bool = False
    reason: str = ""
    doubt: int = 0

    def at(self, *names: str) -> Location:
        """Return the place of the first of some lines that is there, else of the run."""
        found = (self.lines[name].line for name in names if name in self.lines)
        return self.source.at(next(found, self.start))

    def text(self, name: str) -> str | None:
        """Return what stands behind a key, None if there is no such line."""
        return self.lines[name].text if name in self.lines else None

    @property
    def ended(self) -> bool:
        """Whether the last line that ab prints is reached."""
        return _LAST in self.ranks

    def take(self, line: Line) -> None:
        """Take in a line."""
        text = line.text
        if match := _KEY.match(text):
            if match[1] in self.lines:
                self._twice(line, self.lines[match[1]].line)
            self.lines[match[1]] = Found(line.number, match[2])
        elif match := _DETAIL.fullmatch(text):
            self.details = Found(line.number, match[1])
        elif text.startswith(_TABLE):
            self.table = True
        elif self.table and (match := _RANK.fullmatch(text)):
            if match[1] in self.ranks:
                self._twice(line, self.ranks[match[1]].line)
            self.ranks[match[1]] = Found(line.number, match[2])
        elif text.startswith(_DOUBT):
            self.doubt = line.number
        elif match := _REASON.search(text):
            self.reason = self.reason or match[1][:120]

    def _twice(self, line: Line, before: int) -> None:
        message = f"`{line.text[:30].strip()}` is already on line {before} of the same run"
        at, help_ = self.source.at(line.number), "keep each run from `This is ApacheBench` on"
        raise Unreadable("duplicate", message, at, help_)

    def check(self) -> None:
        """Refuse a run whose results are not all there.

        Raises:
            Unreadable: lines are missing.
        """
        wanted = ["Time taken for tests", "Complete requests", "Failed requests"]
        if (self.text("Complete requests") or "").strip() != "0":
            wanted += ["Requests per second", "Total"]
        missing = [name for name in wanted if name not in self.lines]
        if missing or (self.table and not self.ended):
            what = f"no line `{missing[0]}`" if missing else "no line `100%`"
            message = f"the run of line {self.start} has {what}: it is cut off"
            help_ = "keep all that ab printed"
            raise Unreadable("cut-off", message, self.source.at(self.start), help_)


def read_runs(source: Source) -> list[Run]:
    """Return the runs of a text, in order; one that ab broke off has no `Complete requests`.

    Raises:
        Unreadable: no run, or one that is cut off.
    """
    if not source.text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    runs: list[Run] = []
    run = None
    for line in plain_lines(source):
        key = _KEY.match(line.text)
        begins = line.text.startswith(START) or (
            key is not None
            and key[1] in _OPENING
            and (run is None or (key[1] == _OPENING[0] and key[1] in run.lines))
        )
        if begins:
            run = Run(source, line.number)
            runs.append(run)
        if run is not None and line.text.startswith(("```", "~~~")):
            run = None
        if run is not None:
            run.take(line)
            run = None if run.ended else run
    for found in runs:
        if "Complete requests" in found.lines:
            found.check()
    if not runs:
        message = "there is neither `This is ApacheBench` nor `Complete requests:`"
        raise Unreadable("not-ab", message, source.at(1), "keep all that ab printed")
    return runs
