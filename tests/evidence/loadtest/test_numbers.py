"""Numbers as load tools write them: each unit exact, and what is none is refused in words."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.loadtest.numbers import (
    MOST,
    count,
    is_number,
    number,
    parse_count,
    parse_duration,
    parse_number,
    parse_scaled,
    percentile,
)
from readiness.evidence.reader import Unreadable

AT = Location("run.json", 3, 5, "/latency")
MS = {"ns": Fraction(1, 10**6), "us": Fraction(1, 1000), "µs": Fraction(1, 1000), "μs": Fraction(1, 1000),
      "ms": Fraction(1), "s": Fraction(1000), "m": Fraction(60_000), "h": Fraction(3_600_000)}  # fmt: skip
NO_NUMBERS: tuple[object, ...] = (None, True, False, "7", [], {}, math.nan, math.inf, -math.inf, MOST, 10**400, -(10**400))
DECIMALS = st.from_regex(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?", fullmatch=True)


def refused(call: object, *args: object) -> str:
    with pytest.raises(Unreadable) as caught:
        call(*args, AT, "`latency`")  # type: ignore[operator]
    problem = caught.value.problem
    assert (problem.kind, problem.code, problem.at) == ("invalid", "number", AT)
    assert problem.help
    assert problem.message.startswith("`latency` is ")
    assert len(problem.message) < 130
    return problem.message


# of JSON


@pytest.mark.parametrize("value", [0, -0.0, 7, 7.5, 1e14, MOST - 1, 5e-324])
def test_json_numbers(value: float) -> None:
    assert is_number(value)
    assert number(value, AT, "x") == value
    assert isinstance(number(value, AT, "x"), float)


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda v: repr(v)[:12])
def test_what_is_no_number_of_json_is_refused(value: object) -> None:
    assert not is_number(value)
    refused(number, value)
    refused(count, value)


@pytest.mark.parametrize("value", [-1, -0.1, -1e14])
def test_negative_numbers_are_numbers_but_no_times(value: float) -> None:
    assert is_number(value)
    assert refused(number, value) == f"`latency` is `{value!r}`, not a number of 0 or more"


def test_a_count_is_whole() -> None:
    assert [count(value, AT, "x") for value in (0, 3, 3.0)] == [0, 3, 3]
    assert refused(count, 3.5) == "`latency` is `3.5`, not a whole number"


def test_null_is_told_as_it_is_written() -> None:
    assert refused(number, None) == "`latency` is null, not a number of 0 or more"


# of texts


@given(DECIMALS, st.sampled_from(["", "e3", "E-2", "e+0"]))
def test_plain_numbers(text: str, exponent: str) -> None:
    assert parse_number(text + exponent, AT, "x") == float(text + exponent)


BAD = ("", " 1", "1 ", "-1", "+1", "1,234", "1_000", "NaN", "nan", "-nan", "inf", "1e999", "1e15", "9" * 31, ".5", "5.", "1.2.3", "0x10",
       "\u0661", "1\n", "1e", "²")  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_texts_that_are_no_plain_numbers_are_refused(text: str) -> None:
    refused(parse_number, text)


@pytest.mark.parametrize("text", ["0", "7", "007", "9" * 15])
def test_counts(text: str) -> None:
    assert parse_count(text, AT, "x") == int(text)


@pytest.mark.parametrize("text", [*BAD[:10], "1.0", "1e3", "9" * 16, "\u0661"])
def test_texts_that_are_no_counts_are_refused(text: str) -> None:
    refused(parse_count, text)


# durations


@given(st.lists(st.tuples(DECIMALS, st.sampled_from(sorted(MS))), min_size=1, max_size=4))
def test_durations_are_the_sum_of_their_parts(parts: list[tuple[str, str]]) -> None:
    exact = sum((Fraction(value) * MS[unit] for value, unit in parts), Fraction())
    found = parse_duration("".join(value + unit for value, unit in parts), AT, "x")
    assert found == pytest.approx(float(exact), rel=1e-14, abs=1e-300)


@given(st.integers(0, 10**15))
def test_durations_as_go_prints_them(nanoseconds: int) -> None:
    assert parse_duration(go(nanoseconds), AT, "x") == pytest.approx(nanoseconds / 1e6, rel=1e-14)


def go(nanoseconds: int) -> str:
    """Return what Go's time.Duration.String makes of a number of nanoseconds."""
    if nanoseconds < 10**9:
        unit, scale = next((u, s) for u, s in (("ns", 1), ("µs", 10**3), ("ms", 10**6)) if nanoseconds < s * 1000)
        return f"{decimal(nanoseconds, scale)}{unit}" if nanoseconds else "0s"
    minutes, rest = divmod(nanoseconds, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{decimal(rest, 10**9)}s"
    return f"{hours}h{minutes}m{seconds}" if hours else f"{minutes}m{seconds}" if minutes else seconds


def decimal(value: int, scale: int) -> str:
    whole, rest = divmod(value, scale)
    digits = f"{rest:0{len(str(scale)) - 1}}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2m55s", 175_000), ("83.33m", 83.33 * 60_000), ("2.50m", 150_000), ("635.91us", 0.63591), ("1.5µs", 0.0015), ("0s", 0),
        ("1h0m0.5s", 3_600_500), ("33.53ms", 33.53), ("1.00s", 1000), ("12 ms", 12), ("1m 30s", 90_000), ("0.00us", 0),
    ],
)  # fmt: skip
def test_trap_23_m_is_minutes(text: str, ms: float) -> None:
    assert parse_duration(text, AT, "x") == pytest.approx(ms, rel=1e-14)


