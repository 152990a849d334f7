"""Attack D6: no text of a review becomes a command to the runner that reads what is printed."""

from __future__ import annotations

import re
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.model.text import inert
from readiness.rendering.format import FORMATS, Style

from .change import with_texts
from .consumers import text_of
from .reviews import review
from .runner import KNOWN, commands, outputs

TEXTS = [
    "::stop-commands::token", "  ::add-mask::GO", "\n::error::x", "\r::set-output name=decision::GO", "##[add-mask]x",
    "a ##[error]b", "##[##[error]]", "::error file=a,line=1::b", "%0A::error::x", "\u2028::error::x", "\x0b::error::x",
    "\x85::warning ::x", "\u00a0::notice::x", "\u3000::group::x", "::ERROR::x", "##[Stop-Commands]x", ":::error::x",
    "a,title=b::c", "x\n##[set-env name=PATH]/tmp", "\u200b::error::x", "word " * 9 + "::error::x",
]  # fmt: skip
PRINTED = tuple(name for name in FORMATS.shipped if name not in ("html", "pdf"))


@pytest.mark.parametrize("form", PRINTED)
@pytest.mark.parametrize("case", ["no-go-30", "conditions", "go"])
def test_d6_only_our_own_annotations_are_commands(form: str, case: str) -> None:
    harmless = commands(text_of(form, review(case), Style(width=60)))
    for start in range(0, len(TEXTS), 4 if case == "no-go-30" else 1):
        texts = cycle(TEXTS[start:] + TEXTS[:start])
        found = commands(text_of(form, with_texts(review(case), texts.__next__), Style(width=60)))
        assert [c.name for c in found] == [c.name for c in harmless], start
        assert all(set(c.properties) <= {"title", "file", "line", "col"} for c in found)


def test_d6_an_annotation_says_what_the_text_said() -> None:
    """What is escaped comes back as it was, apart from what no one could see."""
    text = "100%25 of a,b:c;d ::x"
    found = commands(text_of("github", with_texts(review("no-go-1"), lambda: text)))
    assert found[1].properties["title"].startswith(f"{text} CB-01 {text}")
    assert text in found[1].data


@given(st.text(st.sampled_from(list(":#[]%\r\n \t\x0b\x85\u2028aerrorstopcommands-=,;")), max_size=40))
def test_d6_inert_text_is_no_command_and_plain_text_stays(text: str) -> None:
    safe = inert(text.replace("\r", "\n"))
    assert commands(safe) == []
    assert inert(safe) == safe
    if "::" not in text and "##[" not in text:
        assert safe == text.replace("\r", "\n")


@given(st.sampled_from(sorted(KNOWN)), st.text(max_size=5), st.text(max_size=5))
def test_d6_every_command_is_broken(name: str, before: str, after: str) -> None:
    for text in (f"{before}::{name}::{after}", f"{before}##[{name}]{after}"):
        assert commands(inert(re.sub(r"[\r\n]", " ", text))) == []


def test_the_runner_of_these_tests_knows_both_spellings() -> None:
    assert [c.name for c in commands("x\n ::error a=b%2C::c\ry ##[add-mask]z\n::nothing::x")] == ["error", "add-mask"]
    assert outputs("a=b\nc<<E\nd=e\nE\n") == {"a": "b", "c": "d=e"}
    with pytest.raises(ValueError, match="E"):
        outputs("c<<E\nd\n")
