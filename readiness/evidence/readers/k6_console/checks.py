"""What the lines of a k6 summary say against each other, and runs that did not end as planned."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from readiness.errors import InputError
from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.numbers import parse_duration
from readiness.evidence.reader import Unreadable
from readiness.evidence.readers.k6_console.facts import Share, counted
from readiness.model.fact import Problem
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.k6_console.runs import Run, Threshold

_CUT = 0.000_11  # k6 cuts a percentage off after two digits
_CONDITION = pattern(r"\s*[a-z]+(?:\([0-9.]+\))?\s*(<=?|>=?|===?|!=)\s*([0-9]+(?:\.[0-9]+)?)\s*")
_COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "===": operator.eq,
    "!=": operator.ne,
}
_ROUNDING = 0.02  # of values as shown: 1.01s may be 1.0199s


def run_ends(run: Run) -> Iterator[Problem]:
    """Yield why a run proves nothing: it was aborted, or has no summary."""
    if run.aborted:
        message, help_ = "the run was aborted", "let it run to its end: what it measured is a part"
        yield Problem("inconclusive", "aborted", message, run.aborted, help_)
    if not any(part == () for part, _ in run.entries):
        message = "there is no summary at the end"
        help_ = "was it cut off? with `handleSummary` or `--no-summary` the results are elsewhere"
        yield Problem("inconclusive", "no-summary", message, run.at, help_)
    elif (times := run.get("http_req_duration")) and not run.get("http_reqs"):
        message, help_ = "the summary ends before `http_reqs`", "keep the text to its end"
        yield Problem("inconclusive", "no-summary", message, times.at, help_)
    elif run.running and run.running[2] and not run.aborted:
        complete, interrupted = run.running[1:3]
        message = f"{interrupted:,} iterations were interrupted, {complete:,} complete"
        help_ = "those that were slowest are missing: raise `gracefulStop`"
        yield Problem("warning", "interrupted", message, run.running[3], help_)


def run_contradictions(run: Run) -> Iterator[Problem]:
    """Yield counts, shares and verdicts that the rest of the summary contradicts."""
    for entry in run.entries.values():
        if entry.name in {"http_req_failed", "checks", "checks_succeeded", "checks_failed"}:
            share = Share(entry)
            if share.hits is not None and share.total is not None and share.hits > share.total:
                message = f"`{entry.key}`: {share.hits} of {share.total}"
                yield contradiction(message, entry.at)
            elif abs(share.value - share.shown) > _CUT:
                message = f"`{entry.key}` is {share.shown:.2%}, its counts make {share.value:.2%}"
                yield contradiction(message, entry.at)
    yield from _checks(run)
    for threshold in run.thresholds:
        yield from _verdict(threshold)


def _checks(run: Run) -> Iterator[Problem]:
    """Compare the checks in total with those that passed, that failed, and that are listed."""
    total, passed, failed = (run.get(f"checks_{n}") for n in ("total", "succeeded", "failed"))
    old = run.get("checks")
    if total and passed and failed:
        made = (Share(passed).hits or 0) + (Share(failed).hits or 0)
        if (stated := counted(total)[0]) != made:
            message = f"`checks_total` is {stated}, those that passed and failed make {made}"
            yield contradiction(message, total.at)
    entry = failed or old
    if entry and (share := Share(entry)).total is not None:
        fails = share.hits if failed else share.total - (share.hits or 0)
        if fails is not None and (listed := run.failed.get((), 0)) > fails:
            message = f"{fails} checks failed in total, {listed} of those listed"
            yield contradiction(message, entry.at)


def _verdict(threshold: Threshold) -> Iterator[Problem]:
    """Compare a verdict with the value behind it, as far as that is shown."""
    match = _CONDITION.fullmatch(threshold.source)
    value = _shown(threshold)
    if not match or value is None:
        return
    limit, compare = float(match[2]), _COMPARE[match[1]]
    near = (value, value * (1 - _ROUNDING), value * (1 + _ROUNDING))
    if all(compare(number, limit) != threshold.held for number in near):
        said = "held" if threshold.held else "failed"
        message = f"`{threshold.key}: {threshold.source}` is said to have {said}"
        yield contradiction(f"{message}, the value is {threshold.value}", threshold.at)


def _shown(threshold: Threshold) -> float | None:
    """Return the value of a threshold in the unit of its condition; None if it is unknown."""
    text = threshold.value.removesuffix("/s")
    try:
        if text.endswith("%"):
            return float(text[:-1]) / 100
        if text[-1:].isalpha():
            return parse_duration(text, threshold.at, "")
        return float(text)
    except (ValueError, Unreadable, InputError):
        return None
