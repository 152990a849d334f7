"""A Chaos Toolkit journal in; whether the drill proved anything, and what its probes saw, out.

The format is that of `READER.source`; the verdict is recomputed from the parts, for a drill that
was dry, or never started, also says `status: completed`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.quantity import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import FactMap

_MARKS = (b'"steady_states"', b'"run"', b'"rollbacks"', b'"experiment"', b'"deviated"')
_NAMED = re.compile(
    r"(?:.*_)?(detection|degrade|recovery|completion|alert_fired)(?:_(?:rate|ratio|time))?"
    r"(?:_(?P<unit>ms|s|secs?|seconds?|milliseconds?|min|minutes?|percent|pct))?"
)
_UNIT = re.compile(r".*_(?P<unit>ms|s|secs?|seconds?|milliseconds?|min|minutes?)")
_UNITS = {"milliseconds": "ms", "seconds": "s", "secs": "s", "minutes": "min", "pct": "percent"}
_SHORT = 5_000.0  # ms; also how far two clocks may be apart
_HUGE = 1e300
_LIMIT = {"process": 1, "http": 400}  # an action whose output has such a status did not work
_TAMPERED = "was the journal changed by hand?"
Steps = tuple[str | int, ...]


class _Run(NamedTuple):
    """One activity that was played: where it stands, in which phase, and what came of it."""

    steps: Steps
    phase: str
    kind: str
    name: str
    activity: dict[str, Any]
    entry: dict[str, Any]

    @property
    def output(self) -> Any:
        return self.entry.get("output")

    @property
    def provider(self) -> dict[str, Any]:
        return self.activity.get("provider") or {}

    @property
    def dry(self) -> bool:
        """Whether it was not really played: a command or a request always has an output."""
        silent = self.output is None and self.provider.get("type") in _LIMIT
        return bool(self.activity.get("dry")) or (
            silent and self.entry.get("status") == "succeeded"
        )

    @property
    def failed(self) -> bool:
        """Whether it failed: also an action whose command or request did, or out of tolerance."""
        status = self.output.get("status") if isinstance(self.output, dict) else None
        limit = _LIMIT.get(str(self.provider.get("type")))
        if self.kind == "action" and limit and not self.dry:
            number = _number(status)
            if number is None or not 0 <= number < limit:
                return True
        said = self.entry.get("tolerance_met")
        within = (said is None or said is True) and self.within is not False
        return self.entry.get("status") != "succeeded" or not within

    @property
    def within(self) -> bool | None:
        """Whether the output is within the tolerance, None if only chaoslib can tell."""
        tolerance, value = self.activity.get("tolerance"), self.output
        if tolerance is None or self.dry:
            return None
        if isinstance(tolerance, dict):
            if tolerance.get("type") != "range":
                return None
            target, tolerance = tolerance.get("target"), tolerance.get("range")
            value = value.get(str(target), value) if isinstance(value, dict) else value
            value = _printed(value) if isinstance(value, str) else value
        elif (
            isinstance(value, dict) and "status" in value and not isinstance(tolerance, bool | str)
        ):
            allowed = tolerance if isinstance(tolerance, list) else [tolerance]
            return value["status"] in allowed
        if isinstance(tolerance, list):
            bounds = [number for bound in tolerance if (number := _number(bound)) is not None]
            number = _number(value)
            if len(bounds) == len(tolerance) == 2:  # noqa: PLR2004 - lowest and highest
                return number is not None and bounds[0] <= number <= bounds[1]
            return value in tolerance
        return None if isinstance(tolerance, str) and "$" in tolerance else bool(value == tolerance)


class _Journal(NamedTuple):
    """A journal in parts; `during` are the rounds of a continuous steady-state hypothesis."""

    document: JsonDocument
    before: list[_Run]
    method: list[_Run]
    during: list[_Run]
    after: list[_Run]
    rollbacks: list[_Run]

    @property
    def probes(self) -> list[_Run]:
        runs = (*self.before, *self.method, *self.during, *self.after)
        return [run for run in runs if run.kind == "probe"]

    @property
    def actions(self) -> list[_Run]:
        return [run for run in self.method if run.kind == "action"]

    @property
    def effective(self) -> list[_Run]:
        """The actions that did something."""
        timed = [run for run in self.actions if (_number(run.entry.get("duration")) or 0) > 0]
        return [run for run in timed if not run.failed and not run.dry]

    def met(self, phase: str) -> Any:
        return self.document.get("steady_states", phase, "steady_state_met")

    @property
    def deviated(self) -> bool:
        """Whether the steady state was left for good; before chaoslib 1.35 `status` is `failed`."""
        said = self.document.get("deviated")
        return (said is not None and said is not False) or self.met("after") is False


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
        raise Unreadable("wrong-kind", text if intent else "this is no Chaos Toolkit journal",
                         document.at(), "give the file that --journal-path names")  # fmt: skip
    journal = _journal(document)
    reasons = [*_contradictions(journal), *_reasons(journal)]
    named, doubts = _named(journal)
    facts = (*_verdict(journal, bool(reasons)), *named, *_outputs(journal))
    produced = _moment(document.get("end"))
    problems = (*reasons, *doubts, *_warnings(journal))
    return Reading(facts, problems, produced, document.at("end") if produced else None)


def _journal(document: JsonDocument) -> _Journal:
    states = ("steady_states",)
    for steps in (("experiment",), states, (*states, "before"), (*states, "after")):
        _part(document, steps, dict)
    rounds = range(len(_part(document, (*states, "during"), list)))
    during = [_runs(document, (*states, "during", i, "probes"), "during") for i in rounds]
    return _Journal(
        document,
        _runs(document, (*states, "before", "probes"), "before"),
        _runs(document, ("run",), "during"),
        [run for runs in during for run in runs],
        _runs(document, (*states, "after", "probes"), "after"),
        _runs(document, ("rollbacks",), "rollback"),
    )


def _part(document: JsonDocument, steps: Steps, kind: type) -> Any:
    """Return a part of the journal, empty if it is null or absent."""
    value = document.get(*steps)
    if value is not None and not isinstance(value, kind):
        message = f"`{steps[-1]}` is not of the type {kind.__name__}"
        raise Unreadable("malformed", message, document.at(*steps), _TAMPERED)
    return value if value is not None else kind()


def _runs(document: JsonDocument, steps: Steps, phase: str) -> list[_Run]:
    runs = []
    for index in range(len(_part(document, steps, list))):
        here = (*steps, index)
        activity = _part(document, (*here, "activity"), dict)
        _part(document, (*here, "activity", "provider"), dict)
        name, kind = activity.get("name"), activity.get("type")
        if not isinstance(name, str) or kind not in ("action", "probe"):
            message = "an activity needs a name and a type (action or probe)"
            raise Unreadable("malformed", message, document.at(*here), _TAMPERED)
        runs.append(_Run(here, phase, kind, name, activity, _part(document, here, dict)))
    return runs


def _number(value: Any) -> float | None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _HUGE
    return value if fits else None


def _printed(text: str) -> float | bool | None:
    """Return the number or truth value of a text: a command can only print it."""
    try:
        return float(text)
    except ValueError:
        return {"true": True, "false": False}.get(text.strip().lower())


def _moment(value: Any) -> datetime | None:
    """Return a time, taken as UTC if it has no offset, None if it is none."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment and moment.replace(tzinfo=moment.tzinfo or UTC)


