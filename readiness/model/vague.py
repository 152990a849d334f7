"""Texts that promise nothing: no metric, limit, load, failure or owner, or only words of comfort.

In: what a team wrote in English. Out: what is missing, and how to write it instead. The rules are
lists of words on purpose, so that everyone can see why a text was refused: docs/vague.md.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple


class Vague(NamedTuple):
    """Why a text is refused, and how to write it instead."""

    code: str
    message: str
    help: str


_NUMBER = (
    r"\b[0-9]|\b(?:zero|one|two|three|four|five|ten|half|twice|no|none|never|every|each|all)\b"
)
_WORDS = {
    "metric": r"p[0-9]{2}|percentiles?|latenc\w+|(?:error|hit|pass|failure|success|completion) "
    r"(?:rates?|ratios?)|throughput|ttft|scores?|accuracy|recall|precision|availability|slos?|"
    r"false (?:positives?|negatives?|hits?)|response times?|age|duration|coverage|"
    r"digests?|sha-?256",
    "limit": r"limits?|thresholds?|budgets?|at most|at least|under|below|above|within|"
    r"no more than|no less than|<=?|>=?|launch\.\w+|per cent|percent",
    "load": r"loads?|traffic|peaks?|rps|requests?|users?|concurren\w+|soak|stress|volume|"
    r"lookups?|calls?|sessions?|tokens?",
    "failure": r"fail\w*|outages?|downtime|(?:goes|is|are|went) down|crash\w*|timeouts?|times out|"
    r"errors?|breach\w*|leaks?|stale|wrong|broken|breaks?|cut(?:ting)? off|loss|loses?|lost|"
    r"unavailable|degraded|slow|stranger\w*|unsafe|harm\w*|attacks?|injection\w*|drills?|chaos|"
    r"aborts?|rollbacks?|rolled back|refus\w+|duplicate\w*|corrupt\w*|missing|expired?|abuse\w*",
    "owner": r"team-[\w-]+|head-of-[\w-]+|on-?call|owners?|leads?|approvers?|sre|security|legal|"
    r"privacy|support|product|[A-Z][A-Z0-9]+-[0-9]+",
}
_KINDS = (
    r"load|stress|soak|spike|capacity|chaos|fault|fail-?over|drill|game ?days?|regression|"
    r"contract|unit|integration|end-to-end|e2e|smoke|canary|shadow|replay\w*|red[- ]team\w*|"
    r"penetration|fuzz\w*|evals?|evaluation|a/b|acceptance|usability|accessibility|property|"
    r"performance|benchmark|backup|restore|locale|language"
)
_TESTING = (
    r"\b(?:more|further|additional|extra|extensive(?:ly)?|thorough(?:ly)?|proper(?:ly)?|enough|"
    r"better|continued|sufficient(?:ly)?|heavily)\s+(?:\w+\s+)?"
    r"(?:tests?|tested|testing|validation|verification|qa)\b"
)
_REDUNDANT = (
    r"\bredundan\w+|\b(?:multi|cross)-?(?:region|zone|az|cloud|provider)\w*|"
    r"\b(?:second|secondary|another|backup|spare|standby|extra) (?:\w+ )?"
    r"(?:regions?|zones?|providers?|models?|backends?|instances?|nodes?|replicas?|clusters?|stores?)"
    r"|\breplicas?\b|\bhot ?standby\b|\bhigh availability\b|\bfail-?over\b|\bmirror(?:ed|ing)?\b"
)
_SEEN = (
    r"[\"“”„«»]|\b(?:notices?|messages?|banners?|answer\w*|repl(?:y|ies|ied)|respon\w+|pages?|"
    r"texts?|show\w*|sees?|seen|told|tells?|gets?|points?|reads?|display\w*|serv(?:e|es|ed)|"
    r"users?|customers?|callers?|hand-?off|hand(?:ed)? over|person|human|agent|queue\w*|cached|"
    r"apolog\w+|faq|static|limited|read-only|search|error code|status [0-9]{3}|offers?|asks?|"
    r"stateless|prepared)\b"
)
_COMFORT = (
    r"\b(?:(?:as|if|when|where) (?:needed|necessary|required|appropriate|possible)|"
    r"appropriate(?:ly)?|adequate(?:ly)?|sufficient(?:ly)?|reasonabl[ey]|closely|best[- ]effort|"
    r"should be (?:safe|fine|ok|okay|good|enough)|robust(?:ly)?|gracefully|asap|soon|"
    r"tb[dc]|to be (?:defined|decided|determined|confirmed)|somehow|etc|hopefully|"
    r"keep an eye|be careful|good enough|works? well|well[- ]tested|production[- ]ready|"
    r"scal(?:es|able)|reliabl[ey]|resilient)\b"
)
_NAMED = (  # something that one can go to: a path, an identifier, a quoted text, a name, a role
    r"[\w-][/_@:=][\w/-]|\w\.\w\w|\b[a-z]+[A-Z]\w|\b[A-Z]{2}|[\"“”„«»‹›`]|\b\w+-\d|"
    r"(?<=[a-z,;)] )[A-Z][a-z]{2}|\b(?:team|engineer|manager|commander|vendor|customer)s?\b"
)
_LONGEST = 2_000  # characters of a step that are looked at
_ENGLISH = r"\b(?:the|an?|and|or|to|of|is|are|be|if|it|its|with|for|on|in|any|all|that|this|as)\b"
_DOING = {  # what a step begins with: how to write it so that it can be done, or be seen as done
    r"monitor|watch|observe|keep": "say which metric, up to which limit and how long: "
    "`errors stay below 1 % for 10 min`",
    r"check|verify|confirm|ensure|make|validate|look|review|investigate|identify|determine|assess|"
    r"test": "say where to look and what must be there: "
    "`components.model.state` in `/metrics.json` is `closed` for 2 min",
    r"escalate|contact|notify|inform|call|page|alert|communicate|ask": "say who, and after how "
    "long: `after 10 min: team-platform on call`",
    r"": "give the command, or what is to be pressed: `kubectl rollout undo deployment/gateway`",
}


@cache
def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)


def names(text: str) -> tuple[str, ...]:
    """Return which of metric, limit, load, failure and owner a text names."""
    found = [
        kind
        for kind, words in _WORDS.items()
        if _pattern(rf"(?<!\w)(?:{words})(?!\w)").search(text)
    ]
    if "limit" not in found and _pattern(r"\b[0-9]").search(text):
        found.append("limit")
    return tuple(found)


def empty_promise(text: str) -> Vague | None:
    """Refuse a text that names no metric, limit, load, failure or owner."""
    if names(text):
        return None
    return Vague(
        "vague",
        f"`{_shown(text)}` names no metric, limit, load, failure or owner",
        "say what must hold, up to which limit and under which load: "
        "`p95 <= 800 ms at 1.5 times the forecast peak`, or which failure, and who looks after it",
    )


def comfort(text: str) -> Vague | None:
    """Refuse a word that sounds like a limit in a text that has none."""
    word = _pattern(_COMFORT).search(text)
    if word is None or _pattern(_NUMBER).search(text) or "limit" in names(text):
        return None
    return Vague(
        "vague-word",
        f"`{word[0]}` can be neither met nor missed",
        f"put a number in its place, as in `alert when errors > 1 % for 5 min` for `{word[0]}`",
    )


def testing(text: str) -> Vague | None:
    """Refuse more testing of no kind."""
    found = _pattern(_TESTING).search(text)
    if found is None or _pattern(rf"\b(?:{_KINDS})\b").search(text):
        return None
    return Vague(
        "vague-testing",
        f"`{found[0]}` does not say which kind of test",
        "name the kind, the load and the limit: "
        "`a load test at 1.5 times the peak for 30 min, errors < 1 %`",
    )


def step(text: str) -> Vague | None:
    """Refuse a step of a runbook that the one on call cannot do, or cannot see as done.

    It is in English, and names no metric, limit, load, failure or owner, no number, and no thing
    by its name. Whether a command or a link stands with it is for the caller to tell.
    """
    text = text[:_LONGEST]
    if found := comfort(text) or testing(text):
        return found
    verb = next((v for v in _DOING if v and _pattern(rf"\W*(?:{v})\b").match(text)), "")
    english = _pattern(_ENGLISH).search(text) or verb
    named = re.search(_NAMED, text) or _pattern(_NUMBER).search(text)
    if names(text) or named or not english:
        return None
    return Vague(
        "vague-step",
        f"`{_shown(text)}` names no command, metric, limit, load, failure or owner",
        _DOING[verb],
    )


def fallback(text: str) -> Vague | None:
    """Refuse a fallback that does not say what users see meanwhile."""
    if _pattern(_SEEN).search(text):
        return None
    if found := _pattern(_REDUNDANT).search(text):
        return redundancy(text, found[0])
    return Vague(
        "fallback-unseen",
        f"`{_shown(text)}` does not say what users see",
        'add it: `answers from the FAQ with the notice "Answers are limited right now"`',
    )


def redundancy(text: str, found: str = "") -> Vague | None:
    """Refuse a second of something without what users get when both are gone."""
    word = found or ((match := _pattern(_REDUNDANT).search(text)) and match[0])
    if not word or _pattern(_SEEN).search(text):
        return None
    return Vague(
        "no-degraded-mode",
        f"`{word}` is redundancy: it says nothing about what users get when it fails too",
        "describe the degraded mode first: what is answered without it, and what users are told",
    )


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59].rstrip()}…"  # noqa: PLR2004
