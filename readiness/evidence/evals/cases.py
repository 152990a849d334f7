"""Cases of an evaluation to facts: counts, pass rates and scores, of the whole and of each slice.

A case that ended in an error counts as a case that did not pass. One that nothing judged is left
out of the pass rate and told. Where a file holds several prompts or models, there are no totals:
the average of a good and a bad one describes neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from readiness.evidence.loadtest.numbers import is_number
from readiness.evidence.reader import Metric
from readiness.model.fact import Fact, Problem
from readiness.model.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.errors import Location

Labels = tuple[tuple[str, str], ...]
Outcome = Literal["passed", "failed", "errored", "skipped"]
_METRICS = {
    "passed": "passed",
    "failed": "failed",
    "cases.errored": "errored",
    "skipped": "skipped",
}
_SLICES = {"locale": ("locale", "lang", "language"), "intent": ("intent",)}
_MOST = 100  # values of a slice; what has more is a free text and no slice
_LONGEST = 80
OF_CASES = ("intent", "locale", "model", "prompt")


class Case(NamedTuple):
    """One case: what came of it, where it stands, and what it is a case of.

    Attributes:
        outcome: errored means that no answer was judged; skipped that nothing judges it.
        at: its place.
        column: the prompt and model, as labels.
        slices: its locale and intent, as labels.
        scores: values of named metrics.
    """

    outcome: Outcome
    at: Location
    column: Labels = ()
    slices: Labels = ()
    scores: tuple[tuple[str, float], ...] = ()


def case_metrics(labels: tuple[str, ...] = OF_CASES) -> tuple[Metric, ...]:
    """Return what a reader of cases declares."""
    columns = tuple(name for name in labels if name not in _SLICES)
    return (
        Metric("cases", "", "cases in the file", labels),
        Metric("passed", "", "cases that passed", labels),
        Metric("failed", "", "cases whose answer was judged wrong", labels),
        Metric("cases.errored", "", "cases without a judged answer; they did not pass", labels),
        Metric("skipped", "", "cases that nothing judges", labels),
        Metric("pass_rate", "ratio", "passed / (cases - skipped)", labels),
        Metric("score", "", "mean of a named score", ("metric", *columns)),
    )


def slices_of(*sources: object) -> Labels:
    """Return locale and intent of a case, from the first of its mappings that has them."""
    found: dict[str, str] = {}
    for name, keys in _SLICES.items():
        for source in sources:
            values = source if isinstance(source, dict) else {}
            text = next((values[key] for key in keys if isinstance(values.get(key), str)), "")
            if text.strip():
                found.setdefault(name, short(text))
    return tuple(sorted(found.items()))


def short(text: str) -> str:
    """Return a text as the value of a label: one line, at most 80 characters, still its own."""
    line = " ".join(text.split())
    if len(line) <= _LONGEST:
        return line
    import hashlib  # noqa: PLC0415 - costs start-up time

    return f"{line[: _LONGEST - 10]}… {hashlib.sha256(text.encode()).hexdigest()[:8]}"


def case_facts(cases: list[Case], at: Location) -> Iterator[Fact]:
    """Yield counts, pass rate and scores of the whole (or of each column) and of each slice."""
    columns = dict.fromkeys(case.column for case in cases)
    for column in columns:
        group = [case for case in cases if case.column == column]
        names = column if len(columns) > 1 else ()
        yield from _counts(group, at, names)
        yield from _scores(group, names)
        for slice_ in _slices(group):
            part = [case for case in group if slice_ in case.slices]
            worst = next((case for case in part if case.outcome != "passed"), part[0])
            yield from _counts(part, worst.at, tuple(sorted((*names, slice_))))


def _slices(cases: list[Case]) -> Iterator[tuple[str, str]]:
    for name in _SLICES:
        found = dict.fromkeys(pair for case in cases for pair in case.slices if pair[0] == name)
        if len(found) <= _MOST:
            yield from found


def _counts(cases: list[Case], at: Location, names: Labels) -> Iterator[Fact]:
    yield Fact("cases", len(cases), "", at, names, origin="derived")
    count = {metric: sum(c.outcome == o for c in cases) for metric, o in _METRICS.items()}
    for metric, number in count.items():
        if number or metric in ("passed", "failed", "cases.errored"):
            yield Fact(metric, number, "", at, names, origin="derived")
    judged = len(cases) - count["skipped"]
    if judged:
        rate = count["passed"] / judged
        yield Fact("pass_rate", rate, "ratio", at, names, judged, "derived")


def _scores(cases: list[Case], names: Labels) -> Iterator[Fact]:
    scores: dict[str, list[tuple[float, Location]]] = {}
    for case in cases:
        for metric, value in case.scores:
            scores.setdefault(short(metric), []).append((value, case.at))
    for metric, values in scores.items():
        mean = sum(value for value, _ in values) / len(values)
        labels = tuple(sorted((*names, ("metric", metric))))
        yield Fact("score", mean, "", values[0][1], labels, len(values), "derived")


def named_scores(value: object) -> tuple[tuple[str, float], ...]:
    """Return the numbers of a mapping from metric to score, sorted."""
    scores = value if isinstance(value, dict) else {}
    return tuple(sorted((k, float(v)) for k, v in scores.items() if k.strip() and is_number(v)))


def case_doubts(cases: list[Case], at: Location) -> Iterator[Problem]:
    """Yield why the cases prove nothing, or what to know about them."""
    if not cases:
        help_ = "did the run finish, or was this file written before it?"
        yield Problem("inconclusive", "no-cases", "no case was evaluated", at, help_)
        return
    errored = [case for case in cases if case.outcome == "errored"]
    skipped = [case for case in cases if case.outcome == "skipped"]
    whole = plural(len(cases), "case")
    if len(errored) == len(cases):
        help_ = "mend the call of the model and run it again"
        message = f"none of {whole} got an answer that was judged"
        yield Problem("inconclusive", "all-errored", message, errored[0].at, help_)
    elif errored:
        message = f"{len(errored)} of {whole} ended in an error and count as not passed"
        yield Problem("warning", "errored", message, errored[0].at, "run them again")
    if skipped:
        kind: Literal["warning", "inconclusive"] = "warning"
        if len(skipped) + len(errored) == len(cases):
            kind = "inconclusive"
        message = f"nothing judges {len(skipped)} of {whole}"
        yield Problem(kind, "unjudged", message, skipped[0].at, "give each case an assertion")
    columns = dict.fromkeys(case.column for case in cases)
    if len(columns) > 1:
        message = f"{len(columns)} prompts or models were evaluated, so there are no totals"
        hint = "say which one counts, as in `pass_rate where prompt = …`"
        yield Problem("warning", "several-columns", message, at, hint)
    yield from _free_texts(cases, at)


def _free_texts(cases: Iterable[Case], at: Location) -> Iterator[Problem]:
    for name in _SLICES:
        count = len({pair for case in cases for pair in case.slices if pair[0] == name})
        if count > _MOST:
            message = f"{count} values of {name}: that is no slice of the cases"
            yield Problem("warning", "free-text", message, at, f"keep {name} to its codes")


def stand_in(model: str, at: Location) -> Problem:
    """Return that a model which only pretends was evaluated."""
    message = f"`{model}` is a stand-in of the tool and no model"
    help_ = "evaluate the model that is to be launched"
    return Problem("inconclusive", "stand-in", message, at, help_)
