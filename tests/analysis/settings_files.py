"""What the tests of breaker-fit and retry-chain share: settings as readers of tools give them."""

from __future__ import annotations

from datetime import date
from typing import Any

from readiness.analysis.analysis import Analysed
from readiness.errors import Location
from readiness.evaluation.evaluate import Gathered, evaluate
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.fact import Fact, Strength
from readiness.model.plan import Bound, Check
from readiness.model.review import RequirementResult

DAY = date(2026, 11, 25)
UNITS = {"timeout": "ms", "timeout.try": "ms", "timeout.stream": "ms", "backoff": "ms", "backoff.max": "ms",
         "breaker.open": "ms", "breaker.reset": "ms", "breaker.window_time": "ms", "breaker.slow_call": "ms",
         "breaker.failure_ratio": "ratio", "breaker.slow_ratio": "ratio", "ejection.max_ratio": "ratio"}  # fmt: skip


def given(*groups: dict[str, Any], reader: str = "envoy", path: str = "proxy.yaml", origin: Any = "file") -> Evidence:
    """Settings: of each group `on` holds the labels, the rest metric to value, `__` for a dot."""
    facts: list[Fact] = []
    for group in groups:
        names = tuple(sorted(group.get("on", {}).items()))
        for key, value in group.items():
            if key != "on":
                metric = key.replace("__", ".")
                unit = "" if isinstance(value, str) else UNITS.get(metric, "")
                at = Location(path, len(facts) + 1)
                facts.append(Fact(metric, value, unit, at, names, None, origin))
    return Evidence(path, (), reader, Strength.documented, tuple(facts), ())


def slow(name: str, p99: float, samples: int | None = 1000, *, metric: str = "p99", label: str = "stage") -> Evidence:
    labels = ((label, name),) if name else ()
    fact = Fact(metric, p99, "ms", Location("stages.json", 1), labels, samples)
    return Evidence("stages.json", (), "json", Strength.measured, (fact,), ())


def values(found: Analysed, metric: str) -> dict[str, Any]:
    """Return the facts of a metric by their labels in words."""
    return {" ".join(v for _, v in f.labels): f.value for f in found.facts if f.metric == metric}


def value(found: Analysed, metric: str) -> Any:
    (fact,) = (f for f in found.facts if f.metric == metric and not f.labels)
    return fact.value


def has(found: Analysed, metric: str) -> bool:
    return any(f.metric == metric for f in found.facts)


def problems(found: Analysed, code: str) -> list[str]:
    return [f"{p.at}: {p.message}" for p in found.problems if p.code == code]


def judged(found: Analysed, *expect: str) -> RequirementResult:
    """Judge an item that expects this of the analysis."""
    checks = tuple(Check(parse_expectation(text), "", Location("list.yaml")) for text in expect)
    bound = Bound("analysis", (), (), None, "x", Strength.claimed, None, False, checks, Location("list.yaml"))
    evidence = Evidence("readiness.yaml", (), "x", found.strength, found.facts, found.problems)
    return evaluate(Gathered(bound, (evidence,), ()), DAY)
