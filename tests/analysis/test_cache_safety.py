"""The analysis `cache-safety`: keys, personal intents, wrong hits at the threshold, time to live."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.analysis.analyses.cache_safety import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.analysis.caches import caches, plain_part
from readiness.cli.shield import shield
from readiness.errors import Location
from readiness.evaluation.compare import compare
from readiness.evidence.collect import Collector
from readiness.evidence.paths import Roots
from readiness.model.checklist import FactMap
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.plan import Check
from readiness.stats.exact import clopper_pearson
from tests.analysis.evals import launch, sample, shared
from tests.analysis.linked_files import read, told

EXAMPLE = Path(__file__).resolve().parents[2] / "evidence" / "shop-assistant"
BOTH: dict[str, Any] = {"depends_on": ["prompt", "model", "locale"], "personal": ["order-status", "human-handoff"]}
ALL = ["prompt", "model", "locale", "tenant", "tools"]


def analyse(*evidence: Evidence, cache: dict[str, Any] | None = None, **fields: Any) -> Analysed:
    given = {"cache": cache or BOTH, "parameters": {"index_refresh": "15 min"}, **fields}
    return run(launch(**given), "readiness.yaml", evidence)


def value(found: Analysed, name: str, **labels: str) -> float:
    values = [f.value for f in found.facts if f.metric == name and labels.items() <= dict(f.labels).items()]
    assert len(values) == 1, values
    return float(values[0])


def metrics(found: Analysed) -> set[str]:
    return {fact.metric for fact in found.facts}


def kinds(found: Analysed) -> list[str]:
    return [f"{p.kind}:{p.code}" for p in found.problems]


def outcome(found: Analysed, expectation: str) -> str:
    check = Check(parse_expectation(expectation), "", Location("list.yaml"))
    return compare(check, found.facts, Location("x"), confident=False).outcome


def mapped(path: str, reader: str, **metrics: dict[str, Any]) -> Evidence:
    """Read a file of the worked example, as a launch maps it."""
    fact_map = FactMap.model_validate({"metrics": {name.replace("__", "."): [entry] for name, entry in metrics.items()}})
    return Collector(Roots(EXAMPLE, EXAMPLE), shield).read(path, (reader,), fact_map)


def policy() -> Evidence:
    """The file that the gateway of the worked example loads."""
    return Collector(Roots(EXAMPLE, EXAMPLE), shield).read("rig/service/cache.yaml", ("cache-policy",))


def replay() -> Evidence:
    """What the rig measured against that gateway."""
    return mapped(
        "evidence/cache/eval.json", "json", lookups={"at": "/lookups"}, false_hits={"at": "/false_hits"},
        false_hit_ratio={"at": "/false_hit_ratio", "unit": "ratio", "samples": "/hits"},
        personal_hits={"at": "/personal_hits"}, stale_served={"at": "/stale_served"},
    )  # fmt: skip


def semantic(*parts: str, threshold: float | None = 0.9, ttl: Any = 600_000.0, excluded: str = "none", name: str = "") -> Evidence:
    """A semantic cache as a policy tells it."""
    own = {"cache": name} if name else {}
    facts: list[tuple[str, Any, dict[str, str]]] = [
        ("cache.kind", "semantic", own), ("cache.key", ", ".join(parts), own), ("cache.ttl", ttl, own),
        ("cache.excluded", excluded, own),
    ]  # fmt: skip
    if threshold is not None:
        facts.append(("cache.threshold", threshold, own))
    return told("policy.yaml", *facts, strength=Strength.documented)


def rate(wrong: int, hits: int, threshold: float | None, path: str = "eval.jsonl", name: str = "", **labels: str) -> Evidence:
    at = Location(path, 1)
    facts = [Fact("false_hit_ratio", wrong / hits, "ratio", at, tuple(sorted(labels.items())), hits)]
    if threshold is not None:
        facts.append(Fact("cache.threshold", threshold, "ratio", at))
    if name:
        facts.append(Fact("cache.name", name, "", at))
    return Evidence(path, (), "semantic-cache", Strength.measured, tuple(facts), ())


def test_the_cache_of_the_worked_example_is_keyed_excluded_and_short_lived() -> None:
    """The positive case: the file that the service loads, and what the rig measured."""
    found = analyse(policy(), replay())
    assert outcome(found, "key.missing = 0") == "proven"
    assert outcome(found, "personal.cached = 0") == "proven"
    assert outcome(found, "ttl.over_refresh <= 1") == "proven"
    assert value(found, "ttl.over_refresh") == pytest.approx(300 / 900)
    assert value(found, "caches") == 1
    assert (found.strength, kinds(found)) == (Strength.documented, ["warning:stale"])


def test_its_wrong_hits_are_not_ruled_out() -> None:
    """7 of 52; the exact upper end by another formula: the rate at which 7 or fewer have 2.5 %."""
    found = analyse(policy(), replay())
    upper = value(found, "false_hit.upper")
    tail = sum(math.comb(52, k) * upper**k * (1 - upper) ** (52 - k) for k in range(8))
    assert tail == pytest.approx(0.025, abs=1e-9)
    assert outcome(found, "false_hit.upper <= 1 %") == "failed"


def test_a_real_litellm_proxy_keeps_neither_tenant_nor_locale_apart() -> None:
    """The negative case: a public configuration; its default key has no metadata (measured)."""
    found = analyse(shared("real/resilience/litellm/aws_guidance_base.yaml"), cache={"depends_on": ALL, "personal": ["order-status"]})
    assert value(found, "key.missing") == 2
    assert outcome(found, "key.missing = 0") == "failed"
    assert [p.message for p in found.problems] == snapshot([
        "answers depend on `locale`, and the key of the cache of aws_guidance_base.yaml does not hold it",
        "answers depend on `tenant`, and the key of the cache of aws_guidance_base.yaml does not hold it",
        "nothing says which intents the cache of aws_guidance_base.yaml leaves out",
    ])  # fmt: skip
    assert {p.at.pointer for p in found.problems[:2]} == {"/litellm_settings/cache_params/type"}
    assert kinds(found)[2] == "inconclusive:no-excluded"
    assert value(found, "ttl.over_refresh") == pytest.approx(60 / 900)


def test_a_real_portkey_config_never_passes_without_key_and_age() -> None:
    found = analyse(shared("real/resilience/portkey/cookbook-mistral-portkey-3.json"))
    assert kinds(found) == ["inconclusive:no-key", "inconclusive:no-excluded", "inconclusive:no-threshold", "warning:no-ttl"]
    assert outcome(found, "ttl.over_refresh <= 1") == "inconclusive"
    assert outcome(found, "key.missing = 0") == "inconclusive"


def test_keys_of_a_produced_redis_that_never_expire_are_no_pass_whatever_a_policy_says() -> None:
    found = analyse(policy(), shared("produced/redis/info-evicting.txt"))
    assert outcome(found, "ttl.over_refresh <= 1") == "inconclusive"
    assert outcome(found, "ttl.over_refresh <= 1000000") == "inconclusive"
    assert "1,307 keys of info-evicting.txt never expire" in [p.message for p in found.problems]
    kept = analyse(policy(), shared("produced/redis/info-warm.txt"))
    assert outcome(kept, "ttl.over_refresh <= 1") == "proven"
    assert [f for f in kept.facts if f.metric == "ttl.over_refresh" and dict(f.labels)["file"] == "info-warm.txt"] == []


def test_what_a_server_still_has_left_counts_against_a_policy() -> None:
    left = told("info.txt", ("cache.ttl_left", 1_800_000.0, {"db": "db0"}), unit="ms")
    found = analyse(policy(), left)
    assert value(found, "ttl.over_refresh", file="info.txt") == 2
    assert outcome(found, "ttl.over_refresh <= 1") == "failed"


def test_a_log_alone_describes_no_cache() -> None:
    assert kinds(analyse(shared("produced/nginx/cache_access.log"))) == ["inconclusive:no-caches"]


def test_a_policy_with_its_evaluation_at_the_very_threshold() -> None:
    found = analyse(
        sample("cache-policy/ok/cache-policy.yaml"), sample("semantic-cache/ok/eval.jsonl"),
        cache={"depends_on": ALL, "personal": ["order-status", "account-balance"]}, locales=["en-US", "de-DE", "ja-JP"],
    )  # fmt: skip
    assert value(found, "key.missing", cache="answers") == 0
    assert value(found, "key.missing", cache="retrieval") == 5
    assert value(found, "personal.cached", cache="answers") == 0
    assert value(found, "false_hit.upper", cache="answers") == pytest.approx(clopper_pearson(3, 31).high)
    assert value(found, "false_hit.worst", by="locale", locale="ja-JP") == pytest.approx(clopper_pearson(2, 8).high)
    assert value(found, "false_hit.worst", by="intent", intent="returns") == pytest.approx(clopper_pearson(2, 14).high)
    assert math.isinf(value(found, "ttl.over_refresh", cache="retrieval"))
    assert value(found, "caches") == 2  # the third is off
    assert "inconclusive:cross-tenant-hits" in kinds(found)
    assert found.strength == Strength.documented


def test_another_threshold_is_taken_from_its_row_and_from_no_other() -> None:
    table = sample("semantic-cache/ok/no-header.jsonl")
    found = analyse(semantic("prompt", "model", "locale", threshold=0.9), table)
    assert any(f.metric == "false_hit.upper" for f in found.facts)
    between = analyse(semantic("prompt", "model", "locale", threshold=0.905), table)
    assert kinds(between) == ["warning:personal", "inconclusive:no-threshold-row"]
    assert "false_hit.upper" not in metrics(between)
    assert between.problems[-1].message == snapshot("no wrong hits were measured for the cache of policy.yaml at its threshold, 0.905; there are some at 0.9 and 0.91")


def test_no_evaluation_at_all_is_inconclusive() -> None:
    found = analyse(semantic("prompt", "model", "locale", excluded="order-status, human-handoff"))
    assert kinds(found) == ["inconclusive:no-threshold-row"]
    assert outcome(found, "false_hit.upper <= 100 %") == "inconclusive"


def test_an_unknown_threshold_is_inconclusive() -> None:
    assert "inconclusive:no-threshold" in kinds(analyse(semantic("prompt", threshold=None), rate(0, 900, 0.9)))


def test_an_evaluation_of_another_cache_does_not_count() -> None:
    both = semantic("prompt", name="answers"), rate(0, 500, 0.9, name="others")
    assert "inconclusive:no-threshold-row" in kinds(analyse(*both))
    assert value(analyse(semantic("prompt", name="answers"), rate(0, 500, 0.9, name="answers")), "false_hit.upper") < 0.01


def test_one_that_names_no_cache_counts_only_where_it_can_be_of_one() -> None:
    two = semantic("prompt", name="a"), semantic("prompt", name="b")._replace(path="b.yaml")
    assert kinds(analyse(*two, rate(0, 500, 0.9))).count("inconclusive:no-threshold-row") == 2
    assert "false_hit.upper" in metrics(analyse(two[0], rate(0, 500, 0.9)))


def test_a_proxy_and_the_policy_of_its_kind_share_an_evaluation() -> None:
    proxy = semantic("prompt")._replace(path="proxy.yaml")
    for name in ("", "answers"):
        found = analyse(semantic("prompt", name="answers"), proxy, rate(0, 500, 0.9, name=name))
        assert len([f for f in found.facts if f.metric == "false_hit.upper"]) == 2
    other = analyse(semantic("prompt", name="answers"), proxy, rate(0, 500, 0.9, name="others"))
    assert kinds(other).count("inconclusive:no-threshold-row") == 2


def test_of_two_evaluations_the_worse_one_counts() -> None:
    found = analyse(semantic("prompt"), rate(0, 500, 0.9, "a.jsonl"), rate(9, 20, 0.9, "b.jsonl"))
    assert value(found, "false_hit.upper") == pytest.approx(clopper_pearson(9, 20).high)


def test_a_rate_without_its_hits_shows_nothing() -> None:
    bare = told("eval.json", ("false_hit_ratio", 0.0, {}), ("cache.threshold", 0.9, {}), unit="ratio")
    assert "inconclusive:no-threshold-row" in kinds(analyse(semantic("prompt"), bare))


def test_a_count_says_more_than_a_rounded_rate() -> None:
    facts: list[tuple[str, Any, dict[str, str]]] = [("false_hit_ratio", 0.0, {}), ("false_hits", 2.0, {}), ("cache.threshold", 0.9, {})]
    found = analyse(semantic("prompt"), told("eval.json", *facts, unit="ratio", samples=300))
    assert value(found, "false_hit.upper") == pytest.approx(clopper_pearson(2, 300).high)


def test_a_locale_without_a_hit_hides_behind_no_worst_locale() -> None:
    whole, one = rate(0, 400, 0.9), rate(0, 400, 0.9, locale="en-US")
    merged = whole._replace(facts=(*whole.facts, *one.facts))
    found = analyse(semantic("prompt"), merged, locales=["en-US", "fr-FR"])
    assert "warning:no-slice" in kinds(found)
    assert "false_hit.worst" not in metrics(found)
    assert "false_hit.worst" in metrics(analyse(semantic("prompt"), merged, locales=["en-US"]))


def test_a_launch_that_does_not_say_what_answers_depend_on() -> None:
    found = run(launch(), "readiness.yaml", (policy(),))
    assert kinds(found) == ["inconclusive:no-cache"]
    assert found.problems[0].help == snapshot("write `cache: {depends_on: [prompt, model, locale, tenant, tools], personal: [order-status]}`: what an answer depends on, and intents about one user")
    assert found.facts == ()


def test_a_launch_that_does_not_name_personal_intents_shows_nothing_of_them() -> None:
    found = analyse(policy(), cache={"depends_on": ["prompt"]})
    assert kinds(found) == ["warning:no-personal"]
    assert outcome(found, "personal.cached = 0") == "inconclusive"
    assert value(analyse(policy(), cache={"depends_on": ["prompt"], "personal": []}), "personal.cached") == 0


def test_personal_intents_that_are_kept_are_named() -> None:
    found = analyse(policy(), cache={"depends_on": ["prompt"], "personal": ["Order-Status", "balance"]})
    assert value(found, "personal.cached") == 1
    assert "keeps answers about one user: balance" in found.problems[0].message


@pytest.mark.parametrize("refresh", [{}, {"index_refresh": "soon"}, {"index_refresh": "3"}, {"index_refresh": "0 min"}])
def test_without_a_time_of_refresh_the_age_is_not_judged(refresh: dict[str, str]) -> None:
    found = analyse(policy(), parameters=refresh)
    assert "inconclusive:no-refresh" in kinds(found)
    assert "ttl.over_refresh" not in metrics(found)


@pytest.mark.parametrize("ttl", [0.0, -1.0, "off", math.nan, math.inf])
def test_no_end_is_infinite_and_never_passes(ttl: Any) -> None:
    found = analyse(semantic("prompt", ttl=ttl))
    assert math.isinf(value(found, "ttl.over_refresh"))
    assert outcome(found, "ttl.over_refresh <= 1") == "inconclusive"


def test_what_is_off_is_no_cache_and_proves_nothing() -> None:
    off = told("policy.yaml", ("cache.on", False, {}), ("cache.kind", "off", {}))
    assert kinds(analyse(off)) == ["inconclusive:no-caches"]
    assert kinds(analyse(told("proxy.yaml", ("cache.on", False, {})))) == ["inconclusive:no-caches"]


def test_a_policy_that_cannot_be_believed_is_not_passed_over() -> None:
    broken = sample("cache-policy/broken/no-key.yaml")
    assert kinds(analyse(policy(), broken))[0] == "inconclusive:left-out"
    unfinished = policy()._replace(path="b.yaml", problems=(Problem("inconclusive", "x", "half", Location("b.yaml")),))
    assert kinds(analyse(policy(), unfinished)) == ["inconclusive:left-out"]
    assert kinds(analyse(semantic("prompt")._replace(problems=unfinished.problems)))[0] == "inconclusive:left-out"


def test_hits_on_personal_answers_contradict_any_policy() -> None:
    found = analyse(policy(), told("replay.json", ("personal_hits", 3.0, {})))
    assert kinds(found) == ["inconclusive:personal-hits"]
    assert "inconclusive:cross-tenant-hits" not in kinds(analyse(policy(), told("r.json", ("cross_tenant_hits", 3.0, {}))))


@pytest.mark.parametrize(("text", "plain"), [
    ("prompt_version", "prompt"), ("Prompt-SHA256", "prompt"), ("own:tenant_id", "tenant"), ("http_x_tenant_id", "tenant"),
    ("arg_locale", "locale"), ("session.tenant", "tenant"), ("id", "id"), ("x", "x"), ("model", "model"),
])  # fmt: skip
def test_names_of_parts(text: str, plain: str) -> None:
    assert plain_part(text) == plain


def test_user_is_no_tenant_and_a_namespace_is_nothing() -> None:
    cache = caches([read("litellm/ok/two-regions.yaml")])
    keyed = caches([told("p.yaml", ("cache.kind", "exact", {}), ("cache.key", "messages, user, namespace", {}))])[0]
    assert [keyed.keeps_apart(part) for part in ("prompt", "question", "tenant", "user", "locale")] == [True, True, False, True, False]
    assert all(not one.keeps_apart("tenant") for one in cache)


def test_one_policy_says_for_a_proxy_which_intents_are_left_out() -> None:
    """No setting of a proxy can; with two policies, or two proxies, it is not known whose it is."""
    proxy, said = read("litellm/ok/defaults.yaml"), policy()
    both = analyse(proxy, said, cache={"depends_on": ["prompt", "model"], "personal": ["order-status"]})
    assert kinds(both) == []
    assert {f.value for f in both.facts if f.metric == "personal.cached"} == {0}
    assert {f.value for f in both.facts if f.metric == "key.missing"} == {0}
    assert kinds(analyse(proxy, proxy._replace(path="b.yaml"), said)).count("inconclusive:no-excluded") == 2
    assert "inconclusive:no-excluded" in kinds(analyse(proxy, said, said._replace(path="b.yaml")))
    assert "inconclusive:no-excluded" in kinds(analyse(proxy, semantic("prompt")))  # of another kind


def test_a_key_of_nginx_is_read_from_its_variables() -> None:
    found = analyse(sample("nginx/ok/gateway.conf"), cache={"depends_on": ["prompt", "locale"], "personal": []})
    assert value(found, "key.missing", route="chat.example.com /chat") == 1
    assert {p.at.line for p in found.problems if p.code == "missing-prompt"} == {31, 46}
    assert math.isinf(value(found, "ttl.over_refresh", route="chat.example.com /all"))


def test_likeness_keeps_no_prompts_apart() -> None:
    (cache,) = caches([semantic("messages", "model")])
    assert [cache.keeps_apart(part) for part in ("prompt", "question", "model")] == [False, True, True]


parts = st.lists(st.sampled_from(["prompt", "model", "locale", "tenant", "tools", "user", "index"]), unique=True)


@given(parts, parts, st.integers(0, 40), st.integers(1, 400), st.floats(1, 1e9))
def test_a_longer_key_never_lacks_more_and_bounds_hold(key: list[str], more: list[str], wrong: int, hits: int, ttl: float) -> None:
    wrong = min(wrong, hits)
    cache = {"depends_on": ALL, "personal": []}
    less = analyse(semantic(*key, ttl=ttl), rate(wrong, hits, 0.9), cache=cache)
    longer = analyse(semantic(*dict.fromkeys([*key, *more]), ttl=ttl), rate(wrong, hits, 0.9), cache=cache)
    if key:
        assert value(longer, "key.missing") <= value(less, "key.missing") == len(set(ALL) - set(key))
        assert len([p for p in less.problems if p.code.startswith("missing-")]) == value(less, "key.missing")
    assert wrong / hits <= value(less, "false_hit.upper") <= 1
    assert (outcome(less, "ttl.over_refresh <= 1") == "proven") == (ttl <= 900_000)


def test_the_example_of_its_page_is_about_what_it_gives() -> None:
    names = {name for name, _, _ in ANALYSIS.metrics}
    assert {parse_expectation(text.strip()).metric for text in ANALYSIS.example.split(",")} <= names
