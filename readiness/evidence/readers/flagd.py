"""A flagd file in; for each flag whether it is on, its default, and whom else it may hit out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.settings import Labels, Settings, labels, to_number, wrong_kind
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import FactMap

_FLAGS = pattern(rb"(?m)(?:^|[\s{,])[\"']?flags[\"']?\s*:\s*(?:\{|$|#)")
_FAULT = pattern(
    r"(?i)fail(?!.?(?:safe|over|back|fast|soft))|fault|chaos|unreachable|unavailable|outage"
    r"|slow|leak|overload|high.?cpu|problem|inject|garbage|manual.?gc"
)
_STATES = {"ENABLED": True, "DISABLED": False}
_OFF = {"off", "false", "disabled", "none"}


def sniff(head: bytes) -> int:
    """Return 90 for `flags` whose entries have `variants` and a `defaultVariant` or `state`."""
    if b"variants" not in head or b"\n```" in head or not _FLAGS.search(head):
        return 0
    own = b"defaultVariant" in head or b"flagd.dev/schema" in head
    return 90 if own and b"state" in head else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a file of flags.

    Raises:
        Unreadable: neither JSON nor YAML, or without `flags`.
    """
    root = read_documents(source)[0]
    if not isinstance(root.value, dict) or not isinstance(root["flags"].value, dict):
        raise wrong_kind("there are no `flags` by name", root.at, "give the file that flagd reads")
    settings = Settings()
    evaluators = root["$evaluators"].value
    for name, flag in root["flags"].items():
        _flag(settings, name, flag, evaluators if isinstance(evaluators, dict) else {})
    return settings.reading(root["flags"].at, "the file holds no flag")


def _flag(settings: Settings, name: str, flag: Part, evaluators: dict[str, object]) -> None:
    """Add the facts of one flag."""
    names = labels(flag=name)
    state = _STATES.get(flag["state"].text)
    variants = dict(flag["variants"].items())
    default = flag["defaultVariant"]
    wrong = ""
    if state is None:
        wrong = f"the state of {name} is `{str(flag['state'].value)[:20]}`, not ENABLED or DISABLED"
    elif not variants:
        wrong = f"{name} has no variants"
    elif default and str(default.value) not in variants:
        wrong = f"the default of {name}, `{str(default.value)[:40]}`, is none of its variants"
    if wrong:
        settings.wrong("malformed", wrong, flag.at, "flagd refuses the flag: mend it")
        return
    settings.put("flag.enabled", bool(state), "", flag["state"].at, names)
    settings.put("flag.variants", len(variants), "", flag["variants"].at, names)
    shown = str(default.value) if default else ""
    if shown:
        settings.put("flag.default", shown, "", default.at, names)
    on = bool(state) and bool(shown) and _on(shown, variants[shown])
    settings.put("flag.on", on, "", (default or flag).at, names, "derived")
    others = _others(flag["targeting"].value, variants, evaluators, shown) if state else []
    if flag["targeting"]:
        settings.put("flag.targeted", bool(others), "", flag["targeting"].at, names, "derived")
        for target, share in _shares(flag["targeting"].value):
            if target in variants:
                to = labels(flag=name, target=target)
                settings.put("weight", share, "ratio", flag["targeting"].at, to, "derived")
    _notes(settings, flag, names, default=shown, enabled=bool(state))
    if _FAULT.search(f"{name} {flag['description'].text}"):
        hit = on or any(_on(other, variants[other]) for other in others)
        _fault(settings, flag, names, hit=hit)


def _notes(settings: Settings, flag: Part, names: Labels, *, default: str, enabled: bool) -> None:
    name = dict(names)["flag"]
    if not enabled:
        message = f"{name} is disabled: what the code passes as its default holds"
        settings.warn("disabled", message, flag["state"].at, "look for it in the code")
    elif not default:
        message = f"{name} has no default variant: what the code passes holds"
        settings.warn("no-default", message, flag.at, "name a `defaultVariant`")


