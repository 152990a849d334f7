"""The PDF: one accessible page, the same bytes twice, nothing but text from outside, two ways to make it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot
from pypdf import PdfReader

from readiness.errors import IncompleteError, InputError
from readiness.rendering import chromium, memo, typeset
from readiness.rendering.format import Style
from readiness.rendering.formats import pdf
from readiness.rendering.view import build

from .change import with_texts
from .pdfs import bare, pages
from .reviews import CASES, many, review
from .worst import endless, worst

if TYPE_CHECKING:
    from collections.abc import Callable

needs_typst = pytest.mark.skipif(not typeset.installed(), reason="typst is not installed: pip install typst")
A4, LETTER = (595.3, 841.9), (612.0, 792.0)
"""Width and height in points of 1/72 inch."""


def made(name: str) -> bytes:
    return pdf.render(review(name), Style())


@needs_typst
@pytest.mark.parametrize("case", CASES)
def test_the_memo_is_one_page_that_prints_on_both_papers(case: str) -> None:
    reader = PdfReader(io.BytesIO(made(case)))
    assert len(reader.pages) == 1
    box = reader.pages[0].mediabox
    assert box.width <= A4[0] + 0.1
    assert box.height <= LETTER[1] + 0.1


@needs_typst
@pytest.mark.parametrize("case", CASES)
def test_the_memo_says_all_that_it_must(case: str) -> None:
    found = review(case)
    view, text = build(found), bare(pages(made(case))[0])
    wanted = [view.title, view.subtitle, view.decision.word, view.sentence, view.more, view.domains_more, view.footer]
    wanted += [reason.replace("`", "") for reason in view.reasons]
    wanted += [f"{figure.label}{figure.value}{figure.note}" for figure in view.figures]
    wanted += [f"{e.id}{e.title}" for e in view.improvements[:5]] + [e.due for e in view.improvements]
    wanted += [f"{d.title}{d.scope}{d.fallback}" for d in view.domains[:5]] + [d.later for d in view.domains]
    wanted += [f"{d.state.shape}{d.state.word}{d.proof}" for d in view.domains]
    wanted += [f"{d.item}{d.title}{d.kind}" for d in view.deferrals[:5]] + [d.voided_by for d in view.deferrals]
    wanted.append(view.undecided_line)
    assert [words for words in wanted if bare(words) not in text] == []


@needs_typst
def test_long_sentences_fit_and_endless_ones_are_cut_and_said_so() -> None:
    [text] = pages(typeset.typeset(worst()))
    assert "cut to fit the page" not in text
    assert bare(build(worst()).deferrals[4].reason) in bare(text)
    [text] = pages(typeset.typeset(endless(worst())))
    assert "Long texts are cut to fit the page; the full report has them whole." in text
    assert bare(build(worst()).sentence) in bare(text)


@needs_typst
def test_it_counts_what_it_leaves_out() -> None:
    found = many(300)
    domains = tuple(replace(review("go").domains[0], id=f"d{n}") for n in range(8))
    found = replace(found, domains=domains, items=tuple(replace(item, gate="deferrable") for item in found.items))
    [text] = pages(typeset.typeset(found))
    assert "295 more open items in the full report, in this order." in text
    assert "3 more failure domains in the full report." in text
    assert "29 more decisions in the full report." in text
    assert re.search(r"Undecided, neither proven nor deferred: X-[^;]*;[^.]*; and 295 more\.", text)


@needs_typst
def test_it_is_accessible() -> None:
    """PDF/UA-1: typst refuses what breaks it; this looks at what it wrote."""
    reader = PdfReader(io.BytesIO(made("no-go-5")))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_object().get_data()
    assert reader.metadata is not None
    assert reader.metadata.title == "NO-GO · Shopping assistant 1.4.0 · launch review"
    tags = tuple(kinds(root["/StructTreeRoot"]))
    assert [tag for tag in tags if re.fullmatch("H[1-6]", tag)] == ["H1", "H2", "H2", "H2", "H2"]
    assert tags.count("Table") == 3
    assert tags.count("TH") == 7 + 3 + 5
    assert tags.count("TR") == 3 * (1 + 5)
    assert tags.count("LI") == 3


def kinds(node: Any) -> list[str]:
    """The structure types below a node, in reading order."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [kind for part in node for kind in kinds(part)]
    if not hasattr(node, "get"):
        return []
    own = [node["/S"].lstrip("/")] if "/S" in node else []
    return own + (kinds(node["/K"]) if "/K" in node else [])


