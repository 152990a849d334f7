"""The reader of k6's CSV points against its samples, real files, and trap by trap."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.loadtest.sampled import sample_problems
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.k6_csv import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "k6-csv"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
LOAD = SHARED / "loadtest"
EXPECTED = {"response": "expected"}


def load(name: str) -> Source:
    return Source(Path(name).name, (HERE / name).read_bytes())


def read(data: bytes) -> Reading:
    return READER.read(Source("x.csv", data), None)


def values(reading: Reading, **labels: str) -> dict[str, Any]:
    wanted = tuple(sorted(labels.items()))
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == wanted}


def facts_of(reading: Reading) -> list[tuple[Any, ...]]:
    return sorted((f.metric, f.labels, f.value, f.samples) for f in reading.facts)


def problems(source: Source) -> list[tuple[str, str, str, str]]:
    try:
        found = READER.read(source, None).problems
    except Unreadable as error:
        found = (error.problem,)
    return [(p.kind, p.code, str(p.at), p.message) for p in found]


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((HERE / name).read_text(), newline="")))


def written(table: list[dict[str, str]], **how: Any) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]), lineterminator="\n", **how)
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue().encode()


class Pieces:
    """A stored file that comes in pieces of some size."""

    digest, size = "", 0

    def __init__(self, data: bytes, step: int) -> None:
        self.data, self.step = data, step

    @property
    def head(self) -> bytes:
        return self.data[:65_536]

    def pieces(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), self.step):
            yield self.data[start : start + self.step]


@pytest.mark.parametrize("path", sorted((HERE / "ok").iterdir()), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_no_blocking_problem(path: Path) -> None:
    source = Source(path.name, path.read_bytes())
    reading = READER.read(source, None)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} <= {"warning"}
    assert READER.sniff(source.data) == 90


@pytest.mark.parametrize("name", ["points", "columns-18", "quoted", "few-tags", "rfc3339-nano", "unix-milli", "windows"])
def test_sample_says_what_its_rows_say(name: str) -> None:
    """Counts, sums and extremes are those of the rows parsed one by one."""
    table = rows(f"ok/{name}.csv")

    def column(metric: str) -> list[float]:
        return [float(row["metric_value"]) for row in table if row["metric_name"] == metric]

    times, failed, checks = (column(m) for m in ("http_req_duration", "http_req_failed", "checks"))
    overall = values(READER.read(load(f"ok/{name}.csv"), None))
    assert (overall["requests"], overall["failures"]) == (len(times), sum(failed))
    assert (overall["min"], overall["max"]) == (min(times), max(times))
    assert overall["mean"] == pytest.approx(sum(times) / len(times))
    assert overall["throughput"] == pytest.approx(sum(column("data_received")) / overall["duration"] * 1000)
    assert overall["concurrency"] == max(column("vus"))
    assert overall.get("checks") == (sum(checks) / len(checks) if checks else None)


def test_columns_by_version() -> None:
    """17 columns before 0.31 (no `expected_response`), 18 before 0.41 (no `metadata`), 19 since."""
    tables = {n: rows(f"ok/{name}.csv") for n, name in ((19, "points"), (18, "columns-18"), (17, "columns-17"))}
    assert {n: len(table[0]) for n, table in tables.items()} == {19: 19, 18: 18, 17: 17}
    found = [facts_of(READER.read(load(f"ok/{name}.csv"), None)) for name in ("points", "columns-18", "columns-17")]
    assert found[0] == found[1] == found[2]  # without the tag, status and error judge alike


def test_endpoint_is_the_name_and_the_scenario_is_named_only_if_there_are_several() -> None:
    one = READER.read(load("ok/points.csv"), None)
    assert values(one, endpoint="chat", method="GET")["requests"] == 10
    assert values(one, endpoint="refused", method="GET")["errors"] == 1
    two = READER.read(load("ok/quoted.csv"), None)
    assert values(two, endpoint="POST /chat", method="POST", scenario="peak")["requests"] == 7
    assert values(two, endpoint="GET /items/{id}", method="GET", scenario="browse")["requests"] == 11


def test_cells_may_hold_commas_quotes_and_line_ends() -> None:
    assert b'"overloaded,\n""try later"""' in load("ok/quoted.csv").data
    reading = READER.read(load("ok/quoted.csv"), None)
    assert values(reading)["failures"] == 1
    assert values(reading)["dropped"] == 7
    plain = rows("ok/points.csv")
    assert facts_of(read(written(plain, quoting=csv.QUOTE_ALL))) == facts_of(read(written(plain)))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1795402987", "2026-11-23T03:03:07Z"),
        ("1795402987250", "2026-11-23T03:03:07.250Z"),
        ("1795402987250125", "2026-11-23T03:03:07.250125Z"),
        ("1795402987250125000", "2026-11-23T03:03:07.250125Z"),
        ("2026-11-23T03:03:07Z", "2026-11-23T03:03:07Z"),
        ("2026-11-23T08:33:07.25+05:30", "2026-11-23T03:03:07.250Z"),
    ],
)
def test_all_six_time_formats(text: str, moment: str) -> None:
    row = dict.fromkeys(rows("ok/points.csv")[0], "")
    row |= {"metric_name": "http_req_duration", "timestamp": text, "metric_value": "4.000000", "status": "200"}
    reading = read(written([row]))
    assert reading.produced is not None
    assert abs((reading.produced - datetime.fromisoformat(moment)).total_seconds()) < 2e-6
    assert reading.produced.tzinfo is UTC
    assert reading.load is not None
    assert reading.load.began == pytest.approx(datetime.fromisoformat(moment).timestamp() - 0.004, abs=2e-6)


