"""An experiment of AWS Fault Injection Service: whether a fault was really injected and survived.

`completed` says that the actions were gone through. Whether anything was broken, and watched, is
told by the actions, the options of the run and its stop conditions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.drills import COMPLETED, WINDOW, Moment, short, took, window
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.text import and_list
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_MARKS = (b'"actions"', b'"targets"', b'"state"', b'"stopConditions"', b'"roleArn"')
_STARTED = pattern(rb'\s*\{\s*"(?:experiment|experimentTemplate|experiments)"')
_RUNNING = ("pending", "initiating", "running", "stopping")
_NO_FAULT = "aws:fis:wait"
_HALTED = "stop condition"
_AGAIN = "mend it and run the experiment again"
_HELP = "save what `aws fis get-experiment --id ID` answers"


def sniff(head: bytes) -> int:
    """Return 90 for an experiment or its template, by the keys of the interface."""
    marks = sum(mark in head for mark in _MARKS)
    if b'"experimentTemplateId"' in head and b'"state"' in head:
        return 90
    if _STARTED.match(head) and marks > 1:
        return 90
    return 90 if b'"actionId"' in head and b'"stopConditions"' in head else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read what get-experiment answers.

    Raises:
        Unreadable: a template or a list (the intent), or not of the interface's shape.
    """
    document = JsonDocument(source)
    steps = ("experiment",) if isinstance(document.get("experiment"), dict) else ()
    _refuse_others(document, steps)
    run = _Run(document, steps)
    problems = [*_reasons(run), *_warnings(run)]
    faults = [p for p in problems if p.kind != "warning"]
    halted = run.status == "stopped" and _HALTED in run.reason
    facts = [Fact("drill.completed", not (faults or halted), "", run.at(), origin="derived")]
    facts += _facts(run)
    end = run.ended
    return Reading(
        tuple(facts), tuple(problems), end.time if end else None, end.at if end else None
    )


def _refuse_others(document: JsonDocument, steps: tuple[str, ...]) -> None:
    value = document.get(*steps)
    inner = value if isinstance(value, dict) else {}
    if "experimentTemplateId" in inner and "state" in inner and "actions" in inner:
        return
    if "experiments" in inner or ("experimentTemplateId" in inner and "state" in inner):
        message = "this is a list of experiments, which does not say what their actions did"
    elif "experimentTemplate" in inner or "actions" in inner:
        message = "this is a template (the intent); the experiment is the result"
    else:
        message = "this is no experiment of AWS FIS"
    raise Unreadable("wrong-kind", message, document.at(*steps), _HELP)


class _Action:
    """One action of a run."""

    def __init__(self, run: _Run, name: str) -> None:
        self.run, self.name = run, name
        kind = run.get("actions", name, "actionId")
        self.id = kind if isinstance(kind, str) else ""
        status = run.get("actions", name, "state", "status")
        self.status = status if isinstance(status, str) else ""
        self.at = run.at("actions", name)

    @property
    def lasted(self) -> float | None:
        """How long it took in ms; as long as the run where it does not say itself."""
        own = took(
            *(self.run.moment("actions", self.name, key) for key in ("startTime", "endTime"))
        )
        return own if own is not None else took(self.run.started, self.run.ended)

    @property
    def injected(self) -> bool:
        """Whether it broke something for some time."""
        return self.status == "completed" and bool(self.lasted)


class _Run:
    """An experiment in parts."""

    def __init__(self, document: JsonDocument, steps: tuple[str, ...]) -> None:
        self._document, self._steps = document, steps
        actions = self.get("actions")
        if not isinstance(actions, dict) or not all(isinstance(a, dict) for a in actions.values()):
            message = "`actions` is no object of actions"
            raise Unreadable("malformed", message, self.at("actions"), _HELP)
        self.actions = [_Action(self, name) for name in actions]
        self.faults = [action for action in self.actions if action.id != _NO_FAULT]
        status, reason = self.get("state", "status"), self.get("state", "reason")
        self.status = status if isinstance(status, str) else ""
        self.reason = reason.lower() if isinstance(reason, str) else ""
        self.started, self.ended = self.moment("startTime"), self.moment("endTime")

    def get(self, *steps: str) -> Any:
        """Return a value of the experiment, None where there is none."""
        return self._document.get(*self._steps, *steps)

    def at(self, *steps: str) -> Location:
        """Return the place of a value."""
        return self._document.at(*self._steps, *steps)

    def moment(self, *steps: str) -> Moment | None:
        """Return a time, in seconds since the epoch or in ISO 8601; None where there is none."""
        value = self.get(*steps)
        if value is None:
            return None
        at = self.at(*steps)
        return Moment(read_moment(value, at)[0], at)

    @property
    def guards(self) -> list[str]:
        """The sources of its stop conditions, without `none`."""
        found = self.get("stopConditions")
        sources = (
            [c.get("source") for c in found if isinstance(c, dict)]
            if isinstance(found, list)
            else []
        )
        return [source for source in sources if isinstance(source, str) and source != "none"]


