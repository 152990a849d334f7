"""`previous:` in readiness.yaml: this candidate's load test beside the last one's, in every report."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from readiness import pipeline
from readiness.cli.shield import shield
from readiness.errors import InputError
from readiness.loading.files import Home, find_home
from readiness.model.load_result import ComparisonResult
from readiness.model.review import Review
from readiness.model.serial import dump, load
from readiness.rendering.format import FORMATS
from tests.rendering.pdfs import FULL, text_of

DAY = date(2026, 11, 25)
START = 1_795_600_000_000  # ms since 1970: 2026-11-25
HEAD = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,allThreads\n"
LAUNCH = """\
schema: readiness/launch@1
service: demo
title: Demo
owner: team-demo
launch: 2026-12-07
candidate: {version: 1.1.0}
checklists: [./list.yaml]
changes: [prompt]
evidence:
  load: {path: load/now.jtl, previous: load/last.jtl}
"""
CHECKLIST = """\
schema: readiness/checklist@1
id: demo
title: Demo
version: 1.0.0
slots:
  load: {title: Load test, readers: [jmeter-jtl, locust-csv, junit], how: Run JMeter.}
items:
  - id: LOAD-01
    title: Fast
    area: load
    gate: blocker
    harm: major
    risk: possible
    effort: 1d
    evidence: [{slot: load, expect: [p95 <= 800 ms]}]
    why: Users leave.
    fix: Make it faster.
