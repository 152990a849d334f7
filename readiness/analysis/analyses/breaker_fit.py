"""Whether breakers and timeouts fit what was tested: size, opening, closing, p99 and budget."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.breakers import Verdict, closes, is_breaker, lone, size, trips
from readiness.analysis.configured import doubtful, origin, some, subjects, unmatched
from readiness.analysis.deadlines import Limit, limit_of, unbounded
from readiness.analysis.stated import DEADLINES, Stated, stated
from readiness.analysis.tested import Slowest, concurrency, lowest_rate
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.quantity import show
from readiness.model.text import and_list

if TYPE_CHECKING:
    from readiness.analysis.configured import Subject
    from readiness.analysis.tested import Tested
    from readiness.model.evidence import Evidence
    from readiness.model.fact import Value
    from readiness.model.launch import Launch

RECOVERY = Stated(60_000.0, "the default of recovery_within")  # that of the shipped checklists
_IDLE = 10  # times the tested concurrency: a limit that no test came near


class _Found(NamedTuple):
    """What was found of some subjects: facts, problems, and the names that cannot be judged."""

    facts: list[Fact]
    problems: list[Problem]


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Hold every breaker and timeout that files set against load tests, traces and budgets."""
    found = subjects(launch, evidence)
    doubts = doubtful(evidence)
    if not found:
        message = "no file sets a breaker or a timeout"
        help_ = "link the configuration of the proxy, the gateway or the service itself"
        problem = Problem("inconclusive", "no-settings", message, Location(path), help_)
        return Analysed((), (*doubts, problem), Strength.claimed)
    breakers = [subject for subject in found if is_breaker(subject)]
    parts = [
        _sizes(breakers, concurrency(evidence), path),
        _switches(launch, found, evidence, path),
        _timeouts(launch, found, evidence, path),
    ]
    facts = [fact for part in parts for fact in part.facts]
    problems = [*doubts, *(problem for part in parts for problem in part.problems)]
    problems += unmatched(launch, found, ("timeouts.short", "timeout.over_p99"))
    strength = min(subject.evidence.strength for subject in found)
    return Analysed(tuple(facts), tuple(problems), strength)


def _sizes(breakers: list[Subject], tested: Tested | None, path: str) -> _Found:
    """Hold limits on requests at once against the most that a load test had at once."""
    sized = [(subject, limit) for subject in breakers if (limit := size(subject))]
    facts = [_count("breakers", len(breakers), path), _count("breakers.sized", len(sized), path)]
    if tested is None or not breakers:
        message = "no load test says how many requests were open at once"
        if not breakers:
            message = "no file sets a breaker"
        help_ = "link a load test that states its users, or rate and mean time"
        about = ("fit.concurrency", "breakers.small", "breakers.idle")
        return _Found(facts, [_unknown("no-concurrency", message, Location(path), help_, *about)])
    facts.append(Fact("concurrency.tested", tested.value, "", tested.at, (), None, "derived"))
    small: list[Problem] = []
    idle: list[Problem] = []
    for subject, limit in sized:
        fact = limit.fact
        ratio = limit.limit / tested.value
        facts.append(_fact("fit.concurrency", ratio, fact.at, subject))
        what = f"{fact.metric} of {subject.shown} lets {limit.limit:g} through{origin(fact)}"
        if ratio < 1:
            message = f"{what}, and the load test had {tested.how}: it sheds load that was tested"
            help_ = "raise it above what was tested, or shed load on purpose and say so"
            shed = ("breakers.small", "fit.concurrency")
            small.append(_warning("small-breaker", message, fact.at, help_, *shed))
        elif ratio >= _IDLE:
            message = f"{what}, and the load test had {tested.how}: no test came near it"
            help_ = "set it to what the service bears, and test beyond it"
            idle.append(_warning("idle-breaker", message, fact.at, help_, "breakers.idle"))
    facts += [_bad("breakers.small", small, path), _bad("breakers.idle", idle, path)]
    problems = [*small, *idle]
    if not sized:
        message = f"no setting limits requests at once: nothing to hold against {tested.how}"
        help_ = "limit them at one place"
        problems.append(
            _warning("no-size", message, Location(path), help_, "breakers.sized", "fit.concurrency")
        )
    return _Found(facts, problems)


