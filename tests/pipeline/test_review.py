"""Whole runs where the tool itself fails, where git gives the dates, and what an analysis sees."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from readiness.analysis.analyses import retry_chain
from readiness.analysis.analysis import ANALYSES, Analysed, Analysis
from readiness.errors import Location
from readiness.evidence.collect import READERS
from readiness.evidence.readers import json as json_reader
from readiness.model.fact import Fact, Strength

from .properties import item_of
from .worlds import BLOCKERS, DAY, Item, Need, Run, World, go_world, review_folder, reviewed


class Boom(Exception):  # noqa: N818
    """What no plug-in should raise."""


def crash(*_: object) -> Any:
    raise Boom("ouch")


@pytest.fixture
def broken_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = {**READERS.shipped, "json": replace(json_reader.READER, read=crash)}
    monkeypatch.setattr(READERS, "get", shipped.get)


@pytest.mark.usefixtures("broken_reader")
def test_a_crash_of_a_reader_makes_the_review_incomplete_and_is_no_go() -> None:
    review = reviewed(go_world())
    assert (review.complete, review.decision, review.score.readiness) == (False, "NO-GO", 0)
    assert {item.outcome for item in review.items} == {"invalid"}
    assert all(evidence.fault for evidence in review.evidence)
    assert {note.code for evidence in review.evidence for note in evidence.notes} == {"reader-bug"}


def test_a_review_is_incomplete_even_if_only_a_deferrable_item_could_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_world().write(tmp_path)
    opened = os.open

    def denied(path: Any, *arguments: Any, **keywords: Any) -> int:
        if str(path).endswith("later.json"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **keywords)

    monkeypatch.setattr(os, "open", denied)
    review = review_folder(tmp_path)
    assert (review.complete, review.decision) == (False, "GO WITH CONDITIONS")
    assert item_of(review, "LATER-01").outcome == "invalid"


def test_a_folder_that_cannot_be_searched_makes_the_review_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_world().write(tmp_path)
    searched = os.scandir

    def denied(path: Any = ".") -> Any:
        if str(path).endswith("runs"):
            raise PermissionError(13, "Permission denied")
        return searched(path)

    monkeypatch.setattr(os, "scandir", denied)
    review = review_folder(tmp_path)
    assert (review.complete, review.decision) == (False, "NO-GO")
    assert item_of(review, "RUNS-01").outcome == "invalid"
    assert [item.id for item in review.items if item.open] == ["RUNS-01"]


def test_a_crash_of_an_analysis_proves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _analysed_world(tmp_path)
    monkeypatch.setattr(ANALYSES, "get", lambda _: replace(retry_chain.ANALYSIS, run=crash))
    review = review_folder(tmp_path)
    assert review.decision == "NO-GO"
    finding = item_of(review, "CHAIN-01").requirements[0].findings[0]
    assert finding.outcome == "invalid"
    assert "the analysis retry-chain failed: Boom: ouch" in finding.message


def test_a_crash_of_an_analysis_makes_the_review_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _analysed_world(tmp_path, gate="deferrable")
    monkeypatch.setattr(ANALYSES, "get", lambda _: replace(retry_chain.ANALYSIS, run=crash))
    review = review_folder(tmp_path)
    assert (review.decision, review.complete) == ("GO WITH CONDITIONS", False)


def test_an_analysis_sees_every_reading_once_in_a_fixed_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, ...]] = []

    def watch(_launch: Any, path: str, evidence: tuple[Any, ...]) -> Analysed:
        seen.append(tuple(piece.path for piece in evidence))
        facts = (Fact("calls.worst", 1.0, "", Location(path)),)
        return Analysed(facts, (), Strength.claimed)

    _analysed_world(tmp_path)
    analysis: Analysis = replace(retry_chain.ANALYSIS, run=watch)
    monkeypatch.setattr(ANALYSES, "get", lambda _: analysis)
    assert item_of(review_folder(tmp_path), "CHAIN-01").outcome == "proven"
    assert seen == [tuple(sorted(go_world().files))]


def test_an_analysis_sees_the_dates_that_git_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dates: dict[str, Any] = {}

    def watch(_launch: Any, path: str, evidence: tuple[Any, ...]) -> Analysed:
        dates.update({piece.path: piece.produced for piece in evidence})
        return Analysed((Fact("calls.worst", 1.0, "", Location(path)),), (), Strength.claimed)

    _analysed_world(tmp_path, world=go_world().with_need("LOAD-01", dated=False))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "-q", "-m", "c")
    analysis: Analysis = replace(retry_chain.ANALYSIS, run=watch)
    monkeypatch.setattr(ANALYSES, "get", lambda _: analysis)
    review_folder(tmp_path)
    assert dates["evidence/load.json"].source == "git"


def _analysed_world(folder: Path, gate: str = "blocker", world: World | None = None) -> None:
    class Chain(Need):
        def written(self) -> dict[str, Any]:
            return {"analysis": "retry-chain", "expect": ["calls.worst <= 3"]}

    world = world or go_world()
    item = Item("CHAIN-01", (Chain(""),), gate=gate)
    replace(world, items=(*world.items, item)).write(folder)


def git(folder: Path, *arguments: str) -> None:
    environment = {
        **os.environ, "GIT_COMMITTER_DATE": "2026-11-15T12:00:00Z", "GIT_AUTHOR_DATE": "2026-11-15T12:00:00Z",
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    }  # fmt: skip
    subprocess.run(["git", "-C", str(folder), *arguments], env=environment, check=True, capture_output=True)


def test_git_dates_what_does_not_date_itself_and_only_unchanged(tmp_path: Path) -> None:
    go_world().with_need("LOAD-01", dated=False).write(tmp_path)
    assert item_of(review_folder(tmp_path), "LOAD-01").outcome == "stale"
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "-q", "-m", "c")
    dated = review_folder(tmp_path)
    assert dated.decision == "GO"
    entry = next(e for e in dated.evidence if e.path == "evidence/load.json")
    assert (entry.produced_source, str(entry.produced)) == ("git", "2026-11-15 12:00:00+00:00")
    (tmp_path / "evidence" / "load.json").write_bytes(Run(p95=421).content())
    assert item_of(review_folder(tmp_path), "LOAD-01").outcome == "stale"
    assert item_of(review_folder(tmp_path, DAY.replace(day=30)), "LOAD-01").outcome == "stale"


def test_a_file_read_by_two_maps_is_listed_once_with_all_it_gave(tmp_path: Path) -> None:
    other = Need("evidence/load.json", unit="ratio", expect=("errors < 1 %",), dated=False)
    world = go_world()
    replace(world, items=(*world.items, Item("MORE-01", (other,)))).write(tmp_path)
    entries = [e for e in review_folder(tmp_path).evidence if e.path == "evidence/load.json"]
    assert len(entries) == 1
    assert entries[0].items == ("LOAD-01", "MORE-01")
    assert entries[0].notes, "what the second map could not read is told"
    assert entries[0].produced is not None


def test_an_item_that_does_not_apply_is_seen_and_counts_nowhere() -> None:
    world = go_world()
    item = replace(world.item("LOAD-01"), when=("region", "model"))
    review = reviewed(world.with_item(item).without_file("evidence/load.json"))
    skipped = item_of(review, "LOAD-01")
    assert (review.decision, review.score.readiness) == ("GO", 100)
    assert (skipped.outcome, skipped.skipped) == (None, "applies when the launch changes region or model")
    assert {item.id for item in review.items} >= set(BLOCKERS)
