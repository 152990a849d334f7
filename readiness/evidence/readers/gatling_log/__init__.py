"""Reads a `simulation.log` of Gatling, text or binary, into load facts recomputed from it.

Format: LogFileDataWriter.scala and LogFileReader.scala in https://github.com/gatling/gatling.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems, contradiction
from readiness.evidence.loadtest.facts import SAMPLED, load_facts
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.readers.gatling_log.events import Events
    from readiness.model.checklist import FactMap
    from readiness.model.load import Load

_RUN = pattern(rb"(?:^|\n)RUN\t[^\n]*\t[0-9]{13}\t[^\n]*\t[0-9]+\.[0-9]")
_OLD = pattern(rb"[^\t\n]+\t[^\t\n]+\tRUN\t[0-9]{8,14}\t")
_BINARY = pattern(rb"\0\0\0\0[\x03-\x20][0-9]+\.[0-9]+[0-9A-Za-z.-]*\0\0\0", re.DOTALL)


def sniff(head: bytes) -> int:
    """Return 90 for a record of a run with its date and version: text, text of 2.1, or binary."""
    if _BINARY.match(head):
        return 90
    start = head.removeprefix(b"\xef\xbb\xbf")
    if start.startswith((b"RUN\t", b"ASSERTION\t")) and _RUN.search(start):
        return 90
    return 85 if _OLD.match(start) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Count every request of a log, of any size.

    Raises:
        Unreadable: no such log, cut off, corrupt, or of a version not known.
    """
    if source.head(1) == b"\0":
        from readiness.evidence.readers.gatling_log.binary import Records  # noqa: PLC0415

        events, at = Records(source).read(), source.at(pointer="REQUEST")
    else:
        from readiness.evidence.readers.gatling_log.text import Lines  # noqa: PLC0415

        events, at = Lines(source).read(), source.at(1, pointer="REQUEST")
    load = events.tally.load()
    facts = [*load_facts(load, at), Fact("exceptions", events.errors, "", at, (), None, "derived")]
    problems = [*common_problems(facts, source.at(1)), *_warnings(events, load, at)]
    began, where = events.began or (None, None)
    return Reading(tuple(facts), tuple(problems), began, where, load=load)


def _warnings(events: Events, load: Load, at: Location) -> Iterator[Problem]:
    if events.errors:
        message = f"{events.errors:,} errors made no request: what these would have measured is"
        help_ = "see the `ERROR` records; often a value was missing from the session"
        yield Problem("warning", "script-exceptions", f"{message} in no figure", at, help_)
    if events.unmatched:
        message = (
            f"{events.unmatched:,} incoming messages answered no request: they are not counted"
        )
        yield Problem("warning", "unmatched", message, at, "do the checks match what comes in?")
    if events.unfinished:
        message = f"{events.unfinished:,} users had not ended when the log did"
        help_ = "was it stopped? users that `maxDuration` would cut off should end before it"
        yield Problem("inconclusive", "unfinished", message, at, help_)
    if events.unstarted:
        message = f"users who ended and never started: {events.unstarted:,}"
        yield contradiction(message, at, "are lines missing? keep the file as Gatling wrote it")
    if load.dropped:
        message = f"{load.dropped:,} requests and more are counted together as `(others)`"
        help_ = "name requests without ids in them"
        yield Problem("warning", "many-endpoints", message, at, help_)


READER = Reader(
    id="gatling-log",
    title="Gatling simulation.log",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(*SAMPLED, Metric("exceptions", "", "errors that made no request")),
    produce="mvn gatling:test  # then target/gatling/<run>/simulation.log",
    source="https://github.com/gatling/gatling (LogFileDataWriter.scala)",
    traps=(
        "The report's percentiles are approximate (t-digest); these are of all requests.",
        "Columns moved between 2.1, 2.3, 3.3 and 3.12: start and end stand before `OK` or `KO`.",
        "Since 3.13 the log is binary and only its own version reads it: 3.13.1 to 3.14 are read.",
        "Logs of Gatling 1, of 3.13.0 and of versions after 3.14 are refused.",
        "A group's time is that of its requests together: `GROUP` records are no requests.",
        "A redirect is a request of its own (`… Redirect 1`), as in the report.",
        "`ERROR` records made no request and are in no figure: a warning counts them.",
        "A log without its end, as of a killed run, is invalid: the rest was in a buffer.",
        "A line torn into another, by a crash or by two writers, makes the log invalid.",
        "Users who had not ended, as where `maxDuration` stops a run: inconclusive (`unfinished`).",
        "Whether users come whatever the answers do (open) or wait for them is not in the log.",
        "The date is that of the start of the run.",
    ),
    streams=True,
    shape="text",
    summary="every request of a Gatling run, recomputed: percentiles, errors, rate, users",
)
