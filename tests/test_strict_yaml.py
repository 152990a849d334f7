"""The strict YAML profile: what it reads, what it refuses, and that nothing else comes out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from readiness.errors import IncompleteError, InputError, ReadinessError
from readiness.loading.files import Home
from readiness.loading.load import load_plan
from readiness.strict_yaml import MAX_BYTES, MAX_DEPTH, MAX_NODES, parse_yaml

HOSTILE = Path(__file__).resolve().parents[2] / "shared" / "hostile"


def read(text: str | bytes) -> object:
    return parse_yaml(text.encode() if isinstance(text, str) else text, "f.yaml").data()


def code_of(text: str | bytes) -> tuple[str, int, int]:
    with pytest.raises(InputError) as caught:
        read(text)
    (found,) = caught.value.diagnostics
    return found.code, found.at.line, found.at.column


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"), ("off", "off"), ("yes", "yes"), ("no", "no"), ("NO", "NO"), ("y", "y"),
        ("true", True), ("True", True), ("false", False), ("tRUE", "tRUE"), ("null", None),
        ("~", None), ("", None), ("12:30", "12:30"), ("190:20:30", "190:20:30"),
        ("1_000", "1_000"), ("1e3", 1000.0), ("1.10", 1.10), ("0123", 123), ("0o17", 15),
        ("0x1F", 31), ("+12", 12), ("-0", 0), ("2026-12-07", "2026-12-07"), (".nan", ".nan"),
        (".inf", ".inf"), ("-.inf", "-.inf"), ("NaN", "NaN"), ("１２", "１２"), ("1,5", "1,5"),
        ("'true'", "true"), ('"12"', "12"), ("=", "="), ("1.", 1.0), (".5", 0.5), ("0b11", "0b11"),
        ("9" * 300, int("9" * 300)), ("9" * 301, "9" * 301), ("1e99999", "1e99999"),
        ("1e999", "1e999"), ("1e-999", "1e-999"), ("0e-999", 0.0), ("0.0", 0.0),
    ],
)  # fmt: skip
def test_scalars_keep_their_obvious_meaning(written: str, value: object) -> None:
    found = read(f"key: {written}\n")
    assert isinstance(found, dict)
    assert found["key"] == value
    assert type(found["key"]).__mro__[-2] is type(value).__mro__[-2]


@pytest.mark.parametrize("written", ["1.10", "1e3", "0123", "0x1F", "1.0"])
def test_numbers_remember_how_they_were_written(written: str) -> None:
    node = parse_yaml(f"version: {written}".encode(), "f.yaml").get("version")
    assert node is not None
    assert node.content.written == written


def test_keys_are_texts_as_written() -> None:
    assert read("on: 1\n1.10: 2\nnull: 3\n0123: 4\ntrue: 5\n") == {
        "on": 1, "1.10": 2, "null": 3, "0123": 4, "true": 5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1),
        ("a: {b: 1, b: 2}\n", "duplicate-key", 1, 11),
        ("a: 1\n'a': 2\n", "duplicate-key", 2, 1),
        ("a: &x 1\n", "anchor", 1, 4),
        ("a: *x\n", "alias", 1, 4),
        ("a:\n  <<: {b: 1}\n", "merge-key", 2, 3),
        ("a: !!str 1\n", "tag", 1, 4),
        ("a: !!python/object/apply:os.system [ls]\n", "tag", 1, 4),
        ("a: ! 1\n", "tag", 1, 4),
        ("a: !!binary aGk=\n", "tag", 1, 4),
        ("%YAML 1.2\n---\na: 1\n", "directive", 1, 1),
        ("%TAG ! tag:x,2000:\n---\na: 1\n", "directive", 1, 1),
        ("a: 1\n---\nb: 2\n", "documents", 2, 1),
        ("a: 1\n...\nb: 2\n", "syntax", 3, 1),
        ("", "empty", 1, 1),
        ("# only a comment\n", "empty", 1, 1),
        ("\ufeffa: 1\n", "byte-order-mark", 1, 1),
        ("a: 1\n".encode("utf-16"), "not-utf8", 1, 1),
        ("a: 1\n".encode("utf-16-be"), "character", 1, 1),
        (b"a: 1\nb: \xff\n", "not-utf8", 2, 1),
        (b"a: \xed\xa0\x80\n", "not-utf8", 1, 1),
        (b"a: 1\nb: x\0y\n", "character", 2, 5),
        ("a: é\nb: \x1b[31m\n", "character", 2, 4),
        ("a: \x7f\n", "character", 1, 4),
        ("? [a]\n: 1\n", "key", 1, 3),
        ("{a: 1}: 2\n", "key", 1, 1),
        ("'': 1\n", "key", 1, 1),
        ("- a\n - b\n", "indentation", 2, 2),
    ],
)  # fmt: skip
def test_what_the_profile_refuses(text: str | bytes, code: str, line: int, column: int) -> None:
    assert code_of(text) == (code, line, column)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('a: "x\nb: 1\n', 1, 4, "a quote is not closed in this line"),
        ('a: "%\nb: 1\nc: "%"\nd: 2\n', 1, 4, "a quote is not closed in this line"),
        ("a: 'it's'\n", 1, 8, "text follows a closed quote"),
        ("a: [1, 2\nb: 2\n", 1, 4, "`[` is not closed"),
        ("a: {b: 1\nc: 2\n", 1, 4, "`{` is not closed"),
        ("a: [\n  1,\n]\nb:\n\tc: 1\n", 5, 1, "a tab is used to indent"),
        ("a: [\n  1,\n]\nb\nc: 1\n", 4, 1, "`b` has no colon"),
        ("a: [\n  1,\nb: 1\n", 1, 4, "`[` is not closed"),
        ("a: ]\n", 1, 4, "`]` closes nothing here"),
        ("a:\n\tb: 1\n", 2, 1, "a tab is used to indent"),
        ("title Foo\narea: load\n", 1, 1, "`title` has no colon"),
        ("title:Foo\narea: load\n", 1, 1, "a space is missing after the colon"),
        ("items\n  - id: X\n", 1, 1, "`items` has no colon"),
        ("p:\n  a: 1\n   b: 2\n  c: 3\n", 3, 4, "this line is indented by 3 spaces"),
        ("p:\n  a: 1\n b: 2\nq: 3\n", 3, 2, "this line is indented by 1 space"),
        ("a: @x\n", 1, 4, "found character that cannot start any token"),
        ("a: b: c\n", 1, 5, "mapping values are not allowed in this context"),
        ('a: "\\q"\n', 1, 5, "found unknown escape character"),
    ],
)  # fmt: skip
def test_syntax_errors_are_placed_where_the_mistake_is(
    text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    (found,) = caught.value.diagnostics
    assert (found.at.line, found.at.column, found.message) == (line, column, message)
    assert found.excerpt == text.split("\n")[line - 1]


BOMB = "a: &a [x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]\n" for i in range(8)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "too-deep"),
        ("{a: " * 100_000, "too-deep"),
        ("- " * 100_000, "too-deep"),
        ("? " * 100_000, "key"),
        ("".join(f"{' ' * i}k:\n" for i in range(1_000)), "too-deep"),
        (BOMB, "anchor"),
        ("a: " + "x" * MAX_BYTES, "too-large"),
        ("#" * (MAX_BYTES + 1), "too-large"),
        ("[" + "1," * (MAX_NODES + 1) + "]", "too-many"),
        ("a: " + "!" * 100_000, "tag"),
        ("'" * 1_999_999, "syntax"),
        ('"' + "\\" * 1_999_999, "syntax"),
        ("[" + "a: " * 100_000, "syntax"),
        ("key: " * 100_000, "syntax"),
        ("a:\n" + " b\n" * 300_000 + " c: 1\n", "syntax"),
    ],
    ids=lambda value: value if len(value) < 20 else "",
)
def test_bombs_are_refused(text: str, code: str) -> None:
    assert code_of(text)[0] == code


def test_the_caps_themselves_are_allowed() -> None:
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert read("[" + "1," * (MAX_NODES - 1) + "]")
    assert read("a: 1".ljust(MAX_BYTES))


def test_lines_end_as_yaml_says() -> None:
    for end in ("\n", "\r\n", "\r", "\u2028", "\x85"):
        node = parse_yaml(f"a: 1{end}b: 2{end}".encode(), "f").get("b")
        assert node is not None
        assert (node.line, node.error("x", "y").excerpt) == (2, "b: 2")


def test_a_caret_goes_into_quoted_and_plain_texts_only() -> None:
    root = parse_yaml(b"a: '<= 3'\nb: <= 3\nc: >-\n  <= 3\nd: \"\\x3c= 3\"\n", "f")
    columns = [node.error("c", "m", offset=1, width=2).at.column for _, node in root.content.values()]
    assert columns == [6, 5, 4, 4]


def only_ours(data: bytes, folder: Path) -> None:
    """Read hostile bytes as YAML and as each file of a launch; only our errors may come out."""
    try:
        parse_yaml(data, "f.yaml").data()
    except InputError as error:
        str(error)
    for name in ("readiness.yaml", "list.yaml", "decisions.yaml"):
        file = folder / name
        kept = file.read_bytes()
        file.write_bytes(data)
        try:
            load_plan(Home(folder / "readiness.yaml", folder))
        except (InputError, IncompleteError) as error:
            assert all(d.at.path for d in error.diagnostics)
        finally:
            file.write_bytes(kept)


LAUNCH = """\
schema: readiness/launch@1
service: s
title: t
owner: o
launch: 2026-12-07
candidate: {version: 1.0}
checklists: [./list.yaml]
"""
LIST = """\
schema: readiness/checklist@1
id: l
title: t
version: 1.0
items:
  - {id: A-01, title: t, area: a, gate: blocker, harm: major, risk: rare, effort: 1d, why: w, fix: f,
     evidence: [{path: x, expect: [a > 1]}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "readiness.yaml").write_text(LAUNCH)
    (tmp_path / "list.yaml").write_text(LIST)
    (tmp_path / "decisions.yaml").write_text("schema: readiness/decisions@1\n")
    load_plan(Home(tmp_path / "readiness.yaml", tmp_path))
    return tmp_path


def corpus(name: str) -> list[bytes]:
    """Return the inputs of a hostile corpus; skips where it is not there."""
    at = HOSTILE / name
    if not at.is_dir():
        pytest.skip(f"no corpus at {at}")
    if name == "yaml-test-suite":
        found = []
        for file in sorted(at.glob("src/*.yaml")):
            data = file.read_bytes()
            blocks = re.findall(rb"(?ms)^  yaml: \|\d?\n(.*?)(?=^  \w|\Z)", data)
            found += [data, *(b"\n".join(line[4:] for line in b.split(b"\n")) for b in blocks)]
        return found
    if name == "blns":
        return [text.encode("utf-8", "surrogatepass") for text in json.loads((at / "blns.json").read_bytes())]
    files = sorted(at.glob("dictionaries/*.dict"))
    return [line.split(b'"', 1)[1].rstrip(b'"\r') for f in files
            for line in f.read_bytes().split(b"\n") if b'"' in line and line[:1] != b"#"]  # fmt: skip


@pytest.mark.parametrize("name", ["yaml-test-suite", "fuzz-dictionaries", "blns"])
def test_hostile_corpora_raise_only_our_errors(name: str, folder: Path) -> None:
    inputs = corpus(name)
    assert len(inputs) > 200
    for data in inputs:
        only_ours(data, folder)


@pytest.mark.parametrize("name", ["fuzz-dictionaries", "blns"])
@pytest.mark.parametrize(
    ("name_of_file", "text", "old"),
    [("readiness.yaml", LAUNCH, "title: t"), ("readiness.yaml", LAUNCH, "./list.yaml"),
     ("readiness.yaml", LAUNCH, "2026-12-07"), ("list.yaml", LIST, "a > 1"), ("list.yaml", LIST, "1d")],
)  # fmt: skip
def test_hostile_texts_as_values_raise_only_our_errors(
    name: str, name_of_file: str, text: str, old: str, folder: Path
) -> None:
    for data in corpus(name)[::4]:
        value = json.dumps(data.decode("utf-8", "replace"))
        key = old.partition(": ")[0] + ": " if ": " in old else ""
        (folder / name_of_file).write_text(text.replace(old, key + value), "utf-8")
        try:
            load_plan(Home(folder / "readiness.yaml", folder))
        except (InputError, IncompleteError) as error:
            assert str(error)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.text(alphabet="ab:-[]{}\"'\n \t#&*!|>%@`?,0", max_size=120))
@example("a: '\n")
@example("\t- [\n")
@example("- a\n- b\n -")
def test_random_text_raises_only_our_errors(text: str) -> None:
    try:
        parse_yaml(text.encode("utf-8", "surrogatepass"), "f.yaml").data()
    except ReadinessError as error:
        for found in error.diagnostics:
            assert found.at.line >= 1
            assert str(found)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=100))
def test_random_bytes_raise_only_our_errors(data: bytes) -> None:
    try:
        parse_yaml(data, "f.yaml").data()
    except ReadinessError as error:
        assert str(error)


plain_values = st.recursive(
    st.text(max_size=20) | st.integers(-(10**9), 10**9) | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(plain_values)
def test_json_is_read_as_json(value: object) -> None:
    text = json.dumps(value)
    if "<<" in text or any(ord(c) > 0xFFFF for c in json.dumps(value, ensure_ascii=False)):
        return
    assert read(text) == value
