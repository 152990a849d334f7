"""Hostile texts in every string of a review change nothing but text, in any format."""

from __future__ import annotations

import json
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
    from collections.abc import Callable, Iterator

    from readiness.model.review import Review

PROSE = ("why", "fix")
_CODES = re.compile(r"\x1b\[(?:0|1|2|3[1-3])m")


def harmless_text() -> Callable[[], str]:
    """Return a source of texts without markup, each another: what is alike may be told once."""
    return map("harmless {}".format, count()).__next__


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

    harmless = tokens(_filled(build(with_texts(review("no-go-5"), harmless_text())), Cut()))
    for found in poisoned(hostile):
        text = _filled(build(found), Cut())
        assert tokens(text) == harmless
        left = text.replace("<details><summary>", "").replace("</summary>", "").replace("</details>", "")
        left = left.replace("<br>", "")
        assert "<" not in left
        assert "@" not in text
        assert not re.search(r"(?:#|GH-)\d|://|www\.", re.sub(r"^#{2,3} |&#\d+;", "·", text, flags=re.MULTILINE))


def test_rendered_markdown_has_no_link_image_or_element_of_a_text(hostile: list[str]) -> None:
    """As GitHub renders it: tables, strikethrough, raw HTML, and addresses that become links by themselves."""
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    assert parser.linkify is not None
    parser.linkify.set({"fuzzy_link": False})  # GitHub links no bare name
    harmless = shape(parser.render(markdown_of(with_texts(review("no-go-5"), harmless_text()))))
    assert not {tag for tag, _ in harmless} & {"a", "img", "script", "iframe"}
    for found in poisoned(hostile):
        assert shape(parser.render(markdown_of(found))) == harmless


def markdown_of(found: Review) -> str:
    return _filled(build(found), Cut())


def test_terminal_gets_no_control_character(hostile: list[str]) -> None:
    for found in poisoned(hostile):
        for colour in (False, True):
            text = terminal(found, Style(colour=colour))
            text = _CODES.sub("", text) if colour else text
            assert not {c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}


def test_json_comes_back_and_every_parser_reads_it(hostile: list[str]) -> None:
    for found in poisoned(hostile):
        text = dump(found)
        assert load(text.encode(), "review.json") == found
        assert not {c for c in text if c != "\n" and unicodedata.category(c) == "Cc"}
        assert json.loads(text)["launch"]["title"] == found.launch.title
