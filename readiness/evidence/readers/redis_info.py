"""What `redis-cli INFO` printed, once or before and after a run, in; hits, misses, memory out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.loadtest.numbers import parse_count
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.series import is_moment, moment
from readiness.evidence.settings import Labels, Origin, Settings
from readiness.model.fact import Fact, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import FactMap

_SERVER = pattern(rb"(?m)^(?:redis|valkey)_version:[0-9]")
_STATS = pattern(rb"(?m)^keyspace_hits:[0-9]")
_OTHER = pattern(rb"(?m)^(?:evicted_keys|used_memory|uptime_in_seconds):[0-9]")
_COUNTERS = {
    "hits": "keyspace_hits",
    "misses": "keyspace_misses",
    "evictions": "evicted_keys",
    "expired": "expired_keys",
}
_DATABASE = pattern(r"keys=([0-9]{1,15}),expires=([0-9]{1,15})(?:,avg_ttl=([0-9]{1,15}))?.*")
_CLOCK = pattern(r"[0-9]{16}")  # microseconds
_HELP = "keep all that `redis-cli INFO` printed"


class _Entry(NamedTuple):
    text: str
    line: int


_Snapshot = dict[str, _Entry]


def sniff(head: bytes) -> int:
    """Return 90 for a version or lookups at the start of a line, beside another figure, else 0."""
    marks = [bool(p.search(head)) for p in (_SERVER, _STATS, _OTHER)]
    return 90 if marks[2] and (marks[0] or marks[1]) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read the figures; of two outputs, what happened between them.

    Raises:
        Unreadable: no such output, or a figure that is none.
    """
    first, *more = _snapshots(source)
    last = more[-1] if more else first
    settings = Settings()
    at = source.at(last["keyspace_hits"].line)
    counts = {metric: _count(source, last, key) for metric, key in _COUNTERS.items()}
    if more:
        counts = _between(source, first, last)
    elif any(counts.values()):
        message = "the counters are since the start, or the last reset, and of the whole server"
        help_ = "give two outputs in one file, from before and after the run"
        settings.warn("since-start", message, at, help_)
    facts = [*_lookups(source, last, counts, "derived" if more else "file")]
    if not counts["hits"] + counts["misses"]:
        message = "nothing was looked up: 0 of 0 is no hit ratio"
        settings.unproven("no-lookups", message, at, "take it after a run that uses the cache")
    _memory(source, settings, last)
    _keys(source, settings, last)
    clock = last.get("server_time_usec")
    seconds = int(clock.text) / 1e6 if clock and _CLOCK.fullmatch(clock.text) else 0.0
    known = clock is not None and is_moment(seconds)
    produced, where = (moment(seconds), source.at(clock.line)) if clock and known else (None, None)
    return Reading((*facts, *settings.facts), tuple(settings.problems), produced, where)


def _snapshots(source: Source) -> list[_Snapshot]:
    """Return the figures of each output; one begins where a section begins a second time."""
    found: list[_Snapshot] = [{}]
    sections: set[str] = set()
    for number, raw in enumerate(source.text.split("\n"), 1):
        line = raw.strip()
        if line.startswith("# "):
            if line in sections:
                found.append({})
                sections = set()
            sections.add(line)
        key, colon, value = line.partition(":")
        if colon and not line.startswith("#"):
            found[-1].setdefault(key.strip(), _Entry(value.strip(), number))
    for snapshot in found:
        if "keyspace_hits" not in snapshot or "keyspace_misses" not in snapshot:
            message = "this has no `keyspace_hits` and `keyspace_misses`"
            help_ = "give the output of `redis-cli INFO`, or at least of its section `stats`"
            raise Unreadable("wrong-kind", message, source.at(1), help_)
    return found


def _count(source: Source, snapshot: _Snapshot, key: str) -> int:
    entry = snapshot.get(key)
    if entry is None:
        raise Unreadable("wrong-shape", f"`{key}` is absent", source.at(1), _HELP)
    return parse_count(entry.text, source.at(entry.line), f"`{key}`")


def _between(source: Source, first: _Snapshot, last: _Snapshot) -> dict[str, int]:
    """Return how far the counters moved; refuse outputs between which they began anew."""
    ids = [snapshot["run_id"].text for snapshot in (first, last) if "run_id" in snapshot]
    counts = {
        metric: _count(source, last, key) - _count(source, first, key)
        for metric, key in _COUNTERS.items()
    }
    ages = [
        _count(source, s, "uptime_in_seconds") for s in (first, last) if "uptime_in_seconds" in s
    ]
    if len(set(ids)) > 1 or min(counts.values()) < 0 or ages != sorted(ages):
        message = "the server was started again, or its counters were reset, between the outputs"
        at, help_ = source.at(last["keyspace_hits"].line), "take both in one life of the server"
        raise Unreadable("contradiction", message, at, help_)
    return counts


