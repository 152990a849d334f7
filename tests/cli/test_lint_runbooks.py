"""`readiness lint` reads the runbooks that a launch links, and refuses steps that nobody could do."""

from __future__ import annotations

from pathlib import Path

from inline_snapshot import snapshot

from tests.cli.running import CHECKLIST, EXAMPLE, LAUNCH, demo, readiness

LISTED = CHECKLIST.replace("readers: [k6-summary, locust-csv]", "readers: [markdown]").replace("p95 <= 800 ms", "steps.vague = 0")
LINKED = LAUNCH.replace("numbers.json", "runbooks/*.md")
BOOK = """\
# Store outage

Twenty words and more stand here so that this document is not taken for a stub by the reader of runbooks.

## Recovery

1. Run `make restart`.
   - [ ] Verify that the service is fine.
2. Watch the store closely.
"""


def linked(folder: Path, book: str) -> Path:
    demo(folder, LINKED, LISTED)
    (folder / "runbooks").mkdir()
    (folder / "runbooks" / "store.md").write_text(book)
    return folder


def test_a_vague_step_is_refused_with_its_line_and_how_to_write_it(tmp_path: Path) -> None:
    done = readiness("lint", cwd=linked(tmp_path, BOOK))
    assert done.code == 2
    assert done.err == snapshot(
        """\
runbooks/store.md:8:4: error[vague-step]: `Verify that the service is fine.` names no command, metric, limit, load, failure or owner
  8 |    - [ ] Verify that the service is fine.
    |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: say where to look and what must be there: `components.model.state` in `/metrics.json` is `closed` for 2 min
runbooks/store.md:9:1: error[vague-word]: `closely` can be neither met nor missed
  9 | 2. Watch the store closely.
    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  help: put a number in its place, as in `alert when errors > 1 % for 5 min` for `closely`
"""
    )


def test_a_check_decides_on_it_as_on_any_evidence(tmp_path: Path) -> None:
    done = readiness("check", "--as-of", "2026-11-25", cwd=linked(tmp_path, BOOK))
    assert done.code == 1
    assert "steps.vague = 0: 2 at runbooks/store.md" in done.out


def test_concrete_steps_pass(tmp_path: Path) -> None:
    book = BOOK.replace("the service is fine", "`/healthz` answers").replace("closely", "for 10 min")
    assert readiness("lint", cwd=linked(tmp_path, book)).code == 0
    assert readiness("lint", EXAMPLE).code == 0


def test_what_is_missing_or_broken_is_for_a_review_to_tell(tmp_path: Path) -> None:
    demo(tmp_path, LINKED, LISTED)
    assert readiness("lint", cwd=tmp_path).code == 0
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks" / "store.md").write_bytes(b"\xff\xfe\x00")
    assert readiness("lint", cwd=tmp_path).code == 0


def test_a_strangers_step_sends_no_escape_sequence(tmp_path: Path) -> None:
    done = readiness("lint", cwd=linked(tmp_path, BOOK.replace("the service is fine", "the service\x1b]0;owned\x07 is fine")))
    assert done.code == 2
    assert "\x1b" not in done.err
    assert "\x07" not in done.err
