"""Files: found upward, inside the repository only, regular only, unreadable is not invalid."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from readiness.errors import IncompleteError, InputError
from readiness.loading.files import Home, find_home
from readiness.loading.load import load_plan
from tests.loading.launches import BASE, DECISIONS, LAUNCH, plan_of, write


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    (folder / ".git").mkdir(parents=True)
    return folder


def test_a_launch_is_found_upward_to_the_root(repository: Path) -> None:
    write(repository)
    deep = repository / "a" / "b"
    deep.mkdir(parents=True)
    assert find_home(deep) == Home(repository / "readiness.yaml", repository)
    assert find_home(repository / "readiness.yaml").root == repository


def test_a_launch_above_the_repository_is_not_ours(repository: Path) -> None:
    write(repository.parent)
    with pytest.raises(InputError, match="not-found"):
        find_home(repository)


@pytest.mark.parametrize("name", ["nowhere", "x" * 5000, "a\0b"])
def test_paths_that_lead_nowhere(tmp_path: Path, name: str) -> None:
    with pytest.raises((InputError, IncompleteError)):
        find_home(tmp_path / name)


@pytest.mark.parametrize("name", ["readiness.yaml", "base.yaml", "decisions.yaml"])
def test_a_link_out_of_the_repository_is_refused(repository: Path, name: str) -> None:
    home = write(repository, decisions=DECISIONS)
    home = Home(home.file, repository)
    load_plan(home)
    (repository / name).rename(repository.parent / name)
    (repository / name).symlink_to(repository.parent / name)
    with pytest.raises(InputError, match="leaves the repository"):
        load_plan(home)


@pytest.mark.parametrize("name", ["base.yaml", "decisions.yaml"])
def test_a_link_to_nowhere_or_itself_is_an_error(repository: Path, name: str) -> None:
    home = write(repository)
    for target in ("nowhere", name):
        (repository / name).unlink(missing_ok=True)
        (repository / name).symlink_to(repository / target)
        with pytest.raises((InputError, IncompleteError)):
            load_plan(home)


@pytest.mark.parametrize("name", ["readiness.yaml", "base.yaml", "decisions.yaml"])
def test_what_is_no_regular_file_is_unreadable(repository: Path, name: str) -> None:
    home = write(repository)
    (repository / name).unlink(missing_ok=True)
    os.mkfifo(repository / name)
    with pytest.raises((InputError, IncompleteError)):
        load_plan(home)
    (repository / name).unlink()
    (repository / name).mkdir()
    with pytest.raises((InputError, IncompleteError)):
        load_plan(home)


@pytest.mark.parametrize("name", ["readiness.yaml", "base.yaml", "decisions.yaml"])
def test_an_unreadable_file_makes_the_review_incomplete(
    repository: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = write(repository, decisions=DECISIONS)
    real = os.open

    def denied(path: object, flags: int, *rest: int) -> int:
        if Path(str(path)).name == name:
            raise PermissionError(13, "Permission denied")
        return real(str(path), flags, *rest)

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(IncompleteError, match="cannot be read: Permission denied") as caught:
        load_plan(home)
    assert caught.value.exit_code == 3
    assert caught.value.diagnostics[0].at.path == name


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../../x.yaml", "a/../../../x.yaml", "x" * 1500, "a/" * 700 + "b.yaml", "..", "./"]
)
def test_names_of_checklists_that_are_none(repository: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        plan_of(repository, launch=LAUNCH.replace("./base.yaml", name))
    assert caught.value.diagnostics[0].at.line == 7


def test_a_checklist_in_another_folder_of_the_repository(repository: Path) -> None:
    launch = repository / "launches" / "one"
    launch.mkdir(parents=True)
    (repository / "lists").mkdir()
    (repository / "lists" / "base.yaml").write_text(BASE)
    write(launch, launch=LAUNCH.replace("./base.yaml", "../../lists/base.yaml"))
    plan = load_plan(find_home(launch))
    assert plan.checklists[0].path == "../../lists/base.yaml"
    assert plan.items[0].at.path == "../../lists/base.yaml"


def test_no_decisions_is_no_error(repository: Path) -> None:
    assert plan_of(repository).decisions == ()
    assert len(plan_of(repository, decisions=DECISIONS).decisions) == 1
