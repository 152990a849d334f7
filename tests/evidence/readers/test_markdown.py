"""The Markdown reader against its samples, rule by rule, and its sniff over every shared sample."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.markdown import READER
from readiness.model.fact import Problem, Strength

HERE = Path(__file__).resolve().parents[2] / "samples" / "markdown"
SHARED = Path(__file__).resolve().parents[4] / "shared"
PROSE = "Twenty words and more stand here so that this document is not taken for a stub by the reader of runbooks.\n"
HEAD = f"# Runbook\n\n{PROSE}\n"
WORDS = len(PROSE.split())


def read(text: str | bytes) -> Reading:
    return READER.read(Source("a.md", text.encode() if isinstance(text, str) else text), None)


def values(text: str, metric: str, **labels: str) -> list[object]:
    wanted = tuple(sorted(labels.items()))
    return [f.value for f in read(text).facts if f.metric == metric and f.labels == wanted]


def problems(data: bytes) -> tuple[Problem, ...]:
    try:
        return read(data).problems
    except Unreadable as error:
        return (error.problem,)


@pytest.mark.parametrize("file", sorted((HERE / "ok").iterdir()), ids=lambda f: f.name)
def test_an_ok_sample_is_recognised_and_has_no_problem(file: Path) -> None:
    assert READER.sniff(file.read_bytes()) == 40
    assert read(file.read_bytes()).problems == ()


@pytest.mark.parametrize("file", sorted((HERE / "broken").iterdir()), ids=lambda f: f.name)
def test_a_broken_sample_proves_nothing(file: Path) -> None:
    assert {p.kind for p in problems(file.read_bytes())} & {"invalid", "inconclusive"}


def test_a_runbook_is_read_with_labels_and_places() -> None:
    reading = read((HERE / "ok" / "runbook.md").read_bytes())
    told = {
        (f.metric, *(v for _, v in f.labels)): (f.value, f.unit, f.at.line) for f in reading.facts
    }
    assert told["sections",] == (6, "", 1)
    assert told["words",] == (89, "", 1)
    assert told["links",] == (2, "", 1)
    assert told["placeholders",] == (2, "", 1)
    assert told["section.words", "degrade"] == (35, "", 22)
    assert told["section.words", "rollback"] == (0, "", 45)
    assert told["steps",] == (5, "", 1)
    assert told["steps.vague",] == (0, "", 1)
    assert told["steps", "degrade"] == (5, "", 22)
    assert told["tasks",] == (3, "", 1)
    assert told["tasks.done", "tasks"] == (2, "", 31)
    assert told["tasks.open", "degrade"] == (1, "", 22)
    assert told["table.rows", "dependencies"] == (3, "", 37)
    assert told["table.empty_cells", "dependencies"] == (2, "", 37)
    assert told["table.cell", "timeout", "model", "dependencies"] == (8000, "ms", 42)
    assert told["table.cell", "attempts", "cache", "dependencies"] == (0, "", 43)
    assert told["table.cell", "fallback", "retrieval", "dependencies"] == ("keyword search", "", 41)
    assert ("table.cell", "fallback", "cache", "dependencies") not in told
    assert ("tasks.open", "rollback") not in told
    assert told["front.target",] == (900_000, "ms", 5)
    assert told["front.drilled",] == (True, "", 6)
    assert ("front.tags",) not in told
    assert reading.produced == datetime(2026, 10, 2, tzinfo=UTC)
    assert str(reading.produced_where) == "a.md:4:11 reviewed"
    assert READER.strength is Strength.documented


@pytest.mark.parametrize(
    "text",
    ["TODO", "todo", "TBD.", "N/A", "n/a", "To be written.", "to be defined by the team", "Coming soon!", "...", "…", "???",
     "`TODO`", "**TODO**", "TODO: describe the rollback", "TODO(ana) ask the platform team", "todo: later",
     "<fill in>", "[fill in the owner]", "<insert name of the team>", "{{owner}}", "Owner: TBD", "Lorem ipsum dolor sit amet,\nconsectetur elit",
     "- TODO\n- TBD", "<!-- many words nobody sees -->", "<!-- over\n\nseveral lines -->", "<!-- never closed", "| a |\n|---|\n| TBD |",
     "- [ ] TODO", "[//]: # (a hidden note)", "<br>", "```\n# TODO\n```"],
)  # fmt: skip
def test_what_is_not_written_has_no_words(text: str) -> None:
    assert values(f"{HEAD}## Rollback\n\n{text}\n", "section.words", section="rollback") in (
        [0],
        [0.0],
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [("Switch the flag off.", 4), ("Call the provider's hotline (TODO).", 4), ("```sh\nkubectl rollout undo\n```", 3),
     ("Use `flagctl set x`.", 4), ("- one\n- two", 2), ("- [x] done thing", 2), ("> quoted words", 2),
     ("回滚", 2), ("Die Ä-Taste drücken", 3), ("### Deeper\n\none two", 2), ("Hidden <!-- not --> shown", 2),
     ("`<!-- code -->` counts", 2), ("```\n<!-- code\n```\nmore", 2), ("| a | b |\n|---|---|\n| one | two |", 2)],
)  # fmt: skip
def test_what_is_written_is_counted(text: str, count: int) -> None:
    assert values(f"{HEAD}## Rollback\n\n{text}\n", "section.words", section="rollback") == [count]


def test_a_section_counts_its_subsections_and_the_whole_is_counted_once() -> None:
    text = f"{HEAD}## A\n\none two\n\n### B\n\nthree\n\n## C\n\nfour\n"
    assert values(text, "section.words", section="a") == [3]
    assert values(text, "section.words", section="b") == [1]
    assert values(text, "section.words", section="runbook") == [WORDS + 4]
    assert values(text, "words") == [WORDS + 4]
    assert values(text, "sections") == [4]


def test_headings_lose_their_markup_and_repeated_ones_are_merged_with_a_warning() -> None:
    text = f"{HEAD}## **Roll  `back`** [now](x)\n\none\n\n## roll back now\n\ntwo three\n"
    assert values(text, "section.words", section="roll back now") == [3]
    (problem,) = read(text).problems
    assert (problem.kind, problem.code, problem.at.line) == ("warning", "repeated-heading", 9)


def test_a_heading_of_the_same_name_below_itself_counts_once() -> None:
    assert values(f"# Runbook\n\n## Runbook\n\n{PROSE}", "section.words", section="runbook") == [
        WORDS
    ]


def test_tasks_are_list_items_outside_code() -> None:
    text = f"{HEAD}- [ ] open\n- [x] done\n* [X] done\n1. [ ] open\n- [x]\n- [y] no\n- a [ ] no\n\n[ ] no\n\n```\n- [ ] no\n```\n"
    assert values(text, "tasks") == [5]
    assert values(text, "tasks.done") == [2]
    assert values(text, "tasks.open") == [3]


def test_no_tasks_are_not_all_done() -> None:
    assert values(HEAD, "tasks") == [0]
    assert values(HEAD, "tasks.open") == []
    assert values(HEAD, "table.empty_cells") == []


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [("450 ms", 450, "ms"), ("8s", 8000, "ms"), ("2", 2, ""), ("-3", -3, ""), ("99.9 %", 0.999, "ratio"),
     ("`120 rps`", 120, "1/s"), ("about 450 ms", "about 450 ms", ""), ("**yes**", "yes", ""), ("1,000", "1,000", ""),
     ("x" * 300, "x" * 200, "")],
)  # fmt: skip
def test_a_cell_is_a_number_a_quantity_or_a_text(cell: str, value: object, unit: str) -> None:
    reading = read(f"{HEAD}| Service | Limit |\n|---|---|\n| Model API | {cell} |\n")
    (fact,) = (f for f in reading.facts if f.metric == "table.cell")
    assert (fact.value, fact.unit, fact.at.line) == (value, unit, 7)
    assert fact.at.pointer == "model api / limit"
    assert fact.labels == (("column", "limit"), ("row", "model api"), ("section", "runbook"))


@pytest.mark.parametrize(
    "cell", ["", "-", "\u2013", "n/a", "TBD", "TODO: ask", "<fill in>", "...", "?", "none"]
)
def test_an_empty_cell_is_counted_and_is_no_value(cell: str) -> None:
    text = f"{HEAD}| Service | Limit |\n|---|---|\n| Model | {cell} |\n"
    assert values(text, "table.empty_cells") == [1]
    assert not [f for f in read(text).facts if f.metric == "table.cell"]


@pytest.mark.parametrize(
    ("cell", "code"), [("150 %", "not-a-ratio"), ("-5 ms", "negative"), ("NaN", "not-a-number")]
)
def test_a_cell_out_of_range_is_left_out_with_a_warning(cell: str, code: str) -> None:
    reading = read(f"{HEAD}| Service | Limit |\n|---|---|\n| Model | {cell} |\n")
    assert [(p.kind, p.code, p.at.line) for p in reading.problems] == [("warning", code, 7)]
    assert not [f for f in reading.facts if f.metric == "table.cell"]


def test_rows_of_one_name_are_not_read() -> None:
    reading = read(
        f"{HEAD}| Service | Limit |\n|---|---|\n| Model | 1 |\n| Model | 2 |\n| Cache | 3 |\n"
    )
    assert [f.value for f in reading.facts if f.metric == "table.cell"] == [3]
    assert [(p.kind, p.code, p.at.line) for p in reading.problems] == [
        ("warning", "repeated-cell", 8)
    ]


def test_placeholders_are_counted_outside_code_and_comments() -> None:
    text = f"{HEAD}TODO and TBD and FIXME, `TODO`, <fill in>, lorem ipsum, to be decided\n\n...\n\n```\nTODO\n```\n<!-- TODO -->\n"
    assert values(text, "placeholders") == [7]


def test_dates_and_values_of_the_front_matter() -> None:
    reading = read(
        f"---\nReviewed: 2026-10-02 08:00\ndate: 2026-01-01\nowner: TBD\nversion: 1.10\nempty:\n---\n{HEAD}"
    )
    assert reading.produced == datetime(2026, 10, 2, 8, tzinfo=UTC)
    assert [(p.kind, p.code, p.at.line) for p in reading.problems] == [
        ("warning", "null-value", 4), ("warning", "null-value", 6), ("warning", "naive-time", 2),
    ]  # fmt: skip
    names = {f.metric: f.value for f in reading.facts if f.metric.startswith("front.")}
    assert names == {
        "front.reviewed": "2026-10-02 08:00",
        "front.date": "2026-01-01",
        "front.version": 1.1,
    }


@pytest.mark.parametrize(
    ("front", "code", "line"),
    [("a: 1\na: 2", "duplicate-key", 3), ("a: [1", "syntax", 2), ("a: &x 1", "anchor", 2), ("a: 1\nA: 2", "ambiguous", 3),
     ("date: soon", "not-a-time", 2), ("reviewed: 2026\ndate: 2026-01-01", "not-a-time", 2)],
)  # fmt: skip
def test_a_wrong_front_matter_says_where(front: str, code: str, line: int) -> None:
    (problem,) = problems(f"---\n{front}\n---\n{HEAD}".encode())
    assert (problem.kind, problem.code, problem.at.line) == ("invalid", code, line)


def test_lines_stay_right_behind_front_matter_comments_and_crlf() -> None:
    text = f"---\nowner: a\n---\n<!-- a\n\nb -->\n{HEAD}## Rollback\n\nyes\n".replace("\n", "\r\n")
    places = {f.labels[0][1]: f.at.line for f in read("\ufeff" + text).facts if f.labels}
    assert places == {"runbook": 7, "rollback": 11}


def test_rules_that_open_a_document_are_no_front_matter() -> None:
    assert not [f for f in read(f"---\n\n{HEAD}\n---\n").facts if f.metric.startswith("front.")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# A\n\nTODO\n", "1 heading, 0 words: a stub"),
        (PROSE, f"0 headings, {WORDS} words: a stub"),
        ("", "0 headings, 0 words: a stub"),
    ],
)
def test_a_stub_is_inconclusive(text: str, message: str) -> None:
    (problem,) = read(text).problems
    assert (problem.kind, problem.code, problem.message) == ("inconclusive", "stub", message)


def test_a_file_that_is_too_large_is_unreadable() -> None:
    (problem,) = problems(b"x" * 512_001)
    assert (problem.kind, problem.code) == ("invalid", "too-large")


@pytest.mark.parametrize(
    "text",
    ["# comment\nkey: value\n\n# more\nlist:\n  - a: b\n  - c: d\n", "# HELP up Up.\n# TYPE up gauge\nup 1\n",
     "# Server\nredis_version:7.2.0\nos:Linux\n\n# Clients\nconnected_clients:1\n", '{"a": "# b\\n- [c](d)"}', "<testsuite>\n# a\n- b\n</testsuite>",
     "a,b\n1,2\n", "# c\n- a\n- b\n", "#!/bin/sh\n# run it\nset -e\n", "2026-01-01 10:00:00 # started\n- a [b](c)\n", "[section]\n# c\nkey = value\n",
     "", "plain text only", "---\na: b\n---\nc: d\n", "\0# a\n\n- b c d e f g h\n"],
)  # fmt: skip
def test_other_formats_are_not_markdown(text: str) -> None:
    assert READER.sniff(text.encode()) == 0


@pytest.mark.parametrize(
    "text",
    ["# A\n\n[b](c)\n", "# A\n\n| a | b |\n|---|---|\n", "# A\n\n- [ ] task\n", "---\na: b\n---\n# A\n\ntext\n", "# A\n\n## B\n\ntext\n",
     "A\n===\n\n```sh\nls\n```\n", "\ufeff# A\r\n\r\n* b\r\n\r\nA sentence of more than five words.\r\n", "<!-- x -->\n# A\n\n[b](c)\n"],
)  # fmt: skip
def test_two_marks_make_it_markdown(text: str) -> None:
    assert READER.sniff(text.encode()) == 40


def test_a_character_cut_at_the_end_of_the_head_does_not_matter() -> None:
    assert READER.sniff("# A\n\n[b](c) é".encode()[:-1]) == 40
    assert READER.sniff("# A\n\n[b](c) é and".encode("latin-1")) == 0


def test_no_other_shared_sample_is_taken_for_markdown() -> None:
    files = sorted(f for f in (SHARED / "samples").rglob("*") if f.is_file() and f.suffix != ".md")
    if not files:
        pytest.skip(f"no samples at {SHARED / 'samples'}")
    taken = [f for f in files if READER.sniff(f.read_bytes()[:65536])]
    assert {f.suffix for f in taken} <= {".prompt", ".prompty"}  # Markdown below front matter


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace")))
def test_bytes_are_read_or_unreadable(data: bytes) -> None:
    assert READER.sniff(data) in (0, 40)
    assert problems(data)


@given(st.lists(st.sampled_from(
    ["# A\n", "## A\n", "|a|b|\n", "|-|-|\n", "---\n", "a: 1\n", "- [x] b\n", "> ", "```\n", "<!--", "-->", "\n", "TODO ", "1 ms", "`", "\t", "[a](b)"]
), max_size=40).map("".join))  # fmt: skip
def test_pieces_of_markdown_are_read_or_unreadable(text: str) -> None:
    assert all(p.at.path == "a.md" for p in problems(text.encode()))


@pytest.mark.parametrize(
    "name", ["json-test-suite", "yaml-test-suite", "markdown-it-py-tests", "blns"]
)
def test_hostile_files_are_read_or_unreadable(name: str) -> None:
    files = sorted(f for f in (SHARED / "hostile" / name).rglob("*") if f.is_file())
    if not files:
        pytest.skip(f"no files at {SHARED / 'hostile' / name}")
    for file in files:
        data = file.read_bytes()
        assert all(p.code for p in problems(data)), file
        READER.sniff(data[:65536])
