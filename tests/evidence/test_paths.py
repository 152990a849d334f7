"""Patterns to files: globs in order, and nothing from outside the repository."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from readiness.evidence.paths import MAX_FILES, Match, Roots, Unopened, find, open_file
from readiness.model.fact import Problem


def read_bytes(path: str, roots: Roots, limit: int) -> bytes:
    handle, size = open_file(path, roots)
    with os.fdopen(handle, "rb") as stream:
        data = stream.read(limit)
    assert size == len(data)
    return data



@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    """A repository with a launch in a folder of its own, and a secret beside the repository."""
    (tmp_path / "secret.json").write_text("{}")
    folder = tmp_path / "repo" / "shop"
    folder.mkdir(parents=True)
    (tmp_path / "repo-evil").mkdir()
    (tmp_path / "repo-evil" / "a.json").write_text("{}")
    return Roots(folder, tmp_path / "repo")


def fill(roots: Roots, *names: str) -> None:
    for name in names:
        file = roots.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"{}")


def problem(match: Match) -> Problem:
    assert match.problem is not None
    assert match.paths == ()
    return match.problem


@pytest.mark.parametrize(("pattern", "found"), [
    ("a.json", ["a.json"]),
    ("*.json", ["a.json", "b.json"]),
    ("?.json", ["a.json", "b.json"]),
    ("[bc].json", ["b.json"]),
    ("*", ["a.json", "b.json"]),
    ("x/*", ["x/c.csv", "x/d.json"]),
    ("*/*.json", ["x/d.json"]),
    ("x/*/*.json", ["x/y/e.json"]),
    ("**/*.json", ["a.json", "b.json", "x/d.json", "x/y/e.json", "x/y/z/f.json"]),
    ("x/**/*.json", ["x/d.json", "x/y/e.json", "x/y/z/f.json"]),
    ("x/**", ["x/c.csv", "x/d.json", "x/y/e.json", "x/y/z/f.json"]),
    ("**/y/*.json", ["x/y/e.json"]),
    (".hidden/*.json", [".hidden/g.json"]),
    (".*", [".h.json"]),
    (".h.json", [".h.json"]),
])  # fmt: skip
def test_globs_find_files_in_order_and_hidden_ones_only_by_name(roots: Roots, pattern: str, found: list[str]) -> None:
    fill(roots, "x/y/z/f.json", "x/y/e.json", "x/d.json", "x/c.csv", "b.json", "a.json",
         ".h.json", ".hidden/g.json", "x/.h.json", "x/y/.git/h.json")  # fmt: skip
    assert find(pattern, roots) == Match(tuple(found))


def test_order_is_by_name_and_not_by_creation(roots: Roots) -> None:
    for name in ("c.json", "a.json", "b.json", "Z.json", "é.json"):
        fill(roots, name)
    assert find("*.json", roots).paths == ("Z.json", "a.json", "b.json", "c.json", "é.json")


@pytest.mark.parametrize("pattern", [
    "/etc/passwd", "C:/a.json", "c:a.json", "a\\b.json", "..\\a.json", "a\0b", "a\nb", "a\x1b[31m", "\ud800",
    "**/**/a.json", "**/a/**", "*/../a.json", "*/../../../*", "x*/..", "[x]/../a.json", "a\u202eb.json",
])  # fmt: skip
def test_what_is_no_relative_posix_path_is_refused(roots: Roots, pattern: str) -> None:
    fill(roots, "a.json", "x/y.json")
    refused = problem(find(pattern, roots))
    assert (refused.kind, refused.code) == ("invalid", "path")
    assert refused.help


@pytest.mark.parametrize("pattern", ["../../secret.json", "../../*.json", "x/../../../secret.json", "../../repo-evil/a.json"])
def test_what_leaves_the_repository_is_refused(roots: Roots, pattern: str) -> None:
    fill(roots, "x/a.json")
    refused = problem(find(pattern, roots))
    assert (refused.kind, refused.code) == ("invalid", "outside")


def test_evidence_may_lie_elsewhere_in_the_repository(roots: Roots) -> None:
    (roots.root / "shared.json").write_text("{}")
    assert find("../shared.json", roots).paths == ("../shared.json",)
    assert find("../*.json", roots).paths == ("../shared.json",)
    assert read_bytes("../shared.json", roots, 10) == b"{}"


def test_a_link_to_a_file_outside_is_refused_when_it_is_read(roots: Roots, tmp_path: Path) -> None:
    (roots.folder / "link.json").symlink_to(tmp_path / "secret.json")
    assert problem(find("link.json", roots)).code == "outside"
    assert find("*.json", roots).paths == ("link.json",)
    with pytest.raises(Unopened) as refused:
        read_bytes("link.json", roots, 10)
    assert (refused.value.problem.code, refused.value.fault) == ("outside", False)


def test_a_link_to_a_folder_outside_is_refused(roots: Roots, tmp_path: Path) -> None:
    (roots.folder / "link").symlink_to(tmp_path)
    assert problem(find("link/*.json", roots)).code == "outside"
    assert problem(find("link/secret.json", roots)).code == "outside"
    for path in find("*/secret.json", roots).paths:
        with pytest.raises(Unopened, match="leaves the repository"):
            read_bytes(path, roots, 10)
    assert find("**/*.json", roots).paths == ()


def test_a_link_that_stays_inside_is_followed(roots: Roots) -> None:
    fill(roots, "real/a.json")
    (roots.folder / "link.json").symlink_to(roots.folder / "real" / "a.json")
    (roots.folder / "linked").symlink_to(roots.folder / "real")
    assert find("*.json", roots).paths == ("link.json",)
    assert find("linked/*.json", roots).paths == ("linked/a.json",)
    assert read_bytes("linked/a.json", roots, 10) == b"{}"


def test_a_link_that_leads_nowhere_or_in_a_circle_is_no_evidence(roots: Roots) -> None:
    (roots.folder / "gone.json").symlink_to(roots.folder / "nothing.json")
    assert problem(find("gone.json", roots)).code == "not-found"
    assert find("*.json", roots).paths == ("gone.json",)
    with pytest.raises(Unopened) as refused:
        read_bytes("gone.json", roots, 10)
    assert (refused.value.problem.code, refused.value.fault) == ("dangling", False)
    (roots.folder / "loop.json").symlink_to(roots.folder / "loop.json")
    with pytest.raises(Unopened):
        read_bytes("loop.json", roots, 10)


def test_a_pipe_is_refused_and_does_not_hang(roots: Roots) -> None:
    os.mkfifo(roots.folder / "pipe.json")
    assert find("pipe.json", roots).paths == ("pipe.json",)
    with pytest.raises(Unopened) as refused:
        read_bytes("pipe.json", roots, 10)
    assert (refused.value.problem.code, refused.value.fault) == ("not-a-file", False)


def test_a_device_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unopened) as refused:
        read_bytes("null", Roots(Path("/dev"), Path("/dev")), 10)
    assert refused.value.problem.code == "not-a-file"


def test_a_folder_is_no_file(roots: Roots) -> None:
    fill(roots, "x/a.json")
    assert find("x", roots).paths == ("x",)
    with pytest.raises(Unopened, match="this is a folder") as refused:
        read_bytes("x", roots, 10)
    assert (refused.value.problem.code, refused.value.problem.help) == ("not-a-file", "name files, for example with `/*`")


@pytest.mark.parametrize("pattern", ["evidence/a.json", "evidence/*.json", "evidence/**/a.json"])
def test_a_file_where_a_folder_should_be(roots: Roots, pattern: str) -> None:
    fill(roots, "evidence")
    found = problem(find(pattern, roots))
    assert (found.kind, found.code) == ("invalid", "not-a-folder")
    assert found.message == "`evidence` is a file and not a folder"


def test_what_is_not_there_names_what_lies_beside_it(roots: Roots) -> None:
    fill(roots, "load/peak_stats.csv", "load/.hidden.csv")
    found = problem(find("load/peak_stat.csv", roots))
    assert (found.kind, found.code) == ("inconclusive", "not-found")
    assert found.help == "did you mean `load/peak_stats.csv`?"
    assert problem(find("laod/*.csv", roots)).help == "did you mean `load`?"
    assert problem(find("load/qqqqq.txt", roots)).help == ""


def test_too_many_files_are_refused(roots: Roots) -> None:
    (roots.folder / "many").mkdir()
    for number in range(MAX_FILES + 1):
        os.mknod(roots.folder / "many" / str(number), stat.S_IFREG | 0o600)
    assert problem(find("many/*", roots)).code == "too-many-files"
    (roots.folder / "many" / "0").unlink()
    assert len(find("many/*", roots).paths) == MAX_FILES


def test_no_permission_is_a_fault(roots: Roots, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(roots, "a.json")

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(Unopened, match="cannot be read: Permission denied") as refused:
        read_bytes("a.json", roots, 10)
    assert (refused.value.problem.code, refused.value.fault) == ("unreadable", True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything: no permission can be missing")
def test_a_file_without_permission_is_a_fault(roots: Roots) -> None:
    fill(roots, "a.json")
    (roots.folder / "a.json").chmod(0)
    with pytest.raises(Unopened) as refused:
        read_bytes("a.json", roots, 10)
    assert (refused.value.problem.code, refused.value.fault) == ("unreadable", True)