@needs_typst
def test_same_review_same_bytes_and_its_date() -> None:
    first, second = made("no-go-30"), made("no-go-30")
    assert first == second
    metadata = PdfReader(io.BytesIO(first)).metadata
    assert metadata is not None
    assert metadata.creation_date == datetime(2026, 9, 14, tzinfo=UTC)
    assert str(Path.home()).encode() not in first


@needs_typst
def test_hostile_texts_are_text(hostile: list[str]) -> None:
    """A memo of hostile texts has the parts of a harmless one, and no link."""
    harmless = kinds_of(typeset.typeset(with_texts(review("no-go-5"), lambda: "harmless")))
    for start in (0, len(hostile) // 2, len(hostile) - 400):
        found = with_texts(review("no-go-5"), cycle(hostile[start : start + 400]).__next__)
        data = typeset.typeset(found)
        assert kinds_of(data) == harmless
        assert not [a for page in PdfReader(io.BytesIO(data)).pages for a in page.get("/Annots", [])]


def kinds_of(data: bytes) -> list[str]:
    """The tags of tables, lists and headings; spans come and go with fonts and lines."""
    tags = kinds(PdfReader(io.BytesIO(data)).trailer["/Root"]["/StructTreeRoot"])
    return [tag for tag in tags if tag in {"H1", "H2", "Table", "TR", "TH", "TD", "L", "LI", "Link", "Figure"}]


MARKUP = [
    '#import "@preview/tablex:0.0.9": *', '#read("/etc/passwd")', "*bold* _thin_ `code` $x^2$", "= heading", "- list",
    "@reference <label>", "#panic(1)", "\\u{41} // comment /* more", '"quote" #{', "https://example.invalid", "~ -- --- ...",
]  # fmt: skip


@needs_typst
@pytest.mark.parametrize("text", MARKUP)
def test_markup_of_typst_is_shown_as_it_is(text: str) -> None:
    found = review("no-go-5")
    domain = replace(found.domains[0], title=text, later=text)
    [page] = pages(typeset.typeset(replace(found, domains=(domain, *found.domains[1:]))))
    assert bare(page).count(bare(text)) >= 2


@needs_typst
def test_what_no_font_shows_is_shown_by_its_number() -> None:
    found = review("no-go-1")
    found = replace(found, launch=replace(found.launch, title="Go \U0001faa2 \U00012000 \ue000 负荷"))
    [page] = pages(typeset.typeset(found))
    for shown, number in (("\U0001faa2", "1faa2"), ("\U00012000", "12000"), ("负", "8d1f")):
        assert shown in page or f"\\u{{{number}}}" in page
    assert r"\u{e000}" in page


def test_long_words_may_break_and_come_back() -> None:
    found = review("no-go-1")
    long = "evidence/" + "very-long-name" * 12
    words = memo.memo(replace(found, launch=replace(found.launch, title=long)))
    assert "\u200b" in words["title"]
    assert words["title"].replace("\u200b", "").startswith(long)
    assert json.loads(json.dumps(words)) == words


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what hides typst, and Chromium too if asked to."""

    def hide(*, browser: bool = False) -> None:
        monkeypatch.setattr(typeset, "installed", lambda: False)
        if browser:
            monkeypatch.setattr(chromium, "NAMES", ())

    return hide


def test_without_both_it_is_wrong_usage_that_names_both(without: Callable[..., None]) -> None:
    without(browser=True)
    with pytest.raises(InputError) as error:
        pdf.ready()
    assert str(error.value) == snapshot(
        """\
pdf: error[not-installed]: a PDF needs typst or Chromium, and neither is installed
  help: install one: pip install 'readiness[typst]', or the package `chromium`\
"""
    )
    with pytest.raises(IncompleteError, match="there is no Chromium"):
        chromium.printed("<p>")


@pytest.mark.skipif(chromium.find() is None, reason="no chromium on this machine: apt-get install chromium")
def test_without_typst_chromium_prints_the_report(without: Callable[..., None]) -> None:
    without()
    assert "typst is not installed, so Chromium prints" in pdf.ready()
    first, *rest = pages(made("no-go-5"))
    assert "NO-GO" in first
    assert "Deliberately deferred" in first
    assert rest


@pytest.mark.parametrize("program", ["false", "true"])
def test_a_browser_that_prints_nothing_is_an_incomplete_run(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(chromium, "NAMES", (program,))
    with pytest.raises(IncompleteError, match="did not print the report: exit code"):
        chromium.printed("<p>")
