"""Whether a cache may serve what it keeps: its key, personal intents, wrong hits, and its age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.caches import (
    FOREVER,
    Cache,
    Labels,
    Row,
    at_threshold,
    caches,
    describes_cache,
    rows,
    unseen,
)
from readiness.analysis.linked import facts_of, proving
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.quantity import parse, show
from readiness.model.text import and_list
from readiness.stats.exact import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch

    Found = Iterator[Fact | Problem]

_SLICES = ("locale", "tenant", "intent")
_BLOCK = (
    "write `cache: {depends_on: [prompt, model, locale, tenant, tools], "
    "personal: [order-status]}`: what an answer depends on, and intents about one user"
)
_POLICY = "link the policy of the cache (docs/readers/cache-policy.md) or the proxy's configuration"
_TTL = ("ttl.over_refresh",)


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Hold every cache in force against what the launch says that its answers depend on."""
    at = Location(path, pointer="/cache")
    if launch.cache is None:
        text = "the launch does not say what a cached answer depends on"
        return _nothing(Problem("inconclusive", "no-cache", text, at, _BLOCK))
    used = proving(evidence)
    known = caches(used)
    refused = [_left_out(e) for e in evidence if e not in used and describes_cache(e)]
    if not known:
        text = "no evidence describes a cache that is in force"
        return _nothing(*refused, Problem("inconclusive", "no-caches", text, at, _POLICY))
    measured = list(rows(used))
    found: list[Fact | Problem] = [Fact("caches", len(known), "", at, (), None, "derived")]
    refresh, unknown = _refresh(launch, path)
    found += unknown
    chosen: list[Row] = []
    for cache in known:
        mine = _rows_of(cache, known, measured)
        chosen += mine
        found += _key(cache, launch.cache.depends_on)
        found += _personal(cache, launch)
        found += _wrong_hits(cache, mine, measured, launch)
        if refresh:
            found += _age(cache, refresh)
    found += [*_server(used, refresh), *_against(used, launch.cache.depends_on)]
    strength = min([c.strength for c in known] + [row.strength for row in chosen])
    facts = tuple(entry for entry in found if isinstance(entry, Fact))
    problems = tuple(entry for entry in found if isinstance(entry, Problem))
    return Analysed(facts, (*refused, *problems), strength)


def _nothing(*problems: Problem) -> Analysed:
    return Analysed((), problems, Strength.claimed)


def _left_out(found: Evidence) -> Problem:
    reason = next(p.message for p in found.problems if p.kind != "warning")
    text = f"{found.path} is left out: {reason}"
    return Problem("inconclusive", "left-out", text, Location(found.path), "mend it")


def _derived(
    metric: str, value: float, unit: str, at: Location, labels: Labels, samples: int | None = None
) -> Fact:
    return Fact(metric, value, unit, at, labels, samples, "derived")


def _key(cache: Cache, needed: list[str]) -> Found:
    """Count the parts that the key lacks, and name each at the place of the key."""
    at = cache.place("key") if "key" in cache.places else cache.place("keyed")
    if cache.key is None:
        text = f"nothing says what {cache.name} is keyed by"
        yield Problem("inconclusive", "no-key", text, at, "state its key in a cache policy")
        return
    missing = [part for part in dict.fromkeys(needed) if not cache.keeps_apart(part)]
    yield _derived("key.missing", len(missing), "", at, cache.labels)
    for part in missing:
        text = f"answers depend on `{part}`, and the key of {cache.name} does not hold it"
        hint = f"put {part} into the key: two answers that differ in it are one entry now"
        yield Problem("warning", f"missing-{part}", text, at, hint, ("key.missing",))


def _personal(cache: Cache, launch: Launch) -> Found:
    """Count the personal intents that the cache does not leave out."""
    said = launch.cache
    if said is None or "personal" not in said.model_fields_set:
        at = cache.place("excluded")
        text = "the launch does not say which intents are personal"
        hint = "write `personal: []` if none is"
        yield Problem("warning", "no-personal", text, at, hint, ("personal.cached",))
        return
    if said.personal and cache.excluded is None:
        text = f"nothing says which intents {cache.name} leaves out"
        hint = "state them under `excluded` in a cache policy"
        yield Problem("inconclusive", "no-excluded", text, cache.place("cache"), hint)
        return
    out = cache.excluded or frozenset()
    kept = [name for name in said.personal if name.strip().casefold() not in out]
    at = cache.place("excluded")
    yield _derived("personal.cached", len(kept), "", at, cache.labels)
    if kept:
        text = f"{cache.name} keeps answers about one user: {and_list(kept)}"
        hint = "exclude them: the next person who asks the same words gets that answer"
        yield Problem("warning", "personal", text, at, hint, ("personal.cached",))


