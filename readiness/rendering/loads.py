"""Load tests in words and lines: curve, recomputed figures, capacity, and two runs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model.load_result import NOT_TESTED, TOO_FEW
from readiness.model.quantity import parse, show, show_difference
from readiness.rendering import charts
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from readiness.model.load_result import (
        CapacityResult,
        ChangeResult,
        ComparisonResult,
        Figure,
        LoadResult,
    )
    from readiness.model.review import Review

_ARRIVALS = {
    "open": "sent by a schedule",
    "closed": "each user waits for an answer before asking again",
    "": "how users arrive is not in the file",
}
_CHARTED = 50
_SURE = 0.001


class Curve(NamedTuple):
    """Paths of a run over time, in a box of 400 by 100, and what the axes end at."""

    rate: str
    times: str
    failed: str
    steady: tuple[int, int] | None
    end: str
    rate_top: str
    times_top: str
    label: str


class Fit(NamedTuple):
    """Paths of throughput against requests in flight, and where the forecast and the test lie."""

    dots: str
    curve: str
    band: str
    peak: int | None
    untested: int
    right: str
    top: str
    label: str


class FigureRow(NamedTuple):
    """A figure of the whole run with its interval, in the steady part, and corrected."""

    name: str
    whole: str
    steady: str
    corrected: str


class LoadView(NamedTuple):
    """A load test."""

    path: str
    sentence: str
    steady: str
    capacity: str
    p95: str
    figures: tuple[FigureRow, ...]
    curve: Curve
    fit: Fit | None


class ChangeRow(NamedTuple):
    """A figure before and after."""

    name: str
    values: str
    interval: str
    verdict: str


class ComparisonView(NamedTuple):
    """Two load tests side by side."""

    title: str
    sentence: str
    method: str
    note: str
    rows: tuple[ChangeRow, ...]


def load_views(review: Review) -> tuple[LoadView, ...]:
    """Put every load test into words."""
    peak = forecast_peak(review)
    return tuple(_load(load, peak) for load in review.loads)


def comparison_views(review: Review) -> tuple[ComparisonView, ...]:
    """Put every comparison into words."""
    return tuple(_comparison(comparison) for comparison in review.comparisons)


def forecast_peak(review: Review) -> float | None:
    """Return the forecast peak in 1/s; None if the launch names none."""
    return rate(review.launch.parameters.get("peak", ""))


def rate(text: str) -> float | None:
    """Return a rate in 1/s: `1,050 1/s (1.5 × 700 rps)` is 1050; None for anything else."""
    try:
        quantity = parse(text.partition(" (")[0].replace(",", ""))
    except ValueError:
        return None
    return float(quantity.value) if quantity.dimension == "rate" else None


def _load(load: LoadResult, peak: float | None) -> LoadView:
    steady = f"No steady part: {load.reason.removeprefix('no steady state found: ')}."
    if load.steady is not None:
        start, stop = (_clock(second) for second in load.steady)
        steady = f"Steady from {start} to {stop}, found by {load.method}."
    p95 = next((row for row in load.figures if row.metric == "p95"), None)
    return LoadView(
        load.path,
        f"{load.requests:,} requests in {show(load.seconds * 1000, 'ms')}, read by {load.reader} "
        f"and recomputed; {_ARRIVALS[load.arrivals]}.",
        steady,
        _capacity(load.capacity, peak) + _fitted(load.capacity),
        _cell(p95) if p95 else "–",
        tuple(_figure(figure) for figure in load.figures),
        _curve(load),
        _fit(load.capacity, peak),
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _cell(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return show(figure.whole, figure.unit)
    low, high = (show(end, figure.unit) for end in (figure.low, figure.high))
    return f"{show(figure.whole, figure.unit)} ({low} to {high})"


def _figure(figure: Figure) -> FigureRow:
    steady, corrected = (
        "–" if value is None else show(value, figure.unit)
        for value in (figure.steady, figure.corrected)
    )
    whole = show(figure.whole, figure.unit)
    if figure.low is not None:
        high = show(figure.high, figure.unit) if figure.high is not None else "not bounded"
        whole += f" ({show(figure.low, figure.unit)} to {high})"
    return FigureRow(figure.metric, whole, steady, corrected)


def _capacity(found: CapacityResult, peak: float | None) -> str:
    """Say what the service bears, or why that is not known, beside the forecast."""
    if found.tested is None:
        return f"Capacity not known: {found.reason}."
    tested = f"{show(found.tested, '1/s')} were answered over the best tenth of the run"
    if found.knee is None or found.peak is None or found.peak_low is None:
        least = min(found.tested, max((place.low for place in found.band), default=0.0))
        low = f", {show(least, '1/s')} by the low end of the fit" if least < found.tested else ""
        return f"{tested}{low}{_times(least, peak)}; {found.reason}."
    over = ", more than the curve, which bends below that" if found.tested > found.peak else ""
    high = show(found.peak_high, "1/s") if found.peak_high is not None else "not bounded"
    return (
        f"Throughput is highest at {show(found.peak, '1/s')} (95 %: {show(found.peak_low, '1/s')} "
        f"to {high}) with {found.knee:.0f} requests in flight"
        f"{_times(min(found.peak, found.peak_low), peak)}; {tested}{over}."
    )


def _fitted(found: CapacityResult) -> str:
    """Name the law, where one was fitted, and how well it fits."""
    law = found.method.partition(" by ")[0]
    return f" Fitted: {law}, R² {found.r2:.3f}." if law and found.r2 is not None else ""


def times(ratio: float) -> str:
    """Write how many times a rate is another one."""
    return digits(float(f"{ratio:.2g}"))


def _times(value: float, peak: float | None) -> str:
    return f", at least {times(value / peak)} times the forecast peak" if peak else ""


def _curve(load: LoadResult) -> Curve:
    points = load.curve
    end = max((p.second for p in points), default=0.0) + load.width
    highest = max((p.rate for p in points), default=0.0)
    slowest = max((p.p95 or 0.0 for p in points), default=0.0)
    rate_top, times_top = charts.nice_top(highest), charts.nice_top(slowest)
    middle = load.width / 2
    failed = [(max(0.0, p.second) + middle, p.failed * p.rate) for p in points if p.failed]
    steady = None
    if load.steady is not None:
        start, stop = load.steady
        begin = charts.across(start, end)
        steady = (begin, charts.across(stop, end) - begin)
    return Curve(
        charts.line(((max(0.0, p.second) + middle, p.rate) for p in points), end, rate_top),
        charts.line(((max(0.0, p.second) + middle, p.p95) for p in points), end, times_top),
        charts.dots(failed, end, rate_top),
        steady,
        _clock(end),
        show(rate_top, "1/s"),
        show(times_top, "ms"),
        f"Requests per second, up to {show(highest, '1/s')}, and 95th percentile, up to "
        f"{show(slowest, 'ms')}, over {_clock(end)}",
    )


def _fit(found: CapacityResult, peak: float | None) -> Fit | None:
    if not found.band or found.tested is None:
        return None
    points = [(p.concurrency, p.high) for p in found.band] + [*found.points]
    right = charts.nice_top(max(x for x, _ in points))
    top = charts.nice_top(max(found.tested, peak or 0.0, *(y for _, y in points)))
    return Fit(
        charts.dots(_thinned(found.points), right, top),
        charts.line(((p.concurrency, p.throughput) for p in found.band), right, top),
        charts.band([(p.concurrency, p.low, p.high) for p in found.band], right, top),
        charts.down(peak, top) if peak else None,
        charts.down(found.tested, top),
        f"{right:g}",
        show(top, "1/s"),
        "Throughput against requests in flight, measured and fitted",
    )


def _thinned(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    step = max(1, -(-len(points) // _CHARTED))
    return sorted(points)[::step]


def _comparison(comparison: ComparisonResult) -> ComparisonView:
    sentence = f"{comparison.headline[:1].upper()}{comparison.headline[1:]}"
    p, superiority = comparison.p, comparison.superiority
    if p is not None and superiority is not None and comparison.verdict != TOO_FEW:
        chance = "P < 0.001" if p < _SURE else f"P = {p:.3f}"
        sentence += (
            ": a later response takes longer than an earlier one in "
            f"{100 * superiority:.0f} % of all pairs ({comparison.magnitude} effect, {chance})"
        )
    note = f"{comparison.note[:1].upper()}{comparison.note[1:]}."
    if comparison.verdict == NOT_TESTED:
        sentence, note = f"{sentence}: {comparison.note}", ""
    return ComparisonView(
        f"{comparison.before} → {comparison.after}",
        f"{sentence}.",
        f"{comparison.method}." if comparison.method else "",
        note,
        tuple(_change(change) for change in comparison.changes),
    )


def _change(change: ChangeResult) -> ChangeRow:
    interval = "–"
    if change.low is not None or change.high is not None:
        low, high = (_signed(end, change.unit) for end in (change.low, change.high))
        interval = f"{low} to {high}"
    return ChangeRow(
        change.metric,
        f"{show(change.before, change.unit)} → {show(change.after, change.unit)}",
        interval,
        change.verdict,
    )


def _signed(value: float | None, unit: str) -> str:
    if value is None:
        return "not bounded"
    return f"{'−' if value < 0 else '+'}{show_difference(value, unit)}"
