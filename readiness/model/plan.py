"""What a review is to do: the launch, its items with everything bound, people's decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Diagnostic, Location
from readiness.model.checklist import FactMap, Item, ParameterSpec, Slot
from readiness.model.evidence import FileRecord
from readiness.model.expectation import Expectation
from readiness.model.fact import Strength
from readiness.model.launch import Launch

if TYPE_CHECKING:
    from readiness.model.branding import Branding
    from readiness.model.decisions import Decision


class Place(NamedTuple):
    """A piece of what was written: where it starts, its source line and its width."""

    at: Location
    excerpt: str = ""
    width: int = 1

    def error(self, code: str, message: str, help: str = "") -> Diagnostic:
        """Return a diagnostic that points at this piece."""
        return Diagnostic(code, message, self.at, help, self.excerpt, self.width)


class Check(NamedTuple):
    """An expectation whose limit is known, and where it and its parts were written.

    `places` holds those of `metric`, `label` and `limit`, for what is checked later.
    """

    expectation: Expectation
    limit: str
    at: Location
    places: tuple[tuple[str, Place], ...] = ()

    def place(self, part: str) -> Place:
        """Return where a part (`metric`, `label`, `limit`) stands; else the whole expectation."""
        return dict(self.places).get(part, Place(self.at))


class Mention(NamedTuple):
    """The name of a reader or an analysis, wherever it was written."""

    kind: str
    name: str
    place: Place


class Bound(NamedTuple):
    """An evidence requirement with its files: patterns relative to the launch's folder.

    An analysis has no patterns. `source` is the requirement's source in words; `how` says how to
    produce such a file, as the slot tells it. `invalidated_by` holds globs from the repository's
    root.
    """

    source: str
    patterns: tuple[str, ...]
    readers: tuple[str, ...]
    map: FactMap | None
    analysis: str | None
    needs: Strength
    fresh_ms: float | None
    confident: bool
    checks: tuple[Check, ...]
    at: Location
    how: str = ""
    invalidated_by: tuple[str, ...] = ()


class PlannedItem(NamedTuple):
    """An item of the review: where it was written, whether it applies and why not, its owner."""

    item: Item
    at: Location
    checklist: str
    owner: str
    skipped: str
    requirements: tuple[Bound, ...]


class ChecklistRecord(NamedTuple):
    """A checklist that took part, with the digest of its bytes."""

    id: str
    version: str
    title: str
    path: str
    sha256: str


class PlannedDecision(NamedTuple):
    """A record of decisions.yaml and where it was written, also its `void_if`."""

    decision: Decision
    at: Location
    void: Check | None = None


class Plan(NamedTuple):
    """Everything that was written, checked and bound; evidence is still to be read.

    `slots` and `parameters` are what the checklists declare, by name; `written` are readiness.yaml
    and decisions.yaml, with their digests.
    """

    path: str
    launch: Launch
    items: tuple[PlannedItem, ...]
    checklists: tuple[ChecklistRecord, ...]
    decisions: tuple[PlannedDecision, ...]
    mentions: tuple[Mention, ...] = ()
    branding: Branding | None = None
    slots: dict[str, Slot] = {}
    parameters: dict[str, ParameterSpec] = {}
    written: tuple[FileRecord, ...] = ()
