"""The Locust reader against its samples, against real files, and trap by trap."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import pytest

from readiness.errors import Location
from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.locust_csv import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "locust-csv"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
REAL = SHARED / "loadtest" / "real"
STATS, HISTORY, FAILURES, EXCEPTIONS = READER.family


def family(prefix: Path, **edits: bytes) -> Source:
    """Load the files of a run; `stats=`, `history=` and so on replace the content of one."""
    named = dict(zip(("stats", "history", "failures", "exceptions"), READER.family, strict=True))
    given = {named[name]: data for name, data in edits.items()}
    found = {}
    for end in READER.family:
        path = prefix.with_name(prefix.name + end)
        if end in given or path.exists():
            found[end] = Source(path.name, given.get(end) or path.read_bytes())
    main = next(iter(found))
    return Source(found[main].path, found[main].data, {e: s for e, s in found.items() if e != main})


def values(reading: Reading, *labels: tuple[str, str]) -> dict[str, object]:
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == labels}


def problems(source: Source) -> list[tuple[str, str, str]]:
    try:
        found = READER.read(source, None).problems
    except Unreadable as error:
        found = (error.problem,)
    return [(problem.kind, problem.code, str(problem.at)) for problem in found]


def prefixes(kind: str) -> list[Path]:
    found = set()
    for path in (HERE / kind).iterdir():
        end = max((e for e in READER.family if path.name.endswith(e)), key=len)
        found.add(path.with_name(path.name.removesuffix(end)))
    return sorted(found)


def edited(name: str, old: str, new: str) -> bytes:
    data = (HERE / "ok" / name).read_bytes()
    assert data.count(old.encode()) == 1
    return data.replace(old.encode(), new.encode())


@pytest.mark.parametrize("prefix", prefixes("ok"), ids=lambda p: p.name)
def test_ok_sample_has_facts_and_no_blocking_problem(prefix: Path) -> None:
    reading = READER.read(family(prefix), None)
    assert reading.facts
    assert {problem.kind for problem in reading.problems} <= {"warning"}
    assert READER.sniff(prefix.with_name(prefix.name + STATS).read_bytes()) == 90


@pytest.mark.parametrize("prefix", prefixes("broken"), ids=lambda p: p.name)
def test_broken_sample_proves_nothing(prefix: Path) -> None:
    kinds = {kind for kind, _, _ in problems(family(prefix))}
    assert kinds & {"invalid", "inconclusive"}


def test_overall_values_are_those_of_the_tool_and_recomputed_ones() -> None:
    reading = READER.read(family(HERE / "ok" / "peak"), None)
    overall = values(reading)
    assert overall["requests"] == 502 + 277 + 167 + 142 + 898
    assert overall["errors"] == pytest.approx(195 / 1986)
    assert overall["rate"] == 141.57228051492692
    assert overall["duration"] == 14_000
    assert overall["concurrency"] == 10
    assert overall["duration.at_peak"] == 12_000
    assert [overall[p] for p in ("p50", "p95", "p99", "p99.9")] == [15, 200, 210, 220]
    assert overall["max"] == 259.190247999868
    assert "p100" not in overall
    assert reading.produced == datetime(2026, 11, 23, 2, 15, 13, tzinfo=UTC)
    assert str(reading.produced_where) == "peak_stats_history.csv:86 Timestamp"


def test_endpoint_values_carry_labels_place_and_sample_count() -> None:
    reading = READER.read(family(HERE / "ok" / "peak"), None)
    labels = (("endpoint", "POST /chat"), ("method", "POST"))
    fact = next(f for f in reading.facts if f.labels == labels and f.metric == "p95")
    assert (fact.value, fact.unit, fact.samples, fact.origin) == (110, "ms", 898, "file")
    assert fact.at == Location("peak_stats.csv", 6, 0, "95%")
    errors = next(f for f in reading.facts if not f.labels and f.metric == "errors")
    assert (str(errors.at), errors.origin) == ("peak_stats.csv:7 Failure Count", "derived")


def test_aggregated_mixes_endpoints_so_each_has_its_own_values() -> None:
    reading = READER.read(family(HERE / "ok" / "peak"), None)
    slow = values(reading, ("endpoint", "/slow"), ("method", "GET"))
    assert (values(reading)["p50"], slow["p50"]) == (15, 200)


def test_trap_15_events_of_the_same_requests_are_told() -> None:
    """Time to first token and whole answer of a stream are two rows, beside the request itself."""
    head = "Type,Name,Request Count,Failure Count,Average Response Time,Min Response Time,Max Response Time,Requests/s,50%"
    rows = ["POST,/v1/chat,200,0,20,10,40,2,20", "STREAM,E2E,204,0,60000,50000,99000,2,60000",
            "STREAM,TTFT,204,0,400,300,900,2,400", ",Aggregated,608,0,20272.368,10,99000,6,500"]  # fmt: skip
    (problem,) = READER.read(Source("a_stats.csv", "\n".join([head, *rows, ""]).encode()), None).problems
    assert (problem.code, str(problem.at)) == ("events-counted", "a_stats.csv:3 Request Count")
    assert problem.message.startswith("`STREAM E2E` and `STREAM TTFT` may be no requests, and count as 408: ")


def test_trap_27_a_run_whose_requests_failed_is_told_and_proves_nothing() -> None:
    source = family(HERE / "broken" / "all-failed")
    overall = values(READER.read(source, None))
    assert (overall["requests"], overall["errors"]) == (116, 1)
    assert ("inconclusive", "all-failed", "all-failed_stats.csv:3 Failure Count") in problems(source)


def test_an_endpoint_whose_requests_failed_is_a_warning() -> None:
    found = READER.read(family(HERE / "ok" / "peak"), None).problems
    assert [(p.kind, p.message) for p in found if p.code == "all-failed"] == [
        ("warning", "every request of `/missing GET` failed: its times say nothing of answers")
    ]


def test_trap_16_a_stall_that_few_samples_show_is_told() -> None:
    text = (HERE / "ok" / "steady_stats.csv").read_text()
    rows = list(csv.reader(text.splitlines()))
    longest = rows[0].index("Max Response Time")
    for row in rows[-1], max(rows[1:-1], key=lambda row: float(row[longest])):
        row[longest] = "30000"
        row[-1] = "30000"
    changed = "".join(",".join(row) + "\n" for row in rows)
    source = Source("stall_stats.csv", changed.encode())
    codes = [(p.kind, p.code) for p in READER.read(source, None).problems]
    assert ("warning", "coordinated-omission") in codes


def test_no_history_derives_the_duration_and_knows_no_users() -> None:
    reading = READER.read(family(HERE / "ok" / "no-history"), None)
    overall = values(reading)
    assert overall["duration"] == pytest.approx(1986 / 141.57228051492692 * 1000)
    assert "concurrency" not in overall
    assert reading.produced is None


def test_no_requests_is_inconclusive_though_locust_exits_with_0() -> None:
    source = family(HERE / "broken" / "zero-requests")
    expected = ("inconclusive", "no-samples", "zero-requests_stats.csv:2 Request Count")
    assert problems(source) == [expected]
    assert not {"errors", "rate", "p95"} & set(values(READER.read(source, None)))


@pytest.mark.parametrize(
    ("name", "code", "place"),
    [
        ("empty", "empty", "empty_stats.csv"),
        ("cut-in-half", "ragged", "cut-in-half_stats.csv:4"),
        ("cut-last-cell", "cut-off", "cut-last-cell_stats.csv:7"),
        ("unclosed-quote", "not-csv", "unclosed-quote_stats.csv:5"),
        ("ragged", "ragged", "ragged_stats.csv:5"),
        ("no-total", "no-total", "no-total_stats.csv:6 Name"),
        ("wrong-header", "wrong-header", "wrong-header_stats.csv:1"),
        ("nan", "number", "nan_stats.csv:7 Average Response Time"),
        ("infinity", "number", "infinity_stats.csv:7 Requests/s"),
        ("negative", "number", "negative_stats.csv:5 Request Count"),
        ("duplicate-row", "duplicate-row", "duplicate-row_stats.csv:3 Name"),
        ("failures-mismatch", "contradiction", "failures-mismatch_stats.csv:7 Failure Count"),
        ("mean-mismatch", "contradiction", "mean-mismatch_stats.csv:7 Average Response Time"),
        ("history-leads", "contradiction",
         "history-leads_stats_history.csv:21 Total Request Count"),
        ("quote-left-open", "not-csv", "quote-left-open_exceptions.csv:2"),
    ],
)  # fmt: skip
def test_broken_sample_is_invalid_at_its_place(name: str, code: str, place: str) -> None:
    assert ("invalid", code, place) in problems(family(HERE / "broken" / name))


def test_contradiction_says_both_numbers() -> None:
    reading = READER.read(family(HERE / "broken" / "failures-mismatch"), None)
    assert reading.problems[0].message == "`Aggregated` says 1, the rows add up to 195"


def test_lost_tail_is_no_contradiction() -> None:
    """The server counted 202 failures in the run of which Locust's files hold 195."""
    listed = edited("peak_failures.csv", ",167,", ",174,")
    found = problems(family(HERE / "ok" / "peak", failures=listed))
    assert {kind for kind, _, _ in found} == {"warning"}


