"""Every format writes exactly what lies in tests/golden; UPDATE_GOLDENS=1 writes it anew.

Six launches: GO, conditional, NO-GO with one, five and thirty blockers, and nothing measured yet.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from readiness.rendering import typeset
from readiness.rendering.format import FORMATS, Style

from .pdfs import text_of
from .reviews import CASES, review

GOLDEN = Path(__file__).parents[1] / "golden"
UPDATE = os.environ.get("UPDATE_GOLDENS") == "1"


def needs(format_id: str) -> None:
    if format_id == "pdf" and not typeset.installed():
        pytest.skip("typst is not installed: pip install typst")


def golden(format_id: str, case: str) -> Path:
    """Where a golden report lies; of a binary report, the text in it."""
    form = FORMATS.shipped[format_id]
    return GOLDEN / format_id / f"{case}{'.txt' if form.binary else form.suffix}"


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("format_id", FORMATS.shipped_ids)
def test_report_is_the_golden_one(format_id: str, case: str) -> None:
    needs(format_id)
    text, path = text_of(FORMATS.shipped[format_id], review(case)), golden(format_id, case)
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    assert path.is_file(), f"{path} is missing: run once with UPDATE_GOLDENS=1"
    kept = path.read_bytes().decode("utf-8")  # as it is: the lines of CSV end with CR LF
    if text != kept:
        diff = difflib.unified_diff(kept.splitlines(), text.splitlines(), str(path), "now", lineterm="", n=1)
        pytest.fail("\n".join(line[:400] for line in list(diff)[:80]), pytrace=False)


@pytest.mark.parametrize("format_id", FORMATS.shipped_ids)
def test_every_golden_report_is_of_a_case(format_id: str) -> None:
    kept = {path for path in (GOLDEN / format_id).iterdir() if path.is_file()}
    assert kept == {golden(format_id, case) for case in CASES}


@pytest.mark.parametrize("format_id", FORMATS.shipped_ids)
def test_report_is_the_same_twice_and_names_no_machine(format_id: str) -> None:
    needs(format_id)
    form = FORMATS.shipped[format_id]
    assert form.render(review("no-go-30"), Style()) == form.render(review("no-go-30"), Style())
    text = text_of(form, review("no-go-30"))
    assert str(Path.home()) not in text
    assert str(Path.cwd()) not in text
    assert text.endswith("\n")
