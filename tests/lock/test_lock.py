"""`readiness lock` and `check --locked`: what was recorded cannot change, vanish or be dated anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from readiness.cli import lock as cli
from readiness.cli.running import run_review
from readiness.errors import ReadinessError
from readiness.model.ledger import Recorded, parse
from readiness.model.serial import dump, load
from readiness.rendering.format import FORMATS, Style
from tests.cli.running import Done, readiness
from tests.repositories import CHECKLIST, DAY, LAUNCH, commit, git, launch, run

OLD, NEW, LATEST = "2026-11-18T10:00:00Z", "2026-11-20T10:00:00Z", "2026-11-22T10:00:00Z"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return launch(tmp_path / "repo")


def lock(repo: Path, *arguments: str, code: int = 0) -> Done:
    """Run `readiness lock` in this process, which is ten times as quick as another one."""
    told: dict[bool, list[str]] = {True: [], False: []}
    given = pairwise(arguments)
    forget = [value for name, value in given if name == "--forget"]
    reason = next((value for name, value in given if name == "--reason"), "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "say", lambda text, stream=sys.stdout: told[stream is sys.stdout].append(text))
        try:
            done = cli._lock(repo, forget, reason, DAY)
        except ReadinessError as error:
            told[False].append(f"{error}\n")
            done = error.exit_code
    found = Done(done, "".join(told[True]), "".join(told[False]))
    assert found.code == code, found
    return found


def cli_code(repo: Path) -> int:
    try:
        return cli._lock(repo, [], "", DAY)
    except ReadinessError as error:
        return error.exit_code


def pairwise(arguments: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(zip(arguments[::2], arguments[1::2], strict=True))


def check(repo: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    review = run_review(repo, DAY, locked=bool(arguments))
    return int(review.decision == "NO-GO"), json.loads(dump(review))


def refused(repo: Path, *arguments: str) -> str:
    with pytest.raises(ReadinessError) as caught:
        check(repo, *arguments)
    return f"{caught.value.exit_code} {caught.value}\n"


def why(repo: Path, *arguments: str) -> list[str]:
    """Return the outcome and message of each finding that is not proven."""
    code, review = check(repo, *arguments)
    found = review["items"][0]["requirements"][0]["findings"]
    left = [f"{f['outcome']}: {f['message']}" for f in found if f["outcome"] != "proven"]
    assert (code == 0) == (not left) == (review["decision"] == "GO")
    return left


def test_what_is_recorded_and_unchanged_proves(repo: Path) -> None:
    head = commit(repo, {"evidence/a.json": run(700)})
    assert lock(repo).out == snapshot("""\
added  evidence/a.json (json, made 2026-11-20)
readiness.lock holds 1 piece of evidence, head 80312f961430
""")
    code, review = check(repo, "--locked")
    assert code == 0
    (piece,) = review["evidence"]
    assert (piece["produced"], piece["produced_source"]) == (NEW, "ledger")
    entry = parse((repo / "readiness.lock").read_bytes()).entries[0]
    assert isinstance(entry, Recorded)
    assert (entry.reader, entry.commit, entry.candidate, entry.on) == ("json", head, head, date(2026, 11, 25))
    assert (entry.sources, entry.files[0].size) == (("slot numbers",), len(run(700)))


def test_recording_again_changes_no_byte(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700)})
    lock(repo)
    before = (repo / "readiness.lock").read_bytes()
    commit(repo)
    lock(repo)
    assert (repo / "readiness.lock").read_bytes() == before


def test_the_same_in_another_place_time_zone_and_language_gives_the_same_bytes(repo: Path, tmp_path: Path) -> None:
    commit(repo, {"evidence/a.json": run(700), "evidence/b.json": run(600)})
    git(tmp_path, "clone", "-q", str(repo), "other place")
    texts = []
    for folder, zone, seed in ((repo, "Asia/Tokyo", "1"), (tmp_path / "other place", "America/Lima", "2")):
        done = readiness("lock", folder, "--as-of", DAY, env={"TZ": zone, "PYTHONHASHSEED": seed, "LANG": "tr_TR.UTF-8"})
        assert done.code == 0, done
        texts.append((folder / "readiness.lock").read_bytes())
    assert texts[0] == texts[1]


def test_a_histogram_of_response_times_is_recorded_too(tmp_path: Path) -> None:
    """Locust's JSON."""
    checklist = CHECKLIST.replace("readers: [json]", "readers: [locust-json]").replace("fresh: 30d\n        ", "")
    text = LAUNCH.split("evidence:")[0] + "evidence: {numbers: evidence/run.json}\n"
    repo = launch(tmp_path / "repo", checklist, text)
    samples = Path(__file__).parents[1] / "samples" / "locust-json" / "ok" / "steady.json"
    commit(repo, {"evidence/run.json": samples.read_text()})
    assert lock(repo).out.startswith("added  evidence/run.json (locust-json, ")