def test_many_more_failures_listed_than_counted_is_a_contradiction() -> None:
    listed = edited("peak_failures.csv", ",167,", ",1670,")
    place = "peak_failures.csv:3 Occurrences"
    assert ("invalid", "contradiction", place) in problems(
        family(HERE / "ok" / "peak", failures=listed)
    )


def test_fewer_failures_listed_than_counted_is_a_warning() -> None:
    listed = edited("peak_failures.csv", ",167,", ",1,")
    found = problems(family(HERE / "ok" / "peak", failures=listed))
    assert ("warning", "failures-missing", "peak_failures.csv:1") in found


def test_history_that_lags_is_no_contradiction() -> None:
    lines = (HERE / "ok" / "steady_stats_history.csv").read_bytes().splitlines(keepends=True)
    source = family(HERE / "ok" / "steady", history=b"".join(lines[:-5]))
    assert problems(source) == []
    assert values(READER.read(source, None))["duration"] == 14_000


def test_history_of_another_run_is_inconclusive() -> None:
    name = "history-of-another-run"
    place = f"{name}_stats_history.csv:21 Timestamp"
    expected = ("inconclusive", "mismatched-history", place)
    assert expected in problems(family(HERE / "broken" / name))


def test_reset_of_the_statistics_starts_the_duration_again() -> None:
    lines = (HERE / "ok" / "steady_stats_history.csv").read_text().splitlines()
    rows = [line.split(",") for line in lines]
    for row in rows[1:6]:
        row[17] = "900"  # requests before the reset, which the following line no longer counts
    history = "".join(",".join(row) + "\n" for row in rows).encode()
    reading = READER.read(family(HERE / "ok" / "steady", history=history), None)
    assert values(reading)["duration"] == (int(rows[-1][0]) - int(rows[6][0])) * 1000


