"""The reader of HdrHistogram's interval logs against its samples, real files, and trap by trap."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading
from readiness.evidence.readers.hdrhistogram_log import READER
from readiness.evidence.readers.hdrhistogram_log.decode import Malformed, decode
from tests.evidence.readers import printed_tools as tools

BEGAN = 1_795_638_334
DECLARED = tools.text(READER, "ok/declared-unit.hlog")
COOKIES = {0: (0x1C849308, 0x1C849309), 1: (0x1C849301, 0x1C849302), 2: (0x1C849303, 0x1C849304)}
WORDS = {2: "h", 4: "i", 8: "q"}


def class_of(value: int, digits: int, unit: int) -> int:
    """Return the index of a value's class, by the rule of HdrHistogram's documentation."""
    half = max(math.ceil(math.log2(2 * 10**digits)) - 1, 0)
    bucket = max(0, (value >> unit).bit_length() - half - 1)
    return ((bucket + 1) << half) + (value >> (bucket + unit)) - (1 << half)


def zigzag(number: int) -> bytes:
    rest, out = (number << 1) ^ (number >> 63), bytearray()
    rest &= (1 << 64) - 1
    for _ in range(8):
        if rest < 0x80:
            return bytes([*out, rest])
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


def encode(
    counts: dict[int, int],
    version: int = 2,
    digits: int = 3,
    lowest: int = 1,
    word: int = 8,
    payload: bytes | None = None,
) -> str:
    """Encode counts by class, without the code under test."""
    size = max(counts, default=-1) + 1
    if version == 2:
        body, index = bytearray(), 0
        for at in sorted(counts):
            empty = at - index
            body += zigzag(-empty) if empty > 1 else b"\0" * empty
            body += zigzag(counts[at])
            index = at + 1
    else:
        body = bytearray(
            struct.pack(f">{size}{WORDS[word]}", *(counts.get(i, 0) for i in range(size)))
        )
    body = bytearray(payload) if payload is not None else body
    plain, packed = (cookie | (0x10 if version == 2 else word << 4) for cookie in COOKIES[version])
    if version:
        head = struct.pack(">iiiiqqd", plain, len(body), 0, digits, lowest, 1 << 40, 1.0)
    else:
        head = struct.pack(">iiqqq", plain, digits, lowest, 1 << 40, sum(counts.values()))
    squeezed = zlib.compress(head + bytes(body))
    return base64.b64encode(struct.pack(">ii", packed, len(squeezed)) + squeezed).decode()


def log(*intervals: tuple[float, str], head: str = "#[Unit: us]", length: float = 1.0) -> str:
    lines = [
        head,
        "#[Histogram log format version 1.3]",
        f"#[StartTime: {BEGAN}.000 (seconds since epoch)]",
    ]
    lines += [f"{start:.3f},{length:.3f},0.000,{text}" for start, text in intervals]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", tools.files(READER, "ok"), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_warnings_at_most(path: Path) -> None:
    reading = tools.read(READER, path)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} == {"warning"}
    assert READER.sniff(path.read_bytes()) == 90


def test_declared_unit_gives_response_times_in_ms() -> None:
    reading = tools.sample(READER, "ok/declared-unit.hlog")
    found = tools.values(reading)
    assert (found["requests"], found["duration"], found["rate"]) == (8068, 40_000, 201.7)
    assert [found[name] for name in ("p50", "p95", "p99", "max")] == pytest.approx(
        [30.8, 100.3, 158.3, 434], rel=0.01
    )
    p99 = tools.fact(reading, "p99")
    assert (p99.unit, p99.samples, p99.at.line, p99.at.pointer) == (
        "ms",
        8068,
        6,
        "Interval_Compressed_Histogram",
    )
    assert p99.bounds
    assert reading.produced == datetime.fromtimestamp(BEGAN + 40, UTC)
    assert str(reading.produced_where) == "declared-unit.hlog:45 StartTimestamp"
    assert reading.load
    assert sum(window.requests for window in reading.load.windows) == 8068


def test_all_encodings_and_units_of_one_run_say_the_same() -> None:
    """V0, V1 and V2, microseconds and seconds: written from the same 8,068 requests or a part."""
    whole = tools.values(tools.sample(READER, "ok/declared-unit.hlog"))
    for name in ("ok/v0.hlog", "ok/ycsb-v1.hlog"):
        other = tools.values(tools.sample(READER, name))
        assert [other[m] for m in ("requests", "p50", "p95", "p99", "max")] == [
            whole[m] for m in ("requests", "p50", "p95", "p99", "max")
        ]
    part = tools.values(tools.sample(READER, "ok/double.hlog"))
    assert part["p50"] == pytest.approx(whole["p50"], rel=0.03)
    coarse = tools.values(tools.sample(READER, "ok/v1-words-of-two-bytes.hlog"))
    assert coarse["p95"] == pytest.approx(whole["p95"], rel=0.1)


def test_unknown_unit_gives_values_without_one() -> None:
    reading = tools.sample(READER, "ok/unknown-unit.hlog")
    found = tools.values(reading)
    assert {f.metric for f in reading.facts if not f.metric.startswith("value.")} == {"duration"}
    assert (found["value.count"], found["value.p50"]) == (8068, pytest.approx(30_800, rel=0.01))
    assert {f.unit for f in reading.facts if f.metric.startswith("value.")} == {""}
    assert reading.load is None
    problem = tools.problem(reading, "unknown-unit")
    assert (
        problem.message
        == "the unit of these values is not in the file: they are given as `value.*`"
    )
    assert problem.help == "write a comment `#[Unit: us]` (ns, us, ms or s) with `outputComment`"


def test_ratio_of_the_stated_maximum_does_not_prove_the_unit() -> None:
    """A million by default, of nanoseconds and of YCSB's microseconds: a guess is a thousand off."""
    ycsb = tools.text(READER, "ok/ycsb-v1.hlog")
    maximum, payload = ycsb.splitlines()[4].split(",")[2:]
    histogram, _ = decode(payload)
    assert max(high for _, high, _ in histogram.classes()) / float(maximum) == pytest.approx(
        1e6, rel=0.01
    )
    anonymous = tools.read(READER, ycsb.replace("#[Logging for: READ]\n", ""))
    assert tools.codes(anonymous) == ["unknown-unit", "correction-unknown"]
    assert tools.values(tools.sample(READER, "ok/ycsb-v1.hlog"))["p50"] == pytest.approx(
        30.8, rel=0.01
    )


