"""What people decided about items: `decisions.yaml`. Never changes an outcome or the score."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from readiness.model.base import Day, Expect, Model, Text, fail
from readiness.model.checklist import Change

Kind = Literal["deferred", "waived", "not-applicable", "sign-off"]
MAX_DAYS = 90


class Revisit(Model):
    """What makes a decision due for a second look before it expires."""

    date: Day | None = None
    locale: Text | None = None
    change: Change | None = None


class Decision(Model):
    """One record. It ends on the day `expires`, at the end of that day, UTC."""

    item: Text
    kind: Kind
    reason: Text
    harm_if_wrong: Text
    mitigation: Text
    approver: Text
    approved: Day
    expires: Day
    void_if: Expect | None = None
    revisit_when: Revisit | None = None
    ticket: Text | None = None

    @model_validator(mode="after")
    def _dates(self) -> Decision:
        days = (self.expires - self.approved).days
        if days < 0:
            raise fail("the decision expires before it was approved")
        if days > MAX_DAYS:
            raise fail(
                f"the decision lasts {days} days; at most {MAX_DAYS} are allowed",
                help="set an earlier `expires` and decide again then",
            )
        return self


class Decisions(Model):
    """The records of one launch."""

    schema_: Literal["readiness/decisions@1"] = Field(alias="schema")
    decisions: list[Decision] = []
