"""Expectations: every form parses into its parts, every error says where and what was meant."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.model.base import read_expectation
from readiness.model.expectation import (
    OPERATORS,
    Expectation,
    ExpectationError,
    Reference,
    parse_expectation,
    spans,
)
from readiness.model.quantity import Quantity, parse

metrics = st.from_regex(r"[a-z][a-z0-9_]{0,8}(\.[a-z0-9_]{1,6}){0,2}", fullmatch=True)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
words = st.from_regex(r"[A-Za-z][A-Za-z0-9_/-]{0,10}", fullmatch=True).filter(
    lambda word: not word.startswith("launch")
)
numbers = st.integers(0, 10**6).map(str) | st.decimals(0, 100, places=2).map(str)


@given(metrics, st.sampled_from(["<=", "<", ">=", ">", "=", "!="]), numbers,
       st.sampled_from(["", " ms", "ms", " %", " rps", " kB"]), st.none() | st.tuples(names, words))  # fmt: skip
def test_parts_come_back(
    metric: str, op: str, number: str, unit: str, label: tuple[str, str] | None
) -> None:
    where = f" where {label[0]} = {label[1]}" if label else ""
    text = f"{metric}{where} {op} {number}{unit}"
    found = parse_expectation(text)
    assert (found.metric, found.op, found.text) == (metric, op, text)
    assert (found.label, found.label_value) == (label or ("", ""))
    assert found.limit == parse(f"{number}{unit}")
    at = spans(text)
    assert text[at["metric"][0] :][: at["metric"][1]] == metric
    assert text[at["limit"][0] :][: at["limit"][1]] == f"{number}{unit}"
    if label:
        assert text[at["label"][0] :][: at["label"][1]] == label[0]


@given(metrics, st.sampled_from(["<=", ">", "=", "is", "!="]), st.none() | numbers, names)
def test_references_come_back(metric: str, op: str, factor: str | None, name: str) -> None:
    text = f"{metric} {op} {factor + ' * ' if factor else ''}launch.{name}"
    assert parse_expectation(text).limit == Reference(name, Fraction(factor or 1))


@given(metrics, st.lists(words, min_size=1, max_size=4))
def test_words_of_in_come_back(metric: str, members: list[str]) -> None:
    assert parse_expectation(f"{metric} in [{', '.join(members)}]").limit == tuple(members)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ({"metric": "p95", "op": "<=", "limit": "800 ms"}, "p95 <= 800 ms"),
        ({"metric": "cases", "op": ">=", "limit": 20}, "cases >= 20"),
        ({"metric": "ok", "op": "is", "limit": True}, "ok is true"),
        ({"metric": "kind", "op": "in", "limit": ["a", "b"]}, "kind in [a, b]"),
        ({"metric": "p95", "where": "stage = model", "op": "<", "limit": "launch.x"},
         "p95 where stage = model < launch.x"),
    ],
)  # fmt: skip
def test_object_form_equals_text_form(parts: dict[str, object], text: str) -> None:
    assert read_expectation(parts) == parse_expectation(text)


@pytest.mark.parametrize(
    ("text", "message", "offset", "width", "hint"),
    [
        ("<= 3", "an expectation starts with the metric", 0, 4, "an expectation is `METRIC OP LIMIT`"),
        ("", "an expectation starts with the metric", 0, 1, "an expectation is `METRIC OP LIMIT`"),
        ("p95", "no comparison after the metric", 3, 1, "comparisons: "),
        ("p95 800 ms", "`800` is not a comparison", 4, 3, "comparisons: "),
        ("p95 =< 800 ms", "`=<` is not a comparison", 4, 2, "did you mean `<=`?"),
        ("p95 <- 800 ms", "`<-` is not a comparison", 4, 2, "did you mean `<=`?"),
        ("p95 ≤ 800 ms", "`≤` is not a comparison", 4, 1, "did you mean `<=`?"),
        ("p95 == 800 ms", "`==` is not a comparison", 4, 2, "did you mean `=`?"),
        ("p95 wher a = b < 1", "`wher` is not a comparison", 4, 4, "did you mean `where`?"),
        ("ok si true", "`si` is not a comparison", 3, 2, "did you mean `is`?"),
        ("p95 <=", "no limit after the comparison", 6, 1, "write `p95 <= 800 ms`"),
        ("p95 <= 800 mss", "unknown unit `mss`", 7, 7, "did you mean `ms`?"),
        ("p95 <= lauch.x", "`lauch.x` is not a reference", 7, 7, "did you mean `launch.x`?"),
        ("p is lunch.x", "`lunch.x` is not a reference", 5, 7, "did you mean `launch.x`?"),
        ("p95 <= 2 x launch.x", "`2 x launch.x` is not a reference", 7, 12, "did you mean `2 * launch.x`?"),
        ("p95 <= launch.", "`launch.` is not a reference", 7, 7, "write `launch.NAME`"),
        ("a is two words", "`two words` is not one word", 5, 9, "quote a text of several words"),
        ("a in [x, y", "`[x, y` is not a list of words", 5, 5, "write `in [en-US, de-DE]`"),
        ("a in [x, launch.y]", "`in` takes words and no reference", 5, 13, "give the words here"),
        ("p95 <= 1_000 ms", "`1_000 ms` is not a quantity", 7, 8, ""),
        ("p95 <= 1_000ms", "`_000ms` cannot follow a number", 7, 7, "write digits"),
        ("p95 < １ ms", "`１ ms` is not a quantity", 6, 4, ""),
        ("p95 < nan", "`nan` is not a quantity", 6, 3, ""),
    ],
)  # fmt: skip
def test_errors_say_where_and_what(
    text: str, message: str, offset: int, width: int, hint: str
) -> None:
    with pytest.raises(ExpectationError) as caught:
        parse_expectation(text)
    found = caught.value
    assert found.message.startswith(message)
    assert (found.offset, found.width) == (offset, width)
    assert found.hint.startswith(hint)


@given(st.text(max_size=60) | st.text(alphabet="p95 <>=!.*launchwher[],\"'%ms", max_size=40))
def test_anything_else_is_refused_in_words(text: str) -> None:
    try:
        found = parse_expectation(text)
    except ExpectationError as error:
        assert 0 <= error.offset <= max(len(text), 1)
        assert error.message
    else:
        assert found.op in OPERATORS
        assert isinstance(found.limit, (Quantity, Reference, str, tuple))


def test_what_restates_what() -> None:
    def key(text: str) -> tuple[str, ...]:
        return parse_expectation(text).key()

    assert key("p95 <= 3 s") == key("p95 < 1 s")
    assert key("p95 <= 3 s") != key("p95 >= 3 s")
    assert key("p95 where a = b < 1 s") != key("p95 < 1 s")
    assert key("a != x") != key("a != y")
    assert isinstance(parse_expectation("a = b"), Expectation)
