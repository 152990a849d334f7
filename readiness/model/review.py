"""The review: one frozen object from which every report is made, and the contract of its JSON.

Published as `readiness/review@1`: keys may be added within this version, never changed or gone.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from readiness.errors import Location
from readiness.model.branding import Branding
from readiness.model.decided_result import AcceptedRisk, Hold, SignOffs
from readiness.model.difference import Difference
from readiness.model.evidence_result import EvidenceResult, LedgerResult, Note
from readiness.model.excerpt import Excerpt
from readiness.model.history_result import HistoryResult
from readiness.model.latency_result import LatencyResult
from readiness.model.load_result import ComparisonResult, LoadResult
from readiness.model.policy_result import PolicyResult
from readiness.model.rank import Rank, Study
from readiness.model.record import record

SCHEMA: Literal["readiness/review@1"] = "readiness/review@1"
Outcome = Literal["proven", "failed", "missing", "stale", "invalid", "inconclusive"]
Verdict = Literal["GO", "GO WITH CONDITIONS", "NO-GO"]
RecordStatus = Literal[
    "active", "expired", "not-yet", "void", "self-approved", "revisit", "unauthorised",
    "over-budget", "unmerged",
]  # fmt: skip

CREDIT: dict[str, float] = {
    "proven": 1.0, "stale": 0.5, "inconclusive": 0.25, "failed": 0.0, "missing": 0.0, "invalid": 0.0
}  # fmt: skip


@record
class Finding:
    """One observation about an item.

    Attributes:
        rule: what was asked, as written: an expectation, `fresh 14d`, `needs measured`.
        outcome: what the evidence says about the rule.
        observed: the value found, for people; empty if there is none.
        limit: the limit, for people, references resolved.
        credit: what it leaves of the requirement's credit, 0 to 1.
        message: why the outcome is not `proven`; empty if it is.
        at: where the observed value stands, or where the rule was written.
        help: what to do about it.
        subject: the labels the value belongs to, for example `endpoint /chat`.
        excerpt: the lines of the evidence around `at`, where it is not proven.
    """

    rule: str
    outcome: Outcome
    credit: float
    observed: str
    limit: str
    message: str
    at: Location
    help: str = ""
    subject: str = ""
    excerpt: Excerpt | None = None


@record
class RequirementResult:
    """What became of a requirement; credit is 0 to 1, `how` is what its slot says.

    `notes` are the warnings of an analysis; where it proves them, those about what was asked.
    """

    source: str
    looked_in: tuple[str, ...]
    how: str
    needs: str
    fresh_days: float | None
    evidence: tuple[str, ...]
    outcome: Outcome
    credit: float
    findings: tuple[Finding, ...]
    at: Location
    notes: tuple[Note, ...] = ()


@record
class Record:
    """A person's decision about an item, and whether it holds on the review's day."""

    item: str
    kind: Literal["deferred", "waived", "not-applicable", "sign-off"]
    status: RecordStatus
    why_status: str
    reason: str
    harm_if_wrong: str
    mitigation: str
    approver: str
    approved: date
    expires: date
    void_if: str
    ticket: str
    at: Location
    candidate: str = ""


@record
class ItemResult:
    """One item: what was asked, what the evidence says, what people decided.

    `outcome` is None for an item that does not apply; `skipped` says why. `harm_weight` and
    `risk_weight` are the numbers behind the words; effort is in working days. `unprepared` is how
    many of detect, degrade and recover its failure domain says nothing about: 0 to 3.
    """

    id: str
    title: str
    area: str
    gate: Literal["blocker", "deferrable"]
    harm: str
    risk: str
    harm_weight: int
    risk_weight: int
    effort_days: float
    owner: str
    checklist: str
    domain: str
    skipped: str
    outcome: Outcome | None
    credit: float
    has_evidence: bool
    gap: float
    requirements: tuple[RequirementResult, ...]
    disposition: Record | None
    why: str
    fix: str
    run: str
    at: Location
    unprepared: int = 0

    @property
    def weight(self) -> int:
        """Harm times risk: the item's share in the readiness score."""
        return self.harm_weight * self.risk_weight

    @property
    def open(self) -> bool:
        """Whether it applies and is not proven."""
        return self.outcome is not None and self.outcome != "proven"

    @property
    def holds(self) -> bool:
        """Whether it is proven, or people validly accepted that it is not."""
        kinds = ("waived", "not-applicable", *(("deferred",) if self.gate != "blocker" else ()))
        return not self.open or (self.disposition is not None and self.disposition.kind in kinds)

    @property
    def waits(self) -> bool:
        """Whether the launch waits for it: a blocker that nothing holds."""
        return self.gate == "blocker" and not self.holds


@record
class Score:
    """Readiness from 0 to 100 (rounded down), and the share of weight with any evidence.

    `held_by` names the open blockers, after what else holds the launch (see `Hold.by`).
    """

    readiness: int
    exact: float
    coverage: float
    current: float
    held_by: tuple[str, ...]


@record
class Step:
    """One item of the path to GO, and the working day it can be done by."""

    item: str
    owner: str
    effort_days: float
    done_by: date


@record
class PathToGo:
    """The least-effort set of open blockers that turns the decision, and the proof that it does.

    `becomes` is the decision with the steps proven, `without` the one with a step left out.
    """

    steps: tuple[Step, ...]
    effort_days: float
    earliest: date | None
    becomes: Verdict
    without: dict[str, Verdict]


@record
class DomainResult:
    """A failure domain of the launch, and what the drill that was named for it showed."""

    id: str
    title: str
    likelihood: str
    intents: tuple[str, ...]
    detection: str
    fallback: str
    failover: str
    later: str
    drill: str
    drill_outcome: Outcome | None
    drill_items: tuple[str, ...]


@record
class ChecklistResult:
    """A checklist that took part."""

    id: str
    version: str
    title: str
    path: str
    sha256: str


@record
class LaunchResult:
    """The launch, as far as reports name it.

    `reading` is a digest of how its evidence is read and of what it states for analyses: reviews
    in which it differs do not compare.
    """

    service: str
    title: str
    owner: str
    launch_date: date
    version: str
    commit: str
    path: str
    changes: tuple[str, ...]
    locales: tuple[str, ...]
    parameters: dict[str, str]
    reading: str = ""


@record
class Review:
    """The whole result. The same inputs and the same `as_of` give the same bytes."""

    schema: Literal["readiness/review@1"]
    tool: str
    as_of: date
    launch: LaunchResult
    decision: Verdict
    complete: bool
    score: Score
    items: tuple[ItemResult, ...]
    ranking: tuple[Rank, ...]
    study: Study
    path_to_go: PathToGo
    records: tuple[Record, ...]
    evidence: tuple[EvidenceResult, ...]
    domains: tuple[DomainResult, ...]
    checklists: tuple[ChecklistResult, ...]
    loads: tuple[LoadResult, ...] = ()
    comparisons: tuple[ComparisonResult, ...] = ()
    latency: tuple[LatencyResult, ...] = ()
    history: HistoryResult | None = None
    holds: tuple[Hold, ...] = ()
    sign_offs: SignOffs | None = None
    accepted: AcceptedRisk | None = None
    policy: PolicyResult | None = None
    baseline: Difference | None = None
    branding: Branding | None = None
    ledger: LedgerResult | None = None
