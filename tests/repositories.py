"""Real git repositories for tests, and a small launch whose evidence says when it was made."""

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
candidate: {version: 1.0.0, commit: HEAD}
checklists: [./list.yaml]
evidence:
  numbers:
    path: evidence/*.json
    reader: json
    produced: /made
    map: {p95: {at: /p95, unit: ms}}
"""
CHECKLIST = """\
schema: readiness/checklist@1
id: demo
title: Demo
version: 1.0.0
slots:
  numbers: {title: Numbers, readers: [json], how: Measure.}
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
        fresh: 30d
        expect: [p95 <= 800 ms]
    why: Users leave.
    fix: Make it faster.
"""
WATCHED = CHECKLIST.replace("    why:", "    invalidated_by: [prompts/**]\n    why:")
DAY = "2026-11-25"


def git(folder: Path, *arguments: str, when: str = "2026-11-01T12:00:00Z") -> str:
    """Run git with a fixed person and date, whatever the machine's settings are."""
    environment = {
        **os.environ, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when,
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=environment, check=True, capture_output=True
    )
    return done.stdout.decode().strip()


def commit(folder: Path, files: dict[str, str] | None = None, when: str = "2026-11-01T12:00:00Z") -> str:
    """Write files, commit all that is there, and return the commit's hash."""
    for name, text in (files or {}).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "--allow-empty", "-m", "c", when=when)
    return git(folder, "rev-parse", "HEAD")


def run(p95: float, made: str | None = "2026-11-20T10:00:00Z", **more: object) -> str:
    """Return the file of a run."""
    return json.dumps({"p95": p95, **({"made": made} if made else {}), **more}) + "\n"


def launch(folder: Path, checklist: str = CHECKLIST, text: str = LAUNCH) -> Path:
    """Write a launch without evidence into a repository of its own, and commit it."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, {"readiness.yaml": text, "list.yaml": checklist, "prompts/system.md": "Be kind.\n"})
    return folder
