"""What a load test may not say of itself: true runs never contradict themselves, edited ones do."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.loadtest.checks import Labels, common_problems, contradiction
from readiness.evidence.loadtest.facts import load_facts
from readiness.evidence.loadtest.tally import Tally
from readiness.model.fact import Fact, Problem

AT = Location("run.json", 1)
CHAT: Labels = (("endpoint", "/chat"),)
RUN = {"requests": 1000.0, "errors": 0.02, "rate": 10.0, "duration": 100_000.0,
       "min": 5.0, "mean": 40.0, "p50": 30.0, "p95": 90.0, "p99": 200.0, "p99.9": 300.0, "max": 350.0}  # fmt: skip
UNITS = {"requests": "", "errors": "ratio", "rate": "1/s", "duration": "ms"}


def facts(labels: Labels = (), prefix: str = "", **changes: float | str | None) -> list[Fact]:
    """Return the facts of a run, some of them changed; `p99_9` is p99.9, None leaves one out."""
    values: dict[str, float | str | None] = {**RUN, **{k.replace("_", "."): v for k, v in changes.items()}}
    return [
        Fact(f"{prefix}{name}", value, UNITS.get(name, "ms"), Location("run.json", 2, 0, name), labels)
        for name, value in values.items()
        if value is not None
    ]


def told(given_facts: list[Fact], **options: float | None) -> list[tuple[str, str, str]]:
    found = common_problems(given_facts, AT, **options)  # type: ignore[arg-type]
    assert all(problem.help for problem in found)
    return [(f"{p.kind} {p.code}", p.message, str(p.at).rpartition(" ")[2]) for p in found]


@given(st.integers(0, 2**32), st.integers(1, 300))
def test_facts_of_real_samples_never_contradict_themselves(seed: int, count: int) -> None:
    draw = random.Random(seed)
    tally = Tally()
    for _ in range(count):
        tally.add(draw.uniform(0, 50), round(draw.lognormvariate(3, 1.5), draw.choice((0, 3))), draw.random() < 0.9, draw.choice(((), CHAT)))
    found = common_problems(load_facts(tally.load(), AT), AT)
    assert {p.code for p in found} <= {"all-failed"}


def test_a_sound_run_has_no_problem() -> None:
    assert told(facts()) == []
    assert told(facts() + facts(CHAT)) == []


# nothing measured


def test_no_fact_at_all_is_no_sample() -> None:
    assert told([]) == [("inconclusive no-samples", "no request is in it", "run.json:1")]
    assert told([Fact("status", "passed", "", AT), Fact("ok", True, "", AT)])[0][0] == "inconclusive no-samples"


def test_no_request_proves_nothing() -> None:
    none = [Fact("requests", 0, "", AT)]
    assert told(none) == [("inconclusive no-samples", "no request was made", "run.json:1")]


def test_of_a_part_it_is_a_warning() -> None:
    found = told([*facts(), Fact("requests", 0, "", AT, CHAT), Fact("errors", 1.0, "ratio", AT, (("endpoint", "/x"), ("method", "GET")))])
    assert found == [
        ("warning no-samples", "no request of `/chat` was made", "run.json:1"),
        ("warning all-failed", "every request of `/x GET` failed: its times say nothing of answers", "run.json:1"),
    ]


def test_where_there_is_no_whole_a_part_is_judged_as_one() -> None:
    assert told([Fact("requests", 0, "", AT, CHAT)])[0][0] == "inconclusive no-samples"


@pytest.mark.parametrize(
    ("errors", "found"),
    [
        (0.0, None), (0.4999, None), (1.0, "every request failed: its times say nothing of answers"),
        (0.5, "50% of the requests failed: its times say nothing of answers"),
        (0.996, "99% of the requests failed: its times say nothing of answers"),
        (1.0001, "1.0001 of the requests failed, which is no share"), (-0.1, "-0.1 of the requests failed, which is no share"),
        (math.nan, "nan of the requests failed, which is no share"),
    ],
)  # fmt: skip
def test_shares_of_failures(errors: float, found: str | None) -> None:
    problems = told(facts(errors=errors))
    assert [message for _, message, _ in problems] == ([found] if found else [])
    kind = "invalid contradiction" if found and "no share" in found else "inconclusive all-failed"
    assert [k for k, _, _ in problems] == [kind] * len(problems)


# order of times


@pytest.mark.parametrize("prefix", ["", "ttft.", "steady."])
@pytest.mark.parametrize(
    ("changes", "message", "place"),
    [
        ({"p99": 80.0}, "`{0}p99` is 80 ms, below `{0}p95` of 90 ms", "p99"),
        ({"p99_9": 100.0}, "`{0}p99.9` is 100 ms, below `{0}p99` of 200 ms", "p99.9"),
        ({"max": 299.0}, "`{0}max` is 299 ms, below `{0}p99.9` of 300 ms", "max"),
        ({"p50": 4.0}, "`{0}p50` is 4 ms, below `{0}min` of 5 ms", "p50"),
        ({"min": 31.0, "mean": 45.0}, "`{0}p50` is 30 ms, below `{0}min` of 31 ms", "p50"),
        ({"max": 80.0, "p99": None, "p99_9": None}, "`{0}max` is 80 ms, below `{0}p95` of 90 ms", "max"),
        ({"mean": 351.0}, "the mean of 351 ms is not between the minimum and the maximum", "mean"),
        ({"mean": 4.0}, "the mean of 4 ms is not between the minimum and the maximum", "mean"),
        ({"mean": 4.0, "max": None}, "the mean of 4 ms is not between the minimum and the maximum", "mean"),
        ({"mean": 400.0, "min": None}, "the mean of 400 ms is not between the minimum and the maximum", "mean"),
    ],
)
def test_times_out_of_order_are_a_contradiction(prefix: str, changes: dict[str, float | None], message: str, place: str) -> None:
    found = told(facts(prefix=prefix, **changes), pace=None)  # type: ignore[arg-type]
    assert found == [("invalid contradiction", message.format(prefix), place)]


def test_families_are_not_held_against_each_other() -> None:
    assert told(facts() + facts(prefix="ttft.", min=1.0, mean=2.0, p50=1.5, p95=2.0, p99=3.0, p99_9=3.5, max=4.0), pace=None) == []
    assert told(facts() + facts(CHAT, p50=20.0)) == []


def test_equal_times_are_in_order() -> None:
    assert told(facts(min=30.0, mean=30.0, p95=30.0, p99=30.0, p99_9=30.0, max=30.0)) == []


def test_rounding_of_the_tool_is_allowed_for() -> None:
    assert told(facts(p99=89.2), rounding=0.01) == []
    assert told(facts(p99=89.0), rounding=0.01)[0][0] == "invalid contradiction"
    assert told(facts(mean=353.0), rounding=0.01) == []


def test_numbers_of_another_unit_and_texts_are_no_times() -> None:
    others = [Fact("tokens.p50", 100.0, "", AT), Fact("tokens.p99", 9.0, "", AT), Fact("p10", "slow", "", AT), Fact("p999", math.nan, "ms", AT)]
    assert told([*facts(), *others]) == []


# rate


@pytest.mark.parametrize(("rate", "fine"), [(10.0, True), (10.5, True), (9.6, True), (10.7, False), (9.4, False), (0.0, False)])
def test_rate_times_duration_is_requests(rate: float, *, fine: bool) -> None:
    found = told(facts(rate=rate))
    assert (found == []) is fine
    if not fine:
        expected = f"1,000 requests, and rate times duration make {rate * 100:,.0f}"
        assert found == [("invalid contradiction", expected, "requests")]
    assert told(facts(rate=rate), pace=None) == []


def test_one_request_more_or_less_is_no_contradiction() -> None:
    assert told([Fact("requests", 2, "", AT), Fact("rate", 1.0, "1/s", AT), Fact("duration", 1000.0, "ms", AT)]) == []


@given(st.dictionaries(st.sampled_from([n.replace(".", "_") for n in RUN]), st.floats() | st.none() | st.text(max_size=2)), st.booleans())
def test_whatever_stands_there_is_judged(changes: dict[str, float | str | None], part: bool) -> None:
    """Readers keep infinity out, but a check may not be what crashes."""
    found = common_problems(facts(CHAT if part else (), "", **changes), AT)
    assert {p.kind for p in found} <= {"invalid", "inconclusive", "warning"}


def test_a_contradiction_is_invalid_with_help() -> None:
    assert contradiction("it is not", AT) == Problem("invalid", "contradiction", "it is not", AT, "keep the file as written")
