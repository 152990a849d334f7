"""The lists that only some reviews have: sign-offs and accepted risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.text import and_list, plural
from readiness.rendering import words
from readiness.rendering.accepted import accepted_rows, accepted_sentence, sign_off_sentence
from readiness.rendering.difference import part
from readiness.rendering.parts import Also

if TYPE_CHECKING:
    from readiness.model.policy_result import PolicyChange, PolicyResult
    from readiness.model.review import Review

_SHOWN = 40
_TEXT = 160


def parts(review: Review) -> tuple[Also, ...]:
    """Return what a review has to say besides, in the order of a report."""
    found = []
    if review.policy is not None and review.policy.changes:
        found.append(_policy(review.policy))
    if review.baseline is not None:
        found.append(part(review.baseline))
    if review.sign_offs is not None or review.accepted is not None:
        found.append(_accepted(review))
    return tuple(found)


def _policy(policy: PolicyResult) -> Also:
    """Say what the review was judged by, and how the tree differs from it, looser things first."""
    base = and_list(f"{base.ref} ({base.commit[:12]})" for base in policy.bases)
    loose = sum(change.effect == "loosened" for change in policy.changes)
    count = plural(len(policy.changes), "difference")
    if policy.taken_from == "ref":
        note = f"Checklists, approvers and decisions are those of {base}. The tree has {count}; "
        note += f"{loose} would loosen it. None is in force, but for evidence left out."
    else:
        note = f"{count} from {base}, {loose} of them looser. {policy.note}".rstrip()
    rows = tuple(_row(change) for change in policy.changes[:_SHOWN])
    left = len(policy.changes) - len(rows)
    more = (f"and {left} more, in the JSON",) if left > 0 else ()
    return Also("policy", "What it was judged by", note, (*rows, *more))


def _row(change: PolicyChange) -> str:
    name = f"{change.item} {change.what}".strip()
    before, after = (words.cut(words.folded(text), _TEXT) for text in (change.before, change.after))
    places = f"{change.before_at} → {change.at}" if change.before_at != change.at else change.at
    return f"{change.effect.capitalize()}: {name}: {before} → {after} ({places})"


def _accepted(review: Review) -> Also:
    said = []
    if review.sign_offs is not None:
        said.append(sign_off_sentence(review.sign_offs))
    rows: tuple[str, ...] = ()
    if review.accepted is not None:
        said.append(accepted_sentence(review.accepted))
        rows = tuple(accepted_rows(review.accepted))
    return Also("accepted", "Accepted risk", " ".join(said), rows)
