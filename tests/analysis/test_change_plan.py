"""The change plan: what each change needs, what is missing, and a model that is no endpoint."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from readiness.analysis.analyses.change_plan import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.analysis.proofs import NEEDS, PROOFS
from readiness.errors import Location
from readiness.model.checklist import Change
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Problem, Strength
from tests.analysis.linked_files import launch, read, told

ROLLOUT = {"stages": [{"share": "5 %", "hold": "1 h", "abort": ["errors >= 2 %"]}], "rollback": "runbooks/rollback.md"}
LOAD = told("load.json", ("requests", 1000, {}), ("p95", 900, {}), ("rate", 30, {}))
BREAKERS = told("envoy.yaml", ("breaker.open", 30, {}), strength=Strength.documented)
DRILL = told("journal.json", ("drill.completed", True, {}), strength=Strength.drilled)
EVAL = told("eval.json", ("pass_rate", 0.97, {}), ("eval.model", "openai:new-2", {}), ("prompt.sha256", "a" * 64, {}), samples=300)
GUARDS = told("guards.json", ("guardrail.false_positive", 0.01, {}), ("guardrail.false_negative", 0.02, {}), samples=300)
ANSWERS = told("answers.json", ("conformance", 1.0, {}), samples=300)
CACHE = told("cache.json", ("false_hit_ratio", 0.0, {}), samples=300)
OWN = {"model": "new-2", "prompt_sha256": "a" * 64, "prompt_previous": "v41"}
EVERYTHING = (LOAD, BREAKERS, DRILL, EVAL, GUARDS, ANSWERS, CACHE)


def analyse(*evidence: Evidence, changes: list[str], **given: Any) -> Analysed:
    filled = {"parameters": OWN, "rollout": ROLLOUT, **given}
    return run(launch(changes=changes, **filled), "readiness.yaml", evidence)


def value(found: Analysed, metric: str, **labels: str) -> Any:
    (fact,) = (f for f in found.facts if f.metric == metric and dict(f.labels) == labels)
    return fact.value


def texts(found: Analysed, code: str = "") -> list[str]:
    return [p.message for p in found.problems if not code or p.code == code]


def lacks(found: Analysed) -> set[str]:
    return {p.code.removeprefix("unproved-") for p in found.problems if p.code.startswith("unproved-")}


def test_every_change_has_its_needs_and_every_proof_is_needed() -> None:
    assert set(NEEDS) == set(get_args(Change))
    assert {proof for proofs in NEEDS.values() for proof in proofs} == set(PROOFS)


def test_a_model_that_is_proved_again_lacks_nothing() -> None:
    found = analyse(*EVERYTHING, changes=["model"])
    assert (value(found, "plan.missing"), value(found, "plan.required")) == (0, len(NEEDS["model"]))
    assert value(found, "plan.endpoint_swap") is False
    assert found.problems == ()


def test_what_is_missing_is_named_with_its_changes() -> None:
    found = analyse(LOAD, BREAKERS, EVAL, changes=["model", "prompt"])
    assert lacks(found) == {"guardrails", "conformance", "cache"}
    assert texts(found, "unproved-guardrails") == [
        "the change of model and prompt needs guardrails measured in both directions: none is linked"
    ]
    assert value(found, "plan.proved", change="prompt", proof="evaluation") is True
    assert value(found, "plan.missing") == 3


def test_a_model_swap_shown_by_load_alone_is_an_endpoint_change() -> None:
    found = analyse(LOAD, BREAKERS, DRILL, CACHE, changes=["model"])
    assert value(found, "plan.endpoint_swap") is True
    assert texts(found, "endpoint-swap") == [
        "the model changes, and only a load test, a drill of the failure and the limits of breakers shows it: what it answers is not judged"
    ]
    assert value(analyse(LOAD, EVAL, changes=["model"]), "plan.endpoint_swap") is False


def test_a_model_that_changes_without_being_named_is_an_endpoint_change() -> None:
    found = analyse(*EVERYTHING, changes=["region"], parameters={**OWN, "model_previous": "old-1"})
    assert texts(found, "endpoint-swap") == ["the model changes from old-1 to new-2, and `changes` does not name it"]
    evaluated = analyse(*EVERYTHING, changes=["traffic"], parameters={"model": "other-3"})
    assert texts(evaluated, "endpoint-swap") == ["other-3 is launched, openai:new-2 was evaluated, and `changes` names no model"]
    manifest = told("prompts.yaml", ("prompt.model", "other-3", {}), strength=Strength.documented)
    assert value(analyse(EVAL, manifest, changes=["traffic"], parameters={}), "plan.endpoint_swap") is True
    assert value(analyse(*EVERYTHING, changes=["traffic"]), "plan.endpoint_swap") is False


@pytest.mark.parametrize(("evidence", "proof"), [
    (told("e.json", ("pass_rate", 1, {}), ("eval.model", "old-1", {})), "evaluation"),
    (told("e.json", ("pass_rate", 1, {}), ("prompt.sha256", "b" * 64, {})), "evaluation"),
    (told("e.json", ("pass_rate", 1, {})), "evaluation"),
    (read("junit/ok/pytest.xml"), "evaluation"),
    (told("g.json", ("guardrail.false_positive", 0, {})), "guardrails"),
    (told("l.json", ("p95", 1, {})), "load"),
    (told("a.json", ("conformance", 1, {}), strength=Strength.documented), "conformance"),
    (told("x.json", ("hit_ratio", 1, {})), "cache"),
])  # fmt: skip
def test_what_is_no_proof(evidence: Evidence, proof: str) -> None:
    assert value(analyse(evidence, changes=["model"]), "plan.proved", change="model", proof=proof) is False


def test_a_run_that_proves_nothing_is_no_proof() -> None:
    empty = Problem("inconclusive", "no-cases", "nothing ran", Location("eval.json"))
    found = analyse(EVAL._replace(problems=(empty,)), changes=["prompt"])
    assert value(found, "plan.proved", change="prompt", proof="evaluation") is False


def test_a_way_back_needs_a_target_and_a_runbook() -> None:
    assert "rollback" in lacks(analyse(*EVERYTHING, changes=["model"], parameters={"model": "new-2"}))
    assert {"rollback", "canary"} <= lacks(analyse(*EVERYTHING, changes=["model"], rollout=None))


def test_consumers_of_a_changed_contract_on_produced_verifications() -> None:
    good = analyse(ANSWERS, read("pact/ok/verified.json"), read("pact/ok/broker.json"), changes=["contract"])
    assert value(good, "plan.missing") == 0
    bad = analyse(ANSWERS, read("pact/ok/verified.json"), read("pact/ok/not-verified.json"), changes=["contract"])
    assert lacks(bad) == {"consumers"}
    wish = analyse(ANSWERS, read("pact/ok/chat-frontend-chat-gateway.json"), changes=["contract"])
    assert lacks(wish) == {"consumers"}


def test_a_suite_of_the_contract_that_passed_holds_answers_to_it() -> None:
    suite = read("junit/ok/pytest.xml", "evidence/tests/contract.xml")
    red = read("junit/ok/pytest-mixed.xml", "evidence/tests/contract.xml")
    held = [value(analyse(e, changes=["prompt"]), "plan.proved", change="prompt", proof="conformance") for e in (suite, red)]
    assert held == [True, False]


def test_a_language_needs_its_slices() -> None:
    own = {"locale": "de-DE"}
    slices = told("s.json", ("pass_rate", 0.9, {**own, "intent": "a"}), ("index.documents", 9, own), ("guardrail.false_positive", 0, own), ("guardrail.false_negative", 0, own))
    assert lacks(analyse(EVAL, GUARDS, slices, changes=["language"], locales=["de-DE"])) == set()
    assert lacks(analyse(EVAL, GUARDS, changes=["language"], locales=["de-DE"])) == {"locales"}
    assert lacks(analyse(EVAL, GUARDS, changes=["language"])) == {"locales"}


def test_a_launch_that_names_no_change_proves_nothing() -> None:
    found = analyse(*EVERYTHING, changes=[])
    assert (found.facts, [(p.kind, p.code) for p in found.problems]) == ((), [("inconclusive", "no-changes")])


def test_it_declares_what_it_gives() -> None:
    declared = {(name, unit) for name, unit, _ in ANALYSIS.metrics}
    assert {(fact.metric, fact.unit) for fact in analyse(changes=["model"]).facts} == declared


def test_the_expectation_of_its_page_can_be_read() -> None:
    for text in ANALYSIS.example.split(", "):
        assert parse_expectation(text).metric in {name for name, _, _ in ANALYSIS.metrics}


def test_a_drill_that_was_not_completed_proves_nothing() -> None:
    """A tool may write a journal of a run that failed without a problem in its form."""
    failed = told("journal.json", ("drill.completed", False, {}), strength=Strength.drilled)
    other = tuple(e for e in EVERYTHING if e is not DRILL)
    assert "drill" in lacks(analyse(*other, failed, changes=["region"]))
    assert "drill" not in lacks(analyse(*other, DRILL, changes=["region"]))
