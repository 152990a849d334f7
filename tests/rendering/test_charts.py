"""Lines of a chart as SVG paths: short, inside their box, and broken where there is nothing."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.rendering.charts import across, band, dots, down, line, nice_top, share

from .paths import walked

POSITIVE = st.floats(1e-300, 1e300)


def test_a_line_goes_up_where_values_do() -> None:
    assert line([(0, 0.0), (5, 12.0), (10, 20.0)], 10, 20) == "M0 100l200-60 200-40"


def test_level_and_upright_steps_are_short() -> None:
    assert line([(0, 1.0), (1, 1.0), (1, 0.5), (2, 0.5), (3, 1.0)], 4, 1) == "M0 0h100v50h100l100-50"


def test_points_on_a_straight_line_are_left_out() -> None:
    assert line([(n, 2 * n) for n in range(11)], 10, 20) == "M0 100l400-100"
    assert line([(0, 1.0), (2, 0.0), (1, 0.5)], 4, 1) == "M0 0l200 100-100-50", "back is not on"


def test_a_line_breaks_where_there_is_no_value() -> None:
    assert line([(0, 1.0), (1, None), (2, 1.0), (3, 1.0), (4, None)], 4, 1) == "M0 0h0M200 0h100"
    assert line([(0, None)], 4, 1) == line([], 4, 1) == ""


def test_what_is_above_the_top_is_at_the_top() -> None:
    assert line([(0, 9.0)], 1, 3) == "M0 0h0"
    assert dots([(1, 9.0)], 1, 3) == "M400 0h0"


def test_dots_are_lines_of_no_length() -> None:
    assert dots([(1, 1.0), (3, 0.25)], 4, 1) == "M100 0h0M300 75h0"


def test_a_band_goes_forth_above_and_back_below() -> None:
    assert band([(0, 1, 3), (10, 2, 4)], 10, 4) == "M0 25l400-25v50l-400 25z"
    assert band([], 10, 4) == ""


def test_places_are_whole_and_in_the_box() -> None:
    assert [across(value, 300) for value in (-1, 0, 1, 150, 299.9, 300, 900)] == [0, 0, 1, 200, 400, 400, 400]
    assert [down(value, 300) for value in (-1, 0, 150, 300, 900)] == [100, 100, 50, 0, 0]
    assert (across(5, 0), down(5, 0)) == (0, 100)


def test_shares_have_one_digit() -> None:
    assert [share(value, 300) for value in (-1, 0, 0.3, 100, 299.99, 300, 900)] == ["0", "0", "0.1", "33.3", "100", "100", "100"]
    assert share(5, 0) == "0"


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
    places = walked(line(points, 1000, 500))
    assert all(0 <= x <= 400 and 0 <= y <= 100 for x, y in places)
    meant = {(across(x, 1000), down(y, 500)) for x, y in points if y is not None}
    assert set(places) <= meant
    assert not points or points[0][1] is None or places[0] == (across(points[0][0], 1000), down(points[0][1], 500))
