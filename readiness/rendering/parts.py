"""What a report consists of: records of finished words, made by `view` and placed by formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from readiness.rendering.brand import BrandView
    from readiness.rendering.headroom import Headroom
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


class ItemView(NamedTuple):
    """An item with its rows.

    `note` says what people decided or why it does not apply, `facts` what it weighs, `at` where it
    is written, `past` how long it has been so; `group` counts the items of its kind (open, proven,
    not applicable); `leads` is set for the first five of the ranking, `blocks` for what stops the
    launch; `told` are the rows in short. `rank` is 0 for what is not open, and `until` says by when
    it must be done or until when a record holds it.
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
    at: str
    group: str
    why: str
    fix: str
    run: str
    open: bool
    leads: bool
    blocks: bool
    rows: tuple[Row, ...]
    told: tuple[Row, ...]
    past: str
    rank: int
    until: str


class Area(NamedTuple):
    """How much of an area is proven, in percent, and what the rest is: shapes and their places."""

    name: str
    proven: str
    open: str
    share: str
    rest: tuple[tuple[str, Bar], ...]


class EvidenceRow(NamedTuple):
    """A piece of evidence: its age beside its limit, and its digest."""

    path: str
    reader: str
    made: str
    age: str
    limit: str
    against: str
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
    domains_rest: Section
    deferrals: Section
    deferrals_rest: Section
    loads: Section
    comparisons: Section
    latency: Section
    headroom: Section
    history: Section
    doubts: Section
    evidence: Section
    trouble: Section
    items: Section
    follow_on: Section
    settled: Section


class Also(NamedTuple):
    """A list that only some reviews have: what it is about, the whole in a sentence, its rows."""

    anchor: str
    title: str
    note: str
    rows: tuple[str, ...]


class View(NamedTuple):
    """A whole report in words.

    `top` is how many rows of each list the memo shows; `more`, `domains_more` and `deferrals_more`
    say how many it leaves out, and `undecided_line` names the undecided items. `left_out` says what
    this report does not show of a review; `full` is False for the memo alone. `held` says why
    nothing can be supposed, `compared` what the policy could not be compared with.
    """

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
    top: int
    domains: tuple[Domain, ...]
    domains_more: str
    deferrals: tuple[Deferral, ...]
    deferrals_more: str
    undecided: tuple[tuple[str, str], ...]
    undecided_line: str
    warnings: tuple[str, ...]
    areas: tuple[Area, ...]
    items: tuple[ItemView, ...]
    doubts: tuple[str, ...]
    evidence: tuple[EvidenceRow, ...]
    loads: tuple[LoadView, ...]
    comparisons: tuple[ComparisonView, ...]
    latency: tuple[LatencyView, ...]
    headroom: Headroom | None
    history: HistoryView | None
    brand: BrandView
    footer: str
    full: bool = True
    left_out: str = ""
    held: str = ""
    compared: str = ""
    also: tuple[Also, ...] = ()
