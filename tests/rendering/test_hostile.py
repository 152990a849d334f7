"""Hostile texts in every string of a review change nothing but text, in any format."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import count, cycle
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from readiness.model.serial import dump, load
from readiness.rendering.engine import markdown
from readiness.rendering.format import Style
from readiness.rendering.formats.html import render as html
from readiness.rendering.formats.markdown import Cut, _filled
from readiness.rendering.formats.terminal import render as terminal
from readiness.rendering.view import build

from .change import with_texts
from .page import Page
from .reviews import review

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.review import Review

PROSE = ("why", "fix")
_CODES = re.compile(r"\x1b\[(?:0|1|2|3[1-3])m")


def poisoned(texts: list[str], *, keep: tuple[str, ...] = ()) -> Iterator[Review]:
    """Yield reviews until each text has been in some field, with 400 texts in each review."""
    for start in range(0, len(texts), 400):
        yield with_texts(review("no-go-5"), cycle(texts[start : start + 400]).__next__, keep=keep)


def shape(page: str) -> Counter[tuple[str, tuple[str, ...]]]:
    """Count elements with their attributes; `code` comes from backticks and is harmless."""
    return Counter((tag, tuple(sorted(a))) for tag, a in Page(page).tags if tag != "code")


def test_html_gains_no_element_and_no_attribute(hostile: list[str]) -> None:
    numbered = map("harmless {}".format, count())  # no two alike: what is said twice may be said once
    harmless = shape(html(with_texts(review("no-go-5"), numbered.__next__, keep=PROSE), Style()))
    texts = [text for text in hostile if " where " not in text]  # a rule with `where` names its subject
    for found in poisoned(texts, keep=PROSE):
        page = html(found, Style())
        assert shape(page) == harmless
        assert not {c for c in page if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs"}}


def test_prose_becomes_few_elements_and_safe_links(hostile: list[str]) -> None:
    allowed = {"p", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a", "s", "br"}
    for text in hostile:
        page = Page(str(markdown(text)))
        assert {tag for tag, _ in page.tags} <= allowed, text
        for tag, attributes in page.tags:
            assert set(attributes) <= {"a": {"href", "title"}, "code": {"class"}, "ol": {"start"}}.get(tag, set())
            assert re.match(r"https?://|mailto:|$", attributes.get("href") or "")


def test_markdown_keeps_its_structure(hostile: list[str]) -> None:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    def tokens(text: str) -> Counter[str]:
        blocks = parser.parse(text)
        return Counter(t.type for block in blocks for t in (block, *(block.children or []))
                       if t.type not in {"text", "softbreak"})  # fmt: skip

    harmless = tokens(_filled(build(with_texts(review("no-go-5"), lambda: "harmless")), Cut()))
    for found in poisoned(hostile):
        text = _filled(build(found), Cut())
        assert tokens(text) == harmless
        left = text.replace("<details><summary>", "").replace("</summary>", "").replace("</details>", "")
        left = left.replace("<br>", "")
        assert "<" not in left
        assert "@" not in text
        assert not re.search(r"(?:#|GH-)\d|://|www\.", re.sub(r"^#{2,3} |&#\d+;", "·", text, flags=re.MULTILINE))


def test_terminal_gets_no_control_character(hostile: list[str]) -> None:
    for found in poisoned(hostile):
        for colour in (False, True):
            text = terminal(found, Style(colour=colour))
            text = _CODES.sub("", text) if colour else text
            assert not {c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}


def test_json_comes_back(hostile: list[str]) -> None:
    for found in poisoned(hostile):
        assert load(dump(found).encode(), "review.json") == found