def _switches(
    launch: Launch, found: list[Subject], evidence: tuple[Evidence, ...], path: str
) -> _Found:
    """Tell of every breaker whether it can open, and close again in time."""
    rate = lowest_rate(launch, evidence)
    budget = stated(launch, "time", "recovery_within")
    name = f"launch.{budget.name}" if budget else RECOVERY.name
    most = (budget or RECOVERY).value
    opens: list[tuple[Subject, Verdict]] = []
    shuts: list[tuple[Subject, Verdict]] = []
    single = lone(found)
    for subject in found:
        verdict = trips(subject, rate, single=subject.evidence.path in single)
        if verdict is not None:
            opens.append((subject, verdict))
            if verdict.holds is not False:
                shuts.append((subject, closes(subject, most, name)))
    if not opens:
        message = "no setting says when a breaker opens"
        help_ = "link the file that sets failures or shares of failures"
        about = ("breaker.trips", "breaker.closes", "breakers.never_trip", "breakers.never_close")
        return _Found([], [_unknown("no-breaker", message, Location(path), help_, *about)])
    trip = _judged("trips", "never-trips", "never opens", opens, path)
    close = _judged("closes", "never-closes", "does not close in time", shuts, path)
    return _Found(trip.facts + close.facts, trip.problems + close.problems)


def _judged(
    verb: str, code: str, says: str, verdicts: list[tuple[Subject, Verdict]], path: str
) -> _Found:
    """Turn verdicts into a fact for each breaker, their count, and a problem for each bad one."""
    count = f"breakers.{code.removesuffix('s').replace('-', '_')}"
    facts: list[Fact] = []
    bad: list[Problem] = []
    unknown: list[Problem] = []
    for subject, verdict in verdicts:
        value: Value = math.nan if verdict.holds is None else verdict.holds
        facts.append(_fact(f"breaker.{verb}", value, verdict.at, subject))
        name = f"the breaker of {subject.shown}"
        if verdict.holds is False:
            message = f"{name} {says}: {verdict.why}"
            about = (count, f"breaker.{verb}")
            bad.append(_warning(code, message, verdict.at, verdict.help, *about))
        elif verdict.holds is None:
            message = f"whether {name} {verb} is not known: {verdict.why}"
            unknown.append(_unknown(f"{code}-unknown", message, verdict.at, verdict.help, count))
    if bad or (verdicts and not unknown):
        facts.append(_bad(count, bad, path))
    return _Found(facts, [*bad, *unknown])


def _timeouts(
    launch: Launch, found: list[Subject], evidence: tuple[Evidence, ...], path: str
) -> _Found:
    """Hold every timeout against the 99th percentile of what it cuts off, and the budget."""
    limits = [limit for subject in found if (limit := limit_of(subject))]
    bounded = [limit for limit in limits if limit.value is not None]
    short, long = _short(bounded, Slowest(launch, evidence), path), _long(launch, bounded, path)
    problems = [*short.problems, *long.problems]
    endless = list(unbounded(launch, limits, found, path))
    problems += endless
    facts = [*short.facts, *long.facts, _count("timeouts", len(limits), path)]
    if endless or limits:
        facts.append(_bad("timeouts.none", endless, path))
    if not limits:
        message, help_ = "no file sets a timeout", "link the file that does"
        about = tuple(name for name, _, _ in ANALYSIS.metrics if name.startswith("timeout"))[1:]
        problems.append(_unknown("no-timeouts", message, Location(path), help_, *about))
    return _Found(facts, problems)


def _short(limits: list[Limit], slowest: Slowest, path: str) -> _Found:
    """Tell which timeouts cut off good answers. What is cut off cannot show a longer p99."""
    facts, problems, unknown = [], [], {}
    for limit in limits:
        if limit.value is None:
            continue
        slow = slowest.of(limit.subject)
        known = slow.value is not None and slow.value > 0
        ratio = limit.value / slow.value if known and slow.value else math.nan
        if ratio <= 1 and limit.between:
            unknown[limit.subject.shown] = "its answers may come in one piece or in many"
            ratio = math.nan
        elif ratio <= 1:
            message = (
                f"{limit.shown}, and p99 of what it cuts off is {show(slow.value or 0, 'ms')}: "
                "good answers are thrown away"
            )
            help_ = "give it more time, or make what it waits for faster"
            about = ("timeouts.short", "timeout.over_p99")
            problems.append(_warning("short-timeout", message, limit.fact.at, help_, *about))
        elif not known or slow.doubt:
            unknown[limit.subject.shown] = slow.doubt
            ratio = math.nan
        facts.append(_fact("timeout.over_p99", ratio, limit.fact.at, limit.subject))
    if problems or (limits and not unknown):
        facts.append(_bad("timeouts.short", problems, path))
    if unknown:
        why = next(iter(unknown.values()))
        message = f"whether timeouts cut off {some([*unknown])} is not known: {why}"
        help_ = "trace it, or give p99 with a label that has its name, of 100 samples or more"
        problems.append(_unknown("no-p99", message, Location(path), help_, "timeouts.short"))
    return _Found(facts, problems)


