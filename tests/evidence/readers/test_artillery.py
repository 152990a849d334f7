"""The Artillery reader against its samples, against real reports, and trap by trap."""

from __future__ import annotations

import copy
import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.artillery import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "artillery"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
EXPECTED = ("response", "expected")
Report = dict[str, Any]


def sample(name: str) -> Report:
    report: Report = json.loads((HERE / "ok" / name).read_bytes())
    return report


def read(report: Report | bytes | str) -> Reading:
    data = report if isinstance(report, bytes) else json.dumps(report).encode()
    return READER.read(Source("report.json", data), None)


def values(reading: Reading, *labels: tuple[str, str]) -> dict[str, object]:
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == labels}


def problems(report: Report | bytes) -> list[str]:
    try:
        found = read(report).problems
    except Unreadable as error:
        found = (error.problem,)
    return [f"{problem.kind} {problem.code}: {problem.message}" for problem in found]


def period(start: int, **counters: int) -> Report:
    names = {name.replace("__", "."): number for name, number in counters.items()}
    return {"period": str(start), "counters": names, "summaries": {}}


def minimal(periods: list[Report], first: int = 0, last: int = 0) -> Report:
    """Build a report of Artillery 2 whose counters are the sums of its periods'."""
    counters: dict[str, int] = {}
    for one in periods:
        for name, number in one["counters"].items():
            counters[name] = counters.get(name, 0) + number
    aggregate = {"counters": counters, "rates": {}, "summaries": {}, "firstMetricAt": first, "lastMetricAt": last}
    return {"aggregate": aggregate, "intermediate": periods}


def test_values_are_those_of_the_tool_and_the_server() -> None:
    """The server logged 612 requests, 204 of each path, 17 of them 503."""
    reading = read((HERE / "ok" / "endpoints.json").read_bytes())
    whole = values(reading)
    assert (whole["requests"], whole["failures"]) == (612, 17)
    assert whole["errors"] == pytest.approx(17 / 612)
    assert [whole[p] for p in ("min", "mean", "p50", "p75", "p90", "p95", "p99", "p99.9", "max")] == [
        2, 18.2, 10.9, 21.1, 47.9, 63.4, 104.6, 156, 206
    ]  # fmt: skip
    flaky = values(reading, ("endpoint", "/flaky"))
    assert (flaky["requests"], flaky["failures"], flaky["p99"]) == (204, 17, 13.1)
    assert (whole["vusers.created"], whole["vusers.completed"], whole["session.p95"]) == (204, 204, 106.7)
    assert reading.produced == datetime(2026, 11, 23, 2, 17, 30, 405000, UTC)
    assert reading.problems == ()


def test_facts_carry_place_samples_and_origin() -> None:
    reading = READER.read(Source("a.json", (HERE / "ok" / "endpoints.json").read_bytes()), None)
    p95 = next(f for f in reading.facts if f.metric == "p95" and not f.labels)
    assert (str(p95.at), p95.samples, p95.origin) == (
        "a.json:38:16 /aggregate/summaries/http.response_time/p95", 612, "file"
    )  # fmt: skip
    errors = next(f for f in reading.facts if f.metric == "errors" and f.labels == (("endpoint", "/chat"),))
    assert (errors.samples, errors.origin, errors.at.line) == (204, "derived", 10)


def test_trap_7_connection_errors_are_only_in_errors() -> None:
    reading = read((HERE / "ok" / "errors.json").read_bytes())
    report = sample("errors.json")
    counters = report["aggregate"]["counters"]
    refused = counters["errors.ECONNREFUSED"] + counters["errors.ETIMEDOUT"]
    assert counters["http.requests"] == counters["http.responses"] + refused
    assert values(reading)["failures"] == refused + counters["http.codes.503"]
    lookup = values(reading, ("endpoint", "lookup"))
    assert (lookup["requests"], lookup["failures"]) == (180, 47)
    assert [str(p.code) for p in reading.problems] == ["answered-only"]
    assert reading.problems[0].message == (
        "28 of 332 requests had no answer and have no time: the times are those of 304"
    )


def test_an_error_after_the_headers_is_counted_once() -> None:
    """Ten answered 200, two of these timed out in the body, one request was refused."""
    report = minimal([period(0, http__requests=11, http__responses=10, http__codes__200=10,
                             errors__ETIMEDOUT=2, errors__ECONNREFUSED=1)])  # fmt: skip
    whole = values(read(report))
    assert (whole["requests"], whole["failures"]) == (11, 3)


def test_errors_never_exceed_the_requests() -> None:
    report = minimal([period(0, http__requests=4, http__responses=4, http__codes__500=4, errors__ECONNRESET=4)])
    assert values(read(report))["errors"] == 1


