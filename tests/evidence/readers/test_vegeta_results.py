"""Vegeta's results against samples that `gob_of`, `json_of` and `csv_of` here write, and real ones."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.vegeta_results import READER
from readiness.evidence.readers.vegeta_results.schedule import Schedule

HERE = Path(__file__).resolve().parents[2] / "samples" / "vegeta-results"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
REAL = SHARED / "real"
START = 1_795_400_000_000_000_000  # ns since 1970: 2026-11-23
SECOND = 10**9
BUILT_IN = {"int": 2, "uint": 3, "bytes": 5, "string": 6}


class Hit(NamedTuple):
    """One result as Vegeta knows it: times in ns."""

    seq: int
    code: int
    began: int
    lasted: int
    error: str = ""
    method: str = "GET"
    url: str = "http://127.0.0.1:8080/health"
    body: bytes = b"ok"
    attack: str = ""


def attack(number: int = 300, rate: int = 25) -> list[Hit]:
    """A constant rate at two endpoints, in the order of the answers: 503 at times, one time-out."""
    hits = []
    for seq in range(number):
        began = START + seq * SECOND // rate + seq * 7919 % 400_000
        hit = Hit(seq, 200, began, 4_000_000 + seq * 104_729 % 6_000_000)
        if seq % 3 == 0:
            url = "http://127.0.0.1:8080/chat?session=" + str(seq)
            hit = hit._replace(method="POST", url=url, lasted=20_000_000 + seq * 7_654_321 % 90_000_000)
        if seq % 41 == 7:
            hit = hit._replace(code=503, error="503 Service Unavailable", body=b"")
        if seq == 150:
            error = f'Post "{hit.url}": context deadline exceeded (Client.Timeout)'
            hit = hit._replace(code=0, error=error, lasted=2 * SECOND, body=b"")
        hits.append(hit)
    return sorted(hits, key=lambda h: h.began + h.lasted)


def uint(number: int) -> bytes:
    if number < 128:
        return bytes([number])
    digits = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([256 - len(digits)]) + digits


def sint(number: int) -> bytes:
    return uint(number << 1 if number >= 0 else (~number << 1) | 1)


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return uint(len(data)) + data


def message(data: bytes) -> bytes:
    return uint(len(data)) + data


def common(name: str, number: int) -> bytes:
    named = b"\x01" + text(name) if name else b""
    return named + bytes([1 if name else 2]) + sint(number) + b"\0"


def definitions(fields: list[tuple[str, int]], *, header: bool, base: int) -> bytes:
    """The types of a stream as Go sends them: Result, Time, and http.Header with its list."""
    body = b"".join(b"\x01" + text(name) + b"\x01" + sint(kind) + b"\0" for name, kind in fields)
    result = b"\x03\x01" + common("Result", base) + b"\x01" + uint(len(fields)) + body + b"\0\0"
    time = b"\x05\x01" + common("Time", base + 1) + b"\0\0"
    found = message(sint(-base) + result) + message(sint(-base - 1) + time)
    if header:
        strings = b"\x02\x01" + common("", base + 2) + b"\x01" + sint(BUILT_IN["string"]) + b"\0\0"
        types = b"\x01" + sint(BUILT_IN["string"]) + b"\x01" + sint(base + 2)
        mapping = b"\x04\x01" + common("Header", base + 3) + types + b"\0\0"
        found += message(sint(-base - 3) + mapping) + message(sint(-base - 2) + strings)
    return found


def moment(nanoseconds: int, offset: int = 0) -> bytes:
    """A time as Go marshals it; with seconds in its offset in version 2."""
    seconds, rest = divmod(nanoseconds, SECOND)
    head = (seconds + 62_135_596_800).to_bytes(8, "big") + rest.to_bytes(4, "big")
    if offset % 60:
        return b"\x02" + head + (offset // 60).to_bytes(2, "big") + bytes([offset % 60])
    return b"\x01" + head + (offset // 60).to_bytes(2, "big")


def gob_of(hits: list[Hit], fields: int = 12, base: int = 65, offset: int = 0) -> bytes:
    """A gob of results with 12 fields (Vegeta 12.3 and later), 9 (12.0) or 6 (older)."""
    kinds = [("Attack", 6), ("Seq", 3), ("Code", 3), ("Timestamp", base + 1), ("Latency", 2), ("BytesOut", 3),
             ("BytesIn", 3), ("Error", 6), ("Body", 5), ("Method", 6), ("URL", 6), ("Headers", base + 3)]  # fmt: skip
    kinds = kinds[:fields] if fields > 6 else kinds[2:8]
    found = definitions(kinds, header=fields == 12, base=base)
    for hit in hits:
        values = [text(hit.attack) if hit.attack else b"", uint(hit.seq) if hit.seq else b"",
                  uint(hit.code) if hit.code else b"", text(moment(hit.began, offset)),
                  sint(hit.lasted) if hit.lasted else b"", b"", uint(len(hit.body)) if hit.body else b"",
                  text(hit.error) if hit.error else b"", text(hit.body) if hit.body else b"",
                  text(hit.method), text(hit.url), uint(1) + text("Date") + uint(1) + text("today")]  # fmt: skip
        values = values[:fields] if fields > 6 else values[2:8]
        data, last = b"", -1
        for index, value in enumerate(values):
            if value:
                data += uint(index - last) + value
                last = index
        found += message(sint(base) + data + b"\0")
    return found


def json_of(hits: list[Hit]) -> bytes:
    lines = []
    for hit in hits:
        seconds, rest = divmod(hit.began, SECOND)
        stamp = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:09d}".rstrip("0.") + "Z"
        body = base64.b64encode(hit.body).decode() if hit.body else None
        line = {"attack": hit.attack, "seq": hit.seq, "code": hit.code, "timestamp": stamp, "latency": hit.lasted,
                "bytes_out": 0, "bytes_in": len(hit.body), "error": hit.error, "body": body,
                "method": hit.method, "url": hit.url, "headers": {"Date": ["today"]}}  # fmt: skip
        lines.append(json.dumps(line, separators=(",", ":")) + "\n")
    return "".join(lines).encode()


def csv_of(hits: list[Hit], columns: int = 12) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for hit in hits:
        body, headers = (base64.b64encode(data).decode() for data in (hit.body, b"Date: today\r\n"))
        writer.writerow([hit.began, hit.code, hit.lasted, 0, len(hit.body), hit.error, body, hit.attack, hit.seq,
                         hit.method, hit.url, headers][:columns])  # fmt: skip
    return out.getvalue().encode()


ENCODERS: dict[str, Callable[[list[Hit]], bytes]] = {
    "results.bin": gob_of,
    "9-fields.bin": lambda hits: gob_of(hits, 9),
    "6-fields.bin": lambda hits: gob_of(hits, 6),
    "results.json": json_of,
    "results.csv": csv_of,
    "9-columns.csv": lambda hits: csv_of(hits, 9),
    "6-columns.csv": lambda hits: csv_of(hits, 6),
}


class Streamed(NamedTuple):
    """A file too large to be held, in small pieces."""

    data: bytes
    step: int = 1000
    digest: str = ""
    size: int = 0

    @property
    def head(self) -> bytes:
        return self.data[:65_536]

    def pieces(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), self.step):
            yield self.data[start : start + self.step]


def read(data: bytes, step: int = 0) -> Reading:
    source = Source.streamed("results.bin", Streamed(data, step)) if step else Source("results.bin", data)
    return READER.read(source, None)


def values(reading: Reading, *labels: tuple[str, str]) -> dict[str, Any]:
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == labels}


def problems(data: bytes) -> list[str]:
    try:
        found = read(data).problems
    except Unreadable as error:
        found = (error.problem,)
    return [f"{problem.kind} {problem.code}: {problem.message}" for problem in found]


def refusal(data: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(data)
    problem = caught.value.problem
    assert problem.help
    return f"{problem.at} {problem.code}: {problem.message}"


@pytest.mark.parametrize("name", ENCODERS)
def test_a_sample_is_what_the_encoder_writes(name: str) -> None:
    assert (HERE / "ok" / name).read_bytes() == ENCODERS[name](attack())


@pytest.mark.parametrize("name", ENCODERS)
def test_all_encodings_give_the_same_figures(name: str) -> None:
    hits = attack()
    whole = values(read((HERE / "ok" / name).read_bytes()))
    failed = [hit for hit in hits if hit.code != 200]
    end = max(hit.began + hit.lasted for hit in hits)
    times = sorted(hit.lasted / 1e6 for hit in hits)
    assert (whole["requests"], whole["failures"]) == (300, len(failed)) == (300, 9)
    assert whole["duration"] == pytest.approx((end - START) / 1e6, rel=1e-6)
    assert whole["rate"] == pytest.approx(300 / (end - START) * 1e9, rel=1e-6)
    assert whole["rate.sent"] == pytest.approx(300 / (max(h.began for h in hits) - START) * 1e9)
    assert whole["rate.success"] == pytest.approx(291 / (end - START) * 1e9)
    assert whole["throughput"] == pytest.approx(sum(len(h.body) for h in hits) / (end - START) * 1e9)
    ranks = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
    assert {p: whole[p] for p in ranks} == {p: times[math.ceil(q * 300) - 1] for p, q in ranks.items()}
    assert (whole["min"], whole["max"]) == (times[0], 2000)


@pytest.mark.parametrize("name", ["results.bin", "results.json", "results.csv"])
def test_each_endpoint_has_its_own_figures_without_what_may_be_secret(name: str) -> None:
    reading = read((HERE / "ok" / name).read_bytes())
    chat = values(reading, ("endpoint", "/chat"), ("method", "POST"))
    health = values(reading, ("endpoint", "/health"), ("method", "GET"))
    assert (chat["requests"], health["requests"]) == (100, 200)
    assert chat["failures"] + health["failures"] == 9
    assert not any("session" in value for fact in reading.facts for _, value in fact.labels)


def test_the_load_is_open_and_its_windows_are_those_of_sending() -> None:
    load = read(gob_of(attack())).load
    assert load is not None
    assert (load.arrivals, load.width) == ("open", 1)
    assert [window.requests for window in load.windows] == [25] * 12


def test_the_file_says_when_it_was_produced() -> None:
    reading = read(gob_of(attack(30)))
    assert reading.produced == datetime(2026, 11, 23, 2, 13, 21, 167_267, UTC)
    assert str(reading.produced_where) == "results.bin Latency"


@pytest.mark.parametrize("step", [1, 7, 1000, 100_000])
@pytest.mark.parametrize("name", ["results.bin", "results.json", "results.csv"])
def test_a_file_in_pieces_gives_the_same(name: str, step: int) -> None:
    data = ENCODERS[name](attack(40))
    assert values(read(data, step)) == values(read(data))


def test_the_encoder_writes_what_go_documents() -> None:
    """The example of a point of 22 and 33 in the documentation of encoding/gob."""
    fields = b"".join(b"\x01" + text(name) + b"\x01" + sint(2) + b"\0" for name in "XY")
    point = sint(-65) + b"\x03\x01" + common("Point", 65) + b"\x01\x02" + fields + b"\0\0"
    documented = "1fff81030101 05506f696e7401ff82000102010158010400010159010400000007ff82012c014200"
    assert message(point) + message(sint(65) + b"\x01" + sint(22) + b"\x01" + sint(33) + b"\0") == bytes.fromhex(documented)


def test_the_encoder_writes_the_header_that_vegeta_writes() -> None:
    real = REAL / "vegeta" / "aws__aws-app-mesh-examples__results.bin"
    if not real.exists():
        pytest.skip(f"no samples at {SHARED}")
    assert real.read_bytes().startswith(gob_of([]))


@pytest.mark.parametrize("base", [64, 65, 70, 200])
def test_numbers_of_types_are_the_streams_own(base: int) -> None:
    assert values(read(gob_of(attack(40), base=base)))["requests"] == 40


def test_a_time_with_seconds_in_its_offset_is_read() -> None:
    assert read(gob_of(attack(40), offset=5025)).produced == read(gob_of(attack(40))).produced


def test_trap_6_results_saved_by_powershell_are_refused_with_the_way_out() -> None:
    """Windows PowerShell reads the bytes as text of the console and saves them as UTF-16."""
    data = gob_of(attack(40))
    for mangled in (
        b"\xff\xfe" + data.decode("cp437").encode("utf-16-le"),
        b"\xfe\xff" + data.decode("latin-1").encode("utf-16-be"),
        data.decode("utf-8", "replace").encode(),
    ):
        assert READER.sniff(mangled[:65_536]) == 90
        assert refusal(mangled) == "results.bin not-gob: these are no longer the results: a shell saved them as text"


def test_trap_6_encoded_results_saved_by_powershell_are_refused_as_utf_16() -> None:
    for name in ("results.json", "results.csv"):
        wide = b"\xff\xfe" + ENCODERS[name](attack(40)).decode().encode("utf-16-le")
        assert READER.sniff(wide[:65_536]) == 90
        with pytest.raises(Unreadable):
            read(wide)


def test_trap_10_no_answer_is_a_failure_and_a_redirect_is_none() -> None:
    hits = [hit._replace(code=302) if hit.seq == 4 else hit for hit in attack(40)]
    hits = [hit._replace(code=0, error="EOF", lasted=0) if hit.seq == 5 else hit for hit in hits]
    data = gob_of(hits)
    whole = values(read(data))
    assert (whole["failures"], whole["min"]) == (2, 0)
    assert "warning redirects: 1 redirect (3xx) counted as success" in problems(data)
    assert "warning unanswered: 1 request had no answer; their times are in all figures" in problems(data)


def test_an_error_beside_a_good_code_is_a_failure() -> None:
    hits = [hit._replace(error="unexpected EOF") if hit.seq == 4 else hit for hit in attack(40)]
    assert values(read(json_of(hits)))["failures"] == 2


def test_trap_22_sent_and_achieved_are_apart_where_the_service_falls_behind() -> None:
    hits = [hit._replace(lasted=30 * SECOND) if hit.seq > 200 else hit for hit in attack()]
    whole = values(read(gob_of(hits)))
    assert whole["rate.sent"] == pytest.approx(25.08, abs=0.01)
    assert whole["rate"] == pytest.approx(300 / 41.96, abs=0.01)
    message = "requests were sent for 11.960 s, the last answer came 30.000 s later: the service fell behind"
    assert f"warning behind: {message}" in problems(gob_of(hits))


def late(hits: list[Hit], after: int, seconds: float, catch_up: int) -> list[Hit]:
    """Hold back the requests from one on, which then catch up a part of it each."""
    return [
        hit._replace(began=hit.began + int(seconds * SECOND * max(0.0, 1 - (hit.seq - after) / catch_up)))
        if hit.seq >= after else hit for hit in hits
    ]  # fmt: skip


def test_sending_that_fell_behind_a_constant_rate_is_told() -> None:
    assert not [p for p in problems(gob_of(attack())) if "late-sends" in p]
    data = gob_of(late(attack(3000, 100), 1000, 2.5, 250))
    found = [p for p in problems(data) if "late-sends" in p]
    assert len(found) == 1
    assert found[0].startswith("warning late-sends: sending fell 2.")
    assert "behind a constant rate of 100 per second, at request 1," in found[0]


def test_an_attack_whose_rate_grows_is_not_late() -> None:
    hits = [hit._replace(began=START + int(math.sqrt(hit.seq / 3000) * 60 * SECOND)) for hit in attack(3000)]
    assert not [p for p in problems(gob_of(hits)) if "late-sends" in p]


def test_a_schedule_keeps_few_points_of_any_number_of_requests() -> None:
    schedule = Schedule()
    for number in range(100_000):
        schedule.add(number, number * 1_000_000 + (3 * SECOND if 40_000 <= number < 43_000 else 0))
    assert len(schedule._bins) <= 512
    lag = schedule.lag()
    assert lag is not None
    assert lag.seconds == pytest.approx(3, abs=0.3)
    assert lag.rate == pytest.approx(1000, rel=0.01)
    assert 39_000 <= lag.number <= 43_000


def test_missing_results_are_inconclusive() -> None:
    hits = [hit for hit in attack() if hit.seq not in {50, 51}]
    assert "inconclusive missing-results: 2 of 300 results are missing" in problems(gob_of(hits))
    hits = [hit for hit in attack(4000) if hit.seq != 50]
    assert "warning missing-results: 1 of 4,000 results are missing" in problems(gob_of(hits))


def test_an_attack_from_several_machines_shares_numbers() -> None:
    second = [hit._replace(began=hit.began + 1234) for hit in attack()]
    data = json_of(attack() + second)
    assert "warning shared-numbers: 300 results beyond one for each number" in problems(data)
    assert values(read(data))["requests"] == 600


def test_a_file_joined_with_itself_is_refused() -> None:
    data = json_of(attack(40))
    assert refusal(data + data) == "results.bin:41 contradiction: the same result, number 0, was there before"
    assert "its types are defined twice: were two files joined?" in refusal(gob_of(attack(40)) * 2)


def test_attacks_by_name_are_scenarios() -> None:
    hits = [hit._replace(attack="spike" if hit.seq % 2 else "base", seq=hit.seq // 2) for hit in attack()]
    reading = read(json_of(hits))
    assert values(reading, ("endpoint", "/health"), ("method", "GET"), ("scenario", "spike"))["requests"] == 100
    assert not [p for p in reading.problems if p.code in {"missing-results", "shared-numbers"}]


def test_another_host_is_named_and_secrets_in_addresses_are_not() -> None:
    urls = ["https://a.example/x?token=abc", "https://user:pass@b.example/x#top", "https://a.example", "/relative?q=1"]
    hits = [hit._replace(url=urls[hit.seq % 4], method="GET") for hit in sorted(attack(40))]
    labels = {value for fact in read(json_of(hits)).facts for name, value in fact.labels if name == "endpoint"}
    assert labels == {"/x", "b.example/x", "/", "/relative"}


def test_more_addresses_than_can_be_told_apart_are_counted_together() -> None:
    hits = [hit._replace(url=f"http://a/{hit.seq}", method="GET") for hit in sorted(attack())]
    assert "warning many-endpoints: 200 addresses counted together as `(others)`" in problems(gob_of(hits))
    assert values(read(gob_of(hits)), ("endpoint", "(others)"))["requests"] == 200


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("cut-off.bin", "cut-off: the file ends in the middle of result"),
        ("two-joined.bin", "not-gob: no gob of results: its types are defined twice: were two files joined?"),
        ("utf-16.bin", "not-gob: these are no longer the results: a shell saved them as text"),
        ("flipped-length.bin", "not-gob: no gob of results: "),
        ("only-types.bin", "empty: no result is in it"),
        ("cut-off.json", "not-json: the line is not valid JSON"),
        ("text-latency.json", "number: `code`, `latency`, `bytes_in` or `seq` is not a whole number of 0 or more"),
        ("nan.json", "not-json: the line is not valid JSON"),
        ("no-time.json", "number: `timestamp` is no time"),
        ("twice.json", "contradiction: the same result, number 0, was there before"),
        ("cut-off.csv", "cut-off: the last line has no end"),
        ("ragged.csv", "ragged: 11 columns where there must be 12"),
        ("open-quote.csv", "not-csv: a quote is left open"),
        ("negative.csv", "number: timestamp, code, latency or bytes is not a whole number of 0 or more"),
        ("milliseconds.csv", "number: a time of sending is not of the years 2001 to 2286"),
        ("all-failed.csv", "all-failed: every request failed"),
        ("slow-ones-removed.csv", "missing-results: 30 of 300 results are missing"),
    ],
)  # fmt: skip
def test_broken_samples_say_what_is_wrong(file: str, message: str) -> None:
    assert any(message in problem for problem in problems((HERE / "broken" / file).read_bytes()))


@pytest.mark.parametrize("size", range(0, 1500, 13))
def test_a_gob_cut_anywhere_is_refused(size: int) -> None:
    data = gob_of(attack(6))
    if len(data[:size]) < len(data):
        assert {p.split(":")[0] for p in problems(data[:size])} & {
            "invalid cut-off", "invalid empty", "inconclusive missing-results"
        }  # fmt: skip


def test_a_message_larger_than_any_result_is_refused_without_reading_it() -> None:
    assert "a message of 1,099,511,627,776 bytes" in refusal(uint(1 << 40) + b"x")


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"\0" * 50, b"\xff", b"\xf7" * 20, b"\x7f" + b"\x80" * 127, b"{", b"{}\n", b"[]\n", b"\xff\xfe",
     b'{"code":1e999,"latency":1,"timestamp":"2026-11-23T00:00:00Z"}\n',
     b'{"code":200,"latency":%d,"timestamp":"2026-11-23T00:00:00Z"}\n' % 10**400,
     b'{"code":200,"latency":1,"timestamp":"2026-13-23T00:00:00Z"}\n',
     b'{"code":200,"latency":1,"timestamp":"0001-01-01T00:00:00+14:00"}\n',
     b'{"code":200,"code":500,"latency":1,"timestamp":"2026-11-23T00:00:00Z"}\n',
     b'{"code":true,"latency":1,"timestamp":"2026-11-23T00:00:00Z"}\n',
     b'{"code":200,"latency":1,"seq":null,"timestamp":"2026-11-23T00:00:00Z"}\n',
     b'{"a":' * 5000 + b"\n", b"1795400000000000000,200,5,0,0\n", b"1795400000000000000,200,5,0,0,\xff,,,1,GET,/,\n",
     b"1795400000000000000,200,5,0,0,,,,1,GET,/," + b"A" * 3_000_000],
)  # fmt: skip
def test_hostile_bytes_are_refused_or_told(data: bytes) -> None:
    assert problems(data)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 3000), st.sampled_from(["results.bin", "results.json", "results.csv"]))
def test_random_bytes_in_results_never_crash(noise: bytes, where: int, name: str) -> None:
    data = ENCODERS[name](attack(12))
    problems(data[:where] + noise + data[where + len(noise) :])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_refused_or_told(data: bytes) -> None:
    assert problems(data)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 599), st.integers(0, 10**12), st.text(max_size=8), st.binary(max_size=200)),
                min_size=1, max_size=30))  # fmt: skip
def test_a_gob_gives_what_was_written(rows: list[tuple[int, int, str, bytes]]) -> None:
    hits = [Hit(seq, code, START + seq * SECOND, lasted, error, "GET", "http://a/", body)
            for seq, (code, lasted, error, body) in enumerate(rows)]  # fmt: skip
    whole = values(read(gob_of(hits)))
    assert whole["requests"] == len(rows)
    assert whole["failures"] == sum(not 200 <= code < 400 or bool(error) for code, _, error, _ in rows)
    assert whole["max"] == max(lasted / 1e6 for _, lasted, _, _ in rows)


def test_a_quoted_error_with_a_line_break_is_one_result() -> None:
    hits = [hit._replace(code=0, error='first "line"\nsecond, line') if hit.seq == 3 else hit for hit in attack(40)]
    assert values(read(csv_of(hits)))["requests"] == 40


def test_sniff_knows_no_other_load_test() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert sorted(p.suffix for p in known) == [".bin"] * 4


def test_compressed_names_are_no_matter_here() -> None:
    """What is compressed is decompressed before a reader sees it."""
    assert READER.sniff(gzip.compress(gob_of(attack(12)))) == 0


def test_real_results_reproduce_their_ground_truth() -> None:
    if not (REAL / "INDEX.tsv").exists():
        pytest.skip(f"no samples at {SHARED}")
    with (REAL / "INDEX.tsv").open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["format"] == "Vegeta gob results"]
    compared = 0
    for row in rows:
        truth = json.loads(row["ground_truth"])
        whole = values(read((REAL / row["file"]).read_bytes()))
        sent = whole["requests"] / whole["rate.sent"]
        assert (whole["requests"], whole["failures"]) == (truth["n"], truth["failed"])
        assert sent == pytest.approx(truth["span_s"], abs=1e-3)
        for name in ("mean", "min", "max", "p50", "p90", "p95", "p99", "p99.9"):
            # 0.999 × 3000 is 2997 and not a bit more: the listed value is that of rank 2998
            if (name, truth["n"]) != ("p99.9", 3000):
                assert whole[name] == pytest.approx(truth[name], abs=5e-5), (row["file"], name)
            compared += 1
    print(f"vegeta results: {len(rows)} files, {compared + 3 * len(rows)} values compared")
    assert (len(rows), compared) == (4, 32)


def test_throughput_is_that_of_the_report_of_the_same_attack() -> None:
    path = REAL / "vegeta" / "khamonsol__ratelimiter__results.bin"
    if not path.exists():
        pytest.skip(f"no samples at {SHARED}")
    report = json.loads((REAL / "vegeta" / "khamonsol__ratelimiter__metrics.json").read_text())
    stated = report["bytes_in"]["total"] / ((report["duration"] + report["wait"]) / 1e9)
    assert values(read(path.read_bytes()))["throughput"] == pytest.approx(stated, rel=1e-6)


def test_results_without_sizes_have_no_throughput() -> None:
    lines = json_of(attack()).splitlines()
    bare = "\n".join(json.dumps({k: v for k, v in json.loads(line).items() if k != "bytes_in"}) for line in lines)
    found = values(read(f"{bare}\n".encode()))
    assert found["requests"] == 300
    assert "throughput" not in found
