"""The path to GO: working days by hand."""

from __future__ import annotations

from datetime import date

import pytest

from readiness.decision.path import add_working_days, path_to_go

from .material import DAY, item, record

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
