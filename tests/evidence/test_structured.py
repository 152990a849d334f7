"""JSON and XML read strictly, with the place of every value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.structured import JsonDocument, escape, index_json, parse_xml

SHARED = Path(__file__).resolve().parents[3] / "shared" / "hostile"
BOMBS = SHARED / "defusedxml-bombs" / "xmltestdata"
SUITE = SHARED / "json-test-suite"


def source(data: str | bytes) -> Source:
    return Source("f", data.encode() if isinstance(data, str) else data)


def refused(data: str | bytes) -> tuple[str, int]:
    with pytest.raises(Unreadable) as error:
        JsonDocument(source(data))
    assert error.value.problem.kind == "invalid"
    assert error.value.problem.message
    return error.value.problem.code, error.value.problem.at.line


@pytest.mark.parametrize(("data", "code", "line"), [
    ('{"a": 1,\n"b": 2,\n"a": 3}', "duplicate-key", 3),
    ('[{"x": {"a": 1, "a": 1}}]', "duplicate-key", 1),
    ('{"a": 1, "\\u0061": 2}', "duplicate-key", 0),
    ('{"a":\nNaN}', "not-json", 2), ("[Infinity]", "not-json", 1), ('{"a": -Infinity}', "not-json", 1),
    ("", "empty", 0), (" \n\t", "empty", 0), ("{", "not-json", 1), ('{"a": 1}\n{"b": 2}', "not-json", 2),
    ("[1,]", "not-json", 1), ("{'a': 1}", "not-json", 1), ("[1] // x", "not-json", 1), ("[01]", "not-json", 1),
    ("[+1]", "not-json", 1), ("[1_000]", "not-json", 1), ("[\uff11]", "not-json", 1), ("[.5]", "not-json", 1),
    ('"a\nb"', "not-json", 1), ("[" * 100_000, "too-deep", 0), ('{"a":' * 100_000, "too-deep", 0),
    ("[" * 100_000 + "]" * 100_000, "too-deep", 0), ("1" * 401, "number", 0), ("-" + "9" * 5000, "number", 0),
    ('["\\ud800"]', "not-text", 0), ('{"\\udfff": 1}', "not-text", 0), ('["\\ud83d x"]', "not-text", 0),
    (b'["\xed\xa0\x80"]', "not-utf8", 1), (b'{"a":\n"\xe9"}', "not-utf8", 2), (b'{"a": "\x00"}', "not-text", 1),
    ('{"a": 1}'.encode("utf-16"), "not-utf8", 0),
])  # fmt: skip
def test_what_is_no_json_or_ambiguous_is_refused(data: str | bytes, code: str, line: int) -> None:
    assert refused(data) == (code, line)


def test_whole_surrogate_pairs_and_a_byte_order_mark_are_text() -> None:
    assert JsonDocument(source('["\\ud83d\\ude00"]')).value == ["\U0001f600"]
    assert JsonDocument(source(b'\xef\xbb\xbf{"a": 1}')).value == {"a": 1}


def test_integers_of_any_sane_size_are_exact() -> None:
    assert JsonDocument(source("9" * 400)).value == int("9" * 400)


def test_every_value_knows_its_line_column_and_pointer() -> None:
    document = JsonDocument(source('{\n  "a": [1, {"b/c~": "x, ]"}],\n  "é\\"": null\n}'))
    places = {
        (): (1, 1), ("a",): (2, 8), ("a", 0): (2, 9), ("a", 1): (2, 12), ("a", 1, "b/c~"): (2, 21), ('é"',): (3, 10),
    }  # fmt: skip
    for steps, (line, column) in places.items():
        pointer = "".join(f"/{escape(str(step))}" for step in steps)
        assert document.at(*steps) == Location("f", line, column, pointer)
    assert document.at("a", 1, "b/c~").pointer == "/a/1/b~1c~0"
    assert document.at("nothing") == Location("f", 0, 0, "/nothing")


def test_values_are_found_by_steps_and_nothing_else_is() -> None:
    document = JsonDocument(source('{"a": [1, {"b": null}], "0": 5}'))
    assert document.get("a", 0) == 1
    assert document.get("0") == 5
    for steps in (("a", 2), ("a", -1), ("a", "0"), ("b",), ("a", 0, "x"), ("a", 1, "b", "c"), (0,)):
        assert document.get(*steps) is None


def test_a_large_file_has_pointers_alone() -> None:
    document = JsonDocument(source(json.dumps({"a": "x" * 2_000_001})))
    assert document.at("a") == Location("f", 0, 0, "/a")


texts = st.text(st.characters(codec="utf-8"), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values, st.sampled_from((None, 0, 2)), st.booleans())
def test_the_place_of_a_value_is_where_it_stands(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if "\0" in text:
        return
    assert JsonDocument(source(text)).value == value
    lines = text.split("\n")
    places = index_json(text)
    for pointer, (line, column) in places.items():
        found, _ = json.JSONDecoder().raw_decode("\n".join([lines[line - 1][column - 1 :], *lines[line:]]))
        expected = value
        for step in pointer.split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            expected = expected[int(key)] if isinstance(expected, list) else expected[key]  # type: ignore[index]
        assert found == expected


@pytest.mark.skipif(not SUITE.is_dir(), reason=f"the JSON test suite is not at {SUITE}")
def test_the_json_test_suite_crashes_nothing_and_no_wrong_file_is_taken() -> None:
    files = sorted(SUITE.rglob("*.json"))
    assert len(files) > 300
    taken = []
    for file in files:
        try:
            JsonDocument(Source(file.name, file.read_bytes()))
            taken.append(file.name)
        except Unreadable as error:
            assert error.problem.message
    assert [name for name in taken if name.startswith("n_")] == []


def xml_refused(data: str | bytes) -> str:
    with pytest.raises(Unreadable) as error:
        parse_xml(source(data))
    assert error.value.problem.kind == "invalid"
    return error.value.problem.code


@pytest.mark.parametrize(("data", "code"), [
    ("", "empty"), (" ", "empty"), ("<a>", "not-xml"), ("<a/><b/>", "not-xml"), ("text", "not-xml"),
    ("<!DOCTYPE a><a/>", "unsafe-xml"), ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "unsafe-xml"),
    ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "unsafe-xml"), ("<a>&undefined;</a>", "not-xml"),
    ("<a>&#xD800;</a>", "not-xml"), ("<a>&#0;</a>", "not-xml"), ("<a>\x00</a>", "not-text"),
    ("<a>\x1b</a>", "not-xml"), ('<a b="1" b="2"/>', "not-xml"), (b"<a>\xe9</a>", "not-utf8"),
    ("<a/>".encode("utf-16"), "not-utf8"),
])  # fmt: skip
def test_what_is_no_xml_or_unsafe_is_refused(data: str | bytes, code: str) -> None:
    assert xml_refused(data) == code


@pytest.mark.parametrize("encoding", ["unicode_escape", "utf-7", "no-such", "utf-16", "idna", "rot13"])
def test_an_unusual_encoding_is_refused(encoding: str) -> None:
    assert xml_refused(f'<?xml version="1.0" encoding="{encoding}"?><a/>') in ("not-xml", "unsafe-xml")


def test_plain_xml_is_read_and_its_error_has_a_place() -> None:
    assert parse_xml(source('<?xml version="1.0" encoding="UTF-8"?><a b="é"/>')).get("b") == "é"
    with pytest.raises(Unreadable) as error:
        parse_xml(source("<a>\n <b></a>"))
    assert error.value.problem.at == Location("f", 2, 7)


@pytest.mark.skipif(not BOMBS.is_dir(), reason=f"the XML bombs are not at {BOMBS}")
def test_xml_bombs_are_refused() -> None:
    files = sorted(file for file in BOMBS.glob("*.xml") if b"<!DOCTYPE" in file.read_bytes())
    assert len(files) >= 5
    for file in files:
        assert xml_refused(file.read_bytes()) == "unsafe-xml", file.name
