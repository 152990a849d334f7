"""Which evidence was read for a slot: paths and globs as the search for evidence takes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.analysis.linked import in_slot
from readiness.evidence.paths import Roots, find
from readiness.model.evidence import FileRecord
from tests.analysis.linked_files import launch, told


def slot(path: str | list[str], *files: str, at: str = "readiness.yaml") -> list[str]:
    evidence = [told(file, ("x", 1, {})) for file in files]
    return [e.path for e in in_slot(evidence, "s", launch(evidence={"s": path}), at)]


@pytest.mark.parametrize(("path", "file", "matches"), [
    ("drills/a.json", "drills/a.json", True),
    ("./drills//a.json", "drills/a.json", True),
    ("drills/a.json", "drills/b.json", False),
    ("drills/*.json", "drills/a.json", True),
    ("drills/*.json", "drills/deep/a.json", False),
    ("drills/*", "drills/.hidden", False),
    ("drills/.*", "drills/.hidden", True),
    ("drills/?.json", "drills/ab.json", False),
    ("drills/[ab].json", "drills/b.json", True),
    ("drills/**", "drills/deep/down/a.json", True),
    ("drills/**/a.json", "drills/a.json", True),
    ("drills/**/a.json", "drills/x/y/a.json", True),
    ("drills/**/a.json", "drills/.x/a.json", False),
    ("**/a.json", "other/a.json", True),
    ("drills/a+(b).json", "drills/a+(b).json", True),
    ("drills", "drills/a.json", False),
])  # fmt: skip
def test_a_path_or_glob_matches(path: str, file: str, matches: bool) -> None:
    assert slot(path, file) == ([file] if matches else [])


def test_a_slot_may_have_several_paths_and_lie_in_a_folder() -> None:
    assert slot(["a/*.json", "b.json"], "a/1.json", "b.json", "c.json") == ["a/1.json", "b.json"]
    assert slot("a/*.json", "app/a/1.json", "a/1.json", "other/a/1.json", at="app/readiness.yaml") == ["app/a/1.json", "a/1.json"]


def test_any_file_of_a_family_counts_and_an_unbound_slot_has_none() -> None:
    family = told("x_stats.csv", ("x", 1, {}))._replace(files=(FileRecord("load/x_history.csv", "0", 1),))
    assert in_slot([family], "s", launch(evidence={"s": "load/*.csv"}), "readiness.yaml") == [family]
    assert in_slot([family], "t", launch(evidence={"s": "load/*.csv"}), "readiness.yaml") == []


NAMES = st.sampled_from(["a", "b", ".h", "ab.json", "b.json"])


@given(st.sets(st.lists(NAMES, min_size=1, max_size=3).map("/".join), max_size=6), st.lists(st.sampled_from(["a", "*", "**", "*.json", "?", ".h", ".*"]), min_size=1, max_size=3).filter(lambda g: g.count("**") < 2).map("/".join))
def test_a_glob_matches_what_the_search_finds(tmp_path_factory: pytest.TempPathFactory, files: set[str], glob: str) -> None:
    root: Path = tmp_path_factory.mktemp("tree")
    made = []
    for name in sorted(files):
        file = root / name
        if not any(parent.is_file() for parent in file.parents) and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("")
            made.append(name)
    found = {path for path in find(glob, Roots(root, root)).paths if (root / path).is_file()}
    assert set(slot(glob, *made)) == found
