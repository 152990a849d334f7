"""Evidence belongs to the candidate: made at one of its commits, after the last change of paths."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from readiness.cli.running import run_review
from readiness.errors import InputError
from readiness.model.serial import dump
from tests.repositories import CHECKLIST, DAY, LAUNCH, WATCHED, commit, git, launch, run

if TYPE_CHECKING:
    from pathlib import Path

BEFORE, CHANGE, AFTER = "2026-11-10T10:00:00Z", "2026-11-12T10:00:00Z", "2026-11-14T10:00:00Z"
NAMED = LAUNCH.replace("map: {p95:", "map: {commit: {at: /commit}, p95:")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return launch(tmp_path / "repo", WATCHED)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return launch(tmp_path / "repo", CHECKLIST, NAMED)


def why(repo: Path) -> list[str]:
    """Return outcome, message and place of what is not proven; what is stale is never a GO."""
    review: dict[str, Any] = json.loads(dump(run_review(repo, DAY)))
    found = review["items"][0]["requirements"][0]["findings"]
    left = [f"{f['outcome']}: {f['message']}" for f in found if f["outcome"] != "proven"]
    assert (review["decision"] == "GO") == (not left)
    return left


def masked(lines: list[str], **commits: str) -> list[str]:
    for name, commit_ in commits.items():
        lines = [line.replace(commit_[:12], name) for line in lines]
    return lines


# invalidated_by: the date


def test_evidence_made_after_the_last_change_is_proven(repo: Path) -> None:
    commit(repo, {"prompts/system.md": "Be brief.\n"}, when=CHANGE)
    commit(repo, {"evidence/a.json": run(700, AFTER)}, when=AFTER)
    assert why(repo) == []


def test_evidence_older_than_a_change_is_stale_and_says_which(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700, BEFORE)}, when=BEFORE)
    assert why(repo) == []
    changed = commit(repo, {"prompts/deep/er/system.md": "Be brief.\n"}, when=CHANGE)
    assert masked(why(repo), K=changed) == snapshot(["stale: made on 2026-11-10 10:00 UTC, before `prompts/deep/er/system.md` changed on 2026-11-12 10:00 UTC in commit K"])
    commit(repo, {"evidence/a.json": run(700, AFTER)}, when=AFTER)
    assert why(repo) == []


@pytest.mark.parametrize(("made", "holds"), [
    ("2026-11-12T09:59:59.999Z", False), ("2026-11-12T10:00:00Z", True), ("2026-11-12T10:00:01Z", True),
    ("2026-11-12T11:00:00+02:00", False), ("2026-11-12T06:00:00-05:00", True),
])  # fmt: skip
def test_the_boundary_to_the_second_in_any_time_zone(repo: Path, made: str, holds: bool) -> None:
    commit(repo, {"prompts/system.md": "Be brief.\n"}, when=CHANGE)
    commit(repo, {"evidence/a.json": run(700, made)}, when=AFTER)
    assert (why(repo) == []) is holds


@pytest.mark.parametrize("change", ["added", "edited", "removed", "renamed", "reverted"])
def test_any_kind_of_change_counts(repo: Path, change: str) -> None:
    commit(repo, {"evidence/a.json": run(700, BEFORE)}, when=BEFORE)
    prompt = repo / "prompts/system.md"
    if change == "added":
        (repo / "prompts/new.md").write_text("x")
    elif change in ("edited", "reverted"):
        prompt.write_text("x")
    elif change == "removed":
        prompt.unlink()
    else:
        prompt.rename(repo / "moved.md")
    commit(repo, when=CHANGE)
    if change == "reverted":
        commit(repo, {"prompts/system.md": "Be kind.\n"}, when=CHANGE)
    assert [line[:20] for line in why(repo)] == ["stale: made on 2026-"]


def test_a_change_elsewhere_counts_for_nothing(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700, BEFORE)}, when=BEFORE)
    commit(repo, {"src/prompts/system.md": "x", "prompts.md": "x"}, when=CHANGE)
    assert why(repo) == []


def test_a_change_that_is_not_committed_counts(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700, AFTER)}, when=AFTER)
    (repo / "prompts/system.md").write_text("Be brief.\n")
    assert why(repo) == snapshot(["stale: `prompts/system.md` has changes that are not committed"])
    git(repo, "checkout", "--", "prompts")
    (repo / "prompts/new.md").write_text("untracked")
    assert [line[:6] for line in why(repo)] == ["stale:"]


def test_the_paths_are_those_of_the_repository_and_not_of_the_launchs_folder(tmp_path: Path) -> None:
    root = tmp_path / "mono"
    root.mkdir()
    git(root, "init", "-q")
    files = {"shop/readiness.yaml": LAUNCH, "shop/list.yaml": WATCHED, "prompts/a.md": "x",
             "shop/evidence/a.json": run(700, BEFORE)}  # fmt: skip
    commit(root, files)
    assert why(root / "shop") == []
    commit(root, {"shop/prompts/a.md": "x"}, when=CHANGE)
    assert why(root / "shop") == []
    commit(root, {"prompts/a.md": "y"}, when=CHANGE)
    assert [line[:6] for line in why(root / "shop")] == ["stale:"]


def test_each_glob_must_match_something_or_it_watches_nothing(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700, AFTER), "list.yaml": WATCHED.replace("[prompts/**]", "[prompts/**, prmpts/**]")})
    assert why(repo) == snapshot(["stale: no commit of the candidate ever changed a file that matches `prmpts/**`"])


def test_a_date_that_is_not_known_is_stale(repo: Path) -> None:
    unwatched = WATCHED.replace("        fresh: 30d\n", "")
    commit(repo, {"list.yaml": unwatched, "readiness.yaml": LAUNCH.replace("    produced: /made\n", "")})
    (repo / "evidence").mkdir()
    (repo / "evidence/a.json").write_text(run(700, None))
    assert [line[:36] for line in why(repo)] == ["stale: when it was made is not known"]
    commit(repo, when=AFTER)
    assert why(repo) == [], "its commit dates it"


@pytest.mark.parametrize("glob", ["prompts", "prompts/*", "prompts/*.md", "**/system.md", "prompts/system.md", "prompts/[a-z]*.md"])
def test_the_forms_of_a_glob(repo: Path, glob: str) -> None:
    commit(repo, {"list.yaml": WATCHED.replace("[prompts/**]", f"['{glob}']"), "evidence/a.json": run(700, BEFORE)})
    assert why(repo) == []
    commit(repo, {"prompts/system.md": "Be brief.\n"}, when=CHANGE)
    assert [line[:6] for line in why(repo)] == ["stale:"]


@pytest.mark.parametrize("glob", ["/prompts", "../prompts", "a/../b", "a//b", "./a", "a\\\\b", "**/a/**", "a**", ":(exclude)x", "C:/x", "", "a\\tb", "x" * 201])
def test_what_is_no_path_is_refused(repo: Path, glob: str) -> None:
    commit(repo, {"list.yaml": WATCHED.replace("[prompts/**]", f'["{glob}"]')})
    with pytest.raises(InputError) as caught:
        why(repo)
    assert "list.yaml:19" in str(caught.value)


def test_the_message_for_a_wrong_path(repo: Path) -> None:
    commit(repo, {"list.yaml": WATCHED.replace("[prompts/**]", "[../prompts]")})
    with pytest.raises(InputError) as caught:
        why(repo)
    assert str(caught.value) == snapshot("""\
