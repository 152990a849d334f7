"""The Vegeta reader against its samples, against real reports, and trap by trap."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.vegeta import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "vegeta"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
REAL = SHARED / "real"


def sample(name: str) -> str:
    return (HERE / "ok" / name).read_text(encoding="utf-8")


def read(data: bytes | str) -> Reading:
    return READER.read(Source("report", data if isinstance(data, bytes) else data.encode()), None)


def values(reading: Reading, *labels: tuple[str, str]) -> dict[str, Any]:
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == labels}


def problems(data: bytes | str) -> list[str]:
    try:
        found = read(data).problems
    except Unreadable as error:
        found = (error.problem,)
    return [f"{problem.kind} {problem.code}: {problem.message}" for problem in found]


def edited(name: str, *pairs: tuple[str, str]) -> str:
    text = sample(name)
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_json_is_in_nanoseconds_and_facts_in_milliseconds() -> None:
    reading = read(sample("report.json"))
    whole = values(reading)
    assert (whole["requests"], whole["failures"]) == (1500, 38)
    assert whole["errors"] == 38 / 1500
    assert [whole[p] for p in ("min", "mean", "p50", "p90", "p95", "p99", "max")] == [
        4.002375, 27.42549, 8.482617, 82.592594, 95.925941, 107.037053, 2000
    ]  # fmt: skip
    assert reading.produced == datetime(2026, 11, 23, 2, 13, 49, 988_773, UTC)


def test_trap_22_rate_counts_the_wait_and_the_rate_of_sending_is_apart() -> None:
    whole = values(read(sample("report.json")))
    assert whole["duration"] == pytest.approx(29_988.77328)
    assert whole["rate"] == pytest.approx(1500 / 29.98877328)
    assert whole["rate.sent"] == pytest.approx(50.03290400422954)
    assert whole["rate.success"] == pytest.approx(1462 / 29.98877328)


def test_a_service_that_fell_behind_is_told() -> None:
    report = json.loads(sample("report.json"))
    report["wait"] = 12 * 10**9
    report["throughput"] = 1462 / 41.980270581
    message = "requests were sent for 29.980 s, the last answer came 12.000 s later: the service fell behind"
    assert f"warning behind: {message}" in problems(json.dumps(report))


@pytest.mark.parametrize("name", ["pretty.json", "report.txt", "without-90.txt", "without-throughput.txt"])
def test_all_layouts_say_the_same(name: str) -> None:
    exact, found = values(read(sample("report.json"))), values(read(sample(name)))
    missing = {"report.txt": set(), "pretty.json": set(), "without-90.txt": {"min", "p90"},
               "without-throughput.txt": {"min", "p90", "rate.success"}}[name]  # fmt: skip
    assert set(exact) - set(found) == missing
    assert found == {metric: pytest.approx(exact[metric], rel=2e-3) for metric in found}


def test_durations_of_go_have_a_unit_each() -> None:
    text = edited("report.txt", ("29.989s, 29.98s, 8.503ms", "2h1m1.5s, 2h1m1s, 500ms"),
                  ("1500, 50.03, 48.75", "1500, 0.21, 0.20"), ("4.002ms, 27.425ms", "915ns, 47.281µs"))  # fmt: skip
    whole = values(read(text.replace("8.483ms", "51.2µs")))
    assert (whole["min"], whole["mean"], whole["p50"]) == (pytest.approx(0.000915), pytest.approx(0.047281), pytest.approx(0.0512))
    assert whole["duration"] == 7_261_500


def test_facts_carry_place_samples_and_origin() -> None:
    reading = READER.read(Source("r.txt", sample("report.txt").encode()), None)
    p95 = next(f for f in reading.facts if f.metric == "p95")
    assert (str(p95.at), p95.samples, p95.origin) == ("r.txt:3 Latencies 95", 1500, "file")
    reading = READER.read(Source("r.json", sample("pretty.json").encode()), None)
    p95 = next(f for f in reading.facts if f.metric == "p95")
    assert str(p95.at) == "r.json:7:13 /latencies/95th"


def test_trap_26_several_reports_in_a_document_are_runs() -> None:
    reading = read(sample("three-runs.md"))
    runs = [values(reading, ("run", str(n)))["requests"] for n in (1, 2, 3)]
    assert runs == [900, 3000, 9000]
    assert values(reading) == {}
    assert {f.at.line for f in reading.facts if f.metric == "p99"} == {10, 23, 35}


def test_trap_26_a_report_behind_log_prefixes_is_read() -> None:
    whole = values(read(sample("container.log")))
    assert (whole["requests"], whole["p99"]) == (900, 2.685)


def test_trap_26_reports_of_json_one_per_line_are_runs_with_their_lines() -> None:
    reading = read(sample("runs.json"))
    assert [values(reading, ("run", str(n)))["requests"] for n in (1, 2, 3)] == [900, 3000, 9000]
    assert {f.at.line for f in reading.facts if f.labels == (("run", "3"),)} == {3}
    assert reading.produced == datetime(2026, 11, 23, 2, 14, 20, 62_986, UTC)


def test_trap_26_json_behind_log_lines_is_read() -> None:
    reading = read("2026-11-23 starting\n" + sample("report.json") + "done\n")
    assert values(reading)["requests"] == 1500
    assert {f.at.line for f in reading.facts} == {2}


def test_trap_10_no_answer_is_a_failure_and_its_time_counts() -> None:
    message = "the times are also those of 38 failed requests, 1 of them without an answer"
    assert problems(sample("report.txt")) == [f"warning failed-fast: {message}"]


def test_trap_10_redirects_count_as_success_and_are_told() -> None:
    text = edited("report.txt", ("200:1462", "200:1400  302:62"))
    assert values(read(text))["failures"] == 38
    assert "warning redirects: 62 redirects (3xx) counted as success" in problems(text)


def test_versions_before_7_count_redirects_as_failures() -> None:
    text = edited("report.txt", ("200:1462", "200:1400  302:62"), ("97.47%", "93.33%"), ("48.75", "46.68"))
    assert values(read(text))["failures"] == 100
    assert not [p for p in problems(text) if not p.startswith("warning failed-fast")]


def test_one_request_has_no_rate_of_sending() -> None:
    text = (
        "Requests      [total, rate, throughput]  1, 1.00, 20.00\n"
        "Duration      [total, attack, wait]      50ms, 0s, 50ms\n"
        "Latencies     [mean, 50, 95, 99, max]    50ms, 50ms, 50ms, 50ms, 50ms\n"
        "Success       [ratio]                    100.00%\n"
        "Status Codes  [code:count]               200:1  \n"
    )
    whole = values(read(text))
    assert whole["rate"] == 20
    assert not {"rate.sent", "throughput"} & set(whole)
    assert problems(text) == []


def test_rows_apart_by_empty_lines_are_one_report() -> None:
    assert values(read(sample("report.txt").replace("\n", "\n\n")))["requests"] == 1500


def test_a_row_before_the_report_is_no_part_of_it() -> None:
    assert values(read("Duration      [total, attack, wait]  1s, 1s, 0s\n" + sample("report.txt")))["duration"] > 29_000


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("cut-off.json", "invalid not-json: not valid JSON: Unterminated string starting at"),
        ("cut-off.txt", "invalid cut-off: the report has no row `Success`"),
        ("cut-in-row.txt", "invalid cut-off: `Latencies` has 6 values for 7 names"),
        ("second-run-cut-off.md", "invalid cut-off: the report has no row `Success`"),
        ("requests-edited.json",
         "invalid contradiction: 15,000 requests were made, the status codes add up to 1,500"),
        ("success-edited.json", "invalid contradiction: 100.00% succeeded, the status codes say 97.47%"),
        ("success-edited.txt", "invalid contradiction: 100.00% succeeded, the status codes say 97.47%"),
        ("rate-edited.json",
         "invalid contradiction: 500 requests per second make 14,990 in 29.980 s, not 1,500"),
        ("throughput-edited.txt",
         "invalid contradiction: 498.5 successes per second make 14,949 in 29.989 s, not 1,462"),
        ("total-edited.txt", "invalid contradiction: the attack and the wait make 29.989 s, the total is 120.000 s"),
        ("mean-edited.json", "invalid contradiction: the mean is 1.96618 ms, the total makes 27.4255 ms"),
        ("p99-below-p95.txt", "invalid contradiction: `p99` is 9.99 ms, below `p95` of 95.926 ms"),
        ("nan.json", "invalid not-json: NaN is not JSON"),
        ("text-latency.json", "invalid number: `max` is `'2s'`, not a number of 0 or more"),
        ("no-unit.txt", "invalid number: `Latencies 95` is `95.926`, not a duration"),
        ("codes-list.json",
         "invalid wrong-shape: `latencies` or `status_codes` is not that of a Vegeta report"),
        ("refused.json", "inconclusive all-failed: every request failed"),
        ("refused.txt", "inconclusive all-failed: every request failed"),
        ("zero-requests.txt", "inconclusive no-samples: no request was made"),
    ],
)  # fmt: skip
def test_broken_samples_say_what_is_wrong(file: str, message: str) -> None:
    assert any(p.startswith(message) for p in problems((HERE / "broken" / file).read_bytes()))


@pytest.mark.parametrize(
    "pair",
    [('"requests":1500', '"requests":1500.5'), ('"requests":1500', '"requests":-1'), ('"requests":1500', '"requests":null'),
     ('"200":1462', '"two hundred":1462'), ('"200":1462', '"200":"1462"'), ('"200":1462', '"99999999":1462'),
     ('"success":', '"successful":'), ('"duration":', '"lasted":'), ('"wait":', '"waited":'),
     ('"end":"2026', '"end":"x2026'), ('"end":"2026-11-23T02:13:49.98877328Z"', '"end":"0001-01-01T00:00:00+14:00"'),
     ('"max":2000000000', '"max":1e400'), ('"max":2000000000', '"max":' + "9" * 500), ('"min":4002375', '"min":null'),
     ('"latencies":{', '"latencies":[],"times":{')],
)  # fmt: skip
def test_wrong_values_are_told_or_passed_over(pair: tuple[str, str]) -> None:
    problems(edited("report.json", pair))


@pytest.mark.parametrize(
    "pair",
    [("1500, 50.03, 48.75", "1500, NaN, 48.75"), ("1500, 50.03, 48.75", "1.5k, 50.03, 48.75"), ("97.47%", "NaN%"),
     ("0:1  200:1462", "0:1  0:1462"), ("0:1  200:1462", "0:1  :1462"), ("0:1  200:1462", "0:1  200"),
     ("8.503ms", "-8.503ms"), ("2s\n", "2 parsecs\n"), ("2s\n", "2s, 3s\n"), ("29.98s", "9" * 400 + "s")],
)  # fmt: skip
def test_wrong_values_in_a_text_are_unreadable(pair: tuple[str, str]) -> None:
    assert [p for p in problems(edited("report.txt", pair)) if p.startswith("invalid")]


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 50, "{}".encode("utf-16"), b"[" * 5000, b"{}", b'{"latencies":', b'{"latencies":{}}\n{"latencies":{}}\n',
     b"Requests [total, rate] 1, 1\n", b"no report\n", b"Requests      [total, rate]\n" * 3, b"x" * 100_000],
)  # fmt: skip
def test_hostile_bytes_are_refused_or_told(data: bytes) -> None:
    assert problems(data)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 900), st.sampled_from(["report.json", "report.txt", "three-runs.md"]))
def test_random_bytes_in_a_report_never_crash(noise: bytes, where: int, name: str) -> None:
    data = sample(name).encode()
    problems(data[:where] + noise + data[where + len(noise) :])


def test_a_long_line_takes_no_long_time() -> None:
    assert problems("Requests [" * 200_000)


def test_sniff_knows_no_other_load_test() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert sorted(p.name for p in known) == [
        "guozheng__vegeta-post-replay__README.md", "khamonsol__ratelimiter__metrics.json"
    ]  # fmt: skip


def test_the_real_report_reproduces_its_ground_truth() -> None:
    if not (REAL / "INDEX.tsv").exists():
        pytest.skip(f"no samples at {SHARED}")
    with (REAL / "INDEX.tsv").open(newline="", encoding="utf-8") as lines:
        (row,) = [row for row in csv.DictReader(lines, delimiter="\t") if row["format"] == "Vegeta JSON report"]
    truth, whole = json.loads(row["ground_truth"]), values(read((REAL / row["file"]).read_bytes()))
    assert (whole["requests"], whole["failures"]) == (truth["n"], 592)
    assert whole["errors"] == pytest.approx(1 - truth["success"])
    assert whole["duration"] == pytest.approx(1000 * (truth["duration_s"] + truth["wait_s"]))
    assert whole["rate.sent"] == pytest.approx(truth["rate"], abs=5e-5)
    assert whole["rate.success"] == pytest.approx(truth["throughput"], abs=5e-5)
    for name in ("mean", "p50", "p95", "p99", "max"):
        assert whole[name] == pytest.approx(truth[name], abs=5e-5)


def test_the_real_document_holds_one_report() -> None:
    path = REAL / "vegeta" / "guozheng__vegeta-post-replay__README.md"
    if not path.exists():
        pytest.skip(f"no samples at {SHARED}")
    whole = values(read(path.read_bytes()))
    assert (whole["requests"], whole["failures"], whole["rate.sent"]) == (6, 2, 1.2)
    assert (whole["mean"], whole["p50"], whole["max"]) == (208.404113, 83.094232, 946.114123)
