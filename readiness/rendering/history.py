"""The reviews before this one in words: the trend, changes of the method, the past of an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model.text import and_list, plural
from readiness.rendering import words
from readiness.rendering.words import DECISIONS, State

if TYPE_CHECKING:
    from readiness.model.history_result import HistoryResult, PastReview
    from readiness.model.review import ItemResult, Review

TITLE = "Trend over recorded reviews"
_DAYS = 100.0
_SHOWN = 3


class PointView(NamedTuple):
    """A review of the trend, the last one this review.

    `x` is its day and `y` its readiness in percent of the chart, `y` from the bottom; `compares`
    tells that it was made by the method of the one before, so that a line may join the two.
    """

    day: str
    version: str
    decision: State
    readiness: str
    blockers: str
    items: str
    method: str
    compares: bool
    x: str
    y: str
    detail: str


class HistoryView(NamedTuple):
    """The trend, and what could not be used for it."""

    sentence: str
    points: tuple[PointView, ...]
    notes: tuple[str, ...]


def note(review: Review) -> str:
    """Say below the heading what the trend shows."""
    found = review.history
    if found is None:
        return "No folder of recorded reviews was named."
    count = plural(len(found.past), "earlier review")
    older = f", {found.older} older left out" if found.older else ""
    breaks = sum(bool(past.changed) for past in found.past[1:]) + bool(found.changed)
    method = f"the method changed {plural(breaks, 'time')}" if breaks else "all by one method"
    return (
        f"{count}{older}; {method}. Only scores of one method compare."
        if found.past
        else "No earlier review of this service is recorded."
    )


def history_view(review: Review) -> HistoryView | None:
    """Put the reviews before this one into words; None if no folder was named."""
    found = review.history
    if found is None:
        return None
    points = [_point(past, n, found) for n, past in enumerate(found.past)]
    notes = tuple(f"{entry.at}: {entry.message}." for entry in found.notes)
    return HistoryView(trend(review), (*_placed(points, found, review),), notes)


def trend(review: Review) -> str:
    """Say how readiness and open blockers moved, if the last review was made by the same method."""
    found, now = review.history, review.score.readiness
    if found is None or not found.past:
        return ""
    last, still_open = found.past[-1], len(words.blockers(review)[1])
    when = words.day(last.as_of)
    if found.changed:
        return (
            f"Readiness {now} of 100. The {last.readiness} of {when} came from another method "
            f"({_listed(found.changed)}): the two do not compare."
        )
    step = now - last.readiness
    moved = f"{'up' if step > 0 else 'down'} {abs(step)}" if step else "unchanged"
    return (
        f"Readiness {now} of 100, was {last.readiness} on {when}: {moved}, by the same method. "
        f"Open blockers {still_open}, were {last.open_blockers} of {last.blockers}."
    )


def was(review: Review) -> str:
    """Return the last value for the figure of readiness; empty without one that compares."""
    found = review.history
    if found is None or not found.past:
        return ""
    last = found.past[-1]
    if found.changed:
        return f"another method on {words.day(last.as_of)}"
    return f"was {last.readiness} on {words.day(last.as_of)}"


def item_past(review: Review, item: ItemResult) -> str:
    """Say how long an item has had its outcome, and which it had before; empty if not known."""
    found = review.history
    if found is None or not found.past or item.outcome is None:
        return ""
    past = next((entry for entry in found.items if entry.item == item.id), None)
    if past is None:
        return ""
    outcome = words.STATES[item.outcome].word
    if past.reviews > 1:
        text = f"{outcome} since {words.day(past.since)}, in {past.reviews} reviews in a row"
    else:
        text = f"{outcome} for the first time on {words.day(past.since)}"
    if past.last is None:
        return f"{text}, in every review." if past.reviews > 1 else "In no earlier review."
    method = ", by another method" if past.method_changed else ""
    return f"{text}; {past.earlier} on {words.day(past.last)}{method}."


def _listed(changed: tuple[str, ...]) -> str:
    return and_list(changed, most=_SHOWN)


def _point(past: PastReview, index: int, found: HistoryResult) -> PointView:
    before = found.past[index - 1] if index else None
    commit = f" at {past.commit[:_DIGITS]}" if past.commit else ""
    method = f"method changed: {_listed(past.changed)}" if past.changed else ""
    return PointView(
        words.day(past.as_of),
        f"{past.version}{commit}",
        DECISIONS[past.decision],
        f"{past.readiness} of 100",
        f"{past.open_blockers} of {past.blockers} open",
        plural(past.items, "item"),
        method,
        before is not None and not past.changed,
        "",
        str(past.readiness),
        f"method {past.method}, sha256 {past.digest[:_DIGITS]}"
        + ("" if past.complete else ", incomplete"),
    )


def _placed(points: list[PointView], found: HistoryResult, review: Review) -> list[PointView]:
    """Add this review, and place every point by its day."""
    applying, still_open = words.blockers(review)
    commit = f" at {review.launch.commit[:_DIGITS]}" if review.launch.commit else ""
    now = PointView(
        words.day(review.as_of),
        f"{review.launch.version}{commit}",
        DECISIONS[review.decision],
        f"{review.score.readiness} of 100",
        f"{len(still_open)} of {len(applying)} open",
        plural(sum(item.outcome is not None for item in review.items), "item"),
        f"method changed: {_listed(found.changed)}" if found.changed else "",
        bool(found.past) and not found.changed,
        "",
        str(review.score.readiness),
        f"method {found.method}, this review",
    )
    days = [*(past.as_of for past in found.past), review.as_of]
    span = (days[-1] - days[0]).days
    return [
        point._replace(x=f"{_DAYS * (day - days[0]).days / span if span else _DAYS:.4g}")
        for point, day in zip([*points, now], days, strict=True)
    ]


_DIGITS = 12