def test_trap_3_run_without_http() -> None:
    reading = READER.read(load("ok/no-http.csv"), None)
    assert {"checks", "concurrency"} <= set(values(reading))
    assert not {"requests", "errors", "p95", "custom.job_time.p95"} & set(values(reading))  # a time? it does not say
    assert [(p.kind, p.code) for p in reading.problems] == [("warning", "no-http")]


def test_times_that_k6_has_itself_are_known() -> None:
    table = [row | {"metric_name": "grpc_req_duration"} for row in rows("ok/points.csv") if row["metric_name"] == "http_req_duration"]
    reading = read(written(table))
    assert values(reading)["custom.grpc_req_duration.max"] == max(float(row["metric_value"]) for row in table)


def test_trap_8_refused_requests_make_p95_better_so_there_is_a_warning() -> None:
    reading = READER.read(load("ok/points.csv"), None)
    assert values(reading)["p95"] < values(reading, **EXPECTED)["p95"]
    assert reading.load is not None
    assert [p.code for p in sample_problems(reading.load, reading.facts, ())] == ["failed-fast"]


def test_trap_10_tags_judge_and_without_them_the_rows_of_http_req_failed() -> None:
    table = rows("ok/points.csv")
    for row in table:
        row["expected_response"] = "true"
    assert values(read(written(table)))["failures"] == 0
    few = rows("ok/few-tags.csv")
    for row in [row for row in few if row["metric_name"] == "http_req_failed"][3:5]:
        row["metric_value"] = "1.000000"
    reading = read(written(few))
    assert values(reading)["failures"] == 2
    assert "unjudged" not in {p.code for p in reading.problems}
    bare = read(written([row for row in few if row["metric_name"] != "http_req_failed"]))
    assert ("unjudged", "nothing tells whether 24 requests failed") in {(p.code, p.message) for p in bare.problems}


@pytest.mark.parametrize(("status", "many", "kind"), [("503", 30, "inconclusive"), ("0", 30, "inconclusive"), ("404", 1, "warning")])
def test_error_pages_that_the_script_expects_are_told(status: str, many: int, kind: str) -> None:
    """`http.expectedStatuses` makes quick refusals successes: they may not prove quick answers."""
    table = [row for _ in range(10) for row in rows("ok/windows.csv") if row["metric_name"] == "http_req_duration"]
    for number, row in enumerate(table):
        row["metric_value"] = f"{float(row['metric_value']) + number / 1000:.6f}"  # rows are not there twice
        row["expected_response"] = "true"
        row["status"] = status if number < many else "200"
    reading = read(written(table))
    assert values(reading)["failures"] == 0
    (problem,) = [p for p in reading.problems if p.code == "errors-passed"]
    assert (problem.kind, problem.message) == (
        kind, f"{many} of {len(table):,} requests got a status of 400 or more, or no answer, and pass as successes"
    )  # fmt: skip
    assert problem.help == "take it out of `expectedStatuses`, or keep such requests in a run of their own"


@pytest.mark.parametrize("step", [7, 1000, 4096, 30_000])
@pytest.mark.parametrize("name", ["points", "quoted", "windows"])
def test_pieces_of_any_size_give_the_same(name: str, step: int) -> None:
    data = load(f"ok/{name}.csv").data
    streamed = READER.read(Source.streamed("x.csv", Pieces(data, step)), None)
    whole = READER.read(Source("x.csv", data), None)
    assert facts_of(streamed) == facts_of(whole)
    assert streamed.produced_where == whole.produced_where


