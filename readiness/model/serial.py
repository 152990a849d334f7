"""A review as JSON and back: strict both ways, and its JSON Schema."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from readiness.errors import Diagnostic, InputError, Location
from readiness.model.review import SCHEMA, Review


@cache
def _adapter() -> TypeAdapter[Review]:
    return TypeAdapter(Review)


def dump(review: Review) -> str:
    """Return the JSON text of a review, ending in a newline."""
    return _adapter().dump_json(review, indent=2).decode() + "\n"


def load(data: bytes, path: str) -> Review:
    """Read a review back.

    Raises:
        InputError: not a review, or of another version.
    """
    try:
        return _adapter().validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = "/".join(str(step) for step in first["loc"]) or "the file"
        message = f"this is not a {SCHEMA}: {where}: {first['msg']}"
        raise InputError(Diagnostic("not-a-review", message, Location(path),
                                    "write one with `readiness check --output json=PATH`")) from None  # fmt: skip


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a review."""
    return _adapter().json_schema(mode="serialization")
