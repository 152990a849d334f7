"""Java properties: escapes, continuations, lists, documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.properties import read_properties, steps_of
from readiness.evidence.reader import Source, Unreadable


def parse(text: str) -> list[object]:
    return [part.value for part in read_properties(Source("a.properties", text.encode()))]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b=1", {"a": {"b": "1"}}),
        ("a : 1 \n! note\n#note\n\nb 2", {"a": "1", "b": "2"}),
        ("a[0].b=1\na[1].b=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("a[b.c]=1", {"a": {"b.c": "1"}}),
        ("a=x\\\n  y", {"a": "xy"}),
        ("a\\:b=\\u0041\\t", {"a:b": "A"}),
        ("a=b=c", {"a": "b=c"}),
        ("a", {"a": ""}),
        ("a=1\\", {"a": "1"}),
    ],
)
def test_values(text: str, value: object) -> None:
    assert parse(text) == [value]


def test_documents_and_places() -> None:
    first, second = read_properties(Source("a.properties", b"a=1\n#---\n\nb.c=2\n"))
    assert (first.value, second.value) == ({"a": "1"}, {"b": {"c": "2"}})
    assert (second["b"]["c"].at.line, second["b"]["c"].at.pointer) == (4, "/b/c")
    assert second["b"]["d"].at.line == 4


def test_a_key_twice_is_refused_unless_in_another_document() -> None:
    with pytest.raises(Unreadable, match="given twice"):
        parse("a=1\na=2")
    assert parse("a=1\n#---\na=2") == [{"a": "1"}, {"a": "2"}]


def test_steps() -> None:
    assert steps_of("a.b[0].c[d.e]") == ("a", "b", 0, "c", "d.e")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except Unreadable as error:
        assert error.problem.message
