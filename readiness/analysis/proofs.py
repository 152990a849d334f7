"""Kinds of proof: what each change of a launch must prove again, and whether evidence does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.linked import proving, same_model
from readiness.analysis.slices import slices
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from collections.abc import Callable

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact
    from readiness.model.launch import Launch

_LATENCY = {"p95", "p99", "ttft.p95", "ttft.p99", "e2e.p95", "e2e.p99"}
_CASES = {"pass_rate", "score"}
_OF_MODEL = ("eval.model", "model", "prompt.model")
_OF_PROMPT = ("eval.prompt_sha256", "prompt.sha256")


class Proof(NamedTuple):
    """One kind of proof.

    Attributes:
        title: what it is, for a sentence: `needs TITLE`.
        holds: whether evidence that proves something holds it.
        behaviour: whether it is about what the service answers, not how fast or where.
    """

    title: str
    holds: Callable[[Launch, list[Evidence]], bool]
    behaviour: bool = False


def proven(launch: Launch, evidence: tuple[Evidence, ...]) -> dict[str, bool]:
    """Return for each kind of proof whether there is one."""
    found = proving(evidence)
    return {name: proof.holds(launch, found) for name, proof in PROOFS.items()}


def _measured(evidence: list[Evidence]) -> list[Evidence]:
    return [found for found in evidence if found.strength >= Strength.measured]


def _with(evidence: list[Evidence], *metrics: str) -> list[Fact]:
    return [fact for found in evidence for fact in found.facts if fact.metric in metrics]


def is_evaluation(found: Evidence) -> bool:
    """Tell whether evidence is that of answers that were judged: not of a load or a unit test.

    It says of which model or prompt it is, or has figures by intent, locale or metric.
    """
    if found.reader == "junit" or found.load is not None:
        return False
    judged = [fact for fact in found.facts if fact.metric in _CASES]
    named = any(fact.metric in (*_OF_MODEL, *_OF_PROMPT) for fact in found.facts)
    by = {name for fact in judged for name, _ in fact.labels}
    return bool(judged) and (named or bool(by & {"intent", "locale", "metric", "model", "prompt"}))


def _evaluated(launch: Launch, evidence: list[Evidence]) -> bool:
    """Tell whether there is an evaluation of the launch's own model and prompt, by their names."""
    model, prompt = launch.parameters.get("model"), launch.parameters.get("prompt_sha256")
    for found in filter(is_evaluation, _measured(evidence)):
        models = [str(f.value) for f in found.facts if f.metric in _OF_MODEL]
        prompts = [str(f.value) for f in found.facts if f.metric in _OF_PROMPT]
        fits_model = not model or any(same_model(m, model) for m in models)
        fits_prompt = not prompt or prompt in prompts
        if fits_model and fits_prompt:
            return True
    return False


def _load(_: Launch, evidence: list[Evidence]) -> bool:
    return any(
        found.load is not None or {"requests", *_LATENCY} & {f.metric for f in found.facts}
        for found in _measured(evidence)
        if found.load is not None or _with([found], "requests", "rate", "concurrency")
    )


def _guardrails(_: Launch, evidence: list[Evidence]) -> bool:
    given = {fact.metric for fact in _with(_measured(evidence), *_BOTH) if fact.samples != 0}
    return given == set(_BOTH)


def _conformance(_: Launch, evidence: list[Evidence]) -> bool:
    suites = [e for e in _measured(evidence) if e.reader == "junit" and "contract" in e.path]
    good = [f for f in _with(suites, "failed") if not f.labels and f.value == 0]
    return bool(good or _with(_measured(evidence), "conformance", "contract.conformance"))


def _consumers(_: Launch, evidence: list[Evidence]) -> bool:
    verified = _with(_measured(evidence), "verified")
    return bool(verified) and all(fact.value is True for fact in verified)


def _retrieval(_: Launch, evidence: list[Evidence]) -> bool:
    judged = _with(_measured(evidence), *_CASES, "recall")
    named = [f for f in judged if "retrieval" in f"{f.metric}{dict(f.labels).get('metric', '')}"]
    return bool(named or _with(evidence, "index.built", "index.age"))


def _cache(_: Launch, evidence: list[Evidence]) -> bool:
    return bool(_with(_measured(evidence), "false_hit_ratio", "false_hits"))


def _drill(_: Launch, evidence: list[Evidence]) -> bool:
    drills = [found for found in evidence if found.strength >= Strength.drilled]
    return any(fact.value is True for fact in _with(drills, "drill.completed"))


def _breakers(_: Launch, evidence: list[Evidence]) -> bool:
    return any(f.metric.startswith("breaker.") for found in evidence for f in found.facts)


def _rollback(launch: Launch, evidence: list[Evidence]) -> bool:
    target = launch.parameters.get("prompt_previous") or _with(evidence, "prompt.previous")
    return launch.rollout is not None and bool(launch.rollout.rollback) and bool(target)


def _canary(launch: Launch, evidence: list[Evidence]) -> bool:
    stages = launch.rollout.stages if launch.rollout else []
    return any(stage.share.value < 1 for stage in stages) or bool(_with(evidence, "rollout.weight"))


def _locales(launch: Launch, evidence: list[Evidence]) -> bool:
    found = slices(launch.locales, evidence)
    return bool(found) and not any(one.lacks for one in found)


_BOTH = ("guardrail.false_positive", "guardrail.false_negative")
PROOFS: dict[str, Proof] = {
    "evaluation": Proof("an evaluation of this model and prompt", _evaluated, behaviour=True),
    "guardrails": Proof("guardrails measured in both directions", _guardrails, behaviour=True),
    "conformance": Proof("answers held against the contract", _conformance, behaviour=True),
    "consumers": Proof("every consumer verified", _consumers),
    "retrieval": Proof("retrieval measured, or the index dated", _retrieval),
    "cache": Proof("false hits of the cache measured", _cache),
    "load": Proof("a load test", _load),
    "breakers": Proof("the limits of breakers", _breakers),
    "drill": Proof("a drill of the failure", _drill),
    "rollback": Proof("a way back: its target and how to take it", _rollback),
    "canary": Proof("stages before all of the traffic", _canary),
    "locales": Proof("routing, retrieval and safety in each locale", _locales, behaviour=True),
}
NEEDS: dict[str, tuple[str, ...]] = {
    "model": (
        "evaluation", "guardrails", "conformance", "cache", "load", "breakers", "rollback",
        "canary",
    ),
    "prompt": ("evaluation", "guardrails", "conformance", "cache", "rollback", "canary"),
    "guardrail": ("guardrails", "evaluation", "load", "canary"),
    "index": ("retrieval", "evaluation", "cache", "canary"),
    "language": ("locales", "evaluation", "guardrails"),
    "region": ("load", "breakers", "drill", "retrieval"),
    "traffic": ("load", "breakers", "cache"),
    "contract": ("conformance", "consumers"),
}  # fmt: skip
