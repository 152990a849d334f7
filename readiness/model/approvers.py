"""Who may accept which risk, as a team declares it in `readiness.yaml`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from readiness.model.base import Model, Name, Text
from readiness.model.checklist import Harm

EVERY_AREA = "all"
_AREAS = {
    "anyOf": [{"const": EVERY_AREA}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
}


def _areas(value: Any) -> Any:
    return [value] if value == EVERY_AREA else value


Areas = Annotated[list[Name], BeforeValidator(_areas), Field(min_length=1), WithJsonSchema(_AREAS)]


class Approver(Model):
    """Who may accept risks of a launch, and which.

    Attributes:
        role: what they answer for.
        areas: areas whose items they may decide about, or `all`.
        harm: the greatest harm of an item that they may decide about.
        risk_budget: most that they may have accepted at once: the sum of harm × risk.
    """

    role: Text
    areas: Areas
    harm: Harm
    risk_budget: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = None

    def decides_about(self, area: str) -> bool:
        """Whether items of an area are theirs to decide about."""
        return EVERY_AREA in self.areas or area in self.areas
