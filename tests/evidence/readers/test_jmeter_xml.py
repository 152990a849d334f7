"""The reader of JMeter's XML results against its samples, real files, and trap by trap."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.jmeter_xml import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "jmeter-xml"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
BESIDE = (HERE / "ok" / "beside.jtl").read_bytes()
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<testResults version="1.2">\n'
END = b"</testResults>\n"


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


def read(data: bytes, path: str = "results.jtl") -> Reading:
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


def http(t: int = 50, ts: int = 1795400401000, s: str = "true", rc: str = "200", inner: str = "") -> bytes:
    return (
        f'<httpSample t="{t}" lt="{t}" ts="{ts}" s="{s}" lb="GET /a" rc="{rc}" rm="OK" tn="Users 1-1" by="100" '
        f'ng="1" na="1">{inner}</httpSample>\n'
    ).encode()


def rows(data: bytes, tag: str) -> list[dict[str, str]]:
    """Return the attributes of top-level elements, read another way."""
    found = re.findall(rf"^<{tag} (.*?)/?>$", data.decode(), re.MULTILINE)
    return [dict(re.findall(r'(\w+)="([^"]*)"', line)) for line in found]


def test_every_figure_is_recomputed_from_the_samples() -> None:
    reading = read(BESIDE)
    requests = rows(BESIDE, "httpSample")
    times = sorted(int(row["t"]) for row in requests)
    found = values(reading)
    assert found["requests"] == len(requests) == 60
    assert found["failures"] == sum(row["s"] == "false" for row in requests) == 5
    for metric, share in {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}.items():
        assert found[metric] == times[math.ceil(share * 60) - 1]
    assert found["mean"] == pytest.approx(sum(times) / 60)
    begins, ends = [int(r["ts"]) for r in requests], [int(r["ts"]) + int(r["t"]) for r in requests]
    span = (max(ends) - min(begins)) / 1000
    assert found["duration"] == pytest.approx(span * 1000, abs=0.01)
    assert found["rate"] == pytest.approx(60 / span)
    assert found["throughput"] == pytest.approx(sum(int(row["by"]) for row in requests) / span)
    assert found["concurrency"] == max(int(row["na"]) for row in requests)
    assert values(reading, ("endpoint", "GET /flaky"))["failures"] == 5
    assert reading.load is not None
    assert reading.load.arrivals == "closed"
    assert reading.problems == ()


def test_facts_have_unit_samples_and_place_and_the_run_its_date() -> None:
    reading = sample("ok/beside.jtl")
    fact = next(f for f in reading.facts if f.metric == "p95" and not f.labels)
    assert (fact.unit, fact.samples, fact.origin, str(fact.at)) == ("ms", 60, "derived", "ok/beside.jtl:1 t")
    assert reading.produced == datetime(2026, 11, 23, 2, 21, 16, 17_000, tzinfo=UTC)


def test_trap_11_transactions_beside_their_requests_are_in_no_total() -> None:
    reading = read(BESIDE)
    transactions = rows(BESIDE, "sample")
    assert len(transactions) == 30
    found = values(reading, ("transaction", "TC chat flow"))
    assert (found["requests"], found["failures"]) == (30, 5)
    assert found["max"] == max(int(row["t"]) for row in transactions)
    assert values(reading)["requests"] == 60


def test_trap_11_a_transaction_that_nests_its_requests_counts_once_with_a_warning() -> None:
    reading = sample("ok/nested.jtl")
    assert values(reading)["requests"] == 48
    buy = values(reading, ("endpoint", "Buy"))
    assert (buy["requests"], buy["failures"]) == (24, 2)
    assert not values(reading, ("endpoint", "POST /ask"))
    assert [(p.kind, p.code) for p in reading.problems] == [("warning", "transactions")]
    assert reading.problems[0].message.startswith("24 of 48 samples are transactions")


def test_trap_11_redirects_are_part_of_the_sample_they_stand_in() -> None:
    inner = http(20).decode() + http(30).decode()
    reading = read(HEAD + http(50, inner=inner) + END)
    assert (values(reading)["requests"], values(reading)["max"]) == (1, 50)
    assert reading.problems == ()


def without(data: bytes, *names: str) -> bytes:
    for name in names:
        data = re.sub(rb' %s="[^"]*"' % name.encode(), b"", data)
    return data


def test_trap_11_without_messages_and_types_names_of_elements_tell_requests_of_http() -> None:
    found = problems(without(BESIDE, "rm", "dt"))
    assert [(kind, code, place) for kind, code, _, place in found] == [("inconclusive", "transactions-unknown", "results.jtl:5 dt")]
    assert problems(without(HEAD + http() + http() + END, "rm")) == []


def test_trap_11_without_messages_samples_that_are_all_alike_may_be_anything() -> None:
    data = (HERE / "ok" / "transactions-only.jtl").read_bytes()
    told = "without a message `rm` and a type `dt` nothing tells transactions of a controller from requests: what counts them may be doubled"
    for names in (("rm",), ("rm", "dt")):
        assert problems(without(data, *names)) == [("warning", "transactions-unknown", told, "results.jtl:1")]
    several = without(data, "rm").replace(b"</testResults>", b'<sample t="5" ts="1795400401000" s="true" lb="other" rc="200"/></testResults>')
    assert problems(several) == [("inconclusive", "transactions-unknown", told, "results.jtl:1")]


def test_trap_11_messages_or_types_alone_tell_transactions() -> None:
    assert problems(without(BESIDE, "dt")) == []
    assert problems(without(BESIDE, "rm").replace(b'dt=""', b'dt="text"')) == []


def test_where_transactions_are_all_there_is_they_are_the_requests() -> None:
    reading = sample("ok/transactions-only.jtl")
    assert values(reading)["requests"] == 40
    assert [(p.kind, p.code) for p in reading.problems] == [("warning", "transactions")]


def test_response_data_that_looks_like_samples_is_none() -> None:
    reading = sample("ok/response-data.jtl")
    assert (values(reading)["requests"], values(reading)["failures"]) == (12, 1)
    assert values(reading, ("endpoint", "POST /chat & wait"))["max"] == 117


def test_samples_without_time_stamps_have_times_but_no_rate() -> None:
    reading = sample("ok/no-time-stamps.jtl")
    assert values(reading)["requests"] == 40
    assert not {"rate", "duration", "throughput", "concurrency"} & set(values(reading))
    assert reading.produced is None


def test_lines_are_those_of_the_file_after_an_empty_line() -> None:
    data = b"\n\n" + BESIDE.replace(b't="107"', b't="x"', 1)
    assert problems(data) == [("invalid", "number", "`t` is `x`, not a count", "results.jtl:5 t")]
    cut = b"\n\n" + BESIDE.replace(END, b"")
    assert problems(cut)[0][3] == "results.jtl:96:1"


def test_time_stamps_may_be_out_of_order() -> None:
    reading = read(HEAD + http(50, 1795400409000) + http(70, 1795400401000) + END)
    assert values(reading)["duration"] == pytest.approx(8050, abs=0.01)


def test_few_error_codes_that_pass_are_a_warning() -> None:
    passed = b"".join(http(50, 1795400401000 + i) for i in range(200))
    found = problems(HEAD + passed + http(50, rc="503") + END)
    assert [(kind, code) for kind, code, *_ in found] == [("warning", "errors-passed")]
    found = problems(HEAD + passed + http(50, rc="Non HTTP response code: java.net.ConnectException", s="false") + END)
    assert found == []
    found = problems(HEAD + passed + 2 * http(50, rc="Non HTTP response code: java.net.ConnectException") + END)
    assert [(kind, code) for kind, code, *_ in found] == [("inconclusive", "errors-passed")]


def test_successes_without_a_code_are_told_where_others_of_their_label_have_one() -> None:
    found = problems(HEAD + 8 * http() + 2 * http(rc="") + END)
    told = "2 of 10 requests have no code, unlike others of their label, and pass as successes"
    assert [entry[:3] for entry in found] == [("warning", "codes-missing", told)]
    assert problems(HEAD + 8 * http(rc="") + http(rc="500", s="false") + END) == []


def test_many_labels_are_counted_together() -> None:
    many = b"".join(http().replace(b"/a", b"/%d" % n) for n in range(300))
    reading = read(HEAD + many + END)
    assert values(reading)["requests"] == 300
    assert [(p.kind, p.code) for p in reading.problems] == [("warning", "many-endpoints")]


@pytest.mark.parametrize(
    ("name", "kind", "code", "message", "place"),
    [
        ("cut-off", "invalid", "cut-off", "the XML ends in the middle: unclosed token", ":62:1"),
        ("no-end", "invalid", "cut-off", "the XML ends in the middle: no element found", ":94:1"),
        ("joined", "invalid", "not-xml", "not well-formed XML: junk after document element", ":95:1"),
        ("unclosed-sample", "invalid", "not-xml", "not well-formed XML: mismatched tag", ":94:3"),
        ("latin-1", "invalid", "not-xml", "not well-formed XML: (invalid token)", ":4:75"),
        ("dtd", "invalid", "unsafe-xml", "refused: DTDForbidden", ""),
        ("nan", "invalid", "number", "`t` is `NaN`, not a count", ":3 t"),
        ("negative", "invalid", "number", "`t` is `-107`, not a count", ":3 t"),
        ("no-success", "invalid", "wrong-shape", "a sample does not say whether it succeeded (`s`)", ":3"),
        ("success-yes", "invalid", "wrong-shape", "a sample says `yes` whether it succeeded (`s`)", ":3"),
        ("no-times", "invalid", "wrong-shape", "a sample has no time `t`", ":3"),
        ("one-without-time-stamp", "invalid", "wrong-shape", "only some samples have a time stamp (`ts`)", ":4"),
        ("seconds", "invalid", "number", "`ts` is 1795400475, no time in ms since 1970", ":3"),
        ("sums", "invalid", "sums", "an element that sums up several samples", ":3"),
        ("zero-samples", "inconclusive", "no-samples", "no request was made", ":1 t"),
        ("all-failed", "inconclusive", "all-failed",
         "every request failed: its times say nothing of answers", ":1 t"),
        ("errors-passed", "inconclusive", "errors-passed",
         "5 of 60 requests got a code of 400 or more, or no answer, and pass as successes", ":1 t"),
        ("no-message", "inconclusive", "transactions-unknown",
         "30 of 90 samples have no type `dt`, and without a message `rm` nothing says whether they are transactions", ":5 dt"),
        ("plug-in-samples", "inconclusive", "unknown-samples",
         "30 elements such as `com.example.SampleResultWithSubs` are no samples that can be read", ":1"),
    ],
)  # fmt: skip
def test_broken_sample_says_what_is_wrong(name: str, kind: str, code: str, message: str, place: str) -> None:
    found = problems((HERE / "broken" / f"{name}.jtl").read_bytes())
    assert found[0] == (kind, code, message, f"results.jtl{place}")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "cut-off"),
        (b"\0" * 100, "not-xml"),
        (b"<a/>", "wrong-root"),
        (HEAD + b"\0" + END, "not-xml"),
        (HEAD + b"<a>" * 200_000, "cut-off"),
        (HEAD + b'<sample lb="' + b"a" * 40_000_000, "long-token"),
        (HEAD + http(10**16) + END, "number"),
        (HEAD + http().replace(b't="50"', b't="' + b"9" * 400 + b'"') + END, "number"),
        (HEAD + http().replace(b't="50"', b't="5.5"') + END, "number"),
        (HEAD + http().replace(b't="50"', 't="٥"'.encode()) + END, "number"),
        (HEAD + http().replace(b'na="1"', b'na="x"') + END, "number"),
        (HEAD + http(ts=0) + END, "number"),
        (HEAD + http(inner="&lol;") + END, "not-xml"),
        (HEAD + http(inner="&#xD800;") + END, "not-xml"),
        (b'<?xml version="1.0"?><!DOCTYPE t SYSTEM "file:///etc/passwd"><testResults/>', "unsafe-xml"),
        (b'<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testResults>&b;</testResults>', "unsafe-xml"),
        (b'<?xml version="1.0" encoding="utf-7"?><testResults/>', "unsafe-xml"),
        (b'<?xml version="1.0" encoding="nonsense"?><testResults/>', "unsafe-xml"),
        (BESIDE.decode().encode("utf-16"), "not-xml"),
    ],
)  # fmt: skip
def test_hostile_input_is_refused(data: bytes, code: str) -> None:
    assert [(kind, found) for kind, found, *_ in problems(data)] == [("invalid", code)]


def test_long_response_data_is_read_past() -> None:
    data = HEAD + http(inner="<responseData>" + "a" * 40_000_000 + "</responseData>") + END
    assert values(read(data))["requests"] == 1


def test_deep_nesting_is_read_past() -> None:
    data = HEAD + http(inner="<a>" * 100_000 + "</a>" * 100_000) + END
    assert values(read(data))["requests"] == 1


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
@pytest.mark.parametrize("name", ["beside.jtl", "nested.jtl", "empty-line-first.jtl"])
def test_file_in_pieces_reads_as_a_whole(name: str, size: int) -> None:
    data = (HERE / "ok" / name).read_bytes()
    streamed = READER.read(Source.streamed("results.jtl", Pieces(data, size)), None)
    assert streamed.facts == read(data).facts


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert problems(data)
    problems(HEAD + data)


@given(st.integers(0, 5000), st.binary(min_size=1, max_size=3))
def test_random_edits_raise_nothing_else(place: int, edit: bytes) -> None:
    problems(BESIDE[:place] + edit + BESIDE[place + len(edit) :])


def test_sniff_needs_xml_and_its_root() -> None:
    assert READER.sniff(BESIDE) == READER.sniff(b"\n" + BESIDE) == 90
    assert READER.sniff(BESIDE.replace(b"testResults", b"testsuites")) == 0
    assert READER.sniff(b"text " + BESIDE) == 0


def test_sniff_knows_no_other_sample() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert len(known) == 9
    assert {path.parent.name for path in known} == {"jmeter"}


def test_real_files_reproduce_their_ground_truth() -> None:
    index = SHARED / "real" / "INDEX.tsv"
    if not index.exists():
        pytest.skip(f"no real files at {SHARED}")
    with index.open(newline="", encoding="utf-8") as lines:
        found_rows = [r for r in csv.DictReader(lines, delimiter="\t") if r["format"] == "JMeter JTL XML"]
    names = {"top_level": "requests", "failed": "failures", "mean": "mean", "min": "min", "max": "max", "p50": "p50",
             "p90": "p90", "p95": "p95", "p99": "p99", "p99.9": "p99.9"}  # fmt: skip
    compared = 0
    for row in found_rows:
        truth = json.loads(row["ground_truth"])
        reading = read((SHARED / "real" / row["file"]).read_bytes())
        found = values(reading)
        for key, metric in names.items():
            if key not in truth or (key == "p99.9" and truth["n"] % 1000 == 0):
                continue  # the index rounds 1998.0000000000002 up to the next rank
            assert found[metric] == pytest.approx(truth[key], abs=6e-5), (row["file"], key)
            compared += 1
        if truth["span_s"] is not None:
            assert found["duration"] == pytest.approx(truth["span_s"] * 1000, abs=0.01)
        labels = {f.labels[0][1] for f in reading.facts if f.labels and f.labels[0][0] == "endpoint"}
        assert len(labels) == truth["labels"], row["file"]
        assert "invalid" not in {problem.kind for problem in reading.problems}
    assert (len(found_rows), compared) == (8, 71)


def test_trap_11_produced_run_agrees_with_the_log_of_the_server() -> None:
    """The server saw 720 requests, 46 of them failed; the file has 1080 rows, 92 of them failed."""
    index = SHARED / "produced" / "INDEX.tsv"
    if not index.exists():
        pytest.skip(f"no produced files at {SHARED}")
    with index.open(newline="", encoding="utf-8") as lines:
        row = next(r for r in csv.DictReader(lines, delimiter="\t") if r["format"] == "jmeter.jtl.xml")
    truth = json.loads(row["ground_truth"])
    reading = read((SHARED / "produced" / row["file"]).read_bytes())
    found, transactions = values(reading), values(reading, ("transaction", "TC chat flow"))
    assert row["server_truth"].startswith("n=720;")
    assert row["server_truth"].endswith("503=46")
    assert (found["requests"], found["failures"]) == (720, 46)
    assert 720 + int(str(transactions["requests"])) == truth["top_level"]
    assert 46 + int(str(transactions["failures"])) == truth["failed"]
    mean = (720 * float(str(found["mean"])) + 360 * float(str(transactions["mean"]))) / 1080
    assert mean == pytest.approx(truth["mean"], abs=6e-5)
