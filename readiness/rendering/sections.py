"""The parts of a view below the improvements: failure domains, deferrals, areas and evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.text import and_list, plural
from readiness.rendering import charts, history, words
from readiness.rendering.doubts import doubts
from readiness.rendering.parts import Area, Bar, Deferral, Domain, EvidenceRow, Section, Sections
from readiness.rendering.words import STATES, State

if TYPE_CHECKING:
    from readiness.model.evidence_result import EvidenceResult
    from readiness.model.review import DomainResult, ItemResult, Record, Review

_TITLES = (
    "No improvement",
    "One improvement",
    "Two improvements, ranked",
    "Three improvements, ranked",
    "Four improvements, ranked",
    "Five improvements, ranked",
)
_LOADS = (
    "Intervals: 95 %, by order statistics. Corrected: with the requests that a closed loop did not "
    "send while it waited."
)
_LATENCY = (
    "Own time of each component at the 95th percentile, calls one after the other, retries left "
    "out. Percentiles do not add up; what the sums hold follows from Boole's inequality."
)
_HEADROOM = "Hatched: no test went there. Lines: the forecast peak, and what is asked of a test."
_BESIDE = "The interval is that of the change; what it leaves open is no difference."
_NOTHING_READ = "No evidence has been read."
_SOURCES = {"ledger": " by the ledger", "file": "", "git": " by its commit", "": " by nobody"}
_TRACK = 2.0
_STRIP = ("proven", "stale", "inconclusive", "failed", "invalid", "missing")
_DIGEST = 8


def headings(review: Review, top: int) -> Sections:
    """Return the headings, each with what it shows or that there is nothing to show.

    `top` is how many rows of a list the memo shows; the rest has a heading of its own.
    """
    shown = min(len(review.ranking), top)
    proven = sum(item.outcome == "proven" for item in review.items)
    skipped = sum(item.outcome is None for item in review.items)
    counted = (
        f"{len(review.items) - proven - skipped} open, {proven} proven, {skipped} not "
        "applicable. After each rule what was observed; for proven items gate, harm × risk, area."
    )
    improve = _ranking_note(review) if shown else "Every item that applies is proven."
    age = "Each with its date, reader, strength and SHA-256. At the tick it no longer counts."
    return Sections(
        improvements=Section(_TITLES[shown], improve),
        blockers=Section("Open blockers", _holding(review)),
        domains=Section("If something breaks on launch day", drills(review)),
        domains_rest=Section("More failure domains", _after(top, len(review.domains))),
        deferrals=Section("Deliberately deferred", _accepted(review)),
        deferrals_rest=Section("More that was deferred", _after(top, len(review.records))),
        loads=Section("Load tests, recomputed from samples", _LOADS),
        comparisons=Section("This candidate beside the last", _BESIDE),
        history=Section(history.TITLE, history.note(review)),
        latency=Section("Latency budget along the path of a request", _LATENCY),
        headroom=Section("Load headroom", _HEADROOM),
        doubts=Section("Warnings about the evidence", _doubts(review)),
        evidence=Section("Age of the evidence", age if review.evidence else _NOTHING_READ),
        trouble=Section("Problems of the evidence", _trouble(review)),
        items=Section("Every item, with its evidence", counted),
        follow_on=Section("Open, without holding the launch", _following(review)),
        settled=Section("Settled", f"{proven} proven, {skipped} not applicable."),
    )


def _after(top: int, count: int) -> str:
    return f"Numbers {top + 1} to {count}, after those in the memo." if count > top else ""


def _holding(review: Review) -> str:
    count = len(words.blockers(review)[1])
    if not count:
        return "No blocker is open."
    return f"{plural(count, 'blocker')} {'holds' if count == 1 else 'hold'} the launch."


def _following(review: Review) -> str:
    """Count what is open and does not hold the launch, by whether a person decided about it."""
    holding = {item.id for item in words.blockers(review)[1]}
    found = [item for item in review.items if item.open and item.id not in holding]
    if not found:
        return "Nothing else is open."
    decided = sum(item.disposition is not None for item in found)
    count = plural(len(found), "item")
    return f"{count}: {decided} deferred or accepted, {len(found) - decided} undecided."


def _ranking_note(review: Review) -> str:
    study = review.study
    low, high = study.exponents
    return (
        f"Priority = harm × risk × gap, blockers first. Range: places in {study.draws} "
        f"weightings (seed {study.seed}) with exponents {low:g} to {high:g} and every band "
        f"moved by up to {words.percent(study.bands)}; firm means at most two places "
        "apart."
    )


def drills(review: Review) -> str:
    """Count the failure domains that a drill has proven, or say that none is described."""
    if not review.domains:
        return "The launch describes no failure domain: nobody has said what happens if one fails."
    drilled = sum(domain.drill_outcome == "proven" for domain in review.domains)
    return f"{drilled} of {plural(len(review.domains), 'failure domain')} proven by a drill."


def _accepted(review: Review) -> str:
    if not review.records:
        return "Nobody has deferred or accepted anything."
    holding = sum(record.status in ("active", "revisit") for record in review.records)
    of = f"{holding} of {plural(len(review.records), 'record')}"
    declared = f" {words.UNDECLARED}" if review.accepted is None else ""
    return f"{of} {'holds' if holding == 1 else 'hold'} today.{declared}"


def _doubts(review: Review) -> str:
    return f"{len(doubts(review))} that refute nothing, but say what a figure may hide."


def _trouble(review: Review) -> str:
    if not review.evidence:
        return _NOTHING_READ
    bad = sum(_age_state(evidence).tone in ("bad", "doubt") for evidence in review.evidence)
    of = f"{bad} of {plural(len(review.evidence), 'piece')} of evidence"
    return f"{of} {'is' if bad == 1 else 'are'} stale or in doubt."


def domain(result: DomainResult) -> Domain:
    """Put a failure domain into words."""
    state = STATES[result.drill_outcome] if result.drill_outcome else words.NOT_DRILLED
    if result.drill_outcome:
        proof = f"by {and_list(result.drill_items)}"
    else:
        proof = f"no item asks for {result.drill}" if result.drill else "no drill is named"
    hits = f"; hits {and_list(result.intents)}" if result.intents else ""
    noticed = f"Noticed: {result.detection.rstrip('.')}." if result.detection else ""
    then = f"Then: {result.failover.rstrip('.')}." if result.failover else ""
    return Domain(
        result.id,
        result.title,
        f"{result.likelihood}{hits}".capitalize(),
        noticed or "No detection is described.",
        result.fallback or "No fallback is described.",
        then or "No failover is described.",
        proof,
        state,
        result.later or "None is planned.",
    )


def deferral(record: Record, by_id: dict[str, ItemResult]) -> Deferral:
    """Put a person's decision into words."""
    item = by_id.get(record.item)
    status = record.why_status
    if record.status == "active" and item is not None and not item.open:
        status = "not needed: proven" if item.outcome else "not needed: it does not apply"
    return Deferral(
        record.item,
        words.anchor(record.item),
        item.title if item else "",
        words.KINDS[record.kind],
        record.reason,
        record.harm_if_wrong,
        record.mitigation,
        record.approver,
        words.day(record.approved),
        words.day(record.expires),
        record.void_if or "–",
        record.ticket,
        words.RECORDS[record.status],
        status,
    )