@pytest.mark.parametrize(
    ("comment", "p50"),
    [
        ("#[Unit: ns]", 0.0308),
        ("# unit: us", 30.8),
        ("#Unit: µs", 30.8),
        ("#[Unit: ms]", 30_800),
        ("#[UNIT: s]", 30_800_000),
    ],
)
def test_unit_may_be_declared_in_a_comment(comment: str, p50: float) -> None:
    content = tools.text(READER, "ok/unknown-unit.hlog")
    found = tools.values(tools.read(READER, f"{comment}\n{content}"))
    assert found["p50"] == pytest.approx(p50, rel=0.01)


@pytest.mark.parametrize(
    "comment",
    ["#[Unit: seconds]", "#[Unit: usb]", "#[Units of work: ms]", "# the unit: ms is usual"],
)
def test_other_comments_declare_no_unit(comment: str) -> None:
    reading = tools.read(READER, f"{comment}\n" + tools.text(READER, "ok/unknown-unit.hlog"))
    assert tools.codes(reading) == ["unknown-unit", "correction-unknown"]


def test_jhiccup_measures_a_machine_and_not_responses() -> None:
    reading = tools.sample(READER, "ok/jhiccup.hlog")
    assert {f.metric for f in reading.facts} >= {"value.p99", "duration"}
    assert not {"p99", "requests", "rate"} & set(tools.values(reading))
    assert tools.fact(reading, "value.p99").unit == "ms"
    assert tools.codes(reading) == ["not-responses"]


def test_tags_are_kept_apart_and_none_is_the_whole() -> None:
    """Cassandra stress logs service, wait and response time of the same requests."""
    reading = tools.sample(READER, "ok/cassandra-stress.hlog")
    assert tools.values(reading) == {}
    response, service, wait = (
        tools.values(reading, scenario=f"READ-{tag}") for tag in ("rt", "st", "wt")
    )
    assert response["requests"] == service["requests"] == wait["requests"]
    assert response["p95"] > service["p95"] > wait["p95"] > 0
    assert reading.load is None


def test_runs_after_a_second_start_time_are_told_apart() -> None:
    reading = tools.sample(READER, "ok/two-runs.hlog")
    assert tools.values(reading) == {}
    assert [tools.values(reading, run=run)["duration"] for run in "12"] == [8000, 8000]


def test_intervals_shortly_before_the_start_time_are_absolute() -> None:
    """Java of 2014 took them as relative, which puts them into the year 2083; Python skips them."""
    reading = tools.sample(READER, "ok/before-start.hlog")
    assert reading.produced == datetime.fromtimestamp(BEGAN + 63.182, UTC)
    assert tools.values(reading)["requests"] == 8068


