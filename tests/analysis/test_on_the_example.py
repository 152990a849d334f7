"""Analyses on what the worked example's rig really produced: one case that holds, one that does not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from readiness.analysis.analysis import ANALYSES
from readiness.cli.shield import shield
from readiness.errors import Location
from readiness.evaluation.compare import compare
from readiness.gathering import collected
from readiness.loading.files import find_home
from readiness.model.evidence import Evidence
from readiness.model.expectation import parse_expectation
from readiness.model.launch import Component, Launch
from readiness.model.plan import Check
from readiness.model.quantity import parse
from readiness.pipeline import Options, lint

EXAMPLE = Path(__file__).resolve().parents[2] / "evidence" / "shop-assistant"


@pytest.fixture(scope="module")
def example() -> tuple[Launch, tuple[Evidence, ...]]:
    """The launch of the example with all its evidence, read as `check` reads it."""
    home = find_home(EXAMPLE)
    plan = lint(home)
    bounds = [bound for item in plan.items for bound in item.requirements]
    collector = Options(date(2026, 11, 26), shield, lambda _: None).collector(home)
    found = collected(bounds, collector)
    read = {id(e): e for part in found.values() for e in part.evidence}
    return plan.launch, tuple(sorted(read.values(), key=lambda e: (e.path, e.reader, repr(e.facts))))


def _another_model(launch: Launch) -> dict[str, str]:
    return {**launch.parameters, "model": "another-2"}


def _model_as_slow_as_nothing_says(launch: Launch) -> dict[str, Component]:
    other = launch.components["model"].model_copy(update={"timeout": parse("9 s")})
    return {**launch.components, "model": other}


CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    # analysis: what holds of the example, what does not, and what the launch says then instead
    "change-plan": ("plan.missing = 0", "plan.missing = 0", {"changes": ["model"], "parameters": _another_model}),
    "language-neutrality": ("slices.missing = 0", "slices.missing = 0", {"locales": ["en-US", "fr-FR"]}),
    "contradictions": ("contradictions = 0", "contradictions = 0", {"components": _model_as_slow_as_nothing_says}),
    "eval-confidence": (
        "pass_rate.worst where by = locale >= 60 %", "pass_rate.worst where by = locale >= 85 %", {},
    ),
    "full-load": ("full_load.p95 <= 2500 ms", "full_load.p95 <= 1250 ms", {}),
    "load-capacity": ("headroom >= 1.5", "headroom >= 1.5", {"parameters": {"peak": "300 rps"}}),
}  # fmt: skip


def _outcome(name: str, launch: Launch, evidence: tuple[Evidence, ...], expectation: str) -> str:
    analysis = ANALYSES.get(name)
    assert analysis is not None
    found = analysis.run(launch, "readiness.yaml", evidence)
    check = Check(parse_expectation(expectation), "", Location("list.yaml"))
    return compare(check, found.facts, Location("readiness.yaml"), confident=False).outcome


@pytest.mark.parametrize("name", CASES)
def test_one_case_holds_and_one_does_not(
    name: str, example: tuple[Launch, tuple[Evidence, ...]]
) -> None:
    launch, evidence = example
    holds, fails, instead = CASES[name]
    assert _outcome(name, launch, evidence, holds) == "proven"
    changed = {key: value(launch) if callable(value) else value for key, value in instead.items()}
    other = launch.model_copy(update=changed)
    assert _outcome(name, other, evidence, fails) == "failed"


def test_every_analysis_computes_something_of_the_example(
    example: tuple[Launch, tuple[Evidence, ...]],
) -> None:
    launch, evidence = example
    empty = [
        name
        for name, analysis in ANALYSES.shipped.items()
        if not analysis.run(launch, "readiness.yaml", evidence).facts
    ]
    assert empty == []
