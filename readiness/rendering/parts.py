"""What a report consists of: records of finished words, made by `view` and placed by formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from readiness.rendering.brand import BrandView
    from readiness.rendering.history import HistoryView
    from readiness.rendering.latency import LatencyView
    from readiness.rendering.loads import ComparisonView, LoadView
    from readiness.rendering.words import State


class Section(NamedTuple):
    """A section's heading, and the sentence below it: what it shows, or that there is nothing."""

    title: str
    note: str


class Figure(NamedTuple):
    """A number with its label and a note."""

    label: str
    value: str
    note: str


class Bar(NamedTuple):
    """A bar in percent of its track: where it starts, how wide it is, and a mark on it."""

    start: str
    width: str
    mark: str


class Improvement(NamedTuple):
    """A ranked open item: what to do, and why it ranks here."""

    rank: int
    id: str
    anchor: str
    title: str
    why: str
    reason: str
    fix: str
    run: str
    gate: str
    state: State
    owner: str
    effort: str
    due: str
    factors: str
    priority: str
    span: str
    place: str
    bar: Bar


class Domain(NamedTuple):
    """A failure domain: what happens at once, what proves it, what comes later."""

    id: str
    title: str
    scope: str
    detection: str
    fallback: str
    failover: str
    proof: str
    state: State
    later: str


class Deferral(NamedTuple):
    """What people decided about an item, and whether it holds today."""

    item: str
    anchor: str
    title: str
    kind: str
    reason: str
    harm: str
    mitigation: str
    approver: str
    approved: str
    expires: str
    voided_by: str
    ticket: str
    state: State
    status: str


class Line(NamedTuple):
    """A line of an evidence file, with its number; `here` if the finding stands in it."""

    number: str
    text: str
    here: bool


class Row(NamedTuple):
    """A rule with what was observed beside its limit, and where."""

    rule: str
    state: State
    observed: str
    limit: str
    subject: str
    message: str
    at: str
    help: str
    excerpt: tuple[Line, ...] = ()


class Group(NamedTuple):
    """Rows one after the other that share a state; `at` is short where the file is the last one."""

    state: State
    rows: tuple[Row, ...]


class ItemView(NamedTuple):
    """An item with its rows.

    `note` says what people decided or why it does not apply, `facts` what it weighs and where it is
    written; `blocks` is set for what stops the launch; `past` says how long it has been so.
    """

    id: str
    anchor: str
    title: str
    area: str
    gate: str
    state: State
    owner: str
    effort: str
    due: str
    note: str
    reason: str
    facts: str
    why: str
    fix: str
    run: str
    open: bool
    blocks: bool
    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    past: str = ""


class Area(NamedTuple):
    """How much of an area is proven."""

    name: str
    proven: str
    open: str
    bar: Bar


class EvidenceRow(NamedTuple):
    """A piece of evidence: its age beside its limit, and its digest."""

    path: str
    reader: str
    made: str
    age: str
    limit: str
    bar: Bar | None
    state: State
    digest: str
    items: str
    notes: tuple[str, ...]


class Sections(NamedTuple):
    """The headings of a report."""

    improvements: Section
    blockers: Section
    domains: Section
    deferrals: Section
    loads: Section
    comparisons: Section
    latency: Section
    history: Section
    evidence: Section
    trouble: Section
    items: Section


class View(NamedTuple):
    """A whole report in words."""

    title: str
    subtitle: str
    decision: State
    sentence: str
    reasons: tuple[str, ...]
    figures: tuple[Figure, ...]
    sections: Sections
    improvements: tuple[Improvement, ...]
    more: str
    first: str
    domains: tuple[Domain, ...]
    deferrals: tuple[Deferral, ...]
    undecided: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    areas: tuple[Area, ...]
    items: tuple[ItemView, ...]
    evidence: tuple[EvidenceRow, ...]
    loads: tuple[LoadView, ...]
    comparisons: tuple[ComparisonView, ...]
    latency: tuple[LatencyView, ...]
    history: HistoryView | None
    brand: BrandView
    footer: str
