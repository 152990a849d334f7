"""Words for people: nearest names, sentences, and text that is safe to print."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from readiness.model.base import Day
from readiness.model.checklist import Item
from readiness.model.text import and_list, did_you_mean, nearest, plural, visible

NAMES = ["evidence", "expect", "effort", "p95", "p99", "load-test", "locale.pass_rate"]


@pytest.mark.parametrize(
    ("word", "found"),
    [("evidnce", "evidence"), ("evidecne", "evidence"), ("EVIDENCE", "evidence"), ("load_test", "load-test"),
     ("expct", "expect"), ("pass_rate", "locale.pass_rate"), ("xyz", ""), ("", ""), ("q", "")],
)  # fmt: skip
def test_nearest(word: str, found: str) -> None:
    assert (nearest(word, NAMES) or [""])[0] == found


def test_names_that_are_equally_close_are_all_named_in_order() -> None:
    assert did_you_mean("p9", NAMES) == "did you mean `p95` or `p99`?"
    assert did_you_mean("p9", reversed(NAMES)) == "did you mean `p95` or `p99`?"
    assert did_you_mean("nothing-like-it", NAMES) == ""


@given(st.sampled_from(NAMES), st.data())
def test_one_edit_is_always_mended(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    for edited in (name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], name[:at] + "z" + name[at + 1 :]):
        assert f"`{name}`" in did_you_mean(edited, NAMES)


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=5))
def test_nearest_never_fails(word: str, known: list[str]) -> None:
    assert set(nearest(word, known, most=3)) <= set(known)


def test_sentences() -> None:
    assert and_list([]) == ""
    assert and_list(["a"]) == "a"
    assert and_list(["a", "b"]) == "a and b"
    assert and_list(["a", "b", "c"], last="or") == "a, b or c"
    assert plural(1, "item") == "1 item"
    assert plural(1200, "item") == "1,200 items"
    assert plural(2, "entry", "entries") == "2 entries"


@given(st.text(max_size=200))
def test_visible_leaves_nothing_that_acts(text: str) -> None:
    assert not {unicodedata.category(char) for char in visible(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert "\n" in visible("a\nb", keep="\n")


@pytest.mark.parametrize(
    ("effort", "days"),
    [("4h", 0.5), ("1d", 1.0), ("1w", 5.0), ("30 min", 0.0625), ("0.5 d", 0.5), ("1.5w", 7.5), ("8 h", 1.0)],
)  # fmt: skip
def test_working_days(effort: str, days: float) -> None:
    item = Item.model_validate({
        "id": "A-01", "title": "t", "area": "a", "gate": "blocker", "harm": "major", "risk": "rare",
        "effort": effort, "why": "w", "fix": "f", "evidence": [{"path": "x", "expect": ["a > 1"]}],
    })  # fmt: skip
    assert item.effort_days == days


@pytest.mark.parametrize(
    ("written", "hint"),
    [("07.12.2026", "did you mean `2026-12-07`?"), ("2026/12/07", "did you mean `2026-12-07`?"),
     ("2026-7-1", "did you mean `2026-07-01`?"), ("2026-13-07", "did you mean `2026-07-13`?"),
     ("12/31/2026", "did you mean `2026-12-31`?"), ("2026-02-30", "write it as 2026-12-07"),
     ("20261207", "write it as 2026-12-07"), ("2026-12-07T10:00Z", "write it as 2026-12-07"),
     ("２０２６-12-07", "write it as 2026-12-07"), ("2026-W50-1", "write it as 2026-12-07")],
)  # fmt: skip
def test_dates_have_one_form(written: str, hint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Day).validate_python(written)
    assert caught.value.errors()[0]["ctx"]["help"] == hint
    assert TypeAdapter(Day).validate_python("2026-12-07") == date(2026, 12, 7)
