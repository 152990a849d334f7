"""Caches that evidence describes, and rates of wrong hits it measured, from facts of any reader."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Location
from readiness.model.fact import Fact, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch

Labels = tuple[tuple[str, str], ...]
KINDS = ("exact", "semantic", "off")
FOREVER = math.inf
_DESCRIBES = {"cache.on", "cache.kind", "cache.key", "cache.keyed", "cache.excluded"}
_PLAIN = ("kind", "key", "ttl", "threshold", "excluded")  # as teams map them, beside `kind`
_LISTED = ("part", "intent")  # labels of the entries of one list, not of different caches
_CLOSE = 1e-9

# Suffixes and prefixes that name a version of a part, or how a proxy gets at it.
_AROUND = pattern(r"^(?:own:|(?:sent_)?http_|arg_|cookie_|x_)+|_(?:id|version|sha256|hash|name)$")
# Other names of a part; LiteLLM's `messages` hold the system prompt beside the question.
_ALSO = {
    "prompt": ("messages", "system", "system_prompt"),
    "locale": ("language", "lang", "accept_language"),
    "question": ("messages", "query", "text", "request_body"),
    "schema": ("response_format", "response_schema"),
    "tools": ("tool", "functions"),
    "model": ("deployment",),
    "user": ("session", "account"),
}
_BY_LIKENESS = {"question", "query", "text", "message", "messages"}


class Cache(NamedTuple):
    """One cache that is in force.

    Attributes:
        labels: its own and `file`, sorted.
        kind: `exact` or `semantic`; empty where it is not said.
        key: parts of its key, plain names; None where it is not said.
        ttl: how long an answer lives, in ms; infinite where nothing bounds it.
        threshold: similarity of a hit; None where it is not said.
        excluded: intents it leaves out, folded; None where it is not said.
        places: where each of these stands, by name; `cache` is that of the cache itself.
    """

    file: str
    labels: Labels
    kind: str
    key: frozenset[str] | None
    ttl: float
    threshold: float | None
    excluded: frozenset[str] | None
    places: dict[str, Location]
    strength: Strength

    @property
    def name(self) -> str:
        """Name it for people: `cache answers of cache-policy.yaml`."""
        own = " ".join(f"{key} {value}" for key, value in self.labels if key != "file")
        return f"{own or 'the cache'} of {self.file}"

    def place(self, name: str) -> Location:
        """Return where a setting stands, or the cache where the setting is absent."""
        return self.places.get(name, self.places["cache"])

    def keeps_apart(self, part: str) -> bool:
        """Tell whether two answers that differ in a part have different keys.

        What a semantic cache compares by likeness is told apart by its threshold, not by its key.
        """
        if self.key is None:
            return False
        plain = plain_part(part)
        key = self.key
        if self.kind == "semantic":
            if plain in _BY_LIKENESS:
                return True
            key = key - _BY_LIKENESS
        return bool(key & {plain, *_ALSO.get(plain, ())})


class Row(NamedTuple):
    """Wrong hits among the hits of a slice, at a threshold where the file tells one."""

    file: str
    cache: str
    threshold: float | None
    labels: Labels
    wrong: int
    hits: int
    at: Location
    strength: Strength


def plain_part(text: str) -> str:
    """Return the plain name of a part of a key: `own:Tenant-ID` and `x_tenant_id` are `tenant`."""
    name = text.strip().casefold().replace("-", "_").rpartition(".")[2]
    while (shorter := _AROUND.sub("", name)) not in (name, ""):
        name = shorter
    return name


def caches(evidence: Iterable[Evidence]) -> list[Cache]:
    """Return the caches that are in force, by file and labels; what is off is left out."""
    groups: dict[tuple[str, Labels], list[tuple[Fact, Strength]]] = {}
    for found in evidence:
        mapped = _mapped(found)
        for fact in found.facts:
            metric = f"cache.{fact.metric}" if mapped and fact.metric in _PLAIN else fact.metric
            if metric.startswith("cache."):
                own = tuple(pair for pair in fact.labels if pair[0] not in _LISTED)
                entry = fact._replace(metric=metric), found.strength
                groups.setdefault((found.path, own), []).append(entry)
    told = {key: group for key, group in groups.items() if _describes(group)}
    made = (_cache(file, own, group) for (file, own), group in sorted(told.items()))
    return _completed([cache for cache in made if cache is not None])


def _completed(found: list[Cache]) -> list[Cache]:
    """Return caches with what a proxy cannot say, from the one policy there is for its kind.

    The intents that the service leaves out, and the key of a hosted gateway, stand in no
    configuration of it. Where one cache of a kind lacks them and one states them, they are one.
    """
    completed = list(found)
    for name in ("excluded", "key"):
        for kind in {cache.kind for cache in found}:
            kin = [n for n, cache in enumerate(completed) if cache.kind == kind]
            lacking = [n for n in kin if getattr(completed[n], name) is None]
            stating = [completed[n] for n in kin if getattr(completed[n], name) is not None]
            if len(lacking) == len(stating) == 1:
                n, other = lacking[0], stating[0]
                places = {**completed[n].places, name: other.place(name)}
                strength = min(completed[n].strength, other.strength)
                told = {name: getattr(other, name), "places": places, "strength": strength}
                completed[n] = completed[n]._replace(**told)
    return completed


def _describes(group: list[tuple[Fact, Strength]]) -> bool:
    return any(fact.metric in _DESCRIBES for fact, _ in group)


def describes_cache(found: Evidence) -> bool:
    """Tell whether evidence says how a cache is set up, or is meant to."""
    told = any(fact.metric in _DESCRIBES for fact in found.facts)
    return told or found.reader == "cache-policy" or _mapped(found)


def _mapped(found: Evidence) -> bool:
    """Tell whether a team's own file gives the kind of a cache."""
    return any(fact.metric == "kind" and fact.value in KINDS for fact in found.facts)


