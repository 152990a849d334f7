"""Quantities: exact, of known units, and nothing that only looks like a number."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.model.quantity import CANONICAL, DIMENSIONS, canonical, exact, parse, show

units = st.sampled_from(sorted(DIMENSIONS))


def test_arithmetic_is_exact() -> None:
    assert parse("0.1 s").value == parse("100 ms").value
    assert parse("0.1%").value * 10 == parse("1 %").value
    assert parse("1 GiB").value == 1024 * parse("1 MiB").value
    assert parse("60 rpm").value == parse("1 rps").value
    assert parse("1e3 ms").value == parse("1 s").value


@given(st.integers(0, 10**9), st.integers(0, 6), units)
def test_every_unit_is_read_with_and_without_a_space(number: int, digits: int, unit: str) -> None:
    text = f"{number / 10**digits:.{digits}f}"
    glued = "" if not unit[:1].isdigit() else " "
    one, other = parse(f"{text} {unit}"), parse(f" {text}{glued}{unit} ")
    assert (one.value, one.dimension) == (other.value, other.dimension)
    assert one.dimension == DIMENSIONS[unit]
    value, target = canonical(float(text), unit)
    assert target == CANONICAL[DIMENSIONS[unit]]
    assert math.isclose(value, float(one.value), rel_tol=1e-12)


@given(units, units)
def test_canonical_units_agree_within_a_dimension(one: str, other: str) -> None:
    same = DIMENSIONS[one] == DIMENSIONS[other]
    assert (canonical(1.0, one)[1] == canonical(1.0, other)[1]) is same


@pytest.mark.parametrize(
    "text",
    ["", "ms", "１００ ms", "٣ ms", "1_000 ms", "1,000 ms", "1 000 ms", "nan", "NaN ms", "inf", "-inf s",
     "1e999", "0x10 ms", "1..2 ms", "--1 ms", "1 ms ms", "1/2 s", "true", ". ms", "1e ms", "½ s", "1٠ ms"],
)  # fmt: skip
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match=r"`"):
        parse(text)


@pytest.mark.parametrize(
    ("unit", "meant"),
    [("mss", "ms"), ("sm", "ms"), ("milliseconds", "ms"), ("seconds", "s"), ("mins", "min"),
     ("hours", "h"), ("days", "d"), ("weeks", "w"), ("pct", "%"), ("rsp", "rps"), ("rp", "rpm` or `rps"),
     ("KB", "kB"), ("mb", "MB"), ("byte", "B"), ("request", "requests"), ("m", "min` or `ms"),
     ("tokens/sec", "tokens/s"), ("Mbits/s", "Mbit/s"), ("req/sec", "req/s")],
)  # fmt: skip
def test_an_unknown_unit_names_the_nearest(unit: str, meant: str) -> None:
    with pytest.raises(ValueError, match=rf"did you mean `{meant}") as caught:
        parse(f"1 {unit}")
    assert f"unknown unit `{unit}`" in str(caught.value)


def test_infinities_stay_what_they_are() -> None:
    assert canonical(math.inf, "s") == (math.inf, "ms")
    assert math.isnan(canonical(math.nan, "%")[0])
    assert show(math.nan, "ms") == "nan"
    with pytest.raises(ValueError, match="finite"):
        exact(math.nan)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [(0.0123, "ratio", "1.23 %"), (1_800_000, "ms", "30 min"), (800, "ms", "800 ms"), (9_999, "ms", "9,999 ms"),
     (12_000, "ms", "12 s"), (86_400_000, "ms", "1 d"), (5_400_000, "ms", "1.5 h"), (0, "ratio", "0 %"),
     (1234567, "", "1,234,567"), (0.5, "1/s", "0.5 1/s"), (2, "count", "2"), (0, "ms", "0 ms")],
)  # fmt: skip
def test_shown_for_people(value: float, unit: str, shown: str) -> None:
    assert show(value, unit) == shown


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_exact_is_the_number_that_is_read(value: float) -> None:
    assert float(exact(value)) == value
    assert exact(0.1) == Fraction(1, 10)
