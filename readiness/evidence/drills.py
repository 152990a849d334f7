"""What readers of drills share: metrics of any drill, its window, words that stand for none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.reader import Metric
from readiness.model.fact import Fact, Problem
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location

COMPLETED = Metric("drill.completed", "", "the fault was injected, observed, survived and undone")
WINDOW = (
    Metric("drill.started", "", "when the fault began, or the drill did: ISO 8601 in UTC"),
    Metric("drill.ended", "", "when the drill ended"),
    Metric("duration", "ms", "from start to end"),
)
SHORT = 5_000.0  # ms, in which little can be seen; also how far two clocks may be apart
_UNFILLED = pattern(
    r"(?i:todo|tbd|tbc|fixme|xxx|n/?a|none|null|unknown|\?+|-+|\.{3}|…)[\s.!]*|<.*>|\[.*\]"
    r"|.*\$\{.*|.*\{\{.*"
)


def unfilled(text: str) -> bool:
    """Tell whether a text stands for what is still to be written."""
    return not text.strip() or _UNFILLED.fullmatch(text.strip()) is not None


class Moment(NamedTuple):
    """A time with its place; None where it did not come."""

    time: datetime | None
    at: Location


def took(start: Moment | None, end: Moment | None) -> float | None:
    """Return the milliseconds between two times, None where one is missing or they are swapped."""
    if start is None or end is None or start.time is None or end.time is None:
        return None
    lasted = round((end.time - start.time).total_seconds() * 1000, 3)
    return lasted if lasted >= 0 else None


def window(start: Moment | None, end: Moment | None) -> Iterator[Fact]:
    """Yield when a drill began and ended, and how long it took."""
    for name, moment in (("started", start), ("ended", end)):
        if moment is not None and moment.time is not None:
            told = moment.time.astimezone(UTC).isoformat(timespec="milliseconds")
            yield Fact(f"drill.{name}", told.replace("+00:00", "Z"), "", moment.at)
    lasted = took(start, end)
    if lasted is not None and end is not None:
        yield Fact("duration", lasted, "ms", end.at, origin="derived")


def short(lasted: float | None, at: Location) -> Iterator[Problem]:
    """Yield a warning where a drill took too short for much to be seen."""
    if lasted is not None and lasted < SHORT:
        text = f"the whole drill took {lasted / 1000:g} s: too short for much to be seen"
        yield Problem("warning", "short", text, at, "let the outage last")
