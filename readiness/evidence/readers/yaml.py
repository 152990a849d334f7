"""YAML with a map: a team's own YAML file goes in, the values that its map names come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.errors import InputError, Location
from readiness.evidence.mapping import Tree, read_tree, require_map
from readiness.evidence.reader import Metric, Reader, Reading, Source, Unreadable
from readiness.evidence.structured import escape
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap
    from readiness.strict_yaml import Node

_EXAMPLE = "map: {p95: {at: /stages/retrieval/p95, unit: ms}}"
_HELP = {"empty": "did the run finish?", "too-large": "write a summary of the run"}


def _sniff(_head: bytes) -> int:
    """Say no: which value is what only a requirement with a map can tell."""
    return 0


def _read(source: Source, fact_map: FactMap | None) -> Reading:
    fact_map = require_map(source, fact_map, _EXAMPLE)
    root = _parse(source)

    def at(*steps: str | int) -> Location:
        node, _ = root.find(steps)
        pointer = "".join(f"/{escape(str(step))}" for step in steps)
        return source.at(node.line, node.column, pointer)

    return read_tree(Tree(root.data(), at), source, fact_map)


def _parse(source: Source) -> Node:
    from readiness.strict_yaml import parse_yaml  # noqa: PLC0415 - imports yaml

    try:
        return parse_yaml(source.text.encode(), source.path)
    except InputError as error:
        found = error.diagnostics[0]
        hint = _HELP.get(found.code, found.help)
        raise Unreadable(found.code, found.message, found.at, hint) from None


READER = Reader(
    id="yaml",
    title="YAML with a map",
    summary="A team's own YAML: the requirement says which value is which metric, and its unit.",
    sniff=_sniff,
    read=_read,
    strength=Strength.measured,
    metrics=(Metric("*", "", "as mapped"),),
    produce="write what was measured as YAML: one document, without anchors, aliases and tags",
    source="YAML 1.2.2, core schema; RFC 6901 (JSON pointers)",
    traps=(
        "Only `true` and `false` are truth values: `yes`, `no`, `on` and `off` are texts.",
        "`.nan` and `.inf` are invalid, `null`, `~` and an empty value are inconclusive.",
        "`12:30` and `1_000` are texts and no numbers: with a unit they are invalid.",
        "Keys are texts: `99: 12` is named by /99. One step `*` matches every key or index.",
        "Anchors, aliases, merge keys, tags, a second document or a key given twice: invalid.",
    ),
    mapped=True,
)
