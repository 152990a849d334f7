"""The timeout that bounds one attempt, of what files set, and what nothing bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.configured import number, number_of, origin
from readiness.errors import Location
from readiness.model.fact import Fact, Problem
from readiness.model.quantity import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.analysis.configured import Subject
    from readiness.model.launch import Launch

_LIMITS = ("timeout.try", "timeout")
_STREAM = "timeout.stream"  # between two reads: an answer may take longer than that
_COUNTED = ("timeouts.none",)
_HELP = "set a timeout above p99 and within the budget"


class Limit(NamedTuple):
    """What bounds an attempt: ms, None if nothing does; the setting that says so.

    `between` tells that it bounds the time between two reads only.
    """

    subject: Subject
    value: float | None
    fact: Fact
    between: bool = False

    @property
    def shown(self) -> str:
        """What is set, as the begin of a sentence."""
        given = "off" if self.value is None else show(self.value, "ms")
        return f"{self.fact.metric} of {self.subject.shown} is {given}{origin(self.fact)}"


def limit_of(subject: Subject) -> Limit | None:
    """Return what bounds one attempt; None if the subject sets no timeout, or one that is not read.

    A time of 0 bounds nothing: that is what most tools take it for.
    """
    if not any(metric in subject.own for metric in (*_LIMITS, _STREAM)):
        return None
    for metrics, between in ((_LIMITS, False), ((_STREAM,), True)):
        given = [fact for fact in subject.numbers(*metrics) if (number(fact) or 0) > 0]
        if given:
            least = min(given, key=number_of)
            return Limit(subject, number_of(least), least, between)
    every = (*_LIMITS, _STREAM)
    off = [*subject.off(*every), *(f for f in subject.numbers(*every) if number(f) == 0)]
    return Limit(subject, None, off[0]) if off else None


def unbounded(
    launch: Launch, limits: Iterable[Limit], found: Iterable[Subject], path: str
) -> Iterator[Problem]:
    """Yield what may wait for ever: what files say so of, and components without any timeout.

    What one file leaves unbounded another may bound, if both speak of the same component.
    """
    limits = list(limits)
    bounded = {limit.subject.component for limit in limits if limit.value is not None} - {""}
    for limit in limits:
        if limit.value is None and limit.subject.component not in bounded:
            message = f"{limit.shown}: a call may wait for ever"
            yield Problem("warning", "no-timeout", message, limit.fact.at, _HELP, _COUNTED)
    spoken = {subject.component for subject in found if limit_of(subject)}
    for name, part in launch.components.items():
        if part.timeout is None and name not in spoken:
            message = f"neither the launch nor a file gives {name} a timeout"
            at = Location(path, pointer=f"/components/{name}")
            yield Problem("warning", "no-timeout", message, at, _HELP, _COUNTED)
