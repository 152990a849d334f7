"""A prompt file with front matter to facts: its name, model, parameters and digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from readiness.evidence.evals.cases import short
from readiness.evidence.evals.prompts import digest, parameters_text, placeholders, plain_text
from readiness.evidence.reader import Metric
from readiness.model.fact import Fact, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.evidence.documents import Part
    from readiness.evidence.evals.prompts import FrontMatter
    from readiness.evidence.reader import Source

_SECRET = ("key", "token", "secret", "endpoint", "password", "credential", "connection")
METRICS = (
    Metric("prompt.id", "", "its name, else that of the file", ("prompt",)),
    Metric("prompt.version", "", "its version, where it says one", ("prompt",)),
    Metric("prompt.model", "", "the model it is sent to", ("prompt",)),
    Metric("prompt.parameters", "", "its parameters, as sorted JSON", ("prompt",)),
    Metric("prompt.sha256", "", "of its body, normalised", ("prompt",)),
)


def prompt_facts(
    front: FrontMatter,
    source: Source,
    model: Part,
    parameters: Part,
    text: str | None,
) -> Iterator[Fact]:
    """Yield what a prompt file says.

    Args:
        front: the file, split.
        source: where it came from.
        model: its model.
        parameters: its parameters; `{}` where there are none, for then defaults are in force.
        text: what the model is sent, placeholders not filled in; None where that is not known.
    """
    settings, top = front.settings, source.at(front.line)
    stem = source.path.rpartition("/")[2].rsplit(".", 1)[0]
    name = plain_text(settings["name"]) or stem
    labels = (("prompt", short(name) or "prompt"),)
    at = settings["name"].at if plain_text(settings["name"]) else top
    yield Fact("prompt.id", name, "", at, labels)
    if version := plain_text(settings["version"]):
        yield Fact("prompt.version", version, "", settings["version"].at, labels)
    if text is not None:
        yield Fact("prompt.sha256", digest(text), "", top, labels, None, "derived")
    if known := plain_text(model):
        yield Fact("prompt.model", known, "", model.at, labels)
    given = {
        key: part.value
        for key, part in (parameters.items() if isinstance(parameters.value, dict) else ())
        if not any(word in key.lower() for word in _SECRET) or key.lower().endswith("tokens")
    }
    origin: Literal["file", "tool-default"] = "file" if parameters else "tool-default"
    yield Fact("prompt.parameters", parameters_text(given), "", parameters.at, labels, None, origin)


def prompt_problems(front: FrontMatter, model: Part) -> Iterator[Problem]:
    """Yield what is left open: a placeholder for the model, or none at all."""
    yield from placeholders(model, front.settings["version"])
    if not model:
        message = "the prompt does not say which model it is for"
        yield Problem("warning", "no-model", message, front.settings.at, "name it in the file")
