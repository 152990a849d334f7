"""Names in failure domains must exist, and the shares of intents are all of the traffic."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from readiness.errors import InputError
from readiness.loading.build import build
from readiness.loading.references import references
from readiness.model.launch import Launch
from readiness.strict_yaml import parse_yaml

HEAD = """\
schema: readiness/launch@1
service: shop
title: Shop
owner: team-assist
launch: 2026-12-07
candidate: {version: 1.0.0}
checklists: [llm-service]
"""
BODY = """\
intents: {order-status: 40 %, product-question: 60 %}
components:
  model: {budget: 1 s, fate: {region: eu-west-1, provider: one}}
  faq: {budget: 50 ms}
failure_domains:
  llm-backend:
    title: Model backend down
    likelihood: possible
    breaks: [model]
    intents: [order-status]
    alerts: {errors: ModelErrors}
    answers:
      order-status: {answer: The order page, notice: "Here is your order", uses: [faq]}
      all: {answer: Prepared texts, notice: "Answers are limited right now"}
    takeover: {how: automatic, breaker: model, ttl: 60 s}
    drill: drill-model
"""


def _launch(body: str = BODY) -> Launch:
    return build(Launch, parse_yaml((HEAD + body).encode(), "readiness.yaml"))


def test_what_exists_is_found() -> None:
    found = list(references(_launch(), ["drill-model"]))
    assert len(found) == 7
    assert [one for one in found if one.name not in one.known] == []


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("breaks: [model]", "breaks: [modle]", "component"),
        ("breaker: model", "breaker: modle", "component"),
        ("uses: [faq]", "uses: [fag]", "component"),
        ("intents: [order-status]", "intents: [order]", "intent"),
        ("      all: {", "      rest: {", "intent"),
        ("drill: drill-model", "drill: drill-modle", "slot"),
    ],
)
def test_what_does_not_exist_is_named(old: str, new: str, kind: str) -> None:
    found = references(_launch(BODY.replace(old, new)), ["drill-model"])
    assert [one.kind for one in found if one.name not in one.known] == [kind]


def test_shares_are_all_of_the_traffic() -> None:
    with pytest.raises(InputError) as caught:
        _launch(BODY.replace("60 %", "30 %"))
    assert str(caught.value.diagnostics[0].message) == snapshot(
        "the shares of the intents add up to 70 %, not to 100 %"
    )
