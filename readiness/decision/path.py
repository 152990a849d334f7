"""The path to GO: the least-effort set of open blockers that turns the decision, with its proof."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from readiness.decision.decide import decide
from readiness.model.review import PathToGo, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from readiness.model.review import ItemResult, Verdict

_SATURDAY = 5


def path_to_go(items: Sequence[ItemResult], order: Sequence[str], as_of: date) -> PathToGo:
    """Return the steps to a decision other than NO-GO.

    The decision needs every open blocker, so the least set is all of them; this is proven by
    deciding again with the steps proven, and with each one left out. Owners work side by side, each
    on one item after the other in `order` (item ids by rank), on working days after `as_of`.
    """
    blockers = {item.id: item for item in items if item.gate == "blocker" and not item.holds}
    steps: list[Step] = []
    busy: dict[str, float] = {}
    for item_id in [i for i in order if i in blockers]:
        item = blockers[item_id]
        busy[item.owner] = busy.get(item.owner, 0.0) + item.effort_days
        done = add_working_days(as_of, busy[item.owner])
        steps.append(Step(item.id, item.owner, item.effort_days, done))
    ids = {step.item for step in steps}
    without: dict[str, Verdict] = {step.item: _decided(items, ids - {step.item}) for step in steps}
    effort = sum(step.effort_days for step in steps)
    last = max((step.done_by for step in steps), default=None)
    return PathToGo(tuple(steps), effort, last, _decided(items, ids), without)


def _decided(items: Iterable[ItemResult], proven: set[str]) -> Verdict:
    return decide([replace(i, outcome="proven") if i.id in proven else i for i in items])


def add_working_days(day: date, days: float) -> date:
    """Return the working day (Monday to Friday) on which work of some days is done."""
    left = math.ceil(round(days, 6))
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return day
