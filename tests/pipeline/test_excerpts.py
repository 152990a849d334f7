"""Excerpts of a whole review: from the bytes that were parsed, only of small texts, only of what is open."""

from __future__ import annotations

import json

import pytest

from readiness.evidence import collect, files
from readiness.model.excerpt import Excerpt
from readiness.model.review import Finding, Review

from .worlds import LIMIT_MS, MADE, Run, World, go_world, reviewed

ITEM = "LOAD-01"


def findings(review: Review) -> list[Finding]:
    item = next(item for item in review.items if item.id == ITEM)
    return [finding for part in item.requirements for finding in part.findings]


def slow(text: str) -> World:
    return go_world().with_run(ITEM, raw=text.encode())


def content(**extra: str) -> dict[str, object]:
    return {**extra, "p95": LIMIT_MS + 1, "errors": 0, "n": 5000, "made": MADE}


def test_what_failed_shows_its_lines_and_what_is_proven_none() -> None:
    found = findings(reviewed(slow(json.dumps(content(), indent=1))))
    assert [f.excerpt for f in found if f.outcome == "proven"] == [None, None]
    assert [f.excerpt for f in found if f.outcome == "failed"] == [Excerpt(1, ("{", ' "p95": 801,', ' "errors": 0,'))]


def test_a_secret_beside_the_value_is_left_out() -> None:
    review = reviewed(slow(json.dumps(content(password="hunter2"), indent=1)))  # noqa: S106
    shown = next(f.excerpt for f in findings(review) if f.excerpt)
    assert shown.lines == (' "password": [redacted],', ' "p95": 801,', ' "errors": 0,')


def test_what_is_broken_shows_where() -> None:
    (found,) = findings(reviewed(slow('{\n "p95": 1,\n "p95": 2\n}')))
    assert (found.outcome, found.at.line) == ("invalid", 3)
    assert found.excerpt == Excerpt(2, (' "p95": 1,', ' "p95": 2', "}"))


@pytest.mark.parametrize("raw", [b'{"p95": "\x00"}', '{"p95": 1}'.encode("utf-16"), b'{"p95": "\xff"}'])
def test_what_is_no_text_shows_nothing(raw: bytes) -> None:
    found = findings(reviewed(go_world().with_run(ITEM, raw=raw)))
    assert [f.outcome for f in found] == ["invalid"]
    assert [f.excerpt for f in found] == [None]


def test_large_files_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = slow(json.dumps(content(), indent=1))
    assert any(f.excerpt for f in findings(reviewed(world)))
    monkeypatch.setattr(files, "SMALL_BYTES", 20)
    assert not any(f.excerpt for f in findings(reviewed(world)))


def test_all_files_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    world = slow(json.dumps(content(), indent=1)).with_files(**{"evidence/a.json": Run(p95=LIMIT_MS + 1)})
    one, other = (len(world.files[f"evidence/{name}.json"].content()) for name in ("a", "load"))
    monkeypatch.setattr(collect, "KEPT_BYTES", max(one, other))
    found = [f for item in reviewed(world).items for part in item.requirements for f in part.findings]
    assert len([f for f in found if f.outcome == "failed"]) == 2
    assert len([f for f in found if f.excerpt]) == 1
