"""`check --record` and `report --history`: what is kept, what is read, and what is left out aloud."""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from readiness.cli.recorded import open_folder

from .running import CHECKLIST, LAUNCH, Done, demo, readiness

DAYS = ("2026-11-10", "2026-11-12", "2026-11-20")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return demo(home)


def check(folder: Path, day: str = DAYS[0], *more: str) -> Done:
    return readiness("check", ".", "--as-of", day, "--record", "kept", *more, cwd=folder)


def kept(folder: Path) -> list[str]:
    return sorted(p.name for p in (folder / "kept").iterdir())


def history(folder: Path, *more: str) -> tuple[dict[str, Any], str]:
    done = readiness("report", ".", "--as-of", DAYS[2], "--history", "kept", "-f", "json", *more, cwd=folder)
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)["history"]
    return found, done.err


def test_a_review_is_kept_once(folder: Path) -> None:
    first, again = check(folder), check(folder)
    assert (first.code, again.code) == (1, 1)
    (name,) = kept(folder)
    assert re.fullmatch(r"2026-11-10-01-[0-9a-f]{12}\.json", name)
    assert first.err == again.err == f"recorded kept/{name}\n"


def test_what_is_kept_does_not_depend_on_what_was_kept_before(folder: Path) -> None:
    check(folder, DAYS[1])
    before = (folder / "kept" / kept(folder)[0]).read_bytes()
    (folder / "kept" / kept(folder)[0]).unlink()
    check(folder, DAYS[0])
    check(folder, DAYS[1])
    assert (folder / "kept" / kept(folder)[1]).read_bytes() == before
    assert json.loads(before)["history"] is None


def test_another_review_of_the_day_is_kept_beside_the_first(folder: Path) -> None:
    check(folder)
    (folder / "readiness.yaml").write_text(LAUNCH.replace("1.0.0", "1.0.1"))
    check(folder)
    names = kept(folder)
    assert [name[:14] for name in names] == ["2026-11-10-01-", "2026-11-10-02-"]
    found, err = history(folder)
    assert [past["version"] for past in found["past"]] == ["1.0.0", "1.0.1"]
    assert err == ""


def test_a_review_is_compared_with_those_before_it(folder: Path) -> None:
    check(folder, DAYS[1])
    check(folder, DAYS[0])
    found, _ = history(folder)
    assert [past["as_of"] for past in found["past"]] == list(DAYS[:2])
    assert found["items"] == [{"item": "DEMO-01", "since": DAYS[0], "reviews": 3, "earlier": "", "last": None,
                               "method_changed": False}]  # fmt: skip
    done = check(folder, DAYS[2], "-f", "markdown")
    assert "was 0 on 12 Nov 2026" in done.out


def test_another_method_is_never_progress(folder: Path) -> None:
    check(folder, DAYS[0])
    (folder / "list.yaml").write_text(CHECKLIST.replace("p95 <= 800 ms", "p95 <= 900 ms"))
    found, _ = history(folder)
    assert found["changed"] == ["checklist demo 1.0.0 edited"]
    done = check(folder, DAYS[2], "-f", "markdown")
    assert "another method on 10 Nov 2026" in done.out
    assert "was 0" not in done.out


def test_a_saved_review_is_not_its_own_past(folder: Path) -> None:
    for day in DAYS:
        check(folder, day)
    name = kept(folder)[1]
    done = readiness("report", f"kept/{name}", "--history", "kept", "-f", "json", cwd=folder)
    found = json.loads(done.out)["history"]
    assert [past["as_of"] for past in found["past"]] == [DAYS[0]]
    assert done.err == f"{kept(folder)[2]}: warning[later-review]: it is of 2026-11-20, after this review's day 2026-11-12: left out\n"


