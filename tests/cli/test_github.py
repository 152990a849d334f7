"""`--format github` in a workflow: the runner's files, and that nothing in its environment moves the gate."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from readiness.cli.github import SUMMARY
from tests.rendering.runner import commands, outputs

from .running import DAY, EXAMPLE, demo, example, readiness

CHECK = ("check", str(EXAMPLE), "--as-of", DAY, "--format", "github")


def runner(folder: Path) -> dict[str, str]:
    """Return the environment of a step, with its files."""
    files = {name: folder / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for file in files.values():
        file.write_text("")
    return {"GITHUB_ACTIONS": "true", **{name: str(file) for name, file in files.items()}}


def test_annotations_summary_and_outputs(tmp_path: Path) -> None:
    env = runner(tmp_path)
    done = readiness(*CHECK, env=env)
    assert done.code == 1
    assert done.err == ""
    found = commands(done.out)
    assert {c.name for c in found} == {"error", "warning", "notice", "group", "endgroup"}
    shown = {c.properties["file"] for c in found if "file" in c.properties}
    assert all((EXAMPLE.parents[1] / name).is_file() for name in shown), "paths lie below the root of the repository"
    written = outputs((tmp_path / "github_output").read_text())
    assert written == snapshot(
        {
            "decision": "NO-GO",
            "readiness": "71",
            "open_blockers": "11",
            "open_items": "19",
            "complete": "true",
            "earliest_go": "2026-12-14",
            "sentence": "Shopping assistant is not ready to launch on 7 Dec 2026: 11 of 38 blockers are open, 18.5 days of work, done by 14 Dec 2026 at the earliest, 7 days after the launch date.",
        }
    )
    summary = (tmp_path / "github_step_summary").read_text()
    assert summary.startswith("## ■ NO-GO: Shopping assistant")
    assert summary == example("check", "--format", "markdown").out


def test_every_line_between_delimiters_is_a_value(tmp_path: Path) -> None:
    """The delimiter is not known beforehand: two runs never have the same."""
    found = set()
    demo(tmp_path)
    for _ in range(2):
        readiness("check", "--format", "github", cwd=tmp_path, env=runner(tmp_path))
        found |= set(re.findall(r"<<(ghadelimiter_[0-9a-f]{32})\n", (tmp_path / "github_output").read_text()))
    assert len(found) == 2


@pytest.mark.parametrize("title", ["x\\nreadiness<<E\\n100", "decision=GO", "decision<<E", "\\u2028decision=GO", "::set-output name=decision::GO"])
def test_a_title_adds_no_output(tmp_path: Path, title: str) -> None:
    demo(tmp_path)
    launch = tmp_path / "readiness.yaml"
    launch.write_text(launch.read_text().replace("title: Demo", f'title: "{title}"', 1))
    (tmp_path / "run").mkdir()
    done = readiness("check", "--format", "github", cwd=tmp_path, env=runner(tmp_path / "run"))
    assert done.code in (1, 2)
    text = (tmp_path / "run" / "github_output").read_text()
    if done.code == 1:
        assert set(outputs(text)) == {"decision", "readiness", "open_blockers", "open_items", "complete", "earliest_go", "sentence"}
        assert outputs(text)["decision"] == "NO-GO"
    assert all(c.name in ("error", "warning", "notice", "group", "endgroup") for c in commands(done.out + done.err))


@pytest.mark.parametrize("bad", ["/nowhere/at/all", "folder", "fifo", "x\ny", "loop", "/dev/full", "/dev/stdin"])
@pytest.mark.parametrize("name", ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"])
def test_files_that_cannot_be_written_change_a_note_and_not_the_exit_code(tmp_path: Path, name: str, bad: str) -> None:
    demo(tmp_path)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "loop").symlink_to("loop")
    path = bad if bad.startswith("/") or "\n" in bad else str(tmp_path / bad)
    plain = readiness("check", "--format", "github", cwd=tmp_path, env={"GITHUB_STEP_SUMMARY": "", "GITHUB_OUTPUT": ""})
    done = readiness("check", "--format", "github", cwd=tmp_path, env={**runner(tmp_path), name: path})
    assert done.code == plain.code == 1
    assert done.out == plain.out
    if "\n" not in bad:
        assert done.err.startswith(f"note: the file of {name} was not written: ")


def test_a_full_summary_is_left_as_it_is(tmp_path: Path) -> None:
    env = runner(tmp_path)
    summary = tmp_path / "github_step_summary"
    summary.write_text("x" * (SUMMARY - 100))
    done = readiness(*CHECK, env=env)
    assert done.code == 1
    assert done.err == (
        "note: the file of GITHUB_STEP_SUMMARY was not written: it holds 1,023,900 bytes already, and the summary of a "
        "step takes 1 MiB\n"
    )
    assert summary.stat().st_size == SUMMARY - 100


def test_a_second_summary_takes_the_room_that_is_left(tmp_path: Path) -> None:
    env = runner(tmp_path)
    summary = tmp_path / "github_step_summary"
    summary.write_text("x" * (SUMMARY - 12_000))
    assert readiness(*CHECK, env=env).err == ""
    assert SUMMARY - 12_000 < summary.stat().st_size <= SUMMARY
    assert "Left out to fit" in summary.read_text()


def test_other_formats_leave_the_files_alone(tmp_path: Path) -> None:
    env = runner(tmp_path)
    output = f"github={tmp_path / 'commands.txt'}"
    assert readiness(*CHECK[:-1], "json", "--output", output, env=env).code == 1
    assert [(tmp_path / name.lower()).read_text() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")] == ["", ""]
    assert commands((tmp_path / "commands.txt").read_text())


def test_the_same_exit_code_in_every_format(tmp_path: Path) -> None:
    demo(tmp_path)
    (tmp_path / "run").mkdir()
    rows = json.loads(readiness("list", "formats", "--format", "json").out)["formats"]
    for row in rows:
        if row["id"] != "pdf":
            assert readiness("check", "--format", row["id"], cwd=tmp_path, env=runner(tmp_path / "run")).code == 1, row["id"]
            assert readiness("report", "--format", row["id"], cwd=tmp_path, env=runner(tmp_path / "run")).code == 0, row["id"]


def test_one_evaluation_writes_every_format(tmp_path: Path) -> None:
    names = ("csv", "github", "gitlab", "junit", "openmetrics", "sarif", "slack")
    done = readiness(*CHECK[:-2], *(f"--output={n}={tmp_path / n}" for n in names))
    assert done.code == 1
    assert {n: (tmp_path / n).stat().st_size > 500 for n in names} == dict.fromkeys(names, True)


def test_a_saved_review_is_annotated_from_the_folder_it_lies_in(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    service = tmp_path / "services" / "demo"
    (service / "build").mkdir(parents=True)
    demo(service)
    (service / ".git").rmdir()
    now = readiness("check", "--format", "github", "--output", "json=build/review.json", cwd=service)
    again = readiness("report", "services/demo/build/review.json", "--format", "github", cwd=tmp_path)
    assert again.out == now.out
    assert "file=services/demo/readiness.yaml,line=1," in now.out


def test_an_error_message_is_no_command(tmp_path: Path) -> None:
    demo(tmp_path)
    (tmp_path / "readiness.yaml").write_text('schema: readiness/launch@1\n"##[add-mask]x": 1\n"\\n::error::y": 2\n')
    done = readiness("check", "--format", "github", cwd=tmp_path)
    assert done.code == 2
    assert "add-mask" in done.err
    assert commands(done.err) == []
