"""Latency budgets of the synthetic reviews: measured and not, over and within, called twice, a loop."""

from __future__ import annotations

from readiness.errors import Location
from readiness.model.latency_result import ComponentResult, LatencyResult, Measured, UnionBound

_FILE = "evidence/latency/stages.json"


def _measured(value: float, samples: int | None, name: str, line: int) -> Measured:
    return Measured(value, samples, f"stage {name}", Location(_FILE, line, 14, f"/stages/{name}/p95"))


PATH = LatencyResult(
    entry="gateway",
    components=(
        ComponentResult("gateway", 0, "", 1, 120.0, _measured(96.0, 4_200, "gateway", 6), "within", ""),
        ComponentResult("session-store", 1, "gateway", 2, 40.0, _measured(22.0, 8_400, "session-store", 12), "within", ""),
        ComponentResult("retrieval", 1, "gateway", 1, 450.0, _measured(640.0, 3_900, "retrieval", 18), "over", ""),
        ComponentResult("re-ranker", 2, "retrieval", 1, 200.0, _measured(160.0, 18, "re-ranker", 24), "too few samples", ""),
        ComponentResult("model", 1, "gateway", 1, 1_650.0, None, "not measured",
                        "the evidence measures `llm`: if that is it, write `stage: llm`"),
    ),
    visits=6,
    budgets=UnionBound(95.0, 2_500.0, 0.3),
    budget=2_400.0,
    budget_name="launch.p95_budget",
    measured=Measured(2_310.0, 214_830, "", Location("evidence/load/peak.jtl", 1, 0, "elapsed")),
    bound=None,
    loops=("retrieval → re-ranker → retrieval",),
)  # fmt: skip
WHOLE = LatencyResult(
    entry="gateway",
    components=(
        ComponentResult("gateway", 0, "", 1, 120.0, _measured(96.0, None, "gateway", 6), "within", ""),
        ComponentResult("model", 1, "gateway", 1, 1_650.0, _measured(1_540.0, 4_200, "model", 12), "within", ""),
    ),
    visits=2,
    budgets=UnionBound(95.0, 1_770.0, 0.1),
    budget=None,
    budget_name="",
    measured=None,
    bound=UnionBound(99.0, 2_140.5, 0.02),
    loops=(),
)
