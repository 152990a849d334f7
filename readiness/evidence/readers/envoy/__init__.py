"""Envoy's configuration in (bootstrap, xDS resources, config dump); what it limits and retries out.

Snake and camel case are read alike, as protobuf's JSON does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import read_documents
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.envoy import clusters, routes
from readiness.evidence.settings import Settings, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.model.checklist import FactMap

_RESOURCE = pattern(rb"(?m)^[ \t{]*\"?apiVersion\"?[ \t]*:")
_MARK = pattern(
    rb"(type\.googleapis\.com/envoy\.)|[\s{,\"](?:((?:static|dynamic)_?[rR]esources)"
    rb"|(virtual_hosts|virtualHosts)|(load_assignment|loadAssignment|eds_?[cC]luster_?[cC]onfig)"
    rb"|(connect_timeout|connectTimeout)|(circuit_breakers|circuitBreakers)"
    rb"|(outlier_detection|outlierDetection)|(retry_policy|retryPolicy)"
    rb"|(lb_policy|lbPolicy|loadBalancingPolicy|load_balancing_policy)|(domains)"
    rb"|(socket_address|socketAddress))\"?[ \t]*:"
)

_WORDS = (
    b"googleapis.com/envoy.", b"esources", b"virtual", b"ssignment", b"luster", b"connect",
    b"circuit", b"outlier", b"retry", b"olicy", b"domains", b"socket",
)  # fmt: skip


def sniff(head: bytes) -> int:
    """Return 90 for two marks of Envoy's API or more; not in a Kubernetes resource or Markdown."""
    if sum(word in head for word in _WORDS) < 2:  # noqa: PLR2004 - any two marks hold two
        return 0
    if _RESOURCE.search(head) or b"\n```" in head:
        return 0
    return 90 if len({mark.lastindex for mark in _MARK.finditer(b"\n" + head)}) > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a configuration.

    Raises:
        Unreadable: neither YAML nor JSON, a template as a whole, or nothing of Envoy's in it.
    """
    settings = Settings()
    documents = read_documents(source, fold=True)
    seen = 0
    for document in documents:
        if isinstance(document.value, dict) and document["apiVersion"] and document["kind"]:
            kind = document["kind"].text
            message = f"this is a Kubernetes resource ({kind}), not what Envoy is given"
            raise wrong_kind(message, document.at, "give Envoy's config dump, or `egctl config`")
        for part in routes.walk(document):
            seen += _part(settings, part)
    if not seen:
        message = "there is no cluster and no route in this file"
        raise wrong_kind(message, documents[0].at, "give the bootstrap, or /config_dump of Envoy")
    return settings.reading(documents[0].at, "the file calls nothing", defaults=True)


def _part(settings: Settings, part: Part) -> int:
    """Add what a mapping says if it is a cluster, routes or a filter; return how many it was."""
    if clusters.is_cluster(part):
        clusters.cluster(settings, part)
        return 1
    if hosts := part["virtual_hosts"]:
        return routes.virtual_hosts(settings, hosts) + 1
    kind = part.value.get("@type")
    if isinstance(kind, str) and kind.endswith(".HTTPFault"):
        routes.fault(settings, part)
    elif isinstance(kind, str) and kind.endswith(".LocalRateLimit") and part["token_bucket"]:
        routes.rate_limit(settings, part)
    return 0


_ROUTE = ("route", "upstream")
_UPSTREAM = ("upstream",)
_LIMIT = ("priority", "upstream")
READER = Reader(
    id="envoy",
    title="Envoy configuration",
    summary="Timeouts, retries, breakers, ejection, mirrors and faults of an Envoy proxy.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("timeout", "ms", "the whole request with its retries, or `off`", _ROUTE),
        Metric("timeout.try", "ms", "the most that one attempt may take, or `off`", _ROUTE),
        Metric("timeout.stream", "ms", "the most without any byte, or `off`", _ROUTE),
        Metric("timeout.connect", "ms", "the most to connect", _UPSTREAM),
        Metric("attempts", "", "tries of a request, the first included", _ROUTE),
        Metric("attempts.on", "", "on what is tried again", _ROUTE),
        Metric("backoff", "ms", "base of the time before a retry", _ROUTE),
        Metric("backoff.max", "ms", "the most time before a retry", _ROUTE),
        Metric("retry.budget", "ratio", "retries per active request, at most", _LIMIT),
        Metric(
            "breaker.max_connections", "", "connections at once", ("priority", "target", "upstream")
        ),
        Metric("breaker.max_pending", "", "requests that wait at once", _LIMIT),
        Metric("breaker.max_requests", "", "requests at once", _LIMIT),
        Metric("breaker.max_retries", "", "retries at once", _LIMIT),
        Metric("breaker.consecutive_failures", "", "5xx in a row that eject, or `off`", _UPSTREAM),
        Metric("breaker.open", "ms", "how long an endpoint is ejected at first", _UPSTREAM),
        Metric("ejection.interval", "ms", "time between two looks at the endpoints", _UPSTREAM),
        Metric("ejection.max_ratio", "ratio", "share of endpoints ejected at most", _UPSTREAM),
        Metric("targets", "", "endpoints that the file lists", _UPSTREAM),
        Metric("region", "", "regions of the endpoints", _UPSTREAM),
        Metric("fallback", "", "whether some endpoints wait for others to fail", _UPSTREAM),
        Metric("fallback.targets", "", "endpoints or clusters that wait", _UPSTREAM),
        Metric("fallback.order", "", "the clusters of an aggregate one, in order", _UPSTREAM),
        Metric("weight", "ratio", "share of the requests", ("route", "target")),
        Metric("mirror", "ratio", "share of the requests that is copied", ("route", "target")),
        Metric("ratelimit", "1/s", "requests let through, where enforced", ("target",)),
        Metric("fault.on", "", "whether faults are put into requests"),
        Metric("fault.abort", "ratio", "share of the requests that is made to fail"),
        Metric("fault.delayed", "ratio", "share of the requests that is delayed"),
        Metric("fault.delay", "ms", "by how much they are delayed"),
    ),
    produce="curl localhost:9901/config_dump > envoy.json; with Envoy Gateway: "
    "egctl config envoy-proxy all -o yaml",
    source="https://www.envoyproxy.io/docs/envoy/latest/api-v3/api",
    traps=(
        "A route without `timeout` has 15 s, with all retries. `0s` is no limit: the text `off`.",
        "`num_retries` leaves the first try out. Without `retry_on` nothing is retried.",
        "A cluster without `circuit_breakers` has 1024, 1024, 1024 and 3: origin tool-default.",
        "Limits count for each priority; the first entry of a priority holds.",
        "A retry budget takes the place of `max_retries`.",
        "Without `outlier_detection` no endpoint is ever ejected: `ejection.max_ratio` is 0.",
        "`connect_timeout: 500ms` is refused by Envoy: protobuf writes `0.5s`.",
        "Numbers may be wrapped, `{value: 10}`; names are read in snake and camel case.",
        "`${VAR}` is not known from the file: a warning, and no fact.",
        "A fault filter that acts, also at a header's wish, is told. So are runtime keys.",
        "A local rate limit holds only where `filter_enabled` and `filter_enforced` are given.",
    ),
)
