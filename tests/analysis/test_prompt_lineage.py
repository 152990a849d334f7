"""The analysis `prompt-lineage`: the deployed text followed through evaluation, load and way back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from readiness.analysis.analyses.prompt_lineage import ANALYSIS, run, same_model, same_parameters
from readiness.analysis.analysis import Analysed
from readiness.errors import Location
from readiness.evaluation.compare import compare
from readiness.model.evidence import Evidence, Produced
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact, Strength
from readiness.model.plan import Check
from tests.analysis.evals import launch, sample, shared

HAIKU = "anthropic.claude-3-5-haiku-20241022-v1:0"
CHAT = "fadd5a06b4cd64fb0d41a95db666ff01869823950f98711f6d7a5cd28b0627f0"
PARTS = ("evaluated", "load_tested", "model", "parameters", "fresh", "rollback")


def analyse(*evidence: Evidence) -> Analysed:
    return run(launch(), "readiness.yaml", evidence)


def verdicts(found: Analysed, prompt: str = "chat") -> dict[str, Any]:
    return {f.metric.removeprefix("lineage."): f.value for f in found.facts if f.labels == (("prompt", prompt),)}


def made(path: str, produced: str = "2026-11-23T10:00:00+00:00", **texts: Any) -> Evidence:
    """Return evidence with facts by name, `_` for `.`, as a map gives them."""
    at = Location(path, 1)
    facts = tuple(Fact(name.replace("__", "."), value, "", at) for name, value in texts.items())
    when = Produced(datetime.fromisoformat(produced), "file", at) if produced else None
    return Evidence(path, (), "json", Strength.measured, facts, (), when)


LOAD = made("load.json", requests=5000.0, load__prompt_sha256=CHAT)


def test_what_is_deployed_was_evaluated_and_loaded_and_can_go_back() -> None:
    """The positive case: a manifest with its files, and a result of promptfoo on the same text."""
    found = analyse(sample("prompt-manifest/ok/prompts.yaml"), sample("promptfoo/ok/two-prompts.json"), LOAD)
    assert verdicts(found) == {"lineage": True, **dict.fromkeys(PARTS, True)}
    assert [p.code for p in found.problems if "chat" in p.message] == []
    assert found.strength is Strength.documented


def test_a_prompt_that_nobody_evaluated_is_named() -> None:
    """The negative case: the other prompt of the same manifest."""
    found = analyse(sample("prompt-manifest/ok/prompts.yaml"), sample("promptfoo/ok/two-prompts.json"), LOAD)
    told = verdicts(found, "route")
    assert told == {"lineage": False, "evaluated": False, "load_tested": False, "rollback": False,
                    "model": "unknown", "parameters": "unknown", "fresh": "unknown"}  # fmt: skip
    assert [p.code for p in found.problems] == ["not-evaluated", "not-load-tested", "no-rollback"]
    check = Check(parse_expectation("lineage is true"), "", Location("l"))
    assert compare(check, found.facts, Location("x"), confident=False).outcome == "failed"


def test_a_stand_in_evaluates_nothing() -> None:
    """The same text, run through promptfoo's `echo`: the evaluation proves nothing."""
    found = analyse(sample("prompt-manifest/ok/prompts.yaml"), shared("produced/promptfoo/results.json"), LOAD)
    assert verdicts(found)["evaluated"] is False
    assert "holds chat and proves nothing: `echo` is a stand-in" in found.problems[0].message


def test_after_a_rollback_another_text_is_deployed() -> None:
    found = analyse(sample("prompt-manifest/ok/rolled-back.json"), sample("promptfoo/ok/errors-and-cache.json"), LOAD)
    assert verdicts(found)["evaluated"] is verdicts(found)["load_tested"] is False
    assert f"evaluated were {CHAT[:12]}…" in found.problems[0].message


def deployed(**changes: Any) -> Evidence:
    facts: dict[str, Any] = {"prompt__id": "chat", "prompt__sha256": CHAT, "prompt__model": HAIKU, "prompt__parameters": '{"temperature":0}',
             "prompt__previous": "v41", "prompt__rollback": True, "prompt__changed": "2026-11-20T10:00:00+00:00"}  # fmt: skip
    return made("prompts.yaml", "", **{k: v for k, v in (facts | changes).items() if v is not None})


