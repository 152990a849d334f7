"""The reader of JMeter's CSV against its samples, real files, naive recomputation, and trap by trap."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.loadtest.shape import shape_problems
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.jmeter_jtl import READER
from readiness.evidence.readers.jmeter_jtl import layout as layouts
from readiness.evidence.readers.jmeter_jtl.rows import Rows
from readiness.evidence.readers.jmeter_jtl.stamps import Clock
from readiness.model.fact import Fact
from readiness.stats.histogram import Histogram, mean, merge, quantile, size
from tests.evidence.readers.jtl_files import (
    CHILDREN,
    COLUMNS,
    SHARES,
    START,
    OneByOne,
    Shape,
    all_of,
    counted,
    naive,
    rows_of,
    written,
)

HERE = Path(__file__).resolve().parents[2] / "samples" / "jmeter-jtl"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
PLAN = (HERE / "ok" / "plan.jtl").read_bytes()
DATA = (HERE / "ok" / "headerless.jtl").read_bytes()
HEADER = ",".join(COLUMNS).encode() + b"\n"


def read(data: str | bytes, path: str = "x.jtl") -> Reading:
    return READER.read(Source(path, data.encode() if isinstance(data, str) else data), None)


def sample(name: str) -> Reading:
    return read((HERE / name).read_bytes(), name)


def facts(reading: Reading, *labels: tuple[str, str]) -> dict[str, Fact]:
    return {fact.metric: fact for fact in reading.facts if fact.labels == labels}


def values(reading: Reading, *labels: tuple[str, str]) -> dict[str, object]:
    return {metric: fact.value for metric, fact in facts(reading, *labels).items()}


def problems(data: str | bytes, path: str = "x.jtl") -> list[tuple[str, str, str]]:
    """Return kind and code, message, and place of what is wrong, in this order."""
    try:
        found = read(data, path).problems
    except Unreadable as error:
        found = (error.problem,)
    assert all(problem.help for problem in found)
    return [(f"{p.kind} {p.code}", p.message, str(p.at).partition(":")[2]) for p in found]


def rows(*cells: str, head: str = "") -> str:
    """Return a file of rows without a message of the response, which the usual header has."""
    end = "" if head else ",OK"
    head = head or "timeStamp,elapsed,label,responseCode,success,responseMessage"
    return "\n".join((head, *(f"{START + n},{row}{end}" for n, row in enumerate(cells)), ""))


def ways() -> list[type[Rows]]:
    """Return the ways to count: by blocks, row by row, and with NumPy if it is installed."""
    if importlib.util.find_spec("numpy") is None:
        return [Rows, OneByOne]
    from readiness.evidence.readers.jmeter_jtl.bulk import Bulk

    return [Rows, OneByOne, Bulk]


def needs_numpy() -> None:
    if len(ways()) < 3:
        pytest.skip("numpy is not installed (the extra `bulk`)")


def kinds_of(kind: type[Rows], data: bytes) -> Counter[tuple[bytes, bytes, bytes]]:
    found = counted(kind, data)
    found.tally.load()
    return found.tally.kinds


# what an ordinary file gives


def test_the_whole_and_its_parts_with_place_samples_and_interval() -> None:
    reading = read(PLAN)
    whole = values(reading)
    assert [whole[name] for name in ("rows", "requests", "failures")] == [210, 141, 5]
    assert whole["errors"] == pytest.approx(5 / 141)
    assert (whole["concurrency"], whole["duration"]) == (4, 1820)
    p95 = facts(reading)["p95"]
    assert (str(p95.at), p95.unit, p95.samples, p95.origin) == ("x.jtl:1 elapsed", "ms", 141, "derived")
    assert p95.bounds is not None
    assert p95.bounds.low <= float(p95.value) <= p95.bounds.high
    chat = values(reading, ("endpoint", "GET /chat, hello"))
    flaky = values(reading, ("endpoint", "GET /flaky"))
    assert (chat["requests"], flaky["requests"], flaky["failures"]) == (71, 70, 5)
    assert reading.produced is not None
    assert reading.produced.isoformat(timespec="milliseconds") == "2026-11-23T02:21:07.114+00:00"
    assert reading.load is not None
    assert reading.load.arrivals == "closed"


@pytest.mark.parametrize("name", ["headerless", "tabs", "semicolons", "pipes", "windows", "bom", "no-last-end", "dates"])
def test_the_same_rows_in_another_dress_give_the_same_facts(name: str) -> None:
    expected = {(f.metric, f.labels): f.value for f in read(HEADER + DATA).facts}
    assert {(f.metric, f.labels): f.value for f in sample(f"ok/{name}.jtl").facts} == expected


def test_other_columns_give_what_they_can() -> None:
    assert values(sample("ok/reduced.jtl"))["requests"] == 141
    assert "concurrency" not in values(sample("ok/least.jtl"))
    assert values(sample("ok/headerless-old.jtl"))["requests"] == 26


def test_a_message_of_many_lines_hides_no_row() -> None:
    reading = sample("ok/multi-line-message.jtl")
    assert [values(reading)[name] for name in ("rows", "requests", "failures")] == [60, 40, 3]


def test_a_missing_header_and_a_missing_line_end_are_told() -> None:
    assert problems(DATA.rstrip(b"\n")) == [
        ("warning no-header", "no header: the columns are taken to be JMeter's default ones", "1"),
        ("warning cut-off", "the last line has no end, which JMeter writes", ""),
    ]


def test_labels_in_any_script() -> None:
    labels = {dict(f.labels).get("endpoint") for f in sample("ok/unicode.jtl").facts}
    assert {"Überprüfen → チャット", "Тест.Эхо"} <= labels


# traps of shared/loadtest.md


def test_trap_11_rows_of_transaction_controllers_count_in_no_total() -> None:
    flow = values(read(PLAN), ("transaction", "TC chat flow"))
    assert (flow["requests"], flow["failures"]) == (69, 5)
    assert (values(read(PLAN))["max"], flow["max"]) == (133, 144)  # of the request, and of the two together


def test_trap_11_a_file_of_transactions_alone_is_about_them() -> None:
    """With `Generate parent sample` JMeter writes no row for the requests within."""
    reading = sample("ok/transactions-only.jtl")
    assert values(reading)["requests"] == values(reading, ("transaction", "TC chat flow"))["requests"] == 69


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_trap_11_transactions_are_told_whatever_the_delimiter(delimiter: str) -> None:
    shape = Shape(300, transactions=0.4, odd=0, delimiter=delimiter)
    found = rows_of(shape)
    expected = sum(row["dataType"] != "" for row in found)
    for kind in ways():
        assert sum(n for (_, success, _), n in kinds_of(kind, written(found, shape)).items() if success in (b"true", b"false")) == expected


def test_trap_11_a_transaction_beyond_the_hundredth_label_is_no_request() -> None:
    requests = [f"1,r{n % 100},200,OK,text,true" for n in range(200)]
    controllers = [f'9,t{n},200,"{CHILDREN}",,true' for n in range(50)]
    head = "timeStamp,elapsed,label,responseCode,responseMessage,dataType,success"
    reading = read(rows(*requests, *controllers, head=head))
    assert (values(reading)["requests"], values(reading)["max"]) == (200, 1)
    assert values(reading, ("transaction", "(others)"))["requests"] == 50
    assert [p.message for p in reading.problems] == ["50 labels are counted together as `(others)`"]


def test_a_message_about_transactions_on_a_sample_with_a_type_is_a_request() -> None:
    head = "timeStamp,elapsed,label,responseMessage,dataType,success"
    reading = read(rows(f'5,a,"{CHILDREN}",text,true', f'6,b,"{CHILDREN}",,true', "7,c,OK,,true", head=head))
    assert values(reading)["requests"] == 2


UNTOLD = "timeStamp,elapsed,label,responseCode,dataType,success"


def test_trap_11_without_messages_rows_without_a_type_may_be_transactions() -> None:
    data = rows("5,a,200,text,true", "6,b,200,,true", "7,c,200,bin,true", "8,d,200,,true", head=UNTOLD)
    assert problems(data) == [
        ("inconclusive transactions-unknown",
         "2 of 4 rows have no `dataType`, and without `responseMessage` nothing says whether they are transactions", "3 dataType")
    ]  # fmt: skip
    (problem,) = read(data).problems
    assert "response_message=true" in problem.help
    assert [name for name in ("p95", "errors") if problem.concerns((name,))] == ["errors"]
    assert problems(rows("5,a,200,text,true", "6,b,200,bin,true", head=UNTOLD)) == []


@pytest.mark.parametrize(("data", "kind"), [
    (rows("5,a,200,,true", "6,b,200,,true", head=UNTOLD), "inconclusive"),
    (rows("5,a,200,true", "6,b,200,true", head=UNTOLD.replace("dataType,", "")), "inconclusive"),
    (rows("5,a,200,true", "6,a,200,true", head=UNTOLD.replace("dataType,", "")), "warning"),
    (f"{START},5,a,200,t,true,1,2\n", "warning"),
])  # fmt: skip
def test_trap_11_where_nothing_tells_transactions_from_requests_what_counts_them_proves_nothing(data: str, kind: str) -> None:
    """A controller has a name of its own: with one label there is none."""
    told = "without `responseMessage` and a `dataType` nothing tells transactions of a controller from requests: what counts them may be doubled"
    assert [found for found in problems(data) if "header" not in found[0]] == [(f"{kind} transactions-unknown", told, "1")]
    (problem,) = [p for p in read(data).problems if p.code == "transactions-unknown"]
    assert [name for name in ("p95", "steady.p99", "rate.held", "requests", "errors") if problem.concerns((name,))] == ["rate.held", "requests", "errors"]


def test_trap_11_messages_alone_tell_transactions() -> None:
    head = "timeStamp,elapsed,label,responseMessage,success"
    assert problems(rows("5,a,OK,true", f'6,b,"{CHILDREN}",true', head=head)) == []


@pytest.mark.parametrize("columns", [UNTOLD.split(","), [*UNTOLD.replace("dataType,", "").split(","), "dataType"]])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("odd", [0.0, 0.001])
def test_trap_11_a_row_without_a_type_is_found_in_a_large_file_by_all_ways(columns: list[str], end: str, odd: float) -> None:
    shape = Shape(3_000, odd=odd, columns=tuple(columns), end=end)
    found = rows_of(shape)
    for place in (1_700, 2_300):
        found[place]["dataType"] = ""
    data = written(found, shape)
    for kind in ways():
        for block in (5_000, 1 << 19):
            counts = counted(kind, data, block)
            assert (counts.untyped, counts.first_untyped) == (2, 1_702), kind


def legacy(ordered: list[int], share: float) -> float:
    """The percentile of Commons Math's `LEGACY` estimation, of which the dashboard makes use."""
    place = share * (len(ordered) + 1)
    low = math.floor(place)
    if low < 1:
        return float(ordered[0])
    if low >= len(ordered):
        return float(ordered[-1])
    return ordered[low - 1] + (place - low) * (ordered[low] - ordered[low - 1])


