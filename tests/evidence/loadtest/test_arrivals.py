"""Which tools say by their nature, or by what they print, whether they send by a schedule."""

from __future__ import annotations

from pathlib import Path

import pytest

from readiness.cli.shield import shield
from readiness.evidence.collect import READERS, Collector
from readiness.evidence.paths import Roots

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def arrivals(name: str) -> list[tuple[str, str]]:
    """Return each value with the run it is of, and check that a run has it once."""
    evidence = Collector(Roots(SAMPLES, SAMPLES), shield).read(name)
    assert not evidence.invalid, evidence.problems
    facts = [fact for fact in evidence.facts if fact.metric == "arrivals"]
    runs = [dict(fact.labels).get("run", "") for fact in facts]
    assert len(runs) == len(set(runs))
    reader = READERS.get(evidence.reader)
    declared = {m.name: m.labels for m in reader.metrics} if reader else {}
    assert all({label for label, _ in fact.labels} <= set(declared["arrivals"]) for fact in facts)
    return list(zip(runs, (str(fact.value) for fact in facts), strict=True))


@pytest.mark.parametrize(
    "name",
    [
        "wrk/ok/latency.txt", "ab/ok/chat.txt", "hey/ok/chat.txt", "autocannon/ok/chat.json",
        "autocannon/ok/version-4-colours.txt", "siege/ok/chat.json", "bombardier/ok/chat.txt", "bombardier/ok/rate-missed.json",
        "h2load/ok/chat.txt", "locust-csv/ok/peak_stats.csv", "locust-json/ok/steady.json", "fortio/ok/chat.json",
        "fortio/ok/rate-missed.json",
    ],
)  # fmt: skip
def test_a_tool_that_waits_for_answers_is_closed_whatever_rate_slows_it(name: str) -> None:
    assert arrivals(name) == [("", "closed")]


@pytest.mark.parametrize("name", ["wrk/ok/wrk2.txt", "wrk/ok/wrk2-uncorrected.txt"])
def test_wrk2_sends_by_a_schedule(name: str) -> None:
    assert arrivals(name) == [("", "open")]


def test_each_run_of_a_text_has_it() -> None:
    assert arrivals("ab/ok/runs.md") == [("1", "closed"), ("2", "closed")]
    assert {kind for _, kind in arrivals("wrk/ok/wrk2-command.md")} == {"open"}


def test_ghz_is_closed_unless_asynchronous_and_says_so_in_json_only(tmp_path: Path) -> None:
    assert arrivals("ghz/ok/summary-only.json") == [("", "closed")]
    text = (SAMPLES / "ghz/ok/summary-only.json").read_text()
    assert '"insecure": true' in text
    (tmp_path / "async.json").write_text(text.replace('"insecure": true', '"insecure": true, "async": true'))
    evidence = Collector(Roots(tmp_path, tmp_path), shield).read("async.json")
    assert [fact.value for fact in evidence.facts if fact.metric == "arrivals"] == ["open"]
    assert arrivals("ghz/ok/failures.txt") == []


@pytest.mark.parametrize(
    "name",
    [
        "oha/ok/chat.json",  # -q with --latency-correction is not in it
        "fortio/ok/nighthawk.json",  # has an open loop too
        "hdrhistogram-percentiles/ok/declared-unit.hgrm",
    ],
)
def test_where_nothing_tells_it_is_not_known(name: str) -> None:
    assert arrivals(name) == []


@pytest.mark.parametrize(
    "name",
    [
        "hdrhistogram-percentiles/ok/declared-unit.hgrm", "hdrhistogram-percentiles/ok/unknown-unit.hgrm",
        "hdrhistogram-log/ok/declared-unit.hlog", "hdrhistogram-log/ok/unknown-unit.hlog", "hdrhistogram-log/ok/ycsb-v1.hlog",
    ],
)  # fmt: skip
def test_trap_16_a_histogram_does_not_tell_whether_it_was_corrected(name: str) -> None:
    evidence = Collector(Roots(SAMPLES, SAMPLES), shield).read(name)
    (problem,) = (p for p in evidence.problems if p.code == "correction-unknown")
    assert (problem.kind, problem.message) == (
        "warning", "nothing in it tells whether it was corrected for coordinated omission",
    )  # fmt: skip
    assert problem.help == "if a closed loop recorded it uncorrected, it hides stalls: keep the tool's output too"


def test_stalls_of_a_machine_need_no_such_caveat() -> None:
    evidence = Collector(Roots(SAMPLES, SAMPLES), shield).read("hdrhistogram-log/ok/jhiccup.hlog")
    assert "correction-unknown" not in {p.code for p in evidence.problems}
