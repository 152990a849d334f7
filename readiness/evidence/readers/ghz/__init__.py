"""Reads reports of ghz, JSON with its calls or the text it prints, into load facts.

Formats: runner/reporter.go, runner/stats_handler.go and printer/template.go of
https://github.com/bojand/ghz.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.folded import fold, read_folded
from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.closed import stall_problems
from readiness.evidence.loadtest.embedded import json_documents, meant
from readiness.evidence.loadtest.facts import SAMPLED
from readiness.evidence.loadtest.target import by_endpoint
from readiness.evidence.loadtest.totals import run_labels
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.evidence.readers.ghz.report import Report
    from readiness.model.checklist import FactMap

_NAMES = (
    b'"endReason"',
    b'"statusCodeDistribution"',
    b'"latencyDistribution"',
    b'"errorDistribution"',
    b'"fastest"',
    b'"slowest"',
    b'"rps"',
)
_TEXT = pattern(rb"^[ \t>]*Summary:\s{1,20}(?:Name:[^\n]{0,200}\s{1,20})?Count:", re.MULTILINE)
_REST = (b"Requests/sec:", b"Latency distribution:")
_OBJECT = pattern(r'"rps"\s*:')
_KEYS = ("count", "total", "rps", "average")


def sniff(head: bytes) -> int:
    """Return 90 for five names of its JSON, or for three parts of its text."""
    if b'"rps"' in head and b'"summary"' not in head:
        return 90 if _is_json(head) else 0
    return 90 if _TEXT.search(head) and all(part in head for part in _REST) else 0


def pasted(text: bytes) -> int:
    """Return the same for a whole text: JSON of others may have some names, a run be cut off."""
    found = b'"latencyDistribution"' in text and _is_json(text)
    return 90 if found or _TEXT.search(text) else 0


def _is_json(text: bytes) -> bool:
    return sum(name in text for name in _NAMES) > 4  # noqa: PLR2004


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all reports of a file; more than one are told apart by the label `run`.

    Raises:
        Unreadable: no report, one that is cut off, or a value that is no number.
    """
    reports, dates = _reports(source)
    facts: list[Fact] = []
    problems: list[Problem] = []
    for report in reports:
        facts += report.run.facts
        problems += report.problems
        if report.load is None:
            problems += stall_problems(report.run.facts)
    problems += common_problems(facts, source.at(1))
    dated = [(r.produced, at) for r, at in zip(reports, dates, strict=False) if r.produced]
    latest = max(dated, key=lambda pair: pair[0]) if dated else (None, None)
    load = reports[0].load if len(reports) == 1 else None
    named = by_endpoint(facts, [report.call for report in reports])
    return Reading(tuple(named), tuple(problems), latest[0], latest[1], load=load)


def _reports(source: Source) -> tuple[list[Report], list[Location]]:
    """Return the reports of a file, and where they say when they ended."""
    from readiness.evidence.readers.ghz.calls import PLAN  # noqa: PLC0415 - start-up time
    from readiness.evidence.readers.ghz.report import read_report  # noqa: PLC0415 - start-up time
    from readiness.evidence.readers.ghz.text import read_text  # noqa: PLC0415 - start-up time

    if source.streaming:
        documents = meant((d for _, d in read_folded(source, PLAN)), source, _KEYS)
    elif not _OBJECT.search(source.text):
        return read_text(source), []
    else:
        documents = [fold(document, PLAN) for document in json_documents(source, _KEYS)]
    reports = [
        read_report(document, run_labels(number, len(documents)))
        for number, document in enumerate(documents, 1)
    ]
    return reports, [document.at("date") for document in documents]


_PER = ("endpoint", "run")
READER = Reader(
    id="ghz",
    title="ghz report",
    summary="calls, errors, rate and response times of runs of ghz (gRPC), JSON or text",
    sniff=sniff,
    pasted=pasted,
    read=read,
    strength=Strength.measured,
    rounding=0.01,
    metrics=(
        *(m._replace(labels=(*sorted({"endpoint", *m.labels}), "run")) for m in SAMPLED),
        Metric("p*", "ms", "percentiles of calls without an error, as the text has them", _PER),
    ),
    produce="ghz --insecure -c 50 -z 10m -O json -o ghz.json --call pkg.Service.Call host:50051",
    source="https://github.com/bojand/ghz (runner/reporter.go)",
    traps=(
        "All times are in nanoseconds, but the marks of the histogram are in seconds.",
        "Its percentiles leave failed calls out; from the list of calls they are computed anew.",
        "Percentiles, fastest and slowest that the listed calls do not have are contradictions.",
        "A timestamp of a call is that of its end.",
        "If some calls are not listed the summary is taken as it is: `details-missing`.",
        "Failed calls are in no percentile of the summary: `successes-only`.",
        "A cancelled run (`endReason`) is inconclusive.",
        "`-O csv` has neither the time of a call nor the duration of the run: it is not read.",
        "Without `--async` it is a closed loop: a far maximum gives `coordinated-omission`.",
        "`endpoint` is the called method (`options.call`); the text does not name it.",
        "Several reports in one file, Markdown too, have the label `run`: the worst counts.",
    ),
    streams="json",
    shape="json",
)
