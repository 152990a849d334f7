"""The lists of single requests in a result of a serving benchmark, folded as they are read."""

from __future__ import annotations

from array import array
from operator import not_
from typing import TYPE_CHECKING, Any

from readiness.evidence.folded import Fold
from readiness.evidence.loadtest.gathered import MOST as KEPT
from readiness.evidence.loadtest.gathered import Gathered
from readiness.evidence.loadtest.numbers import MOST, entry
from readiness.evidence.reader import Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from readiness.evidence.folded import Plan, Step
    from readiness.evidence.structured import JsonDocument
    from readiness.stats.histogram import Histogram

_PLAIN = {int, float}
_TEXTS = {str, type(None)}


class Numbers(Fold):
    """A list with a number of 0 or more for each request.

    Attributes:
        values: the numbers; times in seconds.
    """

    def __init__(
        self, document: JsonDocument, steps: tuple[Step, ...], beside: Mapping[str, Any]
    ) -> None:
        super().__init__(document, steps, beside)
        self.values = array("d")

    def extend(self, elements: Sequence[Any]) -> None:
        """Take numbers, all at once if they are such."""
        if _plain(elements):
            self.values.extend(elements)
            self.total += len(elements)
        else:
            super().extend(elements)

    def take(self, index: int, element: Any) -> None:
        """Take a number."""
        self.values.append(entry(self, element, index))


class Gaps(Fold):
    """The list of the times between tokens, in seconds, for each request.

    A million gaps are kept for when it is known which requests succeeded. Of those before them the
    ones of requests that have output are counted.

    Attributes:
        sums: the gaps of each request together.
        sizes: how many gaps each has.
    """

    def __init__(
        self, document: JsonDocument, steps: tuple[Step, ...], beside: Mapping[str, Any]
    ) -> None:
        super().__init__(document, steps, beside)
        self.sums, self.sizes = array("d"), array("I")
        self._kept, self._counted, self._early = array("d"), bytearray(), Gathered()

    def take(self, index: int, element: Any) -> None:
        """Take the gaps of a request."""
        if not isinstance(element, list):
            message = f"an entry of `{self.key}` is no list"
            raise Unreadable("wrong-shape", message, self.at(index), "was the file edited?")
        for inner, value in enumerate(() if _plain(element) else element):
            entry(self, value, index, inner)
        self.sums.append(sum(element))
        self.sizes.append(len(element))
        self._kept.extend(element)
        if len(self._kept) > KEPT:
            guess = self._with_output()
            self._gather(guess, self._early)
            self._counted.extend(guess[len(self._counted) :])
            self._kept = array("d")

    def successes(self, fine: Sequence[int]) -> Histogram | None:
        """Return the gaps of the requests that succeeded in ms; None where they cannot be told."""
        early = zip(self._counted, fine, self.sizes, strict=False)
        if any(counted != ok and size for counted, ok, size in early):
            return None
        self._gather(fine, self._early)
        return self._early.histogram(1000)

    def _with_output(self) -> bytearray:
        """Return which requests have output, as far as its list came before this one."""
        lengths = self.beside.get("output_lens")
        known = lengths.values if isinstance(lengths, Numbers) else ()
        found = bytearray(n > 0 for n in known[: len(self.sizes)])
        return found + b"\1" * (len(self.sizes) - len(found))

    def _gather(self, fine: Sequence[int], gathered: Gathered) -> None:
        start = 0
        for index in range(len(self._counted), len(self.sizes)):
            end = start + self.sizes[index]
            if fine[index]:
                gathered.extend(self._kept[start:end])
            start = end


class Errors(Fold):
    """What went wrong with each request.

    Attributes:
        fine: whether nothing did.
    """

    def __init__(
        self, document: JsonDocument, steps: tuple[Step, ...], beside: Mapping[str, Any]
    ) -> None:
        super().__init__(document, steps, beside)
        self.fine = bytearray()

    def extend(self, elements: Sequence[Any]) -> None:
        """Take texts, empty or null where nothing went wrong."""
        if not set(map(type, elements)) <= _TEXTS and self._refused is None:
            message = f"an entry of `{self.key}` is no text"
            self._refused = Unreadable("wrong-shape", message, self.at(), "was the file edited?")
        self.fine.extend(map(not_, elements))
        self.total += len(elements)


PLAN: dict[str, Plan] = {
    "latencies": Numbers,
    "ttfts": Numbers,
    "itls": Gaps,
    "input_lens": Numbers,
    "output_lens": Numbers,
    "start_times": Numbers,
    "errors": Errors,
    "generated_texts": Fold,
}


def _plain(values: Sequence[Any]) -> bool:
    """Tell whether all are numbers of 0 or more that can be meant."""
    if not values or not set(map(type, values)) <= _PLAIN:
        return not values
    return bool(min(values) >= 0 and max(values) < MOST)