def _lookups(
    source: Source, last: _Snapshot, counts: dict[str, int], origin: Origin
) -> Iterator[Fact]:
    """Yield the counters and the hit ratio; without a lookup there is none."""
    for metric, key in _COUNTERS.items():
        yield Fact(metric, counts[metric], "", source.at(last[key].line), (), None, origin)
    lookups = counts["hits"] + counts["misses"]
    at = source.at(last["keyspace_hits"].line)
    yield Fact("lookups", lookups, "", at, (), None, "derived")
    if lookups:
        share = counts["hits"] / lookups
        yield Fact("hit_ratio", share, "ratio", at, (), lookups, "derived")


def _memory(source: Source, settings: Settings, last: _Snapshot) -> None:
    """Add memory, its limit and what happens there; 0 is no limit."""
    for metric, key in {"cache.memory": "used_memory", "cache.max_memory": "maxmemory"}.items():
        if key in last:
            size, at = _count(source, last, key), source.at(last[key].line)
            unlimited = metric == "cache.max_memory" and not size
            settings.put(metric, "off" if unlimited else size, "" if unlimited else "B", at)
            if unlimited:
                message = "`maxmemory` is 0: the cache grows until the machine has no memory left"
                settings.warn("no-limit", message, at, "set `maxmemory`")
    if "uptime_in_seconds" in last:
        uptime = _count(source, last, "uptime_in_seconds")
        settings.put("uptime", uptime * 1000, "ms", source.at(last["uptime_in_seconds"].line))
    policy = last.get("maxmemory_policy")
    if policy and policy.text:
        at = source.at(policy.line)
        settings.put("cache.policy", policy.text[:60], "", at)
        if policy.text == "noeviction":
            message = "`noeviction`: at its limit the server refuses to write"
            settings.warn("noeviction", message, at, "`allkeys-lru` suits a cache")
    if "loading" in last and last["loading"].text != "0":
        message = "the server was still loading its data"
        at = source.at(last["loading"].line)
        settings.unproven("loading", message, at, "take it once it has loaded")


def _keys(source: Source, settings: Settings, last: _Snapshot) -> None:
    """Add how many keys there are, and how many of them expire; by database where several."""
    found: dict[str, tuple[int, int, _Entry]] = {}
    for name, entry in last.items():
        if name.startswith("db") and name[2:].isdigit():
            match = _DATABASE.fullmatch(entry.text)
            if match is None:
                at = source.at(entry.line)
                raise Unreadable("wrong-shape", f"`{name}` is `{entry.text[:40]}`", at, _HELP)
            found[name] = (int(match[1]), int(match[2]), entry)
            if match[3] and match[3] != "0":
                names: Labels = (("db", name),)
                settings.put("cache.ttl_left", int(match[3]), "ms", source.at(entry.line), names)
    if not found:
        return
    keys = sum(total for total, _, _ in found.values())
    expiring = sum(dying for _, dying, _ in found.values())
    for name, (total, dying, entry) in found.items() if len(found) > 1 else ():
        settings.put("keys", total, "", source.at(entry.line), (("db", name),))
        settings.put("keys.expiring", dying, "", source.at(entry.line), (("db", name),))
    at = source.at(next(iter(found.values()))[2].line)
    settings.put("keys", keys, "", at)
    settings.put("keys.expiring", expiring, "", at)
    if expiring < keys:
        message = f"{keys - expiring:,} of {keys:,} keys never expire"
        settings.warn("no-ttl", message, at, "set a time to live on every answer")


READER = Reader(
    id="redis-info",
    title="Redis INFO",
    summary="Hit ratio, evictions, memory and expiring keys of a Redis or Valkey server.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=(
        Metric("lookups", "", "keys that were looked up"),
        Metric("hits", "", "lookups that found a key"),
        Metric("misses", "", "lookups that found none"),
        Metric("hit_ratio", "ratio", "share of the lookups that found a key"),
        Metric("evictions", "", "keys that were dropped for lack of memory"),
        Metric("expired", "", "keys whose time to live was over"),
        Metric("keys", "", "keys there are", ("db",)),
        Metric("keys.expiring", "", "keys with a time to live", ("db",)),
        Metric("cache.ttl_left", "ms", "mean time that expiring keys have left", ("db",)),
        Metric("cache.memory", "B", "memory in use"),
        Metric("cache.max_memory", "B", "its limit, or the text `off`"),
        Metric("cache.policy", "", "what is dropped at the limit"),
        Metric("uptime", "ms", "since when it runs"),
    ),
    produce="redis-cli INFO > cache.txt; k6 run load.js; redis-cli INFO >> cache.txt",
    source="https://redis.io/docs/latest/commands/info/",
    traps=(
        "0 hits of 0 lookups is no hit ratio, and proves nothing.",
        "Counters are since the start, and hide what came last: give two outputs in one file.",
        "Two outputs between which the server started anew, or was reset, are refused.",
        "They count the whole server, not only the answers of one service.",
        "Keys without a time to live, `maxmemory` of 0 and `noeviction` are told.",
    ),
)
