"""The same quantity with different values in two places, and totals that their parts deny."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.linked import same_model, sound
from readiness.analysis.parts import Checked, Clash, within
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.text import and_list

if TYPE_CHECKING:
    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch

_SHOWN = 20
_SETTINGS = ("timeout", "attempts", "backoff", "retry.", "breaker.", "ejection.", "ratelimit")
_IDENTITIES = {
    "prompt": ("prompt", "prompt.version"),
    "prompt_sha256": ("prompt.sha256", "eval.prompt_sha256"),
    "prompt_previous": ("prompt.previous",),
    "model": ("model", "prompt.model", "eval.model"),
    "region": ("region",),
}
_MAPPED = {"csv", "json", "yaml"}
_CLOSE = 1e-6
_HELP = "find out which one is in force, and mend the other"


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Compare within files, between files, and with what the launch states."""
    believed = sound(evidence)
    compared, clashes = 0, []
    for checked in (
        *(_named(found, within(found)) for found in believed),
        _between(believed),
        _components(launch, path, believed),
        _parameters(launch, believed),
        _stages(launch, believed),
    ):
        compared += checked.compared
        clashes += checked.clashes
    at = Location(path)
    if not compared:
        text = "no quantity is told twice: nothing could be compared"
        hint = "link configuration, evaluation and load test of the same service"
        problem = Problem("inconclusive", "nothing-compared", text, at, hint)
        return Analysed((), (problem,), Strength.claimed)
    facts = [
        Fact("contradictions", len(clashes), "", at, (), compared, "derived"),
        Fact("contradictions.compared", compared, "", at, (), None, "derived"),
    ]
    for kind in ("within", "files", "launch"):
        count = sum(_kind(clash) == kind for clash in clashes)
        labels = (("kind", kind),)
        facts.append(Fact("contradictions", count, "", at, labels, None, "derived"))
    problems = [Problem("warning", "contradiction", c.text, c.at, _HELP) for c in clashes[:_SHOWN]]
    if len(clashes) > _SHOWN:
        text = f"{len(clashes) - _SHOWN} more quantities contradict each other"
        problems.append(Problem("warning", "more", text, at, _HELP))
    strength = min((e.strength for e in believed), default=Strength.claimed)
    return Analysed(tuple(facts), tuple(problems), strength)


def _kind(clash: Clash) -> str:
    return clash.kind if clash.kind in ("files", "launch") else "within"


def _named(evidence: Evidence, checked: Checked) -> Checked:
    """Return clashes that say in which file they are."""
    named = [clash._replace(text=f"{evidence.path}: {clash.text}") for clash in checked.clashes]
    return Checked(checked.compared, named)


def _between(evidence: list[Evidence]) -> Checked:
    """Compare settings with the same labels in different files; measurements of runs may differ."""
    known: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, Fact]] = {}
    for found in evidence:
        for fact in found.facts:
            setting = fact.metric.startswith(_SETTINGS) and fact.labels
            if setting and fact.origin != "tool-default":
                known.setdefault((fact.metric, fact.labels), {}).setdefault(found.path, fact)
    compared, clashes = 0, []
    for (metric, labels), facts in sorted(known.items()):
        first, *others = facts.values()
        for other in others:
            compared += 1
            if not _same(first, other):
                of = ", ".join(f"{name} {value}" for name, value in labels)
                one, two = (f"{_shown(fact)} in {fact.at.path}" for fact in (first, other))
                text = f"{metric} of {of} is {one}, {two}"
                clashes.append(Clash("files", text, other.at))
    return Checked(compared, clashes)


def _same(one: Fact, other: Fact) -> bool:
    if isinstance(one.value, int | float) and isinstance(other.value, int | float):
        return abs(one.value - other.value) <= _CLOSE * max(abs(one.value), abs(other.value))
    return one.value == other.value


def _shown(fact: Fact) -> str:
    if isinstance(fact.value, bool | str):
        return f"`{str(fact.value)[:60]}`"
    return f"{fact.value:g} {fact.unit}".rstrip()


