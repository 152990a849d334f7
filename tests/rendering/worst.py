"""The longest memo that must fit a page: five blockers, domains and deferrals in long sentences.

Each text is about a fifth longer than the longest of its kind in the worked example.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from .reviews import review

if TYPE_CHECKING:
    from readiness.model.review import DomainResult, ItemResult, Record, Review

TITLE = (
    "Drill the outage of the language model: answers fall back within the time promised to stores",
    "Load test reaches 1.5 times the forecast peak of the first weekend with the deployed prompt",
    "Retrieval answers within its share of the latency budget for the longest tenth of questions",
    "No cached answer crosses from one customer to another, whatever the order of their requests",
    "Prompt eval was run on exactly the prompt, the model version and the settings in production",
)
MESSAGE = "no file matches `evidence/drills/2026/model-backend-outage.json`"
OWNER = "team-conversation-platform"
FALLBACK = "Frequent questions and the order status are served without the model, with a visible notice"
DETECTION = "the breaker opens after 5 errors in 10 s in either zone"
FAILOVER = "on-call moves the traffic to the second region by hand"
LATER = "Second region behind a feature flag, with a contract that names no provider, by spring"
REASON = (
    "The manual switch covers the volume of the first six weeks; the automatic one needs health signals that "
    "the gateway gets next season."
)
HARM = "An outage of the region lasts until a person acts, about 15 minutes."
MITIGATION = "On-call was drilled twice, and the alert links the runbook."


def endless(found: Review) -> Review:
    """The same with sentences that no page could hold."""
    return replace(
        found,
        domains=tuple(replace(d, fallback=" ".join([FALLBACK] * 9), later=" ".join([LATER] * 9)) for d in found.domains),
        records=tuple(replace(r, reason=" ".join([REASON] * 9)) for r in found.records),
    )


@cache
def worst() -> Review:
    """no-go-5 with long texts everywhere that the memo shows one."""
    found = review("no-go-5")
    first = [entry.item for entry in found.ranking[:5]]
    return replace(
        found,
        launch=replace(found.launch, title="Shopping assistant for returns and exchanges", service="shop-assistant-eu",
                       owner=OWNER, version="2026.09.2-rc.4"),
        items=tuple(_item(item, first.index(item.id)) if item.id in first else item for item in found.items),
        domains=tuple(map(_domain, found.domains)),
        records=tuple(map(_record, found.records)),
    )  # fmt: skip


def _item(item: ItemResult, place: int) -> ItemResult:
    def longer(n: int) -> str:
        return MESSAGE if n == 0 else "86 samples are too few for the 99.9th percentile, which needs 3,000 or more"

    requirements = tuple(
        replace(r, findings=tuple(f if f.outcome in ("proven", "failed") else replace(f, message=longer(place))
                                  for f in r.findings))
        for r in item.requirements
    )  # fmt: skip
    return replace(item, title=TITLE[place], owner=OWNER, effort_days=12.25, requirements=requirements)


def _domain(domain: DomainResult) -> DomainResult:
    return replace(
        domain, title=f"{domain.title} for some customers", fallback=FALLBACK, detection=DETECTION,
        failover=FAILOVER, later=LATER, intents=("product advice", "order status", "returns"),
    )  # fmt: skip


def _record(record: Record) -> Record:
    return replace(
        record, reason=REASON, harm_if_wrong=HARM, mitigation=MITIGATION, approver="director-of-engineering",
        ticket="LAUNCH-2048", void_if="abandoned > 8 % on any day",
    )  # fmt: skip
