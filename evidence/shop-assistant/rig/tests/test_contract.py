"""The shape of requests and answers that clients rely on."""

import json

import pytest
from jsonschema import Draft202012Validator

from client import Rig
from load.mix import RIG

SCHEMA = json.loads((RIG / "contract/answer.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
QUESTIONS = [
    ("Hello!", "en-US", "greeting"),
    ("Is the Torne tent waterproof?", "en-US", "product-question"),
    ("Where is my order 10012?", "en-US", "order-status"),
    ("How long does a refund take?", "en-US", "returns"),
    ("Ich möchte mit einem Mitarbeiter sprechen", "de-DE", "human-handoff"),
]


@pytest.mark.parametrize(("text", "locale", "intent"), QUESTIONS)
def test_answer_has_exactly_the_documented_fields(
    rig: Rig, text: str, locale: str, intent: str
) -> None:
    body = rig.ask(text, locale)
    assert set(body) == set(SCHEMA["properties"])
    assert not [error.message for error in VALIDATOR.iter_errors(body)]
    assert (body["intent"], body["locale"]) == (intent, locale)
    assert body["answer"]


@pytest.mark.parametrize(
    ("text", "locale", "session"),
    [("", "en-US", "s"), ("Hi", "fr-FR", "s"), ("Hi", "en-US", "a/b"), ("x" * 501, "en-US", "s")],
    ids=["no-text", "unknown-locale", "bad-session", "long-text"],
)
def test_bad_requests_are_rejected_with_a_reason(
    rig: Rig, text: str, locale: str, session: str
) -> None:
    response = rig.post(text, locale, session)
    assert response.status_code == 422
    assert response.json()["error"]


def test_server_timing_names_every_stage(rig: Rig) -> None:
    header = rig.post("Is the Rimo tent light?", "en-US", "s").headers["server-timing"]
    names = {part.split(";")[0].strip() for part in header.split(",")}
    assert names == {"conversation", "routing", "retrieval", "model", "gateway", "total"}


def test_normal_answer_carries_no_notice(rig: Rig) -> None:
    body = rig.ask("Is the Torne tent waterproof?")
    assert (body["degraded"], body["degraded_by"], body["notice"]) == (False, [], None)
