"""Facts: what a reader or an analysis found, each with the exact place it came from."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

    from readiness.errors import Location
    from readiness.stats.histogram import Interval

Value = float | bool | str
COMMITS = ("commit", "revision")  # metrics that name the commit evidence was made at


class Fact(NamedTuple):
    """One value. Numbers are in the canonical unit of their dimension (ms, ratio, 1/s, B, "").

    Attributes:
        metric: name as in the field, lower case, dots for families: `p95`, `ttft.p99`.
        value: a number, a truth value or a text; NaN where the tool wrote none.
        unit: canonical unit; empty for plain numbers, truth values and texts.
        at: where in which file it stands.
        labels: sorted (name, value) pairs; none means the whole of the evidence.
        samples: how many observations stand behind the value; None if the file does not say.
        origin: `file` as written there, `tool-default` not written but in force, `derived`
            computed from other values.
        bounds: 95 % confidence interval of a percentile, in `unit`, where samples give one.
    """

    metric: str
    value: Value
    unit: str
    at: Location
    labels: tuple[tuple[str, str], ...] = ()
    samples: int | None = None
    origin: Literal["file", "tool-default", "derived"] = "file"
    bounds: Interval | None = None


class Problem(NamedTuple):
    """What is wrong with a piece of evidence.

    `invalid` means nothing in it can be believed; `inconclusive` means it proves nothing (empty,
    skipped, unfinished); `stale` that it was made for something else than the candidate; a
    `warning` is shown and changes no outcome. One that names `metrics` is about these alone: if
    `inconclusive`, what is expected of others can still be proven; a `warning` explains why an
    expectation of them does not hold.
    """

    kind: Literal["invalid", "inconclusive", "stale", "warning"]
    code: str
    message: str
    at: Location
    help: str = ""
    metrics: tuple[str, ...] = ()

    def concerns(self, asked: Collection[str]) -> bool:
        """Whether it is about what was asked: all of the evidence, or one of these metrics."""
        return not self.metrics or not asked or any(metric in asked for metric in self.metrics)


Percentiles = Literal["", "interpolated", "approximate", "rounded"]


class Strength(IntEnum):
    """How much a piece of evidence can prove: claimed < documented < measured < drilled."""

    claimed = 0
    documented = 1
    measured = 2
    drilled = 3
