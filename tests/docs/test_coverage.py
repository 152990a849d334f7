"""docs/coverage.md: no row is empty, and every item, analysis and page it names exists."""

from __future__ import annotations

import re
from pathlib import Path

from readiness.analysis.analysis import ANALYSES
from readiness.strict_yaml import parse_yaml

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "coverage.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|") and not line.startswith("|--")
]


def _items() -> set[str]:
    found = set()
    for pack in (ROOT / "checklists").glob("*.yaml"):
        items = parse_yaml(pack.read_bytes(), pack.name).get("items")
        assert items is not None
        found |= {str(item.data()["id"]) for item in items.content}
    return found


def test_no_row_is_empty() -> None:
    assert len(ROWS) > 40
    assert [row for row in ROWS if len(row) != 3 or not all(row)] == []


def test_every_item_exists() -> None:
    named = set(re.findall(r"\b[A-Z]{2,5}-[0-9]{2}\b", PAGE))
    assert named - _items() == set()


def test_every_analysis_exists_and_is_named() -> None:
    in_tables = {
        name
        for row in ROWS
        for name in re.findall(r"(?<![\w\[(])([a-z]+(?:-[a-z]+)+|contradictions)(?![\w\](.])", row[2])
    }
    assert in_tables - set(ANALYSES.all) == set()
    assert {a for a in ANALYSES.shipped_ids if a not in PAGE} == set()


def test_the_kinds_of_failure_are_all_there() -> None:
    for pack in ("failure-domains", "region-outage", "backend-swap", "multilingual", "rollout"):
        items = set(re.findall(r"- id: (\S+)", (ROOT / "checklists" / f"{pack}.yaml").read_text()))
        assert {item for item in items if item in PAGE}, pack
