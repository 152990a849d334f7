"""How a launch's own policy differs from another's: who may accept what, records, and statements.

What a launch states about itself (components, failure domains, parameters, …) is what analyses
compute with, so where an item relies on an analysis a weaker statement counts as looser, and so
does another parameter that no limit refers to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from readiness.errors import Location
from readiness.loading.weaker import weaker
from readiness.model.approvers import EVERY_AREA
from readiness.model.checklist import HARM
from readiness.model.decided_result import LAUNCH
from readiness.model.expectation import Reference
from readiness.model.policy_result import PolicyChange
from readiness.model.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.approvers import Approver
    from readiness.model.decisions import Decision
    from readiness.model.plan import Plan

_STATEMENTS = (
    "service", "owner", "changes", "locales", "intents", "components", "failure_domains", "cache",
    "contract", "rollout",
)  # fmt: skip
_KINDS = {"waived": "waiver", "deferred": "deferral", "not-applicable": "record of not applicable",
          "sign-off": "sign-off"}  # fmt: skip


def launch_changes(base: Plan, tree: Plan) -> Iterator[PolicyChange]:
    """Yield how a launch differs: approvers, sign-offs, parameters, and what it states."""
    yield from _approver_changes(base, tree)
    old, new = base.launch.sign_offs, tree.launch.sign_offs
    if old != new:
        effect = "loosened" if new < old else "tightened"
        yield _change(effect, "sign_offs", str(old), str(new), base, tree)
    analysed = any(b.analysis for plan in (base, tree) for i in plan.items for b in i.requirements)
    effect = "loosened" if analysed else "changed"
    for name in _STATEMENTS:
        before, after = getattr(base.launch, name), getattr(tree.launch, name)
        if before != after:
            signed = name == "owner" and any(d.decision.item == LAUNCH for d in tree.decisions)
            looser = signed or name == "service" or weaker(before, after, name)
            said = "loosened" if looser and (analysed or signed) else "changed"
            yield _change(said, name, _said(before), _said(after), base, tree)
    if base.launch.candidate.commit and not tree.launch.candidate.commit:
        commit = base.launch.candidate.commit
        yield _change("loosened", "candidate.commit", commit, "none", base, tree)
    old_values, new_values = base.launch.parameters, tree.launch.parameters
    for name in sorted({*old_values, *new_values}):
        before, after = old_values.get(name, "none"), new_values.get(name, "none")
        if before != after:
            told = _told_by_limits(name, base)
            yield _change(
                "changed" if told else effect, f"parameter {name}", before, after, base, tree
            )


def _told_by_limits(name: str, base: Plan) -> bool:
    """Whether limits say what another value means: an expectation of the base refers to it."""
    texts = [
        requirement.expect
        for planned in base.items
        if not planned.skipped
        for requirement in planned.item.evidence
    ]
    return any(
        isinstance(expectation.limit, Reference) and expectation.limit.name == name
        for expect in texts
        for expectation in expect
    )


def _change(
    effect: str, what: str, before: str, after: str, base: Plan, tree: Plan
) -> PolicyChange:
    at, before_at = Location(tree.path), Location(base.path)
    return PolicyChange(effect, "", what, before, after, at, before_at)  # type: ignore[arg-type]


def _said(value: object) -> str:
    """Write a statement on one line, cut where it is long."""
    if value is None:
        return "none"
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
        value = {name: part for name, part in value.items() if part not in (None, [], {})}
    if isinstance(value, dict):
        text = "; ".join(f"{name}: {_said(part)}" for name, part in value.items())
    elif isinstance(value, list):
        text = ", ".join(map(_said, value))
    else:
        text = str(getattr(value, "text", value))
    return text or "none"


def _approver_changes(base: Plan, tree: Plan) -> Iterator[PolicyChange]:
    old, new = base.launch.approvers, tree.launch.approvers
    if not old:
        if new:
            count = plural(len(new), "approver")
            yield _change("tightened", "approvers", "anyone", count, base, tree)
        return
    if not new:
        count = plural(len(old), "approver")
        yield _change("loosened", "approvers", count, "anyone", base, tree)
        return
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before != after:
            effect = _reach(before, after)
            yield _change(effect, f"approver {name}", _may(before), _may(after), base, tree)


def _reach(before: Approver | None, after: Approver | None) -> str:
    """Tell whether an approver may accept more than before."""
    if after is None:
        return "tightened"
    if before is None:
        return "loosened"
    areas = EVERY_AREA in before.areas or (
        EVERY_AREA not in after.areas and set(after.areas) <= set(before.areas)
    )
    most = before.risk_budget
    budget = most is None or (after.risk_budget is not None and after.risk_budget <= most)
    if not (areas and budget and HARM[after.harm] <= HARM[before.harm]):
        return "loosened"
    same = before.model_copy(update={"role": after.role}) == after
    return "changed" if same else "tightened"


def _may(approver: Approver | None) -> str:
    if approver is None:
        return "none"
    budget = "" if approver.risk_budget is None else f", at most {approver.risk_budget:g}"
    return f"{approver.role}: {', '.join(approver.areas)}, up to {approver.harm}{budget}"


def record_changes(base: Plan, tree: Plan) -> tuple[list[PolicyChange], tuple[Decision, ...]]:
    """Return how records differ, and those that the base does not have."""
    old = [planned.decision for planned in base.decisions]
    new = [planned.decision for planned in tree.decisions]
    unmerged = [planned for planned in tree.decisions if planned.decision not in old]
    gone = [planned for planned in base.decisions if planned.decision not in new]
    first = Location("decisions.yaml")
    changes = []
    for planned in unmerged:
        d = planned.decision
        effect = "loosened" if d.kind in ("waived", "not-applicable") else "changed"
        was = next(
            (g for g in gone if (g.decision.item, g.decision.kind) == (d.item, d.kind)), None
        )
        before = _record(was.decision) if was else "none"
        before_at = was.at if was else first
        changes.append(
            PolicyChange(effect, d.item, _KINDS[d.kind], before, _record(d), planned.at, before_at)  # type: ignore[arg-type]
        )
    changes += [
        PolicyChange(
            "tightened", g.decision.item, _KINDS[g.decision.kind], _record(g.decision), "none",
            first, g.at,
        )
        for g in gone
        if not any(c.item == g.decision.item and c.before == _record(g.decision) for c in changes)
    ]  # fmt: skip
    return changes, tuple(planned.decision for planned in unmerged)


def _record(decision: Decision) -> str:
    void = f", void if {decision.void_if.text}" if decision.void_if else ""
    return f"by {decision.approver} from {decision.approved} until {decision.expires}{void}"
