"""Whether the prompt that is deployed was evaluated and load-tested as it is, and can go back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.analysis import Analysed, Analysis
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch

UNKNOWN = "unknown"
Labels = tuple[tuple[str, str], ...]
Verdict = bool | str
_DIGESTS = ("prompt.sha256", "eval.prompt_sha256", "load.prompt_sha256")
_MODEL = ("prompt.model", "eval.model", "model")
_LOADS = ("requests", "rate", "lookups")
_SAMPLING = frozenset(
    ("temperature", "topp", "topk", "maxtokens", "maxoutputtokens", "seed", "frequencypenalty",
     "presencepenalty", "stop", "stopsequences", "reasoningeffort")
)  # fmt: skip
_PARTS = ("evaluated", "load_tested", "model", "parameters", "fresh", "rollback")


class _Use(NamedTuple):
    """A prompt in one piece of evidence: its digest, and what that evidence says of it."""

    evidence: Evidence
    name: str
    sha256: str
    facts: dict[str, Fact]

    def text(self, *metrics: str) -> str:
        found = (self.facts[metric] for metric in metrics if metric in self.facts)
        return next((str(fact.value) for fact in found), "")

    @property
    def usable(self) -> bool:
        return all(problem.kind == "warning" for problem in self.evidence.problems)


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:  # noqa: ARG001
    """Follow each deployed prompt by its digest to evaluations and load tests."""
    deployed: list[_Use] = []
    evaluated: list[_Use] = []
    loaded: list[_Use] = []
    for piece in evidence:
        for use in _uses(piece):
            _kind(piece, (deployed, evaluated, loaded)).append(use)
    known = [use for use in deployed if use.usable]
    if not known:
        message = "no prompt manifest or prompt file says which prompt is deployed"
        if deployed:
            message = f"{deployed[0].evidence.path} does not prove which prompt is deployed"
        help_ = "link a prompts.yaml (readiness/prompts@1), or the .prompty or .prompt file"
        problem = Problem("inconclusive", "no-prompt", message, Location(path), help_)
        return Analysed((), (problem,), Strength.claimed)
    facts: list[Fact] = []
    problems: list[Problem] = []
    used = {use.evidence.path: use.evidence for use in known}
    for prompt in known:
        same = [use for use in evaluated if use.sha256 == prompt.sha256]
        tested = [use for use in loaded if use.sha256 == prompt.sha256 and use.usable]
        best, found = _best(prompt, [use for use in same if use.usable])
        found["evaluated"], found["load_tested"] = best is not None, bool(tested)
        back = prompt.facts.get("prompt.rollback")
        found["rollback"] = back is not None and back.value is True
        facts += _facts(prompt, found)
        if best is None:
            problems.append(_not_evaluated(prompt, same, evaluated))
        problems += _explained(prompt, best, found)
        used |= {use.evidence.path: use.evidence for use in (best, *tested) if use is not None}
    return Analysed(tuple(facts), tuple(problems), min(e.strength for e in used.values()))


def _kind(piece: Evidence, lists: tuple[list[_Use], ...]) -> list[_Use]:
    """Return the list it belongs to: evaluations have cases, load tests requests."""
    metrics = {fact.metric for fact in piece.facts}
    if "load.prompt_sha256" in metrics or metrics & set(_LOADS):
        return lists[2]
    return lists[1] if metrics & {"eval.prompt_sha256", "pass_rate", "cases"} else lists[0]


def _uses(piece: Evidence) -> Iterator[_Use]:
    """Yield the prompts of a piece of evidence; what it says without labels holds for each."""
    shared = {fact.metric: fact for fact in piece.facts if not fact.labels}
    for fact in piece.facts:
        if fact.metric in _DIGESTS:
            own = {f.metric: f for f in piece.facts if f.labels == fact.labels}
            told = shared.get("prompt.id")
            name = dict(fact.labels).get("prompt") or (str(told.value) if told else piece.path)
            yield _Use(piece, name, str(fact.value).lower(), shared | own)


def _best(prompt: _Use, evals: list[_Use]) -> tuple[_Use | None, dict[str, Verdict]]:
    """Return the evaluation of the same text that agrees in most, and in what it agrees."""
    parts = ("model", "parameters", "fresh")
    found = [(use, {part: _compared(part, prompt, use) for part in parts}) for use in evals]
    unknown: dict[str, Verdict] = dict.fromkeys(parts, UNKNOWN)
    return max(found, key=lambda pair: [*pair[1].values()].count(True), default=(None, unknown))


def _compared(part: str, prompt: _Use, use: _Use) -> Verdict:
    if part == "model":
        return same_model(prompt.text(*_MODEL), use.text(*_MODEL))
    if part == "parameters":
        return same_parameters(prompt.text("prompt.parameters"), use.text("eval.parameters"))
    changed, made = _changed(prompt), use.evidence.produced
    return made.at >= changed if changed and made else UNKNOWN


def _changed(prompt: _Use) -> datetime | None:
    """Return when the prompt last changed: as stated, else when its files were last committed."""
    if stated := prompt.text("prompt.changed"):
        return datetime.fromisoformat(stated)
    produced = prompt.evidence.produced
    return produced.at if produced else None


def same_model(deployed: str, evaluated: str) -> Verdict:
    """Tell whether two names are one model; a tool may put its provider before it (`openai:`)."""
    if not deployed or not evaluated:
        return UNKNOWN
    return evaluated == deployed or evaluated.endswith((f":{deployed}", f"/{deployed}"))


def same_parameters(deployed: str, evaluated: str) -> Verdict:
    """Tell whether an evaluation used every parameter of a prompt, and no other for sampling."""
    if not deployed or not evaluated:
        return UNKNOWN
    own, other = _folded(deployed), _folded(evaluated)
    missing = [key for key, value in own.items() if other.get(key) != value]
    more = [key for key in other if key in _SAMPLING and key not in own]
    return not missing and not more


def _folded(text: str) -> dict[str, object]:
    """Return parameters by names without their spelling; what is no mapping equals nothing."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return {"?": text}
    return {key.replace("_", "").replace("-", "").lower(): value for key, value in found.items()}


