"""Large JTL files with one processor and with two, with NumPy and without: not a byte of difference."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.running import ROOT

pytestmark = pytest.mark.skipif(
    len(getattr(os, "sched_getaffinity", lambda _: ())(0)) < 2, reason="one processor, or not Linux"
)
HEAD = "timeStamp,elapsed,label,responseCode,threadName,success,failureMessage,allThreads,URL\n"
START = 1_795_000_000_000
PLAIN = "import sys; sys.modules['numpy'] = None; "
ONE = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
FEWER = "from readiness.evidence.loadtest import tally; tally.MOST_VALUES, tally._MOST_OPEN = 60_000, 1 << 15; "
GO = "from readiness.__main__ import main; main()"


def row(n: int, step: int = 1, labels: int = 5, elapsed: int = -1, message: str = "") -> str:
    took = elapsed if elapsed >= 0 else n * 7919 % 1800 + 3
    ok = n * 31 % 97
    return (
        f"{START + n * step},{took},GET /{n * n % labels},{200 if ok else 503},Thread Group 1-{n % 90},"
        f"{'true' if ok else 'false'},{message},{n // 900 + 1},http://127.0.0.1:8080/{'x' * (n % 40)}\n"
    )


def plain(count: int = 85_000) -> Iterator[str]:
    yield from map(row, range(count))


def quoted() -> Iterator[str]:
    for n in range(85_000):
        yield row(n, message='"it said ""no"", twice"' if n % 9_000 == 5 else "")


def over_lines() -> Iterator[str]:
    """A message that goes over lines, and over where blocks end."""
    for n in range(85_000):
        yield row(n, message='"' + "a line, of many\n" * 5_000 + '"' if n % 3_000 == 9 else "")


def rows_in_a_cell() -> Iterator[str]:
    """A quote that is never closed, before many plain rows."""
    yield from map(row, range(30_000))
    yield row(30_000, message='"open')
    yield from map(row, range(30_001, 90_000))


def many_labels() -> Iterator[str]:
    for n in range(85_000):
        yield row(n, labels=1 + n // 300)


def ids_in_labels() -> Iterator[str]:
    for n in range(85_000):
        yield row(n).replace("GET /", f"GET /{n // 5}/")


def far_apart() -> Iterator[str]:
    for n in range(85_000):
        yield row(n, step=97_000)


def distinct() -> Iterator[str]:
    """More values than are kept (the limit is a tenth here)."""
    draw = random.Random(3)
    for n in range(85_000):
        yield row(n, step=5, labels=3, elapsed=draw.randrange(10**7))


def some_slow() -> Iterator[str]:
    """For a while some responses take hours."""
    for n in range(85_000):
        yield row(n, elapsed=9_000_000 + n % 5 if n // 13_000 % 2 and n % 50 == 0 else -1)


def ragged() -> Iterator[str]:
    yield from plain()
    yield "1,2\n"


def cut() -> Iterator[str]:
    yield from plain()
    yield row(85_000)[:-1]


def dates_first() -> Iterator[str]:
    """The first time stamp is a date: all others should be, too."""
    yield row(0).replace(str(START), "2026/11/18 10:00:00.000")
    yield from map(row, range(1, 85_000))


def untyped() -> Iterator[str]:
    """Some rows have no type: `threadName` is called `dataType` in the header."""
    for n in range(100_000):
        yield row(n).replace(f"Thread Group 1-{n % 90}", "" if n in (40_000, 70_000) else "text")


SHAPES = [plain, untyped, quoted, over_lines, rows_in_a_cell, many_labels, ids_in_labels, far_apart, distinct, some_slow, ragged, cut, dates_first]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_no_difference(shape: Callable[[], Iterator[str]], tmp_path: Path) -> None:
    file = tmp_path / "results.jtl"
    end = "\r\n" if shape is quoted else "\n"
    with file.open("w", newline=end) as stream:
        stream.write(HEAD.replace("threadName", "dataType") if shape is untyped else HEAD)
        stream.writelines(shape())
    assert file.stat().st_size > 8_000_000
    limit = FEWER if shape is distinct else ""
    core = {inspected(file, PLAIN + limit + how) for how in ("", ONE)}
    assert len(core) == 1
    assert shape is not untyped or "2 of 100,000 rows have no `dataType`" in str(core)
    pytest.importorskip("numpy", reason="needs the extra bulk")
    fast = {inspected(file, limit + how) for how in ("", ONE)}
    assert len(fast) == 1
    assert fast == core or shape is distinct, "too many values: they are rounded at other times"


def inspected(file: Path, how: str) -> tuple[int, str, str]:
    command = [sys.executable, "-c", how + GO, "inspect", file.name, "--format", "json"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=file.parent, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, done.stdout, done.stderr


WATCHED = (
    "import os; from readiness.evidence import beside; read = beside._read;"
    "beside._read = lambda pipe: os.write(2, b'.') and read(pipe); "
)


def test_two_processes_take_part(tmp_path: Path) -> None:
    file = tmp_path / "results.jtl"
    file.write_text(HEAD + "".join(plain()))
    assert inspected(file, PLAIN + WATCHED)[2].count(".") > 3
    assert "." not in inspected(file, PLAIN + ONE + WATCHED)[2]
