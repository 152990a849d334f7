"""The plain arguments of `check` and `inspect` mean what typer takes them to mean."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.cli import check, inspect_file, plain
from readiness.cli.app import app
from readiness.cli.asked import Asked, AskedFile
from readiness.cli.plain import parse_check, parse_inspect

WORDS = st.sampled_from([
    "--format", "-f", "json", "terminal", "--output", "-o", "html=a.html", "json=b=c.json",
    "--as-of", "2026-12-07", "--as-of=2026-12-07", "--format=json", "--output=html=x", ".",
    "folder", "--", "-", "--help", "-h", "--nope", "", "-fjson", "--form", "-o=html=x", "--format=",
    "--record", "--record=kept", "--record=", "--view", "memo", "--view=memo", "--only", "--only=open",
    "--limit", "--limit=time=5s",
    "--policy-from", "--policy-from=main", "--baseline", "--baseline=b.json", "--no-regressions",
])  # fmt: skip


FILES = st.sampled_from([
    "--format", "-f", "json", "terminal", "--format=json", "--format=", "-fjson", "--form", "-f=json", "a.jtl", "b.jtl", ".", "",
    "--reader", "k6-json", "--reader=k6-json", "--reader=", "--slot", "--slot=load-test", "--limit", "--limit=time=5s", "size=1MB",
    "--", "-", "--help", "-h", "--nope", "--record",
])  # fmt: skip


def by_typer(command: str, words: list[str]) -> Any:
    """Return what typer would call a command's function with, or None if it would not call it."""
    seen = []

    def note(asked: Any) -> int:
        seen.append(asked)
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check, "check", note)
        patch.setattr(inspect_file, "inspect", note)
        with pytest.raises(SystemExit):
            app([command, *words], prog_name="readiness")
    return seen[0] if seen else None


@given(st.lists(WORDS, max_size=6))
def test_plain_arguments_mean_the_same_to_typer(words: list[str]) -> None:
    ours = parse_check(words)
    if ours is not None:
        assert ours == by_typer("check", words)


@given(st.lists(FILES, max_size=6))
def test_plain_arguments_of_inspect_mean_the_same_to_typer(words: list[str]) -> None:
    ours = parse_inspect(words)
    if ours is not None:
        assert ours == by_typer("inspect", words)


@pytest.mark.parametrize(("command", "asked", "options", "others"), [
    (check.command, Asked, {*plain.CHECK.values(), *plain.CHECK_FLAGS.values()}, {"launch", "locked"}),
    (inspect_file.command, AskedFile, set(plain.INSPECT.values()), {"file", "other"}),
])  # fmt: skip
def test_every_option_is_known(command: Callable[..., None], asked: Any, options: set[str], others: set[str]) -> None:
    assert len(inspect.signature(command).parameters) == len(asked._fields)
    assert options == set(asked._fields) - others


def test_the_usual_calls_are_plain() -> None:
    assert parse_check([]) == Asked()
    words = ["a", "-f", "json", "-o", "html=r.html", "--as-of=2026-12-07"]
    assert parse_check(words) == Asked(Path("a"), "json", ("html=r.html",), "2026-12-07")
    flagged = parse_check(["--baseline", "b.json", "--no-regressions"])
    assert flagged == Asked(baseline="b.json", no_regressions=True)
    assert parse_check(["--no-regressions=yes"]) is None
    assert parse_check(["--help"]) is None


def test_the_usual_calls_of_inspect_are_plain() -> None:
    assert parse_inspect(["a.jtl"]) == AskedFile(Path("a.jtl"))
    words = ["a.jtl", "--reader=k6-json", "b.jtl", "-f", "json", "--slot", "load-test", "--limit", "size=1MB"]
    found = AskedFile(Path("a.jtl"), Path("b.jtl"), "json", "k6-json", "load-test", ("size=1MB",))
    assert parse_inspect(words) == found == by_typer("inspect", words)
    for left in ([], ["a", "b", "c"], ["--help"], ["a", "--record", "x"]):
        assert parse_inspect(left) is None
