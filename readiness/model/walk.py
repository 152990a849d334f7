"""What `readiness coach` shows: a launch as a reviewer walks through it, `readiness/walk@1`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, NamedTuple

from readiness.errors import Location
from readiness.model.record import record
from readiness.model.review import Outcome, Step, Verdict

SCHEMA: Literal["readiness/walk@1"] = "readiness/walk@1"
Answer = Literal["met", "not met", "accepted", "not applicable"]


class Glossary(NamedTuple):
    """What readers and analyses say of themselves.

    `meanings` is by source of a requirement and metric; `mapped` are readers that need a map.
    """

    meanings: Mapping[tuple[str, str], str] = {}
    mapped: frozenset[str] = frozenset()


@record
class Paste:
    """Lines for a section of readiness.yaml, indented as they stand below its key."""

    section: Literal["evidence", "parameters", "failure_domains"]
    name: str
    lines: tuple[str, ...]


@record
class Question:
    """One thing that the evidence is asked, in words, with what it says; None for no answer."""

    text: str
    rule: str
    outcome: Outcome | None
    observed: str
    limit: str
    subject: str
    message: str
    help: str
    at: Location | None


@record
class FoundFile:
    """A piece of evidence that was found: what read it, and how old it is."""

    path: str
    reader: str
    produced: datetime | None
    age_days: float | None


@record
class Asked:
    """One requirement: where the evidence is asked for, what was found, and each question.

    Attributes:
        source: `slot NAME`, `path PATTERN` or `analysis NAME`.
        what: what kind of evidence that is, as a noun.
        needs: how strong it must be.
        fresh_days: how old it may be; None for any age.
        bound: whether the launch says where it lies; analyses need no place.
        looked_in: the patterns that were looked for.
        found: what was found there.
        questions: each expectation, then strength and age.
        remarks: what is wrong with the evidence as a whole.
        how: how to make such a file.
        bind: how to bind it; None where nothing is to be bound.
    """

    source: str
    what: str
    needs: str
    fresh_days: float | None
    bound: bool
    looked_in: tuple[str, ...]
    found: tuple[FoundFile, ...]
    questions: tuple[Question, ...]
    remarks: tuple[Question, ...]
    how: str
    bind: Paste | None


@record
class Stop:
    """One item of the walk: its question, what was asked, the answer, and what to do.

    `settle` are the parameters and the failure domain it needs and the launch does not have; `rank`
    is 0 for what is not open; `decided` says what people decided, or why it does not apply.
    """

    number: int
    id: str
    question: str
    title: str
    why: str
    area: str
    domain: str
    gate: Literal["blocker", "deferrable"]
    owner: str
    checklist: str
    outcome: Outcome | None
    answer: Answer
    decided: str
    rank: int
    effort_days: float
    due: str
    asked: tuple[Asked, ...]
    settle: tuple[Paste, ...]
    fix: str
    run: str


@record
class Topic:
    """A point of the agenda: a failure domain or an area, with its stops by priority."""

    id: str
    kind: Literal["failure domain", "area"]
    title: str
    told: tuple[str, ...]
    met: int
    open: int
    stops: tuple[Stop, ...]


@record
class Walk:
    """The whole walk.

    Attributes:
        left_out: how many items were not asked to be walked through.
        unbound: slots that are asked for and not bound.
        unset: parameters that limits need and that are not set.
        path: the steps to a decision other than NO-GO; `becomes` is that decision.
        next: what to do first; empty where nothing is open.
        gate: the exit code `readiness check` has now; None while it refuses the launch.
    """

    schema: Literal["readiness/walk@1"]
    tool: str
    as_of: date
    service: str
    title: str
    launch_date: date
    decision: Verdict
    complete: bool
    sentence: str
    topics: tuple[Topic, ...]
    left_out: int
    unbound: tuple[str, ...]
    unset: tuple[str, ...]
    path: tuple[Step, ...]
    becomes: Verdict
    next: str
    gate: int | None
