"""YAML as tools write it: what strict YAML refuses is read, and what would explode is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import InputError
from readiness.lenient_yaml import parse_documents


def data(text: str) -> list[Any]:
    return [root.data() for root in parse_documents(text, "a.yaml")]


def refused(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_documents(text, "a.yaml")
    return caught.value.diagnostics[0].code


def test_several_documents_of_which_empty_ones_are_left_out() -> None:
    text = "%YAML 1.1\n---\na: 1\n---\n# nothing\n---\nb: 2\n---\n"
    assert data(text) == [{"a": 1}, {"b": 2}]
    assert [root.line for root in parse_documents(text, "a.yaml")] == [3, 7]


def test_an_alias_is_its_anchor_with_the_place_of_the_anchor() -> None:
    (root,) = parse_documents("base: &b\n  retries: 3\nuse: *b\n", "a.yaml")
    assert root.data() == {"base": {"retries": 3}, "use": {"retries": 3}}
    node, found = root.find(("use", "retries"))
    assert (found, node.line) == (True, 2)


def test_a_merge_key_adds_what_is_not_there() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 9\n"
    assert data(text)[0]["c"] == {"x": 9, "y": 1, "z": 2}


def test_anchors_end_with_their_document() -> None:
    assert refused("a: &a 1\n---\nb: *a\n") == "alias"


def test_tags_are_text_or_of_the_core() -> None:
    text = "a: !!str 12\nb: !!int '12'\nc: !Sub ${X}\nd: !!map {e: 1}\nf: ! 5\n"
    assert data(text) == [{"a": "12", "b": 12, "c": "!Sub ${X}", "d": {"e": 1}, "f": "5"}]
    assert refused("a: !Foo {b: 1}\n") == "tag"


def test_dates_and_yes_stay_text() -> None:
    assert data("a: 2026-11-25\nb: yes\nc: 12:30\n") == [{"a": "2026-11-25", "b": "yes", "c": "12:30"}]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\na: 2\n", "duplicate-key"),
        ("a: *b\n", "alias"),
        ("a: &a [*a]\n", "alias"),
        ("<<: 1\n", "merge-key"),
        ("<<: {a: 1}\n<<: {b: 1}\n", "merge-key"),
        ("? [a]\n: b\n", "key"),
        ("a: [\n", "syntax"),
        ("[" * 200 + "]" * 200, "too-deep"),
        ("a: " + "x" * 8_000_001, "too-large"),
    ],
)
def test_refused(text: str, code: str) -> None:
    assert refused(text) == code


def test_aliases_that_stand_for_millions_of_values_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    assert refused("\n".join(lines)) == "too-many"


def test_aliases_that_nest_without_end_are_refused() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 400))]
    assert refused("\n".join(lines)) == "too-deep"


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        data(text)
    except InputError as error:
        assert error.diagnostics[0].message
