"""The reader of k6's machine-readable summary against its samples, and trap by trap."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.k6_machine_readable import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "k6-machine-readable"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
EXPECTED = {"response": "expected"}


def load(name: str) -> Source:
    return Source(Path(name).name, (HERE / name).read_bytes())


def values(reading: Reading, **labels: str) -> dict[str, Any]:
    wanted = tuple(sorted(labels.items()))
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == wanted}


def problems(source: Source) -> list[tuple[str, str, str, str]]:
    try:
        found = READER.read(source, None).problems
    except Unreadable as error:
        found = (error.problem,)
    return [(p.kind, p.code, str(p.at), p.message) for p in found]


def changed(name: str, metric: str, **stats: object) -> Source:
    """Load a sample with some statistics of one metric replaced."""
    document = json.loads((HERE / name).read_text())
    entry = next(e for e in document["results"]["metrics"] if e["name"] == metric)
    entry["values"] |= stats
    return Source(name, json.dumps(document, indent=1).encode())


@pytest.mark.parametrize("path", sorted((HERE / "ok").iterdir()), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_no_blocking_problem(path: Path) -> None:
    source = Source(path.name, path.read_bytes())
    reading = READER.read(source, None)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} <= {"warning"}
    assert READER.sniff(source.data) == 90


def test_values_are_those_of_the_run() -> None:
    """The run is that of handlesummary-stats.json: 1 197 requests, 11 of them answered with 503."""
    reading = READER.read(load("ok/full.json"), None)
    overall = values(reading)
    assert (overall["requests"], overall["failures"]) == (1197, 11)
    assert overall["errors"] == 11 / 1197
    assert overall["checks"] == 1452 / 1592
    assert (overall["concurrency"], overall["concurrency.allocated"]) == (10, 18)
    assert (overall["min"], overall["mean"], overall["p50"], overall["p90"], overall["p95"], overall["max"]) == (
        2.339744, 33.61670276775272, 21.526861, 74.25032500000006, 105.8082744, 260.094746)  # fmt: skip
    assert overall["custom.llm_ttft.p95"] == 94.16830875
    assert values(reading, endpoint="chat")["p95"] == 94.280318
    fact = next(f for f in reading.facts if f.metric == "p95" and not f.labels)
    assert (fact.unit, fact.samples, fact.origin) == ("ms", 1197, "file")
    assert str(fact.at) == "full.json:101:28 /results/metrics/3/values/p95"


def test_summary_of_the_same_run_agrees() -> None:
    """The handleSummary file of the run, whose values were computed independently."""
    index = SHARED / "loadtest" / "produced" / "INDEX.tsv"
    if not index.exists():
        pytest.skip(f"no samples at {SHARED}")
    line = next(li for li in index.read_text().splitlines() if "handlesummary-stats" in li)
    truth = json.loads(line.split("\t")[10].strip('"').replace('""', '"'))
    overall = values(READER.read(load("ok/full.json"), None))
    names = {"n": "requests", "rps": "rate", "failed": "failures", "fail_rate": "errors", "avg": "mean", "med": "p50",
             "p90": "p90", "p95": "p95", "max": "max", "vus_max": "concurrency.allocated"}  # fmt: skip
    for key, metric in names.items():
        assert overall[metric] == pytest.approx(truth[key], abs=5.1e-5), key
    assert overall["duration"] == pytest.approx(truth["duration_s"] * 1000, abs=0.051)
    assert overall["checks"] == truth["checks"][0] / sum(truth["checks"])


def test_trap_2_neither_p99_nor_thresholds_are_in_it() -> None:
    for path in (HERE / "ok").iterdir():
        reading = READER.read(Source(path.name, path.read_bytes()), None)
        assert not [f for f in reading.facts if f.metric == "p99" or "threshold" in f.metric]


def test_trap_2_both_ways_to_write_a_percentile_are_read() -> None:
    short, long = (values(READER.read(load(f"ok/{n}.json"), None)) for n in ("full", "parentheses"))
    assert '"p(95)"' in load("ok/parentheses.json").text
    assert '"p95"' in load("ok/full.json").text
    assert (short["p90"], short["p95"]) == (long["p90"], long["p95"])


def test_trap_2_counters_have_no_rate_so_it_is_derived() -> None:
    reading = READER.read(load("ok/full.json"), None)
    found = {f.metric: f for f in reading.facts if not f.labels}
    assert found["rate"].value == pytest.approx(1197 / 11.144533031)
    assert found["throughput"].value == pytest.approx(133163 / 11.144533031)
    assert (found["rate"].origin, found["throughput"].origin) == ("derived", "derived")
    assert found["duration"].value == pytest.approx(11144.533031)


def test_trap_3_run_without_http_gives_its_own_times_and_a_warning() -> None:
    reading = READER.read(load("ok/grpc.json"), None)
    overall = values(reading)
    assert overall["custom.grpc_req_duration.p95"] == 4.4
    assert not {"requests", "errors", "p95"} & set(overall)
    assert [(p.kind, p.code) for p in reading.problems] == [("warning", "no-http")]


def test_trap_8_refused_requests_that_better_p95_are_a_warning() -> None:
    source = changed("ok/full.json", "http_req_duration", p95=80.5, p90=70, avg=30)
    found = [p for p in problems(source) if p[1] == "failed-fast"]
    assert [message for *_, message in found] == [
        "p95 is 80.5 ms with failed requests, 105.85 ms without: they failed fast, or a quick endpoint failed more often"
    ]


def test_expected_responses_are_not_repeated_without_failures() -> None:
    assert not values(READER.read(load("ok/no-checks-dropped.json"), None), **EXPECTED)
    reading = READER.read(load("ok/full.json"), None)
    fact = next(f for f in reading.facts if f.labels == (("response", "expected"),))
    assert fact.samples == 1197 - 11


def test_dropped_iterations_are_load_that_was_not_offered() -> None:
    reading = READER.read(load("ok/no-checks-dropped.json"), None)
    assert values(reading)["dropped"] == 87
    assert "dropped" not in values(READER.read(load("ok/full.json"), None))


def test_run_without_checks_has_no_share_of_them() -> None:
    assert "checks" not in values(READER.read(load("ok/no-checks-dropped.json"), None))


def test_date_is_when_the_summary_was_written() -> None:
    reading = READER.read(load("ok/parentheses.json"), None)
    assert reading.produced == datetime(2026, 11, 23, 1, 14, 10, 417283, UTC)
    assert str(reading.produced_where) == "parentheses.json:8:24 /metadata/generatedAt"
    document = json.loads(load("ok/full.json").text)
    del document["metadata"]["generatedAt"]
    bare = READER.read(Source("x.json", json.dumps(document).encode()), None)
    assert (bare.produced, bare.produced_where) == (None, None)


def test_null_gives_no_fact() -> None:
    overall = values(READER.read(changed("ok/full.json", "http_req_duration", p95=None), None))
    assert "p95" not in overall
    assert "p90" in overall


@pytest.mark.parametrize(
    ("name", "place", "message"),
    [
        ("rate-mismatch", "160:29 /results/metrics/9/values/rate",
         "`rate` of `http_req_failed` is 0.000918964, matches / total make 0.00918964"),
        ("checks-mismatch", "37:36 /results/checks/metrics/2/values/matches",
         "`checks_succeeded` counts 1,452, those listed make 1592"),
        ("percentiles-out-of-order", "101:28 /results/metrics/3/values/p95",
         "`p95` is 5.80827 ms, below `p90` of 74.2503 ms"),
        ("mean-outside", "96:28 /results/metrics/3/values/avg",
         "the mean of 336.167 ms is not between the minimum and the maximum"),
        ("more-judged-than-made", "160:29 /results/metrics/9/values/rate",
         "1,197 requests passed or failed, 119 were made"),
    ],
)  # fmt: skip
def test_contradiction_is_invalid_at_its_place(name: str, place: str, message: str) -> None:
    found = problems(load(f"broken/{name}.json"))
    assert ("invalid", "contradiction", f"{name}.json:{place}", message) in found


@pytest.mark.parametrize(
    ("name", "code", "place", "message"),
    [
        ("empty", "empty", "", "the file is empty"),
        ("cut-off", "not-json", ":197:26", "not valid JSON: Expecting ':' delimiter"),
        ("duplicate-key", "duplicate-key", ":80", "the key 'p95' is given twice in one object"),
        ("nan", "not-json", ":101", "NaN is not JSON"),
        ("infinity", "number", ":138:30 /results/metrics/7/values/count",
         "`count` of `data_received` is `inf`, not a number of 0 or more"),
        ("negative", "number", ":101:28 /results/metrics/3/values/p95",
         "`p95` of `http_req_duration` is `-105.8082744`, not a number of 0 or more"),
        ("text-number", "number", ":101:28 /results/metrics/3/values/p95",
         "`p95` of `http_req_duration` is `'105.8ms'`, not a number of 0 or more"),
        ("fraction-count", "number", ":159:32 /results/metrics/9/values/matches",
         "`matches` of `http_req_failed` is `11.5`, not a whole number"),
        ("matches-missing", "wrong-shape", ":158:27 /results/metrics/9/values", "`http_req_failed` has no `matches`"),
        ("metrics-object", "wrong-shape", ":56:20 /results/metrics", "`results.metrics` is not a list"),
        ("metric-twice", "wrong-shape", ":125:13 /results/metrics/6", "`http_reqs` is there twice"),
        ("values-null", "wrong-shape", ":91:13 /results/metrics/3", "this is no metric with a name, a type and values"),
        ("other-schema", "wrong-shape", ":295:16 /version", "the schema version is `3.0.0`: only 1.x is known"),
        ("duration-zero", "number", ":3:21 /config/duration", "`config.duration` is 0"),
        ("duration-text", "number", ":3:21 /config/duration", "`config.duration` is `'11s'`, not a number of 0 or more"),
        ("generated-at", "not-a-time", ":8:24 /metadata/generatedAt", "`yesterday` is no moment from 2000 on"),
    ],
)  # fmt: skip
def test_broken_file_is_unreadable_at_its_place(name: str, code: str, place: str, message: str) -> None:
    assert problems(load(f"broken/{name}.json")) == [("invalid", code, f"{name}.json{place}", message)]


@pytest.mark.parametrize("name", ["zero-requests", "all-refused", "no-measurement"])
def test_what_measured_nothing_gives_no_times(name: str) -> None:
    reading = READER.read(load(f"broken/{name}.json"), None)
    codes = {p.code for p in reading.problems if p.kind == "inconclusive"}
    assert codes == {"all-failed" if name == "all-refused" else "no-samples"}
    assert not {"p95", "mean"} & set(values(reading))


@pytest.mark.parametrize("value", [10**390, -1, True, "1", [], {}])
def test_number_that_cannot_be_meant_never_crashes(value: object) -> None:
    for metric, stat in (("http_reqs", "count"), ("vus", "max"), ("llm_ttft", "p95"), ("http_req_failed", "total")):
        found = problems(changed("ok/full.json", metric, **{stat: value}))
        assert found[0][:2] == ("invalid", "number")


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 9, "{}".encode("utf-16"), b'{"version": 1' + b"0" * 500 + b"}", b"[]", b"null", b"{}", b"[" * 9999,
     b'{"version":"1.0.0"}', b'{"version":"1.0.0","results":7}', b'{"version":"1.0.0","results":{"metrics":[7]}}',
     b'{"version":"1.0.0","results":{"metrics":[],"checks":{"metrics":[null]}}}',
     b'{"version":"1.0.0","config":{"duration":1},"results":{"metrics":[],"checks":[]}}',
     b'{"version":"1.0.0","config":{"duration":1},"results":{"metrics":[{"name":[],"type":"rate","values":{}}]}}',
     b'{"version":"1.0.0","config":{"duration":1},"results":{"metrics":[{"name":"","type":[],"values":{}}]}}'],
)  # fmt: skip
def test_hostile_input_is_a_problem(data: bytes) -> None:
    assert {kind for kind, *_ in problems(Source("x.json", data))} & {"invalid", "inconclusive"}


@given(st.binary(max_size=300))
def test_random_bytes_never_crash(data: bytes) -> None:
    assert problems(Source("x.json", data))
    READER.sniff(data)


@given(st.data())
def test_damaged_sample_never_crashes(data: st.DataObject) -> None:
    text = bytearray(load("ok/parentheses.json").data)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    text[start:end] = data.draw(st.binary(max_size=8))
    problems(Source("x.json", bytes(text)))


def test_sniff_knows_no_other_sample() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert [p.name for p in known] == ["SYNTHETIC_machine-readable-1.0.0.json"]
