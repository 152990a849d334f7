"""Views and choices of items: a report shows less and says so, and what was decided stays."""

from __future__ import annotations

import re
from typing import Any

import pytest
from inline_snapshot import snapshot

from readiness.errors import InputError
from readiness.rendering.format import FORMATS, Shown, Style
from readiness.rendering.shown import asked, check_only, narrowed
from readiness.rendering.view import build

from .page import Page
from .reviews import CASES, review

WAYS = [Shown("memo"), Shown(only="open"), Shown(only="blocker"), Shown(only="resilience")]
SAME = ("title", "decision", "sentence", "reasons", "figures", "improvements", "domains", "deferrals", "undecided_line",
        "warnings", "footer")  # fmt: skip


def shown(form: str, case: str, way: Shown) -> str:
    text = FORMATS.shipped[form].render(review(case), Style(shown=way))
    assert isinstance(text, str)
    return text


def flat(text: str) -> str:
    """Return what a reader sees of a report, on one line."""
    page = re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", page.replace("&#45;", "-"))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_was_decided_is_the_same_in_every_view(case: str, way: Shown) -> None:
    whole = build(review(case))
    part = narrowed(whole, way)
    assert [getattr(part, name) for name in SAME] == [getattr(whole, name) for name in SAME]
    assert narrowed(whole, Shown()) == whole


def test_only_chooses_and_counts() -> None:
    whole = build(review("no-go-30"))
    for only, chosen in (
        ("open", [i for i in whole.items if i.open]),
        ("blocker", [i for i in whole.items if i.gate == "Blocker" and i.state.word != "Not applicable"]),
        ("latency", [i for i in whole.items if i.area == "latency"]),
    ):
        part = narrowed(whole, Shown(only=only))
        assert list(part.items) == chosen
        assert f": {len(chosen)} of {len(whole.items)}, {len(whole.items) - len(chosen)} left out" in part.left_out
        assert part.areas == whole.areas


@pytest.mark.parametrize("form", ["html", "markdown", "terminal"])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_report_that_leaves_out_says_so(form: str, way: Shown) -> None:
    said = flat(shown(form, "no-go-5", way))
    assert ("This is the memo" if way.view == "memo" else "left out (--only ") in said
    assert "This is the memo" not in flat(shown(form, "no-go-5", Shown()))
    assert "left out (--only" not in flat(shown(form, "no-go-5", Shown()))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_data_is_always_whole(way: Shown) -> None:
    assert shown("json", "no-go-5", way) == shown("json", "no-go-5", Shown())


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_pages_that_leave_out_have_no_script_and_no_dangling_link(case: str, way: Shown) -> None:
    page = Page(shown("html", case, way))
    ids = {a["id"] for _, a in page.tags if "id" in a}
    links = {a["href"] for t, a in page.tags if t == "a"}
    assert {str(link).removeprefix("#") for link in links} <= ids
    assert "script" not in {tag for tag, _ in page.tags}
    policy = next(str(a["content"]) for _, a in page.tags if a.get("http-equiv"))
    assert "script-src" not in policy


def test_the_memo_is_the_first_page_and_nothing_else() -> None:
    page = Page(shown("html", "no-go-5", Shown("memo")))
    headings = [a["id"] for t, a in page.tags if t == "h2"]
    assert headings == ["decision", "improvements", "domains", "deferrals"]
    assert len(shown("html", "no-go-30", Shown("memo"))) < 40_000


@pytest.mark.parametrize("form", ["html", "markdown", "terminal"])
def test_only_lists_no_other_item(form: str) -> None:
    text = shown(form, "no-go-30", Shown(only="latency"))
    named = {item.title for item in build(review("no-go-30")).items if item.area == "resilience" and not item.leads}
    settled = named - {entry.title for entry in build(review("no-go-30")).deferrals}
    assert settled
    assert not [title for title in settled if title in flat(text)]


def message(call: Any, *arguments: Any) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return str(caught.value)


def test_mistakes_name_what_there_is() -> None:
    assert asked("memo", "") == Shown("memo")
    assert message(asked, "meno", "") == snapshot("""\
--view: error[unknown-view]: there is no view `meno`
  help: did you mean `memo`?\
""")
    assert message(asked, "page", "") == snapshot("""\
--view: error[unknown-view]: there is no view `page`
  help: views: full and memo\
""")
    assert message(asked, "memo", "open") == snapshot("""\
--only: error[usage]: the memo does not list the items that `--only` chooses from
  help: leave out --view memo\
""")
    for only in ("", "open", "blocker", "load"):
        check_only(review("go"), only)
    assert message(check_only, review("go"), "latencies") == snapshot("""\
--only: error[unknown-area]: the review has no area `latencies`
  help: did you mean `latency`?\
""")
    assert message(check_only, review("go"), "xyz") == snapshot("""\
--only: error[unknown-area]: the review has no area `xyz`
  help: areas: caching, data, latency, load, prompts and resilience\
""")
