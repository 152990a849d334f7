"""An nginx access log with `$upstream_cache_status` in; its hit ratio out."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from readiness.model.checklist import FactMap

_FIELD = pattern(rb'"[^"]*"|\[[^\]]*\]|\S+')
# nginx, ngx_http_upstream_module: $upstream_cache_status
_WORDS = b"MISS|BYPASS|EXPIRED|STALE|UPDATING|REVALIDATED|HIT"
_STATUS = pattern(rb'(?:[\w.]+[=:])?"?(' + _WORDS + rb')"?')
_NONE = pattern(rb'(?:[\w.]+[=:])?"?-?"?')
_CODE = pattern(rb'(?:[\w.]+[=:])?"?[1-5][0-9]{2}"?')
_ISO = pattern(rb"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}(?:Z|[+-][0-9:]{5})")
_CLF = pattern(rb"([0-9]{2})/([A-Z][a-z]{2})/(20[0-9]{2}):([0-9:]{8}) ([+-][0-9]{4})")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LEAST = 3  # lines by which the log is known
_HELP = "log_format cache '$time_iso8601 $upstream_cache_status $status $request_time'"


def sniff(head: bytes) -> int:
    """Return 90 where lines have a cache status in one column and an HTTP status in another."""
    if not any(word in head for word in _WORDS.split(b"|")):
        return 0
    lines = head.split(b"\n")
    return 90 if _column(lines[:-1] or lines) is not None else 0


def _column(lines: Iterable[bytes]) -> int | None:
    """Return the column of the cache status, if it is one in every line that has a status."""
    found: set[int] = set()
    seen = 0
    for line in lines:
        fields = _FIELD.findall(line)
        places = [n for n, text in enumerate(fields) if _STATUS.fullmatch(text)]
        if not places:
            continue
        seen += 1
        found.update(places)
        if len(found) != 1 or not any(_CODE.fullmatch(text) for text in fields):
            return None
    return found.pop() if seen >= _LEAST else None


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a log of any length.

    Raises:
        Unreadable: no such log, or a line of another format.
    """
    column = _column(source.head(65_536).split(b"\n")[:-1])
    if column is None:
        message = "no column of this log holds a cache status in every line"
        raise Unreadable("wrong-kind", message, source.at(1), _HELP)
    counts: Counter[str] = Counter()
    first, last = 0, (0, b"")
    for number, line in source.lines():
        if not line.strip():
            continue
        fields = _FIELD.findall(line)
        text = fields[column] if column < len(fields) else b"?"
        match = _STATUS.fullmatch(text)
        if match is None and not _NONE.fullmatch(text):
            message = f"column {column + 1} holds no cache status"
            raise Unreadable("wrong-shape", message, source.at(number), "give lines of one format")
        counts[match[1].decode() if match else "-"] += 1
        first, last = first or number, (number, line)
    problems = []
    if not source.complete:
        message = "the last line has no end: was the log being written?"
        problems.append(Problem("warning", "no-end", message, source.at(last[0])))
    produced = _time(source, *last)
    where = source.at(last[0]) if produced else None
    facts = _facts(source, counts, first)
    if counts["STALE"]:
        message = f"{counts['STALE']:,} answers were stale: the service behind did not answer"
        problems.append(Problem("warning", "stale", message, source.at(first), "was that meant?"))
    return Reading(tuple(facts), tuple(problems), produced, where)


def _facts(source: Source, counts: Counter[str], first: int) -> list[Fact]:
    at = source.at(first)
    lookups = counts.total() - counts["-"]
    stale = counts["STALE"] + counts["UPDATING"]
    found = {
        "lookups": lookups,
        "hits": counts["HIT"],
        "misses": lookups - counts["HIT"] - stale,
        "stale": stale,
        "expired": counts["EXPIRED"] + counts["REVALIDATED"],
        "bypassed": counts["BYPASS"],
        "not_proxied": counts["-"],
    }
    facts = [Fact(metric, count, "", at, (), None, "derived") for metric, count in found.items()]
    share = counts["HIT"] / lookups
    return [*facts, Fact("hit_ratio", share, "ratio", at, (), lookups, "derived")]


def _time(source: Source, number: int, line: bytes) -> datetime | None:
    """Return the time in a line, in ISO 8601 or as the common log format has it."""
    if match := _ISO.search(line):
        return read_moment(match[0].decode(), source.at(number))[0]
    if (match := _CLF.search(line)) and match[2].decode() in _MONTHS:
        day, month, year, time, zone = (part.decode() for part in match.groups())
        text = f"{year}-{_MONTHS.index(month) + 1:02}-{day}T{time}{zone[:3]}:{zone[3:]}"
        return read_moment(text, source.at(number))[0]
    return None


READER = Reader(
    id="nginx-cache-log",
    title="nginx cache log",
    summary="How many requests nginx answered from its cache.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    streams=True,
    metrics=(
        Metric("lookups", "", "requests with a cache status"),
        Metric("hits", "", "answered from the cache, fresh"),
        Metric("misses", "", "that the service behind had to answer"),
        Metric("stale", "", "answered from the cache, although the answer was old"),
        Metric("expired", "", "whose answer was old, so that it was asked for again"),
        Metric("bypassed", "", "that were not to be looked up"),
        Metric("not_proxied", "", "without a cache status"),
        Metric("hit_ratio", "ratio", "share of the lookups that were fresh hits"),
    ),
    produce=f"{_HELP};\naccess_log /var/log/nginx/cache.log cache;",
    source="https://nginx.org/en/docs/http/ngx_http_upstream_module.html#var_upstream_cache_status",
    traps=(
        "`-` is no lookup: the request was not proxied. It counts neither way.",
        "`BYPASS` counts as a miss: the service behind had to answer.",
        "`STALE` and `UPDATING` are old answers: neither hits nor misses, and `STALE` is told.",
        "`REVALIDATED` asked the service behind, and is no hit.",
        "The page of `stub_status` has no figures of the cache.",
    ),
)