def _fault(settings: Settings, flag: Part, names: Labels, *, hit: bool) -> None:
    settings.put("fault.on", hit, "", flag.at, names, "derived")
    if hit:
        message = f"{dict(names)['flag']} injects faults, and is on or on for some"
        settings.warn("fault-on", message, flag.at, "switch it off before the launch")


def _on(name: str, variant: Part) -> bool:
    """Tell whether a variant stands for on: by its value, a text by its name too."""
    value = variant.value
    if isinstance(value, str):
        return bool(value) and not {name.lower(), value.lower()} & _OFF
    return bool(value)


def _others(
    targeting: object, variants: dict[str, Part], evaluators: dict[str, object], default: str
) -> list[str]:
    """Return the variants besides the default that a targeting rule may name, in any place."""
    named = {text for text in _texts(targeting, evaluators, set()) if text in variants}
    return sorted(named - {default})


def _texts(rule: object, evaluators: dict[str, object], seen: set[str]) -> Iterator[str]:
    """Yield the texts of a rule; `true` and `false` of a rule are variants named so."""
    if isinstance(rule, bool):
        yield str(rule).lower()
    elif isinstance(rule, str):
        yield rule
    elif isinstance(rule, list):
        for entry in rule:
            yield from _texts(entry, evaluators, seen)
    elif isinstance(rule, dict):
        for key, value in rule.items():
            if key == "$ref" and isinstance(value, str) and value not in seen:
                yield from _texts(evaluators.get(value), evaluators, seen | {value})
            elif key not in ("var", "$ref"):
                yield from _texts(value, evaluators, seen)


def _shares(rule: object) -> Iterator[tuple[str, float]]:
    """Yield variants and their shares from every `fractional` of a rule."""
    if isinstance(rule, list):
        for entry in rule:
            yield from _shares(entry)
    elif isinstance(rule, dict):
        for key, value in rule.items():
            if key == "fractional" and isinstance(value, list):
                yield from _fractional(value)
            else:
                yield from _shares(value)


def _fractional(entries: list[object]) -> Iterator[tuple[str, float]]:
    pairs = [e for e in entries if isinstance(e, list) and e and isinstance(e[0], str)]
    weights = [to_number(pair[1]) if len(pair) > 1 else 1.0 for pair in pairs]
    total = sum(weight or 0 for weight in weights)
    for pair, weight in zip(pairs, weights, strict=True):
        if weight is not None and weight >= 0 and total > 0:
            yield pair[0], weight / total


_FLAG = ("flag",)
READER = Reader(
    id="flagd",
    title="flagd feature flags",
    summary="For each flag whether it is on, its default, whom targeting hits, injected faults.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="json",
    metrics=(
        Metric("flag.on", "", "enabled, and its default variant stands for on", _FLAG),
        Metric("flag.enabled", "", "its state", _FLAG),
        Metric("flag.default", "", "the variant that holds where no rule says otherwise", _FLAG),
        Metric("flag.variants", "", "how many variants it has", _FLAG),
        Metric("flag.targeted", "", "whether a rule may give another variant", _FLAG),
        Metric("weight", "ratio", "share of the users that get a variant", ("flag", "target")),
        Metric("fault.on", "", "whether a flag that injects faults is on for anyone", _FLAG),
    ),
    produce="give the file that `flagd start --uri file:flags.json` reads",
    source="https://flagd.dev/reference/flag-definitions/",
    traps=(
        "A DISABLED flag has no value: what the code passes as its default holds. `flag.on` is no.",
        "The default variant decides what a flag is, not the number or order of its variants.",
        "A rule may give some users another variant: `flag.targeted`, and `weight` for shares.",
        "Flags whose name or description speaks of faults inject them: on for anyone is told.",
        "A default that is none of the variants is invalid.",
    ),
)
