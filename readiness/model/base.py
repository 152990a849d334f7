"""The base of what people write: frozen pydantic models, strict, that know no extra keys."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import no_info_plain_validator_function

from readiness.model import quantity
from readiness.model.expectation import Expectation, ExpectationError, parse_expectation
from readiness.model.text import did_you_mean, visible
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import GetCoreSchemaHandler

_DATE = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = pattern(r"[0-9]{1,4}")
_LINE = 60
_LONGEST = 200
_GLOB_HELP = "write it relative to the root of the repository, for example `prompts/**`"
_PARTS = ("metric", "where", "op", "limit")


class Model(BaseModel):
    """A record as written in a YAML file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, defer_build=True, populate_by_name=False
    )


def fail(message: str, **context: object) -> PydanticCustomError:
    """Build the error of a value; `context` may hold `help`, `offset` and `width` (characters)."""
    return PydanticCustomError("value", "{message}", {"message": message, **context})


def _as_written(value: Any) -> Any:
    """Return the text of a number as it was written, so that `version: 1.10` stays `1.10`."""
    return getattr(value, "written", value)


def _day(value: Any) -> date:
    text = _as_written(value)
    written = text if isinstance(text, str) else ""
    try:
        return date.fromisoformat(written if _DATE.fullmatch(written) else "")
    except ValueError:
        hint = _near_date(written) or "write it as 2026-12-07"
        raise fail(f"`{clip(text)}` is not a date", help=hint) from None


def _near_date(text: str) -> str:
    """Suggest a day for one written in another order or with other signs."""
    parts = re.split(r"[-/. ]+", text.strip())
    if len(parts) != 3 or not all(_NUMBER.fullmatch(part) for part in parts):  # noqa: PLR2004
        return ""
    orders = [(0, 1, 2), (0, 2, 1)] if len(parts[0]) == 4 else [(2, 1, 0), (2, 0, 1)]  # noqa: PLR2004
    for order in orders:
        year, month, day = (int(parts[index]) for index in order)
        with contextlib.suppress(ValueError):
            return f"did you mean `{date(year, month, day).isoformat()}`?"
    return ""


def clip(value: object) -> str:
    """Return a value for a message: on one line, visible, and not longer than a line."""
    text = visible(str(value))
    return text if len(text) <= _LINE else f"{text[:_LINE]}…"


def _quantity(value: Any) -> quantity.Quantity:
    text = _as_written(value)
    if not isinstance(text, str):
        raise fail(f"`{clip(text)}` is not a quantity", help="write a number with its unit: 800 ms")
    try:
        return quantity.parse(text)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise fail(message, help=hint) from None


def _duration(value: Any) -> quantity.Quantity:
    parsed = _quantity(value)
    if parsed.dimension != "time" or parsed.value <= 0:
        raise fail(f"`{parsed.text}` is not a duration", help="write for example 14d or 30 min")
    return parsed


def _share(value: Any) -> quantity.Quantity:
    parsed = _quantity(value)
    if parsed.dimension != "ratio" or not 0 <= parsed.value <= 1:
        raise fail(f"`{parsed.text}` is not a share", help="write for example 5 %")
    return parsed


def read_expectation(value: Any) -> Expectation:
    """Return an expectation written as a text or as {metric, where, op, limit}.

    Raises:
        PydanticCustomError: it does not parse; a ValueError.
    """
    text = _as_written(value)
    if isinstance(text, dict):
        text = _from_object(text)
    if not isinstance(text, str):
        raise fail("an expectation is a text", help="write for example `p95 <= 800 ms`")
    try:
        return parse_expectation(text)
    except ExpectationError as error:
        raise fail(error.message, help=error.hint, offset=error.offset, width=error.width) from None


def _from_object(parts: dict[str, Any]) -> str:
    """Return the text of the object form {metric, where, op, limit}."""
    if unknown := set(parts) - set(_PARTS):
        hint = did_you_mean(min(unknown), _PARTS) or f"keys: {', '.join(_PARTS)}"
        raise fail(f"unknown key `{clip(min(unknown))}`", help=hint)
    if missing := {"metric", "op", "limit"} - set(parts):
        raise fail(f"missing key `{min(missing)}`", help="keys: metric, where, op, limit")
    where = f" where {_as_written(parts['where'])}" if "where" in parts else ""
    limit = _as_written(parts["limit"])
    if isinstance(limit, list):
        limit = f"[{', '.join(str(_as_written(word)) for word in limit)}]"
    elif isinstance(limit, bool):
        limit = str(limit).lower()
    return f"{_as_written(parts['metric'])}{where} {parts['op']} {limit}"


