"""Chaos Toolkit journals: what a drill proves, and every way in which it proves nothing."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from readiness.evidence.reader import Reading, Source, Unreadable
from readiness.evidence.readers.chaos_toolkit import READER, read, sniff
from readiness.model.fact import Problem, Value

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "chaos-toolkit"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "samples"
BAD = {
    "aborted": ("inconclusive", "unfinished", ":141:13 /status"),
    "action-failed": ("inconclusive", "action-failed", ":199:5 /run/0"),
    "action-in-no-time": ("inconclusive", "no-action", ":198:10 /run"),
    "activity-without-a-name": ("invalid", "malformed", ":199:5 /run/0"),
    "another-duration": ("invalid", "contradiction", ":375:10 /end"),
    "cut-in-half": ("invalid", "not-json", ":190:18"),
    "deviated-denied": ("invalid", "contradiction", ":142:15 /deviated"),
    "dry": ("inconclusive", "dry-run", ":104:12 /experiment/dry"),
    "dry-mark-removed": ("inconclusive", "dry-run", ":306:5 /run/5"),
    "duplicate-key": ("invalid", "duplicate-key", ":143"),
    "ends-before-it-starts": ("invalid", "contradiction", ":375:10 /end"),
    "experiment": ("invalid", "wrong-kind", ":1:1"),
    "failed-command": ("inconclusive", "no-action", ":169:10 /run"),
    "failed-without-deviation": ("inconclusive", "unfinished", ":141:13 /status"),
    "interrupted": ("inconclusive", "unfinished", ":132:13 /status"),
    "method-not-finished": ("inconclusive", "unfinished", ":198:10 /run"),
    "no-action": ("inconclusive", "no-action", ":178:10 /run"),
    "no-end": ("inconclusive", "unfinished", ":141:13 /status"),
    "no-probe-during": ("inconclusive", "no-probe", ":121:10 /run"),
    "no-status": ("inconclusive", "unfinished", ":141:13 /status"),
    "no-steady-state": ("inconclusive", "no-probe", ":125:20 /steady_states"),
    "no-steady-state-after": ("inconclusive", "no-probe", ":143:20 /steady_states"),
    "not-a-number": ("invalid", "not-json", ":54"),
    "prefailed": ("inconclusive", "pre-failed", ":111:27 /steady_states/before/steady_state_met"),
    "rollback-exit-code": ("inconclusive", "rollback-failed", ":355:5 /rollbacks/0"),
    "rollback-failed": ("inconclusive", "rollback-failed", ":355:5 /rollbacks/0"),
    "rollback-not-played": ("inconclusive", "rollback-failed", ":354:16 /rollbacks"),
    "run-is-no-list": ("invalid", "malformed", ":198:10 /run"),
    "steady-state-met-but-out-of-tolerance": (
        "invalid", "contradiction", ":173:9 /steady_states/after/probes/0"),
    "steady-state-met-but-probe-failed": (
        "invalid", "contradiction", ":173:9 /steady_states/after/probes/0"),
    "steady-state-met-without-probes": (
        "invalid", "contradiction", ":144:15 /steady_states/before"),
    "unchecked-tolerance": ("inconclusive", "unchecked-tolerance", ":218:5 /run/1"),
    "zero-bytes": ("invalid", "empty", ""),
}  # fmt: skip
Journal = dict[str, Any]


def load(path: Path) -> Reading:
    return read(Source(path.name, path.read_bytes()))


def sample(name: str) -> Reading:
    return load(SAMPLES / "ok" / f"{name}.json")


def edited(change: Callable[[Journal], object], name: str = "all-numbers") -> Reading:
    journal = json.loads((SAMPLES / "ok" / f"{name}.json").read_text())
    change(journal)
    return read(Source("j.json", json.dumps(journal).encode()))


def values(reading: Reading, **labels: str) -> dict[str, Value]:
    wanted = tuple(sorted(labels.items()))
    return {fact.metric: fact.value for fact in reading.facts if fact.labels == wanted}


def problems(path: Path) -> tuple[Problem, ...]:
    try:
        return load(path).problems
    except Unreadable as error:
        return (error.problem,)


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


def outputs(*values: object, name: str = "x", **extra: object) -> Callable[[Journal], None]:
    """Append a probe to the method for each output."""

    def change(journal: Journal) -> None:
        for value in values:
            activity = {"type": "probe", "name": name, "provider": {"type": "python"}, **extra}
            entry = {"activity": activity, "output": value, "status": "succeeded", "duration": 1}
            journal["run"].append(entry)

    return change


@pytest.mark.parametrize("path", sorted((SAMPLES / "ok").iterdir()), ids=lambda p: p.stem)
def test_ok_sample_has_no_fault_and_counts_as_json_says(path: Path) -> None:
    reading, journal = load(path), json.loads(path.read_text())
    assert [p for p in reading.problems if p.kind != "warning"] == []
    kinds = [entry["activity"]["type"] for entry in journal["run"]]
    states = [journal["steady_states"][phase]["probes"] for phase in ("before", "after")]
    got = values(reading)
    assert got["actions"] == kinds.count("action")
    assert got["probes"] == kinds.count("probe") + sum(map(len, states))
    assert got["title"] == journal["experiment"]["title"]
    assert abs(float(got["duration"]) - journal["duration"] * 1000) < 300
    assert sniff(path.read_bytes()[:65536]) == 90


@pytest.mark.parametrize("path", sorted((SAMPLES / "broken").iterdir()), ids=lambda p: p.stem)
def test_broken_sample_is_never_a_pass(path: Path) -> None:
    first = next(p for p in problems(path) if p.kind != "warning")
    kind, code, where = BAD[path.stem]
    assert (first.kind, first.code, str(first.at)) == (kind, code, path.name + where)


@pytest.mark.parametrize("path", sorted((SAMPLES / "broken").iterdir()), ids=lambda p: p.stem)
def test_broken_sample_is_never_completed(path: Path) -> None:
    try:
        reading = load(path)
    except Unreadable:
        return
    assert values(reading)["drill.completed"] is False


def test_every_broken_sample_has_an_expectation() -> None:
    assert {path.stem for path in (SAMPLES / "broken").iterdir()} == set(BAD)


def test_finished_drill_gives_all_numbers_in_canonical_units() -> None:
    reading = sample("all-numbers")
    expected = {
        "drill.completed": True, "steady_before": True, "steady_after": True,
        "detection": 412.5, "degrade": 1250.0, "recovery": 2750.0,
        "completion": 0.985, "alert_fired": True,
        "fault": "cut-model, restore-model", "actions.failed": 0, "probes.failed": 0,
        "rollbacks.failed": 0,
    }  # fmt: skip
    assert expected.items() <= values(reading).items()
    units = {fact.metric: fact.unit for fact in reading.facts}
    assert (units["recovery"], units["completion"], units["alert_fired"]) == ("ms", "ratio", "")
    recovery = next(fact for fact in reading.facts if fact.metric == "recovery")
    assert recovery.at.pointer == "/run/6/output/stdout"


def test_deviation_is_a_fact_and_not_a_problem() -> None:
    got = values(sample("deviated"))
    assert (got["drill.completed"], got["steady_before"], got["steady_after"]) == (
        False, True, False)  # fmt: skip


def test_deviation_before_chaoslib_1_35_has_the_status_failed() -> None:
    reading = sample("deviated-before-1.35")
    assert values(reading)["drill.completed"] is False
    assert codes(reading) == ["naive-time", "short"]
    assert reading.produced == datetime(2026, 11, 23, 2, 38, 53, 98_382, UTC)
    assert str(reading.produced_where) == "deviated-before-1.35.json:365:10 /end"


def test_low_rate_in_a_probe_without_tolerance_is_seen() -> None:
    reading = sample("completed")
    assert values(reading)["completion"] == 0.68
    where = {"probe": "drive-traffic-during-outage", "phase": "during", "field": "completion_rate"}
    assert values(reading, **where) == {"probe.output": 0.68}
    assert values(reading, probe="completion-rate", phase="after") == {"probe.output": 1.0}
    assert values(reading, probe="chat-answers-200", phase="after") == {"probe.status": 200}


def test_tolerance_in_the_method_is_checked_though_chaoslib_does_not() -> None:
    reading = edited(lambda j: j["run"][1].update(output=9000))
    assert values(reading)["probes.failed"] == 1
    assert values(reading)["drill.completed"] is False


@pytest.mark.parametrize(
    ("tolerance", "output", "within"),
    [
        (200, {"status": 200}, True),
        (200, {"status": 500}, False),
        ([200, 204], {"status": 204}, True),
        ([200, 204], {"status": 202}, False),
        ([1, 5], 3, True),
        ([1, 5], 6, False),
        ([1, 5], "3", False),
        (["a", "b", "c"], "b", True),
        (True, False, False),
        ("ok", "ok", True),
        ({"type": "range", "range": [0, 1]}, 2, False),
        ({"type": "range", "range": [0, 1], "target": "share"}, {"share": 0.5}, True),
        ({"type": "range", "range": [0, 1]}, {"share": 0.5}, False),
        ({"type": "range", "range": [0, 1]}, "nan", False),
    ],
)
def test_tolerances(tolerance: object, output: object, within: bool) -> None:
    reading = edited(outputs(output, tolerance=tolerance))
    assert values(reading)["drill.completed"] is within
    assert "unchecked-tolerance" not in codes(reading)


@pytest.mark.parametrize("tolerance", ["${code}", {"type": "regex", "pattern": "a"}, {"type": "x"}])
def test_tolerance_that_only_chaoslib_can_check_is_inconclusive(tolerance: object) -> None:
    assert "unchecked-tolerance" in codes(edited(outputs("a", tolerance=tolerance)))


@pytest.mark.parametrize(
    "change",
    [
        lambda j: j["run"][5]["output"].update(status="x"),
        lambda j: j["run"][1].update(tolerance_met="yes"),
        lambda j: j["steady_states"].update(during=[None]),
        lambda j: j.update(deviated="no"),
    ],
)
def test_value_of_another_type_is_not_completed(change: Callable[[Journal], object]) -> None:
    assert values(edited(change))["drill.completed"] is False


def test_failed_probe_without_tolerance_is_not_completed() -> None:
    reading = edited(lambda j: j["run"][2].update(status="failed", output=None))
    assert values(reading)["drill.completed"] is False


def test_continuous_hypothesis_that_failed_during_the_method_is_not_completed() -> None:
    broken = {"steady_state_met": False, "probes": []}
    reading = edited(lambda j: j["steady_states"].update(during=[broken]))
    assert values(reading)["drill.completed"] is False


def test_request_answered_with_an_error_is_no_action() -> None:
    output = {"status": 503, "headers": {}, "body": ""}
    reading = edited(lambda j: j["run"][0].update(output=output), "completed")
    assert codes(reading) == ["no-action", "action-failed"]


def test_probe_before_the_first_action_observes_nothing() -> None:
    def change(journal: Journal) -> None:
        journal["run"] = [*journal["run"][1:5], journal["run"][0]]
        journal["experiment"]["method"] = journal["experiment"]["method"][:5]

    assert codes(edited(change)) == ["no-probe"]


@pytest.mark.parametrize("name", ["recovery", "detection", "time-to-recovery", "degrade_time"])
def test_time_without_a_unit_is_not_guessed(name: str) -> None:
    reading = edited(outputs(5, name=name))
    assert codes(reading) == ["unit"]
    text = f"`{name.replace('-', '_')}` is a time without a unit: not used"
    (problem,) = reading.problems
    assert (problem.kind, problem.message, problem.at.pointer) == ("warning", text, "/run/7/output")


def test_unit_may_stand_in_the_name_of_the_function() -> None:
    provider = {"type": "python", "func": "recovery_minutes"}
    assert values(edited(outputs(2, name="recovery", provider=provider)))["recovery"] == 120_000


@pytest.mark.parametrize(
    ("name", "value"),
    [("completion", 98), ("completion_ms", 1), ("completion-rate", True), ("recovery_s", -1),
     ("alert-fired", 1), ("recovery_ms", True)],
)  # fmt: skip
def test_value_that_does_not_fit_its_metric_is_not_used(name: str, value: object) -> None:
    assert codes(edited(outputs(value, name=name))) == ["unit"]


def test_completion_in_percent() -> None:
    reading = edited(outputs(97.5, name="completion_percent"))
    assert values(reading)["completion"] == 0.975


def test_worst_of_several_values_is_taken() -> None:
    assert values(edited(outputs(1, 9, name="recovery_s")))["recovery"] == 9000
    assert values(edited(outputs(0.99, 0.5, name="completion")))["completion"] == 0.5
    assert values(edited(outputs(True, False, name="alert_fired")))["alert_fired"] is False


def test_repeated_probe_keeps_its_labels_apart() -> None:
    reading = edited(outputs(1, 2))
    assert values(reading, probe="x", phase="during") == {"probe.output": 1}
    assert values(reading, probe="x", phase="during", repeat="2") == {"probe.output": 2}


def test_time_of_a_failover_is_that_until_something_else_answers() -> None:
    assert values(sample("completed"))["degrade"] == pytest.approx(1015.962839126587)
    assert values(edited(outputs(3, name="failover_s")))["degrade"] == 3000
    assert codes(edited(outputs(True, name="failover"))) == []


def test_window_and_tags_are_told_for_alerts_and_scenarios() -> None:
    got = values(sample("completed"))
    assert (got["drill.started"], got["drill.ended"]) == ("2026-11-23T02:38:38.243Z", "2026-11-23T02:38:45.027Z")
    assert got["tags"] == "failover, bedrock, drill"


def test_text_and_settings_are_never_copied() -> None:
    def change(journal: Journal) -> None:
        journal["experiment"]["configuration"] = {"key": "s3cret"}
        journal["experiment"]["secrets"] = {"a": {"b": "s3cret"}}
        outputs("s3cret", {"token": "s3cret"})(journal)

    reading = edited(change)
    assert "s3cret" not in repr(reading)


def test_short_drill_is_a_warning() -> None:
    reading = sample("deviated")
    (problem,) = reading.problems
    text = "the whole drill took 4.13825 s: too short for much to be seen"
    assert (problem.kind, problem.code, problem.message) == ("warning", "short", text)
    assert str(problem.at) == "deviated.json:365:10 /end"


@pytest.mark.parametrize(
    "text", ["[]", "1", '"chaoslib-version"', '{"chaoslib-version": "1", "a": 1}', "{}"]
)
def test_other_json_is_no_journal(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(Source("x.json", text.encode()))
    assert caught.value.problem.code == "wrong-kind"


@pytest.mark.parametrize("key", ["experiment", "steady_states", "run", "rollbacks", "start", "end",
                                 "status", "deviated", "duration"])  # fmt: skip
@pytest.mark.parametrize("junk", [None, 0, "x", [1], {"a": 1}, [{}], [None], True])
def test_junk_in_any_part_is_never_completed_by_accident(key: str, junk: object) -> None:
    try:
        reading = edited(lambda j: j.update({key: junk}))
    except Unreadable:
        return
    faults = [p for p in reading.problems if p.kind != "warning"]
    harmless = key in ("duration", "experiment") or (key, junk) in [("deviated", None)]
    assert faults or harmless or values(reading)["drill.completed"] is False


def test_sniff_knows_its_own_among_all_shared_samples() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    known = {p for p in SHARED.rglob("*") if p.is_file() and sniff(p.read_bytes()[:65536])}
    assert {p.name for p in known if "journal" not in p.name} == set()
    assert len(known) == 6
    assert sniff(b'{"chaoslib-version": "1"}') == 0


REAL = {
    "ferkhan-journal.json": (False, []),
    "lfmpaes-journal.json": (False, ["short"]),
    "mdrcs-experiment.json": (None, ["wrong-kind"]),
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_file(name: str) -> None:
    path = SHARED / "real" / "chaos" / "chaostoolkit" / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    completed, found = REAL[name]
    assert [problem.code for problem in problems(path)] == found
    if completed is not None:
        assert values(load(path))["drill.completed"] is completed


def test_reader_names_every_metric_it_gives() -> None:
    given = {f.metric for p in (SAMPLES / "ok").iterdir() for f in load(p).facts}
    assert given == {metric.name for metric in READER.metrics}