PAIRS = {
    "cashi": ("cashi_results.jtl", "cashi_statistics.json"),
    "gyeshwanth": ("gyeshwanth_results.jtl", "gyeshwanth_statistics.json"),
    "daraz": ("daraz_results.jtl", "daraz_statistics.json"),
    "blazedemo": ("blazedemo-26998_results.reduced.jtl", "blazedemo-26998_statistics.json"),
    "jmeter": ("apache__jmeter__HTMLReportTestFile.csv", "apache__jmeter__HTMLReportExpect.json"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_trap_13_the_dashboard_says_legacy_percentiles_of_the_last_20000_rows(name: str) -> None:
    """Ours are of all rows by nearest rank: both follow from the same file, and differ as told."""
    folder = SHARED / "real" / "jmeter"
    if not folder.is_dir():
        pytest.skip(f"no samples at {folder}")
    data = (folder / PAIRS[name][0]).read_bytes()
    total = json.loads((folder / PAIRS[name][1]).read_bytes())["Total"]
    times = [int(row["elapsed"]) for row in csv.DictReader(io.StringIO(data.decode(), newline=""))]
    last = sorted(times[-20_000:])
    stated = [total[f"pct{n}ResTime"] for n in (1, 2, 3)]
    assert [legacy(last, share) for share in (0.9, 0.95, 0.99)] == pytest.approx(stated, abs=0.006)
    whole = values(read(data))
    assert whole["requests"] == total["sampleCount"] == len(times)
    assert whole["failures"] == total["errorCount"]
    assert whole["mean"] == pytest.approx(total["meanResTime"])
    assert whole["rate"] == pytest.approx(total["throughput"], rel=1e-5)
    assert [whole[p] for p in ("p90", "p95", "p99")] == [sorted(times)[math.ceil(s * len(times)) - 1] for s in (0.9, 0.95, 0.99)]


def test_trap_13_over_20000_rows_the_two_differ() -> None:
    folder = SHARED / "real" / "jmeter"
    if not folder.is_dir():
        pytest.skip(f"no samples at {folder}")
    stated = json.loads((folder / PAIRS["blazedemo"][1]).read_bytes())["Total"]["pct3ResTime"]
    found = values(read((folder / PAIRS["blazedemo"][0]).read_bytes()))["p99"]
    assert (round(stated, 2), found) == (1291.99, 1268)


def test_trap_16_a_closed_loop_hides_a_stall_and_the_file_tells_of_it() -> None:
    steady = [f"{START + 100 * n},20,a,200,true,5" for n in range(600)]
    before, after = steady[:300], [f"{START + 30_000 + 5_000 + 100 * n},20,a,200,true,5" for n in range(300)]
    stalled = [f"{START + 30_000 + n},5000,a,200,true,5" for n in range(5)]
    data = "\n".join(("timeStamp,elapsed,label,responseCode,success,allThreads", *before, *stalled, *after, ""))
    reading = read(data)
    assert reading.load is not None
    told = {p.code: p.message for p in shape_problems(reading.load, reading.facts, Source("x", b"").at())}
    assert told["stall"] == "almost nothing was sent for 4 s from second 31 on"
    assert told["coordinated-omission"].startswith("p99 is 20 ms as measured, and 4,")
    assert values(reading)["corrected.p99"] > 4_000  # type: ignore[operator]


def test_trap_25_every_row_counts() -> None:
    """That a dashboard with one sample fewer is seen is tested in `test_agreement.py`."""
    whole = values(read(rows(*["7,a,200,true"] * 29)))
    assert (whole["rows"], whole["requests"]) == (29, 29)


def test_trap_27_committed_failures_are_facts_and_all_failed_proves_nothing() -> None:
    folder = SHARED / "real" / "jmeter"
    assert problems((HERE / "broken" / "all-failed.jtl").read_bytes())[0][0] == "inconclusive all-failed"
    if not folder.is_dir():
        pytest.skip(f"no samples at {folder}")
    reading = read((folder / PAIRS["blazedemo"][0]).read_bytes())
    assert values(reading)["errors"] == pytest.approx(0.336136, abs=1e-6)
    assert {p.kind for p in reading.problems if p.concerns(("p95",))} == {"warning"}


def test_error_codes_and_no_answers_that_pass_are_told() -> None:
    few = [f"5,a,{200 if n else 500},true" for n in range(100)]
    assert problems(rows(*few)) == [
        ("warning errors-passed", "1 of 100 requests got a code of 400 or more, or no answer, and pass as successes", "1 elapsed")
    ]
    assert problems(rows(*few, "5,a,404,true"))[0][0] == "inconclusive errors-passed"
    refused = "Non HTTP response code: java.net.ConnectException"
    assert problems(rows(*few[1:], f"5,a,{refused},true", f"5,a,{refused},false"))[0][1].startswith("1 of 101 requests")


@pytest.mark.parametrize(("passed", "total", "kind"), [(1, 1, "inconclusive"), (1, 2, "inconclusive"), (1, 3, "warning"), (2, 3, "inconclusive")])
def test_a_single_error_page_matters_where_it_is_half_of_all(passed: int, total: int, kind: str) -> None:
    data = rows(*[f"5,a,{500 if n < passed else 200},true" for n in range(total)])
    assert problems(data)[0][0] == f"{kind} errors-passed"


def test_successes_without_a_code_are_told_where_others_of_their_label_have_one() -> None:
    """An HTTP sampler always sets a code; a sampler of your own may set none, or only on errors."""
    data = rows(*["5,a,200,true"] * 8, "5,a,,true", "5,a,,true", *["5,java,,true"] * 3, "5,java,500,false", "5,a,,false")
    assert problems(data) == [
        ("warning codes-missing", "2 of 15 requests have no code, unlike others of their label, and pass as successes", "1 elapsed")
    ]


@pytest.mark.parametrize("code", ["OK", "", "302", "1064", "5xx", "9" * 5000, "²³¹"])
def test_what_is_no_error_code_of_http_passes(code: str) -> None:
    assert problems(rows(f"5,a,{code},true")) == []


# real files


def real_files() -> list[tuple[str, dict[str, float | None]]]:
    found = []
    for part in ("real", "produced"):
        index = SHARED / part / "INDEX.tsv"
        if index.exists():
            with index.open(newline="", encoding="utf-8") as lines:
                table = list(csv.DictReader(lines, delimiter="\t"))
            found += [(f"{part}/{r['file']}", json.loads(r["ground_truth"])) for r in table
                      if r["tool"] == "jmeter" and ("csv" in r["format"].lower())]  # fmt: skip
    return found


def test_real_files_reproduce_their_ground_truth() -> None:
    """INDEX counts all rows; so do the two groups together, that of transactions and the other."""
    files = real_files()
    if not files:
        pytest.skip(f"no samples at {SHARED}")
    checked = 0
    for name, truth in files:
        data = (SHARED / name).read_bytes()
        if not truth:
            assert values(read(data))["requests"] == 3  # without a header: INDEX has nothing of it
            continue
        load = counted(OneByOne, data).tally.load()
        groups = load.groups()
        times = merge(h for c in groups.values() for h in c)
        users = [w.users for w in load.windows if w.users is not None]
        found = {
            "rows": size(times), "failed": sum(size(c.failed) for c in groups.values()), "labels": len(groups), "n": size(times),
            "span_s": load.seconds, "rps": size(times) / (load.seconds or 1), "threads_max": max(users, default=None),
            "mean": mean(times), "min": times.values[0], "max": times.values[-1],
            **{name: quantile(times, float(share)) for name, share in SHARES.items() if name != "p75"},
        }  # fmt: skip
        for key, value in found.items():
            assert value == (truth[key] if value is None else pytest.approx(truth[key], abs=5.1e-5)), (name, key)
            checked += 1
        whole = values(read(data))
        assert whole == {**whole, **{k: pytest.approx(v) for k, v in naive(data).items()}}, name
        assert whole["rows"] == truth["rows"]
    print(f"JTL: {len(files)} files, {checked} values compared")
    assert (len(files), checked) == (15, 14 * 15)


def test_the_produced_run_says_what_its_server_counted() -> None:
    """The server's access log: 720 requests, 360 of each, and 36 answers of 503, all of `/flaky`."""
    path = SHARED / "produced" / "jmeter" / "run1.jtl"
    if not path.exists():
        pytest.skip(f"no samples at {SHARED}")
    reading = read(path.read_bytes())
    assert [values(reading)[name] for name in ("rows", "requests", "failures")] == [1080, 720, 36]
    flaky = values(reading, ("endpoint", "GET /flaky"))
    chat = values(reading, ("endpoint", "GET /chat, hello"))
    assert (flaky["requests"], flaky["failures"], chat["requests"], chat["failures"]) == (360, 36, 360, 0)


def test_sniff_knows_no_other_sample() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = {p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])}
    assert known == {SHARED / name for name, _ in real_files()}


