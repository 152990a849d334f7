"""Two reviews of a service to what moved: items, evidence, method and people's decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.decision.history import changes, method_of
from readiness.model.decided_result import Hold
from readiness.model.difference import DIFF, Difference, EvidenceMove, Move, RecordMove, Side
from readiness.model.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from readiness.model.difference import Effect
    from readiness.model.evidence_result import EvidenceResult
    from readiness.model.review import ItemResult, Record, Review

_EFFECTS = ("regression", "dropped", "progress", "method", "added")
_WORSE = ("regression", "dropped")
_NAMED = 3
_FIELDS = ("gate", "harm", "risk")


def difference(old: Review, new: Review, sources: tuple[str, str] = ("", "")) -> Difference:
    """Return what moved from one review to another; `sources` say where they came from.

    An item that is better by another method is no progress, and one that is worse is a regression
    whatever the method: it was proven, and is not.
    """
    before, after = method_of(old), method_of(new)
    method = (*changes(before, after, None), *_definitions(old, new))
    evidence = tuple(sorted(_evidence(old, new), key=lambda e: (e.path, e.change)))
    moves = _items(old, new, evidence, comparable=not method)
    return Difference(
        DIFF,
        new.launch.service,
        _side(old, sources[0]),
        _side(new, sources[1]),
        not method,
        method,
        tuple(sorted(moves, key=lambda m: (_EFFECTS.index(m.effect), m.item))),
        evidence,
        tuple(sorted(_records(old, new), key=lambda r: (r.item, r.kind, r.approver))),
    )


def regressed(found: Difference) -> Hold | None:
    """Return what holds a launch whose regressions are refused, or None if there are none."""
    worse = [move for move in found.items if move.effect in _WORSE]
    if not worse:
        return None
    named = "; ".join(f"{m.item} {m.before} → {m.after}" for m in worse[:_NAMED])
    more = f"; and {len(worse) - _NAMED} more" if len(worse) > _NAMED else ""
    count = plural(len(worse), "regression")
    return Hold("baseline", f"{count} since {found.old.source}: {named}{more}")


def _side(review: Review, source: str) -> Side:
    return Side(
        source,
        review.as_of,
        review.launch.version,
        review.launch.commit,
        review.decision,
        review.complete,
        review.score.readiness,
        sum(item.waits for item in review.items),
    )


def _definitions(old: Review, new: Review) -> Iterator[str]:
    """Say which items ask for something else, as far as both reviews tell."""
    were = {item.id: item for item in old.items}
    for now in new.items:
        was = were.get(now.id)
        if was is None:
            continue
        for name in _FIELDS:
            if getattr(was, name) != getattr(now, name):
                yield f"{now.id} {name} {getattr(was, name)} → {getattr(now, name)}"
        limits, ours = _limits(was), _limits(now)
        for rule in sorted(limits.keys() & ours.keys()):
            if limits[rule] != ours[rule]:
                yield f"{now.id} {rule}: limit {limits[rule]} → {ours[rule]}"


def _limits(item: ItemResult) -> dict[str, str]:
    found = [f for result in item.requirements for f in result.findings if f.limit]
    return {finding.rule: finding.limit for finding in found}


def _items(
    old: Review, new: Review, evidence: tuple[EvidenceMove, ...], *, comparable: bool
) -> Iterator[Move]:
    were, are = {i.id: i for i in old.items}, {i.id: i for i in new.items}
    for name in sorted(were.keys() | are.keys()):
        was, now = were.get(name), are.get(name)
        effect = _effect(was, now, comparable=comparable)
        item = now or was
        if effect is None or item is None:
            continue
        changed = tuple(sorted({e.path for e in evidence if name in e.items}))
        reason = "" if now is None else _reason(now)
        yield Move(effect, name, item.title, item.gate, _word(was), _word(now), changed, reason)


def _effect(was: ItemResult | None, now: ItemResult | None, *, comparable: bool) -> Effect | None:
    asked, asks = (item is not None and item.outcome is not None for item in (was, now))
    if not asked and not asks:
        return None
    if was is None or not asked:
        return "added"
    if now is None or not asks:
        return "dropped"
    if now.outcome == was.outcome and now.credit == was.credit:
        return None
    if now.credit < was.credit or (was.outcome == "proven" and now.outcome != "proven"):
        return "regression"
    if now.credit == was.credit:
        return None  # missing, failed or invalid: none is better than another
    return "progress" if comparable else "method"


def _word(item: ItemResult | None) -> str:
    if item is None:
        return "not asked"
    return item.outcome or "not applicable"


def _reason(item: ItemResult) -> str:
    findings = (f for result in item.requirements for f in result.findings)
    return next((f.message for f in findings if f.outcome == item.outcome and f.message), "")


def _evidence(old: Review, new: Review) -> Iterator[EvidenceMove]:
    were, are = _by_path(old), _by_path(new)
    for path in sorted(were.keys() | are.keys()):
        was, now = were.get(path), are.get(path)
        if was is None or now is None:
            change, only = ("added", now) if was is None else ("removed", was)
            assert only is not None  # one of the two names the path  # noqa: S101
            digests = ("", _digest(only)) if was is None else (_digest(only), "")
            yield EvidenceMove(change, path, *digests, only.items)  # type: ignore[arg-type]
        elif _digest(was) != _digest(now):
            yield EvidenceMove("changed", path, _digest(was), _digest(now), now.items)
        elif was.reader != now.reader:
            yield EvidenceMove("re-read", path, was.reader, now.reader, now.items)
        elif was.produced != now.produced:
            yield EvidenceMove("re-dated", path, _date(was), _date(now), now.items)


def _by_path(review: Review) -> Mapping[str, EvidenceResult]:
    """Return each piece by its path; one that is read twice has both readers in its name."""
    found: dict[str, EvidenceResult] = {}
    for piece in review.evidence:
        twice = piece.path in found
        found[f"{piece.path} ({piece.reader})" if twice else piece.path] = piece
    return found


def _digest(piece: EvidenceResult) -> str:
    return " ".join(file.sha256[:12] for file in piece.files)


def _date(piece: EvidenceResult) -> str:
    return piece.produced.isoformat() if piece.produced else "not known"


def _records(old: Review, new: Review) -> Iterator[RecordMove]:
    were, are = _by_content(old), _by_content(new)
    for key in were.keys() | are.keys():
        was, now = were.get(key), are.get(key)
        one = now or was
        before, after = (record.status if record else "none" for record in (was, now))
        if one is not None and before != after:
            why = now.why_status if now else ""
            yield RecordMove(one.item, one.kind, one.approver, before, after, why)


def _by_content(review: Review) -> Mapping[tuple[object, ...], Record]:
    return {
        (r.item, r.kind, r.approver, r.approved, r.expires, r.void_if, r.reason, r.candidate): r
        for r in review.records
    }
