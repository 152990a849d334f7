"""One launch that is a GO, and what each attack changes of it: whatever comes out, it is no GO."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import NamedTuple

from readiness.cli.shield import shield
from readiness.errors import ReadinessError
from readiness.evidence.collect import Collector
from readiness.evidence.limits import DEFAULT, Limits
from readiness.evidence.paths import Roots
from readiness.model.evidence import Evidence
from readiness.model.review import Review
from tests.cli.running import Done, readiness
from tests.pipeline.worlds import World, go_world, review_folder

HOSTILE = Path(__file__).resolve().parents[3] / "shared" / "hostile"
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
DAY = "2026-11-23"
ITEM = "LOAD-01"
SECONDS = 5.0  # of CPU time, for what is refused at once


class Attacked(NamedTuple):
    """What became of a launch under attack: its review, or the code of the error that ended it."""

    review: Review | None
    code: str
    message: str
    seconds: float

    @property
    def outcome(self) -> str:
        """The outcome of the item that was attacked, or how the run ended."""
        if self.review is None:
            return "refused"
        return next(str(item.outcome) for item in self.review.items if item.id == ITEM)

    @property
    def fooled(self) -> bool:
        """Whether the attack got a GO."""
        return self.review is not None and self.review.decision == "GO" and self.review.complete


def home(folder: Path, world: World | None = None) -> Path:
    """Write a launch that is a GO, as a repository of its own."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    (world or go_world()).write(folder)
    return folder


def decided(folder: Path) -> Attacked:
    """Decide a launch that was written."""
    start = time.process_time()
    try:
        review = review_folder(folder)
    except ReadinessError as error:
        first = error.diagnostics[0]
        return Attacked(None, first.code, first.message, time.process_time() - start)
    problems = [note for evidence in review.evidence for note in evidence.notes]
    code, message = (problems[0].code, problems[0].message) if problems else ("", "")
    return Attacked(review, code, message, time.process_time() - start)


def with_evidence(folder: Path, raw: bytes) -> Attacked:
    """Decide the launch with other bytes in the file that proves LOAD-01."""
    home(folder)
    (folder / "evidence/load.json").write_bytes(raw)
    return decided(folder)


def with_launch_text(folder: Path, name: str, text: str | bytes) -> Attacked:
    """Decide the launch with another text in one of the files that people write."""
    home(folder)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return decided(folder)


def values(**changes: object) -> bytes:
    """Return the evidence that proves LOAD-01, with other values."""
    return json.dumps({"p95": 420, "errors": 0.001, "n": 5000, "made": "2026-11-20T10:00:00Z", **changes}).encode()


def read(path: Path, reader: str = "", limits: Limits = DEFAULT, *, apart: bool = False) -> Evidence:
    """Read one file as evidence."""
    collector = Collector(Roots(path.parent, path.parent), shield, limits=limits, apart=apart)
    return collector.read(path.name, (reader,) if reader else ())


def codes(evidence: Evidence) -> list[str]:
    """Return the codes of what is wrong with it."""
    return [problem.code for problem in evidence.problems if problem.kind == "invalid"]


def gate(folder: Path, *arguments: str, **how: object) -> Done:
    """Run the gate as CI does."""
    return readiness("check", folder, "--as-of", DAY, *arguments, **how)  # type: ignore[arg-type]