def _cache(file: str, own: Labels, group: list[tuple[Fact, Strength]]) -> Cache | None:
    facts: dict[str, list[Fact]] = {}
    for fact, _ in group:
        facts.setdefault(fact.metric.removeprefix("cache."), []).append(fact)
    kinds = {str(fact.value) for fact in facts.get("kind", ())}
    switched = {fact.value for fact in facts.get("on", ())}
    if kinds == {"off"} or (switched == {False} and not kinds - {"off"}):
        return None
    places = {name: found[0].at for name, found in facts.items()}
    first = next(iter(facts.get("kind") or facts.get("on") or [group[0][0]]))
    return Cache(
        file,
        tuple(sorted((*own, ("file", file)))),
        "semantic" if "semantic" in kinds else "exact" if "exact" in kinds else "",
        _parts(facts),
        max((_lifetime(fact) for fact in facts.get("ttl", ())), default=FOREVER),
        min((v for f in facts.get("threshold", ()) if (v := _share(f)) is not None), default=None),
        _excluded(facts.get("excluded", ())),
        {**places, "cache": first.at},
        min(strength for _, strength in group),
    )


def _parts(facts: dict[str, list[Fact]]) -> frozenset[str] | None:
    """Return the parts of a key, from its list or from a truth value for each part."""
    listed = [part for f in facts.get("key", ()) for part in str(f.value).split(",")]
    listed += [dict(f.labels).get("part", "") for f in facts.get("keyed", ()) if f.value is True]
    if "key" not in facts and "keyed" not in facts:
        return None
    return frozenset(plain_part(part) for part in listed if part.strip())


def _lifetime(fact: Fact) -> float:
    """Return a time to live in ms; 0, none, a word and what is not finite bound nothing."""
    if isinstance(fact.value, bool | str) or not math.isfinite(fact.value) or fact.value <= 0:
        return FOREVER
    return float(fact.value)


def _share(fact: Fact) -> float | None:
    if isinstance(fact.value, bool | str) or not 0 < fact.value <= 1:
        return None
    return float(fact.value)


def _excluded(facts: Iterable[Fact]) -> frozenset[str] | None:
    told = [fact for fact in facts if fact.value != ""]
    if not told:
        return None
    words = [word.strip().casefold() for fact in told for word in str(fact.value).split(",")]
    return frozenset(words) - {"none", ""}


def rows(evidence: Iterable[Evidence]) -> Iterator[Row]:
    """Yield what was measured of wrong hits; a rate without its number of hits proves nothing."""
    for found in evidence:
        texts = {f.metric: f for f in found.facts if not f.labels}
        name, threshold = texts.get("cache.name"), texts.get("cache.threshold")
        own = _share(threshold) if threshold else None
        cache = str(name.value) if name else ""
        wrong = {f.labels: f for f in found.facts if f.metric == "false_hits"}
        for fact in found.facts:
            labels, at = dict(fact.labels), own
            if fact.metric == "false_hit_ratio.at":
                at = _number(labels.pop("threshold", ""))
            elif fact.metric != "false_hit_ratio":
                continue
            if fact.metric == "false_hit_ratio.at" and at is None:
                continue
            counted = _counted(fact, wrong.get(fact.labels))
            if counted is not None:
                rest = tuple(sorted(labels.items()))
                yield Row(found.path, cache, at, rest, *counted, fact.at, found.strength)


def _counted(fact: Fact, counted: Fact | None) -> tuple[int, int] | None:
    """Return wrong hits and hits; the count where it says more than the rounded rate."""
    if isinstance(fact.value, bool | str) or not fact.samples or not 0 <= fact.value <= 1:
        return None
    wrong = max(round(fact.value * fact.samples), 1 if fact.value > 0 else 0)
    if counted is not None and isinstance(counted.value, int | float):
        told = float(counted.value)
        wrong = max(wrong, math.ceil(told)) if math.isfinite(told) else fact.samples
    return min(wrong, fact.samples), fact.samples


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def at_threshold(found: Iterable[Row], threshold: float | None) -> list[Row]:
    """Return the rows at a threshold; those of no threshold for None."""
    if threshold is None:
        return [row for row in found if row.threshold is None]
    told = [(row, row.threshold) for row in found if row.threshold is not None]
    return [row for row, there in told if abs(there - threshold) < _CLOSE]


def unseen(launch: Launch, parts: list[Row]) -> list[str]:
    """Return the locales of the launch that no slice speaks of; `de` speaks of `de-DE`."""
    seen = {row.labels[0][1].casefold().replace("_", "-") for row in parts}
    wanted = {name: name.casefold().replace("_", "-") for name in launch.locales}
    return [name for name, w in wanted.items() if not {w, w.partition("-")[0]} & seen]
