"""HdrHistogram's percentile distribution as text, which wrk2 prints too: its lines and its footer.

Format: AbstractHistogram.outputPercentileDistribution of https://github.com/HdrHistogram/HdrHistogram
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.numbers import parse_count, parse_number
from readiness.patterns import pattern
from readiness.stats.histogram import Histogram, Interval
from readiness.stats.order_statistics import interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from readiness.evidence.reader import Source
    from readiness.model.fact import Problem

_STEP = pattern(
    r"(\S+?)(?:\s+|,)([01]\.[0-9]{4,14})(?:\s+|,)([0-9]{1,15})(?:(?:\s+|,)(?:[0-9.]+|inf|Infinity))?"
)
_PRINTED = 1e-6  # the last digit of a printed percentile
_UNIT = pattern(r"#\s*\[?(?i:unit)\s*:\s*(ns|us|µs|ms|s)\]?\s*$")
_MS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3}
_FOOT = pattern(r"#\[(Mean|Max)\s*=\s*([^\s,]+), (?:StdDeviation|Total count)\s*=\s*(\S+?)\]")


class Step(NamedTuple):
    """A line of the distribution.

    Attributes:
        line: its number.
        value: the largest value up to this percentile, as it was scaled.
        share: the percentile, 0 to 1.
        reached: how many samples are at or below the value.
    """

    line: int
    value: float
    share: float
    reached: int


class Foot(NamedTuple):
    """A line below the distribution: `Mean` or `Max`, its value, and for `Max` the total count."""

    line: int
    name: str
    value: float
    total: int | None


def parse_step(text: str, line: int, source: Source) -> Step | None:
    """Return a line of the distribution, None if it is none.

    Raises:
        Unreadable: it is one, with a value that is no number.
    """
    match = _STEP.fullmatch(text)
    if not match:
        return None
    at = source.at(line)
    value = parse_number(match[1], at, "a value of the distribution")
    return Step(line, value, float(match[2]), parse_count(match[3], at, "its count"))


def parse_foot(text: str, line: int, source: Source) -> Foot | None:
    """Return a line of the footer, None if it is none or says `nan`.

    Raises:
        Unreadable: it is one, with a value that is no number.
    """
    match = _FOOT.match(text)
    if not match or "nan" in match[2].lower():
        return None
    at = source.at(line)
    total = parse_count(match[3], at, "the total count") if match[1] == "Max" else None
    return Foot(line, match[1], parse_number(match[2], at, f"`{match[1]}`"), total)


def step_at(steps: Sequence[Step], share: float) -> Step | None:
    """Return the first line that is at or above a percentile: its value is not too low."""
    return next((step for step in steps if step.share >= share), None)


def bounds(steps: Sequence[Step], share: float) -> Interval | None:
    """Return the 95 % confidence interval of a percentile, in the scale of the steps.

    A sample is only known to lie between the values of two lines: the interval takes the lower one
    for its low end and the upper one for its high end.
    """
    rising = [b for a, b in pairwise([Step(0, 0.0, 0.0, 0), *steps]) if b.reached > a.reached]
    if not rising or not 0 < share < 1:
        return None
    before = [0, *(step.reached for step in rising)]
    counts = [step.reached - below for step, below in zip(rising, before, strict=False)]
    upper = [step.value for step in rising]
    lower = [min(upper[0], steps[0].value), *upper[:-1]]
    low = interval(Histogram(lower, counts), share).low
    return Interval(low, interval(Histogram(upper, counts), share).high)


def spectrum_problems(
    steps: Sequence[Step], total: Foot | None, source: Source
) -> Iterator[Problem]:
    """Yield a distribution that runs backwards, or that the footer contradicts."""
    for before, step in pairwise(steps):
        if step.reached < before.reached or step.share < before.share or step.value < before.value:
            message = "the distribution runs backwards: a higher percentile has less"
            yield contradiction(message, source.at(step.line), "are two outputs mixed?")
            return
    if total and total.total is not None and steps and total.total != steps[-1].reached:
        message = f"the total count is {total.total:,}, the lines reach {steps[-1].reached:,}"
        yield contradiction(message, source.at(total.line))
    for step in steps:
        if step.reached + 1 < (step.share - _PRINTED) * steps[-1].reached:
            message = (
                f"{step.reached:,} of {steps[-1].reached:,} samples are said to be {step.share:.2%}"
            )
            yield contradiction(message, source.at(step.line))
            return


def declared_unit(comment: str) -> float | None:
    """Return by what to multiply values to have ms, if a comment `#[Unit: us]` says so.

    HdrHistogram writes no unit: this is what whoever writes the file can add
    (`outputComment("[Unit: us]")` of a log writer, a first line of a distribution).
    """
    match = _UNIT.match(comment)
    return _MS[match[1].lower()] if match else None
