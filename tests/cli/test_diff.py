"""`readiness diff` and `check --baseline`: files and git refs, formats, and regressions refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from jsonschema import Draft202012Validator

from tests.cli.gits import CHECKLIST, LAUNCH, RECORD, commit, git, repository, write
from tests.cli.running import ROOT, readiness

DAY = "2026-11-25"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a repository: main fails, `better` is better, `looser` asks for less, `waived` waives."""
    repo = repository(tmp_path / "repo", 900)
    write(repo, 500)
    commit(repo)
    git(repo, "tag", "better")
    git(repo, "checkout", "-q", "main")
    git(repo, "checkout", "-q", "-b", "l")
    write(repo, 900, launch=LAUNCH.replace("800 ms", "9 s"))
    commit(repo)
    git(repo, "tag", "looser")
    git(repo, "checkout", "-q", "main")
    git(repo, "checkout", "-q", "-b", "w")
    write(repo, 900, decisions=RECORD)
    commit(repo)
    git(repo, "tag", "waived")
    git(repo, "checkout", "-q", "main")
    return repo


def diff(folder: Path, *words: str) -> tuple[int, str, str]:
    done = readiness("diff", *words, "--as-of", DAY, cwd=folder)
    return done.code, done.out, done.err


def test_progress_between_refs(folder: Path) -> None:
    code, out, err = diff(folder, "main", "better")
    assert (code, err) == (0, "")
    assert out == snapshot("""\
demo
main, 1.0.0 of 25 Nov 2026: NO-GO, 1 open blocker, readiness 0 → better, 1.0.0
of 25 Nov 2026: GO, 0 open blockers, readiness 100. Readiness up 100, by the
same method.

✓ Progress
- DEMO-01 The p95 stays within its budget: failed → proven (blocker); changed:
  numbers.json

Evidence
- numbers.json changed: fbf42533eb25 → 6f9611d253ee; for DEMO-01
""")


def test_a_looser_limit_is_no_progress(folder: Path) -> None:
    code, out, _ = diff(folder, "main", "looser")
    assert code == 0
    assert out == snapshot("""\
demo
main, 1.0.0 of 25 Nov 2026: NO-GO, 1 open blocker, readiness 0 → looser, 1.0.0
of 25 Nov 2026: GO, 0 open blockers, readiness 100. The method differs, so no
score and no better outcome counts as progress.

? Better, but something else is asked: no progress
- DEMO-01 The p95 stays within its budget: failed → proven (blocker); no
  evidence changed

Limits, checklists and scope
- parameter budget 800 ms → 9 s
- DEMO-01 p95 <= launch.budget: limit 800 ms → 9 s
""")


def test_decisions_are_a_list_of_their_own(folder: Path) -> None:
    code, out, _ = diff(folder, "main", "waived", "--format", "markdown")
    assert code == 0
    assert out == snapshot("""\
## demo: what moved

main, 1.0.0 of 25 Nov 2026: NO-GO, 1 open blocker, readiness 0 → waived, 1.0.0 of 25 Nov 2026: GO WITH CONDITIONS, 0 open blockers, readiness 0. Readiness level, by the same method.

### Decisions

- DEMO-01 risk accepted by head-of-ops: none → active
""")


