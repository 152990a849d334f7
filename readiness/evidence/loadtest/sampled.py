"""What any file of samples is asked about its run: a stall waited out, failures that were quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.closed import stall_problems
from readiness.evidence.loadtest.facts import EXPECTED
from readiness.evidence.loadtest.failed import failed_fast

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from readiness.model.fact import Fact, Problem
    from readiness.model.load import Load

_RESOLUTION = 1.0  # ms, to which most tools write a time
_RENAMED = {"errors.status": "errors"}
_HELP = "an error is often quicker than an answer: `where response = expected`"


def sample_problems(load: Load, facts: Iterable[Fact], told: Container[str]) -> Iterator[Problem]:
    """Yield at most one warning of a stall and one of quick failures.

    A stall is looked for where a closed loop is known and corrected times are not: those tell it.

    Args:
        load: the samples of the run.
        facts: all facts of the file.
        told: codes that its reader has told itself.
    """
    found = [
        fact._replace(metric=_RENAMED.get(fact.metric, fact.metric))
        for fact in facts
        if not isinstance(fact.value, (bool, str))
    ]
    whole = [fact for fact in found if not fact.labels]
    corrected = any(fact.metric == "corrected.p99" for fact in whole)
    if load.arrivals == "closed" and not corrected and "coordinated-omission" not in told:
        yield from stall_problems(whole, _RESOLUTION)
    if "failed-fast" not in told:
        yield from failed_fast(_apart(found), _HELP)


def _apart(facts: list[Fact]) -> list[Fact]:
    """Leave out what is as good as the passed requests to the whole millisecond written."""
    whole = {fact.metric: float(fact.value) for fact in facts if not fact.labels}
    return [
        fact
        for fact in facts
        if fact.labels != (EXPECTED,) or not _rounded(float(fact.value), whole.get(fact.metric))
    ]


def _rounded(good: float, every: float | None) -> bool:
    """Return whether two times of whole milliseconds may be apart by their rounding only."""
    return (
        every is not None
        and good.is_integer()
        and every.is_integer()
        and abs(good - every) <= _RESOLUTION
    )
