"""Rows that a file has twice, in every format of single requests; and honest ones that only look so."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from inline_snapshot import snapshot

from readiness.evidence.collect import READERS
from readiness.evidence.loadtest import repeats
from readiness.evidence.reader import Source, Unreadable

Made = Callable[[int, int], list[bytes]]
BEGAN = 1_790_000_000_000  # ms


def requests(number: int, seed: int) -> list[tuple[int, int]]:
    """Draw requests as (start, time) in ms, in the order of their ends: starts go back a little."""
    drawn = random.Random(seed)
    found = [(BEGAN + n * 20 + drawn.randrange(20), drawn.randrange(1, 400)) for n in range(number)]
    return sorted(found, key=sum)


def jtl(number: int, seed: int) -> list[bytes]:
    return [b"%d,%d,GET /,200,true" % row for row in requests(number, seed)]


def k6_csv(number: int, seed: int) -> list[bytes]:
    """Write times to a second, as k6 does unless it is told."""
    return [b"http_req_duration,%d,%d.5,GET,s,200,true," % ((start + ms) // 1000, ms) for start, ms in requests(number, seed)]


def k6_json(number: int, seed: int) -> list[bytes]:
    rows = []
    for start, ms in requests(number, seed):
        time = datetime.fromtimestamp((start + ms) / 1000, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
        tags = json.dumps({"expected_response": "true", "name": "/"}, separators=(",", ":"))
        rows.append(f'{{"metric":"http_req_duration","type":"Point","data":{{"time":"{time}","value":{ms},"tags":{tags}}}}}'.encode())
    return rows


def gatling(number: int, seed: int) -> list[bytes]:
    return [b"REQUEST\t\tGET /\t%d\t%d\tOK\t " % (start, start + ms) for start, ms in requests(number, seed)]


def hey(number: int, seed: int) -> list[bytes]:
    return [b"0.%04d,0.0000,0.0000,0.0000,0.0000,0.0000,200,%.4f" % (ms, (start - BEGAN) / 1000) for start, ms in requests(number, seed)]


def h2load(number: int, seed: int) -> list[bytes]:
    return [b"%d000\t200\t%d" % row for row in requests(number, seed)]


def tsung(number: int, seed: int) -> list[bytes]:
    return [b"%.3f;<0.1.0>;%d;get;h;/;200;9;%d.5;-;;;" % ((start + ms) / 1000, n, ms) for n, (start, ms) in enumerate(requests(number, seed))]


FORMATS: dict[str, tuple[bytes, Made]] = {
    "jmeter-jtl": (b"timeStamp,elapsed,label,responseCode,success", jtl),
    "k6-csv": (b"metric_name,timestamp,metric_value,method,scenario,status,expected_response,extra_tags", k6_csv),
    "k6-json": (b'{"type":"Metric","data":{"name":"http_req_duration","type":"trend","contains":"time"},"metric":"http_req_duration"}', k6_json),
    "gatling-log": (b"RUN\ta.S\ts\t%d\t \t3.7.4" % BEGAN, gatling),
    "hey-csv": (b"response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset", hey),
    "h2load-log": (b"", h2load),
    "tsung-dump": (b"#date;pid;id;http method;host;URL;HTTP status;size;duration;transaction;match;error;tag", tsung),
}  # fmt: skip


def told(name: str, rows: list[bytes]) -> str:
    head = FORMATS[name][0]
    data = b"".join(row + b"\n" for row in ([head] if head else []) + rows)
    try:
        READERS.shipped[name].read(Source("f", data), None)
    except Unreadable as error:
        return f"{error.problem.at} {error.problem.kind} {error.problem.code}"
    return ""


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("number", [100, 474, 9_000])
def test_a_file_appended_to_itself_is_refused_where_it_begins_again(name: str, number: int) -> None:
    head, made = FORMATS[name]
    rows = made(number, 1)
    place = int(told(name, rows + rows).removeprefix("f:").removesuffix(" invalid repeated"))
    assert 0 <= place - (number + 1 + bool(head)) < 4 * repeats.ROWS


@pytest.mark.parametrize("name", FORMATS)
def test_a_large_part_that_is_there_again_is_refused(name: str) -> None:
    rows = FORMATS[name][1](9_000, 1)
    for again in (rows[4_500:], rows[:4_500], rows[3_000:6_000]):
        assert told(name, rows + again).endswith("invalid repeated")


@pytest.mark.parametrize("name", FORMATS)
def test_generators_of_one_run_may_write_one_after_the_other_or_sorted(name: str) -> None:
    first, second = (FORMATS[name][1](9_000, seed) for seed in (1, 2))
    assert told(name, first + second) == ""
    assert told(name, sorted(first + second)) == ""


@pytest.mark.parametrize("name", FORMATS)
def test_equal_rows_and_retries_are_no_repeat(name: str) -> None:
    rows = FORMATS[name][1](2_000, 1)
    assert told(name, [row for row in rows for _ in range(3)]) == ""
    assert told(name, rows[:500] * 1 + rows[490:]) == ""
    assert told(name, rows[:1] * 5_000) == ""


def test_lines_of_a_message_are_no_rows() -> None:
    """An assertion of JMeter quotes the page that it got, an error of Gatling what it was about."""
    page = b"\n".join(b"<p>%d</p>" % n for n in range(60))
    rows = jtl(200, 1)
    head = FORMATS["jmeter-jtl"][0] + b",failureMessage"
    content = [head, *(row + (b',"got %b"' % page if n % 20 == 0 else b",") for n, row in enumerate(rows)), b""]
    assert READERS.shipped["jmeter-jtl"].read(Source("f", b"\n".join(content)), None).facts
    error = b"ERROR\tgot %b\t%d" % (page, BEGAN)
    assert told("gatling-log", [line for row in gatling(200, 1) for line in (error, row)]) == ""


def test_a_clock_of_seconds_and_a_service_of_one_time_are_no_repeat() -> None:
    """Threads in step: twenty of them, each again and again within a second."""
    rows = [b"%d,10,GET /,200,true,t %d" % (BEGAN + n // 500 * 1000, n % 20) for n in range(5_000)]
    head = FORMATS["jmeter-jtl"][0] + b",threadName"
    content = [head, *rows, b""]
    assert READERS.shipped["jmeter-jtl"].read(Source("f", b"\n".join(content)), None).facts
    with pytest.raises(Unreadable, match="were there before"):
        READERS.shipped["jmeter-jtl"].read(Source("f", b"\n".join([head, *rows, *rows, b""])), None)


def test_requests_that_were_refused_at_once_are_no_repeat() -> None:
    """Of one user who goes through a journey of 20 requests while the service is down."""
    rows = [b"http_req_duration,%d,0.000000,GET,s%d,0,false," % (BEGAN // 1000 + n // 200, n % 20) for n in range(2_000)]
    assert told("k6-csv", [*k6_csv(100, 1), *rows]) == ""


def test_a_second_header_is_no_way_around() -> None:
    for name in ("k6-csv", "k6-json"):
        head, made = FORMATS[name]
        rows = made(474, 1)
        assert told(name, [*rows, head, *rows]).startswith("f:4")
        assert told(name, [*rows, head, *made(474, 2)]) == ""


def test_the_message_says_what_to_do() -> None:
    rows = jtl(474, 1)
    source = Source("f", b"\n".join((FORMATS["jmeter-jtl"][0], *rows, *rows, b"")))
    with pytest.raises(Unreadable) as caught:
        READERS.shipped["jmeter-jtl"].read(source, None)
    problem = caught.value.problem
    assert f"{problem.at} {problem.message}: {problem.help}" == snapshot("f:476 the rows from here on were there before: they would count twice: was the file appended to itself? keep every row once")


def test_a_large_file_is_searched_where_time_goes_back() -> None:
    """Beyond the first blocks; what is remembered is thinned out, and still found."""
    found = repeats.Repeats()
    blocks = [list(range(n * 100, n * 100 + 100)) for n in range(1_000)]
    for n, block in enumerate(blocks):
        assert found.behind(n, n) == (n < 2)
        found.keep(block)
    places = []
    for n, block in enumerate(blocks[300:], 300):
        if found.behind(n, 1_000):
            places.append(found.find(block))
    assert max(places) == 0
    assert len(places) < 40  # and then it is no longer looked


def test_a_block_of_few_different_rows_is_not_remembered() -> None:
    found = repeats.Repeats()
    block = [n % 11 for n in range(1_000)]
    assert [found.find(block) for _ in range(3)] == [-1, -1, -1]
