"""The k6 summary reader against its samples, against real files, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.k6_summary import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "k6-summary"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
REAL = SHARED / "loadtest" / "real"


def load(name: str) -> Source:
    return Source(Path(name).name, (HERE / name).read_bytes())


def values(reading: Reading, **labels: str) -> dict[str, object]:
    wanted = tuple(sorted(labels.items()))
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == wanted}


def verdicts(reading: Reading) -> dict[str, object]:
    return {f.labels[0][1]: f.value for f in reading.facts if f.metric == "threshold"}


def problems(source: Source) -> list[tuple[str, str, str]]:
    try:
        found = READER.read(source, None).problems
    except Unreadable as error:
        found = (error.problem,)
    return [(problem.kind, problem.code, str(problem.at)) for problem in found]


def changed(name: str, metric: str, stat: str, value: object) -> Source:
    """Load a sample with one statistic of one metric replaced."""
    document = json.loads((HERE / name).read_text())
    entry: dict[str, Any] = document["metrics"][metric]
    entry.get("values", entry)[stat] = value
    return Source(name, json.dumps(document, indent=1).encode())


@pytest.mark.parametrize("path", sorted((HERE / "ok").iterdir()), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_no_blocking_problem(path: Path) -> None:
    source = Source(path.name, path.read_bytes())
    reading = READER.read(source, None)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} <= {"warning"}
    assert READER.sniff(source.data) == 90


@pytest.mark.parametrize("path", sorted((HERE / "broken").iterdir()), ids=lambda p: p.name)
def test_broken_sample_proves_nothing(path: Path) -> None:
    kinds = {kind for kind, _, _ in problems(Source(path.name, path.read_bytes()))}
    assert kinds & {"invalid", "inconclusive"}


def test_export_values_are_those_of_the_run() -> None:
    """The server counted 1 182 requests and 16 answers with status 503."""
    overall = values(READER.read(load("ok/export.json"), None))
    assert overall["requests"] == 1182
    assert overall["errors"] == pytest.approx(16 / 1182)
    assert overall["duration"] == pytest.approx(1182 / 106.91700602566851 * 1000)
    assert (overall["p50"], overall["p95"]) == (22.541549500000002, 102.82756050000005)
    assert (overall["checks"], overall["throughput"]) == (1426 / 1564, 11905.054848614498)


def test_handle_summary_values_are_those_of_the_run() -> None:
    reading = READER.read(load("ok/handle.json"), None)
    overall = values(reading)
    assert (overall["requests"], overall["errors"]) == (1197, 11 / 1197)
    assert (overall["duration"], overall["p99.9"]) == (11144.533031, 201.78675097200002)
    fact = next(f for f in reading.facts if f.metric == "p95" and not f.labels)
    assert (fact.unit, fact.samples, fact.origin) == ("ms", 1197, "file")
    assert str(fact.at) == "handle.json:106:18 /metrics/http_req_duration/values/p(95)"
    assert reading.produced is None


def test_both_shapes_agree_on_the_names() -> None:
    names = [{(f.metric, f.labels) for f in READER.read(load(f"ok/{n}-tags.json"), None).facts}
             for n in ("export", "handle")]  # fmt: skip
    assert names[0] == names[1]


def test_export_thresholds_are_inverted() -> None:
    assert '"rate<0.01": true' in load("ok/export.json").text  # and k6 exited with 99
    reading = READER.read(load("ok/export.json"), None)
    assert verdicts(reading) == {
        "checks: rate>0.9": True,
        "http_req_duration: p(95)<400": True,
        "http_req_duration: p(99)<2000": True,
        "http_req_duration{endpoint:chat}: p(95)<50": False,
        "http_req_duration{expected_response:true}: avg<500": True,
        "http_req_failed: rate<0.01": False,
    }
    overall = values(reading)
    assert (overall["thresholds.passed"], overall["thresholds.failed"]) == (4, 2)


def test_handle_summary_thresholds_are_not_inverted() -> None:
    found = verdicts(READER.read(load("ok/handle.json"), None))
    assert found["http_req_duration{endpoint:chat}: p(95)<50"] is False
    assert found["http_req_failed: rate<0.01"] is True


def test_without_thresholds_none_is_counted_as_failed_or_passed() -> None:
    reading = READER.read(load("ok/export-no-thresholds.json"), None)
    assert not any(fact.metric.startswith("threshold") for fact in reading.facts)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("verdict-flipped", "146:30 /metrics/http_req_failed/thresholds/rate<0.01"),
        ("verdict-flipped-handle",
         "272:21 /metrics/http_req_duration{endpoint:chat}/thresholds/p(95)<50"),
        ("failures-hidden", "148:22 /metrics/http_req_failed/value"),
        ("more-judged-than-made", "143:23 /metrics/http_req_failed/passes"),
        ("percentiles-out-of-order", "33:22 /metrics/http_req_duration/p(95)"),
        ("rate-mismatch", "165:18 /metrics/http_reqs/values/count"),
        ("checks-mismatch", "161:19 /root_group"),
    ],
)  # fmt: skip
def test_contradiction_is_invalid_at_its_place(name: str, place: str) -> None:
    found = problems(load(f"broken/{name}.json"))
    assert ("invalid", "contradiction", f"{name}.json:{place}") in found


@pytest.mark.parametrize(
    ("name", "code", "place"),
    [
        ("empty", "empty", ""),
        ("cut-in-half", "not-json", ":97:1"),
        ("duplicate-key", "duplicate-key", ":27"),
        ("nan", "not-json", ":33"),
        ("infinity", "number", ":33:22 /metrics/http_req_duration/p(95)"),
        ("negative", "number", ":33:22 /metrics/http_req_duration/p(95)"),
        ("text-number", "number", ":33:22 /metrics/http_req_duration/p(95)"),
        ("metrics-list", "wrong-shape", ":1:31 /metrics"),
        ("mixed-shapes", "wrong-shape", ":53:14 /metrics"),
        ("verdict-null", "wrong-shape", ":146:30 /metrics/http_req_failed/thresholds/rate<0.01"),
    ],
)
def test_broken_file_is_unreadable_at_its_place(name: str, code: str, place: str) -> None:
    assert problems(load(f"broken/{name}.json")) == [("invalid", code, f"{name}.json{place}")]


def test_passes_of_http_req_failed_are_the_failures() -> None:
    metrics = json.loads(load("ok/export-refused.json").text)["metrics"]
    assert metrics["http_req_failed"]["passes"] == 175  # 158 refused and 17 answered with 503
    overall = values(READER.read(load("ok/export-refused.json"), None))
    assert overall["errors"] == pytest.approx(175 / 474)


def test_refused_requests_make_times_better_so_there_is_a_warning() -> None:
    reading = READER.read(load("ok/export-refused.json"), None)
    expected = values(reading, response="expected")
    assert (values(reading)["p95"], expected["p95"]) == (64.91931489999995, 77.81774759999996)
    assert [(p.kind, p.code, p.message, str(p.at)) for p in reading.problems] == [
        (
            "warning",
            "failed-fast",
            "the mean is 17.1245 ms with failed requests, 26.5099 ms without: they failed fast, or a quick endpoint failed more often",
            "export-refused.json:60:20 /metrics/http_req_duration/avg",
        ),
        (
            "warning",
            "thresholds-failed",
            "1 of 2 thresholds of the script did not hold: `http_req_duration{name:chat}: p(99)<100`",
            "export-refused.json:83:30 /metrics/http_req_duration{name:chat}/thresholds/p(99)<100",
        ),
    ]
    fact = next(f for f in reading.facts if f.labels == (("response", "expected"),))
    assert fact.samples == 299


@pytest.mark.parametrize("gone", [("p(90)", "p(95)"), ("p(90)", "p(95)", "avg")])
def test_a_summary_without_p95_tells_what_failures_made_better(gone: tuple[str, ...]) -> None:
    """`--summary-trend-stats` chooses the figures."""
    document = json.loads((HERE / "ok/export-refused.json").read_text())
    document["metrics"]["http_req_duration"] |= {"p(99)": 107.1}
    document["metrics"]["http_req_duration{expected_response:true}"] |= {"p(99)": 119.2}
    for metric in document["metrics"].values():
        for stat in gone:
            metric.pop(stat, None)
    reading = READER.read(Source("k6.json", json.dumps(document).encode()), None)
    (problem,) = [p for p in reading.problems if p.code == "failed-fast"]
    names = {2: "the mean is 17.1245 ms", 3: "p50 is 10.8297 ms", 4: "p99 is 107.1 ms"}
    assert problem.message.startswith(names[len(gone)])


def test_without_failures_expected_responses_are_not_repeated() -> None:
    assert not values(READER.read(load("ok/handle-tags.json"), None), response="expected")


@pytest.mark.parametrize("name", ["all-refused", "zero-requests", "zero-requests-handle"])
def test_zeros_without_samples_give_no_times_and_no_verdicts(name: str) -> None:
    reading = READER.read(load(f"broken/{name}.json"), None)
    assert {p.code for p in reading.problems if p.kind == "inconclusive"} <= {"no-samples", "all-failed"}
    assert "p95" not in values(reading)
    assert set(verdicts(reading)) <= {"http_reqs: count<9", "oops: count<1"}


def test_trap_27_a_run_whose_requests_failed_proves_nothing() -> None:
    found = problems(load("broken/all-failed.json"))
    assert [(kind, code) for kind, code, _ in found] == [("inconclusive", "all-failed")]
    mostly = changed("ok/export-no-thresholds.json", "http_req_failed", "value", 0.6)
    entry = json.loads(mostly.data)
    total = entry["metrics"]["http_reqs"]["count"]
    entry["metrics"]["http_req_failed"].update(passes=0.6 * total, fails=0.4 * total)
    reading = READER.read(Source("mostly.json", json.dumps(entry).encode()), None)
    assert "60% of the requests failed" in next(p for p in reading.problems if p.kind == "inconclusive").message


@pytest.mark.parametrize("dropped", [False, True])
def test_trap_16_a_stall_is_told_but_of_an_open_loop(dropped: bool) -> None:
    source = changed("ok/export-no-thresholds.json", "http_req_duration", "max", 3_600_000)
    document = json.loads(source.data)
    if dropped:
        document["metrics"]["dropped_iterations"] = {"count": 5, "rate": 0.1}
    reading = READER.read(Source("stall.json", json.dumps(document).encode()), None)
    told = [p.message for p in reading.problems if p.code == "coordinated-omission"]
    assert len(told) == (0 if dropped else 1)


def test_no_errors_without_requests() -> None:
    assert "errors" not in values(READER.read(load("broken/zero-requests.json"), None))


def test_threshold_on_a_misspelt_tag_is_inconclusive() -> None:
    reading = READER.read(load("broken/threshold-without-samples.json"), None)
    text = "http_req_duration{endpoint:chat,method:POST}: p(95)<2000"
    assert [p.message for p in reading.problems] == [f"`{text}` was decided without a sample"]
    assert text not in verdicts(reading)


def test_p99_is_missing_unless_configured_even_beside_its_threshold() -> None:
    reading = READER.read(load("ok/export.json"), None)
    assert "http_req_duration: p(99)<2000" in verdicts(reading)
    assert "p99" not in values(reading)


def test_null_gives_no_fact() -> None:
    source = changed("ok/export-no-thresholds.json", "http_req_duration", "p(95)", None)
    overall = values(READER.read(source, None))
    assert "p95" not in overall
    assert "p90" in overall


def test_null_request_count_is_no_samples() -> None:
    found = problems(load("broken/null-count.json"))
    assert ("inconclusive", "no-samples") in {(kind, code) for kind, code, _ in found}


def test_submetrics_are_labelled_with_their_tags() -> None:
    reading = READER.read(load("ok/handle-tags.json"), None)
    both = values(reading, endpoint="chat", method="POST")
    assert both["p95"] == 89.69346184999999
    one = values(reading, endpoint="chat")
    assert (one["requests"], one["errors"]) == (274, 0)
    assert values(reading, scenario="peak")["p50"] == 40.454003


def test_only_handle_summary_says_which_metrics_are_times() -> None:
    assert values(READER.read(load("ok/handle.json"), None))["custom.llm_ttft.p95"] == 94.16830875
    export = READER.read(load("ok/export.json"), None)
    assert not any(fact.metric.startswith("custom.") for fact in export.facts)


def test_allocated_users_are_not_active_users() -> None:
    reading = READER.read(load("ok/export.json"), None)
    overall = values(reading)
    assert (overall["concurrency.allocated"], overall["concurrency"]) == (18, 10)
    place = "export.json:158:20 /metrics/vus_max/max"
    assert ("warning", "idle-users", place) in problems(load("ok/export.json"))


def test_dropped_iterations_are_given_only_if_there_are_any() -> None:
    assert values(READER.read(load("ok/handle-tags.json"), None))["dropped"] == 87
    assert "dropped" not in values(READER.read(load("ok/handle.json"), None))


def test_requests_without_a_verdict_are_a_warning() -> None:
    document = json.loads(load("ok/export-no-thresholds.json").text)
    document["metrics"]["http_req_failed"]["fails"] -= 100
    source = Source("x.json", json.dumps(document).encode())
    assert [(kind, code) for kind, code, _ in problems(source)] == [("warning", "unjudged")]


def test_run_without_http_gives_checks_and_a_warning() -> None:
    document = json.loads(load("ok/handle.json").text)
    kept = ("checks", "llm_ttft", "iterations", "vus", "vus_max")
    document["metrics"] = {name: document["metrics"][name] for name in kept}
    source = Source("grpc.json", json.dumps(document).encode())
    overall = values(READER.read(source, None))
    assert {"checks", "custom.llm_ttft.p95"} <= set(overall)
    assert not {"requests", "errors", "p95"} & set(overall)
    assert ("warning", "no-http") in {(kind, code) for kind, code, _ in problems(source)}


@pytest.mark.parametrize("value", [10**390, -1, True, "1"])
def test_number_that_cannot_be_meant_never_crashes(value: object) -> None:
    for metric, stat in (("http_reqs", "count"), ("vus", "max"), ("llm_ttft", "p(95)")):
        found = problems(changed("ok/handle.json", metric, stat, value))
        assert found[0][:2] == ("invalid", "number")


def test_run_without_any_measurement_is_inconclusive() -> None:
    assert problems(load("broken/no-measurement.json")) == [
        ("inconclusive", "no-samples", "no-measurement.json:9:16 /metrics")
    ]


@pytest.mark.parametrize(
    "head",
    [
        b'{"type":"Metric","data":{"name":"vus_max"},"metric":"iteration_duration","metrics":1}',
        b'{"metadata":{"k6Version":"1.5.0"},"results":{"metrics":["vus_max","http_req_duration"]}}',
        b'{"metrics": {"vus_max": {}}}',
        b'["metrics", "root_group", "vus_max"]',
        b"",
    ],
    ids=["ndjson", "machine-readable", "one-mark", "not-an-object", "empty"],
)
def test_sniff_refuses_what_is_no_summary(head: bytes) -> None:
    assert READER.sniff(head) == 0


def test_sniff_knows_no_other_sample() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert known
    assert {p.parent.name for p in known} == {"k6"}
    assert all(b"http_req" in p.read_bytes() or b"grpc" in p.read_bytes() for p in known)
    assert not any("machine-readable" in p.name or "result.json" in p.name for p in known)


def real_files() -> list[tuple[str, dict[str, Any]]]:
    if not (REAL / "INDEX.tsv").exists():
        return []
    with (REAL / "INDEX.tsv").open(newline="", encoding="utf-8") as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    return [(r["file"], json.loads(r["ground_truth"])) for r in rows
            if r["format"] in ("k6 --summary-export JSON", "k6 handleSummary JSON")]  # fmt: skip


def compare(file: str, truth: dict[str, Any]) -> int:
    """Compare what one real file says with the values computed from it independently."""
    reading = READER.read(Source(file, (REAL / file).read_bytes()), None)
    found = values(reading)
    names = {"n": "requests", "rps": "rate", "fail_rate": "errors", "avg": "mean", "med": "p50",
             "p90": "p90", "p95": "p95", "p99": "p99", "max": "max", "vus_max": "concurrency.allocated"}  # fmt: skip
    for key, metric in names.items():
        if truth[key] is None:
            assert metric not in found, (file, key)
        else:
            assert found[metric] == pytest.approx(truth[key], abs=5.1e-5), (file, key)
    assert found["duration"] == pytest.approx(truth["duration_s"] * 1000, abs=0.051)
    passes, fails = truth["checks"]
    assert found["checks"] == pytest.approx(passes / (passes + fails))
    wanted = {text: verdict == "PASS" for text, verdict in truth["thresholds"].items()}
    assert {text: held for text, held in verdicts(reading).items() if text in wanted} == wanted
    assert {problem.kind for problem in reading.problems} <= {"warning"}
    return len(names) + 2 + len(wanted)


def test_real_files_reproduce_their_ground_truth() -> None:
    files = real_files()
    if not files:
        pytest.skip(f"no real files at {REAL}")
    compared = sum(compare(file, truth) for file, truth in files)
    print(f"k6: {len(files)} files, {compared} values compared")
    assert (len(files), compared) == (9, 131)


def test_a_summary_whose_groups_list_no_check_is_no_contradiction() -> None:
    """As k6 writes it with `--system-tags` that lack `group` and `check`."""
    content = json.loads((HERE / "ok" / "handle.json").read_text())
    content["root_group"]["checks"], content["root_group"]["groups"] = [], []
    source = Source("s.json", json.dumps(content).encode())
    assert [p.code for p in READER.read(source, None).problems if p.kind == "invalid"] == []
