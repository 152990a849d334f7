"""A JSON Schema to its fields: path, types, whether required, values, limits, whether closed.

References within the document are followed, `allOf` is merged, a branch that is only null makes a
field nullable, and other branches of `anyOf` and `oneOf` are told apart by name. What has no
meaning here (`not`, `if`, a reference elsewhere) is kept as a limit, so that a change of it shows.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.reader import Unreadable
from readiness.evidence.structured import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from readiness.errors import Location

Steps = tuple[str | int, ...]
Schema = dict[str, Any]
ROOT = "/"
_MOST = 4_000  # fields; more is no contract that anybody reads
_DEEPEST = 60
_TYPES = {"string", "number", "integer", "boolean", "object", "array", "null"}
_ANNOTATIONS = {
    "$schema", "$id", "id", "$comment", "$defs", "definitions", "$anchor", "title", "description",
    "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "xml", "externalDocs",
    "discriminator", "version",
}  # fmt: skip
_READ = {
    "$ref", "allOf", "anyOf", "oneOf", "type", "nullable", "enum", "const", "properties",
    "required", "items", "additionalProperties",
}  # fmt: skip
VOCABULARY = _ANNOTATIONS | _READ | {
    "$vocabulary", "not", "if", "then", "else", "dependencies", "dependentRequired",
    "dependentSchemas", "patternProperties", "propertyNames", "unevaluatedProperties",
    "unevaluatedItems", "prefixItems", "contains", "minContains", "maxContains", "minItems",
    "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "format", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties",
    "contentEncoding", "contentMediaType", "$dynamicRef", "$dynamicAnchor", "additionalItems",
}  # fmt: skip


class Field(NamedTuple):
    """One field of a contract.

    Attributes:
        path: keys from the root; `[]` is an entry of a list, `{}` a key of any name, `<a>` the
            branch a of several.
        types: names of JSON types, joined by `|`; `any` where none is given.
        required: whether it must be there where what holds it is.
        enum: the values it may have, as sorted JSON; empty where any is allowed.
        limits: other rules, as sorted JSON; empty without any.
        closed: whether unknown keys are refused; None where it is no object.
        steps: where it stands.
    """

    path: str
    types: str
    required: bool
    enum: str
    limits: str
    closed: bool | None
    steps: Steps


def digest(value: Any) -> str:
    """Return the SHA-256 of a document's content: white space and order of keys do not count."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def canonical(value: Any) -> str:
    """Return JSON with sorted keys and without white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def fields(root: Any, at: Callable[[Steps], Location], steps: Steps = ()) -> list[Field]:
    """Return the fields of a schema, the schema itself first.

    Args:
        root: the document, within which references are followed.
        at: from steps to a place, for errors.
        steps: where in the document the schema stands.

    Raises:
        Unreadable: a reference that leads nowhere, a part of the wrong type, or too many fields.
    """
    walk = _Walk(root, at)
    found: list[Field] = []
    for field in walk.visit(walk.value_at(steps), steps, ROOT, True, ()):
        found.append(field)
        if len(found) > _MOST:
            message = f"the schema has over {_MOST} fields"
            raise Unreadable("too-large", message, at(steps), "give the schema of one answer")
    return found


class _Walk:
    """One document while its schemas are visited."""

    def __init__(self, root: Any, at: Callable[[Steps], Location]) -> None:
        self._root = root
        self._at = at

    def value_at(self, steps: Steps) -> Any:
        value = self._root
        for step in steps:
            value = value[step]
        return value

    def visit(
        self, raw: Any, steps: Steps, path: str, required: bool, chain: tuple[str, ...]
    ) -> Iterator[Field]:
        """Yield a schema's field and those below it; a reference to what is around it ends it."""
        if len(chain) > _DEEPEST or path.count("/") > _DEEPEST:
            raise self._wrong("too-deep", "the schema is nested too deeply", steps)
        schema, chain, again = self._whole(raw, steps, chain)
        if again:
            yield Field(path, f"as {again}", required, "", "", None, steps)
            return
        branches = self._branches(schema, steps)
        types = {t for _, branch, _ in branches for t in self._types(branch, steps)}
        types |= self._types(schema, steps) if not branches else set()
        closed = schema.get("additionalProperties") is False if "object" in types else None
        enum = schema.get("enum")
        told = "|".join(sorted(types)) or "any"
        values = canonical(sorted(enum, key=canonical)) if isinstance(enum, list) else ""
        yield Field(path, told, required, values, _limits(schema), closed, steps)
        for name, branch, place in branches:
            yield from self.visit(branch, place, _join(path, f"<{name}>"), False, chain)
        yield from self._below(schema, steps, path, chain)

    def _below(
        self, schema: Schema, steps: Steps, path: str, chain: tuple[str, ...]
    ) -> Iterator[Field]:
        must = schema.get("required") or []
        must = must if isinstance(must, list) else []
        properties = schema.get("properties") or {}
        if not isinstance(properties, dict):
            raise self._wrong("malformed", "`properties` is no mapping", steps)
        for name, below in properties.items():
            place = (*steps, "properties", name)
            yield from self.visit(below, place, _join(path, escape(str(name))), name in must, chain)
        for name in must:
            if isinstance(name, str) and name not in properties:
                yield Field(_join(path, escape(name)), "any", True, "", "", None, steps)
        for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
            below = schema.get(key)
            if isinstance(below, dict) and below:
                yield from self.visit(below, (*steps, key), _join(path, mark), False, chain)

    def _whole(
        self, raw: Any, steps: Steps, chain: tuple[str, ...]
    ) -> tuple[Schema, tuple[str, ...], str]:
        """Return a schema with references and `allOf` put in, and the name of a loop, if it is one."""
        if raw is True:
            return {}, chain, ""
        if raw is False:
            return {"type": [], "not": {}}, chain, ""
        if not isinstance(raw, dict):
            raise self._wrong("malformed", "this is no schema", steps)
        parts = [{k: v for k, v in raw.items() if k not in ("$ref", "allOf")}]
        todo: list[Any] = []
        reference = raw.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            if reference in chain:
                return {}, chain, reference.rpartition("/")[2] or "the whole"
            chain = (*chain, reference)
            todo.append(self._target(reference, steps))
        elif reference is not None:
            parts.append({"$ref": reference})
        every = raw.get("allOf")
        if every is not None and not isinstance(every, list):
            raise self._wrong("malformed", "`allOf` is no list", steps)
        for part in (*todo, *(every or ())):
            if len(chain) > _DEEPEST:
                raise self._wrong("too-deep", "references lead too deep", steps)
            schema, chain, again = self._whole(
                part, steps, (*chain, "") if part is not todo else chain
            )
            if again:
                return {}, chain, again
            parts.append(schema)
        return _merged(parts), chain, ""

    def _target(self, reference: str, steps: Steps) -> Any:
        value = self._root
        for step in filter(None, reference.removeprefix("#").split("/")):
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            elif isinstance(value, dict) and key in value:
                value = value[key]
            else:
                raise self._wrong("reference", f"`{reference[:80]}` leads nowhere", steps)
        return value

    def _branches(self, schema: Schema, steps: Steps) -> list[tuple[str, Any, Steps]]:
        """Return the branches of a schema by name; a single one beside null is merged into it."""
        found: list[tuple[str, Any, Steps]] = []
        nullable = False
        for key in ("anyOf", "oneOf"):
            given = schema.pop(key, None) or []
            if not isinstance(given, list):
                raise self._wrong("malformed", f"`{key}` is no list", steps)
            for index, branch in enumerate(given):
                if isinstance(branch, dict) and branch.get("type") == "null":
                    nullable = True
                else:
                    found.append((_name(branch, index), branch, (*steps, key, index)))
        if len(found) == 1:
            inner, _, again = self._whole(found[0][1], steps, ())
            merged = {} if again else _merged([schema, inner])
            if not again and not {"anyOf", "oneOf"} & set(merged):
                schema.update(merged)
                found = []
        elif found and all(_constant(branch) for _, branch, _ in found):
            schema["enum"] = [v for _, b, _ in found for v in b.get("enum", [b.get("const")])]
            found = []
        if nullable:
            schema["nullable"] = True
        names = [name for name, _, _ in found]
        return [
            (name if names.count(name) == 1 else f"{name} {number}", branch, place)
            for number, (name, branch, place) in enumerate(found, 1)
        ]

    def _types(self, raw: Any, steps: Steps) -> set[str]:
        """Return the types a schema allows; none where it allows any."""
        schema, _, again = self._whole(raw, steps, ())
        if again:
            return set()
        given = schema.get("type")
        types = set(given if isinstance(given, list) else [given] if given else [])
        if not all(isinstance(t, str) and t in _TYPES for t in types):
            raise self._wrong("malformed", f"`{str(given)[:40]}` is no type", steps)
        if not types and isinstance(schema.get("enum"), list):
            types = {_type_of(value) for value in schema["enum"]}
        if not types and ("properties" in schema or "required" in schema):
            types = {"object"}
        return types | {"null"} if types and schema.get("nullable") is True else types

    def _wrong(self, code: str, message: str, steps: Steps) -> Unreadable:
        return Unreadable(code, message, self._at(steps), "give the schema as it is published")


def _join(path: str, step: str) -> str:
    return f"/{step}" if path == ROOT else f"{path}/{step}"


def _name(branch: Any, index: int) -> str:
    """Return what tells a branch from the others: its title, its reference, or its first constant."""
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


def _constant(branch: Any) -> bool:
    return isinstance(branch, dict) and ("const" in branch or isinstance(branch.get("enum"), list))


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _limits(schema: Schema) -> str:
    kept = {k: v for k, v in schema.items() if k not in _ANNOTATIONS | _READ and k[:2] != "x-"}
    if isinstance(schema.get("$ref"), str):
        kept["$ref"] = schema["$ref"]
    return canonical(kept) if kept else ""


def _merged(parts: list[Schema]) -> Schema:
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
    if key in _ANNOTATIONS:
        return one
    return [one, other]
