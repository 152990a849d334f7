"""Summaries held against samples: honest pairs pass, each kind of dishonesty has its message."""

from __future__ import annotations

import json
import math
import random
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from readiness import pipeline
from readiness.cli.shield import shield
from readiness.errors import Location
from readiness.evidence.agreement import disagreements
from readiness.evidence.collect import READERS, Collector
from readiness.evidence.loadtest.facts import load_facts
from readiness.evidence.loadtest.tally import Tally
from readiness.evidence.pairs import pairs, stem
from readiness.evidence.paths import Roots
from readiness.loading.files import Home
from readiness.model.evidence import Evidence
from readiness.model.fact import Fact, Problem, Strength
from readiness.stats.histogram import Interval

from . import lifecycle
from .jmeter_runs import Row, Statistics, jtl, statistics

LOADTEST = Path(__file__).resolve().parents[3] / "shared" / "samples" / "loadtest"
needs_samples = pytest.mark.skipif(not LOADTEST.exists(), reason=f"no {LOADTEST}")
ROUNDING = {name: reader.rounding for name in READERS.shipped_ids if (reader := READERS.get(name))}


def collected(folder: Path, *names: str) -> list[Evidence]:
    collector = Collector(Roots(folder, folder), shield)
    return [collector.read(name) for name in names]


def against(evidence: Iterable[Evidence]) -> dict[str, list[str]]:
    """Return the messages against each summary."""
    found = disagreements(evidence, ROUNDING)
    for problem in (problem for problems in found.values() for problem in problems):
        assert (problem.kind, problem.code) == ("invalid", "summary-disagrees")
        assert problem.help == "keep what the tool wrote; averaged, filtered or edited figures prove nothing"
    return {path: [problem.message for problem in problems] for path, problems in found.items()}


def paired(evidence: Iterable[Evidence]) -> list[tuple[str, str]]:
    return [(pair.summary.path, pair.samples.path) for pair in pairs(evidence)]


# honest pairs, really measured

HONEST = [
    ("produced/k6", "summary-export.json", "raw.csv"),
    ("produced/k6", "run1.stdout", "raw.csv"),
    ("produced/k6", "small-export.json", "small.ndjson"),
    ("produced/k6", "small-export.json", "small.csv"),
    ("produced/k6", "run5_small.stdout", "small.ndjson"),
    ("produced/ab", "run1_var.stdout", "run1_var.g.tsv"),
    ("produced/ab", "run1_var.e.csv", "run1_var.g.tsv"),  # whole milliseconds, and their fractions
    ("produced/taurus/artifacts", "ab.out", "ab.tsv"),
    ("produced/h2load", "run1.stdout", "run1.log.tsv"),
    ("produced/aiperf/run1", "profile_export_aiperf.json", "profile_export.jsonl"),
    ("produced/aiperf/run1", "profile_export_aiperf.csv", "profile_export.jsonl"),
    ("real/jmeter", "cashi_statistics.json", "cashi_results.jtl"),
    ("real/jmeter", "gyeshwanth_statistics.json", "gyeshwanth_results.jtl"),
    ("real/jmeter", "daraz_statistics.json", "daraz_results.jtl"),
    ("real/jmeter", "blazedemo-26998_statistics.json", "blazedemo-26998_results.reduced.jtl"),  # of the last 20,000: trap 13
    ("real/jmeter", "apache__jmeter__HTMLReportExpect.json", "apache__jmeter__HTMLReportTestFile.csv"),
    ("real/llmperf", "anyscale_70b_summary.json", "anyscale_70b_individual.json"),
    ("real/llmperf", "bedrock_70b_summary.json", "bedrock_70b_individual.json"),  # a third failed
    ("real/llmperf", "bedrock_13b_summary.json", "bedrock_13b_individual.json"),
    ("real/vegeta", "khamonsol__ratelimiter__metrics.json", "khamonsol__ratelimiter__results.bin"),
    *(
        ("real/gatling", f"{run}_{kind}", f"{run}_simulation.log")  # approximate: trap 12
        for run, kinds in {
            "v2.0-scalecube": ("stats.json", "global_stats.json"),
            "v3.0.2-ramprasad": ("stats.json",),
            "v3.2.0-dethu": ("stats.json", "global_stats.json"),
            "v3.5.1-apicurio": ("stats.json", "global_stats.json"),
            "v3.7.4-abhijeet": ("stats.json", "global_stats.json"),
            "v3.9.5-akash": ("stats.json", "global_stats.json"),
            "v3.11.2-queen": ("stats.json", "global_stats.json"),
            "v3.13.1-manue": ("stats.json", "global_stats.json"),
            "v3.13.5-login": ("stats.js",),
        }.items()
        for kind in kinds
    ),
]


@needs_samples
@pytest.mark.parametrize(("folder", "summary", "samples"), HONEST, ids=[f"{f}/{s}" for f, s, _ in HONEST])
def test_an_honest_summary_agrees_with_its_samples(folder: str, summary: str, samples: str) -> None:
    evidence = collected(LOADTEST / folder, summary, samples)
    assert paired(evidence) == [(summary, samples)]
    assert against(evidence) == {}