def _components(launch: Launch, path: str, evidence: list[Evidence]) -> Checked:
    """Compare timeouts, attempts and pauses of the launch's components with configuration.

    A timeout of the launch is that of one attempt: `timeout.try`, and `timeout` where a map names
    it or where there is one attempt.
    """
    compared, clashes = 0, []
    for found in evidence:
        for fact in found.facts:
            name = dict(fact.labels).get("component", "")
            part = launch.components.get(name)
            if part is None or len(fact.labels) != 1:
                continue
            whole = found.reader not in _MAPPED and part.attempts > 1
            stated = {
                "timeout": None if whole else part.timeout,
                "timeout.try": part.timeout,
                "backoff": part.backoff,
            }.get(fact.metric)
            value = float(stated.value) if stated is not None else None
            value = float(part.attempts) if fact.metric == "attempts" else value
            if value is None:
                continue
            compared += 1
            at = Location(path, pointer=f"/components/{name}")
            said = fact._replace(value=value, at=at)
            if not _same(said, fact):
                one, two = f"{_shown(said)} in the launch", f"{_shown(fact)} in {fact.at.path}"
                text = f"{fact.metric} of {name} is {one}, {two}"
                clashes.append(Clash("launch", text, fact.at))
    return Checked(compared, clashes)


def _parameters(launch: Launch, evidence: list[Evidence]) -> Checked:
    """Compare the identities that the launch states with those in each file."""
    compared, clashes = 0, []
    for name, metrics in _IDENTITIES.items():
        stated = launch.parameters.get(name)
        same = same_model if name == "model" else str.__eq__
        if stated is None:
            continue
        for found in evidence:
            for metric in metrics:
                facts = [f for f in found.facts if f.metric == metric and isinstance(f.value, str)]
                if not facts:
                    continue
                compared += 1
                if not any(same(str(fact.value), stated) for fact in facts):
                    held = and_list(sorted({str(fact.value)[:60] for fact in facts})[:4])
                    one, two = f"{stated[:60]} in the launch", f"{metric} is {held} in {found.path}"
                    text = f"{name} is {one}, and {two}"
                    clashes.append(Clash("launch", text, facts[0].at))
    return Checked(compared, clashes)


def _stages(launch: Launch, evidence: list[Evidence]) -> Checked:
    """Compare the shares of the launch's stages with the weights of each rollout."""
    if launch.rollout is None:
        return Checked(0, [])
    planned = [round(float(stage.share.value), 6) for stage in launch.rollout.stages]
    planned = [share for share in planned if share < 1]
    compared, clashes = 0, []
    for found in evidence:
        rollouts: dict[str, list[Fact]] = {}
        for fact in found.facts:
            if fact.metric == "rollout.weight" and isinstance(fact.value, int | float):
                rollouts.setdefault(dict(fact.labels).get("rollout", ""), []).append(fact)
        for name, facts in sorted(rollouts.items()):
            held = [round(float(fact.value), 6) for fact in facts if 0 < float(fact.value) < 1]
            compared += 1
            if held != planned:
                one, two = _shares(planned), _shares(held)
                text = f"the launch plans the shares {one}, and {name} has {two}"
                clashes.append(Clash("launch", text, facts[0].at))
    return Checked(compared, clashes)


def _shares(values: list[float]) -> str:
    return and_list([f"{100 * value:g} %" for value in values]) or "none"


ANALYSIS = Analysis(
    id="contradictions",
    title="Contradictions",
    run=run,
    metrics=(
        (
            "contradictions",
            "",
            "pairs that cannot both be right; label kind (within, files, launch)",
        ),
        ("contradictions.compared", "", "pairs that were compared"),
    ),
    formula="within a file: cases = passed + failed + skipped, lookups = hits + misses, a rate is "
    "that of its counts (± 0.005), percentiles rise (± 5 %, for tools round them), parts are not "
    "more than their total, and what is green has no red part; between files: settings with "
    "the same labels; with the launch: timeouts and attempts of components, "
    "prompt, model and region, shares of the stages. "
    "Measurements of different runs may differ, and defaults contradict nobody",
    source="Brown and Heathers 2017, The GRIM Test, Social Psychological and Personality Science "
    "8:363: a rate must fit its counts",
    example="contradictions = 0",
)
