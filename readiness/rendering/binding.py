"""Lines for readiness.yaml: a slot to bind, a parameter to set, a failure domain to describe.

What the team must know stands as `…`, which is no number, no likelihood and no file.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from readiness.model.checklist import TEXT_UNIT
from readiness.model.expectation import Reference
from readiness.model.quantity import CANONICAL, DIMENSIONS, Quantity
from readiness.model.walk import Paste

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import ParameterSpec
    from readiness.model.plan import Check, Plan

_COMMENT = 64  # columns
_SUFFIX = {"json": "json", "yaml": "yaml", "csv": "csv", "junit": "xml", "markdown": "md"}
_DOMAIN = (
    ("title", "what breaks"),
    ("likelihood", "rare, unlikely, possible, likely or expected"),
    ("detection", "how you notice it"),
    ("fallback", "what users get meanwhile"),
    ("failover", "what takes over, or leave it out"),
    ("later", "when and how a missing failover follows"),
)


def slot_paste(name: str, plan: Plan, mapped: frozenset[str]) -> Paste:
    """Return how to bind a slot, with a map of what it is asked for if its readers need one.

    Args:
        name: the slot's name.
        plan: whose items ask for it.
        mapped: readers that need a map.
    """
    readers = plan.slots[name].readers
    plain = next((reader for reader in readers if reader not in mapped), None)
    path = f"evidence/{name}.{_SUFFIX.get(plain or readers[0], '…')}"
    if plain is not None:
        return Paste("evidence", name, (f"  {name}: {path}",))
    head = (f"  {name}:", f"    path: {path}", f"    reader: {readers[0]}", "    map:")
    return Paste("evidence", name, (*head, *_mapped(name, plan, readers[0] == "csv")))


def _mapped(name: str, plan: Plan, table: bool) -> Iterator[str]:
    """Yield a line for each metric: where it stands, its unit, its label."""
    metrics: dict[str, dict[str, dict[str, str]]] = {}
    bounds = (bound for item in plan.items for bound in item.requirements)
    for bound in (bound for bound in bounds if bound.source == f"slot {name}"):
        for check in bound.checks:
            asked = check.expectation
            star = "/*" if asked.label else ""
            place = {"column": "…"} if table else {"at": f"/…{star}"}
            entry = metrics.setdefault(asked.metric, {}).setdefault(asked.label, place)
            if unit := _unit(check, plan):
                entry["unit"] = unit
            if asked.label:
                entry["label"] = asked.label
            if bound.confident and unit == "ratio":
                entry["samples"] = next(iter(place.values()))
    for metric, entries in metrics.items():
        shown = [f"{{{', '.join(map(': '.join, entry.items()))}}}" for entry in entries.values()]
        if len(shown) == 1:
            yield f"      {metric}: {shown[0]}"
        else:
            yield f"      {metric}:"
            yield from (f"        - {entry}" for entry in shown)


def _unit(check: Check, plan: Plan) -> str:
    """Return the canonical unit of a limit, also of one that is not set yet; empty for none."""
    limit = check.expectation.limit
    if isinstance(limit, Quantity):
        return CANONICAL[limit.dimension]
    spec = plan.parameters.get(limit.name) if isinstance(limit, Reference) else None
    if spec is None or spec.unit == TEXT_UNIT:
        return ""
    return CANONICAL[DIMENSIONS[spec.unit]]


def parameter_paste(name: str, spec: ParameterSpec) -> Paste:
    """Return how to set a parameter, with what it means."""
    plain = spec.unit == TEXT_UNIT or DIMENSIONS[spec.unit] == "number"
    meaning = (f"  # {line}" for line in wrap(spec.meaning, _COMMENT))
    return Paste(
        "parameters", name, (*meaning, f"  {name}: …" + ("" if plain else f" {spec.unit}"))
    )


def domain_paste(name: str) -> Paste:
    """Return how to describe a failure domain."""
    lines = (f"    {key}: …  # {say}" for key, say in _DOMAIN)
    return Paste("failure_domains", name, (f"  {name}:", *lines))
