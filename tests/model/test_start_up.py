"""Types whose schema pydantic works out once: each field has its own copy, and records wait for their `__init__`."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, field, fields, replace
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from readiness.model.base import Model, Name, Text
from readiness.model.record import record


class Wide(Model):
    first: Text
    name: Name


class Narrow(Model):
    first: Annotated[Text, Field(max_length=3, description="short")]
    name: Annotated[Name, Field(description="named")]


class Again(Model):
    first: Text
    name: Name


def test_what_one_field_adds_is_not_in_another() -> None:
    assert Wide(first="abcd", name="n").first == "abcd"
    with pytest.raises(ValidationError):
        Narrow(first="abcd", name="n")
    assert Again(first="abcd", name="n").first == "abcd"
    shapes: list[dict[str, Any]] = [model.model_json_schema()["properties"] for model in (Wide, Narrow, Again)]
    assert shapes[0] == shapes[2]
    assert shapes[0]["name"]["type"] == shapes[1]["name"]["type"] == ["string", "number"]
    assert (shapes[1]["name"]["description"], shapes[0]["name"].get("description")) == ("named", None)


@record
class Place:
    """A record, as the model's are."""

    path: str
    line: int = 0
    names: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


def test_a_record_is_a_frozen_dataclass() -> None:
    one = Place("a", 1)
    assert repr(one) == "Place(path='a', line=1, names=(), notes=[])"
    assert one == Place(path="a", line=1)
    assert one != Place("a", 2)
    assert replace(one, line=2) == Place("a", 2)
    assert [f.name for f in fields(Place)] == ["path", "line", "names", "notes"]
    assert Place("a").notes is not Place("a").notes
    assert hash(Short("a")) == hash(Short("a"))
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'line'"):
        one.line = 3  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'line'"):
        del one.line


@record
class Short:
    """A record that nothing made yet."""

    path: str


@given(st.integers(0, 3), st.sets(st.sampled_from(("path", "line", "nope"))))
def test_wrong_arguments_are_refused_at_the_first_call_as_later(count: int, named: set[str]) -> None:
    @record
    class New:
        path: str
        line: int = 0

    def made() -> str:
        try:
            return repr(New(*(["x"] * count), **dict.fromkeys(named, 1)))  # type: ignore[arg-type]
        except TypeError as error:
            return str(error)

    assert made() == made()