def test_gap_in_the_history_is_not_time_at_peak() -> None:
    lines = (HERE / "ok" / "steady_stats_history.csv").read_text().splitlines()
    late = str(int(lines[-1][:10]) + 61) + lines[-1][10:]
    history = "\n".join([*lines[:-1], late, ""]).encode()
    before = values(READER.read(family(HERE / "ok" / "steady"), None))["duration.at_peak"]
    after = values(READER.read(family(HERE / "ok" / "steady", history=history), None))
    assert isinstance(before, int)
    assert after["duration.at_peak"] == before - 1000


def history(*totals: tuple[int, int]) -> bytes:
    """A history of (second, total requests) of the total row, in the columns of the sample."""
    head, _, line = (HERE / "ok" / "steady_stats_history.csv").read_text().splitlines()[:3]
    start, cells = 1_795_400_100, line.split(",")
    lines = [head]
    for second, total in totals:
        row = [str(start + second), "8", "", "Aggregated", *cells[4:]]
        row[head.split(",").index("Total Request Count")] = str(total)
        row[head.split(",").index("Total Failure Count")] = "0"
        lines.append(",".join(row))
    return ("\n".join(lines) + "\n").encode()


def held(*totals: tuple[int, int]) -> dict[str, float]:
    """Return the rates that were held, by the time they were held for."""
    reading = READER.read(family(HERE / "ok" / "steady", history=history(*totals)), None)
    found = [fact for fact in reading.facts if fact.metric == "rate.held"]
    assert {(f.unit, f.origin, f.at.pointer) for f in found} <= {("1/s", "derived", "Total Request Count")}
    return {dict(fact.labels)["for"]: float(fact.value) for fact in found}