def test_a_microsecond_is_a_thousandth_to_the_last_digit() -> None:
    """0.1 × 1e-3 is not 1e-4; what a report prints should not show that."""
    assert [parse_duration(f"{n}µs", AT, "x") for n in range(10_000)] == [n / 1000 for n in range(10_000)]


@pytest.mark.parametrize(
    "text", ["", "5", "ms", "-5ms", "5 5ms", "5mss", "5m s", "5 minutes", "1,5ms", "NaNs", "infs", "1e3ms", "-nanus", "5ms.", "five s", "\u0661s", "-"]
)
def test_texts_that_are_no_durations_are_refused(text: str) -> None:
    refused(parse_duration, text)


@given(st.text("0123456789.msunhµ -+e", max_size=12))
def test_a_duration_is_read_whole_or_not_at_all(text: str) -> None:
    whole = re.fullmatch(r"\s*(?:[0-9]+(?:\.[0-9]+)?\s*(?:ns|us|µs|ms|s|m|h)\s*)+", text)
    if whole:
        assert 0 <= parse_duration(text, AT, "x") < math.inf
    else:
        refused(parse_duration, text)


# SI prefixes


@given(DECIMALS, st.sampled_from(["", "k", "M", "G", "T"]), st.sampled_from([1000, 1024]))
def test_prefixes(text: str, prefix: str, base: int) -> None:
    exact = Fraction(text) * base ** ("", "k", "M", "G", "T").index(prefix)
    assert parse_scaled(text + prefix, AT, "x", base) == pytest.approx(float(exact), rel=1e-14)


@pytest.mark.parametrize(("text", "value"), [("1.21k", 1210), ("2M", 2_000_000), ("1ki", 1024), ("1.5Mi", 1.5 * 2**20), ("0", 0)])
def test_known_prefixes(text: str, value: float) -> None:
    assert parse_scaled(text, AT, "x") == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("text", ["", "k", "-1k", "1K", "1kk", "1 kB", "nan", "1e3", "1,5k", "1P"])
def test_texts_without_a_known_prefix_are_refused(text: str) -> None:
    refused(parse_scaled, text)


# ranks


@pytest.mark.parametrize(
    ("rank", "metric"),
    [(50, "p50"), (95.0, "p95"), (99.90, "p99.9"), (97.5, "p97.5"), (99.999, "p99.999"), (float("99.99"), "p99.99"), (0.1 + 0.2, "p0.3")],
)
def test_ranks_are_named_as_in_the_field(rank: float, metric: str) -> None:
    assert percentile(rank) == metric
