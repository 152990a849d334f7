"""What a review is judged by: a plan, how its policy differs from a trusted one, and what follows.

In: the launch, and what there is to judge it by. Out: the plan to carry out, the differences, the
records that do not count yet, and whether the differences hold the launch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from readiness.decision.floor import Floor
from readiness.errors import InputError
from readiness.evidence.paths import Roots, find
from readiness.loading.load import load_plan
from readiness.model.decided_result import Hold
from readiness.model.policy_result import PolicyBase, PolicyChange, PolicyResult
from readiness.model.text import plural

if TYPE_CHECKING:
    from readiness.loading.basis import Base, Basis
    from readiness.loading.drift import Drift
    from readiness.loading.files import Home
    from readiness.model.decisions import Decision
    from readiness.model.plan import Plan

_NAMED = 3
_SHOWN = 80
_HELP = (
    "take it back, or merge it by itself first; --policy-from REF judges by the policy of a "
    "trusted ref"
)


class Judging(NamedTuple):
    """A plan with what its policy is worth.

    Attributes:
        plan: what to carry out.
        policy: what is said about it in the review; None if nobody looked.
        unmerged: records that no base has: they do not count yet.
        floors: what the score may not exceed, one for each base that the tree differs from.
        hold: why the policy holds the launch, if it does.
    """

    plan: Plan
    policy: PolicyResult | None = None
    unmerged: tuple[Decision, ...] = ()
    floors: tuple[Floor, ...] = ()
    hold: Hold | None = None


def judging(home: Home, basis: Basis | None) -> Judging:
    """Load what a launch is judged by, and compare it with what there is to compare with.

    Raises:
        InputError: what was written is wrong.
        IncompleteError: it cannot be read.
    """
    plan = load_plan(home)
    if basis is None:
        return Judging(plan)
    bases = tuple(PolicyBase(base.ref, base.commit, base.head) for base in basis.bases)
    if basis.trusted:
        from readiness.loading.drift import drift  # noqa: PLC0415 - if asked

        base = basis.bases[0]
        trusted = _trusted(home, base)
        policy = PolicyResult("ref", bases, basis.note, drift(trusted, plan).changes)
        assert base.home is not None  # a trusted base has a launch  # noqa: S101
        hidden = left_out(home, load_plan(base.home, base=True), trusted)
        policy = replace(policy, changes=(*hidden, *policy.changes))
        return Judging(trusted, policy, hold=_loosened(policy, hidden))
    differ = any(base.home is not None for base in basis.bases)
    drifts, unreadable = _drifts(basis, plan, home) if differ else ([], "")
    changes = tuple(dict.fromkeys(change for found in drifts for change in found.changes))
    policy = PolicyResult("tree", bases, basis.note, changes)
    unmerged = tuple(record for found in drifts for record in found.unmerged)
    floors = tuple(Floor(found.weights, found.weakened) for found in drifts)
    why = basis.unknown or unreadable
    hold = Hold("policy", f"what it is judged by is not known: {why}") if why else None
    return Judging(plan, policy, unmerged, floors, hold or _loosened(policy, policy.changes))


def _drifts(basis: Basis, plan: Plan, home: Home) -> tuple[list[Drift], str]:
    """Compare with each base that differs; also return why one of them cannot be compared."""
    from readiness.loading.drift import drift  # noqa: PLC0415 - only if something differs

    found, unreadable = [], ""
    for base in basis.bases:
        if base.home is None:
            continue
        try:
            before = load_plan(base.home, base=True)
            compared, hidden = drift(before, plan), left_out(home, before, plan)
            weakened = compared.weakened | {change.item for change in hidden}
            changes = (*hidden, *compared.changes)
            found.append(compared._replace(changes=changes, weakened=frozenset(weakened)))
        except InputError as error:
            first = error.diagnostics[0]
            unreadable = f"{base.ref}:{first.at} cannot be read: {first.message}"
    return found, unreadable


def left_out(home: Home, base: Plan, tree: Plan) -> tuple[PolicyChange, ...]:
    """Return evidence that a base reads, that is still here, and that the tree reads no more.

    Evidence may move; but where it has not, a narrower binding would hide the run that fails.
    """
    roots = Roots(home.folder, home.root)
    theirs = {(i.item.id, b.source): b for i in base.items for b in i.requirements}
    found = []
    for item in tree.items:
        for bound in item.requirements:
            before = theirs.get((item.item.id, bound.source))
            if before is None or set(before.patterns) <= set(bound.patterns):
                continue
            gone = _files(before.patterns, roots) - _files(bound.patterns, roots)
            found += [
                PolicyChange(
                    "loosened", item.item.id, f"evidence of {bound.source}", path, "left out",
                    bound.at, before.at,
                )
                for path in sorted(gone)
            ]  # fmt: skip
    return tuple(found)


def _files(patterns: tuple[str, ...], roots: Roots) -> set[str]:
    try:
        return {path for pattern in patterns for path in find(pattern, roots).paths}
    except OSError:  # whoever reads them says that they cannot be looked for
        return set()


def _trusted(home: Home, base: Base) -> Plan:
    """Load the tree's evidence with the policy of a ref; its mistakes are told as the ref's."""
    try:
        return load_plan(home, policy=base.home)
    except InputError as error:
        raise InputError(
            *(
                d._replace(at=replace(d.at, path=f"{base.ref}:{d.at.path}"))
                for d in error.diagnostics
            )
        ) from None


def _loosened(policy: PolicyResult, changes: tuple[PolicyChange, ...]) -> Hold | None:
    loose = [change for change in changes if change.effect == "loosened"]
    if not loose:
        return None
    base = " and ".join(f"{base.ref} ({base.commit[:8]})" for base in policy.bases)
    named = "; ".join(map(words, loose[:_NAMED]))
    more = f"; and {len(loose) - _NAMED} more" if len(loose) > _NAMED else ""
    count = plural(len(loose), "loosening")
    return Hold("policy", f"{count} since {base}: {named}{more}", _HELP)


def words(change: PolicyChange) -> str:
    """Say what changed: `LOAD-01 gate: blocker → deferrable`."""
    name = f"{change.item} {change.what}".strip()
    return f"{name}: {_cut(change.before)} → {_cut(change.after)}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
