"""Summaries held against samples that lie beside them and that nobody linked."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import os
import random
import shutil
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from readiness import pipeline
from readiness.cli.shield import shield
from readiness.evidence.apart import AVAILABLE
from readiness.evidence.collect import READERS, Collector
from readiness.evidence.files import Job
from readiness.evidence.fingerprint import same_run
from readiness.evidence.limits import DEFAULT, Limits
from readiness.evidence.neighbours import SAMPLES, contradicted
from readiness.evidence.paths import Roots
from readiness.loading.files import Home
from readiness.model.evidence import Evidence
from readiness.model.fact import Problem
from readiness.recording import look

from . import lifecycle
from .jmeter_runs import Row, jtl, statistics

LOADTEST = Path(__file__).resolve().parents[3] / "shared" / "samples" / "loadtest"
needs_samples = pytest.mark.skipif(not LOADTEST.exists(), reason=f"no {LOADTEST}")
ROUNDING = {name: reader.rounding for name in READERS.shipped_ids if (reader := READERS.get(name))}


def found(
    folder: Path, *linked: str, limits: Limits = DEFAULT, apart: bool = False, root: Path | None = None
) -> tuple[Problem, ...]:
    """Return what the files beside say against those that are linked."""
    collector = Collector(Roots(folder, root or folder), shield, limits=limits, apart=apart)
    told = contradicted([collector.read(name) for name in linked], collector, ROUNDING)
    return tuple(problem for problems in told.values() for problem in problems)


def metrics(problems: Sequence[Problem]) -> list[str]:
    return [p.message.split("`")[1] for p in problems if p.kind == "invalid"]


def told(folder: Path, *linked: str) -> dict[str, list[str]]:
    """Return the metrics that the files beside say to differ, by summary."""
    collector = Collector(Roots(folder, folder), shield)
    against = contradicted([collector.read(name) for name in linked], collector, ROUNDING)
    return {path: metrics(problems) for path, problems in against.items()}


def codes(problems: Sequence[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def run(seed: int = 7, began: int = 1_795_000_000_000) -> list[Row]:
    """Draw 1,200 requests at a constant rate, as another run of the same script would have them too."""
    chance = random.Random(seed)
    rows = []
    for number in range(1200):
        failed = chance.random() < 0.02
        time = 20 if failed else chance.lognormvariate(5.8, 0.5)
        rows.append(Row(began + number * 50, max(1, round(time)), "/chat" if number % 3 == 0 else "/search", not failed))
    return rows


def honest(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    return statistics(rows)


def errors_dropped(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    told = statistics(rows)
    for part in told.values():
        part["errorCount"] = part["errorPct"] = 0
    return told


def slowest_left_out(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """The slowest 1 % are left out; the numbers of requests stay."""
    kept = sorted(rows, key=lambda row: row.elapsed)[: len(rows) * 99 // 100]
    told, all_ = statistics(kept), statistics(rows)
    for key, part in told.items():
        part |= {n: all_[key][n] for n in ("sampleCount", "errorCount", "errorPct", "throughput")}
    return told


def slowest_taken_out(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """The report is made again of the quickest 99 %; the first and the last request stay."""
    ordered = sorted(rows[1:-1], key=lambda row: row.elapsed)
    return statistics([rows[0], *ordered[: len(rows) * 99 // 100 - 2], rows[-1]])


def failures_taken_out(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    return statistics([row for row in rows if row.ok])


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def dashboard(rows: Sequence[Row], forge: Callable[[Sequence[Row]], dict[str, dict[str, Any]]] = honest) -> bytes:
    return json.dumps(forge(rows)).encode()


# dishonest


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("forge", [errors_dropped, slowest_left_out, slowest_taken_out, failures_taken_out])
@pytest.mark.parametrize(
    ("summary", "samples"),
    [
        ("ev/statistics.json", "ev/results.jtl"),
        ("ev/report/statistics.json", "ev/results.jtl"),
        ("ev/report/statistics.json", "ev/peak-load-2026.jtl"),
        ("ev/statistics.json", "ev/peak-load-2026.jtl.gz"),
    ],
)
def test_a_dishonest_dashboard_is_held_against_the_jtl_beside_it(
    tmp_path: Path, seed: int, forge: Callable[[Sequence[Row]], dict[str, dict[str, Any]]], summary: str, samples: str
) -> None:
    rows = run(seed)
    content = gzip.compress(jtl(rows)) if samples.endswith(".gz") else jtl(rows)
    put(tmp_path, {summary: dashboard(rows, forge), samples: content})
    problems = found(tmp_path, summary)
    assert problems
    for problem in problems:
        assert (problem.kind, problem.code, problem.at.path) == ("invalid", "summary-disagrees", summary)
        assert problem.at.line
        assert problem.message.endswith(f"by the samples in {samples}")


@pytest.mark.parametrize("seed", range(3))
def test_the_slowest_that_are_left_out_may_begin_among_equals(tmp_path: Path, seed: int) -> None:
    rows = [row._replace(elapsed=max(1, row.elapsed // 40 * 40)) for row in run(seed)]
    put(tmp_path, {"report/statistics.json": dashboard(rows, slowest_left_out), "peak-load-2026.jtl": jtl(rows)})
    assert "mean" in metrics(found(tmp_path, "report/statistics.json"))


@pytest.mark.parametrize(("requests", "slow"), [(4000, 24), (2000, 20), (1000, 15)])
def test_a_report_without_its_slowest_few_is_held_against_the_jtl_beside_it(tmp_path: Path, requests: int, slow: int) -> None:
    """Their count is just that of the requests up to the maximum that is stated."""
    chance = random.Random(requests)
    quick = [Row(1_795_000_000_000 + n * 50, round(chance.gauss(100, 8)), "/chat", ok=True) for n in range(requests - slow)]
    rest = [Row(1_795_000_000_000 + n * 400, chance.randint(3000, 9000), "/chat", ok=True) for n in range(slow)]
    (tmp_path / "report").mkdir()
    (tmp_path / "report/statistics.json").write_text(json.dumps(statistics(quick)))
    (tmp_path / "results.jtl").write_bytes(jtl(sorted([*quick, *rest])))
    assert {"mean", "max"} <= set(metrics(found(tmp_path, "report/statistics.json")))
    assert found(tmp_path, "report/statistics.json")[0].code == "summary-disagrees"


@pytest.mark.parametrize("seed", range(6))
def test_a_run_of_a_request_more_or_less_is_another_run(tmp_path: Path, seed: int) -> None:
    """At a constant rate runs of one script have nearly as many requests, and the slowest is in either."""
    for name, number, extra in (("a", seed, seed % 4), ("b", seed + 100, 0)):
        chance = random.Random(number)
        rows = [Row(1_795_000_000_000 + n * 50, round(chance.gauss(100, 8)), "/chat", ok=True) for n in range(1500 + extra)]
        (tmp_path / f"{name}.jtl").write_bytes(jtl(rows))
        (tmp_path / f"{name}.json").write_text(json.dumps(statistics(rows)))
    (tmp_path / "b.jtl").unlink()
    (tmp_path / "b.json").rename(tmp_path / "statistics.json")
    assert metrics(found(tmp_path, "statistics.json")) == []


def test_the_finding_is_the_one_of_linked_samples(tmp_path: Path) -> None:
    rows = run()
    put(tmp_path, {"statistics.json": dashboard(rows, errors_dropped), "results.jtl": jtl(rows)})
    bad = sum(not row.ok for row in rows)
    assert [p.message for p in found(tmp_path, "statistics.json")] == [
        f"`failures` is 0 here, and {bad} by the samples in results.jtl",
        f"`errors` is 0 % here, and {bad / 12:.4g} % by the samples in results.jtl",
    ]


@needs_samples
@pytest.mark.parametrize(
    ("folder", "names", "edit", "wanted"),
    [
        ("produced/k6", ("small-export.json", "small.csv"),
         lambda d: d["metrics"]["http_req_duration"].update({"p(99)": 0.8 * d["metrics"]["http_req_duration"]["p(99)"]}), ["p99"]),
        ("produced/k6", ("small-export.json", "small.ndjson"),
         lambda d: d["metrics"]["http_req_failed"].update({"passes": 0, "fails": 1, "value": 0.0}), ["failures", "errors"]),
        ("real/vegeta", ("khamonsol__ratelimiter__metrics.json", "khamonsol__ratelimiter__results.bin"),
         lambda d: d["latencies"].update({"50th": d["latencies"]["50th"] // 2}), ["p50"]),
    ],
    ids=["k6 p99", "k6 errors", "vegeta p50"],
)  # fmt: skip
def test_an_edited_summary_of_other_tools_is_held_against_them(
    tmp_path: Path, folder: str, names: tuple[str, str], edit: Callable[[Any], None], wanted: list[str]
) -> None:
    for name in names:
        shutil.copy(LOADTEST / folder / name, tmp_path / name)
    document = json.loads((tmp_path / names[0]).read_text())
    edit(document)
    (tmp_path / names[0]).chmod(0o600)
    (tmp_path / names[0]).write_text(json.dumps(document))
    assert set(metrics(found(tmp_path, names[0]))) & set(wanted)


@needs_samples
def test_a_locust_csv_without_errors_is_held_against_its_json(tmp_path: Path) -> None:
    for name in ("run1_stats.csv", "run1_json.json"):
        (tmp_path / name).write_bytes((LOADTEST / "produced" / "locust" / name).read_bytes())
    assert found(tmp_path, "run1_stats.csv") == ()
    rows = list(csv.reader(io.StringIO((tmp_path / "run1_stats.csv").read_text())))
    place = rows[0].index("Failure Count")
    edited = [rows[0], *([*row[:place], "0", *row[place + 1 :]] for row in rows[1:] if row)]
    text = io.StringIO()
    csv.writer(text).writerows(edited)
    (tmp_path / "run1_stats.csv").write_text(text.getvalue())
    assert "failures" in metrics(found(tmp_path, "run1_stats.csv"))


# honest


@needs_samples
@pytest.mark.parametrize(
    ("folder", "summary", "samples"),
    [
        ("produced/k6", "summary-export.json", "raw.csv"),
        ("produced/k6", "small-export.json", "small.ndjson"),
        ("produced/ab", "run1_var.stdout", "run1_var.g.tsv"),
        ("produced/h2load", "run1.stdout", "run1.log.tsv"),
        ("produced/aiperf/run1", "profile_export_aiperf.json", "profile_export.jsonl"),
        ("real/jmeter", "cashi_statistics.json", "cashi_results.jtl"),
        ("real/jmeter", "daraz_statistics.json", "daraz_results.jtl"),
        ("real/jmeter", "blazedemo-26998_statistics.json", "blazedemo-26998_results.reduced.jtl"),
        ("real/llmperf", "bedrock_70b_summary.json", "bedrock_70b_individual.json"),
        ("real/vegeta", "khamonsol__ratelimiter__metrics.json", "khamonsol__ratelimiter__results.bin"),
        ("real/gatling", "v3.9.5-akash_stats.json", "v3.9.5-akash_simulation.log"),
    ],
)
def test_an_honest_summary_agrees_with_the_samples_beside_it(
    tmp_path: Path, folder: str, summary: str, samples: str
) -> None:
    for name in (summary, samples):
        shutil.copy(LOADTEST / folder / name, tmp_path / name)
    assert found(tmp_path, summary) == ()


@pytest.mark.parametrize("name", ["results.jtl", "peak-load-2026.jtl", "results-2026-11-25.jtl"])
@pytest.mark.parametrize("seed", range(8, 20))
def test_another_run_of_the_same_script_says_nothing(tmp_path: Path, name: str, seed: int) -> None:
    """It has the labels, the number of requests of each and about the duration: only figures tell."""
    put(tmp_path, {
        "report/statistics.json": dashboard(run()), "statistics.json": dashboard(run()),
        name: jtl(run(seed, began=1_794_900_000_000)),
    })  # fmt: skip
    assert codes(found(tmp_path, "report/statistics.json", "statistics.json")) == ["neighbour-differs"] * 2
    put(tmp_path, {name: jtl(run(seed, began=1_794_900_000_000)[:-1])})
    assert found(tmp_path, "report/statistics.json", "statistics.json") == ()


def test_another_run_with_the_same_duration_and_maximum_says_nothing(tmp_path: Path) -> None:
    """A constant rate gives the duration of every run, a timeout the maximum."""
    rows = [run(seed) for seed in (7, 8)]
    for part in rows:
        part[0], part[-1] = part[0]._replace(elapsed=30_000, ok=False), part[-1]._replace(elapsed=300)
    put(tmp_path, {"statistics.json": dashboard(rows[0]), "peak.jtl": jtl(rows[1])})
    assert codes(found(tmp_path, "statistics.json")) == ["neighbour-differs"]


def timed_out(seed: int, timeout: int) -> list[Row]:
    """Draw a run of which some requests time out, to the clock of the tool, and nothing else fails."""
    chance = random.Random(seed)
    rows = []
    for number in range(600):
        label, usual = (("/a", 12), ("/b", 30))[number % 2]
        ok = chance.random() >= 0.005
        time = round(1 + usual * math.exp(chance.gauss(0, 0.4))) if ok else timeout + chance.choice((0, 0, 1, 1, 2))
        rows.append(Row(1_795_000_000_000 + number * 100, time, label, ok))
    return rows


@pytest.mark.parametrize("timeout", [10_000, 60_000])
@pytest.mark.parametrize("names", [("report/statistics.json", "results.jtl"), ("peak-statistics.json", "peak.jtl")])
def test_timeouts_make_no_two_runs_one(tmp_path: Path, timeout: int, names: tuple[str, str]) -> None:
    """They give runs their maximum, and the few failures are often as many."""
    collector = Collector(Roots(tmp_path, tmp_path), shield)
    put(tmp_path, {f"{n}/{names[0]}": dashboard(timed_out(n, timeout)) for n in range(12)})
    put(tmp_path, {f"{n}/{names[1]}": jtl(timed_out(n, timeout)) for n in range(12)})
    summaries, samples = ([collector.read(f"{n}/{name}") for n in range(12)] for name in names)
    taken = [(i, j) for i, s in enumerate(summaries) for j, o in enumerate(samples) if same_run(s, o, named=False)]
    assert taken == [(n, n) for n in range(12)]
    taken = [(i, j) for i, s in enumerate(summaries) for j, o in enumerate(samples) if same_run(s, o, named=True)]
    assert taken == [(n, n) for n in range(12)]


def test_times_of_a_few_whole_milliseconds_make_no_two_runs_one(tmp_path: Path) -> None:
    """Among so few sums of quick responses two runs often have the same."""
    collector = Collector(Roots(tmp_path, tmp_path), shield)
    runs = [[Row(n * 100 + 1_795_000_000_000, random.Random(s * 9999 + n).choice((1, 2, 2, 3)), "/a", True) for n in range(500)] for s in range(16)]
    put(tmp_path, {f"{s}/statistics.json": dashboard(rows) for s, rows in enumerate(runs)})
    put(tmp_path, {f"{s}/results.jtl": jtl(rows) for s, rows in enumerate(runs)})
    pairs = [
        (collector.read(f"{i}/statistics.json"), collector.read(f"{j}/results.jtl")) for i in range(16) for j in range(16) if i != j
    ]
    assert not [pair for pair in pairs if same_run(*pair, named=True)]


def test_a_linked_jtl_of_another_run_gives_way_to_its_own_beside_it(tmp_path: Path) -> None:
    put(tmp_path, {
        "report2/statistics.json": dashboard(run(2)), "report3/statistics.json": dashboard(run(2), errors_dropped),
        "run1.jtl": jtl(run(1)), "run2.jtl": jtl(run(2)),
    })  # fmt: skip
    assert told(tmp_path, "report2/statistics.json", "run1.jtl") == {"report2/statistics.json": []}
    assert told(tmp_path, "report3/statistics.json", "run1.jtl") == {"report3/statistics.json": ["failures", "errors"]}
    (tmp_path / "run2.jtl").write_bytes(jtl(run(3)))  # of neither
    assert told(tmp_path, "report2/statistics.json", "run1.jtl") == {"report2/statistics.json": []}


def all_faster(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Every time is 0.8 of what it was, and nothing fails."""
    told = errors_dropped(rows)
    for part in told.values():
        part |= {name: value * 0.8 for name, value in part.items() if "ResTime" in name}
    return told


