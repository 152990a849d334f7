"""The other files that bring readiness into a pipeline: schemas, linters, and what they run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.running import EXAMPLE, ROOT, demo, readiness
from tests.rendering.consumers import MACHINES

BIN = Path(sys.executable).parent
GITLAB = ROOT / "templates" / "ci" / "gitlab.yml"


def passes(*command: str | Path) -> str:
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("schema", "file", "how"), [
    ("vendor.github-actions", "action.yml", ()),
    ("vendor.github-workflows", ".github/workflows/ci.yml", ()),
    ("vendor.gitlab-ci", "templates/ci/gitlab.yml", ("--data-transform", "gitlab-ci")),
])  # fmt: skip
def test_the_published_schema_holds(schema: str, file: str, how: tuple[str, ...]) -> None:
    passes("check-jsonschema", "--builtin-schema", schema, *how, file)


def test_zizmor_finds_nothing() -> None:
    passes("zizmor", "--offline", "--quiet", "--no-progress", "--persona=auditor", "action.yml", ".github/workflows")


def test_hadolint_finds_nothing() -> None:
    passes("hadolint", "Dockerfile")


def test_the_image_copies_what_the_build_needs_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = {name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE) for name in line.split()}
    assert copied == {line[1:] for line in ignored if line.startswith("!")}
    assert all((ROOT / name).exists() for name in copied)
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001:10001"]
    assert all(re.search(r":\d+\.\d+-slim-\w+( AS \w+)?$", line) for line in re.findall(r"^FROM .+$", text, re.MULTILINE))


def test_the_hook_checks_what_was_written(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, *words = shlex.split(hook["entry"])
    assert program == "readiness"
    assert hook["id"] == "readiness-lint"
    chosen = [p.relative_to(ROOT).as_posix() for folder in (EXAMPLE, ROOT / "checklists") for p in sorted(folder.rglob("*.yaml"))
              if re.search(hook["files"], p.relative_to(ROOT).as_posix())]  # fmt: skip
    assert {Path(p).name for p in chosen} >= {"readiness.yaml", "decisions.yaml", "llm-service.yaml"}
    done = readiness(*words, *chosen)
    assert done.code == 0, done.err
    assert done.out.count("valid") == len(chosen)
    demo(tmp_path)
    (tmp_path / "decisions.yaml").write_text("schema: readiness/decisions@1\ndecisions: [{item: X}]\n")
    for name in ("readiness.yaml", "decisions.yaml"):
        wrong = readiness(*words, name, cwd=tmp_path)
        assert wrong.code == 2
        assert "decisions.yaml:2:" in wrong.err


def test_the_gitlab_job_runs_a_command_that_exists(tmp_path: Path) -> None:
    job = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))["readiness"]
    (script,) = job["script"]
    program, *words = shlex.split(script.replace("$READINESS_LAUNCH", "."))
    assert program == "$CI_BUILDS_DIR/readiness-venv/bin/readiness"
    demo(tmp_path)
    assert readiness(*words, cwd=tmp_path).code == 1
    reports = job["artifacts"]["reports"]
    assert all((tmp_path / name).is_file() for name in [*reports.values(), *job["artifacts"]["paths"]])
    formats = dict(word.removeprefix("--output=").split("=") for word in words if word.startswith("--output="))
    assert {formats["gitlab"], formats["junit"], formats["openmetrics"]} == set(reports.values())
    assert job["variables"]["GIT_DEPTH"] == "0"
    assert "allow_failure" not in job


def test_the_page_names_every_file() -> None:
    page = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
    for name in ("action.yml", ".pre-commit-hooks.yaml", "templates/ci/gitlab.yml", "Dockerfile", *MACHINES):
        assert name in page, name