def test_what_cannot_be_used_is_named_and_left_out(folder: Path) -> None:
    check(folder, DAYS[0])
    good = kept(folder)[0]
    box = folder / "kept"
    (box / "1-broken.json").write_text('{"schema": ')
    (box / "2-foreign.json").write_text('{"name": "package"}')
    (box / "3-binary.json").write_bytes(b"\x00\xff\xfe")
    (box / "4-empty.json").write_bytes(b"")
    (box / "5-folder.json").mkdir()
    os.mkfifo(box / "6-pipe.json")
    (box / "7-gone.json").symlink_to("nowhere")
    (box / f"8-{chr(0x1B)}[31m.json").write_text("[]")
    (box / "2026-11-11-01-0123456789ab.json").write_bytes((box / good).read_bytes())
    other = json.loads((box / good).read_text())
    other["launch"]["service"] = "shop-search"
    (box / "9-other.json").write_text(json.dumps(other))
    (box / "README.md").write_text("not a review, and not said to be one")
    found, err = history(folder)
    assert len(found["past"]) == 1
    assert [note["code"] for note in found["notes"]] == snapshot(
        [
            "not-a-review",
            "not-a-review",
            "changed-review",
            "not-a-review",
            "not-a-review",
            "unreadable",
            "unreadable",
            "unreadable",
            "not-a-review",
            "another-service",
        ]
    )
    assert err.count("\n") == len(found["notes"])
    assert "\x1b" not in err
    assert err.splitlines()[0].startswith("1-broken.json: warning[not-a-review]: this is not a readiness/review@1: ")
    assert "6-pipe.json: warning[unreadable]: cannot be read: it is not a regular file; left out" in err
    assert "9-other.json: warning[another-service]: 1 review of another service left out: shop-search" in err


def test_a_review_of_a_later_day_is_left_out(folder: Path) -> None:
    check(folder, "2026-12-01")
    found, err = history(folder)
    assert found["past"] == []
    assert "after this review's day 2026-11-20: left out" in err


def test_a_review_that_was_edited_is_left_out(folder: Path) -> None:
    check(folder)
    file = folder / "kept" / kept(folder)[0]
    file.write_text(file.read_text().replace('"readiness": 0', '"readiness": 90'))
    found, err = history(folder)
    assert found["past"] == []
    assert "it is not what was recorded" in err


def test_nothing_is_ever_written_over(folder: Path) -> None:
    check(folder)
    name = kept(folder)[0]
    file = folder / "kept" / name
    file.write_text("mine")
    check(folder)
    assert file.read_text() == "mine"
    assert [n[:14] for n in kept(folder)] == ["2026-11-10-01-", "2026-11-10-02-"]


def test_many_at_once_keep_one(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert {done.code for done in pool.map(lambda _: check(folder), range(4))} == {1}
    digests = {name[14:26] for name in kept(folder)}
    assert len(digests) == 1
    assert not [name for name in kept(folder) if name.startswith(".")]


def test_runs_that_start_together_may_all_make_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run makes it between this one's look and its own `mkdir`."""
    box = tmp_path / "kept" / "here"
    box.mkdir(parents=True)
    monkeypatch.setattr(Path, "exists", lambda _: False)
    assert open_folder(box, "--record", make=True) == box


@pytest.mark.parametrize(("words", "err"), [
    (("check", "--record", "list.yaml"), snapshot(
        "--record: error[usage]: `list.yaml` is not a folder\n  help: name a folder\n"
    )),
    (("report", "--history", "nowhere"), snapshot(
        """\
--history: error[not-found]: there is no folder `nowhere`
  help: `readiness check --record DIR` makes one
"""
    )),
])  # fmt: skip
def test_wrong_folders(folder: Path, words: tuple[str, ...], err: str) -> None:
    done = readiness(words[0], ".", *words[1:], cwd=folder)
    assert (done.code, done.out, done.err) == (2, "", err)


def test_no_folder_named_is_no_history(folder: Path) -> None:
    done = readiness("check", ".", "--as-of", DAYS[0], "-f", "json", cwd=folder)
    assert json.loads(done.out)["history"] is None
    assert not (folder / "kept").exists()
