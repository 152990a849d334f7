"""Requirements: freshness at the second, strength, and what several pieces of evidence make."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from readiness.errors import Location
from readiness.evaluation.evaluate import DAY_MS, Gathered, age_days, end_of, evaluate, worst_of
from readiness.model.evidence import Evidence, Produced
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.plan import Bound, Check
from readiness.model.review import CREDIT, Outcome

DAY = date(2026, 11, 23)
AT = Location("list.yaml", 4, 5)


def bound(*expect: str, fresh_days: float | None = None, needs: Strength = Strength.claimed) -> Bound:
    checks = tuple(Check(parse_expectation(text), "", AT) for text in expect)
    fresh = None if fresh_days is None else fresh_days * DAY_MS
    return Bound("path a", ("a",), (), None, None, needs, fresh, False, checks, AT, "run it")


def evidence(made: datetime | None = None, *, problems: tuple[Problem, ...] = (),
             strength: Strength = Strength.measured, value: float = 1.0) -> Evidence:  # fmt: skip
    produced = None if made is None else Produced(made, "file", Location("a", 2))
    facts = (Fact("x", value, "", Location("a", 1)),)
    return Evidence("a", (), "json", strength, facts, problems, produced)


def outcome(made: datetime | None, fresh_days: float | None = 14.0) -> Outcome:
    return evaluate(Gathered(bound("x <= 1", fresh_days=fresh_days), (evidence(made),), ()), DAY).outcome


LAST = datetime(2026, 11, 24, tzinfo=UTC)  # the first moment after the review's day
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("hours", [-12, -5.5, 0, 5.75, 14])
def test_the_review_is_made_at_the_end_of_its_day_in_utc(hours: float) -> None:
    zone = timezone(timedelta(hours=hours))
    assert outcome((LAST - SECOND).astimezone(zone)) == "proven"
    assert outcome(LAST.astimezone(zone)) == "invalid"
    assert outcome((LAST + SECOND).astimezone(zone)) == "invalid"
    assert outcome((LAST + SECOND).astimezone(zone), None) == "invalid"


@pytest.mark.parametrize("hours", [-12, -5.5, 0, 5.75, 14])
@pytest.mark.parametrize("days", [1, 14])
def test_at_its_limit_evidence_is_stale(hours: float, days: int) -> None:
    zone = timezone(timedelta(hours=hours))
    limit = end_of(DAY) - timedelta(days=days)
    assert outcome(limit.astimezone(zone), days) == "stale"
    assert outcome((limit - SECOND).astimezone(zone), days) == "stale"
    assert outcome((limit + SECOND).astimezone(zone), days) == "proven"
    assert outcome((limit + timedelta(microseconds=1)).astimezone(zone), days) == "proven"


def test_unknown_age_is_stale_where_freshness_is_asked() -> None:
    assert outcome(None) == "stale"
    assert outcome(None, None) == "proven"
    assert age_days(evidence(None), DAY) is None


def test_a_stale_finding_says_when_it_was_made_and_what_to_do() -> None:
    made = datetime(2026, 11, 1, 12, tzinfo=UTC)
    result = evaluate(Gathered(bound("x <= 1", fresh_days=14), (evidence(made),), ()), DAY)
    finding = result.findings[-1]
    assert (finding.rule, finding.observed, finding.limit) == ("fresh 14 d", "22 d", "14 d")
    assert finding.message == "made on 2026-11-01, 22 d ago; the item takes evidence younger than 14 d"
    assert (finding.help, finding.at) == ("run it again", Location("a", 2))
    assert (result.outcome, result.credit, result.fresh_days) == ("stale", 0.5, 14)


@pytest.mark.parametrize("needs", list(Strength))
@pytest.mark.parametrize("strength", list(Strength))
def test_evidence_must_be_as_strong_as_needed(needs: Strength, strength: Strength) -> None:
    result = evaluate(Gathered(bound("x <= 1", needs=needs), (evidence(strength=strength),), ()), DAY)
    assert (result.outcome == "proven") is (strength >= needs)
    if strength < needs:
        assert result.findings[-1].message == f"the evidence is {strength.name}, and {needs.name} is needed"


def problem(kind: str) -> Problem:
    return Problem(kind, "code", f"it is {kind}", Location("a", 7), "mend it")  # type: ignore[arg-type]


def test_what_is_invalid_is_judged_no_further() -> None:
    broken = evidence(problems=(problem("warning"), problem("invalid")))
    result = evaluate(Gathered(bound("x <= 1", fresh_days=1, needs=Strength.drilled), (broken,), ()), DAY)
    assert [(f.outcome, f.message) for f in result.findings] == [("invalid", "it is invalid")]
    assert (result.outcome, result.credit) == ("invalid", 0)


def test_an_inconclusive_problem_counts_beside_the_expectations_and_a_warning_does_not() -> None:
    doubtful = evidence(problems=(problem("inconclusive"),))
    result = evaluate(Gathered(bound("x <= 1"), (doubtful,), ()), DAY)
    assert (result.outcome, result.credit) == ("inconclusive", 0)
    warned = evaluate(Gathered(bound("x <= 1"), (evidence(problems=(problem("warning"),)),), ()), DAY)
    assert (warned.outcome, warned.credit) == ("proven", 1)


def test_nothing_found_is_missing() -> None:
    empty = evaluate(Gathered(bound("x <= 1"), (), ()), DAY)
    assert (empty.outcome, empty.credit) == ("missing", 0)
    assert empty.findings[0].message == "no evidence is linked"
    absent = evaluate(Gathered(bound("x <= 1"), (evidence(),), (problem("inconclusive"),)), DAY)
    assert (absent.outcome, absent.credit) == ("missing", 0)
    refused = evaluate(Gathered(bound("x <= 1"), (evidence(),), (problem("invalid"),)), DAY)
    assert (refused.outcome, refused.credit) == ("invalid", 0)


def test_the_worst_of_several_pieces_counts() -> None:
    several = (evidence(), evidence(value=2.0), evidence())
    result = evaluate(Gathered(bound("x <= 1"), several, ()), DAY)
    assert (result.outcome, result.credit, result.evidence) == ("failed", 0, ("a", "a", "a"))


def test_outcomes_are_ordered_by_what_they_earn() -> None:
    order: list[Outcome] = ["invalid", "missing", "failed", "inconclusive", "stale", "proven"]
    for index, one in enumerate(order):
        for other in order[index:]:
            assert worst_of([one, other]) == worst_of([other, one]) == one
            assert CREDIT[one] <= CREDIT[other]


@pytest.mark.parametrize(("about", "outcome"), [
    ((), "inconclusive"), (("x",), "inconclusive"), (("y", "x"), "inconclusive"), (("y",), "proven"),
])  # fmt: skip
def test_a_doubt_about_some_metrics_leaves_others_provable(about: tuple[str, ...], outcome: Outcome) -> None:
    doubt = Problem("inconclusive", "no-load", "no load test", AT, "link one", about)
    found = evaluate(Gathered(bound("x <= 1"), (evidence(problems=(doubt,)),), ()), DAY)
    assert found.outcome == outcome
    assert ("no load test" in {f.message for f in found.findings}) == (outcome == "inconclusive")
    anything = evaluate(Gathered(bound(), (evidence(problems=(doubt,)),), ()), DAY)
    assert anything.outcome == "inconclusive"


def test_a_warning_about_a_metric_explains_why_an_expectation_does_not_hold() -> None:
    warnings = tuple(Problem("warning", "w", f"reason {n}", AT, f"help {n}", ("x",)) for n in range(5))
    other = Problem("warning", "w", "elsewhere", AT, "", ("y",))
    plain = Problem("warning", "w", "of the whole", AT)
    found = evaluate(Gathered(bound("x <= 0"), (evidence(problems=(plain, other, *warnings)),), ()), DAY)
    assert [(f.message, f.help) for f in found.findings] == [
        ("1 is not <= 0: reason 0; reason 1; reason 2; and 2 more", "help 0")]  # fmt: skip
    proven = evaluate(Gathered(bound("x <= 1"), (evidence(problems=warnings),), ()), DAY)
    assert [f.message for f in proven.findings] == [""]


def test_of_one_of_several_only_the_warning_at_its_place_explains_it() -> None:
    facts = tuple(Fact("x", n, "", Location("a", n), (("part", f"p{n}"),)) for n in (1, 2))
    warnings = tuple(Problem("warning", "w", f"about p{n}", Location("a", n), "", ("x",)) for n in (1, 2))
    piece = evidence(problems=warnings)._replace(facts=facts)
    found = evaluate(Gathered(bound("x <= 1"), (piece,), ()), DAY)
    assert [f.message for f in found.findings] == ["2 is not <= 1: about p2"]


@pytest.mark.parametrize(("pointer", "told"), [("/a/llm/answers", True), ("/a/llm", True), ("/a/llm-b", False), ("/a", False)])
def test_what_stands_below_its_place_explains_it_too(pointer: str, told: bool) -> None:
    fact = Fact("x", 2, "", Location("a", pointer="/a/llm"), (("domain", "llm"),))
    others = [Problem("warning", "w", "another", Location("a", pointer="/a/other"), "", ("x",))]
    own = Problem("warning", "w", "its own", Location("a", pointer=pointer), "", ("x",))
    found = evaluate(Gathered(bound("x <= 1"), (evidence(problems=(*others, own))._replace(facts=(fact,)),), ()), DAY)
    assert [f.message for f in found.findings] == [f"2 is not <= 1: {'its own' if told else 'another; its own'}"]
