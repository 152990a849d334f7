"""Quantities: text such as `800 ms` or `1 %` to exact numbers in canonical units.

Units are those of the SI, IEC 80000-13 (kB and KiB) and RFC 9110-style rates; arithmetic is done
on fractions, so 0.1 s equals 100 ms.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from readiness.patterns import pattern
from readiness.stats.digits import digits

_UNITS: dict[str, dict[str, str]] = {
    # dimension: {unit: how many canonical units it is}; the first unit is the canonical one
    "time": {
        "ms": "1", "ns": "1/1000000", "us": "1/1000", "µs": "1/1000", "μs": "1/1000",
        "s": "1000", "sec": "1000", "min": "60000", "h": "3600000", "d": "86400000",
        "w": "604800000",
    },
    "ratio": {"ratio": "1", "%": "1/100", "percent": "1/100", "‰": "1/1000", "bp": "1/10000"},
    "rate": {
        "1/s": "1", "/s": "1", "rps": "1", "qps": "1", "tps": "1", "req/s": "1", "tokens/s": "1",
        "users/s": "1", "1/min": "1/60", "/min": "1/60", "rpm": "1/60", "1/h": "1/3600",
        "/h": "1/3600", "1/d": "1/86400", "/d": "1/86400",
    },
    "size": {
        "B": "1", "kB": "1000", "MB": "1000000", "GB": "1000000000", "TB": "1000000000000",
        "KiB": "1024", "MiB": "1048576", "GiB": "1073741824",
    },
    "throughput": {
        "B/s": "1", "kB/s": "1000", "MB/s": "1000000", "GB/s": "1000000000", "KiB/s": "1024",
        "MiB/s": "1048576", "bit/s": "1/8", "kbit/s": "125", "Mbit/s": "125000",
    },
    "number": {
        "": "1", "count": "1", "requests": "1", "users": "1", "tokens": "1", "cases": "1",
        "chars": "1", "words": "1", "calls": "1", "attempts": "1", "connections": "1",
    },
}  # fmt: skip

DIMENSIONS = {unit: dimension for dimension, units in _UNITS.items() for unit in units}
CANONICAL = {dimension: next(iter(units)) for dimension, units in _UNITS.items()}
_SCALE = {unit: Fraction(s) for units in _UNITS.values() for unit, s in units.items()}
_QUANTITY = pattern(r"([+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?)\s*(\S*)")
_WORDS = {
    "millisecond": "ms", "msec": "ms", "m": "min` or `ms", "second": "s", "minute": "min",
    "hour": "h", "hr": "h", "day": "d", "week": "w", "pct": "%", "percentage": "%",
    "request/": "rps", "kb": "kB", "mb": "MB", "gb": "GB", "byte": "B", "fraction": "ratio",
    "hz": "1/s",
}  # fmt: skip
_DIGITS = pattern(r"[eE]?[-+]?[0-9_,'.]")
_EVERYDAY = (
    "ms",
    "s",
    "min",
    "h",
    "d",
    "w",
    "%",
    "ratio",
    "percent",
    "rps",
    "rpm",
    "req/s",
    "tokens/s",
    "kB",
    "MB",
    "GB",
    "requests",
    "users",
    "tokens",
    "cases",
    "count",
    "calls",
    "words",
    "attempts",
)
_COMMON = "units are for example ms s min h d, %, rps rpm, B kB MB, and none for a plain number"


class Quantity(NamedTuple):
    """A finite number in the canonical unit of its dimension, and the text it was written as."""

    value: Fraction
    dimension: str
    text: str

    def times(self, factor: Fraction, text: str) -> Quantity:
        """Return this quantity multiplied, with a new text."""
        return Quantity(self.value * factor, self.dimension, text)


@lru_cache(maxsize=1024)
def parse(text: str) -> Quantity:
    """Parse a number with an optional unit: `800 ms`, `1.5 %`, `120 rps`, `20`.

    Raises:
        ValueError: not a number, or an unknown unit (the message names the nearest).
    """
    match = _QUANTITY.fullmatch(text.strip())
    if not match:
        raise ValueError(f"`{text}` is not a quantity such as `800 ms`, `1 %` or `120 rps`")
    number, unit = match.groups()
    if unit not in DIMENSIONS:
        raise ValueError(unknown_unit(unit))
    return Quantity(Fraction(number) * _SCALE[unit], DIMENSIONS[unit], text.strip())


def unknown_unit(unit: str) -> str:
    """Return the message for a unit that does not exist, with the nearest that does."""
    from readiness.model.text import did_you_mean  # noqa: PLC0415 - only errors need it

    if _DIGITS.match(unit):
        return (
            f"`{unit}` cannot follow a number; write digits, a point and then the unit: `1000 ms`"
        )
    word = _WORDS.get(unit.lower().removesuffix("s"))
    hint = f"did you mean `{word}`?" if word else ""
    hint = hint or did_you_mean(unit, _EVERYDAY) or did_you_mean(unit, DIMENSIONS)
    return f"unknown unit `{unit}`; {hint or _COMMON}"


def exact(value: float) -> Fraction:
    """Return the number a person would read: the shortest decimal that denotes this float."""
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def canonical(value: float, unit: str) -> tuple[float, str]:
    """Convert a number to the canonical unit of its dimension: (0.8, "s") becomes (800.0, "ms").

    A number that is not finite stays as it is.

    Raises:
        ValueError: the unit does not exist.
    """
    if unit not in DIMENSIONS:
        raise ValueError(unknown_unit(unit))
    target = CANONICAL[DIMENSIONS[unit]]
    if unit == target or not math.isfinite(value):
        return value, target
    return float(exact(value) * _SCALE[unit]), target


def show(value: float, unit: str) -> str:
    """Write a canonical number for people: 0.0123 ratio as `1.23 %`, 1800000 ms as `30 min`."""
    if not math.isfinite(value):
        return str(value)
    if unit == "ratio":
        return f"{digits(value * 100, 4)} %"
    if unit == "ms":
        for name, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 10_000)):
            if abs(value) >= size and name != "s":
                return f"{digits(value / size, 4)} {name}"
            if name == "s" and abs(value) >= size:
                return f"{digits(value / 1000, 4)} s"
    text = digits(value, 4)
    return f"{text} {unit}" if unit and unit != "count" else text


def show_difference(value: float, unit: str) -> str:
    """Write how far two numbers are apart, without a sign: shares differ by percentage points."""
    value = float(f"{abs(value):.3g}")
    return f"{digits(value * 100, 4)} points" if unit == "ratio" else show(value, unit)
