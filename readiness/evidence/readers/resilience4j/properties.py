"""Spring properties as a tree: dotted and nested keys are one, and so are their spellings.

Spring Boot's relaxed binding: names differ neither by case nor by `-` and `_`. Documents for a
profile are laid over those for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.documents import Part, folded
from readiness.evidence.properties import steps_of
from readiness.evidence.reader import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator


class Property:
    """What stands at a dotted name: a value, properties below it, or nothing.

    Attributes:
        name: its last step as it was written first.
        where: the part at which it stands, or in which it would.
        value: the part with its value or list; None if there is none.
    """

    __slots__ = ("below", "name", "value", "where")

    def __init__(self, name: str, where: Part) -> None:
        self.name = name
        self.where = where
        self.value: Part | None = None
        self.below: dict[str, Property] = {}

    def __getitem__(self, path: str) -> Property:
        """Return what stands at a dotted name below; an empty property where nothing does."""
        found = self
        for step in path.split("."):
            found = found.below.get(folded(step)) or Property(step, found.where[f"({step})"])
        return found

    def __bool__(self) -> bool:
        return self.value is not None or bool(self.below)

    @property
    def part(self) -> Part:
        """Its value, or a part without one at the nearest place around it."""
        return self.where["()"] if self.value is None else self.value

    def add(self, part: Part) -> None:
        """Take in a document.

        Raises:
            Unreadable: a property has two values.
        """
        for key, inner in part.items():
            target = self
            for step in steps_of(key) or (key,):
                target = target.below.setdefault(folded(str(step)), Property(str(step), inner))
            if isinstance(inner.value, dict) and inner.value:
                target.add(inner)
            elif target.value is not None:
                message = f"`{key}` is given twice in one document"
                raise Unreadable("duplicate-key", message, inner.at, "keep one of them")
            else:
                target.value = inner

    def over(self, base: Property) -> Property:
        """Return this laid over another: values and lists replace, properties add up."""
        found = Property(self.name, self.where)
        found.value = self.value if self.value is not None else base.value
        for key in {**base.below, **self.below}:
            mine, theirs = self.below.get(key), base.below.get(key)
            merged = mine.over(theirs) if mine and theirs else mine or theirs
            if merged is not None:
                found.below[key] = merged
        return found


def profiles(documents: list[Part]) -> Iterator[tuple[str, Property]]:
    """Yield the properties for all profiles, with an empty name, then those of each profile."""
    base = Property("", documents[0])
    special: dict[str, Property] = {}
    for part in documents:
        found = Property("", part)
        found.add(part)
        named = found["spring.config.activate.on-profile"].part or found["spring.profiles"].part
        if not named:
            base = found.over(base)
            continue
        name = (
            ", ".join(e.text for e in named.list()) if isinstance(named.value, list) else named.text
        )
        special[name] = found.over(special[name]) if name in special else found
    yield "", base
    for name, found in special.items():
        yield name, found.over(base)
