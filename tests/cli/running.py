"""Run the command line as a user does: a process, with its streams and exit code."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from readiness.loading.basis import TARGETS
from tests.cli.warm import PROGRAM, anew, run

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "evidence" / "shop-assistant"
DAY = "2026-11-26"


SCRUBBED = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", *TARGETS}


class Done(NamedTuple):
    """What a run left behind."""

    code: int
    out: str
    err: str


def readiness(
    *arguments: str | Path,
    cwd: Path = ROOT,
    prefix: tuple[str, ...] = (),
    env: dict[str, str] | None = None,
) -> Done:
    """Run `readiness` and return its exit code and streams."""
    kept = {k: v for k, v in os.environ.items() if k not in SCRUBBED}
    full = {**kept, "PYTHONPATH": str(ROOT), **(env or {})}
    words = [str(argument) for argument in arguments]
    done = anew([*prefix, *PROGRAM, *words], cwd, full) if prefix else run(words, cwd, full)
    assert b"Traceback" not in done.stderr
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@cache
def example(command: str, *arguments: str) -> Done:
    """Run a command on the worked example: once for all tests that look at what it says."""
    return readiness(command, EXAMPLE, "--as-of", DAY, *arguments)


LAUNCH = """\
schema: readiness/launch@1
service: demo
title: Demo
owner: team-demo
launch: 2026-12-07
candidate: {version: 1.0.0}
checklists: [./list.yaml]
evidence: {numbers: numbers.json}
"""
CHECKLIST = """\
schema: readiness/checklist@1
id: demo
title: Demo
version: 1.0.0
slots:
  numbers: {title: Numbers, readers: [k6-summary, locust-csv], how: Run k6.}
items:
  - id: DEMO-01
    title: The p95 stays under 800 ms
    area: latency
    gate: blocker
    harm: major
    risk: possible
    effort: 1d
    evidence:
      - slot: numbers
        expect: [p95 <= 800 ms]
    why: Users leave.
    fix: Make it faster.
"""


def demo(folder: Path, launch: str = LAUNCH, checklist: str = CHECKLIST) -> Path:
    """Write a small launch that is a repository of its own."""
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "readiness.yaml").write_text(launch)
    (folder / "list.yaml").write_text(checklist)
    return folder
