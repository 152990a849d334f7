"""The plain arguments of `check` mean what typer takes them to mean."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.cli import check as module
from readiness.cli import plain
from readiness.cli.app import app
from readiness.cli.asked import Asked
from readiness.cli.plain import parse_check

WORDS = st.sampled_from([
    "--format", "-f", "json", "terminal", "--output", "-o", "html=a.html", "json=b=c.json",
    "--as-of", "2026-12-07", "--as-of=2026-12-07", "--format=json", "--output=html=x", ".",
    "folder", "--", "-", "--help", "-h", "--nope", "", "-fjson", "--form", "-o=html=x", "--format=",
    "--record", "--record=kept", "--record=", "--view", "memo", "--view=memo", "--only", "--only=open",
    "--limit", "--limit=time=5s",
    "--policy-from", "--policy-from=main", "--baseline", "--baseline=b.json", "--no-regressions",
])  # fmt: skip


def by_typer(words: list[str]) -> Asked | None:
    """Return what typer would call `check` with, or None if it would not call it."""
    seen: list[Asked] = []

    def note(asked: Asked) -> int:
        seen.append(asked)
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "check", note)
        with pytest.raises(SystemExit):
            app(["check", *words], prog_name="readiness")
    return seen[0] if seen else None


@given(st.lists(WORDS, max_size=6))
def test_plain_arguments_mean_the_same_to_typer(words: list[str]) -> None:
    ours = parse_check(words)
    if ours is not None:
        assert ours == by_typer(words)


def test_every_option_of_check_is_known() -> None:
    parameters = inspect.signature(module.command).parameters
    assert len(parameters) == len(Asked._fields)
    options = {*plain._OPTIONS.values(), *plain._FLAGS.values()}
    assert options == set(Asked._fields) - {"launch", "locked"}


def test_the_usual_calls_are_plain() -> None:
    assert parse_check([]) == Asked()
    words = ["a", "-f", "json", "-o", "html=r.html", "--as-of=2026-12-07"]
    assert parse_check(words) == Asked(Path("a"), "json", ("html=r.html",), "2026-12-07")
    flagged = parse_check(["--baseline", "b.json", "--no-regressions"])
    assert flagged == Asked(baseline="b.json", no_regressions=True)
    assert parse_check(["--no-regressions=yes"]) is None
    assert parse_check(["--help"]) is None
