"""A prompt manifest in (`prompts.yaml`); which prompt is deployed, and where a rollback leads, out.

Our own format: no tool keeps version, digest, model, parameters and the way back in one file.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

from readiness.evidence.documents import Part, read_documents
from readiness.evidence.evals.prompts import (
    SHA256,
    digest,
    parameters_text,
    placeholders,
    plain_text,
)
from readiness.evidence.mapping import read_moment
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.model.fact import Fact, Problem, Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.model.checklist import FactMap

SCHEMA = "readiness/prompts@1"
_MARK = SCHEMA.encode()
_PIN = "write the output of `sha256sum FILE`"


class _Entry(NamedTuple):
    """One version of a prompt, what its file holds (None where it is not there), and its digest."""

    part: Part
    id: str
    version: str
    file: Source | None
    sha256: str


def sniff(head: bytes) -> int:
    """Return 95 for the schema's name beside a list of prompts, else 0."""
    return 95 if _MARK in head and b"prompts" in head.replace(_MARK, b"") else 0


def refers(source: Source) -> list[str]:
    """Return the files of the prompts."""
    try:
        parts = read_documents(source)
        if parts[0]["schema"].value != SCHEMA:
            return []
        return [name for part in parts[0]["prompts"].list() if (name := part["file"].text)]
    except Unreadable:
        return []


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a manifest.

    Raises:
        Unreadable: none, or one that is not laid out as its schema says.
    """
    (root, *more) = read_documents(source)
    if root["schema"].value != SCHEMA or more:
        message = f"this is no prompt manifest: `schema` is not {SCHEMA}"
        raise Unreadable("wrong-kind", message, root.at, f"begin it with `schema: {SCHEMA}`")
    entries = [_entry(part, source) for part in root["prompts"].list()]
    if not entries:
        help_ = "list each version: id, version, file, sha256, model, parameters, previous"
        problem = Problem("inconclusive", "no-prompts", "no prompt is listed", root.at, help_)
        return Reading((), (problem,))
    known: dict[tuple[str, str], _Entry] = {}
    for entry in entries:
        if (entry.id, entry.version) in known:
            message = f"`{entry.id}` {entry.version} is listed twice"
            raise Unreadable("duplicate", message, entry.part.at, "a version never changes")
        known[entry.id, entry.version] = entry
    facts: list[Fact] = []
    problems: list[Problem] = []
    unseen = False
    for name in dict.fromkeys(entry.id for entry in entries):
        active = _active(name, root["active"], known)
        facts += _facts(active, known)
        problems += _problems(active, known)
        unseen = unseen or active.file is None
    for entry in entries:
        problems += _digest(entry)
    strength = Strength.claimed if unseen else None
    return Reading(tuple(facts), tuple(problems), strength=strength)


def _entry(part: Part, source: Source) -> _Entry:
    texts = {key: _text(part, key) for key in ("id", "version", "file")}
    stated = part["sha256"].text.lower()
    if part["sha256"] and not SHA256.fullmatch(stated):
        message = "`sha256` is no digest of 64 hexadecimal digits"
        raise Unreadable("malformed", message, part["sha256"].at, _PIN)
    return _Entry(part, texts["id"], texts["version"], source.companions.get(texts["file"]), stated)


def _text(part: Part, key: str) -> str:
    text = plain_text(part[key])
    if not text.strip():
        help_ = "each prompt has an id, a version and a file"
        raise Unreadable("malformed", f"a prompt has no `{key}`", part.at, help_)
    return text


def _active(name: str, stated: Part, known: dict[tuple[str, str], _Entry]) -> _Entry:
    """Return the version in force: as `active` says, else the one that no other goes back to."""
    if version := stated[name].text:
        if (name, version) not in known:
            message = f"`active` names {version} of `{name}`, which is not listed"
            raise Unreadable("unknown-version", message, stated[name].at, "list that version")
        return known[name, version]
    own = [entry for (id_, _), entry in known.items() if id_ == name]
    left = {entry.part["previous"].text for entry in own}
    heads = [entry for entry in own if entry.version not in left]
    if len(heads) != 1:
        message = f"which version of `{name}` is in force cannot be told"
        raise Unreadable("ambiguous", message, own[0].part.at, f"say so: `active: {{{name}: …}}`")
    return heads[0]


def _facts(entry: _Entry, known: dict[tuple[str, str], _Entry]) -> Iterator[Fact]:
    part, labels = entry.part, (("prompt", entry.id),)
    yield Fact("prompt.id", entry.id, "", part["id"].at, labels)
    yield Fact("prompt.version", entry.version, "", part["version"].at, labels)
    if entry.file is not None:
        at = part["file"].at
        yield Fact("prompt.sha256", digest(entry.file.text), "", at, labels, None, "derived")
    elif entry.sha256:
        yield Fact("prompt.sha256", entry.sha256, "", part["sha256"].at, labels)
    if model := plain_text(part["model"]):
        yield Fact("prompt.model", model, "", part["model"].at, labels)
    settings = part["parameters"]
    if isinstance(settings.value, dict):
        text = parameters_text({key: value.value for key, value in settings.items()})
        yield Fact("prompt.parameters", text, "", settings.at, labels)
    back = known.get((entry.id, part["previous"].text))
    if part["previous"]:
        yield Fact("prompt.previous", part["previous"].text, "", part["previous"].at, labels)
    there = back is not None and back.file is not None and back is not entry
    yield Fact("prompt.rollback", there, "", part["previous"].at, labels, None, "derived")
    if changed := part["changed"].text:
        moment = read_moment(changed, part["changed"].at)[0].astimezone(UTC)
        yield Fact("prompt.changed", moment.isoformat(), "", part["changed"].at, labels)


def _problems(entry: _Entry, known: dict[tuple[str, str], _Entry]) -> Iterator[Problem]:
    """Yield what is left open about the version in force and the one before it."""
    part, name = entry.part, f"`{entry.id}` {entry.version}"
    yield from placeholders(part["model"])
    if entry.file is None:
        kind, message = (
            "warning",
            f"the file of {name} is not beside the manifest: its digest is a claim",
        )
        if not entry.sha256:
            kind, message = "inconclusive", f"{name} has neither a file here nor a digest"
        help_ = "keep the prompt's file in the repository"
        yield Problem(kind, "unchecked", message, part["file"].at, help_)  # type: ignore[arg-type]
    elif not entry.sha256:
        message = f"{name} is not pinned: its file may change under its version"
        yield Problem("warning", "unpinned", message, part.at, _PIN)
    back = part["previous"]
    if not back:
        message = f"{name} names no `previous` version: there is no way back"
        yield Problem("warning", "no-rollback", message, part.at, "name the version before it")
    elif (target := known.get((entry.id, back.text))) is None or target.file is None:
        message = f"{back.text}, to which {name} goes back, is not here"
        help_ = "list it, and keep its file in the repository"
        yield Problem("warning", "no-rollback", message, back.at, help_)


def _digest(entry: _Entry) -> Iterator[Problem]:
    """Yield that a file is not what its digest says: neither its bytes nor its normalised text."""
    if entry.file is None or not entry.sha256:
        return
    if entry.sha256 not in (entry.file.digest, digest(entry.file.text)):
        message = f"{entry.file.path} is not what the manifest says: its sha256 is another"
        help_ = "a changed prompt is a new version, with a digest of its own"
        yield Problem("invalid", "digest", message, entry.part["sha256"].at, help_)


_PROMPT = ("prompt",)
READER = Reader(
    id="prompt-manifest",
    title="Prompt manifest",
    summary="Which version of each prompt is in force, its digest, and which one it goes back to.",
    sniff=sniff,
    read=read,
    refers=refers,
    strength=Strength.documented,
    shape="yaml",
    metrics=(
        Metric("prompt.id", "", "the prompt", _PROMPT),
        Metric("prompt.version", "", "its version in force", _PROMPT),
        Metric(
            "prompt.sha256", "", "of its normalised text, from its file if that is there", _PROMPT
        ),
        Metric("prompt.model", "", "the model it is sent to", _PROMPT),
        Metric("prompt.parameters", "", "its parameters, as sorted JSON", _PROMPT),
        Metric("prompt.previous", "", "the version it goes back to", _PROMPT),
        Metric("prompt.rollback", "", "that version is listed, and its file is here", _PROMPT),
        Metric("prompt.changed", "", "when it last changed, as stated", _PROMPT),
    ),
    produce=(
        "cat > prompts.yaml <<'END'\nschema: readiness/prompts@1\nprompts:\n"
        "  - {id: chat, version: v41, file: chat-v41.md, sha256: …, model: model-1}\n"
        "  - id: chat\n    version: v42\n    file: chat-v42.md      # beside this file\n"
        "    sha256: …              # sha256sum chat-v42.md\n    model: model-1\n"
        "    parameters: {temperature: 0.2, max_tokens: 256}\n"
        "    previous: v41          # the way back\nEND"
    ),
    source="this page",
    traps=(
        "The digest is checked against the file, by its bytes or by its normalised text.",
        "A file that is not what its digest says is invalid: a changed prompt is a new version.",
        "A digest whose file is not here is a claim, and so is the whole manifest.",
        "A rollback target exists if it is listed and its file is here, not if it is named.",
        "In force is what `active: {chat: v42}` says, else the version no other goes back to.",
        "Texts that differ in line ends or white space at the end only have the same digest.",
    ),
)
