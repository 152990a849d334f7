"""Numbers as load tools write them, to canonical units: Go and wrk durations, SI counts, ranks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeGuard

from readiness.evidence.reader import Unreadable
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.evidence.folded import Fold

LONGEST = 86_400_000.0  # ms, a day: no request takes as long, what does are digits of two
MOST = 1e15  # larger than any time in ms, count or rate that can be meant; keeps infinity out
_NUMBER = pattern(r"[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")
_COUNT = pattern(r"[0-9]{1,15}")
_PART = pattern(r"([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*(ns|us|µs|μs|ms|s|m|h)")
_MS = {"ms": 1.0, "s": 1e3, "m": 6e4, "h": 3.6e6}
_PARTS_OF_MS = {"ns": 1e6, "us": 1e3, "µs": 1e3, "μs": 1e3}
_SCALED = pattern(r"([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*([kMGT]?)(i?)")
_PREFIX = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4}
_HINT = "was the file edited, or cut off?"


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether a JSON value is a finite number of a size that can be meant."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < MOST


def number(value: object, at: Location, what: str) -> float:
    """Return a JSON value that must be a number of 0 or more.

    Raises:
        Unreadable: a text, null, a truth value, negative, or too large to be meant.
    """
    if not is_number(value) or value < 0:
        shown = "null" if value is None else f"`{value!r}`"[:60]
        raise Unreadable("number", f"{what} is {shown}, not a number of 0 or more", at, _HINT)
    return float(value)


def entry(taken: Fold, value: object, *steps: str | int) -> float:
    """Return a number of 0 or more in an element of a list, named by its key or by the list's.

    Raises:
        Unreadable: as `number`.
    """
    if is_number(value) and value >= 0:
        return float(value)
    name = steps[-1]
    what = f"`{name}`" if isinstance(name, str) else f"an entry of `{taken.key}`"
    return number(value, taken.at(*steps), what)


def count(value: object, at: Location, what: str) -> int:
    """Return a JSON value that must be a whole number of 0 or more.

    Raises:
        Unreadable: it is not.
    """
    found = number(value, at, what)
    if found != int(found):
        raise Unreadable("number", f"{what} is `{value}`, not a whole number", at, _HINT)
    return int(found)


def parse_number(text: str, at: Location, what: str) -> float:
    """Return a plain decimal number of 0 or more.

    Raises:
        Unreadable: it is none (`NaN`, `-nan`, `1,234` and empty texts included), or too large.
    """
    if not _NUMBER.fullmatch(text) or float(text) >= MOST:
        shown = f"`{text}`"[:60]
        raise Unreadable("number", f"{what} is {shown}, not a number of 0 or more", at, _HINT)
    return float(text)


def parse_count(text: str, at: Location, what: str) -> int:
    """Return a whole number of 0 or more.

    Raises:
        Unreadable: it is none.
    """
    if not _COUNT.fullmatch(text):
        shown = f"`{text}`"[:60]
        raise Unreadable("number", f"{what} is {shown}, not a count", at, _HINT)
    return int(text)


def parse_duration(text: str, at: Location, what: str) -> float:
    """Return milliseconds from `2m55s`, `1.5µs`, `83.33m`, `635.91us`, `0s`; `m` is minutes.

    The texts of Go's time.Duration.String and of wrk (src/units.c).

    Raises:
        Unreadable: it is no such text.
    """
    parts = _PART.findall(text)
    if not parts or re.sub(r"\s", "", "".join(n + u for n, u in parts)) != re.sub(r"\s", "", text):
        shown = f"`{text}`"[:60]
        hint = "write it with its unit, as the tool did"
        raise Unreadable("number", f"{what} is {shown}, not a duration", at, hint)
    return sum(
        float(value) * _MS[unit] if unit in _MS else float(value) / _PARTS_OF_MS[unit]
        for value, unit in parts
    )


def parse_scaled(text: str, at: Location, what: str, base: int = 1000) -> float:
    """Return a number with an SI prefix: `1.21k`, `2M`; `base` 1024 where the tool means that.

    Raises:
        Unreadable: it is no such text.
    """
    match = _SCALED.fullmatch(text)
    if not match:
        raise Unreadable("number", f"{what} is `{text[:60]}`, not a number", at, _HINT)
    scale: int = (1024 if match[3] else base) ** _PREFIX[match[2]]
    return float(match[1]) * scale


def percentile(rank: float) -> str:
    """Return the metric of a rank in percent: 95 is `p95`, 99.90 is `p99.9`."""
    return f"p{rank:.10g}"