def test_relative_times_count_from_the_start_time_or_the_base_time() -> None:
    text = encode({class_of(v, 3, 0): 1 for v in (1000, 2000, 3000)})
    relative = tools.read(READER, log((0.5, text), (1.5, text)))
    assert relative.produced == datetime.fromtimestamp(BEGAN + 2.5, UTC)
    based = tools.read(
        READER,
        log((0.5, text), head="#[Unit: us]\n#[BaseTime: 1795000000.000 (seconds since epoch)]"),
    )
    assert based.produced == datetime.fromtimestamp(1_795_000_001.5, UTC)
    lost = "".join(
        line for line in log((0.5, text)).splitlines(keepends=True) if "StartTime" not in line
    )
    assert tools.read(READER, lost).produced is None


def test_a_histogram_has_no_failures_so_there_is_no_error_rate() -> None:
    reading = tools.sample(READER, "ok/declared-unit.hlog")
    assert not [f.metric for f in reading.facts if f.metric.endswith(("errors", "failures"))]
    assert tools.codes(reading) == ["no-outcomes", "correction-unknown"]


def test_rate_is_held_only_over_stretches_with_an_interval_in_each_part() -> None:
    text = encode({class_of(1000, 3, 0): 100})
    second = tools.read(READER, log(*((float(i), text) for i in range(120))))
    assert [f.value for f in second.facts if f.metric == "rate.held"] == [100]
    long = tools.read(READER, log(*((10.0 * i, text) for i in range(12)), length=10.0))
    assert not [f for f in long.facts if f.metric == "rate.held" or f.metric.startswith("steady.")]
    assert tools.values(long)["rate"] == pytest.approx(10)


@pytest.mark.parametrize(
    ("name", "kind", "code", "place"),
    [
        ("no-intervals.hlog", "inconclusive", "no-samples", "no-intervals.hlog:1"),
        ("empty-intervals.hlog", "inconclusive", "no-samples", "empty-intervals.hlog:5 Interval_Compressed_Histogram"),
        ("empty-intervals-of-unknown-unit.hlog", "inconclusive", "no-samples", "empty-intervals-of-unknown-unit.hlog:1"),
        ("failed-operations-only.hlog", "inconclusive", "all-failed", "failed-operations-only.hlog:1"),
        ("cut-off.hlog", "invalid", "corrupt", "cut-off.hlog:10"),
        ("damaged.hlog", "invalid", "corrupt", "damaged.hlog:10"),
        ("unknown-cookie.hlog", "invalid", "corrupt", "unknown-cookie.hlog:10"),
        ("versions-differ.hlog", "invalid", "corrupt", "versions-differ.hlog:10"),
        ("bomb.hlog", "invalid", "corrupt", "bomb.hlog:11"),
        ("not-base64.hlog", "invalid", "not-interval", "not-base64.hlog:10"),
        ("nan-time.hlog", "invalid", "not-interval", "nan-time.hlog:10"),
        ("negative-time.hlog", "invalid", "not-interval", "negative-time.hlog:10"),
        ("other-text.hlog", "invalid", "not-interval", "other-text.hlog:11"),
        ("maximum-contradicts.hlog", "invalid", "contradiction", "maximum-contradicts.hlog:10 Interval_Max"),
    ],
)  # fmt: skip
def test_broken_sample_says_what_is_wrong_and_where(
    name: str, kind: str, code: str, place: str
) -> None:
    assert (kind, code, place) in tools.problems(tools.sample(READER, f"broken/{name}"))


def test_messages_say_what_is_wrong_with_a_histogram() -> None:
    def told(name: str) -> str:
        found = tools.sample(READER, f"broken/{name}").problems
        return next(problem.message for problem in found if problem.kind == "invalid")

    assert told("unknown-cookie.hlog") == "this is no compressed histogram of version 0, 1 or 2"
    assert told("versions-differ.hlog") == "its content is no histogram of version 1"
    assert told("bomb.hlog") == "the histogram has more than 16 MiB"
    assert told("damaged.hlog").startswith(
        "the histogram is damaged: Error -3 while decompressing data"
    )
    assert (
        told("other-text.hlog")
        == "`Throughput(ops/sec), 201.7` is no interval: start, length, maximum, histogram"
    )
    assert told("maximum-contradicts.hlog").startswith(
        "the maximum is stated as 9,999, its histogram gives 183"
    )