"""


def jtl(seed: int, median: float, seconds: int = 60) -> str:
    draw = random.Random(seed).lognormvariate
    rows = [(START + 1000 * second + 50 * n, round(median * draw(0, 0.4))) for second in range(seconds) for n in range(20)]
    return HEAD + "".join(f"{at},{ms},/chat,200,OK,t 1-1,true,10,5\n" for at, ms in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "load").mkdir()
    (tmp_path / "readiness.yaml").write_text(LAUNCH)
    (tmp_path / "list.yaml").write_text(CHECKLIST)
    (tmp_path / "load" / "now.jtl").write_text(jtl(1, 130))
    (tmp_path / "load" / "last.jtl").write_text(jtl(2, 100))
    return tmp_path


def reviewed(folder: Path) -> Review:
    home = Home(folder / "readiness.yaml", folder)
    return pipeline.review(home, pipeline.Options(DAY, shield, lambda _: None))


def bound(folder: Path, binding: str) -> None:
    (folder / "readiness.yaml").write_text(LAUNCH.replace("{path: load/now.jtl, previous: load/last.jtl}", binding))


def only(folder: Path) -> ComparisonResult:
    (found,) = reviewed(folder).comparisons
    return found


def test_the_last_candidates_load_test_is_put_beside_this_ones(folder: Path) -> None:
    review = reviewed(folder)
    (found,) = review.comparisons
    assert (found.before, found.after) == ("load/last.jtl", "load/now.jtl")
    assert found.verdict == "slower"
    assert found.note == "percentiles and errors are those of the steady parts, all else of the whole runs"
    p95 = next(change for change in found.changes if change.metric == "p95")
    assert p95.verdict == "slower"
    assert p95.before < p95.after
    assert [result.path for result in review.loads] == ["load/now.jtl"]
    assert [result.path for result in review.evidence] == ["load/now.jtl"], "the last one proves nothing now"


@pytest.mark.parametrize("form", FULL)
def test_every_report_shows_it(folder: Path, form: str) -> None:
    review = reviewed(folder)
    shown = text_of(FORMATS.shipped[form], review)
    text = " ".join(shown.split())
    assert "load/last.jtl" in text
    if form == "json":
        assert load(dump(review).encode(), "review.json") == review
        assert json.loads(shown)["comparisons"][0]["schema"] == "readiness/comparison@1"
    else:
        assert "load/last.jtl → load/now.jtl" in text
        assert "Slower: a later response takes longer than an earlier one in" in text


def test_the_gate_is_the_same_without_it(folder: Path) -> None:
    with_it = reviewed(folder)
    bound(folder, "load/now.jtl")
    assert reviewed(folder) == replace(with_it, comparisons=())


def test_the_same_file_shows_no_difference(folder: Path) -> None:
    (folder / "load" / "last.jtl").write_text(jtl(1, 130))
    assert only(folder).verdict == "no difference shown"


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (None, "load/last.jtl proves nothing: no file matches `load/last.jtl`"),
        ("", "load/last.jtl cannot be believed: the file is empty (0 bytes)"),
        (HEAD, "load/last.jtl proves nothing: no request"),
        (jtl(2, 100)[:-9], "load/last.jtl cannot be believed: "),
        ("hello\n", "load/last.jtl cannot be believed: no reader knows this text file"),
        ('<testsuite tests="1"><testcase name="a" classname="b"/></testsuite>', "load/last.jtl is no load test"),
    ],
    ids=["missing", "empty", "header only", "cut off", "unknown", "no load test"],
)
def test_what_cannot_be_compared_is_told_and_changes_nothing_else(folder: Path, content: str | None, note: str) -> None:
    before = reviewed(folder)
    file = folder / "load" / "last.jtl"
    file.unlink() if content is None else file.write_text(content)
    after = reviewed(folder)
    (found,) = after.comparisons
    assert found.verdict == "not tested"
    assert {change.verdict for change in found.changes} <= {"not tested"}
    assert found.note.startswith(note)
    assert replace(after, comparisons=before.comparisons) == before
    for form in FULL:
        assert "ot tested" in text_of(FORMATS.shipped[form], after), form


def test_a_path_out_of_the_repository_is_not_followed(folder: Path) -> None:
    bound(folder, "{path: load/now.jtl, previous: ../last.jtl}")
    assert only(folder).note == "../last.jtl cannot be believed: `../last.jtl` leaves the repository"


def test_evidence_that_is_invalid_itself_is_not_compared(folder: Path) -> None:
    (folder / "load" / "now.jtl").write_text(jtl(1, 130)[:-9])
    assert only(folder).note.startswith("load/now.jtl cannot be believed: ")


def test_evidence_that_is_missing_has_nothing_beside_it(folder: Path) -> None:
    (folder / "load" / "now.jtl").unlink()
    assert reviewed(folder).comparisons == ()


def test_a_pattern_may_name_several_and_each_file_is_compared(folder: Path) -> None:
    (folder / "load" / "more.jtl").write_text(jtl(3, 130))
    bound(folder, '{path: [load/now.jtl, load/more.jtl], previous: "load/las*.jtl"}')
    assert [(c.before, c.after) for c in reviewed(folder).comparisons] == [
        ("load/last.jtl", "load/more.jtl"), ("load/last.jtl", "load/now.jtl"),
    ]  # fmt: skip


def test_two_items_of_one_slot_give_one_comparison(folder: Path) -> None:
    item = CHECKLIST.split("items:\n")[1].replace("LOAD-01", "LOAD-02").replace("p95", "p99")
    (folder / "list.yaml").write_text(CHECKLIST + item)
    assert only(folder).verdict == "slower"


def test_an_item_that_does_not_apply_compares_nothing(folder: Path) -> None:
    item = CHECKLIST.split("items:\n")[1].replace("LOAD-01", "LOAD-02").replace("slot: load", "slot: more")
    item = item.replace("    why:", "    when: {changes: [region]}\n    why:")
    slots = "slots:\n  more: {title: More, readers: [jmeter-jtl], how: Run it.}"
    (folder / "list.yaml").write_text(CHECKLIST.replace("slots:", slots) + item)
    (folder / "readiness.yaml").write_text(LAUNCH + "  more: {path: load/now.jtl, previous: load/none.jtl}\n")
    assert [found.before for found in reviewed(folder).comparisons] == ["load/last.jtl"]


def test_previous_in_a_slot_that_no_checklist_has_is_an_error(folder: Path) -> None:
    (folder / "readiness.yaml").write_text(LAUNCH + "  laod: {path: load/now.jtl, previous: load/last.jtl}\n")
    with pytest.raises(InputError) as caught:
        pipeline.lint(find_home(folder))
    assert [d.code for d in caught.value.diagnostics] == ["unknown-slot"]


def test_a_previous_that_is_no_text_is_an_error(folder: Path) -> None:
    bound(folder, "{path: load/now.jtl, previous: [load/last.jtl]}")
    with pytest.raises(InputError) as caught:
        pipeline.lint(find_home(folder))
    assert [str(d.at) for d in caught.value.diagnostics] == ["readiness.yaml:10:40"]
