"""The dotprompt reader: partials are part of the prompt, comments are not."""

from __future__ import annotations

import hashlib

import pytest

from readiness.cli.shield import shield
from readiness.evidence.collect import Collector
from readiness.evidence.paths import Roots
from readiness.evidence.reader import Reading, Source
from readiness.evidence.readers.dotprompt import READER, refers
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared_by,
    found,
    refusal,
    sample,
    value,
)
from tests.evidence.readers.eval_files import real

OK = SAMPLES / "dotprompt" / "ok"
HEAD = "---\nmodel: m\n---\n"


def read(body: str, **partials: str) -> Reading:
    beside = {f"_{name}.prompt": Source(name, text.encode()) for name, text in partials.items()}
    return READER.read(Source("chat.formal.prompt", (HEAD + body).encode(), beside), None)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_it_says_name_version_model_and_parameters() -> None:
    reading = sample(READER, "ok/chat.prompt")
    told = {f.metric: f.value for f in reading.facts}
    assert told.pop("prompt.sha256")
    assert told == {"prompt.id": "chat", "prompt.version": "v42", "prompt.model": "googleai/gemini-2.5-flash",
                    "prompt.parameters": '{"maxOutputTokens":256,"temperature":0.2}'}  # fmt: skip
    assert codes(reading) == []
    assert value(read("Answer {{q}}."), "prompt.id", prompt="chat.formal") == "chat.formal"


def test_partials_beside_it_are_part_of_the_prompt() -> None:
    """Trap: a prompt that is unchanged sends another text once its partial changes."""
    found_there = Collector(Roots(OK, OK), shield).read("partials.prompt")
    assert [file.path for file in found_there.files] == ["partials.prompt", "shared/_rules.prompt", "shared/_tone.prompt"]
    assert found_there.problems == ()
    digest = {f.metric: f.value for f in found_there.facts}["prompt.sha256"]
    text = '{{role "system"}}\nYou are a support assistant.\nNever promise a date.\nBe brief.\n\n{{role "user"}}\n{{question}}'
    assert digest == sha(text)
    assert value(read("A {{>x}}", x="one"), "prompt.sha256", prompt="chat.formal") == sha("A one")


@pytest.mark.parametrize("body", ["{{>gone}}", "{{> gone who=name}}", "{{#>gone}}default{{/gone}}", "{{> (lookup . 'x')}}", "{{~>gone~}}"])
def test_a_partial_that_is_not_there_leaves_the_prompt_open(body: str) -> None:
    reading = read(f"Answer. {body}")
    assert codes(reading) == ["inconclusive:partials"]
    assert found(reading, "prompt.sha256", prompt="chat.formal") == []


def test_partials_that_include_each_other_end() -> None:
    assert codes(read("{{>a}}", a="{{>b}}", b="{{>a}}")) == ["inconclusive:partials"]


def test_comments_are_not_sent() -> None:
    plain = value(read("Answer {{q}}."), "prompt.sha256", prompt="chat.formal")
    assert value(read("{{! why }}{{!-- {{>gone}} --}}Answer {{q}}."), "prompt.sha256", prompt="chat.formal") == plain
    assert value(read("{{!-- a -- b }} {{>gone}} --~}}Answer {{q}}."), "prompt.sha256", prompt="chat.formal") == plain
    assert refers(Source("a", b"{{! {{>gone }} }} {{>here}} {{>sub/there}} {{>../up}}")) == ["_here.prompt", "sub/_there.prompt", "../_up.prompt"]
    assert refers(Source("a", b"\xff\xfe")) == []


def test_settings_that_are_no_yaml_are_refused() -> None:
    """A public sample whose schema reads `{ name: string }[]` in the middle of YAML."""
    data = real("dotprompt", "10-kitchen-sink.prompt")
    assert READER.sniff(data) == 90
    assert refusal(READER, data) == "syntax"


@pytest.mark.parametrize("text", [
    "---\nmodel: x\n---\n# Runbook\n\nUse {{ placeholder }} here.\n", 'Use {{role "system"}} alone\n', "---\ntitle: x\n---\nNo braces\n",
])  # fmt: skip
def test_other_documents_are_not_claimed(text: str) -> None:
    assert READER.sniff(text.encode()) == 0


def test_it_gives_what_it_declares() -> None:
    declared_by(READER, [sample(READER, "ok/chat.prompt").facts])
