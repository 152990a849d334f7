"""What a launch states: what weakens it, and what only changes it."""

from __future__ import annotations

from typing import Any

import pytest

from readiness.loading.build import build
from readiness.loading.weaker import weaker
from readiness.model.launch import Launch
from readiness.strict_yaml import parse_yaml

BASE = """\
schema: readiness/launch@1
service: shop
title: Shop
owner: team-assist
launch: 2026-12-07
candidate: {version: 1.0.0}
checklists: [llm-service]
locales: [en-US, de-DE]
intents: {order: 40 %, other: 60 %}
components:
  gateway: {budget: 50 ms, timeout: 6 s, calls: [model]}
  model: {budget: 2 s, attempts: 2, fate: {provider: one, key: a}}
failure_domains:
  llm:
    title: Model down
    likelihood: possible
    breaks: [model]
    answers: {order: {answer: The order page, uses: [gateway]}}
cache: {depends_on: [prompt, model], personal: [order]}
contract: {schema: a.json, consumers: [web, app]}
rollout:
  stages:
    - {share: 5 %, hold: 2 h, abort: [errors >= 2 %]}
    - {share: 100 %, hold: 1 d, abort: [errors >= 1 %]}
  rollback: Take it back
"""
NAMES = ("locales", "intents", "components", "failure_domains", "cache", "contract", "rollout")


def changed(old: str, new: str) -> list[str]:
    assert old in BASE
    one, other = (build(Launch, parse_yaml(t.encode(), "r.yaml")) for t in (BASE, BASE.replace(old, new)))
    pairs: list[tuple[str, Any, Any]] = [(n, getattr(one, n), getattr(other, n)) for n in NAMES]
    assert any(before != after for _, before, after in pairs), "nothing was changed"
    return [name for name, before, after in pairs if weaker(before, after, name)]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (", de-DE", "", "locales"),
        ("order: 40 %, other: 60 %", "other: 100 %", "intents"),
        ("budget: 50 ms", "budget: 51 ms", "components"),
        ("timeout: 6 s", "timeout: 7 s", "components"),
        (", timeout: 6 s", "", "components"),
        ("attempts: 2", "attempts: 3", "components"),
        (", calls: [model]", "", "components"),
        ("key: a", "key: b", "components"),
        (", key: a", "", "components"),
        ("    breaks: [model]\n", "", "failure_domains"),
        ("uses: [gateway]", "uses: []", "failure_domains"),
        (", personal: [order]", "", "cache"),
        ("[prompt, model]", "[prompt]", "cache"),
        (", app]", "]", "contract"),
        ("schema: a.json", "schema: b.json", "contract"),
        ("errors >= 1 %", "errors >= 5 %", "rollout"),
        ("    - {share: 5 %, hold: 2 h, abort: [errors >= 2 %]}\n", "", "rollout"),
    ],
)
def test_less_or_more_is_weaker(old: str, new: str, what: str) -> None:
    assert changed(old, new) == [what]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (", de-DE", ", de-DE, fr-FR"),
        ("order: 40 %, other: 60 %", "order: 30 %, other: 70 %"),
        ("budget: 50 ms", "budget: 40 ms"),
        ("attempts: 2", "attempts: 1"),
        ("title: Model down", "title: The model is down"),
        ("    breaks: [model]\n", "    breaks: [model]\n    alerts: {errors: ModelErrors}\n"),
        ("uses: [gateway]", "uses: [gateway, model]"),
        ("[prompt, model]", "[prompt, model, tenant]"),
        ("rollback: Take it back", "rollback: Take version 1.3 back"),
    ],
)
def test_more_proof_or_other_words_are_not(old: str, new: str) -> None:
    assert changed(old, new) == []
