"""One expectation against the facts of one piece of evidence: outcome, observed value, message."""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from readiness.evaluation.confidence import bounds_of, enough_samples
from readiness.model.expectation import Reference
from readiness.model.fact import Fact, Value
from readiness.model.quantity import CANONICAL, DIMENSIONS, Quantity, exact, parse, show
from readiness.model.review import CREDIT, Finding
from readiness.model.text import and_list, did_you_mean, nearest
from readiness.stats.proportions import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.errors import Location
    from readiness.model.expectation import Expectation
    from readiness.model.plan import Check
    from readiness.model.review import Outcome
    from readiness.stats.histogram import Interval


class _Judged(NamedTuple):
    outcome: Outcome
    message: str = ""
    help: str = ""
    credit: float | None = None


_PROVEN = _Judged("proven")
WORST_FIRST: tuple[Outcome, ...] = (
    "invalid",
    "missing",
    "failed",
    "inconclusive",
    "stale",
    "proven",
)


def compare(check: Check, facts: Iterable[Fact], where: Location, *, confident: bool) -> Finding:
    """Check one expectation; of several facts it speaks of, the worst counts.

    Without `where`, an expectation speaks of the whole (facts without labels) if there is such a
    fact, else of every labelled one. `where` is the evidence's place, for facts that are not there.
    """
    expectation = check.expectation
    known = [fact for fact in facts if fact.metric == expectation.metric]
    chosen = _chosen(expectation, known)
    if not chosen:
        return _absent(check, known, facts, where)
    findings = [_one(check, fact, facts, confident=confident) for fact in chosen]
    return min(findings, key=lambda f: (f.credit, WORST_FIRST.index(f.outcome)))


def _chosen(expectation: Expectation, known: list[Fact]) -> list[Fact]:
    if expectation.label:
        wanted = (expectation.label, expectation.label_value)
        return [fact for fact in known if wanted in fact.labels]
    return [fact for fact in known if not fact.labels] or known


def _absent(check: Check, known: list[Fact], facts: Iterable[Fact], where: Location) -> Finding:
    """Say which fact is not there, and the nearest that is. What is hidden earns no credit."""
    expectation = check.expectation
    if known and expectation.label == "for":
        held = and_list(sorted({v for f in known for k, v in f.labels if k == "for"}), last="or")
        message = f"nothing was held for {expectation.label_value}: only {held} can be told"
        hint = "let the run last longer: ramps, the first and the last seconds do not count"
    elif expectation.label == "for":
        message, hint = _not_held(expectation.label_value, facts)
    elif known:
        values = sorted({v for f in known for k, v in f.labels if k == expectation.label})
        message = (
            f"`{expectation.metric}` is there, but not for {expectation.label} "
            f"`{expectation.label_value}`"
        )
        hint = did_you_mean(expectation.label_value, values)
        if not hint and values:
            hint = f"{expectation.label} is one of {and_list(values[:8], last='or')}"
    else:
        asked = expectation.metric  # what is asked of a part is not to be asked of the whole
        metrics = {f.metric for f in facts if not asked.endswith(f".{f.metric}")}
        message = f"the evidence does not give `{expectation.metric}`"
        close = nearest(expectation.metric, metrics, most=3)
        hint = f"it gives {and_list(f'`{name}`' for name in close)}" if close else ""
    return _finding(check, _Judged("inconclusive", message, hint, 0.0), "", where)


def _not_held(asked: str, facts: Iterable[Fact]) -> tuple[str, str]:
    """Return why nothing says what was held for some time, and what to do."""
    lasted = [
        f.value
        for f in facts
        if f.metric == "duration" and not f.labels and not isinstance(f.value, (bool, str))
    ]
    with suppress(ValueError):
        if lasted and exact(lasted[0]) < parse(asked).value:
            shown = describe(lasted[0], "ms")
            return f"nothing was held for {asked}: the run lasts {shown}", "let the run last longer"
    message = f"nothing says what was held for {asked}: a summary has one rate for the whole run"
    return message, "keep the single requests, or Locust's history"


def _one(check: Check, fact: Fact, facts: Iterable[Fact], *, confident: bool) -> Finding:
    observed = describe(fact.value, fact.unit)
    limit = check.expectation.limit
    if isinstance(limit, Quantity):
        judged = _number(check, fact, limit, confident=confident)
        if confident and judged is _PROVEN and (bounds := bounds_of(fact, facts)) is not None:
            judged = _percentile(fact, bounds, check.expectation.op, limit)
    else:
        judged = _word(check, fact)
    if fact.origin == "tool-default" and judged.message:
        message = f"{judged.message} (the tool's default: nobody set it)"
        judged = judged._replace(message=message)
    return _finding(check, judged, observed, fact.at, fact)


def _number(check: Check, fact: Fact, limit: Quantity, *, confident: bool) -> _Judged:
    value, op = fact.value, check.expectation.op
    if isinstance(value, (bool, str)):
        return _Judged("failed", f"`{describe(value, '')}` is not a number", "compare it with `is`")
    dimension = DIMENSIONS[fact.unit]
    if dimension != limit.dimension:
        return _Judged(
            "failed", f"the fact is a {dimension} and the limit a {limit.dimension}", _units(fact)
        )
    if hollow := _hollow(fact):
        return hollow
    if not ordered(exact(value), op, limit.value):
        return _Judged("failed", f"{describe(value, fact.unit)} is not {op} {limit.text}", "")
    if doubt := enough_samples(fact, confident=confident):
        return _Judged("inconclusive", doubt, "run it longer, or claim a lower percentile")
    if confident and fact.unit == "ratio":
        return _at_the_bad_end(fact, float(value), op, limit)
    return _PROVEN


