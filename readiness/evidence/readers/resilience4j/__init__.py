"""Spring application YAML or properties in; what resilience4j, Gateway and Feign are told out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.properties import read_properties
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.readers.resilience4j.modules import all_modules
from readiness.evidence.readers.resilience4j.properties import Property, profiles
from readiness.evidence.settings import Settings, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_MODULE = pattern(
    rb"(?m)^resilience4j(?:\.|:[ \t]*\r?$)"
    rb"|^[ \t]+(?:circuit-?breaker|thread-pool-bulkhead|time-?limiter):"
)
_KINDS = pattern(rb"(?i)\b(?:instances|configs|backends|limiters)\b\s*[:.\[]|base-?config")
_GATEWAY = pattern(rb"(?m)^spring[.:]")
_ROUTES = pattern(
    rb"cloud\.gateway|openfeign\b"
    rb"|\n[ \t]+gateway:[ \t]*\r?\n(?:[^\n]*\n){0,40}?[ \t-]+(?:default-)?filters:"
)
_PROPERTY = pattern(r"\s*[\w.\[\]-]+\s*=")
_OURS = ("resilience4j", "spring.cloud", "feign", "chaos.monkey")
_GIVE = "give the application's YAML or properties"


def sniff(head: bytes) -> int:
    """Return 90 for resilience4j with instances or configs, or Spring's gateway with filters."""
    if b"\n```" in head or head.lstrip()[:1] in (b"{", b"<"):
        return 0
    breaker = b"resilience4j" in head and _MODULE.search(head) and _KINDS.search(head)
    return 90 if breaker or (_GATEWAY.search(head) and _ROUTES.search(head)) else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read application YAML or properties.

    Raises:
        Unreadable: neither, a template as a whole, or nothing of these in it.
    """
    documents = _documents(source)
    for document in documents:
        if not isinstance(document.value, dict):
            raise wrong_kind("this holds no properties", document.at, _GIVE)
    settings = Settings()
    known = False
    for profile, root in profiles(documents):
        known = known or any(root[name] for name in _OURS)
        if profile:
            _profile(settings, root, profile)
        else:
            _all(settings, root)
    if not known:
        message = "this sets neither resilience4j nor Spring Cloud"
        raise wrong_kind(message, documents[0].at, _GIVE)
    return settings.reading(documents[0].at, "no breaker, retry, time limit or route is named")


def _documents(source: Source) -> list[Part]:
    lines = [line for line in source.text.splitlines() if line.strip()[:1] not in ("", "#", "!")]
    if lines and _PROPERTY.match(lines[0]):
        return read_properties(source, fold=True)
    return read_documents(source, fold=True)


def _all(settings: Settings, root: Property) -> None:
    from readiness.evidence.readers.resilience4j.gateway import (  # noqa: PLC0415 - start-up time
        feign,
        gateway,
    )

    all_modules(settings, root)
    gateway(settings, root)
    feign(settings, root)
    monkey = root["chaos.monkey.enabled"].part
    if settings.truth("fault.on", monkey):
        message = "Chaos Monkey is enabled: this is no release configuration"
        settings.warn("fault-on", message, monkey.at, "switch it off before the launch")


def _profile(settings: Settings, root: Property, profile: str) -> None:
    """Add what differs in a profile, labelled with it."""
    special = Settings()
    _all(special, root)
    same = {(fact.metric, fact.labels, fact.value) for fact in settings.facts}
    for fact in special.facts:
        if (fact.metric, fact.labels, fact.value) not in same:
            names = tuple(sorted((*fact.labels, ("profile", profile))))
            settings.put(fact.metric, fact.value, fact.unit, fact.at, names, fact.origin)
    told = {(problem.code, problem.at) for problem in settings.problems}
    settings.problems += [p for p in special.problems if (p.code, p.at) not in told]


_NAME = ("profile", "upstream")
_ROUTE = ("profile", "route")
_BOTH = ("profile", "route", "upstream")
READER = Reader(
    id="resilience4j",
    title="Spring application configuration",
    summary="Breakers, retries, time limits of resilience4j; routes of Spring's gateway.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("attempts", "", "tries, the first included", _BOTH),
        Metric("attempts.on", "", "on what is tried again", _BOTH),
        Metric("backoff", "ms", "time before the first retry", _BOTH),
        Metric("backoff.max", "ms", "the most time before a retry", _BOTH),
        Metric("timeout.try", "ms", "the most that one attempt may take, or `off`", _BOTH),
        Metric("timeout.connect", "ms", "the most to connect", _NAME),
        Metric("breaker.failure_ratio", "ratio", "share of failures that opens, or `off`", _NAME),
        Metric("breaker.slow_ratio", "ratio", "share of slow calls that opens", _NAME),
        Metric("breaker.slow_call", "ms", "from when a call is slow", _NAME),
        Metric("breaker.window", "", "calls that are looked at", _NAME),
        Metric("breaker.window_time", "ms", "time that is looked at", _NAME),
        Metric("breaker.min_calls", "", "calls before anything can open", _NAME),
        Metric("breaker.open", "ms", "how long it stays open", _NAME),
        Metric("breaker.max_concurrent", "", "calls at once", ("target", *_NAME)),
        Metric("breaker.max_pending", "", "calls that wait at once", ("target", *_NAME)),
        Metric("ratelimit", "1/s", "calls let through", _BOTH),
        Metric("fallback", "", "whether the breaker of a route has a fallback", _ROUTE),
        Metric("fallback.order", "", "the route and its fallback", _ROUTE),
        Metric("fault.on", "", "whether Chaos Monkey is enabled", ("profile",)),
    ),
    produce="give application.yml (or .properties) as it is deployed",
    source="https://resilience4j.readme.io/docs/getting-started-3",
    traps=(
        "`maxAttempts` includes the first call; `retries` of a gateway filter does not.",
        "`100` is ms, and `5s` and `PT5S` are five seconds.",
        "An instance inherits from `baseConfig`, else from `configs.default`, else a default.",
        "A `baseConfig` that is not in `configs` stops the application: invalid.",
        "Dotted and nested keys, kebab and camel case are one; a key with two values is invalid.",
        "`minimumNumberOfCalls` is at most the window, where calls are counted.",
        "A window of type TIME_BASED is in seconds: `breaker.window_time`.",
        "A time limiter is inside the retry: it bounds one attempt.",
        "A gateway's CircuitBreaker cuts off after 1 s, unless a time limiter says otherwise.",
        "A Retry filter that names POST repeats what may not be repeated: told.",
        "A profile's document is laid over the rest; what differs has the label profile.",
        "`${VAR:5s}` is not known from the file: a warning, and no fact.",
    ),
)
