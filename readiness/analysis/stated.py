"""What the launch states as a number: its parameters, in the canonical unit of their dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model.quantity import parse

if TYPE_CHECKING:
    from readiness.model.launch import Launch

P95_BUDGET = "p95_budget"
P99_BUDGET = "p99_budget"
DEADLINES = (P99_BUDGET, P95_BUDGET)


class Stated(NamedTuple):
    """A parameter of the launch: its value in canonical units, and its name."""

    value: float
    name: str


def stated(launch: Launch, dimension: str, *names: str) -> Stated | None:
    """Return the first of some parameters that the launch sets to a quantity of a dimension."""
    for name in names:
        try:
            quantity = parse(launch.parameters.get(name, ""))
        except ValueError:
            continue
        if quantity.dimension == dimension:
            return Stated(float(quantity.value), name)
    return None
