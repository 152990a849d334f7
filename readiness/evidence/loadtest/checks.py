"""What the facts of a load test say against themselves, and what they measured on nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from readiness.model.fact import Fact, Problem
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from readiness.errors import Location

_PERCENTILE = pattern(r"((?:.*\.)?)p([0-9]{1,3}(?:\.[0-9]+)?)")
_MOSTLY = 0.5  # share of failures from which the times say nothing of answers
_PACE = 0.05
_PASSED = 0.001  # share of error pages from which an error rate is not to be believed
_EMPTY = 0.01  # share of empty answers from which successes are not to be believed
_COUNTS = ("requests", "failures", "errors", "rate")
_COUNTED = (*_COUNTS, *(f"steady.{name}" for name in _COUNTS), "rate.held", "throughput")
Labels = tuple[tuple[str, str], ...]


def contradiction(message: str, at: Location, help: str = "keep the file as written") -> Problem:
    """Return the problem of a value that the rest of the file contradicts."""
    return Problem("invalid", "contradiction", message, at, help)


def errors_passed(
    passed: int, total: int, at: Location, help: str, got: str = "status"
) -> Iterator[Problem]:
    """Yield error pages, and requests without an answer, that the test calls successes."""
    what = f"requests got a {got} of 400 or more, or no answer,"
    if passed:
        message = f"{passed:,} of {total:,} {what} and pass as successes"
        yield Problem(passed_kind(passed, total), "errors-passed", message, at, help)


def codes_missing(
    coded: Mapping[tuple[object, bool], int], total: int, at: Location
) -> Iterator[Problem]:
    """Yield successes of JMeter without a response code, where others of their label have one.

    A sampler that is not HTTP may never set one, so that a label without any says nothing.

    Args:
        coded: number of successes by their label and by whether they have a code.
        total: all requests.
        at: where the codes are.
    """
    missing = sum(n for (label, has), n in coded.items() if not has and (label, True) in coded)
    if missing:
        message = f"{missing:,} of {total:,} requests have no code, unlike others of their label, "
        help_ = "find out what was answered: nothing but the test plan says that it was good"
        yield Problem("warning", "codes-missing", message + "and pass as successes", at, help_)


def empty_answers(empty: int, good: int, at: Location) -> Iterator[Problem]:
    """Yield answers of a language model that the test calls successes and that have no token."""
    help_ = "an empty answer is quick: let it count as failed, or find out why it is empty"
    if empty:
        message = f"{empty:,} of {good:,} answers have no token, and pass as successes"
        kind: Literal["warning", "inconclusive"] = (
            "inconclusive" if empty > _EMPTY * good else "warning"
        )
        yield Problem(kind, "empty-answers", message, at, help_)


def untold_transactions(
    number: int,
    total: int,
    names: tuple[str, str, str],
    first: Location,
    begin: Location,
    *,
    labels: int,
) -> Iterator[Problem]:
    """Yield that samples of JMeter may be transactions of a controller, which count time twice.

    What counts them proves nothing then. Times do: a transaction takes at least as long as each of
    its requests. A single label is that of requests, as a controller has a name of its own.

    Args:
        number: samples that may be some.
        total: all of them.
        names: what they are called, and what is missing: their type and their message.
        first: where the first such sample is.
        begin: where the file begins.
        labels: how many different ones there are.
    """
    what, type_, told = names
    help_ = "save messages too: jmeter.save.saveservice.response_message=true"
    if number < total:
        message = f"{number:,} of {total:,} {what} have no {type_}, and without {told} "
        message += "nothing says whether they are transactions"
        yield Problem("inconclusive", "transactions-unknown", message, first, help_, _COUNTED)
    else:
        message = f"without {told} and a {type_} nothing tells transactions of a controller from "
        message += "requests: what counts them may be doubled"
        kind: Literal["warning", "inconclusive"] = "inconclusive" if labels > 1 else "warning"
        yield Problem(kind, "transactions-unknown", message, begin, help_, _COUNTED)


def passed_kind(passed: int, total: int) -> Literal["warning", "inconclusive"]:
    """Tell how much error pages among the successes matter: more than a single one, as errors do.

    An error budget is often 1 %, or a tenth of that: what would fill it may not pass. A single one
    matters where it is half of all requests or more.
    """
    few = passed <= max(1, _PASSED * total) and passed < _MOSTLY * total
    return "warning" if few else "inconclusive"


def common_problems(
    facts: Iterable[Fact], at: Location, *, rounding: float = 0.0, pace: float | None = _PACE
) -> list[Problem]:
    """Check what any load test must satisfy, whichever tool wrote it.

    Args:
        facts: all facts of the file.
        at: where the file begins, for what is not there.
        rounding: relative error of the tool's times, which may put them out of order.
        pace: how far requests and rate × duration may be apart; None if this tool's rate is
            something else.

    Returns:
        `no-samples` and `all-failed` (inconclusive), `contradiction` (invalid), at most one of a
        kind and group of labels.
    """
    groups = _grouped(facts)
    problems = list(_absent(groups, at))
    for labels, group in groups.items():
        part = _part(labels, groups)
        problems += [*_unsampled(group, part), *_failed(group, part), *_order(group, rounding)]
        if pace is not None:
            problems += _pace(group, pace)
    return problems


def failed_problems(facts: Iterable[Fact]) -> Iterator[Problem]:
    """Yield `all-failed`, as `common_problems` does, for readers that check the rest themselves."""
    groups = _grouped(facts)
    for labels, group in groups.items():
        yield from _failed(group, _part(labels, groups))


def _grouped(facts: Iterable[Fact]) -> dict[Labels, dict[str, Fact]]:
    groups: dict[Labels, dict[str, Fact]] = {}
    for fact in facts:
        if not isinstance(fact.value, (bool, str)):
            groups.setdefault(fact.labels, {}).setdefault(fact.metric, fact)
    return groups


def _part(labels: Labels, groups: Container[Labels]) -> str:
    """Name a part of the whole; empty for the whole, or where there is none."""
    return " ".join(value for _, value in labels) if labels and () in groups else ""


def _absent(groups: dict[Labels, dict[str, Fact]], at: Location) -> Iterator[Problem]:
    if not groups:
        message, help_ = "no request is in it", "did the run finish, and did it send requests?"
        yield Problem("inconclusive", "no-samples", message, at, help_)


def _unsampled(group: dict[str, Fact], part: str) -> Iterator[Problem]:
    """Yield what was measured on nothing; of a part of the whole it is a warning."""
    requests = group.get("requests")
    if requests is not None and not requests.value:
        message = f"no request{_of(part)} was made"
        help_ = "did the service run, and did the run finish?"
        yield Problem(_kind(part), "no-samples", message, requests.at, help_)


def _failed(group: dict[str, Fact], part: str) -> Iterator[Problem]:
    """Yield what was measured on failures; of a part of the whole it is a warning."""
    errors, of = group.get("errors"), _of(part)
    if errors is None or not isinstance(errors.value, float | int):
        return
    if not 0 <= errors.value <= 1:
        message = f"{errors.value:g} of the requests{of} failed, which is no share"
        yield contradiction(message, errors.at)
    elif errors.value >= _MOSTLY:
        percent = math.floor(round(errors.value * 100, 6))  # 99.6 % are not all
        what = "every request" if errors.value == 1 else f"{percent}% of the requests"
        message = f"{what}{of} failed: its times say nothing of answers"
        help_ = "find out why before you measure again"
        yield Problem(_kind(part), "all-failed", message, errors.at, help_)


def _kind(part: str) -> Literal["warning", "inconclusive"]:
    return "warning" if part else "inconclusive"


def _of(part: str) -> str:
    return f" of `{part}`" if part else ""


def _order(group: dict[str, Fact], rounding: float) -> Iterator[Problem]:
    """Yield, per family of times, a percentile under a lower one or a value outside the range."""
    families: dict[str, list[tuple[float, Fact]]] = {}
    for name, fact in group.items():
        match = _PERCENTILE.fullmatch(name)
        if match and fact.unit == "ms" and math.isfinite(float(fact.value)):
            families.setdefault(match[1], []).append((float(match[2]), fact))
    for prefix, ranked in families.items():
        low, high, mean = (group.get(f"{prefix}{n}") for n in ("min", "max", "mean"))
        values = [*([low] if low else []), *(f for _, f in sorted(ranked, key=_rank))]
        values += [high] if high else []
        below = values[0]
        for fact in values[1:]:
            if float(fact.value) * (1 + rounding) + 1e-9 < float(below.value):
                message = f"`{fact.metric}` is {digits(float(fact.value))} ms, below "
                message += f"`{below.metric}` of {digits(float(below.value))} ms"
                yield contradiction(message, fact.at)
                break
            below = max(below, fact, key=lambda f: float(f.value))
        slack = 1 + rounding + 1e-6
        outside = (low and mean and float(mean.value) * slack < float(low.value)) or (
            high and mean and float(mean.value) > float(high.value) * slack
        )
        if mean and outside:
            message = f"the mean of {digits(float(mean.value))} ms is not between the minimum and "
            message += "the maximum"
            yield contradiction(message, mean.at)


def _rank(pair: tuple[float, Fact]) -> float:
    return pair[0]


def _pace(group: dict[str, Fact], tolerance: float) -> Iterator[Problem]:
    requests, rate, duration = (group.get(n) for n in ("requests", "rate", "duration"))
    if not (requests and rate and duration):
        return
    product = float(rate.value) * float(duration.value) / 1000
    if abs(product - float(requests.value)) > tolerance * max(product, float(requests.value)) + 1:
        message = f"{requests.value:,.0f} requests, and rate times duration make {product:,.0f}"
        yield contradiction(message, requests.at)
