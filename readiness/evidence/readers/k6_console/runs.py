"""The runs in what k6 printed: which line says what, with colours and log prefixes taken off."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.k6 import COLOUR, split_key
from readiness.evidence.loadtest.pasted import plain_lines
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.loadtest.k6 import Labels
    from readiness.evidence.reader import Source
    from readiness.model.load import Arrivals

_PREFIX = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,20}Z\s+|[\w./-]{1,60}\s+\|(?:\s+|$)")
_NAME = r"\w[^{}:]{0,200}?(?:\{.{0,500}?\})?"
_METRIC = pattern(rf"(?:([✓✗]) )?\s*(?:\{{ (.{{1,500}}?) \}}|({_NAME}))\.{{2,200}}:\s*(.*)")
_TITLE = pattern(r"[█↳] (.*)|(THRESHOLDS|TOTAL RESULTS)")
_PART = pattern(r"(GROUP|SCENARIO): (.*)")
_THRESHOLD = pattern(r"([✓✗]) '(.{1,300})' ?(?:([^=\s]{1,60})=(.*))?")
_KEY = pattern(r"\{.*\}|[A-Za-z_][\w ]{0,127}(?:\{.*\})?")
_CHECK = pattern(r"↳\s+[0-9]{1,3}% — ✓ ([0-9]{1,15}) / ✗ ([0-9]{1,15})")
_RUNNING = pattern(
    r"running \(([0-9hms.]{2,20})\), [0-9]+/[0-9]+ VUs, "
    r"([0-9]{1,15}) complete and ([0-9]{1,15}) interrupted iterations"
)
_STOPPED = pattern(r"\S.{0,200}? ✗ \[.*\] ")
_ABORTED = pattern(
    r"test run was aborted|stopping test prematurely|msg=\"?test aborted|^[A-Z]{4}\[.*test aborted"
)
_EXECUTOR = pattern(r"\* (.{1,200}?): (.*(?:VUs|iterations|control).*)")
_LOG = pattern(r"time=\"?([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,20}(?:Z|[+-][0-9:]{5})?)\"? level=")
_CLOSED, _OPEN = pattern(r"looping VUs|iterations (?:shared|for each)"), "iterations/s"


class Entry(NamedTuple):
    """A line of the summary.

    Attributes:
        key: the metric as k6 writes it, with its tags.
        name: the metric without them.
        labels: part of the summary (scenario, group) and tags.
        tags: the tags alone.
        mark: ✓ or ✗ where it tells whether the thresholds of the metric held.
        text: what stands behind the dots.
        at: its place.
    """

    key: str
    name: str
    labels: Labels
    tags: Labels
    mark: str
    text: str
    at: Location


class Threshold(NamedTuple):
    """A threshold with its verdict, and the value that decided, where it is written."""

    key: str
    source: str
    held: bool
    stat: str
    value: str
    at: Location


@dataclass
class Run:
    """What was printed of one run.

    Attributes:
        at: where it begins.
        entries: the summary, by part and key.
        thresholds: verdicts of a list of thresholds.
        failed: failed checks of those listed, by part.
        executors: what the scenarios are said to be, and where.
        running: line of the last progress: time, iterations complete and interrupted.
        aborted: where it says that it was.
    """

    at: Location
    entries: dict[tuple[Labels, str], Entry] = field(default_factory=dict)
    thresholds: list[Threshold] = field(default_factory=list)
    failed: dict[Labels, int] = field(default_factory=dict)
    executors: list[tuple[str, Location]] = field(default_factory=list)
    running: tuple[str, int, int, Location] | None = None
    aborted: Location | None = None

    @property
    def begun(self) -> bool:
        """Whether anything was printed of it."""
        return bool(self.entries or self.thresholds or self.executors or self.running)

    @property
    def arrivals(self) -> Arrivals:
        """How the users of every scenario come, empty where they differ or nothing says."""
        texts = [text for text, _ in self.executors]
        if texts and all(_OPEN in text for text in texts):
            return "open"
        closed = bool(texts) and all(_CLOSED.search(t) and _OPEN not in t for t in texts)
        return "closed" if closed else ""

    def get(self, name: str, labels: Labels = (), tags: Labels = ()) -> Entry | None:
        """Return the line of a metric."""
        wanted = tuple(sorted((*labels, *tags)))
        found = (e for e in self.entries.values() if (e.name, e.labels) == (name, wanted))
        return next(found, None)


class _Splitter:
    """Takes lines, and knows in which run and which part of its summary it is."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.run = Run(source.at(1))
        self.part: Labels = ()
        self.limits = False
        self.key = ""  # whose thresholds are being listed
        self.above = ""  # the metric above, whose tags may follow
        self.failed = 0  # of checks listed, for the part of the metric that comes next
        self.dated: tuple[str, Location] | None = None

    def runs(self) -> Iterator[Run]:
        for number, text in plain_lines(self.source):
            line = _PREFIX.sub(
                "", COLOUR.sub("", text).rpartition("\r")[2].strip(), count=1
            ).strip()
            at = self.source.at(number)
            if line and self._starts(line) and self.run.begun:
                yield self.run
                self.run, self.part, self.limits = Run(at), (), False
            if line:
                self._take(line, at)
        if self.run.begun or self.run.aborted:
            yield self.run

    def _starts(self, line: str) -> bool:
        """Tell whether a line can only be the first of another run."""
        if line.startswith(("execution: local", "execution: cloud")):
            return True
        if not any(part == () for part, _ in self.run.entries):
            return False
        if (match := _TITLE.fullmatch(line)) and (match[1] or match[2]).strip() in {
            "THRESHOLDS",
            "TOTAL RESULTS",
        }:
            return True
        metric = _METRIC.fullmatch(line)
        return bool(
            metric and metric[3] and self.part == () and ((), metric[3]) in self.run.entries
        )

    def _take(self, line: str, at: Location) -> None:
        run = self.run
        if match := _METRIC.fullmatch(line):
            self._metric(match, at)
        elif match := _THRESHOLD.fullmatch(line):
            mark, source, stat, value = match.groups("")
            run.thresholds.append(Threshold(self.key, source, mark == "✓", stat, value, at))
        elif match := _CHECK.fullmatch(line):
            self.failed += int(match[2])
        elif match := _TITLE.fullmatch(line):
            self._title((match[1] or match[2]).strip())
        elif match := _RUNNING.search(line):
            run.running = (match[1], int(match[2]), int(match[3]), at)
        elif match := _EXECUTOR.fullmatch(line):
            run.executors.append((match[2], at))
        elif _ABORTED.search(line) or _STOPPED.match(line):
            run.aborted = run.aborted or at
        elif self.limits and _KEY.fullmatch(line):
            self.key = self.key.partition("{")[0] + line if line.startswith("{") else line
        if match := _LOG.match(line):
            self.dated = (match[1], at)

    def _title(self, title: str) -> None:
        self.limits = title == "THRESHOLDS"
        self.key = ""
        if not (match := _PART.fullmatch(title)):
            self.part = ()
        elif match[1] == "SCENARIO":
            self.part = (("scenario", match[2]),)
        else:
            scenario = tuple(pair for pair in self.part if pair[0] == "scenario")
            self.part = (("group", match[2]), *scenario)

    def _metric(self, match: re.Match[str], at: Location) -> None:
        mark, tags, name, text = match.groups("")
        run, self.limits = self.run, False
        if name:
            self.above = name.partition("{")[0]
        key = name or f"{self.above}{{{tags}}}"
        metric, pairs = split_key(key)
        labels = tuple(sorted((*self.part, *pairs)))
        entry = Entry(key, metric, labels, pairs, mark, text.strip(), at)
        run.entries.setdefault((self.part, key), entry)
        run.failed[self.part] = run.failed.get(self.part, 0) + self.failed
        self.failed = 0


def split_runs(source: Source) -> tuple[list[Run], tuple[str, Location] | None]:
    """Return the runs of a text, and the time of the last log line with its place.

    The lines of a summary stand for one another: `{ tags }` for the metric above, marks of checks
    before or after the metrics of their part.

    Raises:
        Unreadable: not UTF-8 text.
    """
    splitter = _Splitter(source)
    return list(splitter.runs()), splitter.dated
