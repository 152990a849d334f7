"""The examples of the language pages are loaded, and their tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from readiness.loading.files import find_home
from readiness.model.base import Expect
from readiness.model.expectation import OPERATORS
from readiness.model.quantity import _UNITS
from readiness.pipeline import lint
from readiness.strict_yaml import parse_yaml

DOCS = Path(__file__).resolve().parents[2] / "docs"


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"```yaml {kind}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


def test_the_example_launch_with_its_checklist_and_decisions_is_valid(tmp_path: Path) -> None:
    (tmp_path / "checklists").mkdir()
    (tmp_path / "readiness.yaml").write_text(blocks("language.md", "launch")[0])
    (tmp_path / "checklists" / "own.yaml").write_text(blocks("language.md", "checklist")[0])
    (tmp_path / "decisions.yaml").write_text(blocks("language.md", "decisions")[0])
    plan = lint(find_home(tmp_path))
    assert [item.item.id for item in plan.items] == ["LOAD-01", "CB-01"]
    assert plan.decisions[0].decision.item == "LOAD-01"


def test_every_example_expectation_parses() -> None:
    from pydantic import TypeAdapter

    adapter = TypeAdapter(Expect)
    (block,) = blocks("expectations.md", "expectations")
    parsed = [adapter.validate_python(value) for value in parse_yaml(block.encode(), "x").data()]
    assert {p.op for p in parsed} >= {"<=", ">=", "<", "is", "in", "!="}
    assert parsed[-1].key()[:3] == ("p95", "stage", "retrieval")


def test_the_grammar_names_every_operator() -> None:
    text = (DOCS / "expectations.md").read_text()
    line = re.search(r"operator +=(.*);", text)
    assert line is not None
    assert set(re.findall(r'"([^"]+)"', line[1])) == set(OPERATORS)


def test_the_units_are_those_of_the_code() -> None:
    text = (DOCS / "expectations.md").read_text()
    for dimension, units in _UNITS.items():
        row = re.search(rf"^\| {dimension} \| (.*) \|$", text, re.MULTILINE)
        assert row is not None, dimension
        named = row[1].replace("none, or", "").split()
        assert named == [unit for unit in units if unit]
