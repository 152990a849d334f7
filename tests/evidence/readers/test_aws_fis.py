"""AWS FIS experiments: `completed` is believed only if something was broken, and watched."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.aws_fis import READER, read, sniff
from readiness.model.fact import Problem, Value

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "aws-fis"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
BAD = {
    "action-failed": ("inconclusive", "action-failed"),
    "action-in-no-time": ("inconclusive", "action-failed"),
    "action-skipped": ("inconclusive", "action-failed"),
    "actions-are-a-list": ("invalid", "malformed"),
    "cancelled": ("inconclusive", "unfinished"),
    "cut-off": ("invalid", "not-json"),
    "ends-before-it-starts": ("inconclusive", "unfinished"),
    "failed": ("inconclusive", "unfinished"),
    "list": ("invalid", "wrong-kind"),
    "no-actions": ("inconclusive", "no-action"),
    "no-stop-condition": ("inconclusive", "no-probe"),
    "only-waits": ("inconclusive", "no-action"),
    "running": ("inconclusive", "unfinished"),
    "skip-all": ("inconclusive", "dry-run"),
    "state-is-a-text": ("inconclusive", "unfinished"),
    "stopped-by-hand": ("inconclusive", "unfinished"),
    "template": ("invalid", "wrong-kind"),
    "time-is-a-word": ("invalid", "not-a-time"),
}
OK = json.loads((SAMPLES / "ok" / "completed.json").read_text())


def load(data: bytes | object) -> Reading:
    return read(Source("e.json", data if isinstance(data, bytes) else json.dumps(data).encode()))


def sample(name: str) -> Reading:
    return load((SAMPLES / "ok" / f"{name}.json").read_bytes())


def edited(change: Callable[[dict[str, Any]], object]) -> Reading:
    document = json.loads(json.dumps(OK))
    change(document["experiment"])
    return load(document)


def values(reading: Reading) -> dict[str, Value]:
    return {fact.metric: fact.value for fact in reading.facts}


def problems(data: bytes | object) -> tuple[Problem, ...]:
    try:
        return load(data).problems
    except Unreadable as error:
        return (error.problem,)


def test_a_watched_fault_is_a_completed_drill() -> None:
    reading = sample("completed")
    got = values(reading)
    assert got == {
        "drill.completed": True, "fault": "aws:ecs:task-network-packet-loss", "actions": 1, "actions.failed": 0, "alarms": 1,
        "drill.started": "2026-11-20T10:00:01.400Z", "drill.ended": "2026-11-20T10:06:07.300Z", "duration": 365_900.0,
        "title": "packet loss to half the tasks", "targets": "aws:ecs:task",
    }  # fmt: skip
    assert reading.problems == ()
    assert "steady_before" not in got  # it says nothing of the steady state, and none is made up


def test_times_of_both_versions_of_the_command_line() -> None:
    assert values(sample("cli-version-1")) == values(sample("completed"))


def test_stopped_by_its_alarm_is_a_result_and_not_completed() -> None:
    reading = sample("stopped-by-its-alarm")
    assert (values(reading)["drill.completed"], reading.problems) == (False, ())


def test_a_run_that_may_go_without_targets_is_a_warning() -> None:
    (problem,) = sample("empty-targets-are-skipped").problems
    assert (problem.kind, problem.code, problem.at.pointer) == (
        "warning", "empty-targets", "/experiment/experimentOptions/emptyTargetResolutionMode")  # fmt: skip


def test_a_wait_is_no_fault_and_need_not_complete() -> None:
    reading = edited(lambda e: e["actions"]["settle"].update(state={"status": "cancelled"}))
    assert values(reading)["drill.completed"] is True


def test_an_action_without_its_own_times_took_as_long_as_the_run() -> None:
    reading = edited(lambda e: [e["actions"]["loss"].pop(key) for key in ("startTime", "endTime")])
    assert values(reading)["drill.completed"] is True


def test_the_answer_without_its_wrapper() -> None:
    assert values(load(OK["experiment"]))["drill.completed"] is True


@pytest.mark.parametrize("path", sorted((SAMPLES / "broken").iterdir()), ids=lambda p: p.stem)
def test_broken_sample_is_never_a_pass(path: Path) -> None:
    found = [p for p in problems(path.read_bytes()) if p.kind != "warning"]
    assert (found[0].kind, found[0].code) == BAD[path.stem]
    with contextlib.suppress(Unreadable):
        assert values(load(path.read_bytes()))["drill.completed"] is False


def test_every_broken_sample_has_an_expectation() -> None:
    assert {path.stem for path in (SAMPLES / "broken").iterdir()} == set(BAD)


@pytest.mark.parametrize("status", ["pending", "initiating", "running", "stopping", "stopped", "failed", "cancelled", "", "COMPLETED", "new"])
def test_only_completed_is_completed(status: str) -> None:
    assert values(edited(lambda e: e.update(state={"status": status})))["drill.completed"] is False


@pytest.mark.parametrize("status", ["pending", "initiating", "running", "cancelled", "stopping", "stopped", "failed", "skipped", ""])
def test_only_a_completed_action_broke_something(status: str) -> None:
    assert values(edited(lambda e: e["actions"]["loss"].update(state={"status": status})))["drill.completed"] is False


@pytest.mark.parametrize("key", [*OK["experiment"]])
@pytest.mark.parametrize("junk", [None, 0, "x", [1], {"a": 1}, [{}], [None], True, {"a": {"b": 1}}])
def test_junk_in_any_part_never_crashes(key: str, junk: object) -> None:
    needed = key in ("state", "actions", "stopConditions", "startTime", "endTime")
    try:
        reading = edited(lambda e: e.update({key: junk}))
    except Unreadable:
        return
    assert not needed or values(reading)["drill.completed"] is False


HOSTILE = [b"", b"\0", b"[]", b"1", b"null", b"{}", b'{"experiment": 1}', b'{"experiment": {}}', b"\xff\xfe{", b"[" * 10_000, b'{"experiment": {"a": NaN}}']


@pytest.mark.parametrize("data", HOSTILE)
def test_hostile_files_are_refused(data: bytes) -> None:
    assert any(p.kind == "invalid" for p in problems(data))
    assert sniff(data) == 0


@given(st.binary(max_size=200))
def test_random_bytes_are_refused(data: bytes) -> None:
    assert any(p.kind == "invalid" for p in problems(data))
    assert sniff(data) == 0


REAL = {
    "get-experiment.json": ("inconclusive", "no-probe"),  # its stop condition is none
    "aurora-global-region-failover-experiment-template.json": ("invalid", "wrong-kind"),
    "dynamodb-region-impairment-experiment-template.json": ("invalid", "wrong-kind"),
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_file(name: str) -> None:
    path = SHARED / "real" / "chaos" / "aws-fis" / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    (problem,) = problems(path.read_bytes())
    assert (problem.kind, problem.code) == REAL[name]


def test_real_experiment_against_its_numbers_by_hand() -> None:
    path = SHARED / "real" / "chaos" / "aws-fis" / "get-experiment.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    got = values(load(path.read_bytes()))
    assert got["duration"] == pytest.approx((1616432522.307 - 1616432509.962) * 1000, abs=0.01)
    assert (got["fault"], got["actions"], got["alarms"]) == ("aws:ec2:reboot-instances", 1, 0)


def test_sniff_knows_its_own_among_all_shared_samples() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    assert {p.name for p in SHARED.rglob("*") if p.is_file() and sniff(p.read_bytes()[:65536])} == set(REAL)


def test_reader_names_every_metric_it_gives() -> None:
    given_ = {metric for p in (SAMPLES / "ok").iterdir() for metric in values(load(p.read_bytes()))}
    assert given_ == {metric.name for metric in READER.metrics}
