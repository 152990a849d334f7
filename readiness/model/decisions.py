"""What people decided about items: `decisions.yaml`. Never changes an outcome or the score."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from readiness.model.base import Day, Expect, Model, Share, Text, fail
from readiness.model.checklist import Change
from readiness.model.decided_result import LAUNCH

Kind = Literal["deferred", "waived", "not-applicable", "sign-off"]
MAX_DAYS = 90


class Revisit(Model):
    """What makes a decision due for a second look before it expires.

    Attributes:
        date: from this day on.
        locale: when the launch serves this locale.
        change: when the launch changes this.
        share: when its rollout reaches this share of the traffic.
    """

    date: Day | None = None
    locale: Text | None = None
    change: Change | None = None
    share: Share | None = None


class Decision(Model):
    """One record. It ends on the day `expires`, at the end of that day, UTC.

    Attributes:
        item: id of the item; `launch` for a sign-off of the whole launch.
        kind: what was decided; a blocker can be waived and not deferred.
        reason: why.
        harm_if_wrong: what users suffer if the decision was wrong.
        mitigation: what is done meanwhile.
        approver: who decided; not the owner of the item.
        approved: day of the decision.
        expires: last day it holds, at most 90 days later.
        void_if: expectation that ends it as soon as it holds.
        revisit_when: what makes it due for a second look.
        ticket: where the work is tracked.
        candidate: version of the release candidate that it is about; it counts for no other.
    """

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
    candidate: Text | None = None

    @model_validator(mode="after")
    def _whole(self) -> Decision:
        if self.item == LAUNCH and self.kind == "sign-off" and self.candidate is None:
            raise fail(
                "a sign-off of the launch does not say which candidate was signed off",
                help="add `candidate: VERSION`, as it stands in readiness.yaml",
            )
        return self

    @model_validator(mode="after")
    def _dates(self) -> Decision:
        days = (self.expires - self.approved).days
        if days < 0:
            raise fail("the decision expires before it was approved", key="expires")
        if days > MAX_DAYS:
            raise fail(
                f"the decision lasts {days} days; at most {MAX_DAYS} are allowed",
                help="set an earlier `expires` and decide again then",
                key="expires",
            )
        return self


class Decisions(Model):
    """The records of one launch.

    Attributes:
        schema: format of this file.
        decisions: the records.
    """

    schema_: Literal["readiness/decisions@1"] = Field(alias="schema")
    decisions: list[Decision] = []
