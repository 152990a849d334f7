"""docs/security.md: a row for each attack, each test in its row, and the limits as they are."""

from __future__ import annotations

import re
from pathlib import Path

from readiness.evidence.limits import DEFAULT, Limits
from readiness.strict_yaml import MAX_BYTES, MAX_DEPTH, MAX_NODES

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [f"{letter}{n}" for letter, most in zip("ABCDE", (8, 9, 14, 9, 6), strict=True) for n in range(1, most + 1)]


def rows() -> dict[str, str]:
    """Return the cell of tests by attack."""
    lines = [line.strip("|").split(" | ") for line in PAGE.splitlines() if re.match(r"\| [A-E]\d+ ", line)]
    return {cells[0].strip(): cells[3] for cells in lines}


def written() -> dict[str, set[str]]:
    """Return the tests that are named after an attack, wherever they stand."""
    found: dict[str, set[str]] = {}
    for path in TESTS.rglob("test_*.py"):
        for name, row in re.findall(r"^def (test_([a-e]\d+)_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            found.setdefault(row.upper(), set()).add(name)
    return found


def test_every_attack_has_a_row_and_every_test_stands_in_its_own() -> None:
    table, tests = rows(), written()
    assert list(table) == ROWS
    for row in ROWS:
        assert set(re.findall(r"`(test_\w+)`", table[row])) == tests.get(row, set()), row
        assert (table[row] == "pending") == (row not in tests), row
    assert set(tests) <= set(ROWS)


def test_the_limits_are_those_of_the_engine() -> None:
    """The page says the defaults, each by its name, and names no other."""
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", PAGE, re.MULTILINE))
    assert tuple(told) == Limits._fields
    assert told["time"].startswith(f"{DEFAULT.time:g} s")
    assert told["memory"] == f"{DEFAULT.memory / 1e9:g} GB"
    assert told["size"].startswith(f"{DEFAULT.size / 1e9:g} GB")
    assert told["content"].startswith(f"{DEFAULT.content / 1e9:g} GB")
    assert told["ratio"].startswith(f"{DEFAULT.ratio:,} times")
    assert told["held"].startswith(f"{DEFAULT.held / 1e6:g} MB")
    assert told["depth"].startswith(f"{DEFAULT.depth} levels")
    assert told["nodes"].startswith(f"{DEFAULT.nodes:,} values")
    assert f"{MAX_BYTES // 1_000_000} MB, {MAX_DEPTH} levels and {MAX_NODES:,} values" in PAGE


def test_every_invariant_has_tests_that_exist() -> None:
    found = dict(re.findall(r"^\| (I\d\d) \|[^|]*\| ([^|]*) \|$", PAGE, re.MULTILINE))
    assert list(found) == [f"I{n:02d}" for n in range(1, 41)]
    there = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for row, tests in found.items():
        named = set(re.findall(r"`(test_\w+)`", tests))
        assert named, row
        assert named <= there, row
