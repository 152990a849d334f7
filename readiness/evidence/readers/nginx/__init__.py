"""An nginx configuration in; upstreams, tries, timeouts, caches and fallbacks of its locations out.

Defaults: ngx_http_proxy_module and ngx_http_upstream_module.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.documents import is_template
from readiness.evidence.durations import nginx
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.nginx.directives import Directive, Scope, locations, parse, place
from readiness.evidence.readers.nginx.upstream import Upstream, upstreams
from readiness.evidence.settings import Labels, Settings, labels, to_number
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_WORDS = (b"upstream", b"proxy_pass", b"http", b"events", b"server", b"location", b"listen")
_UPSTREAM, _PASS = 1, 2  # the marks that only a proxy has
_MARK = pattern(
    rb"(?m)\b(upstream\s+[\w.-]{1,100}\s*\{)|\b(proxy_pass\s+[^;\s]{1,200};)|^[ \t]*(http\s*\{)"
    rb"|^[ \t]*(events\s*\{)|\b(server\s*\{)|\b(location\s+[^{};\n]{1,200}\{)"
    rb"|\b(listen\s+[^;{}\n]{1,100};)|\b(server_name\s+[^;{}\n]{1,200};)"
)
_RATE = pattern(r"rate=([0-9]{1,9})r/([sm])")
_BAD = {"500", "502", "503", "504"}
_STALE = {"error", "timeout", "http_500", "http_502", "http_503", "http_504"}
_TIMEOUTS = (
    ("timeout.connect", "proxy_connect_timeout"),
    ("timeout.stream", "proxy_read_timeout"),
)
_SECONDS = {"s": 1.0, "m": 60.0}


def sniff(head: bytes) -> int:
    """Return 90 for three or more of nginx's blocks and directives, or two with an upstream."""
    if b"\n```" in head or head.lstrip()[:1] in (b"{", b"<", b"["):
        return 0
    if sum(word in head for word in _WORDS) < 2:  # noqa: PLR2004 - what is looked for has two
        return 0
    found = {mark.lastindex for mark in _MARK.finditer(head)}
    return 90 if len(found) > (1 if found & {_UPSTREAM, _PASS} else 2) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a configuration; `include` is not followed, and told.

    Raises:
        Unreadable: not nginx's syntax, or crossplane is not installed.
    """
    root = parse(source)
    settings = Settings()
    known = upstreams(settings, source, root)
    zones = _zones(root)
    for route, scope in locations(root):
        passes = scope.blocks[0].all("proxy_pass")
        if passes and passes[0].args:
            _location(settings, source, route, scope, passes[0], known)
            _limits(settings, source, route, scope, zones)
    for include in [d for block in (root, *root.all("http")) for d in block.all("include")]:
        if "mime.types" not in "".join(include.args):
            message = f"`include {' '.join(include.args)[:60]}` is not followed"
            hint = "give what `nginx -T` prints: it has everything in one"
            settings.warn("include", message, place(source, include), hint)
    return settings.reading(source.at(1), "no location passes anything on: nothing is proxied")


def _location(
    settings: Settings, source: Source, route: str, scope: Scope, passed: Directive,
    known: dict[str, Upstream],
) -> None:  # fmt: skip
    host = passed.args[0].partition("://")[2].partition("/")[0] or passed.args[0]
    upstream = known.get(host)
    names = labels(route=route, upstream=host)
    for metric, name in (
        ("timeout.connect", "proxy_connect_timeout"),
        ("timeout.stream", "proxy_read_timeout"),
    ):
        _time(settings, source, metric, scope.find(name), names, (60_000, passed))
    _tries(settings, source, scope, passed, upstream, names)
    _errors(settings, source, scope, host, names)
    _cache(settings, source, scope, names)
    for mirror in scope.every("mirror"):
        if mirror.args and mirror.args[0] != "off":
            to = labels(route=route, target=mirror.args[0])
            settings.put("mirror", 1, "ratio", place(source, mirror), to)


def _time(
    settings: Settings, source: Source, metric: str, found: Directive | None, names: Labels,
    default: tuple[float | None, Directive], *, off: bool = False,
) -> None:  # fmt: skip
    """Add a time, its default, or that it is a variable and not known."""
    if found is None:
        if default[0] is not None:
            at = place(source, default[1])
            settings.put(metric, default[0], "ms", at, names, "tool-default")
        return
    text = found.args[0] if found.args else ""
    ms = nginx(text)
    at = place(source, found)
    if ms is None and is_template(text):
        message = f"`{found.name}` is `{text[:60]}`: its value is not known from this file"
        settings.warn("template", message, at, "give the file with its placeholders filled in")
    elif ms is None:
        message = f"`{found.name}` is `{text[:60]}`, not a time"
        settings.wrong("number", message, at, "write it as nginx documents it: 5s, 500ms")
    elif off and ms == 0:
        settings.put(metric, "off", "", at, names)
    else:
        settings.put(metric, ms, "ms", at, names)


def _tries(
    settings: Settings, source: Source, scope: Scope, passed: Directive,
    upstream: Upstream | None, names: Labels,
) -> None:  # fmt: skip
    """Add how many servers are asked at most: never one twice, so their number is a limit too."""
    on, most = scope.find("proxy_next_upstream"), scope.find("proxy_next_upstream_tries")
    servers = upstream.servers if upstream else 1
    at = place(source, on or passed)
    if on and "off" in on.args:
        settings.put("attempts", 1, "", at, names)
        return
    tries = to_number(most.args[0]) if most and most.args else 0.0
    if most and (tries is None or tries < 0):
        message = f"`proxy_next_upstream_tries` is `{' '.join(most.args)[:40]}`"
        settings.wrong("number", message, place(source, most), "write a number; 0 is no limit")
        return
    limited = bool(tries and most and tries <= servers)
    count = tries if limited and tries else servers
    stands = place(source, most) if most and limited else at
    settings.put("attempts", count, "", stands, names, "file" if limited else "derived")
    kinds = on.args if on else ("error", "timeout")
    settings.put("attempts.on", ", ".join(kinds), "", at, names, "file" if on else "tool-default")
    if "non_idempotent" in kinds:
        message = "POST is tried again on another server: an order may be placed twice"
        settings.warn("retry-unsafe", message, at, "leave out `non_idempotent`")
    until = scope.find("proxy_next_upstream_timeout")
    _time(settings, source, "retry.time", until, names, (None, passed), off=True)
    if until is None:
        settings.put("retry.time", "off", "", at, names, "tool-default")


def _errors(settings: Settings, source: Source, scope: Scope, host: str, names: Labels) -> None:
    """Add what a user gets when the upstream fails: an error page, or an old answer."""
    order = [host]
    at = None
    for stale in scope.every("proxy_cache_use_stale"):
        if _STALE & set(stale.args):
            order.append("old answer")
            at = at or place(source, stale)
    for page in scope.every("error_page"):
        if _BAD & set(page.args[:-1]):
            order.append(page.args[-1])
            at = at or place(source, page)
    if at is not None:
        settings.put("fallback", True, "", at, names)
        settings.put("fallback.order", " > ".join(order), "", at, names, "derived")


def _cache(settings: Settings, source: Source, scope: Scope, names: Labels) -> None:
    zone = scope.find("proxy_cache")
    if zone is None or "off" in zone.args:
        if zone is not None:
            settings.put("cache.on", False, "", place(source, zone), names)
        return
    at = place(source, zone)
    settings.put("cache.on", True, "", at, names)
    settings.put("cache.kind", "exact", "", at, names, "derived")
    key = scope.find("proxy_cache_key")
    text = key.args[0] if key and key.args else "$scheme$proxy_host$request_uri"
    parts = ", ".join(re.findall(r"\$\{?(\w+)\}?", text)) or text
    stands = place(source, key) if key else at
    settings.put("cache.key", parts[:200], "", stands, names, "file" if key else "tool-default")
    for valid in scope.every("proxy_cache_valid"):
        ms = nginx(valid.args[-1]) if valid.args else None
        codes = valid.args[:-1]
        if ms is not None and (not codes or {"200", "any"} & set(codes)):
            settings.put("cache.ttl", ms, "ms", place(source, valid), names)


def _zones(root: Directive) -> dict[str, tuple[float, Directive]]:
    """Return the rates of `limit_req_zone` by the name of the zone."""
    zones = {}
    for zone in [d for http in root.all("http") or [root] for d in http.all("limit_req_zone")]:
        text = " ".join(zone.args)
        name, rate = re.search(r"zone=([\w-]+)", text), _RATE.search(text)
        if name and rate:
            zones[name[1]] = (float(rate[1]) / _SECONDS[rate[2]], zone)
    return zones


def _limits(
    settings: Settings, source: Source, route: str, scope: Scope,
    zones: dict[str, tuple[float, Directive]],
) -> None:  # fmt: skip
    for limit in scope.every("limit_req"):
        name = re.search(r"zone=([\w-]+)", " ".join(limit.args))
        if name and name[1] in zones:
            rate, zone = zones[name[1]]
            settings.put("ratelimit", rate, "1/s", place(source, zone), labels(route=route))


_ROUTE = ("route",)
_BOTH = ("route", "upstream")
_SERVER = ("target", "upstream")
READER = Reader(
    id="nginx",
    title="nginx configuration",
    summary="Upstreams, tries, timeouts, caches, rate limits and fallbacks of an nginx proxy.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="text",
    metrics=(
        Metric("attempts", "", "servers asked at most, the first included", _BOTH),
        Metric("attempts.on", "", "on what another server is asked", _BOTH),
        Metric("retry.time", "ms", "how long another server may be asked, or `off`", _BOTH),
        Metric("timeout.connect", "ms", "the most to connect", _BOTH),
        Metric("timeout.stream", "ms", "the most between two reads", _BOTH),
        Metric("breaker.consecutive_failures", "", "failures that leave out, or `off`", _SERVER),
        Metric("breaker.open", "ms", "how long a server is left out", _SERVER),
        Metric("breaker.max_connections", "", "connections at once, or `off`", _SERVER),
        Metric("targets", "", "servers of an upstream", ("upstream",)),
        Metric("fallback", "", "whether something answers when the first servers fail", _BOTH),
        Metric("fallback.targets", "", "servers that wait as backup", ("upstream",)),
        Metric("fallback.order", "", "the upstream, then an old answer or an error page", _BOTH),
        Metric("mirror", "ratio", "share of the requests that is copied", ("route", "target")),
        Metric("ratelimit", "1/s", "requests let through for each key", _ROUTE),
        Metric("cache.on", "", "whether answers are cached", _BOTH),
        Metric("cache.kind", "", "exact", _BOTH),
        Metric("cache.key", "", "what an answer is kept by", _BOTH),
        Metric("cache.ttl", "ms", "how long a good answer is kept", _BOTH),
    ),
    produce="nginx -T > nginx.conf",
    source="https://nginx.org/en/docs/http/ngx_http_proxy_module.html",
    traps=(
        "It is read with crossplane, an extra: pip install 'readiness[nginx]'.",
        "`proxy_next_upstream_tries` includes the first; 0 is no limit but the number of servers.",
        "No server is asked twice for a request: a location with one server has one attempt.",
        "With a single server, `max_fails` is ignored: it is never left out, the text `off`.",
        "`proxy_read_timeout` is between two reads, and not for the whole answer.",
        "`non_idempotent` repeats POST: told.",
        "A cache key without language or tenant gives one user's answer to another: see its parts.",
        "An inner block's directives replace the outer ones of that name; they are not added up.",
        "`include` is not followed: give what `nginx -T` prints.",
    ),
)
