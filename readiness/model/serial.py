"""Published records as JSON and back: strict both ways, and their JSON Schemas."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from readiness.errors import Diagnostic, InputError, Location
from readiness.model.capabilities import Capabilities
from readiness.model.difference import Difference
from readiness.model.inspection import Inspection
from readiness.model.load_result import ComparisonResult
from readiness.model.ranking import Ranking
from readiness.model.record_list import RecordList
from readiness.model.review import SCHEMA, Review
from readiness.model.walk import Walk
from readiness.patterns import pattern

# C1, and what no one sees: it may turn the order of a line around (CVE-2021-42574).
_CONTROL = pattern(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
_HALF = pattern("[\ud800-\udfff]")


@cache
def _reviews() -> TypeAdapter[Review]:
    return TypeAdapter(Review)


@cache
def _inspections() -> TypeAdapter[Inspection]:
    return TypeAdapter(Inspection)


@cache
def _comparisons() -> TypeAdapter[ComparisonResult]:
    return TypeAdapter(ComparisonResult)


@cache
def _rankings() -> TypeAdapter[Ranking]:
    return TypeAdapter(Ranking)


@cache
def _walks() -> TypeAdapter[Walk]:
    return TypeAdapter(Walk)


@cache
def _capabilities() -> TypeAdapter[Capabilities]:
    return TypeAdapter(Capabilities)


def _records() -> TypeAdapter[RecordList]:
    return TypeAdapter(RecordList)


@cache
def _differences() -> TypeAdapter[Difference]:
    return TypeAdapter(Difference)


def dump(review: Review) -> str:
    """Return the JSON text of a review, ending in a newline."""
    return _text(_reviews(), review)


def dump_inspection(inspection: Inspection) -> str:
    """Return the JSON text of an inspection, ending in a newline."""
    return _text(_inspections(), inspection)


def dump_comparison(comparison: ComparisonResult) -> str:
    """Return the JSON text of a comparison of two load tests, ending in a newline."""
    return _text(_comparisons(), comparison)


def dump_ranking(ranking: Ranking) -> str:
    """Return the JSON text of a ranking, ending in a newline."""
    return _text(_rankings(), ranking)


def dump_walk(walk: Walk) -> str:
    """Return the JSON text of a walk, ending in a newline."""
    return _text(_walks(), walk)


def dump_capabilities(capabilities: Capabilities) -> str:
    """Return the JSON text of what an installation can do, ending in a newline."""
    return _text(_capabilities(), capabilities)


def dump_difference(difference: Difference) -> str:
    """Return the JSON text of what moved between two reviews, ending in a newline."""
    return _text(_differences(), difference)


def dump_records(records: RecordList) -> str:
    """Return the JSON text of people's decisions, ending in a newline."""
    return _text(_records(), records)


def _text(adapter: TypeAdapter[Any], value: object) -> str:
    """Return JSON as text in which a terminal finds no control or invisible character."""
    try:
        text = adapter.dump_json(value, indent=2).decode()
    except PydanticSerializationError:  # half a character, as in a file name that is not UTF-8
        import json  # noqa: PLC0415 - rarely needed

        plain = adapter.dump_python(value, mode="json")
        text = json.dumps(plain, indent=2, ensure_ascii=False)
        text = _HALF.sub(lambda found: f"\\\\u{{{ord(found[0]):x}}}", text)
    return _CONTROL.sub(_escaped, text) + "\n"


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def load(data: bytes, path: str) -> Review:
    """Read a review back.

    Raises:
        InputError: not a review, or of another version.
    """
    try:
        return _reviews().validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = "/".join(str(step) for step in first["loc"]) or "the file"
        message = f"this is not a {SCHEMA}: {where}: {first['msg']}"
        raise InputError(
            Diagnostic(
                "not-a-review",
                message,
                Location(path),
                "write one with `readiness check --output json=PATH`",
            )
        ) from None


def review_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a review."""
    return {"$schema": _DIALECT, **_reviews().json_schema(mode="serialization")}


def evidence_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an inspection."""
    return {"$schema": _DIALECT, **_inspections().json_schema(mode="serialization")}


def comparison_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a comparison of two load tests."""
    return {"$schema": _DIALECT, **_comparisons().json_schema(mode="serialization")}


def ranking_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a ranking."""
    return {"$schema": _DIALECT, **_rankings().json_schema(mode="serialization")}


def walk_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a walk."""
    return {"$schema": _DIALECT, **_walks().json_schema(mode="serialization")}


def capabilities_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what an installation can do."""
    return {"$schema": _DIALECT, **_capabilities().json_schema(mode="serialization")}


def diff_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what moved between two reviews."""
    return {"$schema": _DIALECT, **_differences().json_schema(mode="serialization")}


def records_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of people's decisions as `decide list` prints them."""
    return {"$schema": _DIALECT, **_records().json_schema(mode="serialization")}


_DIALECT = "https://json-schema.org/draft/2020-12/schema"
