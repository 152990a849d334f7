"""The CSV of Locust beside its JSON: the last requests may be missing, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.evidence.test_agreement import LOADTEST, against, collected, needs_samples, paired

LOCUST = LOADTEST / "produced" / "locust"
START = 1_795_000_000
HEADER = next(csv.reader([
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
]))  # fmt: skip
RANKS = (0.5, 0.66, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0)
Call = tuple[float, float, bool]  # second, ms, passed


def shown(ms: float) -> int:
    """Round as Locust does to count."""
    return int(round(ms) if ms < 100 else round(ms, -1) if ms < 1000 else round(ms, -2))


def percentile(times: dict[int, int], total: int, share: float) -> int:
    """Return Locust's `calculate_response_time_percentile`."""
    wanted, processed = int(total * share), 0
    for ms in sorted(times, reverse=True):
        processed += times[ms]
        if total - processed <= wanted:
            return ms
    return 0


def histogram(calls: list[Call]) -> dict[int, int]:
    found: dict[int, int] = {}
    for _, ms, _ in calls:
        found[shown(ms)] = found.get(shown(ms), 0) + 1
    return found


def row(kind: str, name: str, calls: list[Call]) -> list[object]:
    times, span = [ms for _, ms, _ in calls], max(s for s, _, _ in calls) - min(s for s, _, _ in calls) or 1.0
    failed = sum(not ok for *_, ok in calls)
    ranks = [percentile(histogram(calls), len(calls), share) for share in RANKS]
    mean = sum(times) / len(times)
    return [kind, name, len(calls), failed, ranks[0], mean, min(times), max(times), 9.0, len(calls) / span, failed / span, *ranks]


def write(folder: Path, calls: list[Call], kept: int, names: tuple[str, str] = ("a_stats.csv", "a.json")) -> None:
    """Write a run as Locust does; the CSV has so many of its requests."""
    with (folder / names[0]).open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, row("GET", "/a", calls[:kept]), row("", "Aggregated", calls[:kept])])
    seconds: dict[str, int] = {}
    failures: dict[str, int] = {}
    for second, _, ok in calls:
        at = str(START + int(second))
        seconds[at] = seconds.get(at, 0) + 1
        if not ok:
            failures[at] = failures.get(at, 0) + 1
    times = [ms for _, ms, _ in calls]
    entry = {
        "name": "/a", "method": "GET", "last_request_timestamp": START + calls[-1][0], "start_time": START + calls[0][0],
        "num_requests": len(calls), "num_none_requests": 0, "num_failures": sum(failures.values()),
        "total_response_time": sum(times), "max_response_time": max(times), "min_response_time": min(times),
        "total_content_length": 9 * len(calls), "response_times": {str(k): n for k, n in histogram(calls).items()},
        "num_reqs_per_sec": seconds, "num_fail_per_sec": failures,
    }  # fmt: skip
    (folder / names[1]).write_text(json.dumps([entry]))


def run(seed: int, number: int = 2000, spread: float = 0.8) -> list[Call]:
    chance = random.Random(seed)
    return [(i / 100, chance.lognormvariate(4, spread), chance.random() > 0.1) for i in range(number)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(100, 1500), st.floats(0.2, 2.0), st.integers(0, 900), st.booleans())
def test_a_run_without_its_last_requests_agrees(tmp_path_factory, seed: int, number: int, spread: float, lost: int, stall: bool) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    folder = tmp_path_factory.mktemp("run")
    calls = run(seed, number, spread)
    kept = max(1, number - lost)
    if stall:
        calls = calls[:kept] + [(s, ms * 20, ok) for s, ms, ok in calls[kept:]]
    write(folder, calls, kept)
    evidence = collected(folder, "a_stats.csv", "a.json")
    assume(not any(e.invalid for e in evidence))
    assert paired(evidence) == [("a_stats.csv", "a.json")]
    assert against(evidence) == {}


@needs_samples
def test_the_real_run_agrees() -> None:
    names = sorted(path.name for path in LOCUST.iterdir())
    evidence = collected(LOCUST, *names)
    assert ("run1_stats.csv", "run1_json.json") in paired(evidence)
    assert against(evidence) == {}


def edited(change: Callable[[dict[str, str]], dict[str, str]], folder: Path, names: tuple[str, str]) -> list[str]:
    for name in names:
        (folder / name).write_bytes((LOCUST / name).read_bytes())
    rows = list(csv.DictReader(io.StringIO((folder / names[0]).read_text())))
    with (folder / names[0]).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows([*rows[:-1], {**rows[-1], **change(rows[-1])}])
    messages = against(collected(folder, *names)).get(names[0], [])
    assert all(message.endswith(f"by the samples in {names[1]}") for message in messages)
    return [message.split("`")[1] for message in messages]


@needs_samples
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"95%": "100", "98%": "110", "99%": "120", "99.9%": "130", "99.99%": "140"}, ["p95", "p98", "p99", "p99.9", "p99.99"]),
        ({"95%": "100"}, ["p95"]),
        ({"90%": "60"}, ["p90"]),
    ],
)  # fmt: skip
def test_an_edited_total_is_caught(tmp_path: Path, change: dict[str, str], found: list[str]) -> None:
    assert edited(lambda _: change, tmp_path, ("run1_stats.csv", "run1_json.json")) == found


@pytest.mark.parametrize(
    ("forge", "found"),
    [
        (lambda calls: [(s, ms, True) for s, ms, _ in calls], {"failures"}),
        (lambda calls: [c for c in calls if c[2]], {"requests"}),
        (lambda calls: [(s, ms * 0.8, ok) for s, ms, ok in calls], {"mean", "p50", "p95", "max"}),
        (lambda calls: calls + run(3, 30), {"requests"}),
    ],
)  # fmt: skip
def test_each_kind_of_dishonesty_is_caught(tmp_path: Path, forge: Callable[[list[Call]], list[Call]], found: set[str]) -> None:
    write(tmp_path, run(1, 20_000), 19_950)
    other = tmp_path / "other"
    other.mkdir()
    forged = forge(run(1, 20_000))
    write(other, forged, len(forged))
    (tmp_path / "a_stats.csv").write_bytes((other / "a_stats.csv").read_bytes())
    messages = against(collected(tmp_path, "a_stats.csv", "a.json"))["a_stats.csv"]
    assert found <= {message.split("`")[1] for message in messages}


def test_of_other_names_the_same_ends_and_about_its_requests_are_the_same_run(tmp_path: Path) -> None:
    write(tmp_path, run(1), 1950, ("peak_stats.csv", "tuesday.json"))
    assert paired(collected(tmp_path, "peak_stats.csv", "tuesday.json"))
    write(tmp_path, run(2), 1950, ("peak_stats.csv", "wednesday.json"))
    assert not paired(collected(tmp_path, "peak_stats.csv", "tuesday.json"))
