"""Failure domains: what can break on launch day, what users get then, and what takes over."""

from __future__ import annotations

from typing import Literal

from readiness.model.base import Duration, Model, Name, Text
from readiness.model.checklist import Risk

Fate = Literal["region", "provider", "quota", "key", "index"]
Watched = Literal["errors", "latency", "completion"]
EVERY_INTENT = "all"  # stands for the intents that a failure domain does not name


class Answer(Model):
    """What users get for one intent while a failure domain is broken.

    Attributes:
        answer: how it is made: a cached page, a search, a second model.
        notice: the words the user sees with it.
        uses: components that make it.
    """

    answer: Text
    notice: Text | None = None
    uses: list[Name] = []


class Takeover(Model):
    """How the answers of a failure domain begin, and how soon.

    Attributes:
        how: `automatic`, behind a `flag`, or by hand.
        breaker: component whose breaker starts it.
        flag: the flag that starts it.
        owner: who may set the flag, or does it by hand.
        reason: why it is not automatic.
        act: time that a person needs, from the alert to the last step.
        ttl: lifetime of the DNS or cache entries that still lead to what is broken.
        scrape: time between two looks of what raises the alert.
    """

    how: Literal["automatic", "flag", "manual"]
    breaker: Name | None = None
    flag: Text | None = None
    owner: Text | None = None
    reason: Text | None = None
    act: Duration | None = None
    ttl: Duration | None = None
    scrape: Duration | None = None


class FailureDomain(Model):
    """Something that can break on launch day, and what happens then.

    Attributes:
        title: what breaks.
        likelihood: how likely that is on launch day.
        breaks: components that do not answer then.
        intents: what users want that is affected.
        detection: how it is noticed.
        alerts: the alert that watches each of errors, latency and completion.
        fallback: what users get meanwhile.
        answers: the same for each intent; `all` stands for those that are not named.
        failover: what takes over.
        takeover: how that begins, and how soon.
        later: when and how a missing failover follows.
        drill: slot with the journal of its drill.
    """

    title: Text
    likelihood: Risk
    breaks: list[Name] = []
    intents: list[Text] = []
    detection: Text | None = None
    alerts: dict[Watched, Text] = {}
    fallback: Text | None = None
    answers: dict[Text, Answer] = {}
    failover: Text | None = None
    takeover: Takeover | None = None
    later: Text | None = None
    drill: Name | None = None
