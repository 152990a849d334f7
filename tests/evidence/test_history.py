"""Dates from git: of committed, unchanged files alone, and never from the file system."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness.evidence.history import committed

FIRST, SECOND = "2026-10-01T12:00:00+02:00", "2026-11-10T08:00:00-05:00"
FIRST_UTC, SECOND_UTC = datetime(2026, 10, 1, 10, tzinfo=UTC), datetime(2026, 11, 10, 13, tzinfo=UTC)


def git(folder: Path, *arguments: str, when: str = FIRST) -> None:
    environment = {
        **os.environ, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z",
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
    }  # fmt: skip
    subprocess.run(["git", "-C", str(folder), *arguments], env=environment, check=True, capture_output=True)


def commit(folder: Path, *names: str, when: str = FIRST, text: str = "1") -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        git(folder, "add", "--", name)
    git(folder, "commit", "-q", "-m", "c", when=when)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


def test_the_commit_that_brought_the_content(repository: Path) -> None:
    commit(repository, "a.json", "b.json")
    commit(repository, "b.json", when=SECOND, text="2")
    assert committed(["a.json", "b.json"], repository) == {"a.json": FIRST_UTC, "b.json": SECOND_UTC}


def test_the_file_systems_time_is_never_asked(repository: Path) -> None:
    commit(repository, "a.json")
    os.utime(repository / "a.json", (2_000_000_000, 2_000_000_000))
    assert committed(["a.json"], repository) == {"a.json": FIRST_UTC}
    os.utime(repository / "a.json", (0, 0))
    assert committed(["a.json"], repository) == {"a.json": FIRST_UTC}


def test_what_is_changed_staged_untracked_ignored_or_gone_has_no_date(repository: Path) -> None:
    commit(repository, "clean.json", "changed.json", "staged.json", "gone.json", "removed.json", ".gitignore")
    (repository / ".gitignore").write_text("ignored.json")
    for name in ("changed.json", "staged.json", "untracked.json", "ignored.json"):
        (repository / name).write_text("2")
    git(repository, "add", "staged.json")
    (repository / "gone.json").unlink()
    git(repository, "rm", "-q", "--cached", "removed.json")
    names = [f"{n}.json" for n in ("clean", "changed", "staged", "untracked", "ignored", "gone", "removed", "nothing")]
    assert committed(names, repository) == {"clean.json": FIRST_UTC}


@pytest.mark.parametrize("name", [
    "with space.json", "ünï-ćode-日本.json", "a'quote\".json", "tab\tname.json", "[1].json", "*.json", ":top.json",
    "-dash.json", "sub/dir/x.json", " lead.json", "trail ", "%41.json", "back\\slash.json",
    "\x01name.json",
])  # fmt: skip
def test_any_name_is_dated_and_found_changed(repository: Path, name: str) -> None:
    commit(repository, "zz.json", when=SECOND)
    file = repository / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("1")
    git(repository, "add", "--all")
    git(repository, "commit", "-q", "-m", "c")
    assert committed([name], repository) == {name: FIRST_UTC}
    file.write_text("2")
    assert committed([name, "zz.json"], repository) == {"zz.json": SECOND_UTC}


def test_a_name_with_a_line_break_dates_no_other_file(repository: Path) -> None:
    commit(repository, "load.json")
    commit(repository, "x\nload.json", when=SECOND)
    dates = committed(["load.json", "x\nload.json"], repository)
    assert dates["load.json"] == FIRST_UTC


def test_a_launch_below_the_root(repository: Path) -> None:
    for folder in ("shop", "my shop ü"):
        commit(repository, f"{folder}/e/a.json", f"{folder}/e/b.json")
        (repository / folder / "e" / "b.json").write_text("2")
        assert committed(["e/a.json", "e/b.json"], repository / folder) == {"e/a.json": FIRST_UTC}


def test_a_file_beside_the_launchs_folder_is_dated_or_unknown_but_never_wrong(repository: Path) -> None:
    commit(repository, "shop/a.json", "shared/b.json")
    (repository / "shared" / "b.json").write_text("2")
    assert committed(["a.json", "../shared/b.json"], repository / "shop") == {"a.json": FIRST_UTC}


def test_a_shallow_clone_knows_no_date(repository: Path, tmp_path: Path) -> None:
    commit(repository, "a.json")
    commit(repository, "b.json", when=SECOND)
    git(tmp_path, "clone", "-q", "--depth", "1", repository.as_uri(), "shallow")
    git(tmp_path, "clone", "-q", repository.as_uri(), "full")
    assert committed(["a.json"], tmp_path / "shallow") == {}
    assert committed(["a.json"], tmp_path / "full") == {"a.json": FIRST_UTC}


def test_a_merge_takes_the_date_of_the_side_the_content_came_from(repository: Path) -> None:
    commit(repository, "a.json")
    git(repository, "checkout", "-q", "-b", "side")
    commit(repository, "a.json", when=SECOND, text="2")
    git(repository, "checkout", "-q", "-")
    commit(repository, "b.json", when=SECOND)
    git(repository, "merge", "-q", "--no-ff", "-m", "m", "side", when="2026-11-20T00:00:00Z")
    assert committed(["a.json"], repository) == {"a.json": SECOND_UTC}


def test_outside_a_repository_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "a.json").write_text("1")
    assert committed(["a.json"], tmp_path) == {}
    assert committed([], tmp_path) == {}


def test_an_empty_repository_knows_nothing(repository: Path) -> None:
    (repository / "a.json").write_text("1")
    git(repository, "add", "a.json")
    assert committed(["a.json"], repository) == {}


@pytest.mark.parametrize("error", [FileNotFoundError("git"), subprocess.TimeoutExpired("git", 60)])
def test_without_git_nothing_is_known(repository: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    commit(repository, "a.json")

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(subprocess, "run", fail)
    assert committed(["a.json"], repository) == {}


def test_a_watcher_that_the_repository_configures_is_not_started(repository: Path, tmp_path: Path) -> None:
    commit(repository, "a.json")
    watcher = tmp_path / "watcher"
    watcher.write_text(f"#!/bin/sh\ntouch '{tmp_path}/started'\n")
    watcher.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(watcher))
    assert committed(["a.json"], repository) == {"a.json": FIRST_UTC}
    assert not (tmp_path / "started").exists()
    git(repository, "status")
    assert (tmp_path / "started").exists(), "the canary itself does not work"


