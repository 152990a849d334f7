"""Checklist files to items: read, follow `extends`, merge, and refuse what loosens or repeats."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import InputError
from readiness.loading.build import build
from readiness.loading.extend import check_tighter, merge
from readiness.loading.files import Home, find_checklist, read_yaml
from readiness.strict_yaml import Node
from readiness.model.checklist import Checklist, Item, ParameterSpec, Slot
from readiness.model.plan import ChecklistRecord

if TYPE_CHECKING:
    from collections.abc import Iterable


class LoadedItem(NamedTuple):
    """An item with the node it was built from (merged ones hold nodes of several files)."""

    item: Item
    node: Node
    checklist: str


class Loaded(NamedTuple):
    """A checklist with all that it extends."""

    items: dict[str, LoadedItem]
    slots: dict[str, Slot]
    parameters: dict[str, ParameterSpec]
    records: dict[str, ChecklistRecord]


def load_checklists(names: Node, home: Home) -> Loaded:
    """Load every checklist a launch names, each once.

    Raises:
        InputError: unknown, broken, circular, loosening, or the same item in two checklists.
    """
    parts = [_load(str(node.content), home.folder, home, node, ()) for node in names.content]
    loaded = _join(parts, names)
    if not loaded.items:
        raise InputError(names.error("nothing-to-evaluate", "the checklists hold no item",
                                     "a review without items proves nothing: add items"))  # fmt: skip
    return loaded


def load_checklist(name: str, home: Home, asked: Node) -> Loaded:
    """Load one checklist by name, for `lint` and `list`."""
    return _load(name, home.folder, home, asked, ())


def _load(name: str, folder: Path, home: Home, asked: Node, chain: tuple[str, ...]) -> Loaded:
    file, shown = find_checklist(name, folder, home, asked)
    if shown in chain:
        raise InputError(asked.error("circular", f"`{name}` extends itself: "
                                     f"{' → '.join((*chain, shown))}"))  # fmt: skip
    node, data = read_yaml(file, shown)
    header = build(Checklist, _without_items(node))
    beside = file.parent if isinstance(file, Path) else folder
    extends = node.get("extends")
    parents = [_load(str(parent.content), beside, home, parent, (*chain, shown))
               for parent in (extends.content if extends else [])]  # fmt: skip
    base = _join(parents, extends or node)
    record = ChecklistRecord(header.id, header.version, header.title, shown,
                             hashlib.sha256(data).hexdigest())  # fmt: skip
    return Loaded(
        _items(node, header.id, base.items),
        {**base.slots, **header.slots},
        {**base.parameters, **header.parameters},
        {**base.records, shown: record},
    )


def _without_items(node: Node) -> Node:
    """Return the checklist's node without its items, which are built one by one."""
    if not isinstance(node.content, dict) or "items" not in node.content:
        return node
    copy = merge(node, node)
    items = copy.content.pop("items")[1]
    if not isinstance(items.content, list):
        raise InputError(items.error("type", "`items` is a list", "start each item with `- id: …`"))
    return copy


def _items(node: Node, checklist: str, base: dict[str, LoadedItem]) -> dict[str, LoadedItem]:
    items = dict(base)
    seen: dict[str, Node] = {}
    diagnostics = []
    nodes = node.get("items")
    for entry in nodes.content if nodes else []:
        id_node = entry.get("id")
        item_id = str(id_node.content) if id_node else ""
        if id_node and item_id in seen:
            raise InputError(id_node.error("duplicate-id", f"the item {item_id} is given twice; "
                             f"the first is in line {seen[item_id].line}", "rename one"))  # fmt: skip
        if id_node:
            seen[item_id] = id_node
        try:
            items[item_id] = _item(entry, checklist, base.get(item_id))
        except InputError as error:
            diagnostics += error.diagnostics
    if diagnostics:
        raise InputError(*diagnostics)
    return items


def _item(entry: Node, checklist: str, parent: LoadedItem | None) -> LoadedItem:
    if parent is None:
        return LoadedItem(build(Item, entry), entry, checklist)
    node = merge(parent.node, entry) if isinstance(entry.content, dict) else entry
    item = build(Item, node)
    check_tighter(parent.item, item, parent.node, node)
    return LoadedItem(item, node, checklist)


def _join(parts: Iterable[Loaded], asked: Node) -> Loaded:
    """Join checklists; the same item may come twice only if it is the very same."""
    items: dict[str, LoadedItem] = {}
    slots: dict[str, Slot] = {}
    parameters: dict[str, ParameterSpec] = {}
    records: dict[str, ChecklistRecord] = {}
    for part in parts:
        for item_id, loaded in part.items.items():
            other = items.setdefault(item_id, loaded)
            if other.item != loaded.item:
                raise InputError(asked.error(
                    "duplicate-id", f"{item_id} is in two checklists and differs: "
                    f"{other.node.at} and {loaded.node.at}",
                    "rename one, or let one checklist extend the other"))  # fmt: skip
        slots |= part.slots
        parameters |= part.parameters
        records |= part.records
    return Loaded(items, slots, parameters, records)
