"""What any file of samples is asked about its run: a stall waited out, failures that were quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.closed import stall_problems
from readiness.evidence.loadtest.failed import failed_samples

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from readiness.model.fact import Fact, Problem
    from readiness.model.load import Load

_RESOLUTION = 1.0  # ms, to which most tools write a time
_HELP = "an error is often quicker than an answer: `where response = expected`"


def sample_problems(load: Load, facts: Iterable[Fact], told: Container[str]) -> Iterator[Problem]:
    """Yield at most one warning of a stall and one of quick failures.

    A stall is looked for where a closed loop is known and corrected times are not: those tell it.

    Args:
        load: the samples of the run.
        facts: all facts of the file.
        told: codes that its reader has told itself.
    """
    whole = [f for f in facts if not f.labels and not isinstance(f.value, (bool, str))]
    corrected = any(fact.metric == "corrected.p99" for fact in whole)
    if load.arrivals == "closed" and not corrected and "coordinated-omission" not in told:
        yield from stall_problems(whole, _RESOLUTION)
    if "failed-fast" not in told:
        yield from failed_samples(load, whole, _HELP)
