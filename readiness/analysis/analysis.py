"""What an analysis is: one module that derives facts from the launch and other facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from readiness.discovery import Registry
from readiness.model.evidence import Evidence
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.launch import Launch
from readiness.model.record import record
from readiness.patterns import pattern


class Analysed(NamedTuple):
    """What an analysis found; its strength is that of the weakest thing it used."""

    facts: tuple[Fact, ...]
    problems: tuple[Problem, ...]
    strength: Strength


@record
class Analysis:
    """One analysis, exported as `ANALYSIS`.

    Attributes:
        id: unique; the module's name with `-` for `_`.
        title: what it finds out, as a noun.
        run: from the launch, its path and all evidence that was read to facts. Pure.
        metrics: (name, unit, meaning) of what it can give; the meaning of a metric whose facts
            have labels ends with `; label NAME` or `; labels NAME, NAME`.
        formula: how it computes, for its docs page.
        source: paper or documentation the formula comes from.
        example: an expectation of it, for its docs page.
    """

    id: str
    title: str
    run: Callable[[Launch, str, tuple[Evidence, ...]], Analysed]
    metrics: tuple[tuple[str, str, str], ...]
    formula: str
    source: str
    example: str = ""

    def labels(self, metric: str) -> tuple[str, ...]:
        """Return the labels that facts of a metric have; none where its meaning names none."""
        meaning = next((text for name, _, text in self.metrics if name == metric), "")
        found = _LABELS.search(meaning)
        return tuple(found[1].split(", ")) if found else ()


_LABELS = pattern(r"; labels? ([\w.]+(?:, [\w.]+)*)(?: \(.*\))?$")

ANALYSES: Registry[Analysis] = Registry(
    "readiness.analysis.analyses", "ANALYSIS", Analysis, "readiness.analyses"
)
