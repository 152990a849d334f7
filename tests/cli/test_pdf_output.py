"""A binary report on the command line: to a file and through a pipe, never into a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from readiness.rendering import typeset
from tests.cli.running import ROOT, demo, readiness
from tests.rendering.pdfs import pages

pytestmark = pytest.mark.skipif(not typeset.installed(), reason="typst is not installed: pip install typst")
DAY = "2026-11-25"


def test_a_file_and_a_pipe_get_the_same_bytes(tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    done = readiness("report", demo(tmp_path), "--as-of", DAY, "-o", f"pdf={target}")
    assert done.code == 0
    assert f"wrote {target} (PDF memo)" in done.err
    piped = subprocess.run(
        [sys.executable, "-m", "readiness", "report", tmp_path, "--as-of", DAY, "-f", "pdf"],
        cwd=ROOT, capture_output=True, check=True)  # fmt: skip
    assert piped.stdout == target.read_bytes()
    assert "NO-GO" in pages(piped.stdout)[0]


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_terminal_gets_a_clear_error(tmp_path: Path, command: str) -> None:
    mine, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "readiness", command, demo(tmp_path), "--format", "pdf"],
            cwd=ROOT, stdout=theirs, stderr=subprocess.PIPE, check=False)  # fmt: skip
        os.set_blocking(mine, False)
        with pytest.raises(BlockingIOError):
            os.read(mine, 1)
    finally:
        os.close(mine)
        os.close(theirs)
    assert done.returncode == 2
    assert done.stderr.decode() == snapshot(
        """\
--format: error[binary]: `pdf` is not text, and stdout is a terminal
  help: write it to a file: --output pdf=report.pdf
"""
    )


@pytest.mark.parametrize("option", ["--format", "--output"])
def test_with_neither_program_nothing_is_evaluated(tmp_path: Path, option: str) -> None:
    """An empty PATH hides Chromium, and a module of that name that cannot be found hides typst."""
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['typst'] = None\n")
    target = tmp_path / "report.pdf"
    value = "pdf" if option == "--format" else f"pdf={target}"
    done = readiness("check", tmp_path / "no-such-launch", option, value,
                     env={"PATH": "", "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"})  # fmt: skip
    assert done.code == 2
    assert done.err == snapshot(
        """\
pdf: error[not-installed]: a PDF needs typst or Chromium, and neither is installed
  help: install one: pip install 'readiness[typst]', or the package `chromium`
"""
    )
    assert not target.exists()
