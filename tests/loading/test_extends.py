"""`extends`: what may be tightened, what may not be loosened, and how checklists join."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from readiness.model.expectation import Reference
from readiness.model.quantity import parse
from tests.loading.launches import BASE, CHILD, LAUNCH, extended, message, plan_of, replaced

if TYPE_CHECKING:
    from pathlib import Path

SLOT = "evidence:\n  - slot: load-test\n    "
FILE = "evidence:\n  - path: latency.json\n    "


@pytest.mark.parametrize(
    ("patch", "what"),
    [
        ("gate: deferrable", "gate blocker"),
        ("harm: moderate", "harm major"),
        ("risk: unlikely", "risk possible"),
        ("when: {changes: [traffic]}", "when [traffic, model]"),
        ("when: {locales: [de-DE]}", "when [traffic, model]"),
        (f"{SLOT}needs: documented", "needs measured"),
        (f"{SLOT}fresh: 15d", "fresh 14d"),
        (f"{SLOT}confident: false", "confident true"),
        (f"{SLOT}expect: [rate >= 1.4 * launch.peak]", "expectation `rate >= 1.5 * launch.peak`"),
        (f"{SLOT}expect: [rate >= 100 rps]", "expectation `rate >= 1.5 * launch.peak`"),
        (f"{SLOT}expect: [rate >= 2 * launch.other]", "expectation `rate >= 1.5 * launch.peak`"),
        (f"{SLOT}expect: [rate > 1.4 * launch.peak]", "expectation `rate >= 1.5 * launch.peak`"),
        (f"{SLOT}expect: [errors <= 1%]", "expectation `errors < 1%`"),
        (f"{SLOT}expect: [errors < 1.1%]", "expectation `errors < 1%`"),
        (f"{SLOT}expect: [errors < 1 ms]", "expectation `errors < 1%`"),
        (f"{SLOT}expect: [errors < launch.peak]", "expectation `errors < 1%`"),
        (f"{SLOT}expect: ['kind in [exact, semantic, none]']", "expectation `kind in [exact, semantic]`"),
        (f"{SLOT}expect: [failed = 1]", "expectation `failed = 0`"),
        (f"{FILE}map: {{p95: {{at: /p50, unit: ms}}}}", "map its map"),
        (f"{FILE}reader: yaml", "reader its reader"),
        (f"{FILE}expect: [p95 <= 500 ms]", "expectation `p95 <= 450 ms`"),
        (f"{FILE}expect:\n      - {{metric: p95, op: <=, limit: 500 ms}}", "expectation `p95 <= 450 ms`"),
    ],
)  # fmt: skip
def test_a_blocker_is_never_loosened(tmp_path: Path, patch: str, what: str) -> None:
    found = extended(tmp_path, patch)
    assert "error[loosened]" in found
    assert f"may only be tightened: {what} (at base.yaml:" in found
    assert "child.yaml:" in found


@pytest.mark.parametrize(
    "patch",
    [
        "gate: blocker", "harm: severe", "risk: expected", "title: Another title", "why: w", "effort: 5d",
        "when: {changes: [traffic, model, prompt]}", "when: {changes: [model, traffic], locales: [de-DE]}",
        f"{SLOT}needs: drilled", f"{SLOT}fresh: 1w", f"{SLOT}expect: [rate >= 1.6 * launch.peak]",
        f"{SLOT}expect: [rate > 1.5 * launch.peak]", f"{SLOT}expect: [errors < 0.5%, p99 <= 3 s]",
        f"{SLOT}expect: [errors <= 0.9%]", f"{SLOT}expect: ['kind in [exact]']", f"{SLOT}expect: [failed = 0.0]",
        f"{SLOT}expect: [rate <= 10 rps]", f"{FILE}expect: [p95 < 450 ms]", f"{FILE}expect: [p95 <= 0.45 s]",
        "evidence:\n  - {path: other.xml, expect: [failed = 0]}",
    ],
)  # fmt: skip
def test_a_blocker_may_be_tightened(tmp_path: Path, patch: str) -> None:
    assert extended(tmp_path, patch) == "no error"


def test_a_deferrable_item_may_be_changed_freely(tmp_path: Path) -> None:
    base = replaced(BASE, ("gate: blocker", "gate: deferrable"))
    assert extended(tmp_path, "harm: minor\nrisk: rare", base) == "no error"
    assert extended(tmp_path, "gate: blocker", base) == "no error"


def test_lists_are_laid_over_and_never_replace_what_they_do_not_name(tmp_path: Path) -> None:
    patch = "    evidence:\n      - slot: load-test\n        expect: [errors < 0.1%]\n"
    launch = LAUNCH.replace("base", "child")
    item = plan_of(tmp_path, launch=launch, child=CHILD + patch).items[0]
    texts = [[check.expectation.text for check in bound.checks] for bound in item.requirements]
    assert texts == [
        ["rate >= 1.5 * launch.peak", "p95 <= launch.p95_budget", "kind in [exact, semantic]",
         "failed = 0", "errors < 0.1%"],
        ["p95 <= 450 ms"],
    ]  # fmt: skip
    assert item.requirements[0].fresh_ms == 14 * 86_400_000


def test_two_limits_of_one_metric_both_stay(tmp_path: Path) -> None:
    base = replaced(BASE, ("- errors < 1%", "- errors < 1%\n          - p95 <= 3 s"))
    assert extended(tmp_path, "title: x", base) == "no error"
    assert "error[loosened]" in extended(tmp_path, f"{SLOT}expect: [p95 <= 9 s]", base)


def test_a_chain_of_children_stays_tight(tmp_path: Path) -> None:
    child = CHILD + "    harm: severe\n"
    grandchild = CHILD.replace("base", "child").replace("id: child", "id: grandchild") + "    harm: major\n"
    launch = LAUNCH.replace("base", "grandchild")
    found = message(tmp_path, launch=launch, child=child, grandchild=grandchild)
    assert "harm severe (at child.yaml:8:11) becomes major" in found


def test_a_diamond_takes_the_tightened_form(tmp_path: Path) -> None:
    both = LAUNCH.replace("./base.yaml", "./base.yaml, ./child.yaml")
    for launch in (both, LAUNCH.replace("./base.yaml", "./child.yaml, ./base.yaml")):
        (item,) = plan_of(tmp_path, launch=launch, child=CHILD + "    harm: severe\n").items
        assert item.item.harm == "severe"


def test_two_children_that_differ_name_both_places(tmp_path: Path) -> None:
    one, two = CHILD + "    harm: severe\n", CHILD.replace("id: child", "id: two") + "    risk: likely\n"
    launch = LAUNCH.replace("./base.yaml", "./child.yaml, ./two.yaml")
    found = message(tmp_path, launch=launch, child=one, two=two)
    assert "error[duplicate-id]" in found
    assert "child.yaml:7:5" in found
    assert "two.yaml:7:5" in found


@pytest.mark.parametrize("extends", ["./child.yaml", "./loop.yaml"])
def test_circles_are_refused(tmp_path: Path, extends: str) -> None:
    child = CHILD.replace("./base.yaml", extends) + "    harm: severe\n"
    loop = CHILD.replace("./base.yaml", "./child.yaml").replace("id: child", "id: loop") + "    harm: severe\n"
    found = message(tmp_path, launch=LAUNCH.replace("base", "child"), child=child, loop=loop)
    assert "error[circular]" in found
    assert " → child.yaml" in found


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("peak: {unit: rps, meaning: forecast peak}", "peak: {unit: rps, meaning: x, default: 1 rps}", "differs"),
        ("unit: ms, meaning", "unit: s, meaning", "differs"),
        ("[locust-csv, k6-summary]", "[locust-csv, k6-summary, json]", "differs"),
    ],
)
def test_declarations_are_not_loosened(tmp_path: Path, old: str, new: str, code: str) -> None:
    declared = BASE[BASE.index("slots:") : BASE.index("items:")]
    child = CHILD.replace("items:", replaced(declared, (old, new)) + "items:") + "    harm: severe\n"
    found = message(tmp_path, launch=LAUNCH.replace("base", "child"), child=child)
    assert f"error[{code}]" in found
    assert "base.yaml:" in found
    assert "child.yaml:" in found


def test_readers_that_one_slot_has_and_its_like_has_not_are_named(tmp_path: Path) -> None:
    declared = BASE[BASE.index("slots:") : BASE.index("items:")]
    other = replaced(declared, ("[locust-csv, k6-summary]", "[k6-summary, json, yaml, locust-csv]"))
    child = CHILD.replace("items:", other + "items:") + "    harm: severe\n"
    found = message(tmp_path, launch=LAUNCH.replace("base", "child"), child=child)
    assert "help: only here: `json`, `yaml`; declare it alike: items rely on it" in found


def test_a_patch_of_a_misspelt_item_says_so(tmp_path: Path) -> None:
    found = message(tmp_path, launch=LAUNCH.replace("base", "child"),
                    child=CHILD.replace("LOAD-01", "LAOD-01") + "    harm: severe\n")  # fmt: skip
    assert "no extended checklist has an item LAOD-01" in found
    assert "did you mean `LOAD-01`?" in found


def test_references_never_reach_evaluation(tmp_path: Path) -> None:
    rollout = ("rollout:\n  rollback: r.md\n  stages:\n"
               "    - {share: 5 %, hold: 1h, abort: [p95 > 1.2 * launch.p95_budget, x is launch.own]}\n")  # fmt: skip
    decisions = """\
