"""A ChaosResult of LitmusChaos: whether its verdict rests on probes, and on a fault at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.drills import COMPLETED
from readiness.evidence.kubernetes import Resource, marks, resources
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from readiness.errors import Location
    from readiness.evidence.documents import Part
    from readiness.model.checklist import FactMap

_GROUP = "litmuschaos.io"
_KINDS = marks(rb"litmuschaos\.io", rb"ChaosResult|ChaosEngine|ChaosExperiment")
_AGAIN = "mend it and run the experiment again"
_HELP = "save what `kubectl get chaosresult NAME -o yaml` prints"
# When a probe of a mode is run: before, during or after the fault.
_MODES = {
    "sot": ("before",), "eot": ("after",), "edge": ("before", "after"),
    "continuous": ("during",), "onchaos": ("during",),
    "prechaos": ("before",), "postchaos": ("after",),
}  # fmt: skip
_DONE = ("completed", "completed_with_probe_failure", "completed_with_error")
# Faults that need no undoing (pod-delete) leave a target `targeted`; others note what was undone.
_HIT = ("targeted", "injected", "reverted")


def sniff(head: bytes) -> int:
    """Return 90 for a resource of Litmus, also within a list."""
    if _KINDS(head):
        return 90
    nested = b"litmuschaos.io/" in head and b"ChaosResult" in head and b"experimentStatus" in head
    return 90 if nested else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read one result.

    Raises:
        Unreadable: an engine or experiment (the intent), several results, or a template.
    """
    found = [r for r in resources(source) if r.group == _GROUP]
    results = [resource for resource in found if resource.kind == "ChaosResult"]
    if not results:
        kind = found[0].kind if found else ""
        text = f"this is a {kind} (the intent); the ChaosResult is the result"
        message = text if kind else "there is no ChaosResult"
        raise Unreadable("wrong-kind", message, source.at(1), _HELP)
    if len(results) > 1:
        names = and_list([result.name or "?" for result in results[:5]])
        message = f"{len(results)} results in one file: {names}"
        raise Unreadable("several", message, results[1].part.at, "give each its own file")
    result = _Result(results[0])
    problems = [*_reasons(result), *_warnings(result)]
    doubtful = any(problem.kind != "warning" for problem in problems)
    produced, where = _moment(results[0].part)
    return Reading(tuple(_facts(result, doubtful=doubtful)), tuple(problems), produced, where)


class _Probe(NamedTuple):
    """One probe: what it says, and when it was run."""

    name: str
    phases: tuple[str, ...]
    verdict: str
    at: Location

    @property
    def passed(self) -> bool:
        """Whether it passed."""
        return self.verdict.startswith("passed")


class _Result:
    """A result in parts; older versions of Litmus have other names for some."""

    def __init__(self, resource: Resource) -> None:
        part = resource.part
        self.part, self.name = part, resource.name
        status = part["status"]
        self.status = status.first("experimentStatus", "experimentstatus")
        if not self.status:
            self.status = part["spec"].first("experimentStatus", "experimentstatus")
        self.phase = self.status["phase"].text
        self.verdict = self.status["verdict"].text
        self.experiment = part["spec"].first("experiment").text
        self.probes = [*_probes(status.first("probeStatuses", "probeStatus"))]
        self.targets = [*status.get("history", "targets").list()]

    @property
    def hit(self) -> int:
        """How many targets the fault was put into."""
        return sum(target["chaosStatus"].text.lower() in _HIT for target in self.targets)

    def phase_of(self, phase: str) -> list[_Probe]:
        """Return the probes before, during or after the fault."""
        return [probe for probe in self.probes if phase in probe.phases]

    @property
    def passed(self) -> bool:
        """Whether it ended, passed, and each probe did."""
        done = self.phase.lower() == "completed" and self.verdict == "Pass"
        return done and bool(self.probes) and all(probe.passed for probe in self.probes)


def _probes(part: Part) -> Iterator[_Probe]:
    """Yield the probes; before Litmus 2.14 each phase of one had its own verdict."""
    for probe in part.list():
        name, status = probe["name"].text or "?", probe["status"]
        if status["verdict"]:
            mode = probe["mode"].text.lower()
            verdict = status["verdict"].text.lower()
            yield _Probe(name, _MODES.get(mode, ()), verdict, status.at)
            continue
        for mode, said in status.items():
            yield _Probe(name, _MODES.get(mode.lower(), ()), said.text.lower(), said.at)


