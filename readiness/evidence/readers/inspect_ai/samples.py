"""Samples of a log to cases: judged right or wrong by each scorer, at every epoch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.evals.cases import Case, Labels, Outcome, short, slices_of
from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.reader import Unreadable

if TYPE_CHECKING:
    from readiness.evidence.readers.inspect_ai.log import Log

# inspect_ai.scorer: CORRECT, INCORRECT, PARTIAL, NOANSWER and what value_to_float makes of words
_VALUES: dict[object, float] = {
    "C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0, "yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0,
}  # fmt: skip


class Judged(NamedTuple):
    """What one scorer made of the samples.

    `decides` tells whether every value is right, wrong, partly right or no answer: a scorer that
    grades on a scale has no passes. `mean` is that of all values, by sample and then over samples.
    """

    scorer: str
    cases: list[Case]
    decides: bool
    mean: float | None


def judged(log: Log) -> list[Judged]:
    """Return what each scorer made of the samples, in the order of `results.scores`.

    Raises:
        Unreadable: a sample is no mapping.
    """
    scorers: dict[str, None] = {}
    for index, sample in enumerate(log.samples):
        if not isinstance(sample, dict):
            help_ = "keep the log as Inspect wrote it"
            raise Unreadable("malformed", "a sample is no mapping", log.at_sample(index), help_)
        scorers.update(dict.fromkeys(name for name in _scores(sample) if name.strip()))
    return [_one(log, scorer, len(scorers) > 1) for scorer in scorers]


def _one(log: Log, scorer: str, several: bool) -> Judged:
    column: Labels = (("metric", short(scorer)),) if several else ()
    attempts: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for index, sample in enumerate(log.samples):
        attempts.setdefault(str(sample.get("id")), []).append((index, sample))
    cases, values, decides = [], [], True
    for tries in attempts.values():
        marks = [_mark(sample, scorer) for _, sample in tries]
        known = [mark for mark in marks if mark is not None]
        decides = decides and all(mark in (0.0, 0.5, 1.0) for mark in known)
        if known:
            values.append(sum(known) / len(known))
        index = next(
            (i for (i, _), mark in zip(tries, marks, strict=True) if mark != 1), tries[0][0]
        )
        slices = slices_of(tries[0][1].get("metadata"))
        cases.append(Case(_outcome(marks), log.at_sample(index), column, slices))
    mean = math.fsum(values) / len(values) if values else None
    return Judged(scorer, cases, decides and bool(values), mean)


def _outcome(marks: list[float | None]) -> Outcome:
    """Return passed only for what was right at every epoch."""
    if None in marks:
        return "errored"
    return "passed" if all(mark == 1 for mark in marks) else "failed"


def _mark(sample: dict[str, Any], scorer: str) -> float | None:
    """Return the value of a sample as Inspect's `value_to_float` does; None for none."""
    score = _scores(sample).get(scorer)
    value = score.get("value") if isinstance(score, dict) else None
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return _VALUES.get(value, _VALUES.get(value.lower()))
    return float(value) if is_number(value) else None


def _scores(sample: dict[str, Any]) -> dict[str, Any]:
    """Return the scores by scorer; a sample that ended in an error has none that counts."""
    scores = sample.get("scores")
    return scores if isinstance(scores, dict) and not sample.get("error") else {}