def _lasted(journal: _Journal) -> float | None:
    """Return the time from start to end in ms."""
    start, end = (_moment(journal.document.get(key)) for key in ("start", "end"))
    return (end - start).total_seconds() * 1000 if start and end else None


def _reasons(journal: _Journal) -> Iterator[Problem]:
    """Yield every reason why the drill proves nothing, but not what follows from another."""
    document = journal.document

    def because(code: str, text: str, *steps: str | int) -> Problem:
        return Problem("inconclusive", code, text, document.at(*steps), "mend it and drill again")

    status, missing = document.get("status"), _missing(journal, "method", journal.method)
    if dry := document.get("experiment", "dry"):
        yield because("dry-run", f"a dry run ({str(dry)[:20]}) breaks nothing", "experiment", "dry")
    for run in (*journal.method, *journal.rollbacks):
        if run.dry and not dry:
            yield because("dry-run", f"{run.name} was not really played", *run.steps)
    if status not in ("completed", "failed") or _lasted(journal) is None:
        yield because("unfinished", f"the run did not end (status: {str(status)[:20]})", "status")
    elif journal.before and journal.met("before") is not True:
        yield because("pre-failed", "the steady state was broken before the drill: nothing tried",
                      "steady_states", "before", "steady_state_met")  # fmt: skip
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
    if _missing(journal, "rollbacks", journal.rollbacks) and not journal.deviated:
        yield because("rollback-failed", "rollbacks were planned and not played", "rollbacks")


