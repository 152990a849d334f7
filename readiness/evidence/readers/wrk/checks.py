"""What a run of wrk or wrk2 says against itself, and what its numbers leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import contradiction
from readiness.evidence.loadtest.closed import HELP
from readiness.evidence.loadtest.spectrum import spectrum_problems
from readiness.evidence.readers.wrk.facts import none_recorded
from readiness.model.fact import Fact, Problem
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.wrk.runs import Run

_ROUNDED = 0.02
_LEFT_OUT = 0.05
_REACHED = 0.95
_ALL = 1.0
_SOME = 0.001
_WAIT = 0.1


def run_problems(run: Run, facts: list[Fact]) -> list[Problem]:
    """Return what is wrong with one run, given its facts."""
    values = {fact.metric: float(fact.value) for fact in facts}
    if not values["requests"]:
        return []
    found = [*_contradictions(run, values), *_missing(run, values)]
    found += _constant(run, values) if run.constant else _closed(run, values)
    return found + list(_failed(run, values))


def _contradictions(run: Run, values: dict[str, float]) -> Iterator[Problem]:
    if values.get("failures.status", 0) > values["requests"]:
        message = "more error responses than responses"
        yield contradiction(message, run.at("status"))
    if values.get("max", 0.0) > (1 + _ROUNDED) * values["duration"]:
        message = (
            f"one response took {digits(values['max'])} ms, the run {digits(values['duration'])} ms"
        )
        yield contradiction(message, run.at("latency"))
    yield from spectrum_problems(run.steps, run.total, run.source)


def _missing(run: Run, values: dict[str, float]) -> Iterator[Problem]:
    if none_recorded(run):
        message = "no response time was recorded: 0 and `-nan` stand for none"
        help_ = "did each response come after the timeout, or the run end during calibration?"
        yield Problem("warning", "no-times", message, run.at("latency"), help_)
    elif not any(name.startswith("p") for name in values):
        help_ = "run it with `--latency`"
        message = "there are no percentiles in it"
        yield Problem("warning", "no-percentiles", message, run.at("latency"), help_)


def _constant(run: Run, values: dict[str, float]) -> Iterator[Problem]:
    requests, total = values["requests"], run.total
    if total and (total.total or 0) < (1 - _LEFT_OUT) * requests:
        message = (
            f"{total.total:,} of {requests:,.0f} requests are in the times: "
            "wrk2 leaves out its calibration, about 10 s"
        )
        help_ = "run it longer: what the first seconds did is not in these times"
        at = run.source.at(total.line)
        yield Problem("warning", "calibration-left-out", message, at, help_)
    if values.get("mean", 0.0) > _WAIT * values["duration"]:
        message = "requests waited for more than a tenth of the run: a queue that only grew"
        help_ = "the rate is above what the service can do: the times depend on the duration"
        yield Problem("warning", "overloaded", message, run.at("latency"), help_)
    wanted, rate = values.get("rate.requested"), values.get("rate", 0.0)
    if wanted and rate < _REACHED * wanted:
        message = f"{digits(wanted)} requests per second were asked for, {digits(rate)} were made"
        help_ = "the service or the client could not keep up: see the times"
        yield Problem("warning", "rate-missed", message, run.at("rate"), help_)


def _closed(run: Run, values: dict[str, float]) -> Iterator[Problem]:
    """Yield what wrk's own estimate of omitted samples leaves out: responses after the timeout."""
    if late := values["failures.timeout"]:
        message = (
            f"{late:,.0f} responses came after the timeout and are in no time: "
            "the server stood still, and a closed loop sent nothing meanwhile"
        )
        yield Problem("warning", "coordinated-omission", message, run.at("socket"), HELP)


def _failed(run: Run, values: dict[str, float]) -> Iterator[Problem]:
    tried, errors = values["requests"], values.get("errors", 0.0)
    if errors == _ALL:
        return
    lost, status = values["failures.socket"], values["failures.status"]
    if lost > _SOME * tried:
        message = f"{lost:,.0f} requests got no response: they are in no time"
        help_ = "the times are those of responses: judge `errors` beside them"
        yield Problem("warning", "successes-only", message, run.at("socket"), help_)
    if status > _SOME * tried:
        message = f"the times of {status:,.0f} error responses are among those of the others"
        help_ = "errors are often quicker: judge `errors` beside the times"
        yield Problem("warning", "failed-fast", message, run.at("status"), help_)
