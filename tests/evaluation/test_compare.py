"""One expectation against facts: every operator, labels, and what is said when it does not hold."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evaluation.compare import compare, ordered
from readiness.model.expectation import Reference, parse_expectation
from readiness.model.fact import Fact
from readiness.model.plan import Check
from readiness.model.review import Finding

HERE = Location("load.json")


def fact(metric: str = "p95", value: float | bool | str = 420.0, unit: str = "ms", *,
         samples: int | None = None, **labels: str) -> Fact:  # fmt: skip
    return Fact(metric, value, unit, Location("load.json", 3), tuple(sorted(labels.items())), samples)


def judge(text: str, *facts: Fact, confident: bool = False) -> Finding:
    check = Check(parse_expectation(text), "", Location("list.yaml", 1))
    return compare(check, facts, HERE, confident=confident)


@pytest.mark.parametrize(("text", "value", "holds"), [
    ("p95 < 800 ms", 799.9, True), ("p95 < 800 ms", 800.0, False),
    ("p95 <= 800 ms", 800.0, True), ("p95 <= 800 ms", 800.0000001, False),
    ("p95 > 800 ms", 800.0, False), ("p95 > 800 ms", 801.0, True),
    ("p95 >= 800 ms", 800.0, True), ("p95 >= 800 ms", 799.0, False),
    ("p95 = 800 ms", 800.0, True), ("p95 = 800 ms", 800.1, False),
    ("p95 != 800 ms", 800.0, False), ("p95 != 800 ms", 1.0, True),
    ("p95 is 800ms", 800.0, True), ("p95 is 800ms", 801.0, False), ("p95 is 0.8s", 800.0, True),
    ("p95 in [800ms, 1s]", 1000.0, True), ("p95 in [800ms, 1s]", 900.0, False),
    ("p95 <= 0.8 s", 800.0, True), ("p95 <= 0.1 s", 100.0, True),
])  # fmt: skip
def test_numbers(text: str, value: float, holds: bool) -> None:
    assert (judge(text, fact(value=value)).outcome == "proven") is holds


@pytest.mark.parametrize(("text", "value", "holds"), [
    ("verdict is passed", "passed", True), ("verdict is passed", "failed", False),
    ("verdict = passed", "passed", True), ("verdict != failed", "passed", True),
    ("verdict != failed", "failed", False), ("verdict in [ok, passed]", "ok", True),
    ("verdict in [ok, passed]", "failed", False), ("verdict is true", True, True),
    ("verdict is true", False, False), ("verdict != false", True, True), ("verdict is 3", 3.0, True),
    ("verdict in [2, 3]", 3.0, True), ("verdict is 3", 3.1, False), ("verdict is passed", "", False),
    ("verdict != failed", " ", False), ("verdict is passed", 1.0, False),
    ("verdict != failed", 1.0, False), ("verdict <= 3", "2", False), ("verdict <= 3", True, False),
    ("verdict is 0.123457", 0.1234567, False), ("verdict is 1234567", 1234567.0, True),
])  # fmt: skip
def test_words_and_truth_values(text: str, value: float | bool | str, holds: bool) -> None:
    assert (judge(text, fact("verdict", value, "")).outcome == "proven") is holds


@pytest.mark.parametrize("text", ["errors is 0", "errors in [0, 1]", "errors = 0", "errors <= 0", "errors != x"])
def test_a_fact_with_a_unit_is_never_compared_with_a_bare_number(text: str) -> None:
    finding = judge(text, fact("errors", 0.0, "ratio"))
    assert (finding.outcome, finding.credit) == ("failed", 0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("text", ["x <= 1", "x >= 0", "x != 1", "x = 1", "x is 1", "x in [1, nan]", "x != bad"])
def test_no_finite_number_is_inconclusive(text: str, value: float) -> None:
    finding = judge(text, fact("x", value, ""))
    assert (finding.outcome, finding.credit) == ("inconclusive", 0)
    assert finding.message == "the tool wrote no finite number"


@pytest.mark.parametrize(("text", "value"), [
    ("x <= 1", 0.0), ("x is 0", 0.0), ("x in [0]", 0.0), ("x is passed", "passed"), ("x is true", True),
    ("x != failed", "passed"),
])  # fmt: skip
def test_no_sample_is_inconclusive(text: str, value: float | bool | str) -> None:
    for samples in (0, -3):
        finding = judge(text, fact("x", value, "", samples=samples))
        assert (finding.outcome, finding.credit) == ("inconclusive", 0)
        assert finding.message == "no sample stands behind the value"
    assert judge(text, fact("x", value, "", samples=1)).outcome == "proven"


def test_of_several_labelled_facts_the_worst_counts() -> None:
    facts = [fact(value=100.0, endpoint="/a"), fact(value=900.0, endpoint="/b"), fact(value=5.0, endpoint="/c")]
    for order in (facts, facts[::-1]):
        finding = judge("p95 <= 800 ms", *order)
        assert (finding.outcome, finding.subject) == ("failed", "endpoint /b")


def test_of_equal_credit_the_worse_outcome_counts_in_any_order() -> None:
    facts = [fact(value=math.nan, endpoint="/a"), fact(value=900.0, endpoint="/b")]
    assert {judge("p95 <= 800 ms", *order).outcome for order in (facts, facts[::-1])} == {"failed"}


def test_the_whole_counts_where_there_is_one_and_a_part_where_it_is_named() -> None:
    facts = [fact(value=100.0), fact(value=900.0, endpoint="/b")]
    assert judge("p95 <= 800 ms", *facts).outcome == "proven"
    assert judge("p95 where endpoint = /b <= 800 ms", *facts).outcome == "failed"
    assert judge("p95 where endpoint = /b <= 900 ms", *facts).outcome == "proven"


def test_two_wholes_are_both_held_to_it() -> None:
    assert judge("p95 <= 800 ms", fact(value=100.0), fact(value=900.0)).outcome == "failed"


def test_a_label_that_is_not_there_names_the_nearest() -> None:
    finding = judge("p95 where endpoint = /chta <= 800 ms", fact(endpoint="/chat"), fact(endpoint="/x"))
    assert (finding.outcome, finding.credit) == ("inconclusive", 0)
    assert finding.message == "`p95` is there, but not for endpoint `/chta`"
    assert finding.help == "did you mean `/chat`?"
    far = judge("p95 where endpoint = qqqq <= 800 ms", fact(endpoint="/chat"), fact(endpoint="/x"))
    assert far.help == "endpoint is one of /chat or /x"


def test_an_absent_metric_names_the_nearest() -> None:
    finding = judge("p99 <= 800 ms", fact("p95"), fact("p90"), fact("errors", 0.0, "ratio"))
    assert (finding.outcome, finding.credit, finding.at) == ("inconclusive", 0, HERE)
    assert finding.message == "the evidence does not give `p99`"
    assert finding.help.startswith("it gives `p90`")
    assert "errors" not in finding.help
    assert judge("p99 <= 1 ms").help == ""


def test_the_whole_is_not_offered_for_a_part() -> None:
    """What is asked of the steady part, or of corrected times, is asked for a reason."""
    finding = judge("steady.p99 <= 800 ms", fact("p99"), fact("steady.p95"))
    assert finding.help == "it gives `steady.p95`"
    assert judge("steady.errors <= 1%", fact("errors", 0.0, "ratio")).help == ""


def test_a_tools_default_is_named_as_one_where_it_fails() -> None:
    default = Fact("p95", 900.0, "ms", HERE, origin="tool-default")
    finding = judge("p95 <= 800 ms", default)
    assert finding.message == "900 ms is not <= 800 ms (the tool's default: nobody set it)"
    assert judge("p95 <= 900 ms", default).message == ""


def test_a_dimension_is_never_guessed() -> None:
    finding = judge("p95 <= 800", fact())
    assert finding.message == "the fact is a time and the limit a number"
    assert finding.help == "give the limit in `ms`"
    assert judge("x <= 8 ms", fact("x", 1.0, "")).help == "the fact has no unit: give the limit without one"


def test_a_finding_says_what_was_seen_where() -> None:
    finding = judge("p95 <= 0.4 s", fact(endpoint="/b"))
    assert (finding.rule, finding.observed, finding.limit) == ("p95 <= 0.4 s", "420 ms", "0.4 s")
    assert (finding.at, finding.subject) == (Location("load.json", 3), "endpoint /b")


def test_an_unset_reference_fails() -> None:
    expectation = parse_expectation("p95 <= 1 ms")._replace(limit=Reference("budget"))
    finding = compare(Check(expectation, "", HERE), [fact()], HERE, confident=False)
    assert (finding.outcome, finding.message) == ("failed", "launch.budget is not set")


def test_confidence_holds_the_bad_end_of_the_interval() -> None:
    rate = fact("pass_rate", 0.95, "ratio", samples=100)
    assert judge("pass_rate >= 90 %", rate).outcome == "proven"
    finding = judge("pass_rate >= 90 %", rate, confident=True)
    assert (finding.outcome, finding.credit) == ("inconclusive", 0.25)
    assert finding.message == (
        "95 % of 100 holds, but with 95 % confidence it is 88.82 % to 97.85 %, and 88.82 % is not >= 90 %"
    )
    assert judge("pass_rate >= 88 %", rate, confident=True).outcome == "proven"
    assert judge("pass_rate <= 97 %", rate, confident=True).outcome == "inconclusive"
    assert judge("pass_rate <= 98 %", rate, confident=True).outcome == "proven"


def test_confidence_needs_the_number_of_cases() -> None:
    finding = judge("pass_rate >= 1 %", fact("pass_rate", 0.95, "ratio"), confident=True)
    assert finding.outcome == "inconclusive"


def test_no_sample_shows_an_equality_with_confidence() -> None:
    whole = fact("pass_rate", 1.0, "ratio", samples=3)
    assert judge("pass_rate = 100 %", whole).outcome == "proven"
    finding = judge("pass_rate = 100 %", whole, confident=True)
    assert (finding.outcome, finding.help) == ("inconclusive", "ask for `>=` or `<=`: no sample shows a point")
    assert judge("pass_rate != 10 %", whole, confident=True).outcome == "proven"
    assert judge("pass_rate != 90 %", whole, confident=True).outcome == "inconclusive"


@pytest.mark.parametrize("value", [1.5, 40.0, -0.5])
def test_what_is_no_share_of_cases_is_inconclusive_and_no_crash(value: float) -> None:
    text = "x >= -100 %" if value < 0 else "x >= 1 %"
    assert judge(text, fact("x", value, "ratio", samples=10), confident=True).outcome == "inconclusive"


def test_a_percentile_of_few_samples_is_inconclusive_only_where_it_would_hold() -> None:
    few = fact(samples=10)
    assert judge("p95 <= 800 ms", few).outcome == "inconclusive"
    assert judge("p95 <= 100 ms", few).outcome == "failed"


@given(st.fractions(), st.fractions())
def test_orderings_are_those_of_fractions(value: Fraction, limit: Fraction) -> None:
    assert ordered(value, "<", limit) is not ordered(value, ">=", limit)
    assert ordered(value, ">", limit) is not ordered(value, "<=", limit)
    assert ordered(value, "=", limit) is not ordered(value, "!=", limit)
    assert ordered(value, "<=", limit) is (ordered(value, "<", limit) or value == limit)


def test_why_nothing_was_held_is_told_by_the_length_of_the_run() -> None:
    short = judge("rate.held where for = 30min >= 45 rps", fact("duration", 5_974.0), fact("rate", 120.0, "1/s"))
    assert (short.outcome, short.message, short.help) == (
        "inconclusive", "nothing was held for 30min: the run lasts 5,974 ms", "let the run last longer",
    )  # fmt: skip
    long = judge("rate.held where for = 30min >= 45 rps", fact("duration", 3_600_000.0), fact("rate", 120.0, "1/s"))
    assert long.message == "nothing says what was held for 30min: a summary has one rate for the whole run"
    assert long.help == "keep the single requests, or Locust's history"
