"""A Chaos Toolkit journal in; whether the drill proved anything, and what its probes saw, out.

The format is that of `READER.source`; the verdict is recomputed from the parts, for a drill that
was dry, or never started, also says `status: completed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.drills import COMPLETED, WINDOW, Moment, window
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.readers.chaos_toolkit import checks, outputs
from readiness.evidence.readers.chaos_toolkit.journal import (
    Journal,
    journal_of,
    moment,
    part_of,
)
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import FactMap

_MARKS = (b'"steady_states"', b'"run"', b'"rollbacks"', b'"experiment"', b'"deviated"')


def sniff(head: bytes) -> int:
    """Return 90 if the bytes name the version of chaoslib and two parts of a journal, else 0."""
    if b'"chaoslib-version"' not in head:
        return 0
    return 90 if sum(mark in head for mark in _MARKS) > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a journal.

    Raises:
        Unreadable: not a journal, or one whose parts are of the wrong type.
    """
    document = JsonDocument(source)
    value = document.value if isinstance(document.value, dict) else {}
    if "chaoslib-version" not in value or "run" not in value:
        intent = "method" in value or "steady-state-hypothesis" in value
        text = "this is an experiment (the intent); the journal is the result"
        raise Unreadable(
            "wrong-kind",
            text if intent else "this is no Chaos Toolkit journal",
            document.at(),
            "give the file that --journal-path names",
        )
    journal = journal_of(document)
    reasons = [*checks.contradictions(journal), *checks.reasons(journal)]
    named, doubts = outputs.named(journal)
    facts = (*_verdict(journal, bool(reasons)), *named, *outputs.outputs(journal))
    produced = moment(document.get("end"))
    problems = (*reasons, *doubts, *checks.warnings(journal))
    return Reading(facts, problems, produced, document.at("end") if produced else None)


def _verdict(journal: Journal, doubtful: bool) -> Iterator[Fact]:
    """Yield the facts about the drill as a whole."""
    document, effective = journal.document, journal.effective
    failed = [run for run in journal.probes if run.failed]
    met = journal.met("before") is True and journal.met("after") is True
    rounds = range(len(part_of(document, ("steady_states", "during"), list)))
    states = [document.get("steady_states", "during", i, "steady_state_met") for i in rounds]
    done = (
        met
        and all(state is True for state in states)
        and not (doubtful or failed or journal.deviated)
    )
    top = document.at()
    yield Fact("drill.completed", done, "", top, origin="derived")
    for phase in ("before", "after"):
        if isinstance(journal.met(phase), bool):
            at = document.at("steady_states", phase, "steady_state_met")
            yield Fact(f"steady_{phase}", journal.met(phase), "", at)
    yield from window(*(Moment(moment(document.get(k)), document.at(k)) for k in ("start", "end")))
    yield from _described(document)
    if effective:
        names = ", ".join(run.name for run in effective)
        at = document.at(*effective[0].steps, "activity", "name")
        yield Fact("fault", names, "", at, origin="derived")
    unplayed = 0 if journal.rollbacks else checks.missing_of(journal, "rollbacks", [])
    counts = {
        "actions": len(journal.actions),
        "actions.failed": sum(run.failed for run in journal.actions),
        "probes": len(journal.probes),
        "probes.failed": len(failed),
        "rollbacks.failed": sum(run.failed for run in journal.rollbacks) + unplayed,
    }
    for metric, count in counts.items():
        part = "rollbacks" if metric.startswith("roll") else "run"
        yield Fact(metric, count, "", document.at(part), origin="derived")


def _described(document: JsonDocument) -> Iterator[Fact]:
    """Yield what the experiment is about: its title and tags."""
    title, tags = (document.get("experiment", key) for key in ("title", "tags"))
    if isinstance(title, str):
        yield Fact("title", title, "", document.at("experiment", "title"))
    named = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    if named:
        yield Fact("tags", ", ".join(named), "", document.at("experiment", "tags"))


_OF_PROBE = ("probe", "phase", "field", "repeat")
READER = Reader(
    id="chaos-toolkit",
    title="Chaos Toolkit journal",
    summary="Whether a drill really took place and was survived, and what its probes measured.",
    sniff=sniff,
    read=read,
    strength=Strength.drilled,
    shape="json",
    metrics=(
        COMPLETED,
        Metric("steady_before", "", "the steady state was met before the drill"),
        Metric("steady_after", "", "the steady state was met after the drill"),
        *WINDOW,
        Metric("fault", "", "the names of the actions that succeeded"),
        Metric("title", "", "the title of the experiment"),
        Metric("tags", "", "its tags"),
        Metric("actions", "", "actions played"),
        Metric("actions.failed", "", "actions that failed, or whose command or request did"),
        Metric("probes", "", "probes played, before, during and after"),
        Metric("probes.failed", "", "probes that failed or were out of tolerance"),
        Metric("rollbacks.failed", "", "rollbacks that failed or were not played"),
        Metric("detection", "ms", "output of an activity named so, as in detection_ms; the worst"),
        Metric("degrade", "ms", "output of an activity named so, or failover; the worst"),
        Metric("recovery", "ms", "output of an activity named so; the worst"),
        Metric("completion", "ratio", "output of an activity or field named so; the worst"),
        Metric("alert_fired", "", "output of an activity named so; the worst"),
        Metric("probe.output", "", "a number or truth value that a probe saw", _OF_PROBE),
        Metric(
            "probe.status", "", "the HTTP status that a probe saw", ("probe", "phase", "repeat")
        ),
    ),
    produce="chaos run experiment.json --journal-path journal.json",
    source="https://chaostoolkit.org/reference/api/journal/",
    traps=(
        "A dry run, or one whose steady state was broken before, says completed: inconclusive.",
        "chaoslib ignores the tolerance of a probe in the method: it is checked here.",
        "A command that exits with an error succeeded for chaoslib: as an action it failed.",
        "A low rate during an outage hides in a probe without tolerance: outputs become facts.",
        "`deviated` ignores a continuous hypothesis that failed during the method: not completed.",
        "Before chaoslib 1.35 a deviated run has the status failed: a deviation, not a crash.",
        "A time without a unit in its name is not guessed: a warning, and no fact.",
        "chaoslib before 1.44 writes times without an offset: taken as UTC, with a warning.",
        "Configuration, secrets and text outputs are never copied.",
    ),
)
