"""The analysis `eval-confidence`: exact bounds, the worst slice, and the cases a claim needs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.analysis.analyses.eval_confidence import ANALYSIS, cases_needed, run
from readiness.analysis.analysis import Analysed
from readiness.errors import Location
from readiness.evaluation.compare import compare
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact, Strength
from readiness.model.plan import Check
from readiness.stats.exact import clopper_pearson
from tests.analysis.evals import launch, sample, shared


def analyse(*evidence: Evidence, **fields: object) -> Analysed:
    return run(launch(**fields), "readiness.yaml", evidence)


def value(found: Analysed, name: str, **labels: str) -> float:
    """Return a value by its labels, `file` left out."""
    values = [f.value for f in found.facts if f.metric == name and {k: v for k, v in f.labels if k != "file"} == labels]
    assert len(values) == 1, values
    return float(values[0])


def kinds(found: Analysed) -> list[str]:
    return [f"{p.kind}:{p.code}" for p in found.problems]


def outcome(found: Analysed, expectation: str) -> str:
    check = Check(parse_expectation(expectation), "", Location("list.yaml"))
    return compare(check, found.facts, Location("x"), confident=False).outcome


def made(*rates: tuple[str, int, int, dict[str, str]], path: str = "a.json", reader: str = "json") -> Evidence:
    facts = [Fact(metric, hits / cases, "ratio", Location(path, 1), tuple(sorted(labels.items())), cases)
             for metric, hits, cases, labels in rates]  # fmt: skip
    return Evidence(path, (), reader, Strength.measured, tuple(facts), ())


def test_guardrails_that_were_measured_enough_show_their_claim() -> None:
    """The positive case: a sheet of counts, both directions, by policy and locale."""
    found = analyse(sample("guardrail-sheet/ok/guardrails.csv"), locales=["en-US", "de-DE"], parameters={"guardrail_false_blocks": "3 %", "guardrail_block_rate": "95 %"})
    assert kinds(found) == []
    names = {"policy": "prompt-injection", "locale": "en-US"}
    assert value(found, "guardrail.false_positive.high", **names) == pytest.approx(0.0324, abs=5e-4)
    assert value(found, "guardrail.false_positive.worst", by="locale", policy="prompt-injection", locale="de-DE") == pytest.approx(0.0770, abs=5e-4)
    assert outcome(found, "guardrail.false_negative.high <= 22 %") == "proven"
    assert outcome(found, "guardrail.false_negative.high <= 5 %") == "failed"
    assert value(found, "guardrail.false_negative.needed", **names) < 400


def test_an_average_hides_a_locale_and_twelve_cases_show_little() -> None:
    """The negative case: a log of Inspect; 9 of 12 pass, 1 of 4 in Japanese."""
    found = analyse(sample("inspect-ai/ok/locales.json"), locales=["en", "de", "ja", "fr"], parameters={"eval_pass_rate": "70 %"})
    assert value(found, "pass_rate.worst", by="locale", locale="ja") == value(found, "pass_rate.low", locale="ja") == pytest.approx(0.0063, abs=1e-4)
    assert value(found, "pass_rate.low") == pytest.approx(0.4281, abs=1e-4)
    assert outcome(found, "pass_rate.low >= 70 %") == "failed"
    assert kinds(found) == ["inconclusive:no-slice", "warning:few-cases"]
    assert [p.message for p in found.problems] == [
        "no evaluation has a slice for fr",
        "4 rates have under 30 cases; pass_rate of de of 4 is 39.76 % to 100 %",
    ]  # fmt: skip
    assert value(found, "pass_rate.needed") > 300


def test_a_real_run_of_three_cases_shows_next_to_nothing() -> None:
    found = analyse(shared("real/evals/promptfoo/krystian-results.json"))
    assert value(found, "pass_rate.low") == pytest.approx(0.0943, abs=1e-4)
    assert kinds(found) == ["warning:few-cases"]


def test_what_proves_nothing_is_not_used() -> None:
    stub = sample("promptfoo/broken/echo.jsonl")
    assert kinds(analyse(stub)) == ["inconclusive:no-evaluations"]
    found = analyse(stub, sample("inspect-ai/ok/locales.json"))
    assert kinds(found)[0] == "warning:left-out"
    assert {dict(f.labels)["file"] for f in found.facts} == {"locales.json"}
    assert kinds(analyse()) == ["inconclusive:no-evaluations"]


def test_a_test_suite_is_no_sample() -> None:
    assert kinds(analyse(made(("pass_rate", 9, 9, {}), reader="junit"))) == ["inconclusive:no-evaluations"]


def test_one_direction_of_guardrails_proves_nothing() -> None:
    found = analyse(made(("guardrail.false_negative", 0, 200, {"policy": "p"})))
    assert kinds(found) == ["inconclusive:one-direction"]
    assert "only false negatives are known" in found.problems[0].message


def test_attacks_are_bounded_from_above() -> None:
    found = analyse(sample("garak/ok/two-probes.report.jsonl"), parameters={"attack_success": "5 %"})
    dan = {"probe": "dan.Dan_11_0", "metric": "dan.DAN", "locale": "en"}
    assert (value(found, "attack.success.low", **dan), value(found, "attack.success.high", **dan)) == pytest.approx((0.1463, 0.4034), abs=1e-4)
    assert value(found, "attack.success.worst", by="probe", **dan) == value(found, "attack.success.high", **dan)
    assert not [f for f in found.facts if f.metric == "attack.success.needed" and ("metric", "dan.DAN") in f.labels]


def test_a_slice_worse_than_the_whole_is_told_only_beyond_chance() -> None:
    rates = [("pass_rate", 950, 1000, {}), ("pass_rate", 880, 900, {"locale": "en"}), ("pass_rate", 70, 100, {"locale": "ja"})]
    assert kinds(analyse(made(*rates))) == ["warning:worse-slice"]
    rates[2] = ("pass_rate", 93, 100, {"locale": "ja"})
    assert kinds(analyse(made(*rates))) == []


def test_a_file_that_two_items_map_counts_once() -> None:
    one = made(("pass_rate", 90, 100, {}))
    assert len(analyse(one, made(("pass_rate", 90, 100, {}))).facts) == len(analyse(one).facts) == 2


@pytest.mark.parametrize(("claim", "needed"), [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368), (0.999, 3688)])
def test_without_a_failure_it_is_the_rule_of_three_two_sided(claim: float, needed: int) -> None:
    assert cases_needed(10, 10, claim, good=True) == needed == math.ceil(math.log(0.025) / math.log(claim))
    assert 3 / (1 - claim) <= needed < 3.7 / (1 - claim)


@given(st.integers(0, 40), st.integers(1, 400), st.floats(0.3, 0.995))
def test_so_many_cases_at_the_same_rate_show_the_claim(bad: int, cases: int, claim: float) -> None:
    bad = min(bad, cases)
    needed = cases_needed(cases - bad, cases, claim, good=True)
    if not needed:
        return
    assert bad / cases < 1 - claim
    assert clopper_pearson(math.floor(bad / cases * needed), needed).high <= 1 - claim + 1e-9
    assert cases_needed(bad, cases, 1 - claim, good=False) == pytest.approx(needed, abs=1)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_at_the_bounds_the_tails_of_the_binomial_are_a_fortieth(pair: tuple[int, int]) -> None:
    """The definition of the exact interval, summed term by term."""
    hits, cases = pair
    found = analyse(made(("pass_rate", hits, cases, {})))
    low, high = value(found, "pass_rate.low"), value(found, "pass_rate.high")

    def chance(of: range, rate: float) -> float:
        return math.fsum(math.comb(cases, i) * rate**i * (1 - rate) ** (cases - i) for i in of)

    assert low <= hits / cases <= high
    assert low == 0 if hits == 0 else chance(range(hits, cases + 1), low) == pytest.approx(0.025, abs=1e-9)
    assert high == 1 if hits == cases else chance(range(hits + 1), high) == pytest.approx(0.025, abs=1e-9)


@pytest.mark.parametrize("parameter", [{}, {"eval_pass_rate": "many"}, {"eval_pass_rate": "800 ms"}, {"eval_pass_rate": "100 %"}, {"eval_pass_rate": "96 %"}])
def test_without_a_claim_that_can_be_shown_no_number_of_cases_is_named(parameter: dict[str, str]) -> None:
    found = analyse(made(("pass_rate", 95, 100, {})), parameters=parameter)
    assert {f.metric for f in found.facts} == {"pass_rate.low", "pass_rate.high"}


def test_it_declares_what_it_gives() -> None:
    every = (sample("guardrail-sheet/ok/guardrails.csv"), sample("inspect-ai/ok/locales.json"), sample("garak/ok/two-probes.report.jsonl"))
    claims = {"eval_pass_rate": "50 %", "guardrail_false_blocks": "9 %", "guardrail_block_rate": "80 %", "attack_success": "40 %"}
    declared = {(name, unit) for name, unit, _ in ANALYSIS.metrics}
    assert {(f.metric, f.unit) for f in analyse(*every, parameters=claims).facts} == declared
