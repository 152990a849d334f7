"""Litmus results: a Pass is believed only if probes of every phase say so, and something was broken."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.litmus_result import READER, read, sniff
from readiness.model.fact import Problem, Value

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "litmus-result"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
BAD = {
    "awaited": ("inconclusive", "unfinished"),
    "cut-off": ("inconclusive", "unfinished"),
    "engine": ("invalid", "wrong-kind"),
    "history-is-a-list": ("invalid", "malformed"),
    "no-probe-before-and-after": ("inconclusive", "no-probe"),
    "no-probe-during": ("inconclusive", "no-probe"),
    "no-status": ("inconclusive", "unfinished"),
    "old-status-in-spec": ("inconclusive", "no-probe"),
    "pass-denied-by-a-probe": ("invalid", "contradiction"),
    "pass-with-another-phase": ("invalid", "contradiction"),
    "passed-without-probes": ("inconclusive", "no-probe"),
    "probe-not-run": ("invalid", "contradiction"),
    "still-injected": ("inconclusive", "rollback-failed"),
    "stopped": ("inconclusive", "unfinished"),
    "target-not-hit": ("inconclusive", "no-action"),
    "template": ("invalid", "template"),
    "two-results": ("invalid", "several"),
}
PASSED = (SAMPLES / "ok" / "passed.yaml").read_text()


def load(data: bytes | str) -> Reading:
    return read(Source("r.yaml", data if isinstance(data, bytes) else data.encode()))


def sample(name: str) -> Reading:
    return load((SAMPLES / "ok" / name).read_bytes())


def values(reading: Reading) -> dict[str, Value]:
    return {fact.metric: fact.value for fact in reading.facts}


def problems(data: bytes | str) -> tuple[Problem, ...]:
    try:
        return load(data).problems
    except Unreadable as error:
        return (error.problem,)


def test_a_pass_with_probes_of_every_phase_is_a_completed_drill() -> None:
    reading = sample("passed.yaml")
    assert values(reading) == snapshot(
        {
            "drill.completed": True,
            "steady_before": True,
            "steady_after": True,
            "verdict": "Pass",
            "fault": "pod-network-loss",
            "probes": 2,
            "probes.failed": 0,
            "actions": 1,
            "rollbacks.failed": 0,
        }
    )
    assert (reading.problems, str(reading.produced)) == ((), "2026-11-20 10:03:41+00:00")


@pytest.mark.parametrize("name", ["as-json.json", "list.yaml"])
def test_as_kubectl_prints_it_in_other_ways(name: str) -> None:
    assert values(sample(name)) == values(sample("passed.yaml"))


def test_older_versions_have_a_verdict_for_each_phase() -> None:
    reading = sample("version-2.0.yaml")
    got = values(reading)
    assert (got["drill.completed"], got["steady_before"], got["steady_after"], got["probes"]) == (True, True, True, 3)
    assert [p.code for p in reading.problems] == ["no-targets"]


def test_a_fault_that_needs_no_undoing_leaves_its_target_targeted() -> None:
    got = values(sample("three-probes.yaml"))
    assert (got["drill.completed"], got["actions"], got["rollbacks.failed"]) == (True, 1, 0)


@pytest.mark.parametrize("name", ["failed-probe.yaml", "percentage-is-wrong.yaml"])
def test_a_failed_probe_is_a_result_and_not_completed(name: str) -> None:
    reading = sample(name)
    assert (values(reading)["drill.completed"], values(reading)["probes.failed"]) == (False, 1)
    assert [p.message for p in reading.problems] == (
        ["it says 100 % of the probes passed; 50 % did"] if "percentage" in name else []
    )


@pytest.mark.parametrize("path", sorted((SAMPLES / "broken").iterdir()), ids=lambda p: p.stem)
def test_broken_sample_is_never_a_pass(path: Path) -> None:
    found = [p for p in problems(path.read_bytes()) if p.kind != "warning"]
    assert (found[0].kind, found[0].code) == BAD[path.stem]
    with contextlib.suppress(Unreadable):
        assert values(load(path.read_bytes()))["drill.completed"] is False


def test_every_broken_sample_has_an_expectation() -> None:
    assert {path.stem for path in (SAMPLES / "broken").iterdir()} == set(BAD)


@pytest.mark.parametrize("verdict", ["Awaited", "Stopped", "Error", "N/A", "''", "pass", "true", "null", "[]"])
def test_only_pass_is_a_pass(verdict: str) -> None:
    text = PASSED.replace("    verdict: Pass\n", f"    verdict: {verdict}\n")
    assert any(p.kind != "warning" for p in problems(text))
    assert values(load(text))["drill.completed"] is False


@pytest.mark.parametrize("verdict", ["Failed", "N/A", "Awaited", "''", "null", "true", "Not Passed"])
def test_only_a_passed_probe_passed(verdict: str) -> None:
    text = PASSED.replace("        verdict: Passed\n", f"        verdict: {verdict}\n")
    assert values(load(text))["drill.completed"] is False


@pytest.mark.parametrize("mode", ["SOT", "''", "null", "Sometimes", "3"])
def test_a_probe_of_no_known_phase_watched_nothing(mode: str) -> None:
    assert "no-probe" in [p.code for p in load(PASSED.replace("mode: Continuous", f"mode: {mode}")).problems]


HOSTILE = [b"", b"\0", b"[]", b"1", b"{}", b"a: b", b"\xff\xfe{", b"{" * 5000, b"apiVersion: litmuschaos.io/v1alpha1\nkind: ChaosResult\nstatus: x\n",
           b"apiVersion: litmuschaos.io/v1alpha1\nkind: ChaosResult\nstatus: {probeStatuses: {a: 1}}\n", b"kind: [x]\napiVersion: {a: 1}\n"]  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE)
def test_hostile_files_are_never_a_pass(data: bytes) -> None:
    assert any(p.kind != "warning" for p in problems(data))


@given(st.binary(max_size=200))
def test_random_bytes_are_never_a_pass(data: bytes) -> None:
    assert any(p.kind != "warning" for p in problems(data))
    assert sniff(data) == 0


@given(st.integers(0, PASSED.count("\n")), st.sampled_from(["", "  x: 1", "status: []", "  probeStatuses: 3", "\t", "- a", "x: &a [*a]"]))
def test_a_line_that_is_something_else_never_crashes(index: int, junk: str) -> None:
    lines = PASSED.splitlines()
    lines[index : index + 1] = [junk]
    for problem in problems("\n".join(lines)):
        assert problem.message


REAL = {
    "prateek-chaosresult.yaml": ("inconclusive", "unfinished"),  # Awaited: a template before the run
    "pod-http-latency-engine.yaml": ("invalid", "wrong-kind"),
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_file(name: str) -> None:
    path = SHARED / "real" / "chaos" / "litmus" / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    found = [p for p in problems(path.read_bytes()) if p.kind != "warning"]
    assert [(p.kind, p.code) for p in found] == [REAL[name]]


def test_real_result_against_its_text() -> None:
    path = SHARED / "real" / "chaos" / "litmus" / "prateek-chaosresult.yaml"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    got = values(load(path.read_bytes()))
    assert (got["verdict"], got["fault"], got["probes"]) == ("Awaited", "load-test-chaos", 0)


def test_sniff_knows_its_own_among_all_shared_samples() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    assert {p.name for p in SHARED.rglob("*") if p.is_file() and sniff(p.read_bytes()[:65536])} == set(REAL)


def test_reader_names_every_metric_it_gives() -> None:
    given_ = {metric for p in (SAMPLES / "ok").iterdir() for metric in values(load(p.read_bytes()))}
    assert given_ == {metric.name for metric in READER.metrics}
