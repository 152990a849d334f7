"""The runs in a text of hey: which line says what."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.pasted import NEAR, Line, command_before, plain_lines
from readiness.evidence.reader import Source, Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.errors import Location

_KEY = pattern(r"(Total|Slowest|Fastest|Average|Requests/sec|Total data|Size/request):\s*(\S+)")
_SECTIONS = {
    "Response time histogram:": "histogram",
    "Latency distribution:": "latency",
    "Details (average, fastest, slowest):": "details",
    "Status code distribution:": "status",
    "Error distribution:": "errors",
}
_ROWS = {
    "histogram": pattern(r"()\S+ \[([0-9]{1,15})\]\s*\|.*"),
    "latency": pattern(r"([0-9]{1,3})%{1,2} in (\S+) secs\.?"),
    "status": pattern(r"\[([0-9]{1,3})\]\s+([0-9]{1,15}) responses"),
    "errors": pattern(r"\[([0-9]{1,15})\]\s+(\S.*)"),
}
_TOOL = pattern(r"(?:^|[\s/`$])hey\s.*(?:\s-[a-zA-Z]|https?:)")
_WORKERS = pattern(r"\s-c[\s=]*([0-9]{1,9})(?=\s|$)")
_OTHER = "Success rate:"  # oha's summary, which is like that of hey otherwise
WORKERS = 50  # of a command without `-c`


class Row(NamedTuple):
    """A line of a section: its number, what it is about, its value."""

    line: int
    key: str
    value: str


@dataclass
class Run:
    """One run: what each line of it says.

    Attributes:
        source: the file.
        start: number of its first line.
        lines: what stands behind each key of the summary.
        sections: the lines of each section; a section that is announced may have none.
        workers: requests at a time by a pasted command, with its line; whether that says so.
    """

    source: Source
    start: int
    lines: dict[str, Row] = field(default_factory=dict)
    sections: dict[str, list[Row]] = field(default_factory=dict)
    section: str = ""
    workers: tuple[int, int, bool] | None = None

    def at(self, *names: str) -> Location:
        """Return the place of the first of some lines that is there, else of the run."""
        found = (self.lines[name].line for name in names if name in self.lines)
        return self.source.at(next(found, self.start))

    def take(self, line: Line) -> None:
        """Take in a line."""
        text = line.text
        if name := _SECTIONS.get(text):
            if name in self.sections:
                self._twice(line)
            self.section = name
            self.sections[name] = []
        elif match := self._row(text):
            self.sections[self.section].append(Row(line.number, match[1], match[2]))
        elif not self.section and (match := _KEY.match(text)):
            if match[1] in self.lines:
                self._twice(line)
            self.lines[match[1]] = Row(line.number, match[1], match[2])

    def _row(self, text: str) -> re.Match[str] | None:
        form = _ROWS.get(self.section)
        return form.fullmatch(text) if form else None

    def _twice(self, line: Line) -> None:
        message = f"`{line.text[:40].strip()}` is there twice in the run of line {self.start}"
        at, help_ = self.source.at(line.number), "keep each run from `Summary:` on"
        raise Unreadable("duplicate", message, at, help_)


def read_runs(source: Source) -> list[Run]:
    """Return the runs of a text, in order.

    Raises:
        Unreadable: no run, or one that is cut off.
    """
    if not source.text.strip():
        raise Unreadable("empty", "the file is empty", source.at(), "did the run finish?")
    runs: list[Run] = []
    run, between = None, deque[Line](maxlen=NEAR)
    for line in plain_lines(source):
        if line.text == "Summary:":
            run = Run(source, line.number, workers=_workers(between))
            runs.append(run)
            between.clear()
        elif run is not None and line.text.startswith(_OTHER):
            runs.pop()
            run = None
        elif line.text.startswith(("```", "~~~")):
            run = None
        if run is not None:
            run.take(line)
        between.append(line)
    runs = [run for run in runs if run.lines]
    for found in runs:
        _check(found)
    if not runs:
        message = "there is no `Summary:` with `Total:` and `Requests/sec:`"
        raise Unreadable("not-hey", message, source.at(1), "keep all that hey printed")
    return runs


def _check(run: Run) -> None:
    missing = [n for n in ("Total", "Average", "Requests/sec") if n not in run.lines]
    if missing or "histogram" not in run.sections:
        what = f"`{missing[0]}:`" if missing else "`Response time histogram:`"
        message = f"the run of line {run.start} has no {what}: it is cut off"
        at, help_ = run.source.at(run.start), "keep all that hey printed"
        raise Unreadable("cut-off", message, at, help_)


def _workers(between: Iterable[Line]) -> tuple[int, int, bool] | None:
    line = command_before(between, _TOOL)
    if line is None:
        return None
    match = _WORKERS.search(line.text)
    return (int(match[1]) if match else WORKERS, line.number, match is not None)
