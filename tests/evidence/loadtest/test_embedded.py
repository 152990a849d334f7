"""JSON results among other lines, or several in one file: each is found, with its places."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from readiness.evidence.collect import READERS
from readiness.evidence.loadtest.embedded import json_documents
from readiness.evidence.reader import Source, Unreadable


def found(text: str) -> list[tuple[object, str]]:
    """Return the value `a` of each object that has one, with its place."""
    return [(d.value["a"], str(d.at("a"))) for d in json_documents(Source("f", text.encode()), ("a",))]


@pytest.mark.parametrize("between", ["", " ", "\t", " ]\t", "done", "},", " {x} "])
def test_what_follows_a_result_on_its_line_is_read(between: str) -> None:
    column = 9 + len(between) + 5
    assert found(f'log\n{{"a": 1}}{between}{{"a": 2}}\nend') == [(1, "f:2:7 /a"), (2, f"f:2:{column + 1} /a")]


def test_a_result_that_begins_behind_another_may_go_on_below() -> None:
    assert found('{\n  "a": 1\n}{\n  "a": 2\n}user@host$ \n') == [(1, "f:2:8 /a"), (2, "f:4:8 /a")]


def test_a_result_behind_another_that_is_cut_off_is_refused() -> None:
    with pytest.raises(Unreadable) as caught:
        found('{"a": 1}{"a": ')
    assert (caught.value.problem.code, caught.value.problem.at.line) == ("not-json", 1)


def test_a_result_behind_an_object_of_others_is_read() -> None:
    assert found('{"b": 1}{"a": 2}') == [(2, "f:1:15 /a")]


def test_words_behind_a_result_are_no_result() -> None:
    assert found('{"a": 1} took 3 s {of 9}\n') == [(1, "f:1:7 /a")]


@pytest.mark.parametrize("line", ['{"b": 1}', '{"b": 1}\n', '{"a": 1}', '{"a": 1}\n'])
def test_many_objects_take_time_by_their_number(line: str) -> None:
    begun = time.process_time()
    assert len(found(line * 10_000 + '{"a": 2}')) in (1, 10_001)
    assert time.process_time() - begun < 10


SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FILES = (
    "ghz/ok/summary-only.json", "oha/ok/chat.json", "autocannon/ok/chat.json", "bombardier/ok/chat.json",
    "fortio/ok/chat.json", "siege/ok/chat.json",
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_run_whose_result_stands_behind_another_counts(name: str) -> None:
    """`>>` makes such a file where a tool does not end its output with a line."""
    text = (SAMPLES / name).read_text().strip()
    reading = READERS.shipped[name.partition("/")[0]].read(Source("f", (text + text).encode()), None)
    assert {dict(fact.labels).get("run") for fact in reading.facts} == {"1", "2"}
