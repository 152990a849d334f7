"""Formats for other tools: each is read by its official schema or a real consumer, and all agree."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from readiness.errors import Location
from readiness.evidence.readers.junit import READER as JUNIT
from readiness.rendering.format import FORMATS, Style
from readiness.rendering.machine import findings, place, standing

from .consumers import MACHINES, OPENMETRICS, PROMETHEUS, seen, text_of
from .reviews import CASES, many, review
from .runner import commands

if TYPE_CHECKING:
    from readiness.model.review import Review

WORDS = {"GO", "GO WITH CONDITIONS", "NO-GO"}


def test_every_format_has_a_consumer() -> None:
    assert set(MACHINES) == snapshot({"csv", "github", "gitlab", "junit", "openmetrics", "sarif", "slack"})


@pytest.mark.parametrize("form", MACHINES)
@pytest.mark.parametrize("case", CASES)
def test_every_consumer_reads_the_decision_and_counts_what_blocks(form: str, case: str) -> None:
    found = review(case)
    waiting = sum(item.waits for item in found.items)
    open_ = sum(item.open for item in found.items)
    told = seen(form, text_of(form, found))
    assert told.decision == found.decision
    assert told.blocking == (min(waiting, 9) if form == "github" else waiting)
    assert told.open in (open_, -1)


def unread(case: str) -> Review:
    return replace(review(case), complete=False)


@pytest.mark.parametrize("case", CASES)
def test_an_incomplete_review_is_told_apart_from_every_decision(case: str) -> None:
    found = unread(case)
    assert "incomplete" in next(c.properties["title"] for c in commands(text_of("github", found)) if "incomplete" in c.data)
    junit = text_of("junit", found)
    assert '<error type="incomplete"' in junit
    assert seen("junit", junit).decision == found.decision
    run = json.loads(text_of("sarif", found))["runs"][0]["invocations"][0]
    assert run["executionSuccessful"] is False
    assert run["toolExecutionNotifications"][0]["level"] == "error"
    assert json.loads(text_of("gitlab", found))[0]["severity"] == "blocker"
    assert 'readiness_complete{service="shop-assistant"} 0\n' in text_of("openmetrics", found)
    assert ":warning: The review is incomplete" in text_of("slack", found)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("complete", [True, False])
def test_junit_has_a_failure_or_error_exactly_when_the_gate_stops(case: str, complete: bool) -> None:
    found = replace(review(case), complete=complete)
    text = text_of("junit", found)
    stops = found.decision == "NO-GO" or not complete
    assert ("<failure" in text or "<error" in text) == stops
    assert ("<failure" in text) <= (found.decision == "NO-GO")


@pytest.mark.parametrize("case", CASES)
def test_our_own_reader_takes_our_junit(case: str, tmp_path: Path) -> None:
    text = text_of("junit", review(case)).encode()
    assert JUNIT.sniff(text[:4096]) > 0


@pytest.mark.parametrize("case", CASES)
def test_standing_says_what_decides(case: str) -> None:
    found = review(case)
    kinds = {standing(item) for item in found.items}
    assert ("blocks" in kinds) == (found.decision == "NO-GO")
    assert bool(kinds & {"open", "held"}) or found.decision != "GO WITH CONDITIONS"
    assert (kinds <= {"proven", "not-applicable"}) == (found.decision == "GO")


def test_what_people_accepted_is_suppressed_and_says_by_whom() -> None:
    results = json.loads(text_of("sarif", review("conditions")))["runs"][0]["results"]
    held = [r for r in results if r["suppressions"]]
    assert {r["level"] for r in held} == {"note"}
    assert {r["level"] for r in results if r not in held} == {"warning"}
    assert held[0]["suppressions"][0] == snapshot(
        {
            "kind": "external",
            "status": "accepted",
            "justification": "Risk accepted by director-engineering until 30 Nov 2026: Streaming changes the gateway, which is frozen.",
        }
    )


def test_a_fingerprint_outlives_a_new_measurement() -> None:
    """New numbers on other lines are the same alert; another rule is not."""
    before = review("no-go-5")
    after = replace(before, items=tuple(
        replace(item, requirements=tuple(
            replace(r, findings=tuple(replace(f, observed="9", message=f"{f.message} ", at=replace(f.at, line=f.at.line + 7))
                                      for f in r.findings)) for r in item.requirements)) for item in before.items))  # fmt: skip

    def marks(found: Review) -> list[str]:
        sarif = json.loads(text_of("sarif", found))["runs"][0]["results"]
        return [r["partialFingerprints"]["primaryLocationLineHash"] for r in sarif]

    def prints(found: Review) -> list[str]:
        return [issue["fingerprint"] for issue in json.loads(text_of("gitlab", found))]

    assert marks(before) == marks(after)
    assert prints(before) == prints(after)
    other = replace(before, launch=replace(before.launch, service="other"))
    assert not set(marks(before)) & set(marks(other))
    assert not set(prints(before)) & set(prints(other))


@pytest.mark.parametrize(("folder", "path", "shown"), [
    ("", "evidence/x.json", "evidence/x.json"),
    ("services/a", "evidence/x.json", "services/a/evidence/x.json"),
    ("services/a", "../shared/x.json", "services/shared/x.json"),
    ("services/a", "../../../etc/passwd", "services/a/readiness.yaml"),
    ("services/a", "/etc/passwd", "services/a/readiness.yaml"),
    ("", "..", "readiness.yaml"),
    ("", "", "readiness.yaml"),
    ("", "checklists/assistant.yaml", "readiness.yaml"),
    ("services/a", "./evidence//x.json", "services/a/evidence/x.json"),
])  # fmt: skip
def test_a_place_lies_below_the_repositorys_root(folder: str, path: str, shown: str) -> None:
    found = review("no-go-1")
    item = next(item for item in found.items if item.outcome == "failed")
    finding = replace(findings(item)[0], at=Location(path, 3, 4))
    at = place(finding, found, folder)
    assert at.path == shown
    assert (at.line, at.column) == ((1, 0) if shown.endswith("readiness.yaml") else (3, 4))


def test_a_missing_file_is_shown_at_the_launch_that_names_it() -> None:
    found = review("unmeasured")
    finding = findings(found.items[0])[0]
    assert place(finding, found, "svc") == Location("svc/readiness.yaml", 1)
    uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            for r in json.loads(text_of("sarif", found, Style(folder="my svc/ü")))["runs"][0]["results"]}  # fmt: skip
    assert uris == {"my%20svc/%C3%BC/readiness.yaml"}


@pytest.mark.parametrize("form", MACHINES)
def test_views_and_choices_leave_data_whole(form: str) -> None:
    from readiness.rendering.format import Shown

    for shown in (Shown("memo"), Shown(only="open")):
        assert text_of(form, review("no-go-5"), Style(shown=shown)) == text_of(form, review("no-go-5"), Style())


@pytest.mark.parametrize("form", MACHINES)
def test_what_a_page_says_is_true(form: str) -> None:
    assert FORMATS.shipped[form].needs
    assert FORMATS.shipped[form].items_only


@pytest.mark.parametrize("name", ["a\\nb", 'say "x"', "c\\", '\\\\"', "plain", "{a='b'}"])
def test_a_label_comes_back_from_both_parsers(name: str) -> None:
    before = review("no-go-1")
    found = replace(before, launch=replace(before.launch, service=name))
    text = text_of("openmetrics", found)
    for parse in (OPENMETRICS, PROMETHEUS):
        labels = {sample.labels["service"] for family in parse(text) for sample in family.samples}
        assert labels == {name}


def test_slack_shows_five_and_counts_the_rest() -> None:
    message = json.loads(text_of("slack", many(100)))
    texts = [b["text"]["text"] for b in message["blocks"] if b["type"] == "section"]
    assert [t[:3] for t in texts if re.match(r"\*\d", t)] == ["*1.", "*2.", "*3.", "*4.", "*5."]
    assert "61 more items like these" in json.dumps(message)
