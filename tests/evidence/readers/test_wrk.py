"""The reader of wrk and wrk2 against its samples, real files, and trap by trap."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.errors import Location
from readiness.evidence.loadtest.numbers import parse_duration
from readiness.evidence.reader import Reading
from readiness.evidence.readers.wrk import READER
from tests.evidence.readers import printed_tools as tools

LATENCY = tools.text(READER, "ok/latency.txt")


@pytest.mark.parametrize("path", tools.files(READER, "ok"), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_warnings_at_most(path: Path) -> None:
    reading = tools.read(READER, path)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} <= {"warning"}
    assert READER.sniff(path.read_bytes()) == 90


def test_all_lines_become_facts_in_canonical_units() -> None:
    reading = tools.sample(READER, "ok/latency.txt")
    found = tools.values(reading)
    assert found == {
        "arrivals": "closed", "requests": 2039, "failures": 0, "failures.status": 0, "failures.socket": 0, "failures.timeout": 0,
        "errors": 0, "duration": 10_010, "rate": 203.70, "throughput": 22.48 * 1024, "concurrency": 8,
        "mean": 43.34, "max": 334.18, "p50": 34.45, "p75": 54.64, "p90": 81.51, "p99": 176.55,
    }  # fmt: skip
    p99 = tools.fact(reading, "p99")
    assert (p99.unit, p99.samples, p99.origin, p99.at) == ("ms", 2039, "file", Location("latency.txt", 10))
    assert tools.fact(reading, "errors").origin == "derived"
    assert (reading.problems, reading.produced) == ((), None)


def test_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    assert tools.values(tools.sample(READER, "ok/bom.txt")) == tools.values(tools.sample(READER, "ok/latency.txt"))


def test_trap_23_m_is_minutes() -> None:
    assert tools.values(tools.sample(READER, "ok/minutes.txt"))["duration"] == 60_000
    assert parse_duration("83.33m", Location("f"), "it") == pytest.approx(4_999_800)
    assert parse_duration("2.50m", Location("f"), "it") == 150_000


def test_trap_4_a_rate_of_error_responses_proves_nothing() -> None:
    reading = tools.sample(READER, "broken/all-failed.txt")
    assert tools.values(reading)["errors"] == 1
    assert ("inconclusive", "all-failed", "all-failed.txt:12") in tools.problems(reading)


def test_trap_4_nan_and_zero_stand_for_no_time() -> None:
    for name in ("broken/wrk2-nan.txt", "broken/no-requests.txt"):
        reading = tools.sample(READER, name)
        assert not {"mean", "max", "p50", "p99"} & set(tools.values(reading))
        assert tools.codes(reading, "inconclusive") == ["no-samples"]
    nan = LATENCY.replace("43.34ms   34.46ms 334.18ms   85.79%", "-nanus    -nanus   0.00us    -nan%")
    reading = tools.read(READER, nan)
    assert tools.codes(reading) == ["no-times"]
    assert not {"mean", "max", "p50"} & set(tools.values(reading))


def test_percentiles_are_there_only_with_the_latency_flag() -> None:
    reading = tools.sample(READER, "ok/no-latency.txt")
    assert tools.codes(reading) == ["no-percentiles", "failed-fast"]
    assert tools.problem(reading, "no-percentiles").help == "run it with `--latency`"
    assert "p95" not in tools.values(tools.sample(READER, "ok/latency.txt"))


def test_non_2xx_responses_are_failures() -> None:
    reading = tools.sample(READER, "ok/no-latency.txt")
    assert tools.values(reading)["errors"] == pytest.approx(470 / 4564)
    assert tools.fact(reading, "failures").at.line == 7


def test_socket_errors_count_for_errors_and_not_for_requests() -> None:
    line = "  Socket errors: connect 3, read 15, write 4, timeout 0\nRequests/sec:"
    found = tools.values(tools.edited(READER, "ok/latency.txt", "Requests/sec:", line))
    assert (found["requests"], found["failures"]) == (2039, 22)
    assert found["errors"] == pytest.approx(22 / (2039 + 22))
    assert (found["failures.socket"], found["failures.timeout"]) == (22, 0)


def test_trap_16_a_frozen_server_shows_only_as_timeouts() -> None:
    """The server stood still for a second of every five; responses after the timeout are in no time."""
    reading = tools.sample(READER, "ok/timeouts.txt")
    assert tools.values(reading)["p99"] == 4.09
    assert tools.fact(reading, "p99").samples == 621_892 - 16
    problem = tools.problem(reading, "coordinated-omission")
    assert problem.message == (
        "16 responses came after the timeout and are in no time: the server stood still, "
        "and a closed loop sent nothing meanwhile"
    )
    assert problem.at == Location("timeouts.txt", 12)
    assert problem.help.startswith("send at a constant rate")


def test_trap_16_wrk2_sends_at_a_constant_rate_so_its_timeouts_hide_nothing() -> None:
    reading = tools.sample(READER, "ok/wrk2-fork.txt")
    assert tools.values(reading)["failures.timeout"] == 2
    assert "coordinated-omission" not in tools.codes(reading)


def test_trap_17_the_times_of_wrk2_leave_out_its_calibration() -> None:
    reading = tools.sample(READER, "ok/wrk2.txt")
    assert tools.values(reading)["requests"] == 8068
    assert tools.fact(reading, "p99").samples == 6031
    assert tools.fact(reading, "rate").samples == 8068
    assert tools.problem(reading, "calibration-left-out").message == (
        "6,031 of 8,068 requests are in the times: wrk2 leaves out its calibration, about 10 s"
    )


def test_trap_17_is_no_warning_in_a_long_run() -> None:
    content = tools.text(READER, "ok/wrk2.txt").replace("8068 requests in 40.01s", "6100 requests in 30.25s")
    assert "calibration-left-out" not in tools.codes(tools.read(READER, content))


def test_spectrum_of_wrk2_gives_what_its_list_leaves_out() -> None:
    reading = tools.sample(READER, "ok/wrk2.txt")
    p95 = tools.fact(reading, "p95")
    assert (p95.value, p95.at.line, p95.samples) == (101.759, 43, 6031)
    assert {"p97.5", "p99.9", "p99.999"} <= set(tools.values(reading))
    assert "p100" not in tools.values(reading)


def test_spectrum_of_wrk2_bounds_its_percentiles() -> None:
    reading = tools.sample(READER, "ok/wrk2.txt")
    for name in ("p50", "p95", "p99", "p99.9"):
        found = tools.fact(reading, name)
        assert found.bounds
        assert found.bounds.low <= float(found.value) <= found.bounds.high
    rare = tools.fact(reading, "p99.999").bounds
    assert rare
    assert rare.high == float("inf")


def test_uncorrected_latency_of_wrk2_is_not_mixed_in() -> None:
    content = tools.text(READER, "ok/wrk2-uncorrected.txt")
    assert content.count(" 99.000%") == 2
    found = tools.values(tools.sample(READER, "ok/wrk2-uncorrected.txt"))
    assert found["p99"] == 710.14
    alone = content[: content.index("  Latency Distribution (HdrHistogram - Unc")] + content[content.rindex("---") + 4 :]
    assert tools.values(tools.read(READER, alone)) == found


def test_fork_of_wrk2_has_the_99th_percentile_where_others_have_the_maximum() -> None:
    reading = tools.sample(READER, "ok/wrk2-fork.txt")
    assert tools.values(reading)["max"] == 435.20
    assert tools.fact(reading, "max").at.line == 16


def test_intended_rate_is_known_only_from_a_pasted_command() -> None:
    assert "rate.requested" not in tools.values(tools.sample(READER, "ok/wrk2.txt"))
    reading = tools.sample(READER, "ok/wrk2-command.md")
    assert tools.fact(reading, "rate.requested")[1:4] == (200, "1/s", Location("wrk2-command.md", 4))
    assert "rate-missed" not in tools.codes(reading)


def test_missed_rate_and_a_growing_queue_are_told() -> None:
    reading = tools.sample(READER, "ok/wrk2-slow.md")
    assert tools.codes(reading) == ["calibration-left-out", "overloaded", "rate-missed"]
    message = "400 requests per second were asked for, 201.65 were made"
    assert tools.problem(reading, "rate-missed").message == message


@pytest.mark.parametrize("option", ["-R2k", "-R 2000", "--rate 2000", "--rate=2k"])
def test_rate_of_a_command_in_all_its_spellings(option: str) -> None:
    content = f"$ ./wrk -t2 {option} -L http://h/\n" + tools.text(READER, "ok/wrk2.txt")
    assert tools.values(tools.read(READER, content))["rate.requested"] == 2000


def test_trap_26_runs_in_markdown_are_labelled_and_none_is_the_whole() -> None:
    reading = tools.sample(READER, "ok/runs.md")
    assert tools.values(reading) == {}
    runs = [
        tools.values(reading, run=str(number), endpoint=path)
        for number, path in ((1, "/chat"), (2, "/flaky"), (3, "/chat"))
    ]
    assert [run["requests"] for run in runs] == [2039, 4564, 12_302]
    assert tools.fact(reading, "requests", run="2", endpoint="/flaky").at.line == 26
    assert READER.sniff(tools.text(READER, "ok/runs.md").encode()) == 90


@pytest.mark.parametrize(
    ("name", "kind", "code", "place"),
    [
        ("cut-off.txt", "invalid", "cut-off", "cut-off.txt:1"),
        ("started-only.txt", "invalid", "cut-off", "started-only.txt:1"),
        ("second-run-cut-off.md", "invalid", "cut-off", "second-run-cut-off.md:15"),
        ("two-mixed.txt", "invalid", "duplicate", "two-mixed.txt:12"),
        ("nan-rate.txt", "invalid", "number", "nan-rate.txt:12"),
        ("no-unit.txt", "invalid", "number", "no-unit.txt:10"),
        ("rate-contradicts.txt", "invalid", "contradiction", "rate-contradicts.txt:11"),
        ("p99-below-p50.txt", "invalid", "contradiction", "p99-below-p50.txt:10"),
        ("longer-than-the-run.txt", "invalid", "contradiction", "longer-than-the-run.txt:4"),
        ("wrk2-total-contradicts.txt", "invalid", "contradiction", "wrk2-total-contradicts.txt:88"),
        ("wrk2-spectrum-backwards.txt", "invalid", "contradiction", "wrk2-spectrum-backwards.txt:39"),
        ("utf16.txt", "invalid", "not-utf8", "utf16.txt"),
        ("mostly-refused.txt", "inconclusive", "all-failed", "mostly-refused.txt:12"),
        ("no-requests.txt", "inconclusive", "no-samples", "no-requests.txt:11"),
    ],
)
def test_broken_sample_says_what_is_wrong_and_where(name: str, kind: str, code: str, place: str) -> None:
    assert (kind, code, place) in tools.problems(tools.sample(READER, f"broken/{name}"))


def test_messages_name_line_and_value() -> None:
    def told(name: str) -> list[str]:
        reading = tools.sample(READER, f"broken/{name}")
        return [problem.message for problem in reading.problems if problem.kind == "invalid"]

    assert told("cut-off.txt") == ["the run of line 1 has no result: it was stopped, or is cut off"]
    assert told("nan-rate.txt") == ["`Requests/sec` is `-nan`, not a number of 0 or more"]
    assert told("no-unit.txt") == ["the time of 99% is `176.55`, not a duration"]
    assert told("rate-contradicts.txt") == ["2,039 requests, and rate times duration make 100,100"]
    assert told("two-mixed.txt") == ["`17 requests in 1.00s, 2.00KB r` is already on line 11 of the same run"]
    assert told("wrk2-total-contradicts.txt") == ["the total count is 999,999, the lines reach 6,031"]


@pytest.mark.parametrize("data", tools.HOSTILE, ids=range(len(tools.HOSTILE)))
def test_hostile_bytes_give_problems(data: bytes) -> None:
    assert tools.survives(READER, data).facts == ()
    tools.survives(READER, LATENCY.encode() + data)


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "-1", "nan", "inf", "0x10", "", "1_0", "٣"])
@pytest.mark.parametrize("old", ["2039", "10.01", "203.70", "334.18", "176.55", "8", "22.48"])
def test_hostile_numbers_give_problems(old: str, number: str) -> None:
    reading = tools.survives(READER, LATENCY.replace(f" {old}", f" {number}").encode())
    assert all(isinstance(fact.value, str) or abs(float(fact.value)) < 1e16 for fact in reading.facts)


@given(st.lists(st.sampled_from(tools.text(READER, "ok/wrk2.txt").splitlines()), max_size=40), st.binary(max_size=30))
def test_any_lines_in_any_order_give_facts_or_problems(lines: list[str], junk: bytes) -> None:
    tools.survives(READER, "\n".join(lines).encode() + junk)


@given(st.integers(0, len(LATENCY)))
def test_a_run_cut_off_anywhere_before_its_rate_is_refused(end: int) -> None:
    reading = tools.survives(READER, LATENCY[:end].encode())
    if end < LATENCY.index("203.70"):
        assert tools.codes(reading, "invalid")


def test_sniff_claims_the_files_of_wrk_and_no_others() -> None:
    assert {name.split("/")[0] for name in tools.claimed(READER)} == {"wrk", "hdrhistogram"}
    assert "hdrhistogram/giltene__wrk2__README.md" in tools.claimed(READER)


def compare(reading: Reading, truth: dict[str, str | int | None], labels: dict[str, str]) -> int:
    """Compare one run with the texts of the index; return how many values were compared."""
    found = tools.values(reading, **labels)
    at = Location("f")
    assert found["requests"] == truth["n"]
    assert found["duration"] == pytest.approx(parse_duration(str(truth["dur"]), at, ""))
    assert found["rate"] == float(str(truth["rps"]))
    assert found["failures.status"] == int(str(truth["non2xx"]))
    for rank in ("p50", "p99"):
        wanted = truth[rank]
        assert found.get(rank) == (pytest.approx(parse_duration(str(wanted), at, "")) if wanted else None)
    socket = [int(part.split()[1]) for part in str(truth["sockerr"]).split(",") if part]
    assert found["failures.socket"] == sum(socket[:3])
    assert found["failures.timeout"] == sum(socket[3:])
    return 8


def test_ground_truth_of_real_and_produced_files() -> None:
    compared = 0
    listed = [*tools.index("real", tool="wrk"), *tools.index("produced", tool="wrk")]
    for path, truth in listed:
        reading = tools.read(READER, path)
        urls = {dict(f.labels).get("run"): dict(f.labels).get("endpoint") for f in reading.facts if f.metric == "duration"}
        assert len(urls) == truth["runs"]
        for key, number in (("first", 1), ("last", truth["runs"])):
            if truth[key]:
                many = truth["runs"] > 1
                labels = {"run": str(number), "endpoint": str(urls[str(number)])} if many else {}
                compared += compare(reading, truth[key], labels)
    print(f"wrk: {len(listed)} files, {compared} values compared")
    assert (len(listed), compared) == (10, 88)


def test_real_files_are_judged_as_they_deserve() -> None:
    found = {}
    for path, _ in tools.index("real", tool="wrk"):
        reading = tools.read(READER, path)
        name = path.name.split("__")[-1]
        found[name] = {(kind, code) for kind, code, _ in tools.problems(reading) if kind != "warning"}
    assert {name: kinds for name, kinds in found.items() if kinds} == {
        "WrkResultsLong.wrk": {("invalid", "contradiction")},  # 1045 requests at 206 a second in 83 minutes
        "WrkResultsWithErrors.wrk": {("inconclusive", "all-failed")},
        "wrkErrorExample1.txt": {("inconclusive", "all-failed")},
    }


def test_readme_of_wrk2_holds_four_runs_with_their_commands() -> None:
    path = next(p for p, _ in tools.index("real", tool="hdrhistogram") if p.name.startswith("giltene"))
    reading = tools.read(READER, path)
    runs = [f for f in reading.facts if f.metric == "rate.requested"]
    assert [f.value for f in runs] == [2000, 2000, 2000, 2000]
    assert {dict(f.labels)["run"] for f in reading.facts if f.metric == "p99"} == {"2", "3", "4"}
