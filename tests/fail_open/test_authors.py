"""Changes to what judges them: policy, waivers, recorded evidence, signatures."""

from __future__ import annotations

from pathlib import Path

import pytest

from .trees import BAD, GOOD, WAIVER, Tree

LATER = {**GOOD, "made": "2026-11-22T10:00:00Z"}


@pytest.fixture
def proposed(tree: Tree) -> Tree:
    """A NO-GO on main, and a branch that is to be merged."""
    tree.git("add", "-A")
    tree.git("commit", "-qm", "main")
    tree.git("checkout", "-qb", "change")
    return tree


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("p95 <= 800 ms", "p95 <= 8 s"),
        ("p95 <= 800 ms, errors < 1 %", "errors < 1 %"),
        ("gate: blocker", "gate: deferrable"),
        ("fresh: 14d", "fresh: 900d"),
        ("needs: measured", "needs: claimed"),
        ("at: /p95, unit: ms", "at: /p95, unit: us"),
        ("    effort: 1d\n", "    effort: 1d\n    when: {changes: [region]}\n"),
    ],
)
@pytest.mark.parametrize("committed", [True, False])
def test_a_loosened_checklist(proposed: Tree, old: str, new: str, *, committed: bool) -> None:
    proposed.change("list.yaml", old, new)
    if "fresh" in old:
        proposed.evidence("load", {**GOOD, "made": "2026-06-01"})
    if committed:
        proposed.git("commit", "-qam", "change")
    assert proposed.check().code in (1, 2)


def test_a_dropped_blocker(proposed: Tree) -> None:
    easy = (proposed.folder / "list.yaml").read_text().replace("LOAD-01", "EASY-01")
    proposed.write("list.yaml", easy.replace("p95 <= 800 ms", "p95 <= 8 s"))
    proposed.git("commit", "-qam", "change")
    assert proposed.check().code == 1


def test_another_checklist(proposed: Tree) -> None:
    text = (proposed.folder / "list.yaml").read_text()
    proposed.write("other.yaml", text.replace("p95 <= 800 ms", "p95 <= 8 s").replace("id: list", "id: other"))
    proposed.change("readiness.yaml", "./list.yaml", "./other.yaml")
    proposed.git("add", "-A")
    proposed.git("commit", "-qm", "change")
    assert proposed.check().code == 1


def test_a_self_written_waiver(proposed: Tree) -> None:
    proposed.write("decisions.yaml", WAIVER)
    proposed.git("add", "-A")
    proposed.git("commit", "-qm", "change")
    assert proposed.check().code == 1
    assert proposed.check("--policy-from", "main").code == 1


def test_a_policy_from_the_change_itself(proposed: Tree) -> None:
    """The trusted ref is a name on the command line, and no file of the tree can stand for it."""
    proposed.change("list.yaml", "p95 <= 800 ms", "p95 <= 8 s")
    proposed.git("commit", "-qam", "change")
    proposed.git("tag", "main-copy")
    assert proposed.check("--policy-from", "main").code == 1


def test_a_pull_request_without_its_base(proposed: Tree) -> None:
    proposed.change("list.yaml", "p95 <= 800 ms", "p95 <= 8 s")
    proposed.git("commit", "-qam", "change")
    proposed.git("branch", "-D", "main")
    assert proposed.check(GITHUB_BASE_REF="main").code == 1


@pytest.fixture
def recorded(good: Tree) -> Tree:
    """A GO whose evidence is in readiness.lock."""
    good.git("add", "-A")
    good.git("commit", "-qm", "main")
    assert good.run("lock", "--as-of", "2026-11-23").code == 0
    good.git("add", "-A")
    good.git("commit", "-qm", "recorded")
    assert good.check("--locked").code == 0
    return good


def test_recorded_evidence_that_was_edited(recorded: Tree) -> None:
    recorded.evidence("load", {**GOOD, "p95": 100})
    assert recorded.check("--locked").code in (1, 3)


def test_recorded_evidence_that_was_dated_anew(recorded: Tree) -> None:
    recorded.evidence("load", LATER)
    assert recorded.check("--locked").code in (1, 3)


def test_recorded_evidence_that_was_taken_away(recorded: Tree) -> None:
    """A failing run is recorded, and deleted afterwards."""
    recorded.evidence("failing", BAD)
    recorded.run("lock", "--as-of", "2026-11-23")
    (recorded.folder / "evidence/failing.json").unlink()
    assert recorded.check("--locked").code == 1
    assert recorded.check().code == 1


def test_evidence_that_nobody_recorded(recorded: Tree) -> None:
    recorded.evidence("more", GOOD)
    assert recorded.check("--locked").code in (1, 3)


def test_a_ledger_that_was_cut(recorded: Tree) -> None:
    recorded.evidence("failing", BAD)
    recorded.run("lock", "--as-of", "2026-11-23")
    recorded.git("add", "-A")
    recorded.git("commit", "-qm", "a failing run")
    lines = (recorded.folder / "readiness.lock").read_text().splitlines(keepends=True)
    (recorded.folder / "evidence/failing.json").unlink()
    recorded.write("readiness.lock", "".join(lines[:-1]))
    assert recorded.check("--locked").code in (1, 2, 3)


def test_one_key_counted_twice(recorded: Tree, tmp_path_factory: pytest.TempPathFactory) -> None:
    pytest.importorskip("cryptography")
    folder: Path = tmp_path_factory.mktemp("keys")
    assert recorded.run("keygen", str(folder / "one")).code == 0
    made = sorted(folder.iterdir())
    public = next(file for file in made if file.suffix == ".pub")
    secret = next(file for file in made if file != public)
    (folder / "again.pub").write_bytes(public.read_bytes())
    done = recorded.run(
        "attest", "--key-file", str(secret), "--as-of", "2026-11-23", "-o", str(folder / "d.json")
    )
    assert done.code == 0, done.err
    once = ("verify", str(folder / "d.json"), "--key", str(public))
    assert recorded.run(*once).code == 0
    twice = (*once, "--key", str(folder / "again.pub"), "--threshold", "2")
    assert recorded.run(*twice).code != 0