# broken files


@pytest.mark.parametrize(
    ("name", "what", "message", "place"),
    [
        ("unclosed-quote", "invalid not-csv", "a quote is opened and never closed", "18"),
        ("quote-closed-below", "invalid not-csv", "a quote is opened and not closed where it should be", "11"),
        ("quote-over-rows", "invalid not-csv", "a quoted cell holds rows", "18"),
        ("quote-over-dated-rows", "invalid not-csv", "a quoted cell holds rows", "18"),
        ("ragged", "invalid ragged", "16 cells where there should be 17", "5"),
        ("one-cell-more", "invalid ragged", "18 cells where there should be 17", "5"),
        ("cut-off", "invalid ragged", "12 cells where there should be 17", "31"),
        ("nan", "invalid number", "`NaN` is no elapsed time", "5"),
        ("negative", "invalid number", "`-13` is no elapsed time", "5"),
        ("seconds", "invalid number", "`0.012` is no elapsed time", "5"),
        ("verdict", "invalid number", "success is `yes`, neither true nor false", "5"),
        ("stamp", "invalid number", "`1795400466` is no time stamp", "5"),
        ("dates-and-milliseconds", "invalid number", "`1795400466139` is no time stamp", "42"),
        ("joined", "invalid number", "`timeStamp` is no time stamp", "42"),
        ("latin-1-label", "invalid not-utf8", "the label is not UTF-8 text", "5"),
        ("no-success", "invalid wrong-header", "the header has no column `success`", "1"),
        ("column-twice", "invalid wrong-header", "the header has a column twice", "1"),
        ("utf-16", "invalid not-utf8", "the file is UTF-16", ""),
        ("no-message", "inconclusive transactions-unknown",
         "9 of 30 rows have no `dataType`, and without `responseMessage` nothing says whether they are transactions", "5 dataType"),
        ("header-only", "inconclusive no-samples", "no request was made", "1 elapsed"),
        ("all-failed", "inconclusive all-failed", "every request failed: its times say nothing of answers", "1 elapsed"),
        ("half-failed", "inconclusive all-failed", "50% of the requests failed: its times say nothing of answers", "1 elapsed"),
        ("errors-passed", "inconclusive errors-passed",
         "9 of 26 requests got a code of 400 or more, or no answer, and pass as successes", "1 elapsed"),
        ("refused-passed", "inconclusive errors-passed",
         "7 of 26 requests got a code of 400 or more, or no answer, and pass as successes", "1 elapsed"),
    ],
)  # fmt: skip
def test_broken_sample_says_what_is_wrong_and_where(name: str, what: str, message: str, place: str) -> None:
    assert problems((HERE / "broken" / f"{name}.jtl").read_bytes())[0] == (what, message, place)


