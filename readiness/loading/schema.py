"""JSON Schemas (draft-07, for editors) of the files that people write, made from the models."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from readiness.model.checklist import Checklist
from readiness.model.decisions import Decisions
from readiness.model.launch import Launch
from readiness.patterns import pattern

if TYPE_CHECKING:
    from readiness.model.base import Model

Kind = Literal["launch", "checklist", "decisions"]
KINDS: tuple[Kind, ...] = ("launch", "checklist", "decisions")
DRAFT = "http://json-schema.org/draft-07/schema#"
_MODELS: dict[str, type[Model]] = {"launch": Launch, "checklist": Checklist, "decisions": Decisions}
_TITLES = {
    "launch": "readiness launch (readiness.yaml)",
    "checklist": "readiness checklist",
    "decisions": "readiness decisions (decisions.yaml)",
}
_BINDING = {"$ref": "#/definitions/BindingFields"}
_ENTRY = {"$ref": "#/definitions/MapEntry"}
_PATCHED = ("Item", "Requirement")
_KEEP = {"Item": ["id"], "Requirement": []}
_ATTRIBUTE = pattern(r"^ {4,}(\w+): (.*?)(?=^ {4,}\w+: |\Z)", re.MULTILINE | re.DOTALL)


def schema(kind: Kind) -> dict[str, Any]:
    """Return the schema of one kind of file, keys in the models' order."""
    draft: dict[str, Any] = _draft_07(_MODELS[kind].model_json_schema())
    definitions: dict[str, Any] = draft.pop("definitions", {})
    for definition in (draft, *definitions.values()):
        _describe(definition)
    if kind == "checklist":
        _allow_patches(draft, definitions)
    return {
        "$schema": DRAFT,
        "title": _TITLES[kind],
        **{key: value for key, value in draft.items() if key != "title"},
        "definitions": dict(sorted(definitions.items())),
    }


def _draft_07(value: Any) -> Any:
    """Rename what 2020-12 renamed, and drop the titles that only repeat a key."""
    if isinstance(value, list):
        return [_draft_07(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for key, entry in value.items():
        if key == "$defs":
            result["definitions"] = _draft_07(entry)
        elif key == "prefixItems":
            result["items"] = _draft_07(entry)
        elif key == "$ref":
            result[key] = entry.replace("#/$defs/", "#/definitions/")
        elif key == "properties":
            result[key] = {name: _untitled(_draft_07(field)) for name, field in entry.items()}
        else:
            result[key] = _draft_07(entry)
    return _short_form(_without_null(result))


def _short_form(field: dict[str, Any]) -> dict[str, Any]:
    """Allow what the models read as shorter forms: a path for a binding, one entry for a list."""
    if field == _BINDING:
        text = {"type": "string", "minLength": 1}
        return {"anyOf": [text, {"type": "array", "items": text, "minItems": 1}, field]}
    if field.get("type") == "array" and field.get("items") == _ENTRY:
        return {"anyOf": [_ENTRY, field]}
    return field


def _untitled(field: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in field.items() if key not in {"title", "default"}}


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """Write `X or null` as X: a key that is not given is left out."""
    options = field.get("anyOf")
    if not options or {"type": "null"} not in options:
        return field
    rest = [option for option in options if option != {"type": "null"}]
    others = {key: value for key, value in field.items() if key != "anyOf"}
    if len(rest) > 1:
        return {**others, "anyOf": rest}
    return {"allOf": rest, **others} if "$ref" in rest[0] else {**rest[0], **others}


def _describe(definition: dict[str, Any]) -> None:
    """Move the `Attributes:` of a docstring to the keys they describe."""
    text, _, attributes = definition.get("description", "").partition("Attributes:")
    if text.strip():
        definition["description"] = _one_line(text)
    for name, words in _ATTRIBUTE.findall(attributes):
        field = definition["properties"].get(name)
        if field is not None:
            field = {"allOf": [{"$ref": field.pop("$ref")}]} if "$ref" in field else field
            definition["properties"][name] = {"description": _one_line(words), **field}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _allow_patches(draft: dict[str, Any], definitions: dict[str, Any]) -> None:
    """With `extends`, an item may be one that changes an item of an extended checklist."""
    for name in _PATCHED:
        patch = {**definitions[name], "required": _KEEP[name]}
        patch["properties"] = dict(patch["properties"])
        patch["description"] = f"{patch['description']} Here: the keys that change."
        definitions[f"{name}Patch"] = patch
    evidence = definitions["ItemPatch"]["properties"]["evidence"]
    definitions["ItemPatch"]["properties"]["evidence"] = {
        **evidence, "items": {"$ref": "#/definitions/RequirementPatch"}
    }  # fmt: skip
    items = draft["properties"]["items"]
    draft["properties"]["items"] = {k: v for k, v in items.items() if k != "items"}
    draft["if"] = {"required": ["extends"], "properties": {"extends": {"minItems": 1}}}
    for branch, name in (("then", "ItemPatch"), ("else", "Item")):
        draft[branch] = {"properties": {"items": {"items": {"$ref": f"#/definitions/{name}"}}}}
