"""The reader of Gatling's statistics against its samples, real files, and trap by trap."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.gatling_stats import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "gatling-stats"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
SCRIPT = (HERE / "ok" / "stats-3.14.js").read_text(encoding="utf-8")
GLOBAL = (HERE / "ok" / "global_stats-3.2.json").read_text(encoding="utf-8")
WHOLE = {
    "requests": 130, "failures": 4, "errors": 4 / 130, "min": 20, "mean": 221, "p50": 88, "p75": 374,
    "p95": 642, "p99": 862, "max": 951,
}  # fmt: skip


def read(data: str | bytes, path: str = "stats.js") -> Reading:
    return READER.read(Source(path, data.encode() if isinstance(data, str) else data), None)


def sample(name: str) -> Reading:
    return read((HERE / name).read_bytes(), name)


def values(reading: Reading, *labels: tuple[str, str]) -> dict[str, object]:
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == labels}


def problems(data: str | bytes) -> list[tuple[str, str, str]]:
    try:
        found = read(data).problems
    except Unreadable as error:
        found = (error.problem,)
    return [(problem.kind, problem.code, problem.message) for problem in found]


def edited(old: str, new: str, data: str = GLOBAL) -> str:
    assert old in data
    return data.replace(old, new, 1)


@pytest.mark.parametrize(
    "name",
    ["stats-3.14.js", "stats-3.9.json", "stats-3.2.json", "global_stats-3.2.json", "global_stats-3.13.json",
     "quoted-names.js"],
)  # fmt: skip
def test_all_kinds_say_the_same_of_one_run(name: str) -> None:
    reading = sample(f"ok/{name}")
    found = values(reading)
    assert {metric: found[metric] for metric in WHOLE} == WHOLE
    assert found["rate"] == pytest.approx(130 / 22, abs=0.005)
    assert found["duration"] == pytest.approx(22_000, rel=0.001)
    assert reading.problems == ()
    assert reading.produced is None


def test_script_is_read_as_what_it_assigns_with_lines_and_pointers() -> None:
    """The trap of trap 5: since 3.13.5 only JavaScript is left, with numbers as texts."""
    reading = sample("ok/stats-3.14.js")
    fact = next(f for f in reading.facts if f.metric == "p95" and not f.labels)
    assert (fact.value, fact.unit, fact.samples, fact.origin) == (642, "ms", 130, "file")
    assert str(fact.at) == "ok/stats-3.14.js:44 /stats/percentiles3/total"
    assert SCRIPT.splitlines()[43].strip() == '"total": "642",'


def test_requests_are_endpoints_with_the_path_of_their_groups() -> None:
    reading = sample("ok/stats-3.14.js")
    ask = values(reading, ("endpoint", "Conversation / Ask"))
    assert (ask["requests"], ask["failures"], ask["p99"]) == (30, 3, 684)
    assert values(reading, ("endpoint", "Open shop"))["requests"] == 40


def test_a_group_is_no_request() -> None:
    reading = sample("ok/stats-3.14.js")
    group = values(reading, ("group", "Conversation"))
    assert (group["group.count"], group["group.mean"]) == (30, 871)
    assert "requests" not in group
    assert not values(reading, ("endpoint", "Conversation"))


def test_times_without_failures_are_told_apart() -> None:
    reading = sample("ok/stats-3.14.js")
    assert values(reading, ("response", "expected"))["p95"] == 640
    fact = next(f for f in reading.facts if f.labels == (("response", "expected"),))
    assert fact.samples == 126


def test_where_none_failed_there_is_nothing_of_failures() -> None:
    """`-` in JavaScript and 0 in JSON stand for none."""
    for name in ("stats-3.14.js", "stats-3.9.json"):
        labels = {fact.labels for fact in sample(f"ok/{name}").facts}
        assert (("endpoint", "Open shop"),) in labels
        assert (("endpoint", "Open shop"), ("response", "expected")) not in labels


def test_percentiles_before_2_1_are_two() -> None:
    found = values(sample("ok/stats-2.0.js"))
    assert (found["p95"], found["p99"]) == (642, 862)
    assert "p50" not in found


def test_names_are_told_as_they_were_given() -> None:
    labels = {fact.labels for fact in sample("ok/quoted-names.js").facts}
    assert (("endpoint", 'Conversation / Say "hello" C:\\x {1}'),) in labels


def test_percentiles_that_the_counts_contradict_have_other_ranks() -> None:
    """Trap: percentiles1 to 4 are configurable. 1 of 126 passed requests took over 800 ms."""
    data = edited('"percentiles3": {\n        "total": 642,\n        "ok": 640',
                  '"percentiles3": {\n        "total": 850,\n        "ok": 840')  # fmt: skip
    found = problems(data)
    assert [(kind, code) for kind, code, _ in found] == [("warning", "percentiles-unknown")]
    assert "`percentiles3` is 840 ms, and 98% took less than 800 ms" in found[0][2]
    assert not any(re.fullmatch("p[0-9.]+", fact.metric) for fact in read(data).facts)


def test_percentiles_that_do_not_rise_have_other_ranks() -> None:
    data = edited('"percentiles1": {\n        "total": 88', '"percentiles1": {\n        "total": 400')
    assert [code for _, code, _ in problems(data)] == ["percentiles-unknown"]


def test_trap_8_failures_that_made_it_faster_are_a_warning() -> None:
    data = edited('"total": 130,\n        "ok": 126,\n        "ko": 4', '"total": 1300,\n        "ok": 860,\n        "ko": 440')
    for old, new in ((221, 150), (642, 600)):
        data = edited(f'"total": {old}', f'"total": {new}', data)
    assert [text for _, code, text in problems(data) if code == "failed-fast"] == [
        "the mean is 150 ms with failed requests, 213 ms without: they failed fast, or a quick endpoint failed more often"
    ]


def test_duration_is_not_derived_from_a_rate_of_few_digits() -> None:
    slow = SCRIPT.replace('"total": "5.91"', '"total": "0.41"', 1)
    assert "duration" not in values(read(slow))
    assert values(read(slow))["rate"] == 0.41


@pytest.mark.parametrize(
    ("name", "kind", "code", "message"),
    [
        ("cut-off.js", "invalid", "cut-off", "the object `stats` has no end"),
        ("cut-off.json", "invalid", "not-json",
         "not valid JSON: Expecting property name enclosed in double quotes"),
        ("nan.js", "invalid", "number",
         "`meanResponseTime.total` is `NaN`, not a number of 0 or more"),
        ("total-mismatch.js", "invalid", "contradiction",
         "1300 requests, 126 of them passed and 4 failed"),
        ("fewer-failures.js", "invalid", "contradiction",
         "130 requests, 126 of them passed and 1 failed"),
        ("not-the-sum.json", "invalid", "contradiction",
         "129 requests, 126 of them passed and 4 failed"),
        ("percentile-above-maximum.js", "invalid", "contradiction",
         "`max` is 40 ms, below `p99` of 862 ms"),
        ("negative.json", "invalid", "number",
         "`minResponseTime.total` is `-20`, not a number of 0 or more"),
        ("null.json", "invalid", "number",
         "`percentiles3.total` is null, not a number of 0 or more"),
        ("wrong-types.json", "invalid", "number",
         "`numberOfRequests.total` is `True`, not a number of 0 or more"),
        ("no-contents.json", "invalid", "wrong-shape", "`contents` is not an object"),
        ("three-percentiles.json", "invalid", "wrong-shape", "there are 3 `percentiles`, not 4"),
        ("zero-requests.json", "inconclusive", "no-samples", "no request was made"),
        ("all-failed.json", "inconclusive", "all-failed",
         "every request failed: its times say nothing of answers"),
    ],
)  # fmt: skip
def test_broken_sample_says_what_is_wrong(name: str, kind: str, code: str, message: str) -> None:
    assert problems((HERE / "broken" / name).read_bytes())[0] == (kind, code, message)


@pytest.mark.parametrize("name", ["stats-3.9.json", "stats-3.2.json", "global_stats-3.2.json"])
def test_failures_that_were_taken_out_leave_their_times(name: str) -> None:
    document = json.loads((HERE / "ok" / name).read_text(encoding="utf-8"))
    root = document.get("stats", document)
    count, group = root["numberOfRequests"], root["group1"]
    failed, count["ok"], count["ko"] = count["ko"], count["total"], 0
    group["count"] += failed
    root["group4"]["count"] = 0
    document.pop("contents", None)
    messages = [m for kind, code, m in problems(json.dumps(document)) if (kind, code) == ("invalid", "contradiction")]
    assert messages == ["no request failed, and `minResponseTime.ko` is 347"]
    for times in root.values():
        if isinstance(times, dict) and "ko" in times:
            times["ko"] = 0
    messages = [m for kind, code, m in problems(json.dumps(document)) if (kind, code) == ("invalid", "contradiction")]
    assert messages == ["no request failed, and `meanResponseTime` of `total` is not that of `ok`"]


def test_trap_25_run_that_is_not_the_sum_of_its_requests() -> None:
    data = SCRIPT.replace('"total": "40"', '"total": "41"', 1).replace('"ok": "40"', '"ok": "41"', 1)
    messages = [message for _, code, message in problems(data) if code == "contradiction"]
    assert "the run counts 130 (total), its requests add up to 131" in messages


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"{", b"[]", b"null", b"{}", b"var stats = ", b"var stats = {", b"var stats = {}", b"var stats = 5",
     b"var stats = }", b"var stats = {a: {b: 1}}}", b"var stats = {stats: {numberOfRequests: 1}}",
     b'{"numberOfRequests": {"total": 1}}', b'{"stats": {"numberOfRequests": 1}, "contents": {"a": 1}}',
     SCRIPT.encode("utf-16"), SCRIPT.replace('"130"', '"1e400"').encode(), SCRIPT.replace('"642"', '"Infinity"').encode(),
     SCRIPT.replace('"130"', '"' + "9" * 400 + '"').encode(), GLOBAL.replace("130", "1" + "0" * 400).encode(),
     b"var stats = " + b"{a:" * 100_000, b"var stats = " + b"{a:" * 5000 + b"}" * 5000, b"x" * 3_000_000,
     SCRIPT.replace("type:", "type: type:").encode(), SCRIPT.replace('"REQUEST"', "REQUEST").encode()],
)  # fmt: skip
def test_hostile_input_is_refused(data: bytes) -> None:
    found = problems(data)
    assert found
    assert found[0][0] in ("invalid", "inconclusive")


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert problems(data)
    problems(b"var stats = {" + data)


@given(st.integers(0, len(SCRIPT) - 1), st.binary(min_size=1, max_size=3))
def test_random_edits_raise_nothing_else(place: int, edit: bytes) -> None:
    problems(SCRIPT.encode()[:place] + edit + SCRIPT.encode()[place + len(edit) :])


def test_sniff_needs_all_marks_and_knows_no_other_sample() -> None:
    assert READER.sniff(SCRIPT.encode()) == READER.sniff(GLOBAL.encode()) == 90
    assert READER.sniff(GLOBAL.replace("percentiles1", "p").encode()) == 0
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert len(known) == 16
    assert all(path.name.endswith(("stats.json", "stats.js")) for path in known)


def test_real_files_reproduce_their_ground_truth() -> None:
    index = SHARED / "real" / "INDEX.tsv"
    if not index.exists():
        pytest.skip(f"no real files at {SHARED}")
    formats = {"Gatling stats.json", "Gatling global_stats.json", "Gatling stats.js"}
    with index.open(newline="", encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines, delimiter="\t") if r["format"] in formats]
    names = {"n": "requests", "failed": "failures", "mean": "mean", "p50": "p50", "p75": "p75", "p95": "p95",
             "p99": "p99", "rps": "rate"}  # fmt: skip
    for row in rows:
        reading = read((SHARED / "real" / row["file"]).read_bytes())
        found, truth = values(reading), json.loads(row["ground_truth"])
        for key, metric in names.items():
            assert found[metric] == float(truth[key]), (row["file"], key)
        assert "invalid" not in {problem.kind for problem in reading.problems}
    assert len(rows) == 16


def test_trap_12_percentiles_of_the_report_are_near_those_of_the_log() -> None:
    """The index holds both for nine runs: here they are at most 3 % apart, elsewhere 8 %."""
    index = SHARED / "real" / "INDEX.tsv"
    if not index.exists():
        pytest.skip(f"no real files at {SHARED}")
    with index.open(newline="", encoding="utf-8") as lines:
        truths = {r["file"]: json.loads(r["ground_truth"]) for r in csv.DictReader(lines, delimiter="\t")}
    compared = 0
    for file, truth in truths.items():
        prefix, _, end = file.rpartition("_")
        if file.startswith("gatling/") and end in ("stats.json", "stats.js") and not prefix.endswith("global"):
            found = values(read((SHARED / "real" / file).read_bytes()))
            log = truths[f"{prefix}_simulation.log"]
            assert found["requests"] == log["n"] == float(truth["n"])
            for name in ("p95", "p99"):
                assert found[name] == pytest.approx(log[name], rel=0.03, abs=1)
            compared += 1
    assert compared == 9
