"""Language neutrality: slices for each locale, and names that are made for one language."""

from __future__ import annotations

import json
from typing import Any

import pytest

from readiness.analysis.analyses.language_neutrality import ANALYSIS, run
from readiness.analysis.analysis import Analysed
from readiness.analysis.language import leak, prose, words
from readiness.errors import Location
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Problem
from tests.analysis.linked_files import launch, read, told

TWO = ["en-US", "de-DE"]


def analyse(*evidence: Evidence, locales: list[str] | None = None, **given: Any) -> Analysed:
    return run(launch(locales=TWO if locales is None else locales, **given), "readiness.yaml", evidence)


def value(found: Analysed, metric: str, /, **labels: str) -> Any:
    (fact,) = (f for f in found.facts if f.metric == metric and dict(f.labels) == labels)
    return fact.value


def texts(found: Analysed, code: str) -> list[str]:
    return [p.message for p in found.problems if p.code == code]


def figures(locale: str) -> list[tuple[str, Any, dict[str, str]]]:
    own = {"locale": locale}
    return [
        ("pass_rate", 0.97, {**own, "intent": "returns"}),
        ("index.documents", 900, own),
        ("guardrail.false_positive", 0.01, own),
        ("guardrail.false_negative", 0.02, own),
    ]


def test_a_locale_with_its_own_figures_lacks_nothing() -> None:
    found = analyse(told("a.json", *figures("en-US"), *figures("de-DE"), samples=300), read("json-schema/ok/session.yaml"))
    assert value(found, "slices.missing") == 0
    assert value(found, "slice", area="routing", locale="de-DE") is True
    assert (value(found, "language.leaks"), value(found, "language.explicit")) == (0, True)
    assert found.problems == ()


def test_a_locale_without_figures_is_named() -> None:
    found = analyse(told("a.json", *figures("en-US")))
    assert value(found, "slices.missing") == 3
    assert texts(found, "no-slice") == [
        "de-DE has no figure of routing of its own",
        "de-DE has no figure of retrieval of its own",
        "de-DE has no figure of safety of its own",
    ]


def test_guardrails_in_one_direction_are_no_slice() -> None:
    found = analyse(told("a.json", *figures("en-US"), *figures("de-DE")[:3]))
    assert texts(found, "no-slice") == ["de-DE has no guardrail.false_negative, only guardrail.false_positive of its own"]


@pytest.mark.parametrize("fact", [
    ("index.documents", 0, {"locale": "de-DE"}),
    ("index.documents", 9, {"locale": "fr-FR"}),
    ("index.documents", 9, {}),
    ("pass_rate", 0.9, {"locale": "de-DE"}),
    ("index.documents", 9, {"locale": "de-AT"}),
])  # fmt: skip
def test_what_is_no_slice_of_retrieval(fact: tuple[str, Any, dict[str, str]]) -> None:
    assert value(analyse(told("a.json", fact)), "slice", area="retrieval", locale="de-DE") is False


def test_a_figure_of_the_language_counts_for_its_locale() -> None:
    assert value(analyse(told("a.json", ("index.documents", 9, {"locale": "de"}))), "slice", area="retrieval", locale="de-DE") is True


def test_a_run_that_proves_nothing_gives_no_slice() -> None:
    empty = Problem("inconclusive", "no-cases", "nothing ran", Location("a.json"))
    found = analyse(told("a.json", *figures("en-US"), *figures("de-DE"), problem=empty))
    assert value(found, "slices.missing") == 6


def schema(**properties: Any) -> Evidence:
    text = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, **properties}}
    return read("json-schema/x", "api.json", json.dumps(text).encode())


def test_language_in_fields_and_values_is_told() -> None:
    found = analyse(schema(answer_en={}, answer_de={}, intent={"enum": ["returns", "Bestellung ändern", "order status"]}, Größe={}, germanText={}))
    assert texts(found, "language-leak") == [
        "the field /answer_en: it carries the language en",
        "the field /answer_de: it carries the language de",
        "the value `Bestellung ändern` of /intent: it is text for people",
        "the value `order status` of /intent: it is text for people",
        "the field /Größe: it is written in a language of its own",
        "the field /germanText: it names the language german",
    ]
    assert value(found, "language.leaks") == 6
    assert value(found, "language.explicit") is False
    assert texts(found, "implicit") == ["no schema has a field for the language: it is guessed, or built in"]


def test_codes_as_values_of_a_locale_are_no_leak() -> None:
    found = analyse(schema(locale={"enum": ["en-US", "de-DE"]}, lang={"enum": ["en", "de"]}))
    assert value(found, "language.leaks") == 0


def test_intents_made_for_one_language_are_told() -> None:
    domain = {"title": "x", "likelihood": "rare", "intents": ["returns_de", "greeting"]}
    found = analyse(schema(locale={}), told("a.json", ("pass_rate", 1, {"intent": "refund-en"})), failure_domains={"a": domain})
    assert texts(found, "language-leak") == [
        "the intent `refund-en`: it carries the language en",
        "the intent `returns_de`: it carries the language de",
    ]


@pytest.mark.parametrize(("name", "beside", "leaks"), [
    ("answer", (), False), ("title_fr", (), False), ("title_fr", ("title_es",), True), ("frTitle", ("esTitle",), True),
    ("en", ("de",), True), ("en", (), False), ("en-GB", (), True), ("dedupe", (), False), ("de_duplicate", (), False),
    ("is_it", (), False), ("answer_it", ("answer_en",), False), ("language", (), False), ("preferredLocale", (), False),
    ("message_DE", (), True), ("textEN", (), True),
])  # fmt: skip
def test_names(name: str, beside: tuple[str, ...], leaks: bool) -> None:
    assert bool(leak(name, (name, *beside), frozenset({"en", "de"}))) is leaks


def test_a_code_that_is_a_word_leaks_beside_its_twin() -> None:
    assert leak("answer_it", ("answer_it", "answer_en"), frozenset({"en", "it"})) == "it carries the language it"
    assert leak("send_it", ("send_it", "id"), frozenset({"en", "it"})) == ""


def test_words_and_prose() -> None:
    assert words("answerDE_text-v2") == ["answer", "de", "text", "v", "2"]
    assert [prose(v) for v in ("order_status", "Order status", "größe", "2 1", "")] == [False, True, True, False, False]


def test_without_locales_it_proves_nothing() -> None:
    found = analyse(locales=[])
    assert [(p.kind, p.code) for p in found.problems] == [("inconclusive", "no-locales")]
    assert found.facts == ()


def test_without_a_schema_no_leak_can_be_told() -> None:
    found = analyse(told("a.json", *figures("en-US")))
    assert "language.leaks" not in {f.metric for f in found.facts}
    assert "no-schemas" in {p.code for p in found.problems}


def test_produced_schema_and_session_are_neutral() -> None:
    found = analyse(read("json-schema/ok/answer.schema.json"), read("json-schema/ok/session.yaml"), read("openapi/ok/gateway.yaml"))
    assert (value(found, "language.leaks"), value(found, "language.explicit")) == (0, True)


def test_it_declares_what_it_gives() -> None:
    found = analyse(schema(locale={}))
    declared = {(name, unit) for name, unit, _ in ANALYSIS.metrics}
    assert {(fact.metric, fact.unit) for fact in found.facts} == declared


def test_the_expectation_of_its_page_can_be_read() -> None:
    for text in ANALYSIS.example.split(", "):
        assert parse_expectation(text).metric in {name for name, _, _ in ANALYSIS.metrics}
