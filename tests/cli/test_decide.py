"""`readiness decide`: what it writes, what it refuses, and what it lists."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot
from jsonschema import Draft202012Validator

from tests.cli.running import CHECKLIST, LAUNCH, ROOT, demo, readiness

DAY = "2026-11-25"
TEXTS = ("--reason", "The load generator stops at 100 rps.", "--harm-if-wrong", "Errors at the peak.",
         "--mitigation", "The rollout stays at 5 %.")  # fmt: skip
APPROVERS = """\
approvers:
  head-of-ops: {role: Head of operations, areas: all, harm: severe, risk_budget: 3}
  head-of-search: {role: Head of search, areas: [latency], harm: minor}
sign_offs: 1
"""
TWO = CHECKLIST + CHECKLIST.partition("items:\n")[2].replace("DEMO-01", "DEMO-02").replace("blocker", "deferrable")


def decide(folder: Path, *words: str, by: str = "head-of-ops", expires: str = "30d") -> Any:
    return readiness("decide", *words[:2], *TEXTS, "--approver", by, "--expires", expires,
                     "--approved", "2026-11-20", *words[2:], cwd=folder)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return demo(tmp_path, checklist=TWO)


def test_waive(folder: Path) -> None:
    done = decide(folder, "waive", "demo-01", "--void-if", "p95 > 2 s", "--ticket", "OPS-1")
    assert done.code == 0, done.err
    assert (folder / "decisions.yaml").read_text() == snapshot("""\
# What people decided about open items. A record never changes an outcome or the score.
schema: readiness/decisions@1
decisions:
  - item: DEMO-01
    kind: waived
    reason: The load generator stops at 100 rps.
    harm_if_wrong: Errors at the peak.
    mitigation: The rollout stays at 5 %.
    approver: head-of-ops
    approved: 2026-11-20
    expires: 2026-12-20
    void_if: p95 > 2 s
    ticket: OPS-1