def test_requests_neither_answered_nor_failed_count_as_failures() -> None:
    report = minimal([period(0, http__requests=10, http__responses=7, http__codes__200=7)])
    assert values(read(report))["failures"] == 3
    assert "warning unanswered: 3 requests neither answered nor failed: counted as failures" in problems(report)


def test_trap_18_the_stated_request_rate_is_not_used() -> None:
    report = sample("endpoints.json")
    assert report["aggregate"]["rates"] == {"http.request_rate": 32}
    whole = values(read(report))
    assert whole["duration"] == 11_558
    assert whole["rate"] == pytest.approx(612 / 11.558)


def test_all_refused_has_no_times_and_is_inconclusive() -> None:
    data = (HERE / "broken" / "refused.json").read_bytes()
    reading = read(data)
    assert "p95" not in values(reading)
    assert next((p.kind, p.code) for p in reading.problems) == ("inconclusive", "all-failed")


def test_arrivals_are_no_concurrency() -> None:
    """Users active when a period ends: created, less completed, less failed."""
    report = minimal([
        period(10_000, http__requests=9, http__responses=9, http__codes__200=9, vusers__created=50,
               vusers__completed=20, vusers__failed=5),
        period(20_000, http__requests=9, http__responses=9, http__codes__200=9, vusers__created=10,
               vusers__completed=30, vusers__failed=5),
    ])  # fmt: skip
    whole = values(read(report))
    assert (whole["vusers.created"], whole["concurrency"]) == (60, 25)


def test_without_a_count_of_failed_users_there_is_no_concurrency() -> None:
    report = minimal([period(0, http__requests=9, http__responses=9, http__codes__200=9, vusers__created=5)])
    assert "concurrency" not in values(read(report))
    assert "warning unfinished: 5 of 5 virtual users did not finish" in problems(report)


def test_users_that_did_not_start_are_counted() -> None:
    assert values(read((HERE / "ok" / "skipped-users.json").read_bytes()))["dropped"] == 9
    report = sample("v1.json")
    report["aggregate"]["scenariosAvoided"] = 1200
    assert values(read(report))["dropped"] == 1200


def test_held_rate_is_that_of_whole_periods() -> None:
    """100 a period, 10 in the 5th of 62: a stall in one part of twenty hides no load, two do."""
    rates = [100] * 62
    rates[4] = 10
    periods = [period(10_000 * i, http__requests=n, http__responses=n, http__codes__200=n) for i, n in enumerate(rates)]
    held = {f.labels: f.value for f in read(minimal(periods)).facts if f.metric == "rate.held"}
    assert held == {(("for", "1min"),): 10, (("for", "5min"),): 10, (("for", "10min"),): 10}
    del periods[8:18]  # nothing was sent for 100 s
    held = {f.labels: f.value for f in read(minimal(periods)).facts if f.metric == "rate.held"}
    assert held[(("for", "10min"),)] == 0


def test_held_rate_of_periods_days_apart_is_not_told() -> None:
    ones = [period(t, http__requests=1, http__responses=1, http__codes__200=1) for t in (0, 10**12)]
    assert "rate.held" not in {f.metric for f in read(minimal(ones)).facts}


def test_checks_are_those_of_the_expect_plug_in() -> None:
    reading = read((HERE / "ok" / "skipped-users.json").read_bytes())
    checks = next(f for f in reading.facts if f.metric == "checks")
    assert checks.value == pytest.approx(321 / 342)
    assert checks.samples == 342


def test_a_histogram_of_your_own_is_a_metric() -> None:
    whole = values(read((HERE / "ok" / "skipped-users.json").read_bytes()))
    assert (whole["custom.ttft.p95"], whole["custom.ttft.max"]) == (58.6, 59.7)


def test_successes_have_their_own_times_where_some_failed() -> None:
    reading = read((HERE / "ok" / "errors.json").read_bytes())
    fact = next(f for f in reading.facts if f.metric == "p50" and f.labels == (EXPECTED,))
    assert (fact.value, fact.samples) == (5, 285)
    assert not values(read(minimal([period(0, http__requests=1, http__responses=1, http__codes__200=1)])), EXPECTED)


def test_failures_that_were_quick_are_told() -> None:
    report = sample("errors.json")
    times = report["aggregate"]["summaries"]
    times["http.response_time.2xx"] |= {"mean": 8.9, "p95": 12.1}
    assert "warning failed-fast: the mean is 6.8 ms with failed requests, 8.9 ms without: they failed fast, or a quick endpoint failed more often" in problems(report)


def test_one_step_of_the_sketch_is_not_told_as_made_by_failures() -> None:
    report = sample("errors.json")
    times = report["aggregate"]["summaries"]
    times["http.response_time.2xx"]["p95"] = 11.1
    assert not [text for text in problems(report) if "failed-fast" in text]


