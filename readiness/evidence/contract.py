"""A JSON Schema to its fields: path, types, whether required, values, limits, whether closed.

References within the document are followed, `allOf` is merged, a branch that is only null makes a
field nullable, and other branches of `anyOf` and `oneOf` are told apart by name. What has no
meaning here (`not`, `if`, a reference elsewhere) is kept as a limit, so that a change of it shows.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.reader import Unreadable
from readiness.evidence.schema_parts import (
    TYPES,
    Schema,
    canonical,
    constant,
    limits,
    merged,
    name,
    plain,
    type_of,
)
from readiness.evidence.structured import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from readiness.errors import Location

Steps = tuple[str | int, ...]
Chain = tuple[str, ...]  # references that lead here
ROOT = "/"
_MOST = 4_000  # fields; more is no contract that anybody reads
_DEEPEST = 60
_LOOKS = 40_000
_CHAIN = 200


class Branch(NamedTuple):
    """One branch of `anyOf` or `oneOf`."""

    name: str
    schema: Any
    steps: Steps


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
        self._looks = 0

    def value_at(self, steps: Steps) -> Any:
        value = self._root
        for step in steps:
            value = value[step]
        return value

    def visit(
        self, raw: Any, steps: Steps, path: str, required: bool, chain: Chain
    ) -> Iterator[Field]:
        """Yield a schema's field and those below it; a reference to what is around it ends it."""
        if path.count("/") > _DEEPEST:
            raise self._wrong("too-deep", "the schema is nested too deeply", steps)
        schema, chain, again = self._whole(raw, steps, chain)
        branches: list[Branch] = []
        if not again:
            branches, chain, again = self._branches(schema, steps, chain)
        if again:
            told = f"as {again}|null" if schema.get("nullable") else f"as {again}"
            yield Field(path, told, required, "", "", None, steps)
            return
        types = {t for branch in branches for t in self._types(branch.schema, steps, chain)}
        types |= self._types(schema, steps, chain)
        types |= {"null"} if types and schema.get("nullable") is True else set()
        closed = schema.get("additionalProperties") is False if "object" in types else None
        enum = schema.get("enum")
        values = canonical(sorted(enum, key=canonical)) if isinstance(enum, list) else ""
        told = "|".join(sorted(types)) or "any"
        yield Field(path, told, required, values, limits(schema), closed, steps)
        for branch in branches:
            below = _join(path, f"<{escape(branch.name)}>")
            yield from self.visit(branch.schema, branch.steps, below, False, chain)
        yield from self._below(schema, steps, path, chain)

    def _below(self, schema: Schema, steps: Steps, path: str, chain: Chain) -> Iterator[Field]:
        must = schema.get("required") or []
        must = must if isinstance(must, list) else []
        properties = schema.get("properties", {})
        if not isinstance(properties, dict):
            raise self._wrong("malformed", "`properties` is no mapping", steps)
        for key, below in properties.items():
            inner = _join(path, escape(str(key)))
            yield from self.visit(below, (*steps, "properties", key), inner, key in must, chain)
        for key in must:
            if isinstance(key, str) and key not in properties:
                yield Field(_join(path, escape(key)), "any", True, "", "", None, steps)
        for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
            below = schema.get(key)
            if isinstance(below, dict) and below:
                yield from self.visit(below, (*steps, key), _join(path, mark), False, chain)

    def _whole(self, raw: Any, steps: Steps, chain: Chain) -> tuple[Schema, Chain, str]:
        """Return a schema with references and `allOf` put in; the name of a loop, if it is one."""
        self._looks += 1
        if self._looks > _LOOKS or len(chain) > _CHAIN:
            raise self._wrong("too-large", "references and `allOf` multiply without end", steps)
        if isinstance(raw, bool):
            return ({} if raw else {"not": {}}), chain, ""
        if not isinstance(raw, dict):
            raise self._wrong("malformed", "this is no schema", steps)
        parts = [{k: v for k, v in raw.items() if k not in ("$ref", "allOf")}]
        every = raw.get("allOf") or []
        if not isinstance(every, list):
            raise self._wrong("malformed", "`allOf` is no list", steps)
        reference = raw.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            if reference in chain:
                return {}, chain, reference[1:].rpartition("/")[2] or "the whole"
            chain = (*chain, reference)
            every = [self._target(reference, steps), *every]
        elif reference is not None:
            parts.append({"$ref": reference})
        led = chain
        for part in every:
            schema, longer, again = self._whole(part, steps, chain)
            if again:
                return {}, chain, again
            led = (*led, *longer[len(chain) :])
            parts.append(schema)
        return merged(parts), tuple(dict.fromkeys(led)), ""

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

    def _branches(
        self, schema: Schema, steps: Steps, chain: Chain
    ) -> tuple[list[Branch], Chain, str]:
        """Return the branches of a schema; a single one beside null is merged into it."""
        found: list[Branch] = []
        for key in ("anyOf", "oneOf"):
            given = schema.pop(key, None) or []
            if not isinstance(given, list):
                raise self._wrong("malformed", f"`{key}` is no list", steps)
            for index, branch in enumerate(given):
                if isinstance(branch, dict) and branch.get("type") == "null":
                    schema["nullable"] = True
                else:
                    found.append(Branch(name(branch, index), branch, (*steps, key, index)))
        if len(found) == 1:
            inner, longer, again = self._whole(found[0].schema, steps, chain)
            if again:
                return [], chain, again
            if not {"anyOf", "oneOf"} & inner.keys():
                schema.update(merged([schema, inner]))
                return [], longer, ""
        if found and all(constant(branch.schema) for branch in found):
            given = [b.schema.get("enum", [b.schema.get("const")]) for b in found]
            schema["enum"] = [value for values in given for value in values]
            return [], chain, ""
        if found and "type" not in schema and all(plain(branch.schema) for branch in found):
            schema["type"] = [branch.schema["type"] for branch in found]
            return [], chain, ""
        names = [branch.name for branch in found]
        for number, branch in enumerate(found):
            if names.count(branch.name) > 1:
                found[number] = branch._replace(name=f"{branch.name} {number + 1}")
        return found, chain, ""

    def _types(self, raw: Any, steps: Steps, chain: Chain) -> set[str]:
        """Return the types a schema allows; none where it allows any."""
        schema, _, again = self._whole(raw, steps, chain)
        if again:
            return {"object"}
        given = schema.get("type")
        names = given if isinstance(given, list) else [given] if given else []
        if not all(isinstance(t, str) and t in TYPES for t in names):
            raise self._wrong("malformed", f"`{str(given)[:40]}` is no type", steps)
        types = set(names)
        if not types and isinstance(schema.get("enum"), list):
            types = {type_of(value) for value in schema["enum"]}
        if not types and ("properties" in schema or "required" in schema):
            types = {"object"}
        return types | {"null"} if types and schema.get("nullable") is True else types

    def _wrong(self, code: str, message: str, steps: Steps) -> Unreadable:
        return Unreadable(code, message, self._at(steps), "give the schema as it is published")


def _join(path: str, step: str) -> str:
    return f"/{step}" if path == ROOT else f"{path}/{step}"
