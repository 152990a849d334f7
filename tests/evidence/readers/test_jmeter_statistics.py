"""The reader of JMeter's dashboard statistics against its samples, real files, and trap by trap."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.jmeter_statistics import READER

HERE = Path(__file__).resolve().parents[2] / "samples" / "jmeter-statistics"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples" / "loadtest"
STEADY = (HERE / "ok" / "steady.json").read_text(encoding="utf-8")


def read(data: str | bytes, path: str = "statistics.json") -> Reading:
    return READER.read(Source(path, data.encode() if isinstance(data, str) else data), None)


def sample(name: str) -> Reading:
    return read((HERE / name).read_bytes(), name)


def values(reading: Reading, endpoint: str = "") -> dict[str, object]:
    labels = (("endpoint", endpoint),) if endpoint else ()
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == labels}


def problems(data: str | bytes) -> list[tuple[str, str, str]]:
    try:
        found = read(data).problems
    except Unreadable as error:
        found = (error.problem,)
    return [(problem.kind, problem.code, problem.message) for problem in found]


def entry(**changes: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "transaction": "Total", "sampleCount": 200, "errorCount": 4, "errorPct": 2.0,
        "meanResTime": 120.0, "medianResTime": 100.0, "minResTime": 10.0, "maxResTime": 900.0,
        "pct1ResTime": 200.0, "pct2ResTime": 300.0, "pct3ResTime": 700.0,
        "throughput": 20.0, "receivedKBytesPerSec": 2.0, "sentKBytesPerSec": 1.0,
    }  # fmt: skip
    return usual | changes


def both(**changes: object) -> str:
    """Return statistics of one label, which are those of the total too."""
    total = entry(**changes)
    return json.dumps({"Total": total, "GET /a": total | {"transaction": "GET /a"}}, indent=2)


def test_total_and_labels_with_unit_place_and_samples() -> None:
    reading = sample("ok/steady.json")
    total = values(reading)
    assert (total["requests"], total["failures"], total["errors"]) == (720, 36, 0.05)
    assert (total["p50"], total["p95"], total["p99"], total["max"]) == (
        15, pytest.approx(82.85), pytest.approx(146.16), 247)  # fmt: skip
    assert total["duration"] == pytest.approx(5533)  # 720 / 130.13 per second
    assert total["throughput"] == pytest.approx(14.15653804446051 * 1024)
    assert values(reading, "GET /flaky")["errors"] == 0.1
    fact = next(f for f in reading.facts if f.metric == "p99" and not f.labels)
    assert (fact.unit, fact.samples, fact.origin) == ("ms", 720, "file")
    assert str(fact.at) == "ok/steady.json:29:21 /Total/pct3ResTime"
    assert reading.problems == ()
    assert reading.produced is None


def test_trap_13_percentiles_of_more_than_20000_samples_are_of_the_last_20000() -> None:
    reading = sample("ok/window.json")
    assert [(p.kind, p.code, p.message) for p in reading.problems] == [
        ("warning", "window", "the percentiles are those of the last 20,000 of 24,000 samples")
    ]
    behind = {f.metric: f.samples for f in reading.facts if not f.labels}
    assert (behind["p50"], behind["p99"], behind["mean"], behind["max"]) == (20000, 20000, 24000, 24000)


def test_trap_13_percentiles_in_another_order_are_not_90_95_and_99() -> None:
    data = both(pct1ResTime=700.0, pct2ResTime=300.0, pct3ResTime=200.0)
    assert [(kind, code) for kind, code, _ in problems(data)] == [("warning", "percentiles-unknown")]
    assert not {"p90", "p95", "p99"} & set(values(read(data)))
    assert values(read(data))["p50"] == 100


def test_trap_13_a_percentile_below_the_median_is_not_p90() -> None:
    data = both(pct1ResTime=50.0)
    assert [code for _, code, _ in problems(data)] == ["percentiles-unknown"]


def of_each(*rows: dict[str, object]) -> str:
    """Return statistics of some labels, and of the last of them as the total."""
    named = {f"GET /{n}": row | {"transaction": f"GET /{n}"} for n, row in enumerate(rows[:-1])}
    return json.dumps({**named, "Total": rows[-1]})


SAME: dict[str, object] = {"medianResTime": 100.0, "pct1ResTime": 100.0}


def test_trap_13_a_first_percentile_that_is_always_the_median_is_not_p90() -> None:
    """With `aggregate_rpt_pct1` to 3 of 50, 75 and 90."""
    data = both(**SAME)
    assert problems(data) == [
        ("warning", "percentiles-unknown", "`pct1ResTime` is the median in every entry: these may not be p90, p95 and p99")
    ]
    assert not {"p90", "p95", "p99"} & set(values(read(data)))
    assert values(read(data))["p50"] == 100
    outside = problems(both(**SAME, pct3ResTime=901.0))
    assert "contradiction" in [code for _, code, _ in outside]


def test_trap_13_one_entry_whose_first_percentile_is_above_the_median_tells_that_it_is_p90() -> None:
    data = of_each(entry(sampleCount=100, errorCount=2, **SAME), entry(sampleCount=100, errorCount=2), entry())
    assert "percentiles-unknown" not in [code for _, code, _ in problems(data)]
    assert {"p90", "p95", "p99"} <= set(values(read(data)))


@pytest.mark.parametrize("changes", [{"pct2ResTime": 100.0}, {"sampleCount": 1, "errorCount": 0, "errorPct": 0.0}])
def test_trap_13_times_that_are_all_alike_tell_nothing_against_p90(changes: dict[str, object]) -> None:
    assert "percentiles-unknown" not in [code for _, code, _ in problems(both(**SAME | changes))]


def test_trap_11_transactions_are_labels_that_the_total_leaves_out() -> None:
    reading = sample("ok/transactions.json")
    assert values(reading)["requests"] == 720
    assert values(reading, "TC chat flow")["requests"] == 360
    assert [(p.kind, p.code) for p in reading.problems] == [("warning", "transactions")]
    assert "1,080 samples, the total is 720" in reading.problems[0].message


def test_trap_11_parent_samples_only_leave_a_total_of_nothing() -> None:
    reading = sample("broken/parent-samples-only.json")
    assert [(p.kind, p.code) for p in reading.problems] == [
        ("inconclusive", "only-transactions"),
        ("inconclusive", "no-samples"),
    ]
    assert set(values(reading)) == {"requests", "failures"}


def test_trap_16_a_stall_in_a_closed_loop_is_a_warning() -> None:
    codes = [(p.kind, p.code) for p in sample("ok/stall.json").problems]
    assert set(codes) == {("warning", "coordinated-omission")}


def test_trap_25_a_total_that_is_not_the_sum_is_invalid() -> None:
    kind, code, message = problems((HERE / "broken" / "total-mismatch.json").read_bytes())[0]
    assert (kind, code) == ("invalid", "contradiction")
    assert message == "`Total` says 7200, the labels add up to 720"


@pytest.mark.parametrize(
    ("name", "kind", "code", "message"),
    [
        ("cut-off", "invalid", "not-json", "not valid JSON: Unterminated string starting at"),
        ("nan", "invalid", "not-json", "NaN is not JSON"),
        ("quoted-nan", "invalid", "number", "`pct2ResTime` is `'NaN'`, not a number of 0 or more"),
        ("number-as-text", "invalid", "number", "`sampleCount` is `'720'`, not a number of 0 or more"),
        ("negative", "invalid", "number", "`minResTime` is `-4.0`, not a number of 0 or more"),
        ("error-percent", "invalid", "contradiction", "`errorPct` is 0.1, 36 of 720 are 5 %"),
        ("more-errors-than-samples", "invalid", "contradiction", "721 errors in 720 samples"),
        ("percentile-above-maximum", "invalid", "contradiction",
         "`max` is 247 ms, below `p99` of 4,000 ms"),
        ("mean-of-the-labels", "invalid", "contradiction",
         "`meanResTime` of the total is 19.5, the labels give 27.9625"),
        ("maximum-of-the-labels", "invalid", "contradiction",
         "`maxResTime` of the total is 240, the labels give 247"),
        ("no-total", "invalid", "no-total", "there is no entry `Total`"),
        ("renamed-label", "invalid", "wrong-shape", "`GET /flaky` does not name its transaction"),
        ("duplicate-label", "invalid", "duplicate-key",
         "the key 'GET /chat, hello' is given twice in one object"),
        ("list", "invalid", "wrong-shape", "these are not statistics by label"),
        ("all-failed", "inconclusive", "all-failed",
         "every request failed: its times say nothing of answers"),
    ],
)  # fmt: skip
def test_broken_sample_says_what_is_wrong(name: str, kind: str, code: str, message: str) -> None:
    assert problems((HERE / "broken" / f"{name}.json").read_bytes())[0] == (kind, code, message)


@pytest.mark.parametrize("name", ["pct1ResTime", "pct2ResTime", "pct3ResTime", "medianResTime"])
def test_percentile_outside_of_all_times_is_invalid_whatever_its_rank(name: str) -> None:
    assert "contradiction" in [code for _, code, _ in problems(both(**{name: 5.0}))]
    assert "contradiction" in [code for _, code, _ in problems(both(**{name: 901.0}))]


def test_run_that_took_no_time_has_no_rate() -> None:
    reading = read(both(throughput="Infinity", receivedKBytesPerSec="NaN"))
    assert not {"rate", "duration", "throughput"} & set(values(reading))
    assert reading.problems == ()


def test_missing_value_is_refused_and_never_zero() -> None:
    data = json.loads(both())
    del data["Total"]["pct2ResTime"]
    assert problems(json.dumps(data)) == [
        ("invalid", "number", "`pct2ResTime` is null, not a number of 0 or more")
    ]


def test_total_without_its_text_is_the_total() -> None:
    key = "[res_key=reportgenerator_summary_total]"
    reading = read(STEADY.replace('"Total"', f'"{key}"'))
    assert values(reading)["requests"] == 720
    assert reading.problems == ()


def test_two_totals_are_refused() -> None:
    key = "[res_key=reportgenerator_summary_total]"
    data = json.dumps({"Total": entry(), key: entry(transaction=key)})
    assert problems(data) == [("invalid", "no-total", "there are two totals")]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0", b"{", b"[]", b"null", b"{}", b'{"Total": null}', b'{"Total": []}', b'{"Total": {}}',
        b'{"Total": {"transaction": "Total"}}', b'{"Total": {"transaction": {"a": 1}}}',
        both(sampleCount=10**400).encode(), both(meanResTime=1e308).encode(),
        both(sampleCount=1.5).encode(), both(sampleCount=True).encode(), both(errorPct=[]).encode(),
        STEADY.encode("utf-16"), b'{"Total": ' + b"[" * 100_000, b"{" + b'"a":{' * 5000,
        b'{"Total": ' + b"9" * 5000 + b"}", STEADY.encode() * 2, b"x" * 3_000_000,
    ],
)  # fmt: skip
def test_hostile_input_is_refused(data: bytes) -> None:
    found = problems(data)
    assert found
    assert found[0][0] in ("invalid", "inconclusive")


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert problems(data)


@given(st.integers(0, len(STEADY) - 1), st.binary(min_size=1, max_size=3))
def test_random_edits_raise_nothing_else(place: int, edit: bytes) -> None:
    problems(STEADY.encode()[:place] + edit + STEADY.encode()[place + len(edit) :])


def test_sniff_needs_all_marks() -> None:
    assert READER.sniff(STEADY.encode()) == 90
    assert READER.sniff(b"\xef\xbb\xbf  " + STEADY.encode()) == 90
    assert READER.sniff(STEADY.replace("pct1ResTime", "p").encode()) == 0
    assert READER.sniff(b"text " + STEADY.encode()) == 0


def test_sniff_knows_no_other_sample() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no samples at {SHARED}")
    known = [p for p in SHARED.rglob("*") if p.is_file() and READER.sniff(p.read_bytes()[:65_536])]
    assert len(known) == 5
    assert {path.parent.name for path in known} == {"jmeter"}


def test_real_files_reproduce_their_ground_truth() -> None:
    index = SHARED / "real" / "INDEX.tsv"
    if not index.exists():
        pytest.skip(f"no real files at {SHARED}")
    with index.open(newline="", encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines, delimiter="\t") if r["format"] == "JMeter statistics.json"]
    names = {"n": "requests", "failed": "failures", "mean": "mean", "median": "p50", "pct1_90": "p90",
             "pct2_95": "p95", "pct3_99": "p99", "rps": "rate"}  # fmt: skip
    for row in rows:
        truth = json.loads(row["ground_truth"])
        reading = read((SHARED / "real" / row["file"]).read_bytes())
        found = values(reading)
        for key, metric in names.items():
            assert found[metric] == pytest.approx(truth[key], abs=6e-5), (row["file"], key)
        assert found["errors"] == pytest.approx(truth["errorPct"] / 100, abs=1e-6)
        labels = {fact.labels for fact in reading.facts}
        assert len(labels) - 1 == truth["labels"], row["file"]
        assert "invalid" not in {p.kind for p in reading.problems}
    assert len(rows) == 5
