"""A Prompty file in (`.prompty`, version 1 or 2); its model, parameters and digest out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readiness.evidence.evals.prompt_file import METRICS, prompt_facts, prompt_problems
from readiness.evidence.evals.prompts import front_matter, head_of
from readiness.evidence.reader import Reader, Reading, Source
from readiness.model.fact import Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.evidence.documents import Part
    from readiness.model.checklist import FactMap

_ROLE = pattern(
    r"^[ \t]*(?:#[ \t]*)?(system|user|assistant|developer)[ \t]*(\[[^\]\n]*\])?:[ \t]*$",
    re.MULTILINE,
)
_INCLUDED = pattern(r"\{%-?\s*(?:include|import|extends|from)\b|\$\{file:")


def sniff(head: bytes) -> int:
    """Return 90 for front matter with a model over lines that name a role, else 0."""
    text = head.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    settings, body = head_of(text) if "\0" not in text else ("", "")
    if not re.search(r"^model:", settings, re.MULTILINE) or not _ROLE.search(body):
        return 0
    return 0 if re.search(r"\{\{\s*role\b", body) else 90


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a prompt.

    Raises:
        Unreadable: no front matter, or no prompt below it.
    """
    front = front_matter(source)
    model = _model(front.settings["model"])
    parameters = front.settings["model"].first("options", "parameters")
    included = _INCLUDED.search(front.body)
    text = None if included else front.body
    problems = [*prompt_problems(front, model)]
    if included:
        line = front.line + front.body[: included.start()].count("\n")
        message = "the prompt includes another file: what the model is sent is not in this one"
        help_ = "write the prompt out, or list it in a prompts.yaml"
        problems.append(Problem("inconclusive", "included", message, source.at(line), help_))
    facts = tuple(prompt_facts(front, source, model, parameters, text))
    return Reading(facts, tuple(problems))


def _model(part: Part) -> Part:
    """Return the model: `id` in version 2, a deployment or name in the configuration before."""
    if isinstance(part.value, str):
        return part
    if part["id"]:
        return part["id"]
    configuration = part["configuration"]
    return configuration.first("azure_deployment", "model", "name")


READER = Reader(
    id="prompty",
    title="Prompty",
    summary="A prompt with its model and parameters, and the digest of what the model is sent.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="markdown",
    metrics=METRICS,
    produce="keep the prompt the service loads as chat.prompty",
    source="https://prompty.ai/docs (version 1: model.configuration; version 2: model.id)",
    traps=(
        "Version 1 has `model.configuration` and `parameters`, version 2 `model.id`, `options`.",
        "A model of `${env:NAME}` is not known from this file: a warning, and no fact.",
        "The digest is of the body alone, for settings are compared by themselves.",
        "A prompt that includes another file is more than its body: inconclusive.",
        "Keys, endpoints and connections are never copied.",
    ),
)
