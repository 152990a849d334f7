"""A request config of Portkey's gateway in; retries, timeouts, fallback and cache out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.durations import milliseconds, seconds
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.settings import Labels, Settings, labels, to_number, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_STRATEGY = pattern(rb"\"strategy\"\s*:\s*\{\s*\"mode\"")
_RETRY = pattern(rb"\"retry\"\s*:\s*\{[^{}]{0,300}\"attempts\"")
_CACHE = pattern(rb"\"cache\"\s*:\s*\{[^{}]{0,300}\"mode\"")
_ON = "429, 500, 502, 503, 504"
_DEEPEST = 8
_KINDS = {"simple": "exact", "semantic": "semantic"}


def sniff(head: bytes) -> int:
    """Return 90 for JSON with two of: a strategy's mode, targets, retries, a cache, on statuses."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        return 0
    marks = (_STRATEGY, _RETRY, _CACHE)
    found = sum(mark.search(head) is not None for mark in marks)
    words = (b'"targets"', b'"on_status_codes"', b'"virtual_key"', b'"override_params"')
    return 90 if found and found + sum(word in head for word in words) > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a config, also as the API returns it.

    Raises:
        Unreadable: no JSON, or no request config.
    """
    root = read_documents(source, fold=True)[0]
    if isinstance(root.value, dict):
        for way in (("data", "config"), ("config",)):
            root = root.get(*way) if isinstance(root.get(*way).value, dict) else root
    keys = ("strategy", "targets", "retry", "cache", "request_timeout")
    known = isinstance(root.value, dict) and any(root[key] for key in keys)
    if not known or root["plugins_enabled"]:
        message = "this is no request config: there is no strategy, retry or cache"
        raise wrong_kind(message, root.at, "give the config that requests name, not the server's")
    settings = Settings()
    _level(settings, root, {"retry": root["retry"], "request_timeout": root["request_timeout"]}, ())
    _cache(settings, root["cache"], ())
    return settings.reading(root.at, "the config sets nothing")


def _level(
    settings: Settings, part: Part, inherited: dict[str, Part], path: tuple[str, ...]
) -> None:
    """Add one strategy; what a target does not set it takes from around it."""
    own = {key: part[key] or given for key, given in inherited.items()}
    targets = list(part["targets"].list())
    if len(path) > _DEEPEST:
        settings.wrong("too-deep", "strategies are nested too deeply", part.at, "flatten them")
        return
    if not targets:
        _call(settings, own, labels(target=" / ".join(path)))
        return
    mode = part.get("strategy", "mode").text or "single"
    names = labels(route=" / ".join(path))
    called = [_name(target, number) for number, target in enumerate(targets, 1)]
    settings.put("targets", len(targets), "", part["targets"].at, names, "derived")
    _fallback(settings, part, targets, called, mode, names)
    if mode == "loadbalance":
        _weights(settings, targets, called, names)
    for target, name in zip(targets, called, strict=True):
        _level(settings, target, own, (*path, name))
        if path or target["cache"]:
            _cache(settings, target["cache"], labels(target=" / ".join((*path, name))))


def _name(part: Part, number: int) -> str:
    """Return what a target is called: a key's slug, provider and model, or its number."""
    model = part.get("override_params", "model").text
    own = part["name"].text or part["virtual_key"].text or part["provider"].text
    shown = "/".join(filter(None, (own, model))) or part["prompt_id"].text
    return shown or f"target {number}"


def _call(settings: Settings, own: dict[str, Part], names: Labels) -> None:
    retry, limit = own["retry"], own["request_timeout"]
    settings.number("attempts", retry["attempts"], names, 1, add=1)
    if retry["attempts"] and not settings.text("attempts.on", retry["on_status_codes"], names):
        settings.put("attempts.on", _ON, "", retry.at, names, "tool-default")
    settings.time("timeout.try", limit, milliseconds, names, off=True)
    if not limit:
        settings.put("timeout.try", "off", "", limit.at, names, "tool-default")


def _fallback(
    settings: Settings, part: Part, targets: list[Part], called: list[str], mode: str,
    names: Labels,
) -> None:  # fmt: skip
    at = part["strategy"].at
    real = mode == "fallback" and len(targets) > 1
    settings.put("fallback", real, "", at, names, "derived")
    if not real:
        if mode == "fallback":
            settings.warn("one-target", "a fallback with one target has none", at, "add a target")
        return
    settings.put("fallback.targets", len(targets) - 1, "", at, names, "derived")
    settings.put("fallback.order", " > ".join(called), "", at, names, "derived")
    settings.text("fallback.on", part.get("strategy", "on_status_codes"), names)
    for target, name in zip(targets[1:], called[1:], strict=True):
        to = tuple(sorted((*names, ("target", name))))
        settings.put("fallback.shared", _shared(targets[0], target), "", target.at, to, "derived")


