"""The page's what-if says what the engine says, to the last bit, in a real browser."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from readiness.decision.rank import power
from readiness.rendering.engine import json_block
from readiness.rendering.format import Style
from readiness.rendering.formats.html import render
from readiness.rendering.whatif import data

from .reviews import CASES, many, review
from .scripted import Report, chromium
from .suppositions import Trial, engine, told, trials

if TYPE_CHECKING:
    from collections.abc import Iterator

TRIALS = 2_000
# Gives a script's answer the form of `told`.
ANSWER = """trials => trials.map(([data, choices, exponents]) => {
  const day = x => new Date(x).toISOString().slice(0, 10);
  const x = document.getElementById("review-data").suppose(data, choices, exponents);
  return {
    decision: x.decision, becomes: x.becomes, readiness: x.readiness, blockers: x.blockers,
    held: x.steps.map(y => y.id), order: x.order.map(y => [y.id, y.priority]),
    steps: x.steps.map(y => [y.id, y.effort, day(y.done)]), effort: x.effort,
    earliest: x.steps.length ? day(x.earliest) : null,
  };
})"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page with the script as it is shipped."""
    with chromium() as browser:
        text = render(review("go"), Style())
        yield Report(browser.new_context(), tmp_path_factory.mktemp("page") / "report.html", text).page


def answers(page: Any, asked: list[Trial]) -> list[Any]:
    """Ask the script; its data take the way through the page's JSON."""
    return list(page.evaluate(ANSWER, [
        [json.loads(json_block(data(trial.review))), trial.choices, trial.exponents] for trial in asked
    ]))  # fmt: skip


def same(given: Any, expected: dict[str, object]) -> bool:
    return {**given, "held": sorted(given["held"])} == expected


@pytest.mark.parametrize("seed", range(4))
def test_script_and_engine_agree(page: Any, seed: int) -> None:
    asked = list(trials(TRIALS // 4, seed))
    decisions = {trial.expected["decision"] for trial in asked}
    assert decisions == {"GO", "GO WITH CONDITIONS", "NO-GO"}, "the trials reach every decision"
    for trial, given in zip(asked, answers(page, asked), strict=True):
        assert {**given, "held": sorted(given["held"])} == trial.expected, (trial.choices, trial.exponents)


@pytest.mark.parametrize("name", CASES)
def test_nothing_supposed_is_the_review(page: Any, name: str) -> None:
    found = review(name)
    given = answers(page, [Trial(found, {}, (1.0, 1.0, 1.0), {})])[0]
    assert given["decision"] == found.decision
    assert given["readiness"] == found.score.readiness
    assert given["order"] == [[rank.item, rank.priority] for rank in found.ranking]
    assert [step[0] for step in given["steps"]] == [step.item for step in found.path_to_go.steps]
    assert same(given, told(engine(found, {}, (1.0, 1.0, 1.0))))


def test_three_hundred_items_with_everything_changed(page: Any) -> None:
    found = many(300)
    choices = {item.id: ("proven", "failed", "waived")[n % 3] for n, item in enumerate(found.items)}
    given = answers(page, [Trial(found, choices, (2.0, 0.5, 1.75), {})])[0]
    assert same(given, told(engine(found, choices, (2.0, 0.5, 1.75))))


def test_the_trials_can_fail(page: Any) -> None:
    """A control: another weight or choice gives another answer."""
    asked = list(trials(200, 9))
    other = [trial._replace(exponents=(3.0, 0.0, 1.0), choices={}) for trial in asked]
    given = answers(page, other)
    assert sum(not same(answer, trial.expected) for answer, trial in zip(given, asked, strict=True)) > 100


def test_powers_agree_in_every_step(page: Any) -> None:
    """Every weight that the page offers, over all bands and gaps: the same bits."""
    quarters = [n / 4 for n in range(13)]
    bases = [1, 3, 10, 30, 100, 0.01, 0.03, 0.1, 0.3, 0.9, *((1 - c) * (1 + m / 3) for c in (0, 0.25, 0.5) for m in range(4))]
    for base, exponent in itertools.product(bases, quarters):
        assert power(base, exponent) == pytest.approx(base**exponent, rel=1e-14)
    rows = [["A", 0, 1, 3, 7, 100, 0, 0, 1, 0, base] for base in bases]
    asked = [[{"day": "2026-11-25", "areas": [], "owners": ["x"], "items": [row]}, {}, [0, 0, exponent]]
             for row in rows for exponent in quarters]  # fmt: skip
    given = [answer["order"][0][1] for answer in page.evaluate(ANSWER, asked)]
    assert given == [float(f"{power(base, exponent):.9g}") for base in bases for exponent in quarters]
