"""Every format writes exactly what lies in tests/golden; UPDATE_GOLDENS=1 writes it anew."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from readiness.rendering.format import FORMATS, Style

from .reviews import review

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = ("go", "conditions", "no-go-5")
UPDATE = os.environ.get("UPDATE_GOLDENS") == "1"


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("format_id", FORMATS.shipped_ids)
def test_report_is_the_golden_one(format_id: str, case: str) -> None:
    form = FORMATS.shipped[format_id]
    text = form.render(review(case), Style())
    golden = GOLDEN / format_id / f"{case}{form.suffix}"
    if UPDATE:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert golden.is_file(), f"{golden} is missing: run once with UPDATE_GOLDENS=1"
    kept = golden.read_text(encoding="utf-8")
    if text != kept:
        diff = difflib.unified_diff(kept.splitlines(), text.splitlines(), str(golden), "now", lineterm="", n=1)
        pytest.fail("\n".join(line[:400] for line in list(diff)[:80]), pytrace=False)


@pytest.mark.parametrize("format_id", FORMATS.shipped_ids)
def test_report_is_the_same_twice_and_names_no_machine(format_id: str) -> None:
    render = FORMATS.shipped[format_id].render
    text = render(review("no-go-30"), Style())
    assert text == render(review("no-go-30"), Style())
    assert str(Path.home()) not in text
    assert str(Path.cwd()) not in text
    assert text.endswith("\n")