def _path_glob(value: Any) -> str:
    """Return a glob of paths: `/`, `*`, `?` and `[…]` in a segment, `**` once for any depth."""
    text = _as_written(value)
    if not isinstance(text, str):
        raise fail("a path is a text", help=_GLOB_HELP)
    segments = text.split("/")
    odd = "\\" in text or ":" in segments[0] or not text.isprintable() or len(text) > _LONGEST
    odd = odd or any(s in ("", ".", "..") or ("**" in s and s != "**") for s in segments)
    if odd or segments.count("**") > 1:
        raise fail(f"`{clip(text)}` is not a relative path with `/`", help=_GLOB_HELP)
    return text


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


_OBJECT_FORM = {
    "type": "object",
    "required": ["metric", "op", "limit"],
    "additionalProperties": False,
    "properties": {
        "metric": {"type": "string"},
        "where": {"type": "string", "description": "LABEL = VALUE"},
        "op": {"enum": ["<=", "<", ">=", ">", "=", "!=", "is", "in"]},
        "limit": {"type": ["string", "number", "boolean", "array"]},
    },
}
_TEXT = {"type": ["string", "number"], "minLength": 1, "maxLength": 2000}
_NAME = r"^[A-Za-z0-9](?:[A-Za-z0-9_.\-]*[A-Za-z0-9])?$"


def _of(dimension: str) -> dict[str, Any]:
    """Return the JSON schema of a quantity of one dimension, its units listed."""
    units = (unit for unit, of in quantity.DIMENSIONS.items() if of == dimension)
    pattern = rf"^[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)? *({'|'.join(map(re.escape, units))})$"
    return {"type": "string", "pattern": pattern}


class _Once:
    """Lets pydantic work out the schema of a type once, instead of for every field that has it."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._found: Any = None

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> Any:
        if self._found is None:
            self._found = handler.generate_schema(self._kind)
        return _copied(self._found)


def _copied(part: Any) -> Any:
    """Return a schema that can be added to: pydantic notes on it what a field asks for."""
    if isinstance(part, dict):
        return {key: _copied(value) for key, value in part.items()}
    return [_copied(value) for value in part] if isinstance(part, list) else part


class _Read:
    """A value that one function reads: pydantic need not know how to write it."""

    def __init__(self, function: Callable[[Any], Any], shape: dict[str, Any]) -> None:
        self._function, self._shape = function, shape

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> Any:
        return no_info_plain_validator_function(self._function)

    def __get_pydantic_json_schema__(self, _core: Any, _handler: Any) -> dict[str, Any]:
        return dict(self._shape)


Text = Annotated[
    str,
    _Once(Annotated[str, BeforeValidator(_as_written), Field(min_length=1, max_length=2000)]),
    WithJsonSchema(_TEXT),
]
Name = Annotated[
    str,
    _Once(Annotated[str, BeforeValidator(_as_written), Field(pattern=_NAME, max_length=80)]),
    WithJsonSchema({"type": ["string", "number"], "pattern": _NAME, "maxLength": 80}),
]
Day = Annotated[date, _Read(_day, {"type": "string", "format": "date"})]
Amount = Annotated[quantity.Quantity, _Read(_quantity, _TEXT)]
Duration = Annotated[quantity.Quantity, _Read(_duration, _of("time"))]
Share = Annotated[quantity.Quantity, _Read(_share, _of("ratio"))]
Expect = Annotated[
    Expectation, _Read(read_expectation, {"anyOf": [{"type": "string"}, _OBJECT_FORM]})
]
PathGlob = Annotated[
    str, _Read(_path_glob, {"type": "string", "minLength": 1, "maxLength": _LONGEST})
]
Texts = Annotated[
    list[Text],
    BeforeValidator(_one_or_many),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}),
]
