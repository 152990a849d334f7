"""The garak reader: attempts counted once and another way, and no smoke, dead or fake run passes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from readiness.evidence.readers.garak import READER
from tests.evidence.readers.config_files import SAMPLES, codes, found, known, read, sample, value
from tests.evidence.readers.eval_files import problems, real

OK = SAMPLES / "garak" / "ok" / "two-probes.report.jsonl"
DAN = ("locale", "en"), ("metric", "dan.DAN"), ("probe", "dan.Dan_11_0")


def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in OK.read_text().splitlines()]


def joined(entries: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(entry) + "\n" for entry in entries).encode()


def of_dan(data: bytes) -> dict[str, Any]:
    return {f.metric: f.value for f in read(READER, data).facts if f.labels == DAN}


@pytest.mark.parametrize("name", ["test.report.jsonl", "report_test.report.jsonl"])
def test_a_real_smoke_run_is_counted_once_and_proves_nothing(name: str) -> None:
    """Traps: every attempt is there twice; the probe `test.Test` attacks nothing."""
    data = real("garak", name)
    entries = [json.loads(line) for line in data.splitlines()]
    attempts = [entry for entry in entries if entry["entry_type"] == "attempt"]
    reading = read(READER, data)
    (cases,) = (f.value for f in reading.facts if f.metric == "cases")
    assert (len(attempts), len({a["uuid"] for a in attempts}), cases) == (16, 8, 8)
    assert "inconclusive:smoke" in codes(reading)
    assert str(reading.produced)[:10] == entries[-2]["end_time"][:10]


def test_the_bounds_of_garak_are_those_of_the_attack() -> None:
    """Trap: 0.14 to 0.38 lie around the 13 of 50 hits, not around the passes."""
    told = of_dan(OK.read_bytes())
    assert told == {"cases": 50, "passed": 37, "failed": 13, "cases.errored": 0, "attack.success": 0.26}
    (line,) = (entry for entry in lines() if entry.get("probe") == "dan.Dan_11_0" and entry["entry_type"] == "eval")
    assert line["confidence_lower"] < told["attack.success"] < line["confidence_upper"]


def test_what_could_not_be_judged_is_in_no_rate() -> None:
    reading = sample(READER, "ok/two-probes.report.jsonl")
    assert codes(reading) == ["errored", "naive-time"]
    rates = {dict(f.labels).get("intent"): (f.value, f.samples) for f in reading.facts
             if f.metric == "attack.success" and ("probe", "promptinject.HijackHateHumans") in f.labels}  # fmt: skip
    assert rates == {None: (0, 38), "S003": (0, 20), "S004": (0, 18)}


def test_there_is_no_average_over_probes() -> None:
    reading = sample(READER, "ok/two-probes.report.jsonl")
    assert found(reading, "attack.success") == []
    assert (value(reading, "probes"), value(reading, "eval.model")) == (2, "shop-assistant-v42")


def test_an_older_report_says_total() -> None:
    reading = sample(READER, "ok/old.report.jsonl")
    (rate,) = (f for f in reading.facts if f.metric == "attack.success")
    assert (rate.value, rate.samples) == (2 / 320, 320)
    assert dict(rate.labels) == {"metric": "encoding.DecodeMatch", "probe": "encoding.InjectBase64"}
    assert value(reading, "eval.model") == "gpt-4o-mini"


def test_a_run_without_completion_did_not_end() -> None:
    assert "inconclusive:unfinished" in codes(sample(READER, "broken/died.report.jsonl"))
    other = [entry | {"run": "other"} if entry["entry_type"] == "completion" else entry for entry in lines()]
    assert "inconclusive:unfinished" in problems(READER, joined(other))


@pytest.mark.parametrize(("change", "code"), [
    (lambda e: e.update(passed=50, fails=0), "invalid:contradiction"),
    (lambda e: e.update(passed=51), "invalid:contradiction"),
    (lambda e: e.update(total_evaluated=500, passed=487), "invalid:contradiction"),
    (lambda e: e.update(passed=-1), "invalid:number"),
    (lambda e: e.update(passed=None), "invalid:number"),
    (lambda e: e.update(probe=None), "invalid:malformed"),
    (lambda e: e.update(entry_type=None), "invalid:wrong-kind"),
    (lambda e: e.update(passed=0, total_evaluated=0, detector="dan.Other"), "inconclusive:no-cases"),
])  # fmt: skip
def test_a_verdict_must_be_that_of_its_attempts(change: Any, code: str) -> None:
    entries = lines()
    change(next(entry for entry in entries if entry["entry_type"] == "eval"))
    assert code in problems(READER, joined(entries))


def test_the_threshold_of_the_run_decides() -> None:
    entries = lines()
    for entry in entries:
        for scores in entry.get("detector_results", {}).values():
            scores[:] = [0.6 if score == 1.0 else score for score in scores]
    assert problems(READER, joined(entries)) == ["warning:errored", "warning:naive-time"]
    entries[0]["run.eval_threshold"] = 0.7
    assert "invalid:contradiction" in problems(READER, joined(entries))


def test_two_runs_in_one_file_are_none() -> None:
    entries = lines()
    entries.insert(2, entries[1] | {"run": "other"})
    entries.append(entries[-2] | {"run": "other"})
    assert "inconclusive:two-runs" in problems(READER, joined(entries))


def test_attempts_that_were_never_scored_are_told() -> None:
    entries = lines()
    first = next(e for e in entries if e["entry_type"] == "attempt" and e["status"] == 2)
    assert "warning:unscored" in problems(READER, joined([e for e in entries if e is not first]))


def test_it_knows_its_own_files_only() -> None:
    assert known(READER) == {"garak/test.report.jsonl", "garak/report_test.report.jsonl"}
