"""The path to GO: the least-effort set of open blockers that turns the decision, with its proof."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from readiness.decision.decide import decide
from readiness.model.review import PathToGo, Step
from readiness.model.text import plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.review import ItemResult, Verdict

_FRIDAY = 4
_WEEK = 5
_FOREVER = 1e9


def path_to_go(items: Sequence[ItemResult], order: Sequence[str], as_of: date) -> PathToGo:
    """Return the steps to a decision other than NO-GO, with the proof that no fewer will do.

    The decision needs every open blocker, so the least set is all of them. The proof: with the
    steps proven it is `becomes`; with any one left out it is still NO-GO (`without`). Proving more
    never makes a decision worse, and every proper subset leaves one step out, so each is a NO-GO;
    whatever turns the decision contains all steps and takes at least their effort.

    Owners work side by side, each on one item after the other in `order` (item ids by rank), on
    working days after `as_of`. Two spellings of a name are one owner.
    """
    blockers = {item.id: item for item in items if item.waits}
    steps: list[Step] = []
    busy: dict[str, float] = {}
    for item in (blockers[item_id] for item_id in order if item_id in blockers):
        who = plain_name(item.owner) or item.owner
        busy[who] = busy.get(who, 0.0) + item.effort_days
        done = add_working_days(as_of, busy[who])
        steps.append(Step(item.id, item.owner, item.effort_days, done))
    becomes, without = _proof(items, [step.item for step in steps])
    effort = math.fsum(step.effort_days for step in steps)  # sum() depends on the Python
    last = max((step.done_by for step in steps), default=None)
    return PathToGo(tuple(steps), effort, last, becomes, without)


def _proof(items: Sequence[ItemResult], steps: Sequence[str]) -> tuple[Verdict, dict[str, Verdict]]:
    """Return the decision with the steps proven, and by step the one with that step left out."""
    places = {item.id: place for place, item in enumerate(items)}
    proven = list(items)
    for step in steps:
        proven[places[step]] = replace(items[places[step]], outcome="proven")
    becomes = decide(proven)
    without: dict[str, Verdict] = {}
    for step in steps:
        place = places[step]
        done, proven[place] = proven[place], items[place]
        without[step] = decide(proven)
        proven[place] = done
    return becomes, without


def add_working_days(day: date, days: float) -> date:
    """Return the day (Monday to Friday) on which work of some days is done that starts after `day`.

    A part of a day takes the day; no work is done on `day` itself. Dates end with the year 9999.
    """
    left = math.ceil(round(min(days, _FOREVER), 6))
    if left <= 0:
        return day
    weekday = min(day.weekday(), _FRIDAY)
    weeks, rest = divmod(weekday + left, _WEEK)
    monday = day.toordinal() - day.weekday()
    return date.fromordinal(min(monday + 7 * weeks + rest, date.max.toordinal()))


def working_days(start: date, end: date) -> int:
    """Return how many working days there are after `start`, up to and with `end`."""
    weeks, rest = divmod(max((end - start).days, 0), 7)
    days = (start + timedelta(days=n) for n in range(1, rest + 1))
    return _WEEK * weeks + sum(day.weekday() <= _FRIDAY for day in days)
