"""What k6 printed of one run or several goes in; facts and problems come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.closed import stall_problems
from readiness.evidence.loadtest.failed import failed_fast
from readiness.evidence.loadtest.k6 import REFUSED, failed_thresholds, run_problems
from readiness.evidence.loadtest.totals import run_labels
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.k6_console.checks import run_contradictions, run_ends
from readiness.evidence.readers.k6_console.facts import run_facts
from readiness.evidence.readers.k6_console.runs import Run, split_runs

if TYPE_CHECKING:
    from readiness.evidence.loadtest.k6 import Labels
    from readiness.model.fact import Fact, Problem


def read_runs(source: Source) -> Reading:
    """Read the summaries of all runs in a text; of several each fact has the label `run`.

    Raises:
        Unreadable: not UTF-8 text, no output of k6, or a line that does not hold what k6 writes.
    """
    runs, dated = split_runs(source)
    if not runs:
        help_ = "keep what `k6 run` printed, from its first line to its last"
        raise Unreadable("wrong-shape", "k6 printed nothing of this", source.at(1), help_)
    facts: list[Fact] = []
    problems: list[Problem] = []
    for number, run in enumerate(runs, 1):
        labels = run_labels(number, len(runs))
        found = [f._replace(labels=tuple(sorted((*f.labels, *labels)))) for f in run_facts(run)]
        facts += found
        problems += _problems(run, found, labels)
    problems += common_problems(facts, source.at(1))
    if dated is None:
        return Reading(tuple(facts), tuple(problems))
    return Reading(tuple(facts), tuple(problems), read_moment(*dated)[0], dated[1])


def _problems(run: Run, facts: list[Fact], labels: Labels) -> list[Problem]:
    ends = list(run_ends(run))
    found = [*ends, *run_contradictions(run)]
    if not any(problem.code == "no-summary" for problem in ends):
        found += [*run_problems(facts, run.at, labels), *failed_thresholds(facts)]
        found += failed_fast(facts, REFUSED, labels)
    if not _scheduled(run):
        found += stall_problems(fact for fact in facts if fact.labels == labels)
    return found


def _scheduled(run: Run) -> bool:
    """Tell whether all was sent by a schedule; an unknown run, if iterations were dropped."""
    if run.executors:
        return run.arrivals == "open"
    return run.get("dropped_iterations") is not None