# What --locked refuses


def test_without_a_ledger_locked_is_refused(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700)})
    assert refused(repo, "--locked") == snapshot("""\
2 readiness.lock: error[no-lock]: there is no readiness.lock, and --locked needs one
  help: `readiness lock` writes one
""")
    assert why(repo) == []


def test_unrecorded_evidence_proves_nothing(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700)})
    lock(repo)
    commit(repo, {"evidence/b.json": run(600)})
    assert why(repo, "--locked") == snapshot(["invalid: readiness.lock does not hold it"])
    assert why(repo) == []


def test_a_changed_file_proves_nothing(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(900)})
    lock(repo)
    commit(repo, {"evidence/a.json": run(700)})
    assert why(repo, "--locked") == why(repo) == snapshot(["invalid: it changed since it was recorded on 2026-11-25"])


def test_the_command_itself(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(900)})
    assert readiness("lock", ".", "--as-of", DAY, cwd=repo).code == 0
    commit(repo, {"evidence/a.json": run(700)})
    done = readiness("lock", ".", "--as-of", DAY, cwd=repo)
    assert (done.code, "changed since" in done.err, "holds 1 piece" in done.out) == (1, True, True)
    done = readiness("check", ".", "--as-of", DAY, "--locked", cwd=repo)
    assert (done.code, "changed since" in done.out) == (1, True)
    (repo / "readiness.lock").unlink()
    done = readiness("check", ".", "--as-of", DAY, "--locked", cwd=repo)
    assert (done.code, done.out, "no-lock" in done.err) == (2, "", True)


def test_b1_every_changed_byte_is_seen(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700)})
    lock(repo)
    for at in range(len(run(700))):
        data = bytearray(run(700).encode())
        data[at] ^= 1
        (repo / "evidence/a.json").write_bytes(data)
        assert why(repo, "--locked") != [], f"byte {at}"


def test_b2_evidence_that_was_dated_anew_proves_nothing(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700, OLD)})
    lock(repo)
    commit(repo, {"evidence/a.json": run(700, LATEST)})
    assert why(repo, "--locked") == snapshot(["invalid: it changed since it was recorded on 2026-11-25"])


def test_b2_another_place_for_the_date_is_a_date_anew(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700, OLD, copied=LATEST)})
    lock(repo)
    commit(repo, {"readiness.yaml": LAUNCH.replace("/made", "/copied")})
    assert why(repo, "--locked") == why(repo) == snapshot(["invalid: it says that it was made on 2026-11-22 10:00 UTC; 2026-11-18 10:00 UTC was recorded"])


def test_b2_neither_touch_nor_a_later_commit_makes_it_younger(repo: Path) -> None:
    commit(repo, {"readiness.yaml": LAUNCH.replace("    produced: /made\n", "")})
    commit(repo, {"evidence/a.json": run(700, None)}, when="2026-10-30T00:00:00Z")
    lock(repo)
    git(repo, "commit", "-q", "--amend", "-m", "again", "--allow-empty", when=LATEST)
    os.utime(repo / "evidence/a.json", (1_796_000_000, 1_796_000_000))
    _, review = check(repo, "--locked")
    assert review["evidence"][0]["produced"] == "2026-10-30T00:00:00Z"


def test_a_file_without_a_date_gets_none_from_locked_until_it_is_recorded(repo: Path) -> None:
    commit(repo, {"readiness.yaml": LAUNCH.replace("    produced: /made\n", "")})
    (repo / "evidence").mkdir()
    (repo / "evidence/a.json").write_text(run(700, None))
    assert "no date" in lock(repo).out
    commit(repo, when=NEW)
    assert why(repo, "--locked") == snapshot(["stale: when it was made is not known"])
    assert why(repo) == []
    assert "made 2026-11-20" in lock(repo).out
    assert why(repo, "--locked") == []