def test_large_files_with_and_without_quotes_agree() -> None:
    table = [dict(row) for row in rows("ok/points.csv") * 40]
    for number, row in enumerate(table):
        row["extra_tags"] = f"n={number}"
        if row["metric_name"] == "http_req_duration":
            row["metric_value"] = f"{float(row['metric_value']) + number / 1e6:.6f}"
    plain = written(table)
    assert len(plain) > 1_000_000
    quoted = plain.replace(b",chat,HTTP", b',"chat",HTTP')
    assert facts_of(read(plain)) == facts_of(read(quoted))
    assert values(read(plain))["requests"] == 1200


def test_byte_order_mark_and_missing_line_end() -> None:
    data = load("ok/points.csv").data
    for changed in (b"\xef\xbb\xbf" + data, data.removesuffix(b"\n")):
        assert facts_of(read(changed)) == facts_of(read(data))
        assert READER.sniff(changed[:65_536]) == 90


@pytest.mark.parametrize(
    ("name", "code", "place", "message"),
    [
        ("cut-off", "ragged", ":133", "the row has 2 cells, the header 19"),
        ("ragged", "ragged", ":49", "the row has 16 cells, the header 19"),
        ("ragged-row-of-another-metric", "ragged", ":52", "the row has 20 cells, the header 19"),
        ("nan", "number", ":49 metric_value", "the value of `http_req_duration` is `NaN`, not a number of 0 or more"),
        ("infinity", "number", ":49 metric_value", "the value of `http_req_duration` is `+Inf`, not a number of 0 or more"),
        ("negative", "number", ":49 metric_value", "the value of `http_req_duration` is `-4.500000`, not a number of 0 or more"),
        ("empty-value", "number", ":49 metric_value", "the value of `http_req_duration` is ``, not a number of 0 or more"),
        ("time", "not-a-time", ":49 timestamp", "`yesterday` is no time"),
        ("time-short", "not-a-time", ":49 timestamp", "`17954` is no time"),
        ("time-without-zone", "not-a-time", ":49 timestamp", "`2026-11-23T03:03:22` is no time"),
        ("open-quote", "not-csv", ":49", "the row is no CSV: unexpected end of data"),
        ("bad-quote", "not-csv", ":49", "the row is no CSV: ',' expected after '\"'"),
        ("wrong-header", "wrong-header", ":1", "the header is not metric_name,timestamp,metric_value,…,extra_tags"),
        ("no-header", "wrong-header", ":1", "the header is not metric_name,timestamp,metric_value,…,extra_tags"),
        ("not-utf8", "not-utf8", ":3", "the row is not UTF-8 text"),
        ("empty", "empty", "", "the file is empty"),
    ],
)  # fmt: skip
def test_broken_file_is_refused_at_its_place(name: str, code: str, place: str, message: str) -> None:
    assert problems(load(f"broken/{name}.csv")) == [("invalid", code, f"{name}.csv{place}", message)]


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("all-refused", "inconclusive", "all-failed"),
        ("no-measurement", "inconclusive", "no-samples"),
        ("header-only", "inconclusive", "no-samples"),
        ("two-runs", "invalid", "several-runs"),
    ],
)
def test_broken_run_proves_nothing(name: str, kind: str, code: str) -> None:
    found = {(k, c) for k, c, _, _ in problems(load(f"broken/{name}.csv")) if k != "warning"}
    assert found == {(kind, code)}


def test_parts_of_one_run_are_one_run() -> None:
    data = load("ok/points.csv").data
    reading = read(data + data)
    assert values(reading)["requests"] == 60
    assert {p.kind for p in reading.problems} == {"warning"}


HEADER = b"metric_name,timestamp,metric_value,extra_tags\n"


@pytest.mark.parametrize(
    "data",
    [b"\0" * 9, HEADER.decode().encode("utf-16"), b",,,\n", HEADER + b"vus,1795402987," + b"9" * 500 + b",\n",
     HEADER + b"vus," + b"9" * 500 + b",1,\n", HEADER + b"vus,2026-11-23,1,\n", HEADER + b'"' * 3_000_001,
     HEADER + b'vus,1795402987,1,"' + b"x" * 200_000 + b'"\n', HEADER + b"vus,1795402987,1,\0\n\r\r", b"x" * 3_000_000,
     HEADER + b"http_req_duration,0001-01-01T00:00:00+23:59,1,\n", HEADER + b"vus,20261123T030307Z,\xff,\n",
     HEADER + b"checks,1795402987,1e5,\n", "metric_name,timestamp,metric_value,extra_tags\nvus,１７９５４０２９８７,1,\n".encode()],
)  # fmt: skip
def test_hostile_input_is_a_problem(data: bytes) -> None:
    READER.sniff(data[:65_536])
    assert {kind for kind, *_ in problems(Source("x.csv", data))} & {"invalid", "inconclusive"}


