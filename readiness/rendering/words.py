"""The words of reports: states, dates, amounts and the sentences made from numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from readiness.model.text import plural
from readiness.rendering.parts import Line

if TYPE_CHECKING:
    from datetime import date

    from readiness.errors import Location
    from readiness.model.rank import Rank
    from readiness.model.review import Finding, ItemResult, Record, Review

_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SMALL = 0.1


class State(NamedTuple):
    """An outcome for people: a word, a shape that tells it apart without colour, and its tone.

    `shape` is a character, `icon` the name of the same shape where a report can draw.
    """

    word: str
    shape: str
    tone: str
    icon: str


STATES: dict[str | None, State] = {
    "proven": State("Proven", "✓", "good", "check"),
    "failed": State("Failed", "✗", "bad", "cross"),
    "missing": State("Missing", "∅", "bad", "empty"),
    "invalid": State("Invalid", "!", "bad", "bang"),
    "inconclusive": State("Inconclusive", "?", "doubt", "ask"),
    "stale": State("Stale", "◷", "doubt", "clock"),
    None: State("Not applicable", "–", "quiet", "dash"),
}
DECISIONS: dict[str, State] = {
    "GO": State("GO", "●", "good", "go"),
    "GO WITH CONDITIONS": State("GO WITH CONDITIONS", "◐", "doubt", "half"),
    "NO-GO": State("NO-GO", "■", "bad", "stop"),
}
CURRENT = State("Current", "✓", "good", "check")
NO_LIMIT = State("No age limit", "–", "quiet", "dash")
NOT_DRILLED = State("Not drilled", "∅", "bad", "empty")
RECORDS: dict[str, State] = {
    "active": State("In force", "✓", "quiet", "check"),
    "revisit": State("Look again", "?", "doubt", "ask"),
    "expired": State("Expired", "◷", "bad", "clock"),
    "not-yet": State("Not yet valid", "◷", "bad", "clock"),
    "void": State("Void", "✗", "bad", "cross"),
    "self-approved": State("Self-approved", "!", "bad", "bang"),
    "unauthorised": State("Not authorised", "!", "bad", "bang"),
    "over-budget": State("Over budget", "!", "bad", "bang"),
    "unmerged": State("Not merged", "◷", "bad", "clock"),
}
HOLDS = {"policy": "its policy", "sign-offs": "missing sign-offs", "baseline": "the baseline"}
UNDECLARED = "No approvers are declared."
KINDS = {
    "deferred": "Deferred", "waived": "Risk accepted", "not-applicable": "Declared not applicable",
    "sign-off": "Signed off",
}  # fmt: skip


def day(value: date) -> str:
    """Write a date: 7 Dec 2026."""
    return f"{value.day} {_MONTHS[value.month]} {value.year}"


def away(value: date, today: date) -> str:
    """Write how far a day is: `in 12 days`, `today`, `3 days ago`."""
    distance = (value - today).days
    if not distance:
        return "today"
    return f"in {plural(distance, 'day')}" if distance > 0 else f"{plural(-distance, 'day')} ago"


def days(amount: float) -> str:
    """Write working days: `1 day`, `4.5 days`; two working hours are `0.25 days`."""
    text = f"{amount:.2f}".rstrip("0").rstrip(".")
    return f"{text} day" if text == "1" else f"{text} days"


def number(value: float) -> str:
    """Write a number with at most two decimals, a small one with two significant digits."""
    if value and abs(value) < _SMALL:
        return f"{value:.2g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def percent(share: float) -> str:
    """Write a share in whole percent, never rounding up to 100."""
    return f"{int(share * 100 + 1e-9)} %"


def cut(text: str, most: int) -> str:
    """Cut a text to a number of characters, the last of them an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def folded(text: str) -> str:
    """Put a text on one line."""
    return re.sub(r"\s+", " ", text).strip()


def anchor(item_id: str) -> str:
    """Return the id of an item's place in a document: ASCII letters, digits, `.`, `_` and `-`."""
    return f"item-{re.sub(r'[^A-Za-z0-9._-]', '-', item_id)}"


def blockers(review: Review) -> tuple[list[ItemResult], list[ItemResult]]:
    """Return the blockers that apply, and those of them that nothing holds."""
    applying = [i for i in review.items if i.gate == "blocker" and i.outcome is not None]
    return applying, [item for item in applying if not item.holds]


def headline(review: Review) -> str:
    """The one sentence: can it launch, how many blockers are open, how much work, by when."""
    launch, path = review.launch, review.path_to_go
    applying, still_open = blockers(review)
    when = day(launch.launch_date)
    also = "; ".join(hold.message for hold in review.holds)
    if also and not still_open:
        return f"{launch.title} is not ready to launch on {when}: {also}."
    if review.decision == "NO-GO":
        sentence = (
            f"{launch.title} is not ready to launch on {when}: {len(still_open)} of "
            f"{plural(len(applying), 'blocker')} {'is' if len(still_open) == 1 else 'are'} "
            f"open, {days(path.effort_days)} of work"
        )
        also = f" It is held besides: {also}." if also else ""
        if path.earliest is None:
            return f"{sentence}.{also}"
        late = (path.earliest - launch.launch_date).days
        end = f", {plural(late, 'day')} after the launch date" if late > 0 else ""
        return f"{sentence}, done by {day(path.earliest)} at the earliest{end}.{also}"
    accepted = sum(1 for item in applying if item.open)
    deferrable = [i for i in review.items if i.open and i.gate == "deferrable"]
    undecided = sum(1 for item in deferrable if item.disposition is None)
    if review.decision == "GO":
        proven = sum(1 for item in review.items if item.outcome == "proven")
        count = plural(proven, "item")
        return f"{launch.title} is ready to launch on {when}: {count} proven, none open."
    return (
        f"{launch.title} may launch on {when} on conditions: {len(applying) - accepted} of "
        f"{plural(len(applying), 'blocker')} proven, {accepted} accepted as a risk, "
        f"{plural(len(deferrable), 'deferrable item')} open, {undecided} of them "
        "undecided."
    )


