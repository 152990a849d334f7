"""What only some reviews have: policy, baseline, sign-offs, accepted risk, and what holds a launch."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count

import pytest

from readiness.decision.decide import held
from readiness.errors import Location
from readiness.model.decided_result import ApproverResult, Hold, LedgerResult, SignOffs
from readiness.model.difference import DIFF, Difference, EvidenceMove, Move, RecordMove, Side
from readiness.model.policy_result import PolicyBase, PolicyChange, PolicyResult
from readiness.model.review import Review
from readiness.model.serial import dump, load
from readiness.rendering.format import FORMATS, Style
from readiness.rendering.view import build

from .change import numbers, with_texts
from .reviews import review

AT = Location("list.yaml", 12, 5)
DAY = date(2026, 11, 25)


def judged(case: str = "conditions") -> Review:
    """Return a review that has everything, held by its policy."""
    approvers = (
        ApproverResult("head-of-ops", "Head of operations", ("all",), "severe", 2, 3.5, 12.0),
        ApproverResult("head-of-search", "Head of search", ("latency", "cache"), "moderate", 0, 0.0, None),
    )
    change = PolicyChange("loosened", "LOAD-01", "gate", "blocker", "deferrable", AT, replace(AT, line=11))
    policy = PolicyResult("tree", (PolicyBase("main", "c0ffee12" * 5, head=False),), "", (change,))
    side = Side("old.json", DAY, "1.3.0", "abc", "GO", complete=True, readiness=90, open_blockers=0)
    move = Move("regression", "CB-01", "A breaker opens", "blocker", "proven", "failed", ("a.json",), "900 ms")
    moved = Difference(
        DIFF, "shop", side, replace(side, source="this review", readiness=74), comparable=True, method=(), items=(move,),
        evidence=(EvidenceMove("changed", "a.json", "1f", "2f", ("CB-01",)),),
        decisions=(RecordMove("CB-06", "deferred", "head", "active", "expired", "expired on 2026-11-20"),),
    )  # fmt: skip
    found = replace(
        review(case), sign_offs=SignOffs(2, ("head-of-ops",)), ledger=LedgerResult(74, 81, approvers), policy=policy,
        baseline=moved,
    )  # fmt: skip
    return held(found, Hold("policy", "1 loosening since main: LOAD-01 gate: blocker → deferrable", "take it back"))


@pytest.mark.parametrize("part", ["ledger", "sign_offs", "policy", "baseline"])
def test_each_number_changes_a_sentence(part: str) -> None:
    found = judged()
    before = build(found)
    silent = [
        path
        for path, change in numbers(found)
        if path.startswith(part) and build(change(found)) == before
    ]
    assert not silent


def test_the_words() -> None:
    parts = {part.anchor: part for part in build(judged()).also}
    assert parts["policy"].note == "1 difference from main (c0ffee12c0ff), 1 of them looser."
    assert parts["policy"].rows == (
        "Loosened: LOAD-01 gate: blocker → deferrable (list.yaml:11:5 → list.yaml:12:5)",
    )
    assert parts["accepted"].note == (
        "Sign-offs of the candidate: 1 of 2, by head-of-ops. Readiness 74 as proven; it would be 81 if the 2 accepted "
        "items were proven. Accepted harm × risk: 3.5."
    )
    assert parts["accepted"].rows == (
        "head-of-ops (Head of operations) accepted 2 items, 3.5 of 12; may accept harm up to severe in every area",
        ("head-of-search (Head of search) accepted 0 items, 0, without a limit; may accept harm up to moderate in latency "
        "and cache"),
    )
    assert parts["baseline"].rows == (
        "✗ Regressions: CB-01 A breaker opens: proven → failed (blocker); 900 ms; changed: a.json",
        "Evidence: a.json changed: 1f → 2f; for CB-01",
        "Decisions: CB-06 deferred by head: active → expired: expired on 2026-11-20",
    )


def test_what_holds_a_launch_is_in_its_sentence_and_its_figures() -> None:
    view = build(judged())
    assert view.decision.word == "NO-GO"
    assert view.sentence == (
        "Shopping assistant is not ready to launch on 21 Sep 2026: 1 loosening since main: LOAD-01 gate: blocker → deferrable."
    )
    assert view.reasons[0].startswith("Held by its policy: 1 loosening since main")
    assert view.figures[2] == ("Earliest GO", "not known", "held by its policy")
    both = build(judged("no-go-5")).sentence
    assert "5 of 8 blockers are open" in both
    assert both.endswith("It is held besides: 1 loosening since main: LOAD-01 gate: blocker → deferrable.")


@pytest.mark.parametrize("name", ["html", "markdown", "terminal", "json"])
def test_every_report_has_it_and_offers_no_supposition(name: str) -> None:
    text = FORMATS.all[name].render(judged(), Style())
    assert isinstance(text, str)
    for word in ("head-of-search", "c0ffee12c0ff", "a.json", "NO-GO"):
        assert word in text
    if name == "html":
        assert "id=what-if" not in text
        assert "No supposition about items turns the decision" in text


def test_it_is_saved_and_read_back() -> None:
    found = judged()
    assert load(dump(found).encode(), "r.json") == found


@pytest.mark.parametrize("payload", ["<img src=x onerror=alert(1)>", "]]>&<script>", "\x1b[2J\u202e", "| `x` |\n# h"])
def test_nothing_from_outside_is_markup(payload: str) -> None:
    number = count()
    keep = ("effect", "by", "taken_from", "change", "place")
    found = with_texts(judged(), lambda: f"{payload}{next(number)}", keep=keep)
    html = FORMATS.all["html"].render(found, Style())
    markdown = FORMATS.all["markdown"].render(found, Style())
    terminal = FORMATS.all["terminal"].render(found, Style())
    assert isinstance(html, str)
    assert isinstance(markdown, str)
    assert isinstance(terminal, str)
    for text in (html, markdown):
        assert "<img src=x" not in text
        assert "<script>alert" not in text
    for text in (html, markdown, terminal):
        assert "\x1b[2J" not in text
        assert "\u202e" not in text
    assert "\n# h" not in markdown
