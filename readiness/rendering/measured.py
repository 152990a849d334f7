"""What was measured, one sentence a line: for reports that have no room for charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from readiness.rendering.parts import View

TITLE = "Load and latency"


def measured(view: View) -> tuple[str, ...]:
    """Return the sentences on this candidate beside the last, headroom, latency and load tests."""
    lines = [f"{p.title}: {p.sentence} {p.note}".rstrip() for p in view.comparisons]
    lines += [view.headroom.sentence] if view.headroom else []
    lines += [f"{path.title}: {path.sentence}" for path in view.latency]
    lines += [f"{test.path}: p95 {test.p95}. {test.capacity}" for test in view.loads]
    return tuple(lines)
