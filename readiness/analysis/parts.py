"""Figures of one file that must agree: counts and their sums, rates, orders, green totals."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact

Labels = tuple[tuple[str, str], ...]
_RANK = pattern(r"((?:[a-z0-9]+\.)*)p([0-9]{1,2}(?:\.[0-9]+)?)")
_ROUNDED = 0.005  # rates are often written with two decimals
_TOLERANCE = 0.05  # some tools round percentiles to two digits, and not the longest time
_ADDITIVE = ("cases", "passed", "failed", "skipped", "cases.errored", "lookups", "hits", "findings")
_PARTITIONS = {"locale", "severity", "tenant"}  # suites overlap, and so may intents


class Clash(NamedTuple):
    """Two figures that cannot both be right."""

    kind: str
    text: str
    at: Location


class Checked(NamedTuple):
    """How many pairs were compared, and those that clash."""

    compared: int
    clashes: list[Clash]


def within(evidence: Evidence) -> Checked:
    """Compare the figures of one piece of evidence with each other."""
    groups: dict[Labels, dict[str, Fact]] = {}
    for fact in evidence.facts:
        if _number(fact) or isinstance(fact.value, bool):
            groups.setdefault(fact.labels, {})[fact.metric] = fact
    outcomes = [
        outcome
        for labels, group in groups.items()
        for outcome in (*_sums(labels, group), *_rates(labels, group), *_orders(labels, group))
    ]
    outcomes += _totals(groups)
    return Checked(len(outcomes), [clash for clash in outcomes if clash is not None])


def _number(fact: Fact) -> bool:
    return isinstance(fact.value, int | float) and math.isfinite(fact.value)


def _values(group: dict[str, Fact], *metrics: str) -> list[float] | None:
    """Return the values of some metrics, None unless all are there as numbers."""
    found = [group.get(metric) for metric in metrics]
    if any(fact is None or isinstance(fact.value, bool) for fact in found):
        return None
    return [float(fact.value) for fact in found if fact is not None]


def _of(labels: Labels) -> str:
    shown = ", ".join(f"{name} {value}" for name, value in labels)
    return f" of {shown}" if shown else ""


def _sums(labels: Labels, group: dict[str, Fact]) -> Iterator[Clash | None]:
    """Yield for counts that must add up whether they do."""
    if known := _values(group, "cases", "passed", "failed"):
        cases, parts = known[0], sum(known[1:])
        rest = _values(group, "skipped") or [0.0]
        errored = _values(group, "cases.errored") or [0.0]
        # errored cases are part of `failed` for some tools and beside it for others
        fits = cases in (parts + rest[0], parts + rest[0] + errored[0])
        text = f"{cases:g} cases{_of(labels)}, and {parts + rest[0]:g} passed, failed or skipped"
        yield None if fits else Clash("sum", text, group["cases"].at)
    if known := _values(group, "lookups", "hits", "misses"):
        text = f"{known[0]:g} lookups{_of(labels)}, and {known[1] + known[2]:g} hits and misses"
        fits = known[0] == known[1] + known[2]
        yield None if fits else Clash("sum", text, group["lookups"].at)
    if known := _values(group, "findings", "findings.fixable"):
        text = f"{known[0]:g} findings{_of(labels)}, and {known[1]:g} of them fixable"
        yield None if known[1] <= known[0] else Clash("sum", text, group["findings"].at)
    verified = group.get("verified")
    if verified is not None and (known := _values(group, "failed")):
        text = f"verified{_of(labels)}, and {known[0]:g} failed"
        wrong = verified.value is True and known[0] > 0
        yield Clash("green", text, verified.at) if wrong else None


def _rates(labels: Labels, group: dict[str, Fact]) -> Iterator[Clash | None]:
    """Yield for rates whether they are those of their counts."""
    for rate, good, whole in (
        ("pass_rate", "passed", "cases"),
        ("hit_ratio", "hits", "lookups"),
        ("false_hit_ratio", "false_hits", "hits"),
    ):
        known = _values(group, rate, good, whole)
        if known is None:
            continue
        told, part, total = known
        skipped = (_values(group, "skipped") or [0.0])[0] if whole == "cases" else 0.0
        wholes = {total, total - skipped} - {0.0}
        if wholes:
            fits = any(abs(told - part / of) <= _ROUNDED for of in wholes)
            text = f"{rate} {told:.4g}{_of(labels)}, and {part:g} of {total:g}"
            yield None if fits else Clash("rate", text, group[rate].at)


def _orders(labels: Labels, group: dict[str, Fact]) -> Iterator[Clash | None]:
    """Yield whether percentiles rise: p50 ≤ p95 ≤ p99 ≤ max."""
    families: dict[str, list[tuple[float, Fact]]] = {}
    for metric, fact in group.items():
        if isinstance(fact.value, bool):
            continue
        if match := _RANK.fullmatch(metric):
            families.setdefault(match[1], []).append((float(match[2]), fact))
        elif metric.rpartition(".")[2] in ("min", "max") and fact.unit == "ms":
            rank = 101.0 if metric.endswith("max") else -1.0
            families.setdefault(metric[: -len("max")], []).append((rank, fact))
    for family in families.values():
        ordered = [fact for _, fact in sorted(family, key=lambda pair: pair[0])]
        for low, high in pairwise(ordered):
            wrong = float(low.value) > float(high.value) * (1 + _TOLERANCE)
            text = f"{low.metric} {low.value:g}{_of(labels)} is above {high.metric} {high.value:g}"
            yield Clash("order", text, low.at) if wrong else None


def _totals(groups: dict[Labels, dict[str, Fact]]) -> Iterator[Clash | None]:
    """Yield whether totals hold what their parts do, and whether what is green has red parts."""
    total = groups.get((), {})
    parts: dict[str, list[dict[str, Fact]]] = {}
    for labels, group in groups.items():
        if len(labels) == 1:
            parts.setdefault(labels[0][0], []).append(group)
    for name, several in sorted(parts.items()):
        for metric in _ADDITIVE:
            known = _values(total, metric)
            counts = [v[0] for group in several if (v := _values(group, metric))]
            if known is None or not counts or name not in _PARTITIONS:
                continue
            text = f"{known[0]:g} {metric}, and {sum(counts):g} over each {name}"
            yield Clash("parts", text, total[metric].at) if sum(counts) > known[0] else None
        if (failed := _values(total, "failed")) and failed[0] == 0:
            red = [v[0] for group in several if (v := _values(group, "failed")) and v[0] > 0]
            text = f"nothing failed in all, and {len(red)} {name}s have failures"
            yield Clash("green", text, total["failed"].at) if red else None
