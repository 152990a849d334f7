"""Traefik's dynamic configuration in (TOML, YAML or JSON); retries, breakers, failover out.

Defaults: pkg/config/dynamic/{middlewares,http_config}.go of https://github.com/traefik/traefik.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.durations import go_or_seconds
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.settings import Settings, labels, to_number, wrong_kind
from readiness.evidence.toml import read_toml
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_TOML = pattern(rb"(?m)^[ \t]*\[\[?http\.(?:routers|services|middlewares|serversTransports)\b")
_YAML = pattern(rb"(?m)^http:[ \t]*\r?\n[ \t]+(?:routers|services|middlewares|serversTransports):")
_JSON = pattern(rb"\"http\"\s*:\s*\{\s*\"(?:routers|services|middlewares|serversTransports)\"")
_INNER = pattern(
    rb"(?i)loadBalancer|middlewares|\brule\b|failover|weighted|circuitBreaker|dialTimeout"
)
_TABLE = pattern(r"(?m)^[ \t]*(?:\[\[?[\w.\"'-]+\]\]?\s*(?:#.*)?$|[\w.-]+\s*=)")
_RATIO = pattern(
    r"(?:NetworkErrorRatio\(\)|ResponseCodeRatio\([^)]{1,60}\))\s*>=?\s*([0-9.]{1,20})"
)
_QUANTILE = pattern(r"LatencyAtQuantileMS\([0-9. ]{1,20}\)\s*>=?\s*([0-9.]{1,20})")


def sniff(head: bytes) -> int:
    """Return 90 for a part of `http` that Traefik has, and a setting within it."""
    if b"\n```" in head:
        return 0
    part = _TOML.search(head) or _YAML.search(head) or _JSON.search(head)
    return 90 if part and _INNER.search(head) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a dynamic configuration.

    Raises:
        Unreadable: neither TOML, YAML nor JSON, a template as a whole, or without `http`.
    """
    lines = [line for line in source.text.splitlines() if line.strip()[:1] not in ("", "#")]
    toml = bool(lines) and _TABLE.match(lines[0]) is not None and lines[0].strip()[:2] != "[{"
    root = read_toml(source, fold=True) if toml else read_documents(source, fold=True)[0]
    if not isinstance(root.value, dict) or not isinstance(root["http"].value, dict):
        message = "there is no `http`: this is no dynamic configuration of Traefik"
        raise wrong_kind(message, root.at, "give the file that the file provider watches")
    settings = Settings()
    http = root["http"]
    services = dict(http["services"].items())
    for name, part in http["middlewares"].items():
        _middleware(settings, name, part)
    for name, part in services.items():
        _service(settings, name, part, services)
    for name, part in http["serversTransports"].items():
        limits = part["forwardingTimeouts"]
        names = labels(upstream=name)
        dial, header = limits["dialTimeout"], limits["responseHeaderTimeout"]
        settings.time("timeout.connect", dial, go_or_seconds, names, 30_000, off=True)
        settings.time("timeout.stream", header, go_or_seconds, names, off=True)
        if not header:
            settings.put("timeout.stream", "off", "", part.at, names, "tool-default")
    _used(settings, http)
    return settings.reading(http.at, "no middleware and no service sets anything")


def _middleware(settings: Settings, name: str, part: Part) -> None:
    names = labels(route=name)
    retry, breaker, rate = part["retry"], part["circuitBreaker"], part["rateLimit"]
    if retry:
        tries = settings.number("attempts", retry["attempts"], names)
        if not tries:
            hint = "1 is the first try and no retry"
            message = f"the retry {name} gives no attempts: Traefik refuses it"
            settings.wrong("number", message, retry.at, hint)
        settings.time("backoff", retry["initialInterval"], go_or_seconds, names, 0)
    if breaker:
        settings.time("ejection.interval", breaker["checkPeriod"], go_or_seconds, names, 100)
        settings.time("breaker.open", breaker["fallbackDuration"], go_or_seconds, names, 10_000)
        _expression(settings, breaker["expression"], name)
    settings.number("breaker.max_concurrent", part["inFlightReq"]["amount"], names)
    if rate:
        average, period = to_number(rate["average"].value), rate["period"]
        every = go_or_seconds(period.value) if period else 1000.0
        if average is None or average < 0 or not every:
            message = f"the rate limit {name} gives no rate: average over period"
            settings.wrong("number", message, rate.at, "write average and period")
        elif average == 0:
            settings.put("ratelimit", "off", "", rate["average"].at, names)
        else:
            settings.put("ratelimit", average * 1000 / every, "1/s", rate.at, names, "derived")


def _expression(settings: Settings, part: Part, name: str) -> None:
    """Add the shares and the latency at which a breaker opens; the lowest of each kind."""
    names = labels(route=name)
    shares = [float(text) for text in _RATIO.findall(part.text) if text.count(".") < 2]  # noqa: PLR2004
    slow = [float(text) for text in _QUANTILE.findall(part.text) if text.count(".") < 2]  # noqa: PLR2004
    if shares:
        settings.put("breaker.failure_ratio", min(shares), "ratio", part.at, names, "derived")
    if slow:
        settings.put("breaker.slow_call", min(slow), "ms", part.at, names, "derived")
    if not shares and not slow:
        message = f"the breaker {name} opens on `{part.text[:60]}`, which is not read"
        settings.wrong("expression", message, part.at, "use NetworkErrorRatio() > 0.3 or the like")


