"""Every request of an inference-perf run goes in; a run with facts recomputed from them out."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from readiness.evidence.loadtest import llm
from readiness.evidence.loadtest.numbers import is_number, number
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.reader import Unreadable

if TYPE_CHECKING:
    from readiness.evidence.structured import JsonDocument

_PLACES = (("info", "response_metrics"), ("info",))
_HINT = "was the file edited, or cut off?"


def read_requests(document: JsonDocument) -> llm.Run:
    """Return the facts and problems of single requests, whose times are relative.

    Raises:
        Unreadable: an entry is no request, or a value is not a number.
    """
    run = llm.Run()
    spans = [_span(document, index) for index in range(len(document.value))]
    if not spans:
        return run
    first = min(start for start, _, _ in spans)
    tally = Tally()
    ttft: list[float] = []
    gaps: list[float] = []
    for index, (start, end, ok) in enumerate(spans):
        tally.add(start - first, (end - start) * 1000, ok=ok)
        times = _token_times(document, index) if ok else []
        if times:
            ttft.append(max(times[0] - start, 0.0) * 1000)
            gaps += [max(after - before, 0.0) * 1000 for before, after in pairwise(times)]
    at = document.at(0, "end_time")
    failed = sum(not ok for _, _, ok in spans)
    run.counts(len(spans), failed, at, document.at(0, "error"), derived=True)
    run.sampled(tally.load(), at)
    run.samples("ttft", ttft, at)
    run.samples("itl", gaps, at)
    asked = {hash(e["request"]) for e in document.value if isinstance(e.get("request"), str)}
    if asked:
        run.derive("inputs.distinct", len(asked), document.at(0, "request"))
    return run


def _span(document: JsonDocument, index: int) -> tuple[float, float, bool]:
    """Return begin and end in seconds of an unknown clock, and whether it succeeded."""
    entry: Any = document.value[index]
    if not isinstance(entry, dict) or not {"start_time", "end_time", "error"} <= set(entry):
        message = "an entry has no `start_time`, `end_time` and `error`"
        raise Unreadable("not-a-result", message, document.at(index), _HINT)
    start, end = (
        number(entry[key], document.at(index, key), f"`{key}`")
        for key in ("start_time", "end_time")
    )
    if end < start:
        message = "a request ends before it starts"
        raise Unreadable("contradiction", message, document.at(index, "end_time"), _HINT)
    return start, end, entry["error"] is None


def _token_times(document: JsonDocument, index: int) -> list[float]:
    """Return when the tokens came, on the same clock; empty where the file does not say."""
    for steps in _PLACES:
        times = document.get(index, *steps, "output_token_times")
        if isinstance(times, list) and times and all(map(is_number, times)):
            return times
    return []
