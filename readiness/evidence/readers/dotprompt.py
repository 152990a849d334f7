"""A dotprompt file in (`.prompt`); its model, parameters and the digest with its partials out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.evals.prompt_file import METRICS, prompt_facts, prompt_problems
from readiness.evidence.evals.prompts import front_matter, head_of
from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.model.fact import Problem, Strength
from readiness.model.text import and_list
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_COMMENT = pattern(r"\{\{~?!(--)?")
_LONG, _SHORT = pattern(r"--~?\}\}"), pattern(r"\}\}")
_PARTIAL = pattern(r"\{\{~?#?>[ \t]{0,50}([^\s}~]{1,200})[^}{]{0,500}\}\}")
_HELPER = pattern(r"\{\{\s*(?:role|history|media|section)\b")
_SCHEMA = pattern(r"^(?:input|output):[ \t]*\n[ \t]+(?:schema|default|format):", re.MULTILINE)
_NAME = pattern(r"[\w./-]+")
_DEEPEST = 20


def sniff(head: bytes) -> int:
    """Return 90 for front matter over Handlebars with a role or an input schema, else 0."""
    text = head.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    settings, body = head_of(text) if "\0" not in text else ("", "")
    if not settings or "{{" not in body:
        return 0
    helped, typed = bool(_HELPER.search(body)), bool(_SCHEMA.search(settings))
    return 90 if helped or (typed and re.search(r"^model:", settings, re.MULTILINE)) else 0


def refers(source: Source) -> list[str]:
    """Return the files of the partials: `{{>header}}` is in `_header.prompt` beside the prompt."""
    try:
        names = _PARTIAL.findall(_sent(source.text))
    except Unreadable:
        return []
    return [_file(name) for name in dict.fromkeys(names) if _NAME.fullmatch(name)]


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a prompt.

    Raises:
        Unreadable: no front matter, or no prompt below it.
    """
    front = front_matter(source)
    model = front.settings["model"]
    missing: dict[str, None] = {}
    text = _expanded(front.body, source, (), missing)
    problems = [*prompt_problems(front, model)]
    if missing:
        message = f"what the model is sent is not known: {and_list(missing)} not beside it"
        help_ = "keep partials as _NAME.prompt beside the prompt"
        at = source.at(front.line)
        problems.append(Problem("inconclusive", "partials", message, at, help_))
    sent = None if missing else text
    facts = tuple(prompt_facts(front, source, model, front.settings["config"], sent))
    return Reading(facts, tuple(problems))


def _sent(text: str) -> str:
    """Return a text without its comments: `{{! … }}`, or `{{!-- … --}}`, which may hold braces."""
    kept, place = [], 0
    while comment := _COMMENT.search(text, place):
        kept.append(text[place : comment.start()])
        end = (_LONG if comment[1] else _SHORT).search(text, comment.end())
        if end is None:
            return "".join((*kept, text[comment.start() :]))
        place = end.end()
    return "".join((*kept, text[place:]))


def _file(name: str) -> str:
    folder, _, last = name.rpartition("/")
    return f"{folder}/_{last}.prompt" if folder else f"_{last}.prompt"


def _expanded(text: str, source: Source, within: tuple[str, ...], missing: dict[str, None]) -> str:
    """Return a text with its partials written out; those that are not there are noted."""

    def one(match: re.Match[str]) -> str:
        name = match[1]
        partial = source.companions.get(_file(name))
        if partial is None or name in within or len(within) >= _DEEPEST:
            missing[f"`{name[:40]}`"] = None
            return match[0]
        body = head_of(partial.text)[1] or partial.text
        return _expanded(body.strip("\n"), source, (*within, name), missing)

    return _PARTIAL.sub(one, _sent(text))


READER = Reader(
    id="dotprompt",
    title="dotprompt",
    summary="A prompt with its model and parameters, and the digest of what the model is sent.",
    sniff=sniff,
    read=read,
    refers=refers,
    strength=Strength.documented,
    shape="markdown",
    metrics=METRICS,
    produce="keep the prompt the service loads as chat.prompt",
    source="https://google.github.io/dotprompt/reference/frontmatter",
    traps=(
        "Comments (a licence) may stand before the front matter.",
        "A partial is part of the prompt: the digest is of the text with all of them written out.",
        "A partial that is not beside the prompt, or a dynamic one: inconclusive, and no digest.",
        "Handlebars comments are not sent, and not digested.",
        "`---` in the body is text.",
        "A schema that is no YAML, as `{ name: string }[]`, makes the settings unreadable.",
    ),
)
