"""The latency budget in words: shares of components, what was measured, what the sum holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model.quantity import show
from readiness.model.text import and_list, plural
from readiness.rendering import charts, words
from readiness.rendering.parts import Bar
from readiness.rendering.words import State

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.latency_result import ComponentResult, LatencyResult, Measured, UnionBound
    from readiness.model.review import Review

SHARES: dict[str, State] = {
    "within": State("Within", "✓", "good", "check"),
    "over": State("Over", "✗", "bad", "cross"),
    "too few samples": State("Too few samples", "?", "doubt", "ask"),
    "not measured": State("Not measured", "∅", "quiet", "empty"),
}
_FIVE = 0.05  # what may exceed a 95th percentile


class ComponentRow(NamedTuple):
    """A component: its budget beside what was measured.

    `depth` is how far to indent it; the bars start where the budgets before it end, on an axis
    from 0 to `LatencyView.top`; `measured_bar` is None without a measurement, `over_bar` is what of
    it lies beyond the budget; `at` is a line alone in the file of the row before.
    """

    name: str
    depth: int
    called: str
    budget: str
    measured: str
    state: State
    detail: str
    at: str
    budget_bar: Bar
    measured_bar: Bar | None
    over_bar: Bar | None = None


class LatencyView(NamedTuple):
    """The path of a request from one entry.

    `limit` is where the budget of the whole lies on the axis, empty without one; so is `measured`
    for what was measured end to end.
    """

    title: str
    sentence: str
    whole: str
    caution: str
    bound: str
    loops: str
    rows: tuple[ComponentRow, ...]
    top: str
    mid: str
    limit: str
    measured: str
    total: str


def latency_views(review: Review) -> tuple[LatencyView, ...]:
    """Put the latency budgets into words."""
    return tuple(_view(result) for result in review.latency)


def _view(result: LatencyResult) -> LatencyView:
    ends = [result.budgets.total, result.budget or 0.0]
    ends += [result.measured.value] if result.measured else []
    start, rows = 0.0, []
    for part in result.components:
        own = part.measured.whole(part.visits) if part.measured else 0.0
        ends.append(start + max(part.visits * part.budget, own))
        start += part.visits * part.budget
    top = charts.nice_top(max(ends))
    start, last = 0.0, None
    for part in result.components:
        rows.append(_row(part, start, top)._replace(at=_place(part, last)))
        start += part.visits * part.budget
        last = part.measured.at if part.measured else last
    return LatencyView(
        f"From {result.entry}",
        _sentence(result),
        _whole(result.measured),
        _caution(result),
        _bound(result.bound, result.budget),
        _loops(result.loops),
        tuple(rows),
        show(top, "ms"),
        f"{top / 2:,g}",
        charts.share(result.budget, top) if result.budget is not None else "",
        charts.share(result.measured.value, top) if result.measured else "",
        _against(result.measured, result.budget),
    )


def _row(part: ComponentResult, start: float, top: float) -> ComponentRow:
    measured = part.measured
    times = f" {part.visits:,} times" if part.visits > 1 else ""
    detail = part.help
    if measured is not None:
        known = f", {measured.samples:,} samples" if measured.samples is not None else ""
        path = ", on the critical path of a request" if measured.per == "request" else ""
        detail = f"{measured.subject}{known}{path}"
    at = charts.share(start, top)
    own, over = _bars(part, start, top)
    return ComponentRow(
        part.name,
        part.depth,
        f"called{times} by {part.caller}" if part.caller else "entry",
        _budget(part),
        show(measured.value, "ms") if measured else "–",
        SHARES[part.outcome],
        detail,
        str(measured.at) if measured else "",
        Bar(at, charts.share(part.visits * part.budget, top), ""),
        own,
        over,
    )


def _budget(part: ComponentResult) -> str:
    """Return the budget that what was measured is held against: of a call, or of all of them."""
    all_calls = part.measured is not None and part.measured.per == "request" and part.visits > 1
    return f"{part.visits:,} × {show(part.budget, 'ms')}" if all_calls else show(part.budget, "ms")


def _place(part: ComponentResult, last: Location | None) -> str:
    return words.place(part.measured.at, last) if part.measured else ""


def _bars(part: ComponentResult, start: float, top: float) -> tuple[Bar | None, Bar | None]:
    """Return the bars of what was measured: within the budget, and beyond it."""
    if part.measured is None:
        return None, None
    end, limit = part.measured.whole(part.visits), part.visits * part.budget
    own = Bar(charts.share(start, top), charts.share(min(end, limit), top), "")
    if end <= limit:
        return own, None
    return own, Bar(charts.share(start + limit, top), charts.share(end - limit, top), "")


def _against(measured: Measured | None, budget: float | None) -> str:
    value = show(measured.value, "ms") if measured else "not measured"
    return f"{value} of {show(budget, 'ms')}" if budget is not None else value


def _sentence(result: LatencyResult) -> str:
    """Say what the budgets add up to, and how many components keep theirs."""
    total, budget = result.budgets.total, result.budget
    text = f"The budgets add up to {show(total, 'ms')}"
    if budget is None:
        text += "; no budget of the whole is set (parameter `p95_budget`)"
    else:
        spare = budget - total
        rest = f"{show(abs(spare), 'ms')} {'to spare' if spare >= 0 else 'too much'}"
        text += f" of {show(budget, 'ms')} ({result.budget_name}), {rest if spare else 'exactly'}"
    over = [part.name for part in result.components if part.outcome == "over"]
    known = [part for part in result.components if part.measured is not None]
    count = plural(len(result.components), "component")
    late = f"{and_list(over)} over budget" if over else "none over budget"
    return f"{text}. {len(known)} of {count} measured, {late}."


def _whole(measured: Measured | None) -> str:
    if measured is None:
        return "End to end: no evidence gives a p95 that an item holds against `p95_budget`."
    known = f", {measured.samples:,} samples" if measured.samples is not None else ""
    subject = f"{measured.subject}{known}".removeprefix(", ")
    return (
        f"End to end: p95 {show(measured.value, 'ms')}{f' ({subject})' if subject else ''}, "
        f"the worst of all runs, at {measured.at}."
    )


def _caution(result: LatencyResult) -> str:
    """Say what keeping every budget would hold."""
    sums = result.budgets
    who = f"each of {plural(result.visits, 'call')} keeps" if result.visits > 1 else "it keeps"
    if sums.exceed >= 1:
        return f"If {who} its p{sums.percentile:g}, that says nothing of their sum."
    return f"If {who} its p{sums.percentile:g}, {_exceeds(sums)}."


def _bound(bound: UnionBound | None, budget: float | None) -> str:
    """Say what the measured percentiles hold of the whole."""
    if bound is None:
        return "A bound of the whole needs the same percentile of every component."
    against = ""
    if budget is not None and bound.exceed <= _FIVE:
        against = " That is within the budget." if bound.total <= budget else (
            " The budget is below that: only an end-to-end measurement can tell."
        )  # fmt: skip
    return f"Measured p{bound.percentile:g} of each, added up: {_exceeds(bound)}.{against}"


def _exceeds(bound: UnionBound) -> str:
    share = show(bound.exceed, "ratio")
    return f"at most {share} of requests spend more than {show(bound.total, 'ms')} in them"


def _loops(loops: tuple[str, ...]) -> str:
    if not loops:
        return ""
    return f"Calls that lead back are counted once: {'; '.join(loops)}."