def evaluated(path: str = "eval.json", produced: str = "2026-11-23T10:00:00+00:00", **changes: Any) -> Evidence:
    facts: dict[str, Any] = {"cases": 100.0, "eval__prompt_sha256": CHAT, "eval__model": f"bedrock:{HAIKU}", "eval__parameters": '{"temperature":0}'}
    return made(path, produced, **{k: v for k, v in (facts | changes).items() if v is not None})


@pytest.mark.parametrize(("prompt", "evaluation", "part", "verdict"), [
    ({}, {"eval__model": "gpt-4o"}, "model", False),
    ({}, {"eval__model": None}, "model", "unknown"),
    ({"prompt__model": None}, {}, "model", "unknown"),
    ({}, {"eval__parameters": '{"temperature":0.7}'}, "parameters", False),
    ({}, {"eval__parameters": None}, "parameters", "unknown"),
    ({}, {"produced": "2026-11-20T09:59:59+00:00"}, "fresh", False),
    ({}, {"produced": ""}, "fresh", "unknown"),
    ({"prompt__changed": None}, {}, "fresh", "unknown"),
    ({"prompt__rollback": False}, {}, "rollback", False),
    ({"prompt__rollback": None}, {}, "rollback", False),
])  # fmt: skip
def test_each_part_can_break_the_line(prompt: dict[str, Any], evaluation: dict[str, Any], part: str, verdict: object) -> None:
    found = analyse(deployed(**prompt), evaluated(**evaluation), LOAD)
    assert verdicts(found) == {"lineage": False, **dict.fromkeys(PARTS, True), part: verdict}
    assert len(found.problems) == 1
    assert found.problems[0].kind == "warning"


def test_of_several_evaluations_of_the_text_the_one_that_agrees_counts() -> None:
    other = evaluated("old.json", eval__model="gpt-4o")
    assert verdicts(analyse(deployed(), other, evaluated(), LOAD))["lineage"] is True
    assert verdicts(analyse(deployed(), other, LOAD))["model"] is False


def test_the_last_commit_of_its_files_is_a_change_too() -> None:
    at = Location("prompts.yaml")
    late = deployed(prompt__changed=None)._replace(produced=Produced(datetime(2026, 11, 24, tzinfo=UTC), "git", at))
    assert verdicts(analyse(late, evaluated(), LOAD))["fresh"] is False


def test_a_manifest_that_is_wrong_says_nothing() -> None:
    found = analyse(sample("prompt-manifest/broken/digest.yaml"), evaluated(), LOAD)
    assert [(p.kind, p.code) for p in found.problems] == [("inconclusive", "no-prompt")]
    assert "digest.yaml does not prove" in found.problems[0].message
    assert [p.code for p in analyse(evaluated(), LOAD).problems] == ["no-prompt"]


def test_an_evaluation_by_a_map_counts() -> None:
    """As in the worked example: the team's own JSON, with `prompt.sha256` and `model`."""
    own = made("eval.json", prompt__sha256=CHAT.upper(), model=HAIKU, pass_rate=0.9, eval__parameters='{"temperature":0.0}')
    assert verdicts(analyse(deployed(), own, LOAD))["lineage"] is True


@pytest.mark.parametrize(("one", "other", "same"), [
    ("gpt-4o", "gpt-4o", True), ("gpt-4o", "openai:chat:gpt-4o", True), ("gpt-4o", "openai/gpt-4o", True),
    ("gpt-4o", "gpt-4o-mini", False), ("gpt-4o", "notgpt-4o", False), ("openai:gpt-4o", "gpt-4o", False),
    ("", "gpt-4o", "unknown"), ("gpt-4o", "", "unknown"),
])  # fmt: skip
def test_a_model_is_the_same_with_its_provider_before_it(one: str, other: str, same: object) -> None:
    assert same_model(one, other) == same


@pytest.mark.parametrize(("one", "other", "same"), [
    ('{"max_tokens":9}', '{"maxTokens":9}', True), ('{"a":0}', '{"a":0.0}', True), ("{}", "{}", True),
    ("{}", '{"temperature":1}', False), ("{}", '{"region":"us"}', True), ('{"a":1}', "{}", False),
    ('{"a":1}', "[1]", False), ("cold", "cold", True), ("", "{}", "unknown"), ("{}", "", "unknown"),
])  # fmt: skip
def test_parameters_are_the_same_by_value(one: str, other: str, same: object) -> None:
    assert same_parameters(one, other) == same


def test_it_declares_what_it_gives() -> None:
    declared = {(name, unit) for name, unit, _ in ANALYSIS.metrics}
    assert {(f.metric, f.unit) for f in analyse(deployed(), evaluated(), LOAD).facts} == declared
