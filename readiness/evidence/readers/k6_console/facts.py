"""From the lines of a k6 summary to facts: counts, shares, times in their unit, verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.loadtest.facts import EXPECTED
from readiness.evidence.loadtest.k6 import time_prefix
from readiness.evidence.loadtest.numbers import (
    parse_count,
    parse_duration,
    parse_number,
    percentile,
)
from readiness.evidence.reader import Unreadable
from readiness.model.fact import Fact
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.loadtest.k6 import Labels
    from readiness.evidence.readers.k6_console.runs import Entry, Run

_PAIR = pattern(r"(avg|min|med|max|count|p\([0-9.]{1,10}\))=(\S+)")
_COUNTED = pattern(r"(\S+)(?:\s+(\S+)/s)?")
_SHARE = pattern(
    r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%(?:\s+(?:([0-9]{1,15}) out of ([0-9]{1,15})"
    r"|✓ ([0-9]{1,15})\s+✗ ([0-9]{1,15})))?"
)
_GAUGE = pattern(r"\S+\s+min=(\S+)\s+max=(\S+)")
_BYTES = pattern(r".*?([0-9]{1,15}(?:\.[0-9]{1,9})?) ([kMGTPEZY]?)B/s")
_STATS = {"avg": "mean", "min": "min", "med": "p50", "max": "max"}
_SIZES = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6, "Z": 7, "Y": 8}
_UNIT = pattern(r"(?:[0-9.]+(?:ns|us|µs|μs|ms|s|m|h))+")
_HELP = "keep the text as k6 printed it"


class Share:
    """A share with the counts behind it, where they are written.

    Attributes:
        value: the share, exact where the counts are written.
        shown: as written: k6 cuts off after two digits of a percentage.
        hits: how many; of `http_req_failed` those that failed.
        total: of how many; None if not written.
    """

    def __init__(self, entry: Entry) -> None:
        match = _SHARE.fullmatch(entry.text)
        if not match:
            raise _wrong(entry, "a percentage with its counts")
        percent, some, whole, yes, no = match.groups()
        self.shown = float(percent) / 100
        self.hits: int | None = None
        self.total: int | None = None
        if some is not None:
            self.hits, self.total = int(some), int(whole)
        elif yes is not None:
            self.hits, self.total = int(yes), int(yes) + int(no)
        exact = self.hits is not None and self.total
        self.value = (self.hits or 0) / (self.total or 1) if exact else self.shown


def run_facts(run: Run) -> list[Fact]:
    """Return the facts of one run.

    Raises:
        Unreadable: a line that does not hold what k6 writes there.
    """
    facts = [*_duration(run)]
    if run.arrivals:
        facts.append(Fact("arrivals", run.arrivals, "", run.executors[0][1]))
    for entry in run.entries.values():
        if entry.name in _KINDS:
            facts += _KINDS[entry.name](entry)
        elif (prefix := time_prefix(entry.name)) is not None and "=" in entry.text:
            facts += _times(run, entry, prefix)
    return [*facts, *_verdicts(run)]


def counted(entry: Entry) -> tuple[int, float | None]:
    """Return a count and its rate per second, where that is written."""
    match = _COUNTED.fullmatch(entry.text)
    if not match:
        raise _wrong(entry, "a count and a rate")
    rate = parse_number(match[2], entry.at, f"the rate of `{entry.key}`") if match[2] else None
    return parse_count(match[1], entry.at, f"`{entry.key}`"), rate


def _duration(run: Run) -> Iterator[Fact]:
    for name in ("http_reqs", "iterations"):
        if entry := run.get(name):
            count, rate = counted(entry)
            if count and rate:
                yield Fact("duration", count / rate * 1000, "ms", entry.at, (), None, "derived")
                return
    if run.running:
        at = run.running[3]
        yield Fact("duration", parse_duration(run.running[0], at, "the time"), "ms", at)


def _requests(entry: Entry) -> Iterator[Fact]:
    count, rate = counted(entry)
    yield Fact("requests", count, "", entry.at, entry.labels)
    if count and rate:
        yield Fact("rate", rate, "1/s", entry.at, entry.labels, count)


def _dropped(entry: Entry) -> Iterator[Fact]:
    yield Fact("dropped", counted(entry)[0], "", entry.at, entry.labels)


def _failed(entry: Entry) -> Iterator[Fact]:
    share = Share(entry)
    if share.hits is not None:
        yield Fact("failures", share.hits, "", entry.at, entry.labels)
    yield from _ratio("errors", entry, share)


def _checks(entry: Entry) -> Iterator[Fact]:
    yield from _ratio("checks", entry, Share(entry))


def _ratio(name: str, entry: Entry, share: Share) -> Iterator[Fact]:
    if share.total != 0:
        origin = "file" if share.total is None else "derived"
        yield Fact(name, share.value, "ratio", entry.at, entry.labels, share.total, origin)  # type: ignore[arg-type]


def _users(entry: Entry) -> Iterator[Fact]:
    if not (match := _GAUGE.fullmatch(entry.text)):
        raise _wrong(entry, "a number with its minimum and maximum")
    name = "concurrency" if entry.name == "vus" else "concurrency.allocated"
    users = parse_count(match[2], entry.at, f"`max` of `{entry.key}`")
    yield Fact(name, users, "", entry.at, entry.labels)


def _received(entry: Entry) -> Iterator[Fact]:
    if not (match := _BYTES.fullmatch(entry.text)):
        raise _wrong(entry, "a size and a size per second")
    size = parse_number(match[1], entry.at, f"`{entry.key}`")
    yield Fact("throughput", size * 1000 ** _SIZES[match[2]], "B/s", entry.at, entry.labels)


_KINDS = {
    "http_reqs": _requests,
    "http_req_failed": _failed,
    "checks": _checks,
    "checks_succeeded": _checks,
    "dropped_iterations": _dropped,
    "data_received": _received,
    "vus": _users,
    "vus_max": _users,
}


def _times(run: Run, entry: Entry, prefix: str) -> Iterator[Fact]:
    """Yield the times of a trend; nothing for one of another dimension, or zeros of no sample."""
    values = dict(_PAIR.findall(entry.text))
    if prefix and not any(_UNIT.fullmatch(v) for stat, v in values.items() if stat != "count"):
        return
    if not values or _PAIR.sub("", entry.text).strip():
        raise _wrong(entry, "statistics such as avg=34.4ms")
    count = values.pop("count", None)
    found = {
        _name(stat, entry): parse_duration(text, entry.at, f"`{stat}` of `{entry.key}`")
        for stat, text in values.items()
    }
    part = tuple(pair for pair in entry.labels if pair not in entry.tags)
    failed = run.get("http_req_failed", part)
    share = Share(failed) if failed else None
    if entry.tags == (EXPECTED,) and share and share.hits == 0:
        return  # the same as those of all requests
    samples = parse_count(count, entry.at, f"`count` of `{entry.key}`") if count else None
    if not any(found.values()) and not (prefix and samples):
        return
    if samples is None and not prefix:
        samples = _samples(run, entry, part, share)
    for name, value in found.items():
        yield Fact(f"{prefix}{name}", value, "ms", entry.at, entry.labels, samples)


def _name(stat: str, entry: Entry) -> str:
    rank = stat.removeprefix("p(").removesuffix(")")
    return _STATS.get(stat) or percentile(parse_number(rank, entry.at, f"`{entry.key}`"))


def _samples(run: Run, entry: Entry, part: Labels, share: Share | None) -> int | None:
    if entry.tags == (EXPECTED,):
        known = share is not None and share.total is not None and share.hits is not None
        return (share.total or 0) - (share.hits or 0) if share and known else None
    reqs = run.get("http_reqs", part, entry.tags)
    return counted(reqs)[0] if reqs else None


def _verdicts(run: Run) -> Iterator[Fact]:
    """Yield whether each threshold held; the older layout has one mark for all of a metric."""
    found = {f"{t.key}: {t.source}" if t.key else t.source: (t.held, t.at) for t in run.thresholds}
    if not found:
        marked = [e for e in run.entries.values() if e.mark]
        found = {e.key: (e.mark == "✓", e.at) for e in marked}
    for text, (held, at) in found.items():
        yield Fact("threshold", held, "", at, (("expression", text),))
    at = next(iter(found.values()))[1] if found else run.at
    for name, held in (("passed", True), ("failed", False)) if found else ():
        number = sum(verdict is held for verdict, _ in found.values())
        yield Fact(f"thresholds.{name}", number, "", at, (), None, "derived")


def _wrong(entry: Entry, what: str) -> Unreadable:
    message = f"`{entry.key}` is followed by `{entry.text[:60]}`, not by {what}"
    return Unreadable("number", message, entry.at, _HELP)
