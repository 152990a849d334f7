"""A small launch with a checklist, and a helper that loads it after edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.errors import ReadinessError
from readiness.loading.files import Home
from readiness.loading.load import load_plan

if TYPE_CHECKING:
    from pathlib import Path

    from readiness.model.plan import Plan

LAUNCH = """\
schema: readiness/launch@1
service: shop-assistant
title: Shopping assistant
owner: team-assist
launch: 2026-12-07
candidate: {version: 1.10, commit: HEAD}
checklists: [./base.yaml]
parameters:
  peak: 120 rps
  p95_budget: 2500 ms
changes: [prompt, traffic]
locales: [en-US]
evidence:
  load-test: evidence/load/*.csv
"""
BASE = """\
schema: readiness/checklist@1
id: base
title: Base
version: 1.0.0
slots:
  load-test: {title: Load test, readers: [locust-csv, k6-summary], how: run locust}
parameters:
  peak: {unit: rps, meaning: forecast peak}
  p95_budget: {unit: ms, meaning: time of 95 of 100 users}
items:
  - id: LOAD-01
    title: Load test reaches 1.5 times the forecast peak
    area: load
    gate: blocker
    harm: major
    risk: possible
    effort: 1d
    when: {changes: [traffic, model]}
    evidence:
      - slot: load-test
        needs: measured
        fresh: 14d
        confident: true
        expect:
          - rate >= 1.5 * launch.peak
          - p95 <= launch.p95_budget
          - errors < 1%
          - kind in [exact, semantic]
          - failed = 0
      - path: latency.json
        reader: json
        map:
          p95: {at: /p95, unit: ms}
        expect: [p95 <= 450 ms]
    why: A forecast peak that was never reached is a guess.
    fix: Run it.
"""
CHILD = """\
schema: readiness/checklist@1
id: child
title: Child
version: 1.0.0
extends: [./base.yaml]
items:
  - id: LOAD-01
"""
DECISIONS = """\
schema: readiness/decisions@1
decisions:
  - item: LOAD-01
    kind: waived
    reason: The generator is too small.
    harm_if_wrong: Users see errors.
    mitigation: Admission control.
    approver: head
    approved: 2026-11-20
    expires: 2026-12-20
    void_if: rate < 0.5 * launch.peak
"""


def replaced(text: str, *edits: tuple[str, str]) -> str:
    """Return a text with edits, each of which must fit exactly once."""
    for old, new in edits:
        assert text.count(old) == 1, (text.count(old), old)
        text = text.replace(old, new)
    return text


def write(folder: Path, **texts: str) -> Home:
    """Write `launch` (readiness.yaml), `base`, `decisions` or any other `name` to name.yaml."""
    texts = {"launch": LAUNCH, "base": BASE, **texts}
    for name, text in texts.items():
        file = "readiness.yaml" if name == "launch" else f"{name}.yaml"
        (folder / file).write_text(text, "utf-8")
    return Home(folder / "readiness.yaml", folder)


def plan_of(folder: Path, **texts: str) -> Plan:
    """Load what was written."""
    return load_plan(write(folder, **texts))


def message(folder: Path, **texts: str) -> str:
    """Return the message of the error that loading raises."""
    try:
        plan_of(folder, **texts)
    except ReadinessError as error:
        return str(error)
    return "no error"


def extended(folder: Path, patch: str, base: str = BASE) -> str:
    """Return the message of a launch on a child checklist that changes LOAD-01 by `patch`."""
    lines = "".join(f"    {line}\n" for line in patch.split("\n"))
    launch = LAUNCH.replace("./base.yaml", "./child.yaml")
    return message(folder, launch=launch, base=base, child=CHILD + lines)
