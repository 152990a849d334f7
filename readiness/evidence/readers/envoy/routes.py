"""What an Envoy route allows a request: time, tries, mirrors, weights, faults put in.

Defaults: api/envoy/config/route/v3/route_components.proto (RouteAction.timeout 15 s, with all
retries; RetryPolicy.num_retries 1, retry_back_off 25 ms) and, of the filters,
api/envoy/extensions/filters/http/{fault,local_ratelimit}/v3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.durations import proto
from readiness.evidence.settings import Labels, Settings, labels, to_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.documents import Part

_OF = {"HUNDRED": 100.0, "TEN_THOUSAND": 10_000.0, "MILLION": 1_000_000.0}
_MATCHES = ("prefix", "path", "path_separated_prefix", "connect_matcher")


def virtual_hosts(settings: Settings, part: Part) -> int:
    """Add the facts of every route below `virtual_hosts`; return how many call a cluster."""
    count = 0
    hosts = list(part.list())
    for host in hosts:
        for entry in host["routes"].list():
            action = entry["route"]
            if action:
                name = entry["name"].text or _match(entry["match"])
                if len(hosts) > 1 and not entry["name"]:
                    name = f"{host['name'].text} {name}"
                _route(settings, action, host, name.strip())
                count += 1
    return count


def _match(part: Part) -> str:
    for key in _MATCHES:
        if text := part[key].text:
            return text
    return part.get("safe_regex", "regex").text or "any"


def _route(settings: Settings, action: Part, host: Part, route: str) -> None:
    upstream = action["cluster"].text
    names = labels(route=route, upstream=upstream)
    limit = settings.time("timeout", action["timeout"], proto, names, 15_000, off=True)
    longest = action.get("max_stream_duration", "max_stream_duration")
    if limit == 0 and longest:
        settings.time("timeout", longest, proto, names, off=True)
    settings.time("timeout.stream", action["idle_timeout"], proto, names, off=True)
    own, shared = action["retry_policy"], host["retry_policy"]
    _retries(settings, shared if shared and not own else own, names)
    clusters = list(action.get("weighted_clusters", "clusters").list())
    total = sum(to_number(part["weight"].value) or 0 for part in clusters)
    for part in clusters:
        target = labels(route=route, target=part["name"].text)
        weight = to_number(part["weight"].value)
        if weight is not None and total:
            settings.put("weight", weight / total, "ratio", part["weight"].at, target, "derived")
    for part in action["request_mirror_policies"].list():
        _mirror(settings, part, route)


def _retries(settings: Settings, policy: Part, names: Labels) -> None:
    """Add the tries; a policy that names no condition never retries."""
    if not policy:
        settings.put("attempts", 1, "", policy.at, names, "tool-default")
        return
    if not policy["retry_on"]:
        settings.put("attempts", 1, "", policy.at, names, "derived")
        message = "a retry policy without `retry_on` never retries"
        settings.warn("retry-never", message, policy.at, "say on what to retry")
        return
    settings.number("attempts", policy["num_retries"], names, 2, add=1)
    settings.text("attempts.on", policy["retry_on"], names)
    settings.time("timeout.try", policy["per_try_timeout"], proto, names, off=True)
    pause = policy["retry_back_off"]
    base = settings.time("backoff", pause["base_interval"], proto, names, 25)
    settings.time(
        "backoff.max", pause["max_interval"], proto, names, None if base is None else 10 * base
    )


def _mirror(settings: Settings, part: Part, route: str) -> None:
    header = part["cluster_header"].text
    names = labels(route=route, target=part["cluster"].text or f"header {header}")
    fraction = part["runtime_fraction"]
    if not fraction:  # everything is mirrored
        settings.put("mirror", 1, "ratio", part.at, names, "tool-default")
        return
    _runtime(settings, fraction)
    _fraction(settings, "mirror", fraction["default_value"], names)


def _fraction(settings: Settings, metric: str, part: Part, names: Labels) -> float:
    """Add a FractionalPercent as a ratio; return it, 0 where nothing is written."""
    of = _OF.get(part["denominator"].text or "HUNDRED", 0.0)
    count = to_number(part["numerator"].value) if part["numerator"] else 0.0
    if count is None or not of or not 0 <= count <= of:
        message = f"`{part.name}` is no share: {str(part.value)[:60]}"
        settings.wrong("number", message, part.at, "write numerator and denominator")
        return 0.0
    settings.put(metric, count / of, "ratio", part.at, names)
    return count / of


def _runtime(settings: Settings, part: Part) -> None:
    if key := part["runtime_key"].text:
        message = f"the runtime key {key} can change this value while Envoy runs"
        settings.warn("runtime-key", message, part["runtime_key"].at)


def fault(settings: Settings, part: Part) -> None:
    """Add what a fault filter does to requests; one that acts is a warning too."""
    acts = False
    for kind, share in (("abort", "fault.abort"), ("delay", "fault.delayed")):
        if rule := part[kind]:
            hit = _fraction(settings, share, rule["percentage"], ())
            acts = acts or hit > 0 or bool(rule.first("header_abort", "header_delay"))
    settings.time("fault.delay", part.get("delay", "fixed_delay"), proto)
    settings.put("fault.on", acts, "", part.at, (), "derived")
    if acts:
        message = "faults are put into requests: this is no release configuration"
        settings.warn("fault-on", message, part.at, "remove the fault filter before the launch")


def rate_limit(settings: Settings, part: Part) -> None:
    """Add a local rate limit; it holds only where it is enabled and enforced, by default not."""
    bucket = part["token_bucket"]
    for key in ("filter_enabled", "filter_enforced"):
        share = part.get(key, "default_value")
        if not share or to_number(share["numerator"].value) in (None, 0):
            message = f"the rate limit does not hold: `{key}` is 0 % unless it is given"
            settings.warn("ratelimit-off", message, part.at, "enable and enforce it for 100 %")
            return
    every = proto(bucket["fill_interval"].value)
    tokens = to_number(bucket["tokens_per_fill"].value) if bucket["tokens_per_fill"] else 1.0
    if every and tokens is not None and tokens >= 0:
        names = labels(target=part["stat_prefix"].text)
        settings.put("ratelimit", tokens * 1000 / every, "1/s", bucket.at, names, "derived")
    else:
        message = "`token_bucket` gives no rate: tokens_per_fill over fill_interval"
        settings.wrong("number", message, bucket.at, "write both as Envoy documents them")


def walk(part: Part) -> Iterator[Part]:
    """Yield every mapping of a document, the outer before the inner."""
    waiting = [part]
    while waiting:
        current = waiting.pop()
        if isinstance(current.value, dict):
            yield current
            waiting += reversed([inner for _, inner in current.items()])
        elif isinstance(current.value, list):
            waiting += reversed(list(current.list()))
