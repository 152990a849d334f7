"""Fallback coverage: cells and their holes, shared fate, redundancy, what the model is not needed for."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.analysis.analyses.fallback_coverage import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Strength
from tests.analysis.failure_files import (
    ANSWER,
    COMPONENTS,
    DRILL,
    INTENTS,
    domain,
    example,
    shared,
    subject,
    texts,
    value,
)
from tests.analysis.linked_files import launch, read, told

DRILLED = read("chaos-toolkit/ok/completed.json", DRILL)
RULES = read("prometheus-rules/ok/rules.yml")


def analyse(*evidence: Evidence, launch_of: dict[str, Any] | None = None, **given: Any) -> Analysed:
    return run(subject({"llm": domain(**given)}, **(launch_of or {})), "readiness.yaml", evidence)


def test_a_domain_that_lacks_nothing_is_covered() -> None:
    drill = example("chaos-toolkit", "evidence/drills/model-backend.json", DRILL)
    found = analyse(drill, RULES)
    assert found.problems == ()
    assert value(found, "cells") == 2
    assert value(found, "cells.covered") == 1
    assert value(found, "coverage", domain="llm") == 1
    assert (value(found, "holes"), value(found, "holes", domain="llm")) == (0, 0)
    assert (value(found, "fallbacks.shared"), value(found, "redundancy.undegraded")) == (0, 0)
    assert value(found, "served_without_model") == 1
    assert found.strength is Strength.documented  # the rules


@pytest.mark.parametrize("journal", ["dry", "prefailed", "deviated"])
def test_a_drill_that_proves_nothing_is_a_hole(journal: str) -> None:
    drill = shared("chaos-toolkit", f"produced/chaostoolkit/{journal}-journal.json", DRILL)
    found = analyse(drill, RULES)
    (text,) = texts(found, "no-drill")
    assert text.startswith(f"llm × returns and products: {DRILL}")
    assert value(found, "cells.covered") == 0


def test_what_a_public_file_says_of_its_fallbacks_counts() -> None:
    found = analyse(DRILLED, RULES, shared("litellm", "real/resilience/litellm/ciris_litellm_config.yaml"))
    assert value(found, "fallbacks.shared") == 1
    (text,) = texts(found, "shared-fallback")
    assert text == (
        "the fallback of llama-4-maverick to together/llama-4-maverick shares provider together_ai, key TOGETHER_API_KEY "
        "with what it stands in for"
    )
    portkey = shared("portkey", "real/resilience/portkey/cookbook-mistral-portkey-3.json")
    assert texts(analyse(DRILLED, RULES, portkey), "shared-fallback") == [
        "the fallback to mistral-ai/mistral-tiny shares provider mistral-ai, key with what it stands in for"
    ]


def test_each_hole_is_named() -> None:
    answers = {"returns": {"answer": "The page of the order"}, "products": {**ANSWER, "notice": "TBD"}}
    found = analyse(answers=answers, alerts={"errors": "Gone"}, drill="drill-else")
    assert texts(found) == [
        "llm × returns: the words that users see are not written",
        "llm × returns: whether the fallback breaks too is not known: the answer does not say what it `uses`; `[]` for nothing",
        "llm × returns and products: no alert is known to exist: of `Gone`, no rules of alerts were read",
        "llm × returns and products: no file is bound to the drill's slot `drill-else`",
        "llm × products: the words that users see are not written",
    ]
    assert value(found, "holes") == 7
    assert {str(p.at) for p in found.problems} >= {
        "readiness.yaml /failure_domains/llm/answers/returns", "readiness.yaml /failure_domains/llm/answers/products",
        "readiness.yaml /failure_domains/llm/alerts", "readiness.yaml /failure_domains/llm/drill",
    }  # fmt: skip
    assert all(problem.kind == "warning" and problem.help for problem in found.problems)


def test_an_intent_without_an_answer_is_a_hole() -> None:
    found = analyse(DRILLED, RULES, answers={"products": ANSWER}, fallback="The search answers with a notice")
    assert texts(found) == ["llm × returns: nothing under `answers` says what users get"]
    assert value(found, "coverage", domain="llm") == 0.5


def test_an_alert_that_is_in_no_rules_is_a_hole() -> None:
    found = analyse(DRILLED, RULES, alerts={"errors": "Chatcompletionratelow"})
    assert texts(found) == [
        "llm × returns and products: no alert is known to exist: of `Chatcompletionratelow`, it is in none of the rules that were read"
    ]
    assert texts(analyse(DRILLED, RULES, alerts=None)) == ["llm × returns and products: no alert is named"]


def test_intents_are_all_of_the_launch_where_a_domain_names_none() -> None:
    assert value(analyse(DRILLED, RULES, intents=None), "cells") == 3
    found = analyse(DRILLED, RULES, intents=None, launch_of={"intents": {}})
    assert value(found, "cells") == 1
    assert texts(found) == ["the share served without the model is not known: the launch has no `intents`"]
    assert not [f for f in found.facts if f.metric == "served_without_model"]


def test_slashes_in_names_are_escaped_in_places() -> None:
    found = analyse(DRILLED, RULES, answers={"a/b~c": {"answer": "A page"}}, intents=["a/b~c"], launch_of={"intents": {}})
    assert str(found.problems[0].at) == "readiness.yaml /failure_domains/llm/answers/a~1b~0c"


@pytest.mark.parametrize(("uses", "fates", "why"), [
    (["model"], {}, "the fallback breaks too: it uses model, which is broken"),
    (["gateway"], {}, ""),
    (["gateway", "search"], {}, ""),
    (["gateway"], {"gateway": {"region": "eu-west-1"}}, "the fallback breaks too: gateway has the region eu-west-1, as model has"),
    (["search"], {"search": {"region": "EU-West-1"}}, "the fallback breaks too: search has the region eu-west-1, as model has"),
    (["search"], {"search": {"key": "a"}, "model": {"key": "a, b"}}, "the fallback breaks too: search has the key a, as model has"),
    (["search"], {"search": {}}, "whether the fallback breaks too is not known: no `fate` is known of search"),
    (["search"], {"model": {}}, "whether the fallback breaks too is not known: no `fate` is known of model"),
    (["search"], {"search": {"region": "unknown"}}, "whether the fallback breaks too is not known: no `fate` is known of search"),
    (["search"], {"search": {"quota": "none"}}, ""),
    (["search"], {"search": {"quota": "none"}, "model": {"quota": "none"}}, ""),
    ([], {"model": {}}, ""),
])  # fmt: skip
def test_shared_fate(uses: list[str], fates: dict[str, Any], why: str) -> None:
    components = {name: {**part, "fate": fates.get(name, part.get("fate", {}))} for name, part in COMPONENTS.items()}
    found = analyse(DRILLED, RULES, answers={"all": {**ANSWER, "uses": uses}}, launch_of={"components": components})
    assert texts(found) == ([f"llm × returns and products: {why}"] if why else [])
    assert value(found, "fallbacks.shared") == value(found, "fallbacks.shared", domain="llm") == bool(why)


def test_what_is_reached_by_calls_counts_but_for_the_entry() -> None:
    components = {**COMPONENTS, "search": {**COMPONENTS["search"], "calls": ["ranker"]}, "ranker": {"budget": "1 s", "calls": ["model"]}}
    found = analyse(DRILLED, RULES, launch_of={"components": components})
    assert texts(found) == ["llm × returns and products: the fallback breaks too: it reaches search → ranker → model, which is broken"]
    assert value(found, "served_without_model") == pytest.approx(0.1)
    alone = {name: {**part, "calls": []} for name, part in components.items()}
    bare = {**alone, "search": {"budget": "1 s"}}
    assert texts(analyse(DRILLED, RULES, launch_of={"components": bare}), "fate-unknown")


def test_without_any_fallback_none_of_them_is_independent() -> None:
    assert math.isnan(value(analyse(DRILLED, RULES, answers=None), "fallbacks.shared"))
    assert math.isnan(value(analyse(DRILLED, RULES, answers=None), "fallbacks.shared", domain="llm"))
    alone = told("litellm.yaml", ("fallback.shared", "none", {"model": "a", "target": "b"}))
    assert value(analyse(DRILLED, RULES, alone, answers=None), "fallbacks.shared") == 0
    unknown = told("litellm.yaml", ("fallback.shared", "unknown", {"model": "a", "target": "b"}))
    found = analyse(DRILLED, RULES, unknown)
    assert value(found, "fallbacks.shared") == 1
    assert texts(found) == ["the fallback of a to b may share its fate with what it stands in for"]


def test_a_domain_that_does_not_say_what_it_breaks_proves_no_independence() -> None:
    found = analyse(DRILLED, RULES, breaks=None)
    assert texts(found, "fate-unknown") == [
        "llm × returns and products: whether the fallback breaks too is not known: the domain does not say which components it `breaks`"
    ]


def test_regions_and_providers_of_settings_complete_the_launch() -> None:
    settings = told("litellm.yaml", ("region", "eu-central-1, eu-north-1", {"model": "model"}), strength=Strength.documented)
    assert texts(analyse(DRILLED, RULES, settings)) == [
        "llm × returns and products: the fallback breaks too: search has the region eu-central-1, as model has"
    ]
    bare = {**COMPONENTS, "model": {"budget": "1 s", "stage": "llm"}}
    stage = told("litellm.yaml", ("provider", "one", {"upstream": "llm"}))
    assert texts(analyse(DRILLED, RULES, stage, launch_of={"components": bare})) == []


def test_redundancy_without_a_degraded_mode() -> None:
    found = analyse(DRILLED, RULES, failover="A second region takes over", answers={"products": ANSWER})
    assert value(found, "redundancy.undegraded") == 1
    assert texts(found, "no-degraded-mode") == [
        "llm: redundancy without a degraded mode: by failover (`A second region takes over`); when that fails too, returns get nothing that is written down"
    ]
    assert value(analyse(DRILLED, RULES, failover="A second region takes over"), "redundancy.undegraded") == 0
    second = {"all": {"answer": "A replica", "notice": "Answers are limited", "uses": ["search"]}}
    assert value(analyse(DRILLED, RULES, answers=second), "redundancy.undegraded") == 1


@pytest.mark.parametrize(("metric", "amount", "redundant"), [
    ("fallback", True, True), ("fallback", False, False), ("targets", 2.0, True), ("targets", 1.0, False), ("fallback.targets", 1.0, True),
    ("targets", "unknown", False),
])  # fmt: skip
def test_redundancy_of_settings(metric: str, amount: Any, redundant: bool) -> None:
    settings = told("litellm.yaml", (metric, amount, {"model": "model"}))
    assert value(analyse(DRILLED, RULES, settings, answers=None), "redundancy.undegraded") == redundant
    other = told("litellm.yaml", (metric, amount, {"model": "another"}))
    assert value(analyse(DRILLED, RULES, other, answers=None), "redundancy.undegraded") == 0


@pytest.mark.parametrize(("answers", "share"), [
    ({"all": ANSWER}, 1.0),
    ({"products": ANSWER}, 0.7),
    ({"returns": ANSWER}, 0.4),
    (None, 0.1),
    ({"all": {"answer": "Another model answers", "notice": "Slower today", "uses": ["llm-b"]}}, 0.1),
    ({"all": {"answer": "The search", "uses": ["search"]}}, 0.1),
    ({"all": {"answer": "The search", "notice": "Limited"}}, 0.1),
    ({"all": {"answer": "A fixed text", "notice": "Limited", "uses": []}}, 1.0),
])  # fmt: skip
def test_the_share_served_without_the_model(answers: dict[str, Any] | None, share: float) -> None:
    components = {**COMPONENTS, "llm-b": {"budget": "1 s", "fate": {"provider": "two"}}}
    found = analyse(answers=answers, launch_of={"components": components})
    assert value(found, "served_without_model") == pytest.approx(share)


def test_without_a_model_the_share_is_not_known() -> None:
    found = analyse(DRILLED, RULES, breaks=["search"])
    assert not [f for f in found.facts if f.metric == "served_without_model"]
    assert texts(found, "no-model-domain")


def test_a_launch_without_failure_domains_proves_nothing() -> None:
    found = run(launch(), "readiness.yaml", ())
    assert [(p.kind, p.code) for p in found.problems] == [("inconclusive", "no-failure-domains")]
    assert found.facts == ()


def test_the_example_is_an_expectation_of_its_own_metrics() -> None:
    names = {name for name, _, _ in ANALYSIS.metrics}
    assert {parse_expectation(part.strip()).metric for part in ANALYSIS.example.split(",")} <= names
    assert {f.metric for f in analyse(DRILLED, RULES).facts} == names


PARTS = st.fixed_dictionaries({}, optional={
    "answers": st.sampled_from([{"all": ANSWER}, {"returns": ANSWER}, {"all": {"answer": "Text"}}]),
    "alerts": st.sampled_from([{}, {"errors": "ChatCompletionRateLow"}, {"latency": "None"}]),
    "breaks": st.sampled_from([["model"], ["search"], ["gateway", "model"], []]),
    "drill": st.sampled_from(["drill-model", "drill-else"]),
    "intents": st.lists(st.sampled_from(sorted(INTENTS)), unique=True),
})  # fmt: skip


@given(st.dictionaries(st.sampled_from(["llm", "store", "index"]), PARTS, min_size=1), st.booleans())
def test_cells_are_covered_or_have_a_hole_that_is_told(domains: dict[str, Any], drilled: bool) -> None:
    parts = {name: {"title": "x", "likelihood": "rare", **part} for name, part in domains.items()}
    found = run(subject(parts), "readiness.yaml", (RULES, *([DRILLED] if drilled else [])))
    holes, cells = value(found, "holes"), value(found, "cells")
    assert holes == sum(value(found, "holes", domain=name) for name in domains)
    assert (value(found, "cells.covered") == 1) == (holes == 0) == all(value(found, "coverage", domain=n) == 1 for n in domains)
    assert cells * (1 - value(found, "cells.covered")) <= holes + 1e-9
    assert bool(texts(found, "no-answer", "no-notice", "shared-fate", "fate-unknown", "no-alert", "no-drill")) == bool(holes)
    assert drilled or value(found, "cells.covered") == 0
