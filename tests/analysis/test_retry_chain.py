"""Retry chains by hand: calls multiply, times add up, and what may wait for ever proves nothing."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.analysis.analyses.retry_chain import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.errors import Location
from readiness.evaluation.compare import compare
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Problem, Strength
from readiness.model.launch import Launch
from readiness.model.plan import Check
from tests.analysis.evals import SHARED, launch, shared
from tests.analysis.linked_files import read
from tests.analysis.settings_files import given, judged, problems


def analyse(components: dict[str, dict[str, Any]]) -> Analysed:
    launch = Launch.model_validate({
        "schema": "readiness/launch@1", "service": "s", "title": "t", "owner": "o", "launch": "2026-12-07",
        "candidate": {"version": "1"}, "checklists": ["x"],
        "components": {name: {"budget": "1s", **part} for name, part in components.items()},
    })  # fmt: skip
    return run(launch, "readiness.yaml", ())


def value(found: Analysed, metric: str, component: str) -> float:
    values = [f.value for f in found.facts if f.metric == metric and f.labels == (("component", component),)]
    assert len(values) == 1
    assert isinstance(values[0], float)
    return values[0]


CHAIN = {
    "gateway": {"attempts": 3, "timeout": "2s", "backoff": "100ms", "calls": ["assistant"]},
    "assistant": {"attempts": 3, "timeout": "500ms", "calls": ["search"]},
    "search": {"attempts": 4, "timeout": "200ms", "backoff": "50ms"},
}


def test_attempts_multiply_along_a_chain() -> None:
    found = analyse(CHAIN)
    assert [value(found, "calls.worst", name) for name in CHAIN] == [36, 12, 4]


def test_time_is_all_attempts_and_the_pauses_between_them() -> None:
    found = analyse(CHAIN)
    assert value(found, "time.worst", "gateway") == 3 * 2000 + 2 * 100
    assert value(found, "time.worst", "assistant") == 3 * 500
    assert value(found, "time.worst", "search") == 4 * 200 + 3 * 50
    assert [p.code for p in found.problems] == ["no-budget"]
    assert found.strength is Strength.claimed


def test_calls_add_up_where_two_ways_meet() -> None:
    found = analyse({
        "top": {"timeout": "1s", "calls": ["left", "right"]},
        "left": {"timeout": "1s", "attempts": 3, "calls": ["store"]},
        "right": {"timeout": "1s", "attempts": 2, "calls": ["store"]},
        "store": {"timeout": "1s", "attempts": 2},
    })  # fmt: skip
    assert value(found, "calls.worst", "top") == 3 * 2 + 2 * 2
    assert value(found, "calls.worst", "left") == 6


def test_without_a_timeout_an_attempt_lasts_as_long_as_what_it_calls() -> None:
    found = analyse({
        "top": {"attempts": 2, "backoff": "10ms", "calls": ["a", "b"]},
        "a": {"timeout": "100ms"},
        "b": {"timeout": "300ms", "attempts": 2},
    })  # fmt: skip
    assert value(found, "time.worst", "top") == 2 * (100 + 600) + 10
    assert [(p.kind, p.code, p.at) for p in found.problems if p.code != "no-budget"] == [
        ("warning", "no-timeout", Location("readiness.yaml", pointer="/components/top")),
    ]  # fmt: skip


def test_what_may_wait_for_ever_proves_no_time() -> None:
    found = analyse({"top": {"calls": ["slow", "quick"]}, "slow": {}, "quick": {"timeout": "1ms"}})
    assert math.isinf(value(found, "time.worst", "top"))
    assert math.isinf(value(found, "time.worst", "slow"))
    check = Check(parse_expectation("time.worst <= 10 s"), "", Location("x"))
    assert compare(check, found.facts, Location("x"), confident=False).outcome == "inconclusive"
    bounded = Check(parse_expectation("time.worst where component = quick <= 10 s"), "", Location("x"))
    assert compare(bounded, found.facts, Location("x"), confident=False).outcome == "proven"


@pytest.mark.parametrize(("components", "loop"), [
    ({"a": {"calls": ["a"]}}, "a → a"),
    ({"a": {"calls": ["b"]}, "b": {"calls": ["a"]}}, "a → b → a"),
    ({"top": {"calls": ["a"]}, "a": {"calls": ["b"]}, "b": {"calls": ["c"]}, "c": {"calls": ["a"]}}, "a → b → c → a"),
])  # fmt: skip
def test_a_loop_is_invalid(components: dict[str, dict[str, Any]], loop: str) -> None:
    found = analyse(components)
    assert found.facts == ()
    assert [(p.kind, p.code, p.message) for p in found.problems] == [
        ("invalid", "circular-calls", f"components call each other: {loop}"),
    ]  # fmt: skip


def test_no_components_are_inconclusive() -> None:
    found = analyse({})
    assert (found.facts, [(p.kind, p.code) for p in found.problems]) == ((), [("inconclusive", "no-components")])


def test_many_ways_are_counted_at_once() -> None:
    layers = {f"{side}{n}": {"timeout": "1ms", "calls": [f"a{n + 1}", f"b{n + 1}"] if n < 40 else []}
              for n in range(41) for side in "ab"}  # fmt: skip
    assert value(analyse(layers), "calls.worst", "a0") == 2.0**39


# settings of files

MODEL = {"component": "model"}


def with_files(components: dict[str, dict[str, Any]], *evidence: Evidence, **parameters: str) -> Analysed:
    parts = {name: {"budget": "1s", **part} for name, part in components.items()}
    return run(launch(components=parts, parameters=parameters), "readiness.yaml", evidence)


def told(found: Analysed, code: str) -> list[str]:
    return problems(found, code)


def test_a_file_says_what_the_launch_leaves_open() -> None:
    own = given({"on": MODEL, "attempts": 3, "timeout": 2000, "backoff": 100}, reader="yaml")
    found = with_files({"model": {}}, own)
    assert (value(found, "calls.worst", "model"), value(found, "time.worst", "model")) == (3, 6200)
    assert (found.strength, [p.code for p in found.problems]) == (Strength.documented, ["no-budget"])


def test_of_launch_and_file_the_worse_counts_and_both_places_are_told() -> None:
    own = given({"on": MODEL, "attempts": 3, "timeout": 1500, "backoff": 50}, reader="yaml", path="own.yaml")
    found = with_files({"model": {"attempts": 2, "timeout": "2 s", "backoff": "100 ms"}}, own)
    assert (value(found, "calls.worst", "model"), value(found, "time.worst", "model")) == (3, 3 * 2000 + 2 * 100)
    assert told(found, "two-settings") == snapshot([
        "own.yaml:1: attempts of model is 2 in readiness.yaml /components/model/attempts and 3 in own.yaml:1: the worse counts",
        ("own.yaml:2: timeout of model is 2,000 ms in readiness.yaml /components/model/timeout and 1,500 ms in own.yaml:2: "
        "the worse counts"),
    ])  # fmt: skip
    fewer = with_files({"model": {"attempts": 5}}, own)
    assert value(fewer, "calls.worst", "model") == 5
    same = with_files({"model": {"attempts": 3, "timeout": "1500 ms"}}, own)
    assert told(same, "two-settings") == []


def test_defaults_of_a_tool_count_and_are_told() -> None:
    istio = given({"on": {"upstream": "model"}, "attempts": 3, "timeout": "off"}, reader="istio", origin="tool-default")
    found = with_files({"model": {"attempts": 1, "timeout": "2 s"}}, istio)
    assert (value(found, "calls.worst", "model"), value(found, "time.worst", "model")) == (3, 6000)
    assert told(found, "two-settings") == snapshot([
        ("proxy.yaml:1: attempts of model is 1 in readiness.yaml /components/model/attempts and 3 (the tool's default: nobody "
        "set it) in proxy.yaml:1: the worse counts")
    ])  # fmt: skip


def test_the_timeout_of_the_whole_bounds_all_attempts() -> None:
    envoy = given({"on": {"upstream": "model"}, "attempts": 4, "timeout__try": 3000, "timeout": 5000, "backoff": 25,
                   "backoff__max": 250})  # fmt: skip
    assert value(with_files({"model": {}}, envoy), "time.worst", "model") == 5000
    loose = given({"on": {"upstream": "model"}, "attempts": 4, "timeout__try": 3000, "timeout": 50_000, "backoff": 25,
                   "backoff__max": 250})  # fmt: skip
    assert value(with_files({"model": {}}, loose), "time.worst", "model") == 4 * 3000 + 3 * 250


def test_fallbacks_multiply_where_each_is_tried_with_all_attempts() -> None:
    group = {"on": {"model": "gpt"}, "fallback__targets": 2, "fallback__reach": 3}
    router = {"attempts": 3, "timeout__try": 1000, "backoff": 100}
    litellm = with_files({"model": {"stage": "gpt"}}, given(router, group, reader="litellm"))
    assert (value(litellm, "calls.worst", "model"), value(litellm, "time.worst", "model")) == (9, 9 * 1000 + 8 * 100)
    chained = given(router, {**group, "fallback__reach": 5}, reader="litellm")
    assert value(with_files({"model": {"stage": "gpt"}}, chained), "calls.worst", "model") == 15
    proxy = given({"on": {"upstream": "gpt"}, "fallback__targets": 2, "attempts": 3, "timeout__try": 1000})
    assert value(with_files({"model": {"stage": "gpt"}}, proxy), "calls.worst", "model") == 3


def test_layers_of_different_tools_multiply_and_files_of_one_do_not() -> None:
    app = given({"on": {"upstream": "model"}, "attempts": 3, "timeout__try": 4000, "backoff": 500}, reader="resilience4j",
                path="app.yml")  # fmt: skip
    mesh = given({"on": {"upstream": "model"}, "attempts": 2, "timeout__try": 1500}, reader="istio", path="mesh.yaml")
    found = with_files({"model": {}}, mesh, app)
    assert value(found, "calls.worst", "model") == 6
    assert value(found, "time.worst", "model") == 3 * (2 * 1500) + 2 * 500
    assert told(found, "nested-retries") == [
        "app.yml:1: model is tried at several layers, 3 in app.yml and 2 in mesh.yaml: 6 calls"]  # fmt: skip
    old = given({"on": {"upstream": "model"}, "attempts": 5, "timeout__try": 1500}, reader="istio", path="old.yaml")
    two = with_files({"model": {}}, mesh, old)
    assert value(two, "calls.worst", "model") == 5
    assert told(two, "two-settings") == ["old.yaml:1: attempts of model is 2 in mesh.yaml:1 and 5 in old.yaml:1: the worst counts"]


def test_time_against_the_timeout_of_the_caller_and_the_budget() -> None:
    parts: dict[str, dict[str, Any]] = {"gateway": {"timeout": "3 s", "calls": ["model"]}, "model": {"timeout": "2 s", "attempts": 2}}
    found = with_files(parts, p99_budget="8 s", p95_budget="1 s")
    assert value(found, "time.over_timeout", "gateway") == 4000 / 3000
    assert value(found, "time.over_budget", "model") == 4000 / 8000
    assert judged(found, "time.over_timeout <= 1").outcome == "failed"
    assert judged(found, "time.over_budget <= 1", "retries.unbounded = 0").outcome == "proven"
    assert value(with_files(parts, p95_budget="1 s"), "time.over_budget", "model") == 4
    without = with_files(parts)
    assert judged(without, "time.over_budget <= 1").outcome == "inconclusive"
    assert "the launch states neither p99_budget nor p95_budget" in {p.message for p in without.problems}
    assert judged(without, "calls.worst <= 2").outcome == "proven"


def test_retries_without_a_limit_are_counted() -> None:
    linkerd = given({"on": {"upstream": "model", "route": "GET /x"}, "attempts": "unlimited", "timeout": 10_000}, reader="linkerd")
    found = with_files({"model": {}}, linkerd)
    assert math.isinf(value(found, "calls.worst", "model"))
    assert value(found, "time.worst", "model") == 10_000
    assert told(found, "unbounded-retries") == [
        "proxy.yaml:1: nothing limits how often one request to route GET /x upstream model is tried"]  # fmt: skip
    assert judged(found, "retries.unbounded = 0").outcome == "failed"
    assert judged(found, "calls.worst <= 4").outcome == "inconclusive"
    endless = with_files({"model": {"attempts": 2}})
    assert told(endless, "unbounded-retries") == [
        "readiness.yaml /components/model: model is tried 2 times, and nothing bounds one attempt"]  # fmt: skip


def test_what_is_matched_and_what_is_not() -> None:
    files = given({"on": {"upstream": "model"}, "attempts": 2, "timeout": 900}, {"on": {"upstream": "cache"}, "attempts": 2})
    found = with_files({"model": {}, "store": {"timeout": "1 s"}}, files)
    assert told(found, "no-component") == ["proxy.yaml:3: in proxy.yaml, cache is no component of the launch; model is"]
    assert told(found, "not-configured") == [
        "readiness.yaml /components: no file sets anything for store: what the launch says is claimed"]  # fmt: skip
    assert found.strength is Strength.claimed


def test_a_file_that_proves_nothing_leaves_the_chain_open() -> None:
    wrong = Problem("invalid", "number", "`retries` is `many`", Location("k.yaml", 3), "write 3")
    broken = given({"on": MODEL, "attempts": 1}, reader="yaml", path="k.yaml")._replace(problems=(wrong,))
    found = with_files({"model": {"timeout": "1 s"}}, broken)
    assert judged(found, "calls.worst <= 4").outcome == "inconclusive"


@drawn(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3)), min_size=1, max_size=5))
def test_calls_are_the_product_over_hops_of_attempts_and_targets(hops: list[tuple[int, int]]) -> None:
    names = [f"hop{n}" for n in range(len(hops))]
    parts: dict[str, dict[str, Any]] = {name: {"calls": [names[n + 1]] if n + 1 < len(names) else []} for n, name in enumerate(names)}
    groups = [{"on": {"model": name}, "attempts": tries, "fallback__targets": spare, "timeout__try": 10}
              for name, (tries, spare) in zip(names, hops, strict=True)]  # fmt: skip
    found = with_files(parts, given(*groups, reader="litellm"))
    assert value(found, "calls.worst", "hop0") == math.prod(tries * (1 + spare) for tries, spare in hops)


# files of the tools

RESILIENCE = "real/resilience"
PETCLINIC: dict[str, dict[str, Any]] = {"gateway": {"stage": "genai-service", "timeout": "30 s", "calls": ["model"]},
             "model": {"stage": "groq/llama-4-maverick"}}  # fmt: skip


def test_real_petclinic_in_front_of_real_litellm_makes_eighteen_calls() -> None:
    """The gateway tries twice, and each time three attempts at each of three model groups."""
    settings = shared(f"{RESILIENCE}/spring-cloud/application.yml"), shared(f"{RESILIENCE}/litellm/ciris_litellm_config.yaml")
    found = with_files(PETCLINIC, *settings, p99_budget="60 s")
    assert value(found, "calls.worst", "model") == 9
    assert value(found, "calls.worst", "gateway") == 18
    assert value(found, "time.worst", "model") == 9 * 120_000 + 8 * 1000
    assert value(found, "time.over_budget", "model") == 1_088_000 / 60_000
    assert judged(found, "calls.worst <= 4").outcome == "failed"
    assert judged(found, "time.over_timeout <= 1").outcome == "failed"


@pytest.mark.parametrize("run_", range(5))
def test_produced_litellm_calls_are_what_is_predicted(run_: int) -> None:
    """LiteLLM's calls were counted at a stand-in of its upstreams, for five settings."""
    path = SHARED / "produced/litellm/result.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    counted = json.loads(path.read_text())["amplification"][run_]
    models = "".join(f"  - {{model_name: {n}, litellm_params: {{model: openai/{n}}}}}\n" for n in ("primary", "fb1", "fb2"))
    fallbacks = "fallbacks: [{primary: [fb1, fb2]}]" if counted["fallbacks"] else "retry_after: 0"
    text = f"model_list:\n{models}router_settings:\n  num_retries: {counted['num_retries']}\n  timeout: 5\n  {fallbacks}\n"
    found = with_files({"primary": {}}, read("litellm/made", "litellm.yaml", text.encode()))
    assert value(found, "calls.worst", "primary") == counted["total"]


