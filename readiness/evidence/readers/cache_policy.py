"""A cache policy in; what answer caches are keyed by, how long they keep, what they omit, out.

Our own format: the settings of caches lie in code, and no tool writes down all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, is_template, read_documents
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.settings import Labels, Settings, labels, wrong_kind
from readiness.model.fact import Strength
from readiness.model.quantity import parse
from readiness.model.text import and_list, did_you_mean

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

SCHEMA = "readiness/cache-policy@1"
_KEYS = ("name", "kind", "key", "ttl", "threshold", "excluded")
_PARTS = (
    "question", "prompt", "model", "parameters", "locale", "tenant", "user", "tools", "schema",
    "index",
)  # fmt: skip
_KINDS = ("exact", "semantic", "off")
_HELP = f"write `schema: {SCHEMA}` and `caches:`, a list of {', '.join(_KEYS)}"


def sniff(head: bytes) -> int:
    """Return 95 for the schema's name beside `caches`, else 0."""
    return 95 if SCHEMA.encode() in head and b"caches" in head and b"\n```" not in head else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a policy.

    Raises:
        Unreadable: none, or one that is not laid out as its schema says.
    """
    (root, *more) = read_documents(source)
    if not isinstance(root.value, dict) or root["schema"].value != SCHEMA or more:
        raise wrong_kind("this is no cache policy", root.at, _HELP)
    _only(root, ("schema", "caches"))
    settings = Settings()
    names: set[str] = set()
    caches = list(root["caches"].list())
    for cache in caches:
        _only(cache, _KEYS)
        name = cache["name"].text
        if not name or name in names:
            message = "a cache has no name, or that of another"
            raise Unreadable("malformed", message, cache.at, "give each cache a name of its own")
        names.add(name)
        _cache(settings, cache, labels(cache=name))
    settings.put("caches", len(caches), "", root["caches"].at)
    if not caches:
        message = "the policy names no cache"
        settings.unproven("no-caches", message, root["caches"].at, "write `kind: off` if none is")
    return Reading(settings.facts, tuple(settings.problems))


def _only(part: Part, allowed: tuple[str, ...]) -> None:
    for name, inside in part.items():
        if name not in allowed:
            hint = did_you_mean(name, allowed) or f"its keys are {and_list(allowed)}"
            raise Unreadable("unknown-key", f"`{name[:60]}` is no key here", inside.at, hint)


def _cache(settings: Settings, cache: Part, names: Labels) -> None:
    """Add the facts of one cache; of one that is off nothing more is asked."""
    kind = cache["kind"]
    # YAML 1.1 takes a bare `off` for false
    word = "off" if kind.value is False else kind.text
    if word not in _KINDS:
        message = f"`kind` is `{word[:40]}`" if kind else "a cache has no `kind`"
        settings.wrong("malformed", message, kind.at, f"one of {and_list(_KINDS, last='or')}")
        return
    settings.put("cache.on", word != "off", "", kind.at, names)
    settings.put("cache.kind", word, "", kind.at, names)
    if word == "off":
        return
    _key(settings, cache["key"], names)
    _lifetime(settings, cache["ttl"], names)
    _threshold(settings, cache["threshold"], names, semantic=word == "semantic")
    _excluded(settings, cache["excluded"], names)


def _key(settings: Settings, key: Part, names: Labels) -> None:
    """Add the parts of the key, and of each part that there may be whether it is one."""
    parts = list(key.list())
    if not parts:
        message = "a cache has no `key`: what keeps two answers apart?"
        settings.wrong("no-key", message, key.at, f"list its parts: {', '.join(_PARTS)}")
        return
    for part in parts:
        if part.text not in _PARTS and not part.text.startswith("own:"):
            hint = did_you_mean(part.text, _PARTS) or f"one of {', '.join(_PARTS)}, or `own:NAME`"
            settings.wrong("malformed", f"`{part.text[:40]}` is no part of a key", part.at, hint)
    written = [part.text for part in parts]
    settings.put("cache.key", ", ".join(written)[:500], "", key.at, names)
    for name in _PARTS:
        own = tuple(sorted((*names, ("part", name))))
        settings.put("cache.keyed", name in written, "", key.at, own)


def _lifetime(settings: Settings, ttl: Part, names: Labels) -> None:
    """Add the time to live; `never` is the text `off`, for which no limit holds."""
    if ttl.text == "never":
        settings.put("cache.ttl", "off", "", ttl.at, names)
        message = "answers never expire"
        settings.warn("no-ttl", message, ttl.at, "let them live no longer than the index")
        return
    if is_template(ttl.text):
        message = f"`ttl` is `{ttl.text[:60]}`: its value is not known from this file"
        settings.warn("template", message, ttl.at, "give the file with its placeholders filled in")
        return
    try:
        length = parse(ttl.text)
    except ValueError:
        length = None
    if length is None or length.dimension != "time" or length.value <= 0:
        message = f"`ttl` is `{ttl.text[:40]}`, not a time" if ttl else "a cache has no `ttl`"
        settings.wrong("number", message, ttl.at, "write `ttl: 6 h`, or `ttl: never`")
        return
    settings.put("cache.ttl", float(length.value), "ms", ttl.at, names)


def _threshold(settings: Settings, part: Part, names: Labels, *, semantic: bool) -> None:
    if not semantic:
        if part:
            message = "an exact cache has no threshold"
            settings.wrong("contradiction", message, part.at, "is it `kind: semantic`?")
        return
    if not part:
        message = "a semantic cache has no `threshold`"
        settings.wrong("no-threshold", message, part.at, "write the similarity of a hit: 0.92")
    settings.number("cache.threshold", part, names, unit="ratio")


def _excluded(settings: Settings, part: Part, names: Labels) -> None:
    """Add the intents that are never cached; an empty list says that all are."""
    if part.value is None:
        message = "the policy does not say which intents are left out"
        settings.warn("no-excluded", message, part.at, "write `excluded: []` if none is")
        return
    intents = [entry.text for entry in part.list()]
    if not all(intents):
        settings.wrong("malformed", "an intent is no text", part.at, "list names of intents")
        return
    settings.put("cache.excluded", ", ".join(intents)[:500] or "none", "", part.at, names)


_CACHE = ("cache",)
READER = Reader(
    id="cache-policy",
    title="cache policy",
    summary="What answer caches are keyed by, how long they keep, and what they leave out.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("caches", "", "caches in the policy"),
        Metric("cache.on", "", "whether it is used", _CACHE),
        Metric("cache.kind", "", "exact, semantic or off", _CACHE),
        Metric("cache.key", "", "parts of its key", _CACHE),
        Metric("cache.keyed", "", "whether a part is in its key", ("cache", "part")),
        Metric("cache.ttl", "ms", "how long an answer lives, or the text `off`", _CACHE),
        Metric("cache.threshold", "ratio", "similarity from which a neighbour is a hit", _CACHE),
        Metric("cache.excluded", "", "intents that are never cached, or `none`", _CACHE),
    ),
    produce=(
        "cat > cache-policy.yaml <<'END'\nschema: readiness/cache-policy@1\ncaches:\n"
        "  - name: answers\n    kind: semantic                # exact, semantic or off\n"
        "    key: [question, prompt, model, locale, tenant, tools]\n    ttl: 6 h\n"
        "    threshold: 0.92\n    excluded: [order-status]      # intents about one person\nEND"
    ),
    source="this page",
    traps=(
        "A policy is a claim: let the service load this file, or test that it does as it says.",
        "`ttl: never` is the text `off`: no limit holds for it. A cache without `ttl` is refused.",
        "Parts of a key have fixed names, so that `language` is not taken for `locale`.",
        "`excluded` that is absent is not known; `[]` says that every intent is cached.",
        "An exact cache with a threshold, or a semantic one without, is a contradiction.",
    ),
)
