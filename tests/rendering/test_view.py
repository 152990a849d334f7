"""The view: every number that matters is in a sentence, and every sentence follows its number."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from readiness.errors import Location
from readiness.rendering import words
from readiness.rendering.items import items as views
from readiness.rendering.view import build

from .change import numbers
from .reviews import CASES, many, review

UNSEEN = {
    r"score\.exact": "shown rounded down, as score.readiness",
    r"items\[\d+\]\.disposition\.(approved|at\.(line|column))": "shown from review.records",
    r"items\[\d+\]\.credit": "shown as the gap",
    r"items\[\d+\]\.gap": "shown for open items only",
    r"items\[\d+\]\.unprepared": "shown as the gap, and in `readiness explain`",
    r"items\[\d+\]\.requirements\[\d+\]\.(credit|fresh_days|at\.(line|column))": "in `readiness explain`",
    r"items\[\d+\]\.requirements\[\d+\]\.findings\[\d+\]\.(credit|at\.column)": "in `readiness explain`",
    r"(items\[\d+\]|latency\[\d+\]\..*)\.at\.column": "in the JSON; the line is shown",
    r"ranking\[\d+\]\.(best|worst|top_five|priority|rank|ahead)": "see test_rank_numbers",
    r"path_to_go\.steps\[\d+\]\.effort_days": "shown as the sum, path_to_go.effort_days",
    r"evidence\[\d+\]\.files\[\d+\]\.size": "the digest stands for the file",
    r"records\[\d+\]\.at\.(line|column)": "in the JSON",
    r"loads\[\d+\]\.curve\[\d+\]\.(p50|users)": "in the JSON; the chart has rate, p95 and failures",
    r"loads\[\d+\]\.curve\[\d+\]\.(second|rate|p95)": "drawn to the pixel: see test_points_of_a_curve",
    r"loads\[\d+\]\.capacity\.r2": "in the JSON; a fit that explains too little is refused",
    r"evidence\[\d+\]\.notes\[\d+\]\.at\.(line|column)": "in the JSON; the first place of a kind of warning is shown",
    r"history\.notes\[\d+\]\.at\.(line|column)": "0: a note names a file",
}  # fmt: skip


@pytest.mark.parametrize("case", ["no-go-5", "conditions"])
def test_each_number_changes_a_sentence(case: str) -> None:
    found = review(case)
    before = build(found)
    silent = []
    nothing_to_do = {"path_to_go.effort_days"} if case == "conditions" else set()
    for path, change in numbers(found):
        known = any(re.fullmatch(pattern, path) for pattern in UNSEEN)
        if not known and path not in nothing_to_do and build(change(found)) == before:
            silent.append(path)
    assert not silent


@pytest.mark.parametrize("field", ["best", "worst", "top_five", "priority", "rank", "ahead"])
def test_rank_numbers(field: str) -> None:
    found = review("no-go-5")
    first = found.ranking[0]
    value = getattr(first, field)
    changed = replace(first, **{field: value - 0.25 if field in ("top_five", "ahead") else value + 2})
    before, after = build(found), build(replace(found, ranking=(changed, *found.ranking[1:])))
    assert before.improvements[0] != after.improvements[0]


@pytest.mark.parametrize("field", ["second", "rate", "failed", "p95"])
def test_points_of_a_curve(field: str) -> None:
    """A point that moves by a twentieth of the chart moves its line; a chart has 400 by 100 places."""
    load = review("no-go-5").loads[0]
    reach = {"second": load.seconds + 120, "rate": 130, "failed": 1.0, "p95": 500}[field]
    for index, point in enumerate(load.curve[:-1]):
        step = reach / 20 if field == "second" else -reach / 20
        moved = replace(point, **{field: getattr(point, field) + step})
        curve = (*load.curve[:index], moved, *load.curve[index + 1 :])
        changed = replace(review("no-go-5"), loads=(replace(load, curve=curve),))
        assert build(changed).loads[0].curve != build(review("no-go-5")).loads[0].curve


def test_gap_and_weights_are_in_the_factors() -> None:
    found = review("no-go-5")
    for change in ({"gap": 1.5}, {"harm_weight": 31}, {"risk_weight": 33}, {"effort_days": 2.25}):
        items = tuple(replace(i, **change) if i.id == "CB-01" else i for i in found.items)
        assert build(replace(found, items=items)).improvements[0] != build(found).improvements[0]


@pytest.mark.parametrize("case", CASES)
def test_decision_sentence_and_figures_agree(case: str) -> None:
    found = review(case)
    view = build(found)
    assert view.decision.word == found.decision
    assert view.figures[0].value == str(len(found.score.held_by))
    if found.decision == "NO-GO":
        assert f": {view.figures[0].value} of {view.figures[0].note.removeprefix('of ')} blocker" in view.sentence
    assert 1 <= len(view.reasons) <= 3
    assert all(reason.endswith(".") for reason in view.reasons)


def test_sentences() -> None:
    assert build(review("no-go-5")).sentence == (
        "Shopping assistant is not ready to launch on 21 Sep 2026: 5 of 8 blockers are open, 6 days of work, "
        "done by 16 Sep 2026 at the earliest."
    )
    assert build(review("conditions")).sentence == (
        "Shopping assistant may launch on 21 Sep 2026 on conditions: 7 of 8 blockers proven, 1 accepted as a "
        "risk, 4 deferrable items open, 1 of them undecided."
    )
    assert build(review("go")).sentence == (
        "Shopping assistant is ready to launch on 21 Sep 2026: 13 items proven, none open."
    )


def test_limits_behind_references_are_named() -> None:
    reasons = build(review("no-go-5")).reasons
    assert "rate >= 1.5 * launch.peak: 110 rps was observed against 180 rps." in reasons[1]
    assert "p95 <= 450 ms: 640 ms was observed (stage retrieval)." in reasons[2]


def test_earliest_go() -> None:
    found = review("no-go-5")
    path, launch = found.path_to_go, found.launch
    assert path.earliest is not None
    notes = [
        build(replace(found, launch=replace(launch, launch_date=path.earliest + timedelta(days=n)))).figures[2].note
        for n in (2, 1, 0, -1)
    ]
    assert notes == ["2 days spare, with conditions", "1 day spare, with conditions",
                     "on launch day, with conditions", "1 day late, with conditions"]  # fmt: skip
    assert build(review("go")).figures[2].note == "nothing blocks"
    assert build(review("conditions")).figures[2].note == "on conditions"


def test_warnings_come_for_records_that_do_not_count() -> None:
    found = review("no-go-5")
    records = tuple(replace(r, status="expired", why_status="expired on 2026-09-01") for r in found.records)
    view = build(replace(found, records=records, complete=False))
    assert view.warnings[0] == "The review is incomplete: an analysis could not be read."
    assert "CB-06: the record of director-engineering does not count: expired on 2026-09-01." in view.warnings
    assert view.sections.deferrals.note == "0 of 5 records hold today. No approvers are declared."
    assert {entry.state.word for entry in view.deferrals} == {"Expired"}


def test_many_warnings_are_counted() -> None:
    found = many(200)
    records = tuple(replace(r, status="void", why_status="`rate > 300 rps` holds") for r in found.records)
    view = build(replace(found, records=records))
    assert len(view.warnings) == 9
    assert view.warnings[-1].startswith(f"{len(records) - 8} more")


def test_evidence_states() -> None:
    found = review("no-go-5")
    piece = replace(found.evidence[0], age_days=3.0, limit_days=14.0)

    def state(**change: Any) -> str:
        changed = replace(found, evidence=(replace(piece, **change),))
        return build(changed).evidence[0].state.word

    assert state() == "Current"
    assert state(age_days=14.0) == "Stale"
    assert state(age_days=None) == "Stale"
    assert state(limit_days=None) == "No age limit"
    assert state(age_days=-0.5) == "Invalid"
    assert state(fault=True) == "Invalid"


def test_words() -> None:
    assert [words.number(n) for n in (0, 0.004, 0.25, 9, 1234.5)] == ["0", "0.004", "0.25", "9", "1,234.5"]
    assert [words.days(n) for n in (0, 0.25, 1, 4.5)] == ["0 days", "0.25 days", "1 day", "4.5 days"]
    assert [words.percent(n) for n in (0, 0.07, 0.999, 1)] == ["0 %", "7 %", "99 %", "100 %"]
    assert words.anchor("LOAD-01 <b>") == "item-LOAD-01--b-"
    assert words.cut("abcdef", 4) == "abc…"


def test_every_value_says_where_it_stands() -> None:
    """An item names its first file whole; of a file that it named, the line alone; a place is not said twice."""
    found = review("no-go-5")
    finding = next(f for i in found.items if i.id == "CB-02" for q in i.requirements for f in q.findings)
    places = [("a.json", 3), ("a.json", 7), ("a.json", 7), ("b.json", 7)]
    findings = tuple(replace(finding, outcome="proven", message="", at=Location(path, line)) for path, line in places)
    item = next(i for i in found.items if i.id == "CB-02")
    changed = replace(item, outcome="proven", requirements=(replace(item.requirements[0], findings=findings),))
    view = build(replace(found, items=tuple(changed if i.id == item.id else i for i in found.items), ranking=()))
    told = next(i.told for i in view.items if i.id == "CB-02")
    assert [row.at for row in told] == ["a.json:3", ":7", "", "b.json:7"]


def test_the_finding_that_gives_an_item_its_outcome_comes_first() -> None:
    before = review("no-go-5")
    item = next(i for i in before.items if i.open and i.requirements)
    (need, *more) = item.requirements
    (first, *_) = need.findings
    found = [replace(first, outcome=outcome, rule=outcome) for outcome in ("proven", "failed", "invalid", "failed")]
    changed = replace(item, outcome="invalid", requirements=(replace(need, findings=tuple(found)), *more))
    items = tuple(changed if i.id == item.id else i for i in before.items)
    shown = next(i for i in views(replace(before, items=items)) if i.id == item.id)
    assert [row.rule for row in shown.rows][:3] == ["invalid", "failed", "failed"]
