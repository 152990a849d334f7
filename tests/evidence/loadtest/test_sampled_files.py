"""The warnings about samples, from files as tools write them to what is kept of a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readiness.cli.shield import shield
from readiness.evidence.collect import Collector
from readiness.evidence.paths import Roots
from readiness.model.evidence import Evidence
from tests.evidence.loadtest.test_sampled import Request, scheduled, waiting

BEGAN = 1_764_000_000
STALLED = waiting(20, 0.4, 1800, ((900, 60),), 1)
JTL = "timeStamp,elapsed,label,responseCode,success"
ZEROS = ",0.0000" * 5


def hey(requests: list[Request], *, failing: int = 0) -> str:
    """What `hey -o csv` writes, of which the first of every 20 fail within 1 ms."""
    rows = ["response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset"]
    for n, (at, ms) in enumerate(requests):
        failed = n % 20 < failing
        rows.append(f"{0.001 if failed else ms / 1000:.4f}{ZEROS},{503 if failed else 200},{at:.4f}")
    return "\n".join([*rows, ""])


def jtl(requests: list[Request], *, failing: int = 0) -> str:
    rows = [JTL]
    for n, (at, ms) in enumerate(requests):
        failed = n % 20 < failing
        time, code = (1, "503,false") if failed else (round(ms), "200,true")
        rows.append(f"{round((BEGAN + at) * 1000)},{time},/chat,{code}")
    return "\n".join([*rows, ""])


def ab(requests: list[Request]) -> str:
    rows = ["starttime\tseconds\tctime\tdtime\tttime\twait"]
    for at, ms in sorted(requests, key=lambda r: r[1]):
        began, time = datetime.fromtimestamp(BEGAN + int(at), UTC), round(ms)
        rows.append(f"{began:%a %b %d %H:%M:%S %Y}\t{BEGAN + int(at)}\t0\t{time}\t{time}\t{time}")
    return "\n".join([*rows, ""])


def k6(requests: list[Request], users: int) -> str:
    def point(metric: str, second: float, value: float, **tags: str) -> str:
        time = datetime.fromtimestamp(BEGAN + second, UTC).isoformat()
        return json.dumps({"metric": metric, "type": "Point", "data": {"time": time, "value": value, "tags": tags}})

    contains = {"http_req_duration": ("trend", "time"), "vus": ("gauge", "default")}
    rows = [
        json.dumps({"type": "Metric", "metric": name, "data": {"name": name, "type": kind, "contains": unit, "thresholds": [], "submetrics": None}})
        for name, (kind, unit) in contains.items()
    ]
    rows += [point("vus", second, users) for second in range(300)]
    for at, ms in sorted(requests, key=lambda r: r[0] + r[1] / 1000):
        rows.append(point("http_req_duration", at + ms / 1000, ms, expected_response="true", name="/", status="200"))
    return "\n".join([*rows, ""])


def read(folder: Path, name: str, text: str) -> Evidence:
    (folder / name).write_text(text, encoding="utf-8")
    return Collector(Roots(folder, folder), shield).read(name, (), None)


def codes(evidence: Evidence) -> list[str]:
    return [problem.code for problem in evidence.problems]


@pytest.mark.parametrize(("name", "text"), [("hey.csv", hey(STALLED)), ("ab.tsv", ab(STALLED)), ("run.jtl", jtl(STALLED))])
def test_a_stop_of_a_minute_is_told_where_nothing_says_how_many_users_there_were(name: str, text: str, tmp_path: Path) -> None:
    evidence = read(tmp_path, name, text)
    assert (codes(evidence).count("stall"), codes(evidence).count("coordinated-omission")) == (1, 1)
    assert not [fact for fact in evidence.facts if fact.metric.startswith("corrected.")]


@pytest.mark.parametrize(("name", "write"), [("hey.csv", hey), ("run.jtl", jtl)])
@pytest.mark.parametrize(("failing", "told"), [(9, 1), (0, 0)])
def test_quick_failures_are_told(name: str, write: Callable[..., str], failing: int, told: int, tmp_path: Path) -> None:
    evidence = read(tmp_path, name, write(waiting(20, 0.4, 120, (), 1), failing=failing))
    assert codes(evidence).count("failed-fast") == told


def test_a_k6_run_at_a_constant_rate_passes_what_its_answers_allow(tmp_path: Path) -> None:
    stalls = ((100.0, 10.0),)
    for requests, waited in ((scheduled(100, 300, stalls, 1), False), (waiting(10, 0.08, 300, stalls, 1), True)):
        evidence = read(tmp_path, "k6.json", k6(requests, 20))
        found = {f.metric: float(f.value) for f in evidence.facts if f.unit == "ms" and not f.labels}
        assert (found["corrected.p95"] > found["p95"]) is waited
        assert (found["corrected.p99"] > found["p99"]) is waited
        assert ("coordinated-omission" in codes(evidence)) is waited
