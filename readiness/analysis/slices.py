"""Slices by locale: which locales have their own figures of routing, retrieval and safety."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.linked import proving
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from readiness.model.evidence import Evidence
    from readiness.model.fact import Fact

AREAS = ("routing", "retrieval", "safety")
_ROUTING = pattern(r"rout|intent|classif")
_RETRIEVAL = pattern(r"retrieval|retriever|recall|context|ndcg|mrr|grounded|faithful|citation")
_SAFETY = pattern(r"guardrail|safety|toxic|jailbreak|harm|refus|attack|injection|moderation")
_BOTH = {"guardrail.false_positive", "guardrail.false_negative"}
_QUALITY = {"pass_rate", "score", "accuracy", "recall", "precision"}


class Slice(NamedTuple):
    """What is known of one area in one locale; `lacks` says what is missing, empty for nothing."""

    locale: str
    area: str
    lacks: str


def slices(locales: Sequence[str], evidence: Iterable[Evidence]) -> list[Slice]:
    """Return a slice for each locale and area, from evidence that proves something.

    Safety needs guardrails in both directions, or another figure of safety in that locale.
    """
    facts = [fact for found in proving(evidence) for fact in found.facts]
    found = []
    for locale in locales:
        own = [fact for fact in facts if _of(fact, locale) and _counts(fact)]
        metrics = {fact.metric for fact in own if fact.metric in _BOTH}
        for area in AREAS:
            lacks = "" if any(_area(fact) == area for fact in own) else f"no figure of {area}"
            if area == "safety" and len(metrics) == 1:
                (only,) = metrics
                lacks = f"no {(_BOTH - {only}).pop()}, only {only}"
            found.append(Slice(locale, area, lacks))
    return found


def _of(fact: Fact, locale: str) -> bool:
    """Tell whether a fact speaks of a locale, or of its whole language."""
    told = dict(fact.labels).get("locale", "").casefold().replace("_", "-")
    wanted = locale.casefold().replace("_", "-")
    return bool(told) and told in (wanted, wanted.partition("-")[0])


def _counts(fact: Fact) -> bool:
    """Tell whether a figure stands for something: neither nothing counted nor no observation."""
    nothing = fact.samples == 0 or (fact.metric == "index.documents" and fact.value == 0)
    return not nothing and not isinstance(fact.value, str)


def _area(fact: Fact) -> str:
    """Return the area a fact speaks of; an empty text for none."""
    labels = dict(fact.labels)
    words = f"{fact.metric} {labels.get('metric', '')} {labels.get('probe', '')}".casefold()
    if _SAFETY.search(words):
        return "safety"
    if fact.metric == "index.documents" or _RETRIEVAL.search(words):
        return "retrieval"
    judged = fact.metric in _QUALITY or fact.metric.rpartition(".")[2] in _QUALITY
    if _ROUTING.search(words) or (judged and "intent" in labels):
        return "routing"
    return ""