@pytest.mark.parametrize("names", [("peak-statistics.json", "peak.jtl"), ("report/statistics.json", "r1.jtl")])
def test_a_summary_edited_throughout_is_a_warning(tmp_path: Path, names: tuple[str, str]) -> None:
    put(tmp_path, {names[0]: dashboard(run(), all_faster), names[1]: jtl(run())})
    (problem,) = found(tmp_path, names[0])
    assert (problem.kind, problem.code, problem.at.path) == ("warning", "neighbour-differs", names[0])
    assert problem.message == f"samples with as many requests lie beside it in {names[1]} and differ from it"
    assert problem.help == "link them if they are of this run, else take them away or give them another name"
    put(tmp_path, {"monday-statistics.json": dashboard(run(), all_faster)})
    assert found(tmp_path, "monday-statistics.json") == ()  # another name


def gatling(folder: Path, log: str, stats: str, edit: Callable[[Any], None] = lambda _: None) -> None:
    real = LOADTEST / "real" / "gatling"
    document = json.loads((real / "v3.9.5-akash_stats.json").read_text())
    edit(document)
    put(folder, {log: (real / "v3.9.5-akash_simulation.log").read_bytes(), stats: json.dumps(document).encode()})


def p99_lower(document: Any) -> None:
    for node in (document, *document["contents"].values()):
        node["stats"]["percentiles4"]["total"] = node["stats"]["percentiles3"]["total"]


