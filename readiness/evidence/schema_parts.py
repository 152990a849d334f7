"""Parts of a JSON Schema: its keywords, merged schemas, and names of branches."""

from __future__ import annotations

import json
from typing import Any

Schema = dict[str, Any]
TYPES = {"string", "number", "integer", "boolean", "object", "array", "null"}
ANNOTATIONS = {
    "$schema", "$id", "id", "$comment", "$defs", "definitions", "$anchor", "title", "description",
    "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "xml", "externalDocs",
    "discriminator", "version",
}  # fmt: skip
READ = {
    "$ref", "allOf", "anyOf", "oneOf", "type", "nullable", "enum", "const", "properties",
    "required", "items", "additionalProperties",
}  # fmt: skip
VOCABULARY = ANNOTATIONS | READ | {
    "$vocabulary", "not", "if", "then", "else", "dependencies", "dependentRequired",
    "dependentSchemas", "patternProperties", "propertyNames", "unevaluatedProperties",
    "unevaluatedItems", "prefixItems", "contains", "minContains", "maxContains", "minItems",
    "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "format", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties",
    "contentEncoding", "contentMediaType", "$dynamicRef", "$dynamicAnchor", "additionalItems",
}  # fmt: skip


def canonical(value: Any) -> str:
    """Return JSON with sorted keys and without white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def name(branch: Any, index: int) -> str:
    """Return what tells a branch from the others: its reference, title, constant or type."""
    if not isinstance(branch, dict):
        return str(index)
    if isinstance(branch.get("$ref"), str):
        return str(branch["$ref"].rpartition("/")[2])
    if isinstance(branch.get("title"), str):
        return str(branch["title"])
    properties = branch.get("properties")
    for part in properties.values() if isinstance(properties, dict) else ():
        if isinstance(part, dict) and isinstance(part.get("const"), str):
            return str(part["const"])
    given = branch.get("type")
    return given if isinstance(given, str) and given != "object" else str(index)


def constant(branch: Any) -> bool:
    """Tell whether a branch names its values."""
    return isinstance(branch, dict) and ("const" in branch or isinstance(branch.get("enum"), list))


def plain(branch: Any) -> bool:
    """Tell whether a branch gives a type and nothing else."""
    rules = {key for key in branch if key not in ANNOTATIONS} if isinstance(branch, dict) else {}
    return rules == {"type"} and isinstance(branch["type"], str)


def type_of(value: Any) -> str:
    """Return the JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def limits(schema: Schema) -> str:
    """Return the rules of a schema that are not read into a field of their own, as sorted JSON."""
    kept = {k: v for k, v in schema.items() if k not in ANNOTATIONS | READ and k[:2] != "x-"}
    if isinstance(schema.get("$ref"), str):
        kept["$ref"] = schema["$ref"]
    return canonical(kept) if kept else ""


def merged(parts: list[Schema]) -> Schema:
    """Return one schema that asks for what all of some do."""
    merged: Schema = {}
    for part in parts:
        for key, value in part.items():
            if key == "const":
                merged["enum"] = [value]
            elif key not in merged or merged[key] == value:
                merged[key] = value
            else:
                merged[key] = _both(key, merged[key], value)
    return merged


def _both(key: str, one: Any, other: Any) -> Any:
    """Return what both of two values of a keyword ask for; of what is not known, both."""
    if key == "properties" and isinstance(one, dict) and isinstance(other, dict):
        both = {k: {"allOf": [one[k], other[k]]} for k in one.keys() & other.keys()}
        return {**one, **other, **both}
    if key == "required" and isinstance(one, list) and isinstance(other, list):
        return [*one, *(name for name in other if name not in one)]
    if key == "additionalProperties":
        return False if False in (one, other) else one
    if key in ("type", "enum"):
        first, second = (v if isinstance(v, list) else [v] for v in (one, other))
        return [value for value in first if value in second]
    if key in ANNOTATIONS:
        return one
    return [one, other]
