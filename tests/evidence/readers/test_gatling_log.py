"""The reader of Gatling's logs, text and binary, against its samples, real files, trap by trap."""

from __future__ import annotations

import csv
import json
import math
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.gatling_log import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "gatling-log"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
TEXT = (HERE / "ok" / "v3.12.log").read_bytes()
BINARY = (HERE / "ok" / "v3.14.log").read_bytes()
OLD = (HERE / "ok" / "v2.1.log").read_bytes()
RUN = b"RUN\ta.B\tb\t1795400400000\t \t3.11.2\n"
OK = sorted(path.name for path in (HERE / "ok").iterdir())


class Pieces:
    """A stored file that comes in pieces of some size."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._piece = data, size
        self.digest, self.size = "", len(data)

    @property
    def head(self) -> bytes:
        return self._data[:65_536]

    def pieces(self) -> Iterator[bytes]:
        for start in range(0, len(self._data), self._piece):
            yield self._data[start : start + self._piece]


def read(data: bytes, path: str = "simulation.log") -> Reading:
    return READER.read(Source(path, data), None)


def sample(name: str) -> Reading:
    return read((HERE / name).read_bytes(), name)


def values(reading: Reading, *labels: tuple[str, str]) -> dict[str, object]:
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == labels}


def problems(data: bytes) -> list[tuple[str, str, str, str]]:
    try:
        found = read(data).problems
    except Unreadable as error:
        found = (error.problem,)
    return [(p.kind, p.code, p.message, str(p.at)) for p in found]


def request(name: str = "a", start: int = 1795400401000, ms: int = 50, verdict: str = "OK") -> bytes:
    return f"REQUEST\t\t{name}\t{start}\t{start + ms}\t{verdict}\t \n".encode()


def text_of(value: str) -> bytes:
    """Write a text as Gatling does: length, Latin-1 or UTF-16, which of them."""
    if not value:
        return struct.pack(">i", 0)
    try:
        return struct.pack(">i", len(value)) + value.encode("latin-1") + b"\0"
    except UnicodeEncodeError:
        data = value.encode("utf-16-le")
        return struct.pack(">i", len(data)) + data + b"\1"


def binary(*records: bytes, version: str = "3.14.0", start: int = 1795400400000) -> bytes:
    head = b"\0" + text_of(version) + text_of("a.B") + struct.pack(">q", start) + text_of("")
    return head + struct.pack(">i", 1) + text_of("s") + struct.pack(">i", 0) + b"".join(records)


FIRST = b"\1" + struct.pack(">ii", 0, 1) + text_of("a") + struct.pack(">ii?i", 10, 60, True, 2) + text_of("")
SECOND = b"\1" + struct.pack(">iiii?i", 0, -1, 70, 90, False, -2)


@pytest.mark.parametrize("name", OK)
def test_every_layout_tells_the_same_run(name: str) -> None:
    """The samples are one run, written as each version writes it."""
    reading = sample(f"ok/{name}")
    found = values(reading)
    assert (found["requests"], found["failures"]) == (130, 4)
    lines = [line.split("\t") for line in TEXT.decode().splitlines() if line.startswith("REQUEST")]
    times = sorted(int(line[4]) - int(line[3]) for line in lines)
    for metric, share in {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99}.items():
        assert found[metric] == times[math.ceil(share * 130) - 1]
    assert (found["min"], found["max"]) == (times[0], times[-1])
    assert found["mean"] == pytest.approx(sum(times) / 130)
    span = max(int(line[4]) for line in lines) - min(int(line[3]) for line in lines)
    assert found["duration"] == pytest.approx(span, abs=0.01)
    assert found["concurrency"] == 6
    assert {problem.kind for problem in reading.problems} <= {"warning"}
    assert reading.load is not None


def test_requests_carry_their_groups_as_in_the_report() -> None:
    found = values(sample("ok/v2.3.log"), ("endpoint", "Conversation / Ask"))
    assert (found["requests"], found["failures"]) == (30, 3)
    assert values(sample("ok/v2.1.log"), ("endpoint", "Open shop"))["requests"] == 40
    assert values(sample("ok/v3.14.log"), ("endpoint", "Conversation / Ask (é)"))["requests"] == 30
    assert values(sample("ok/v3.14.log"), ("endpoint", "Conversation / Add to cart 🛒"))["requests"] == 30


def test_group_records_are_no_requests() -> None:
    assert TEXT.count(b"\nGROUP\t") == 30
    assert values(read(TEXT))["requests"] == TEXT.count(b"\nREQUEST\t") == 130
    group = b"\3" + struct.pack(">iiiii?", 1, -1, 10, 90, 70, True)
    assert values(read(binary(FIRST, SECOND, group)))["requests"] == 2


def test_date_is_the_start_of_the_run() -> None:
    for name in ("v2.3.log", "v3.12.log", "v3.14.log"):
        assert sample(f"ok/{name}").produced == datetime(2026, 11, 23, 2, 20, tzinfo=UTC)
    assert str(sample("ok/v3.12.log").produced_where) == "ok/v3.12.log:2 RUN"
    assert sample("ok/v2.1.log").produced is None  # its date has no zone


def test_facts_stand_for_the_records_of_requests() -> None:
    places = {str(fact.at) for fact in sample("ok/v3.12.log").facts}
    assert places == {"ok/v3.12.log:1 REQUEST"}
    assert {str(fact.at) for fact in sample("ok/v3.14.log").facts} == {"ok/v3.14.log REQUEST"}


def test_errors_made_no_request_and_their_message_may_have_lines() -> None:
    reading = sample("ok/errors.log")
    assert values(reading)["exceptions"] == 2
    assert [(p.code, p.message) for p in reading.problems] == [
        ("script-exceptions",
         "2 errors made no request: what these would have measured is in no figure")
    ]  # fmt: skip
    mistaken = b"GROUP\tAsk: no attribute\t1795400402000\n"  # as 2.x writes an error
    assert values(read(RUN + request() + mistaken))["exceptions"] == 1
    error = b"\4" + struct.pack(">i", 3) + text_of("broken") + struct.pack(">i", 95)
    assert values(read(binary(FIRST, error)))["exceptions"] == 1


def test_message_may_be_missing_and_may_hold_a_verdict() -> None:
    bare = b"REQUEST\t\ta\t1795400401000\t1795400401050\tKO\n"
    odd = b"REQUEST\t\tb\t1795400401000\t1795400401060\tKO\twas\tOK\t1795400401001\tOK\n"
    named = b"REQUEST\tg,h\tOK\t1795400401000\t1795400401070\tOK\t \n"
    reading = read(RUN + bare + odd + named)
    assert (values(reading)["requests"], values(reading)["failures"]) == (3, 2)
    assert values(reading, ("endpoint", "g / h / OK"))["max"] == 70


def test_user_who_did_not_end_makes_the_run_inconclusive() -> None:
    users = b"USER\ts\tSTART\t1795400401000\nUSER\ts\tSTART\t1795400401000\nUSER\ts\tEND\t1795400402000\n"
    reading = read(RUN + users + request())
    assert values(reading)["concurrency"] == 2
    assert [(p.kind, p.code) for p in reading.problems] == [("inconclusive", "unfinished")]


@pytest.mark.parametrize("name", ["ok/v2.1.log", "ok/v2.3.log", "ok/v3.0.log", "ok/v3.12.log", "ok/windows.log"])
def test_half_of_a_whole_log_is_unfinished(name: str) -> None:
    whole = (HERE / name).read_bytes()
    assert "unfinished" not in {p.code for p in read(whole).problems}
    lines = whole.splitlines(keepends=True)
    reading = read(b"".join(lines[: len(lines) // 2]))
    assert ("inconclusive", "unfinished") in {(p.kind, p.code) for p in reading.problems}


def test_binary_log_with_users_left_is_unfinished() -> None:
    user = b"\2" + struct.pack(">i", 0)
    began, ended = (user + flag + struct.pack(">i", 5) for flag in (b"\1", b"\0"))
    told = [[p.kind for p in read(binary(FIRST, began, *rest)).problems if p.code == "unfinished"] for rest in ([], [ended])]
    assert told == [["inconclusive"], []]


def test_message_that_answers_nothing_is_not_counted() -> None:
    reading = sample("ok/unmatched.log")
    assert [(p.kind, p.code) for p in reading.problems] == [("warning", "unmatched")]
    lowest = b"REQUEST\t\tfeed\t1795400401000\t-9223372036854775808\tOK\t \n"
    assert values(read(RUN + request() + lowest))["requests"] == 1


def test_many_names_are_counted_together() -> None:
    reading = read(RUN + b"".join(request(f"item {n}") for n in range(300)))
    assert values(reading)["requests"] == 300
    assert [(p.kind, p.code) for p in reading.problems] == [("warning", "many-endpoints")]


@pytest.mark.parametrize(
    ("name", "kind", "code", "message", "place"),
    [
        ("cut-off", "invalid", "cut-off", "the last line has no end: was Gatling killed?", ":164"),
        ("no-end-of-line", "invalid", "cut-off", "the last line has no end: was Gatling killed?", ":242"),
        ("cut-off-binary", "invalid", "cut-off", "the last record is cut off: was Gatling killed?", " byte 3278"),
        ("later-version", "invalid", "unknown-version",
         "binary log of `3.99.0`; 3.13.1 to 3.14 can be read", " byte 12"),
        ("version-3.13.0", "invalid", "unknown-version",
         "binary log of `3.13.0`; 3.13.1 to 3.14 can be read", " byte 12"),
        ("two-runs", "invalid", "two-runs", "a second `RUN` record: the file holds two runs", ":243"),
        ("two-runs-binary", "invalid", "two-runs", "a second run begins: the file holds two runs", " byte 4924"),
        ("ends-before-it-began", "invalid", "contradiction", "a request ends 40 ms before it began", ":4"),
        ("nan", "invalid", "ragged", "a request without start, end and `OK` or `KO`", ":4"),
        ("no-verdict", "invalid", "ragged", "a request without start, end and `OK` or `KO`", ":4"),
        ("missing-column", "invalid", "ragged", "a request without start, end and `OK` or `KO`", ":4"),
        ("unknown-record", "invalid", "unknown-record", "`WARMUP` begins no record of Gatling", ":122"),
        ("error-without-time", "invalid", "ragged", "the error before it has no time", ":123"),
        ("corrupt-binary", "invalid", "corrupt", "119 where a 0 or 1 should be", " byte 403"),
        ("no-requests", "inconclusive", "no-samples", "no request was made", ":1 REQUEST"),
        ("empty-run", "inconclusive", "no-samples", "no request was made", ":1 REQUEST"),
        ("all-failed", "inconclusive", "all-failed",
         "every request failed: its times say nothing of answers", ":1 REQUEST"),
    ],
)  # fmt: skip
def test_broken_sample_says_what_is_wrong(name: str, kind: str, code: str, message: str, place: str) -> None:
    found = problems((HERE / "broken" / f"{name}.log").read_bytes())
    assert found[0] == (kind, code, message, f"simulation.log{place}")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (request(), "wrong-header"),
        (RUN.replace(b"\t \t3.11.2", b"") + request(), "ragged"),
        (RUN + request("\xff".encode("latin-1").decode("latin-1")).replace(b"\xc3\xbf", b"\xff"), "not-utf8"),
        (RUN + b"USER\ts\tBEGIN\t1795400401000\n", "ragged"),
        (RUN + b"USER\ts\tSTART\tx\n", "ragged"),
        (RUN + b"USER\ts\tSTART\n", "ragged"),
        (RUN + b"\n" + b"x\n", "unknown-record"),
        (RUN + b"R" * 3_000_000, "long-line"),
        (RUN + b"REQUEST\t\ta\t1795400401000\t" + b"9" * 400 + b"\tOK\n", "ragged"),
        (RUN + b"REQUEST\t\ta\t1795400401\t1795400402\tOK\n", "ragged"),
        (RUN.decode().encode("utf-16"), "not-utf8"),
        (OLD.replace(b"\tREQUEST\t\tOpen shop\t1", b"\tREQUEST\t\tOpen shop\tx", 1), "ragged"),
        (RUN + request() + b"s\t1\tREQUEST\t\tOK\tOK\n", "ragged"),
        (b"\0", "cut-off"),
        (binary()[:-2], "cut-off"),
        (binary(version="nonsense"), "unknown-version"),
        (binary(version="4.0.0"), "unknown-version"),
        (binary(b"\7"), "unknown-record"),
        (binary(SECOND), "corrupt"),  # refers to a text that is not there
        (binary(FIRST, FIRST), "corrupt"),  # gives a text the number of another
        (binary(b"\1" + struct.pack(">i", -5)), "corrupt"),
        (binary(b"\1" + struct.pack(">i", 2**31 - 1)), "corrupt"),
        (binary(b"\1" + struct.pack(">iii", 0, 1, 2**31 - 1)), "corrupt"),
        (binary(b"\1" + struct.pack(">iii", 0, 1, 1) + b"a\x09"), "corrupt"),
        (binary(b"\1" + struct.pack(">ii", 0, 0) + text_of("a")), "corrupt"),  # as 3.13.0 did
        (binary(FIRST, b"\1" + struct.pack(">iiii?i", 0, -1, 90, 70, True, -2)), "contradiction"),
        (binary(FIRST, b"\2" + struct.pack(">ibi", 0, 2, 90)), "corrupt"),
        (binary(FIRST, SECOND[:-1]), "cut-off"),
    ],
)
def test_hostile_input_is_refused(data: bytes, code: str) -> None:
    assert [(kind, found) for kind, found, *_ in problems(data)] == [("invalid", code)]


@pytest.mark.parametrize("data", [TEXT, BINARY, (HERE / "ok" / "errors.log").read_bytes()], ids=len)
@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_file_in_pieces_reads_as_a_whole(data: bytes, size: int) -> None:
    streamed = READER.read(Source.streamed("simulation.log", Pieces(data, size)), None)
    assert streamed.facts == read(data).facts
    assert streamed.produced == read(data).produced


@given(st.integers(0, len(BINARY)))
def test_binary_log_cut_anywhere_is_cut_off_or_whole_records(end: int) -> None:
    found = [code for kind, code, *_ in problems(BINARY[:end]) if kind != "warning"]
    assert [code for code in found if code != "unfinished"] in (["cut-off"], ["no-samples"], ["wrong-header"], [])
    assert found or end == len(BINARY), "a part of it is not taken for the whole"


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert problems(data)
    assert problems(b"\0" + data)
    problems(RUN + data)
    problems(binary(FIRST, data))


@given(st.integers(0, len(BINARY) - 1), st.binary(min_size=1, max_size=3))
def test_random_edits_raise_nothing_else(place: int, edit: bytes) -> None:
    for data in (BINARY, TEXT, OLD):
        problems(data[:place] + edit + data[place + len(edit) :])


def test_sniff_knows_text_old_text_and_binary() -> None:
    assert READER.sniff(TEXT) == READER.sniff(BINARY) == READER.sniff(RUN) == 90
    assert READER.sniff((HERE / "ok" / "v2.1.log").read_bytes()) == 85
    assert READER.sniff(request()) == 0
    assert READER.sniff(b"RUN\tthe tests\n") == 0
    assert READER.sniff(b"\0\0\0\0\x06ELF") == 0


def test_sniff_knows_no_other_sample() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert len(known) == 12
    assert all(path.name.endswith("simulation.log") for path in known)


def test_real_files_reproduce_their_ground_truth() -> None:
    index = SHARED / "real" / "INDEX.tsv"
    if not index.exists():
        pytest.skip(f"no real files at {SHARED}")
    with index.open(newline="", encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines, delimiter="\t") if r["format"] == "Gatling simulation.log"]
    names = {"n": "requests", "failed": "failures", "users_max": "concurrency", "mean": "mean", "min": "min",
             "max": "max", "p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99", "p99.9": "p99.9"}  # fmt: skip
    compared = 0
    for row in rows:
        truth = json.loads(row["ground_truth"])
        reading = read((SHARED / "real" / row["file"]).read_bytes())
        found = values(reading)
        for key, metric in names.items():
            if key == "p99.9" and truth["n"] % 1000 == 0:
                continue  # the index rounds 99.9 / 100 * 1000 = 999.0000000000001 up to the next rank
            assert found[metric] == pytest.approx(truth[key], abs=6e-5), (row["file"], key)
            compared += 1
        assert found["duration"] == pytest.approx(truth["span_s"] * 1000, abs=0.01)
        endpoints = {f.labels[0][1] for f in reading.facts if f.labels and f.labels[0][0] == "endpoint"}
        assert len(endpoints) == truth["names"], row["file"]
        assert "invalid" not in {problem.kind for problem in reading.problems}
    assert (len(rows), compared) == (12, 131)
