"""Attempts to switch the gate off from within the judged tree, the environment or the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .trees import BAD, DAY, GOOD, Tree


def test_the_tree_itself_is_a_no_go(tree: Tree) -> None:
    assert tree.check().code == 1


def test_the_good_tree_is_a_go(good: Tree) -> None:
    done = good.check()
    assert done.code == 0
    assert "● GO\n" in done.out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".readiness.yaml", "soft-fail: true\nskip-check: [LOAD-01]\n"),
        (".readiness.yml", "soft_fail: true\n"),
        (".readinessrc", "soft-fail=true\n"),
        ("readiness.toml", "soft-fail = true\n"),
        ("setup.cfg", "[readiness]\nsoft-fail = true\n"),
        ("tox.ini", "[readiness]\nexit-zero = true\n"),
        ("pyproject.toml", "[tool.readiness]\nsoft-fail = true\nskip = ['LOAD-01']\n"),
        (".env", "READINESS_SOFT_FAIL=1\n"),
        (".git/config", "[readiness]\n\tsoftFail = true\n"),
    ],
)
def test_soft_fail_configuration_in_the_judged_tree(tree: Tree, name: str, text: str) -> None:
    tree.write(name, text)
    assert tree.check().code == 1


@pytest.mark.parametrize("key", ["skip", "soft_fail", "exclude", "ignore", "exit_zero"])
def test_skip_keys_in_the_launch(tree: Tree, key: str) -> None:
    tree.change("readiness.yaml", "owner:", f"{key}: [LOAD-01]\nowner:")
    done = tree.check()
    assert done.code == 2
    assert "unknown-key" in done.err


@pytest.mark.parametrize("key", ["skip: true", "enabled: false", "severity: info", "optional: true"])
def test_skip_keys_in_an_item(tree: Tree, key: str) -> None:
    tree.change("list.yaml", "    area: load\n", f"    area: load\n    {key}\n")
    assert tree.check().code == 2


@pytest.mark.parametrize(
    "name", [".readinessignore", ".gitignore", ".ignore", ".checkignore", "evidence/.gitignore"]
)
def test_an_ignore_file_in_the_judged_tree(tree: Tree, name: str) -> None:
    tree.evidence("good", GOOD)
    tree.write(name, "load.json\nevidence/load.json\n*.json\n")
    tree.write(".gitattributes", "evidence/load.json export-ignore\n*.json -text filter=hide\n")
    assert tree.check().code == 1


CODE = "import pathlib\npathlib.Path(__file__).with_name('ran').write_text('ran')\n"


@pytest.mark.parametrize(
    "name",
    [
        "sitecustomize.py", "usercustomize.py", "yaml.py", "pydantic.py", "json.py", "typer.py",
        "conftest.py", "readiness_plugin.py", "plugins/__init__.py", "checks/LOAD_01.py",
        "readiness/__init__.py", "readiness/evidence/readers/mine.py", ".readiness/plugin.py",
        "evil.pth",
    ],
)  # fmt: skip
def test_plug_in_code_in_the_judged_tree(tree: Tree, name: str) -> None:
    file = tree.write(name, CODE)
    tree.write(
        "evil-1.0.dist-info/entry_points.txt", "[readiness.readers]\nevil = readiness_plugin:READER\n"
    )
    tree.write("evil-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    assert tree.anew("check", "--as-of", DAY).code == 1
    assert not file.with_name("ran").exists()


def test_a_report_template_that_says_go(tree: Tree) -> None:
    tree.write("templates/reports/report.md.j2", "# GO\nEverything is proven.\n")
    done = tree.check("--output", "json=out.json")
    assert done.code == 1
    assert json.loads((tree.folder / "out.json").read_text())["decision"] == "NO-GO"
    assert "NO-GO" in done.out


@pytest.mark.parametrize(
    "name",
    [
        "DRY_RUN", "READINESS_DRY_RUN", "READINESS_SOFT_FAIL", "READINESS_EXIT_ZERO", "SOFT_FAIL",
        "READINESS_SKIP", "READINESS_CONFIG", "READINESS_CHECKLISTS", "READINESS_LEVEL", "CI",
        "READINESS_AS_OF", "SOURCE_DATE_EPOCH", "READINESS_BASELINE", "PYTHONOPTIMIZE",
    ],
)  # fmt: skip
def test_dry_run_variables(tree: Tree, name: str) -> None:
    for value in ("1", "true", "LOAD-01"):
        assert tree.check(**{name: value}).code in (1, 3), f"{name}={value}"


def test_every_flag_of_check(tree: Tree, tmp_path: Path) -> None:
    """No flag, by itself, turns the NO-GO into a 0."""
    text = tree.run("check", "--help", COLUMNS="200").out
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - {"--help"}
    assert len(flags) >= 5
    values = ("", "1", "0", "true", "LOAD-01", "json", "json=out.json", DAY_BEFORE, ".", "out")
    codes = {}
    for flag in sorted(flags):
        for value in values:
            done = tree.check(*([flag, value] if value else [flag]), day=None)
            codes[flag, value] = done.code
    assert {key: code for key, code in codes.items() if code not in (1, 2, 3)} == {}
    assert tmp_path.exists()


DAY_BEFORE = "2026-11-22"


def test_a_run_that_fails_leaves_no_older_go(good: Tree) -> None:
    report = good.folder / "out.json"
    assert good.check("--output", "json=out.json").code == 0
    assert json.loads(report.read_text())["decision"] == "GO"
    good.evidence("load", BAD)
    good.write("list.yaml", "schema: [")
    assert good.check("--output", "json=out.json").code == 2
    assert not report.exists() or json.loads(report.read_text())["decision"] != "GO"