@needs_samples
def test_the_folder_of_a_run_of_gatling_holds_its_log_and_its_report(tmp_path: Path) -> None:
    gatling(tmp_path, "sim-1/simulation.log", "sim-1/js/stats.json")
    assert found(tmp_path, "sim-1/js/stats.json") == ()
    gatling(tmp_path, "sim-1/simulation.log", "sim-1/js/stats.json", p99_lower)
    assert metrics(found(tmp_path, "sim-1/js/stats.json")) == ["p99"]


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_the_folder_of_a_run_of_inference_perf_holds_its_summary_and_its_requests(tmp_path: Path, share: float) -> None:
    lifecycle.lay(tmp_path, lambda second: share * second)
    assert ("p90" in metrics(found(tmp_path, lifecycle.SUMMARY))) == (share < 1)
    (tmp_path / "other").mkdir()
    (tmp_path / lifecycle.REQUESTS).rename(tmp_path / "other" / lifecycle.REQUESTS)
    assert found(tmp_path, lifecycle.SUMMARY) == ()


def test_a_folder_and_a_jtl_with_names_of_two_runs_are_no_twins(tmp_path: Path) -> None:
    put(tmp_path, {"report-2/statistics.json": dashboard(run(2)), "run-1.jtl": jtl(run(1))})
    assert found(tmp_path, "report-2/statistics.json") == ()
    (tmp_path / "run-1.jtl").rename(tmp_path / "results-2.jtl")
    assert codes(found(tmp_path, "report-2/statistics.json")) == ["neighbour-differs"]


