"""Every word, number and order of a report, decided once; templates only place them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.text import and_list, plural
from readiness.rendering import also, history, optional, sections, words
from readiness.rendering.brand import brand_view
from readiness.rendering.doubts import doubted, doubts
from readiness.rendering.items import TOP, due, items
from readiness.rendering.parts import Bar, Figure, Improvement, View
from readiness.rendering.words import STATES

if TYPE_CHECKING:
    from readiness.model.decided_result import Hold
    from readiness.model.evidence_result import ForgottenResult
    from readiness.model.rank import Rank
    from readiness.model.review import ItemResult, Review

REASONS = 3
WARNINGS = 8
_TITLE = 60
_DIGITS = 12


def build(review: Review) -> View:
    """Put a review into words."""
    by_id = {item.id: item for item in review.items}
    ranked = [(rank, by_id[rank.item]) for rank in review.ranking]
    launch = review.launch
    undecided = tuple(
        (item.id, item.title)
        for _, item in ranked
        if item.gate == "deferrable" and item.disposition is None
    )
    return View(
        title=f"{launch.title} {launch.version}".strip(),
        subtitle=f"{launch.service} · {launch.owner} · launch {words.day(launch.launch_date)} "
        f"({words.away(launch.launch_date, review.as_of)}) · reviewed {words.day(review.as_of)}",
        decision=words.DECISIONS[review.decision],
        sentence=words.headline(review),
        reasons=_reasons(review, ranked),
        figures=_figures(review),
        sections=sections.headings(review, TOP),
        improvements=tuple(_improvement(rank, item, review) for rank, item in ranked[:TOP]),
        more=_left_out(len(ranked) - TOP, "open item", ", in this order"),
        first="Top blocker" if review.decision == "NO-GO" else "First",
        top=TOP,
        domains=tuple(sections.domain(domain) for domain in review.domains),
        domains_more=_left_out(len(review.domains) - TOP, "failure domain"),
        deferrals=tuple(sections.deferral(record, by_id) for record in review.records),
        deferrals_more=_left_out(len(review.records) - TOP, "decision"),
        undecided=undecided,
        undecided_line=_undecided_line(undecided),
        warnings=_warnings(review),
        areas=sections.areas(review),
        items=items(review),
        doubts=doubts(review),
        evidence=tuple(sections.evidence_row(evidence) for evidence in review.evidence),
        loads=optional.loads(review),
        comparisons=optional.comparisons(review),
        latency=optional.latency(review),
        headroom=optional.headroom(review),
        history=history.history_view(review),
        brand=brand_view(review.branding),
        footer=_footer(review),
        held=_held(review),
        compared=review.policy.note if review.policy else "",
        also=also.parts(review),
    )


def _held(review: Review) -> str:
    """Say why the page supposes nothing: no outcome of an item turns this decision."""
    by = and_list(words.HOLDS[hold.by] for hold in review.holds)
    return f"No supposition about items turns the decision: it is held by {by}." if by else ""


def _left_out(count: int, what: str, how: str = "") -> str:
    """Say how many rows the memo leaves out; true on a screen, on paper and in the memo alone."""
    return f"{plural(count, f'more {what}')} in the full report{how}." if count > 0 else ""


def _undecided_line(undecided: tuple[tuple[str, str], ...]) -> str:
    """Name the first undecided items, and count the others."""
    if not undecided:
        return ""
    first = undecided[:TOP]
    named = "; ".join(f"{item} {words.cut(words.folded(title), _TITLE)}" for item, title in first)
    left = len(undecided) - TOP
    more = f"; and {left:,} more" if left > 0 else ""
    return f"Undecided, neither proven nor deferred: {named}{more}."


def _reasons(review: Review, ranked: list[tuple[Rank, ItemResult]]) -> tuple[str, ...]:
    """Name what decides: the first open blockers, what was accepted, or what carries a GO."""
    if review.decision == "GO":
        return _reasons_to_go(review)
    if review.decision == "NO-GO":
        chosen = [item for _, item in ranked if item.gate == "blocker" and not item.holds]
    else:
        chosen = [item for _, item in ranked]
    found = [*map(_hold, review.holds), *map(_sentence, chosen[:REASONS])]
    return tuple(found[:REASONS])


def _hold(hold: Hold) -> str:
    help_ = f" ({hold.help})" if hold.help else ""
    return f"Held by {words.HOLDS[hold.by]}: {hold.message}{help_}."


def _sentence(item: ItemResult) -> str:
    title = words.folded(item.title).rstrip(".")
    held = words.held(item.disposition)
    held = held[:1].lower() + held[1:]
    if not held and item.gate == "deferrable":
        held = "nobody has decided about it"
    return f"{item.id} {title}: {words.reason(item)}{f'; {held}' if held else ''}."


def _reasons_to_go(review: Review) -> tuple[str, ...]:
    applying = [item for item in review.items if item.outcome is not None]
    blockers, _ = words.blockers(review)
    skipped = len(review.items) - len(applying)
    verb = "does" if skipped == 1 else "do"
    also = f"; {plural(skipped, 'item')} {verb} not apply" if skipped else ""
    rest = plural(len(applying) - len(blockers), "deferrable item")
    aged = [e for e in review.evidence if e.age_days is not None and e.limit_days]
    oldest = max(aged, key=lambda e: (e.age_days or 0) / (e.limit_days or 1), default=None)
    age = (
        (
            f"; {oldest.path} is the nearest to its limit, {int(oldest.age_days or 0)} d of "
            f"{oldest.limit_days:g} d"
        )
        if oldest
        else ""
    )
    drilled = sum(domain.drill_outcome == "proven" for domain in review.domains)
    doubted_ = f", {doubted(review)} with warnings" if doubted(review) else ""
    return (
        f"All {plural(len(blockers), 'blocker')} and all {rest} are proven{also}.",
        f"{plural(len(review.evidence), 'piece')} of evidence read{doubted_}{age}.",
        f"{drilled} of {plural(len(review.domains), 'failure domain')} proven by a drill.",
    )


def _figures(review: Review) -> tuple[Figure, ...]:
    score = review.score
    applying, still_open = words.blockers(review)
    held = f"held by {', '.join(score.held_by[:REASONS])}" if score.held_by else "nothing holds it"
    more = len(score.held_by) - REASONS
    before = history.was(review)
    return (
        Figure("Open blockers", str(len(still_open)), f"of {len(applying)}"),
        Figure(
            "Readiness",
            f"{score.readiness} of 100",
            held + (f" and {more} more" if more > 0 else "") + (f"; {before}" if before else ""),
        ),
        _earliest(review),
        Figure(
            "Evidence current",
            words.percent(score.current),
            f"of the weight; {words.percent(score.coverage)} has any"
            + (f"; {plural(doubted(review), 'piece')} with warnings" if doubted(review) else ""),
        ),
    )


def _earliest(review: Review) -> Figure:
    path = review.path_to_go
    if review.holds:
        held = and_list(words.HOLDS[hold.by] for hold in review.holds)
        return Figure("Earliest GO", "not known", f"held by {held}")
    conditions = path.becomes == "GO WITH CONDITIONS"
    if path.earliest is None:
        return Figure("Earliest GO", "now", "on conditions" if conditions else "nothing blocks")
    spare = (review.launch.launch_date - path.earliest).days
    note = f"{plural(abs(spare), 'day')} {'spare' if spare > 0 else 'late'}"
    note = (note if spare else "on launch day") + (", with conditions" if conditions else "")
    return Figure("Earliest GO", words.day(path.earliest), note)


def _improvement(rank: Rank, item: ItemResult, review: Review) -> Improvement:
    return Improvement(
        rank=rank.rank,
        id=item.id,
        anchor=words.anchor(item.id),
        title=item.title,
        why=words.standing(item, rank, review),
        reason=words.reason(item),
        fix=item.fix,
        run=item.run,
        gate=item.gate.capitalize(),
        state=STATES[item.outcome],
        owner=item.owner,
        effort=words.days(item.effort_days),
        due=due(item, review),
        factors=words.factors(item),
        priority=words.number(rank.priority),
        span=words.span(rank),
        place=rank.place,
        bar=_range(rank, max(r.worst for r in review.ranking)),
    )


def _range(rank: Rank, last: int) -> Bar:
    """Place a rank range on a track from the first place to the last that any item can take."""
    step = 92 / max(last - 1, 1)
    start, end, mark = (4 + step * (place - 1) for place in (rank.best, rank.worst, rank.rank))
    return Bar(f"{start:.3g}", f"{end - start:.3g}", f"{mark:.3g}")


def _warnings(review: Review) -> tuple[str, ...]:
    """What a reader must know before trusting the rest."""
    found = []
    if not review.complete:
        faults = ", ".join(evidence.path for evidence in review.evidence if evidence.fault)
        found.append(f"The review is incomplete: {faults or 'an analysis'} could not be read.")
    if not any(item.has_evidence for item in review.items):
        found.append("Nothing has been measured yet: no item has any evidence.")
    void = [record for record in review.records if record.status not in ("active", "revisit")]
    found += [f"{r.item}: the record of {r.approver} does not count: {r.why_status}." for r in void]
    late = [record for record in review.records if record.status == "revisit"]
    found += [f"{r.item}: the record of {r.approver} is {r.why_status}." for r in late]
    found += _forgotten(review)
    if len(found) > WARNINGS:
        left = len(found) - WARNINGS
        found = [*found[:WARNINGS], f"{left} more records need a look: see what was deferred."]
    return tuple(found)


def _forgotten(review: Review) -> list[str]:
    """Say what was recorded once and given up since, the last few: nobody can do that unseen."""
    entries = review.ledger.forgotten if review.ledger else ()
    left = len(entries) - REASONS
    more = [f"{plural(left, 'more record')} of evidence given up: see readiness.lock."]
    return [
        *(more if left > 0 else ()),
        *(_given_up(entry) for entry in entries[-REASONS:]),
    ]


def _given_up(entry: ForgottenResult) -> str:
    what = f"{entry.path} ({entry.sha256[:_DIGITS]}) was recorded, and given up on"
    return f"{what} {words.day(entry.on)}: {words.folded(entry.reason)}"


def _held_to(review: Review) -> str:
    """Say to which ledger the evidence was held."""
    ledger = review.ledger
    if ledger is None:
        return ""
    how = "as recorded in" if ledger.strict else "held to"
    count = plural(ledger.entries, "entry", "entries")
    return f" {how} {ledger.path} ({count}, head {ledger.head[:_DIGITS]})"


def _footer(review: Review) -> str:
    lists = ", ".join(f"{c.id} {c.version}" for c in review.checklists)
    commit = f" at commit {review.launch.commit}" if review.launch.commit else ""
    source = f"{review.launch.path}{commit} and {lists or 'no checklist'}"
    return (
        f"Made by {review.tool} for {review.as_of.isoformat()} from {source}; "
        f"{plural(sum(len(e.files) for e in review.evidence), 'evidence file')}{_held_to(review)}. "
        "The same inputs and the same date give the same bytes."
    )
