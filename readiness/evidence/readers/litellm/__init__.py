"""A LiteLLM proxy configuration in; its retries, timeouts, fallbacks, cooldowns and cache out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, is_template, read_documents
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.litellm import router
from readiness.evidence.readers.litellm.groups import (
    Chain,
    Group,
    chains_of,
    groups_of,
    known,
    names_of,
    provider_of,
    reach,
    regions_of,
)
from readiness.evidence.settings import Settings, labels, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_TOP = pattern(rb"^(model_list|litellm_settings|router_settings|general_settings):", re.MULTILINE)
_INNER = (b"litellm_params:", b"num_retries:", b"fallbacks:", b"master_key:", b"drop_params:")
_MOST_FALLBACKS = 5  # ROUTER_MAX_FALLBACKS in litellm/constants.py
_SECRET = pattern(r"sk-[\w-]{12,}|AKIA[A-Z0-9]{16}|gsk_\w{12,}")


def sniff(head: bytes) -> int:
    """Return 90 for two top keys of LiteLLM, or one and a setting that only it has."""
    if b"\n```" in head:
        return 0
    top = set(_TOP.findall(head))
    own = b"litellm_settings" in top or (b"model_list" in top and b"litellm_params:" in head)
    return 90 if len(top) > 1 or (own and any(mark in head for mark in _INNER)) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a configuration.

    Raises:
        Unreadable: no YAML, a template, or none of LiteLLM's.
    """
    root, *_more = read_documents(source)
    general, own = root["litellm_settings"], root["router_settings"]
    if not isinstance(root.value, dict) or not (root["model_list"] or general or own):
        message = "this is no LiteLLM configuration: no `model_list` and no settings"
        raise wrong_kind(message, root.at, "give the file that `litellm --config` names")
    for part in (general, own):
        list(part.items())
    settings = Settings()
    groups = groups_of(root["model_list"])
    if not groups:
        message = "the file names no models: they stand in a database or another file"
        settings.warn("no-models", message, root.at, "give the whole configuration")
    places = (own, general)
    router.retries(settings, places, list(groups.values()))
    router.timeouts(settings, places, list(groups.values()))
    single = [group.name for group in groups.values() if len(group.deployments) == 1]
    router.cooldowns(settings, own, general, single)
    router.caching(settings, general)
    for group in groups.values():
        _group(settings, group)
    _fallbacks(settings, places, groups, _aliases(own))
    return settings.reading(root.at, "the file names no model and sets nothing")


def _group(settings: Settings, group: Group) -> None:
    names = labels(model=group.name)
    at = group.deployments[0]["model_name"].at
    settings.put("targets", len(group.deployments), "", at, names, "derived")
    providers: dict[str, None] = {}
    regions: dict[str, None] = {}
    for part in group.deployments:
        params = part["litellm_params"]
        list(params.items())
        settings.number("ratelimit", params["rpm"], names, scale=1 / 60, unit="1/s")
        providers[provider_of(params)] = None
        regions.update(dict.fromkeys(regions_of(params)))
        if _SECRET.search(params["api_key"].text) and not is_template(params["api_key"].text):
            message = f"the key of {group.name} stands in the file"
            hint = "write `os.environ/NAME`, and change the key"
            settings.warn("secret", message, params["api_key"].at, hint)
    for metric, values in (("provider", providers), ("region", regions)):
        if text := ", ".join(filter(None, values)):
            settings.put(metric, text, "", group.deployments[0]["litellm_params"].at, names)


def _aliases(own: Part) -> set[str]:
    return {name for name, _ in own["model_group_alias"].items()}


def _fallbacks(
    settings: Settings, places: tuple[Part, ...], groups: dict[str, Group], aliases: set[str]
) -> None:
    """Add for each model group whether it has a fallback, which, and what they share."""
    chains = chains_of(router.pick(settings, places, "fallbacks"))
    generic = router.pick(settings, places, "default_fallbacks")
    if generic:
        chains.setdefault("*", Chain(names_of(generic), generic))
    for on in ("context_window", "content_policy"):
        for name, chain in chains_of(router.pick(settings, places, f"{on}_fallbacks")).items():
            order = " > ".join((name, *chain.targets))
            settings.put("fallback.order", order, "", chain.part.at, labels(model=name, on=on))
    if not chains:
        settings.put("fallback", False, "", places[0].at, (), "tool-default")
        return
    for name, chain in chains.items():
        _check(settings, name, chain, groups, aliases)
    chained = []
    for name, group in groups.items():
        found = chains.get(name) or chains.get("*")
        if found is None:
            at = group.deployments[0]["model_name"].at
            settings.put("fallback", False, "", at, labels(model=name), "tool-default")
            continue
        targets = [t for t in found.targets if t != name and (known(t, groups) or t in aliases)]
        _chain(settings, group, targets[:_MOST_FALLBACKS], found, groups)
        tried = reach(name, chains)
        if len(tried) > len(found.targets) + 1:
            chained.append((name, tried, found))
        settings.put("fallback.reach", len(tried), "", found.part.at, labels(model=name), "derived")
    if chained:
        name, tried, found = max(chained, key=lambda entry: len(entry[1]))
        message = f"fallbacks have fallbacks: a request to {name} can try {len(tried)} model groups"
        hint = "up to litellm 1.74 even a group that has failed is tried again: name no circles"
        settings.warn("chained-fallbacks", message, found.part.at, hint)


