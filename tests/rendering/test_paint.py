"""Columns as terminals count them, and wrapping that never leaves the width or loses a character."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.rendering.format import Style
from readiness.rendering.paint import Paint, columns, shown

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
TEXTS = st.text(
    st.one_of(
        st.sampled_from("abc /-_.,é\u0301\u0e34\ufe0f\u20e3❤負荷🚀👍\U0001f3fd\U0001f1e9\u1100\u1161\u11a8ก\n\t\x1b"),
        st.characters(),
    ),
    max_size=200,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", 3), ("負荷", 4), ("e\u0301", 1), ("ทั้งที่", 3), ("🚀", 2), ("❤\ufe0f", 2), ("1\ufe0f\u20e3", 2),
        ("\u1100\u1161\u11a8", 2), ("■ ● ◐ ✓ ✗ ∅ ◷", 13), ("\U0001f1e9\U0001f1ea", 2),
    ],
)  # fmt: skip
def test_columns(text: str, expected: int) -> None:
    assert columns(text) == expected


def test_no_character_takes_more_columns_than_counted() -> None:
    """Rich, which typer brings along, has the tables of the newest Unicode."""
    cells = pytest.importorskip("rich.cells", reason="rich is not installed")
    every = map(chr, range(sys.maxunicode + 1))
    seen = [c for c in every if unicodedata.category(c) not in HIDDEN]
    assert [c for c in seen if columns(c) < cells.get_character_cell_size(c)] == []
    more = {unicodedata.category(c) for c in seen if columns(c) > cells.get_character_cell_size(c)}
    assert more <= {"Mc", "Sk", "Lo"}, "spacing marks, skin tones and two fillers"


@given(TEXTS, st.integers(40, 200), st.integers(0, 20))
def test_no_line_is_wider_than_the_width(text: str, width: int, indent: int) -> None:
    lines = Paint(Style(width=width)).wrap(text, indent, " " * indent)
    assert all(columns(line) <= width for line in lines)


@given(TEXTS, st.integers(40, 80))
def test_nothing_is_lost_in_wrapping(text: str, width: int) -> None:
    lines = Paint(Style(width=width)).wrap(text, 3)
    assert "".join("".join(lines).split()) == "".join(shown(text).split())


@given(TEXTS, st.integers(40, 80))
def test_no_line_starts_with_a_mark(text: str, width: int) -> None:
    for line in Paint(Style(width=width)).wrap(f"x{text}", 2):
        assert not line.strip() or unicodedata.category(line.strip()[0]) not in ("Mn", "Me")


@given(TEXTS, st.integers(2, 80))
def test_a_fitted_text_fits(text: str, room: int) -> None:
    line = Paint(Style()).fit(text, room)
    assert columns(line) <= room
    assert line == shown(text) or line.endswith("…")


@given(TEXTS, st.integers(40, 80), st.integers(1, 4))
def test_a_block_has_no_more_lines_than_it_may(text: str, width: int, most: int) -> None:
    paint = Paint(Style(width=width))
    block, whole = paint.block(text, 2, most), paint.wrap(text, 2)
    assert len(block) == min(len(whole), most)
    assert all(columns(line) <= width for line in block)
    assert block == whole or block[-1].endswith("…")


def test_a_path_starts_a_line_and_breaks_behind_a_slash() -> None:
    path = "evidence/" + "long-name/" * 6 + "file.json"
    lines = Paint(Style(width=40)).wrap(f"no file matches {path} here", 4)
    assert lines[0] == "    no file matches"
    assert lines[1] == "    evidence/long-name/long-name/"
    assert "".join(line.strip() for line in lines[1:]).startswith(path)


def test_wide_characters_break_anywhere() -> None:
    lines = Paint(Style(width=40)).wrap("負荷試験は予測されたピークの一・五倍に達しなければならない。" * 3, 4)
    assert len(lines) > 2
    assert all(39 <= columns(line) <= 40 for line in lines[:-1])