def test_files_and_refs_mix_and_json_is_as_published(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "old.json"
    assert readiness("check", "--as-of", DAY, "-o", f"json={file}", cwd=folder).code == 1
    found = json.loads(diff(folder, str(file), "better", "-f", "json")[1])
    assert found["comparable"]
    assert [(m["effect"], m["item"]) for m in found["items"]] == [("progress", "DEMO-01")]
    schema = json.loads((ROOT / "docs" / "schema" / "diff.json").read_text())
    Draft202012Validator(schema).validate(found)
    assert diff(folder, str(file), str(file))[1].endswith("Nothing moved.\n")


def test_a_ref_is_evaluated_with_its_own_history(tmp_path: Path) -> None:
    """Evidence without a date has that of its commit, at a ref as in the working tree."""
    repo = tmp_path / "repo"
    repo.mkdir()
    git(repo, "init", "-q", "-b", "main")
    write(repo, 500, checklist=CHECKLIST.replace("        expect", "        fresh: 14d\n        expect"))
    commit(repo)
    now = json.loads(readiness("check", "--as-of", DAY, "-f", "json", cwd=repo).out)
    assert now["decision"] == "GO"
    found = json.loads(diff(repo, "HEAD", "main", "-f", "json")[1])
    assert found["old"]["decision"] == "GO"
    late = readiness("diff", "HEAD", "main", "-f", "json", "--as-of", "2027-01-01", cwd=repo)
    assert json.loads(late.out)["old"]["decision"] == "NO-GO"


@pytest.mark.parametrize(("words", "code", "message"), [
    (("nowhere", "main"), 2, "nowhere: error[unknown-ref]: there is no commit `nowhere` here"),
    (("main", "gone.json"), 3, "gone.json: error[unreadable]: cannot be read"),
    (("numbers.json", "main"), 2, "error[not-a-review]"), (("--", "-x", "main"), 2, "there is no commit `-x`"),
    (("main", "main", "-f", "html"), 2, "formats: terminal, json, markdown"), (("main",), 2, "NEW"),
])  # fmt: skip
def test_mistakes(folder: Path, words: tuple[str, ...], code: int, message: str) -> None:
    done = readiness("diff", *words, cwd=folder)
    assert done.code == code
    assert message in done.err


def test_reviews_of_two_services(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    write(folder, launch=LAUNCH.replace("service: demo", "service: other"))
    readiness("check", "--as-of", DAY, "-o", f"json={file}", cwd=folder)
    code, _, err = diff(folder, str(file), "main")
    assert code == 2
    assert "these are reviews of two services, other and demo" in err


def test_a_baseline_is_shown_and_regressions_are_refused(folder: Path) -> None:
    git(folder, "checkout", "-q", "better")
    git(folder, "branch", "-f", "main", "better")
    write(folder, 700)
    words = ("check", "--as-of", DAY, "--baseline", "better")
    assert readiness(*words, "--no-regressions", cwd=folder).code == 0
    outputs = [f"--output={name}={folder / name}.out" for name in ("html", "markdown", "json")]
    done = readiness(*words, *outputs, cwd=folder)
    assert "Since the baseline" in done.out
    for name in ("html", "markdown"):
        assert "Since the baseline" in (folder / f"{name}.out").read_text()
    assert json.loads((folder / "json.out").read_text())["baseline"]["comparable"]
    write(folder, 900, decisions=RECORD)
    commit(folder)
    git(folder, "branch", "-f", "main", "HEAD")
    assert readiness(*words, cwd=folder).code == 0, "the risk is accepted"
    done = readiness(*words, "--no-regressions", "--format", "json", cwd=folder)
    review = json.loads(done.out)
    assert (done.code, review["decision"], review["holds"][0]["by"]) == (1, "NO-GO", "baseline")
    assert review["holds"][0]["message"] == "1 regression since better: DEMO-01 proven → failed"
    assert review["baseline"]["refused"]
    typed = readiness(*words, "--no-regressions", "--view", "memo", cwd=folder)
    assert typed.code == 1


def test_regressions_need_a_baseline(folder: Path) -> None:
    done = readiness("check", "--no-regressions", cwd=folder)
    assert done.code == 2
    assert "add --baseline FILE or REF" in done.err


def test_laying_out_a_ref_touches_nothing_and_runs_nothing(folder: Path, tmp_path: Path) -> None:
    ran, script = tmp_path / "ran", tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n")
    script.chmod(0o755)
    (folder / ".gitattributes").write_text("*.json filter=evil\n")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "inside").symlink_to("numbers.json")
    commit(folder)
    git(folder, "config", "filter.evil.smudge", str(script))
    git(folder, "config", "core.fsmonitor", str(script))
    for hook in ("post-checkout", "reference-transaction"):
        (folder / ".git" / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (folder / ".git" / "hooks" / hook).chmod(0o755)
    ran.unlink(missing_ok=True)
    refs = git(folder, "for-each-ref")
    index = (folder / ".git" / "index").read_bytes()
    ran.unlink(missing_ok=True)
    assert diff(folder, "better", "main")[0] == 0
    assert not ran.exists()
    assert (folder / ".git" / "index").read_bytes() == index
    assert git(folder, "-c", "core.fsmonitor=false", "for-each-ref") == refs


def test_a_tree_with_odd_names_stays_in_its_folder() -> None:
    from readiness.cli.at_ref import _plain

    assert not _plain("..")
    assert not _plain("a/../../b")
    assert not _plain(".git/config")
    assert not _plain("a/.GIT/hooks/x")
    assert _plain("a/.github/b")