def worst_finding(item: ItemResult) -> Finding | None:
    """Return the finding that cost an item most; None if there is none."""
    findings = [f for result in item.requirements for f in result.findings if f.outcome != "proven"]
    worst = item.outcome
    return next((f for f in findings if f.outcome == worst), findings[0] if findings else None)


def reason(item: ItemResult) -> str:
    """Say why an item is open: the rule, the number that was observed, and the limit it missed."""
    finding = worst_finding(item)
    return "no evidence was evaluated" if finding is None else shortfall(finding)


def shortfall(finding: Finding) -> str:
    """Say what a finding that is not proven found, on what, and the limit it missed."""
    subject = f" ({finding.subject})" if finding.subject else ""
    if finding.outcome == "failed" and finding.observed and " is not " in finding.message:
        limit = f" against {finding.limit}" if adds_limit(finding.rule, finding.limit) else ""
        return f"{finding.rule}: {finding.observed} was observed{limit}{subject}"
    return f"{finding.message.rstrip('.')}{subject}"


def comparison(finding: Finding) -> str:
    """Return the message if it says no more than `observed is not OP limit`; else nothing."""
    start, found, end = finding.message.partition(" is not ")
    short = start == finding.observed and finding.limit and end.endswith(finding.limit)
    return finding.message if found and short else ""


def adds_limit(rule: str, limit: str) -> bool:
    """Whether a limit says more than its rule, as for `launch.peak`."""
    return bool(limit) and limit.replace(" ", "") not in rule.replace(" ", "")


def excerpt(finding: Finding) -> tuple[Line, ...]:
    """Number the lines of the evidence around a finding."""
    found = finding.excerpt
    if found is None:
        return ()
    numbered = enumerate(found.lines, found.first)
    return tuple(Line(str(n), text, n == finding.at.line) for n, text in numbered)


def place(at: Location, last: Location | None) -> str:
    """Write a place by its line: `path:line`, and `:line` alone in the file of the place before."""
    text = f"{at.path}:{at.line}" if at.line else str(at)
    same = last is not None and at.path == last.path and at.line
    return text[len(at.path) :] if same else text


def held(record: Record | None) -> str:
    """Say what people decided about an open item, who, and until when; empty for nothing."""
    if record is None:
        return ""
    return f"{KINDS[record.kind]} by {record.approver} until {day(record.expires)}"


def factors(item: ItemResult) -> str:
    """Write what an item's priority is made of: `major 30 × likely 30 % × gap 1`."""
    return f"{weight(item)} × gap\u00a0{number(item.gap)}"


def weight(item: ItemResult) -> str:
    """Write what an item weighs: `major 30 × likely 30 %`."""
    return f"{item.harm} {item.harm_weight} × {item.risk} {item.risk_weight}\u00a0%"


def standing(item: ItemResult, rank: Rank, review: Review) -> str:
    """Say what puts an item before the next one, and how often it is among the first five."""
    often = f"Among the first five in {percent(rank.top_five)} of {review.study.draws} weightings."
    after = next((other for other in review.ranking if other.rank == rank.rank + 1), None)
    if after is None:
        return f"The last open item. {often}"
    following = next(other for other in review.items if other.id == after.item)
    mine, others = number(rank.priority), number(after.priority)
    if item.waits and not following.waits:
        return f"The launch waits for it and not for {after.item} ({mine} and {others}). {often}"
    share = "" if rank.ahead is None else f", {weightings(rank.ahead)}"
    if mine == others:
        same = _weights(item) == _weights(following)
        how = ", with the same factors" if same else share and f"{share[:1]} ahead{share[1:]}"
        return f"Level with {after.item} at {mine}{how}. {often}"
    return f"Ahead of {after.item}, {mine} against {others}{share}. {often}"


def weightings(share: float) -> str:
    """Say in which part of all weightings something holds: `in 83 % of all weightings`."""
    return "in every weighting" if share == 1 else f"in {percent(share)} of all weightings"


def _weights(item: ItemResult) -> tuple[int, int, float]:
    return item.harm_weight, item.risk_weight, item.gap


def justification(item: ItemResult, rank: Rank, review: Review) -> str:
    """Say why an item stands where it does, from the numbers."""
    return (
        f"Harm × risk × gap = {factors(item)} = {number(rank.priority)}. "
        f"{standing(item, rank, review)} It takes {span(rank)}."
    )


def span(rank: Rank) -> str:
    """Write a rank range: `always place 1`, `places 2 to 4`."""
    if rank.best == rank.worst:
        return f"always place {rank.best}"
    return f"places {rank.best} to {rank.worst}"
