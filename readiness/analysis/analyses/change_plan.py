"""What the launch changes, and what of it must be proved again: the missing proofs by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.linked import proving, same_model
from readiness.analysis.proofs import NEEDS, PROOFS, is_evaluation, proven
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.text import and_list

if TYPE_CHECKING:
    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch

_RUNNING = ("prompt.model", "model")
_SWAP = "a model swap changes what is answered: evaluate it, its guardrails and its contract"


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Hold what is proven against what each change needs."""
    at = Location(path, pointer="/changes")
    if not launch.changes:
        problem = Problem(
            "inconclusive",
            "no-changes",
            "the launch does not say what it changes",
            at,
            f"list under `changes` what of {and_list(NEEDS)} it changes",
        )
        return Analysed((), (problem,), Strength.claimed)
    have = proven(launch, evidence)
    facts, problems = [], []
    changed = list(dict.fromkeys(launch.changes))
    wanted: dict[str, list[str]] = {}
    for change in changed:
        for proof in NEEDS[change]:
            wanted.setdefault(proof, []).append(change)
            labels = (("change", change), ("proof", proof))
            facts.append(Fact("plan.proved", have[proof], "", at, labels, None, "derived"))
    missing = [proof for proof in wanted if not have[proof]]
    facts.append(Fact("plan.required", len(wanted), "", at, (), None, "derived"))
    facts.append(Fact("plan.missing", len(missing), "", at, (), None, "derived"))
    for proof in missing:
        because = and_list(wanted[proof])
        text = f"the change of {because} needs {PROOFS[proof].title}: none is linked"
        problems.append(Problem("warning", f"unproved-{proof}", text, at, "prove it again"))
    swaps = _swaps(launch, path, evidence, have)
    facts.append(Fact("plan.endpoint_swap", bool(swaps), "", at, (), None, "derived"))
    strength = min((e.strength for e in proving(evidence)), default=Strength.claimed)
    return Analysed(tuple(facts), (*problems, *swaps), strength)


def _swaps(
    launch: Launch, path: str, evidence: tuple[Evidence, ...], have: dict[str, bool]
) -> list[Problem]:
    """Return why the launch treats another model as if only an address changed."""
    at = Location(path, pointer="/changes")
    infrastructure = [name for name in ("load", "drill", "breakers") if have[name]]
    behaviour = [name for name in NEEDS["model"] if PROOFS[name].behaviour]
    if "model" in launch.changes:
        if infrastructure and not any(have[name] for name in behaviour):
            shown = and_list(PROOFS[name].title for name in infrastructure)
            text = f"the model changes, and only {shown} shows it: what it answers is not judged"
            return [Problem("warning", "endpoint-swap", text, at, _SWAP)]
        return []
    found = []
    before, now = launch.parameters.get("model_previous"), launch.parameters.get("model")
    if before and now and not same_model(before, now):
        text = f"the model changes from {before} to {now}, and `changes` does not name it"
        found.append(Problem("warning", "endpoint-swap", text, at, _SWAP))
    running = {now: at} if now else _models(evidence, evaluations=False)
    judged = _models(evidence, evaluations=True)
    for model, place in running.items():
        if judged and not any(same_model(model, other) for other in judged):
            shown = and_list(sorted(judged)[:3])
            text = f"{model} is launched, {shown} was evaluated, and `changes` names no model"
            found.append(Problem("warning", "endpoint-swap", text, place, _SWAP))
    return found


def _models(evidence: tuple[Evidence, ...], *, evaluations: bool) -> dict[str, Location]:
    """Return the models that evaluations judged, or that configuration and manifests name."""
    metrics = ("eval.model", *_RUNNING) if evaluations else _RUNNING
    return {
        str(fact.value): fact.at
        for found in proving(evidence)
        if is_evaluation(found) is evaluations
        for fact in found.facts
        if fact.metric in metrics and isinstance(fact.value, str)
    }


ANALYSIS = Analysis(
    id="change-plan",
    title="Change plan",
    run=run,
    metrics=(
        ("plan.required", "", "kinds of proof that the changes need"),
        ("plan.missing", "", "those that no evidence gives"),
        ("plan.proved", "", "whether one is there; labels change, proof"),
        ("plan.endpoint_swap", "", "whether another model is treated as another address"),
    ),
    formula="; ".join(f"{change} needs {and_list(proofs)}" for change, proofs in NEEDS.items())
    + ". A proof counts if nothing in it is invalid, empty or unfinished, and an evaluation only "
    "if it is of the launch's own model and prompt. An endpoint swap is a change of model that is "
    "proved by load, drill or breakers alone, or that `changes` does not name",
    source="Breck et al. 2017, The ML Test Score, IEEE Big Data; Sculley et al. 2015, Hidden "
    "Technical Debt in Machine Learning Systems (changing anything changes everything)",
    example="plan.missing = 0, plan.endpoint_swap is false",
)
