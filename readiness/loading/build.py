"""Nodes to models: pydantic validates, and each of its errors becomes a message with a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from readiness.errors import Diagnostic, InputError
from readiness.model.base import clip
from readiness.model.text import and_list, did_you_mean, nearest

if TYPE_CHECKING:
    from readiness.strict_yaml import Node

M = TypeVar("M", bound=BaseModel)
_FOUND = {dict: "a mapping", list: "a list", type(None): "nothing"}
_SPOKEN = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_BOUNDS = {
    "string_too_long": "long", "less_than_equal": "large", "greater_than_equal": "small",
    "less_than": "large", "greater_than": "small",
}  # fmt: skip
_KINDS = {
    "string_type": "a text", "int_type": "a whole number", "bool_type": "`true` or `false`",
    "list_type": "a list", "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values", "model_attributes_type": "a mapping",
    "tuple_type": "a list", "float_type": "a number", "int_from_float": "a whole number",
}  # fmt: skip


def build(model: type[M], node: Node, *, known: type[BaseModel] | None = None) -> M:
    """Validate a node.

    Args:
        model: what it is to become.
        node: what was written.
        known: the model whose keys are suggested, if there are more than those of `model`.

    Raises:
        InputError: with one diagnostic for each thing that is wrong, in the file's order.
    """
    found = _empty_values(node) if node.document.empty else []
    result: M | None = None
    try:
        result = model.model_validate(node.data())
    except ValidationError as error:
        lines = {diagnostic.at for diagnostic in found}
        also = (_diagnostic(known or model, node, details) for details in error.errors())
        found += [diagnostic for diagnostic in also if diagnostic.at not in lines]
    if found or result is None:
        raise InputError(*sorted(set(found), key=lambda d: (d.at.line, d.at.column)))
    return result


def _empty_values(node: Node, key: Node | None = None) -> list[Diagnostic]:
    """Find keys and list entries without a value: `fresh:` must not read as "no limit"."""
    content = node.content
    if isinstance(content, dict):
        return [d for name, value in content.values() for d in _empty_values(value, name)]
    if isinstance(content, list):
        return [d for value in content for d in _empty_values(value)]
    if content is not None:
        return []
    what = f"the key `{clip(key.content)}`" if key is not None else "this entry"
    place = key if key is not None else node
    return [place.error("empty", f"{what} has no value", "write the value, or remove it")]


def _diagnostic(model: type[BaseModel], root: Node, error: Any) -> Diagnostic:
    kind, path, context = error["type"], tuple(error["loc"]), error.get("ctx", {})
    if kind == "extra_forbidden":
        node = locate(root, path, key=True)
        known = _fields(model, path[:-1])
        hint = did_you_mean(str(path[-1]), known) or f"keys here: {', '.join(known)}"
        return node.error("unknown-key", f"unknown key `{clip(path[-1])}`", hint)
    if kind == "missing":
        return _missing(model, root, path)
    if path[-1:] == ("[key]",):
        node = locate(root, path[:-1], key=True)
    else:
        node = locate(root, path)
    if kind == "value":
        node = node.get(context.get("key", "")) or node
        return node.error(
            "value",
            str(context["message"]),
            context.get("help", ""),
            offset=context.get("offset", 0),
            width=context.get("width", 0),
        )
    return _typed(node, kind, context, error["msg"])


def locate(root: Node, path: tuple[Any, ...], *, key: bool = False) -> Node:
    """Return the node at a path of pydantic's, where one value may stand for a list of one."""
    node = root
    for index, step in enumerate(path):
        if isinstance(step, int) and not isinstance(node.content, list):
            continue
        node, there = node.find((step,), key=key and index == len(path) - 1)
        if not there:
            break
    return node


def _missing(model: type[BaseModel], root: Node, path: tuple[Any, ...]) -> Diagnostic:
    """Report a missing key at its parent, or at a misspelt key that was meant to be it."""
    node = locate(root, path[:-1])
    name = str(path[-1])
    known = _fields(model, path[:-1])
    if isinstance(node.content, dict):
        for key, (key_node, _) in node.content.items():
            if key not in known and nearest(key, known)[:1] == [name]:
                found: Diagnostic = key_node.error(
                    "unknown-key", f"unknown key `{clip(key)}`", did_you_mean(key, known)
                )
                return found
    return node.error("missing-key", f"the key `{name}` is missing", f"add `{name}: …`")


def _typed(node: Node, kind: str, context: dict[str, Any], message: str) -> Diagnostic:
    """Word pydantic's own error kinds."""
    value = node.content
    shown = "" if isinstance(value, (dict, list)) else clip(_written(value))
    if kind in ("literal_error", "enum"):
        words = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
        what = _FOUND.get(type(value)) or f"`{shown}`"
        hint = did_you_mean(shown, words) or f"one of {', '.join(words)}"
        return node.error("value", f"{what} is not one of {and_list(words, last='or')}", hint)
    if kind in _KINDS:
        what = _FOUND.get(type(value)) or f"`{shown}`"
        return node.error(
            "type", f"{_KINDS[kind]} is needed here, and this is {what}", _mend(node, kind, shown)
        )
    if kind == "string_pattern_mismatch":
        return node.error("value", f"`{shown}` is not a valid name here", _pattern(context))
    if kind in _BOUNDS:
        limit = context.get("le", context.get("ge", context.get("max_length", "")))
        return node.error("value", f"`{shown}` is too {_BOUNDS[kind]}", f"the limit is {limit}")
    if kind in ("string_too_short", "too_short"):
        return node.error("empty", "this must not be empty", "fill it in or remove the key")
    return node.error("value", message)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(getattr(value, "written", value))


def _mend(node: Node, kind: str, shown: str) -> str:
    """Say how to turn what was written into what is needed."""
    if node.content is None:
        return "write the value behind the `:`, or remove the key"
    if kind == "bool_type" and shown.lower() in _SPOKEN:
        return f"did you mean `{_SPOKEN[shown.lower()]}`?"
    if kind == "bool_type":
        return did_you_mean(shown, ("true", "false"))
    if kind == "string_type":
        return "quote it to make it a text" if shown else "write one text"
    if kind in ("list_type", "tuple_type"):
        return f"write `[{shown}]`" if shown else "start each entry with `- `"
    if kind == "int_type" and isinstance(node.content, str) and node.content.isdecimal():
        return f"did you mean `{node.content}` without quotes?"
    return "write `key: value` below it" if kind.startswith(("model", "dict")) else ""


def _pattern(context: dict[str, Any]) -> str:
    if "[A-Z]" in str(context.get("pattern", ""))[:6]:
        return "an item id is written like LOAD-01"
    return "letters, digits, `-`, `_` and `.`; no spaces"


def _fields(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    """Return the keys of the model at a path, walking the annotations of its fields."""
    current: Any = model
    for step in path:
        if isinstance(step, int):
            continue  # an entry of a list: the annotation of its items is reached already
        if isinstance(current, type) and issubclass(current, BaseModel):
            if str(step) not in _by_alias(current):
                continue  # a key of a mapping of models
            current = _by_alias(current)[str(step)]
        current = _inner(current)
    found = isinstance(current, type) and issubclass(current, BaseModel)
    return list(_by_alias(current)) if found else []


def _by_alias(model: type[BaseModel]) -> dict[str, Any]:
    return {f.alias or name: f.annotation for name, f in model.model_fields.items()}


def _inner(annotation: Any) -> Any:
    """Return the model inside list[...], dict[..., ...], Annotated[...] and `| None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in reversed(get_args(annotation)):
        inner = _inner(argument)
        if inner is not None:
            return inner
    return None
