"""What `readiness rank` shows: the contract `readiness/ranking@1`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from readiness.model.rank import Duel, Study, Weights
from readiness.model.record import record
from readiness.model.review import Outcome, Verdict

SCHEMA: Literal["readiness/ranking@1"] = "readiness/ranking@1"


@record
class Standing:
    """What a review comes to: decision, readiness, and the path to a decision other than NO-GO.

    `effort_days` is the working time of the path, `earliest` the day it can be done (None where
    nothing blocks), `becomes` the decision then.
    """

    decision: Verdict
    readiness: int
    exact: float
    open_blockers: int
    effort_days: float
    earliest: date | None
    becomes: Verdict


@record
class Slot:
    """Whether an item fits into the working days that were asked about.

    Owners work side by side, each by rank on one item after the other; an item that is too long is
    passed over. `free_days` is what its owner has left when it is its turn.
    """

    fits: bool
    done_by: date | None
    free_days: float


@record
class Place:
    """An open item in its order.

    `was` is its place in the review, None if it was not open. `waits` tells whether the launch
    waits for it. `best` to `firmness` are of the study of the supposed items, whatever the weights.
    `due` is its step on the path to GO, else the end of what was decided about it, else the launch.
    `after` is the item beside the next one of its class.
    """

    rank: int
    was: int | None
    item: str
    title: str
    gate: Literal["blocker", "deferrable"]
    waits: bool
    outcome: Outcome
    decided: str
    harm: str
    harm_weight: int
    risk: str
    risk_weight: int
    gap: float
    priority: float
    best: int
    worst: int
    top_five: float
    firmness: Literal["firm", "contested"]
    owner: str
    effort_days: float
    due: date
    after: Duel | None
    slot: Slot | None


@record
class Window:
    """What can be done in some working days: until when, the effort, and what it comes to."""

    days: float
    until: date
    effort_days: float
    result: Standing


@record
class Closed:
    """An item that was open in the review and is not under the supposition."""

    item: str
    was: int


@record
class Ranking:
    """The order of what is open. `supposed` is None where nothing was supposed.

    `count` is the number of open items, `moved` how many of them have another place than in the
    review, `opened` those that were not open there. `places` are the first that were asked for;
    within a `window` those are the ones that fit, with all that do not.
    """

    schema: Literal["readiness/ranking@1"]
    tool: str
    as_of: date
    service: str
    title: str
    launch_date: date
    weights: Weights
    outcomes: dict[str, Outcome]
    waived: tuple[str, ...]
    study: Study
    reviewed: Standing
    supposed: Standing | None
    closed: tuple[Closed, ...]
    opened: tuple[str, ...]
    moved: int
    count: int
    places: tuple[Place, ...]
    window: Window | None