def test_every_broken_sample_is_in_the_table_above() -> None:
    marks = test_broken_sample_says_what_is_wrong_and_where.pytestmark  # type: ignore[attr-defined]
    told = {case[0] for case in marks[0].args[1]}
    assert told == {path.stem for path in (HERE / "broken").glob("*.jtl")}


# layouts


@pytest.mark.parametrize(
    ("line", "score"),
    [
        ("timeStamp,elapsed,label,success", 90),
        ("timeStamp;elapsed;label", 90),
        ('"timeStamp"\t"elapsed"\t"success"', 90),
        ("\ufefftimeStamp|elapsed|label|success|x", 90),
        ("timeStamp,Latency,label,success", 0),
        ("elapsed,label,success", 0),
        (f"{START},5,a,200,OK,t,text,true,,1,2,3,4,u,5,6,7", 80),
        (f'{START},5,"a, b",200,OK,t,text,true,,1,2,3,4,u,5,6,7', 80),
        (f"{START},5,a,200,OK,t,text,false,1,2", 80),
        (f'{START},5,"a\nb",200,OK,t,text,false,1,2', 80),
        (f"{START},5,a,200,true", 0),
        (f"{START},5.5,a,200,OK,t,text,true", 0),
        (f"{START // 1000},5,a,200,OK,t,text,true", 0),
        (f"{START},5,a,200,OK,t,text,True", 0),
        (f'{START},5,"a,200,OK,t,text,true', 0),
        ("", 0),
        ("# timeStamp,elapsed,label,success", 0),
    ],
)
def test_sniff_by_header_or_by_default_columns(line: str, score: int) -> None:
    assert READER.sniff(line.encode()) == score
    assert READER.sniff(f"{line}\r\n1,2".encode()) == score
    assert READER.sniff(line.encode("utf-16")) == score


