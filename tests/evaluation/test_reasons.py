"""What an analysis computed and does not hold says what it was computed from."""

from __future__ import annotations

from datetime import date

from inline_snapshot import snapshot

from readiness.errors import Location
from readiness.evaluation.evaluate import Gathered, evaluate
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.plan import Bound, Check
from readiness.model.review import RequirementResult

AT = Location("readiness.yaml", pointer="/failure_domains")


def _judged(
    holes: float, *problems: Problem, analysis: str | None = "a", rule: str = "holes = 0"
) -> RequirementResult:
    expectation = parse_expectation(rule)
    bound = Bound(
        source="analysis a", patterns=(), readers=(), map=None, analysis=analysis,
        needs=Strength.claimed, fresh_ms=None, confident=False,
        checks=(Check(expectation, "", AT),), at=AT, how="",
    )
    fact = Fact("holes", holes, "", AT)
    evidence = Evidence("readiness.yaml", (), "a", Strength.claimed, (fact,), problems)
    return evaluate(Gathered(bound, (evidence,), ()), date(2026, 11, 26))


def _hole(number: int, metrics: tuple[str, ...] = ()) -> Problem:
    return Problem("warning", "hole", f"hole {number}", Location("x", number), "fill it", metrics)


def test_the_first_reasons_stand_in_the_message_and_all_in_the_notes() -> None:
    result = _judged(5, *map(_hole, range(1, 6)))
    assert result.findings[0].message == snapshot(
        "5 is not = 0: hole 1; hole 2; hole 3; and 2 more"
    )
    assert [note.message for note in result.notes] == [f"hole {n}" for n in range(1, 6)]


def test_reasons_of_other_metrics_are_left_out() -> None:
    result = _judged(1, _hole(1, ("cells",)), _hole(2, ("holes",)))
    assert result.findings[0].message == snapshot("1 is not = 0: hole 2")


def test_what_holds_needs_no_reason_but_keeps_what_warns_of_it() -> None:
    result = _judged(0, _hole(1), _hole(2, ("cells",)), _hole(3, ("holes",)))
    assert result.findings[0].message == ""
    assert [note.message for note in result.notes] == ["hole 1", "hole 3"]


def test_files_keep_their_warnings_in_the_list_of_evidence() -> None:
    result = _judged(1, _hole(1), analysis=None)
    assert (result.findings[0].message, result.notes) == snapshot(("1 is not = 0", ()))


def test_what_is_not_there_says_why() -> None:
    moving = Problem("warning", "no-steady-state", "requests climb over the run", AT, "hold one level", ("steady.p95",))
    result = _judged(0, moving, rule="steady.p95 <= 1 s", analysis=None)
    finding, = (found for found in result.findings if found.rule.startswith("steady"))
    assert (finding.message, finding.help) == snapshot(("the evidence does not give `steady.p95`: requests climb over the run", "hold one level"))