def _rows_of(cache: Cache, known: list[Cache], measured: list[Row]) -> list[Row]:
    """Return the wrong hits at the cache's threshold, from evaluations of this cache.

    One that names no cache counts if there is only one it can be of; the one policy of a kind and
    the one proxy of that kind are one.
    """
    if cache.kind == "semantic" and cache.threshold is None:
        return []
    kin = [c for c in known if c.kind == cache.kind]
    names = [dict(c.labels).get("cache", "") for c in kin]
    named = [name for name in names if name]
    single = len(named) <= 1 and names.count("") <= 1
    alone = single and (cache.kind == "semantic" or len(known) == len(kin))
    own = dict(cache.labels).get("cache") or "".join(named if alone else [])
    mine = [row for row in measured if (row.cache == own if own and row.cache else alone)]
    return at_threshold(mine, cache.threshold if cache.kind == "semantic" else None)


def _wrong_hits(cache: Cache, mine: list[Row], measured: list[Row], launch: Launch) -> Found:
    """Bound the share of wrong hits from above, of the whole and of the worst slice of each kind.

    A semantic cache needs it; of an exact one it tells what normalising the text costs.
    """
    at = cache.place("threshold")
    if cache.kind == "semantic" and cache.threshold is None:
        text = f"the threshold of {cache.name} is not known"
        yield Problem("inconclusive", "no-threshold", text, at, "state it: `threshold: 0.92`")
        return
    whole = [row for row in mine if not row.labels]
    if not whole:
        if cache.kind != "exact":
            yield _unmeasured(cache, measured, at)
        return
    worst = max(whole, key=_upper)
    yield _bounded("false_hit.upper", worst, cache.labels)
    for name in _SLICES:
        parts = [row for row in mine if [key for key, _ in row.labels] == [name]]
        lacks = unseen(launch, parts) if parts and name == "locale" else []
        if lacks:
            text = f"no wrong hit of {and_list(lacks)} could be seen: no hit is in that locale"
            hint = "replay questions of every locale of the launch"
            yield Problem("warning", "no-slice", text, parts[0].at, hint)
        elif parts:
            least = max(parts, key=_upper)
            labels = (*cache.labels, *least.labels, ("by", name))
            yield _bounded("false_hit.worst", least, tuple(sorted(set(labels))))


def _unmeasured(cache: Cache, measured: list[Row], at: Location) -> Problem:
    """Say that no row is at the threshold of the cache, and at which thresholds there are some."""
    others = sorted({row.threshold for row in measured if row.threshold is not None})
    near = sorted(others, key=lambda value: abs(value - (cache.threshold or 1)))[:2]
    there = (
        f"; there are some at {and_list(f'{value:g}' for value in sorted(near))}" if near else ""
    )
    what = f"threshold, {cache.threshold:g}" if cache.threshold else "kind, which it does not state"
    text = f"no wrong hits were measured for {cache.name} at its {what}{there}"
    hint = "replay labelled questions at that threshold (docs/readers/semantic-cache.md)"
    return Problem("inconclusive", "no-threshold-row", text, at, hint)


def _upper(row: Row) -> float:
    return clopper_pearson(row.wrong, row.hits).high


def _bounded(metric: str, row: Row, labels: Labels) -> Fact:
    return _derived(metric, _upper(row), "ratio", row.at, labels, row.hits)


def _refresh(launch: Launch, path: str) -> tuple[float, list[Problem]]:
    """Return the time between two rebuilds of the index in ms; 0 with the reason if not known."""
    written = launch.parameters.get("index_refresh")
    at = Location(path, pointer="/parameters/index_refresh")
    try:
        quantity = parse(written) if written is not None else None
    except ValueError:
        quantity = None
    if quantity is not None and quantity.dimension == "time" and quantity.value > 0:
        return float(quantity.value), []
    text = "how often the index is rebuilt is not a time" if written else "nothing says how often"
    text = text if written else f"{text} the index is rebuilt"
    hint = "write `index_refresh: 15 min` under `parameters`"
    return 0.0, [Problem("inconclusive", "no-refresh", text, at, hint)]


