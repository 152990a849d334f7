"""Checklist files to items: read, follow `extends`, merge, and refuse what loosens or repeats."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from readiness.errors import Diagnostic, InputError
from readiness.loading.build import build
from readiness.loading.files import Home, find_checklist, read_yaml
from readiness.model.checklist import Checklist, ChecklistHeader, Item, ParameterSpec, Slot
from readiness.model.plan import ChecklistRecord
from readiness.model.text import did_you_mean
from readiness.strict_yaml import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class LoadedItem(NamedTuple):
    """An item with the node it was built from (merged ones hold nodes of several files).

    `parents` are the forms it had in the checklists that were extended.
    """

    item: Item
    node: Node
    checklist: str
    parents: tuple[Item, ...] = ()


class Loaded(NamedTuple):
    """A checklist with all that it extends; `nodes` has ("slots" or "parameters", name)."""

    items: dict[str, LoadedItem]
    slots: dict[str, Slot]
    parameters: dict[str, ParameterSpec]
    records: dict[str, ChecklistRecord]
    nodes: dict[tuple[str, str], Node]


def load_checklists(names: Node, home: Home) -> Loaded:
    """Load every checklist a launch names, each once.

    Raises:
        InputError: unknown, broken, circular, loosening, or the same item in two checklists.
        IncompleteError: a file cannot be read.
    """
    loaded = _join(_each(names, home.folder, home, ()), names)
    if not loaded.items:
        raise InputError(
            names.error(
                "nothing-to-evaluate",
                "the checklists hold no item",
                "a review without items proves nothing: add items",
            )
        )
    return loaded


def load_checklist(name: str, home: Home, asked: Node) -> Loaded:
    """Load one checklist by name, for `lint` and `list`."""
    return _load(name, home.folder, home, asked, ())


def _each(names: Node, folder: Path, home: Home, chain: tuple[str, ...]) -> list[Loaded]:
    """Load several checklists and gather the mistakes of all."""
    parts: list[Loaded] = []
    wrong: list[Diagnostic] = []
    for node in names.content:
        try:
            name = str(getattr(node.content, "written", node.content))
            parts.append(_load(name, folder, home, node, chain))
        except InputError as error:
            wrong += error.diagnostics
    if wrong:
        raise InputError(*dict.fromkeys(wrong))
    return parts


def _load(name: str, folder: Path, home: Home, asked: Node, chain: tuple[str, ...]) -> Loaded:
    file, shown = find_checklist(name, folder, home, asked)
    if shown in chain:
        raise InputError(
            asked.error(
                "circular",
                f"`{name}` extends itself: {' → '.join((*chain, shown))}",
                "remove one of them",
            )
        )
    node, data = read_yaml(file, shown)
    header, wrong = _header(node)
    beside = file.parent if isinstance(file, Path) else folder
    extends = node.get("extends")
    base = (
        _join(_each(extends, beside, home, (*chain, shown)), extends)
        if (header and header.extends and extends)
        else Loaded({}, {}, {}, {}, {})
    )
    items, more = _items(node, header.id if header else "", base.items)
    if header is None or wrong or more:
        raise InputError(*wrong, *more)
    own = Loaded(items, header.slots, header.parameters, {}, _declarations(node))
    record = ChecklistRecord(
        header.id, header.version, header.title, shown, hashlib.sha256(data).hexdigest()
    )
    slots, parameters, nodes = _joined_declarations([base, own])
    return Loaded(items, slots, parameters, {**base.records, shown: record}, nodes)


def _header(node: Node) -> tuple[ChecklistHeader | None, Sequence[Diagnostic]]:
    """Build a checklist without its items, which are built one by one (they may be patches)."""
    items = node.get("items")
    wrong: tuple[Diagnostic, ...] = ()
    bare = node
    if items is not None:
        if not isinstance(items.content, list):
            wrong = (items.error("type", "`items` is a list", "start each item with `- id: …`"),)
        bare = node.with_content({k: v for k, v in node.content.items() if k != "items"})
    try:
        return build(ChecklistHeader, bare, known=Checklist), wrong
    except InputError as error:
        return None, (*wrong, *error.diagnostics)


def _declarations(node: Node) -> dict[tuple[str, str], Node]:
    return {
        (section, name): pair[1]
        for section in ("slots", "parameters") if (holder := node.get(section)) is not None
        for name, pair in (holder.content or {}).items()
    }  # fmt: skip


def _items(
    node: Node, checklist: str, base: dict[str, LoadedItem]
) -> tuple[dict[str, LoadedItem], list[Diagnostic]]:
    items = dict(base)
    seen: dict[str, Node] = {}
    wrong: list[Diagnostic] = []
    nodes = node.get("items")
    for entry in nodes.content if nodes and isinstance(nodes.content, list) else []:
        id_node = entry.get("id")
        item_id = str(id_node.content) if id_node else ""
        if id_node and item_id in seen:
            wrong.append(
                id_node.error(
                    "duplicate-id",
                    f"the item {item_id} is given twice; the first is in line {seen[item_id].line}",
                    "rename one",
                )
            )
            continue
        if id_node:
            seen[item_id] = id_node
        try:
            items[item_id] = _item(entry, checklist, base.get(item_id), base)
        except InputError as error:
            wrong += error.diagnostics
    return items, wrong


def _item(
    entry: Node, checklist: str, parent: LoadedItem | None, base: dict[str, LoadedItem]
) -> LoadedItem:
    if parent is None:
        try:
            return LoadedItem(build(Item, entry), entry, checklist)
        except InputError as error:
            raise InputError(*_patch_of_nothing(entry, error, base)) from None
    from readiness.loading.extend import check_tighter, merge  # noqa: PLC0415 - only `extends`

    node = merge(parent.node, entry) if isinstance(entry.content, dict) else entry
    try:
        item = build(Item, node)
    except InputError as error:
        raise InputError(*(_new_source(d, entry, parent.item) for d in error.diagnostics)) from None
    check_tighter(parent.item, item, parent.node, node)
    return LoadedItem(item, node, checklist, (*parent.parents, parent.item))


def _new_source(found: Diagnostic, entry: Node, parent: Item) -> Diagnostic:
    """Say so where a requirement that lacks `expect` was meant to change one of the parent."""
    evidence = entry.get("evidence")
    for node in evidence.content if evidence and found.code == "missing-key" else ():
        if node.at != found.at or node.get("expect") is not None:
            continue
        for kind in ("slot", "path", "analysis"):
            name = node.get(kind)
            sources = [s for r in parent.evidence if (s := getattr(r, kind)) is not None]
            if name is not None and (hint := did_you_mean(str(name.content), sources)):
                message = f"{parent.id} has no evidence from the {kind} `{name.content}`"
                return Diagnostic(*name.error(f"unknown-{kind}", message, hint))
    return found


def _patch_of_nothing(
    entry: Node, error: InputError, base: dict[str, LoadedItem]
) -> Sequence[Diagnostic]:
    """Say so where an item that lacks most keys was meant to change an extended one."""
    lacking = sum(d.code == "missing-key" for d in error.diagnostics)
    id_node = entry.get("id")
    if id_node is None or not base or lacking < 3:  # noqa: PLR2004
        return error.diagnostics
    hint = did_you_mean(str(id_node.content), base)
    if not hint:
        return error.diagnostics
    return (
        id_node.error("unknown-item", f"no extended checklist has an item {id_node.content}", hint),
    )


def _join(parts: Iterable[Loaded], asked: Node) -> Loaded:
    """Join checklists; the same item may come twice if it is the same, or tightened from it."""
    parts = list(parts)
    items: dict[str, LoadedItem] = {}
    records: dict[str, ChecklistRecord] = {}
    for part in parts:
        for item_id, loaded in part.items.items():
            items[item_id] = _one_of(items.get(item_id, loaded), loaded, asked)
        records |= part.records
    slots, parameters, nodes = _joined_declarations(parts)
    return Loaded(items, slots, parameters, records, nodes)


def _one_of(one: LoadedItem, other: LoadedItem, asked: Node) -> LoadedItem:
    """Return the one of two forms of an item that came from the other."""
    if one.item == other.item or other.item in one.parents:
        return one
    if one.item in other.parents:
        return other
    raise InputError(
        asked.error(
            "duplicate-id",
            f"{one.item.id} is in two checklists and differs: {one.node.at} and {other.node.at}",
            "rename one, or let one checklist extend the other",
        )
    )


_Declarations = tuple[dict[str, Slot], dict[str, ParameterSpec], dict[tuple[str, str], Node]]


def _joined_declarations(parts: Iterable[Loaded]) -> _Declarations:
    """Join slots and parameters; what is declared again must take the same files and values."""
    slots: dict[str, Slot] = {}
    parameters: dict[str, ParameterSpec] = {}
    nodes: dict[tuple[str, str], Node] = {}
    wrong: list[Diagnostic] = []
    for part in parts:
        for name, slot in part.slots.items():
            if not set(slot.readers) <= set(slots.get(name, slot).readers):
                wrong += _differs("slots", name, "readers", part.nodes, nodes)
            slots[name] = slot
        for name, spec in part.parameters.items():
            before = parameters.setdefault(name, spec)
            for key in ("unit", "default"):
                if getattr(before, key) != getattr(spec, key):
                    wrong += _differs("parameters", name, key, part.nodes, nodes)
        nodes |= part.nodes
    if wrong:
        raise InputError(*dict.fromkeys(wrong))
    return slots, parameters, nodes


def _differs(
    section: str,
    name: str,
    key: str,
    ours: dict[tuple[str, str], Node],
    theirs: dict[tuple[str, str], Node],
) -> list[Diagnostic]:
    """Report both places of a declaration that is not the same in two checklists."""
    nodes = [declared[section, name] for declared in (ours, theirs)]
    places = [node.get(key) or node for node in nodes]
    values = [place.data() for place in places]
    kind, found = section.removesuffix("s"), []
    for place, here, there, other in zip(places, values, values[::-1], places[::-1], strict=True):
        hint = "declare it alike: items rely on it"
        if isinstance(here, list) and isinstance(there, list):
            strangers = ", ".join(f"`{word}`" for word in here if word not in there)
            hint = f"only here: {strangers}; {hint}" if strangers else hint
        found.append(
            place.error("differs", f"the {kind} `{name}` has another `{key}` at {other.at}", hint)
        )
    return found
