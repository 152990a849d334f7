"""JSON with a map: a team's own JSON file goes in, the values that its map names come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.mapping import Tree, read_tree, require_map
from readiness.evidence.reader import Metric, Reader, Reading, Source
from readiness.evidence.structured import JsonDocument
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from readiness.model.checklist import FactMap

_EXAMPLE = "map: {p95: {at: /stages/retrieval/p95, unit: ms}}"


def _sniff(_head: bytes) -> int:
    """Say no: which value is what only a requirement with a map can tell."""
    return 0


def _read(source: Source, fact_map: FactMap | None) -> Reading:
    fact_map = require_map(source, fact_map, _EXAMPLE)
    document = JsonDocument(source)
    return read_tree(Tree(document.value, document.at), source, fact_map)


READER = Reader(
    id="json",
    title="JSON with a map",
    summary="A team's own JSON: the requirement says which value is which metric, and its unit.",
    sniff=_sniff,
    read=_read,
    strength=Strength.measured,
    metrics=(Metric("*", "", "as mapped"),),
    produce="write what was measured as JSON, with the unit of each value known to its reader",
    source="RFC 8259 (JSON), RFC 6901 (JSON pointers)",
    traps=(
        "RFC 6901 has no wildcard: here one step `*` matches every key of an object or list.",
        "So a key that is really called `*` cannot be named alone.",
        "A value that is null or empty, or a `*` that matches nothing, is inconclusive.",
        "A pointer that leads nowhere is invalid: no missing value ever counts as zero.",
        "A share of 97 with the unit `ratio` is invalid: a percentage has the unit `%`.",
        "A text such as `480 ms` brings its own unit; one with a unit in the map too is invalid.",
        "A key given twice, NaN and Infinity are no JSON: the file is invalid.",
    ),
    mapped=True,
)