# B4: the best of several runs


def test_b4_a_failing_run_that_is_taken_away_is_missing(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700), "evidence/b.json": run(900)})
    lock(repo)
    assert why(repo, "--locked") != []
    (repo / "evidence/b.json").unlink()
    commit(repo)
    assert why(repo, "--locked") == why(repo) == snapshot(["missing: evidence/b.json was recorded on 2026-11-25 and is not among the evidence"])


def test_b4_linking_the_slot_elsewhere_hides_nothing(repo: Path) -> None:
    commit(repo, {"evidence/bad.json": run(900)})
    lock(repo)
    commit(repo, {"other/good.json": run(700), "readiness.yaml": LAUNCH.replace("evidence/*.json", "other/*.json")})
    lock(repo, code=1)
    assert why(repo, "--locked") == snapshot(["missing: evidence/bad.json was recorded on 2026-11-25 and is not among the evidence"])


def test_b4_putting_the_old_content_back_is_seen(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700, OLD)})
    lock(repo)
    commit(repo, {"evidence/a.json": run(900, NEW)})
    lock(repo, "--forget", "evidence/a.json", "--reason", "run again after the fix")
    assert why(repo, "--locked") != []
    commit(repo, {"evidence/a.json": run(700, OLD)})
    assert any("changed since" in line for line in why(repo, "--locked"))


def test_b4_forgetting_a_run_takes_a_later_one(repo: Path) -> None:
    commit(repo, {"evidence/good.json": run(700, OLD), "evidence/bad.json": run(900, NEW)})
    lock(repo)
    (repo / "evidence/bad.json").unlink()
    commit(repo)
    lock(repo, "--forget", "evidence/bad.json", "--reason", "the network was slow")
    assert why(repo, "--locked") == why(repo) == snapshot(["missing: evidence/bad.json was recorded, then forgotten (the network was slow), and no later run is here"])
    commit(repo, {"evidence/again.json": run(710, LATEST)})
    lock(repo)
    assert why(repo, "--locked") == []


def test_a_run_again_replaces_the_failed_one_and_the_report_says_so(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(900, OLD)})
    lock(repo)
    commit(repo, {"evidence/a.json": run(700, NEW)})
    assert lock(repo, code=1).err == snapshot("""\
open   evidence/a.json: it changed since it was recorded on 2026-11-25
The ledger is not true of these. To give recorded content up: readiness lock --forget PATH --reason "why"
""")
    assert lock(repo, "--forget", "evidence/a.json", "--reason", "SHOP-1 made the cache warm").out == snapshot("""\
forgot evidence/a.json: SHOP-1 made the cache warm
added  evidence/a.json (json, made 2026-11-20)
readiness.lock holds 1 piece of evidence, head e22022876fcf
""")
    code, review = check(repo, "--locked")
    assert (code, review["decision"]) == (0, "GO")
    assert [f["reason"] for f in review["ledger"]["forgotten"]] == ["SHOP-1 made the cache warm"]
    for form in ("terminal", "markdown", "html"):
        shown = readiness("check", ".", "--as-of", DAY, "--locked", "--format", form, cwd=repo).out
        assert "SHOP-1 made the cache warm" in " ".join(shown.split())


@pytest.mark.parametrize(("arguments", "code"), [
    (("--forget", "evidence/a.json"), 2),
    (("--reason", "why"), 2),
    (("--forget", "evidence/a.json", "--reason", "  "), 2),
    (("--forget", "evidence/a.json", "--reason", "a\nb"), 2),
    (("--forget", "evidence/A.json", "--reason", "why"), 2),
    (("--forget", "evidence/a.json", "--reason", "it is still there"), 1),
])  # fmt: skip
def test_nothing_is_forgotten_by_mistake(repo: Path, arguments: tuple[str, ...], code: int) -> None:
    commit(repo, {"evidence/a.json": run(700)})
    lock(repo)
    before = (repo / "readiness.lock").read_bytes()
    done = lock(repo, *arguments, code=code)
    assert (repo / "readiness.lock").read_bytes() == before
    assert done.err