def test_columns_without_a_header_are_named_as_far_as_they_are_sure() -> None:
    def columns(line: str) -> tuple[str, ...]:
        found = layouts.guess(f"{START},5,{line}".encode())
        assert found is not None
        return found.columns

    assert columns("a,200,OK,t,text,true,,1,2,3,4,u,5,6,7") == COLUMNS
    assert columns("a,200,OK,t,text,true,1,2") == (*COLUMNS[:8], "", "")
    assert columns("a,200,t,true,1,2") == (*COLUMNS[:4], "", "success", "", "")


# time stamps


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1795400465793", 1_795_400_465_793),
        ("2026/11/23 02:21:05.793", 1_795_400_465_793),
        ("2026-11-23 02:21:05.793", 1_795_400_465_793),
        ("2026-11-23 02:21:05,793", 1_795_400_465_793),
        ("2026-11-23T02:21:05.793", 1_795_400_465_793),
        ("2026-11-23T04:21:05.793+0200", 1_795_400_465_793),
        ("2026-11-23T04:21:05+02:00", 1_795_400_465_000),
        ("2026/11/23 02:21:05", 1_795_400_465_000),
        ("1795400465", None),
        ("17954004657930", None),
        ("-795400465793", None),
        ("1795400465793.0", None),
        ("", None),
        ("NaN", None),
        ("23.11.2026 02:21", None),
        ("9999-12-31 23:59:59", None),
        ("0001-01-01 00:00:00", None),
        ("1940-01-01 00:00:00.000", None),
        ("2026-02-30 00:00:00.000", None),
        ("\u0661795400465793", None),
    ],
)
def test_time_stamps(text: str, expected: int | None) -> None:
    assert Clock().parse(text) == expected


def test_the_first_time_stamp_sets_the_pattern() -> None:
    clock = Clock()
    assert clock.parse("2026/11/23 02:21:05") == 1_795_400_465_000
    assert not clock.epoch()
    assert [clock.parse(text) for text in ("2026-11-23 02:21:05", "1795400465793", "2026/11/23 02:21:06")] == [None, None, 1_795_400_466_000]
    clock = Clock()
    assert clock.epoch()
    assert clock.parse("2026/11/23 02:21:05") is None


# against naive recomputation, and all ways against each other

SHAPES = st.builds(
    Shape,
    rows=st.integers(1, 250),
    seconds=st.sampled_from([1, 20, 127, 128, 3_000, 40_000]),
    labels=st.sampled_from([1, 3, 20, 130]),
    odd=st.sampled_from([0.0, 0.0, 0.02, 0.3]),
    transactions=st.sampled_from([0.0, 0.3, 1.0]),
    delimiter=st.sampled_from([",", ",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\n", "\r\n"]),
    columns=st.sampled_from([COLUMNS, COLUMNS, tuple(c for c in COLUMNS if c != "allThreads"), ("timeStamp", "elapsed", "label", "success"),
                             tuple(c for c in COLUMNS if c != "responseMessage"), ("timeStamp", "elapsed", "label", "success", "dataType")]),
    digits=st.sampled_from([2, 4, 8, 9, 12]),
    seed=st.integers(0, 2**32),
)


