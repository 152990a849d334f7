"""Whether a breaker can open and close again, and how many requests it lets through at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.configured import MAPPED, UNLIMITED, number, number_of
from readiness.model.quantity import show
from readiness.model.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.analysis.configured import Subject
    from readiness.errors import Location
    from readiness.model.fact import Fact

SIZES = ("breaker.max_requests", "breaker.max_concurrent", "breaker.max_connections")
_ROWS = ("breaker.consecutive_failures", "breaker.failures")
_SHARES = ("breaker.failure_ratio", "breaker.slow_ratio", "breaker.slow_call")
_EJECTED = "ejection.max_ratio"
_TRIPS = (*_ROWS, *_SHARES, _EJECTED)
_OPEN = ("breaker.open", "breaker.reset")
_UNBOUNDED = 2.0**31  # Istio's way to say that there is no limit is 2^32 − 1
_EACH = frozenset({"each host", "each endpoint"})  # limits of one of several endpoints


class Rate(NamedTuple):
    """The lowest rate at which a breaker has to work, in 1/s, and who states it."""

    value: float
    source: str


class Verdict(NamedTuple):
    """What was found: None if it cannot be told; why, where and what to do unless it holds."""

    holds: bool | None
    why: str
    at: Location
    help: str = ""


class Size(NamedTuple):
    """How many requests are let through at once, and the setting that says so."""

    limit: float
    fact: Fact


def size(subject: Subject) -> Size | None:
    """Return the smallest limit on requests at once that a subject sets; None without one.

    A limit of each endpoint counts as often as there are endpoints that take the load.
    """
    known = dict(subject.labels)
    found = []
    for fact in (f for metric in SIZES for f in subject.own.get(metric, ())):
        limit = number(fact)
        if limit is None or limit >= _UNBOUNDED:
            continue
        each = known.get("target") in _EACH or (
            subject.evidence.reader == "nginx" and "target" in known
        )
        found.append(Size(limit * (_endpoints(subject) if each else 1), fact))
    return min(found, key=lambda one: one.limit, default=None)


def _endpoints(subject: Subject) -> float:
    """Return how many endpoints take the load: those that wait for others to fail do not."""
    count = [number(fact) or 1.0 for fact in subject.numbers("targets")]
    spare = [number(fact) or 0.0 for fact in subject.numbers("fallback.targets")]
    return max(1.0, max(count, default=1.0) - max(spare, default=0.0))


def is_breaker(subject: Subject) -> bool:
    """Whether a subject sets something that opens, or a limit on requests at once."""
    told = any(metric in subject.own for metric in (*_TRIPS, *SIZES))
    return told or _lacks_threshold(subject) or bool(_switched_off(subject))


def _switched_off(subject: Subject) -> list[Fact]:
    """Return what switches off LiteLLM's cooldowns, its breaker, as a whole."""
    opened = subject.own.get("breaker.open", ()) if subject.evidence.reader == "litellm" else ()
    return [fact for fact in opened if fact.value in UNLIMITED]


def _lacks_threshold(subject: Subject) -> bool:
    """Whether a map of the team's own file tells how long a breaker is open, and not when it opens.

    The readers of tools know what opens them.
    """
    opens = any(metric in subject.own for metric in _OPEN)
    return opens and subject.evidence.reader in MAPPED and not _any(subject, _TRIPS)


def _any(subject: Subject, metrics: tuple[str, ...]) -> bool:
    return any(metric in subject.known for metric in metrics)


