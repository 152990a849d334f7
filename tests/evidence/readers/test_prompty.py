"""The Prompty reader: both versions, and a prompt that is not all in its file."""

from __future__ import annotations

import pytest

from readiness.evidence.readers.prompty import READER
from tests.evidence.readers.config_files import codes, declared, found, read, refusal, sample, value
from tests.evidence.readers.eval_files import problems

TEXT = "---\nname: chat\nmodel:\n  id: gpt-4o\n---\nsystem:\nAnswer {{q}}.\n"


def test_version_2_has_an_id_and_options() -> None:
    reading = sample(READER, "ok/version-2.prompty")
    assert value(reading, "prompt.model", prompt="chat") == "gpt-4o-mini"
    assert value(reading, "prompt.parameters", prompt="chat") == '{"maxOutputTokens":256,"temperature":0.2}'
    assert (value(reading, "prompt.version", prompt="chat"), codes(reading)) == ("v42", [])


def test_version_1_has_a_configuration_and_parameters() -> None:
    reading = sample(READER, "ok/version-1.prompty")
    assert value(reading, "prompt.model", prompt="Chat") == "gpt-4o"
    assert value(reading, "prompt.parameters", prompt="Chat") == '{"max_tokens":3000,"temperature":0.2}'


def test_without_options_the_defaults_are_in_force() -> None:
    (fact,) = found(read(READER, TEXT), "prompt.parameters", prompt="chat")
    assert (fact.value, fact.origin) == ("{}", "tool-default")


def test_a_model_may_be_a_placeholder_or_not_there() -> None:
    """Three states: absent, a placeholder, and what is written."""
    assert codes(read(READER, TEXT.replace("gpt-4o", "${env:MODEL}"))) == ["template"]
    assert codes(read(READER, TEXT.replace("  id: gpt-4o", "  api: chat"))) == ["no-model"]
    short = read(READER, TEXT.replace("model:\n  id: gpt-4o", "model: gpt-4o"))
    assert value(short, "prompt.model", prompt="chat") == "gpt-4o"


def test_secrets_are_never_copied() -> None:
    text = TEXT.replace("  id: gpt-4o\n", "  id: gpt-4o\n  options: {apiKey: s3cret, endpoint: x, max_tokens: 9}\n")
    assert value(read(READER, text), "prompt.parameters", prompt="chat") == '{"max_tokens":9}'


@pytest.mark.parametrize("more", ["{% include 'rules.md' %}", "{%- import 'x' as x %}", "${file:rules.md}"])
def test_a_prompt_that_includes_a_file_is_not_all_here(more: str) -> None:
    reading = read(READER, TEXT + more)
    assert codes(reading) == ["inconclusive:included"]
    assert found(reading, "prompt.sha256", prompt="chat") == []


@pytest.mark.parametrize(("text", "code"), [
    ("system:\nAnswer.\n", "no-front-matter"), ("---\n- a\n---\nsystem:\n", "malformed"),
    ("---\nmodel: x\n---\n \n", "no-prompt"), ("---\nmodel: [x\n---\nsystem:\n", "syntax"),
    ("---\nmodel: x\nmodel: y\n---\nsystem:\n", "duplicate-key"),
])  # fmt: skip
def test_what_is_no_prompt_is_refused(text: str, code: str) -> None:
    assert refusal(READER, text) == code
    assert problems(READER, text.encode()) == [f"invalid:{code}"]


def test_a_document_about_models_is_no_prompt() -> None:
    assert READER.sniff(b"---\nmodel: x\n---\n# Runbook\n\nCall the system owner.\n") == 0
    assert READER.sniff(b"---\ntitle: x\n---\nsystem:\n") == 0


def test_it_gives_what_it_declares() -> None:
    declared(READER)