def _reasons(run: _Run) -> Iterator[Problem]:
    """Yield every reason why the run proves nothing."""

    def because(code: str, text: str, *steps: str) -> Problem:
        return Problem("inconclusive", code, text, run.at(*steps), _AGAIN)

    halted = run.status == "stopped" and _HALTED in run.reason
    if run.get("experimentOptions", "actionsMode") == "skip-all":
        yield because("dry-run", "`skip-all` breaks nothing", "experimentOptions", "actionsMode")
    elif run.status in _RUNNING or run.ended is None or run.started is None:
        yield because("unfinished", f"the run did not end (status: {run.status[:20]})", "state")
    elif run.status != "completed" and not halted:
        yield because("unfinished", f"the run is {run.status[:20] or 'without status'}", "state")
    elif took(run.started, run.ended) is None:
        yield because("unfinished", "the run ends before it starts", "endTime")
    else:
        yield from _not_injected(run, halted=halted)
        if not run.guards:
            text = "no alarm watched: without a stop condition nobody knows how it went"
            yield because("no-probe", text, "stopConditions")


def _not_injected(run: _Run, *, halted: bool) -> Iterator[Problem]:
    """Yield which faults were not injected; a run that was halted breaks off the rest."""
    undone = [action for action in run.faults if not action.injected and not halted]
    for action in undone:
        told = action.status or "without status"
        text = f"the action {action.name} is {told[:20]}"
        if action.status == "completed":
            text = f"the action {action.name} took no time"
        yield Problem("inconclusive", "action-failed", text, action.at, _AGAIN)
    began = [
        a for a in run.faults if a.injected or (halted and a.status in ("stopped", "completed"))
    ]
    if not began and not undone:
        text = "no action broke anything"
        yield Problem("inconclusive", "no-action", text, run.at("actions"), _AGAIN)


def _warnings(run: _Run) -> Iterator[Problem]:
    mode = "emptyTargetResolutionMode"
    if run.get("experimentOptions", mode) == "skip":
        text = "`skip`: where no target is found an action is left out, and the run completes"
        at, hint = run.at("experimentOptions", mode), "set it to `fail`"
        yield Problem("warning", "empty-targets", text, at, hint)
    yield from short(took(run.started, run.ended), run.at("endTime"))


def _facts(run: _Run) -> Iterator[Fact]:
    injected = [action for action in run.faults if action.injected]
    if injected:
        names = ", ".join(action.id for action in injected)
        yield Fact("fault", names, "", injected[0].at, origin="derived")
    yield Fact("actions", len(run.faults), "", run.at("actions"), origin="derived")
    failed = sum(action.status in ("failed", "cancelled", "skipped") for action in run.faults)
    yield Fact("actions.failed", failed, "", run.at("actions"), origin="derived")
    yield Fact("alarms", len(run.guards), "", run.at("stopConditions"), origin="derived")
    yield from window(run.started, run.ended)
    name = run.get("tags", "Name")
    if isinstance(name, str) and name:
        yield Fact("title", name, "", run.at("tags", "Name"))
    kinds = sorted({str(t.get("resourceType")) for t in _targets(run)})
    if kinds:
        yield Fact("targets", and_list(kinds), "", run.at("targets"), origin="derived")


def _targets(run: _Run) -> list[dict[str, Any]]:
    found = run.get("targets")
    values = found.values() if isinstance(found, dict) else ()
    return [target for target in values if isinstance(target, dict)]


READER = Reader(
    id="aws-fis",
    title="AWS FIS experiment",
    summary="Whether a fault was really injected into AWS resources, and an alarm watched.",
    sniff=sniff,
    read=read,
    strength=Strength.drilled,
    shape="json",
    metrics=(
        COMPLETED,
        *WINDOW,
        Metric("fault", "", "the ids of the actions that completed"),
        Metric("actions", "", "actions that break something: all but aws:fis:wait"),
        Metric("actions.failed", "", "of these, failed, cancelled or skipped"),
        Metric("alarms", "", "stop conditions that watched"),
        Metric("targets", "", "the types of the resources"),
        Metric("title", "", "the tag `Name`"),
    ),
    produce="aws fis get-experiment --id EXP1a2b3c4d5e6f7 > experiment.json",
    source="https://docs.aws.amazon.com/fis/latest/APIReference/API_Experiment.html",
    traps=(
        "`completed` with a `skipped`, failed or cancelled action proves nothing: inconclusive.",
        "`actionsMode: skip-all` is a dry run: inconclusive.",
        "Without an alarm as stop condition nothing watched the service: inconclusive.",
        "`stopped` by a stop condition is a result: the alarm fired, and it is not completed.",
        "`stopped` by hand is unfinished.",
        "`emptyTargetResolutionMode: skip` lets a run without targets complete: a warning.",
        "It tells no `steady_before`, `completion` or `recovery`: a drill record or journal does.",
        "A template is the intent, a list names no actions: refused by name.",
        "Times are seconds since the epoch (CLI version 1) or ISO 8601 (version 2).",
    ),
)
