"""A JSON Schema in; the fields of the contract, and whether it asks for anything, out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from readiness.evidence.contract_facts import accepts_nothing, contract_facts, contract_metrics
from readiness.evidence.documents import Part, is_template, read_documents
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.schema_parts import VOCABULARY
from readiness.model.fact import Fact, Problem, Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.evidence.contract import Steps
    from readiness.model.checklist import FactMap

_YAML = pattern(rb"\A(?:#[^\n]*\n|---\n|\s)*\$schema:\s*[\"']?https?://json-schema\.org/")
_NAMED = pattern(rb"\A\s*\{\s*\"\$(?:schema|id)\"\s*:\s*\"http[^\"]{1,200}\"")
_OWN = b"json-schema.org/"
_HEAD = 65_536
_RULES = {"properties", "required", "allOf", "anyOf", "oneOf", "$ref", "items", "enum", "$defs"}


def sniff(head: bytes) -> int:
    """Return 90 for a schema by its keywords, all of them; of a long one by its first lines."""
    if _YAML.match(head):
        return 90
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] != b"{" or (b'"type"' not in text and _OWN not in text):
        return 0
    if len(head) >= _HEAD:
        return 90 if _NAMED.match(text) and _OWN in text[:500] else 0
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return 90 if _NAMED.match(text) and _OWN in text[:500] else 0
    return 90 if _is_schema(value) else 0


def _is_schema(value: Any) -> bool:
    """Tell whether all keys are a schema's, and enough of them to mean one."""
    if not isinstance(value, dict):
        return False
    own = {key for key in value if key in VOCABULARY or key[:2] == "x-"}
    dialect = value.get("$schema")
    if isinstance(dialect, str) and _OWN.decode() in dialect:
        return len(own & _RULES) > 0 or "type" in own
    return own == set(value) and value.get("type") == "object" and "properties" in own


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a schema.

    Raises:
        Unreadable: neither JSON nor YAML, no schema, or with a reference that leads nowhere.
    """
    from readiness.evidence.contract import fields  # noqa: PLC0415 - start-up time

    root = read_documents(source)[0]
    value = root.value
    if not isinstance(value, dict) or not _schema_like(value):
        message = "this has no keyword of JSON Schema"
        raise Unreadable("wrong-kind", message, source.at(1), "give the schema of the response")

    def at(steps: Steps) -> Location:
        return root.get(*steps).at

    found = fields(value, at)
    facts = (*_identity(root), *contract_facts(found, at))
    problems = []
    if accepts_nothing(found):
        text = "the schema asks for nothing: `{}` satisfies it"
        hint = "list under `required` what every answer has"
        problems.append(Problem("inconclusive", "accepts-anything", text, root.at, hint))
    problems += [_unread(field.path, at(field.steps)) for field in found if "$ref" in field.limits]
    return Reading(facts, tuple(problems))


def _schema_like(value: dict[str, Any]) -> bool:
    return any(key in value for key in (*_RULES, "type", "not", "$schema"))


def _unread(path: str, at: Location) -> Problem:
    text = f"{path} refers to another document, which is not read"
    return Problem("warning", "reference", text, at, "bundle the schema into one file")


def _identity(root: Part) -> Iterator[Fact]:
    from readiness.evidence.contract import digest  # noqa: PLC0415 - start-up time

    yield Fact("contract.sha256", digest(root.value), "", root.at, (), None, "derived")
    for metric, keys in (
        ("contract.id", ("$id", "id", "title")),
        ("contract.version", ("version", "x-version")),
        ("contract.dialect", ("$schema",)),
    ):
        part = root.first(*keys)
        if part.text and not is_template(part.text):
            yield Fact(metric, part.text[:300], "", part.at)


READER = Reader(
    id="json-schema",
    title="JSON Schema",
    summary="The response contract: its fields, which must be there, and what values they have.",
    sniff=sniff,
    read=read,
    strength=Strength.documented,
    shape="json",
    metrics=(
        Metric("contract.sha256", "", "digest of the content; layout and order do not count"),
        Metric("contract.id", "", "its `$id`, else its title"),
        Metric("contract.version", "", "its version, where it states one"),
        Metric("contract.dialect", "", "the `$schema` it is written in"),
        *contract_metrics(),
    ),
    produce="json.dumps(Answer.model_json_schema()) with pydantic, or your schema registry's file",
    source="https://json-schema.org/draft/2020-12/json-schema-validation",
    traps=(
        "A schema without `required` accepts `{}`: inconclusive, for it asks for nothing.",
        "A key in `required` without a property is a field of any type.",
        "An object is open unless `additionalProperties` is false.",
        "References within the file are followed, `allOf` is merged; loops end as `as NAME`.",
        "A branch that is only null makes a field nullable; other branches are told as `<name>`.",
        "A reference to another file is a warning: its fields are not known.",
        "A schema is what is promised: whether answers keep it has to be measured.",
    ),
)
