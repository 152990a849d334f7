"""The histogram of a Fortio result: counts between two times, and percentiles from them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.numbers import count, number, parse_count
from readiness.evidence.reader import Unreadable
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.structured import JsonDocument

_ORDER = 1e-9
_HINT = "keep the file as the tool wrote it"


class Bucket(NamedTuple):
    """How many responses took from `start` to `end` ms, and the place of `end`."""

    start: float
    end: float
    number: int
    at: Location


def read_buckets(document: JsonDocument) -> list[Bucket]:
    """Return the buckets in their order.

    Raises:
        Unreadable: they are no list, overlap or run backwards, or a value is no number.
    """
    data = document.get("DurationHistogram", "Data")
    if data is None:
        return []
    if not isinstance(data, list):
        at = document.at("DurationHistogram", "Data")
        raise Unreadable("wrong-shape", "`Data` is not a list", at, _HINT)
    found = []
    for index in range(len(data)):
        steps = ("DurationHistogram", "Data", index)
        at = document.at(*steps, "End")
        ends = [
            number(document.get(*steps, key), document.at(*steps, key), f"`{key}`") * 1000
            for key in ("Start", "End")
        ]
        found.append(Bucket(ends[0], ends[1], whole(document, *steps, "Count"), at))
    _check_order(found)
    return found


def _check_order(found: list[Bucket]) -> None:
    for bucket, later in pairwise(found):
        if bucket.end < bucket.start - _ORDER or later.start < bucket.end - _ORDER:
            message = (
                f"the bucket from {digits(later.start)} ms begins below the one before it ends"
            )
            raise Unreadable("contradiction", message, later.at, _HINT)


def whole(document: JsonDocument, *steps: str | int) -> int:
    """Return a count that is a number, or a text of digits as protobuf writes it.

    Raises:
        Unreadable: it is neither.
    """
    value, at = document.get(*steps), document.at(*steps)
    what = f"`{steps[-1]}`"
    return parse_count(value, at, what) if isinstance(value, str) else count(value, at, what)


def holding(buckets: list[Bucket], ranks: dict[str, float]) -> Iterator[tuple[str, Bucket]]:
    """Yield for each rank in percent the bucket that the sample of that rank lies in."""
    total = sum(bucket.number for bucket in buckets)
    for name, rank in ranks.items():
        wanted, reached = max(1.0, round(rank / 100 * total, 9)), 0
        for bucket in buckets:
            reached += bucket.number
            if reached >= wanted:
                yield name, bucket
                break