@given(
    st.lists(st.integers(0, 10**12), max_size=60),
    st.sampled_from([(0, 4), (0, 8), (1, 2), (1, 4), (1, 8), (2, 8)]),
    st.integers(0, 3),
    st.sampled_from([1, 1000, 20_000]),
)
def test_every_encoding_gives_back_the_classes_of_the_values(
    values: list[int], encoding: tuple[int, int], digits: int, lowest: int
) -> None:
    (version, word), unit = encoding, lowest.bit_length() - 1
    counts = Counter(class_of(value, digits, unit) for value in values)
    histogram, _ = decode(encode(counts, version, digits, lowest, word))
    assert histogram.counts == counts
    classes = list(histogram.classes())
    for value in values:
        ((low, high, _),) = [c for c in classes if c[0] <= value <= c[1]]
        assert high - low < max(1 << unit, value / 10**digits)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the histogram is cut off"),
        ("AAAA", "the histogram is cut off"),
        ("A", "the histogram is not base64"),
        (encode({}, payload=b"\x80"), "the last count is cut off"),
        (
            encode({}, payload=zigzag(-(2**40)) + zigzag(1)),
            "a value is larger than any that can be recorded",
        ),
        (
            encode({}, payload=zigzag(-(2**63)) + zigzag(7)),
            "a value is larger than any that can be recorded",
        ),
        (encode({1: 1}, digits=9), "9 digits from 1 on, times 1.0, is no range of values"),
        (encode({1: 1}, lowest=0), "3 digits from 0 on, times 1.0, is no range of values"),
        (encode({1: -5}, 1), "a count is negative"),
        (encode({1: -5}, 0), "a count is negative"),
        (encode({}, 1).replace("HISTgg", "HISTkg"), "counts of 0 bytes are not known"),
    ],
)
def test_malformed_histograms_say_how(text: str, message: str) -> None:
    if message.startswith("counts of"):
        text = encode({}, 1, word=8, payload=b"")
        data = bytearray(base64.b64decode(text))
        inner = bytearray(zlib.decompress(bytes(data[8:])))
        inner[3] &= 0x0F
        squeezed = zlib.compress(bytes(inner))
        text = base64.b64encode(
            bytes(data[:4]) + struct.pack(">i", len(squeezed)) + squeezed
        ).decode()
    with pytest.raises(Malformed) as caught:
        decode(text)
    assert str(caught.value) == message


def test_a_log_that_would_take_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("readiness.evidence.readers.hdrhistogram_log.log._BUDGET", 100_000)
    text = encode({}, payload=bytes(30_000))
    assert tools.codes(tools.read(READER, log((0, text), (1, text))), "invalid") == []
    reading = tools.read(READER, log(*((float(i), text) for i in range(4))))
    assert tools.problems(reading) == [("invalid", "too-large", "f:7")]
    assert reading.problems[0].help == "log longer intervals, or fewer digits"


def test_more_classes_than_there_are_values_are_refused_at_once() -> None:
    reading = tools.read(READER, log((0, encode({}, payload=bytes(15 << 20)))))
    assert tools.codes(reading, "invalid") == ["corrupt"]


def test_counts_that_cannot_be_are_refused() -> None:
    reading = tools.read(READER, log((0, encode({5: 2**62 - 1})), (1, encode({5: 2**62 - 1}))))
    assert tools.problems(reading) == [("invalid", "corrupt", "f:4")]
    assert "values in one interval are no counts" in reading.problems[0].message


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1e14),
            st.floats(0, 1e14),
            st.dictionaries(st.integers(0, 30_000), st.integers(0, 10**9), max_size=4),
        ),
        max_size=6,
    ),
    st.sampled_from(["#[Unit: us]", "#[Unit: s]", "#", "#[Logged with jHiccup version 2]"]),
)
def test_any_times_and_counts_give_finite_facts(
    intervals: list[tuple[float, float, dict[int, int]]], head: str
) -> None:
    lines = [
        f"{start:.3f},{length:.3f},0.000,{encode(counts)}" for start, length, counts in intervals
    ]
    reading = tools.survives(READER, "\n".join([head, *lines, ""]).encode())
    assert all(math.isfinite(float(f.value)) for f in reading.facts if not isinstance(f.value, str))


@given(st.binary(max_size=400))
def test_any_bytes_decode_or_are_malformed(data: bytes) -> None:
    for cookie in (0x1C849314, 0x1C849322, 0x1C849389, 0x0C72124F):
        squeezed = zlib.compress(struct.pack(">i", cookie - 1) + data)
        for content in (data, struct.pack(">ii", cookie, len(squeezed)) + squeezed):
            try:
                decode(base64.b64encode(content).decode())
            except Malformed as error:
                assert str(error)


