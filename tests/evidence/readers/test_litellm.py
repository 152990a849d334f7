"""LiteLLM configurations: what is in force for which model group, and what a fallback shares."""

from __future__ import annotations

import re

import pytest

from readiness.evidence.readers.litellm import READER
from tests.evidence.readers.config_files import (
    codes,
    declared,
    known,
    read,
    real,
    refusal,
    sample,
    value,
    values,
)

ONE = "model_list:\n  - model_name: a\n    litellm_params: {model: openai/a}\n"
BOTH = ONE + "  - model_name: b\n    litellm_params: {model: bedrock/b}\n"


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"litellm/aws_guidance_base.yaml", "litellm/ciris_litellm_config.yaml"}
    assert READER.sniff(b"# Runbook\n```yaml\nmodel_list:\nrouter_settings:\n```\n") == 0
    assert READER.sniff(b"model_list:\n  - a\n") == 0


def test_public_file_by_what_its_lines_say() -> None:
    data = real("litellm", "ciris_litellm_config.yaml")
    text, reading = data.decode(), read(READER, data)
    retries = int(re.findall(r"^  num_retries: (\d+)", text, re.MULTILINE)[0])
    assert value(reading, "attempts") == retries + 1 == 3
    timeout = int(re.findall(r"request_timeout: (\d+)", text)[0])
    assert value(reading, "timeout.try") == timeout * 1000
    names = re.findall(r"- model_name: \"(.+)\"", text)
    assert [f.labels[0][1] for f in reading.facts if f.metric == "targets"] == names
    chains = re.findall(r"^    - \"(.+)\": \[(.+)\]", text, re.MULTILINE)
    assert len(chains) == 6
    for name, targets in chains:
        order = " > ".join([name, *re.findall(r"\"(.+?)\"", targets)])
        assert value(reading, "fallback.order", model=name) == order
    for name in set(names) - {name for name, _ in chains}:
        assert values(reading, "fallback", model=name) == [(False, "tool-default")]
    assert value(reading, "attempts", on="RateLimitError") == 3
    shared = value(reading, "fallback.shared", model="llama-4-maverick", target="together/llama-4-maverick")
    assert shared == "provider together_ai, key TOGETHER_API_KEY"
    assert value(reading, "fallback.reach", model="default") == 4
    assert codes(reading) == ["chained-fallbacks"]
    assert values(reading, "cache.on") == [(False, "tool-default")]


def test_fallbacks_in_a_comment_are_none() -> None:
    reading = read(READER, real("litellm", "aws_guidance_base.yaml"))
    assert values(reading, "fallback") == [(False, "tool-default")]
    assert values(reading, "cache.on") == [(True, "file")]
    assert values(reading, "cache.ttl") == [(60_000, "tool-default")]
    assert value(reading, "cache.kind") == "exact"
    assert "no-breaker" in codes(reading)


def test_the_policy_of_an_error_holds_over_num_retries() -> None:
    policy = "router_settings:\n  num_retries: 1\n  retry_policy: {TimeoutErrorRetries: 4}\n"
    reading = read(READER, ONE + policy)
    assert values(reading, "attempts") == [(5, "derived")]
    assert values(reading, "attempts", on="TimeoutError") == [(5, "file")]
    assert value(read(READER, ONE + policy.replace("4", "0")), "attempts") == 2


def test_a_setting_of_a_deployment_is_never_hidden_by_the_routers() -> None:
    text = BOTH.replace("bedrock/b}", "bedrock/b, timeout: 300, num_retries: 7}")
    reading = read(READER, text + "router_settings:\n  timeout: 10\n  num_retries: 0\n")
    assert values(reading, "timeout.try") == values(reading, "attempts") == []
    assert values(reading, "timeout.try", model="a") == [(10_000, "file")]
    assert values(reading, "timeout.try", model="b") == [(300_000, "file")]
    assert value(reading, "attempts", model="a") == 1
    assert value(reading, "attempts", model="b") == 8


def test_settings_in_two_places() -> None:
    text = ONE + "litellm_settings: {num_retries: 5, request_timeout: 9}\nrouter_settings: {num_retries: 1, timeout: 3}\n"
    reading = read(READER, text)
    assert (value(reading, "attempts"), value(reading, "timeout.try")) == (2, 3000)
    assert codes(reading)[:2] == ["two-places", "two-places"]
    assert value(read(READER, ONE + "litellm_settings: {num_retries: 5}\n"), "attempts") == 6


def test_defaults_are_marked() -> None:
    reading = read(READER, ONE)
    assert values(reading, "attempts") == [(3, "tool-default")]
    assert values(reading, "timeout.try") == [(6_000_000, "tool-default")]
    assert values(reading, "breaker.open") == [(5000, "tool-default")]
    assert values(reading, "breaker.failure_ratio") == [(0.5, "tool-default")]


