"""Broken, empty and hostile input: a clear message of its own, the right exit code, no traceback."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from tests.cli.running import CHECKLIST, DAY, LAUNCH, Done, demo, readiness


def check(folder: Path) -> Done:
    return readiness("check", "--as-of", DAY, cwd=folder)


def finding(done: Done) -> str:
    """Return what the report says of DEMO-01."""
    lines = done.out.splitlines()
    start = next(i for i, line in enumerate(lines) if "DEMO-01" in line)
    return "\n".join(line.strip() for line in lines[start : lines.index("", start)])


def test_broken_launch(tmp_path: Path) -> None:
    done = check(demo(tmp_path, launch=LAUNCH.replace("owner: team-demo", "owner: [team-demo")))
    assert (done.code, done.out) == (2, "")
    assert done.err == snapshot("""\
readiness.yaml:4:8: error[syntax]: `[` is not closed
  4 | owner: [team-demo
    |        ^
  help: add `]` where it ends
""")


def test_misspelt_key(tmp_path: Path) -> None:
    done = check(demo(tmp_path, launch=LAUNCH.replace("evidence:", "evidnce:")))
    assert (done.code, done.out) == (2, "")
    assert done.err == snapshot("""\
readiness.yaml:8:1: error[unknown-key]: unknown key `evidnce`
  8 | evidnce: {numbers: numbers.json}
    | ^^^^^^^
  help: did you mean `evidence`?
""")


def test_empty_launch(tmp_path: Path) -> None:
    done = check(demo(tmp_path, launch=""))
    assert done.code == 2
    assert done.err == snapshot("""\
readiness.yaml:1:1: error[empty]: the file is empty
  help: `readiness init` writes a file to start from
""")


def test_no_launch(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    done = check(tmp_path)
    assert done.code == 2
    assert "`readiness init` writes one to start from" in done.err


def test_empty_checklist(tmp_path: Path) -> None:
    done = check(demo(tmp_path, checklist=CHECKLIST.split("items:")[0] + "items: []\n"))
    assert (done.code, done.out) == (2, "")
    assert done.err == snapshot("""\
readiness.yaml:7:13: error[nothing-to-evaluate]: the checklists hold no item
  7 | checklists: [./list.yaml]
    |             ^
  help: a review without items proves nothing: add items
""")


def test_no_blocker_applies(tmp_path: Path) -> None:
    done = check(demo(tmp_path, checklist=CHECKLIST.replace("gate: blocker", "gate: deferrable")))
    assert done.code == 2
    assert done.err == snapshot("""\
readiness.yaml: error[nothing-to-evaluate]: no blocker applies to this launch, so a GO would prove nothing
  help: add a checklist with blockers that apply
""")


def test_missing_evidence(tmp_path: Path) -> None:
    (demo(tmp_path) / "number.json").write_text("{}")
    done = check(tmp_path)
    assert done.code == 1
    assert finding(done) == snapshot("""\
1. ∅ Missing      DEMO-01 · team-demo · 1 day · due 27 Nov 2026
The p95 stays under 800 ms
no file matches `numbers.json` at numbers.json
help: did you mean `number.json`?
Fix: Make it faster.
major 30 × possible 10\xa0% × gap\xa01 = 3 · always place 1, firm\
""")


def test_evidence_folder_is_a_file(tmp_path: Path) -> None:
    demo(tmp_path, launch=LAUNCH.replace("numbers.json", "evidence/numbers.json"))
    (tmp_path / "evidence").write_text("I am a file")
    done = check(tmp_path)
    assert done.code == 1
    assert finding(done) == snapshot("""\
1. ! Invalid      DEMO-01 · team-demo · 1 day · due 27 Nov 2026
The p95 stays under 800 ms
`evidence` is a file and not a folder at evidence
help: evidence is looked for inside it
Fix: Make it faster.
major 30 × possible 10\xa0% × gap\xa01 = 3 · always place 1, firm\
""")


def test_zero_bytes(tmp_path: Path) -> None:
    (demo(tmp_path) / "numbers.json").write_bytes(b"")
    done = check(tmp_path)
    assert done.code == 1
    assert finding(done) == snapshot("""\
1. ! Invalid      DEMO-01 · team-demo · 1 day · due 27 Nov 2026
The p95 stays under 800 ms
the file is empty (0 bytes) at numbers.json
help: did the run finish?
Fix: Make it faster.
major 30 × possible 10\xa0% × gap\xa01 = 3 · always place 1, firm\
""")


def test_binary(tmp_path: Path) -> None:
    (demo(tmp_path) / "numbers.json").write_bytes(bytes(range(256)) * 40)
    done = check(tmp_path)
    assert done.code == 1
    assert finding(done) == snapshot("""\
1. ! Invalid      DEMO-01 · team-demo · 1 day · due 27 Nov 2026
The p95 stays under 800 ms
no reader knows this binary file at numbers.json
help: link a text export of it
Fix: Make it faster.
major 30 × possible 10\xa0% × gap\xa01 = 3 · always place 1, firm\
""")


def test_unknown_json_names_the_closest_reader(tmp_path: Path) -> None:
    (demo(tmp_path) / "numbers.json").write_text('{"p95": 300}')
    done = check(tmp_path)
    assert done.code == 1
    assert finding(done) == snapshot("""\
1. ! Invalid      DEMO-01 · team-demo · 1 day · due 27 Nov 2026
The p95 stays under 800 ms
no reader knows this json file at numbers.json
help: closest: k6-summary (k6 summary)
Fix: Make it faster.
major 30 × possible 10\xa0% × gap\xa01 = 3 · always place 1, firm\
""")


def test_folder_instead_of_file(tmp_path: Path) -> None:
    (demo(tmp_path) / "numbers.json").mkdir()
    done = check(tmp_path)
    assert done.code == 1
    assert "this is a folder" in finding(done)


def test_link_that_leaves_the_repository(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text('{"metrics": {}}')
    inside = tmp_path / "repository"
    inside.mkdir()
    (demo(inside) / "numbers.json").symlink_to(outside)
    done = check(inside)
    assert done.code == 1
    assert finding(done) == snapshot("""\
1. ! Invalid      DEMO-01 · team-demo · 1 day · due 27 Nov 2026
The p95 stays under 800 ms
`numbers.json` leaves the repository at numbers.json
help: copy the evidence into the repository
Fix: Make it faster.
major 30 × possible 10\xa0% × gap\xa01 = 3 · always place 1, firm\
""")


def test_one_line_of_a_hundred_megabytes(tmp_path: Path) -> None:
    with (demo(tmp_path) / "numbers.json").open("wb") as stream:
        stream.write(b'{"metrics": "')
        for _ in range(100):
            stream.write(b"x" * 1_000_000)
        stream.write(b'"}')
    done = check(tmp_path)
    assert done.code == 1
    assert finding(done) == snapshot("""\
1. ! Invalid      DEMO-01 · team-demo · 1 day · due 27 Nov 2026
The p95 stays under 800 ms
no reader knows this json file at numbers.json
help: closest: k6-summary (k6 summary)
Fix: Make it faster.
major 30 × possible 10\xa0% × gap\xa01 = 3 · always place 1, firm\
""")


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(demo(tmp_path) / "numbers.json")
    done = check(tmp_path)
    assert done.code == 1
    assert "this is not a regular file" in finding(done)


def without_privilege() -> tuple[str, ...]:
    """Return the prefix under which even root obeys file permissions."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("runs as root, and there is no setpriv to give up the right to read anything")
    caps = "-dac_override,-dac_read_search"
    return ("setpriv", f"--bounding-set={caps}", f"--inh-caps={caps}")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_folder_without_read_permission(tmp_path: Path) -> None:
    demo(tmp_path, launch=LAUNCH.replace("numbers.json", "evidence/*.json"))
    locked = tmp_path / "evidence"
    locked.mkdir()
    (locked / "numbers.json").write_text("{}")
    locked.chmod(0)
    try:
        done = readiness("check", "--as-of", DAY, cwd=tmp_path, prefix=without_privilege())
    finally:
        locked.chmod(0o700)
    assert done.code == 3
    assert finding(done) == snapshot("""\
1. ! Invalid      DEMO-01 · team-demo · 1 day · due 27 Nov 2026
The p95 stays under 800 ms
`evidence/*.json` cannot be searched: Permission denied at evidence/*.json
help: give the user that runs readiness the right to read it
Fix: Make it faster.
major 30 × possible 10\xa0% × gap\xa01 = 3 · always place 1, firm\
""")


def test_unreadable_launch(tmp_path: Path) -> None:
    (demo(tmp_path) / "readiness.yaml").chmod(0)
    done = readiness("check", cwd=tmp_path, prefix=without_privilege())
    assert done.code == 3
    assert done.err == snapshot("""\
readiness.yaml: error[unreadable]: cannot be read: Permission denied
  help: check the path and its permissions
""")


@pytest.mark.parametrize("words", [
    ("check", "readiness.yaml", "-fjson"), ("report", "review.json"), ("explain", "DEMO-01", "readiness.yaml"),
    ("lint", "readiness.yaml"), ("inspect", "review.json"),
])  # fmt: skip
def test_what_may_not_be_read_exits_3_whatever_the_command(tmp_path: Path, words: tuple[str, ...]) -> None:
    """It is no wrong usage."""
    (demo(tmp_path) / "review.json").write_text("{}")
    for name in ("review.json", "readiness.yaml"):
        (tmp_path / name).chmod(0)
    done = readiness(*words, cwd=tmp_path, prefix=without_privilege())
    assert done.code == 3
    assert "cannot be read: Permission denied" in done.out + done.err
    assert "Usage" not in done.err


@pytest.mark.parametrize("bad", ["--as-of=yesterday", "--format=docx", "--output=html", "--nope"])
def test_wrong_usage(tmp_path: Path, bad: str) -> None:
    done = readiness("check", bad, cwd=demo(tmp_path))
    assert (done.code, done.out) == (2, "")
    assert done.err


def test_output_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = readiness("check", "--output", "json=no/such/review.json", cwd=demo(tmp_path))
    assert done.code == 3
    assert done.err == snapshot("""\
no/such/review.json: error[not-written]: cannot be written: No such file or directory
  help: does its folder exist, and may you write there?
""")
