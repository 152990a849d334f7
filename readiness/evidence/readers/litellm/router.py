"""Retries, timeouts, cooldowns and the cache of a LiteLLM configuration, with what is in force.

Defaults are those of litellm 1.74 to 1.106: litellm/constants.py, Router.__init__ in
litellm/router.py, router_utils/cooldown_handlers.py and caching/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.durations import seconds
from readiness.evidence.settings import Labels, Origin, Settings, labels, to_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.documents import Part
    from readiness.evidence.readers.litellm.groups import Group

_MINUTE = 60_000.0
_REQUEST = 6_000_000.0  # ms; REQUEST_TIMEOUT
_KEY = "model, messages, temperature, top_p, seed, tools, response_format, user"
_TTL = {"local": 600_000.0, "redis": 60_000.0}  # ms; InMemoryCache and BaseCache


def pick(settings: Settings, places: tuple[Part, ...], name: str) -> Part:
    """Return a setting from the first place that has it; tell where another place differs."""
    found = [place[name] for place in places if place[name]]
    if len(found) > 1 and found[0].value != found[1].value:
        message = (
            f"`{name}` is given twice: `{found[0].steps[0]}` holds, `{found[1].steps[0]}` does not"
        )
        settings.warn("two-places", message, found[1].at, "keep one of them")
    return found[0] if found else places[0][name]


def retries(settings: Settings, places: tuple[Part, ...], groups: list[Group]) -> None:
    """Add how often a model group is tried for a request at most, the first try included.

    A retry policy by kind of error takes the place of `num_retries` for that kind, also of a
    deployment's own. One fact without labels if it holds for all groups, else one for each.
    """
    given = pick(settings, places, "num_retries")
    policy = pick(settings, places, "retry_policy")
    most = -1.0
    for name, part in policy.items():
        on = labels(on=name.removesuffix("Retries"))
        most = max(most, settings.number("attempts", part, on, add=1) or 0)
    for names, part in _for_all(given, groups, "num_retries"):
        count = to_number(part.value) if part else 2
        if count is None or count + 1 >= most:
            settings.number("attempts", part, names, 3, add=1)
        else:
            settings.put("attempts", most, "", policy.at, names, "derived")


def timeouts(settings: Settings, places: tuple[Part, ...], groups: list[Group]) -> None:
    """Add the timeouts. Each bounds one attempt: retries and fallbacks each get it anew."""
    router, general = places
    given = router["timeout"] or general["request_timeout"]
    if router["timeout"] and general["request_timeout"]:
        message = "`router_settings.timeout` holds, `litellm_settings.request_timeout` does not"
        settings.warn("two-places", message, general["request_timeout"].at, "keep one of them")
    for names, part in _for_all(given, groups, "timeout", "request_timeout"):
        settings.time("timeout.try", part, seconds, names, _REQUEST)
    for names, part in _for_all(pick(settings, places, "stream_timeout"), groups, "stream_timeout"):
        settings.time("timeout.stream", part, seconds, names)
    settings.time("backoff", pick(settings, places, "retry_after"), seconds, (), 0)


def _for_all(given: Part, groups: list[Group], *keys: str) -> Iterator[tuple[Labels, Part]]:
    """Yield a setting of the router; of each deployment, if one has its own, which holds then."""
    own = [(g.name, part["litellm_params"].first(*keys)) for g in groups for part in g.deployments]
    if not any(part for _, part in own):
        yield (), given
        return
    yield from ((labels(model=name), part or given) for name, part in own)


def cooldowns(settings: Settings, router: Part, general: Part, single: list[str]) -> None:
    """Add when a deployment is left out, and for how long.

    Args:
        settings: takes the facts.
        router: `router_settings`.
        general: `litellm_settings`.
        single: model groups of one deployment.
    """
    if router["disable_cooldowns"].value is True:
        settings.put("breaker.open", "off", "", router["disable_cooldowns"].at)
        message = "cooldowns are off: a deployment that fails is tried again and again"
        settings.warn("no-breaker", message, router["disable_cooldowns"].at, "let it cool down")
        return
    fails = router["allowed_fails"] or general["allowed_fails"]
    settings.number("breaker.consecutive_failures", fails, add=1)
    for name, part in router["allowed_fails_policy"].items():
        on = labels(on=name.removesuffix("AllowedFails"))
        settings.number("breaker.consecutive_failures", part, on, add=1)
    if not fails and not router["allowed_fails_policy"]:
        settings.put("breaker.failure_ratio", 0.5, "ratio", router.at, (), "tool-default")
        settings.put("breaker.min_calls", 5, "", router.at, (), "tool-default")
        if single:
            more = f" and {len(single) - 1} more" if len(single) > 1 else ""
            message = f"{single[0]}{more} has one deployment, which LiteLLM does not cool down"
            hint = "set `allowed_fails`, or add a deployment"
            settings.warn("no-breaker", message, router.at, hint)
    settings.put("breaker.window_time", _MINUTE, "ms", router.at, (), "tool-default")
    settings.time("breaker.open", router["cooldown_time"], seconds, (), 5_000)


def caching(settings: Settings, general: Part) -> None:
    """Add what the cache is, how long it keeps an answer and what the answer depends on."""
    switch, params = general["cache"], general["cache_params"]
    if not settings.truth("cache.on", switch, default=False):
        if params:
            message = "`cache_params` are given, but `cache` is not true: nothing is cached"
            settings.warn("cache-off", message, params.at, "set `cache: true`, or remove them")
        return
    kind = params["type"].text or "redis"
    semantic = kind.endswith("-semantic")
    at = params["type"].at
    origin: Origin = "derived" if params["type"] else "tool-default"
    settings.put("cache.kind", "semantic" if semantic else "exact", "", at, (), origin)
    ttl = params.first("ttl", f"default_in_{'memory' if kind == 'local' else 'redis'}_ttl")
    settings.time("cache.ttl", ttl, seconds, (), _TTL.get(kind))
    if not ttl and kind not in _TTL:
        settings.warn("no-ttl", f"a {kind} cache without `ttl` keeps answers forever", at, "set it")
    if semantic:
        settings.number("cache.threshold", params["similarity_threshold"], unit="ratio")
        settings.put("cache.key", "embedding of the messages", "", at, (), "tool-default")
    else:
        space = ", namespace" if params["namespace"] else ""
        settings.put("cache.key", _KEY + space, "", at, (), "tool-default")
    if params["mode"].text == "default_off":
        message = "the cache is used only by requests that ask for it"
        settings.warn("cache-opt-in", message, params["mode"].at)