def areas(review: Review) -> tuple[Area, ...]:
    """Count the outcomes in each area, by name."""
    found: dict[str, list[str]] = {}
    for item in review.items:
        if item.outcome is not None:
            found.setdefault(item.area, []).append(item.outcome)
    return tuple(_area(name, outcomes) for name, outcomes in sorted(found.items()))


def _area(name: str, outcomes: list[str]) -> Area:
    counts = {outcome: outcomes.count(outcome) for outcome in _STRIP if outcome in outcomes}
    whole, proven = len(outcomes), counts.pop("proven", 0)
    left = and_list([f"{count} {STATES[key].word.lower()}" for key, count in counts.items()])
    segments, start = [], proven
    for outcome, count in counts.items():
        place = Bar(charts.share(start, whole), charts.share(count, whole), "")
        segments.append((STATES[outcome].icon, place))
        start += count
    return Area(
        name,
        f"{proven} of {whole} proven",
        left or "none open",
        charts.share(proven, whole),
        tuple(segments),
    )


def evidence_row(evidence: EvidenceResult) -> EvidenceRow:
    """Put a piece of evidence into words: its age beside its limit."""
    age, limit = evidence.age_days, evidence.limit_days
    return EvidenceRow(
        path=evidence.path,
        reader=f"{evidence.reader or 'no reader'}, {evidence.strength}, "
        f"{plural(evidence.facts, 'fact')}",
        made=f"{words.day(evidence.produced)}{_SOURCES[evidence.produced_source]}"
        if evidence.produced
        else "date not known",
        age="not known" if age is None else f"{int(age)} d",
        limit="none" if limit is None else f"{limit:g} d",
        against=_against(age, limit),
        bar=_age(age, limit),
        state=_age_state(evidence),
        digest=evidence.files[0].sha256[:_DIGEST] if evidence.files else "no file",
        items=", ".join(evidence.items),
        notes=tuple(
            f"{note.message} ({note.at})" for note in evidence.notes if note.kind != "warning"
        ),
    )


def _against(age: float | None, limit: float | None) -> str:
    known = "age not known" if age is None else f"{int(age)} d"
    if limit is None:
        return known if age is not None else ""
    return f"{known}, limit {limit:g} d" if age is None else f"{known} of {limit:g} d"


def _age_state(evidence: EvidenceResult) -> State:
    """Tell the worst about a piece of evidence: unreadable, of doubtful content, too old."""
    kinds = {note.kind for note in evidence.notes}
    age, limit = evidence.age_days, evidence.limit_days
    if evidence.fault or "invalid" in kinds or (age is not None and age < 0):
        return STATES["invalid"]
    if "inconclusive" in kinds:
        return STATES["inconclusive"]
    if "stale" in kinds:
        return STATES["stale"]
    if limit is None:
        return words.NO_LIMIT
    return STATES["stale"] if age is None or age >= limit else words.CURRENT


def _age(age: float | None, limit: float | None) -> Bar | None:
    """Draw an age on a track of twice its limit, the limit in the middle."""
    if age is None or not limit:
        return None
    return Bar("0", charts.share(age, _TRACK * limit), "50")
