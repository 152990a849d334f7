"""What Prompty and dotprompt files share: front matter, digests, secrets, placeholders."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.evals.prompts import digest, head_of, normalised, parameters_text
from readiness.evidence.reader import Source
from readiness.evidence.readers import dotprompt, prompty
from tests.evidence.readers.config_files import known
from tests.evidence.readers.eval_files import real


def test_each_knows_its_own_files_only() -> None:
    assert known(prompty.READER) == {"prompty/py-basic.prompty", "prompty/tools_function.prompty"}
    assert known(dotprompt.READER) == {"dotprompt/10-kitchen-sink.prompt", "dotprompt/11-multilingual-unicode.prompt"}


@pytest.mark.parametrize("before", ["", "# licence\n#\n\n", "\n\n", "# a\r\n\r\n"])
def test_comments_may_stand_before_the_front_matter(before: str) -> None:
    """Trap: a licence above the first `---`, at which a common library gives up."""
    text = f"{before}---\na: 1\n---\nbody\n---\nmore\n".replace("\r\n", "\n")
    settings, body = head_of(text)
    assert (settings.strip(), body.strip()) == ("a: 1", "body\n---\nmore")


@pytest.mark.parametrize("text", ["", "---\na: 1\n", "text\n---\na: 1\n---\n", "--- x\na: 1\n---\n", "- --\n---"])
def test_what_has_no_front_matter_has_none(text: str) -> None:
    assert head_of(text) == ("", "")


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_a_digest_is_that_of_the_normalised_text(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text) or text.startswith("\ufeff\ufeff")
    assert digest(text) == digest(text.replace("\n", "\r\n") if "\r" not in text else text)
    assert digest(text) == digest(text + " \n") == hashlib.sha256(normalised(text).encode()).hexdigest()


def test_parameters_are_written_in_one_way() -> None:
    assert parameters_text({"b": 1.0, "a": [{"d": 2.5, "c": None}], "t": True}) == '{"a":[{"c":null,"d":2.5}],"b":1,"t":true}'


def test_a_real_prompty_has_the_digest_of_what_stands_below_its_settings() -> None:
    data = real("prompty", "py-basic.prompty")
    body = data.split(b"---\n", 2)[2].rstrip()
    (fact,) = (f for f in prompty.READER.read(_source(data), None).facts if f.metric == "prompt.sha256")
    assert fact.value == hashlib.sha256(body).hexdigest()
    assert data.split(b"\n")[fact.at.line - 1] == b"system:"


def test_a_real_dotprompt_below_a_licence_is_read() -> None:
    facts = {f.metric: f.value for f in dotprompt.READER.read(_source(real("dotprompt", "11-multilingual-unicode.prompt")), None).facts}
    assert (facts["prompt.model"], facts["prompt.parameters"]) == ("googleai/gemini-2.5-flash", '{"temperature":0.7}')


def _source(data: bytes) -> Source:
    return Source("chat.prompt", data)
