"""What-if by hand: what people choose in the page, and that it never passes for the review."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from readiness.model.serial import dump
from readiness.rendering import words
from readiness.rendering.format import Style
from readiness.rendering.formats.html import render
from tests.cli.running import readiness

from .reviews import review
from .scripted import Report, chromium
from .suppositions import engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from readiness.decision.whatif import Supposed
    from readiness.model.review import Review

NAMES = {"proven": "proven", "failed": "failed", "waived": "accepted as a risk"}
AS_IT_IS = (1.0, 1.0, 1.0)


class Chosen(NamedTuple):
    """What is chosen in the page."""

    items: dict[str, str]
    weights: tuple[float, float, float] = AS_IT_IS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Any]:
    contexts = []

    def opened(found: Review, width: int = 1280) -> Report:
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}))
        report = Report(contexts[-1], tmp_path / "report.html", render(found, Style()))
        report.page.get_by_role("button", name="What if").click()
        report.page.get_by_role("button", name="Expand all").click()
        return report

    yield opened
    for context in contexts:
        context.close()


def said(found: Supposed, reviewed: Supposed) -> dict[str, tuple[str, str]]:
    """Say with the words of reports what the panel must show."""
    return {
        "Decision": (found.decision, reviewed.decision),
        "Open blockers": (_blockers(found), _blockers(reviewed)),
        "Readiness": (f"{found.score.readiness} of 100", f"{reviewed.score.readiness} of 100"),
        f"Earliest {found.path_to_go.becomes}": (_earliest(found), _earliest(reviewed)),
        "Work until then": (words.days(found.path_to_go.effort_days), words.days(reviewed.path_to_go.effort_days)),
    }


def _blockers(found: Supposed) -> str:
    return f"{len(found.score.held_by)} of {sum(i.gate == 'blocker' and i.outcome is not None for i in found.items)}"


def _earliest(found: Supposed) -> str:
    return words.day(found.path_to_go.earliest) if found.path_to_go.earliest else "now"


def ordered(found: Supposed, reviewed: Supposed) -> list[str]:
    """Say the order and the path to GO."""
    titles = {item.id: item.title for item in found.items}
    steps = {step.item: step for step in found.path_to_go.steps}
    before = [place.item for place in reviewed.order]
    lines = []
    for item, priority in found.order:
        was = f"place {before.index(item) + 1}" if item in before else "proven"
        line = f"{item} {titles[item]} priority {words.number(priority)}, reviewed: {was}"
        if step := steps.get(item):
            line += f"; {step.owner}, {words.days(step.effort_days)}, done by {words.day(step.done_by)}"
        lines.append(line)
    return lines


def check(report: Report, found: Review, chosen: Chosen) -> None:
    """Hold what the page shows against the engine."""
    expected, reviewed = engine(found, *chosen), engine(found, {}, AS_IT_IS)
    assert report.figures() == said(expected, reviewed)
    shown = [" ".join(line.split()) for line in report.page.locator("#order li").all_inner_texts()]
    assert shown == ordered(expected, reviewed)
    banner = report.page.locator("#supposed")
    assert banner.is_visible() is (chosen != Chosen({}))
    if banner.is_visible():
        text = report.text("#sum")
        assert text.startswith(f"A supposition, not the review: {expected.decision}, readiness {expected.score.readiness}")
        assert f"Reviewed: {reviewed.decision}, readiness {reviewed.score.readiness}" in text


def random_choice(found: Review, chance: random.Random) -> Chosen:
    """Choose as people do: a few items, sometimes the weights."""
    items = {}
    for item in chance.sample([i for i in found.items if i.outcome is not None], 6):
        offered = ["proven"] * item.open + ["failed"] * (item.outcome != "failed") + ["waived"] * item.waits
        items[item.id] = chance.choice(offered)
    weights = [chance.randrange(13) / 4 for _ in range(3)] if chance.random() < 0.6 else [1.0, 1.0, 1.0]
    return Chosen(items, (weights[0], weights[1], weights[2]))


@pytest.mark.parametrize("case", ["go", "conditions", "no-go-5", "no-go-30", "unmeasured"])
def test_what_is_chosen_by_hand_is_decided_as_the_engine_does(show: Any, case: str) -> None:
    found = review(case)
    report = show(found)
    check(report, found, Chosen({}))
    for seed in range(3):
        chosen = random_choice(found, random.Random(f"{case}{seed}"))
        for item, outcome in chosen.items.items():
            report.suppose(item, NAMES[outcome])
        report.weigh(**dict(zip(("harm", "risk", "gap"), chosen.weights, strict=True)))
        check(report, found, chosen)
        report.page.locator("#supposed").get_by_role("button", name="Back to the review").click()
        check(report, found, Chosen({}))
    assert not report.complaints


def test_all_blockers_proven_is_a_go_and_one_accepted_has_conditions(show: Any) -> None:
    found = review("no-go-1")
    report = show(found)
    for rank in found.ranking:
        report.suppose(rank.item, "proven")
    assert report.figures()["Decision"] == ("GO", "NO-GO")
    assert report.figures()["Earliest GO"][0] == "now"
    report.suppose(found.score.held_by[0], "accepted as a risk")
    assert report.figures()["Decision"] == ("GO WITH CONDITIONS", "NO-GO")
    report.suppose(found.score.held_by[0], "as reviewed")
    assert report.figures()["Decision"] == ("NO-GO", "NO-GO")


def test_the_review_itself_never_changes(show: Any) -> None:
    found = review("no-go-5")
    report = show(found)
    before = report.page.locator("main > section").first.inner_text()
    title = report.page.title()
    report.suppose("CB-01", "proven")
    summary = report.page.locator("#item-CB-01 summary")
    assert summary.evaluate("x => getComputedStyle(x, '::after').content") == '" supposed: proven"'
    assert "Missing" in summary.inner_text()
    assert report.page.locator("main > section").first.inner_text() == before
    assert report.page.title() == title
    report.page.emulate_media(media="print")
    for hidden in ("#tools", "#what-if", "#supposed", ".if"):
        assert report.page.locator(hidden).first.is_hidden(), "paper shows the review alone"
    assert summary.evaluate("x => getComputedStyle(x, '::after').content") in {"none", "normal"}


def test_the_banner_is_in_sight_and_hides_no_focus(show: Any) -> None:
    report = show(review("no-go-5"))
    report.suppose("CB-01", "proven")
    page = report.page
    for place in (0, 900, 10**6):
        page.evaluate(f"scrollTo(0, {place})")
        box = page.locator("#supposed").bounding_box()
        assert 0 <= box["y"] <= 900 - box["height"]
    page.evaluate("scrollTo(0, 0)")
    page.get_by_label("Find").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        top = page.locator("#supposed").bounding_box()["y"]
        focused = page.evaluate("(b => [b.top, b.bottom])(document.activeElement.getBoundingClientRect())")
        assert focused[0] >= 0
        assert focused[1] <= top


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_scrolls_sideways_on_a_phone(show: Any, width: int) -> None:
    report = show(review("no-go-30"), width)
    report.suppose("CB-01", "accepted as a risk")
    report.weigh(harm=2.75)
    assert report.page.evaluate("document.documentElement.scrollWidth") <= width
    assert report.page.locator("#supposed").bounding_box()["height"] < 300


def test_the_command_says_the_same_in_a_terminal(show: Any, tmp_path: Path) -> None:
    found = review("no-go-5")
    report = show(found)
    assert report.text("#command") == "readiness rank"
    report.suppose("LOAD-01", "proven")
    report.suppose("CB-01", "accepted as a risk")
    report.weigh(risk=2, gap=0.25)
    command = report.text("#command")
    assert command == "readiness rank --if LOAD-01=proven --if CB-01=waived --weights risk=2 --weights gap=0.25"
    saved = tmp_path / "review.json"
    saved.write_text(dump(found), encoding="utf-8")
    done = readiness("rank", saved, *command.split()[2:], "--format", "json")
    told = json.loads(done.out)
    links = report.page.locator("#order a").evaluate_all("x => x.map(y => y.hash.slice(6))")
    assert links == [place["item"] for place in told["places"]]
    figures = {name: value for name, (value, _) in report.figures().items()}
    assert figures["Decision"] == told["supposed"]["decision"]
    assert figures["Readiness"] == f"{told['supposed']['readiness']} of 100"