@given(SHAPES)
def test_facts_are_those_of_a_naive_recomputation(shape: Shape) -> None:
    found = rows_of(shape)
    data = written(found, shape)
    whole, expected = values(read(data)), naive(data, shape.delimiter)
    if "users" not in shape.columns and "allThreads" not in shape.columns:
        assert "concurrency" not in whole
    assert {k: whole[k] for k in expected} == {k: pytest.approx(v, rel=1e-12) for k, v in expected.items()}


@given(SHAPES)
def test_parts_are_those_of_a_naive_recomputation(shape: Shape) -> None:
    shape = shape._replace(labels=min(shape.labels, 20))
    found = rows_of(shape)
    columns = {"responseMessage", "dataType"} <= set(shape.columns)
    reading = read(written(found, shape))
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in found:
        groups.setdefault(("endpoint" if row["dataType"] or not columns else "transaction", row["label"]), []).append(row)
    for labels, part in groups.items():
        times = sorted(int(row["elapsed"]) for row in part)
        got = values(reading, labels)
        assert (got["requests"], got["min"], got["max"]) == (len(part), times[0], times[-1])
        assert got["failures"] == sum(row["success"] == "false" for row in part)
        assert got["p90"] == times[math.ceil(0.9 * len(times) - 1e-9) - 1]


@given(SHAPES)
def test_windows_are_those_of_a_naive_recomputation(shape: Shape) -> None:
    found = rows_of(shape)
    load = counted(Rows, written(found, shape), 700).tally.load()
    stamps = [int(row["timeStamp"]) / 1000 for row in found]
    width = 1
    while max(stamps) // width - min(stamps) // width >= 128:
        width *= 2
    assert load.width == width
    for window in load.windows:
        begin = load.began + window.start
        inside = [row for row, stamp in zip(found, stamps, strict=True) if begin <= stamp + 1e-6 < begin + width]
        assert window.requests == len(inside)
        users = [int(row["allThreads"]) for row in inside if row["allThreads"].isdigit()] if "allThreads" in shape.columns else []
        assert window.users == max(users, default=None)
    assert sum(w.requests for w in load.windows) == len(found)


@settings(max_examples=200)
@given(SHAPES, st.sampled_from([200, 1_000, 10_000, 1 << 19]))
def test_all_ways_to_count_agree(shape: Shape, block: int) -> None:
    needs_numpy()
    data = written(rows_of(shape), shape)
    expected = all_of(counted(OneByOne, data, block))
    for kind in ways():
        assert all_of(counted(kind, data, block)) == expected, kind


@settings(max_examples=10)
@given(st.integers(0, 2**32), st.sampled_from([9_000, 50_000]))
def test_all_ways_agree_over_many_blocks(seed: int, block: int) -> None:
    needs_numpy()
    shape = Shape(4_000, seconds=9_000, labels=150, odd=0.0005, transactions=0.0005, digits=6, seed=seed)
    data = written(rows_of(shape), shape)
    expected = all_of(counted(Rows, data, 3_000))
    for kind in ways():
        assert all_of(counted(kind, data, block)) == expected, kind


@pytest.mark.parametrize("message", [0, 55, 56, 57, 58, 120, 5_000])
@pytest.mark.parametrize("label", [1, 30, 57, 64, 150, 192, 400])
def test_long_cells_are_found_column_by_column(label: int, message: int) -> None:
    needs_numpy()
    head = "timeStamp,elapsed,failureMessage,label,responseCode,allThreads,URL,success"
    cells = [f"{n % 90},{'m' * (message * (n % 3 == 0))},{'l' * label}{n % 3},{200 + n % 2},{n % 7},u,{'true' if n % 5 else 'false'}" for n in range(900)]
    data = rows(*cells, head=head).encode()
    expected = all_of(counted(OneByOne, data))
    assert all_of(counted(Rows, data)) == expected
    bulk, by_rows = ways()[2], []

    class Watched(bulk):  # type: ignore[misc, valid-type]
        def _closer(self, data: bytes, start: int, end: int) -> None:
            by_rows.append(data.count(b"\n", start, end))
            super()._closer(data, start, end)

    assert all_of(counted(Watched, data, 20_000)) == expected
    assert sum(by_rows) <= 8 if label < 180 else by_rows


def test_rows_shorter_than_a_word_of_marks() -> None:
    needs_numpy()
    data = rows(*[f"{n % 10},{'ab'[n % 2]},,true" for n in range(3_000)]).encode()
    expected = all_of(counted(OneByOne, data))
    for kind in ways():
        assert all_of(counted(kind, data, 10_000)) == expected, kind


ODD_ROWS = [
    "1795400465793,5,a,200,true,5,extra", "1795400465793,5,a,200,true", "1795400465793,,a,200,true,5", "179540046579,5,a,200,true,5",
    "17954004657931,5,a,200,true,5", "1795400465793,-5,a,200,true,5", "1795400465793,+5,a,200,true,5", "1795400465793, 5,a,200,true,5",
    "1795400465793,5_0,a,200,true,5", "1795400465793,5,a,200,+true,5", "1795400465793,5,a,200,TRUE,5", "1795400465793,5,a,200,,5",
    "1795400465793,1234567890123,a,200,true,5", "1795400465793,NaN,a,200,true,5", '1795400465793,5,"a,200,true,5', "x", "\0",
    '1795400465793,5,"a"b,200,true,5', '1795400465793,5,a"b,200,true,5', "1795400465793,5,a\rb,200,true,5",
    f"1795400465793,5,{'a' * 200_000}\",200,true,5", f'1795400465793,5,"{"a" * 140_000}",200,true,5',
]  # fmt: skip