def _reasons(result: _Result) -> Iterator[Problem]:
    """Yield every reason why the result proves nothing, or contradicts itself."""

    def because(code: str, text: str, at: Location) -> Problem:
        return Problem("inconclusive", code, text, at, _AGAIN)

    phase, verdict = result.phase, result.verdict
    if phase.lower() not in _DONE or verdict not in ("Pass", "Fail"):
        told = f"phase {phase[:20] or 'missing'}, verdict {verdict[:20] or 'missing'}"
        yield because("unfinished", f"the experiment did not end: {told}", result.status.at)
        return
    if verdict == "Pass":
        for probe in (probe for probe in result.probes if not probe.passed):
            text = f"the verdict is Pass, but the probe {probe.name} says {probe.verdict[:20]}"
            yield Problem("invalid", "contradiction", text, probe.at, "was the file edited?")
        if phase.lower() != "completed":
            text = f"the verdict is Pass, but the phase {phase[:40]}"
            yield Problem("invalid", "contradiction", text, result.status.at, "was it edited?")
    if not result.probes:
        text = "no probe was defined: Litmus then writes 100 percent, whatever happened"
        yield because("no-probe", text, result.status.at)
    else:
        lacking = [phase for phase in ("before", "during", "after") if not result.phase_of(phase)]
        if lacking:
            text = f"no probe ran {and_list(lacking, last='or')} the fault"
            yield because("no-probe", text, result.probes[0].at)
    if result.targets and not result.hit:
        text = "no target was hit: nothing was broken"
        yield because("no-action", text, result.targets[0].at)
    for target in result.targets:
        if target["chaosStatus"].text.lower() == "injected":
            name = target["name"].text or "?"
            yield because("rollback-failed", f"the fault is still in {name[:60]}", target.at)


def _warnings(result: _Result) -> Iterator[Problem]:
    said = result.status["probeSuccessPercentage"]
    share = (
        sum(probe.passed for probe in result.probes) / len(result.probes) if result.probes else 0
    )
    if result.probes and said.text.isdigit() and abs(int(said.text) - 100 * share) >= 1:
        text = f"it says {said.text[:5]} % of the probes passed; {100 * share:.0f} % did"
        yield Problem("warning", "percentage", text, said.at, "the probes themselves count")
    if not result.targets:
        text = "no target is named: that a fault was injected is only the verdict's word"
        yield Problem("warning", "no-targets", text, result.status.at, "Litmus 2 names them")


def _facts(result: _Result, *, doubtful: bool) -> Iterator[Fact]:
    at = result.status.at if result.status else result.part.at
    completed = result.passed and not doubtful
    yield Fact("drill.completed", completed, "", at, origin="derived")
    for phase in ("before", "after"):
        if probes := result.phase_of(phase):
            held = all(probe.passed for probe in probes)
            yield Fact(f"steady_{phase}", held, "", probes[0].at, origin="derived")
    if result.verdict:
        yield Fact("verdict", result.verdict, "", result.status["verdict"].at)
    if result.experiment:
        yield Fact("fault", result.experiment, "", result.part.get("spec", "experiment").at)
    yield Fact("probes", len(result.probes), "", at, origin="derived")
    failed = sum(not probe.passed for probe in result.probes)
    yield Fact("probes.failed", failed, "", at, origin="derived")
    if result.targets:
        place = result.targets[0].at
        states = [target["chaosStatus"].text.lower() for target in result.targets]
        yield Fact("actions", result.hit, "", place, origin="derived")
        yield Fact("rollbacks.failed", states.count("injected"), "", place, origin="derived")


def _moment(part: Part) -> tuple[datetime | None, Location | None]:
    """Return the latest time in the metadata: a result is made when its experiment begins."""
    times = [entry["time"] for entry in part.get("metadata", "managedFields").list()]
    times.append(part.get("metadata", "creationTimestamp"))
    found = [(read_moment(time.text, time.at)[0], time.at) for time in times if time.text]
    return max(found, key=lambda pair: pair[0], default=(None, None))


READER = Reader(
    id="litmus-result",
    title="LitmusChaos ChaosResult",
    summary="Whether a Litmus experiment broke something, and its probes saw it survive.",
    sniff=sniff,
    read=read,
    strength=Strength.drilled,
    shape="yaml",
    metrics=(
        COMPLETED,
        Metric("steady_before", "", "every probe at the start of the test passed"),
        Metric("steady_after", "", "every probe at its end passed"),
        Metric("verdict", "", "Pass or Fail, as Litmus gives it"),
        Metric("fault", "", "the name of the experiment"),
        Metric("probes", "", "probes, one for each phase where the file tells them apart"),
        Metric("probes.failed", "", "those that did not pass"),
        Metric("actions", "", "targets into which the fault was injected"),
        Metric("rollbacks.failed", "", "targets in which it still is"),
    ),
    produce="kubectl get chaosresult NAME -o yaml --show-managed-fields > result.yaml",
    source="https://github.com/litmuschaos/chaos-operator (chaosresult_types.go)",
    traps=(
        'Without probes Litmus writes Pass and `probeSuccessPercentage: "100"`: inconclusive.',
        "`Awaited`, `Running` and `Stopped` are no result: inconclusive.",
        "`Completed_With_Probe_Failure` and `Completed_With_Error` are no Pass.",
        "Probes are needed before (SOT, Edge), during (Continuous, OnChaos) and after (EOT, Edge).",
        "The percentage is a text, and is counted again from the probes.",
        "A target that is still `injected` was not undone: inconclusive.",
        "Old versions have `experimentstatus`, also under `spec`, and a verdict for each phase.",
        "`history` counts all runs: nothing is read from its totals.",
        "A ChaosEngine or ChaosExperiment is the intent: refused by name.",
        "It has no time of its end: the newest time in its metadata is taken.",
    ),
)
