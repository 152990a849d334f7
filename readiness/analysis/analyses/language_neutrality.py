"""Whether the service is made for its locales: slices of its own for each, no language in names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from readiness.analysis.analysis import Analysed, Analysis
from readiness.analysis.language import about_language, languages, leak, prose
from readiness.analysis.linked import sound
from readiness.analysis.slices import slices
from readiness.errors import Location
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.evidence import Evidence
    from readiness.model.launch import Launch

_SHOWN = 20
_SCHEMAS = {"json-schema", "openapi"}
_NEUTRAL = "name it for what it means, and carry the locale as a value beside it"


class Leak(NamedTuple):
    """A name or value that is made for one language."""

    what: str
    why: str
    at: Location


def run(launch: Launch, path: str, evidence: tuple[Evidence, ...]) -> Analysed:
    """Look for the slices of every locale, and for language in schemas and intents."""
    at = Location(path, pointer="/locales")
    if not launch.locales:
        problem = Problem(
            "inconclusive",
            "no-locales",
            "the launch does not say which locales it serves",
            at,
            "list them under `locales`",
        )
        return Analysed((), (problem,), Strength.claimed)
    facts, problems = _slices(launch, at, evidence)
    believed = sound(evidence)
    schemas = [e for e in believed if e.reader in _SCHEMAS]
    own = languages(launch.locales)
    leaks = [*_fields(schemas, own), *_intents(launch, path, believed, own)]
    if schemas:
        facts.append(Fact("language.leaks", len(leaks), "", at, (), None, "derived"))
        carried = any(about_language(_name(f.labels)) for e in schemas for f in e.facts)
        facts.append(Fact("language.explicit", carried, "", at, (), None, "derived"))
        if not carried:
            text = "no schema has a field for the language: it is guessed, or built in"
            problems.append(Problem("warning", "implicit", text, at, "carry a `locale`"))
    else:
        text = "no schema of requests, answers or session is linked: leaks cannot be told"
        hint = "link the API's schema and that of the session"
        problems.append(Problem("warning", "no-schemas", text, at, hint))
    for found in leaks[:_SHOWN]:
        text = f"{found.what}: {found.why}"
        problems.append(Problem("warning", "language-leak", text, found.at, _NEUTRAL))
    strength = min((e.strength for e in believed), default=Strength.claimed)
    return Analysed(tuple(facts), tuple(problems), strength)


def _slices(
    launch: Launch, at: Location, evidence: tuple[Evidence, ...]
) -> tuple[list[Fact], list[Problem]]:
    """Return a fact for each locale and area, and what is missing."""
    facts, problems = [], []
    found = slices(launch.locales, evidence)
    missing = [one for one in found if one.lacks]
    facts.append(Fact("slices.missing", len(missing), "", at, (), None, "derived"))
    for one in found:
        labels = (("area", one.area), ("locale", one.locale))
        facts.append(Fact("slice", not one.lacks, "", at, labels, None, "derived"))
        if one.lacks:
            text = f"{one.locale} has {one.lacks} of its own"
            hint = "measure it in this locale: an average hides the worst one"
            problems.append(Problem("warning", "no-slice", text, at, hint))
    return facts, problems


def _name(labels: tuple[tuple[str, str], ...]) -> str:
    """Return the last key of the path of a field."""
    return dict(labels).get("field", "").rpartition("/")[2]


def _fields(schemas: list[Evidence], own: frozenset[str]) -> Iterator[Leak]:
    """Yield field names and values of schemas that are made for one language."""
    for schema in schemas:
        beside: dict[tuple[str, ...], list[str]] = {}
        for fact in schema.facts:
            if fact.metric == "field.type":
                beside.setdefault(_holder(fact), []).append(_name(fact.labels))
        for fact in schema.facts:
            path, name = dict(fact.labels).get("field", ""), _name(fact.labels)
            if fact.metric == "field.type" and name not in ("", "[]", "{}"):
                why = leak(name, beside[_holder(fact)], own)
                if why:
                    yield Leak(f"the field {path}", why, fact.at)
            elif fact.metric == "field.enum" and not about_language(name):
                yield from _values(path, fact, own)


def _holder(fact: Fact) -> tuple[str, ...]:
    labels = dict(fact.labels)
    outer = labels.get("field", "").rpartition("/")[0]
    return labels.get("operation", ""), labels.get("message", ""), outer


def _values(path: str, fact: Fact, own: frozenset[str]) -> Iterator[Leak]:
    values = [value for value in json.loads(str(fact.value)) if isinstance(value, str)]
    for value in values:
        why = "it is text for people" if prose(value) else leak(value, values, own)
        if why:
            yield Leak(f"the value `{value[:40]}` of {path}", why, fact.at)


def _intents(
    launch: Launch, path: str, evidence: list[Evidence], own: frozenset[str]
) -> Iterator[Leak]:
    """Yield intents that exist for one language."""
    places: dict[str, Location] = {}
    for name, domain in launch.failure_domains.items():
        at = Location(path, pointer=f"/failure_domains/{name}/intents")
        for intent in domain.intents:
            places.setdefault(intent, at)
    for fact in (fact for found in evidence for fact in found.facts):
        for key, value in fact.labels:
            if key == "intent":
                places.setdefault(value, fact.at)
    for intent, at in sorted(places.items()):
        if why := leak(intent, places, own):
            yield Leak(f"the intent `{intent[:40]}`", why, at)


ANALYSIS = Analysis(
    id="language-neutrality",
    title="Language neutrality",
    run=run,
    metrics=(
        ("slice", "", "whether there is a figure of its own; labels area, locale"),
        ("slices.missing", "", "areas (routing, retrieval, safety) without one, over all locales"),
        ("language.leaks", "", "fields, values and intents made for one language"),
        ("language.explicit", "", "whether a schema has a field for the language"),
    ),
    formula="for each locale of the launch: a figure with its label `locale` of routing (by "
    "intent), of retrieval or documents in the index, and of safety (guardrails in both "
    "directions). A name leaks if it is not ASCII, names a language or locale, or has a language "
    "code of the launch, or one beside twins, as its first or last word; a value also if it is "
    "text for people",
    source="W3C, Internationalization Best Practices for Spec Developers, sections on language and "
    "locale; BCP 47",
    example="slices.missing = 0, language.leaks = 0",
)
