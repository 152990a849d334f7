"""Every request of an inference-perf run goes in; a run with facts recomputed from them out."""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from readiness.evidence.folded import Fold
from readiness.evidence.loadtest import llm
from readiness.evidence.loadtest.gathered import Gathered
from readiness.evidence.loadtest.numbers import entry, is_number
from readiness.evidence.loadtest.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from readiness.evidence.folded import Step
    from readiness.evidence.structured import JsonDocument

_PLACES = (("info", "response_metrics"), ("info",))
_MOST_INPUTS = 1_000_000


class Requests(Fold):
    """The list of single requests, whose times are those of an unknown clock.

    Attributes:
        starts: when they began, in seconds; `ends` when they ended.
        fine: which succeeded.
        ttft: the times to the first token of those in ms; `gaps` between their tokens.
        asked: marks by which what was asked is told apart.
    """

    def __init__(
        self, document: JsonDocument, steps: tuple[Step, ...], beside: Mapping[str, Any]
    ) -> None:
        super().__init__(document, steps, beside)
        self.starts, self.ends, self.fine = array("d"), array("d"), bytearray()
        self.ttft = array("d")
        self.gaps = Gathered()
        self.asked: set[int] = set()

    def take(self, index: int, element: Any) -> None:
        """Take a request."""
        start, end, ok = self._span(index, element)
        self.starts.append(start)
        self.ends.append(end)
        self.fine.append(ok)
        times = _token_times(element) if ok else []
        if times:
            self.ttft.append(max(times[0] - start, 0.0) * 1000)
            self.gaps.extend(max(after - before, 0.0) * 1000 for before, after in pairwise(times))
        if isinstance(element.get("request"), str) and len(self.asked) <= _MOST_INPUTS:
            self.asked.add(hash(element["request"]))

    def _span(self, index: int, element: Any) -> tuple[float, float, bool]:
        """Return begin and end in seconds, and whether it succeeded."""
        if not isinstance(element, dict) or not {"start_time", "end_time", "error"} <= set(element):
            message = "an entry has no `start_time`, `end_time` and `error`"
            self.refuse("not-a-result", message, index)
        start, end = (entry(self, element[k], index, k) for k in ("start_time", "end_time"))
        if end < start:
            self.refuse("contradiction", "a request ends before it starts", index, "end_time")
        return start, end, element["error"] is None


def _token_times(element: dict[str, Any]) -> list[float]:
    """Return when the tokens came, on the same clock; empty where the file does not say."""
    for steps in _PLACES:
        inner: Any = element
        for step in (*steps, "output_token_times"):
            inner = inner.get(step) if isinstance(inner, dict) else None
        if isinstance(inner, list) and inner and all(map(is_number, inner)):
            return inner
    return []


def read_requests(requests: Requests) -> llm.Run:
    """Return the facts and problems of single requests.

    Raises:
        Unreadable: an entry is no request, or a value is not a number.
    """
    requests.check()
    run = llm.Run()
    if not requests:
        return run
    first = min(requests.starts)
    tally = Tally()
    for start, end, ok in zip(requests.starts, requests.ends, requests.fine, strict=True):
        tally.add(start - first, (end - start) * 1000, ok=bool(ok))
    at = requests.at(0, "end_time")
    failed = requests.fine.count(0)
    run.counts(len(requests), failed, at, requests.at(0, "error"), derived=True)
    run.sampled(tally.load(), at)
    run.samples("ttft", llm.histogram_of(requests.ttft), at)
    run.samples("itl", requests.gaps.histogram(), at)
    if 0 < len(requests.asked) <= _MOST_INPUTS:
        run.derive("inputs.distinct", len(requests.asked), requests.at(0, "request"))
    return run
