"""Items put together by hand."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from readiness.errors import Location
from readiness.model.checklist import HARM, RISK
from readiness.model.review import CREDIT, ItemResult, Outcome, Record

DAY = date(2026, 11, 23)  # a Monday
AT = Location("list.yaml", 1, 1)


def item(item_id: str, outcome: Outcome | None = "proven", gate: Literal["blocker", "deferrable"] = "blocker", *,
         harm: str = "moderate", risk: str = "possible", disposition: Record | None = None,
         **changes: Any) -> ItemResult:  # fmt: skip
    credit = CREDIT[outcome] if outcome else 0.0
    fields: dict[str, Any] = {
        "id": item_id, "title": item_id, "area": "load", "gate": gate, "harm": harm, "risk": risk,
        "harm_weight": HARM[harm], "risk_weight": RISK[risk], "effort_days": 1.0, "owner": "team",
        "checklist": "list", "domain": "", "skipped": "" if outcome else "not now", "outcome": outcome,
        "credit": credit, "has_evidence": outcome not in (None, "missing"), "gap": 1 - credit,
        "requirements": (), "disposition": disposition, "why": "", "fix": "", "run": "", "at": AT,
    }  # fmt: skip
    return ItemResult(**{**fields, **changes})


def record(kind: Literal["deferred", "waived", "not-applicable", "sign-off"] = "waived") -> Record:
    return Record("X", kind, "active", "", "r", "h", "m", "head", DAY, DAY, "", "", AT)
