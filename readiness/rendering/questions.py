"""Expectations as the questions a reviewer asks: `p95 <= 800 ms` is "Is `p95` at most 800 ms?"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.model.expectation import Reference
from readiness.model.quantity import Quantity
from readiness.model.text import and_list
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.plan import Check
    from readiness.model.review import Finding

_WORDS = {"<=": "at most", "<": "below", ">=": "at least", ">": "above", "!=": "anything but"}
_WHOLE = pattern(r"p[0-9.]+|(?:ttft|e2e)\.p[0-9.]+|mean|max|errors|rate")
_REFERENCE = pattern(r"launch\.[A-Za-z][\w\-]*")


def item_question(title: str) -> str:
    """Return the title of an item, which says what holds, as a question."""
    return f"{title.strip().rstrip('.?! ')}?"


def check_question(check: Check, source: str, meaning: str = "") -> str:
    """Return an expectation as a question.

    Args:
        check: the expectation, its limit resolved where that is known.
        source: the source of its requirement, as `slot load-test`.
        meaning: what the reader says the metric is.
    """
    asked = check.expectation
    limit = _limit(check)
    if asked.metric == "case" and asked.label == "name":
        what = "pass" if limit == "passed" else f"end as {limit}"
        return f"Does the test `{asked.label_value}` {what}?"
    name = f"`{asked.metric}`" + (f" ({meaning})" if meaning else "")
    word = _WORDS.get(asked.op, "")
    scope = _scope(check, source)
    comma = "," if scope and isinstance(asked.limit, Reference) else ""
    return f"Is {name}{_where(check)} {f'{word} {limit}'.strip()}{comma}{scope}?"


def _where(check: Check) -> str:
    label, value = check.expectation.label, check.expectation.label_value
    if label == "for":
        return f", held for {value},"
    return f" of {label} `{value}`" if label else ""


def _scope(check: Check, source: str) -> str:
    """Say that a percentile or a rate without a label is that of the whole."""
    kind, _, name = source.partition(" ")
    asked = check.expectation
    if kind != "slot" or asked.label or not _WHOLE.fullmatch(asked.metric):
        return ""
    return f" over the whole {name.replace('-', ' ')}"


def _limit(check: Check) -> str:
    """Write the limit, and the parameter of the launch it comes from."""
    limit = check.expectation.limit
    if isinstance(limit, Reference):
        times = f"{float(limit.factor):g} × " if limit.factor != 1 else ""
        return f"{times}launch.{limit.name}, which is not set yet"
    if isinstance(limit, Quantity):
        text = check.limit or limit.text
    elif isinstance(limit, tuple):
        return and_list((f"`{word}`" for word in limit), last="or")
    else:
        text = limit
    named = _REFERENCE.search(check.expectation.text)
    if named is None:
        return text
    return f"{text[:-1]}; {named[0]})" if text.endswith(")") else f"{text} ({named[0]})"


def finding_question(finding: Finding) -> str:
    """Return what is asked of all evidence, its age and strength, as a question."""
    rule, _, rest = finding.rule.partition(" ")
    if rule == "fresh":
        return f"Is it younger than {finding.limit}?"
    if rule == "needs":
        return f"Is it {rest}, or stronger?"
    return "Was it made before this day?"