def _age(cache: Cache, refresh: float) -> Found:
    """Hold the time to live against the rebuild of what answers are made from."""
    at = cache.place("ttl")
    yield _derived("ttl.over_refresh", cache.ttl / refresh, "", at, cache.labels)
    if cache.ttl == FOREVER:
        text = f"nothing ends the life of an answer in {cache.name}"
        yield Problem("warning", "no-ttl", text, at, "set a time to live", _TTL)
    elif cache.ttl > refresh:
        text = (
            f"{cache.name} keeps answers for {show(cache.ttl, 'ms')}, and the index is rebuilt "
            f"every {show(refresh, 'ms')}"
        )
        hint = "shorten it, or clear the cache at each rebuild"
        yield Problem("warning", "old", text, at, hint, _TTL)


def _server(used: list[Evidence], refresh: float) -> Found:
    """Tell what a server shows against any time to live that is declared.

    Keys that never expire, or that have on average longer left than the index stays, are shown
    whatever the settings say. What it shows in their favour is no proof, so no fact is made of it.
    """
    for found in used:
        facts = {fact.metric: fact for fact in found.facts if not fact.labels}
        keys, dying = facts.get("keys"), facts.get("keys.expiring")
        labels: Labels = (("file", found.path),)
        if keys and dying and float(dying.value) < float(keys.value):
            text = (
                f"{float(keys.value) - float(dying.value):,.0f} keys of {found.path} never expire"
            )
            yield _derived("ttl.over_refresh", FOREVER, "", dying.at, labels)
            yield Problem(
                "warning", "no-ttl", text, dying.at, "set a time to live on every key", _TTL
            )
    for found, fact in facts_of(used, "cache.ttl_left"):
        if refresh and float(fact.value) > refresh:
            labels = tuple(sorted((*fact.labels, ("file", found.path))))
            yield _derived("ttl.over_refresh", float(fact.value) / refresh, "", fact.at, labels)


def _against(used: list[Evidence], needed: list[str]) -> Found:
    """Tell what was seen that no policy allows: personal, stale and other tenants' answers."""
    whose = {"personal_hits": "about one user"}
    if "tenant" in needed:
        whose["cross_tenant_hits"] = "of another tenant"
    for found, fact in facts_of(used, *whose, "stale", "stale_served"):
        if fact.labels or isinstance(fact.value, str) or not fact.value > 0:
            continue
        if fact.metric in whose:
            text = f"{fact.value:,.0f} hits in {found.path} are on answers {whose[fact.metric]}"
            hint = "the cache does not do what its policy says: find the path around it"
            yield Problem("inconclusive", fact.metric.replace("_", "-"), text, fact.at, hint)
        else:
            text = f"{fact.value:,.0f} answers in {found.path} were older than allowed"
            yield Problem("warning", "stale", text, fact.at, "was that meant?", _TTL)


ANALYSIS = Analysis(
    id="cache-safety",
    title="Cache safety",
    run=run,
    metrics=(
        ("caches", "", "caches in force"),
        ("key.missing", "", "parts an answer depends on that a key lacks; labels cache, file"),
        ("personal.cached", "", "personal intents that are not excluded; labels cache, file"),
        ("false_hit.upper", "ratio", "upper end of the wrong hits at the configured threshold"),
        ("false_hit.worst", "ratio", "the same of the worst slice; labels by, and the slice"),
        ("ttl.over_refresh", "", "time to live over the index's refresh; infinite without one"),
    ),
    formula="key.missing = |depends_on ∖ key|; a version, id or hash of a part stands for the part "
    "(`prompt_version` for `prompt`), LiteLLM's `messages` hold prompt and question, and what a "
    "semantic cache compares by likeness is no part of its key. personal.cached = |personal ∖ "
    "excluded|. false_hit.upper: of k wrong among n hits the upper end of the exact 95 % interval "
    "of Clopper and Pearson, only from an evaluation at the very threshold that is configured; "
    "without such a row nothing is shown. An evaluation that names no cache counts if there is "
    "only one it can be of. The one policy of a kind says for the one proxy of that kind what that "
    "cannot say: intents left out, its key. ttl.over_refresh = time to live ⁄ `index_refresh`; "
    "no time to live, 0 and keys that never expire are infinite, which is never a pass. Keys of a "
    "Redis server, and hits that no policy allows, count against a cache and never for it. Lists "
    "in a file of your own are mapped with the labels `part` and `intent`",
    source="Clopper and Pearson 1934, Biometrika 26:404; measured: LiteLLM's default key holds "
    "`user` and no `metadata`, so neither tenant nor prompt version",
    example="key.missing = 0, personal.cached = 0, false_hit.upper <= 1 %, ttl.over_refresh <= 1",
)
