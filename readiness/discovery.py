"""Find plug-ins: one module and one record each in a package, then entry points of others."""

from __future__ import annotations

import pkgutil
from functools import cached_property
from importlib import import_module
from typing import Generic, Protocol, TypeVar


class Plugin(Protocol):
    """What every plug-in record has: an id, which is its module's name with `-` for `_`."""

    @property
    def id(self) -> str:
        """The id, unique among records of its kind."""
        ...


P = TypeVar("P", bound=Plugin)


class Registry(Generic[P]):
    """The records of one kind. Shipped ones are modules of a package; nothing is imported early."""

    def __init__(self, package: str, attribute: str, kind: type[P], group: str) -> None:
        self._package = package
        self._attribute = attribute
        self._kind = kind
        self._group = group

    def get(self, plugin_id: str) -> P | None:
        """Return one record, importing its module only; None if there is no such id."""
        if plugin_id in self.shipped_ids:
            return self._load(plugin_id)
        return self.installed.get(plugin_id)

    @cached_property
    def shipped_ids(self) -> tuple[str, ...]:
        """The ids of the shipped records, sorted, found without importing them."""
        path = import_module(self._package).__path__
        names = (info.name for info in pkgutil.iter_modules(path))
        return tuple(sorted(n.replace("_", "-") for n in names if not n.startswith("_")))

    @cached_property
    def shipped(self) -> dict[str, P]:
        """Every shipped record by id."""
        return {plugin_id: self._load(plugin_id) for plugin_id in self.shipped_ids}

    @cached_property
    def installed(self) -> dict[str, P]:
        """The records that other installed distributions register as entry points.

        Raises:
            TypeError: an entry point holds something else than a record of this kind.
            ValueError: an entry point takes an id that is in use.
        """
        from importlib.metadata import entry_points  # noqa: PLC0415 - costs 20 ms

        records: dict[str, P] = {}
        for point in sorted(entry_points(group=self._group), key=lambda p: (p.name, p.value)):
            record = self._checked(point.load(), point.value)
            if record.id in records or record.id in self.shipped_ids:
                raise ValueError(f"{point.value}: the id {record.id!r} is taken")
            records[record.id] = record
        return records

    @property
    def all(self) -> dict[str, P]:
        """Every record by id, the shipped ones first."""
        return {**self.shipped, **self.installed}

    def _load(self, plugin_id: str) -> P:
        name = f"{self._package}.{plugin_id.replace('-', '_')}"
        record = self._checked(getattr(import_module(name), self._attribute, None), name)
        if record.id != plugin_id:
            raise ValueError(f"{name}: the id is {record.id!r} and not the module's name")
        return record

    def _checked(self, record: object, source: str) -> P:
        if not isinstance(record, self._kind):
            raise TypeError(f"{source}: no {self._kind.__name__} named {self._attribute}")
        return record
