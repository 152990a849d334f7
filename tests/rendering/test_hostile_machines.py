"""Attacks D7 and D8, and Slack's mentions: hostile texts in every field of the formats for other tools."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from itertools import cycle
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from .change import with_texts
from .consumers import MACHINES, seen, text_of
from .reviews import review
from .test_hostile import poisoned
from .test_runner_commands import TEXTS

FORMULAS = [
    '=cmd|"/C calc"!A0', "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u3000=1", "\u200b=1",
    "\ufeff=1", "＝1", "＋1", "－1", "＠1", "'=1", '"=1', '";=1', ",=1", "a\n=1", "\x00=1", '=HYPERLINK("https://example.invalid")',
]  # fmt: skip
SLACK = [
    "<!channel>", "<!here|x>", "<@U123>", "<#C123>", "<https://example.invalid|x>", "&lt;!channel&gt;", "@channel",
    "*bold*", "_it_", "~s~", "`c`", "```", ":smile:", "> quote", "https://example.invalid", "<!subteam^S1>", "&amp;",
]  # fmt: skip


@pytest.mark.parametrize("form", MACHINES)
def test_every_consumer_reads_every_hostile_text(form: str, hostile: list[str]) -> None:
    for found in poisoned(hostile):
        text = text_of(form, found)
        assert seen(form, text).decision == found.decision
        kept = "\r\n" if form == "csv" else "\n"
        assert not {c for c in text if c not in kept and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}


def test_d7_no_cell_is_a_formula() -> None:
    for start in range(len(FORMULAS)):
        texts = cycle(FORMULAS[start:] + FORMULAS[:start])
        text = text_of("csv", with_texts(review("conditions"), texts.__next__))
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert len({len(row) for row in rows}) == 1
        for cell in (cell for row in rows for cell in row):
            assert not re.match(r"[\s'\"]*[=+\-@＝＋－＠]", cell.removeprefix("'")) or cell.startswith("'"), cell
            assert not re.match(r"[=+\-@＝＋－＠\t\r\n]", cell), cell
            assert "\n" not in cell


def test_d7_the_corpus_of_csv_injections() -> None:
    folder = Path(__file__).resolve().parents[3] / "shared" / "hostile"
    files = [p for p in folder.glob("*csv*/**/*") if p.is_file()] if folder.is_dir() else []
    if not files:
        pytest.skip(f"no CSV injections in {folder}")
    texts = [line for p in files for line in p.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    assert len(texts) > 10
    for start in range(0, len(texts), 400):
        found = with_texts(review("no-go-5"), cycle(texts[start : start + 400]).__next__)
        rows = csv.reader(io.StringIO(text_of("csv", found), newline=""), strict=True)
        assert not [cell for row in rows for cell in row if re.match(r"[=+\-@＝＋－＠\t\r\n]", cell)]


@pytest.mark.parametrize("text", ["\x00", "\x1b[31m", "\ufffe", "\ud800", "]]>", "<!ENTITY x 'y'>", "&x;", "\x0b"])
def test_d8_junit_is_xml_whatever_the_texts_are(text: str) -> None:
    found = with_texts(review("no-go-5"), lambda: text)
    root = fromstring(text_of("junit", found))
    assert sum(1 for _ in root.iter("testcase")) == len(found.items) + 1


def test_nobody_is_mentioned_and_nothing_is_linked_or_formatted_in_slack() -> None:
    for start in range(len(SLACK)):
        texts = cycle(SLACK[start:] + SLACK[:start])
        message = json.loads(text_of("slack", with_texts(review("no-go-5"), texts.__next__)))
        header, *blocks = message["blocks"]
        assert header["text"]["type"] == "plain_text"
        assert not set(header["text"]["text"]) & set("<>&")
        texts_ = [b["text"] for b in blocks if "text" in b] + [e for b in blocks for e in b.get("elements", ())]
        for told in texts_:
            assert told["verbatim"] is True
            assert not set(told["text"]) & set("<>~`")
            assert not re.search(r"&(?!amp;|lt;|gt;)", told["text"])
            assert not re.search(r"(?<!\w)_|_(?!\w)|:smile:", told["text"])
            assert told["text"].count("*") in (0, 2)
        assert not set(message["text"]) & set("<>")


@pytest.mark.parametrize("form", MACHINES)
def test_commands_and_formulas_change_no_count(form: str) -> None:
    plain = seen(form, text_of(form, review("no-go-5")))
    for texts in (TEXTS, FORMULAS, SLACK):
        found = with_texts(review("no-go-5"), cycle(texts).__next__)
        assert seen(form, text_of(form, found)) == plain
