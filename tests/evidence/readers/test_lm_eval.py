"""The reader of lm-evaluation-harness results: both layouts, and no trial run that passes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from readiness.evidence.readers.lm_eval import READER
from tests.evidence.readers.config_files import SAMPLES, codes, declared, known, read, sample, value
from tests.evidence.readers.eval_files import problems, real, score, shared


def test_a_real_file_of_the_older_layout_gives_every_score() -> None:
    data = real("lm-eval", "pythia-step67000.json")
    reading = read(READER, data)
    scores = [f for f in reading.facts if f.metric == "score"]
    results = json.loads(data)["results"]
    assert len(scores) == sum(not key.endswith("_stderr") for task in results.values() for key in task)
    assert score(reading, "acc", suite="sciq") == 0.871
    assert codes(reading) == ["no-samples"]
    assert reading.produced is None


def test_a_produced_run_of_the_dummy_proves_nothing() -> None:
    reading = read(READER, shared("produced/lm-eval/out/*/results_*.json"))
    assert codes(reading) == ["inconclusive:stand-in"]
    assert str(reading.produced)[:19] == "2026-11-23 02:46:00"


def test_filters_are_told_and_names_are_no_scores() -> None:
    """Trap: keys are `metric,filter`; `alias` and `sample_len` stand among the scores."""
    reading = sample(READER, "ok/chat.json")
    assert {f.labels for f in reading.facts if f.metric == "score"} == {
        (("metric", "exact_match"), ("suite", "toy_chat")), (("metric", "exact_match.strict-match"), ("suite", "toy_chat"))}  # fmt: skip
    assert {f.samples for f in reading.facts if f.metric == "score"} == {300}
    assert value(reading, "eval.model") == "shop-assistant-v42"


@pytest.mark.parametrize(("change", "expected"), [
    (lambda r: r["config"].update(limit=10), ["inconclusive:limited"]),
    (lambda r: r["n-samples"]["toy_chat"].update(effective=299), ["inconclusive:limited"]),
    (lambda r: r["results"].clear(), ["inconclusive:no-cases"]),
    (lambda r: r["config"].update(model="dummy"), ["inconclusive:stand-in"]),
    (lambda r: r.pop("n-samples"), ["warning:no-samples"]),
    (lambda r: r.update(results=[]), ["invalid:wrong-kind"]),
    (lambda r: r.pop("config"), ["invalid:wrong-kind"]),
    (lambda r: r["results"]["toy_chat"].update({"exact_match,none": None}), []),
])  # fmt: skip
def test_a_trial_run_is_none(change: Any, expected: list[str]) -> None:
    whole = json.loads((SAMPLES / "lm-eval/ok/chat.json").read_bytes())
    change(whole)
    assert problems(READER, whole) == expected


def test_it_knows_its_own_files_only_and_gives_what_it_declares() -> None:
    assert {name.partition("/")[2] for name in known(READER)} == {"pythia-step67000.json", "results_2026-11-23T02-46-01.055096.json"}
    declared(READER)
