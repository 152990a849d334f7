"""Change a review field by field: put texts into every string, or other values into every number."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIXED = {
    "schema", "decision", "gate", "outcome", "kind", "status", "place", "produced_source", "becomes",
    "drill_outcome", "without", "arrivals", "earlier", "per",
}  # fmt: skip
NAMES = {"id", "item", "items", "held_by", "drill_items", "domain", "area"}
T = TypeVar("T")


def with_texts(record: T, text: Callable[[], str], *, keep: tuple[str, ...] = ()) -> T:
    """Return a record where each string is preceded by the next text; ids stay the same everywhere."""
    names: dict[str, str] = {}

    def change(value: Any, field: str) -> Any:
        if field in FIXED or field in keep:
            return value
        if isinstance(value, str):
            if field in NAMES:
                return names.setdefault(value, f"{text()} {value}")
            return f"{text()} {value}"
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{f.name: change(getattr(value, f.name), f.name) for f in fields(value)})
        if isinstance(value, tuple):
            return tuple(change(part, field) for part in value)
        if isinstance(value, dict):
            return {change(k, field): change(v, field) for k, v in value.items()}
        return value

    changed: T = change(record, "")
    return changed


def numbers(record: Any, path: str = "") -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Yield each number and date below a record: its path, and what returns the record with another."""
    if is_dataclass(record) and not isinstance(record, type):
        for field in fields(record):
            name = f"{path}.{field.name}" if path else field.name
            for where, make in numbers(getattr(record, field.name), name):
                yield where, _in_field(field.name, make)
    elif isinstance(record, tuple):
        for index, part in enumerate(record):
            for where, make in numbers(part, f"{path}[{index}]"):
                yield where, _in_tuple(index, make)
    elif isinstance(record, (int, float, date)) and not isinstance(record, bool):
        yield path, other


def other(value: Any) -> Any:
    """Return another value of the same kind."""
    if isinstance(value, (date, datetime)):
        return value + timedelta(days=3)
    return value + 7 if isinstance(value, int) else value + 2.5


def _in_field(name: str, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda whole: replace(whole, **{name: make(getattr(whole, name))})


def _in_tuple(index: int, make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda whole: (*whole[:index], make(whole[index]), *whole[index + 1 :])