def test_a_fallback_that_does_not_exist_is_not_counted() -> None:
    reading = read(READER, ONE + "router_settings: {fallbacks: [{a: [gone]}, {lost: [a]}]}\n")
    assert values(reading, "fallback", model="a") == [(False, "file")]
    assert value(reading, "fallback.targets", model="a") == 0
    assert {"unknown-target", "unknown-model"} <= set(codes(reading))


@pytest.mark.parametrize("target", ["a", "{model: a, temperature: 0}"])
def test_a_group_is_no_fallback_of_itself(target: str) -> None:
    reading = read(READER, BOTH + f"router_settings: {{fallbacks: [{{a: [{target}]}}]}}\n")
    assert value(reading, "fallback", model="a") is False


def test_names_with_a_star_and_aliases_exist() -> None:
    text = BOTH.replace("model_name: b", 'model_name: "b/*"')
    settings = "router_settings: {fallbacks: [{a: [b/x, short]}], model_group_alias: {short: a}}\n"
    reading = read(READER, text + settings)
    assert value(reading, "fallback.targets", model="a") == 2
    assert "unknown-target" not in codes(reading)


def test_circles_of_fallbacks_are_told() -> None:
    text = BOTH + "  - model_name: c\n    litellm_params: {model: azure/c}\n"
    circle = "router_settings: {fallbacks: [{a: [b]}, {b: [c]}, {c: [a]}]}\n"
    reading = read(READER, text + circle)
    assert value(reading, "fallback.reach", model="a") == 3
    assert value(reading, "fallback.targets", model="a") == 1
    assert "chained-fallbacks" in codes(reading)


def test_what_is_shared_is_unknown_where_nothing_is_said() -> None:
    text = BOTH.replace("bedrock/b", "mystery")
    reading = read(READER, text + "router_settings: {fallbacks: [{a: [b]}]}\n")
    assert value(reading, "fallback.shared", model="a", target="b") == "unknown"


def test_regions_of_a_model_name_and_of_a_setting_are_shared() -> None:
    first = "model_list:\n  - model_name: a\n    litellm_params: {model: bedrock/us-east-1/x}\n"
    second = "  - model_name: b\n    litellm_params: {model: bedrock/y, aws_region_name: us-east-1}\n"
    reading = read(READER, first + second + "router_settings: {fallbacks: [{a: [b]}]}\n")
    assert value(reading, "fallback.shared", model="a", target="b") == "provider bedrock, region us-east-1"


def test_placeholders_are_no_values() -> None:
    reading = sample(READER, "ok/defaults.yaml")
    assert values(reading, "timeout.try", model="claude") == []
    assert "template" in codes(reading)


def test_keys_are_never_copied() -> None:
    key = "sk-" + "a1" * 12
    text = BOTH.replace("openai/a}", f"openai/a, api_key: {key}}}").replace("bedrock/b}", f"openai/b, api_key: {key}}}")
    reading = read(READER, text + "router_settings: {fallbacks: [{a: [b]}]}\n")
    assert key not in repr(reading)
    assert value(reading, "fallback.shared", model="a", target="b") == "provider openai, key"
    assert codes(reading).count("secret") == 2


def test_semantic_cache() -> None:
    cache = "litellm_settings: {cache: true, cache_params: {type: qdrant-semantic, mode: default_off}}\n"
    reading = read(READER, ONE + cache)
    assert value(reading, "cache.kind") == "semantic"
    assert values(reading, "cache.ttl") == values(reading, "cache.threshold") == []
    assert {"no-ttl", "cache-opt-in"} <= set(codes(reading))
    off = read(READER, ONE + cache.replace("true", "false"))
    assert values(off, "cache.on") == [(False, "file")]
    assert values(off, "cache.kind") == []
    assert "cache-off" in codes(off)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("a: 1\n", "wrong-kind"),
        ("[1]", "wrong-kind"),
        ("model_list: 3\n", "malformed"),
        ("model_list: [3]\n", "malformed"),
        ("model_list: []\nrouter_settings: 3\n", "malformed"),
        (ONE + "router_settings: {fallbacks: [a]}\n", "malformed"),
        (ONE + "router_settings: {retry_policy: 3}\n", "malformed"),
        (ONE.replace("{model: openai/a}", "openai"), "malformed"),
    ],
)
def test_refused(text: str, code: str) -> None:
    assert refusal(READER, text) == code


BROKEN = {
    "cut-off": "syntax",
    "fallbacks-no-list": "malformed",
    "helm": "template",
    "retries-twice": "duplicate-key",
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_samples(name: str) -> None:
    from tests.evidence.readers.config_files import SAMPLES

    assert refusal(READER, (SAMPLES / "litellm" / "broken" / f"{name}.yaml").read_bytes()) == BROKEN[name]