def test_redirects_are_no_failures_and_leave_out_the_times_of_2xx() -> None:
    report = sample("errors.json")
    for part in (report["aggregate"], *report["intermediate"]):
        part["counters"]["http.codes.302"] = part["counters"].pop("http.codes.503")
    reading = read(report)
    assert values(reading)["failures"] == 28
    assert not values(reading, EXPECTED)


def test_artillery_1_gives_exact_percentiles_from_the_times_it_kept() -> None:
    reading = read((HERE / "ok" / "v1-errors.json").read_bytes())
    whole = values(reading)
    assert (whole["requests"], whole["failures"]) == (118 + 61, 61 + 8)
    assert whole["rate"] == pytest.approx(14.44)
    assert whole["duration"] == pytest.approx(179 / 14.44 * 1000)
    assert [whole[p] for p in ("min", "p50", "p95", "p99", "max")] == [2, 4, 11, 11, 12]
    assert next(f for f in reading.facts if f.metric == "p95").samples == 118
    assert str(reading.produced) == "2026-11-25 20:21:08.925000+00:00"


def test_artillery_1_may_state_more_percentiles() -> None:
    report = sample("v1.json")
    report["aggregate"]["latency"] |= {"mean": 29.1, "p50": 3, "p75": 10, "p90": 11, "p999": 975, "count": 360}
    assert problems(report) == []
    report["aggregate"]["latency"]["p90"] = 900
    assert problems(report)[0].startswith("invalid contradiction: `p90` is 900 ms, the response times kept give")


def test_artillery_1_without_the_times_gives_the_stated_ones() -> None:
    report = sample("v1.json")
    for part in report["intermediate"]:
        part.pop("latencies")
    whole = values(read(report))
    assert (whole["p50"], whole["p95"], whole["p99"]) == (3, 124.5, 865.1)
    assert "p90" not in whole


def test_artillery_1_kept_times_that_do_not_match_are_not_used() -> None:
    report = sample("v1.json")
    report["intermediate"][0]["latencies"].pop()
    assert values(read(report))["p95"] == 124.5


def test_artillery_1_without_a_count_of_sent_requests_adds_the_errors() -> None:
    report = sample("v1-errors.json")
    report["aggregate"]["rps"] = {"count": 0, "mean": 0}
    whole = values(read(report))
    assert (whole["requests"], whole["failures"]) == (179, 69)
    assert "rate" not in whole


def test_artillery_1_concurrency_is_that_of_its_periods() -> None:
    report = sample("v1.json")
    report["intermediate"][0]["concurrency"] = 7
    report["intermediate"][1]["concurrency"] = True
    assert values(read(report))["concurrency"] == 7


def test_the_first_builds_of_2_use_other_names() -> None:
    report = sample("endpoints.json")
    text = json.dumps(report)
    for old, new in (('"http.', '"engine.http.'), ('"vusers.created"', '"core.vusers.created.total"'),
                     ('"vusers.', '"core.vusers.')):  # fmt: skip
        text = text.replace(old, new)
    old_names = values(read(text.encode()))
    names = values(read(report))
    assert {name: old_names[name] for name in ("requests", "failures", "p95", "vusers.created", "rate")} == {
        name: names[name] for name in ("requests", "failures", "p95", "vusers.created", "rate")
    }
    assert problems(text.encode()) == []


def test_null_statistics_give_no_fact() -> None:
    report = sample("endpoints.json")
    report["aggregate"]["summaries"]["http.response_time"]["p99"] = None
    assert "p99" not in values(read(report))


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("requests-edited", "invalid contradiction: `http.requests` is 3,320, its periods add up to 332"),
        ("responses-edited", "invalid contradiction: 340 requests were answered, 332 were sent"),
        ("codes-removed", "invalid contradiction: 304 requests were answered, there are 285 status codes"),
        ("max-edited", "invalid contradiction: the maximum is 14 ms, the longest of a period took 15 ms"),
        ("p99-below-p95", "invalid contradiction: `p99` is 2.1 ms, below `p75` of 10.9 ms"),
        ("v1-p99-edited", "invalid contradiction: `p99` is 86.51 ms, the response times kept give 875 ms"),
        ("v1-codes-edited", "invalid contradiction: 360 requests were answered, there are 347 status codes"),
        ("nan", "invalid not-json: NaN is not JSON"),
        ("text-count", "invalid number: `http.requests` is `'332'`, not a number of 0 or more"),
        ("negative", "invalid number: `vusers.failed` is `-28`, not a number of 0 or more"),
        ("counters-list", "invalid wrong-shape: `counters` is not that of an Artillery report"),
        ("duplicate-key", "invalid duplicate-key: the key 'http.requests' is given twice in one object"),
        ("cut-off", "invalid not-json: not valid JSON: Unterminated string starting at"),
        ("no-http", "inconclusive no-samples: there are no HTTP requests in it"),
        ("zero-requests", "inconclusive no-samples: no request was made"),
    ],
)  # fmt: skip
def test_broken_samples_say_what_is_wrong(file: str, message: str) -> None:
    assert any(p.startswith(message) for p in problems((HERE / "broken" / f"{file}.json").read_bytes()))


