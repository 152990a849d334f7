"""The single requests that a report of GuideLLM lists, folded as they are read."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, Any

from readiness.evidence.folded import Fold
from readiness.evidence.loadtest.numbers import entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from readiness.evidence.folded import Plan, Step
    from readiness.evidence.structured import JsonDocument


class Requests(Fold):
    """A list of single requests; a number is NaN where one has none.

    Attributes:
        starts: when they began, in seconds; `ends` when they ended.
        times: how long they took, in ms.
        ttft: the times to the first token, in ms.
        prompts: marks by which prompts are told apart.
        prompted: whether all have one.
    """

    def __init__(
        self, document: JsonDocument, steps: tuple[Step, ...], beside: Mapping[str, Any]
    ) -> None:
        super().__init__(document, steps, beside)
        self.starts, self.ends = array("d"), array("d")
        self.times, self.ttft = array("d"), array("d")
        self.prompts, self.prompted = array("q"), True

    def take(self, index: int, element: Any) -> None:
        """Take a request."""
        if not isinstance(element, dict):
            self.refuse("wrong-shape", "a request is no object", index)
        for column, key in ((self.starts, "start_time"), (self.ends, "end_time")):
            moment = self._number(index, element, f"request_{key}")
            column.append(self._number(index, element, key) if math.isnan(moment) else moment)
        self.times.append(self._number(index, element, "request_latency") * 1000)
        self.ttft.append(self._number(index, element, "time_to_first_token_ms"))
        prompt = element.get("prompt") or element.get("request_args")
        self.prompted = self.prompted and isinstance(prompt, str)
        self.prompts.append(hash(prompt) if isinstance(prompt, str) else 0)

    def measured(self, begin: float, end: float) -> int:
        """Return how many ran in a time; those that do not say when did.

        So GuideLLM tells whom it counts: it lists those of the warm-up and the cool-down too.

        Args:
            begin: seconds.
            end: seconds.
        """
        runs = zip(self.starts, self.ends, strict=True)
        return sum(not (b < begin or (b if math.isnan(a) else a) > end) for a, b in runs)

    def _number(self, index: int, element: dict[str, Any], key: str) -> float:
        value = element.get(key)
        return math.nan if value is None else entry(self, value, index, key)


REQUESTS: dict[str, Plan] = {
    "successful": Requests,
    "errored": Requests,
    "incomplete": Fold,
    "total": Fold,
}
PLAN: list[Plan] = [{"requests": REQUESTS}]
