"""The reader of k6's console output against its samples, against real files, and trap by trap."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.k6_console import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "k6-console"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
LOAD = SHARED / "loadtest"
LEVEL = "ERR" + "O"  # as k6 writes it


def load(name: str) -> Source:
    return Source(Path(name).name, (HERE / name).read_bytes())


def values(reading: Reading, **labels: str) -> dict[str, Any]:
    wanted = tuple(sorted(labels.items()))
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == wanted}


def verdicts(reading: Reading) -> dict[str, object]:
    return {dict(f.labels)["expression"]: f.value for f in reading.facts if f.metric == "threshold"}


def problems(source: Source) -> list[tuple[str, str, str, str]]:
    try:
        found = READER.read(source, None).problems
    except Unreadable as error:
        found = (error.problem,)
    return [(p.kind, p.code, str(p.at), p.message) for p in found]


def edited(name: str, *pairs: tuple[str, str]) -> Source:
    text = (HERE / name).read_text()
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return Source("x.txt", text.encode())


@pytest.mark.parametrize("path", sorted((HERE / "ok").iterdir()), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_no_blocking_problem(path: Path) -> None:
    source = Source(path.name, path.read_bytes())
    reading = READER.read(source, None)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} <= {"warning"}
    assert READER.sniff(source.data) == 90


def test_values_are_those_of_the_run() -> None:
    """The server counted 1 182 requests and 16 answers with status 503."""
    reading = READER.read(load("ok/sections.txt"), None)
    overall = values(reading)
    assert (overall["requests"], overall["failures"], overall["errors"]) == (1182, 16, 16 / 1182)
    assert (overall["rate"], overall["duration"]) == (106.917006, 1182 / 106.917006 * 1000)
    assert (overall["concurrency"], overall["concurrency.allocated"]) == (10, 18)
    assert (overall["min"], overall["mean"], overall["p50"], overall["p90"], overall["p95"], overall["max"]) == (
        2.29, 34.4, 22.54, 74.72, 102.82, 263.8)  # fmt: skip
    assert overall["checks"] == 1426 / 1564
    assert overall["throughput"] == 12_000
    assert values(reading, endpoint="chat")["p95"] == 92.47
    fact = next(f for f in reading.facts if f.metric == "p95" and not f.labels)
    assert (fact.unit, fact.samples, fact.origin, str(fact.at)) == ("ms", 1182, "file", "sections.txt:97")


def test_the_older_layout_gives_the_same_names() -> None:
    new, old = (values(READER.read(load(f"ok/{name}.txt"), None)) for name in ("sections", "legacy"))
    assert set(new) == set(old)
    assert (old["requests"], old["errors"], old["checks"]) == (1180, 10 / 1180, 1425 / 1558)
    assert old["p95"] == 125.61


def test_units_change_from_value_to_value() -> None:
    line = "avg=34.4ms  min=2.29ms med=22.54ms max=263.8ms  p(90)=74.72ms  p(95)=102.82ms"
    new = "avg=1.02s   min=900ns  med=22.54µs max=1h2m3s   p(90)=0.5s     p(95)=1m30s   "
    overall = values(READER.read(edited("ok/sections.txt", (line, new)), None))
    assert [overall[name] for name in ("mean", "min", "p50", "max", "p90", "p95")] == pytest.approx(
        [1020, 0.0009, 0.02254, 3_723_000, 500, 90_000]
    )


def test_times_in_one_unit() -> None:
    overall = values(READER.read(load("ok/quiet-ms.txt"), None))
    assert (overall["p99.9"], overall["custom.llm_ttft.min"]) == (204.56, 7.30)


def test_colours_and_progress_bars_are_taken_off() -> None:
    assert b"\x1b[36m" in load("ok/colours.txt").data
    overall = values(READER.read(load("ok/colours.txt"), None))
    assert (overall["requests"], overall["errors"], overall["p95"]) == (99, 5 / 99, 11.16)


def test_prefixes_of_compose_are_taken_off_and_the_last_log_line_dates_it() -> None:
    reading = READER.read(load("ok/compose.txt"), None)
    assert values(reading)["p95"] == 64.91
    assert reading.produced == datetime(2026, 11, 23, 3, 3, 28, tzinfo=UTC)
    assert str(reading.produced_where) == "compose.txt:75"
    assert READER.read(load("ok/sections.txt"), None).produced is None


def test_prefixes_of_an_actions_log_are_taken_off() -> None:
    lines = load("ok/sections.txt").text.splitlines()
    text = "".join(f"2026-11-23T02:13:51.1234567Z {line}\n" for line in lines)
    assert values(READER.read(Source("x.txt", text.encode()), None))["p95"] == 102.82


def test_windows_line_ends() -> None:
    data = load("ok/sections.txt").data.replace(b"\n", b"\r\n")
    assert values(READER.read(Source("x.txt", data), None))["p95"] == 102.82


def test_trap_1_the_tick_of_http_req_failed_counts_the_failures() -> None:
    assert "http_req_failed................: 3.31%  ✓ 12        ✗ 350" in load("ok/v047.txt").text
    overall = values(READER.read(load("ok/v047.txt"), None))
    assert (overall["failures"], overall["errors"]) == (12, 12 / 362)
    assert overall["checks"] == pytest.approx(168 / 180)


def test_trap_2_no_p99_even_beside_a_threshold_on_it() -> None:
    reading = READER.read(load("ok/sections.txt"), None)
    assert verdicts(reading)["http_req_duration: p(99)<2000"] is True
    assert "p99" not in values(reading)


def test_trap_3_run_without_http() -> None:
    reading = READER.read(load("ok/no-http.txt"), None)
    overall = values(reading)
    assert (overall["checks"], overall["custom.job_time.p95"]) == (188 / 196, 23.87)
    assert not any("job_size" in fact.metric for fact in reading.facts)  # a number, not a time
    assert not {"requests", "errors", "p95"} & set(overall)
    assert [(p.kind, p.code) for p in reading.problems] == [("warning", "no-http")]


def test_trap_8_refused_requests_make_times_better_so_there_is_a_warning() -> None:
    reading = READER.read(load("ok/refused-some.txt"), None)
    assert (values(reading)["p95"], values(reading, response="expected")["p95"]) == (64.91, 77.81)
    assert [(p.code, p.message) for p in reading.problems] == [
        ("thresholds-failed", "1 of 2 thresholds of the script did not hold: `http_req_duration{name:chat}: p(99)<100`"),
        ("failed-fast", "the mean is 17.12 ms with failed requests, 26.5 ms without: they failed fast, or a quick endpoint failed more often")
    ]
    fact = next(f for f in reading.facts if f.labels == (("response", "expected"),))
    assert fact.samples == 474 - 175


def test_trap_10_no_verdict_on_requests_is_a_warning_and_not_zero_errors() -> None:
    reading = READER.read(load("ok/unjudged.txt"), None)
    assert "errors" not in values(reading)
    assert [p.code for p in reading.problems] == ["unjudged"]


def test_trap_16_a_stall_of_looping_users_is_a_warning() -> None:
    source = edited("ok/refused-some.txt",
                    ("med=10.82ms  max=298.43ms", "med=10.82ms  max=4998.4ms"))  # fmt: skip
    assert ("warning", "coordinated-omission") in {p[:2] for p in problems(source)}
    opened = edited("ok/refused-some.txt", ("med=10.82ms  max=298.43ms", "med=10.82ms  max=4998.4ms"),
                    ("4 looping VUs for 6s", "40.00 iterations/s for 6s"))  # fmt: skip
    assert "coordinated-omission" not in {p[1] for p in problems(opened)}
    assert values(READER.read(source, None))["arrivals"] == "closed"
    assert values(READER.read(opened, None))["arrivals"] == "open"


SCENARIOS = "     scenarios: (100.00%) 1 scenario, 4 max VUs, 36s max duration (incl. graceful stop):\n"
LOOPING = "              * default: 4 looping VUs for 6s (gracefulStop: 30s)\n"
PACED = "              * paced: 40.00 iterations/s for 6s (maxVUs: 20, gracefulStop: 30s)\n"
DROPPED = "    dropped_iterations.............: 5       0.8/s\n"


@pytest.mark.parametrize(
    ("scenarios", "dropped", "told"),
    [
        (SCENARIOS + LOOPING + PACED, "", 1), (SCENARIOS + LOOPING + PACED, DROPPED, 1), (SCENARIOS + PACED, "", 0),
        ("", "", 1), ("", DROPPED, 0),
    ],
)  # fmt: skip
def test_trap_16_a_stall_is_told_unless_a_schedule_sent_all_as_of_a_summary_export(scenarios: str, dropped: str, told: int) -> None:
    """A real run has users in a loop beside a fixed rate: its export tells the stall, and so must this."""
    text = load("ok/refused-some.txt").text
    assert SCENARIOS + LOOPING in text
    text = text.replace(SCENARIOS + LOOPING, scenarios).replace("med=10.82ms  max=298.43ms", "med=10.82ms  max=4998.4ms")
    head, iterations, rest = text.rpartition("    iterations.")
    reading = READER.read(Source("run.txt", (head + dropped + iterations + rest).encode()), None)
    assert [p.code for p in reading.problems].count("coordinated-omission") == told


def test_trap_26_runs_pasted_into_markdown_are_told_apart() -> None:
    one, two = (load(f"ok/{name}.txt").text for name in ("refused-some", "legacy"))
    text = f"# Load\n\n## Before\n\n```\n{one}\n```\n\n## After\n\n```\n{two}\n```\n"
    quoted = "".join(f"> {line}\n" for line in text.splitlines())
    for document in (text, quoted):
        reading = READER.read(Source("load.md", document.encode()), None)
        assert values(reading, run="1")["p95"] == 64.91
        assert values(reading, run="2")["p95"] == 125.61
        assert not values(reading)
    assert READER.sniff(text.encode()) == 50
    assert {p.code for p in reading.problems} == {"failed-fast", "idle-users", "thresholds-failed"}


def test_runs_without_banners_are_told_apart() -> None:
    text = load("ok/quiet-ms.txt").text
    reading = READER.read(Source("x.txt", (text + text).encode()), None)
    assert values(reading, run="1") == values(reading, run="2") != {}
    lines = load("ok/legacy.txt").text.splitlines(keepends=True)
    summary = "".join(lines[60:89])
    reading = READER.read(Source("x.txt", (summary + "\n" + summary).encode()), None)
    assert values(reading, run="1") == values(reading, run="2") != {}
    assert {p.kind for p in reading.problems} == {"warning"}


def test_an_unfinished_run_spoils_the_others() -> None:
    found = problems(load("broken/one-run-unfinished.txt"))
    assert ("inconclusive", "no-summary", "one-run-unfinished.txt:127", "there is no summary at the end") in found


def test_thresholds_are_verdicts_with_their_expression() -> None:
    reading = READER.read(load("ok/sections.txt"), None)
    assert verdicts(reading) == {
        "checks: rate>0.9": True,
        "http_req_duration: p(95)<400": True,
        "http_req_duration: p(99)<2000": True,
        "http_req_duration{endpoint:chat}: p(95)<50": False,
        "http_req_duration{expected_response:true}: avg<500": True,
        "http_req_failed: rate<0.01": False,
    }
    assert (values(reading)["thresholds.passed"], values(reading)["thresholds.failed"]) == (4, 2)


def test_the_older_layout_has_one_mark_per_metric() -> None:
    reading = READER.read(load("ok/legacy.txt"), None)
    assert verdicts(reading) == {
        "checks": True,
        "http_req_duration": True,
        "http_req_duration{endpoint:chat}": False,
        "http_req_duration{expected_response:true}": True,
        "http_req_failed": True,
    }


def test_without_thresholds_none_is_counted() -> None:
    reading = READER.read(load("ok/unjudged.txt"), None)
    assert not any(fact.metric.startswith("threshold") for fact in reading.facts)


def test_full_mode_gives_scenarios_and_groups_as_labels() -> None:
    reading = READER.read(load("ok/full.txt"), None)
    assert values(reading)["requests"] == 368
    assert values(reading, scenario="browse")["errors"] == 11 / 210
    assert values(reading, scenario="peak")["p95"] == 201.51
    assert values(reading, scenario="browse", group="front page")["p95"] == 11.21
    assert values(reading, scenario="peak")["dropped"] == 83
    fact = next(f for f in reading.facts if f.metric == "p95" and f.labels == (("scenario", "peak"),))
    assert fact.samples == 156


def test_dropped_iterations_are_load_that_was_not_offered() -> None:
    reading = READER.read(load("ok/dropped.txt"), None)
    assert values(reading)["dropped"] == 82
    assert reading.problems == ()  # the warning is that of all load tests


def test_iterations_interrupted_at_the_end_are_a_warning() -> None:
    source = edited("ok/refused-some.txt", ("0/4 VUs, 158 complete and 0 inter", "0/4 VUs, 155 complete and 3 inter"))
    assert ("warning", "interrupted", "x.txt:73", "3 iterations were interrupted, 155 complete") in problems(source)


@pytest.mark.parametrize(
    ("name", "line"), [("aborted", 52), ("aborted-by-threshold", 20), ("aborted-by-script", 44)]
)
def test_aborted_run_is_inconclusive(name: str, line: int) -> None:
    found = problems(load(f"broken/{name}.txt"))
    assert ("inconclusive", "aborted", f"{name}.txt:{line}", "the run was aborted") in found
    assert "interrupted" not in {code for _, code, _, _ in found}


@pytest.mark.parametrize(
    "line",
    [
        "time=\"2026-11-25T20:26:06Z\" level=error msg=\"test run was aborted because k6 received a 'interrupt' signal\"",
        LEVEL + "[0028] test run was aborted because k6 received a 'terminated' signal",
        'time="2026-11-25T20:26:12Z" level=error msg="test aborted: enough at default (file:///x.js:7:84(30))"',
        LEVEL + "[0003] thresholds on metrics 'checks' were crossed; at least one has abortOnFail enabled, stopping test prematurely",
    ],
)  # fmt: skip
def test_log_lines_tell_of_an_abort(line: str) -> None:
    text = load("ok/quiet-ms.txt").text + line + "\n"
    assert ("inconclusive", "aborted") in {p[:2] for p in problems(Source("x.txt", text.encode()))}


@pytest.mark.parametrize("name", ["no-summary", "cut-off", "cut-in-summary"])
def test_without_a_whole_summary_it_is_inconclusive(name: str) -> None:
    found = problems(load(f"broken/{name}.txt"))
    assert [(kind, code) for kind, code, _, _ in found if kind != "warning"] == [("inconclusive", "no-summary")]


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("percentiles-out-of-order", 97, "`p95` is 12.82 ms, below `p90` of 74.72 ms"),
        ("above-maximum", 97, "`max` is 63.8 ms, below `p95` of 102.82 ms"),
        ("share-mismatch", 100, "`http_req_failed` is 0.35%, its counts make 1.35%"),
        ("more-than-all", 100, "`http_req_failed`: 1600 of 1182"),
        ("checks-mismatch", 83, "`checks_total` is 1664, those that passed and failed make 1564"),
        ("more-failures-listed", 85, "138 checks failed in total, 238 of those listed"),
        ("more-failures-listed-legacy", 67, "133 checks failed in total, 233 of those listed"),
        ("more-judged-than-made", 100, "1,182 requests passed or failed, 182 were made"),
        ("verdict-flipped", 72, "`http_req_duration{endpoint:chat}: p(95)<50` is said to have held, the value is 92.47ms"),
        ("verdict-of-share-flipped", 78, "`http_req_failed: rate<0.01` is said to have held, the value is 1.35%"),
    ],
)  # fmt: skip
def test_contradiction_is_invalid_at_its_place(name: str, line: int, message: str) -> None:
    assert ("invalid", "contradiction", f"{name}.txt:{line}", message) in problems(load(f"broken/{name}.txt"))


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("nan", 97, "`avg` of `http_req_duration` is `NaNms`, not a duration"),
        ("unit-missing", 97, "`p(90)` of `http_req_duration` is `74.72`, not a duration"),
        ("unit-unknown", 42, "`avg` of `http_req_duration` is `18.98Âµs`, not a duration"),
        ("cut-in-line", 97, "`med` of `http_req_duration` is `22.54`, not a duration"),
        ("count-text", 101, "`http_reqs` is `many`, not a count"),
        ("users-text", 106, "`max` of `vus` is `ten`, not a count"),
        ("share-text", 67, "`checks` is followed by `91.46`, not by a percentage with its counts"),
    ],
)
def test_what_is_no_number_is_refused_at_its_place(name: str, line: int, message: str) -> None:
    assert problems(load(f"broken/{name}.txt")) == [("invalid", "number", f"{name}.txt:{line}", message)]


@pytest.mark.parametrize("name", ["zero-requests", "all-refused", "no-measurement"])
def test_what_measured_nothing_is_inconclusive(name: str) -> None:
    codes = {code for kind, code, _, _ in problems(load(f"broken/{name}.txt")) if kind == "inconclusive"}
    assert codes == {"all-failed" if name == "all-refused" else "no-samples"}


def test_zeros_without_samples_give_no_times() -> None:
    reading = READER.read(load("broken/all-refused.txt"), None)
    assert not {"p95", "mean", "min"} & set(values(reading))


def test_values_of_thresholds_are_compared_only_as_precisely_as_shown() -> None:
    line = "✗ 'p(95)<50' p(95)=92.47ms"
    for new in ("✓ 'p(95)<92.47' p(95)=92.47ms", "✗ 'p(95)<92.47' p(95)=92.47ms", "✗ 'p(99.9)<1' p(99.9)=undefined",
                "✗ 'p(95) < 50' p(95) =92.47ms", "✓ 'p(95)<100' p(95)=[no data]"):  # fmt: skip
        source = edited("ok/sections.txt", (line, new))
        assert "contradiction" not in {p[1] for p in problems(source)}, new


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("", 0),
        ("the k6 line http_req_duration....: avg=1ms", 0),
        ('{"metric":"http_req_duration....: avg=", "x": "vus_max...: 1 min="}', 0),
        ("http_req_duration..: avg=1ms\niteration_duration..: avg=2ms", 90),
        ("# Load test\nhttp_req_duration..: avg=1ms\niteration_duration..: avg=2ms", 50),
        ("     execution: local\n\nrunning (1.0s), 0/4 VUs, 1 complete and 0 interrupted iterations", 90),
    ],
)
def test_sniff_needs_two_lines_that_only_k6_prints(text: str, score: int) -> None:
    assert READER.sniff(text.encode()) == score


def test_powershell_output_is_known_and_refused_with_advice() -> None:
    data = load("ok/sections.txt").text.encode("utf-16")
    assert READER.sniff(data[:65_536]) == 90
    assert problems(Source("x.txt", data)) == [("invalid", "not-utf8", "x.txt", "the file is UTF-16")]


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 9, b"\xff\xfe\0", b"hello", b"." * 200_000, b"x" + b"." * 200_000 + b": avg=1ms",
     b"{ " * 50_000 + b"}..: 1", b"vus" + b"..: " * 50_000, b"\x1b[" * 50_000, "✓ ".encode() * 50_000,
     b"http_reqs...: 1" + b"0" * 500 + b" 1/s", b"http_reqs...: 5 1e999/s",
     b"http_req_duration...: avg=" + b"9" * 500 + b"ms"],
)  # fmt: skip
def test_hostile_input_is_a_problem(data: bytes) -> None:
    READER.sniff(data[:65_536])
    assert {kind for kind, *_ in problems(Source("x.txt", data))} & {"invalid", "inconclusive"}


@given(st.binary(max_size=300))
def test_random_bytes_never_crash(data: bytes) -> None:
    READER.sniff(data)
    assert problems(Source("x.txt", data))


@given(st.data())
def test_damaged_sample_never_crashes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["ok/sections.txt", "ok/v047.txt", "ok/full.txt"]))
    text = bytearray(load(name).data)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    text[start:end] = data.draw(st.binary(max_size=8))
    problems(Source("x.txt", bytes(text)))


def test_sniff_knows_no_other_sample() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert len(known) == 10
    assert {p.parent.name for p in known} <= {"k6", "taurus"}
    assert {p.suffix for p in known} <= {".txt", ".stdout"}


def truth(folder: str, file: str) -> dict[str, Any]:
    with (LOAD / folder / "INDEX.tsv").open(newline="", encoding="utf-8") as index:
        rows = {row["file"]: row["ground_truth"] for row in csv.DictReader(index, delimiter="\t")}
    found: dict[str, Any] = json.loads(rows[file])
    return found


def close(found: float, stated: float) -> bool:
    """Tell whether a time is a truncated one: two digits of its unit are shown."""
    step = 1e-5 if stated < 1 else 0.01 if stated < 1000 else 10
    return -1e-4 <= stated - found <= step + 1e-4


@pytest.mark.parametrize(
    ("folder", "file", "summary"),
    [
        ("real", "k6/rate-limiter_low_console.txt", "k6/rate-limiter_low_summary-export.json"),
        ("real", "k6/rate-limiter_medium_console.txt", "k6/rate-limiter_medium_summary-export.json"),
        ("produced", "k6/run1.stdout", "k6/summary-export.json"),
        ("produced", "k6/run5_small.stdout", "k6/small-export.json"),
    ],
)
def test_summary_of_the_same_run_agrees(folder: str, file: str, summary: str) -> None:
    """The index has no values for console output: those of the same run's JSON, as far as shown."""
    if not (LOAD / folder / file).exists():
        pytest.skip(f"no samples at {LOAD}")
    stated = truth(folder, summary)
    reading = READER.read(Source(file, (LOAD / folder / file).read_bytes()), None)
    found = values(reading)
    for key, metric in (("avg", "mean"), ("med", "p50"), ("p90", "p90"), ("p95", "p95"), ("max", "max")):
        assert close(found[metric], stated[key]), (key, found[metric], stated[key])
    assert (found["requests"], found["failures"]) == (stated["n"], stated["failed"])
    assert found["errors"] == pytest.approx(stated["fail_rate"], abs=5.1e-5)
    assert found["rate"] == pytest.approx(stated["rps"], abs=5.1e-5)
    assert found["duration"] == pytest.approx(stated["duration_s"] * 1000, abs=0.051)
    assert found["concurrency.allocated"] == stated["vus_max"]
    assert found["checks"] == stated["checks"][0] / sum(stated["checks"])
    assert verdicts(reading) == {text: verdict == "PASS" for text, verdict in stated["thresholds"].items()}


def test_real_files_are_read_without_a_blocking_problem() -> None:
    files = sorted((LOAD / "real" / "k6").glob("*.txt"))
    if not files:
        pytest.skip(f"no samples at {LOAD}")
    for path in files:
        reading = READER.read(Source(path.name, path.read_bytes()), None)
        assert {p.kind for p in reading.problems} <= {"warning"}
        assert {"requests", "errors", "rate", "p95", "checks", "concurrency"} <= set(values(reading))
    assert len(files) == 4