def _shared(first: Part, other: Part) -> str:
    """Return what two targets need; keys are compared, and never shown."""
    if first["targets"] or other["targets"] or not (_told(first) and _told(other)):
        return "unknown"
    found = []
    if first["provider"] and first["provider"].value == other["provider"].value:
        found.append(f"provider {first['provider'].text}")
    for key, shown in (("virtual_key", f"key {first['virtual_key'].text}"), ("api_key", "key")):
        if first[key] and first[key].value == other[key].value:
            found.append(shown)
    both = first["provider"] and other["provider"]
    return ", ".join(found) or ("none" if both else "unknown")


def _told(part: Part) -> bool:
    return bool(part["provider"] or part["virtual_key"])


def _weights(settings: Settings, targets: list[Part], called: list[str], names: Labels) -> None:
    weights = [to_number(part["weight"].value) if part["weight"] else 1.0 for part in targets]
    total = sum(weight or 0 for weight in weights)
    for part, name, weight in zip(targets, called, weights, strict=True):
        if weight is None or weight < 0 or total <= 0:
            settings.wrong("number", f"the weight of {name} is no number", part.at, "write 0.5")
        else:
            to = tuple(sorted((*names, ("target", name))))
            settings.put("weight", weight / total, "ratio", part.at, to, "derived")


def _cache(settings: Settings, part: Part, names: Labels) -> None:
    mode = part if isinstance(part.value, str) else part["mode"]
    settings.put("cache.on", bool(mode), "", part.at, names, "file" if part else "tool-default")
    if not mode:
        return
    kind = _KINDS.get(mode.text.lower())
    if kind is None:
        message = f"`{mode.text[:40]}` is no mode of the cache"
        settings.wrong("malformed", message, mode.at, "write `simple` or `semantic`")
        return
    settings.put("cache.kind", kind, "", mode.at, names)
    age = part["max_age"]
    settings.time("cache.ttl", age, seconds, names)
    if not age:
        message = "the cache states no `max_age`: how long answers are kept, the account decides"
        settings.warn("no-ttl", message, part.at, "set it")
    if kind == "semantic":
        message = "a semantic cache is an exact one on plans that do not have it"
        settings.warn("plan", message, mode.at, "show its hits in the gateway's log")


_TARGET = ("target",)
_ROUTE = ("route",)
_TO = ("route", "target")
READER = Reader(
    id="portkey",
    title="Portkey request config",
    summary="Retries, timeouts, fallback, weights and cache of a Portkey gateway's config.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="json",
    metrics=(
        Metric("attempts", "", "tries of one target, the first included", _TARGET),
        Metric("attempts.on", "", "on which status it is tried again", _TARGET),
        Metric("timeout.try", "ms", "the most that one attempt may take, or `off`", _TARGET),
        Metric("targets", "", "targets of a strategy", _ROUTE),
        Metric("fallback", "", "whether a target waits for another to fail", _ROUTE),
        Metric("fallback.targets", "", "targets that wait", _ROUTE),
        Metric("fallback.order", "", "the targets in order", _ROUTE),
        Metric("fallback.on", "", "on which status the next is tried", _ROUTE),
        Metric("fallback.shared", "", "what both need, `none` or `unknown`", _TO),
        Metric("weight", "ratio", "share of the requests", _TO),
        Metric("cache.on", "", "whether answers are cached", _TARGET),
        Metric("cache.kind", "", "exact or semantic", _TARGET),
        Metric("cache.ttl", "ms", "how long an answer is kept", _TARGET),
    ),
    produce="export the config from Portkey, or keep it as JSON beside the code",
    source="https://portkey.ai/docs/api-reference/inference-api/config-object",
    traps=(
        "`retry.attempts` leaves the first try out: `attempts` is one more.",
        "Retries and timeouts are inherited by nested targets, and counted for each of them.",
        "Without `request_timeout` nothing bounds an attempt: the text `off`.",
        "`loadbalance` over several targets is no fallback.",
        "Targets of one provider or key share their fate: `fallback.shared`.",
        "The server's `conf.json` (plugins, credentials) is another kind, and is not read.",
        "API keys are compared and never copied.",
    ),
)