def _missing(journal: _Journal, part: str, runs: list[_Run]) -> int:
    return max(0, len(_part(journal.document, ("experiment", part), list)) - len(runs))


def _weaknesses(journal: _Journal) -> Iterator[tuple[str, ...]]:
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


def _contradictions(journal: _Journal) -> Iterator[Problem]:
    """Yield where a verdict in the journal disagrees with its parts."""
    document = journal.document

    def wrong(text: str, *steps: str | int) -> Problem:
        return Problem("invalid", "contradiction", text, document.at(*steps), _TAMPERED)

    if document.get("deviated") is False and journal.met("after") is False:
        yield wrong("`deviated` is false, but the steady state after it was not met", "deviated")
    planned = _part(document, ("experiment", "steady-state-hypothesis", "probes"), list)
    for phase, probes in (("before", journal.before), ("after", journal.after)):
        if journal.met(phase) is True:
            for run in (run for run in probes if run.failed):
                yield wrong(f"the steady state {phase} is met, but {run.name} failed", *run.steps)
            if len(probes) < len(planned):
                yield wrong(f"the steady state {phase} is met with {len(probes)} of {len(planned)} "
                            "probes", "steady_states", phase)  # fmt: skip
    lasted, declared = _lasted(journal), _number(document.get("duration"))
    if lasted is not None and (
        lasted < 0
        or (declared is not None and abs(declared * 1000 - lasted) > _SHORT + lasted / 10)
    ):
        yield wrong(
            f"the duration is {declared} s, from start to end it is {lasted / 1000} s", "end"
        )


def _warnings(journal: _Journal) -> Iterator[Problem]:
    document = journal.document
    end, lasted = document.get("end"), _lasted(journal)
    if lasted is not None and datetime.fromisoformat(end).tzinfo is None:
        text = f"the time {end} has no time zone: taken as UTC"
        yield Problem("warning", "naive-time", text, document.at("end"), "chaoslib 1.44 writes it")
    if lasted is not None and lasted < _SHORT:
        text = f"the whole drill took {lasted / 1000:g} s: too short for much to be seen"
        yield Problem("warning", "short", text, document.at("end"), "let the outage last")


def _verdict(journal: _Journal, doubtful: bool) -> Iterator[Fact]:
    """Yield the facts about the drill as a whole."""
    document, effective = journal.document, journal.effective
    failed = [run for run in journal.probes if run.failed]
    met = journal.met("before") is True and journal.met("after") is True
    rounds = range(len(_part(document, ("steady_states", "during"), list)))
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
    lasted = _lasted(journal)
    if lasted is not None:
        yield Fact("duration", round(lasted, 3), "ms", document.at("end"), origin="derived")
    title = document.get("experiment", "title")
    if isinstance(title, str):
        yield Fact("title", title, "", document.at("experiment", "title"))
    if effective:
        names = ", ".join(run.name for run in effective)
        at = document.at(*effective[0].steps, "activity", "name")
        yield Fact("fault", names, "", at, origin="derived")
    unplayed = 0 if journal.rollbacks else _missing(journal, "rollbacks", [])
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


def _values(run: _Run) -> Iterator[tuple[str, float | bool, Steps]]:
    """Yield the numbers and truth values of an output: field name, value, place."""
    kind, value, steps = run.provider.get("type"), run.output, (*run.steps, "output")
    inner = {"process": "stdout", "http": "body"}.get(str(kind))
    if inner and isinstance(value, dict):
        if kind == "process" and value.get("status") != 0:
            return
        value, steps = value.get(inner), (*steps, inner)
        value = _printed(value) if isinstance(value, str) else value
    fields = value if isinstance(value, dict) else {"": value}
    for field, part in fields.items():
        number = part if isinstance(part, bool) else _number(part)
        if number is not None:
            yield field, number, (*steps, field) if field else steps


