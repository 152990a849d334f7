"""Whether requests went on being sent while answers were late: by a schedule, or by users who wait.

Tene's correction is right only where sending stopped. What kept its pace left nothing out.
"""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_BLOCKED = 0.5  # of the users: as many requests waiting beyond the usual make a window late
_BEYOND = 2.0  # times as many requests as users: more than rounding to windows can explain
_KEPT, _ROSE = 0.9, 1.1  # of the usual requests
_BESIDE = 4  # windows on each side that say what is usual
_EVEN = 0.25  # of the root of the users
_SPREAD = 3.0  # standard deviations by which a few requests may be short by chance


class _Late(NamedTuple):
    """Windows in which answers were late, and the calm ones on both sides."""

    inside: range
    before: list[int]
    after: list[int]


def kept_pace(begun: Sequence[int], held: Sequence[float], users: Sequence[int | None]) -> bool:
    """Return whether requests went on being begun while more waited than there were users.

    Users who wait for answers have no more requests under way than there are users, and who waits
    begins none. So a schedule sent if, in windows between calm ones, more than twice as many
    requests waited as there were users before, and if wherever half the users waited beyond what
    is usual, 90 to 110 % as many requests began as in the calm windows beside, in none of these
    windows clearly fewer. Whatever is less clear is no: a run that began or ended so, users who
    became more together with the requests.

    Args:
        begun: requests that began in each window.
        held: requests that waited in it, on average.
        users: the users of each window, None where it is not known.
    """
    known = [number for number in users if number]
    if not known:
        return False
    crowd, clear, seen, expected = median(known), False, 0, 0.0
    for late in _late(held, median(held) + _BLOCKED * crowd):
        beside = [*late.before, *late.after]
        if not beside:
            return False
        pace, sent = median(begun[index] for index in beside), [begun[i] for i in late.inside]
        usual = pace * len(sent)
        if _short(sum(sent), usual) or any(_short(number, pace) for number in sent):
            return False
        seen, expected = seen + sum(sent), expected + usual
        there = max([crowd, *(users[index] or 0 for index in late.before)])
        most = max(held[index] for index in late.inside)
        clear = clear or bool(late.before and late.after and most > _BEYOND * there)
    return clear and _KEPT * expected <= seen <= _ROSE * expected


def keep_users(users: Sequence[int | None]) -> bool:
    """Return whether the number of users holds or changes evenly, as it does in a closed loop.

    What a schedule sends needs more users and fewer by chance, by about the root of their number;
    who is told how many users there are sees that where there are many of them.
    """
    known = [number for number in users if number]
    many = [n for n in range(2, len(known)) if known[n] >= median(known)]
    bends = [abs(known[n] - 2 * known[n - 1] + known[n - 2]) for n in many]
    return bool(bends) and median(bends) <= max(1.0, _EVEN * math.sqrt(median(known)))


def _short(sent: int, usual: float) -> bool:
    """Return whether fewer were sent than usual, and not by chance."""
    return sent < _KEPT * usual - _SPREAD * math.sqrt(usual)


def _late(held: Sequence[float], most: float) -> Iterator[_Late]:
    """Yield each stretch of windows in which at least so many requests waited."""
    index = 0
    while index < len(held):
        end = index
        while end < len(held) and held[end] >= most:
            end += 1
        if end > index:
            before = [i for i in range(max(0, index - _BESIDE), index) if held[i] < most]
            after = [i for i in range(end, min(len(held), end + _BESIDE)) if held[i] < most]
            yield _Late(range(index, end), before, after)
        index = end + 1
