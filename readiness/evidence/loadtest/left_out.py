"""What the steady part leaves out although it is the service's: a bad start under full load."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from readiness.evidence.loadtest.facts import SHARES
from readiness.model.fact import Fact, Problem
from readiness.stats.clumps import tails
from readiness.stats.digits import digits
from readiness.stats.histogram import mean, merge, quantile, size
from readiness.stats.pace import keep_users

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from readiness.errors import Location
    from readiness.model.load import Load, Window
    from readiness.stats.steady import Steady

_FULL = 0.9  # of the load of the steady part, from which a load is as high
_ALIKE = 0.75  # of the users that a window needs, which vary by chance
_TAILS = ("p95", "p99", "p99.9")
_SLOWER = 1.25  # times the percentile of the steady part
_SLOW = 10  # of the samples, and
_CAUSE = 0.5  # of the samples beyond a percentile of the whole run, which these windows must hold
_OFTENER = 1.5  # times its errors, and
_POINTS = 0.001  # more of them
_COLLAPSE = 0.5  # of the requests failed
_LONG = 0.25  # share of the run from which a warm-up is none
_LEAST = 20  # requests
_HELP = "judge by the figures of the whole run, or warm up in a run of its own"


def left_out(load: Load, part: Steady, facts: Iterable[Fact], at: Location) -> Iterator[Problem]:
    """Yield what `steady.*` leaves out and makes the run look better by it.

    At the front that is slow answers under full load, and errors; at the back, where the load
    falls, errors.
    """
    known = {f.metric: f for f in facts if not f.labels and f.unit in {"ms", "ratio"}}
    front, back = load.windows[: part.start], load.windows[part.stop :]
    full = front[_begin(load, part) :]
    lasts = len(full) * load.width
    told = [*_slower(full, known), *_failing(front, known, _COLLAPSE)]
    if told or (load.seconds and lasts > _LONG * load.seconds):
        loaded = "all" if len(full) == len(front) else f"{digits(lasts, 4)} s of them"
        how = f", {loaded} under full load" if full else ""
        yield _problem(f"the first {digits(len(front) * load.width, 4)} s{how}", told, at)
    if told := list(_failing(back, known)):
        yield _problem(f"the last {digits(len(back) * load.width, 4)} s", told, at)


def _problem(what: str, told: Sequence[str], at: Location) -> Problem:
    message = f"`steady.*` leave out {what}{': ' if told else ''}{', '.join(told)}"
    return Problem("warning", "left-out", message, at, _HELP)


def _begin(load: Load, part: Steady) -> int:
    """Return the index from which on the load is, on average, as high as in the steady part."""
    first = part.start
    for series in _loads(load, part):
        least, total = _FULL * median(series[part.start : part.stop]), 0.0
        for index in range(part.start - 1, -1, -1):
            total += series[index]
            if total >= least * (part.start - index) > 0:
                first = min(first, index)
    return first


def _loads(load: Load, part: Steady) -> Iterator[list[float]]:
    """Yield the load by window: requests and, of a closed loop, users or requests in flight."""
    yield [float(window.requests) for window in load.windows]
    users = _users(load)
    if load.arrivals == "closed":
        yield users or [w.requests * mean(w.times) if w.requests else 0.0 for w in load.windows]
    elif not load.arrivals and keep_users([round(number) for number in users]):
        yield _as_closed(load, part, users)


def _as_closed(load: Load, part: Steady, users: Sequence[float]) -> list[float]:
    """Return 1 for each window that as many users as in the steady part explain, 0 for others.

    A schedule may have as many users ready. So what is in flight, and in think time at the pace of
    the window, must be about all of them (interactive response time law; Denning and Buzen 1978,
    Computing Surveys 10:225).
    """
    rates = [window.requests / load.width for window in load.windows]
    held = load.in_flight
    usual, pace, busy = (median(s[part.start : part.stop]) for s in (users, rates, held))
    think = max(0.0, usual - busy) / pace if pace else 0.0
    return [
        float(
            _FULL * usual <= there <= usual / _FULL
            and _ALIKE * usual <= flying + rate * think <= usual / _ALIKE
        )
        for there, flying, rate in zip(users, held, rates, strict=False)
    ]


def _users(load: Load) -> list[float]:
    """Return the users by window, those of the window before where it says none; else nothing."""
    known = [window.users for window in load.windows if window.users]
    found, present = [], known[0] if known else 0
    for window in load.windows:
        present = window.users or present
        found.append(float(present))
    return found if known else []


def _slower(windows: Sequence[Window], known: dict[str, Fact]) -> Iterator[str]:
    """Yield the first percentile that windows make clearly worse in the whole run."""
    times = merge(window.times for window in windows)
    for name in _TAILS:
        share, whole, steady = SHARES[name], known.get(name), known.get(f"steady.{name}")
        if whole is None or steady is None or size(times) < _LEAST:
            continue
        least = _SLOWER * float(steady.value)
        slow = sum(tails([times], least))
        cause = slow >= max(_SLOW, _CAUSE * (1 - share) * (whole.samples or 0))
        if float(whole.value) >= least and cause and (own := quantile(times, share)) >= least:
            calm = digits(float(steady.value), 4)
            yield f"{name} there is {digits(own, 4)} ms and {calm} ms in the steady part"
            return


def _failing(
    windows: Sequence[Window], known: dict[str, Fact], collapse: float = 1.1
) -> Iterator[str]:
    """Yield the errors of windows that make those of the whole run clearly worse."""
    requests = sum(window.requests for window in windows)
    if "errors" not in known or "steady.errors" not in known or requests < _LEAST:
        return
    whole, steady = (float(known[name].value) for name in ("errors", "steady.errors"))
    own = sum(window.failures for window in windows) / requests
    clearly = whole >= max(_OFTENER * steady, steady + _POINTS)
    if own > steady and (clearly or (own >= collapse and steady < collapse)):
        yield f"{own:.3%} of the requests failed there and {steady:.3%} in the steady part"
