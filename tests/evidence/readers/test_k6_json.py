"""The reader of k6's JSON points against its samples, real files, and trap by trap."""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.collect import READERS
from readiness.evidence.loadtest.sampled import sample_problems
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.k6_json import READER, layout

HERE = Path(__file__).resolve().parents[2] / "samples" / "k6-json"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
LOAD = SHARED / "loadtest"
EXPECTED = {"response": "expected"}


def load(name: str) -> Source:
    return Source(Path(name).name, (HERE / name).read_bytes())


def read(data: bytes, name: str = "x.json") -> Reading:
    return READER.read(Source(name, data), None)


def values(reading: Reading, **labels: str) -> dict[str, Any]:
    wanted = tuple(sorted(labels.items()))
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == wanted}


def problems(source: Source) -> list[tuple[str, str, str, str]]:
    try:
        found = READER.read(source, None).problems
    except Unreadable as error:
        found = (error.problem,)
    return [(p.kind, p.code, str(p.at), p.message) for p in found]


def entries(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text().splitlines()]


def written(lines: list[dict[str, Any]], **how: Any) -> bytes:
    compact = {"separators": (",", ":")} | how
    return "".join(json.dumps(line, **compact) + "\n" for line in lines).encode()


def points(lines: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [line["data"] for line in lines if line["type"] == "Point" and line["metric"] == name]


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


def facts_of(reading: Reading) -> list[tuple[Any, ...]]:
    return sorted((f.metric, f.labels, f.value, f.samples) for f in reading.facts)


@pytest.mark.parametrize("path", sorted((HERE / "ok").iterdir()), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_no_blocking_problem(path: Path) -> None:
    source = Source(path.name, path.read_bytes())
    reading = READER.read(source, None)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} <= {"warning"}
    assert READER.sniff(source.data) == 90


@pytest.mark.parametrize("name", ["points", "scenarios", "few-tags", "metadata", "null-callback"])
def test_sample_says_what_json_says(name: str) -> None:
    """Counts, sums and extremes are those of the lines parsed one by one."""
    lines = entries(f"ok/{name}.json")
    times = [point["value"] for point in points(lines, "http_req_duration")]
    overall = values(READER.read(load(f"ok/{name}.json"), None))
    assert overall["requests"] == len(times)
    assert (overall["min"], overall["max"]) == (min(times), max(times))
    assert overall["mean"] == pytest.approx(sum(times) / len(times))
    failed = [point["value"] for point in points(lines, "http_req_failed")]
    if failed:
        assert overall["failures"] == sum(failed)
        assert overall["errors"] == sum(failed) / len(failed)
    if checks := [point["value"] for point in points(lines, "checks")]:
        assert overall["checks"] == sum(checks) / len(checks)
    received = sum(point["value"] for point in points(lines, "data_received"))
    assert overall["throughput"] == pytest.approx(received / overall["duration"] * 1000)
    assert overall["concurrency"] == max(point["value"] for point in points(lines, "vus"))


def test_request_is_counted_where_it_began() -> None:
    lines = entries("ok/points.json")
    ends = [(datetime.fromisoformat(p["time"]).timestamp(), p["value"]) for p in points(lines, "http_req_duration")]
    began = min(end - ms / 1000 for end, ms in ends)
    reading = READER.read(load("ok/points.json"), None)
    assert reading.load is not None
    assert reading.load.began == pytest.approx(began, abs=1e-5)
    assert values(reading)["duration"] == pytest.approx((max(end for end, _ in ends) - began) * 1000, abs=0.01)
    assert reading.load.arrivals == ""


def test_endpoint_is_the_name_and_the_scenario_is_named_only_if_there_are_several() -> None:
    one = READER.read(load("ok/points.json"), None)
    assert values(one, endpoint="chat", method="GET")["requests"] == 10
    assert values(one, endpoint="refused", method="GET")["errors"] == 1
    two = READER.read(load("ok/scenarios.json"), None)
    assert values(two, endpoint="POST /chat", method="POST", scenario="peak")["requests"] == 7
    assert values(two, endpoint="GET /items/{id}", method="GET", scenario="browse")["requests"] == 11
    assert values(two, endpoint="http://127.0.0.1:18321/fast", method="GET")["requests"] == 1  # from setup


def test_endpoint_is_the_url_without_a_name() -> None:
    reading = READER.read(load("ok/few-tags.json"), None)
    assert values(reading, endpoint="http://127.0.0.1:18321/fast", method="GET")["requests"] == 12


def test_custom_time_metrics_are_read_as_they_are_declared() -> None:
    lines = entries("ok/scenarios.json")
    times = sorted(point["value"] for point in points(lines, "llm_ttft"))
    overall = values(READER.read(load("ok/scenarios.json"), None))
    assert (overall["custom.llm_ttft.min"], overall["custom.llm_ttft.max"]) == (times[0], times[-1])
    assert overall["custom.llm_ttft.p50"] == times[-(-len(times) // 2) - 1]
    assert not any("answer_size" in metric for metric in overall)  # a number, not a time
    bare = b"".join(li for li in load("ok/scenarios.json").data.splitlines(keepends=True) if b'"Metric"' not in li)
    assert not any(metric.startswith("custom.") for metric in values(read(bare)))


def test_dropped_iterations_are_load_that_was_not_offered() -> None:
    dropped = sum(point["value"] for point in points(entries("ok/scenarios.json"), "dropped_iterations"))
    assert values(READER.read(load("ok/scenarios.json"), None))["dropped"] == dropped == 7
    assert "dropped" not in values(READER.read(load("ok/points.json"), None))


def test_the_last_point_dates_the_run() -> None:
    reading = READER.read(load("ok/points.json"), None)
    last = max(p["time"] for p in (li["data"] for li in entries("ok/points.json") if li["type"] == "Point")
               if "expected_response" in p["tags"] or p["tags"] in ({}, None))  # fmt: skip
    assert reading.produced is not None
    assert reading.produced.replace(microsecond=0) == datetime.fromisoformat(last).replace(microsecond=0)
    assert reading.produced.tzinfo is UTC
    assert reading.produced_where is not None
    assert reading.produced_where.line == len(entries("ok/points.json"))


def test_trap_3_run_without_http() -> None:
    reading = READER.read(load("ok/no-http.json"), None)
    overall = values(reading)
    assert {"checks", "custom.job_time.p95", "concurrency"} <= set(overall)
    assert not {"requests", "errors", "p95"} & set(overall)
    assert [(p.kind, p.code) for p in reading.problems] == [("warning", "no-http")]
    assert reading.load is None


def test_trap_8_refused_requests_make_times_better_so_there_is_a_warning() -> None:
    reading = READER.read(load("ok/points.json"), None)
    assert values(reading)["p95"] < values(reading, **EXPECTED)["p95"]
    assert reading.load is not None
    assert [p.message for p in sample_problems(reading.load, reading.facts, ())] == [
        "p90 is 47.1919 ms with failed requests, 104.017 ms had they taken as long as passed ones: they failed fast, or a quick endpoint failed more often"
    ]


def test_trap_10_expected_statuses_decide_what_failed() -> None:
    lines = entries("ok/points.json")
    for line in lines:
        tags = line["data"].get("tags") or {}
        if tags.get("status") == "503":
            tags["expected_response"] = "true"
            line["data"]["value"] = 0 if line["metric"] == "http_req_failed" else line["data"]["value"]
    assert values(read(written(lines)), endpoint="flaky", method="GET")["failures"] == 0


def test_trap_10_without_a_callback_the_status_decides() -> None:
    lines = entries("ok/null-callback.json")
    assert not points(lines, "http_req_failed")
    bad = [p for p in points(lines, "http_req_duration") if p["tags"]["status"] == "503"]
    reading = READER.read(load("ok/null-callback.json"), None)
    assert values(reading)["failures"] == len(bad) == 1


@pytest.mark.parametrize(
    ("tags", "ok"),
    [
        ({"status": "200"}, True),
        ({"status": "399"}, True),
        ({"status": "400"}, False),
        ({"status": "0"}, False),
        ({"status": "x"}, False),
        ({"status": "200", "error": "reset by peer"}, False),
        ({"error_code": "1212"}, False),
        ({"status": "429", "expected_response": "true"}, True),
        ({"status": "200", "expected_response": "false"}, False),
    ],
)
def test_tags_judge_a_request(tags: dict[str, str], ok: bool) -> None:
    point = {"time": "2026-11-23T03:03:22.5Z", "value": 5.0, "tags": tags}
    line = {"metric": "http_req_duration", "type": "Point", "data": point}
    assert values(read(written([line])))["failures"] == (0 if ok else 1)


def test_without_tags_the_points_of_http_req_failed_judge() -> None:
    lines = entries("ok/few-tags.json")
    numbers = [i for i, line in enumerate(lines) if line["metric"] == "http_req_failed" and line["type"] == "Point"]
    for index in numbers[3:5]:
        lines[index]["data"]["value"] = 1
    reading = read(written(lines))
    assert values(reading)["failures"] == 2
    assert "unjudged" not in {p.code for p in reading.problems}


def test_requests_that_nothing_judges_are_a_warning() -> None:
    lines = [li for li in entries("ok/few-tags.json") if li["metric"] != "http_req_failed"]
    reading = read(written(lines))
    assert values(reading)["failures"] == 0
    assert ("unjudged", "nothing tells whether 24 requests failed") in {(p.code, p.message) for p in reading.problems}


def test_metadata_behind_the_tags_is_left_out() -> None:
    assert b'"metadata":{"iter"' in load("ok/metadata.json").data
    reading = READER.read(load("ok/metadata.json"), None)
    assert values(reading, endpoint="http://127.0.0.1:18321/flaky", method="GET")["requests"] == 6


def test_layout_before_0_33() -> None:
    old, new = (READER.read(load(f"ok/{name}.json"), None) for name in ("before-0.33", "spaced"))
    assert b'{"type":"Point","data":{"time"' in load("ok/before-0.33.json").data
    for metric in ("requests", "failures", "p50", "p95", "checks", "concurrency"):
        assert values(old)[metric] == values(new)[metric], metric


@pytest.mark.parametrize(
    "how",
    [{"separators": (", ", ": ")}, {"sort_keys": True}, {"separators": (" ,", ": "), "sort_keys": True}, {"ensure_ascii": False}],
)  # fmt: skip
def test_odd_layouts_are_read_like_that_of_k6(how: dict[str, Any]) -> None:
    for name in ("points", "scenarios", "few-tags"):
        lines = entries(f"ok/{name}.json")
        assert facts_of(read(written(lines, **how))) == facts_of(read(written(lines)))


def test_odd_lines_among_usual_ones_are_not_left_out() -> None:
    lines = load("ok/points.json").text.splitlines()
    usual = facts_of(read(("\n".join(lines) + "\n").encode()))
    random.seed(7)
    for _ in range(20):
        mixed = [json.dumps(json.loads(li), sort_keys=random.random() < 0.5) if random.random() < 0.2 else li for li in lines]
        assert facts_of(read(("\n".join(mixed) + "\n").encode())) == usual


def test_exponents_braces_escapes_and_zones() -> None:
    lines = entries("ok/points.json")
    for point in points(lines, "http_req_duration"):
        point["value"] = 1.5e-05
        point["time"] = point["time"].replace("Z", "+00:00")
        point["tags"]["name"] = 'GET /a/{id}?q="x}}"\\ü'
    data = written(lines)
    reading = read(data)
    assert b"1.5e-05" in data
    assert values(reading)["p95"] == 1.5e-05
    assert values(reading, endpoint='GET /a/{id}?q="x}}"\\ü', method="GET")["requests"] == 30
    assert facts_of(read(written(lines, ensure_ascii=False))) == facts_of(reading)


def test_zones_are_moments_and_not_texts() -> None:
    lines = entries("ok/points.json")
    for line in lines[::2]:
        if line["type"] == "Point":
            line["data"]["time"] = line["data"]["time"].replace("T03:", "T08:").replace("Z", "+05:00")
    assert facts_of(read(written(lines))) == facts_of(READER.read(load("ok/points.json"), None))


def test_tags_may_be_null() -> None:
    point = {"time": "2026-11-23T03:03:22.5Z", "value": 5.0, "tags": None}
    lines = [{"metric": name, "type": "Point", "data": point} for name in ("http_req_duration", "vus")]
    overall = values(read(written(lines)))
    assert (overall["requests"], overall["concurrency"]) == (1, 5)


@pytest.mark.parametrize("step", [7, 1000, 4096, 70_000])
@pytest.mark.parametrize("name", ["points", "few-tags", "before-0.33", "spaced"])
def test_pieces_of_any_size_give_the_same(name: str, step: int) -> None:
    data = load(f"ok/{name}.json").data
    streamed = READER.read(Source.streamed("x.json", Pieces(data, step)), None)
    whole = READER.read(Source("x.json", data), None)
    assert facts_of(streamed) == facts_of(whole)
    assert streamed.produced_where == whole.produced_where


@pytest.mark.parametrize("change", [
    lambda data: data.replace(b"\n", b"\r\n"),
    lambda data: b"\xef\xbb\xbf" + data,
    lambda data: data.removesuffix(b"\n"),
    lambda data: b"\n" + data + b"\n\n",
])  # fmt: skip
def test_line_ends_marks_and_blank_lines(change: Any) -> None:
    data = load("ok/points.json").data
    assert facts_of(read(change(data))) == facts_of(read(data))
    assert READER.sniff(change(data)[:65_536]) == 90


def test_samples_stay_exact_over_many_windows() -> None:
    """Response times that reach across windows, and points that are not in order of time."""
    random.seed(3)
    times = [round(random.lognormvariate(4, 1), 6) for _ in range(5000)]
    ends = [1_795_402_000 + i * 0.05 + random.uniform(-0.4, 0.4) for i in range(5000)]
    tags = [{"name": random.choice("ab"), "status": random.choice(["200"] * 9 + ["500"])} for _ in times]
    lines = [{"metric": "http_req_duration", "type": "Point", "data": {
        "time": datetime.fromtimestamp(end, UTC).isoformat().replace("+00:00", "Z"), "value": ms, "tags": tag}}
        for end, ms, tag in zip(ends, times, tags, strict=True)]  # fmt: skip
    reading = read(written(lines))
    overall = values(reading)
    ordered = sorted(times)
    assert [overall[m] for m in ("p50", "p95", "p99", "p99.9")] == [ordered[-(-5000 * n // 1000) - 1] for n in (500, 950, 990, 999)]
    assert overall["failures"] == sum(tag["status"] == "500" for tag in tags)
    assert reading.load is not None
    assert sum(window.requests for window in reading.load.windows) == 5000
    starts = sorted(end - ms / 1000 for end, ms in zip(ends, times, strict=True))
    for window in reading.load.windows:
        begin = reading.load.began + window.start
        inside = [s for s in starts if begin - 1e-5 <= s < begin + reading.load.width - 1e-5]
        assert abs(len(inside) - window.requests) <= 1


def test_very_many_values_of_a_custom_metric_are_rounded() -> None:
    lines: list[dict[str, Any]] = [{"type": "Metric", "metric": "wait", "data": {"name": "wait", "type": "trend", "contains": "time"}}]
    lines += [{"metric": "wait", "type": "Point", "data": {"time": "2026-11-23T03:03:22Z", "value": n / 7, "tags": {}}}
              for n in range(1, 45_001)]  # fmt: skip
    overall = values(read(written(lines)))
    assert overall["custom.wait.p95"] == pytest.approx(45_000 * 0.95 / 7, rel=5e-4)
    assert overall["custom.wait.max"] == pytest.approx(45_000 / 7, rel=5e-4)


def test_over_a_hundred_endpoints_are_others_with_a_warning() -> None:
    lines = [{"metric": "http_req_duration", "type": "Point", "data": {
        "time": f"2026-11-23T03:03:{n % 60:02}Z", "value": 1.0 + n, "tags": {"url": f"/users/{n}", "status": "200"}}}
        for n in range(1500)]  # fmt: skip
    reading = read(written(lines))
    assert values(reading)["requests"] == 1500
    assert sum(f.value for f in reading.facts if f.metric == "requests" and f.labels) == 1500  # type: ignore[misc]
    assert ("many-endpoints", "there are over 100 endpoints: the rest is counted together as `(others)`") in {
        (p.code, p.message) for p in reading.problems}  # fmt: skip


def later(lines: list[str], hours: int) -> list[str]:
    return [re.sub(r"T(\d\d):", lambda m: f"T{int(m[1]) + hours:02}:", line) for line in lines]


def test_two_runs_in_a_row_are_refused_and_parts_of_one_run_are_not() -> None:
    lines = load("ok/points.json").text.splitlines()
    twice = ("\n".join([*lines, *later(lines, 2)]) + "\n").encode()
    assert ("invalid", "several-runs", "x.json:1", "two runs follow each other in it") in problems(Source("x.json", twice))
    parts = ("\n".join([*lines, *lines]) + "\n").encode()
    reading = read(parts)
    assert values(reading)["requests"] == 60
    assert {p.kind for p in reading.problems} == {"warning"}
    spaced = "".join(json.dumps(json.loads(li)) + "\n" for li in [*lines, *later(lines, 2)]).encode()
    assert "several-runs" in {p[1] for p in problems(Source("x.json", spaced))}
    streamed = Source.streamed("x.json", Pieces(twice, 5000))
    assert "several-runs" in {p[1] for p in problems(streamed)}


@pytest.mark.parametrize(
    ("name", "code", "line", "message"),
    [
        ("cut-off", "not-json", 148, "the last line is cut off"),
        ("cut-after-tags", "not-json", 148, "the last line is cut off"),
        ("cut-line", "not-json", 58, "the line is no JSON"),
        ("cut-line-of-another-metric", "not-json", 61, "the line is no JSON"),
        ("joined-lines", "not-json", 58, "the line is no JSON"),
        ("log-line", "not-json", 58, "the line is no JSON"),
        ("nan", "not-json", 58, "the line is no JSON"),
        ("array-line", "wrong-shape", 58, "the line is no metric or point of k6"),
        ("tags-number", "wrong-shape", 58, "the tags of the point are no texts"),
        ("infinity", "number", 58, "the value of `http_req_duration` is `inf`, not a number of 0 or more"),
        ("negative", "number", 58, "the value of `http_req_duration` is `-4.5`, not a number of 0 or more"),
        ("text-value", "number", 58, "the value of `http_req_duration` is `'10.796249'`, not a number of 0 or more"),
        ("null-value", "number", 58, "the value of `http_req_duration` is null, not a number of 0 or more"),
        ("no-such-day", "not-a-time", 58, "`2026-11-31T03:03:22.322236447Z` is no moment from 2000 on"),
    ],
)
def test_broken_line_is_refused_at_its_place(name: str, code: str, line: int, message: str) -> None:
    expected = ("invalid", code, f"{name}.json:{line}", message)
    assert problems(load(f"broken/{name}.json")) == [expected]
    data = load(f"broken/{name}.json").data
    for step in (100, 9000):
        assert problems(Source.streamed(f"{name}.json", Pieces(data, step))) == [expected]


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("all-refused", "inconclusive", "all-failed"),
        ("no-measurement", "inconclusive", "no-samples"),
        ("checks-above-one", "invalid", "contradiction"),
        ("two-runs", "invalid", "several-runs"),
    ],
)
def test_broken_run_proves_nothing(name: str, kind: str, code: str) -> None:
    found = [(k, c) for k, c, _, _ in problems(load(f"broken/{name}.json")) if k != "warning"]
    assert found == [(kind, code)]


@pytest.mark.parametrize(
    "data",
    [b"\0" * 9, "{}".encode("utf-16"), b"[]", b"null\n", b"{}\n", b"[" * 9999, b"{" * 2_000_000, b'{"type":"Point"}',
     b'{"type":"Point","metric":"vus","data":{"time":"2026-11-23T03:03:22Z","value":' + b"9" * 400 + b"}}\n",
     b'{"type":"Point","metric":"vus","data":{"time":5,"value":1}}\n',
     b'{"type":"Point","metric":"vus","data":{"value":1}}\n',
     b'{"type":[],"metric":{},"data":[]}\n', b'{"type":"Metric","metric":"x","data":{"type":[],"contains":{}}}\n',
     b'{"metric":"http_req_duration","type":"Point","data":{"time":"2026-11-23T03:03:22Z","value":1,"tags":{"a":"\xff"}}}\n',
     b'{"metric":"http_req_duration","type":"Point","data":{"time":"2026-99-23T03:03:22Z","value":1,"tags":{}}}\n',
     b'{"metric":"http_req_duration","type":"Point","data":{"time":"0001-01-01T00:00:00+23:59","value":1,"tags":{}}}\n',
     b'{"metric":"http_req_duration","type":"Point","data":{"time":"2026-11-23T03:03:22Z","value":1,"tags":' + b'{"a":' * 3000 + b"1" + b"}" * 3002 + b"\n"],
)  # fmt: skip
def test_hostile_input_is_a_problem(data: bytes) -> None:
    READER.sniff(data[:65_536])
    assert {kind for kind, *_ in problems(Source("x.json", data))} & {"invalid", "inconclusive"}


def test_nothing_at_all_is_inconclusive() -> None:
    assert {p[:2] for p in problems(Source("x.json", b""))} == {("inconclusive", "no-samples")}


@given(st.binary(max_size=300))
def test_random_bytes_never_crash(data: bytes) -> None:
    READER.sniff(data)
    assert problems(Source("x.json", data))


@settings(max_examples=200)
@given(st.data())
def test_damaged_sample_never_crashes(data: st.DataObject) -> None:
    text = bytearray(load(data.draw(st.sampled_from(["ok/few-tags.json", "ok/before-0.33.json"]))).data[:6000])
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    text[start:end] = data.draw(st.binary(max_size=8))
    problems(Source("x.json", bytes(text)))


@pytest.mark.parametrize("start", [layout.START, b'{"metric":"checks"', b'{"metric":"vus"'])
@pytest.mark.parametrize("torn", [40, 80])
def test_a_line_torn_into_another_is_refused_even_if_the_other_is_whole(start: bytes, torn: int) -> None:
    lines = load("ok/points.json").data.splitlines(keepends=True)
    at = [number for number, line in enumerate(lines) if line.startswith(start)][3]
    lines[at] = lines[at][:torn] + lines[at]
    assert problems(Source("x.json", b"".join(lines))) == [("invalid", "not-json", f"x.json:{at + 1}", "the line is no JSON")]


@pytest.mark.parametrize("name", ["http_req_duration", "checks", "data_received", "vus"])
@pytest.mark.parametrize("sample", ["points", "before-0.33"])
def test_two_lines_that_were_joined_are_refused(sample: str, name: str) -> None:
    """Else one of the two would not count."""
    lines = load(f"ok/{sample}.json").data.splitlines(keepends=True)
    mark = f'"metric":"{name}"'.encode()
    at = [number for number, line in enumerate(lines) if mark in line and b'"Point"' in line][1]
    lines[at] = lines[at].rstrip(b"\n")
    assert problems(Source("x.json", b"".join(lines))) == [("invalid", "not-json", f"x.json:{at + 1}", "the line is no JSON")]


@pytest.mark.parametrize(
    ("old", "new"), [(b'"value":7,', b'"value":7.0e+00,'), (b'"type":"Point"', b'"type": "Point"'), (b'{"metric"', b'{ "metric"')]
)
def test_failures_told_by_points_alone_are_none_fewer_where_a_line_is_unusual(old: bytes, new: bytes) -> None:
    """Requests without tags that judge them: the point of `http_req_failed` that follows does."""

    def point(name: str, value: int) -> dict[str, Any]:
        data = {"time": "2026-11-23T03:03:22.5Z", "value": value, "tags": {"name": "a"}}
        return {"metric": name, "type": "Point", "data": data}

    lines = [point(name, value) for n in range(20) for name, value in (("http_req_duration", n + 1), ("http_req_failed", n % 2))]
    usual = written(lines)
    first, rest = usual[: len(usual) // 2], usual[len(usual) // 2 :]
    for data in (usual, usual.replace(old, new), first.replace(old, new) + rest, first + rest.replace(old, new)):
        reading = read(data)
        assert (values(reading)["requests"], values(reading)["failures"]) == (20, 10)
        assert "unjudged" not in {problem.code for problem in reading.problems}


@pytest.mark.parametrize("odd", ['"type" :"Point"', '"type": "Point"', '"type":"Point" '])
@pytest.mark.parametrize("name", ["vus", "checks", "data_received", "http_req_duration"])
def test_points_of_a_metric_laid_out_in_another_way_are_not_left_out(name: str, odd: str) -> None:
    usual = load("ok/points.json").data
    lines = [
        line.replace(b'"type":"Point"', odd.encode()) if line.startswith(f'{{"metric":"{name}"'.encode()) else line
        for line in usual.splitlines(keepends=True)
    ]
    assert b"".join(lines) != usual
    assert read(b"".join(lines)).facts == read(usual).facts


def test_a_metric_with_the_mark_of_requests_is_told_apart() -> None:
    name = "abcdefghijklmniop"
    assert layout.mark(name) == layout.mark("http_req_duration")
    lines = entries("ok/points.json")
    head = {"type": "Metric", "data": {"name": name, "type": "trend", "contains": "time"}, "metric": name}
    requests = [line for line in lines if line["type"] == "Point" and line["metric"] == "http_req_duration"]
    own = [line | {"metric": name, "data": line["data"] | {"value": 7}} for line in requests]
    found, plain = (values(read(written(some, separators=(",", ":")))) for some in ([head, *lines, *own], lines))
    assert found[f"custom.{name}.p50"] == 7
    assert {key: value for key, value in found.items() if not key.startswith("custom.")} == plain


def test_marks_tell_the_metrics_apart_that_are_most_of_a_file() -> None:
    wanted = {layout.mark(name) for name in ("http_req_duration", "vus", "vus_max", "checks", "dropped_iterations", "data_received")}
    for name in ("http_reqs", "http_req_blocked", "http_req_connecting", "http_req_tls_handshaking", "http_req_sending",
                 "http_req_waiting", "http_req_receiving", "http_req_failed"):  # fmt: skip
        assert layout.mark(name) not in wanted, name


@pytest.mark.parametrize(
    ("head", "score"),
    [
        (b"", 0),
        (b'{"type":"Metric","metric":"vus"}', 0),
        (b'[{"type":"Metric","metric":"vus","data":{}}]', 0),
        (b'{"metrics":{"vus":{}},"root_group":{},"type":"Point"}', 0),
        (b' {"type": "Point", "data": {"value": 1}, "metric": "vus"}', 90),
        (b'{"type":"Metric","data":{"name":"vus"},"metric":"vus"}\ngarbage', 90),
    ],
)
def test_sniff_needs_three_marks_in_the_first_line(head: bytes, score: int) -> None:
    assert READER.sniff(head) == score


def test_sniff_knows_no_other_sample() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = {p.name for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])}
    assert known == {"small.ndjson", "mn1809__K6PerformanceTesting__output.json", "grafana__xk6-dashboard__result.json"}


def indexed(folder: str) -> list[tuple[Path, dict[str, Any]]]:
    if not (LOAD / folder / "INDEX.tsv").exists():
        return []
    with (LOAD / folder / "INDEX.tsv").open(newline="", encoding="utf-8") as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    kinds = ("k6 NDJSON (--out json)", "k6.ndjson")
    return [(LOAD / folder / r["file"], json.loads(r["ground_truth"])) for r in rows if r["format"] in kinds]


def test_files_reproduce_their_ground_truth() -> None:
    files = indexed("real") + indexed("produced")
    if not files:
        pytest.skip(f"no samples at {LOAD}")
    names = {"n": "requests", "failed": "failures", "vus_max": "concurrency", "mean": "mean", "min": "min", "max": "max",
             "p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99", "p99.9": "p99.9"}  # fmt: skip
    compared = 0
    for path, truth in files:
        reading = READER.read(Source(path.name, path.read_bytes()), None)
        found = values(reading)
        for key, metric in names.items():
            assert found[metric] == pytest.approx(truth[key], abs=5.1e-5), (path.name, key)
            compared += 1
        ends = truth["span_s"] * 1000
        assert ends <= found["duration"] <= ends + truth["max"] + 1
        assert {p.kind for p in reading.problems} <= {"warning"}
    print(f"k6 json: {len(files)} files, {compared} values compared")
    assert (len(files), compared) == (3, 33)


def test_a_compressed_file_is_read_as_it_is(tmp_path: Path) -> None:
    from readiness.cli.shield import shield
    from readiness.evidence.collect import Collector
    from readiness.evidence.paths import Roots

    (tmp_path / "run.json.gz").write_bytes(gzip.compress(load("ok/points.json").data))
    evidence = Collector(Roots(tmp_path, tmp_path), shield).read("run.json.gz")
    assert evidence.reader == "k6-json"
    assert READERS.get("k6-json") is not None
    whole = READER.read(load("ok/points.json"), None)
    assert {(f.metric, f.labels, f.value) for f in whole.facts} <= {(f.metric, f.labels, f.value) for f in evidence.facts}


def test_requests_that_torn_lines_swallow_are_missed() -> None:
    """A line of a metric that is not read is torn, and takes the request after it along."""
    lines = (HERE / "ok" / "points.json").read_bytes().splitlines(keepends=True)
    times = [n for n, line in enumerate(lines) if line.startswith(layout.START)]
    swallowed = [n for n in times[::3] if lines[n - 1].startswith(b'{"metric":"http_reqs"')]
    assert len(swallowed) > 1
    for place in swallowed:
        lines[place - 1] = lines[place - 1][:60]
    found = problems(Source("x.json", b"".join(lines)))
    assert [message for kind, _, _, message in found if kind == "invalid"] == [
        f"{len(times):,} requests passed or failed, {len(times) - len(swallowed):,} have a time"
    ]


def test_requests_whose_time_was_taken_out_are_missed() -> None:
    lines = (HERE / "ok" / "points.json").read_bytes().splitlines(keepends=True)
    bad = [line for line in lines if line.startswith(layout.START) and b'"expected_response":"false"' in line]
    kept = [line for line in lines if line not in set(bad)]
    assert len(bad) > 1
    assert ("invalid", "contradiction") in [(k, c) for k, c, *_ in problems(Source("x.json", b"".join(kept)))]
    one = [line for line in lines if line != bad[-1]]  # one is missed too: it is judged after its time is written
    assert ("invalid", "contradiction") in [(k, c) for k, c, *_ in problems(Source("x.json", b"".join(one)))]
