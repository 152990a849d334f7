"""A small launch in a real git repository, with a branch to propose changes from."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LAUNCH = """\
schema: readiness/launch@1
service: demo
title: Demo
owner: team-demo
launch: 2026-12-07
candidate: {version: 1.0.0}
checklists: [./list.yaml]
parameters: {budget: 800 ms}
evidence:
  numbers:
    path: numbers.json
    reader: json
    map: {p95: {at: /p95, unit: ms}}
"""
CHECKLIST = """\
schema: readiness/checklist@1
id: demo
title: Demo
version: 1.0.0
slots:
  numbers: {title: Numbers, readers: [json], how: Run k6.}
parameters:
  budget: {unit: ms, meaning: time of 95 of 100 users}
items:
  - id: DEMO-01
    title: The p95 stays within its budget
    area: latency
    gate: blocker
    harm: major
    risk: possible
    effort: 1d
    evidence:
      - slot: numbers
        expect: [p95 <= launch.budget]
    why: Users leave.
    fix: Make it faster.
"""
RECORD = """\
schema: readiness/decisions@1
decisions:
  - item: DEMO-01
    kind: waived
    reason: The load generator stops at 100 rps.
    harm_if_wrong: Errors at the peak.
    mitigation: The rollout stays at 5 %.
    approver: head-of-ops
    approved: 2026-11-20
    expires: 2026-12-20
"""


def git(folder: Path, *words: str) -> str:
    """Run git as nobody in particular."""
    env = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2026-11-20T10:00:00Z",
        "GIT_COMMITTER_DATE": "2026-11-20T10:00:00Z",
    }  # fmt: skip
    done = subprocess.run(["git", "-C", str(folder), *words], env=env, capture_output=True, check=True)
    return done.stdout.decode().strip()


def write(folder: Path, p95: float = 500, launch: str = LAUNCH, checklist: str = CHECKLIST, decisions: str = "") -> None:
    """Write the launch, its checklist, its evidence and its records."""
    (folder / "readiness.yaml").write_text(launch)
    (folder / "list.yaml").write_text(checklist)
    (folder / "numbers.json").write_text(json.dumps({"p95": p95}))
    if decisions:
        (folder / "decisions.yaml").write_text(decisions)


def commit(folder: Path, message: str = "a change") -> str:
    """Commit everything, and return the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def repository(folder: Path, p95: float = 500, **texts: str) -> Path:
    """Make a repository whose `main` has the launch, and check out a branch of it."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    write(folder, p95, **texts)
    commit(folder, "the launch")
    git(folder, "checkout", "-q", "-b", "change")
    return folder
