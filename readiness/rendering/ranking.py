"""A ranking in words: rows, what a supposition changes, and what fits into the days asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model.text import and_list, plural
from readiness.rendering import words
from readiness.rendering.words import STATES, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from readiness.model.rank import Weights
    from readiness.model.ranking import Place, Ranking, Standing, Window

_DECIDED = {
    "waived": "risk accepted",
    "deferred": "deferred",
    "not-applicable": "declared not applicable",
    "sign-off": "signed off",
}
_NAMED = 12


class RankRow(NamedTuple):
    """An open item: its place, what its priority is made of, how firm it is, whose it is."""

    rank: str
    id: str
    title: str
    state: State
    about: str
    moved: str
    priority: str
    span: str
    place: str
    ahead: str
    owner: str
    effort: str
    due: str


class Change(NamedTuple):
    """One figure before and after a supposition."""

    label: str
    text: str


class RankView(NamedTuple):
    """All that the command shows, in its order."""

    title: str
    sentence: str
    supposed: str
    changes: tuple[Change, ...]
    window: str
    rows: tuple[RankRow, ...]
    more: str
    misfits: tuple[str, ...]
    method: str


def build(ranking: Ranking) -> RankView:
    """Put a ranking into words."""
    fitting = [place for place in ranking.places if place.slot is None or place.slot.fits]
    misfits = [place for place in ranking.places if place.slot and not place.slot.fits]
    left = ranking.count - len(fitting) - len(misfits)
    return RankView(
        f"{ranking.title}: what to fix first",
        _sentence(ranking),
        _supposed(ranking),
        _changes(ranking),
        _window(ranking.window, len(fitting) + left, ranking.count) if ranking.window else "",
        tuple(_row(place, ranking) for place in fitting),
        f"{plural(left, 'more item')} not shown" if left else "",
        tuple(_misfit(place) for place in misfits),
        _method(ranking),
    )


def _sentence(ranking: Ranking) -> str:
    now = ranking.supposed or ranking.reviewed
    launch = words.away(ranking.launch_date, ranking.as_of)
    when = (
        f"Reviewed {words.day(ranking.as_of)}, launch {words.day(ranking.launch_date)} ({launch})"
    )
    if not ranking.count:
        return f"Nothing is open: every item that applies is proven. {when}."
    some = f"{now.open_blockers or 'none'} of them"
    if now.open_blockers == ranking.count:
        some = "all of them" if ranking.count > 1 else "it"
    waits = f"the launch waits for {some}"
    return f"{plural(ranking.count, 'open item')}; {waits}. {when}."


def _supposed(ranking: Ranking) -> str:
    """Say what is supposed, and that it decides nothing."""
    if ranking.supposed is None:
        return ""
    parts = [f"{item} {outcome}" for item, outcome in ranking.outcomes.items()]
    parts += [f"{item} accepted as a risk" for item in ranking.waived]
    text = and_list(parts)
    if not _once(ranking.weights):
        counts = and_list(f"{name} {power:g}" for name, power in vars(ranking.weights).items())
        text = f"{text}{'; ' if text else ''}the weights {counts}"
    return f"Supposed: {text}. The review itself stays {ranking.reviewed.decision}."


def _changes(ranking: Ranking) -> tuple[Change, ...]:
    before, after = ranking.reviewed, ranking.supposed
    if after is None:
        return ()
    gone = [f"{item.item} (was {item.was})" for item in ranking.closed]
    changes = [
        Change(label, _became(old, now))
        for (label, old), (_, now) in zip(_figures(before), _figures(after), strict=True)
    ]
    moved = plural(ranking.moved, "item") if ranking.moved else "none"
    changes.append(Change("Places", f"{moved} moved"))
    changes += [Change("No longer open", _several(gone))] if gone else []
    changes += [Change("Open again", _several(ranking.opened))] if ranking.opened else []
    return tuple(changes)


def _several(names: Sequence[str]) -> str:
    return and_list(names, most=_NAMED)


def _became(old: str, now: str) -> str:
    return f"{old}, as before" if old == now else f"{old} → {now}"


def _figures(of: Standing) -> list[tuple[str, str]]:
    """Return the figures that a supposition can change, each with its label."""
    return [
        ("Decision", of.decision),
        ("Readiness", f"{of.exact:.2f} of 100"),
        ("Open blockers", str(of.open_blockers)),
        ("Path to GO", _path(of)),
    ]


def _path(of: Standing) -> str:
    if of.earliest is None:
        return "nothing blocks"
    return f"{words.days(of.effort_days)} of work, {of.becomes} on {words.day(of.earliest)}"


def _window(window: Window, fitting: int, count: int) -> str:
    result = window.result
    blockers = plural(result.open_blockers, "blocker")
    still = f" with {blockers} open" if result.open_blockers else ""
    return (
        f"Within {_working(window.days)}, until {words.day(window.until)}, owners side by side: "
        f"{fitting} of {plural(count, 'open item')}, {words.days(window.effort_days)} of work. "
        f"With all of it proven the decision is {result.decision}{still}, readiness "
        f"{result.exact:.2f} of 100."
    )


def _working(days: float) -> str:
    return words.days(days).replace(" day", " working day")


def _misfit(place: Place) -> str:
    free = place.slot.free_days if place.slot else 0.0
    left = f"has {words.days(free)} left" if free else "has no time left"
    what = f"place {place.rank}{', blocker' if place.waits else ''}"
    return f"{place.item} ({what}) needs {words.days(place.effort_days)}; {place.owner} {left}"


def _row(place: Place, ranking: Ranking) -> RankRow:
    moved = ""
    if ranking.supposed is not None and place.was != place.rank:
        moved = f"was {place.was}" if place.was else "open again"
    decided = _DECIDED.get(place.decided, "")
    gate = "blocker" if place.waits else decided or place.gate
    due = place.slot.done_by if place.slot and place.slot.done_by else place.due
    return RankRow(
        str(place.rank),
        place.item,
        place.title,
        STATES[place.outcome],
        gate,
        moved,
        _priority(place, ranking.weights),
        f"{place.best}–{place.worst}" if place.best != place.worst else str(place.best),
        place.firmness,
        words.percent(place.after.share) if place.after else "–",
        place.owner,
        words.days(place.effort_days),
        _short(due, ranking.as_of),
    )


def _priority(place: Place, weights: Weights) -> str:
    """Write the priority and its factors; a product only where each counts once."""
    factors = (str(place.harm_weight), f"{place.risk_weight} %", words.number(place.gap))
    if _once(weights):
        return f"{words.number(place.priority)} = {' × '.join(factors)}"
    return f"{words.number(place.priority)}: {', '.join(factors)}"


def _once(weights: Weights) -> bool:
    return all(power == 1 for power in vars(weights).values())


def _short(day: date, today: date) -> str:
    """Write a date without the year if it is this year's."""
    return words.day(day).removesuffix(f" {today.year}")


def _method(ranking: Ranking) -> str:
    study = ranking.study
    low, high = study.exponents
    names = (
        name if power == 1 else f"{name}^{power:g}" for name, power in vars(ranking.weights).items()
    )
    outside = any(not low <= power <= high for power in vars(ranking.weights).values())
    return (
        f"Priority = {' × '.join(names)}; what the launch waits for first, then priority, then id. "
        f"Places: in {study.draws} weightings (seed {study.seed}) with exponents {low:g} to "
        f"{high:g} and bands moved by up to {words.percent(study.bands)}"
        f"{', whatever weights are supposed' if outside else ''}; firm means at most two places "
        "apart. Ahead: the exact share of all weightings in which an item is ahead of the next. "
        "readiness explain ITEM shows the arithmetic."
    )
