"""A review beside those recorded before it: trend, changes of the method, and each item's past."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from readiness.model.history_result import HistoryResult, ItemPast, PastReview

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from readiness.model.evidence_result import Note
    from readiness.model.history_result import Was
    from readiness.model.review import Outcome, Review

MOST = 50
_NAMED = 6
_Method = dict[str, dict[str, str]]


class Recorded(NamedTuple):
    """A review that was recorded, and the digest of its file."""

    review: Review
    digest: str


def history(
    review: Review, recorded: Sequence[Recorded], notes: tuple[Note, ...] = ()
) -> HistoryResult:
    """Describe the reviews before this one.

    Args:
        review: the one that is made now.
        recorded: reviews of the same service, none later than it, in the order they were made.
        notes: what to say of files that could not be used.
    """
    kept = recorded[-MOST:]
    methods = [method_of(entry.review) for entry in recorded]
    now = method_of(review)
    first = len(recorded) - len(kept)
    past = tuple(
        _past(entry, methods[n], methods[n - 1] if n else None)
        for n, entry in enumerate(recorded)
        if n >= first
    )
    row = [*((entry.review, m) for entry, m in zip(recorded, methods, strict=True)), (review, now)]
    steps = [_Step(r.as_of, digest_of(m), {i.id: i.outcome for i in r.items}) for r, m in row]
    return HistoryResult(
        past=past,
        older=first,
        method=digest_of(now),
        changed=changes(methods[-1], now) if methods else (),
        items=tuple(_item_past(i.id, steps) for i in review.items if i.outcome is not None),
        notes=notes,
    )


class _Step(NamedTuple):
    day: date
    method: str
    outcomes: dict[str, Outcome | None]

    def was(self, item_id: str) -> Was:
        """Return an item's outcome in a word."""
        if item_id not in self.outcomes:
            return "not asked"
        return self.outcomes[item_id] or "not applicable"


def method_of(review: Review) -> _Method:
    """Return what a review asks and how it counts: checklists, parameters, scope, and the tool.

    How evidence is read and what the launch states belong to it too.

    Reviews of one method can be compared: a difference between them is one of the evidence. The
    tool counts by its major version, below 1.0 by its minor one (Semantic Versioning 2.0, item 4).
    """
    name, _, version = review.tool.rpartition(" ")
    major, _, rest = version.partition(".")
    tool = f"{name} {major}.{rest.partition('.')[0]}" if major == "0" else f"{name} {major}"
    return {
        "checklist": {c.id: f"{c.version} {c.sha256}" for c in review.checklists},
        "parameter": dict(review.launch.parameters),
        "changes": dict.fromkeys(review.launch.changes, ""),
        "locale": dict.fromkeys(review.launch.locales, ""),
        "reading": {"": review.launch.reading},
        "tool": {"": tool},
    }


def digest_of(method: _Method) -> str:
    """Return a short digest of a method: 12 hexadecimal digits."""
    text = json.dumps(method, sort_keys=True, ensure_ascii=False)
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:12]


def changes(before: _Method, after: _Method, most: int | None = _NAMED) -> tuple[str, ...]:
    """Say what differs between two methods: `parameter peak 30 rps → 40 rps`."""
    found = [
        _change(kind, name, before[kind], now)
        for kind, now in after.items()
        for name in sorted({*before[kind], *now})
        if before[kind].get(name) != now.get(name)
    ]
    left = len(found) - (len(found) if most is None else most)
    return (*found[:most], *((f"{left} more",) if left > 0 else ()))


def _change(kind: str, name: str, old: Mapping[str, str], now: Mapping[str, str]) -> str:
    what = f"{kind} {name}".rstrip()
    if kind == "reading":
        return "how evidence is read, or what the launch states"
    if name not in old:
        return f"{what} added"
    if name not in now:
        return f"{what} removed"
    was, new = old[name], now[name]
    if kind == "checklist":
        was, new = was.partition(" ")[0], new.partition(" ")[0]
        if was == new:
            return f"{what} {new} edited"
    return f"{what} {was} → {new}"


def _past(entry: Recorded, method: _Method, before: _Method | None) -> PastReview:
    review = entry.review
    blockers = [i for i in review.items if i.gate == "blocker" and i.outcome is not None]
    return PastReview(
        as_of=review.as_of,
        version=review.launch.version,
        commit=review.launch.commit,
        decision=review.decision,
        complete=review.complete,
        readiness=review.score.readiness,
        open_blockers=sum(not item.holds for item in blockers),
        blockers=len(blockers),
        items=sum(item.outcome is not None for item in review.items),
        method=digest_of(method),
        changed=changes(before, method) if before is not None else (),
        digest=entry.digest,
    )


def _item_past(item_id: str, steps: Sequence[_Step]) -> ItemPast:
    """Walk back from this review to the first of the unbroken row with the same outcome."""
    now = steps[-1].was(item_id)
    start = len(steps) - 1
    while start and steps[start - 1].was(item_id) == now:
        start -= 1
    before = steps[start - 1] if start else None
    return ItemPast(
        item=item_id,
        since=steps[start].day,
        reviews=len(steps) - start,
        earlier=before.was(item_id) if before else "",
        last=before.day if before else None,
        method_changed=before is not None and before.method != steps[start].method,
    )