@needs_samples
@pytest.mark.parametrize("folder", ["real/gatling", "real/jmeter", "real/llmperf", "produced/k6", "real/ghz", "real/vegeta"])
def test_of_a_folder_full_of_runs_only_those_of_one_run_are_compared(folder: str) -> None:
    names = sorted(path.name for path in (LOADTEST / folder).iterdir() if path.is_file())
    evidence = collected(LOADTEST / folder, *names)
    found = set(paired(evidence))
    assert found == {(summary, samples) for where, summary, samples in HONEST if where == folder} | (
        {("run5_small.stdout", "small.csv")} if folder == "produced/k6" else set()
    )
    assert against(evidence) == {}


@needs_samples
def test_two_runs_of_hey_are_not_compared_since_one_run_prints_one_of_the_two() -> None:
    evidence = collected(LOADTEST / "produced" / "hey", "run1.stdout", "run1_csv.stdout")
    assert [bool(e.load) for e in evidence] == [False, True]
    assert paired(evidence) == []


@needs_samples
def test_an_edited_threshold_of_k6_is_held_against_the_points_of_its_tags(tmp_path: Path) -> None:
    """The summary has `name:chat`, the points have its method too."""
    folder = LOADTEST / "produced" / "k6"
    summary = json.loads((folder / "small-export.json").read_text())
    part = summary["metrics"]["http_req_duration{name:chat}"]
    part |= {stat: 0.5 * part[stat] for stat in ("med", "p(90)", "p(95)")}
    (tmp_path / "small-export.json").write_text(json.dumps(summary))
    shutil.copy(folder / "small.ndjson", tmp_path)
    (told,) = against(collected(tmp_path, "small-export.json", "small.ndjson")).values()
    assert told
    assert all(" of `chat` is " in text for text in told)


@needs_samples
def test_percentiles_of_ab_that_were_made_smaller_are_not_those_of_its_samples(tmp_path: Path) -> None:
    """Samples in whole milliseconds leave one open, not a third."""
    folder = LOADTEST / "produced" / "ab"
    head, *rows = (folder / "run1_var.e.csv").read_text().splitlines()
    cells = [row.split(",") for row in rows]
    edited = "\n".join([head, *(f"{rank},{float(ms) * 2 / 3:.3f}" for rank, ms in cells)])
    (tmp_path / "run1.csv").write_text(f"{edited}\n")
    shutil.copy(folder / "run1_var.g.tsv", tmp_path / "run1.tsv")
    (told,) = against(collected(tmp_path, "run1.csv", "run1.tsv")).values()
    assert {"p50", "p95", "p99"} <= {text.split("`")[1] for text in told}


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_a_summary_of_inference_perf_is_of_the_requests_beside_it(tmp_path: Path, share: float) -> None:
    lifecycle.lay(tmp_path, lambda second: share * second)
    evidence = collected(tmp_path, *lifecycle.NAMES)
    assert paired(evidence) == [lifecycle.NAMES]
    told = against(evidence)
    assert ("`p90`" in str(told)) == (share < 1), told


def test_a_stage_of_inference_perf_is_not_all_of_its_requests(tmp_path: Path) -> None:
    names = ("stage_0_lifecycle_metrics.json", lifecycle.REQUESTS)
    for name in names:
        shutil.copy(lifecycle.SAMPLES / name, tmp_path)
    assert paired(collected(tmp_path, *names)) == []


# a run of JMeter, and what a team could make of it


def run(seed: int = 7, pace: float = 1.0) -> list[Row]:
    """Draw 1,200 requests: a slow chat of which some fail at once, and a quick health check."""
    chance = random.Random(seed)
    rows = []
    for number in range(1200):
        chat = number % 3 == 0
        failed = chat and chance.random() < 0.04
        time = 20 if failed else chance.lognormvariate(5.8, 0.5) if chat else chance.uniform(3, 9)
        rows.append(Row(1_795_000_000_000 + number * 50, max(1, round(time * pace)), "/chat" if chat else "/health", not failed))
    return rows


def written(folder: Path, rows: Sequence[Row], summary: Statistics, where: str = "report/statistics.json") -> list[Evidence]:
    (folder / "results.jtl").write_bytes(jtl(rows))
    (folder / where).parent.mkdir(parents=True, exist_ok=True)
    (folder / where).write_text(json.dumps(summary))
    return collected(folder, where, "results.jtl")


@pytest.mark.parametrize("seed", range(5))
def test_a_dashboard_agrees_with_its_jtl(tmp_path: Path, seed: int) -> None:
    evidence = written(tmp_path, run(seed), statistics(run(seed)))
    assert [e.reader for e in evidence] == ["jmeter-statistics", "jmeter-jtl"]
    assert [p for e in evidence for p in e.problems if p.kind != "warning"] == []
    assert paired(evidence) == [("report/statistics.json", "results.jtl")]
    assert against(evidence) == {}


@pytest.mark.parametrize("count", [9, 29, 1200])
@pytest.mark.parametrize("more", [-1, 1])
def test_trap_25_a_dashboard_of_one_sample_more_or_fewer_than_its_jtl_is_seen(tmp_path: Path, count: int, more: int) -> None:
    """In a published pair the JTL has 29 rows and the dashboard 28 samples: both count every row."""
    rows = [Row(1_795_000_000_000 + n * 100, 50, "/a", ok=True) for n in range(count + 1)]
    told, there = rows[: count + min(more, 0)], rows[: count - max(more, 0)]
    evidence = written(tmp_path, there, statistics(told))
    assert against(evidence) == {
        "report/statistics.json": [f"`requests` is {len(told):,} here, and {len(there):,} by the samples in results.jtl"]
    }


