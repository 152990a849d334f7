"""The ranking and the proof of a place in words: hostile texts, narrow terminals, numbers by hand."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import replace
from itertools import cycle

import pytest
from inline_snapshot import snapshot
from markdown_it import MarkdownIt

from readiness.decision.rank import Exponents, rank
from readiness.decision.ranking import Asked, prove, ranking
from readiness.decision.whatif import Supposition
from readiness.model.ranking import Ranking
from readiness.model.review import Outcome, Review
from readiness.rendering.explain import explain
from readiness.rendering.format import Style
from readiness.rendering.paint import Paint, columns
from readiness.rendering.places import decimals, place_lines
from readiness.rendering.rank import markdown, terminal
from tests.decision.material import item

from .change import with_texts
from .reviews import assemble, many, review

PROVEN: dict[str, Outcome] = {"CB-01": "proven"}
ASKED = (
    Asked(Supposition()),
    Asked(Supposition(PROVEN, ("LOAD-01",), Exponents(2, 1, 0.5)), 2.0, 3),
)


def proven_place(found: Review, item_id: str) -> str:
    proof = prove(found, item_id)
    assert proof is not None
    chosen = next(i for i in found.items if i.id == item_id)
    return "\n".join(place_lines(chosen, proof, found, Paint(Style())))


def test_the_proof_of_a_place() -> None:
    assert proven_place(review("no-go-5"), "CACHE-01") == snapshot("""\
  priority = 100 × 3 ⁄ 100 × 0.75 = 2.25: rank 4 of 10, contested
  ln priority = ln 100 + ln 0.03 + ln 0.75 = 4.6052 − 3.5066 − 0.2877 = 0.8109
  The launch waits for it: such blockers come before every other item.
  Behind LAT-01, rank 3: 2.25 against 30 × 10 ⁄ 100 × 1 = 3
    ln: harm +1.204, risk −1.204, gap −0.2877, together −0.2877
    CACHE-01 is ahead in 40 % of all weightings. They change places if risk
    counted 0.7611 times as much or harm 1.2389. Nearest tie: harm 1.1162, risk
    0.8838, gap 0.9722, which is 0.1666 from 1, 1, 1. Some weightings of the
    study change that.
  Ahead of PRM-02, rank 5: 2.25 against 30 × 10 ⁄ 100 × 0.5 = 1.5
    ln: harm +1.204, risk −1.204, gap +0.4055, together +0.4055
    CACHE-01 is ahead in 62 % of all weightings. They change places if harm
    counted 0.6632 times as much or risk 1.3368. Nearest tie: harm 0.8407, risk
    1.1593, gap 0.9463, which is 0.2317 from 1, 1, 1. Some weightings of the
    study change that.
  Study: in 400 weightings (seed 20240; exponents 0.5 to 1.5, bands moved by up
  to 30 %) it takes places 2 to 5, 3 apart: contested, which means more than 2
  apart. It is among the first five in 100 %. Exact: no weighting of the study
  puts it before place 2 or after place 5.\
""")


def test_items_with_the_same_factors_and_level_ones() -> None:
    same = [item("A", "failed"), item("B", "failed")]
    assert "The same factors: level under all weights, so the ids decide." in proven_place(assemble(same, (), ()), "A")
    level = [item("A", "failed", harm="major", risk="unlikely"), item("B", "failed", harm="minor", risk="likely")]
    text = " ".join(proven_place(assemble(level, (), ()), "B").split())
    assert "B is ahead in 50 % of all weightings. Level: any change of harm or risk decides." in text


@pytest.mark.parametrize("case", ["no-go-5", "no-go-30", "conditions", "unmeasured"])
def test_each_logarithm_adds_up(case: str) -> None:
    """What is printed can be done again by hand from what is printed."""
    found = review(case)
    for entry in found.ranking:
        text = " ".join(proven_place(found, entry.item).split()).replace("−", "-")
        harm, risk, gap, result = re.search(  # type: ignore[union-attr]
            r"priority = (\d+) × (\d+) ⁄ 100 × (\S+) = ([^:]+):", text
        ).groups()
        assert int(harm) * int(risk) / 100 * float(gap) == float(result) == entry.priority
        logarithm = re.search(r"ln priority = [^=]+=[^=]+= (-?[\d.]+) ", text)
        assert logarithm is not None
        assert float(logarithm[1]) == pytest.approx(math.log(entry.priority), abs=1e-4)
        for parts in re.findall(r"ln: harm (\S+), risk (\S+), gap (\S+), together (\S+)", text):
            *each, together = map(float, parts)
            assert sum(each) == pytest.approx(together, abs=2e-4)


def test_whoever_is_ahead_and_behind_is_named_with_both_priorities() -> None:
    found = review("no-go-5")
    for before, after in zip(found.ranking[:4], found.ranking[1:5], strict=True):
        assert f"Ahead of {after.item}, rank {after.rank}: {before.priority:g} against" in proven_place(found, before.item)
        assert f"Behind {before.item}, rank {before.rank}: {after.priority:g} against" in proven_place(found, after.item)


def test_decimals() -> None:
    assert [decimals(x) for x in (0, 1, -1.20397, 1e-9, -1e-9, 0.5)] == ["0", "1", "−1.204", "0", "0", "0.5"]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("width", [40, 57, 80, 120])
def test_no_line_is_wider_than_the_terminal(asked: Asked, width: int) -> None:
    for found in (review("no-go-5"), many(300)):
        known = {i.id for i in found.items}
        chosen = asked._replace(supposition=replace(asked.supposition, outcomes={}, waived=())) if "CB-01" not in known else asked
        text = terminal(ranking(found, chosen), Style(width=width))
        assert max(columns(line) for line in text.splitlines()) <= width


def poisoned(hostile: list[str]) -> list[Ranking]:
    base = ranking(review("no-go-5"), ASKED[1])
    return [with_texts(base, cycle(hostile[n : n + 100]).__next__) for n in range(0, len(hostile), 100)]


def test_hostile_texts_stay_text(hostile: list[str]) -> None:
    tables = MarkdownIt("gfm-like", {"linkify": False})
    base = ranking(review("no-go-5"), ASKED[1])
    rows = tables.render(markdown(base)).count("<td")
    for found in poisoned(hostile):
        for text in (markdown(found), terminal(found, Style())):
            assert not {c for c in text if c not in "\n\u200b" and unicodedata.category(c) in {"Cc", "Cf", "Cs"}}
        page = tables.render(markdown(found))
        assert page.count("<td") == rows
        assert not re.search(r"<(?:script|img|a|iframe|h1)\b", page)


def test_hostile_texts_in_an_explanation(hostile: list[str]) -> None:
    for start in range(0, len(hostile), 400):
        found = with_texts(review("no-go-5"), cycle(hostile[start : start + 400]).__next__)
        first = found.ranking[0].item
        text = explain(found, first, prove(found, first), Style())
        assert not {c for c in text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs"}}


def test_ranges_of_a_supposition_are_those_of_its_items() -> None:
    found = review("no-go-5")
    shown = ranking(found, Asked(Supposition(PROVEN)))
    changed = tuple(replace(i, outcome="proven", credit=1.0, gap=0.0) if i.id in PROVEN else i for i in found.items)
    assert [(p.item, p.best, p.worst) for p in shown.places] == [(r.item, r.best, r.worst) for r in rank(changed)]
