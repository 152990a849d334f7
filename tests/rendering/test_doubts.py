"""Warnings about evidence stand in every report that a person reads, once for each kind and file."""

from __future__ import annotations

from dataclasses import replace

from inline_snapshot import snapshot

from readiness.errors import Location
from readiness.model.evidence_result import Note
from readiness.model.text import and_list
from readiness.rendering.explain import explain
from readiness.rendering.format import Shown, Style
from readiness.rendering.formats import html, markdown, terminal
from readiness.rendering.shown import narrowed
from readiness.rendering.view import build

from .reviews import review

TITLE = "Warnings about the evidence"


def test_what_is_alike_is_told_once() -> None:
    assert build(review("go")).doubts == snapshot(("config/resilience.yaml:8:5, for CB-02: `answers_total` begins at 0 (and 2 more like it). Help: begin with `_`.", "evidence/cache/semantic.json, for CACHE-03: `steady.*` leave out the first 40 s."))


def test_a_go_says_how_much_of_its_evidence_has_warnings() -> None:
    assert build(review("go")).reasons[1].startswith("13 pieces of evidence read, 2 with warnings; ")
    assert "warnings" not in " ".join(build(review("unmeasured")).reasons)


def test_every_report_for_people_has_them() -> None:
    for render in (terminal.render, markdown.render, html.render):
        told = str(render(review("go"), Style()))
        assert TITLE in told
        assert "begins at 0" in told
        assert TITLE not in str(render(review("no-go-30"), Style()))


def test_the_terminal_shows_ten_and_counts_the_rest() -> None:
    found = review("go")
    notes = tuple(Note("warning", f"code-{n}", f"doubt {n}", Location("a.json", n)) for n in range(1, 15))
    told = terminal.render(replace(found, evidence=(replace(found.evidence[0], notes=notes),)), Style())
    assert "doubt 10" in told
    assert "doubt 11" not in told
    assert "and 4 more, in the HTML report and in the JSON" in told


def test_what_keeps_an_item_from_being_proven_is_no_warning() -> None:
    found = review("go")
    note = Note("inconclusive", "few-samples", "p99 of 40 samples", Location("a.json"))
    view = build(replace(found, evidence=(replace(found.evidence[0], notes=(note,)),)))
    assert view.doubts == ()
    assert view.evidence[0].notes == ("p99 of 40 samples (a.json)",)


def test_the_memo_leaves_them_out() -> None:
    assert narrowed(build(review("go")), Shown(view="memo")).doubts == ()


def test_explain_tells_those_of_the_item_alone() -> None:
    told, other = (explain(review("go"), item, None, Style()) for item in ("CB-02", "CB-01"))
    assert told[told.index("Warnings") : told.index("Readiness")] == snapshot("""\
Warnings about its evidence
  - config/resilience.yaml:8:5: `answers_total` begins at 0 (and 2 more like
    it). Help: begin with `_`.

""")
    assert "Warnings" not in other


def test_an_analysis_that_proves_an_item_is_told_once_and_one_that_does_not_is_not() -> None:
    """What keeps an item open stands there; what a proof leaves in doubt would stand nowhere."""
    found = review("no-go-5")
    notes = tuple(Note("warning", "no-full-load", f"b{n}.jtl says nothing", Location(f"b{n}.jtl"), "hold one level") for n in (1, 2))
    items = tuple(
        replace(i, requirements=tuple(replace(r, source="analysis full-load", notes=notes) for r in i.requirements))
        for i in found.items
    )
    proven = [i.id for i in items if any(r.outcome == "proven" for r in i.requirements)]
    told = build(replace(found, items=items)).doubts[-1]
    assert told.startswith(f"For {and_list(proven)}: b1.jtl says nothing")
    assert told.endswith(f" (and 1 more: readiness explain {proven[0]}). Help: hold one level.")
    still = tuple(
        replace(i, requirements=tuple(replace(r, outcome="failed") for r in i.requirements)) for i in items
    )
    assert not any("b1.jtl" in line for line in build(replace(found, items=still)).doubts)