def trips(subject: Subject, rate: Rate | None, *, single: bool) -> Verdict | None:
    """Tell whether a breaker can ever open; None if the subject sets nothing that opens.

    Args:
        subject: the breaker.
        rate: how many requests come at least.
        single: whether every model group behind it has a single deployment.
    """
    if off := _switched_off(subject):
        why = "cooldowns are off: what fails is tried again and again"
        return Verdict(False, why, off[0].at, "remove `disable_cooldowns`")
    if _lacks_threshold(subject):
        at = next(subject.own[metric][0].at for metric in _OPEN if metric in subject.own)
        why = "nothing says after how many failures it opens"
        return Verdict(None, why, at, "map breaker.failures, or breaker.failure_ratio")
    if not any(metric in subject.own for metric in _TRIPS):
        return None
    barred = _barred(subject, single=single)
    if barred is not None:
        return barred
    ways = [*_rows(subject, rate), *_shares(subject, rate)]
    for wanted in (True, None):
        way = next((way for way in ways if way.holds is wanted), None)
        if way is not None:
            return way
    if not ways:
        at = next(subject.own[metric][0].at for metric in _TRIPS if metric in subject.own)
        why = "what opens it is not known from this file"
        return Verdict(None, why, at, "give the file with its placeholders filled in")
    return ways[0]._replace(why=and_list(dict.fromkeys(way.why for way in ways)))


def lone(found: list[Subject]) -> set[str]:
    """Return the files that give each of their models a single deployment."""
    counts: dict[str, set[float | None]] = {}
    for subject in found:
        if "model" in dict(subject.labels):
            for fact in subject.own.get("targets", ()):
                counts.setdefault(subject.evidence.path, set()).add(number(fact))
    return {path for path, seen in counts.items() if seen == {1.0}}


def _barred(subject: Subject, *, single: bool) -> Verdict | None:
    """Return why nothing opens, whatever fails."""
    ejected = subject.known.get(_EJECTED, ())
    if ejected and all(number(fact) == 0 for fact in ejected):
        fact = ejected[0]
        if fact.origin == "tool-default":
            why = "without outlier detection no endpoint is ever taken out"
            return Verdict(False, why, fact.at, "add outlier detection")
        return Verdict(False, "at most 0 % of the endpoints are taken out", fact.at, "raise it")
    opened = subject.numbers(*_OPEN)
    if opened and all(number(fact) == 0 for fact in opened):
        return Verdict(False, "it is open for 0 ms: that is never", opened[0].at, "let it be open")
    ratio = subject.own.get("breaker.failure_ratio", ())
    if single and ratio and not _any(subject, _ROWS) and subject.evidence.reader == "litellm":
        why = "LiteLLM does not cool down the only deployment of a model, unless told when"
        return Verdict(False, why, ratio[0].at, "set `allowed_fails`, or add deployments")
    return None


def _rows(subject: Subject, rate: Rate | None) -> Iterator[Verdict]:
    """Yield whether failures in a row, or in the window, can reach their number."""
    window, time = _least(subject, "breaker.window"), _least(subject, "breaker.window_time")
    for fact in (f for metric in _ROWS for f in subject.known.get(metric, ())):
        count = number(fact)
        if count is None and fact.value not in UNLIMITED:
            yield Verdict(None, f"{fact.metric} is `{fact.value}`", fact.at, "give a number")
        elif count is None or count <= 0:
            why = f"{fact.metric} is {fact.value if count is None else 0}, which switches it off"
            yield Verdict(False, why, fact.at, "set a number of failures above 0")
        elif window is not None and count > window:
            why = f"{count:g} failures are more than the {window:g} calls that are looked at"
            yield Verdict(False, why, fact.at, "lower the failures, or look at more calls")
        elif time is not None:
            yield _in_time(f"{count:g} failures", count, time, rate, fact)
        else:
            yield Verdict(True, "", fact.at)


