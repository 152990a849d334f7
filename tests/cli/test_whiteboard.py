"""`readiness whiteboard`: the board of a launch or of a saved review, in three formats, never a gate."""

from __future__ import annotations

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from tests.cli.running import DAY, EXAMPLE, ROOT, demo, example, readiness


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "review.json"
    path.write_text(example("check", "--format", "json").out)
    return path


def test_the_board_of_a_launch_is_that_of_its_saved_review(saved: Path) -> None:
    done = readiness("whiteboard", EXAMPLE, "--as-of", DAY)
    assert (done.code, done.err) == (0, "")
    assert "2 of 5 failure domains proven by a drill." in done.out
    assert "✓ Proven by FD-06, drilled on" in done.out
    assert readiness("whiteboard", saved).out == done.out


def test_it_writes_every_format(saved: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("terminal", "markdown", "html")}
    done = readiness("whiteboard", saved, "-f", "markdown", *(f"--output={n}={p}" for n, p in files.items()))
    assert done.code == 0
    assert done.out == files["markdown"].read_text(encoding="utf-8")
    assert done.out.startswith("## If something breaks on launch day: Shopping assistant 1.4.0\n")
    assert files["html"].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert done.err.count("wrote ") == 3


def test_a_launch_without_failure_domains_says_so(tmp_path: Path) -> None:
    done = readiness("whiteboard", cwd=demo(tmp_path))
    assert (done.code, done.err) == (0, "")
    assert "The launch describes no failure domain" in done.out


@pytest.mark.parametrize("option", [("--format", "htm"), ("--output", "htm=x"), ("--output", "html")])
def test_a_wrong_format_is_refused_before_anything_is_read(option: tuple[str, str]) -> None:
    done = readiness("whiteboard", "nowhere", *option)
    assert done.code == 2
    assert ("did you mean `html`?" in done.err) == (option[1] != "html")
    assert "nowhere" not in done.err


def test_json_is_no_format_of_the_board(saved: Path) -> None:
    done = readiness("whiteboard", saved, "--format", "json")
    assert done.code == 2
    assert done.err == snapshot("""\
--format: error[unknown-format]: there is no format `json`
  help: formats: html, markdown and terminal
""")


def test_colour_only_where_asked_for(saved: Path) -> None:
    assert "\x1b" not in readiness("whiteboard", saved).out
    assert "\x1b[31m∅ Not drilled" in readiness("whiteboard", saved, env={"FORCE_COLOR": "1"}).out
    assert "\x1b" not in readiness("whiteboard", saved, env={"FORCE_COLOR": "0"}).out


def test_the_page_on_it_shows_the_board_of_the_example(saved: Path) -> None:
    page = (ROOT / "docs" / "whiteboard.md").read_text(encoding="utf-8")
    shown = page.split("```text\n")[1].split("```")[0].rstrip()
    assert shown in readiness("whiteboard", saved).out