schema: readiness/decisions@1
decisions:
  - {item: LOAD-01, kind: waived, reason: r, harm_if_wrong: h, mitigation: m, approver: a,
     approved: 2026-11-20, expires: 2026-12-20, void_if: rate < 0.5 * launch.peak}
"""
    launch = replaced(LAUNCH, ("  peak: 120 rps", "  peak: 120 rps\n  own: word")) + rollout
    plan = plan_of(tmp_path, launch=launch, decisions=decisions)
    assert plan.launch.rollout is not None
    limits = [e.limit for e in plan.launch.rollout.stages[0].abort]
    void = plan.decisions[0].decision.void_if
    assert void is not None
    checks = [c.expectation.limit for i in plan.items for b in i.requirements for c in b.checks]
    assert not any(isinstance(limit, Reference) for limit in [*limits, void.limit, *checks])
    assert limits[1] == "word"
    assert getattr(limits[0], "value", None) == parse("3 s").value
    assert getattr(void.limit, "value", None) == parse("60 rps").value
    assert plan.decisions[0].void is not None


def test_an_item_that_does_not_apply_is_planned_with_its_reason(tmp_path: Path) -> None:
    launch = replaced(LAUNCH, ("changes: [prompt, traffic]", "changes: [prompt]"))
    (item,) = plan_of(tmp_path, launch=launch).items
    assert item.skipped == "applies when the launch changes traffic or model"
    assert item.requirements == ()
    base = replaced(BASE, ("launch.p95_budget", "launch.p95_buget"))
    assert "did you mean `p95_budget`?" in message(tmp_path, launch=launch, base=base)
