"""A Chaos Toolkit journal in parts: what was played in which phase, and what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from readiness.evidence.reader import Unreadable
from readiness.evidence.structured import JsonDocument

_HUGE = 1e300
_LIMIT = {"process": 1, "http": 400}  # an action whose output has such a status did not work
TAMPERED = "was the journal changed by hand?"
Steps = tuple[str | int, ...]


class Run(NamedTuple):
    """One activity that was played: where it stands, in which phase, and what came of it."""

    steps: Steps
    phase: str
    kind: str
    name: str
    activity: dict[str, Any]
    entry: dict[str, Any]

    @property
    def output(self) -> Any:
        """What it put out, of any type."""
        return self.entry.get("output")

    @property
    def provider(self) -> dict[str, Any]:
        """What played it: a process, a request or a function."""
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
            number = as_number(status)
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
            value = printed(value) if isinstance(value, str) else value
        elif (
            isinstance(value, dict) and "status" in value and not isinstance(tolerance, bool | str)
        ):
            allowed = tolerance if isinstance(tolerance, list) else [tolerance]
            return value["status"] in allowed
        if isinstance(tolerance, list):
            bounds = [number for bound in tolerance if (number := as_number(bound)) is not None]
            number = as_number(value)
            if len(bounds) == len(tolerance) == 2:  # noqa: PLR2004 - lowest and highest
                return number is not None and bounds[0] <= number <= bounds[1]
            return value in tolerance
        return None if isinstance(tolerance, str) and "$" in tolerance else bool(value == tolerance)


class Journal(NamedTuple):
    """A journal in parts; `during` are the rounds of a continuous steady-state hypothesis."""

    document: JsonDocument
    before: list[Run]
    method: list[Run]
    during: list[Run]
    after: list[Run]
    rollbacks: list[Run]

    @property
    def probes(self) -> list[Run]:
        """Every probe, before, during and after."""
        runs = (*self.before, *self.method, *self.during, *self.after)
        return [run for run in runs if run.kind == "probe"]

    @property
    def actions(self) -> list[Run]:
        """The actions of the method."""
        return [run for run in self.method if run.kind == "action"]

    @property
    def effective(self) -> list[Run]:
        """The actions that did something."""
        timed = [run for run in self.actions if (as_number(run.entry.get("duration")) or 0) > 0]
        return [run for run in timed if not run.failed and not run.dry]

    def met(self, phase: str) -> Any:
        """Return what the journal says of the steady state before or after."""
        return self.document.get("steady_states", phase, "steady_state_met")

    @property
    def deviated(self) -> bool:
        """Whether the steady state was left for good; before chaoslib 1.35 `status` is `failed`."""
        said = self.document.get("deviated")
        return (said is not None and said is not False) or self.met("after") is False


def journal_of(document: JsonDocument) -> Journal:
    """Take a journal apart; raises `Unreadable` if a part is of the wrong type."""
    states = ("steady_states",)
    for steps in (("experiment",), states, (*states, "before"), (*states, "after")):
        part_of(document, steps, dict)
    rounds = range(len(part_of(document, (*states, "during"), list)))
    during = [_runs(document, (*states, "during", i, "probes"), "during") for i in rounds]
    return Journal(
        document,
        _runs(document, (*states, "before", "probes"), "before"),
        _runs(document, ("run",), "during"),
        [run for runs in during for run in runs],
        _runs(document, (*states, "after", "probes"), "after"),
        _runs(document, ("rollbacks",), "rollback"),
    )


def part_of(document: JsonDocument, steps: Steps, kind: type) -> Any:
    """Return a part of the journal, empty if it is null or absent."""
    value = document.get(*steps)
    if value is not None and not isinstance(value, kind):
        message = f"`{steps[-1]}` is not of the type {kind.__name__}"
        raise Unreadable("malformed", message, document.at(*steps), TAMPERED)
    return value if value is not None else kind()


def _runs(document: JsonDocument, steps: Steps, phase: str) -> list[Run]:
    runs = []
    for index in range(len(part_of(document, steps, list))):
        here = (*steps, index)
        activity = part_of(document, (*here, "activity"), dict)
        part_of(document, (*here, "activity", "provider"), dict)
        name, kind = activity.get("name"), activity.get("type")
        if not isinstance(name, str) or kind not in ("action", "probe"):
            message = "an activity needs a name and a type (action or probe)"
            raise Unreadable("malformed", message, document.at(*here), TAMPERED)
        runs.append(Run(here, phase, kind, name, activity, part_of(document, here, dict)))
    return runs


def as_number(value: Any) -> float | None:
    """Return a JSON number of a size that can be meant, or None."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _HUGE
    return value if fits else None


def printed(text: str) -> float | bool | None:
    """Return the number or truth value of a text: a command can only print it."""
    try:
        return float(text)
    except ValueError:
        return {"true": True, "false": False}.get(text.strip().lower())


def moment(value: Any) -> datetime | None:
    """Return a time, taken as UTC if it has no offset, None if it is none."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment and moment.replace(tzinfo=moment.tzinfo or UTC)


def lasted_ms(journal: Journal) -> float | None:
    """Return the time from start to end in ms."""
    start, end = (moment(journal.document.get(key)) for key in ("start", "end"))
    return (end - start).total_seconds() * 1000 if start and end else None
