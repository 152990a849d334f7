"""What a crash leaves in a log of single requests: lost blocks, torn rows, rows that are missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from inline_snapshot import snapshot

from readiness.evidence.collect import READERS
from readiness.evidence.reader import Source, Unreadable

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
BEGAN = 1_790_000_000_000  # ms
AB = b"starttime\tseconds\tctime\tdtime\tttime\twait\n"
HEY = b"response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
K6 = b"metric_name,timestamp,metric_value,method,scenario,status,expected_response,extra_tags\n"
FILES = {
    "jmeter-jtl": b"timeStamp,elapsed,label,responseCode,success\n" + b"%d,5,GET /,200,true\n" % BEGAN * 9,
    "k6-csv": K6 + b"http_req_duration,1790000000,5.5,GET,s,200,true,\n" * 9,
    "k6-json": b'{"metric":"http_reqs","type":"Point","data":{"time":"2026-09-21T14:13:20Z","value":1,"tags":null}}\n' * 9,
    "gatling-log": b"RUN\ta.S\ts\t%d\t \t3.7.4\n" % BEGAN + b"REQUEST\t\tGET /\t%d\t%d\tOK\t \n" % (BEGAN, BEGAN + 5) * 9,
    "hey-csv": HEY + b"0.0050,0.0000,0.0000,0.0000,0.0050,0.0000,200,0.1000\n" * 9,
    "h2load-log": b"%d000\t200\t5000\n" % BEGAN * 9,
    "tsung-dump": b"#date;pid;id;http method;host;URL;HTTP status;size;duration;transaction;match;error;tag\n"
    + b"1790000000.1;<0.1.0>;1;get;h;/aaa;200;9;5.5;-;;;\n" * 9,
    "ab-samples": AB + b"Mon Sep 21 14:13:20 2026\t1790000000\t1\t4\t5\t4\n" * 9,
    "vegeta-results": b"".join(b"%d000000,200,5000000,0,9,,,a,%d\n" % (BEGAN, n) for n in range(9)),
}  # fmt: skip


def told(name: str, data: bytes) -> list[str]:
    try:
        found = READERS.shipped[name].read(Source("f", data), None).problems
    except Unreadable as error:
        found = (error.problem,)
    return [f"{problem.at} {problem.code}: {problem.message}" for problem in found if problem.kind == "invalid"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("many", [1, 4_096])
def test_a_nul_is_refused_wherever_it_is(name: str, many: int) -> None:
    """In a name, in a tag, in a row that is not read, or after the end."""
    data = FILES[name]
    assert told(name, data) == []
    for place in (len(data) * 3 // 4, len(data) // 2, len(data)):
        (problem,) = told(name, data[:place] + b"\0" * many + data[place:])
        line = data.count(b"\n", 0, place) + 1
        assert problem == f"f:{line} not-text: the file holds NUL bytes"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n"])
def test_an_empty_line_at_the_end_is_no_row(name: str, end: bytes) -> None:
    if name != "k6-json":  # is told by its own tests
        assert told(name, FILES[name] + end) == []


@pytest.mark.parametrize("name", ["k6-csv", "gatling-log", "hey-csv", "ab-samples"])
def test_an_empty_line_amid_rows_is_still_refused(name: str) -> None:
    lines = FILES[name].splitlines(keepends=True)
    (problem,) = told(name, b"".join((*lines[:4], b"\n", *lines[4:])))
    assert problem.startswith("f:5 ")


def test_an_empty_line_at_the_end_of_quoted_rows_is_no_row_and_amid_them_refused() -> None:
    rows = FILES["k6-csv"] + b'http_req_duration,1790000000,5.5,"GET",s,200,true,\n'
    assert told("k6-csv", rows + b"\n") == []
    assert told("k6-csv", rows + b"\n" + b'http_req_duration,1790000000,5.5,"GET",s,200,true,\n') == [
        "f:12 ragged: the row has 1 cells, the header 8"
    ]


@pytest.mark.parametrize("start", [
    b"Mon Sep 21 14:13:20 2026",
    b"Mon Sep 21 19:58:20 2026",  # Nepal
    b"Mon Sep 21 02:13:20 2026",
])  # fmt: skip
def test_a_start_of_ab_may_be_of_any_zone(start: bytes) -> None:
    assert told("ab-samples", AB + start + b"\t1790000000\t1\t4\t5\t4\n") == []


@pytest.mark.parametrize("start", [
    b"Mon Sep15:52 2026",
    b"Mon Sep 21 14:13:20 20Mon Sep 21 14:13:20 2026",
    b"Mon Sep 21 14:13:21 2026",
    b"Mon Sep 28 14:13:20 2026",
    b"",
    b"\xff",
])  # fmt: skip
def test_a_torn_start_of_ab_is_refused(start: bytes) -> None:
    shown = start.decode("utf-8", "replace")[:40]
    assert told("ab-samples", AB + start + b"\t1790000000\t1\t4\t5\t4\n") == [
        f"f:2 starttime torn: `starttime` is `{shown}`, not the date of 1790000000 s"
    ]


def test_a_number_that_hey_does_not_write_is_refused() -> None:
    row = b"0.0408,00.0000,0.0000,0.0000,0.0515,0.0001,200,1.8490\n"
    assert told("hey-csv", FILES["hey-csv"] + row) == snapshot(["f:11 number: `0.0408,00.0000,0.0000,0.0000,0.0515,0.0001,200,1.8490` is no row of times with four decimals, status and offset"])


def user(number: int, *, ends: bool) -> bytes:
    return b"USER\ts\t%d\t%b\t%d\t%d\n" % (number, b"END" if ends else b"START", BEGAN, BEGAN)


def test_gatling_users_who_never_started_tell_of_missing_lines() -> None:
    whole = FILES["gatling-log"].replace(b"3.7.4", b"3.0.2") + user(1, ends=True) + user(1, ends=False)
    assert told("gatling-log", whole) == []
    assert told("gatling-log", whole + user(2, ends=True)) == snapshot(["f:1 REQUEST contradiction: users who ended and never started: 1"])


def test_a_scenario_of_gatling_that_no_user_has_is_a_torn_name() -> None:
    run = b"RUN\ta.S\t\ts\t%d\tnull\t2.2.0\n" % BEGAN
    row = b"REQUEST\t%b\t1\t\tGET /\t%d\t%d\tOK\t \n"
    good = row % (b"s", BEGAN, BEGAN + 5)
    assert told("gatling-log", run + good + user(1, ends=False) + good + user(1, ends=True)) == []
    torn = row % (b"ss", BEGAN, BEGAN + 5)
    assert told("gatling-log", run + user(1, ends=False) + good + torn + user(1, ends=True)) == snapshot(["f:4 torn: the line is not one record: it goes on with another, or lacks a part"])


def test_one_request_of_k6_without_its_time_is_missed() -> None:
    lines = (SAMPLES / "k6-json" / "ok" / "points.json").read_bytes().splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if line.startswith(b'{"metric":"http_req_duration"'))
    assert told("k6-json", b"".join(lines[:place] + lines[place + 1 :])) == snapshot(["f:1 contradiction: 30 requests passed or failed, 29 have a time"])
