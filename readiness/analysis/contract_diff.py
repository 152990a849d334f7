"""Two contracts, as facts of their fields, to what changed and whom each change breaks.

A reader of answers that was written against the previous contract breaks on what it has not seen:
a field that is gone or no longer certain, another type, a new value. What still answers as before
(a fallback, a cached answer, the version to roll back to) breaks the new contract where that asks
for more. For requests only the senders can break. These are forward and backward compatibility of
schema registries, applied to each field.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from readiness.model.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readiness.errors import Location
    from readiness.model.fact import Fact

Side = Literal["reader", "writer"]
_LOWER = {"minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum"}
_UPPER = {"maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum"}
_SHOWN = 4


class Key(NamedTuple):
    """Which field: of what message of what operation; both empty for a plain schema."""

    operation: str
    message: str
    path: str

    @property
    def request(self) -> bool:
        """Whether clients send it, and the service reads it."""
        return self.message.startswith("request")

    def __str__(self) -> str:
        """Return the field, and the message it belongs to where there are several."""
        inside = " ".join(filter(None, (self.operation, self.message)))
        return f"{self.path} of {inside}" if inside else self.path


class Shape(NamedTuple):
    """What a contract says of one field."""

    at: Location
    types: frozenset[str] = frozenset()
    required: bool = False
    enum: tuple[str, ...] | None = None
    limits: dict[str, Any] = {}
    closed: bool | None = None


class Change(NamedTuple):
    """One change that breaks somebody."""

    key: Key
    side: Side
    kind: str
    text: str
    at: Location


def shapes(facts: Iterable[Fact]) -> dict[Key, Shape]:
    """Return the fields that some facts tell of."""
    found: dict[Key, Shape] = {}
    for fact in facts:
        labels = dict(fact.labels)
        if "field" not in labels or not fact.metric.startswith("field."):
            continue
        key = Key(labels.get("operation", ""), labels.get("message", ""), labels["field"])
        shape = found.get(key, Shape(fact.at))
        value = fact.value
        if fact.metric == "field.type" and value != "any":
            shape = shape._replace(types=frozenset(str(value).split("|")))
        elif fact.metric == "field.required":
            shape = shape._replace(required=value is True)
        elif fact.metric == "field.enum":
            values = tuple(
                json.dumps(entry, ensure_ascii=False) for entry in json.loads(str(value))
            )
            shape = shape._replace(enum=values)
        elif fact.metric == "field.limits":
            shape = shape._replace(limits=json.loads(str(value)))
        elif fact.metric == "field.closed":
            shape = shape._replace(closed=value is True)
        found[key] = shape
    return found


def changes(before: dict[Key, Shape], after: dict[Key, Shape]) -> list[Change]:
    """Return what breaks between two contracts, by field; what is below a change is left out."""
    found: list[Change] = []
    for key in sorted(before.keys() | after.keys()):
        around = _around(key)
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None:
            found += _both(key, old, new)
        elif old is not None and around not in before.keys() - after.keys():
            found += _gone(key, old, after.get(around))
        elif new is not None and around not in after.keys() - before.keys():
            found += _added(key, new, before.get(around))
    return found


def _around(key: Key) -> Key:
    """Return the field around one; there is none around the root."""
    outer = key.path.rpartition("/")[0] or "/"
    return key._replace(path=outer if key.path != "/" else "")


def _gone(key: Key, old: Shape, around: Shape | None) -> Iterator[Change]:
    at = around.at if around else old.at
    if not key.request:
        yield Change(key, "reader", "removed", f"{key} is gone", at)
    elif around is None or around.closed:
        yield Change(key, "writer", "removed", f"{key} is refused", at)


def _added(key: Key, new: Shape, around: Shape | None) -> Iterator[Change]:
    if new.required and around is not None:
        yield Change(key, "writer", "required", f"{key} is new and required", new.at)
    if around is not None and around.closed and not key.request:
        text = f"{key} is new, and what holds it was closed to unknown keys"
        yield Change(key, "reader", "added", text, new.at)


def _both(key: Key, old: Shape, new: Shape) -> Iterator[Change]:
    """Yield how a field of both breaks somebody; a wider request breaks nobody."""
    for change in _compared(key, old, new):
        if change.side == "writer" or not key.request:
            yield change


def _compared(key: Key, old: Shape, new: Shape) -> Iterator[Change]:
    def change(side: Side, kind: str, text: str) -> Change:
        return Change(key, side, kind, f"{key} {text}", new.at)

    if new.required and not old.required:
        yield change("writer", "required", "is now required")
    if old.required and not new.required:
        yield change("reader", "optional", "is no longer required")
    if wider := _beyond(new.types, old.types):
        yield change("reader", "type", f"may now be {_words(wider)}")
    if narrower := _beyond(old.types, new.types):
        yield change("writer", "type", f"may no longer be {_words(narrower)}")
    yield from _values(key, old, new)
    if new.closed and old.closed is False:
        yield change("writer", "closed", "now refuses unknown keys")
    if old.closed and new.closed is False:
        yield change("reader", "opened", "now allows unknown keys")
    for name in sorted(old.limits.keys() | new.limits.keys()):
        one, other = old.limits.get(name), new.limits.get(name)
        if one != other:
            shown = f"has `{name}` {_shown(other)}, and had {_shown(one)}"
            yield from (change(side, "limits", shown) for side in _sides(name, one, other))


def _values(key: Key, old: Shape, new: Shape) -> Iterator[Change]:
    if old.enum is not None and (new.enum is None or set(new.enum) - set(old.enum)):
        more = [value for value in new.enum or () if value not in old.enum]
        text = f"may now be {_words(more)}" if more else "may now have any value"
        yield Change(key, "reader", "enum", f"{key} {text}", new.at)
    if new.enum is not None and (old.enum is None or set(old.enum) - set(new.enum)):
        less = [value for value in old.enum or () if value not in new.enum]
        text = f"may no longer be {_words(less)}" if less else "may only have some values now"
        yield Change(key, "writer", "enum", f"{key} {text}", new.at)


def _beyond(types: frozenset[str], known: frozenset[str]) -> list[str]:
    """Return the types that go beyond those known; an empty set stands for any type."""
    if not known:
        return []
    if not types:
        return ["of any type"]
    more = types - known - ({"integer"} if "number" in known else set())
    return sorted(more)


def _sides(name: str, one: Any, other: Any) -> tuple[Side, ...]:
    """Return whom a changed limit breaks; both where that cannot be told."""
    if name not in _LOWER | _UPPER or not all(_number(v) or v is None for v in (one, other)):
        return ("reader", "writer")
    if one is None or other is None:
        return ("writer",) if one is None else ("reader",)
    return ("writer",) if (other > one) is (name in _LOWER) else ("reader",)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(values: list[str]) -> str:
    return and_list(values, last="or", most=_SHOWN)


def _shown(value: Any) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)[:60]
