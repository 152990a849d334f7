"""The calls that a report of ghz lists, folded as they are read."""

from __future__ import annotations

from array import array
from datetime import datetime
from typing import TYPE_CHECKING, Any

from readiness.evidence.folded import Fold
from readiness.evidence.loadtest.numbers import entry
from readiness.evidence.loadtest.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from readiness.evidence.folded import Plan, Step
    from readiness.evidence.structured import JsonDocument

MS = 1e-6


class Calls(Fold):
    """The list `details`. The timestamp of a call is that of its end.

    Attributes:
        tally: the calls by time and outcome.
        times: their times in ms.
        good: those of the ones without an error.
    """

    def __init__(
        self, document: JsonDocument, steps: tuple[Step, ...], beside: Mapping[str, Any]
    ) -> None:
        super().__init__(document, steps, beside)
        self.tally = Tally()
        self.times, self.good = array("d"), array("d")
        self._timed = False

    def take(self, index: int, element: Any) -> None:
        """Take a call."""
        if not isinstance(element, dict):
            self.refuse("wrong-shape", "a call that is not an object", index)
        ms = entry(self, element.get("latency"), index, "latency") * MS
        text = element.get("timestamp")
        self._timed = self._timed or (not index and text is not None)
        ended = None
        if text is not None or self._timed:
            ended = self._seconds(index, text)
        good = not element.get("error")
        self.times.append(ms)
        if good:
            self.good.append(ms)
        good = good and element.get("status") in ("OK", "", None)
        self.tally.add(None if ended is None else ended - ms / 1000, ms, good)

    def _seconds(self, index: int, text: object) -> float:
        moment = parse_moment(text)
        if moment is None or not self._timed:
            message = f"`timestamp` is `{str(text)[:40]}`, not a moment with its time zone"
            message = message if self._timed else "only some calls have a `timestamp`"
            self.refuse("number", message, index, "timestamp")
        return moment.timestamp()

    def ordered(self) -> list[Sequence[float]]:
        """Return the times of calls without an error, and of all, ascending."""
        return [array("d", sorted(found)) for found in (self.good, self.times)]


def parse_moment(text: object) -> datetime | None:
    """Return a moment as Go writes it, None if it is none or has no time zone."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


PLAN: dict[str, Plan] = {"details": Calls}
