"""What a review keeps of the latency budget: each component's share, what was measured, the sum."""

from __future__ import annotations

from typing import Literal

from readiness.errors import Location
from readiness.model.record import record

Share = Literal["within", "over", "too few samples", "not measured"]
Per = Literal["call", "request"]


@record
class Measured:
    """A measured percentile: the worst of several.

    Attributes:
        value: in ms.
        samples: how many observations stand behind it; None if the evidence does not say.
        subject: the labels it belongs to, for example `stage retrieval`.
        at: where it stands.
        per: whether it is the time of one call, or of all calls in one request that were waited
            for, which traces tell.
    """

    value: float
    samples: int | None
    subject: str
    at: Location
    per: Per = "call"

    def whole(self, visits: int) -> float:
        """Return the time in one request that makes so many calls, in ms."""
        return self.value * visits if self.per == "call" else self.value


@record
class ComponentResult:
    """A component on the path of a request.

    Attributes:
        name: its name.
        depth: how many calls away from the entry it was first reached; 0 for the entry.
        caller: the component that calls it there; empty for the entry.
        visits: how many calls reach it in one request, retries left out.
        budget: its own time at the 95th percentile, in ms.
        measured: the 95th percentile of its own time; None without evidence.
        outcome: what was measured against the budget.
        help: what to do to have it measured.
    """

    name: str
    depth: int
    caller: str
    visits: int
    budget: float
    measured: Measured | None
    outcome: Share
    help: str


@record
class UnionBound:
    """A sum of percentiles and what it bounds, by Boole's inequality.

    At most a share `exceed` of all requests takes longer than `total` ms, however the components
    depend on each other, if each keeps its percentile `percentile` (95 for p95).
    """

    percentile: float
    total: float
    exceed: float


@record
class LatencyResult:
    """The path of a request from one entry, its calls one after the other.

    Attributes:
        entry: the component that nobody calls.
        components: depth first, in the order of the calls; each once.
        visits: calls of all components in one request.
        budgets: the sum of the budgets, and the share of requests that may exceed it even if each
            component keeps its own.
        budget: the budget of the whole, in ms; None if the launch sets none.
        budget_name: where it is set.
        measured: the 95th percentile of the whole; None if no item asks for it.
        bound: from measured percentiles: the smallest sum that at most 5 % of requests exceed, or
            else the one that the fewest exceed; None unless every component was measured.
        loops: calls that lead back, each as a chain; they are not followed.
    """

    entry: str
    components: tuple[ComponentResult, ...]
    visits: int
    budgets: UnionBound
    budget: float | None
    budget_name: str
    measured: Measured | None
    bound: UnionBound | None
    loops: tuple[str, ...]