def _shares(subject: Subject, rate: Rate | None) -> Iterator[Verdict]:
    """Yield whether shares of failures and of slow calls can be reached, and are counted at all."""
    disabled = subject.off("breaker.failure_ratio")
    if disabled:
        yield Verdict(False, "it is switched off", disabled[0].at, "switch it on")
        return
    for metric in _SHARES:
        for fact in subject.known.get(metric, ()):
            share = number(fact)
            if metric == "breaker.slow_call":
                if "breaker.slow_ratio" not in subject.known:
                    yield _counted(subject, rate, fact)
            elif share is None:
                yield Verdict(None, f"{metric} is `{fact.value}`", fact.at, "give a share")
            elif share <= 0:
                why = f"{metric} is 0, which switches it off"
                yield Verdict(False, why, fact.at, "set a share between 0 and 100 %")
            elif share > 1:
                why = f"{show(share, 'ratio')} of calls can never fail"
                yield Verdict(False, why, fact.at, "set a share between 0 and 100 %")
            elif metric == "breaker.slow_ratio" and (cut := _cut(subject)) is not None:
                if fact.origin != "tool-default":  # else nobody meant it to open on slow calls
                    yield cut
            else:
                yield _counted(subject, rate, fact)


def _cut(subject: Subject) -> Verdict | None:
    """Return that no call is ever slow, as it is given up before."""
    slow, limits = subject.numbers("breaker.slow_call"), subject.numbers("timeout.try")
    if not slow or not limits:
        return None
    least, most = min(map(number_of, slow)), max(map(number_of, limits))
    if most > least:
        return None
    why = f"no call is slow at {show(least, 'ms')}: each is given up after {show(most, 'ms')}"
    return Verdict(False, why, slow[0].at, "call slow what is below the timeout")


def _counted(subject: Subject, rate: Rate | None, fact: Fact) -> Verdict:
    """Tell whether enough calls come for a share to be looked at."""
    least = subject.numbers("breaker.min_calls")
    if not least:
        return Verdict(True, "", fact.at)
    calls = max(map(number_of, least))
    window, time = _least(subject, "breaker.window"), _least(subject, "breaker.window_time")
    if window is not None and calls > window:
        why = f"it counts from {calls:g} calls, and only {window:g} are looked at"
        return Verdict(False, why, least[0].at, "look at more calls, or count from fewer")
    if time is not None:
        return _in_time(f"{calls:g} calls", calls, time, rate, least[0])
    return Verdict(True, "", fact.at)


def _in_time(what: str, count: float, window: float, rate: Rate | None, fact: Fact) -> Verdict:
    """Tell whether so many calls come in a window of time, even if all come this way."""
    if rate is None:
        why = f"it takes {what} in {show(window, 'ms')}, and nothing states a rate"
        return Verdict(None, why, fact.at, "set the parameter off_peak to the rate of a quiet hour")
    calls = rate.value * window / 1000
    if calls >= count:
        return Verdict(True, "", fact.at)
    why = (
        f"it takes {what} in {show(window, 'ms')}, and at {show(rate.value, '1/s')} "
        f"({rate.source}) {calls:.3g} come"
    )
    return Verdict(False, why, fact.at, "count from fewer calls, or over a longer time")


def closes(subject: Subject, budget: float, budget_name: str) -> Verdict:
    """Tell whether an open breaker closes again, within the time that the launch has to recover.

    Args:
        subject: a breaker that can open.
        budget: that time in ms.
        budget_name: who states it.
    """
    off, opened = subject.off(*_OPEN), subject.numbers(*_OPEN)
    if off:
        why = "what was taken out never comes back: no check heals it"
        return Verdict(
            False, why, off[0].at, "check actively, or give a time after which it closes"
        )
    at = next(fact.at for facts in subject.own.values() for fact in facts)
    if not opened:
        why = "nothing says how long it stays open"
        return Verdict(None, why, at, "map breaker.reset, or link the file that sets it")
    longest = max(opened, key=number_of)
    if number_of(longest) > budget:
        why = (
            f"it stays open for {show(number_of(longest), 'ms')}, and the launch has "
            f"{show(budget, 'ms')} to recover ({budget_name})"
        )
        return Verdict(False, why, longest.at, "let it try again sooner")
    return Verdict(True, "", longest.at)


def _least(subject: Subject, metric: str) -> float | None:
    return min(map(number_of, subject.numbers(metric)), default=None)