def test_what_cannot_be_read_is_not_recorded(repo: Path) -> None:
    commit(repo, {"evidence/a.json": "{", "evidence/b.json": run(700)})
    assert lock(repo, code=1).err == snapshot("""\
open   evidence/a.json: not valid JSON: Expecting property name enclosed in double quotes
The ledger is not true of these. To give recorded content up: readiness lock --forget PATH --reason "why"
""")
    assert [e.path for e in parse((repo / "readiness.lock").read_bytes()).entries] == ["evidence/b.json"]


def test_every_field_of_the_ledger_is_told_and_kept(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(900, OLD)})
    lock(repo)
    commit(repo, {"evidence/a.json": run(700, NEW)})
    lock(repo, "--forget", "evidence/a.json", "--reason", "again")
    review = run_review(repo, DAY, locked=True)
    assert load(dump(review).encode(), "review.json") == review
    ledger = review.ledger
    assert ledger is not None
    (one,) = ledger.forgotten
    changes: list[dict[str, Any]] = [
        {"entries": 99}, {"head": "0" * 64}, {"strict": False}, {"path": "other.lock"}, {"forgotten": ()},
        *({"forgotten": (replace(one, **part),)} for part in ({"path": "x"}, {"sha256": "0" * 64}, {"on": date(2026, 1, 1)}, {"reason": "x"})),
        {"forgotten": (one,) * 5},
    ]  # fmt: skip
    for change in changes:
        other = replace(review, ledger=replace(ledger, **change))
        for form in ("markdown", "html"):
            render = FORMATS.shipped[form].render
            assert render(other, Style()) != render(review, Style()), change


# The ledger itself


@pytest.mark.parametrize("name", ["cut", "flipped", "moved", "empty", "folder", "link"])
def test_a_corrupt_ledger_stops_every_run(repo: Path, tmp_path: Path, name: str) -> None:
    commit(repo, {"evidence/a.json": run(900), "evidence/b.json": run(700)})
    lock(repo)
    file = repo / "readiness.lock"
    lines = file.read_bytes().splitlines(keepends=True)
    if name in ("folder", "link"):
        file.unlink()
    if name == "folder":
        file.mkdir()
    elif name == "link":
        (tmp_path / "elsewhere").write_bytes(b"".join(lines))
        file.symlink_to(tmp_path / "elsewhere")
    else:
        file.write_bytes({
            "cut": b"".join(lines[:-1]), "flipped": b"".join(lines).replace(b'"json"', b'"jsom"', 1),
            "moved": b"".join([lines[0], lines[2], lines[1]]), "empty": b"",
        }[name])  # fmt: skip
    for arguments in ((), ("--locked",)):
        assert "readiness.lock" in refused(repo, *arguments)
    assert cli_code(repo) in (2, 3)


def test_the_message_of_a_corrupt_ledger(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(900)})
    lock(repo)
    file = repo / "readiness.lock"
    file.write_bytes(file.read_bytes().replace(b'"on":"2026-11-25"', b'"on":"2026-11-26"'))
    assert refused(repo, "--locked") == snapshot("""\
2 readiness.lock:2: error[corrupt-lock]: this entry was changed, moved, added or taken out by hand
  help: take it from version control again (`git checkout HEAD -- readiness.lock`), of a conflict either side;
  help: then `readiness lock` adds what the history has and this file has not
""")


def test_b4_a_ledger_made_anew_is_seen_by_its_history(repo: Path, tmp_path: Path) -> None:
    commit(repo, {"evidence/a.json": run(900)})
    lock(repo)
    commit(repo)
    (repo / "readiness.lock").unlink()
    commit(repo, {"evidence/a.json": run(700)})
    (repo / ".gitattributes").write_text("readiness.lock -diff -text binary\n")
    commit(repo)
    done = lock(repo, code=1)
    assert "back   evidence/a.json" in done.out, "lock itself puts back what was taken out"
    assert "changed since it was recorded" in done.err
    forged = tmp_path / "forged"
    git(repo, "clone", "-q", "--no-local", "--depth", "1", repo.as_uri(), str(forged))
    (forged / ".git").rename(forged / "git-of-before")  # no history here: the ledger starts anew
    lock(forged)
    (repo / "readiness.lock").write_bytes((forged / "readiness.lock").read_bytes())
    commit(repo)
    assert refused(repo, "--locked") == snapshot("""\
2 readiness.lock: error[rolled-back]: 1 of its entries, that of evidence/a.json first, were taken out: an earlier commit has them
  help: `readiness lock` puts them back; to give evidence up, use --forget
""")


