"""Load headroom in words and bars: forecast, what was asked, reached and held; the untested rest.

Nothing is computed anew: rates come from the rules that refer to the forecast peak
(`rate >= 1.5 * launch.peak`), and from the load tests of the review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model.quantity import show
from readiness.model.text import and_list
from readiness.patterns import pattern
from readiness.rendering import charts
from readiness.rendering.loads import forecast_peak, rate, times
from readiness.rendering.parts import Bar
from readiness.rendering.words import STATES, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.model.load_result import LoadResult
    from readiness.model.review import Finding, Review

_RULE = pattern(r"(rate|rate\.held)( where .*)? >=? .*launch\.peak$")
_WORST = ("invalid", "missing", "failed", "inconclusive", "stale", "proven")


class HeadroomRow(NamedTuple):
    """A rate beside the others: what it is, where it comes from, and its bar in percent."""

    name: str
    value: str
    note: str
    state: State | None
    bar: str


class Headroom(NamedTuple):
    """The rates of a launch on one axis from 0 to `top`.

    `peak` and `asked` are places on it in percent, and `untested` is what no test reached.
    """

    sentence: str
    rows: tuple[HeadroomRow, ...]
    top: str
    mid: str
    peak: str
    asked: str
    untested: Bar


class _Rate(NamedTuple):
    """A rate in 1/s, before it has a place on the axis; None if it was not found."""

    name: str
    value: float | None
    note: str
    state: State | None = None
    tested: bool = False


def headroom_view(review: Review) -> Headroom | None:
    """Lay the forecast peak beside what was asked, reached, held, and fitted."""
    forecast = forecast_peak(review)
    found = list(_findings(review))
    if not forecast or not (found or review.loads):
        return None
    limits = [(limit, item) for item, finding in found if (limit := rate(finding.limit))]
    asked = max((limit for limit, _ in limits), default=0.0)
    rates = [_Rate("Forecast peak", forecast, "parameter `peak`")]
    if asked:
        by = and_list(sorted({item for limit, item in limits if limit == asked}))
        rates.append(_Rate("Asked of a test", asked, f"by {by}"))
    rates += [*_reached(found), *(entry for load in review.loads for entry in _answered(load))]
    tested = max((entry.value or 0.0 for entry in rates if entry.tested), default=0.0)
    top = charts.nice_top(1.15 * max(entry.value or 0.0 for entry in rates))
    return Headroom(
        _sentence(forecast, asked, tested),
        tuple(_row(entry, top) for entry in rates),
        show(top, "1/s"),
        f"{top / 2:,g}",
        charts.share(forecast, top),
        charts.share(asked, top),
        Bar(charts.share(tested, top), charts.share(top - tested, top), ""),
    )


def _sentence(forecast: float, asked: float, tested: float) -> str:
    need = max(forecast, asked)
    wanted = f"; a test is to reach {times(asked / forecast)} times that" if asked else ""
    text = f"The forecast peak is {show(forecast, '1/s')}{wanted}. "
    if not tested:
        return text + "No rate was tested."
    text += (
        f"Tested up to {show(tested, '1/s')}, {times(tested / forecast)} times the forecast peak; "
    )
    if tested < need:
        return text + f"from there to {show(need, '1/s')}, which the launch needs, is untested."
    return text + "what lies above is untested."


def _findings(review: Review) -> Iterator[tuple[str, Finding]]:
    """Yield the findings whose rule asks for a rate against the forecast peak, with their item."""
    for item in review.items:
        for requirement in item.requirements:
            for finding in requirement.findings:
                if _RULE.match(finding.rule):
                    yield item.id, finding


def _reached(found: Iterable[tuple[str, Finding]]) -> Iterator[_Rate]:
    """Put together what was observed in one file: the rate, its worst outcome, and who asked."""
    groups: dict[tuple[bool, str], list[tuple[str, Finding]]] = {}
    for item, finding in found:
        held = finding.rule.startswith("rate.held")
        groups.setdefault((held, finding.at.path), []).append((item, finding))
    for (held, path), group in sorted(groups.items()):
        worst = min((finding for _, finding in group), key=lambda f: _WORST.index(f.outcome))
        items = and_list(sorted({item for item, _ in group}))
        why = f": {worst.message}" if worst.message and not worst.observed else ""
        values = [value for _, finding in group if (value := rate(finding.observed)) is not None]
        yield _Rate(
            "Held as long as asked" if held else "Average of a run",
            min(values, default=None),
            f"{path}, for {items}{why}",
            STATES[worst.outcome],
            tested=True,
        )


def _answered(load: LoadResult) -> Iterator[_Rate]:
    found = load.capacity
    if found.tested is not None:
        yield _Rate(
            "Answered at best", found.tested, f"{load.path}, over a tenth of the run", tested=True
        )
    else:
        whole = {figure.metric: figure.whole for figure in load.figures}
        answered = whole.get("rate", 0.0) * (1 - whole.get("errors", 0.0))
        if answered:
            yield _Rate("Answered on average", answered, load.path, tested=True)
    if found.peak is not None:
        low, high = (
            show(end, "1/s") if end is not None else "not bounded"
            for end in (found.peak_low, found.peak_high)
        )
        yield _Rate("Capacity by the fit", found.peak, f"95 %: {low} to {high}")


def _row(entry: _Rate, top: float) -> HeadroomRow:
    value = "not shown" if entry.value is None else show(entry.value, "1/s")
    bar = "" if entry.value is None else charts.share(entry.value, top)
    return HeadroomRow(entry.name, value, entry.note, entry.state, bar)