def test_real_gateway_policy_tries_six_times_for_half_a_minute_each() -> None:
    parts: dict[str, dict[str, Any]] = {"llm": {"stage": "provider-fallback"}}
    policy = shared(f"{RESILIENCE}/envoy-ai-gateway/fallback.yaml")
    alone = with_files(parts, policy, p99_budget="30 s")
    assert value(alone, "time.worst", "llm") == 6 * 30_000 + 5 * 10_000
    assert judged(alone, "time.over_budget <= 1").outcome == "failed"
    routed = with_files(parts, policy, shared(f"{RESILIENCE}/envoy-ai-gateway/base.yaml"))
    assert value(routed, "time.worst", "llm") == 60_000  # the route's default for the whole request


def test_real_linkerd_retries_are_unbounded_and_real_envoy_routes_are_not() -> None:
    web = {"web": {"stage": "web-svc.emojivoto.svc.cluster.local"}}
    linkerd = with_files(web, shared(f"{RESILIENCE}/linkerd/web-service-profile-with-retry-budget.yml"))
    assert [f.value for f in linkerd.facts if f.metric == "retries.unbounded"] == [2]
    envoy = with_files({"service": {"stage": "service1-envoy"}}, shared(f"{RESILIENCE}/envoy/envoy.yaml"), p99_budget="20 s")
    assert judged(envoy, "retries.unbounded = 0", "calls.worst <= 1", "time.over_budget <= 1").outcome == "proven"


def test_it_declares_what_it_gives() -> None:
    declared = {(name, unit) for name, unit, _ in ANALYSIS.metrics}
    assert {(fact.metric, fact.unit) for fact in with_files(CHAIN, p99_budget="9 s").facts} == declared