def test_a_rate_that_was_held_is_that_of_the_history() -> None:
    assert held(*((n, 50 * n) for n in range(700))) == {"1min": 50, "5min": 50, "10min": 50}
    assert held(*((n, 50 * n) for n in range(1900)))["30min"] == 50


def test_lines_that_are_far_apart_are_spread_evenly() -> None:
    assert held(*((10 * n, 500 * n) for n in range(70))) == pytest.approx({"1min": 50, "5min": 50, "10min": 50})
    assert held(*((7 * n, 100 * n) for n in range(90)))["1min"] == pytest.approx(100 / 7, rel=0.05)


def test_a_burst_is_not_held_and_a_ramp_only_as_far_as_it_was() -> None:
    rates = [20] * 400
    rates[200:210] = [500] * 10
    assert held(*enumerate(accumulate(rates))) == {"1min": 20, "5min": 20}
    climb = [n // 10 for n in range(400)]
    assert held(*enumerate(accumulate(climb)))["1min"] == pytest.approx(34, abs=1)


def test_a_run_that_is_shorter_than_a_minute_holds_nothing() -> None:
    assert held(*((n, 50 * n) for n in range(60))) == {}
    assert held(*((n, 50 * n) for n in range(61))) == {"1min": 50}
    assert held((0, 0)) == held() == {}


def test_a_history_of_any_length_is_looked_at_in_bounded_steps() -> None:
    assert held(*((60 * n, 3000 * n) for n in range(7 * 24 * 60)))["30min"] == pytest.approx(50, rel=0.01)


def test_nobody_knows_what_was_held_in_a_gap() -> None:
    """Two lines that are a minute and more apart may have a stall between them; or eighty years."""
    assert held((0, 0), (61, 6100)) == held((0, 0), (2_300_000_000, 2_300_000_000)) == {}
    parts = [*((n, 50 * n) for n in range(101)), *((500 + n, 90_000 + 70 * n) for n in range(80))]
    assert held(*parts) == {"1min": 70}


def test_only_what_follows_a_reset_was_held() -> None:
    before = [(n, 900 * n) for n in range(100)]
    assert held(*before, *((100 + n, 10 * n) for n in range(100))) == {"1min": 10}


def test_exceptions_in_the_user_code_are_a_warning_and_no_failures() -> None:
    reading = READER.read(family(HERE / "ok" / "peak"), None)
    assert values(reading)["exceptions"] == 9
    assert [(p.code, str(p.at)) for p in reading.problems if p.code != "all-failed"] == [
        ("script-exceptions", "peak_exceptions.csv:2 Count")
    ]


@pytest.mark.parametrize(
    ("name", "metric", "value"),
    [
        ("history-alone_stats_history.csv", "concurrency", 8),
        ("failures-alone_failures.csv", "failures", 195),
        ("exceptions-alone_exceptions.csv", "exceptions", 9),
    ],
)
def test_lone_companion_is_incomplete(name: str, metric: str, value: int) -> None:
    source = Source(name, (HERE / "broken" / name).read_bytes())
    assert 0 < READER.sniff(source.data) < 90
    assert ("inconclusive", "incomplete-family", f"{name}:1") in problems(source)
    assert values(READER.read(source, None))[metric] == value


def test_companion_beside_its_stats_reads_the_whole_family() -> None:
    run = family(HERE / "ok" / "peak")
    others = {STATS: Source(run.path, run.data), FAILURES: run.companions[FAILURES]}
    history = run.companions[HISTORY]
    reading = READER.read(Source(history.path, history.data, others), None)
    assert values(reading)["requests"] == 1986


def test_two_files_of_one_kind_are_refused() -> None:
    run = family(HERE / "ok" / "peak")
    twice = Source("peak_failures.csv", run.data, {STATS: Source(run.path, run.data)})
    assert problems(twice) == [("invalid", "wrong-header", "peak_failures.csv:1")]


def test_windows_line_ends_do_not_shift_the_lines() -> None:
    reading = READER.read(family(HERE / "ok" / "windows"), None)
    assert {f.at.line for f in reading.facts if not f.labels} == {4}


def test_not_available_and_empty_cells_give_no_fact() -> None:
    stats = edited("no-history_stats.csv", ",15,29,38,46,100,200,", ",N/A,29,38,46,100,,")
    overall = values(READER.read(family(HERE / "ok" / "no-history", stats=stats), None))
    assert not {"p50", "p95"} & set(overall)
    assert overall["p99"] == 210


def test_multi_line_cell_keeps_the_lines_of_later_rows() -> None:
    again = (HERE / "ok" / "peak_exceptions.csv").read_bytes() + b"x,again,,local\r\n"
    source = family(HERE / "ok" / "peak", exceptions=again)
    assert problems(source) == [("invalid", "number", "peak_exceptions.csv:12 Count")]


def test_sniff_knows_no_other_sample() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert known
    assert all(p.parent.name == "locust" and p.name.endswith(READER.family) for p in known)


def real_files() -> list[tuple[str, dict[str, object]]]:
    if not (REAL / "INDEX.tsv").exists():
        return []
    with (REAL / "INDEX.tsv").open(newline="", encoding="utf-8") as index:
        rows = list(csv.DictReader(index, delimiter="\t"))
    return [(r["file"], json.loads(r["ground_truth"])) for r in rows
            if r["tool"] == "locust" and r["format"].endswith("CSV")]  # fmt: skip


def compare(file: str, truth: dict[str, object]) -> int:
    """Compare what one real file says with the values computed from it independently."""
    source = Source(file, (REAL / file).read_bytes())
    found = values(READER.read(source, None))
    names = {"n": "requests", "failed": "failures", "rps": "rate", "avg_stated": "mean",
             "p50": "p50", "p95": "p95", "p99": "p99", "p99_9": "p99.9"}  # fmt: skip
    if file.endswith(HISTORY):
        names = {"users_max": "concurrency", "span_s": "duration"}
    elif not file.endswith(STATS):
        names = {"total": "failures" if file.endswith(FAILURES) else "exceptions"}
    for key, metric in names.items():
        value, expected = found.get(metric), truth[key]
        if expected is None:
            assert value is None
            continue
        scale = 1000 if key == "span_s" else 1
        assert value == pytest.approx(float(str(expected)) * scale, abs=5e-5), (file, key)
    return len(names)


def test_real_files_reproduce_their_ground_truth() -> None:
    files = real_files()
    if not files:
        pytest.skip(f"no real files at {REAL}")
    compared = sum(compare(file, truth) for file, truth in files)
    print(f"locust: {len(files)} files, {compared} values compared")
    assert (len(files), compared) == (13, 59)


def test_real_families_are_whole_and_only_the_edited_one_is_invalid() -> None:
    if not REAL.is_dir():
        pytest.skip(f"no real files at {REAL}")
    found = {}
    for path in sorted((REAL / "locust").glob(f"*{STATS}")):
        source = family(path.with_name(path.name.removesuffix(STATS)))
        found[path.name.split("__")[0]] = {kind for kind, _, _ in problems(source)}
    assert {name: kinds for name, kinds in found.items() if kinds} == {
        "Bortlesboat": {"inconclusive", "warning"},
        "jenkinsci": {"invalid"},
        "veroliut": {"warning"},
    }
