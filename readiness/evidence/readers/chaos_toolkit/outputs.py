"""What probes and actions put out: named metrics such as recovery, and every number seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.readers.chaos_toolkit.journal import Journal, Run, Steps, as_number, printed
from readiness.model.fact import Fact, Problem
from readiness.model.quantity import canonical
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMED = pattern(
    r"(?:.*_)?(detection|degrade|failover|recovery|completion|alert_fired)(?:_(?:rate|ratio|time))?"
    r"(?:_(?P<unit>ms|s|secs?|seconds?|milliseconds?|min|minutes?|percent|pct))?"
)
_UNIT = pattern(r".*_(?P<unit>ms|s|secs?|seconds?|milliseconds?|min|minutes?)")
_ALIAS = {"failover": "degrade"}  # time until something else answers
_UNITS = {"milliseconds": "ms", "seconds": "s", "secs": "s", "minutes": "min", "pct": "percent"}


def _values(run: Run) -> Iterator[tuple[str, float | bool, Steps]]:
    """Yield the numbers and truth values of an output: field name, value, place."""
    kind, value, steps = run.provider.get("type"), run.output, (*run.steps, "output")
    inner = {"process": "stdout", "http": "body"}.get(str(kind))
    if inner and isinstance(value, dict):
        if kind == "process" and value.get("status") != 0:
            return
        value, steps = value.get(inner), (*steps, inner)
        value = printed(value) if isinstance(value, str) else value
    fields = value if isinstance(value, dict) else {"": value}
    for field, part in fields.items():
        number = part if isinstance(part, bool) else as_number(part)
        if number is not None:
            yield field, number, (*steps, field) if field else steps


def named(journal: Journal) -> tuple[list[Fact], list[Problem]]:
    """Return a fact for each metric that the name of an activity, or of a field, ends in.

    Only from the method: a rate of the steady state would hide that of the outage. Of several
    values, the worst.
    """
    facts: dict[str, Fact] = {}
    doubts = []
    played = [run for run in journal.method if run.entry.get("status") == "succeeded"]
    for run in (run for run in played if not run.dry):
        for field, value, steps in _values(run):
            name = re.sub(r"[\s-]+", "_", (field or run.name).strip().lower())
            match = _NAMED.fullmatch(name)
            if not match:
                continue
            function = _UNIT.fullmatch(str(run.provider.get("func"))) if not field else None
            unit = match["unit"] or (function and function["unit"]) or ""
            if match[1] in _ALIAS and not unit:
                continue  # such as a switch `disable-failover`
            at = journal.document.at(*steps)
            metric = _ALIAS.get(match[1], match[1])
            converted = _convert(metric, value, unit)
            if isinstance(converted, str):
                doubts.append(
                    Problem(
                        "warning",
                        "unit",
                        f"`{name}` {converted}: not used",
                        at,
                        "name the unit, as in recovery_ms",
                    )
                )
                continue
            rising = metric in ("completion", "alert_fired")
            old = facts.get(metric)
            if old is None or (
                converted < float(old.value) if rising else converted > float(old.value)
            ):
                dimension = {"completion": "ratio", "alert_fired": ""}.get(metric, "ms")
                facts[metric] = Fact(metric, converted, dimension, at)
    return list(facts.values()), doubts


def _convert(metric: str, value: float | bool, unit: str) -> float | bool | str:
    """Return a value in the unit of its metric, or a text that says why it has none."""
    if metric == "alert_fired":
        return value if isinstance(value, bool) else "is not true or false"
    if isinstance(value, bool):
        return "is not a number"
    unit = _UNITS.get(unit, _UNITS.get(f"{unit}s", unit))
    if metric == "completion":
        share = canonical(value, unit or "ratio")
        return share[0] if share[1] == "ratio" and 0 <= share[0] <= 1 else "is not a ratio"
    time, dimension = canonical(value, unit)
    if dimension != "ms":
        return "is a time without a unit"
    return time if time >= 0 else "is negative"


def outputs(journal: Journal) -> Iterator[Fact]:
    """Yield the numbers and truth values that the probes saw; of HTTP probes also the status."""
    seen: dict[object, int] = {}
    for run in journal.probes:
        if run.dry or run.entry.get("status") != "succeeded":
            continue
        values = [("probe.output", *value) for value in _values(run)]
        status = run.output.get("status") if isinstance(run.output, dict) else None
        if run.provider.get("type") == "http" and isinstance(status, int):
            values.append(("probe.status", "", status, (*run.steps, "output", "status")))
        for metric, field, value, steps in values:
            labels = {"phase": run.phase, "probe": run.name} | ({"field": field} if field else {})
            key = (metric, *labels.values())
            seen[key] = seen.get(key, 0) + 1
            if seen[key] > 1:
                labels["repeat"] = str(seen[key])
            at = journal.document.at(*steps)
            yield Fact(metric, value, "", at, tuple(sorted(labels.items())))
