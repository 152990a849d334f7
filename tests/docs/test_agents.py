"""The guide for coding agents: its commands end as it says, and the keys it explains are there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from readiness.loading.files import find_home
from readiness.pipeline import lint
from readiness.strict_yaml import parse_yaml
from tests.cli.running import DAY, EXAMPLE, example, readiness

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "agents.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^readiness (.+?) +# exit code (\d)$", TEXT, re.MULTILINE)
DATED = ("coach", "explain", "check")


@pytest.mark.parametrize(("words", "code"), COMMANDS)
def test_a_command_ends_as_the_page_says(words: str, code: str) -> None:
    name, *rest = words.split()
    dated = ["--as-of", DAY] if name in DATED else []
    assert readiness(name, *rest, *dated, cwd=EXAMPLE).code == int(code)


def test_every_command_of_the_loop_is_tried() -> None:
    assert [words.split()[0] for words, _ in COMMANDS] == ["list", "schema", "lint", "coach", "inspect", "explain", "check"]


def test_every_key_it_explains_is_in_a_walk() -> None:
    walk = json.loads(example("coach", "--only", "blockers", "--format", "json").out)
    stop: Any = walk["topics"][0]["stops"][0]
    rows = re.findall(r"^\| (`.+?) \| ", TEXT, re.MULTILINE)
    for key in (key for row in rows for key in re.findall(r"`([^`]+)`", row)):
        value = stop
        for step in key.split("."):
            assert step.removesuffix("[]") in value, key
            value = value[step.removesuffix("[]")]
            if step == "asked[]":
                value = value[0]


def test_its_bindings_are_those_of_the_example() -> None:
    written = lint(find_home(EXAMPLE)).launch.evidence
    for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL):
        for slot, bound in parse_yaml(block.encode(), "page").data()["evidence"].items():
            path = bound if isinstance(bound, str) else bound["path"]
            assert written[slot].path == [path]
            for metric in [] if isinstance(bound, str) else bound["map"]:
                assert metric in (written[slot].map or {})
