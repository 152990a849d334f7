"""What users get while the model backend or the conversation store is down."""

from collections.abc import Iterator

import pytest
from conftest import wait_until_full

from client import Rig
from service.config import LOCALES, load_limits, load_yaml

TEXTS = load_yaml("fallback.yaml")["locales"]
MODEL = load_limits()["model"]
STORE = load_limits()["conversation-store"]
QUESTIONS = {
    "en-US": {
        "order-status": "Where is my order 10012?",
        "returns": "How do I return my tent?",
        "product-question": "Is the Alvik rain jacket waterproof?",
    },
    "de-DE": {
        "order-status": "Wo ist meine Bestellung 10012?",
        "returns": "Wie kann ich mein Zelt zurückgeben?",
        "product-question": "Ist die Alvik Regenjacke wasserdicht?",
    },
}
NAMES = {"en-US": "Alvik rain jacket", "de-DE": "Alvik Regenjacke"}


@pytest.fixture(scope="class")
def open_breaker(rig: Rig) -> Iterator[None]:
    """Make the model fail until its breaker is open; restore it and wait afterwards."""
    rig.outage("model", "error")
    for _ in range(MODEL.failures):
        rig.ask("Is the Rimo tent waterproof?", fresh=True)
    yield
    rig.outage("model", None)
    wait_until_full(rig, MODEL.reset_s + 5)


@pytest.mark.usefixtures("open_breaker")
class TestWhileTheBreakerIsOpen:
    def test_breaker_opens_after_the_configured_failures(self, rig: Rig) -> None:
        assert rig.component("model")["state"] == "opened"

    def test_every_intent_has_a_fallback_with_a_notice(self, rig: Rig) -> None:
        for locale in LOCALES:
            for intent, text in QUESTIONS[locale].items():
                body = rig.ask(text, locale)
                assert body["intent"] == intent
                assert body["degraded_by"] == ["model"]
                assert body["notice"] == TEXTS[locale]["notice"]
                expected = TEXTS[locale][intent].split("{items}")[0]
                assert body["answer"].startswith(expected)
            assert NAMES[locale] in rig.ask(QUESTIONS[locale]["product-question"], locale)["answer"]

    def test_no_model_call_while_the_breaker_is_open(self, rig: Rig) -> None:
        before = rig.model_calls()
        for _ in range(5):
            assert rig.ask(QUESTIONS["en-US"]["returns"], fresh=True)["degraded"]
        assert rig.model_calls() == before

    def test_greeting_and_handoff_do_not_need_the_model(self, rig: Rig) -> None:
        for text in ("Hello!", "I want to talk to a human"):
            assert not rig.ask(text)["degraded"]


def test_cached_answers_survive_the_outage(rig: Rig) -> None:
    text = QUESTIONS["en-US"]["product-question"]
    first = rig.ask(text)
    rig.outage("model", "error")
    try:
        second = rig.ask(text)
    finally:
        rig.outage("model", None)
    assert second["cached"]
    assert not second["degraded"]
    assert second["answer"] == first["answer"]


def test_degraded_answers_are_not_cached(rig: Rig) -> None:
    text = QUESTIONS["en-US"]["returns"]
    rig.outage("model", "error")
    try:
        assert rig.ask(text)["degraded"]
    finally:
        rig.outage("model", None)
    wait_until_full(rig, MODEL.reset_s + 5)
    assert not rig.ask(text)["cached"]


def test_service_recovers_after_the_reset_time(rig: Rig) -> None:
    rig.outage("model", "refuse")
    for _ in range(MODEL.failures):
        rig.ask("Is the Rimo tent waterproof?", fresh=True)
    rig.outage("model", None)
    assert wait_until_full(rig, MODEL.reset_s + 5) <= MODEL.reset_s + 2
    assert rig.component("model")["state"] == "closed"


@pytest.mark.parametrize("locale", LOCALES)
def test_store_outage_makes_the_assistant_stateless(rig: Rig, locale: str) -> None:
    rig.outage("store", "refuse")
    try:
        body = rig.ask(QUESTIONS[locale]["product-question"], locale)
    finally:
        rig.outage("store", None)
    assert body["degraded_by"] == ["conversation-store"]
    assert body["notice"] == TEXTS[locale]["stateless_notice"]
    assert NAMES[locale] in body["answer"]
    wait_until_full(rig, STORE.reset_s + 5)
