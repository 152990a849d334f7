"""What fuzzing found, one case each: refused or read, and no crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from readiness.evidence.collect import READERS

from .mutations import SAMPLES, tried


def changed(path: Path, steps: tuple[str | int, ...], value: Any) -> bytes:
    """Return a JSON sample with another value at a place; None takes the key away."""
    root = node = json.loads(path.read_bytes())
    for step in steps[:-1]:
        node = node[step]
    if value is None:
        del node[steps[-1]]
    else:
        node[steps[-1]] = value
    return json.dumps(root).encode()


def samples(reader: str) -> list[Path]:
    return [p for p in sorted((SAMPLES / reader / "ok").iterdir()) if p.suffix == ".json"]


@pytest.mark.parametrize("junk", ["x", [], 1])
def test_inspect_ai_a_metric_that_is_no_object(junk: Any) -> None:
    hits = 0
    for path in samples("inspect-ai"):
        scores = json.loads(path.read_bytes()).get("results", {}).get("scores") or []
        for index, score in enumerate(scores):
            for key in score.get("metrics", {}):
                tried(READERS.shipped["inspect-ai"], changed(path, ("results", "scores", index, "metrics", key), junk))
                hits += 1
    assert hits


def test_guidellm_a_distribution_without_a_mean() -> None:
    hits = 0
    for path in samples("guidellm"):
        for index, benchmark in enumerate(json.loads(path.read_bytes()).get("benchmarks") or []):
            for metric, parts in benchmark.get("metrics", {}).items():
                if isinstance(parts, dict) and isinstance(parts.get("successful"), dict) and "mean" in parts["successful"]:
                    tried(READERS.shipped["guidellm"], changed(path, ("benchmarks", index, "metrics", metric, "successful", "mean"), None))
                    hits += 1
    assert hits
