"""Reads the results of Vegeta, one per request: gob as `attack` writes them, or encoded as text.

What comes out is recomputed from each result: times, errors, rates, and whether the requests were
sent on time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from readiness.evidence.loadtest.checks import common_problems
from readiness.evidence.loadtest.facts import SAMPLED, load_facts
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.readers.vegeta_results import gob, text
from readiness.evidence.readers.vegeta_results.results import Collected
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.text import plural
from readiness.patterns import pattern
from readiness.stats.digits import digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_GOB = (b"\x06Result\x01", b"\x09Timestamp\x01", b"\x07Latency\x01", b"\x08BytesOut\x01")
_JSON = (b'"code":', b'"timestamp":', b'"latency":', b'"bytes_out":', b'"bytes_in":')
_CSV = pattern(rb"[0-9]{19},[0-9]{1,3},[0-9]{1,15},[0-9]+,[0-9]+,")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 600
_LOST = b"\xef\xbf\xbd"  # U+FFFD, which stands for what could not be read as text
_FEW = 0.001  # share of missing results that may be the last ones of a killed attack
_KEPT, _LONG = 0.9, 1e9


def sniff(head: bytes) -> int:
    """Return 90 for the start of a gob of results, or for a first line of JSON or CSV of one.

    Results that a shell has saved as UTF-16 are known too, so that it can be said what is wrong.
    """
    if head.startswith(_WIDE) and b"\0" in head[:9]:
        name = "utf-16-le" if head.startswith(_WIDE[0]) else "utf-16-be"
        head = head[2:].decode(name, "ignore").encode()
    if all(mark in head[:_HEAD] for mark in _GOB):
        return 90
    line = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0]
    if line.startswith(b"{") and all(mark in line.replace(b'": ', b'":') for mark in _JSON):
        return 90
    return 90 if _CSV.match(line) and line.count(b",") + 1 in text.COLUMNS else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read the results of one or more attacks.

    Raises:
        Unreadable: cut off, corrupt, saved by a shell that changed it, or not of Vegeta.
    """
    head, found = source.head(_HEAD), Collected()
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        results, at = text.json_results(source), source.at(1, pointer="latency")
    elif _CSV.match(start):
        results, at = text.csv_results(source), source.at(1, pointer="latency")
    else:
        _check_whole(head, source)
        results, at = gob.results(source), source.at(pointer="Latency")
    found.take(results)
    if not found.count:
        raise Unreadable("empty", "no result is in it", source.at(), "did the attack start?")
    load = found.tally.load(arrivals="open")
    facts = [*load_facts(load, at), *_rates(found, at)]
    problems = [
        *_sending(found, at),
        *_answers(found, at, load.dropped),
        *common_problems(facts, source.at(1)),
    ]
    produced = datetime.fromtimestamp(found.end / 1e9, UTC)
    return Reading(tuple(facts), tuple(problems), produced, at, load=load)


def _check_whole(head: bytes, source: Source) -> None:
    """Refuse a gob that was saved as text: the bytes that were no text are lost."""
    wide = head.startswith(_WIDE) and b"\0" in head[:9]
    if wide or _LOST in head:
        message = "these are no longer the results: a shell saved them as text"
        help_ = "PowerShell's `>` does so: attack again with `vegeta attack -output results.bin`"
        raise Unreadable("not-gob", message, source.at(), help_)


def _rates(found: Collected, at: Location) -> Iterator[Fact]:
    sending, lasting = (found.last - found.first) / 1e9, (found.end - found.first) / 1e9
    if sending:
        rate = found.count / sending
        yield Fact("rate.sent", rate, "1/s", at, (), found.count, "derived")
    if lasting:
        rate = found.good / lasting
        yield Fact("rate.success", rate, "1/s", at, (), found.count, "derived")
    if lasting and found.received:
        size = found.received / lasting
        yield Fact("throughput", size, "B/s", at, (), found.count, "derived")


def _sending(found: Collected, at: Location) -> Iterator[Problem]:
    """Yield what the numbers and times of the requests say about how they were sent."""
    for name, schedule in found.schedules.items():
        of = f" of `{name}`" if name else ""
        if missing := schedule.missing:
            message = f"{missing:,} of {schedule.last + 1:,} results{of} are missing"
            help_ = "those still under way are lost where an attack is killed: let it end"
            few = missing <= _FEW * schedule.last
            kind: Literal["warning", "inconclusive"] = "warning" if few else "inconclusive"
            yield Problem(kind, "missing-results", message, at, help_)
        if shared := schedule.shared:
            message = f"{plural(shared, 'result')}{of} beyond one for each number"
            help_ = "right for an attack from several machines; else two files were joined"
            yield Problem("warning", "shared-numbers", message, at, help_)
        if lag := schedule.lag():
            message = f"sending{of} fell {lag.seconds:,.2f} s behind a constant rate of"
            message += f" {digits(lag.rate, 4)} per second, at request {lag.number + 1:,}"
            help_ = "the times leave out that wait: more `-max-workers`, or a machine with time"
            yield Problem("warning", "late-sends", message, at, help_)
    sending, waiting = found.last - found.first, found.end - found.last
    if waiting > max(_LONG, (1 - _KEPT) * (sending + waiting)):
        message = f"requests were sent for {sending / 1e9:,.3f} s, the last answer came"
        message += f" {waiting / 1e9:,.3f} s later: the service fell behind"
        help_ = "`rate` counts the wait, `rate.sent` does not"
        yield Problem("warning", "behind", message, at, help_)


def _answers(found: Collected, at: Location, dropped: int) -> Iterator[Problem]:
    if found.redirects:
        message = f"{plural(found.redirects, 'redirect')} (3xx) counted as success"
        help_ = "attack the address that they lead to"
        yield Problem("warning", "redirects", message, at, help_)
    if found.silent:
        message = f"{plural(found.silent, 'request')} had no answer; their times are in all figures"
        help_ = "judge `errors` too, and `p95 where response = expected`"
        yield Problem("warning", "unanswered", message, at, help_)
    if dropped:
        message = f"{plural(dropped, 'address', 'addresses')} counted together as `(others)`"
        help_ = "numbers in a path make each address an endpoint of its own"
        yield Problem("warning", "many-endpoints", message, at, help_)


READER = Reader(
    id="vegeta-results",
    title="Vegeta results",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        *SAMPLED,
        Metric("rate.sent", "1/s", "requests per second while they were sent"),
        Metric("rate.success", "1/s", "successes per second from the first to the last answer"),
        Metric("throughput", "B/s", "bytes of response bodies per second"),
    ),
    produce="vegeta attack -rate 50 -duration 10m -output results.bin < targets.txt",
    source="https://github.com/tsenart/vegeta#encode-command",
    traps=(
        "Status code 0 is a request without an answer: a failure, and its time counts.",
        "Redirects (3xx) count as success, as Vegeta does: a warning.",
        "PowerShell's `>` turns the results into UTF-16 and loses them: use `-output`.",
        "Results stand in the order of the answers: `seq` gives the order of sending.",
        "Sending that falls behind a constant rate is told: the times leave out that wait.",
        "Results that are missing, as after a kill, are the slow ones: inconclusive beyond 0.1 %.",
        "An endpoint is the path of the address: what may hold a secret is left out.",
        "Several attacks by name (`-name`) are scenarios of their own.",
        "A request of a day or longer is digits of two that were torn: invalid.",
        "JSON of lines (`vegeta encode`) and CSV of 6, 9 or 12 columns hold the same.",
    ),
    streams=True,
    shape="binary",
    summary="requests, errors, rates and exact response times of a Vegeta attack, by endpoint",
)