def _long(launch: Launch, limits: list[Limit], path: str) -> _Found:
    """Tell which timeouts end after the budget of the whole, when nobody waits any more."""
    budget = stated(launch, "time", *DEADLINES)
    if budget is None:
        message = f"the launch states neither {and_list(DEADLINES, last='nor')}"
        help_ = f"set the parameter {DEADLINES[0]}"
        about = ("timeout.within_budget", "timeouts.long")
        return _Found([], [_unknown("no-budget", message, Location(path), help_, *about)])
    facts, problems = [], []
    for limit in limits:
        within = limit.value is not None and limit.value <= budget.value
        facts.append(_fact("timeout.within_budget", within, limit.fact.at, limit.subject))
        if not within:
            message = (
                f"{limit.shown}, over launch.{budget.name} of {show(budget.value, 'ms')}: "
                "the fallback comes when nobody waits any more"
            )
            help_ = "set it below the budget, so that there is time for a fallback"
            about = ("timeouts.long", "timeout.within_budget")
            problems.append(_warning("long-timeout", message, limit.fact.at, help_, *about))
    if limits:
        facts.append(_bad("timeouts.long", problems, path))
    return _Found(facts, problems)


def _fact(metric: str, value: Value, at: Location, subject: Subject) -> Fact:
    return Fact(metric, value, "", at, subject.marks, None, "derived")


def _count(metric: str, value: int, path: str) -> Fact:
    return Fact(metric, value, "", Location(path), (), None, "derived")


def _bad(metric: str, problems: list[Problem], path: str) -> Fact:
    """Return how many problems there are, at the place of the first."""
    at = problems[0].at if problems else Location(path)
    return Fact(metric, len(problems), "", at, (), None, "derived")


def _warning(code: str, message: str, at: Location, help: str, *metrics: str) -> Problem:
    return Problem("warning", code, message, at, help, metrics)


def _unknown(code: str, message: str, at: Location, help: str, *metrics: str) -> Problem:
    return Problem("inconclusive", code, message, at, help, metrics)


ANALYSIS = Analysis(
    id="breaker-fit",
    title="Fit of breakers and timeouts",
    run=run,
    metrics=(
        ("breakers", "", "breakers that files set, defaults of their tools included"),
        ("breakers.sized", "", "those that limit requests at once"),
        ("breakers.small", "", "those that let through less than was tested"),
        ("breakers.idle", "", "those that let through ten times what was tested, or more"),
        ("breakers.never_trip", "", "those that can never open"),
        ("breakers.never_close", "", "those that open and do not close in time"),
        ("concurrency.tested", "", "the most requests at once in a load test"),
        ("fit.concurrency", "", "limit ÷ tested concurrency; labels of the setting, component"),
        ("breaker.trips", "", "whether it can open; labels of the setting, component"),
        ("breaker.closes", "", "whether it closes in time; labels of the setting, component"),
        ("timeouts", "", "what files give a timeout, or none"),
        ("timeouts.short", "", "timeouts that are not above p99 of what they cut off"),
        ("timeouts.long", "", "timeouts over `p99_budget`, else `p95_budget`"),
        ("timeouts.none", "", "what may wait for ever"),
        ("timeout.over_p99", "", "timeout ÷ p99; labels of the setting, component"),
        ("timeout.within_budget", "", "whether it is; labels of the setting, component"),
    ),
    formula="tested concurrency = users or requests at once that a load test states, else rate × "
    "mean time of its busiest window. A limit is the smallest of max_requests, max_concurrent and "
    "max_connections; one of each endpoint counts once for each. A breaker never opens if its "
    "threshold is 0, off or over 100 %, if its failures or its least calls are more than its "
    "window holds, or more than come in its time at the rate `off_peak` (else `peak`, else that "
    "of the load tests), if it ejects 0 % or is open for 0 ms. It does not close in time if "
    "nothing heals it, or if it is open for longer than `recovery_within` (60 s unless set). The "
    "timeout of an attempt is the smaller of `timeout.try` and `timeout`; p99 is that of the "
    "component, route or upstream, and of an entry that of the whole",
    source="Little 1961, Operations Research 9:383; Nygard, Release It! (2018), chapter 5, on "
    "breakers and timeouts; the documentation that each reader names, for defaults",
    example="breakers.never_trip = 0",
)
