"""The deepeval reader: cases counted by their metrics, and a link that is no result."""

from __future__ import annotations

import json
from typing import Any

import pytest

from readiness.evidence.readers.deepeval import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared,
    found,
    known,
    read,
    refusal,
    sample,
    value,
)
from tests.evidence.readers.eval_files import problems, real, score, shared


def document() -> Any:
    return json.loads((SAMPLES / "deepeval/ok/latest-test-run.json").read_bytes())


def test_a_produced_run_is_counted_as_its_own_summary_says() -> None:
    data = shared("produced/deepeval/.deepeval/.latest_test_run.json")
    (summary,) = json.loads(data)["testRunData"]["metricsScores"]
    reading = read(READER, data)
    assert [value(reading, m) for m in ("passed", "failed", "cases")] == [summary["passes"], summary["fails"], len(summary["scores"])]
    assert score(reading, "Language Match") == sum(summary["scores"]) / len(summary["scores"])
    assert value(reading, "pass_rate", locale="ja") == 1 / 3
    assert value(reading, "eval.model") == "anthropic.claude"


def test_a_real_run_names_its_metrics_and_not_its_judge() -> None:
    """Trap: `evaluationModel` is the judge; the run does not say what was evaluated."""
    reading = read(READER, real("deepeval", "test_run_sample.json"))
    assert (score(reading, "Answer Relevancy"), score(reading, "Faithfulness")) == (0.92, 0.45)
    assert [value(reading, m) for m in ("cases", "failed")] == [1, 1]
    assert found(reading, "eval.model") == []


def test_a_link_is_no_result() -> None:
    data = real("deepeval", "neelashab-latest_test_run.json")
    assert READER.sniff(data) == 85
    assert refusal(READER, data) == "pointer"
    assert problems(READER, {"testRunData": None, "testRunLink": "x"}) == ["invalid:pointer"]
    assert problems(READER, {"testRunData": {}}) == ["invalid:wrong-kind"]


def test_a_metric_with_an_error_gave_no_verdict() -> None:
    reading = sample(READER, "ok/errors.json")
    assert {m: value(reading, m) for m in ("cases", "passed", "failed", "cases.errored", "skipped")} == {
        "cases": 11, "passed": 7, "failed": 2, "cases.errored": 1, "skipped": 1}  # fmt: skip
    assert codes(reading) == ["errored", "unjudged"]
    assert value(reading, "cases", locale="en") == 5
    assert value(reading, "pass_rate", intent="returns") == 1


@pytest.mark.parametrize(("change", "expected"), [
    (lambda r: r.update(testPassed=9), {"invalid:contradiction"}),
    (lambda r: r.update(testFailed=0), {"invalid:contradiction"}),
    (lambda r: r["testCases"][6].update(success=True), {"invalid:contradiction"}),
    (lambda r: r.update(testCases=[], testPassed=0, testFailed=0), {"inconclusive:no-cases"}),
    (lambda r: r["testCases"].append(7), {"invalid:malformed"}),
    (lambda r: r.update(testPassed=None, testFailed=None), set()),
])  # fmt: skip
def test_a_summary_must_be_that_of_its_parts(change: Any, expected: set[str]) -> None:
    whole = document()
    change(whole["testRunData"])
    assert set(problems(READER, whole)) == expected


def test_it_knows_its_own_files_only_and_gives_what_it_declares() -> None:
    assert {name.partition("/")[2] for name in known(READER)} == {
        "neelashab-latest_test_run.json", "test_run_sample.json", ".latest_test_run.json", ".latest_run_full.json",
        "test_run_20261123_024539.json",
    }  # fmt: skip
    declared(READER)
