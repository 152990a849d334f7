"""Lines that a crash cut, or that a second writer wrote into others, in logs of single requests.

A log in which a row is torn is refused, or nothing that was read from it has changed: a message may lack
its end, or a row that is no figure.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from readiness.evidence.collect import READERS
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.vegeta_results import gob

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
TRIES = 60


def join(line: bytes, after: bytes, _: int) -> list[bytes]:
    return [line + after]


def cut(line: bytes, after: bytes, place: int) -> list[bytes]:
    return [line[:place], after]


def cut_and_join(line: bytes, after: bytes, place: int) -> list[bytes]:
    return [line[:place] + after]


def begin_lost(line: bytes, after: bytes, place: int) -> list[bytes]:
    return [line[place:], after]


def within(line: bytes, after: bytes, place: int) -> list[bytes]:
    return [line[:place] + after, line[place:]]


TEARS = (join, cut, cut_and_join, begin_lost, within)


def texts(name: str) -> Iterator[Path]:
    yield from sorted((SAMPLES / name / "ok").glob("*"))
    yield from sorted(SHARED.rglob("*.log" if name == "gatling-log" else "*tsung.dump"))


def logs() -> list[tuple[str, Path]]:
    return [(name, path) for name in ("gatling-log", "tsung-dump") for path in texts(name)
            if (head := path.read_bytes()[: 1 << 16])[:1] != b"\0" and READERS.shipped[name].sniff(head)]  # fmt: skip


def read(reader: str, name: str, data: bytes, beside: dict[str, Source] | None = None) -> Reading | None:
    """Return what is read, None where the file is refused."""
    try:
        reading = READERS.shipped[reader].read(Source(name, data, beside), None)
    except Unreadable:
        return None
    return reading


def values(reading: Reading) -> list[tuple[object, ...]]:
    return [(fact.metric, fact.labels, fact.value) for fact in reading.facts]


def unseen(data: bytes, tear: Callable[[bytes, bytes, int], list[bytes]], taken: Callable[[bytes], Reading | None]) -> list[list[bytes]]:
    """Return the rows that were torn where nothing tells, and facts have changed."""
    whole = taken(data)
    assert whole is not None
    told = {p.code for p in whole.problems}
    lines = data.rstrip(b"\n").split(b"\n")
    drawn, found = random.Random(5), []
    for _ in range(TRIES if len(data) < 100_000 else 10):
        row = drawn.randrange(1, max(len(lines) - 1, 2))
        if row + 1 >= len(lines) or len(lines[row]) < 2:
            continue
        rows = tear(lines[row], lines[row + 1], drawn.randrange(1, len(lines[row])))
        torn = taken(b"\n".join([*lines[:row], *rows, *lines[row + 2 :]]) + b"\n")
        if torn and values(torn) != values(whole) and {p.code for p in torn.problems} <= told:
            found.append(rows)
    return found


@pytest.mark.parametrize("tear", TEARS)
@pytest.mark.parametrize(("reader", "path"), logs(), ids=lambda value: getattr(value, "name", value))
def test_a_torn_row_of_a_log_is_never_passed_over(reader: str, path: Path, tear: Callable[[bytes, bytes, int], list[bytes]]) -> None:
    assert unseen(path.read_bytes(), tear, lambda data: read(reader, path.name, data)) == []


@pytest.mark.parametrize("columns", [6, 9])
@pytest.mark.parametrize("tear", TEARS)
def test_a_torn_row_of_vegeta_is_never_passed_over(columns: int, tear: Callable[[bytes, bytes, int], list[bytes]]) -> None:
    path = SAMPLES / "vegeta-results" / "ok" / "results.bin"
    results = [result for _, result in gob.results(Source(path.name, path.read_bytes()))]
    rows = [f"{r.began},{r.code},{r.lasted},0,{n},{'refused' if r.failed else ''}" for n, r in enumerate(results)]
    if columns == 9:
        rows = [f"{row},,a,{n}" for n, row in enumerate(rows)]
    data = "\n".join((*rows, "")).encode()
    assert unseen(data, tear, lambda data: read("vegeta-results", "r.csv", data)) == []


def history() -> list[Path]:
    ends = ("_stats_history.csv", "_failures.csv")
    paths = [p for folder in (SAMPLES / "locust-csv" / "ok", SHARED) for end in ends for p in sorted(folder.rglob(f"*{end}"))]
    return [path for path in paths if path.read_bytes().count(b"\n") > 3]


@pytest.mark.parametrize("tear", TEARS)
@pytest.mark.parametrize("path", history(), ids=lambda path: path.name)
def test_a_torn_row_of_locust_is_never_passed_over(path: Path, tear: Callable[[bytes, bytes, int], list[bytes]]) -> None:
    end = next(end for end in ("_stats_history.csv", "_failures.csv") if path.name.endswith(end))
    main = path.with_name(path.name.replace(end, "_stats.csv"))
    taken = lambda data: read("locust-csv", main.name, main.read_bytes(), {end: Source(path.name, data)})  # noqa: E731
    assert unseen(path.read_bytes(), tear, taken) == []


def problem(reader: str, data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        READERS.shipped[reader].read(Source("log", data), None)
    found = caught.value.problem
    assert found.kind == "invalid"
    assert found.help
    return f"{found.at} {found.code}: {found.message}"


@pytest.mark.parametrize(("reader", "sample"), [
    ("gatling-log", "v3.0.log"), ("gatling-log", "v2.1.log"), ("tsung-dump", "protocol.dump"), ("vegeta-results", "6-columns.csv"),
])  # fmt: skip
def test_a_last_line_that_is_cut_is_that_of_a_run_that_was_killed(reader: str, sample: str) -> None:
    lines = (SAMPLES / reader / "ok" / sample).read_bytes().split(b"\n")[:20]
    for end in (5, len(lines[-1]) // 2, len(lines[-1]) - 1):
        told = problem(reader, b"\n".join([*lines[:-1], lines[-1][:end]]))
        assert " cut-off: the last line has no end" in told


GATLING = b"RUN\ts.S\ts\t1795400400000\t \t3.12.0\nUSER\ts\tSTART\t1795400400000\nREQUEST\t\ta\t1795400401000\t1795400401050\tOK\t \n"
TSUNG = b"#date;pid;id;http method;host;URL;HTTP status;size;duration;transaction;match;error;tag\n"
ROW = b"1795400403.08;<0.213.0>;18;get;127.0.0.1;/chat;200;113;24.7;-;;;\n"


@pytest.mark.parametrize(("reader", "data", "told"), [
    ("gatling-log", GATLING + b"REQUEST\t\ta\t17954REQUEST\t\ta\t1795400401000\t1795400401050\tOK\t \n",
     snapshot("log:4 torn: the line is not one record: it goes on with another, or lacks a part")),
    ("gatling-log", GATLING + b"REQUEST\t\ta\t1795400401000\t1795490401050\tOK\t \n",
     snapshot("log:4 number: a request of 90,000,050 ms cannot be meant")),
    ("gatling-log", GATLING + b"USER\ts\tEND\t1795400401050USER\ts\tEND\t1795400401050\n",
     snapshot("log:4 ragged: a user without `START` or `END` and a time")),
    ("tsung-dump", TSUNG + ROW + ROW[:30] + ROW,
     snapshot("log:3 torn: the line is not one request: it begins or goes on with parts of another")),
    ("tsung-dump", TSUNG + ROW + b"1" + ROW,
     snapshot("log:3 date number: `date` is `11795400403.08`, not seconds since 1970")),
    ("tsung-dump", TSUNG + ROW + ROW.replace(b"24.7", b"124717954004"),
     snapshot("log:3 duration number: a `duration` of 124,717,954,004 ms cannot be meant")),
    ("vegeta-results", b"1795400401000000000,200,1000,0,0,\n1795400401000000000,200,179540040100000000,0,0,\n",
     snapshot("log:2 number: a latency of 179,540,040,100,000,000 ns is no time")),
])  # fmt: skip
def test_what_cannot_be_one_row_is_told_with_its_line(reader: str, data: bytes, told: str) -> None:
    assert problem(reader, data) == told


def test_a_row_of_locust_that_lost_its_line_end_is_told() -> None:
    path = SAMPLES / "locust-csv" / "ok" / "peak_stats_history.csv"
    lines = path.read_bytes().split(b"\n")
    assert lines[0].endswith(b"\r")
    assert problem("locust-csv", b"\n".join([*lines[:5], lines[5][:-3], *lines[6:]])) == snapshot(
        "log:6 torn: the line ends otherwise than the header does: part of it is missing"
    )