def test_trap_25_one_failure_more_or_fewer_than_in_its_jtl_is_seen(tmp_path: Path) -> None:
    rows = run()
    bad = sum(not row.ok for row in rows)
    for more in (-1, 1):
        forged = statistics(rows)
        for name in ("Total", "/chat"):
            forged[name]["errorCount"] += more
            forged[name]["errorPct"] = 100 * forged[name]["errorCount"] / forged[name]["sampleCount"]
        messages = against(written(tmp_path, rows, forged))["report/statistics.json"]
        assert f"`failures` is {bad + more} here, and {bad} by the samples in results.jtl" in messages


@needs_samples
@pytest.mark.parametrize("more", [-1, 1])
def test_trap_25_a_report_of_gatling_of_one_request_more_or_fewer_than_its_log_is_seen(tmp_path: Path, more: int) -> None:
    names = ("v3.9.5-akash_global_stats.json", "v3.9.5-akash_simulation.log")
    for name in names:
        shutil.copy(LOADTEST / "real" / "gatling" / name, tmp_path / name)
    document = json.loads((tmp_path / names[0]).read_text())
    there = document["numberOfRequests"]["total"]
    document["numberOfRequests"]["total"] += more
    document["numberOfRequests"]["ok"] += more
    document["group1"]["count"] += more
    (tmp_path / names[0]).write_text(json.dumps(document))
    messages = against(collected(tmp_path, *names))[names[0]]
    assert messages[0] == f"`requests` is {there + more:,} here, and {there:,} by the samples in {names[1]}"


def averaged(rows: Sequence[Row]) -> Statistics:
    found = statistics(rows)
    parts = [part for key, part in found.items() if key != "Total"]
    for name in ("medianResTime", "pct1ResTime", "pct2ResTime", "pct3ResTime"):
        found["Total"][name] = sum(p[name] * p["sampleCount"] for p in parts) / len(rows)
    return found


def without_errors(rows: Sequence[Row]) -> Statistics:
    """The failures are left out, and what is left is said to be all."""
    return statistics([row for row in rows if row.ok])


def called_successes(rows: Sequence[Row]) -> Statistics:
    return statistics([row._replace(ok=True) for row in rows])


