"""The wheel carries checklists and templates, and works with the checkout gone, unpacked or zipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = (
    "import sys; sys.path[:0] = [sys.argv.pop(1)]; sys.path.append(sys.argv.pop(1));"
    "import readiness; assert not readiness.__file__.startswith(sys.argv.pop(1));"
    "from readiness.__main__ import main; main()"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of what git tracks, so that nothing stale comes along."""
    source = tmp_path_factory.mktemp("source")
    for name in ("readiness", "checklists", "templates"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target)]
    subprocess.run([*command, str(source)], check=True, capture_output=True)
    return next(target.glob("*.whl"))


def run(path: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line from a path that is no checkout, and no editable install."""
    site = sysconfig.get_paths()["purelib"]
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, str(path), site, str(ROOT), *arguments],
        cwd=cwd,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("zipped", [False, True])
def test_the_main_job_from_the_wheel(wheel: Path, tmp_path: Path, zipped: bool) -> None:
    path = wheel
    if not zipped:
        path = tmp_path / "unpacked"
        zipfile.ZipFile(wheel).extractall(path)
    work = tmp_path / "work"
    work.mkdir()
    assert run(path, work, "init").returncode == 0
    done = run(path, work, "check", "--output", "html=report.html")
    assert done.returncode == 1, done.stderr
    assert "NO-GO" in done.stdout
    assert "<html" in (work / "report.html").read_text()
    assert "llm-service" in run(path, work, "list", "checklists").stdout


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"readiness"}
    assert any(name.startswith("readiness/_bundled/checklists/") for name in names)
    assert any(name.startswith("readiness/_bundled/templates/") for name in names)
    assert not any({"tests", "__pycache__"} & set(name.split("/")) for name in names)
