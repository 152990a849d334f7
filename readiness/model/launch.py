"""The launch: the subject of a review, as its team describes it in `readiness.yaml`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from readiness.model.approvers import Approver
from readiness.model.base import Day, Duration, Expect, Model, Name, Share, Text, Texts, fail
from readiness.model.checklist import Change, MapEntries
from readiness.model.failure import FailureDomain, Fate

_ROUNDING = 0.005


class Candidate(Model):
    """What is to be launched.

    Attributes:
        version: version of the release candidate.
        commit: git commit it was built from, or `HEAD`.
    """

    version: Text
    commit: Text | None = None


def _binding(value: Any) -> Any:
    return {"path": value} if not isinstance(value, dict) else value


class BindingFields(Model):
    """Where a team keeps the evidence that a slot asks for.

    Attributes:
        path: file or glob, or a list of them, relative to the folder of readiness.yaml.
        reader: which of the readers of the slot reads it, where several could.
        map: metric name to where its value stands, for the readers csv, json and yaml.
        produced: where the file says when it was made: a JSON pointer or a column.
        previous: the load test of the candidate before this one, to compare with.
    """

    path: Texts
    reader: Name | None = None
    map: dict[Name, MapEntries] | None = None
    produced: Text | None = None
    previous: Text | None = None


Binding = Annotated[BindingFields, BeforeValidator(_binding)]


class Component(Model):
    """One component on the request path, with its part of the latency budget.

    Attributes:
        budget: share of the latency budget: its own time at the 95th percentile.
        timeout: time after which one attempt is given up.
        attempts: tries for one request, the first one included.
        backoff: pause between two attempts.
        calls: components that it calls.
        stage: the name under which the evidence measures it, where that is another one.
        fate: what it stands and falls with: its region, provider, quota, key and index.
    """

    budget: Duration
    timeout: Duration | None = None
    attempts: Annotated[int, Field(ge=1, le=100)] = 1
    backoff: Duration | None = None
    calls: list[Name] = []
    stage: Text | None = None
    fate: dict[Fate, Text] = {}


class Cache(Model):
    """What the answers that a cache may keep depend on.

    Attributes:
        depends_on: what changes an answer: `prompt`, `model`, `locale`, `tenant`, `tools`, …
        personal: intents whose answers are about one user and must not be kept.
    """

    depends_on: Annotated[list[Name], Field(min_length=1)]
    personal: list[Text] = []


class Contract(Model):
    """The response contract: its schema file and who relies on it.

    Attributes:
        schema: path of the JSON schema of the response.
        previous: path of the schema of the version in service, to compare with.
        consumers: who relies on it.
    """

    schema_: Text = Field(alias="schema")
    previous: Text | None = None
    consumers: list[Text] = []


class Stage(Model):
    """One stage of the rollout: share of traffic, how long it holds, what aborts it.

    Attributes:
        share: share of the traffic.
        hold: time before the next stage.
        abort: expectations that stop the rollout as soon as one holds.
    """

    share: Share
    hold: Duration
    abort: Annotated[list[Expect], Field(min_length=1)]


class Rollout(Model):
    """How the launch reaches its users, and how it is taken back.

    Attributes:
        stages: the stages, first to last.
        rollback: runbook or command that takes the launch back.
    """

    stages: Annotated[list[Stage], Field(min_length=1)]
    rollback: Text


class Report(Model):
    """How the report of the launch looks.

    Attributes:
        title: stands above the name of the launch.
        logo: SVG or PNG file, at most 32 kB, relative to the folder of readiness.yaml.
        accent: colour of links and bars, such as '#0b57a8'; its contrast is at least 4.5:1.
        accent_dark: the same on a dark page; a lighter `accent` where it is left out.
    """

    title: Annotated[Text, Field(max_length=80)] | None = None
    logo: Text | None = None
    accent: Text | None = None
    accent_dark: Text | None = None


class Launch(Model):
    """The launch under review.

    Attributes:
        schema: format of this file.
        service: name of the service.
        title: name of the launch for people.
        owner: team that owns the launch.
        owners: item id or area to the team that owns it, where it is another one.
        launch: day of the launch.
        candidate: what is to be launched.
        checklists: shipped checklists by name, own ones by path (with a `/`).
        parameters: values that expectations refer to as `launch.NAME`.
        changes: what this launch changes: items that ask for it apply.
        locales: locales that the launch serves.
        intents: what users want, each with its share of the questions.
        components: components on the path of a request, by name.
        failure_domains: what can break on launch day, by name.
        cache: what cached answers depend on.
        contract: the response contract.
        rollout: the stages of the rollout.
        evidence: slot name to the files of this team.
        approvers: who may accept which risks, by name; anyone but an item's owner if left out.
        sign_offs: how many approvers must sign the candidate off before it can launch.
        report: how its report looks.
    """

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
    intents: dict[Text, Share] = {}
    components: dict[Name, Component] = {}
    failure_domains: dict[Name, FailureDomain] = {}
    cache: Cache | None = None
    contract: Contract | None = None
    rollout: Rollout | None = None
    evidence: dict[Name, Binding] = {}
    approvers: dict[Name, Approver] = {}
    sign_offs: Annotated[int, Field(ge=0, le=20)] = 0
    report: Report | None = None

    @model_validator(mode="after")
    def _whole(self) -> Launch:
        total = float(sum(share.value for share in self.intents.values()))
        if self.intents and abs(total - 1) > _ROUNDING:
            raise fail(
                f"the shares of the intents add up to {100 * total:g} %, not to 100 %",
                help="name the rest too, such as `other: 12 %`",
                key="intents",
            )
        return self

    def owner_of(self, item_id: str, area: str) -> str:
        """Return the team that owns an item: by item id, else by area, else the launch's owner."""
        return self.owners.get(item_id) or self.owners.get(area) or self.owner
