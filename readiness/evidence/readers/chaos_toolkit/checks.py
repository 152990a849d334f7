"""Why a drill proves nothing: every reason, contradiction and warning, from its parts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from readiness.evidence.drills import SHORT, short
from readiness.evidence.readers.chaos_toolkit.journal import (
    TAMPERED,
    Journal,
    Run,
    as_number,
    lasted_ms,
    part_of,
)
from readiness.model.fact import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


def reasons(journal: Journal) -> Iterator[Problem]:
    """Yield every reason why the drill proves nothing, but not what follows from another."""
    document = journal.document

    def because(code: str, text: str, *steps: str | int) -> Problem:
        return Problem("inconclusive", code, text, document.at(*steps), "mend it and drill again")

    status, missing = document.get("status"), missing_of(journal, "method", journal.method)
    if dry := document.get("experiment", "dry"):
        yield because("dry-run", f"a dry run ({str(dry)[:20]}) breaks nothing", "experiment", "dry")
    for run in (*journal.method, *journal.rollbacks):
        if run.dry and not dry:
            yield because("dry-run", f"{run.name} was not really played", *run.steps)
    if status not in ("completed", "failed") or lasted_ms(journal) is None:
        yield because("unfinished", f"the run did not end (status: {str(status)[:20]})", "status")
    elif journal.before and journal.met("before") is not True:
        yield because(
            "pre-failed",
            "the steady state was broken before the drill: nothing tried",
            "steady_states",
            "before",
            "steady_state_met",
        )
    else:
        yield from (because(*reason) for reason in _weaknesses(journal))
        if missing:
            yield because(
                "unfinished", f"{missing} activities of the method were not played", "run"
            )
        if status == "failed" and not journal.deviated:
            yield because("unfinished", "the run failed, and not by a deviation", "status")
    for run in journal.rollbacks:
        if run.failed:
            yield because("rollback-failed", f"the rollback {run.name} failed", *run.steps)
    if missing_of(journal, "rollbacks", journal.rollbacks) and not journal.deviated:
        yield because("rollback-failed", "rollbacks were planned and not played", "rollbacks")


def missing_of(journal: Journal, part: str, runs: list[Run]) -> int:
    """Return how many planned activities were not played."""
    return max(0, len(part_of(journal.document, ("experiment", part), list)) - len(runs))


def _weaknesses(journal: Journal) -> Iterator[tuple[str, ...]]:
    """Yield code, text and place of what a finished drill lacks."""
    if not journal.before:
        yield "no-probe", "the steady state was not probed before the drill", "steady_states"
    if not journal.after:
        yield "no-probe", "the steady state was not probed after the drill", "steady_states"
    effective = journal.effective
    if not effective:
        yield "no-action", "no action succeeded: nothing was broken", "run"
    first = journal.method.index(effective[0]) if effective else 0
    watching = [
        r for i, r in enumerate(journal.method) if i > first or r.activity.get("background")
    ]
    if not any(r.kind == "probe" and not r.dry for r in (*watching, *journal.during)):
        yield "no-probe", "no probe ran after the first action: the outage was not observed", "run"
    for run in journal.method:
        at = [str(step) for step in run.steps]
        if run.kind == "action" and run.failed:
            yield "action-failed", f"the action {run.name} failed", *at
        unchecked = run.within is None and run.entry.get("tolerance_met") is None
        if "tolerance" in run.activity and unchecked and not run.failed:
            yield "unchecked-tolerance", f"nothing checked the tolerance of {run.name}", *at


def contradictions(journal: Journal) -> Iterator[Problem]:
    """Yield where a verdict in the journal disagrees with its parts."""
    document = journal.document

    def wrong(text: str, *steps: str | int) -> Problem:
        return Problem("invalid", "contradiction", text, document.at(*steps), TAMPERED)

    if document.get("deviated") is False and journal.met("after") is False:
        yield wrong("`deviated` is false, but the steady state after it was not met", "deviated")
    planned = part_of(document, ("experiment", "steady-state-hypothesis", "probes"), list)
    for phase, probes in (("before", journal.before), ("after", journal.after)):
        if journal.met(phase) is True:
            for run in (run for run in probes if run.failed):
                yield wrong(f"the steady state {phase} is met, but {run.name} failed", *run.steps)
            if len(probes) < len(planned):
                yield wrong(
                    f"the steady state {phase} is met with {len(probes)} of {len(planned)} probes",
                    "steady_states",
                    phase,
                )
    lasted, declared = lasted_ms(journal), as_number(document.get("duration"))
    if lasted is not None and (
        lasted < 0 or (declared is not None and abs(declared * 1000 - lasted) > SHORT + lasted / 10)
    ):
        yield wrong(
            f"the duration is {declared} s, from start to end it is {lasted / 1000} s", "end"
        )


def warnings(journal: Journal) -> Iterator[Problem]:
    """Yield what a reader of the figures should know."""
    document = journal.document
    end, lasted = document.get("end"), lasted_ms(journal)
    if lasted is not None and datetime.fromisoformat(end).tzinfo is None:
        text = f"the time {end} has no time zone: taken as UTC"
        yield Problem("warning", "naive-time", text, document.at("end"), "chaoslib 1.44 writes it")
    yield from short(lasted, document.at("end"))
