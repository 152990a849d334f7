"""Later runs beside a linked load test, which nobody linked."""

from __future__ import annotations

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from readiness.cli.shield import shield
from readiness.evidence.collect import Collector
from readiness.evidence.later import later_runs
from readiness.evidence.paths import Roots

from .jmeter_runs import Row, jtl

ROWS = [Row(1_795_000_000_000 + n * 50, 20, "/chat", ok=True) for n in range(40)]


def told(folder: Path, names: list[str], *linked: str) -> dict[str, list[str]]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(jtl(ROWS))
    collector = Collector(Roots(folder, folder), shield)
    found = later_runs([collector.read(name) for name in linked], collector)
    return {path: [problem.message for problem in problems] for path, problems in found.items()}


def test_of_three_runs_the_second_is_not_the_last(tmp_path: Path) -> None:
    assert told(tmp_path, ["run1.jtl", "run2.jtl", "run3.jtl"], "run2.jtl") == snapshot(
        {"run2.jtl": ["a later run lies beside it and is not linked: run3.jtl"]}
    )


def test_of_many_some_are_named_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    assert told(tmp_path, [f"load/run-{n}.jtl" for n in (2, 9, 10, 11, 100)], "load/run-2.jtl") == snapshot(
        {"load/run-2.jtl": ["4 later runs lie beside it and are not linked: run-9.jtl, run-10.jtl, run-11.jtl and 1 more"]}
    )


@pytest.mark.parametrize(("names", "linked"), [
    (["run1.jtl", "run2.jtl"], ["run2.jtl"]),  # earlier ones came before
    (["run1.jtl", "run2.jtl"], ["run1.jtl", "run2.jtl"]),
    (["peak-2026-11-18.jtl", "peak-2026-11-25.jtl"], ["peak-2026-11-25.jtl"]),
    (["peak-1.3.0.jtl", "peak-1.4.0.jtl"], ["peak-1.4.0.jtl"]),
    (["peak.jtl", "peak-2.jtl", "steps2.jtl"], ["peak.jtl"]),  # another name
    (["run1.jtl", "old/run2.jtl"], ["run1.jtl"]),  # another folder
    (["run1.jtl", "run2.md"], ["run1.jtl"]),  # another kind
])  # fmt: skip
def test_what_is_no_later_run_says_nothing(tmp_path: Path, names: list[str], linked: list[str]) -> None:
    assert told(tmp_path, names, *linked) == {}


def test_the_later_one_of_two_dates_is_told(tmp_path: Path) -> None:
    names = ["peak-2026-11-18.jtl", "peak-2026-11-25.jtl"]
    assert list(told(tmp_path, names, names[0])) == [names[0]]


def test_what_is_no_load_test_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "runbook1.md").write_text("# One\n\n## Steps\n\n1. Stop it.\n")
    (tmp_path / "runbook2.md").write_text("# Two\n\n## Steps\n\n1. Stop it.\n")
    collector = Collector(Roots(tmp_path, tmp_path), shield)
    assert later_runs([collector.read("runbook1.md", ("markdown",))], collector) == {}
