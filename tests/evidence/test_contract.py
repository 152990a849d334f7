"""Fields of a JSON Schema: references, merged parts, branches, loops; nothing multiplies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.contract import Field, digest, fields
from readiness.evidence.contract_facts import accepts_nothing
from readiness.evidence.reader import Unreadable


def read(schema: Any) -> dict[str, Field]:
    return {f.path: f for f in fields(schema, lambda steps: Location("x", pointer="/".join(map(str, steps))))}


def refusal(schema: Any) -> str:
    with pytest.raises(Unreadable) as caught:
        read(schema)
    return caught.value.problem.code


def obj(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


TEXT = {"type": "string"}


def test_a_field_is_told_with_its_rules() -> None:
    found = read(obj("a", a={"type": ["null", "string"], "maxLength": 9, "title": "t"}, b={"enum": [2, 1]}))
    assert found["/a"][1:5] == ("null|string", True, "", '{"maxLength":9}')
    assert found["/b"][1:5] == ("integer", False, "[1,2]", "")


def test_a_key_with_a_slash_is_escaped() -> None:
    assert "/a~1b~0" in read(obj(**{"a/b~": TEXT}))


def test_lists_and_maps_have_marks() -> None:
    found = read(obj(a={"type": "array", "items": TEXT}, b={"additionalProperties": TEXT, "type": "object"}))
    assert {"/a/[]", "/b/{}"} < set(found)


def test_required_without_a_property_is_a_field() -> None:
    assert read(obj("a"))["/a"][1:3] == ("any", True)


@pytest.mark.parametrize("optional", [
    {"anyOf": [TEXT, {"type": "null"}]},
    {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/T"}]},
    {"type": "string", "nullable": True},
    {"type": ["string", "null"]},
    {"allOf": [{"$ref": "#/$defs/T"}], "nullable": True},
])  # fmt: skip
def test_every_way_to_be_null_is_the_same(optional: dict[str, Any]) -> None:
    found = read({**obj(a=optional), "$defs": {"T": TEXT}})
    assert found["/a"].types == "null|string"
    assert set(found) == {"/", "/a"}


def test_branches_are_told_by_name() -> None:
    card = {"title": "card", **obj("id", id=TEXT)}
    found = read({"oneOf": [card, {"$ref": "#/$defs/Plain"}, obj(kind={"const": "k"}), obj(a=TEXT)], "$defs": {"Plain": obj("t", t=TEXT)}})
    assert {"/<card>/id", "/<Plain>/t", "/<k>/kind", "/<3>/a"} < set(found)
    assert found["/"].types == "object"


def test_branches_of_values_are_one_enum() -> None:
    assert read({"anyOf": [{"const": "a"}, {"enum": ["b", "c"]}]})["/"].enum == '["a","b","c"]'


def test_all_of_asks_for_what_every_part_does() -> None:
    parts = [obj("a", a=TEXT, c={"enum": [1, 2]}), {"additionalProperties": False, **obj("b", b=TEXT, c={"enum": [2, 3]})}]
    found = read({"allOf": parts})
    assert (found["/"].closed, found["/a"].required, found["/b"].required) == (True, True, True)
    assert found["/c"].enum == "[2]"


def test_a_loop_ends_by_its_name() -> None:
    node = obj("next", next={"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]})
    found = read({"$ref": "#/$defs/Node", "$defs": {"Node": node}})
    assert found["/next"].types == "as Node|null"
    assert read(obj(a={"$ref": "#"}))["/a/a"].types == "as the whole"


def test_two_parts_of_one_base_are_no_loop() -> None:
    defs = {"Base": obj("a", a=TEXT), "One": {"allOf": [{"$ref": "#/$defs/Base"}]}}
    found = read({"allOf": [{"$ref": "#/$defs/One"}, {"$ref": "#/$defs/Base"}], "$defs": defs})
    assert found["/a"].required


def test_what_is_not_understood_is_kept_as_a_limit() -> None:
    found = read(obj(a={"not": TEXT}, b={"$ref": "other.json#/x"}, c=False))
    assert [found[p].limits for p in ("/a", "/b", "/c")] == ['{"not":{"type":"string"}}', '{"$ref":"other.json#/x"}', '{"not":{}}']


@pytest.mark.parametrize(("schema", "code"), [
    (obj(a={"$ref": "#/gone"}), "reference"),
    (obj(a=3), "malformed"),
    (obj(a={"type": "text"}), "malformed"),
    ({"properties": []}, "malformed"),
    ({"anyOf": {}, "allOf": {"a": 1}}, "malformed"),
    ({"$ref": "#/$defs/a0", "$defs": {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)} | {"a40": {}}}, "too-large"),
    ({"$ref": "#/$defs/a0", "$defs": {f"a{n}": obj(**{k: {"$ref": f"#/$defs/a{n + 1}"} for k in "bcdefg"}) for n in range(9)} | {"a9": TEXT}}, "too-large"),
])  # fmt: skip
def test_refused(schema: Any, code: str) -> None:
    assert refusal(schema) == code


def test_digest_is_that_of_the_content() -> None:
    assert digest({"a": 1, "b": [2]}) == digest(json.loads('{"b": [2],\n "a": 1}')) != digest({"a": 1})


@pytest.mark.parametrize(("schema", "nothing"), [
    (obj(a=TEXT), True), (obj("a"), False), ({}, True), (True, True), (TEXT, False),
    ({"oneOf": [obj("a"), obj("b")]}, False), ({"type": "array", "items": TEXT}, False),
    ({"type": "object", "minProperties": 1}, False), (obj(a=obj("b")), True),
])  # fmt: skip
def test_what_asks_for_nothing(schema: Any, nothing: bool) -> None:
    assert accepts_nothing(list(read(schema).values())) is nothing


SCHEMAS = st.recursive(
    st.sampled_from([TEXT, {"type": "null"}, {"enum": [1, "a"]}, {"const": True}, {"$ref": "#"}, {}, True]),
    lambda inner: st.one_of(
        st.builds(lambda p, r: obj(*r, **p), st.dictionaries(st.sampled_from("abc"), inner, max_size=3), st.lists(st.sampled_from("abc"), unique=True)),
        st.builds(lambda key, parts: {key: parts}, st.sampled_from(["allOf", "anyOf", "oneOf"]), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda items: {"type": "array", "items": items}, inner),
    ),
    max_leaves=8,
)


@given(SCHEMAS)
def test_paths_are_unique_and_order_of_keys_does_not_count(schema: Any) -> None:
    at = Location("x")
    one = fields(schema, lambda _: at)
    assert len({f.path for f in one}) == len(one)
    turned = json.loads(json.dumps(schema, sort_keys=True))
    assert {f[:6] for f in one} == {f[:6] for f in fields(turned, lambda _: at)}
