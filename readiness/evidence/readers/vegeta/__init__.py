"""Reads reports of Vegeta, as JSON or as text alone or pasted into a document, into load facts.

Format: lib/reporters.go and lib/metrics.go of https://github.com/tsenart/vegeta.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.readers.vegeta import checks
from readiness.model.fact import Fact, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.readers.vegeta.report import Attack
    from readiness.model.checklist import FactMap
    from readiness.model.load import Labels

_JSON = (b'"latencies"', b'"bytes_in"', b'"bytes_out"', b'"status_codes"', b'"success"')
_TEXT = (
    pattern(rb"Requests[ \t]+\[total, rate"),
    pattern(rb"Latencies[ \t]+\[(?:min, )?mean, "),
    pattern(rb"Status Codes[ \t]+\[code:count\]"),
)
_ROUNDING = 0.01


def sniff(head: bytes) -> int:
    """Return 90 for JSON with Vegeta's keys, or a text with two rows of its report."""
    if sum(mark in head for mark in _JSON) >= len(_JSON) - 1 and b"{" in head:
        return 90
    return 90 if sum(bool(mark.search(head)) for mark in _TEXT) > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read all reports of a file; each of several is a run of its own.

    Raises:
        Unreadable: a report that is cut off, or holds what is not a number.
    """
    from readiness.evidence.readers.vegeta.report import attacks  # noqa: PLC0415 - start-up time

    found = list(attacks(source))
    if not found:
        message = "no report is in it"
        raise Unreadable("no-report", message, source.at(1), "keep all rows of `vegeta report`")
    facts: list[Fact] = []
    problems = []
    for index, attack in enumerate(found, 1):
        labels = (("run", str(index)),) if len(found) > 1 else ()
        facts += _facts(attack, labels)
        problems += [*checks.contradictions(attack), *checks.warnings(attack)]
    problems += common_problems(facts, source.at(1), rounding=_ROUNDING)
    ends = [attack.ended for attack in found if attack.ended]
    ended = max(ends, key=lambda end: end[0]) if ends else (None, None)
    return Reading(tuple(facts), tuple(problems), *ended)


def _facts(attack: Attack, labels: Labels) -> Iterator[Fact]:
    sent, at = attack.requests
    codes_at, requests = attack.codes_at, int(sent)
    yield Fact("requests", requests, "", at, labels)
    if not requests:
        return
    failures = requests - checks.good(attack)
    yield Fact("failures", failures, "", codes_at, labels, None, "derived")
    yield Fact("errors", failures / requests, "ratio", codes_at, labels, requests, "derived")
    if lasting := attack.sending.value + attack.waiting.value:
        where = attack.sending.at
        yield Fact("duration", lasting, "ms", where, labels, None, "derived")
        yield Fact("rate", requests / lasting * 1000, "1/s", at, labels, requests, "derived")
        if attack.received and attack.received.value:
            rate = attack.received.value / lasting * 1000
            yield Fact("throughput", rate, "B/s", attack.received.at, labels, None, "derived")
    if attack.rate and attack.sending.value:
        yield Fact("rate.sent", attack.rate.value, "1/s", attack.rate.at, labels, requests)
    if attack.throughput:
        value, where = attack.throughput
        yield Fact("rate.success", value, "1/s", where, labels, requests)
    for name, (ms, where) in attack.times.items():
        yield Fact(name, ms, "ms", where, labels, requests)


_RUN = ("run",)
READER = Reader(
    id="vegeta",
    title="Vegeta report",
    sniff=sniff,
    pasted=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("requests", "", "requests sent", _RUN),
        Metric("failures", "", "requests without an answer, or answered 4xx or 5xx", _RUN),
        Metric("errors", "ratio", "failures per request", _RUN),
        Metric("rate", "1/s", "requests per second from the first to the last answer", _RUN),
        Metric("rate.sent", "1/s", "requests per second while they were sent", _RUN),
        Metric("rate.success", "1/s", "successes per second from the first to the last answer",
               _RUN),
        Metric("duration", "ms", "from the first request to the last answer", _RUN),
        Metric("throughput", "B/s", "bytes of response bodies per second", _RUN),
        *(Metric(name, "ms", f"{name} response time", _RUN) for name in ("min", "mean", "max")),
        Metric("p*", "ms", "response time percentiles, as many as the report has", _RUN),
    ),
    produce="vegeta report -type=json results.bin > report.json",
    source="https://github.com/tsenart/vegeta#report-command",
    traps=(
        "JSON holds nanoseconds; the text has a unit at each time: `2m55s`, `1.5µs`.",
        "Vegeta's `rate` is `rate.sent` here: `rate` counts the wait for the last answer too.",
        "What was asked for (`-rate`) is in no report: compare `rate.sent` with it yourself.",
        "Status code 0 is a request without an answer: a failure.",
        "Redirects (3xx) count as success: a warning.",
        "The times are those of successes and failures together: a warning where some failed.",
        "Percentiles are estimates, near the exact ones: the results themselves give these.",
        "Several reports in one file are runs 1, 2, …: an expectation must hold in each of them.",
        "A report whose status codes, rate or duration do not fit its requests is invalid.",
        "It sends by a schedule, whatever the answers do: no stall is left out.",
    ),
    rounding=_ROUNDING,
    percentiles="approximate",
    shape="json",
    summary="requests, errors, rates and response times of a Vegeta attack",
)  # fmt: skip
