"""The launch: the subject of a review, as its team describes it in `readiness.yaml`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from readiness.model.base import Day, Duration, Expect, Model, Name, Share, Text, Texts
from readiness.model.checklist import Change, MapEntries, Risk


class Candidate(Model):
    """What is to be launched."""

    version: Text
    commit: Text | None = None


def _binding(value: Any) -> Any:
    return {"path": value} if not isinstance(value, dict) else value


class BindingFields(Model):
    """Where a team keeps the evidence that a slot asks for."""

    path: Texts
    reader: Name | None = None
    map: dict[Name, MapEntries] | None = None
    produced: Text | None = None


Binding = Annotated[BindingFields, BeforeValidator(_binding)]


class Component(Model):
    """One component on the request path, with its part of the latency budget."""

    budget: Duration
    timeout: Duration | None = None
    attempts: Annotated[int, Field(ge=1, le=100)] = 1
    backoff: Duration | None = None
    calls: list[Name] = []


class FailureDomain(Model):
    """Something that can break on launch day, and what happens then."""

    title: Text
    likelihood: Risk
    intents: list[Text] = []
    detection: Text | None = None
    fallback: Text | None = None
    failover: Text | None = None
    later: Text | None = None
    drill: Name | None = None


class Contract(Model):
    """The response contract: its schema file and who relies on it."""

    schema_: Text = Field(alias="schema")
    consumers: list[Text] = []


class Stage(Model):
    """One stage of the rollout: share of traffic, how long it holds, what aborts it."""

    share: Share
    hold: Duration
    abort: Annotated[list[Expect], Field(min_length=1)]


class Rollout(Model):
    """How the launch reaches its users, and how it is taken back."""

    stages: Annotated[list[Stage], Field(min_length=1)]
    rollback: Text


class Launch(Model):
    """The launch under review."""

    schema_: Literal["readiness/launch@1"] = Field(alias="schema")
    service: Name
    title: Text
    owner: Text
    owners: dict[Name, Text] = {}
    launch: Day
    candidate: Candidate
    checklists: Annotated[list[Text], Field(min_length=1)]
    parameters: dict[Name, Text] = {}
    changes: list[Change] = []
    locales: list[Text] = []
    components: dict[Name, Component] = {}
    failure_domains: dict[Name, FailureDomain] = {}
    contract: Contract | None = None
    rollout: Rollout | None = None
    evidence: dict[Name, Binding] = {}

    def owner_of(self, item_id: str, area: str) -> str:
        """Return the team that owns an item: by item id, else by area, else the launch's owner."""
        return self.owners.get(item_id) or self.owners.get(area) or self.owner
