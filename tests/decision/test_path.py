"""The path to GO: working days by hand and by calendar; its proof over every subset of steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.decision.path import add_working_days, path_to_go, working_days
from readiness.decision.rank import ordered
from readiness.decision.whatif import Supposition, suppose
from readiness.model.review import ItemResult

from .material import DAY, item, record
from .strategies import launches

FRIDAY, SATURDAY, SUNDAY = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 29)
MONDAY = date(2026, 11, 30)


@pytest.mark.parametrize(("start", "days", "done"), [
    (DAY, 0, DAY), (DAY, 0.125, date(2026, 11, 24)), (DAY, 1, date(2026, 11, 24)),
    (DAY, 1.5, date(2026, 11, 25)), (DAY, 4, FRIDAY), (DAY, 5, MONDAY), (DAY, 10, date(2026, 12, 7)),
    (FRIDAY, 1, MONDAY), (FRIDAY, 0.1, MONDAY), (SATURDAY, 1, MONDAY), (SUNDAY, 1, MONDAY),
    (SATURDAY, 6, date(2026, 12, 7)), (FRIDAY, 0, FRIDAY), (DAY, 0.1 + 0.2 + 0.7, date(2026, 11, 24)),
])  # fmt: skip
def test_working_days(start: date, days: float, done: date) -> None:
    assert add_working_days(start, days) == done


def test_owners_work_side_by_side_each_on_one_thing_after_the_other() -> None:
    items = [
        item("A", "failed", owner="red", effort_days=3.0),
        item("B", "missing", owner="blue", effort_days=1.0),
        item("C", "stale", owner="red", effort_days=2.0),
        item("D", "failed", "deferrable", owner="red", effort_days=9.0),
        item("E", "failed", disposition=record(), owner="red", effort_days=9.0),
        item("F"),
    ]
    path = path_to_go(items, ["C", "B", "D", "A", "E"], DAY)
    assert [(s.item, s.owner, s.done_by) for s in path.steps] == [
        ("C", "red", date(2026, 11, 25)), ("B", "blue", date(2026, 11, 24)), ("A", "red", MONDAY),
    ]  # fmt: skip
    assert (path.effort_days, path.earliest) == (6.0, MONDAY)
    assert path.becomes == "GO WITH CONDITIONS"
    assert path.without == {"A": "NO-GO", "B": "NO-GO", "C": "NO-GO"}


def test_to_a_go_where_nothing_else_is_open() -> None:
    path = path_to_go([item("A", "failed"), item("B")], ["A"], DAY)
    assert (path.becomes, path.without) == ("GO", {"A": "NO-GO"})


def test_there_is_no_step_where_nothing_holds_the_launch() -> None:
    path = path_to_go([item("A"), item("B", "failed", "deferrable")], ["B"], DAY)
    assert (path.steps, path.effort_days, path.earliest, path.without) == ((), 0, None, {})
    assert path.becomes == "GO WITH CONDITIONS"


def counted(start: date, days: float) -> date:
    """Walk day by day."""
    left = math.ceil(round(days, 6))
    while left > 0:
        start += timedelta(days=1)
        left -= start.weekday() < 5
    return start


DATES = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(DATES, st.floats(0, 60))
def test_working_days_are_those_of_the_calendar(start: date, days: float) -> None:
    assert add_working_days(start, days) == counted(start, days)


@given(DATES, st.integers(0, 60))
def test_working_days_are_counted_as_they_are_added(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    count = working_days(start, end)
    assert add_working_days(start, count) <= end < add_working_days(start, count + 1)
    assert working_days(end, start) == 0 or end == start


@pytest.mark.parametrize("days", [1e7, 1e300, math.inf])
def test_dates_end_with_the_calendar(days: float) -> None:
    assert add_working_days(DAY, days) == date.max


def test_two_spellings_of_a_name_are_one_owner() -> None:
    items = [item("A", "failed", owner="team-shop"), item("B", "failed", owner="@Team Shop"), item("C", "failed", owner="--")]
    path = path_to_go(items, ["A", "B", "C"], DAY)
    assert [s.done_by.day for s in path.steps] == [24, 25, 24]


def test_no_effort_takes_no_day() -> None:
    path = path_to_go([item("A", "failed", effort_days=0.0), item("B", "failed")], ["A", "B"], SATURDAY)
    assert [(s.item, s.done_by) for s in path.steps] == [("A", SATURDAY), ("B", MONDAY)]
    assert path.earliest == MONDAY


def subsets(ids: list[str]) -> Iterator[set[str]]:
    for size in range(len(ids) + 1):
        yield from map(set, combinations(ids, size))


def decided(items: list[ItemResult], proven: set[str]) -> str:
    return suppose(items, Supposition(dict.fromkeys(proven, "proven")), DAY).decision


@given(launches(most=9))
def test_the_steps_turn_the_decision_and_no_proper_subset_does(items: list[ItemResult]) -> None:
    path = path_to_go(items, [i.id for i in ordered(items)], DAY)
    steps = [step.item for step in path.steps]
    assert (decided(items, set()) == "NO-GO") is bool(steps)
    assert decided(items, set(steps)) == path.becomes != "NO-GO"
    assert all(decided(items, some) == "NO-GO" for some in subsets(steps) if some != set(steps))
    assert path.without == {step: decided(items, set(steps) - {step}) for step in steps}


@given(launches(most=7))
def test_no_set_of_open_items_does_it_with_less_effort(items: list[ItemResult]) -> None:
    """Over all subsets of everything that is open: accepted, deferred and deferrable items too."""
    path = path_to_go(items, [i.id for i in ordered(items)], DAY)
    effort = {i.id: i.effort_days for i in items}
    opened = [i.id for i in items if i.open]
    turning = [some for some in subsets(opened) if decided(items, some) != "NO-GO"]
    assert min(sum(effort[i] for i in some) for some in turning) == path.effort_days
    assert all({step.item for step in path.steps} <= some for some in turning)


@given(launches(most=6))
def test_proving_more_never_makes_a_decision_worse(items: list[ItemResult]) -> None:
    opened = [i.id for i in items if i.open]
    grade = ("NO-GO", "GO WITH CONDITIONS", "GO").index
    for some in subsets(opened):
        for more in set(opened) - some:
            assert grade(decided(items, some)) <= grade(decided(items, some | {more}))


@given(launches(most=9))
def test_owners_do_their_steps_one_after_the_other(items: list[ItemResult]) -> None:
    path = path_to_go(items, [i.id for i in ordered(items)], SATURDAY)
    for owner in {step.owner for step in path.steps}:
        own = [step for step in path.steps if step.owner == owner]
        done = list(accumulate(step.effort_days for step in own))
        assert [s.done_by for s in own] == [counted(SATURDAY, days) for days in done]
    assert path.earliest == max((s.done_by for s in path.steps), default=None)