def _check(
    settings: Settings, name: str, chain: Chain, groups: dict[str, Group], aliases: set[str]
) -> None:
    """Tell what a chain names that does not exist."""
    hint = "name a `model_name` of `model_list`"
    if not groups:
        return
    if name != "*" and not known(name, groups) and name not in aliases:
        message = f"fallbacks are given for {name}, which is not in `model_list`"
        settings.warn("unknown-model", message, chain.part.at, hint)
    for target in chain.targets:
        if not known(target, groups) and target not in aliases:
            message = f"{target}, a fallback of {name}, is not in `model_list`: it is not counted"
            settings.warn("unknown-target", message, chain.part.at, hint)


def _chain(
    settings: Settings, group: Group, targets: list[str], chain: Chain, groups: dict[str, Group]
) -> None:
    at, names = chain.part.at, labels(model=group.name)
    settings.put("fallback", bool(targets), "", at, names)
    settings.put("fallback.targets", len(targets), "", at, names)
    if targets:
        settings.put("fallback.order", " > ".join((group.name, *targets)), "", at, names)
    for target in targets:
        other = known(target, groups)
        if other is not None:
            between = labels(model=group.name, target=target)
            settings.put("fallback.shared", group.shared(other), "", at, between, "derived")


_MODEL = ("model",)
READER = Reader(
    id="litellm",
    title="LiteLLM proxy configuration",
    summary="Retries, timeouts, fallbacks, cooldowns and the cache of a LiteLLM proxy.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("attempts", "", "tries of one model group, the first included", ("model", "on")),
        Metric("timeout.try", "ms", "the most that one attempt may take", _MODEL),
        Metric("timeout.stream", "ms", "the most until the first part of a stream", _MODEL),
        Metric("backoff", "ms", "the least time before a retry"),
        Metric("breaker.consecutive_failures", "", "failures in a minute that cool down", ("on",)),
        Metric("breaker.failure_ratio", "ratio", "share of failures that cools down"),
        Metric("breaker.min_calls", "", "calls in a minute from which that share counts"),
        Metric("breaker.window_time", "ms", "time over which failures are counted"),
        Metric("breaker.open", "ms", "how long a deployment is left out, or `off`"),
        Metric("targets", "", "deployments of a model group", _MODEL),
        Metric("provider", "", "providers of a model group, as the file names them", _MODEL),
        Metric("region", "", "regions of a model group, as the file names them", _MODEL),
        Metric("ratelimit", "1/s", "requests that a deployment takes", _MODEL),
        Metric("fallback", "", "whether a model group has a fallback that exists", _MODEL),
        Metric("fallback.targets", "", "fallbacks that exist, at most five", _MODEL),
        Metric("fallback.order", "", "the group and its fallbacks in order", ("model", "on")),
        Metric(
            "fallback.shared", "", "what both depend on, `none` or `unknown`", ("model", "target")
        ),
        Metric("fallback.reach", "", "groups that one request can try, itself included", _MODEL),
        Metric("cache.on", "", "whether answers are cached"),
        Metric("cache.kind", "", "exact or semantic"),
        Metric("cache.ttl", "ms", "how long an answer is kept"),
        Metric("cache.threshold", "ratio", "similarity from which a semantic answer is taken"),
        Metric("cache.key", "", "what an answer is kept by"),
    ),
    produce="give the file of `litellm --config config.yaml`, as it is deployed",
    source="https://docs.litellm.ai/docs/proxy/config_settings",
    traps=(
        "`num_retries` leaves the first try out: `attempts` is one more. Default: 3 attempts.",
        "`retry_policy` takes the place of `num_retries` for its errors: the most counts.",
        "A timeout bounds one attempt, not the request: it is `timeout.try`. Default: 6000 s.",
        "A setting in `router_settings` holds over `litellm_settings`; a deployment's over both.",
        "Fallbacks in a comment are none. Names that are not in `model_list` are not counted.",
        "A fallback with the provider, region, key or host of its primary shares its fate.",
        "Fallbacks have fallbacks. Three groups that name each other: 25 calls (litellm 1.74.0).",
        "Without `allowed_fails`, a group of one deployment is never cooled down.",
        "`os.environ/X` is not known from the file: a warning, and no fact. Keys are never copied.",
        "`metadata`, with it tenant and prompt version, is not in the cache key, measured.",
    ),
)
