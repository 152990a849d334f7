"""Kong's declarative configuration (decK) in; retries, timeouts, health checks, plugins out.

Defaults: kong/db/schema/entities/{services,upstreams,targets}.lua of https://github.com/Kong/kong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.durations import milliseconds, seconds
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.settings import Labels, Origin, Settings, labels, to_number, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_VERSION = pattern(rb"(?m)^[ \t]*\"?_format_version\"?[ \t]*:")
_TOP = pattern(rb"(?m)^\s{0,2}\"?(?:services|upstreams)\"?\s*:\s*(?:\[|$)")
_INNER = pattern(
    rb"\b(?:healthchecks|hash_on|hash_fallback|connect_timeout|read_timeout|write_timeout|slots)\b\"?\s*:"
)
_EVERY = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0}
_FAILURES = ("http_failures", "tcp_failures", "timeouts")


def sniff(head: bytes) -> int:
    """Return 90 for decK's version with services or upstreams, or two settings of theirs."""
    if b"\n```" in head or not _TOP.search(head):
        return 0
    inner = {match.group() for match in _INNER.finditer(head)}
    return 90 if _VERSION.search(head) or len(inner) > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a declarative configuration.

    Raises:
        Unreadable: neither YAML nor JSON, a template as a whole, or without Kong's entities.
    """
    root = read_documents(source)[0]
    keys = ("services", "upstreams", "plugins")
    if not isinstance(root.value, dict) or not any(root[key] for key in keys):
        message = "there is no service, upstream or plugin of Kong in this file"
        raise wrong_kind(message, root.at, "give what `deck gateway dump` writes")
    settings = Settings()
    defaults = root.get("_info", "defaults")
    for service in root["services"].list():
        _service(settings, service, defaults["service"])
        for route in service["routes"].list():
            _plugins(settings, route["plugins"], _name(route))
    for upstream in root["upstreams"].list():
        _upstream(settings, upstream)
    for route in root["routes"].list():
        _plugins(settings, route["plugins"], _name(route))
    _plugins(settings, root["plugins"], "")
    return settings.reading(root.at, "no service, upstream or plugin sets anything", defaults=True)


def _name(part: Part) -> str:
    return part["name"].text or part["host"].text or part["url"].text or part["id"].text


def _service(settings: Settings, part: Part, defaults: Part) -> None:
    names = labels(upstream=_name(part))
    retries = part["retries"] or defaults["retries"]
    settings.number("attempts", retries or part["retries"], names, 6, add=1)
    for metric, key in (("timeout.connect", "connect_timeout"), ("timeout.stream", "read_timeout")):
        given = part[key] or defaults[key]
        settings.time(metric, given or part[key], milliseconds, names, 60_000)
    _plugins(settings, part["plugins"], _name(part))


def _upstream(settings: Settings, part: Part) -> None:
    names = labels(upstream=_name(part))
    targets = list(part["targets"].list())
    if targets:
        settings.put("targets", len(targets), "", part["targets"].at, names, "derived")
    weights = [to_number(t["weight"].value) if t["weight"] else 100.0 for t in targets]
    total = sum(weight or 0 for weight in weights)
    for target, weight in zip(targets, weights, strict=True):
        if weight is None or weight < 0 or not total:
            message = f"the weight of {target['target'].text} leaves nothing to call"
            settings.wrong("number", message, target.at, "write 0 to 65535, not all 0")
        else:
            to = labels(upstream=_name(part), target=target["target"].text)
            settings.put("weight", weight / total, "ratio", target.at, to, "derived")
    _health(settings, part["healthchecks"], names)


def _health(settings: Settings, part: Part, names: Labels) -> None:
    """Add what opens and closes the breaker of an upstream; a threshold of 0 is off."""
    passive = part.get("passive", "unhealthy")
    limits = [(key, passive[key], to_number(passive[key].value)) for key in _FAILURES]
    on = [limit for _, _, limit in limits if limit]
    for _key, given, limit in limits:
        if given and limit is None:
            settings.number("breaker.consecutive_failures", given, names)
    if on:
        settings.put("breaker.consecutive_failures", min(on), "", passive.at, names)
    else:
        origin: Origin = "file" if passive else "tool-default"
        settings.put("breaker.consecutive_failures", "off", "", passive.at, names, origin)
    active = part["active"]
    for state, metric in (("unhealthy", "ejection.interval"), ("healthy", "breaker.open")):
        interval = active[state]["interval"]
        settings.time(metric, interval, seconds, names, off=True)
        if not interval:
            settings.put(metric, "off", "", interval.at, names, "tool-default")
    back = active["healthy"]
    closes = to_number(back["interval"].value) and to_number(back["successes"].value)
    if on and not closes:
        message = "a target that was found unhealthy never comes back: no active check heals it"
        settings.warn(
            "never-closes", message, part.at, "give active.healthy interval and successes"
        )


def _plugins(settings: Settings, plugins: Part, route: str) -> None:
    """Add what plugins limit or cache; one that is not enabled does nothing."""
    for plugin in plugins.list():
        config = plugin["config"]
        if plugin["enabled"].value is False:
            continue
        name = plugin["name"].text
        owner = route or plugin["service"].text or plugin.get("service", "name").text
        names = labels(route=owner)
        if name in ("rate-limiting", "rate-limiting-advanced"):
            for unit, every in _EVERY.items():
                settings.number(
                    "ratelimit", config[unit], names, scale=1 / every, unit="1/s", off=True
                )
        elif name in ("proxy-cache", "proxy-cache-advanced", "ai-semantic-cache"):
            _cache(settings, plugin, names)
        elif name == "ai-proxy-advanced":
            _models(settings, config, names)


def _cache(settings: Settings, plugin: Part, names: Labels) -> None:
    config, semantic = plugin["config"], plugin["name"].text == "ai-semantic-cache"
    settings.put("cache.on", True, "", plugin["name"].at, names)
    settings.put("cache.kind", "semantic" if semantic else "exact", "", plugin.at, names, "derived")
    settings.time("cache.ttl", config["cache_ttl"], seconds, names, 300_000)
    if semantic:
        share = config.get("vectordb", "threshold")
        settings.number("cache.threshold", share, names, unit="ratio")


def _models(settings: Settings, config: Part, names: Labels) -> None:
    """Add the balancer of AI models: its tries, its timeouts and whom it calls."""
    balancer = config["balancer"]
    settings.number("attempts", balancer["retries"], names, 6, add=1)
    settings.time("timeout.connect", balancer["connect_timeout"], milliseconds, names, 60_000)
    settings.time("timeout.stream", balancer["read_timeout"], milliseconds, names, 60_000)
    targets = list(config["targets"].list())
    called = [
        "/".join(filter(None, (t.get("model", "provider").text, t.get("model", "name").text)))
        for t in targets
    ]
    settings.put("targets", len(targets), "", config["targets"].at, names, "derived")
    providers = dict.fromkeys(name.partition("/")[0] for name in called if name)
    if providers:
        settings.put("provider", ", ".join(providers), "", config["targets"].at, names, "derived")
    settings.put("fallback", len(targets) > 1, "", config["targets"].at, names, "derived")
    if len(targets) > 1:
        order = " > ".join(called)
        settings.put("fallback.order", order, "", config["targets"].at, names, "derived")


_UPSTREAM = ("upstream",)
_ROUTE = ("route",)
_BOTH = ("route", "upstream")
READER = Reader(
    id="kong",
    title="Kong declarative configuration",
    summary="Retries, timeouts, health checks, rate limits and caches of a Kong gateway.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("attempts", "", "tries of a request, the first included", _BOTH),
        Metric("timeout.connect", "ms", "the most to connect", _BOTH),
        Metric("timeout.stream", "ms", "the most between two reads", _BOTH),
        Metric("breaker.consecutive_failures", "", "failures that open, or `off`", _UPSTREAM),
        Metric("breaker.open", "ms", "time between two checks that may close, or `off`", _UPSTREAM),
        Metric("ejection.interval", "ms", "time between two checks, or `off`", _UPSTREAM),
        Metric("targets", "", "targets of an upstream, models of a balancer", _BOTH),
        Metric("weight", "ratio", "share of the requests", ("target", "upstream")),
        Metric("ratelimit", "1/s", "requests let through, or `off`", _ROUTE),
        Metric("cache.on", "", "whether answers are cached", _ROUTE),
        Metric("cache.kind", "", "exact or semantic", _ROUTE),
        Metric("cache.ttl", "ms", "how long an answer is kept", _ROUTE),
        Metric("cache.threshold", "ratio", "similarity from which an answer is taken", _ROUTE),
        Metric("provider", "", "providers of an AI balancer", _ROUTE),
        Metric("fallback", "", "whether an AI balancer has more than one model", _ROUTE),
        Metric("fallback.order", "", "its models", _ROUTE),
    ),
    produce="deck gateway dump -o kong.yaml",
    source="https://developer.konghq.com/gateway/entities/service/",
    traps=(
        "`retries` leaves the first try out, and is 5 where it is absent: 6 attempts.",
        "Timeouts are in ms, 60000 where absent; `read_timeout` is between two reads, not in all.",
        "A threshold of 0 is off: health checks that are all 0 never open, the text `off`.",
        "A passive check opens and never closes, unless an active one heals: told.",
        "`_info.defaults` of decK stands in for what a service does not say.",
        "A plugin that is not enabled does nothing, and gives no fact.",
    ),
)
