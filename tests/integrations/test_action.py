"""The GitHub action: its shape by the published schema, its scripts as the runner runs them, in bash."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.cli.running import DAY, EXAMPLE, ROOT, demo
from tests.rendering.runner import commands, outputs

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
BIN = Path(sys.executable).parent


class Ran(NamedTuple):
    """What the two steps left: the code of the last, what was printed, and the outputs."""

    code: int
    printed: str
    outputs: dict[str, str]
    installed: list[str]


def run(folder: Path, workspace: Path, **inputs: str) -> Ran:
    """Run both steps as a runner does; the environment that is installed into is a stand-in."""
    (folder / "temp").mkdir(exist_ok=True)
    python = folder / "python"
    python.write_text(f"""#!/usr/bin/env bash
printf '%s\\n' "$*" >> "{folder}/installed"
[ "$2" = -m ] && [ "$3" = venv ] || exit 0
mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; ln -s "{BIN / 'readiness'}" "$4/bin/readiness"
""")
    python.chmod(0o755)
    files = {name: folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("")
    given = {name: inputs.get(name.replace("-", "_"), spec["default"]) for name, spec in ACTION["inputs"].items()}
    given["python"] = str(python)
    code, printed = 0, ""
    for step in STEPS:
        env = {name: expanded(value, given) for name, value in step["env"].items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=workspace, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, **env, **{k: str(v) for k, v in files.items()}, "RUNNER_TEMP": str(folder / "temp")},
        )  # fmt: skip
        code, printed = done.returncode, printed + done.stdout + done.stderr
        if code:
            break
    found = outputs(files["GITHUB_OUTPUT"].read_text())
    return Ran(code, printed, found, (folder / "installed").read_text().splitlines())


def expanded(value: str, given: dict[str, str]) -> str:
    expression = re.fullmatch(r"\$\{\{ (inputs\.([a-z-]+)|github\.action_path) \}\}", value)
    assert expression is not None, value
    return given[expression[2]] if expression[2] else str(ROOT)


def test_no_script_has_an_expression_and_nothing_is_fetched_by_name() -> None:
    for step in STEPS:
        assert "${{" not in step["run"]
        assert "uses" not in step
        assert step["shell"] == "bash"
    assert set(ACTION["inputs"]) == {m for s in STEPS for v in s["env"].values() for m in re.findall(r"inputs\.([a-z-]+)", v)}
    named = {re.fullmatch(r"\$\{\{ steps\.check\.outputs\.(\w+) \}\}", o["value"])[1] for o in ACTION["outputs"].values()}  # type: ignore[index]
    assert named == {"decision", "readiness", "open_blockers", "open_items", "complete", "earliest_go", "exit_code"}


def test_the_example_fails_the_step_and_says_why(tmp_path: Path) -> None:
    done = run(tmp_path, ROOT, launch="evidence/shop-assistant", as_of=DAY, outputs=f"json={tmp_path / 'r.json'}\nsarif={tmp_path / 'r.sarif'}")
    assert done.code == 1
    assert done.outputs["decision"] == "NO-GO"
    assert done.outputs["exit_code"] == "1"
    assert (tmp_path / "r.json").is_file()
    assert (tmp_path / "r.sarif").is_file()
    assert [c.name for c in commands(done.printed)].count("error") == 10
    assert done.installed[0].startswith("-I -m venv ")
    assert done.installed[1] == f"-I -m pip install --quiet --disable-pip-version-check {ROOT}"


def test_wrong_input_is_told_from_a_no_go(tmp_path: Path) -> None:
    done = run(tmp_path, tmp_path, launch="nothing")
    assert done.code == 2
    assert done.outputs == {"exit_code": "2"}


@pytest.mark.parametrize("launch", ["$(touch pwned)", "`touch pwned`", "; touch pwned", "--help", "-h", "x\ntouch pwned", "--format=html", "' \" $HOME"])
def test_an_input_is_never_run_and_never_an_option(tmp_path: Path, launch: str) -> None:
    work = tmp_path / "work"
    work.mkdir()
    done = run(tmp_path, work, launch=launch)
    assert done.code == 2, done.printed
    assert not list(tmp_path.rglob("pwned"))
    for name in ("as_of", "outputs", "record"):
        demo(work)
        assert run(tmp_path, work, **{name: launch}).code in (1, 2, 3)
        assert not list(tmp_path.rglob("pwned"))


def test_nothing_in_the_environment_turns_a_no_go_into_a_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "READINESS_SOFT_FAIL", "INPUT_SOFT-FAIL", "GITHUB_ACTIONS"):
        monkeypatch.setenv(name, "true")
    demo(tmp_path)
    assert run(tmp_path, tmp_path).code == 1
    assert EXAMPLE.is_dir()
