"""The guardrail sheet: counts of both directions, and nothing that is only prose or one-sided."""

from __future__ import annotations

import csv

import pytest

from readiness.evidence.readers.guardrail_sheet import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared,
    known,
    refusal,
    sample,
    value,
)
from tests.evidence.readers.eval_files import problems, real

HEAD = "policy,locale,benign,false_positives,harmful,false_negatives\n"


def test_rates_are_those_of_the_counts() -> None:
    reading = sample(READER, "ok/guardrails.csv")
    with (SAMPLES / "guardrail-sheet/ok/guardrails.csv").open() as file:
        for row in csv.DictReader(file):
            names = {"policy": row["policy"], "locale": row["locale"]}
            assert value(reading, "guardrail.false_positive", **names) == int(row["false_positives"]) / int(row["benign"])
            assert value(reading, "guardrail.false_negative", **names) == int(row["false_negatives"]) / int(row["harmful"])
    assert len(reading.facts) == 8
    assert all(dict(fact.labels) for fact in reading.facts), "an average over locales hides the worst"
    assert codes(reading) == []


def test_yaml_has_a_time_and_a_model() -> None:
    reading = sample(READER, "ok/guardrails.yaml")
    assert str(reading.produced) == "2026-11-23 09:40:00+00:00"
    assert value(reading, "eval.model") == "anthropic.claude-3-5-haiku-20241022-v1:0"
    assert value(reading, "guardrail.false_negative", policy="prompt-injection", intent="returns") == 0.015


def test_numbers_inside_prose_are_refused() -> None:
    """Trap: a public file whose `15 / 50 (failed / passed)` mislabels 15 + 35."""
    data = real("bedrock-guardrail", "failed_guardrail_results.json")
    assert READER.sniff(data) > 0
    assert refusal(READER, data) == "prose"


@pytest.mark.parametrize(("rows", "expected"), [
    ("a,en,10,1,10,1\n", []),
    ("a,en,10,0,,\n", ["inconclusive:one-direction"]),
    ("a,en,,,10,0\n", ["inconclusive:one-direction"]),
    ("a,en,0,0,10,0\n", ["inconclusive:one-direction"]),
    ("a,en,10,1,10,1\na,de,10,1,n/a,n/a\n", ["inconclusive:one-direction"]),
    ("a,en,,,,\n", ["inconclusive:one-direction", "inconclusive:one-direction"]),
    ("", ["inconclusive:no-cases"]),
    ("a,en,10,11,10,1\n", ["invalid:contradiction"]),
    ("a,en,10,,10,1\n", ["invalid:malformed"]),
    (",en,10,1,10,1\n", ["invalid:malformed"]),
    ("a,en,10,1.5,10,1\n", ["invalid:number"]),
    ("a,en,10,-1,10,1\n", ["invalid:number"]),
    ("a,en,1_000,1,10,1\n", ["invalid:number"]),
    ("a,en,١٠,1,10,1\n", ["invalid:number"]),
    (f"a,en,{'9' * 5000},1,10,1\n", ["invalid:number"]),
    ("a,en,10 (of 20),1,10,1\n", ["invalid:number"]),
    ("a,en,10,1,10\n", ["invalid:row-length"]),
    ("a,en,10,1,10,1\na,en,10,1,10,2\n", ["invalid:duplicate"]),
    ('a,"en,10,1,10,1\n', ["invalid:not-csv"]),
])  # fmt: skip
def test_a_row_counts_both_directions_or_says_that_it_does_not(rows: str, expected: list[str]) -> None:
    assert problems(READER, (HEAD + rows).encode()) == expected


@pytest.mark.parametrize("head", [
    "policy,false_positives,false_negatives\n", HEAD.replace("locale", "region"), HEAD.replace("locale", "policy"), "\n\n",
])  # fmt: skip
def test_other_columns_are_refused(head: str) -> None:
    assert refusal(READER, head) in ("unknown-column", "empty")


@pytest.mark.parametrize(("text", "code"), [
    ("results: []", "unknown-column"),
    ("schema: readiness/guardrails@1\nresults: 7", "malformed"),
    ("schema: readiness/guardrails@1\nresults: [7]", "malformed"),
    ("schema: readiness/guardrails@1\nresults: [{policy: true}]", "malformed"),
    ("schema: readiness/guardrails@1\nresults: [{policy: [a]}]", "malformed"),
    ("schema: readiness/guardrails@1\nresults: [{policy: a, rate: 0.1}]", "unknown-column"),
    ("schema: readiness/guardrails@1\nevaluated_at: soon\nresults: []", "not-a-time"),
    ("schema: readiness/guardrails@10\nresults: []", "prose"),
])  # fmt: skip
def test_yaml_is_laid_out_as_its_schema_says(text: str, code: str) -> None:
    assert refusal(READER, text) == code


def test_it_knows_its_own_files_only_and_gives_what_it_declares() -> None:
    assert known(READER) == {"bedrock-guardrail/failed_guardrail_results.json"}
    declared(READER)