def _hollow(fact: Fact) -> _Judged | None:
    """Return why nothing was measured that could be compared, or None."""
    if not isinstance(fact.value, (bool, str)) and not math.isfinite(fact.value):
        return _Judged(
            "inconclusive", "the tool wrote no finite number", "was anything measured?", 0.0
        )
    if fact.samples is not None and fact.samples <= 0:
        return _Judged(
            "inconclusive", "no sample stands behind the value", "did the run send requests?", 0.0
        )
    return None


def _at_the_bad_end(fact: Fact, value: float, op: str, limit: Quantity) -> _Judged:
    """Hold the comparison against every value that 95 % confidence leaves open."""
    if fact.samples is None:
        return _Judged(
            "inconclusive", "the number of cases is not known, so neither is the confidence", ""
        )
    if not 0 <= value <= 1:
        return _Judged("inconclusive", f"{describe(value, 'ratio')} is no share of cases", "")
    low, high = fact.bounds or wilson(value, fact.samples)
    message = (
        f"{describe(value, 'ratio')} of {fact.samples:,} holds, but with 95 % confidence "
        f"it is {show(low, 'ratio')} to {show(high, 'ratio')}"
    )
    if op in ("=", "!="):
        outside = not exact(low) <= limit.value <= exact(high)
        if op == "!=" and outside:
            return _PROVEN
        return _Judged("inconclusive", message, "ask for `>=` or `<=`: no sample shows a point")
    end = high if op in ("<", "<=") else low
    if ordered(exact(end), op, limit.value):
        return _PROVEN
    message += f", and {show(end, 'ratio')} is not {op} {limit.text}"
    return _Judged(
        "inconclusive", message, "run it longer" if fact.metric == "errors" else "add cases"
    )


def _percentile(fact: Fact, bounds: Interval, op: str, limit: Quantity) -> _Judged:
    """Hold a percentile's limit against the bad end of its confidence interval."""
    low, high = (show(end, fact.unit) if math.isfinite(end) else "unknown" for end in bounds)
    message = (
        f"{describe(fact.value, fact.unit)} holds, but with 95 % confidence {fact.metric} of "
        f"{fact.samples:,} samples is {low} to {high}"
    )
    if op in ("=", "!="):
        return _Judged("inconclusive", message, "ask for `<=` or `>=`: no sample shows a point")
    end = bounds.high if op in ("<", "<=") else bounds.low
    sampled = fact.bounds is not None  # else the ends are what a summary states next to it
    if math.isinf(end) and sampled:
        help_ = "run it longer, or claim a lower percentile"
        return _Judged("inconclusive", f"{message}: too few of them lie beyond it", help_)
    if math.isinf(end):
        help_ = f"keep the raw samples, or let the tool state a percentile above {fact.metric}"
        return _Judged("inconclusive", f"{message}: no higher value is stated", help_)
    if ordered(exact(end), op, limit.value):
        return _PROVEN
    message += f", and {show(end, fact.unit)} is not {op} {limit.text}"
    help_ = "run it longer" if sampled else "run it longer, or keep the raw samples of the run"
    return _Judged("inconclusive", message, help_)


def _word(check: Check, fact: Fact) -> _Judged:
    limit, op = check.expectation.limit, check.expectation.op
    if isinstance(limit, Reference):
        return _Judged("failed", f"launch.{limit.name} is not set", "")
    if hollow := _hollow(fact):
        return hollow
    if isinstance(fact.value, str) and not fact.value.strip():
        return _Judged("failed", "the value is empty", "")
    words = tuple(map(str, limit)) if isinstance(limit, tuple) else (limit,)
    value = describe(fact.value, fact.unit)
    if isinstance(fact.value, (bool, str)):
        holds = value in words
    else:
        dimension = DIMENSIONS[fact.unit]
        numbers = [q for q in map(_as_quantity, words) if q and q.dimension == dimension]
        if op == "!=" and len(numbers) < len(words):
            return _Judged("failed", f"`{value}` cannot be compared with `{words[0]}`", "")
        holds = any(exact(fact.value) == number.value for number in numbers)
    if holds != (op == "!="):
        return _PROVEN
    shown = f"one of {and_list(words, last='or')}" if op == "in" else f"`{words[0]}`"
    return _Judged("failed", f"`{value}` is {'' if op == '!=' else 'not '}{shown}", "")


def _as_quantity(word: str) -> Quantity | None:
    try:
        return parse(word)
    except ValueError:
        return None


def ordered(value: Fraction, op: str, limit: Fraction) -> bool:
    """Whether `value op limit` holds."""
    return {
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
        "=": value == limit,
        "!=": value != limit,
        "is": value == limit,
    }[op]


def describe(value: Value, unit: str) -> str:
    """Write a fact's value for people."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else show(value, unit)


def _units(fact: Fact) -> str:
    unit = CANONICAL[DIMENSIONS[fact.unit]]
    return (
        f"give the limit in `{unit}`"
        if unit
        else "the fact has no unit: give the limit without one"
    )


def _finding(
    check: Check, judged: _Judged, observed: str, at: Location, fact: Fact | None = None
) -> Finding:
    subject = ", ".join(f"{name} {value}" for name, value in fact.labels) if fact else ""
    limit = check.limit or check.expectation.text.rsplit(check.expectation.op, 1)[-1].strip()
    credit = CREDIT[judged.outcome] if judged.credit is None else judged.credit
    return Finding(
        check.expectation.text,
        judged.outcome,
        credit,
        observed,
        limit,
        judged.message,
        at,
        judged.help,
        subject,
    )
