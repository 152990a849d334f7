"""`--view` and `--only` of the worked example: less to read, the same decision, the same exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import DAY, EXAMPLE, readiness

ITEMS, LIMIT = 89, 100_000  # it had 58 items in 80 kB: 1,380 bytes an item, 1,136 now


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the saved review of the worked example, beside its page."""
    folder = tmp_path_factory.mktemp("views")
    json, html = (f"--output={name}={folder / 'report'}.{name}" for name in ("json", "html"))
    assert readiness("check", EXAMPLE, "--as-of", DAY, json, html).code == 1
    return folder / "report.json"


def test_size_of_the_worked_example(saved: Path) -> None:
    assert len(json.loads(saved.read_text())["items"]) == ITEMS
    assert saved.with_suffix(".html").stat().st_size <= LIMIT


def test_report_shows_less_and_says_so(saved: Path) -> None:
    whole = readiness("report", saved)
    memo = readiness("report", saved, "--view", "memo")
    cache = readiness("report", saved, "--only=cache")
    assert whole.code == memo.code == cache.code == 0
    last = whole.out.splitlines()[-8:]
    assert memo.out.splitlines()[-8:] == cache.out.splitlines()[-8:] == last
    assert len(memo.out) < len(whole.out)
    assert "This is the memo." in memo.out
    assert "(--only cache)" in " ".join(cache.out.split())


def test_check_keeps_its_exit_code() -> None:
    assert readiness("check", EXAMPLE, "--as-of", DAY, "--view=memo").code == 1
    assert readiness("check", EXAMPLE, "--as-of", DAY, "--only", "open").code == 1


def test_json_is_whole(saved: Path) -> None:
    assert readiness("report", saved, "--view=memo", "-f", "json").out == readiness("report", saved, "-f", "json").out


def test_mistakes_write_nothing(saved: Path) -> None:
    target = saved.with_name("none.html")
    for wrong in (("--only", "cahce"), ("--view", "meno"), ("--view=memo", "--only=open")):
        done = readiness("report", saved, *wrong, f"--output=html={target}")
        assert (done.code, done.out) == (2, "")
        assert "help: " in done.err
    assert not target.exists()