@given(st.binary(max_size=300))
def test_random_bytes_never_crash(data: bytes) -> None:
    READER.sniff(data)
    assert problems(Source("x.csv", data))
    problems(Source("x.csv", HEADER + data))


@given(st.data())
def test_damaged_sample_never_crashes(data: st.DataObject) -> None:
    text = bytearray(load(data.draw(st.sampled_from(["ok/quoted.csv", "ok/few-tags.csv"]))).data[:6000])
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    text[start:end] = data.draw(st.binary(max_size=8))
    problems(Source("x.csv", bytes(text)))


@pytest.mark.parametrize(
    ("head", "score"),
    [
        (b"", 0),
        (b"metric_name,timestamp,metric_value\nvus,1,1", 0),
        (b"timestamp,metric_name,metric_value,extra_tags\n", 0),
        (HEADER, 90),
        (HEADER.replace(b"\n", b"\r\n"), 90),
    ],
)
def test_sniff_needs_the_columns_of_k6(head: bytes, score: int) -> None:
    assert READER.sniff(head) == score


def test_sniff_knows_no_other_sample() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = {p.relative_to(LOAD).as_posix() for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])}
    assert {"produced/k6/raw.csv", "produced/k6/small.csv"} <= known
    assert all("k6" in name for name in known)


def indexed() -> list[tuple[Path, dict[str, Any]]]:
    found = []
    for folder in ("real", "produced"):
        if (LOAD / folder / "INDEX.tsv").exists():
            with (LOAD / folder / "INDEX.tsv").open(newline="", encoding="utf-8") as index:
                rows_ = list(csv.DictReader(index, delimiter="\t"))
            found += [(LOAD / folder / r["file"], json.loads(r["ground_truth"])) for r in rows_ if r["format"] == "k6.csv" or
                      (r["tool"] in ("k6", "taurus") and r["file"].endswith("k6_kpi.csv"))]  # fmt: skip
    return found


def test_files_reproduce_their_ground_truth() -> None:
    files = indexed()
    if not files:
        pytest.skip(f"no samples at {LOAD}")
    names = {"n": "requests", "failed": "failures", "vus_max": "concurrency", "mean": "mean", "min": "min", "max": "max",
             "p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99", "p99.9": "p99.9"}  # fmt: skip
    compared = 0
    for path, truth in files:
        reading = READER.read(Source(path.name, path.read_bytes()), None)
        found = values(reading)
        for key, metric in names.items():
            if key in truth and truth[key] is not None:
                assert found[metric] == pytest.approx(truth[key], abs=5.1e-5), (path.name, key)
                compared += 1
    print(f"k6 csv: {len(files)} files, {compared} values compared")
    assert (len(files), compared) == (2, 22)


def test_json_points_of_the_same_run_agree() -> None:
    path = LOAD / "produced" / "k6" / "small.csv"
    if not path.exists():
        pytest.skip(f"no samples at {LOAD}")
    from readiness.evidence.readers.k6_json import READER as JSON

    found = values(READER.read(Source("small.csv", path.read_bytes()), None))
    other = values(JSON.read(Source("small.ndjson", path.with_suffix(".ndjson").read_bytes()), None))
    for metric in ("requests", "failures", "errors", "p50", "p95", "p99", "max", "checks", "concurrency"):
        assert found[metric] == pytest.approx(other[metric], abs=1e-6), metric
    assert found["duration"] == pytest.approx(other["duration"], abs=1000)


POINTS = (HERE / "ok" / "points.csv").read_text().splitlines(keepends=True)


@pytest.mark.parametrize("last", [21, 60])
def test_a_quoted_cell_that_holds_rows_is_refused(last: int) -> None:
    lines = list(POINTS)
    start, _, cell = lines[20].rstrip("\n").rpartition(",")
    lines[20] = f'{start},"{cell}\n'
    lines[last] = lines[last].rstrip("\n") + '"\n'
    ((kind, code, at, message),) = problems(Source("x.csv", "".join(lines).encode()))
    assert (kind, code, at, message) == ("invalid", "not-csv", "x.csv:21", "a quoted cell holds rows")


def test_requests_without_a_time_are_missed() -> None:
    times = [line for line in POINTS if line.startswith("http_req_duration,")]
    gone = set(times[::5])
    assert len(gone) > 1
    found = problems(Source("x.csv", "".join(line for line in POINTS if line not in gone).encode()))
    assert ("invalid", "contradiction") in [(kind, code) for kind, code, *_ in found]