def test_another_engine_is_named() -> None:
    report = minimal([period(0, websocket__messages_sent=10, vusers__created=1)])
    assert problems(report) == [
        "inconclusive no-samples: there are no HTTP requests in it, only those of the WebSocket engine"
    ]


@pytest.mark.parametrize(
    ("steps", "value"),
    [
        (("aggregate",), []),
        (("aggregate", "counters"), None),
        (("aggregate", "summaries", "http.response_time"), [1]),
        (("aggregate", "summaries", "http.response_time", "p95"), 10**400),
        (("aggregate", "summaries", "http.response_time", "count"), "612"),
        (("aggregate", "firstMetricAt"), 10**14),
        (("aggregate", "lastMetricAt"), 10**14),
        (("aggregate", "lastMetricAt"), {}),
        (("intermediate",), {"a": 1}),
        (("intermediate", 0), None),
        (("intermediate", 0, "counters"), 3),
        (("intermediate", 0, "period"), "soon"),
        (("intermediate", 0, "summaries", "http.response_time"), 5),
        (("intermediate", 0, "counters", "http.requests"), 1.5),
    ],
)
def test_wrong_types_are_told_or_passed_over(steps: tuple[str | int, ...], value: object) -> None:
    report = copy.deepcopy(sample("endpoints.json"))
    inner: Any = report
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = value
    problems(report)


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "yesterday", 7, ["2021"], "99999-01-01T00:00:00Z"])
def test_a_time_that_is_none_is_no_crash(value: object) -> None:
    report = sample("v1.json")
    report["aggregate"]["timestamp"] = value
    problems(report)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 50, "{}".encode("utf-16"), b"[" * 5000, b'{"aggregate": {}}', b"{}", b"[]", b"null", b"\xff\xfe\x00"],
)
def test_hostile_bytes_are_unreadable_or_told(data: bytes) -> None:
    assert problems(data)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 5000), st.sampled_from(["endpoints.json", "v1.json"]))
def test_random_bytes_in_a_report_never_crash(noise: bytes, where: int, name: str) -> None:
    data = (HERE / "ok" / name).read_bytes()
    problems(data[:where] + noise + data[where + len(noise) :])


def test_sniff_knows_no_other_load_test() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert {p.parent.name for p in known} == {"artillery"}
    assert len(known) == 7


def truths() -> list[tuple[Path, dict[str, Any]]]:
    found = []
    for index in SHARED.glob("*/INDEX.tsv"):
        with index.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t"))
        found += [(index.parent / row["file"], json.loads(row["ground_truth"])) for row in rows
                  if row["tool"] == "artillery" and row["file"].endswith(".json")]  # fmt: skip
    return found


def test_real_reports_reproduce_their_ground_truth() -> None:
    files = truths()
    if not files:
        pytest.skip(f"no samples at {SHARED}")
    compared = 0
    for path, truth in files:
        whole = values(read(path.read_bytes()))
        errors = sum(truth["errors"].values())
        legacy = "rps" in truth  # there `n` counts the responses
        assert whole["requests"] == (truth["n"] + errors if legacy else truth["n"]), path.name
        bad = sum(n for code, n in truth["codes"].items() if code >= "4")
        answered = truth["n"] if legacy else truth["responses"] or 0
        late = max(0, errors - (int(whole["requests"]) - answered))  # type: ignore[call-overload]
        assert whole["failures"] == int(whole["requests"]) - answered + min(answered, bad + late)  # type: ignore[call-overload]
        pairs = {"p50": "p50", "p95": "p95", "p99": "p99", "max": "max", "duration_s": "duration",
                 "rps": "rate", "rps_real": "rate"}  # fmt: skip
        for key, metric in pairs.items():
            expected = truth.get(key)
            scale = 1000 if key == "duration_s" else 1
            value = whole.get(metric)
            assert value == (None if expected is None else pytest.approx(expected * scale, rel=2e-3)) or key not in truth
            compared += key in truth
    print(f"artillery: {len(files)} files, {compared} values compared")
    assert (len(files), compared) == (7, 40)


def test_real_reports_of_refused_runs_prove_nothing() -> None:
    if not truths():
        pytest.skip(f"no samples at {SHARED}")
    for path, truth in truths():
        kinds = {p.kind for p in read(path.read_bytes()).problems}
        failed = sum(truth["errors"].values()) > truth["n"] / 2
        assert ("inconclusive" in kinds) == failed, path.name