def test_a_report_that_counts_more_than_all_linked_samples_beside_it_is_a_warning(tmp_path: Path) -> None:
    rows, other = run(7), run(8)
    (tmp_path / "report").mkdir()
    (tmp_path / "report/statistics.json").write_text(json.dumps(honest([*rows, *other])))
    (tmp_path / "results.jtl").write_bytes(jtl(rows))
    (problem,) = found(tmp_path, "report/statistics.json", "results.jtl")
    assert (problem.code, problem.message) == ("neighbour-differs", "it counts 2,400 requests, and the samples beside it 1,200")
    (tmp_path / "results-2.jtl").write_bytes(jtl(other))
    assert found(tmp_path, "report/statistics.json", "results.jtl", "results-2.jtl") == ()


def test_samples_of_a_part_of_the_run_say_nothing(tmp_path: Path) -> None:
    """Such as those of one of two generators."""
    rows = run()
    slowest = max(rows, key=lambda row: row.elapsed)
    half = sorted({*rows[::2], slowest})
    put(tmp_path, {"statistics.json": dashboard(rows), "results.jtl": jtl(half)})
    assert found(tmp_path, "statistics.json") == ()


# which files


def overheard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of what will be read beside what is linked."""
    asked: list[str] = []
    original = Collector.read_beside

    def read_beside(self: Collector, jobs: Sequence[Job]) -> list[Evidence]:
        asked.extend(job.path for job in jobs)
        return original(self, jobs)

    monkeypatch.setattr(Collector, "read_beside", read_beside)
    return asked


def test_one_of_several_candidates_that_agrees_is_enough(tmp_path: Path) -> None:
    rows = run()
    longer = [*rows[:-1], rows[-1]._replace(elapsed=rows[-1].elapsed + 1)]
    put(tmp_path, {"statistics.json": dashboard(rows), "a.jtl": jtl(rows), "b.jtl": jtl(longer)})
    assert found(tmp_path, "statistics.json") == ()


def test_where_samples_of_the_run_are_linked_no_others_are_read(tmp_path: Path) -> None:
    rows = run()
    put(tmp_path, {"statistics.json": dashboard(rows, errors_dropped), "results.jtl": jtl(rows), "other.jtl": jtl(rows)})
    assert found(tmp_path, "statistics.json", "results.jtl") == ()  # linked ones are compared elsewhere


def test_without_candidates_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = run()
    put(tmp_path, {"statistics.json": dashboard(rows), "notes.md": b"# Notes\n", ".hidden.jtl": jtl(rows), "sub/x.jtl": jtl(rows)})
    asked = overheard(monkeypatch)
    assert found(tmp_path, "statistics.json") == ()
    assert asked == []


def test_only_a_few_are_read_those_of_its_name_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = run()
    others = {f"day{n:02}.jtl": jtl(run(n)[:100]) for n in range(30)}
    put(tmp_path, {"peak-statistics.json": dashboard(rows, errors_dropped), "peak.jtl": jtl(rows), **others})
    asked = overheard(monkeypatch)
    assert metrics(found(tmp_path, "peak-statistics.json")) == ["failures", "errors"]
    assert asked[0] == "peak.jtl"
    assert len(asked) <= 8


def test_nothing_outside_the_repository_is_read(tmp_path: Path) -> None:
    rows = run()
    inner = tmp_path / "repository"
    put(tmp_path, {"elsewhere/results.jtl": jtl(rows), "results.jtl": jtl(rows), "repository/statistics.json": dashboard(rows, errors_dropped)})
    (inner / "results.jtl").symlink_to(tmp_path / "elsewhere" / "results.jtl")
    assert found(inner, "statistics.json") == ()


def test_a_link_inside_the_repository_is_followed(tmp_path: Path) -> None:
    rows = run()
    put(tmp_path, {"raw/deep/r.jtl": jtl(rows), "ev/statistics.json": dashboard(rows, errors_dropped)})
    (tmp_path / "ev" / "results.jtl").symlink_to(tmp_path / "raw" / "deep" / "r.jtl")
    assert metrics(found(tmp_path, "ev/statistics.json")) == ["failures", "errors"]


# what cannot be read


@pytest.mark.parametrize("apart", [False, pytest.param(True, marks=pytest.mark.skipif(not AVAILABLE, reason="no fork"))])
def test_a_neighbour_that_cannot_be_read_is_a_warning(tmp_path: Path, apart: bool) -> None:
    rows = run()
    raw = gzip.compress(jtl(rows) * 20, 1)
    put(tmp_path, {"statistics.json": dashboard(rows), "results.jtl.gz": raw[: len(raw) // 2]})
    (problem,) = found(tmp_path, "statistics.json", apart=apart)
    assert (problem.kind, problem.code, problem.at.path) == ("warning", "neighbour-unread", "statistics.json")
    assert problem.message == "samples lie beside it in results.jtl.gz and cannot be read: the gz file ends in the middle"
    assert problem.help == "keep the whole file, or take it away: the summary is held against nothing"


def test_limits_hold_for_neighbours_too(tmp_path: Path) -> None:
    rows = run()
    put(tmp_path, {"statistics.json": dashboard(rows), "results.jtl": jtl(rows)})
    limits = DEFAULT._replace(size=10_000)
    assert found(tmp_path, "statistics.json", limits=limits) == ()  # not even looked at


def test_strange_neighbours_do_no_harm(tmp_path: Path) -> None:
    rows = run()
    put(tmp_path, {
        "statistics.json": dashboard(rows), "empty.jtl": b"", "binary": bytes(range(256)) * 300,
        "name\nwith\nlines.jtl": jtl(rows), "utf16.jtl": jtl(rows).decode().encode("utf-16"),
    })  # fmt: skip
    os.mkfifo(tmp_path / "results.jtl")
    (tmp_path / "gone.jtl").symlink_to(tmp_path / "nowhere")
    assert found(tmp_path, "statistics.json") == ()


def test_every_reader_of_samples_is_known() -> None:
    """A reader of samples in a file of their own: of requests in time, or how often each time was seen."""
    both = {"ghz", "guidellm", "sglang-bench", "vllm-bench", "aiperf"}  # one file is both
    alone = {"hey-csv"}  # a run prints samples or a summary
    sampled = {
        name for name in READERS.shipped_ids
        if (reader := READERS.get(name)) and any(m.name == "steady.start" for m in reader.metrics)
    }  # fmt: skip
    assert {r for readers in SAMPLES.values() for r in readers} == (sampled | {"locust-json", "hdrhistogram-log", "llmperf"}) - both - alone


# a whole review


def review(folder: Path) -> tuple[str | None, list[str]]:
    """Review a launch that links report/statistics.json alone: outcome and messages."""
    item = {"area": "load", "gate": "blocker", "harm": "major", "risk": "possible", "effort": "1d", "why": "why", "fix": "fix"}
    checklist = {
        "schema": "readiness/checklist@1", "id": "list", "title": "List", "version": "1", "slots": {},
        "items": [{**item, "id": "SUM-01", "title": "Few errors", "evidence": [
            {"path": "report/statistics.json", "needs": "measured", "expect": ["errors < 1 %"]}]}],
    }  # fmt: skip
    launched = {
        "schema": "readiness/launch@1", "service": "shop", "title": "Shop", "owner": "team-shop", "owners": {},
        "launch": "2026-12-07", "candidate": {"version": "1.0"}, "checklists": ["./list.yaml"], "changes": ["traffic"],
    }  # fmt: skip
    put(folder, {"list.yaml": json.dumps(checklist).encode(), "readiness.yaml": json.dumps(launched).encode()})
    options = pipeline.Options(date(2026, 11, 25), shield, lambda _: None)
    (result,) = pipeline.review(Home(folder / "readiness.yaml", folder), options).items
    return result.outcome, [f.message for need in result.requirements for f in need.findings if f.outcome == "invalid"]


def test_a_dishonest_summary_proves_nothing_though_its_samples_are_not_linked(tmp_path: Path) -> None:
    rows = run()
    put(tmp_path, {"report/statistics.json": dashboard(rows, errors_dropped)})
    assert review(tmp_path) == ("proven", [])
    put(tmp_path, {"results.jtl": jtl(rows)})
    outcome, messages = review(tmp_path)
    assert outcome == "invalid"
    assert "`failures` is 0 here" in messages[0]
    assert messages[0].endswith("by the samples in results.jtl")


def test_a_contradicted_summary_is_not_recorded_and_its_neighbour_never_is(tmp_path: Path) -> None:
    rows = run()
    put(tmp_path, {"report/statistics.json": dashboard(rows, errors_dropped)})
    review(tmp_path)
    home, options = Home(tmp_path / "readiness.yaml", tmp_path), pipeline.Options(date(2026, 11, 25), shield, lambda _: None)
    (entry,) = look(home, options).entries
    assert [file.path for file in entry.files] == ["report/statistics.json"]
    put(tmp_path, {"results.jtl": jtl(rows)})
    seen = look(home, options)
    assert seen.entries == ()
    (line,) = seen.unread
    assert line.startswith("report/statistics.json: `failures` is 0 here, and ")