def _facts(prompt: _Use, found: dict[str, Verdict]) -> Iterator[Fact]:
    labels, at = (("prompt", prompt.name),), prompt.facts["prompt.sha256"].at
    whole = all(verdict is True for verdict in found.values())
    yield Fact("lineage", whole, "", at, labels, None, "derived")
    for part in _PARTS:
        yield Fact(f"lineage.{part}", found[part], "", at, labels, None, "derived")


def _not_evaluated(prompt: _Use, same: list[_Use], evaluated: list[_Use]) -> Problem:
    """Say which evaluations there are instead, or why that of the same text does not count."""
    message = f"no evaluation holds the text of {prompt.name} ({prompt.sha256[:12]}…)"
    if same:
        why = next(p.message for p in same[0].evidence.problems if p.kind != "warning")
        message = f"{same[0].evidence.path} holds {prompt.name} and proves nothing: {why}"
    elif evaluated:
        others = sorted({f"{use.sha256[:12]}…" for use in evaluated})
        message += f"; evaluated were {', '.join(others[:3])}"
    at = prompt.facts["prompt.sha256"].at
    return Problem("warning", "not-evaluated", message, at, "evaluate what is deployed")


def _explained(prompt: _Use, use: _Use | None, found: dict[str, Verdict]) -> Iterator[Problem]:
    """Yield why a part does not hold, or cannot be told."""
    at, name = prompt.facts["prompt.sha256"].at, prompt.name
    if use is not None:
        made, changed = use.evidence.produced, _changed(prompt)
        pairs = {
            "model": (prompt.text(*_MODEL), use.text(*_MODEL)),
            "parameters": (prompt.text("prompt.parameters"), use.text("eval.parameters")),
            "fresh": (
                f"{changed:%Y-%m-%d %H:%M}" if changed else "",
                f"{made.at:%Y-%m-%d %H:%M}" if made else "",
            ),
        }
        for part, (mine, theirs) in pairs.items():
            if found[part] is not True:
                words = "changed", "evaluated"
                message = (
                    f"{part} of {name}: {words[0] if part == 'fresh' else 'deployed'} "
                    f"{mine[:80] or UNKNOWN}, {words[1]} {theirs[:80] or UNKNOWN}"
                )
                help_ = "evaluate what is deployed, as it is deployed"
                yield Problem("warning", f"other-{part}", message, at, help_)
    if not found["load_tested"]:
        message = f"no load test says that it sent {name} ({prompt.sha256[:12]}…)"
        help_ = "let it write the digest, and map it to `load.prompt_sha256`"
        yield Problem("warning", "not-load-tested", message, at, help_)
    if found["rollback"] is not True:
        message = f"{name} has no earlier version to go back to"
        yield Problem("warning", "no-rollback", message, at, "list `previous`, and keep its file")


ANALYSIS = Analysis(
    id="prompt-lineage",
    title="Prompt lineage",
    run=run,
    metrics=(
        ("lineage", "", "all of the following hold; label prompt"),
        ("lineage.evaluated", "", "an evaluation holds the deployed text; label prompt"),
        ("lineage.load_tested", "", "a load test sent the deployed text; label prompt"),
        ("lineage.model", "", "that evaluation used the deployed model; label prompt"),
        ("lineage.parameters", "", "and the deployed parameters; label prompt"),
        ("lineage.fresh", "", "and was made after the prompt's last change; label prompt"),
        ("lineage.rollback", "", "the previous version is listed and there; label prompt"),
    ),
    formula="Texts are compared by the SHA-256 of the normalised text (LF line ends, no white "
    "space at the end): that of the prompt file, that of the text inside the evaluation, and the "
    "one a load test states (`load.prompt_sha256`). Models are equal by name, with or without the "
    "provider a tool puts before it; parameters by value, and an evaluation may add none that "
    "shape the answer. What cannot be told is `unknown`, which is not `true`. An evaluation that "
    "proves nothing does not count",
    source="FIPS 180-4 (SHA-256); Site Reliability Engineering (Beyer et al. 2016), chapter 8",
    example="lineage is true",
)
