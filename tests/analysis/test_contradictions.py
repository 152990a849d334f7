"""Contradictions: what cannot both hold in one file, between files, and with the launch."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.analysis.analyses.contradictions import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.analysis.linked import same_model
from readiness.errors import Location
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact, Problem, Strength
from tests.analysis.linked_files import launch, read, told


def analyse(*evidence: Evidence, **given: Any) -> Analysed:
    return run(launch(**given), "readiness.yaml", evidence)


def value(found: Analysed, metric: str, **labels: str) -> Any:
    (fact,) = (f for f in found.facts if f.metric == metric and dict(f.labels) == labels)
    return fact.value


def texts(found: Analysed) -> list[str]:
    return [p.message for p in found.problems if p.code == "contradiction"]


def counts(**values: float) -> Evidence:
    return told("a.json", *((name.replace("__", "."), v, {}) for name, v in values.items()))


@pytest.mark.parametrize("name", [
    "junit/ok/pytest-mixed.xml", "junit/ok/nested.xml", "junit/ok/surefire-reruns.xml", "junit/ok/pytest.xml",
    "trivy/ok/image.json", "grype/ok/image.json", "cyclonedx/ok/vex-1.6.json", "pact/ok/not-verified.json",
])  # fmt: skip
def test_what_tools_wrote_does_not_contradict_itself(name: str) -> None:
    found = analyse(read(name))
    assert value(found, "contradictions") == 0, texts(found)
    assert value(found, "contradictions.compared") > 0


def edited(evidence: Evidence, metric: str, new: Any, **labels: str) -> Evidence:
    facts = tuple(
        f._replace(value=new) if f.metric == metric and dict(f.labels) == labels else f for f in evidence.facts
    )
    assert facts != evidence.facts
    return evidence._replace(facts=facts)


def test_a_figure_of_a_tool_that_was_changed_is_found() -> None:
    found = analyse(edited(read("junit/ok/pytest-mixed.xml"), "failed", 0))
    assert value(found, "contradictions", kind="within") >= 1
    assert any(text.startswith("pytest-mixed.xml: nothing failed in all, and 2 suites have failures") for text in texts(found))
    image = edited(read("trivy/ok/image.json"), "findings", 9, severity="high")
    assert texts(analyse(image)) == ["image.json: 5 findings, and 11 over each severity"]
    pact = edited(read("pact/ok/not-verified.json"), "verified", True, consumer="chat-frontend")
    assert texts(analyse(pact)) == ["not-verified.json: verified of consumer chat-frontend, and 1 failed"]


@pytest.mark.parametrize(("figures", "text"), [
    ({"cases": 10, "passed": 8, "failed": 1}, "10 cases, and 9 passed, failed or skipped"),
    ({"lookups": 10, "hits": 8, "misses": 3}, "10 lookups, and 11 hits and misses"),
    ({"pass_rate": 1.0, "passed": 9, "cases": 10}, "pass_rate 1, and 9 of 10"),
    ({"hit_ratio": 0.5, "hits": 1, "lookups": 4}, "hit_ratio 0.5, and 1 of 4"),
    ({"p50": 90, "p95": 80}, "p50 90 is above p95 80"),
    ({"ttft__p95": 90, "ttft__p99": 91, "ttft__p99.9": 3}, "ttft.p99 91 is above ttft.p99.9 3"),
])  # fmt: skip
def test_figures_that_cannot_both_hold(figures: dict[str, float], text: str) -> None:
    assert texts(analyse(counts(**figures))) == [f"a.json: {text}"]


@pytest.mark.parametrize("figures", [
    {"cases": 10, "passed": 8, "failed": 1, "skipped": 1},
    {"cases": 10, "passed": 8, "failed": 1, "cases__errored": 1},
    {"cases": 10, "passed": 8, "failed": 2, "cases__errored": 1},
    {"pass_rate": 0.89, "passed": 8, "cases": 10, "skipped": 1},
    {"p50": 80, "p95": 80.0, "p99": 91},
    {"p95": 3700, "p99.9": 3800, "max": 3784.79},
])  # fmt: skip
def test_figures_that_hold_together(figures: dict[str, float]) -> None:
    assert value(analyse(counts(**figures)), "contradictions") == 0


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 50))
def test_counts_that_add_up_never_clash(passed: int, failed: int, skipped: int) -> None:
    ran = passed + failed
    rate = {"pass_rate": round(passed / ran, 2)} if ran else {}
    found = analyse(counts(cases=ran + skipped, passed=passed, failed=failed, skipped=skipped, **rate))
    assert value(found, "contradictions") == 0


def breaker(path: str, number: float, **labels: str) -> Evidence:
    return told(path, ("breaker.open", number, labels or {"upstream": "model"}))


def test_one_setting_with_two_values_in_two_files() -> None:
    found = analyse(breaker("envoy.yaml", 30_000), breaker("runbook.json", 60_000))
    assert texts(found) == ["breaker.open of upstream model is 30000 in envoy.yaml, 60000 in runbook.json"]
    assert value(found, "contradictions", kind="files") == 1
    assert value(analyse(breaker("a.yaml", 30_000), breaker("b.yaml", 30_000)), "contradictions") == 0


def test_other_labels_defaults_and_measurements_do_not_clash() -> None:
    default = told("b.yaml", ("breaker.open", 5, {"upstream": "model"}))
    default = default._replace(facts=tuple(f._replace(origin="tool-default") for f in default.facts))
    runs = [told(f"{n}.json", ("p95", n, {}), ("p99", n + 1, {})) for n in (5, 50)]
    found = analyse(breaker("a.yaml", 30_000), breaker("c.yaml", 1, upstream="store"), default, *runs)
    assert value(found, "contradictions") == 0


def component(**given: Any) -> dict[str, Any]:
    return {"components": {"model": {"budget": "2s", **given}}}


def test_configuration_against_the_components_of_the_launch() -> None:
    config = told("resilience.yaml", ("timeout", 3000.0, {"component": "model"}), ("attempts", 3, {"component": "model"}))
    found = analyse(config, **component(timeout="2s", attempts=2))
    assert texts(found) == [
        "timeout of model is 2000 in the launch, 3000 in resilience.yaml",
        "attempts of model is 2 in the launch, 3 in resilience.yaml",
    ]
    assert value(analyse(config, **component(timeout="3s", attempts=3)), "contradictions") == 0


def test_a_timeout_of_the_whole_call_is_not_that_of_an_attempt() -> None:
    whole = Evidence("e.yaml", (), "envoy", Strength.documented, (Fact("timeout", 9e3, "ms", Location("e.yaml", 1), (("component", "model"),)),), ())
    assert [p.code for p in analyse(whole, **component(timeout="2s", attempts=2)).problems] == ["nothing-compared"]


def test_identities_against_those_of_the_launch() -> None:
    evals = told("eval.json", ("eval.model", "openai:gpt-4o", {}), ("prompt.sha256", "a" * 64, {}), ("prompt", "v41", {"n": "1"}), ("prompt", "v42", {"n": "2"}))
    found = analyse(evals, parameters={"model": "gpt-4o", "prompt_sha256": "b" * 64, "prompt": "v42"})
    assert texts(found) == [f"prompt_sha256 is {'b' * 60} in the launch, and prompt.sha256 is {'a' * 60} in eval.json"]
    assert value(found, "contradictions.compared") == 3


@pytest.mark.parametrize(("one", "other", "same"), [
    ("gpt-4o", "openai:gpt-4o", True), ("us.vendor.big-1", "vendor.big-1", True), ("gpt-4.1", "1", False),
    ("gpt-4o", "gpt-4o-mini", False), ("a/b/large-2", "large-2", True),
])  # fmt: skip
def test_same_model(one: str, other: str, same: bool) -> None:
    assert same_model(one, other) is same_model(other, one) is same


STAGES = {"stages": [{"share": share, "hold": "1 h", "abort": ["errors >= 2 %"]} for share in ("5 %", "25 %", "100 %")], "rollback": "x"}


def test_stages_against_the_weights_of_the_rollout() -> None:
    rollout = read("argo-rollouts/ok/canary.yaml")
    assert value(analyse(rollout, rollout=STAGES), "contradictions") == 0
    canary = read("flagger/ok/succeeded.yaml")
    assert texts(analyse(canary, rollout=STAGES)) == ["the launch plans the shares 5 % and 25 %, and assist has 20 %, 40 % and 50 %"]


def test_nothing_compared_proves_nothing() -> None:
    invalid = told("a.json", ("p50", 9, {}), ("p95", 1, {}), problem=Problem("invalid", "x", "x", Location("a.json")))
    for found in (analyse(), analyse(invalid), analyse(told("a.json", ("p95", 1, {})))):
        assert (found.facts, [(p.kind, p.code) for p in found.problems]) == ((), [("inconclusive", "nothing-compared")])


def test_it_declares_what_it_gives() -> None:
    declared = {(name, unit) for name, unit, _ in ANALYSIS.metrics}
    assert {(fact.metric, fact.unit) for fact in analyse(counts(p50=1, p95=2)).facts} == declared


def test_the_expectation_of_its_page_can_be_read() -> None:
    for text in ANALYSIS.example.split(", "):
        assert parse_expectation(text).metric in {name for name, _, _ in ANALYSIS.metrics}
