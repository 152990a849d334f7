"""What fuzzing found, one case each: refused or read, and no crash."""

from __future__ import annotations

import json
import time
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


def test_prometheus_rules_whose_alerts_are_no_list() -> None:
    body = {"status": "success", "data": {"groups": [{"name": "g", "rules": [
        {"name": "A", "type": "alerting", "state": "firing", "query": "up == 0", "labels": {}, "annotations": {}, "health": "ok", "alerts": 5}]}]}}  # fmt: skip
    tried(READERS.shipped["prometheus-api"], json.dumps(body).encode())


@pytest.mark.parametrize("key", ["", ".", "[", "[]", "[0]", "..", ".[]."])
def test_properties_with_a_key_of_nothing(key: str) -> None:
    content = (SAMPLES / "resilience4j" / "ok")
    for path in sorted(content.glob("*.properties")):
        tried(READERS.shipped["resilience4j"], path.read_bytes() + f"\n{key} = 1\n".encode())


def test_h2load_a_long_text_takes_no_square_of_its_lines() -> None:
    start = time.process_time()
    tried(READERS.shipped["h2load"], b"starting benchmark...\n" + b"x\n" * 200_000)
    assert time.process_time() - start < 5


def test_nginx_what_crossplane_takes_for_blocks_is_bounded() -> None:
    text = "a { " + "b; " * 10 + "}\n" + "{ 'x';\n" * 39 + "}" * 39
    tried(READERS.shipped["nginx"], text.encode())
    tried(READERS.shipped["nginx"], (('{"a": {"b": "' + "c" * 50 + '", ' + '"d": 1}}, ') * 3000).encode())
