"""Lines of a chart as SVG paths: short, inside their box, and broken where there is nothing."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.rendering.charts import band, dots, line, nice_top, scaled

POSITIVE = st.floats(1e-300, 1e300)


def test_a_line_goes_up_where_values_do() -> None:
    assert line([(0, 0.0), (5, 10.0), (10, 20.0)], 10, 20) == "M0 100L50 50L100 0"


def test_a_line_breaks_where_there_is_no_value() -> None:
    assert line([(0, 1.0), (1, None), (2, 1.0), (3, 1.0), (4, None)], 4, 1) == "M0 0M50 0L75 0"
    assert line([(0, None)], 4, 1) == line([], 4, 1) == ""


def test_what_is_above_the_top_is_at_the_top() -> None:
    assert line([(0, 9.0)], 1, 3) == "M0 0"
    assert dots([(1, 9.0)], 1, 3) == "M100 0h0"


def test_dots_are_lines_of_no_length() -> None:
    assert dots([(1, 1.0), (3, 0.25)], 4, 1) == "M25 0h0M75 75h0"


def test_a_band_goes_forth_above_and_back_below() -> None:
    assert band([(0, 1, 3), (10, 2, 4)], 10, 4) == "M0 25L100 0L100 50L0 75Z"
    assert band([], 10, 4) == ""


def test_positions_have_one_digit() -> None:
    assert [scaled(value, 300) for value in (0, 1, 150, 299.999, 300)] == ["0", "0.3", "50", "100", "100"]
    assert scaled(5, 0) == "0"


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 1), (-3, 1), (math.inf, 1), (math.nan, 1), (1, 1), (1.01, 2), (2.1, 2.5), (3, 4), (5, 5), (7, 8), (9, 10), (9.7, 10), (99.6, 100), (100, 100),
     (101, 200), (0.5, 0.5), (0.11, 0.2), (0.07, 0.08), (0.004, 0.004), (12_345, 20_000)],
)  # fmt: skip
def test_tops_are_round(value: float, top: float) -> None:
    assert nice_top(value) == pytest.approx(top)


@given(POSITIVE)
def test_a_top_is_at_or_above_the_value_and_not_far(value: float) -> None:
    top = nice_top(value)
    assert value <= top <= 2.5 * value
    assert re.match(r"(1|2|2\.5|4|5|8)0*(\.0)?e", f"{top:.3e}".replace("00e", "e")) or top in (1, 2, 4, 5, 8)


@given(st.lists(st.tuples(st.floats(0, 1000), st.one_of(st.none(), st.floats(0, 1000))), max_size=20))
def test_paths_stay_in_their_box(points: list[tuple[float, float | None]]) -> None:
    path = line(points, 1000, 500)
    assert re.fullmatch(r"(?:[ML]\d+(?:\.\d)? \d+(?:\.\d)?)*", path)
    assert all(0 <= float(n) <= 100 for n in re.findall(r"[\d.]+", path))
    assert path.count("M") + path.count("L") == sum(y is not None for _, y in points)
