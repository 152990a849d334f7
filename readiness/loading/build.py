"""Nodes to models: pydantic validates, and each of its errors becomes a message with a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from readiness.errors import Diagnostic, InputError
from readiness.model.text import and_list, did_you_mean

if TYPE_CHECKING:
    from readiness.strict_yaml import Node

M = TypeVar("M", bound=BaseModel)
_KINDS = {
    "string_type": "a text", "int_type": "a whole number", "bool_type": "`true` or `false`",
    "list_type": "a list", "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values", "model_attributes_type": "a mapping",
    "tuple_type": "a list", "float_type": "a number", "int_from_float": "a whole number",
}  # fmt: skip


def build(model: type[M], node: Node) -> M:
    """Validate a node.

    Raises:
        InputError: with one diagnostic for each thing that is wrong, in the file's order.
    """
    try:
        return model.model_validate(node.data())
    except ValidationError as error:
        diagnostics = [_diagnostic(model, node, details) for details in error.errors()]
        raise InputError(*sorted(set(diagnostics), key=lambda d: (d.at.line, d.at.column))) from None


def _diagnostic(model: type[BaseModel], root: Node, error: Any) -> Diagnostic:
    kind, path, context = error["type"], tuple(error["loc"]), error.get("ctx", {})
    if kind == "extra_forbidden":
        node, _ = root.find(path, key=True)
        known = _fields(model, root, path[:-1])
        hint = did_you_mean(str(path[-1]), known) or f"keys here: {', '.join(known)}"
        return node.error("unknown-key", f"unknown key `{path[-1]}`", hint)
    if kind == "missing":
        return _missing(model, root, path)
    node, _ = root.find(path, key=path[-1:] == ("[key]",))
    if path[-1:] == ("[key]",):
        node, _ = root.find(path[:-1], key=True)
    if kind == "value":
        quoted = _quote_width(node)
        offset = context.get("offset", 0) + quoted if "offset" in context else 0
        return node.error("value", context["message"], context.get("help", ""), offset=offset,
                          width=context.get("width", 0))  # fmt: skip
    return _typed(node, kind, context, error["msg"])


def _quote_width(node: Node) -> int:
    line = node.document.lines[node.line - 1]
    return int(line[node.column - 1 : node.column] in ("'", '"'))


def _missing(model: type[BaseModel], root: Node, path: tuple[Any, ...]) -> Diagnostic:
    """Report a missing key at its parent, or at a misspelt key that was meant to be it."""
    node, _ = root.find(path[:-1])
    name = str(path[-1])
    known = _fields(model, root, path[:-1])
    if isinstance(node.content, dict):
        for key, (key_node, _) in node.content.items():
            if key not in known and did_you_mean(key, [name]):
                return key_node.error("unknown-key", f"unknown key `{key}`",
                                      f"did you mean `{name}`?")  # fmt: skip
    return node.error("missing-key", f"the key `{name}` is missing", f"add `{name}: …`")


def _typed(node: Node, kind: str, context: dict[str, Any], message: str) -> Diagnostic:
    """Word pydantic's own error kinds."""
    value = node.content
    shown = str(getattr(value, "written", value)) if not isinstance(value, (dict, list)) else ""
    if kind in ("literal_error", "enum"):
        words = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
        hint = did_you_mean(shown, words) or f"one of {', '.join(words)}"
        return node.error("value", f"`{shown}` is not one of {and_list(words, last='or')}", hint)
    if kind in _KINDS:
        found = {dict: "a mapping", list: "a list", type(None): "nothing"}.get(type(value))
        what = found or f"`{shown}`"
        return node.error("type", f"{_KINDS[kind]} is needed here, and this is {what}",
                          "quote it to make it a text" if kind == "string_type" and shown else "")  # fmt: skip
    if kind == "string_pattern_mismatch":
        return node.error("value", f"`{shown}` is not a valid name here", _pattern(context))
    if kind in ("string_too_short", "too_short"):
        return node.error("empty", "this must not be empty", "fill it in or remove the key")
    return node.error("value", message)


def _pattern(context: dict[str, Any]) -> str:
    if "[A-Z]" in str(context.get("pattern", ""))[:6]:
        return "an item id is written like LOAD-01"
    return "letters, digits, `-`, `_` and `.`; no spaces"


def _fields(model: type[BaseModel], root: Node, path: tuple[Any, ...]) -> list[str]:
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
