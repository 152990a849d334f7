"""Metrics that expectations name against what readers declare: a plan goes in, mistakes come out.

Loading knows no readers, so the caller gives what they declare. A name ending in `.*` stands for
any continuation, one ending in another `*` (`p*`) for any number, and `*` alone for any name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.model.expectation import Reference
from readiness.model.quantity import DIMENSIONS, Quantity
from readiness.model.text import and_list, did_you_mean, is_slip, nearest
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from readiness.errors import Diagnostic
    from readiness.model.plan import Bound, Check, Plan

ANY = "*"
_NUMBER = pattern(r"[0-9]+(?:\.[0-9]+)?")
_EXAMPLES = {"time": "800 ms", "ratio": "1 %", "rate": "120 rps", "size": "2 MB",
             "throughput": "5 MB/s", "number": "20"}  # fmt: skip


class Gives(NamedTuple):
    """What is declared of a metric: its unit (empty: number, text or truth value), its labels.

    No labels means that none are declared, so any are taken. So does the label `*`: of a tool whose
    scripts name labels; one that is a slip away from a known label is still a mistake.
    """

    unit: str = ""
    labels: tuple[str, ...] = ()


def readers_of(plan: Plan) -> frozenset[str] | None:
    """Return the ids of the readers a plan names, so that only those are imported; None for all."""
    bounds = [bound for item in plan.items for bound in item.requirements]
    if any(bound.analysis is None and not bound.readers for bound in bounds):
        return None
    return frozenset(mention.name for mention in plan.mentions if mention.kind == "reader")


def unknown_metrics(
    plan: Plan,
    known: Mapping[str, Mapping[str, Gives]],
    analyses: Mapping[str, Mapping[str, Gives]],
    *,
    ids: frozenset[str] = frozenset(),
) -> list[Diagnostic]:
    """Check readers, analyses, metrics, labels and the dimension of limits.

    Args:
        plan: what was written, bound.
        known: reader id to metric name to what is declared of it.
        analyses: the same of every analysis.
        ids: ids of all readers, for suggestions, where `known` holds only some.

    Returns:
        One diagnostic for each mistake, in the order of the plan; empty if there is none.
    """
    names = {"reader": ids | known.keys(), "analysis": frozenset(analyses)}
    found: dict[Diagnostic, None] = {}
    for mention in plan.mentions:
        if mention.name not in names[mention.kind]:
            hint = did_you_mean(mention.name, names[mention.kind]) or (
                f"`readiness list` shows every {mention.kind}"
            )
            found.setdefault(
                mention.place.error(
                    f"unknown-{mention.kind}", f"there is no {mention.kind} `{mention.name}`", hint
                )
            )
    by_item: dict[str, dict[str, list[Gives]]] = {}
    for item in plan.items:
        for bound in item.requirements:
            given = _given(bound, known, analyses)
            for name, gives in (given or {}).items():
                by_item.setdefault(item.item.id, {}).setdefault(name, []).extend(gives)
            for check in bound.checks if given is not None else ():
                found.update(dict.fromkeys(_mistakes(check, given or {}, bound.source)))
    for record in plan.decisions:
        given = by_item.get(record.decision.item)
        if record.void is not None and given:
            source = f"the evidence of {record.decision.item}"
            found.update(dict.fromkeys(_mistakes(record.void, given, source)))
    return list(found)


def _given(
    bound: Bound,
    known: Mapping[str, Mapping[str, Gives]],
    analyses: Mapping[str, Mapping[str, Gives]],
) -> dict[str, list[Gives]] | None:
    """Return what a requirement can be given; None where its reader or analysis is not known."""
    if bound.analysis is not None:
        sources = [analyses[bound.analysis]] if bound.analysis in analyses else []
    elif bound.readers:
        sources = [known[reader] for reader in bound.readers if reader in known]
    else:
        sources = [metrics for metrics in known.values() if bound.map or ANY not in metrics]
    if not sources:
        return None
    given: dict[str, list[Gives]] = {}
    for metrics in sources:
        declared = metrics
        if ANY in metrics and bound.map is not None:
            declared = {}
            for name, entries in bound.map.metrics.items():
                for entry in entries:
                    named: set[str] = {*entry.labels, *([entry.label] if entry.label else [])}
                    labels = tuple(sorted(named))
                    given.setdefault(name, []).append(Gives(entry.unit, labels))
        for name, gives in declared.items():
            given.setdefault(name, []).append(gives)
    return given


def _mistakes(check: Check, given: Mapping[str, list[Gives]], source: str) -> Iterator[Diagnostic]:
    metric = check.expectation.metric
    patterns = [name for name in given if _stands_for(name, metric)]
    matched = [gives for name in patterns for gives in given[name]]
    family = metric not in given
    if not matched:
        _, dot, rest = metric.partition(".")
        families = [f"{name[:-1]}{rest}" for name in given if name.endswith(".*") and dot]
        hint = did_you_mean(metric, [*(n for n in given if not n.endswith("*")), *families])
        if not hint:
            close = sorted(nearest(metric, given, most=5)) or sorted(given)[:12]
            hint = f"it gives for example {and_list(close)}" if close else ""
        yield check.place("metric").error(
            "unknown-metric", f"no reader of {source} gives `{metric}`", hint
        )
        return
    yield from _label(check, matched)
    if not (family and all(not gives.unit for gives in matched)):
        yield from _unit(check, matched)


def _stands_for(pattern: str, metric: str) -> bool:
    """Whether a declared name stands for a metric: `front.*` for `front.domain`, `p*` for `p95`."""
    if not pattern.endswith("*"):
        return pattern == metric
    prefix = pattern[:-1]
    if not metric.startswith(prefix):
        return False
    rest = metric[len(prefix) :]
    if not prefix or prefix.endswith("."):
        return bool(rest)
    return _NUMBER.fullmatch(rest) is not None


def _label(check: Check, matched: list[Gives]) -> Iterator[Diagnostic]:
    label = check.expectation.label
    labels = sorted({name for gives in matched for name in gives.labels} - {ANY})
    free = any(ANY in gives.labels for gives in matched)
    if label and labels and label not in labels and not (free and not is_slip(label, labels)):
        yield check.place("label").error(
            "unknown-label",
            f"`{check.expectation.metric}` has no label `{label}`",
            did_you_mean(label, labels) or f"its labels: {and_list(labels)}",
        )


def _unit(check: Check, matched: list[Gives]) -> Iterator[Diagnostic]:
    """Compare the limit's dimension with the unit of the metric, where one is declared."""
    limit, metric = check.expectation.limit, check.expectation.metric
    if isinstance(limit, Reference):
        return
    dimensions = {DIMENSIONS[gives.unit] for gives in matched if gives.unit in DIMENSIONS}
    wanted = sorted(dimensions)
    examples = and_list(f"`{_EXAMPLES[dimension]}`" for dimension in wanted)
    if isinstance(limit, Quantity):
        if dimensions and limit.dimension not in dimensions:
            yield check.place("limit").error(
                "unit",
                f"`{metric}` is a {and_list(wanted, last='or')}, and `{limit.text}` is a "
                f"{limit.dimension}",
                f"write a limit such as {examples}",
            )
    elif dimensions and "number" not in dimensions:
        yield check.place("limit").error(
            "unit",
            f"`{metric}` is a {and_list(wanted, last='or')} and no text",
            f"write a limit such as {examples}",
        )
