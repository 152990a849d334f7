"""What scripts rely on: exit codes, streams, JSON, and the same bytes wherever it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.running import DAY, EXAMPLE, ROOT, Done, demo, example, readiness

COMMANDS = ("check", "report", "whiteboard", "explain", "rank", "coach", "decide", "diff", "lint", "inspect", "init", "schema", "list", "mcp")


def test_version() -> None:
    assert readiness("--version").out.startswith("readiness ")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    done = readiness(command, "--help")
    assert done.code == 0
    assert done.out.startswith("Usage:")


def test_a_misspelt_command_is_suggested() -> None:
    done = readiness("chek")
    assert done.code == 2
    assert "check" in done.err


def test_check_writes_every_format_and_exits_1(tmp_path: Path) -> None:
    formats = ("html", "markdown", "json", "terminal")
    outputs = [f"--output={name}={tmp_path / name}" for name in formats]
    done = readiness("check", EXAMPLE, "--as-of", DAY, *outputs)
    assert done.code == 1
    assert "NO-GO" in done.out
    for name in formats:
        assert "NO-GO" in (tmp_path / name).read_text()
    again = [f"--output={name}={tmp_path / name}.again" for name in formats]
    report = readiness("report", tmp_path / "json.json", *again)
    assert report.code == 3, "the saved review is not called json.json"
    (tmp_path / "review.json").write_bytes((tmp_path / "json").read_bytes())
    report = readiness("report", tmp_path / "review.json", *again)
    assert report.code == 0
    for name in formats:
        assert (tmp_path / f"{name}.again").read_bytes() == (tmp_path / name).read_bytes()


def test_the_example_is_an_honest_no_go() -> None:
    done = example("check", "--format", "json")
    assert done.code == 1
    review = json.loads(done.out)
    assert review["schema"] == "readiness/review@1"
    assert review["decision"] == "NO-GO"
    assert review["complete"]
    assert set(review["score"]["held_by"]) == {
        "FD-01", "FD-02", "FD-12", "LOAD-01", "LOAD-02", "LAT-04", "PRM-03", "PRM-04", "CACHE-02", "CACHE-03",
        "CACHE-10",
    }  # fmt: skip
    assert review["path_to_go"]["becomes"] == "GO WITH CONDITIONS"
    assert set(review["path_to_go"]["without"].values()) == {"NO-GO"}


def test_stdout_is_the_result_and_stderr_the_rest(tmp_path: Path) -> None:
    done = readiness("check", EXAMPLE, "--as-of", DAY, "--output", f"json={tmp_path / 'r.json'}",
                     "--format", "json")  # fmt: skip
    assert json.loads(done.out)
    assert (tmp_path / "r.json").read_text() == done.out
    assert done.err == f"wrote {tmp_path / 'r.json'} (Review JSON)\n"


def test_the_same_bytes_wherever_it_runs(tmp_path: Path) -> None:
    places = [
        ({"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "0"}, ROOT, EXAMPLE),
        ({"TZ": "America/Los_Angeles", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}, EXAMPLE, Path()),
        ({"PYTHONHASHSEED": "2"}, tmp_path, EXAMPLE),
    ]
    results = set()
    for number, (env, cwd, launch) in enumerate(places):
        names = ("json", "html", "markdown", "terminal")
        files = [tmp_path / f"{number}.{name}" for name in names]
        outputs = [f"--output={n}={f}" for n, f in zip(names, files, strict=True)]
        assert readiness("check", launch, "--as-of", DAY, *outputs, cwd=cwd, env=env).code == 1
        results.add(tuple(file.read_bytes() for file in files))
    assert len(results) == 1


def test_no_colour_when_piped_and_colour_when_forced() -> None:
    assert "\x1b" not in example("check").out
    assert "\x1b[" in readiness("check", EXAMPLE, "--as-of", DAY, env={"FORCE_COLOR": "1"}).out
    both = readiness("check", EXAMPLE, "--as-of", DAY, env={"FORCE_COLOR": "1", "NO_COLOR": "1"})
    assert "\x1b" not in both.out


def test_terminal_report_fits_80_columns() -> None:
    out = example("check").out
    assert max(map(len, out.splitlines())) <= 80


def test_inspect_json() -> None:
    done = readiness("inspect", "evidence/load/peak_stats.csv", "--format", "json", cwd=EXAMPLE)
    assert done.code == 0
    seen = json.loads(done.out)
    assert seen["schema"] == "readiness/evidence@1"
    assert seen["reader"] == "locust-csv"
    assert len(seen["sha256"]) == 64
    facts = {f["metric"]: f for f in seen["facts"] if not f["labels"]}
    assert facts["requests"]["value"] == 9869
    assert facts["p95"] == {
        "metric": "p95", "value": 1300, "unit": "ms", "labels": {}, "samples": 9869,
        "at": "peak_stats.csv:3 95%", "origin": "file", "low": None, "high": None,
    }  # fmt: skip


def test_inspect_with_the_launchs_map() -> None:
    done = readiness("inspect", "evidence/latency/stages.json", "--slot", "stage-latency", cwd=EXAMPLE)
    assert done.code == 0
    assert "stage=retrieval" in done.out


def test_inspect_of_what_no_reader_knows(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\n")
    done = readiness("inspect", tmp_path / "notes.txt")
    assert done.code == 1
    assert "invalid[unknown-format]" in done.out


def test_explain_shows_the_arithmetic() -> None:
    done = readiness("explain", "lat-04", EXAMPLE, "--as-of", DAY)
    assert done.code == 0
    assert "priority = 10 × 10 ⁄ 100 × 1 = 1" in done.out
    unknown = readiness("explain", "LAT-99", EXAMPLE, "--as-of", DAY)
    assert unknown.code == 2
    assert "did you mean `LAT-" in unknown.err


def test_init_lint_check(tmp_path: Path) -> None:
    assert readiness("init", cwd=tmp_path).code == 0
    assert readiness("lint", cwd=tmp_path).code == 0
    done = readiness("check", cwd=tmp_path)
    assert done.code == 1
    assert done.out.count("\n1. ") == done.out.count("\n2. ") == done.out.count("\n3. ") == 1
    again = readiness("init", cwd=tmp_path)
    assert again.code == 2
    assert "never overwrites" in again.err


def test_report_has_no_gate(tmp_path: Path) -> None:
    assert readiness("check", cwd=demo(tmp_path)).code == 1
    assert readiness("report", cwd=tmp_path).code == 0


def test_no_flag_or_variable_turns_a_no_go_into_0(tmp_path: Path) -> None:
    demo(tmp_path)
    for name in ("READINESS_DEBUG", "READINESS_SOFT_FAIL", "CI", "DRY_RUN", "PYTHONOPTIMIZE"):
        assert readiness("check", cwd=tmp_path, env={name: "1"}).code == 1
    for flag in ("--soft-fail", "--no-fail", "--dry-run", "--strict=false", "--exit-zero"):
        assert readiness("check", flag, cwd=tmp_path).code == 2


@pytest.mark.parametrize("kind", ["launch", "checklist", "decisions", "review", "evidence", "comparison", "ranking", "records", "diff"])
def test_schema(kind: str) -> None:
    assert "$schema" in json.loads(readiness("schema", kind).out)


@pytest.mark.parametrize("what", ["readers", "formats", "analyses", "checklists", "items"])
def test_list(what: str) -> None:
    assert json.loads(readiness("list", what, "--format", "json").out)[what]
    assert readiness("list", what).out


@pytest.mark.parametrize(
    ("run", "schema"),
    [
        (lambda: example("check", "--format", "json"), "review"),
        (lambda: readiness("inspect", EXAMPLE / "evidence/drills/model-backend.json", "-f", "json"), "evidence"),
        (lambda: readiness("inspect", EXAMPLE / "rig/requirements.txt", "-f", "json"), "evidence"),
    ],
    ids=["a review", "a file", "a file that no reader knows"],
)
def test_json_is_as_published(run: Callable[[], Done], schema: str) -> None:
    published = json.loads((ROOT / "docs" / "schema" / f"{schema}.json").read_text())
    Draft202012Validator.check_schema(published)
    Draft202012Validator(published).validate(json.loads(run().out))
