"""Values, counts, moments and pointers of the mapped readers, case by case."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from readiness.errors import Location
from readiness.evidence.mapping import (
    Findings,
    Tree,
    choices,
    measure,
    read_count,
    read_moment,
    read_tree,
)
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.model.checklist import FactMap

AT = Location("x.json", 3, 5, "/p95")


def tree_reading(value: Any, *, produced: str | None = None, **metrics: Any) -> Reading:
    def at(*steps: str | int) -> Location:
        return Location("x.json", 1, 1, "".join(f"/{step}" for step in steps))

    fact_map = FactMap.model_validate({"metrics": metrics, "produced": produced})
    return read_tree(Tree(value, at), Source("x.json", b""), fact_map)


@pytest.mark.parametrize(
    ("raw", "unit", "expected"),
    [
        (480, "ms", (480, "ms")),
        (0.48, "s", (480, "ms")),
        (0.1, "s", (100, "ms")),
        (97, "%", (0.97, "ratio")),
        (100, "%", (1, "ratio")),
        (60, "rpm", (1, "1/s")),
        (2, "KiB", (2048, "B")),
        (-3.5, "", (-3.5, "")),
        (2**53 + 1, "", (2**53 + 1, "")),
        (True, "", (True, "")),
        (False, "", (False, "")),
        ("480 ms", "", (480, "ms")),
        ("0.48s", "", (480, "ms")),
        ("97.2 %", "", (0.972, "ratio")),
        ("20 users", "", (20, "")),
        ("480", "", ("480", "")),
        ("7312e4d", "", ("7312e4d", "")),
        ("v42", "", ("v42", "")),
        (" de-DE ", "", (" de-DE ", "")),
    ],
)
def test_a_value_comes_in_its_canonical_unit(raw: Any, unit: str, expected: Any) -> None:
    assert measure(raw, unit, AT) == expected


@pytest.mark.parametrize(
    ("raw", "unit", "kind", "code"),
    [
        (None, "ms", "inconclusive", "null-value"),
        ("", "", "inconclusive", "null-value"),
        (" \t", "", "inconclusive", "null-value"),
        ("N/A", "", "inconclusive", "null-value"),
        ("None", "", "inconclusive", "null-value"),
        ("TBD", "ms", "inconclusive", "null-value"),
        ({}, "ms", "invalid", "not-a-value"),
        ([1], "", "invalid", "not-a-value"),
        (True, "ms", "invalid", "not-a-value"),
        ("480", "ms", "invalid", "not-a-number"),
        ("fast", "ms", "invalid", "not-a-number"),
        (".nan", "", "invalid", "not-a-number"),
        ("NaN", "ms", "invalid", "not-a-number"),
        ("-.inf", "", "invalid", "not-a-number"),
        ("+Infinity", "", "invalid", "not-a-number"),
        (math.nan, "", "invalid", "not-a-number"),
        (math.inf, "ms", "invalid", "not-a-number"),
        (1e300, "", "invalid", "not-a-number"),
        (-1e300, "", "invalid", "not-a-number"),
        (9e299, "TB", "invalid", "not-a-number"),
        (10**400, "", "invalid", "not-a-number"),
        ("480 ms", "ms", "invalid", "two-units"),
        ("480 s", "ms", "invalid", "two-units"),
        (-1, "ms", "invalid", "negative"),
        (-0.1, "%", "invalid", "negative"),
        (-1, "rps", "invalid", "negative"),
        (-1, "B", "invalid", "negative"),
        (-1, "requests", "invalid", "negative"),
        ("-5 ms", "", "invalid", "negative"),
        (97, "ratio", "invalid", "not-a-ratio"),
        (100.1, "%", "invalid", "not-a-ratio"),
        ("150 %", "", "invalid", "not-a-ratio"),
        ("\ud800", "", "invalid", "not-text"),
        ("x" * 2001, "", "invalid", "not-text"),
    ],
)
def test_what_is_no_value_says_so(raw: Any, unit: str, kind: str, code: str) -> None:
    with pytest.raises(Unreadable) as error:
        measure(raw, unit, AT)
    problem = error.value.problem
    assert (problem.kind, problem.code, problem.at) == (kind, code, AT)


def test_a_percentage_given_as_a_ratio_is_told() -> None:
    with pytest.raises(Unreadable) as error:
        measure(97, "ratio", AT)
    assert error.value.problem.message == "97 is not between 0 and 1"
    assert error.value.problem.help == "did you mean the unit `%`?"


@pytest.mark.parametrize(
    ("raw", "code"),
    [(0, "no-samples"), (-1, "no-samples"), (1.5, "not-a-count"), (True, "not-a-count"),
     ("12", "not-a-count"), (None, "null-value"), ([], "not-a-value"), (math.inf, "not-a-number")],
)  # fmt: skip
def test_a_number_of_observations_is_a_whole_number(raw: Any, code: str) -> None:
    assert read_count(12.0, AT) == 12
    with pytest.raises(Unreadable) as error:
        read_count(raw, AT)
    assert error.value.problem.code == code


@pytest.mark.parametrize(
    ("raw", "when", "naive"),
    [
        ("2026-09-14", datetime(2026, 9, 14, tzinfo=UTC), False),
        ("2026-09-14T08:30Z", datetime(2026, 9, 14, 8, 30, tzinfo=UTC), False),
        ("2026-09-14 10:30:00 +0200", datetime(2026, 9, 14, 8, 30, tzinfo=UTC), False),
        ("2026-09-14T08:30:00.123456789Z", datetime(2026, 9, 14, 8, 30, 0, 123456, UTC), False),
        ("2026-09-14T08:30:00", datetime(2026, 9, 14, 8, 30, tzinfo=UTC), True),
        (1789374600, datetime(2026, 9, 14, 8, 30, tzinfo=UTC), False),
        (1789374600000, datetime(2026, 9, 14, 8, 30, tzinfo=UTC), False),
    ],
)
def test_a_moment_is_iso_8601_or_an_epoch(raw: Any, when: datetime, naive: bool) -> None:
    assert read_moment(raw, AT) == (when, AT, naive)


@pytest.mark.parametrize(
    "raw",
    ["14.09.2026", "2026-13-01", "2026-09-31", "2026-09-14T25:00Z", "20260914", 20260914, 0, True,
     "1999-12-31", "0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "", "2026-W37", math.nan,
     "2026-09-14T08:30:60Z", "2026-09-14T08:30:00Z extra", 1e300, 10**30, "2026-09-14T08:30+99:00"],
)  # fmt: skip
def test_anything_else_is_no_moment(raw: Any) -> None:
    with pytest.raises(Unreadable) as error:
        read_moment(raw, AT)
    assert error.value.problem.code == "not-a-time"


@pytest.mark.parametrize(("raw", "code"), [(None, "null-value"), ([], "not-a-value")])
def test_no_moment_at_all(raw: Any, code: str) -> None:
    with pytest.raises(Unreadable) as error:
        read_moment(raw, AT)
    assert error.value.problem.code == code


def test_a_naive_time_warns() -> None:
    found = Findings()
    found.moment = read_moment("2026-09-14 08:30", AT)
    reading = found.reading()
    assert [(p.kind, p.code, p.at) for p in reading.problems] == [("warning", "naive-time", AT)]
    assert (reading.produced, reading.produced_where) == (datetime(2026, 9, 14, 8, 30, tzinfo=UTC), AT)  # fmt: skip


def test_facts_are_sorted_by_metric_and_labels() -> None:
    value = {"z": {"b": 1, "a": 2}, "y": 3}
    reading = tree_reading(value, p99={"at": "/y"}, p50={"at": "/z/*", "label": "stage"})
    assert [(f.metric, f.labels, f.value) for f in reading.facts] == [
        ("p50", (("stage", "a"),), 2), ("p50", (("stage", "b"),), 1), ("p99", (), 3),
    ]  # fmt: skip


def test_two_values_for_the_same_labels_are_neither() -> None:
    entries = [{"at": "/a", "labels": {"stage": "x"}}, {"at": "/*", "label": "stage"}]
    reading = tree_reading({"a": 1, "x": 2}, p95=entries)
    assert [(f.labels, f.value) for f in reading.facts] == [((("stage", "a"),), 1)]
    assert [p.code for p in reading.problems] == ["ambiguous"]
    assert reading.problems[0].message == "`p95` stage=x has 2 values"


@pytest.mark.parametrize(
    ("entry", "code", "message"),
    [
        ({"at": "p95"}, "bad-pointer", "`p95` does not start with `/`"),
        ({"at": "/a~2"}, "bad-pointer", "`/a~2` has a `~` that is neither `~0` (a `~`) nor `~1` (a `/`)"),
        ({"at": "/a~"}, "bad-pointer", "`/a~` has a `~` that is neither `~0` (a `~`) nor `~1` (a `/`)"),
        ({"at": "/*/*", "label": "x"}, "bad-pointer", "`/*/*` has 2 `*`, and 1 can be here"),
        ({"at": "/*"}, "no-label", "`/*` matches many values"),
        ({"at": "/*", "label": "x", "labels": {"x": "y"}}, "bad-map",
         "in the map of `p95`: the label `x` is given twice"),
        ({"column": "p95"}, "bad-map", "in the map of `p95`: the place does not fit the kind of file"),
        ({"at": "/a", "where": "x = y"}, "bad-map", "in the map of `p95`: `where` is for csv"),
        ({"at": "/b"}, "no-value", "the document is an object and has no `b`"),
        ({"at": "/abc/0"}, "no-value", "`/abc` is a number and has no `0`"),
        ({"at": "/list/01"}, "no-value", "`/list` is a list and has no `01`"),
        ({"at": "/list/-"}, "no-value", "`/list` is a list and has no `-`"),
        ({"at": "/list/2"}, "no-value", "`/list` is a list and has no `2`"),
        ({"at": "/text/0"}, "no-value", "`/text` is a text and has no `0`"),
        ({"at": "/none/x"}, "no-value", "`/none` is null and has no `x`"),
        ({"at": "/list/9999999999999999999999"}, "no-value",
         "`/list` is a list and has no `9999999999999999999999`"),
        ({"at": "/abc", "samples": "/nx"}, "no-value", "the document is an object and has no `nx`"),
        ({"at": "/abc", "samples": "/*"}, "no-value", "the document is an object and has no `*`"),
        ({"at": "/none/*", "label": "x"}, "no-values", "there is nothing here for the `*` to match"),
    ],
)  # fmt: skip
def test_what_a_map_cannot_mean_is_a_problem(entry: Any, code: str, message: str) -> None:
    value = {"abc": 1, "list": [1, 2], "text": "5", "none": None}
    reading = tree_reading(value, p95=entry)
    assert reading.facts == ()
    assert [(p.code, p.message) for p in reading.problems] == [(code, message)]


def test_each_missing_value_below_a_star_is_told() -> None:
    value = {"stages": {"a": {"p95": 1, "n": 5}, "b": {"p59": 2, "n": 5}, "c": {"p95": 3, "n": 0}}}
    entry = {"at": "/stages/*/p95", "label": "stage", "samples": "/stages/*/n"}
    reading = tree_reading(value, p95=entry)
    assert [(f.labels, f.samples) for f in reading.facts] == [((("stage", "a"),), 5)]
    assert [(p.kind, p.code, p.at.pointer, p.help) for p in reading.problems] == [
        ("invalid", "no-value", "/stages/b", "did you mean `p59`?"),
        ("inconclusive", "no-samples", "/stages/c/n", ""),
    ]


def test_escaped_steps_and_empty_keys_are_found() -> None:
    reading = tree_reading({"a/b": {"~1": {"": 4}}}, p95={"at": "/a~1b/~01/"})
    assert [f.value for f in reading.facts] == [4]


@pytest.mark.parametrize(
    ("pointer", "code"),
    [("made", "bad-pointer"), ("/*", "bad-pointer"), ("/nothing", "no-value"), ("/none", "null-value"),
     ("/a", "not-a-time")],
)  # fmt: skip
def test_a_date_that_cannot_be_had_is_a_problem(pointer: str, code: str) -> None:
    reading = tree_reading({"a": 1, "none": None}, produced=pointer, p95={"at": "/a"})
    assert reading.produced is None
    assert [p.code for p in reading.problems] == [code]


def test_an_empty_label_is_no_name() -> None:
    reading = tree_reading({"": 1, "b": 2}, p95={"at": "/*", "label": "stage"})
    assert [f.labels for f in reading.facts] == [(("stage", "b"),)]
    assert [p.code for p in reading.problems] == ["empty-label"]


def test_choices_name_the_nearest_or_all() -> None:
    assert choices("p96", ["p95", "mean"], "it has") == "did you mean `p95`?"
    assert choices("zzz", ["p95", "mean"], "it has") == "it has `p95`, `mean`"
    assert choices("zzz", [], "it has") == "it has nothing"