""")


def test_a_waived_item_keeps_its_outcome_and_the_launch_goes_on_conditions(folder: Path) -> None:
    assert decide(folder, "waive", "DEMO-01").code == 0
    assert decide(folder, "defer", "DEMO-02").code == 0
    done = readiness("check", "--format", "json", "--as-of", DAY, cwd=folder)
    review = json.loads(done.out)
    assert (done.code, review["decision"], review["score"]["readiness"]) == (0, "GO WITH CONDITIONS", 0)
    assert {i["id"]: (i["outcome"], i["disposition"]["kind"]) for i in review["items"]} == {
        "DEMO-01": ("missing", "waived"), "DEMO-02": ("missing", "deferred"),
    }  # fmt: skip
    assert "No approvers are declared." in readiness("check", "--as-of", DAY, cwd=folder).out
    expired = readiness("check", "--as-of", "2026-12-21", cwd=folder)
    assert expired.code == 1
    assert "expired on 2026-12-20" in expired.out


@pytest.mark.parametrize(("words", "options", "message"), [
    (("defer", "DEMO-01"), {}, "DEMO-01 is a blocker and cannot be deferred"),
    (("waive", "DEMO-09"), {}, "did you mean `DEMO-0"),
    (("waive", "launch"), {}, "the launch has no item LAUNCH"),
    (("waive", "DEMO-01"), {"by": "team-demo"}, "team-demo owns the item and cannot accept its risk"),
    (("waive", "DEMO-01"), {"by": "Team Demo"}, "Team Demo owns the item"),
    (("sign-off", "launch"), {"by": "team-demo"}, "team-demo owns the launch and cannot sign it off"),
    (("waive", "DEMO-01"), {"expires": "91d"}, "the decision lasts 91 days; at most 90 are allowed"),
    (("waive", "DEMO-01"), {"expires": "2026-11-01"}, "expires before it was approved"),
    (("waive", "DEMO-01"), {"expires": "soon"}, "`soon` is not a date"),
    (("waive", "DEMO-01", "--void-if", "p95 >"), {}, "decisions.yaml:12:19: error[value]: no limit after"),
    (("waive", "DEMO-01", "--void-if", "eror > 2 %"), {}, "did you mean `errors`"),
    (("waive", "DEMO-01", "--revisit-when", "moon=full"), {}, "`moon=full` is no trigger"),
    (("waive", "DEMO-01", "--mitigation", "We do more testing."), {}, "does not say which kind of test"),
    (("waive", "DEMO-01", "--reason", "It works well."), {}, "can be neither met nor missed"),
])  # fmt: skip
def test_what_is_refused_leaves_no_file(folder: Path, words: tuple[str, ...], options: dict[str, str], message: str) -> None:
    done = decide(folder, *words, **options)
    assert done.code == 2
    assert message in done.err
    assert not (folder / "decisions.yaml").exists()


def test_every_field_is_asked_for(folder: Path) -> None:
    for name in ("--reason", "--harm-if-wrong", "--mitigation", "--approver", "--expires"):
        words = ["decide", "waive", "DEMO-01", *TEXTS, "--approver", "x", "--expires", "30d"]
        at = words.index(name)
        done = readiness(*words[:at], *words[at + 2 :], cwd=folder)
        assert (done.code, name in done.err) == (2, True)


def test_approvers_are_held_to_what_they_may(folder: Path) -> None:
    (folder / "readiness.yaml").write_text(LAUNCH + APPROVERS)
    assert "is not among the approvers" in decide(folder, "waive", "DEMO-01", by="stranger").err
    assert "may accept harm up to minor" in decide(folder, "waive", "DEMO-01", by="head-of-search").err
    assert decide(folder, "waive", "DEMO-01").code == 0
    assert decide(folder, "waive", "DEMO-02").code == 0
    done = readiness("check", "--as-of", DAY, cwd=folder)
    assert done.code == 1
    assert "1 sign-off needed, 0 given" in " ".join(done.out.split())
    assert "may accept 3 in all, and has accepted 3 before" in " ".join(done.out.split())
    assert decide(folder, "sign-off", "launch").code == 0
    done = readiness("check", "--as-of", DAY, "--format", "json", cwd=folder)
    assert (done.code, json.loads(done.out)["decision"]) == (0, "GO WITH CONDITIONS")
    (folder / "readiness.yaml").write_text((LAUNCH + APPROVERS).replace("1.0.0", "1.0.1"))
    done = readiness("check", "--as-of", DAY, "--format", "json", cwd=folder)
    assert json.loads(done.out)["holds"][0]["by"] == "sign-offs"


@pytest.mark.parametrize(("block", "message"), [
    ("sign_offs: 1\n", "1 sign-offs are needed, and 0 approvers declared"),
    ("approvers: {a: {role: r, areas: [laod], harm: minor}}\n", "no item has the area `laod`"),
    ("approvers: {a-b: {role: r, areas: all, harm: minor}, A.B: {role: r, areas: all, harm: minor}}\n",
     "`A.B` is the same name as `a-b`"),
    ("approvers: {a: {role: r, areas: all}}\n", "the key `harm` is missing"),
    ("approvers: {a: {role: r, areas: all, harm: huge}}\n", "harm"),
    ("approvers: {a: {role: r, areas: all, harm: minor, risk_budget: -1}}\n", "risk_budget"),
    ("approvers: {a: {role: r, areas: all, harm: minor, risk_budget: .nan}}\n", "risk_budget"),
    ("sign_offs: true\n", "sign_offs"),
])  # fmt: skip
def test_approvers_that_mean_nothing(folder: Path, block: str, message: str) -> None:
    (folder / "readiness.yaml").write_text(LAUNCH + block)
    done = readiness("lint", cwd=folder)
    assert done.code == 2
    assert message in done.err


def test_list(folder: Path) -> None:
    assert decide(folder, "waive", "DEMO-01", "--void-if", "p95 > 2 s").code == 0
    assert decide(folder, "defer", "DEMO-02").code == 0
    done = readiness("decide", "list", "--as-of", DAY, "--within", "30", cwd=folder)
    assert done.code == 0
    assert done.out == snapshot("""\
demo: 2 decisions on 25 Nov 2026

✗ Do not count
  DEMO-01 risk accepted by head-of-ops until 20 Dec 2026, 25 days left: The p95
    stays under 800 ms
    `p95 > 2 s` cannot be checked: no file matches `numbers.json`; the evidence
    says missing; void if p95 > 2 s
    Because: The load generator stops at 100 rps.

◷ Expiring within 30 days
  DEMO-02 deferred by head-of-ops until 20 Dec 2026, 25 days left: The p95 stays
    under 800 ms
    the evidence says missing
    Because: The load generator stops at 100 rps.

No approvers are declared.
""")
    found = json.loads(readiness("decide", "list", "-f", "json", "--as-of", DAY, cwd=folder).out)
    assert [(r["record"]["item"], r["standing"]) for r in found["records"]] == [("DEMO-01", "void"), ("DEMO-02", "holds")]
    schema = json.loads((ROOT / "docs" / "schema" / "records.json").read_text())
    Draft202012Validator(schema).validate(found)


def test_two_that_decide_at_once_lose_nothing(folder: Path) -> None:
    words = [sys.executable, "-m", "readiness", "decide", "waive", "DEMO-01", *TEXTS, "--approver", "head-of-ops",
             "--expires", "30d"]  # fmt: skip
    runs = [subprocess.Popen([*words, "--ticket", f"T-{n}"], cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": ""},
                             stdout=subprocess.DEVNULL) for n in range(4)]  # fmt: skip
    assert [run.wait(120) for run in runs] == [0] * 4
    text = (folder / "decisions.yaml").read_text()
    assert sorted(f"T-{n}" for n in range(4) if f"T-{n}" in text) == ["T-0", "T-1", "T-2", "T-3"]