@pytest.mark.parametrize("data", tools.HOSTILE, ids=range(len(tools.HOSTILE)))
def test_hostile_bytes_give_problems(data: bytes) -> None:
    assert tools.survives(READER, data).facts == ()
    tools.survives(READER, DECLARED.encode() + data)


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e5", "-1", "nan", "", "1_0", "٣"])
@pytest.mark.parametrize("column", range(3))
def test_hostile_numbers_are_refused(column: int, number: str) -> None:
    line = DECLARED.splitlines()[5]
    cells = line.split(",")
    cells[column] = number
    assert tools.codes(tools.read(READER, DECLARED.replace(line, ",".join(cells))), "invalid")


@given(st.integers(0, len(DECLARED) - 1))
def test_a_log_cut_off_inside_a_histogram_is_refused(end: int) -> None:
    reading = tools.survives(READER, DECLARED[:end].encode())
    last = DECLARED[:end].rsplit("\n", 1)[-1]
    if last and last[0].isdigit() and last not in DECLARED.splitlines():
        assert tools.codes(reading, "invalid")


@given(st.lists(st.sampled_from(DECLARED.splitlines()[:12]), max_size=12), st.binary(max_size=30))
def test_any_lines_in_any_order_give_facts_or_problems(lines: list[str], junk: bytes) -> None:
    tools.survives(READER, "\n".join(lines).encode() + junk)


def test_sniff_claims_the_logs_and_no_others() -> None:
    assert {name.rsplit(".", 1)[1] for name in tools.claimed(READER)} == {"hlog"}
    assert len(tools.claimed(READER)) == 4


def real(name: str) -> tuple[Path, Reading]:
    rows = tools.index("real", tool="hdrhistogram", format="HdrHistogram .hlog")
    path = next(path for path, _ in rows if name in path.name)
    return path, tools.read(READER, path)


def test_ground_truth_of_the_real_v2_log() -> None:
    """The index has it from a library that merged into finer classes: within one class of ours."""
    rows = tools.index("real", tool="hdrhistogram", format="HdrHistogram .hlog")
    truth = next(truth for path, truth in rows if "logV2" in path.name)
    path, reading = real("logV2")
    found = tools.values(reading)
    assert found["value.count"] == truth["total"]
    names = {"p50": "p50", "p95": "p95", "p99": "p99", "p99.9": "p99_9", "max": "max"}
    for ours, theirs in names.items():
        width = max(16_384, truth[theirs] / 100)
        assert 0 <= found[f"value.{ours}"] * 1e6 - truth[theirs] <= width, ours
    assert sum(line[:1].isdigit() for line in path.read_text().splitlines()) == truth["intervals"]


@pytest.mark.parametrize(
    ("name", "count", "p999", "longest"),
    [
        ("jHiccup-2.0.6.logV1", 65_964, 1_829_765_119, 1_888_485_375),
        ("jHiccup-2.0.7S.logV2", 48_761, 1_745_879_039, 1_796_210_687),
        ("ycsb.logV1", 300_056, 1_214_463, 1_546_239),
    ],
)
def test_real_logs_have_the_counts_that_the_tests_of_hdrhistogram_name(
    name: str, count: int, p999: int, longest: int
) -> None:
    """HistogramLogReaderWriterTest.java merges into three digits: up to a class of two below ours."""
    _, reading = real(name)
    found = tools.values(reading)
    prefix, factor = ("", 1e3) if "ycsb" in name else ("value.", 1e6)
    assert found["requests" if "ycsb" in name else "value.count"] == count
    assert found[f"{prefix}p99.9"] * factor == pytest.approx(p999, rel=0.01)
    assert found[f"{prefix}max"] * factor == pytest.approx(longest, rel=0.01)


def test_real_ycsb_log_is_in_microseconds_and_has_602_intervals() -> None:
    path, reading = real("ycsb")
    found = tools.values(reading)
    assert (found["p50"], found["p95"], found["p99"]) == (0.373, 0.517, 130.559)
    assert found["duration"] == pytest.approx(599_789)
    assert sum(line[:1].isdigit() for line in path.read_text().splitlines()) == 602


def test_real_log_that_a_library_reads_as_empty_has_140003_values() -> None:
    _, reading = real("raphael")
    assert tools.values(reading)["value.count"] == 140_003
    assert tools.codes(reading) == ["unknown-unit", "correction-unknown"]
    assert reading.produced == datetime(2021, 8, 20, 8, 18, 1, 657_000, tzinfo=UTC)