@pytest.mark.parametrize("row", ODD_ROWS, ids=lambda row: row[:40])
@pytest.mark.parametrize("count", [3, 500])
def test_all_ways_refuse_the_same_rows_and_name_the_line(row: str, count: int) -> None:
    good = [f"{START + n},{n % 9},a{n % 7},200,true,{n % 5}" for n in range(count)]
    data = "\n".join(("timeStamp,elapsed,label,responseCode,success,allThreads", *good, row, *good, "")).encode()
    told = []
    for kind in ways():
        for block in (300, 1 << 19):
            with pytest.raises(Unreadable) as caught:
                counted(kind, data, block)
            told.append((caught.value.problem.code, caught.value.problem.message, caught.value.problem.at.line))
    assert {line for _, _, line in told} == {count + 2}
    assert len(set(told)) == 1


def test_two_ragged_rows_that_make_up_for_each_other_are_refused() -> None:
    good = [f"{START},5,a,200,true,5"] * 5
    ragged = [f"{START},5,a,200,true", f"{START},{START},5,a,200,true,5"]
    data = "\n".join(("timeStamp,elapsed,label,responseCode,success,allThreads", *good, *ragged, *good, "")).encode()
    for kind in ways():
        with pytest.raises(Unreadable, match="5 cells where there should be 6") as caught:
            counted(kind, data)
        assert caught.value.problem.at.line == 7


def test_blank_lines_are_no_rows() -> None:
    data = rows("5,a,200,true", "6,a,200,true").replace("\n", "\n\n").encode()
    assert [all_of(counted(kind, data))["count"] for kind in ways()] == [2] * len(ways())


def test_labels_that_differ_in_two_high_bits_stay_apart() -> None:
    """Bits that a multiplication cannot carry down would make two digests of NumPy's way equal."""
    needs_numpy()
    for salt in range(16):
        first = f"{salt:04}aaaaaaaaaaaa"
        second = first[:7] + "!" + first[8:12] + "caa!"
        data = rows(*[f"5,{label},200,true" for label in (first, second) * 20]).encode()
        labels = {dict(k).get("endpoint") for k in counted(ways()[2], data).tally.load().groups()}
        assert labels == {first, second}


def test_which_hundred_labels_are_kept_depends_on_the_file_alone() -> None:
    needs_numpy()
    shape = Shape(3_000, seconds=300, labels=400, odd=0.01, seed=5)
    data = written(rows_of(shape), shape)
    kept = {tuple(sorted(counted(kind, data, block).tally.load().groups())) for kind in ways() for block in (500, 5_000, 1 << 19)}
    assert len(kept) == 1
    first = dict.fromkeys(row["label"] for row in csv.DictReader(io.StringIO(data.decode(), newline="")))
    assert {name for ((_, name),) in kept.pop()} == {*list(first)[:100], "(others)"}


def test_labels_with_ids_in_them_keep_memory_and_time_bounded() -> None:
    """Over 10,000 kinds of rows: NumPy's way leaves them to the other, and the tally forgets names."""
    data = "".join(f"{START + n},5,/item/{n},200,true\n" for n in range(30_000))
    data = f"timeStamp,elapsed,label,responseCode,success\n{data}"
    for kind in ways():
        found = counted(kind, data.encode())
        load = found.tally.load()
        assert load.dropped == 10_000
        assert len(found.tally.kinds) <= 10_001
        assert sum(found.tally.kinds.values()) == found.count == 30_000
        assert len(load.groups()) == 101
    assert read(data).problems[-1].message == "10,000 labels and more are counted together as `(others)`"


# hostile input


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    for data in (noise, HEADER + noise, HEADER + DATA[:300] + noise, HEADER + noise + b"\n" + DATA):
        assert READER.sniff(data) in (0, 80, 90)
        assert all(isinstance(found, tuple) for found in problems(data))


@given(st.integers(0, len(PLAN)), st.binary(min_size=1, max_size=3))
def test_a_damaged_file_is_read_or_refused_and_all_ways_agree(place: int, noise: bytes) -> None:
    data = PLAN[:place] + noise + PLAN[place + len(noise) :]
    told = []
    for kind in ways():
        try:
            told.append(repr(all_of(counted(kind, data))))
        except Unreadable as error:
            told.append(repr(error.problem))
    assert len(set(told)) == 1


@given(st.integers(1, len(PLAN) - 1))
def test_a_file_cut_off_anywhere_never_passes_in_silence(place: int) -> None:
    found = problems(PLAN[:place])
    if not PLAN[:place].endswith(b"\n") or place < PLAN.find(b"\n") + 2:
        assert found


@pytest.mark.parametrize("cell", ["9" * 5000, "1e400", "-1", "NaN", "Infinity", "0x10", "\u0661", "", " 5", "5 ", "1_000", "1,5"])
@pytest.mark.parametrize("place", [0, 1, 4])
def test_numbers_that_are_none_are_refused(cell: str, place: int) -> None:
    cells = [str(START), "5", "a", "200", "true"]
    cells[place] = f'"{cell}"'
    data = "\n".join(("timeStamp,elapsed,label,responseCode,success", ",".join(cells), "")).encode()
    assert problems(data)[0][0] == "invalid number"
    assert problems(data.replace(b'"', b""))[0][0] in ("invalid number", "invalid ragged")


