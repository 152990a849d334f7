"""Configuration files to parts that know their place, in JSON or YAML, spelled in any way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.documents import Part, folded, is_template, read_documents
from readiness.evidence.reader import Source, Unreadable


def parse(text: str, *, fold: bool = False) -> list[Part]:
    return read_documents(Source("a.yaml", text.encode()), fold=fold)


def refused(text: str) -> tuple[str, int]:
    with pytest.raises(Unreadable) as caught:
        parse(text)
    assert caught.value.problem.help
    return caught.value.problem.code, caught.value.problem.at.line


def test_json_and_yaml_give_the_same_parts() -> None:
    for text in ('{"a": {"b": [1, 2]}}', "a:\n  b: [1, 2]\n"):
        (root,) = parse(text)
        assert [part.value for part in root["a"]["b"].list()] == [1, 2]
        assert root.get("a", "b", 1).at.pointer == "/a/b/1"
        assert [name for name, _ in root.items()] == ["a"]


def test_what_is_absent_stands_where_the_nearest_thing_around_it_does() -> None:
    for text in ('\n{"a":\n {"b": 1}}', "\na:\n  b: 1\n"):
        absent = parse(text)[0].get("a", "c", "d")
        assert not absent
        assert (absent.at.line, absent.at.pointer) == (3, "/a")


def test_keys_are_found_in_any_spelling() -> None:
    (root,) = parse("a:\n  max-attempts: 3\n  waitDuration: 5\n  base_config: x\n", fold=True)
    a = root["a"]
    assert (a["maxAttempts"].value, a["wait_duration"].value, a["baseConfig"].text) == (3, 5, "x")
    assert a["maxAttempts"].at.pointer == "/a/max-attempts"
    assert not parse("max-attempts: 3\n")[0]["maxAttempts"]


def test_two_spellings_of_one_key_are_refused() -> None:
    (root,) = parse("max-attempts: 3\nmaxAttempts: 4\n", fold=True)
    for name in ("maxAttempts", "max_attempts"):
        with pytest.raises(Unreadable, match="are the same setting"):
            root[name]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "empty", 0),
        ("# nothing\n", "empty", 1),
        ("a: 1\nb: {{ .Values.b }}\n", "template", 2),
        ("a: 1\n{{- if .Values.b }}\nb: 2\n{{- end }}\n", "template", 2),
        ('{"a": {{ b }}}', "template", 1),
        ("{% if a %}\nb: 1\n{% endif %}\n", "template", 1),
        ('{"a": $B}', "not-json", 1),
        ("[" * 150 + "]" * 150, "too-deep", 0),
        ("a: [1\n", "syntax", 1),
        ("a: 1\na: 2\n", "duplicate-key", 2),
        ('{"a": 1, "a": 2}', "duplicate-key", 1),
    ],
)
def test_refused(text: str, code: str, line: int) -> None:
    assert refused(text) == (code, line)


def test_a_value_of_another_type_is_refused() -> None:
    (root,) = parse("a: 1\nb: ${B}\n")
    for part, code in ((root["a"], "malformed"), (root["b"], "template")):
        with pytest.raises(Unreadable) as caught:
            list(part.items())
        assert caught.value.problem.code == code
        with pytest.raises(Unreadable):
            list(part.list())


def test_text_of_a_part() -> None:
    (root,) = parse("a: 1.10\nb: x\nc: true\nd: [1]\n")
    assert [root[name].text for name in "abcde"] == ["1.10", "x", "", "", ""]
    assert [root["a"].name, root.name] == ["a", ""]
    assert root.first("e", "b").value == "x"
    assert root.first("e", "f").steps == ("e",)


@pytest.mark.parametrize("text", ["${A}", "{{ a }}", "$(a)", "os.environ/A", "!Sub a", "$A", "<%= a %>", "%A%"])
def test_placeholders(text: str) -> None:
    assert is_template(text)
    assert not is_template("5s")


@given(st.text())
def test_folding_is_idempotent(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.binary(max_size=120))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read_documents(Source("a", data))
    except Unreadable as error:
        assert error.problem.message
