"""What a stranger wrote reaches the terminal without its escape sequences."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import CHECKLIST, LAUNCH, demo, readiness


def test_an_error_shows_control_characters_instead_of_sending_them(tmp_path: Path) -> None:
    demo(tmp_path, launch=LAUNCH.replace("launch: 2026-12-07", 'launch: "\\e]0;owned\\a"'))
    done = readiness("lint", cwd=tmp_path)
    assert done.code == 2
    assert "\x1b" not in done.err
    assert "\\u{1b}" in done.err


@pytest.mark.parametrize("peak", ["-5 rps", "0 rps"])
def test_a_parameter_that_demands_nothing_is_refused(tmp_path: Path, peak: str) -> None:
    launch = LAUNCH + f"parameters: {{peak: {peak}}}\n"
    checklist = CHECKLIST.replace(
        "items:", "parameters:\n  peak: {unit: rps, meaning: forecast peak}\nitems:"
    ).replace("[p95 <= 800 ms]", "[rate >= 1.5 * launch.peak]")
    done = readiness("lint", cwd=demo(tmp_path, launch, checklist))
    assert done.code == 2
    assert f"`{peak}` demands nothing" in done.err


def test_a_misspelt_analysis_is_suggested(tmp_path: Path) -> None:
    checklist = CHECKLIST.replace("slot: numbers", "analysis: retry-chian").replace(
        "p95 <= 800 ms", "calls.worst <= 3"
    )
    launch = LAUNCH.replace("evidence: {numbers: numbers.json}\n", "")
    done = readiness("lint", cwd=demo(tmp_path, launch, checklist))
    assert done.code == 2
    assert "did you mean `retry-chain`?" in done.err