list.yaml:19:22: error[value]: `../prompts` is not a relative path with `/`
  19 |     invalidated_by: [../prompts]
     |                      ^^^^^^^^^^
  help: write it relative to the root of the repository, for example `prompts/**`\
""")


def test_an_item_of_analyses_alone_has_nothing_to_compare(repo: Path) -> None:
    analysis = WATCHED.replace("slot: numbers\n        fresh: 30d", "analysis: retry-chain").replace("p95 <= 800 ms", "calls.worst <= 4")
    commit(repo, {"list.yaml": analysis})
    with pytest.raises(InputError) as caught:
        why(repo)
    assert str(caught.value) == snapshot("""\
list.yaml:18:21: error[value]: an analysis has no date to compare
  18 |     invalidated_by: [prompts/**]
     |                     ^
  help: add the files that the analysis reads as evidence of the item too\
""")


def test_a_child_may_watch_more_and_never_less(repo: Path) -> None:
    child = "schema: readiness/checklist@1\nid: child\ntitle: Child\nversion: 1.0.0\nextends: [./list.yaml]\nitems:\n  - id: DEMO-01\n    invalidated_by: {}\n"
    commit(repo, {"readiness.yaml": LAUNCH.replace("./list.yaml", "./child.yaml"), "evidence/a.json": run(700, BEFORE)})
    commit(repo, {"child.yaml": child.replace("{}", "[prompts/**, src/**]"), "src/a.py": "x"}, when=CHANGE)
    assert [line[:6] for line in why(repo)] == ["stale:"]
    (repo / "child.yaml").write_text(child.replace("{}", "[src/**]"))
    with pytest.raises(InputError) as caught:
        why(repo)
    assert str(caught.value) == snapshot("""\
child.yaml:8:21: error[loosened]: DEMO-01 is a blocker and may only be tightened: invalidated_by `prompts/**` (at list.yaml:19:21) becomes [src/**]
  8 |     invalidated_by: [src/**]
    |                     ^
  help: keep `prompts/**`, or accept the risk with a waiver in decisions.yaml\
""")


# invalidated_by: the history, where dates do not tell


def test_a_change_made_earlier_and_merged_later_is_seen(repo: Path) -> None:
    git(repo, "checkout", "-q", "-b", "side")
    commit(repo, {"prompts/system.md": "Be brief.\n"}, when=BEFORE)
    git(repo, "checkout", "-q", "main")
    measured = commit(repo, {"evidence/a.json": run(700, CHANGE)}, when=CHANGE)
    assert why(repo) == []
    git(repo, "merge", "-q", "--no-ff", "-m", "m", "side", when=AFTER)
    assert masked(why(repo), E=measured) == snapshot(["stale: `prompts/system.md` is not the same in commit E, which the evidence is of, and in the candidate"])


def test_a_merge_that_keeps_the_old_side_is_seen(repo: Path) -> None:
    git(repo, "checkout", "-q", "-b", "side")
    commit(repo, {"prompts/system.md": "Be brief.\n"}, when=BEFORE)
    commit(repo, {"evidence/a.json": run(700, CHANGE)}, when=CHANGE)
    assert why(repo) == []
    git(repo, "checkout", "-q", "main")
    git(repo, "merge", "-q", "--no-ff", "--no-commit", "side")
    git(repo, "checkout", "HEAD", "--", "prompts")
    commit(repo, when=AFTER)
    assert [line[:6] for line in why(repo)] == ["stale:"], "measured with a prompt that is not the candidate's"


def test_evidence_that_comes_with_its_change_on_a_branch_stays_proven(repo: Path) -> None:
    git(repo, "checkout", "-q", "-b", "pr")
    commit(repo, {"prompts/system.md": "Be brief.\n"}, when=BEFORE)
    commit(repo, {"evidence/a.json": run(700, CHANGE)}, when=CHANGE)
    git(repo, "checkout", "-q", "main")
    commit(repo, {"unrelated.txt": "x"}, when=CHANGE)
    git(repo, "merge", "-q", "--no-ff", "-m", "m", "pr", when=AFTER)
    assert why(repo) == []


# The commit that evidence names


def test_evidence_of_the_candidates_history_is_proven(plain: Path) -> None:
    measured = commit(plain)
    commit(plain, {"evidence/a.json": run(700, commit=measured), "evidence/b.json": run(700, commit=measured[:7].upper())})
    assert why(plain) == []


def test_evidence_of_another_branch_is_stale(plain: Path) -> None:
    git(plain, "checkout", "-q", "-b", "other")
    foreign = commit(plain, {"x": "y"})
    git(plain, "checkout", "-q", "main")
    head = commit(plain, {"evidence/a.json": run(700, commit=foreign)})
    assert masked(why(plain), X=foreign, HEAD=head) == snapshot(["stale: commit X is not in the history of the candidate (HEAD)"])


def test_evidence_of_a_later_commit_than_the_candidate_is_stale(plain: Path) -> None:
    first = git(plain, "rev-parse", "HEAD")
    later = commit(plain, {"x": "y"})
    commit(plain, {"evidence/a.json": run(700, commit=later), "readiness.yaml": NAMED.replace("HEAD", first)})
    assert masked(why(plain), X=later, C=first) == snapshot(["stale: commit X is not in the history of the candidate (C)"])


@pytest.mark.parametrize("named", ["deadbee", "HEAD", "main", "v1.0", "1234567", "0" * 40, "--all", "; rm", "abc", ""])
def test_what_is_no_commit_of_the_candidate_is_stale(plain: Path, named: str) -> None:
    commit(plain, {"evidence/a.json": run(700, commit=named)})
    assert why(plain) != []


def test_a_branch_named_like_a_hash_is_not_taken_for_one(plain: Path) -> None:
    git(plain, "branch", "deadbee")
    git(plain, "tag", "cafecafe")
    for named in ("deadbee", "cafecafe"):
        commit(plain, {"evidence/a.json": run(700, commit=named)})
        assert [line[:6] for line in why(plain)] == ["stale:"]


def test_a_launch_that_names_no_commit_compares_none(plain: Path) -> None:
    commit(plain, {"readiness.yaml": NAMED.replace(", commit: HEAD", ""), "evidence/a.json": run(700, commit="deadbee")})
    assert why(plain) == []


@pytest.mark.parametrize("candidate", ["nothing", "--help", "HEAD~99", "refs/heads/none"])
def test_a_candidate_that_git_does_not_know_is_stale(plain: Path, candidate: str) -> None:
    head = commit(plain)
    commit(plain, {"readiness.yaml": NAMED.replace("commit: HEAD", f"commit: '{candidate}'"), "evidence/a.json": run(700, commit=head)})
    assert [line[:6] for line in why(plain)] == ["stale:"]


# What git cannot tell


def test_a_shallow_clone_makes_all_of_it_stale(repo: Path, tmp_path: Path) -> None:
    head = commit(repo, {"readiness.yaml": NAMED})
    commit(repo, {"evidence/a.json": run(700, AFTER, commit=head)}, when=AFTER)
    assert why(repo) == []
    git(tmp_path, "clone", "-q", "--depth", "1", repo.as_uri(), "shallow")
    assert masked(why(tmp_path / "shallow"), C=head) == snapshot(["stale: whether commit C is in the history of the candidate cannot be told: the clone is shallow", "stale: when `prompts/**` changed cannot be told: the clone is shallow"])


def test_without_git_all_of_it_is_stale(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = commit(repo, {"readiness.yaml": NAMED})
    commit(repo, {"evidence/a.json": run(700, AFTER, commit=head)}, when=AFTER)

    def fail(*_: object, **__: object) -> None:
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", fail)
    assert masked(why(repo), C=head) == snapshot(["stale: whether commit C is in the history of the candidate cannot be told: git knows no repository here", "stale: when `prompts/**` changed cannot be told: git knows no repository here"])


def test_outside_a_repository_it_is_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for name, text in (("readiness.yaml", NAMED), ("list.yaml", WATCHED)):
        (tmp_path / name).write_text(text)
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence/a.json").write_text(run(700, AFTER, commit="a" * 40))
    assert [line[:6] for line in why(tmp_path)] == ["stale:", "stale:"]


def test_another_repository_in_the_environment_is_not_asked(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repo, {"evidence/a.json": run(700, BEFORE)}, when=BEFORE)
    other = launch(tmp_path / "other")
    commit(repo, {"prompts/system.md": "Be brief.\n"}, when=CHANGE)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert [line[:6] for line in why(repo)] == ["stale:"]


def test_replaced_and_grafted_commits_are_seen_as_they_are(repo: Path) -> None:
    first = git(repo, "rev-parse", "HEAD")
    commit(repo, {"evidence/a.json": run(700, BEFORE)}, when=BEFORE)
    changed = commit(repo, {"prompts/system.md": "Be brief.\n"}, when=CHANGE)
    tree = git(repo, "rev-parse", "HEAD^{tree}")
    innocent = git(repo, "commit-tree", tree, "-p", first, "-m", "c", when="2026-11-01T12:00:00Z")
    git(repo, "replace", changed, innocent)
    (repo / ".git/info").mkdir(exist_ok=True)
    (repo / ".git/info/grafts").write_text(f"{changed} {first}\n")
    assert [line[:6] for line in why(repo)] == ["stale:"]
