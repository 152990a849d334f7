"""Evaluations of a semantic cache: wrong hits are a share of the hits, and each locale counts."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.readers.semantic_cache import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    found,
    known,
    read,
    refusal,
    sample,
    value,
)
from tests.evidence.readers.metric_files import endure, metrics_given, proves_nothing, try_read

HEADER = '{"schema": "readiness/semantic-cache@1", "threshold": 0.9}\n'


def line(similarity: float | None = 0.95, query: str = "a", *, same: bool = True, **more: Any) -> str:
    neighbour = None if similarity is None else "b"
    return json.dumps({"query": query, "neighbour": neighbour, "similarity": similarity, "same_answer": same, **more}) + "\n"


def test_every_declared_metric_is_given() -> None:
    metrics_given(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == set()


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


def test_figures_of_the_sample_counted_another_way() -> None:
    rows = [json.loads(text) for text in (SAMPLES / READER.id / "ok" / "eval.jsonl").read_text().splitlines()][1:]
    hits = [row for row in rows if (row["similarity"] or 0) >= 0.92]
    reading = sample(READER, "ok/eval.jsonl")
    assert value(reading, "lookups") == len(rows)
    assert value(reading, "hit_ratio") == len(hits) / len(rows)
    wrong = [row for row in hits if not row["same_answer"]]
    assert value(reading, "false_hits") == len(wrong)
    for locale in ("en-US", "de-DE", "ja-JP"):
        own = [row["same_answer"] for row in hits if row["locale"] == locale]
        assert value(reading, "false_hit_ratio", locale=locale) == own.count(False) / len(own)
    assert value(reading, "locale.worst") == "ja-JP"
    assert codes(reading) == ["cross-tenant"]
    assert reading.produced is not None


def test_no_wrong_hit_of_twenty_leaves_a_sixth_open() -> None:
    reading = read(READER, HEADER + "".join(line(query=str(n)) for n in range(20)))
    (fact,) = found(reading, "false_hit_ratio")
    assert (fact.value, fact.samples) == (0, 20)
    z2 = 1.959963984540054**2
    assert fact.bounds is not None
    assert fact.bounds.high == pytest.approx(z2 / (20 + z2))  # Wilson's upper end for none of n
    assert value(reading, "false_hit_ratio.upper") == fact.bounds.high


def test_no_hit_is_no_share_of_wrong_ones() -> None:
    reading = sample(READER, "broken/no-hits.jsonl")
    assert found(reading, "false_hit_ratio") == []
    assert codes(reading) == ["inconclusive:no-hits"]


def test_without_a_threshold_only_others_are_told() -> None:
    reading = sample(READER, "ok/no-header.jsonl")
    assert found(reading, "hit_ratio") == []
    assert codes(reading) == ["no-threshold"]
    assert len([f for f in reading.facts if f.metric == "hit_ratio.at"]) == 30


def test_hits_on_the_same_text_and_lines_given_twice_are_told() -> None:
    rows = line(query="B ") + line(query="b") + line(query="c") * 2
    reading = read(READER, HEADER + rows + line(query="b", similarity=0.99))
    assert codes(reading) == ["same-text", "repeated"]


def test_an_empty_cache_is_a_miss() -> None:
    reading = read(READER, HEADER + line() + line(None, query="c"))
    assert value(reading, "hit_ratio") == 0.5


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=40))
def test_the_grid_agrees_with_the_threshold(rows: list[tuple[int, bool]]) -> None:
    text = "".join(line(n / 100, str(i), same=same) for i, (n, same) in enumerate(rows))
    reading = read(READER, HEADER + text)
    assert value(reading, "hit_ratio.at", threshold="0.90") == value(reading, "hit_ratio")
    grid = found(reading, "false_hit_ratio.at", threshold="0.90")
    assert [f.value for f in grid] == [f.value for f in found(reading, "false_hit_ratio")]
    ratios = [f.value for f in reading.facts if f.metric == "hit_ratio.at"]
    assert ratios == sorted(ratios, reverse=True)
    assert math.isclose(float(value(reading, "lookups")), len(rows))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("only-a-header", "empty"),
        ("similarity-in-percent", "number"),
        ("answer-in-words", "malformed"),
        ("threshold-in-percent", "number"),
        ("cut-off", "not-json"),
        ("another-spelling", "unknown-key"),
        ("header-in-the-middle", "wrong-kind"),
    ],
)
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / READER.id / "broken" / f"{name}.jsonl").read_bytes()) == code