@pytest.mark.parametrize("cell", ["9" * 5000, "-1", "x", "", "\u00b2"])
def test_users_that_are_no_number_are_not_known(cell: str) -> None:
    head = "timeStamp,elapsed,label,success,allThreads"
    for kind in ways():
        load = counted(kind, rows(f"5,a,true,{cell}", "5,a,true,7", head=head).encode()).tally.load()
        assert [w.users for w in load.windows] == [7]
        load = counted(kind, rows(f"5,a,true,{cell}", head=head).encode()).tally.load()
        assert [w.users for w in load.windows] == [None]


def test_nothing_at_all_is_refused() -> None:
    assert problems("")[0][0] == "invalid wrong-header"
    assert problems("\0" * 100)[0][0] == "invalid wrong-header"
    assert problems(HEADER)[0][0] == "inconclusive no-samples"
    assert problems(HEADER + b"\0" * 2_000_000)[0][:2] == ("invalid long-line", "a line of over 1 MiB")
    assert problems(HEADER + b"\0" * 2_000)[0][:2] == ("invalid not-text", "the file holds NUL bytes")


def test_a_quote_open_over_a_mebibyte_is_refused_at_its_row() -> None:
    good = "".join(f"{START + n},5,a,200,true\n" for n in range(50))
    filler = "x y z\n" * 250_000
    data = f'timeStamp,elapsed,label,responseCode,success\n{good}{START},5,"a\n{filler}'.encode()
    for kind in ways():
        with pytest.raises(Unreadable, match="is its quote closed") as caught:
            counted(kind, data)
        assert caught.value.problem.at.line == 52


@pytest.mark.parametrize("share", [1, 50])
def test_quoted_cells_of_many_lines_may_cross_blocks_one_after_the_other(share: int) -> None:
    """Half of a mebibyte and more lies within quotes at the ends of all blocks, and no quote is open."""
    trace = "expected 200\n" + "\tat a.frame(of.it)\n" * 100
    cells = [f'{n % 90},a{n % 3},500,false,"{trace if n % share == 0 else ""}"' for n in range(1_500 * min(share, 40))]
    data = rows(*cells, head="timeStamp,elapsed,label,responseCode,success,failureMessage").encode()
    expected = naive(data)
    for kind in ways():
        found = counted(kind, data)
        assert (found.count, sum(w.requests for w in found.tally.load().windows)) == (expected["rows"],) * 2, kind


@pytest.mark.parametrize("size", [131_072, 131_073])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("message", ["", '"quoted"'])
def test_a_cell_may_have_128_kib_with_quotes_or_without(size: int, quote: str, message: str) -> None:
    good = [f"{n % 90},a,200,true,{message}" for n in range(6_000)]
    long = f"5,a,200,true,{quote}{'m' * size}{quote}"
    data = rows(*good, long, *good * 9, head="timeStamp,elapsed,label,responseCode,success,failureMessage").encode()
    for kind in ways():
        if size == 131_072:
            assert counted(kind, data).count == 60_001
            continue
        with pytest.raises(Unreadable, match="a cell of over 128 KiB") as caught:
            counted(kind, data)
        assert caught.value.problem.at.line == 6_002


def test_rows_far_apart_take_no_more_memory() -> None:
    """A row a second: a block spans hours, and windows are as wide as that from its first row on."""
    needs_numpy()
    lines = [f"{START + n * 1000},{n % 90},a,true\n" for n in range(80_000)]
    data = f"timeStamp,elapsed,label,success\n{''.join(lines)}".encode()
    expected = all_of(counted(Rows, data))
    tracemalloc.start()
    try:
        assert all_of(counted(ways()[2], data)) == expected
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


def test_log_lines_in_a_message_are_no_rows() -> None:
    head = "timeStamp,elapsed,label,success,responseMessage"
    log = "seen:\n2026-11-25 10:00:00,123 ERROR at x\n2026-11-25 10:00:00,124|WARN|y\n1795400465793 ok"
    assert problems(rows(f'5,a,true,"{log}"', head=head)) == []
    assert problems(rows(f'5,a,true,"{log}\n1795400465793,5"', head=head))[0][1] == "a quoted cell holds rows"


def test_a_quote_over_rows_is_seen_where_time_stamps_are_no_first_column() -> None:
    head = "elapsed,label,success,responseCode,timeStamp,responseMessage\n"
    lines = [f"{n},a,{'true' if n % 3 else 'false'},200,{START + n},OK\n" for n in range(60)]
    lines[20] = lines[20].replace(",OK", ',"OK')
    lines[40] = lines[40].replace(",OK", ',OK"')
    assert problems((head + "".join(lines)).encode())[0][1] == "a quoted cell holds rows"
    note = f'{5},a,true,200,{START},"one line,\ntwo, of, five, commas, here\nthree"\n'
    assert "holds rows" not in str(problems((head + note).encode()))


def test_duration_of_whole_seconds_is_whole() -> None:
    """Seconds since the epoch are no finer than 0.2 µs as a float: 30 min must be 30 min."""
    data = f"timeStamp,elapsed,label,success\n{START},1,a,true\n{START + 1_800_000 - 7},7,a,true\n"
    assert values(read(data))["duration"] == 1_800_000


def test_histogram_counts_may_be_of_billions() -> None:
    assert size(Histogram((1.0,), (5_000_000_000,))) == 5_000_000_000
