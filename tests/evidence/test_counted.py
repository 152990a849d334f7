"""Counts and shares of summaries beside all samples of their run: within one, and as printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from readiness.errors import Location
from readiness.evidence.counted import miscounted
from readiness.model.evidence import Evidence
from readiness.model.fact import Fact, Strength
from tests.evidence.test_agreement import LOADTEST, against, collected, needs_samples


def evidence(reader: str, values: dict[str, float], samples: int | None) -> Evidence:
    facts = tuple(Fact(m, v, "", Location("a.json", 1), (), samples) for m, v in values.items())
    return Evidence("a.json", (), reader, Strength.measured, facts, ())


def metrics(stated: dict[str, float], requests: int = 6000, reader: str = "k6-summary", told: tuple[str, ...] = ()) -> list[str]:
    summary = evidence(reader, {"requests": requests, **stated}, requests)
    exact = evidence("k6-json", {"requests": 6000, "failures": 10, "errors": 10 / 6000, "checks": 0.9, "p95": 20.0}, 6000)
    return [fact.metric for fact, _ in miscounted(summary, exact, told)]


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ({"errors": 0.0}, ["errors"]),
        ({"errors": 10 / 6000}, []),
        ({"errors": 0.001667}, []),
        ({"errors": 0.0017}, []),  # 0.17 %
        ({"errors": 9 / 6000}, []),
        ({"errors": 8 / 6000}, ["errors"]),
        ({"errors": 0.0012}, ["errors"]),
        ({"failures": 0}, ["failures"]),
        ({"failures": 9}, []),
        ({"failures": 8}, ["failures"]),
        ({"checks": 0.9}, []),
        ({"checks": 0.901}, ["checks"]),
        ({"p95": 1.0}, []),
        ({"failures": 0, "errors": 0.0}, ["failures", "errors"]),
    ],
)
def test_counts_are_held_to_one_and_shares_to_their_digits(stated: dict[str, float], found: list[str]) -> None:
    assert metrics(stated) == found


def test_of_another_number_of_requests_shares_are_not_compared_so() -> None:
    assert metrics({"errors": 0.0, "failures": 0}, 5990, "wrk") == []
    assert metrics({"errors": 0.0, "failures": 0}, 6001, "wrk") == ["errors", "failures"]


def test_the_requests_of_k6_are_of_one_counter() -> None:
    assert metrics({}, 5998) == ["requests"]
    assert metrics({}, 5999) == []
    assert metrics({}, 5998, "locust-csv") == []


def test_what_was_told_is_not_told_again() -> None:
    assert metrics({"failures": 0, "errors": 0.0}, told=("failures",)) == ["errors"]


@needs_samples
@pytest.mark.parametrize("samples", ["small.ndjson", "small.csv"])
def test_two_failures_left_out_of_a_real_summary_are_caught(tmp_path: Path, samples: str) -> None:
    source = LOADTEST / "produced" / "k6"
    (tmp_path / samples).write_bytes((source / samples).read_bytes())
    document = json.loads((source / "small-export.json").read_text())
    failed = document["metrics"]["http_req_failed"]
    for left_out, found in ((1, []), (2, ["errors"])):
        changed = {**failed, "value": (failed["passes"] - left_out) / 474, "passes": failed["passes"] - left_out, "fails": failed["fails"] + left_out}
        edited = {**document, "metrics": {**document["metrics"], "http_req_failed": changed}}
        (tmp_path / "small-export.json").write_text(json.dumps(edited))
        messages = against(collected(tmp_path, "small-export.json", samples)).get("small-export.json", [])
        assert [m.split("`")[1] for m in messages] == found


def paced(rate: float, seconds: float) -> list[str]:
    """Hold a rate against 600 requests that took, by the samples, so many seconds."""
    exact = evidence("k6-csv", {"requests": 600, "rate": 600 / seconds, "duration": seconds * 1000}, 600)
    summary = evidence("k6-summary", {"requests": 600, "rate": rate}, 600)
    return [fact.metric for fact, _ in miscounted(summary, exact, ())]


@pytest.mark.parametrize("seconds", [1.0, 2.0, 3.0, 6.0, 15.0, 60.0, 600.0])
def test_a_clock_of_whole_seconds_makes_a_short_run_a_second_longer(seconds: float) -> None:
    honest = 600 / max(seconds - 1, 0.1)
    assert paced(honest, seconds) == []
    assert paced(honest * 1.02, seconds) == (["rate"] if seconds > 1 else [])
