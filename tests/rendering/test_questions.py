"""Expectations as questions: each operator, where, limits of the launch, and no other words."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.model.expectation import OPERATORS, parse_expectation
from readiness.model.plan import Check
from readiness.model.quantity import parse
from readiness.rendering.questions import check_question, item_question


def check(text: str, limit: str = "") -> Check:
    expectation = parse_expectation(text)
    if limit:
        expectation = expectation._replace(limit=parse(limit.split(" (", maxsplit=1)[0]))
    return Check(expectation, limit, Location("list.yaml", 3))


@pytest.mark.parametrize(("text", "question"), [
    ("p95 <= 2500 ms", "Is `p95` at most 2500 ms over the whole load test?"),
    ("p95 where stage = retrieval < 120 ms", "Is `p95` of stage `retrieval` below 120 ms?"),
    ("errors >= 1 %", "Is `errors` at least 1 % over the whole load test?"),
    ("duration > 30 min", "Is `duration` above 30 min?"),
    ("concurrency where for = 10min >= 60", "Is `concurrency`, held for 10min, at least 60?"),
    ("failed = 0", "Is `failed` 0?"),
    ("kind in [exact, semantic]", "Is `kind` `exact` or `semantic`?"),
    ("prompt != v1", "Is `prompt` anything but v1?"),
    ("drill.completed is true", "Is `drill.completed` true?"),
    ("case where name = test_a is passed", "Does the test `test_a` pass?"),
    ("case where name = test_a is failed", "Does the test `test_a` end as failed?"),
    ("ttl <= launch.index_refresh", "Is `ttl` at most launch.index_refresh, which is not set yet?"),
    ("rate >= 1.5 * launch.peak", "Is `rate` at least 1.5 × launch.peak, which is not set yet, over the whole load test?"),
])  # fmt: skip
def test_a_question(text: str, question: str) -> None:
    assert check_question(check(text), "slot load-test") == question


def test_a_limit_of_the_launch_is_named_beside_its_value() -> None:
    assert check_question(check("ttl <= launch.index_refresh", "15 min"), "slot x") == "Is `ttl` at most 15 min (launch.index_refresh)?"
    assert check_question(check("rate >= 1.5 * launch.peak", "45 1/s (1.5 × 30 rps)"), "path x").endswith("at least 45 1/s (1.5 × 30 rps; launch.peak)?")


def test_a_meaning_stands_behind_the_metric() -> None:
    assert check_question(check("calls.worst <= 6"), "analysis retry-chain", "most calls") == "Is `calls.worst` (most calls) at most 6?"


def test_titles_are_asked() -> None:
    assert item_question(" It holds. ") == "It holds?"
    assert item_question("Does it?") == "Does it?"


@given(st.from_regex(r"[a-z][a-z0-9.]{0,9}", fullmatch=True), st.sampled_from(sorted(set(OPERATORS) - {"in", "is"})), st.fractions(0, 1000))
def test_every_question_names_metric_and_limit_once_and_asks(metric: str, op: str, limit: Fraction) -> None:
    number = f"{float(limit):.3f}"
    question = check_question(check(f"{metric} {op} {number}"), "slot load-test")
    assert question.startswith(f"Is `{metric}` ")
    assert number in question
    assert question.endswith("?")
    assert question.count("?") == 1
