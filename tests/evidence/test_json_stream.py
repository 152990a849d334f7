"""JSON in parts: what is found, where, in bounded memory; and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.evidence import json_text
from readiness.evidence.json_stream import Part, parts, place, plain, pointer
from readiness.evidence.reader import Source, Unreadable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


class Pieces:
    """A stored file that comes in pieces of a few bytes, so that every value is cut somewhere."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.step = data, size
        self.digest, self.size, self.head = "", len(data), data

    def pieces(self) -> Iterator[bytes]:
        yield from (self.data[i : i + self.step] for i in range(0, len(self.data), self.step))


def found(text: str | bytes, *lists: str, size: int = 0) -> list[Part]:
    data = text if isinstance(text, bytes) else text.encode()
    source = Source.streamed("f.json", Pieces(data, size)) if size else Source("f.json", data)
    return list(parts(source, frozenset(lists)))


def refused(text: str | bytes, size: int = 0) -> str:
    with pytest.raises(Unreadable) as caught:
        found(text, "a", size=size)
    problem = caught.value.problem
    assert problem.help
    return f"{problem.at} {problem.code}: {problem.message}"


def whole(read: list[Part]) -> list[Any]:
    """Put the parts together again; an empty list or object leaves no part."""
    documents: dict[int, Any] = {}
    for part in read:
        if not part.steps:
            documents[part.document] = part.value
        elif isinstance(part.steps[0], int):
            documents.setdefault(part.document, []).append(part.value)
        elif len(part.steps) == 1:
            documents.setdefault(part.document, {})[part.steps[0]] = part.value
        else:
            documents.setdefault(part.document, {}).setdefault(part.steps[0], []).append(part.value)
    return [documents[key] for key in sorted(documents)]


@given(st.lists(VALUES, min_size=1, max_size=4), st.integers(1, 40), st.sampled_from([None, 1]))
def test_all_that_json_reads_is_read_in_parts_however_it_is_cut(values: list[Any], size: int, indent: int | None) -> None:
    text = "\n".join(json.dumps(value, indent=indent) for value in values)
    assert whole(found(text, size=size)) == [value for value in values if value not in ([], {})]


def test_places_and_lists_that_are_taken_apart() -> None:
    text = '{"b": [1],\n "a": [\n  {"x": 1},\n  2\n ],\n "c": null}\n[3,\n4]\n"end"'
    assert [(p.document, p.line, p.steps, p.value) for p in found(text, "a")] == snapshot(
        [
            (0, 1, ("b",), [1]),
            (0, 3, ("a", 0), {"x": 1}),
            (0, 4, ("a", 1), 2),
            (0, 6, ("c",), None),
            (1, 7, (0,), 3),
            (1, 8, (1,), 4),
            (2, 9, (), "end"),
        ]
    )


def test_an_empty_list_is_a_part_if_it_is_to_be_taken_apart() -> None:
    assert [(p.steps, p.value) for p in found('{"a": [ ], "b": []}', "a")] == [(("a",), []), (("b",), [])]


def test_a_byte_order_mark_is_left_out() -> None:
    assert found(b"\xef\xbb\xbf[1]", size=1)[0].value == 1


@pytest.mark.parametrize("size", [0, 1, 7])
def test_what_is_no_json_is_refused_with_its_line(size: int) -> None:
    told = [
        refused(text, size)
        for text in (
            "", " \n ", "[1, 2", '{"a": [1,\n{"b": 2}', "[1] x", '[1,\n2,\n{"a" 3}]', "[NaN]", "[1,]", "{1: 2}", '{"a": 1 "b": 2}',
            '{"a": 1,\n"a": 2}', '[{"a": 1,\n"a": 2}]', "[" + "9" * 500 + "]", b"[\xff]", b"[1]\0", "[" * 200_000, "[1]\nstopped",
        )
    ]  # fmt: skip
    assert told == snapshot(
        [
            "f.json empty: the file is empty",
            "f.json empty: the file is empty",
            "f.json:1 not-json: not valid JSON: Expecting , or ]",
            "f.json:2 not-json: not valid JSON: Expecting , or ]",
            "f.json:1 not-json: not valid JSON: Expecting value",
            "f.json:3 not-json: not valid JSON: Expecting ':' delimiter",
            "f.json:1 not-json: NaN is not JSON",
            "f.json:1 not-json: not valid JSON: Expecting value",
            "f.json:1 not-json: not valid JSON: Expecting property name enclosed in double quotes",
            "f.json:1 not-json: not valid JSON: Expecting , or }",
            "f.json:2 duplicate-key: the key 'a' is given twice in one object",
            "f.json:1 duplicate-key: the key 'a' is given twice in one object",
            "f.json:1 number: a number with more than 400 digits",
            "f.json:1 not-utf8: it is not UTF-8 text",
            "f.json:1 not-text: the file holds NUL bytes",
            "f.json:1 too-deep: it is nested too deeply: at most 100 levels are read",
            "f.json:2 not-json: not valid JSON: Expecting value",
        ]
    )


def test_utf_16_says_how_to_save_it() -> None:
    assert refused("[1]".encode("utf-16")) == "f.json not-utf8: the file is UTF-16"
    assert plain('{"a"'.encode("utf-16")) == plain(b'\xef\xbb\xbf{"a"') == b'{"a"'


def test_a_part_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "LARGEST", 1000)
    assert len(found(json.dumps([["x" * 90] * 5] * 100), size=50)) == 100
    assert refused('["' + "x" * 3000, 50).startswith("f.json:1 too-large")


def test_a_mistake_far_before_the_end_is_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "_FAR", 10)
    text = '[{"a" 1}, "' + "x" * 100_000
    source = Source.streamed("f.json", pieces := Pieces(text.encode(), 50))
    stream = pieces.pieces()
    taken: list[bytes] = []
    pieces.pieces = lambda: (taken.append(piece) or piece for piece in stream)  # type: ignore[method-assign,func-returns-value]
    with pytest.raises(Unreadable):
        list(parts(source, frozenset()))
    assert len(taken) < 5


def test_places_by_line_or_by_pointer() -> None:
    source = Source("f.json", b'{"a/b": [ {"c": 1}]}')
    where = pointer("a/b", 0, "c")
    assert str(place(source, 9, where, several=False)) == "f.json /a~1b/0/c"
    assert str(place(source, 9, where, several=True)) == "f.json:9"
