"""Which figure of a run its failed requests make better, where the passed ones are known apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.facts import EXPECTED
from readiness.model.fact import Fact, Problem
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.model.load import Labels

_TAIL = pattern(r"p(9[0-9](?:\.[0-9]{1,6})?)")
_CLEARLY = 0.01  # a tail that failures made better by less misleads nobody
_MIDDLE = 0.05  # so of a mean and a median, which as small a share of failures moves as far
_FAR = 95.0  # rank above which a few failures move a tail to the next sample, no further
_ONE = 99.99  # per cent of a sample: at least one lies above the rank
_SHARE = 0.01  # of failures, from which they are more than a few


class _Pair(NamedTuple):
    """One figure of all requests, and the same of those that passed."""

    every: Fact
    good: Fact

    @property
    def better(self) -> float:
        """By which share the figure is better with the failed requests."""
        good = float(self.good.value)
        return 1 - float(self.every.value) / good if good else 0.0


def failed_fast(
    facts: Iterable[Fact], help_: str, run: Labels = (), *, rounding: float = 0.0
) -> Iterator[Problem]:
    """Yield one warning where failures make figures better, naming the one made better most.

    Args:
        facts: all facts of the run, those of the passed requests labelled `response=expected`.
        help_: how to judge without the failures.
        run: the labels that all its facts have.
        rounding: how far, as a share, two equal percentiles may be apart in the file.
    """
    found = {(fact.metric, fact.labels): fact for fact in reversed(list(facts))}
    errors = found.get(("errors", run))
    if errors is None or not errors.value:
        return
    passed = tuple(sorted((*run, EXPECTED)))
    pairs = [
        _Pair(fact, found[metric, passed])
        for (metric, labels), fact in found.items()
        if labels == run and (metric, passed) in found
    ]
    clear = [
        pair for pair in pairs if _misleads(pair, float(errors.value), max(_CLEARLY, rounding))
    ]
    if not clear:
        return
    every, good = max(clear, key=lambda pair: (pair.better, pair.every.metric))
    name = "the mean" if every.metric == "mean" else every.metric
    message = f"{name} is {every.value:g} ms with failed requests, {good.value:g} ms without"
    yield Problem("warning", "failed-fast", f"{message}: they failed fast", every.at, help_)


def _misleads(pair: _Pair, share: float, clearly: float) -> bool:
    """Tell whether a figure is better by more than chance, given the share that failed."""
    if pair.every.metric in {"mean", "p50"}:
        return pair.better > _MIDDLE
    if (match := _TAIL.fullmatch(pair.every.metric)) is None or pair.better <= clearly:
        return False
    rank, samples = float(match[1]), pair.good.samples
    reached = samples is None or samples * (100 - rank) > _ONE
    return rank <= _FAR or (share >= _SHARE and reached)
