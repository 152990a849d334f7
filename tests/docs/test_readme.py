"""What the README shows works: its item is valid, its commands exist, its figures are the example's."""

from __future__ import annotations

import re
from pathlib import Path

from readiness.cli.app import COMMANDS
from readiness.loading.build import build
from readiness.model.checklist import Item
from readiness.strict_yaml import parse_yaml
from tests.cli.running import example

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_the_item_is_valid() -> None:
    block = next(b for b in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if "gate:" in b)
    (node,) = parse_yaml(block.encode(), "README.md").content
    assert build(Item, node).id == "LOAD-03"


def test_every_command_exists() -> None:
    shown = set(re.findall(r"readiness (check|report|[a-z]+)\b(?=[ `\n])", README))
    known = {*COMMANDS, "answers"}
    assert shown - known == set()


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    pages = ("README.md", "CONTRIBUTING.md", "evidence/shop-assistant/README.md")
    targets = {t for p in pages for t in re.findall(r"make ([a-z]+)", (ROOT / p).read_text())}
    assert {t for t in targets if f"\n{t}:" not in makefile} <= {"a", "it"}


def test_the_decision_shown_is_the_examples() -> None:
    block = next(b for b in re.findall(r"```text\n(.*?)```", README, re.DOTALL))
    assert block in example("check").out


def test_links_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.relative_to(ROOT)}: {link}"
