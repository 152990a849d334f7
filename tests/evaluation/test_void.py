"""`void_if`: a record stands only while every piece of evidence rules its condition out."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from readiness.errors import Location
from readiness.evaluation.evaluate import Gathered
from readiness.evaluation.void import void_reason
from readiness.model.evidence import Evidence
from readiness.model.expectation import Reference, parse_expectation
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.plan import Bound

AT = Location("list.yaml", 1)
BOUND = Bound("path a", ("a",), (), None, None, Strength.claimed, None, False, (), AT)


def piece(*facts: Fact, problems: tuple[Problem, ...] = ()) -> Evidence:
    return Evidence("a", (), "json", Strength.measured, facts, problems)


def fact(value: float | bool | str, unit: str = "ratio", metric: str = "errors", **labels: str) -> Fact:
    samples = int(labels.pop("samples")) if "samples" in labels else None
    return Fact(metric, value, unit, Location("a"), tuple(labels.items()), samples)


def reason(text: str, *pieces: Evidence, gives: bool = True, problems: tuple[Problem, ...] = ()) -> str:
    return void_reason(parse_expectation(text), [Gathered(BOUND, pieces, problems)], lambda *_: gives)


@pytest.mark.parametrize(("text", "value", "bites"), [
    ("errors > 1 %", 0.02, True), ("errors > 1 %", 0.01, False), ("errors >= 1 %", 0.01, True),
    ("errors >= 1 %", 0.009, False), ("errors < 1 %", 0.0, True), ("errors < 1 %", 0.01, False),
    ("errors <= 1 %", 0.01, True), ("errors <= 1 %", 0.02, False), ("errors = 1 %", 0.01, True),
    ("errors = 1 %", 0.02, False), ("errors != 1 %", 0.02, True), ("errors != 1 %", 0.01, False),
])  # fmt: skip
def test_it_bites_where_it_holds(text: str, value: float, bites: bool) -> None:
    assert bool(reason(text, piece(fact(value)))) is bites


@pytest.mark.parametrize(("text", "value", "bites"), [
    ("state is down", "down", True), ("state is down", "up", False), ("state in [down, ill]", "ill", True),
    ("state in [down, ill]", "up", False), ("state != up", "down", True), ("state != up", "up", False),
    ("state is true", True, True), ("state is true", False, False), ("state is 3", 3.0, True),
    ("state is 3", 4.0, False), ("state in [3, 4]", 4.0, True), ("state in [3, 4]", 5.0, False),
    ("state is down", 3.0, True), ("state in [3, down]", 5.0, True), ("state is down", "", True),
])  # fmt: skip
def test_words_bite_too(text: str, value: float | bool | str, bites: bool) -> None:
    assert bool(reason(text, piece(fact(value, "", "state")))) is bites


def test_a_reason_says_what_was_seen() -> None:
    assert reason("errors > 1 %", piece(fact(0.02))) == "`errors > 1 %` is not ruled out: 2 % is not <= 1 %"


def test_any_labelled_fact_can_bite() -> None:
    parts = [fact(0.001, endpoint="/a"), fact(0.5, endpoint="/b"), fact(0.0, endpoint="/c")]
    assert reason("errors > 1 %", piece(*parts))
    assert reason("errors > 1 %", piece(*parts[::2])) == ""
    assert reason("errors where endpoint = /a > 1 %", piece(*parts)) == ""
    assert reason("errors where endpoint = /x > 1 %", piece(*parts))


def test_any_piece_can_bite() -> None:
    good, bad = piece(fact(0.0)), piece(fact(0.5))
    assert reason("errors > 1 %", good, good) == ""
    assert reason("errors > 1 %", good, bad)
    assert reason("errors > 1 %", bad, good)


@pytest.mark.parametrize("text", ["errors > 1", "errors > 1 ms", "errors is high", "errors > 5 rps"])
def test_what_cannot_be_compared_bites(text: str) -> None:
    assert reason(text, piece(fact(0.0)))


@pytest.mark.parametrize("hollow", [fact(math.nan), fact(math.inf), fact(0.0, samples="0"), fact("low", "")])
def test_what_is_no_measurement_bites(hollow: Fact) -> None:
    assert reason("errors > 1 %", piece(hollow))


def test_a_percentile_of_few_samples_bites() -> None:
    assert reason("p95 > 800 ms", piece(fact(400.0, "ms", "p95", samples="5")))
    assert reason("p95 > 800 ms", piece(fact(400.0, "ms", "p95", samples="50"))) == ""


def test_a_limit_that_the_launch_does_not_set_bites() -> None:
    expectation = parse_expectation("errors > 1 %")._replace(limit=Reference("most", Fraction(2)))
    told = void_reason(expectation, [Gathered(BOUND, (piece(fact(0.0)),), ())], lambda *_: True)
    assert told == "`errors > 1 %` cannot be checked: launch.most is not known here"


def test_what_is_missing_or_broken_and_might_have_told_bites() -> None:
    absent = Problem("inconclusive", "not-found", "no file matches `b`", Location("b"))
    broken = Problem("invalid", "not-json", "cut off", Location("b"))
    good = piece(fact(0.0))
    assert reason("errors > 1 %", good, problems=(absent,)) == (
        "`errors > 1 %` cannot be checked: no file matches `b`"
    )
    assert reason("errors > 1 %", good, piece(problems=(broken,))) == "`errors > 1 %` cannot be checked: cut off"
    assert reason("errors > 1 %", good, piece())


def test_a_requirement_that_cannot_give_the_metric_does_not_speak() -> None:
    absent = Problem("inconclusive", "not-found", "no drill", Location("b"))
    other = BOUND._replace(source="path b")
    gathered = [Gathered(BOUND, (piece(fact(0.0)),), ()), Gathered(other, (), (absent,))]
    expectation = parse_expectation("errors > 1 %")
    assert void_reason(expectation, gathered, lambda bound, _: bound is BOUND) == ""
    assert void_reason(expectation, gathered, lambda *_: True)


def test_no_evidence_bites() -> None:
    assert reason("errors > 1 %", gives=False) == "`errors > 1 %` cannot be checked: no evidence gives `errors`"
    assert reason("errors > 1 %", piece(fact(1.0, "ms", "p95")), gives=False)
