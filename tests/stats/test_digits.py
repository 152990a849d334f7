"""Numbers for people: no exponents, whatever their size."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.stats.digits import digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1103229.7, "1,103,230"), (1_103_230, "1,103,230"), (42120.4, "42,120.4"), (80.0, "80"), (0, "0"), (0.0123456789, "0.0123457"),
        (1e-9, "0.000000001"), (-1234.5, "-1,234.5"), (99.99999, "100"), (math.inf, "inf"), (math.nan, "nan"), (12_345_678, "12,345,678"),
    ],
)  # fmt: skip
def test_a_number_is_written_without_an_exponent(value: float, text: str) -> None:
    assert digits(value) == text


@pytest.mark.parametrize(("value", "text"), [(42120.4, "42,120"), (1234.56, "1,235"), (0.123456, "0.1235"), (12_345_678, "12,345,678")])
def test_fewer_digits_are_as_many_before_the_point(value: float, text: str) -> None:
    assert digits(value, 4) == text


@given(st.floats(1e-6, 1e14))
def test_what_is_written_is_the_number_to_six_digits(value: float) -> None:
    text = digits(value)
    assert "e" not in text
    assert float(text.replace(",", "")) == pytest.approx(value, rel=5.1e-6)
