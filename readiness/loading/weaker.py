"""Whether a launch states less than before, or allows itself more: what a reviewer would ask about.

A statement that only differs is listed as changed. One loosens if something is gone from it, if a
time, an attempt or another quantity has grown, or if a component stands and falls with something
else than before.
"""

from __future__ import annotations

from pydantic import BaseModel

from readiness.model.quantity import Quantity

_IDENTITY = ("fate", "abort", "hold", "schema_", "previous", "breaker")


def weaker(before: object, after: object, name: str = "") -> bool:
    """Whether `after` says less than `before`, or allows more; `name` is the key of both."""
    if before in (None, "", [], {}) or before == after:
        return False
    if after in (None, "", [], {}):
        return True
    if isinstance(before, BaseModel) and isinstance(after, BaseModel):
        fields = type(before).model_fields
        return any(weaker(getattr(before, f), getattr(after, f, None), f) for f in fields)
    if isinstance(before, dict) and isinstance(after, dict):
        inner = name if name in _IDENTITY else ""
        return any(
            key not in after or weaker(was, after[key], inner) for key, was in before.items()
        )
    if isinstance(before, list) and isinstance(after, list):
        return any(one not in after for one in before)
    if isinstance(before, Quantity) and isinstance(after, Quantity):
        grown = before.dimension != after.dimension or after.value > before.value
        return name in _IDENTITY or (grown and name != "")
    if isinstance(before, int) and isinstance(after, int):
        return after > before
    return name in _IDENTITY