def test_a_shallow_clone_cannot_be_locked(repo: Path, tmp_path: Path) -> None:
    commit(repo, {"evidence/a.json": run(700)})
    lock(repo)
    commit(repo)
    git(tmp_path, "clone", "-q", "--depth", "1", repo.as_uri(), "shallow")
    assert refused(tmp_path / "shallow", "--locked") == snapshot("""\
3 readiness.lock: error[unknown-history]: whether entries were taken out cannot be told: the clone is shallow, or git does not answer
  help: fetch the whole history (in GitHub Actions `fetch-depth: 0`)
""")


def test_outside_a_repository_the_ledger_stands_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    folder = tmp_path / "plain"
    (folder / "evidence").mkdir(parents=True)
    (folder / "readiness.yaml").write_text(LAUNCH.replace(", commit: HEAD", ""))
    (folder / "list.yaml").write_text(CHECKLIST)
    (folder / "evidence/a.json").write_text(run(700))
    lock(folder)
    assert why(folder, "--locked") == []
    (folder / "evidence/a.json").unlink()
    assert why(folder, "--locked") != []


def test_after_a_merge_conflict_either_side_will_do(repo: Path) -> None:
    lock(repo)
    commit(repo)
    for branch, name in (("one", "a"), ("two", "b")):
        git(repo, "checkout", "-q", "-b", branch, "main")
        commit(repo, {f"evidence/{name}.json": run(700)})
        lock(repo)
        commit(repo)
    git(repo, "checkout", "-q", "one")
    with pytest.raises(subprocess.CalledProcessError):
        git(repo, "merge", "two")
    assert "merge conflict" in refused(repo)
    git(repo, "checkout", "--ours", "readiness.lock")
    assert lock(repo).out == snapshot("""\
back   evidence/b.json, which an earlier commit has
readiness.lock holds 2 pieces of evidence, head 95a1a315db26
""")
    commit(repo)
    assert why(repo, "--locked") == []


def test_evidence_recorded_for_another_branch_is_stale(repo: Path) -> None:
    git(repo, "checkout", "-q", "-b", "other")
    commit(repo, {"evidence/a.json": run(700)})
    lock(repo)
    kept = (repo / "readiness.lock").read_bytes()
    git(repo, "checkout", "-q", "main")
    commit(repo, {"evidence/a.json": run(700)}, when=OLD)
    (repo / "readiness.lock").write_bytes(kept)
    (line,) = why(repo, "--locked")
    assert line.startswith("stale: commit ")
    assert "is not in the history of the candidate" in line


# E2: several runs at once

WRITER = """
import sys
from pathlib import Path
from datetime import date
sys.path.insert(0, sys.argv[1])
from readiness.cli.lock import write
from readiness.cli import lock as cli
from readiness.cli.running import run_review
from readiness.errors import ReadinessError
from readiness.model.ledger import LockedFile, Recorded
from readiness.recording import Given, Seen
for n in range(50):
    path = f"e/{sys.argv[3]}-{n}.json"
    entry = Recorded("recorded", path, "json", (LockedFile(path, f"{n:064x}", n),), None, "", "", "", ("slot x",), date(2026, 11, 25))
    unread = ()
    write(Path(sys.argv[2]), Seen((entry,), (), unread), Given((), ""), "2026-11-25")
"""


def test_e2_eight_writers_of_fifty_entries_lose_none(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    file = tmp_path / "readiness.lock"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(root), str(file), str(n)]) for n in range(8)]
    assert [writer.wait() for writer in writers] == [0] * 8
    assert len(parse(file.read_bytes()).entries) == 400
    assert [p.name for p in tmp_path.iterdir()] == ["readiness.lock"]


def test_e3_a_read_only_folder_leaves_the_ledger_as_it_was(repo: Path) -> None:
    commit(repo, {"evidence/a.json": run(700)})
    lock(repo)
    before = (repo / "readiness.lock").read_bytes()
    commit(repo, {"evidence/b.json": run(700)})
    repo.chmod(0o555)
    try:
        if os.access(repo, os.W_OK):
            pytest.skip("this user may write anywhere")
        assert readiness("lock", ".", cwd=repo).code == 3
    finally:
        repo.chmod(0o755)
    assert (repo / "readiness.lock").read_bytes() == before
