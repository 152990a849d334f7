"""Later runs of a load test that lie beside it and that nobody linked: one of them was picked."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from readiness.errors import Location
from readiness.model.fact import Problem
from readiness.model.text import and_list
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.evidence.collect import Collector
    from readiness.model.evidence import Evidence

_NUMBER = pattern(r"[0-9]{1,20}")
_NAMED = 3  # files


def later_runs(
    evidence: Iterable[Evidence], collector: Collector
) -> dict[str, tuple[Problem, ...]]:
    """Return that later runs lie beside linked load tests, by the path of the load test.

    A run is later whose name is the same but for its numbers, dates among them, and these are
    higher. Earlier ones are what came before it; a later one says that it is not the last.

    Args:
        evidence: all that is linked.
        collector: what lists folders; no file is read.
    """
    linked = list(evidence)
    taken = {path for e in linked for path in (e.path, *(file.path for file in e.files))}
    tests = {e.path for e in linked if any(fact.metric == "requests" for fact in e.facts)}
    beside = {path: _later(path, collector, taken) for path in sorted(tests)}
    return {path: (_problem(path, later),) for path, later in beside.items() if later}


def _later(path: str, collector: Collector, taken: set[str]) -> list[str]:
    own = PurePosixPath(path)
    words, numbers = _parts(own.name)
    if not numbers:
        return []
    later = []
    for name in collector.files_in(str(own.parent)):
        other = _parts(name)
        if other[0] == words and other[1] > numbers and str(own.parent / name) not in taken:
            later.append(name)
    return sorted(later, key=_parts)


def _parts(name: str) -> tuple[str, list[int]]:
    """Return a name without its numbers, and these."""
    return _NUMBER.sub("#", name), [int(number) for number in _NUMBER.findall(name)]


def _problem(path: str, beside: list[str]) -> Problem:
    what = "a later run lies" if len(beside) == 1 else f"{len(beside)} later runs lie"
    message = f"{what} beside it and {'is' if len(beside) == 1 else 'are'} not linked: "
    help_ = "link every run of this candidate: the best of several proves nothing"
    return Problem(
        "warning", "later-run", f"{message}{and_list(beside, most=_NAMED)}", Location(path), help_
    )
