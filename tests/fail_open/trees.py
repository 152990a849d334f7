"""A launch that is a NO-GO, as a repository on disk, for attacks that try to get a GO out of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.warm import ROOT, Ended, anew, run

COMMAND = Path(sys.executable).parent / "readiness"
DAY = "2026-11-23"
GOOD = {"p95": 420, "errors": 0.001, "n": 5000, "made": "2026-11-20T10:00:00Z"}
BAD = {**GOOD, "p95": 900}
LAUNCH = """\
schema: readiness/launch@1
service: shop
title: Shop
owner: team-shop
launch: 2026-12-07
candidate: {version: 1.0.0}
checklists: [./list.yaml]
"""
ITEM = """\
  - id: LOAD-01
    title: The p95 stays under 800 ms
    area: load
    gate: blocker
    harm: major
    risk: possible
    effort: 1d
    evidence:
      - path: evidence/*.json
        reader: json
        map:
          p95: {at: /p95, unit: ms, samples: /n}
          errors: {at: /errors, unit: ratio, samples: /n}
        produced: /made
        needs: measured
        fresh: 14d
        expect: [p95 <= 800 ms, errors < 1 %]
    why: Users leave.
    fix: Make it faster.
"""
CHECKLIST = f"""\
schema: readiness/checklist@1
id: list
title: List
version: 1.0.0
items:
{ITEM}"""
WAIVER = """\
schema: readiness/decisions@1
decisions:
  - item: LOAD-01
    kind: waived
    reason: The p95 is over its limit for one endpoint
    harm_if_wrong: Users wait a second longer
    mitigation: The rollout stays at 5 % of traffic
    approver: head-of-ops
    approved: 2026-11-20
    expires: 2026-12-20
"""


@dataclass(frozen=True)
class Done:
    """How a run ended, and what it wrote."""

    code: int
    out: str
    err: str


def ended(process: Ended) -> Done:
    assert b"Traceback" not in process.stderr, process.stderr.decode()
    return Done(process.returncode, process.stdout.decode(), process.stderr.decode())


class Tree:
    """The judged tree: one blocker, whose one file fails."""

    def __init__(self, folder: Path, *, good: bool = False) -> None:
        self.folder = folder
        (folder / ".git").mkdir()
        self.write("readiness.yaml", LAUNCH)
        self.write("list.yaml", CHECKLIST)
        self.evidence("load", GOOD if good else BAD)

    def write(self, name: str, text: str | bytes) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def evidence(self, name: str, content: dict[str, Any]) -> Path:
        return self.write(f"evidence/{name}.json", json.dumps(content))

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text()
        assert old in text, old
        self.write(name, text.replace(old, new))

    def check(self, *arguments: str, day: str | None = DAY, **env: str) -> Done:
        """Run `readiness check` in the tree as CI does."""
        when = ["--as-of", day] if day else []
        return self.run("check", *when, *arguments, **env)

    def run(self, *arguments: str, **env: str) -> Done:
        full = {**os.environ, "PYTHONPATH": str(ROOT), **env}
        return ended(run(list(arguments), self.folder, full, program=(str(COMMAND),)))

    def anew(self, *arguments: str) -> Done:
        """Run it in a new process, which has imported nothing yet."""
        return ended(anew([str(COMMAND), *arguments], self.folder, dict(os.environ)))

    def git(self, *arguments: str) -> str:
        """Run git in the tree, which becomes a real repository at the first call."""
        if not (self.folder / ".git" / "HEAD").exists():
            (self.folder / ".git").rmdir()
            self._git("init", "-q", "-b", "main")
        return self._git(*arguments)

    def _git(self, *arguments: str) -> str:
        who = ("-c", "user.name=CI", "-c", "user.email=ci@example.org")
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.folder, capture_output=True, check=True, timeout=60
        )
        return done.stdout.decode().strip()
