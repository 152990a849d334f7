"""`check` in a git repository: a change that edits what judges it, and policies of trusted refs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.gits import CHECKLIST, LAUNCH, RECORD, commit, git, repository, write
from tests.cli.running import readiness

DAY = "2026-11-25"
LOOSER = LAUNCH.replace("800 ms", "9 s")


def check(folder: Path, *words: str, env: dict[str, str] | None = None) -> tuple[int, Any]:
    done = readiness("check", "--as-of", DAY, "--format", "json", *words, cwd=folder, env=env)
    return done.code, json.loads(done.out) if done.out else done.err


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """Return a repository whose evidence fails: 900 ms, against 800 ms."""
    return repository(tmp_path / "repo", 900)


@pytest.fixture
def fast(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo", 500)


def test_a_change_that_edits_nothing_that_judges_it_is_compared_and_free(fast: Path) -> None:
    (fast / "numbers.json").write_text('{"p95": 600}')
    code, review = check(fast)
    assert (code, review["decision"], review["holds"]) == (0, "GO", [])
    assert review["policy"]["bases"] == [{"ref": "main", "commit": git(fast, "rev-parse", "main"), "head": True}]
    assert review["policy"]["changes"] == []


@pytest.mark.parametrize("committed", [True, False])
def test_a1_a_loosened_limit_holds_the_launch(slow: Path, committed: bool) -> None:
    write(slow, 900, launch=LOOSER)
    if committed:
        commit(slow)
    code, review = check(slow)
    assert (code, review["decision"]) == (1, "NO-GO")
    assert review["items"][0]["outcome"] == "proven"
    loose = [c for c in review["policy"]["changes"] if c["effect"] == "loosened"]
    assert [(c["item"], c["what"], c["before"], c["after"], c["at"]["path"], c["at"]["line"]) for c in loose] == [
        ("DEMO-01", "limit", "p95 <= launch.budget, which is 800 ms", "p95 <= launch.budget, which is 9 s",
         "list.yaml", 19),
    ]  # fmt: skip
    assert review["holds"][0]["by"] == "policy"
    assert review["score"]["readiness"] == 0
    out = readiness("check", "--as-of", DAY, cwd=slow)
    assert out.code == 1
    assert "1 loosening since main" in " ".join(out.out.split())


def test_a3_a_self_written_waiver_does_not_count_until_it_is_merged(slow: Path) -> None:
    write(slow, 900, decisions=RECORD)
    commit(slow)
    code, review = check(slow)
    assert (code, review["records"][0]["status"]) == (1, "unmerged")
    assert review["items"][0]["disposition"] is None
    assert [c["what"] for c in review["policy"]["changes"]] == ["waiver"]
    git(slow, "checkout", "-q", "main")
    git(slow, "merge", "-q", "change")
    code, review = check(slow)
    assert (code, review["decision"]) == (0, "GO WITH CONDITIONS")


@pytest.mark.parametrize(("old", "new"), [
    ("gate: blocker", "gate: deferrable"), ("  - id: DEMO-01", "  - id: DEMO-02"), ("[p95 <=", "[p95 <= 9 s, p95 <="),
    ("harm: major", "harm: minor"), ("expect:", "needs: claimed\n        expect:"),
])  # fmt: skip
def test_edits_of_a_checklist(slow: Path, old: str, new: str) -> None:
    write(slow, 900, checklist=CHECKLIST.replace(old, new))
    code, review = check(slow)
    if "DEMO" in old or "gate" in old or "harm" in old:
        assert (review or {}).get("decision") == "NO-GO" if isinstance(review, dict) else code == 2
    assert code in (1, 2)


def test_uncommitted_edits_on_the_default_branch_are_seen_too(slow: Path) -> None:
    git(slow, "checkout", "-q", "main")
    write(slow, 900, launch=LOOSER)
    assert check(slow)[0] == 1
    commit(slow)
    assert check(slow)[0] == 0


def test_a1_a_policy_from_a_ref(slow: Path) -> None:
    write(slow, 900, launch=LOOSER.replace("1.0.0", "1.1.0"), decisions=RECORD)
    code, review = check(slow, "--policy-from", "main")
    assert (code, review["decision"]) == (1, "NO-GO")
    assert review["items"][0]["outcome"] == "failed"
    assert review["launch"]["parameters"] == {"budget": "800 ms"}
    assert review["launch"]["version"] == "1.1.0"
    assert review["records"] == []
    assert review["policy"]["taken_from"] == "ref"
    assert {c["effect"] for c in review["policy"]["changes"]} == {"loosened", "changed"}
    assert review["holds"] == []
    write(slow, 700, launch=LOOSER)
    assert check(slow, "--policy-from", "main")[0] == 0
    assert check(slow, "--policy-from", "HEAD")[0] == 0
    assert check(slow)[0] == 1


def test_a_slot_that_the_ref_binds_does_not_vanish(slow: Path) -> None:
    unbound = LAUNCH[: LAUNCH.index("evidence:")]
    nothing = CHECKLIST.replace("slot: numbers", "path: numbers.json").replace("launch.budget", "9 s")
    write(slow, 900, launch=unbound, checklist=nothing)
    code, review = check(slow, "--policy-from", "main")
    assert (code, review["items"][0]["outcome"]) == (1, "failed")
    assert review["evidence"][0]["path"] == "numbers.json"


def test_evidence_may_move_and_is_read_as_the_ref_reads_it(slow: Path) -> None:
    moved = LAUNCH.replace("path: numbers.json", "path: new.json").replace("/p95", "/p50")
    write(slow, 900, launch=moved)
    (slow / "numbers.json").unlink()
    (slow / "new.json").write_text('{"p95": 500, "p50": 900}')
    code, review = check(slow, "--policy-from", "main")
    assert (code, review["evidence"][0]["path"]) == (0, "new.json")
    code, review = check(slow)
    assert code == 1
    assert {c["what"]: c["effect"] for c in review["policy"]["changes"]} == {
        "map of slot numbers": "loosened", "path of slot numbers": "changed"}  # fmt: skip


@pytest.mark.parametrize("words", [(), ("--policy-from", "main")])
def test_evidence_that_is_here_cannot_be_left_out(slow: Path, words: tuple[str, ...]) -> None:
    """A narrower binding would hide the run that fails."""
    write(slow, 900, launch=LAUNCH.replace("path: numbers.json", "path: good.json"))
    (slow / "good.json").write_text('{"p95": 500}')
    code, review = check(slow, *words)
    assert (code, review["items"][0]["outcome"], review["decision"]) == (1, "proven", "NO-GO")
    assert "DEMO-01 evidence of slot numbers: numbers.json → left out" in review["holds"][0]["message"]
    write(slow, 700, launch=LAUNCH.replace("path: numbers.json", "path: [numbers.json, good.json]"))
    assert check(slow, *words)[0] == 0


@pytest.mark.parametrize(("ref", "message"), [
    ("nowhere", "there is no commit `nowhere` here"), ("--all", "there is no commit"), ("", None),
    ("empty", "has no readiness.yaml"), ("twice", "`twice` is refs/heads/twice and refs/tags/twice"),
])  # fmt: skip
def test_refs_that_cannot_be(fast: Path, ref: str, message: str | None) -> None:
    git(fast, "branch", "twice")
    git(fast, "checkout", "-q", "--orphan", "empty")
    git(fast, "rm", "-rfq", ".")
    git(fast, "commit", "-q", "--allow-empty", "-m", "nothing")
    git(fast, "tag", "twice")
    git(fast, "checkout", "-q", "change")
    done = readiness("check", f"--policy-from={ref}", "--as-of", DAY, cwd=fast)
    assert done.code == (2 if message else 0)
    assert (message or "") in done.err


def test_a_mistake_in_the_policy_of_a_ref_is_told_as_its(fast: Path) -> None:
    write(fast, checklist=CHECKLIST.replace("gate: blocker", "gate: bloker"))
    commit(fast)
    git(fast, "tag", "broken")
    write(fast)
    done = readiness("check", "--policy-from", "broken", "--as-of", DAY, cwd=fast)
    assert done.code == 2
    assert done.err.startswith("broken:list.yaml:13:11: error")


def test_outside_a_repository_the_review_says_so(tmp_path: Path) -> None:
    write(tmp_path)
    code, review = check(tmp_path)
    assert (code, review["policy"]["note"]) == (
        0, "Nothing to compare the policy with: the launch is in no git repository.")  # fmt: skip
    done = readiness("check", "--as-of", DAY, cwd=tmp_path)
    assert "Nothing to compare the policy with" in done.out
    assert readiness("check", "--policy-from", "main", cwd=tmp_path).code == 2


def test_before_the_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path)
    code, review = check(tmp_path)
    assert (code, "no commit yet" in review["policy"]["note"]) == (0, True)


@pytest.mark.parametrize(("variable", "target"), [
    ("GITHUB_BASE_REF", "main"), ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
    ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
])  # fmt: skip
def test_a_proposed_change_needs_its_target(fast: Path, variable: str, target: str) -> None:
    assert check(fast, env={variable: target})[1]["holds"][0]["message"].endswith(
        "main already has HEAD: this is not what is proposed for it")  # fmt: skip
    commit(fast)
    assert check(fast, env={variable: target})[0] == 0
    code, review = check(fast, env={variable: "release"})
    assert (code, review["decision"]) == (1, "NO-GO")
    assert "a change is proposed for release, and the branch release is not in this clone" in review["holds"][0]["message"]


def test_a_variable_adds_a_base_and_takes_none_away(slow: Path) -> None:
    write(slow, 900, launch=LOOSER)
    commit(slow)
    git(slow, "branch", "easy")
    commit(slow)
    code, review = check(slow, env={"GITHUB_BASE_REF": "easy"})
    assert (code, [b["ref"] for b in review["policy"]["bases"]]) == (1, ["easy", "main"])


def test_a_shallow_clone_of_a_proposed_change_is_held(slow: Path, tmp_path: Path) -> None:
    write(slow, 900, launch=LOOSER)
    commit(slow)
    git(slow, "checkout", "-q", "main")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", "--branch", "change", f"file://{slow}", clone], check=True)
    assert check(clone)[1]["policy"]["note"].startswith("Nothing to compare the policy with: this clone is too shallow")
    assert check(clone, env={"GITHUB_BASE_REF": "main"})[0] == 1


def test_a_launch_that_moved_is_still_compared(slow: Path) -> None:
    (slow / "launch").mkdir()
    for name in ("readiness.yaml", "list.yaml", "numbers.json"):
        git(slow, "mv", name, f"launch/{name}")
    (slow / "launch" / "readiness.yaml").write_text(LOOSER)
    code, review = check(slow / "launch")
    assert code == 1
    assert "loosening" in review["holds"][0]["message"]


def test_a_nearer_launch_is_compared_with_the_one_above(slow: Path) -> None:
    (slow / "service").mkdir()
    write(slow / "service", 900, launch=LOOSER.replace("demo", "other"))
    assert check(slow / "service")[0] == 1


def test_a_new_launch_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder)
    git(folder, "checkout", "-q", "-b", "change")
    write(folder)
    commit(folder)
    code, review = check(folder)
    assert (code, review["policy"]["note"]) == (0, "The launch is new: main has none to compare its policy with.")


def test_names_that_look_like_the_default_branch_are_not_taken_for_it(slow: Path) -> None:
    write(slow, 900, launch=LOOSER)
    commit(slow)
    for name in ("origin/main", "main", "HEAD"):
        git(slow, "tag", name)
    git(slow, "branch", "origin/main")
    assert check(slow)[0] == 1


def test_nothing_of_the_repository_runs(slow: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    script.chmod(0o755)
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (slow / ".git" / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (slow / ".git" / "hooks" / hook).chmod(0o755)
    (slow / ".gitattributes").write_text("*.yaml filter=evil diff=evil\n")
    write(slow, 900, launch=LOOSER)
    commit(slow)
    ran.unlink(missing_ok=True)
    for key in ("core.fsmonitor", "filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv", "core.pager", "core.sshCommand"):
        git(slow, "config", key, str(script))
    ran.unlink(missing_ok=True)
    assert check(slow)[0] == 1
    assert check(slow, "--policy-from", "main")[0] == 1
    assert not ran.exists()


def test_the_environment_leads_to_no_other_repository(slow: Path, tmp_path: Path) -> None:
    other = repository(tmp_path / "other", 900, launch=LOOSER)
    write(slow, 900, launch=LOOSER)
    commit(slow)
    env = {"GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": str(other / ".git" / "index"),
           "GIT_OBJECT_DIRECTORY": str(other / ".git" / "objects")}  # fmt: skip
    assert check(slow, env=env)[0] == 1


def test_a_link_in_the_base_is_followed_within_the_tree_and_not_out_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "shared").mkdir()
    write(folder, 900)
    (folder / "list.yaml").rename(folder / "shared" / "list.yaml")
    (folder / "list.yaml").symlink_to("shared/list.yaml")
    commit(folder)
    git(folder, "checkout", "-q", "-b", "change")
    (folder / "readiness.yaml").write_text(LOOSER)
    assert check(folder)[0] == 1
    (folder / "list.yaml").unlink()
    (folder / "list.yaml").symlink_to("/etc/passwd")
    commit(folder)
    git(folder, "tag", "out")
    (folder / "list.yaml").unlink()
    (folder / "list.yaml").write_text(CHECKLIST)
    assert readiness("check", "--policy-from", "out", cwd=folder).code == 2


def test_both_ways_of_naming_the_ref_start_quickly_and_the_same(fast: Path) -> None:
    plain = readiness("check", "--policy-from", "main", "--as-of", DAY, cwd=fast)
    typed = readiness("check", "--policy-from=main", "--as-of", DAY, "--view", "full", cwd=fast)
    assert (plain.code, plain.out) == (typed.code, typed.out)
