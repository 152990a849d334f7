"""Load tests in words and lines: every number that is shown follows its result, and lines stay in their box."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from readiness.model import load_result as r
from readiness.model.review import Review
from readiness.rendering.format import FORMATS
from readiness.rendering.loads import LoadView, comparison_views, load_views, rate, times
from readiness.stats.difference import FEW

from .change import numbers
from .loads import MISSING, OPEN, PEAK, SLOWER, STEPS
from .paths import walked
from .pdfs import FULL, text_of
from .reviews import review

UNSEEN = {
    r"loads\[\d+\]\.curve\[\d+\]\.(p50|users)": "in the JSON; the chart has rate, p95 and failures",
    r"loads\[\d+\]\.curve\[\d+\]\.(second|rate|p95)": "drawn to the pixel: see test_view.test_points_of_a_curve",
    r"loads\[\d+\]\.capacity\.r2": "in the JSON; a fit that explains too little is refused",
}


def of(*loads: r.LoadResult, peak: str = "120 rps", comparisons: tuple[r.ComparisonResult, ...] = ()) -> Review:
    found = review("conditions")
    launch = replace(found.launch, parameters={"peak": peak} if peak else {})
    return replace(found, launch=launch, loads=loads, comparisons=comparisons)


def shown(load: r.LoadResult, peak: str = "120 rps") -> LoadView:
    (view,) = load_views(of(load, peak=peak))
    return view


def capacity(load: r.LoadResult, **changes: Any) -> r.LoadResult:
    return replace(load, capacity=replace(load.capacity, **changes))


@pytest.mark.parametrize("load", [PEAK, STEPS, OPEN], ids=lambda load: load.reader)
def test_each_number_of_a_load_test_changes_its_view(load: r.LoadResult) -> None:
    found = of(load)
    before = load_views(found)
    silent = [
        path for path, change in numbers(found)
        if path.startswith("loads") and not any(re.fullmatch(pattern, path) for pattern in UNSEEN)
        and load_views(change(found)) == before
    ]  # fmt: skip
    assert silent == []


def test_each_number_of_a_comparison_changes_its_view() -> None:
    found = of(comparisons=(SLOWER,))
    before = comparison_views(found)
    paths = [(path, change) for path, change in numbers(found) if path.startswith("comparisons")]
    assert len(paths) > 15
    assert [path for path, change in paths if comparison_views(change(found)) == before] == []


def test_what_is_unseen_is_a_number_that_is_there() -> None:
    paths = [path for path, _ in numbers(of(STEPS))]
    for pattern in UNSEEN:
        assert any(re.fullmatch(pattern, path) for path in paths), pattern


def test_the_forecast_changes_the_chart_and_the_sentence() -> None:
    assert shown(STEPS, "100 rps") != shown(STEPS, "120 rps")
    for peak in ("", "800 ms", "many"):
        view = shown(STEPS, peak)
        assert view.fit is not None
        assert (view.fit.peak, "forecast" in view.capacity) == (None, False)


def test_sentences_of_a_stepped_load() -> None:
    view = shown(STEPS)
    assert view.sentence == (
        "38,412 requests in 5.875 min, read by k6-json and recomputed; each user waits for an answer before "
        "asking again."
    )
    assert view.steady == "No steady part: requests per window stand on 7 levels, one after the other: 18, 36, 68."
    assert view.capacity == (
        "Throughput is highest at 128.6 1/s (95 %: 121.9 1/s to 137.2 1/s) with 33 requests in flight, at least "
        "1 times the forecast peak; 131.4 1/s were answered over the best tenth of the run, more than the curve, which "
        "bends below that. Fitted: Universal Scalability Law (Gunther 1993, 2007), R² 0.987."
    )
    assert view.p95 == "563.6 ms (546.7 ms to 586.2 ms)"


def test_sentences_of_an_open_run_without_a_knee() -> None:
    view = shown(OPEN)
    assert view.sentence.endswith("sent by a schedule.")
    assert view.steady.startswith("Steady from 0:00 to 6:00, found by MSER-3 (White 1997;")
    assert view.capacity == (
        "121.5 1/s were answered over the best tenth of the run, 100.1 1/s by the low end of the fit, at least 0.83 times the forecast peak; "
        "no knee up to 24.3, the largest tested concurrency: it lies beyond, and the capacity is at least 121.5. "
        "Fitted: Universal Scalability Law (Gunther 1993, 2007), R² 0.942."
    )


def test_long_runs_have_hours() -> None:
    view = shown(replace(OPEN, seconds=90_000.0, steady=(3_599.6, 86_399.0), width=3_600.0))
    assert view.steady.startswith("Steady from 1:00:00 to 23:59:59, ")
    assert view.sentence.startswith("36,118 requests in 1.042 d, read by")
    assert view.curve.end == "1:06:00"


def test_sentences_of_a_refused_fit_and_of_unknown_arrivals() -> None:
    assert shown(PEAK).capacity == (
        "Capacity not known: concurrency from 31.2 to 33.9 only; a capacity fit needs a range of 3 times."
    )
    assert shown(PEAK).fit is None
    assert "how users arrive is not in the file" in shown(replace(PEAK, arrivals="")).sentence


def test_the_times_of_the_forecast_are_those_that_the_gate_judges() -> None:
    """`headroom` is that of the low end too: of the peak, and never above what it is the low end of."""
    assert "at least 1 times" in shown(capacity(STEPS, peak_low=140.0), "128.6 rps").capacity
    assert "at least 1 times" in shown(capacity(OPEN, tested=90.0), "90 rps").capacity


def test_an_interval_that_is_open_says_so() -> None:
    rows = {row.name: row for row in shown(PEAK).figures}
    assert rows["p99.9"].whole == "1,205 ms (1,169 ms to not bounded)"
    assert (rows["mean"].whole, rows["rate"].corrected) == ("212.4 ms", "–")
    assert "to not bounded) with 33" in shown(capacity(STEPS, peak_high=None)).capacity
    (view,) = comparison_views(of(comparisons=(SLOWER,)))
    assert {row.name: row.interval for row in view.rows} == {
        "requests": "–", "errors": "−0.11 points to +0.07 points", "p50": "+9.8 ms to +15.9 ms", "p95": "+3.1 ms to +19.6 ms",
        "p99": "not bounded to +88 ms", "max": "–",
    }  # fmt: skip


def test_without_a_p95_there_is_none() -> None:
    assert shown(replace(PEAK, figures=())).p95 == "–"
    bare = replace(PEAK.figures[5], high=None)
    assert shown(replace(PEAK, figures=(bare,))).p95 == "402.6 ms"


def test_sentences_of_comparisons() -> None:
    slower, missing = comparison_views(of(comparisons=(SLOWER, MISSING)))
    assert slower.title == "evidence/load/peak-1.3.0.jtl → evidence/load/peak.jtl"
    assert slower.sentence == (
        "Slower: a later response takes longer than an earlier one in 59 % of all pairs (small effect, P < 0.001)."
    )
    assert slower.note == "Percentiles and errors are those of the steady parts, all else of the whole runs."
    assert slower.method.endswith("(Zou and Donner 2008).")
    assert missing.sentence == (
        "Not tested: evidence/load/steps-1.3.0.json.gz proves nothing: no file matches "
        "`evidence/load/steps-1.3.0.json.gz`."
    )
    assert (missing.note, missing.method, missing.rows) == ("", "", ())


def test_a_chance_is_written_as_papers_do() -> None:
    sentences = [comparison_views(of(comparisons=(replace(SLOWER, p=p),)))[0].sentence for p in (0.0009, 0.001, 0.0444)]
    assert [sentence.split(", ")[-1] for sentence in sentences] == ["P < 0.001).", "P = 0.001).", "P = 0.044)."]


def test_what_too_few_samples_seem_to_show_is_not_said() -> None:
    assert r.TOO_FEW == FEW
    (view,) = comparison_views(of(comparisons=(replace(SLOWER, verdict=FEW, headline=FEW, magnitude="large"),)))
    assert view.sentence == "Too few samples."


@pytest.mark.parametrize("load", [PEAK, STEPS, OPEN], ids=lambda load: load.reader)
def test_lines_stay_in_their_box(load: r.LoadResult) -> None:
    view = shown(load)
    paths = [view.curve.rate, view.curve.times, view.curve.failed]
    paths += [view.fit.dots, view.fit.curve, view.fit.band] if view.fit else []
    for path in paths:
        assert not re.sub(r"[Mlhvz\d -]", "", path)
        for x, y in walked(path):
            assert 0 <= x <= 400
            assert 0 <= y <= 100


def test_the_steady_part_is_where_it_was() -> None:
    """From 150 s to 1,650 s of a chart of 1,950 s."""
    assert shown(PEAK).curve.steady == (31, 308)
    assert shown(STEPS).curve.steady is None


def test_the_curve_breaks_where_nothing_was_asked() -> None:
    points = (*PEAK.curve[:3], replace(PEAK.curve[3], rate=0.0, p50=None, p95=None), *PEAK.curve[4:])
    view = shown(replace(PEAK, curve=points))
    assert view.curve.times.count("M") == 2
    assert view.curve.rate.count("M") == 1


def test_late_failures_are_in_the_chart_of_a_long_run() -> None:
    """A run has up to 128 stretches: each failing one has its dot."""
    points = tuple(r.LoadPoint(float(n), 50.0, 0.1, 10.0, 20.0, None) for n in range(128))
    view = shown(replace(PEAK, curve=points, width=1.0))
    assert view.curve.failed.count("M") == 128
    assert walked(view.curve.failed)[-1][0] == round(400 * 127.5 / 128)


def test_measurements_beyond_the_band_are_in_the_chart() -> None:
    """Many measurements are averaged before they are fitted, so some lie outside of the fitted range."""
    view = shown(capacity(STEPS, points=(*STEPS.capacity.points, (190.0, 150.0)), band=STEPS.capacity.band))
    assert view.fit is not None
    assert (view.fit.right, max(x for x, _ in walked(view.fit.dots))) == ("200", 380)


def test_many_measurements_are_thinned_and_stay_in_order() -> None:
    points = tuple((float(n % 50 + 1), 100.0) for n in range(1000))
    view = shown(capacity(STEPS, points=points))
    assert view.fit is not None
    drawn = walked(view.fit.dots)[::2]
    assert 40 <= len(drawn) <= 80
    assert drawn == sorted(drawn)


def test_labels_say_what_a_chart_shows() -> None:
    view = shown(STEPS)
    assert view.curve.label == "Requests per second, up to 112 1/s, and 95th percentile, up to 744.4 ms, over 6:15"
    assert view.fit is not None
    assert view.fit.label == "Throughput against requests in flight, measured and fitted"


@pytest.mark.parametrize("form", [form for form in FULL if form != "json"])
def test_comparisons_alone_have_their_own_heading(form: str) -> None:
    """Two summaries can be compared without samples; then nothing was recomputed."""
    text = text_of(FORMATS.shipped[form], of(comparisons=(MISSING,)))
    beside = text_of(FORMATS.shipped[form], of(PEAK))
    if form in ("markdown", "terminal"):  # one heading for all that was measured
        assert MISSING.before in text
        assert MISSING.before not in beside
        return
    assert "This candidate beside the last" in text
    assert "recomputed from samples" not in text
    assert "recomputed from samples" in beside
    assert "beside the last" not in beside


@pytest.mark.parametrize("form", FULL)
def test_every_format_shows_every_load_test_and_comparison(form: str) -> None:
    text = text_of(FORMATS.shipped[form], of(PEAK, STEPS, OPEN, comparisons=(SLOWER, MISSING)))
    for path in (PEAK.path, STEPS.path, OPEN.path, SLOWER.before, MISSING.before):
        assert path in text


@pytest.mark.parametrize(("text", "found"), [
    ("45 1/s (1.5 × 30 rps)", 45), ("1,291 1/s", 1291), ("1,050 1/s (1.5 × 700 rps)", 1050), ("36 min", None), ("soon", None),
])  # fmt: skip
def test_a_rate_is_read_from_what_a_finding_shows(text: str, found: float | None) -> None:
    assert rate(text) == found


@pytest.mark.parametrize(("ratio", "text"), [(1.5, "1.5"), (5.67, "5.7"), (219.7, "220"), (1.0, "1"), (0.0123, "0.012"), (12_345.0, "12,000")])
def test_how_many_times_is_written_without_an_exponent(ratio: float, text: str) -> None:
    assert times(ratio) == text
