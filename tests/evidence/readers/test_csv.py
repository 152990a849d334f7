"""The CSV reader against its samples, its grammar, random tables and hostile files."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.csv import READER
from readiness.model.checklist import FactMap
from readiness.model.fact import Problem

HERE = Path(__file__).resolve().parents[2] / "samples" / "csv"
HOSTILE = Path(__file__).resolve().parents[4] / "shared" / "hostile"


def samples(kind: str) -> list[Path]:
    return sorted(f for f in (HERE / kind).iterdir() if not f.name.endswith(".map.json"))


def read(file: Path) -> Reading:
    sidecar = file.with_name(f"{file.name}.map.json")
    fact_map = FactMap.model_validate_json(sidecar.read_bytes())
    return READER.read(Source(file.name, file.read_bytes()), fact_map)


def one(text: str, **entry: Any) -> Reading:
    produced = entry.pop("produced", None)
    metrics = {"metrics": {"m": {"column": "v", **entry}}, "produced": produced}
    return READER.read(Source("a.csv", text.encode()), FactMap.model_validate(metrics))


def problem(text: str, **entry: Any) -> Problem:
    try:
        (found,) = one(text, **entry).problems
    except Unreadable as error:
        return error.problem
    return found


@pytest.mark.parametrize("file", samples("ok"), ids=lambda f: f.name)
def test_an_ok_sample_has_facts_and_no_problem(file: Path) -> None:
    reading = read(file)
    assert reading.facts
    assert reading.problems == ()


@pytest.mark.parametrize("file", samples("broken"), ids=lambda f: f.name)
def test_a_broken_sample_proves_nothing(file: Path) -> None:
    try:
        problems = read(file).problems
    except Unreadable as error:
        problems = (error.problem,)
    assert {p.kind for p in problems} & {"invalid", "inconclusive"}
    assert all(p.at.path == file.name and p.message for p in problems)


def test_stage_latencies_are_read_with_units_labels_samples_and_places() -> None:
    reading = read(HERE / "ok" / "stage-latency.csv")
    told = [(f.metric, f.value, f.unit, f.labels, f.samples, str(f.at)) for f in reading.facts]
    file = "stage-latency.csv"
    assert told == [
        ("p50", 900, "ms", (), None, f"{file}:4:30 p50_ms"),
        (
            "p95",
            440,
            "ms",
            (("locale", "de-DE"), ("stage", "retrieval")),
            None,
            f"{file}:3:21 p95_ms",
        ),
        ("p95", 1630, "ms", (("stage", "generation, streamed"),), 9000, f"{file}:4:34 p95_ms"),
        ("p95", 412.5, "ms", (("stage", "retrieval"),), 9000, f"{file}:2:21 p95_ms"),
    ]
    assert reading.produced == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert str(reading.produced_where) == f"{file}:3:30 measured_at"


@pytest.mark.parametrize(
    ("where", "value"),
    [("k = a", 1), ("k=a", 1), ('"k" = "a"', 1), ("'k' = 'b c'", 2), ("k = b c", 2),
     ("k = x=y", 3), ('k = ""', 4), ('k = "x=y"', 3), ('"o=p" = q', 1)],
)  # fmt: skip
def test_where_chooses_rows(where: str, value: float) -> None:
    reading = one("k,o=p,v\na,q,1\nb c,r,2\nx=y,s,3\n,t,4\n", where=where)
    assert [f.value for f in reading.facts] == [value]


@pytest.mark.parametrize(
    "where", ["k", "k ==a", "k != a", "k >= a", "= a", "k =", '"k = a', "k = 'a"]
)
def test_a_where_that_is_no_comparison_is_invalid(where: str) -> None:
    assert problem("k,v\na,1\n", where=where).code == "bad-where"


@pytest.mark.parametrize(
    ("cell", "value"),
    [("12", 12), ("-1.5", -1.5), ("+2", 2), ("1e3", 1000), (".5", 0.5), ("3.", 3), (" 7 ", 7), ("007", 7)],
)  # fmt: skip
def test_a_number_is_ascii_digits_with_a_point(cell: str, value: float) -> None:
    assert [f.value for f in one(f"k|v\na|{cell}\n").facts] == [value]


@pytest.mark.parametrize(
    "cell",
    [
        "1_000",
        "1.234,5",
        "1,000",
        "12 ms",
        "97%",
        "NaN",
        "inf",
        "0x1f",
        "1e",
        "--1",
        "\u0661\u0662",
        "true",
        "-",
        "n/a",
        "1 000",
    ],
)
def test_anything_else_is_not_a_number(cell: str) -> None:
    found = problem(f"k|v\nabc|{cell}\n")
    assert (found.kind, found.code, str(found.at)) == ("invalid", "not-a-number", "a.csv:2:5 v")


@pytest.mark.parametrize(
    ("text", "entry", "told"),
    [
        ("k,v\na,\n", {}, "inconclusive null-value a.csv:2:3 v: the value is empty"),
        ("k,v\n", {}, "inconclusive no-rows a.csv:1: the table has a header and no rows"),
        ("k,v\na,1\nb,2\nc,3\n", {}, "invalid ambiguous a.csv:3:3 v: 3 rows give `m`, and nothing says which one counts"),
        ("k,v\na,1\na,2\n", {"where": "k = a"}, "invalid ambiguous a.csv:3:3 v: 2 rows give `m`, and nothing says which one counts"),
        ("k,v\na,1\n", {"where": "K = a"}, "invalid no-column a.csv:1: there is no column `K`"),
        ("k,v\na,1\n", {"label": "x"}, "invalid no-column a.csv:1: there is no column `x`"),
        ("k,v\na,1\n", {"samples": "n"}, "invalid no-column a.csv:1: there is no column `n`"),
        ("k,v\na,1\n", {"produced": "at"}, "invalid no-column a.csv:1: there is no column `at`"),
        ("v,n\n1,\n", {"samples": "n"}, "inconclusive null-value a.csv:2:3 n: the value is empty"),
        ("v,n\n1,2.5\n", {"samples": "n"}, "invalid not-a-count a.csv:2:3 n: this is not a number of observations"),
        ("v,t\n1,\n", {"produced": "t"}, "inconclusive null-value a.csv:2:3 t: the value is null"),
        ("\n\nv\n1\n", {}, "invalid no-header a.csv:1: the first row holds no column names"),
        ("v\n1\n\n2\n", {"where": "v = 1"}, "invalid ragged a.csv:3: 0 cells in a row of a table of 1 columns"),
        ('v,w\n"a"b,1\n', {}, "invalid not-csv a.csv:2: ',' expected after '\"'"),
        ("v\tw\n1\t2\n\t\n", {"where": "w = 2", "produced": "w"}, "invalid not-a-time a.csv:2:3 w: `2.0` is no moment from 2000 on"),
    ],
)  # fmt: skip
def test_problems_say_what_and_where(text: str, entry: dict[str, Any], told: str) -> None:
    found = problem(text, **entry)
    assert f"{found.kind} {found.code} {found.at}: {found.message}" == told


def test_a_map_for_json_is_told() -> None:
    fact_map = FactMap.model_validate({"metrics": {"m": {"at": "/v"}}})
    (found,) = READER.read(Source("a.csv", b"v\n1\n"), fact_map).problems
    assert (found.code, found.message) == (
        "bad-map",
        "in the map of `m`: the place does not fit the kind of file",
    )


def test_a_record_of_several_lines_has_the_line_it_starts_in() -> None:
    reading = one('note,v\n"two\nlines",1\n"x, y",2\n', label="note")
    assert [(f.value, f.at.line, f.at.column) for f in reading.facts] == [(1, 2, 0), (2, 4, 8)]


def test_an_index_column_without_a_name_is_allowed() -> None:
    assert [f.value for f in one(",v\n0,5\n").facts] == [5]


def test_without_a_map_it_says_how_to_write_one() -> None:
    with pytest.raises(Unreadable) as error:
        READER.read(Source("a.csv", b"v\n1\n"), None)
    assert error.value.problem.code == "no-map"
    assert "where: stage = retrieval" in error.value.problem.help


def test_it_is_never_guessed() -> None:
    assert READER.mapped
    assert READER.sniff(b"a,b\n1,2\n") == 0


@given(
    st.lists(
        st.tuples(st.text("ab,;\"' \n|", max_size=5), st.floats(-1e299, 1e299)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(",;\t|"),
)
def test_each_cell_is_given_back_exactly(rows: list[tuple[str, float]], delimiter: str) -> None:
    table = io.StringIO()
    writer = csv.writer(table, delimiter=delimiter)
    writer.writerows([("k", "v"), *((f"k{i}{key}", repr(v)) for i, (key, v) in enumerate(rows))])
    reading = one(table.getvalue(), label="k")
    assert reading.problems == ()
    found = {dict(f.labels)["k"]: f.value for f in reading.facts}
    assert found == {f"k{i}{key}".strip(): value for i, (key, value) in enumerate(rows)}


@given(
    st.binary(max_size=200)
    | st.text("v,;\t|\"'\r\n 1k", max_size=60).map(lambda text: f"v,k{text}".encode())
)
def test_bytes_are_read_or_unreadable(data: bytes) -> None:
    metrics = {"m": {"column": "v", "label": "k"}, "n": {"column": "v", "where": "k = 1"}}
    with suppress(Unreadable):
        READER.read(Source("a.csv", data), FactMap.model_validate({"metrics": metrics}))


@pytest.mark.parametrize(
    "name", ["json-test-suite", "yaml-test-suite", "markdown-it-py-tests", "blns"]
)
def test_hostile_files_are_read_or_unreadable(name: str) -> None:
    files = sorted(f for f in (HOSTILE / name).rglob("*") if f.is_file())
    if not files:
        pytest.skip(f"no files at {HOSTILE / name}")
    fact_map = FactMap.model_validate({"metrics": {"m": {"column": "v", "label": "k"}}})
    for file in files:
        try:
            reading = READER.read(Source(file.name, file.read_bytes()), fact_map)
        except Unreadable:
            continue
        assert reading.problems