def _service(settings: Settings, name: str, part: Part, services: dict[str, Part]) -> None:
    names = labels(upstream=name)
    balancer = part["loadBalancer"]
    if balancer:
        servers = balancer["servers"]
        settings.put("targets", len(list(servers.list())), "", servers.at, names, "derived")
    if failover := part["failover"]:
        _failover(settings, name, failover, services)
    weighted = list(part.get("weighted", "services").list())
    weights = [to_number(entry["weight"].value) if entry["weight"] else 1.0 for entry in weighted]
    total = sum(weight or 0 for weight in weights)
    for entry, weight in zip(weighted, weights, strict=True):
        to = labels(upstream=name, target=entry["name"].text)
        if weight is None or weight < 0 or total <= 0:
            settings.wrong(
                "number", f"the weight of {entry['name'].text} is none", entry.at, "write 3"
            )
        else:
            settings.put("weight", weight / total, "ratio", entry.at, to, "derived")
    for entry in part.get("mirroring", "mirrors").list():
        to = labels(upstream=name, target=entry["name"].text)
        settings.number("mirror", entry["percent"], to, 0, scale=0.01, unit="ratio")


def _failover(settings: Settings, name: str, part: Part, services: dict[str, Part]) -> None:
    """Add a failover: it needs a health check of the first service, and a second that exists."""
    first, second = part["service"].text, part["fallback"].text
    names = labels(upstream=name)
    main = services.get(first)
    checked = main is not None and main.get("loadBalancer", "healthCheck").value is not None
    exists = second in services or "@" in second
    if main is None and "@" in first:
        checked = True  # of another provider: not in this file
    settings.put("fallback", checked and exists, "", part.at, names, "derived")
    settings.put("fallback.order", f"{first} > {second}", "", part.at, names, "derived")
    if not checked:
        message = f"{name} never fails over: {first} has no health check"
        settings.warn("failover-off", message, part.at, "give it `loadBalancer.healthCheck`")
    if not exists:
        message = f"{second}, the fallback of {name}, is not in this file"
        settings.warn("unknown-target", message, part["fallback"].at, "name a service")


def _used(settings: Settings, http: Part) -> None:
    """Tell which retry, breaker or limit no router uses: it does nothing."""
    routers = [part for _, part in http["routers"].items()]
    if not routers:
        return
    used = {
        entry.text.partition("@")[0] for part in routers for entry in part["middlewares"].list()
    }
    chains = {n: p["chain"]["middlewares"] for n, p in http["middlewares"].items() if p["chain"]}
    for name, members in chains.items():
        if name in used:
            used |= {entry.text.partition("@")[0] for entry in members.list()}
    for name, part in http["middlewares"].items():
        if name not in used and (part["retry"] or part["circuitBreaker"]):
            message = f"no router uses the middleware {name}: it does nothing"
            settings.warn("not-used", message, part.at, "name it in the router's `middlewares`")


_ROUTE = ("route",)
_UPSTREAM = ("upstream",)
_TO = ("target", "upstream")
READER = Reader(
    id="traefik",
    title="Traefik dynamic configuration",
    summary="Retries, breakers, rate limits, failover, weights and mirrors of Traefik.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="text",
    metrics=(
        Metric("attempts", "", "tries of a request, the first included", _ROUTE),
        Metric("backoff", "ms", "time before the first retry", _ROUTE),
        Metric("breaker.failure_ratio", "ratio", "the lowest share that opens", _ROUTE),
        Metric("breaker.slow_call", "ms", "the lowest latency that opens", _ROUTE),
        Metric("breaker.open", "ms", "how long it stays open", _ROUTE),
        Metric("breaker.max_concurrent", "", "requests at once", _ROUTE),
        Metric("ejection.interval", "ms", "time between two looks at the expression", _ROUTE),
        Metric("ratelimit", "1/s", "requests let through, or `off`", _ROUTE),
        Metric("timeout.connect", "ms", "the most to connect, or `off`", _UPSTREAM),
        Metric("timeout.stream", "ms", "the most until the headers, or `off`", _UPSTREAM),
        Metric("targets", "", "servers of a service", _UPSTREAM),
        Metric("fallback", "", "whether a failover can happen", _UPSTREAM),
        Metric("fallback.order", "", "a service and its fallback", _UPSTREAM),
        Metric("weight", "ratio", "share of the requests", _TO),
        Metric("mirror", "ratio", "share of the requests that is copied", _TO),
    ),
    produce="give the file of the file provider, its placeholders filled in",
    source="https://doc.traefik.io/traefik/reference/routing-configuration/http/",
    traps=(
        "`retry.attempts` includes the first try, in Traefik's code; the page speaks of retries.",
        "Retries are for connections that fail: a server that answers 503 is not tried again.",
        "Failover needs a health check of the first service: without one `fallback` is no.",
        "A retry or breaker that no router names does nothing: told.",
        "Without `responseHeaderTimeout` an answer may take forever: the text `off`.",
        "A number without a unit is seconds. Keys are read in any case.",
        "`{{ … }}` in a text is a template: what it will be is not known.",
    ),
)