def _named(journal: _Journal) -> tuple[list[Fact], list[Problem]]:
    """Return a fact for each metric that the name of an activity, or of a field, ends in.

    Only from the method: a rate of the steady state would hide that of the outage. Of several
    values, the worst.
    """
    facts: dict[str, Fact] = {}
    doubts = []
    played = [run for run in journal.method if run.entry.get("status") == "succeeded"]
    for run in (run for run in played if not run.dry):
        for field, value, steps in _values(run):
            name = re.sub(r"[\s-]+", "_", (field or run.name).strip().lower())
            match = _NAMED.fullmatch(name)
            if not match:
                continue
            function = re.fullmatch(_UNIT, str(run.provider.get("func"))) if not field else None
            unit = match["unit"] or (function and function["unit"]) or ""
            at = journal.document.at(*steps)
            converted = _convert(match[1], value, unit)
            if isinstance(converted, str):
                doubts.append(Problem("warning", "unit", f"`{name}` {converted}: not used", at,
                                      "name the unit, as in recovery_ms"))  # fmt: skip
                continue
            metric, rising = match[1], match[1] in ("completion", "alert_fired")
            old = facts.get(metric)
            if old is None or (
                converted < float(old.value) if rising else converted > float(old.value)
            ):
                dimension = {"completion": "ratio", "alert_fired": ""}.get(metric, "ms")
                facts[metric] = Fact(metric, converted, dimension, at)
    return list(facts.values()), doubts


def _convert(metric: str, value: float | bool, unit: str) -> float | bool | str:
    """Return a value in the unit of its metric, or a text that says why it has none."""
    if metric == "alert_fired":
        return value if isinstance(value, bool) else "is not true or false"
    if isinstance(value, bool):
        return "is not a number"
    unit = _UNITS.get(unit, _UNITS.get(f"{unit}s", unit))
    if metric == "completion":
        share = canonical(value, unit or "ratio")
        return share[0] if share[1] == "ratio" and 0 <= share[0] <= 1 else "is not a ratio"
    time, dimension = canonical(value, unit)
    if dimension != "ms":
        return "is a time without a unit"
    return time if time >= 0 else "is negative"


def _outputs(journal: _Journal) -> Iterator[Fact]:
    """Yield the numbers and truth values that the probes saw; of HTTP probes also the status."""
    seen: dict[object, int] = {}
    for run in journal.probes:
        if run.dry or run.entry.get("status") != "succeeded":
            continue
        values = [("probe.output", *value) for value in _values(run)]
        status = run.output.get("status") if isinstance(run.output, dict) else None
        if run.provider.get("type") == "http" and isinstance(status, int):
            values.append(("probe.status", "", status, (*run.steps, "output", "status")))
        for metric, field, value, steps in values:
            labels = {"phase": run.phase, "probe": run.name} | ({"field": field} if field else {})
            key = (metric, *labels.values())
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > 1:
                labels["repeat"] = str(seen[key])
            at = journal.document.at(*steps)
            yield Fact(metric, value, "", at, tuple(sorted(labels.items())))


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
        Metric("drill.completed", "", "the fault was injected, observed, survived and undone"),
        Metric("steady_before", "", "the steady state was met before the drill"),
        Metric("steady_after", "", "the steady state was met after the drill"),
        Metric("duration", "ms", "from start to end"),
        Metric("fault", "", "the names of the actions that succeeded"),
        Metric("title", "", "the title of the experiment"),
        Metric("actions", "", "actions played"),
        Metric("actions.failed", "", "actions that failed, or whose command or request did"),
        Metric("probes", "", "probes played, before, during and after"),
        Metric("probes.failed", "", "probes that failed or were out of tolerance"),
        Metric("rollbacks.failed", "", "rollbacks that failed or were not played"),
        Metric("detection", "ms", "output of an activity named so, as in detection_ms; the worst"),
        Metric("degrade", "ms", "output of an activity named so; the worst"),
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