def trimmed(rows: Sequence[Row]) -> Statistics:
    """The slowest 1 % are left out."""
    return statistics(sorted(rows, key=lambda row: row.elapsed)[: len(rows) * 99 // 100])


def trimmed_said_to_be_all(rows: Sequence[Row]) -> Statistics:
    found = trimmed(rows)
    missing = len(rows) - found["Total"]["sampleCount"]
    for key in ("Total", "/chat"):
        found[key]["sampleCount"] += missing
        found[key]["errorPct"] = 100 * found[key]["errorCount"] / found[key]["sampleCount"]
    found["Total"]["meanResTime"] = sum(
        part["meanResTime"] * part["sampleCount"] for key, part in found.items() if key != "Total"
    ) / len(rows)
    return found


def of_a_faster_run(_: Sequence[Row]) -> Statistics:
    return statistics(run(seed=8, pace=0.8))


def replaced(rows: Sequence[Row]) -> Statistics:
    found = statistics(rows)
    found["Total"]["pct3ResTime"] = 700.0
    return found


def replaced_for_one_endpoint(rows: Sequence[Row]) -> Statistics:
    found = statistics(rows)
    found["/chat"]["pct2ResTime"] = found["/chat"]["pct1ResTime"] + 1
    return found


def by_the_samples(rows: Sequence[Row], share: float, label: str = "") -> str:
    """Return the nearest rank as it is shown."""
    times = sorted(row.elapsed for row in rows if label in ("", row.label))
    return f"{times[math.ceil(round(share * len(times), 9)) - 1]:,} ms"


DISHONEST: dict[str, tuple[Callable[[Sequence[Row]], Statistics], tuple[str, ...]]] = {
    "percentiles averaged over endpoints": (averaged, ("p50", "p90", "p95", "p99")),
    "dropped errors": (without_errors, ("failures", "errors")),
    "errors called successes": (called_successes, ("failures", "errors")),
    "trimmed slowest 1 %": (trimmed, ("max", "p99")),
    "trimmed, and said to be all": (trimmed_said_to_be_all, ("max", "p99")),
    "a faster run's summary put beside": (of_a_faster_run, ("mean", "max", "p90", "p95", "p99")),
    "p99 replaced": (replaced, ("p99",)),
}


@pytest.mark.parametrize("kind", DISHONEST)
@pytest.mark.parametrize("seed", range(3))
def test_each_kind_of_dishonesty_is_caught(tmp_path: Path, kind: str, seed: int) -> None:
    forge, metrics = DISHONEST[kind]
    rows = run(seed)
    evidence = written(tmp_path, rows, forge(rows))
    assert [p.message for p in evidence[0].problems if p.kind == "invalid"] == [], "the forgery would be noticed without samples"
    messages = against(evidence)["report/statistics.json"]
    told = [message.split("`")[1] for message in messages]
    assert len(told) == len(set(told)), "one message for each metric"
    assert set(metrics) <= set(told)
    assert all(message.endswith("by the samples in results.jtl") for message in messages)


def test_the_message_has_both_figures_and_the_place(tmp_path: Path) -> None:
    rows = run()
    found = disagreements(written(tmp_path, rows, replaced(rows)), ROUNDING)
    expected = f"`p99` is 700 ms here, and {by_the_samples(rows, 0.99)} by the samples in results.jtl"
    (problem,) = found["report/statistics.json"]
    assert problem.message == expected
    assert problem.at.path == "report/statistics.json"
    assert problem.at.pointer == "/Total/pct3ResTime"


def test_dropped_errors_are_told_with_their_number(tmp_path: Path) -> None:
    rows = run()
    bad = sum(not row.ok for row in rows)
    messages = against(written(tmp_path, rows, called_successes(rows)))["report/statistics.json"]
    assert messages == [
        f"`failures` is 0 here, and {bad} by the samples in results.jtl",
        f"`errors` is 0 % here, and {bad / 12:.4g} % by the samples in results.jtl",
    ]


def test_a_part_of_a_run_is_compared_too(tmp_path: Path) -> None:
    rows = run()
    forged = replaced_for_one_endpoint(rows)
    (message,) = against(written(tmp_path, rows, forged))["report/statistics.json"]
    assert message.startswith("`p95` of `/chat` is ")
    assert message.endswith(f" ms here, and {by_the_samples(rows, 0.95, '/chat')} by the samples in results.jtl")


def test_more_throughput_than_the_samples_show_is_caught_and_less_is_not(tmp_path: Path) -> None:
    rows = run()
    honest = statistics(rows)["Total"]["throughput"]
    for factor, caught in ((1.5, True), (1.06, True), (1.045, True), (1.03, True), (1.02, False), (0.7, False)):  # of a minute
        forged = statistics(rows)
        forged["Total"]["throughput"] = honest * factor
        messages = against(written(tmp_path, rows, forged)).get("report/statistics.json", [])
        assert [m.split("`")[1] for m in messages] == (["rate"] if caught else [])


# which files are of one run


def test_one_folder_or_one_in_the_other_and_no_further(tmp_path: Path) -> None:
    rows = run()
    for where, compared in (
        ("statistics.json", True),
        ("report/statistics.json", True),
        ("other/report/statistics.json", False),
    ):
        evidence = written(tmp_path, rows, statistics(rows[:-60]), where)
        assert bool(paired(evidence)) == compared
        assert bool(against(evidence)) == compared
    (tmp_path / "raw").mkdir()
    shutil.move(tmp_path / "results.jtl", tmp_path / "raw" / "results.jtl")
    assert paired(collected(tmp_path, "statistics.json", "raw/results.jtl"))
    assert not paired(collected(tmp_path, "report/statistics.json", "raw/results.jtl"))


@pytest.mark.parametrize(
    ("summary", "samples"),
    [
        ("statistics.json", "results.jtl"),
        ("peak-statistics.json", "peak.jtl"),
        ("peak_summary.json", "peak_raw.jtl"),
        ("2026-11-23-statistics.json", "2026-11-23.results.csv"),
        ("jmeter-peak-statistics.json", "peak.jtl"),
        ("statistics2.json", "results2.jtl"),
    ],
)
def test_the_same_name_but_for_words_of_its_kind_is_the_same_run(tmp_path: Path, summary: str, samples: str) -> None:
    (tmp_path / summary).write_text(json.dumps(of_a_faster_run(())))
    (tmp_path / samples).write_bytes(jtl(run()))
    assert summary in against(collected(tmp_path, summary, samples))


@pytest.mark.parametrize("forge", [replaced, trimmed, called_successes])
@pytest.mark.parametrize(
    ("summary", "samples"),
    [
        ("report/statistics.json", "peak-load-2026.jtl"),
        ("statistics.json", "peak-load-2026.jtl"),
        ("statistics.json", "jtl/peak-load-2026.jtl"),
    ],
)
def test_a_report_named_as_all_are_is_of_a_jtl_with_its_figures(
    tmp_path: Path, forge: Callable[[Sequence[Row]], Statistics], summary: str, samples: str
) -> None:
    rows = run()
    for name, content in ((summary, json.dumps(forge(rows)).encode()), (samples, jtl(rows))):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert against(collected(tmp_path, summary, samples))[summary]


@pytest.mark.parametrize(
    "other",
    [
        [row._replace(label=f"{row.label}/v2") for row in run(2)],  # other labels
        run(2)[:-60],  # 5 % fewer
        [row for row in run(2) if row.label == "/chat"],
        [row._replace(start=row.start + n * 20) for n, row in enumerate(run(2))],  # 40 % longer
    ],
)
def test_a_report_is_not_of_a_jtl_of_other_labels_or_requests(tmp_path: Path, other: list[Row]) -> None:
    (tmp_path / "statistics.json").write_text(json.dumps(statistics(run(1))))
    (tmp_path / "peak.jtl").write_bytes(jtl(other))
    assert paired(collected(tmp_path, "statistics.json", "peak.jtl")) == []


def test_a_report_elsewhere_must_have_the_duration_of_the_jtl(tmp_path: Path) -> None:
    rows = run(1)
    for folder, last in (("same", 0), ("other", 5000)):
        (tmp_path / folder / "report").mkdir(parents=True)
        later = [*rows[:-1], rows[-1]._replace(elapsed=rows[-1].elapsed + last)]
        (tmp_path / folder / "report" / "statistics.json").write_text(json.dumps(statistics(later)))
    (tmp_path / "jtl").mkdir()
    (tmp_path / "jtl" / "peak.jtl").write_bytes(jtl(rows))
    names = ("same/report/statistics.json", "other/report/statistics.json", "jtl/peak.jtl")
    assert paired(collected(tmp_path, *names)) == [(names[0], names[2])]
    (tmp_path / names[0]).write_text(json.dumps(called_successes(rows)))
    assert list(against(collected(tmp_path, *names))) == [names[0]]


def test_a_report_agrees_with_its_jtl_beside_that_of_another_run(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "statistics.json").write_text(json.dumps(statistics(run(1))))
    for seed, name in ((1, "monday.jtl"), (2, "tuesday.jtl")):
        (tmp_path / name).write_bytes(jtl(run(seed)))
    assert against(collected(tmp_path, "report/statistics.json", "monday.jtl", "tuesday.jtl")) == {}


def test_a_jtl_that_another_report_agrees_with_is_held_against_no_other_run(tmp_path: Path) -> None:
    """A loop count gives every run its labels and counts."""
    for seed in (1, 2):
        (tmp_path / f"report{seed}").mkdir()
        (tmp_path / f"report{seed}" / "statistics.json").write_text(json.dumps(statistics(run(seed))))
    for name in ("run1.jtl", "results.jtl"):
        (tmp_path / name).write_bytes(jtl(run(1)))
        evidence = collected(tmp_path, "report1/statistics.json", "report2/statistics.json", name)
        assert against(evidence) == {}
        assert against(evidence[1:]) == {}


@pytest.mark.parametrize("forge", [called_successes, trimmed, replaced])
def test_an_edited_copy_beside_the_honest_report_of_the_run_is_caught(
    tmp_path: Path, forge: Callable[[Sequence[Row]], Statistics]
) -> None:
    for name, told in (("a", statistics(run(1))), ("b", forge(run(1)))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "statistics.json").write_text(json.dumps(told))
    (tmp_path / "run1.jtl").write_bytes(jtl(run(1)))
    assert list(against(collected(tmp_path, "a/statistics.json", "b/statistics.json", "run1.jtl"))) == ["b/statistics.json"]


def test_numbers_in_a_name_stay_apart() -> None:
    assert stem("run-1-2-summary.json", "k6") != stem("run-12.ndjson", "k6")
    assert stem("v1.0-summary.json", "k6") != stem("v10.ndjson", "k6")
    assert stem("run1summary2.json", "k6") != stem("run12.ndjson", "k6")
    assert stem("k6-run_1-summary-2.json", "k6") == stem("run1.2.raw.ndjson.gz", "k6")
    assert stem("2026-11-23-statistics.json", "jmeter") == stem("2026_11_23.results.csv", "jmeter")
    assert stem("k6-summary.json", "k6") == stem("raw.ndjson", "k6") == ""


def test_unrelated_runs_in_one_folder_are_not_compared(tmp_path: Path) -> None:
    (tmp_path / "monday-statistics.json").write_text(json.dumps(statistics(run(1))))
    (tmp_path / "tuesday-results.jtl").write_bytes(jtl(run(2)))
    evidence = collected(tmp_path, "monday-statistics.json", "tuesday-results.jtl")
    assert paired(evidence) == []
    assert against(evidence) == {}


def test_another_name_with_so_many_requests_and_two_of_its_times_is_the_same_run(tmp_path: Path) -> None:
    rows = run()
    (tmp_path / "approved.json").write_text(json.dumps(replaced(rows)))
    (tmp_path / "tuesday-results.jtl").write_bytes(jtl(rows))
    evidence = collected(tmp_path, "approved.json", "tuesday-results.jtl")
    assert [m.split("`")[1] for m in against(evidence)["approved.json"]] == ["p99"]


def test_samples_of_its_name_go_before_samples_of_its_size(tmp_path: Path) -> None:
    rows = run()
    (tmp_path / "monday-statistics.json").write_text(json.dumps(replaced(rows)))
    for name in ("monday.jtl", "tuesday.jtl"):
        (tmp_path / name).write_bytes(jtl(rows))
    names = ("monday-statistics.json", "monday.jtl", "tuesday.jtl")
    assert paired(collected(tmp_path, *names)) == [("monday-statistics.json", "monday.jtl")]


def test_of_several_samples_that_may_be_its_own_it_must_agree_with_one(tmp_path: Path) -> None:
    rows, others = run(1), run(2)
    (tmp_path / "statistics.json").write_text(json.dumps(statistics(rows)))
    (tmp_path / "results.jtl").write_bytes(jtl(others))
    (tmp_path / "samples.jtl").write_bytes(jtl(rows))
    evidence = collected(tmp_path, "statistics.json", "results.jtl", "samples.jtl")
    assert len(paired(evidence)) == 2
    assert against(evidence) == {}
    assert against(evidence[:2])


def test_another_tool_and_what_is_invalid_are_not_compared(tmp_path: Path) -> None:
    rows = run()
    summary, samples = written(tmp_path, rows, replaced(rows))
    assert against([summary, samples])
    assert against([summary._replace(reader="gatling-stats"), samples]) == {}
    broken = (Problem("invalid", "cut-off", "cut off", Location(samples.path)),)
    assert against([summary, samples._replace(problems=broken)]) == {}
    assert against([summary._replace(problems=broken), samples]) == {}


def test_another_reading_of_the_summary_does_not_hide_it(tmp_path: Path) -> None:
    rows = run()
    summary, samples = written(tmp_path, rows, replaced(rows))
    mapped = summary._replace(reader="json")
    for evidence in ([summary, mapped, samples], [mapped, samples, summary]):
        assert list(against(evidence)) == ["report/statistics.json"]


def test_a_file_that_is_linked_twice_is_compared_once(tmp_path: Path) -> None:
    rows = run()
    summary, samples = written(tmp_path, rows, replaced(rows))
    assert len(against([summary, samples, summary, samples])["report/statistics.json"]) == 1


def at_rest(seed: int, failing: float) -> list[Row]:
    """Draw a run of a mock that answers from 1 ms on and times out at 30 s, as every run of its script does."""
    chance = random.Random(seed)
    ends = (Row(1_795_000_000_000, 1, "/", ok=True), Row(1_795_000_070_000 + seed * 40, 30_000, "/", ok=False))
    return [*ends, *(Row(1_795_000_000_000 + n * 50, chance.choice((9, 10, 11)), "/", chance.random() >= failing) for n in range(2_000))]


@pytest.mark.parametrize(
    ("summary", "samples"),
    [
        ("statistics.json", "baseline/results.jtl"),  # a folder says of which run
        ("baseline/statistics.json", "results.jtl"),
        ("peak-statistics.json", "baseline/peak.jtl"),
        ("report-candidate/statistics.json", "baseline.jtl"),
        ("candidate-statistics.json", "baseline.jtl"),
        ("run-2/statistics.json", "run-1.jtl"),
    ],
)
def test_another_run_of_the_script_by_its_name_says_nothing(tmp_path: Path, summary: str, samples: str) -> None:
    """A loop count gives both as many requests, a cache the same minimum, a timeout the same maximum."""
    for seed in range(3):
        for name, content in ((summary, json.dumps(statistics(at_rest(seed, 0.0))).encode()), (samples, jtl(at_rest(seed + 3, 0.03)))):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
        assert against(collected(tmp_path, summary, samples)) == {}


def test_a_summary_that_counts_more_than_the_samples_of_its_own_name_is_held_against_them(tmp_path: Path) -> None:
    (tmp_path / "peak-statistics.json").write_text(json.dumps(statistics([*run(1), *run(2)])))
    (tmp_path / "peak.jtl").write_bytes(jtl(run(1)))
    (told,) = against(collected(tmp_path, "peak-statistics.json", "peak.jtl")).values()
    assert any("`requests`" in text for text in told), told


def test_the_summary_of_several_generators_is_held_against_none_of_them(tmp_path: Path) -> None:
    first, second = run(1), run(2)
    (tmp_path / "statistics.json").write_text(json.dumps(statistics([*first, *second])))
    for name, rows in (("results.jtl", first), ("results-2.jtl", second)):
        (tmp_path / name).write_bytes(jtl(rows))
    assert against(collected(tmp_path, "statistics.json", "results.jtl", "results-2.jtl")) == {}


# the comparison itself, of samples made up


def samples_of(times: Sequence[float], failed: Sequence[float] = (), more: Iterable[Fact] = ()) -> Evidence:
    tally = Tally()
    for ok, values in ((True, times), (False, failed)):
        for number, ms in enumerate(values):
            tally.add(number * 0.01, ms, ok=ok)
    load = tally.load("closed")
    facts = (*load_facts(load, Location("raw.json", 1)), *more)
    return Evidence("raw.json", (), "k6-json", Strength.measured, facts, (), load=load)


def summary_of(values: dict[str, float], samples: int | None = None, labels: tuple[tuple[str, str], ...] = ()) -> Evidence:
    units = {"errors": "ratio", "requests": "", "failures": ""}
    at = Location("summary.json", 1)
    facts = tuple(Fact(m, value, units.get(m, "ms"), at, labels, samples) for m, value in values.items())
    return Evidence("summary.json", (), "k6-summary", Strength.measured, facts, ())


def hyndman_fan(times: Sequence[float], share: float, kind: int) -> float:
    """Return a percentile by one of the nine definitions (1996, The American Statistician 50:361)."""
    ordered, n = sorted(times), len(times)
    if kind <= 3:
        place = n * share - (0.5 if kind == 3 else 0.0)
        whole, rest = math.floor(place), place % 1
        if kind == 3:
            weight = 0.0 if rest == 0 and whole % 2 == 0 else 1.0
        else:
            weight = 1.0 if rest else (0.0 if kind == 1 else 0.5)
    else:
        a, b = {4: (0, 1), 5: (0.5, 0.5), 6: (0, 0), 7: (1, 1), 8: (1 / 3, 1 / 3), 9: (3 / 8, 3 / 8)}[kind]
        place = a + share * (n + 1 - a - b)
        whole, weight = math.floor(place + 1e-12), 0.0
        weight = max(0.0, place - whole)
    low, high = (ordered[min(max(rank, 1), n) - 1] for rank in (whole, whole + 1))
    return low + weight * (high - low)


TIMES = st.lists(st.integers(0, 10_000_000).map(lambda n: n / 1000), min_size=1, max_size=150)


@given(TIMES, st.sampled_from((50, 75, 90, 95, 99)), st.integers(1, 9))
def test_a_percentile_by_any_definition_agrees(times: list[float], rank: int, kind: int) -> None:
    stated = hyndman_fan(times, rank / 100, kind)
    evidence = [summary_of({f"p{rank}": stated}), samples_of(times)]
    assert len(paired(evidence)) == 1
    assert against(evidence) == {}


@given(TIMES, st.sampled_from((50, 75, 90, 95, 99)), st.sampled_from((0.0, 0.06)), st.booleans())
def test_a_percentile_beyond_its_neighbours_and_the_formats_rounding_does_not(
    times: list[float], rank: int, rounding: float, higher: bool
) -> None:
    ordered, place = sorted(times), rank / 100 * len(times)
    low = ordered[max(1, math.floor(place) - 1) - 1]
    high = ordered[min(len(times), math.ceil(place) + 2) - 1]
    stated = high * (1 + rounding) * 1.001 + 0.6 if higher else low * (1 - rounding) * 0.999 - 0.6
    assume(stated > 0)
    found = disagreements([summary_of({f"p{rank}": stated}), samples_of(times)], {"k6-summary": rounding})
    assert [p.message.split("`")[1] for p in found["summary.json"]] == [f"p{rank}"]


def test_fast_services_are_not_excused_by_half_a_millisecond() -> None:
    """What is written in microseconds is compared in microseconds; whole milliseconds may be cut."""
    evidence = samples_of([n / 1000 for n in range(1, 1001)])
    assert against([summary_of({"p99": 0.99}), evidence]) == {}
    assert against([summary_of({"p99": 0.7}), evidence])
    assert against([summary_of({"p99": 1.0}), evidence]) == {}


def test_what_answers_took_is_compared_with_answers_only() -> None:
    evidence = samples_of([float(n) for n in range(100, 200)], failed=[1.0] * 50)
    expected = (("response", "expected"),)
    assert against([summary_of({"p50": 150}, samples=100), evidence]) == {}
    assert against([summary_of({"p50": 150}, labels=expected), evidence]) == {}
    assert against([summary_of({"p50": 150}, samples=150), evidence])
    assert against([summary_of({"p50": 110}, labels=expected), evidence])
    assert against([summary_of({"p50": 110}, samples=100), evidence])


def test_a_percentile_of_some_of_the_samples_by_its_format_is_not_compared() -> None:
    evidence = samples_of([float(n) for n in range(1000)])
    assert against([summary_of({"p50": 900}, samples=740), evidence]) == {}
    assert against([summary_of({"p50": 900}, samples=990), evidence])


@pytest.mark.parametrize("metric", ["ttft.p99", "itl.p99", "tpot.p99", "e2e.p99"])
def test_times_of_tokens_are_held_against_their_interval(metric: str) -> None:
    exact = Fact(metric, 900.0, "ms", Location("raw.json", 1), (), 500, "derived", Interval(800.0, 1000.0))
    evidence = samples_of([100.0] * 500, more=[exact])
    assert against([summary_of({metric: 850.0}), evidence]) == {}
    (message,) = against([summary_of({metric: 300.0}), evidence])["summary.json"]
    assert message == f"`{metric}` is 300 ms here, and 900 ms by the samples in raw.json"


@pytest.mark.parametrize(
    ("values", "caught"),
    [
        ({"requests": 1000}, False),
        ({"requests": 999}, False),
        ({"requests": 991}, True),
        ({"requests": 900}, True),
        ({"failures": 100}, False),
        ({"failures": 95}, True),
        ({"requests": 1000, "failures": 99}, False),
        ({"errors": 0.1}, False),
        ({"errors": 0.09}, True),
        ({"errors": 0.11}, True),
        ({"duration": 9_990}, False),
        ({"duration": 70_000}, False),  # set-up and tear-down
        ({"duration": 600_000}, True),
        ({"mean": 149.5 * 0.9 + 0.1 * 5}, False),
        ({"mean": 120.5}, True),
        ({"max": 199.0}, False),
        ({"max": 150.0}, True),
        ({"min": 5.0}, False),
        ({"min": 100.0}, True),
    ],
)
def test_counts_shares_and_times_are_compared(values: dict[str, float], caught: bool) -> None:
    evidence = samples_of([100.0 + n % 100 for n in range(900)], failed=[5.0] * 100)
    messages = against([summary_of(values), evidence]).get("summary.json", [])
    assert [message.split("`")[1] for message in messages] == (list(values) if caught else [])


def test_rounding_is_for_times_and_excuses_no_dropped_error() -> None:
    evidence = samples_of([100.0] * 900, failed=[100.0] * 100)
    found = disagreements([summary_of({"failures": 60, "errors": 0.06}), evidence], {"k6-summary": 0.5})
    assert [p.message.split("`")[1] for p in found["summary.json"]] == ["failures", "errors"]


# the readers' own rounding


def test_readers_of_approximate_summaries_say_how_far_off_they_are() -> None:
    wanted = {
        "locust-csv": 0.06, "locust-json": 0.06,  # two significant digits
        "gatling-stats": 0.1,  # t-digest: trap 12
        "artillery": 0.03,  # a sketch: trap 14
        "vegeta": 0.01,  # t-digest
        "k6-console": 0.02, "wrk": 0.01, "h2load": 0.01,  # as shown
    }  # fmt: skip
    assert {name: ROUNDING[name] for name in wanted} == wanted
    assert ROUNDING["k6-summary"] == ROUNDING["jmeter-statistics"] == ROUNDING["aiperf"] == 0


@needs_samples
@pytest.mark.parametrize(
    ("folder", "names", "path", "factor", "metric"),
    [
        ("produced/k6", ("small-export.json", "small.csv"), ("metrics", "http_req_duration", "p(99)"), 0.8, "p99"),
        ("produced/k6", ("summary-export.json", "raw.csv"), ("metrics", "http_req_duration", "p(95)"), 0.8, "p95"),
        ("produced/k6", ("summary-export.json", "raw.csv"),
         ("metrics", "http_req_duration{expected_response:true}", "p(95)"), 0.8, "p95"),
        ("produced/aiperf/run1", ("profile_export_aiperf.json", "profile_export.jsonl"),
         ("time_to_first_token", "p99"), 0.9, "ttft.p99"),
        ("real/llmperf", ("anyscale_70b_summary.json", "anyscale_70b_individual.json"),
         ("results_ttft_s_quantiles_p99",), 0.8, "ttft.p99"),
        ("real/vegeta", ("khamonsol__ratelimiter__metrics.json", "khamonsol__ratelimiter__results.bin"),
         ("latencies", "50th"), 0.5, "p50"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_one_edited_figure_of_a_real_summary_is_caught(
    tmp_path: Path, folder: str, names: tuple[str, str], path: tuple[str, ...], factor: float, metric: str
) -> None:
    for name in names:
        shutil.copy(LOADTEST / folder / name, tmp_path / name)
    document = json.loads((tmp_path / names[0]).read_text())
    *steps, last = path
    place = document
    for step in steps:
        place = place[step]
    place[last] *= factor
    (tmp_path / names[0]).write_text(json.dumps(document))
    messages = against(collected(tmp_path, *names))[names[0]]
    assert [m.split("`")[1] for m in messages] == [metric]


# a whole review


def launch(folder: Path, rows: Sequence[Row], summary: Statistics) -> dict[str, tuple[str | None, list[str]]]:
    """Write and review a launch that links a summary and its samples: outcome and messages by item."""
    written(folder, rows, summary)
    item = {"area": "load", "gate": "blocker", "harm": "major", "risk": "possible", "effort": "1d", "why": "why", "fix": "fix"}
    checklist = {
        "schema": "readiness/checklist@1", "id": "list", "title": "List", "version": "1", "slots": {},
        "items": [
            {**item, "id": "SUM-01", "title": "Fast enough", "evidence": [
                {"path": "report/statistics.json", "needs": "measured", "expect": ["p99 <= 720 ms", "errors < 5 %"]}]},
            {**item, "id": "RAW-01", "title": "Enough requests", "evidence": [
                {"path": "results.jtl", "needs": "measured", "expect": ["requests >= 1000"]}]},
        ],
    }  # fmt: skip
    (folder / "list.yaml").write_text(json.dumps(checklist))
    launched = {
        "schema": "readiness/launch@1", "service": "shop", "title": "Shop", "owner": "team-shop", "owners": {},
        "launch": "2026-12-07", "candidate": {"version": "1.0"}, "checklists": ["./list.yaml"], "changes": ["traffic"],
    }  # fmt: skip
    (folder / "readiness.yaml").write_text(json.dumps(launched))
    options = pipeline.Options(date(2026, 11, 25), shield, lambda _: None)
    review = pipeline.review(Home(folder / "readiness.yaml", folder), options)
    return {
        item.id: (item.outcome, [f.message for need in item.requirements for f in need.findings if f.outcome == "invalid"])
        for item in review.items
    }


def test_an_item_that_stands_on_a_dishonest_summary_is_invalid(tmp_path: Path) -> None:
    """The figures fail the item, and edited ones do not prove it: the samples beside contradict them."""
    rows = run()
    assert launch(tmp_path, rows, statistics(rows))["SUM-01"][0] == "failed"
    forged = launch(tmp_path, rows, replaced(rows))
    assert forged["RAW-01"] == ("proven", [])
    outcome, messages = forged["SUM-01"]
    assert outcome == "invalid"
    assert any("`p99` is 700 ms here" in m and "by the samples in results.jtl" in m for m in messages)


def test_an_item_that_stands_on_an_honest_summary_is_proven(tmp_path: Path) -> None:
    rows = run(pace=0.5)
    assert launch(tmp_path, rows, statistics(rows)) == {"SUM-01": ("proven", []), "RAW-01": ("proven", [])}
