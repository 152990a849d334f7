"""Which figure of a run its failed requests make better: they were over sooner than the others."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.facts import EXPECTED
from readiness.model.fact import Fact, Problem
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from readiness.errors import Location
    from readiness.model.load import Labels, Load
    from readiness.stats.quick_failures import Pair, Part, Stated

_JUDGED = pattern(r"mean|p50|p9[0-9](?:\.[0-9]{1,6})?")
_PERCENTILE = pattern(r"p([0-9]{1,2}(?:\.[0-9]{1,6})?)")
_CLEARLY = 0.01  # a percentile that failures made better by less misleads nobody
_FAR = 0.05  # so of a mean and a median, which as small a share of failures moves as far
_TAIL = 90.0  # rank
_OUTER = 95.0  # rank above which a few failures move a percentile to the next sample, no further
_STEP = 1.0  # ms, to which most tools write a time
_WITHOUT = "without"
_STANDARD = "had they taken as long as passed ones"
_OWN = f"{_STANDARD} of their endpoint"
_FAST = "they failed fast"
_UNSURE = f"{_FAST}, or a quick endpoint failed more often"


class _Figure(NamedTuple):
    """One figure of all requests, and what it is without the failed ones.

    Attributes:
        sure: that failures moved this very figure, in standard deviations from chance.
    """

    name: str
    every: float
    good: float
    at: Location
    sure: float = 0.0

    @property
    def better(self) -> float:
        """By which share the figure is better with the failed requests, beyond a whole step."""
        whole = self.every.is_integer() and self.good.is_integer()
        if not self.good or (whole and self.good - self.every <= _STEP):
            return 0.0
        return 1 - self.every / self.good

    def misleads(self, rounding: float, sure: float) -> bool:
        """Tell whether quick failures make it better, by more than chance and a tool's rounding.

        A percentile that is little better, or that few samples decide, must be so for sure.
        """
        rank = _rank(self.name)
        far = rank <= _OUTER and self.better > max(_FAR, rounding)
        tail = rank >= _TAIL and self.sure >= sure and self.better > max(_CLEARLY, rounding)
        return far or tail


def failed_fast(
    facts: Iterable[Fact], help_: str, run: Labels = (), *, rounding: float = 0.0
) -> Iterator[Problem]:
    """Yield one warning where a summary's failures make figures better, naming the most so.

    A summary has no samples to compare; `quicker_stated` says what is taken from its figures, and
    what is assumed. A percentile that is little better counts where nine failures or more should
    be above it. Where all and passed requests are known of each endpoint with failures, those of
    one must be quick, too: else a quick endpoint may just fail more often than others.

    Args:
        facts: all facts of the run, those of the passed requests labelled `response=expected`.
        help_: how to judge without the failures.
        run: the labels that all its facts have.
        rounding: how far, as a share, two equal percentiles may be apart in the file.
    """
    groups: dict[Labels, dict[str, Fact]] = {}
    for fact in facts:
        if not isinstance(fact.value, (bool, str)):
            groups.setdefault(fact.labels, {}).setdefault(fact.metric, fact)
    told = _stated(groups, run, rounding)
    parts = [
        labels
        for labels, group in groups.items()
        if any(name == "endpoint" for name, _ in labels)
        and set(run) <= set(labels)
        and "errors" in group
        and group["errors"].value
    ]
    compared = parts and all(_passed(labels) in groups for labels in parts)
    if told and (not compared or any(_stated(groups, labels, rounding) for labels in parts)):
        yield _problem(told, _WITHOUT, _FAST if compared else _UNSURE, help_)


def failed_samples(load: Load, facts: Iterable[Fact], help_: str) -> Iterator[Problem]:
    """Yield one warning where a run's failures make figures better, naming the most so.

    Every failed request is compared with the passed ones of its endpoint and time. Where it takes
    those of endpoints of which none passed, or that are counted together, the warning says that it
    is not sure.

    Args:
        load: the samples.
        facts: facts of the whole run, with a place for each figure.
        help_: how to judge without the failures.
    """
    from readiness.stats import quick_failures as quick  # noqa: PLC0415 - statistics cost start-up

    if load.whole.ok.size < quick.FEWEST or not load.whole.failed.size:
        return
    parts = quick.parts_of(load.groups().values())
    figures = []
    for fact in facts:
        if _JUDGED.fullmatch(fact.metric):
            rank, every = _rank(fact.metric), float(fact.value)
            good = quick.had_they_passed(parts, rank / 100 if rank else None)
            figure = _Figure(fact.metric, every, good, fact.at)
            if figure.better > _CLEARLY:
                figures.append(figure)
    if not figures:
        return
    without = _STANDARD if any(part.borrowed for part in parts) else _OWN
    sure, strata = _strata(load)
    for tested, why in ((sure, _FAST), (strata, _UNSURE)):
        known = [f._replace(sure=quick.fewer_above(tested, f.every)) for f in figures]
        told = [figure for figure in known if figure.misleads(0.0, quick.SURE)]
        if told and quick.quicker(tested) >= quick.SURE:
            yield _problem(told, without if len(parts) > 1 else _WITHOUT, why, help_)
            return


def _strata(load: Load) -> tuple[list[Part], list[Part]]:
    """Return the parts in which failures are held against their like, and all there are."""
    from readiness.evidence.loadtest.tally import OTHERS  # noqa: PLC0415
    from readiness.stats.histogram import EMPTY  # noqa: PLC0415
    from readiness.stats.quick_failures import strata_of  # noqa: PLC0415

    named: list[Sequence[Pair]] = []
    mixed: list[Sequence[Pair]] = []
    for labels, counts in load.groups().items():
        course: Sequence[Pair] = [counts]
        if counts.failed.size:
            course = [window.groups.get(labels, (EMPTY, EMPTY)) for window in load.windows]
        (mixed if OTHERS[0][1] in dict(labels).values() else named).append(course)
    sure = [part for part in strata_of(named) if not part.borrowed]
    return sure, strata_of([*named, *mixed])


def _stated(
    groups: Mapping[Labels, Mapping[str, Fact]], labels: Labels, rounding: float
) -> list[_Figure]:
    """Return the figures of a group that failures make better, from what a summary states."""
    from readiness.stats import quick_failures as quick  # noqa: PLC0415

    every, good = groups.get(labels, {}), groups.get(_passed(labels), {})
    total, share = _counted(every, good)
    if not 0 < share < 1 or (1 - share) * total < quick.FEWEST:
        return []
    if quick.quicker_stated(_figures(every), _figures(good), total, share) < quick.SURE:
        return []
    found = []
    for name, fact in every.items():
        if name in good and _JUDGED.fullmatch(name):
            above = total * share * (1 - _rank(name) / 100)  # failures, were they like the others
            value, other = float(fact.value), float(good[name].value)
            found.append(_Figure(name, value, other, fact.at, sqrt(above)))
    return [figure for figure in found if figure.misleads(rounding, quick.SURE)]


def _counted(every: Mapping[str, Fact], good: Mapping[str, Fact]) -> tuple[float, float]:
    """Return how many requests are behind the figures, and which share of them failed.

    That are not all requests where those without an answer have no time.
    """
    for name, fact in every.items():
        passed = good[name].samples if name in good else None
        if fact.samples and passed is not None:
            return fact.samples, 1 - passed / fact.samples
    errors, requests = every.get("errors"), every.get("requests")
    total = (errors and errors.samples) or (requests.value if requests else 0)
    return float(total), float(errors.value) if errors else 0.0


def _passed(labels: Labels) -> Labels:
    return tuple(sorted((*labels, EXPECTED)))


def _rank(name: str) -> float:
    """Return the rank of a percentile in per cent; 0 of what is none."""
    match = _PERCENTILE.fullmatch(name)
    return float(match[1]) if match else 0.0


def _figures(group: Mapping[str, Fact]) -> Stated:
    """Return what a summary states of some requests."""
    from readiness.stats.quick_failures import Stated  # noqa: PLC0415

    known = {name: float(fact.value) for name, fact in group.items()}
    ranked = {rank: value for name, value in known.items() if (rank := _rank(name))}
    return Stated(known.get("mean"), known.get("min"), known.get("max"), ranked)


def _problem(figures: list[_Figure], without: str, why: str, help_: str) -> Problem:
    most = max(figures, key=lambda figure: (figure.better, figure.name))
    name = "the mean" if most.name == "mean" else most.name
    message = (
        f"{name} is {digits(most.every)} ms with failed requests, {digits(most.good)} ms {without}"
    )
    return Problem("warning", "failed-fast", f"{message}: {why}", most.at, help_)
