"""Readers of prompts and evaluations against what no tool writes: they refuse, and never break."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness.evidence.reader import Source, Unreadable
from readiness.evidence.readers import (
    deepeval,
    dotprompt,
    garak,
    guardrail_sheet,
    index_manifest,
    inspect_ai,
    lm_eval,
    prompt_manifest,
    promptfoo,
    prompty,
)
from tests.evidence.readers.config_files import SAMPLES
from tests.evidence.readers.test_config_hostile import HOSTILE, JUNK, name_of

if TYPE_CHECKING:
    from pathlib import Path

    from readiness.evidence.reader import Reader, Reading

MODULES = (
    deepeval, dotprompt, garak, guardrail_sheet, index_manifest, inspect_ai, lm_eval, prompt_manifest, promptfoo,
    prompty,
)  # fmt: skip
READERS = {module.READER.id: module.READER for module in MODULES}
BYTES = b"0159.-eE:;,{}[]\"'\n\t aNn&*$\xff"


def read(reader: Reader, data: bytes) -> Reading | None:
    """Read bytes; only `Unreadable` may be raised, and what is read must be sound."""
    assert 0 <= reader.sniff(data[:65_536]) <= 100
    try:
        reading = reader.read(Source("a", data), None)
    except Unreadable as error:
        assert (error.problem.kind, bool(error.problem.message)) == ("invalid", True)
        return None
    for fact in reading.facts:
        assert isinstance(fact.value, str) or abs(fact.value) < 1e20, fact
        assert fact.unit != "ratio" or 0 <= float(fact.value) <= 1, fact
        assert fact.labels == tuple(sorted(fact.labels))
        assert all(value.strip() for _, value in fact.labels), fact
    return reading


def samples() -> list[tuple[str, Path]]:
    return [(name, path) for name in READERS for path in sorted((SAMPLES / name / "ok").iterdir()) if path.is_file()]


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
def test_hostile_bytes_prove_nothing(reader: Reader, name: str) -> None:
    assert reader.sniff(HOSTILE[name][:65_536]) == 0
    reading = read(reader, HOSTILE[name])
    if reading is not None:
        assert {"invalid", "inconclusive"} & {problem.kind for problem in reading.problems}


@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=300))
def test_random_bytes_prove_nothing(reader: Reader, data: bytes) -> None:
    reading = read(reader, data)
    if reading is not None:
        assert {"invalid", "inconclusive"} & {problem.kind for problem in reading.problems}


@pytest.mark.parametrize(("name", "path"), samples(), ids=name_of)
def test_samples_with_bytes_changed_or_cut_break_nothing(name: str, path: Path) -> None:
    data, chance = path.read_bytes()[:30_000], random.Random(1)
    for _ in range(60):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(changed))
            changed[place : place + chance.randint(0, 3)] = bytes(chance.choices(BYTES, k=chance.randint(0, 3)))
        read(READERS[name], bytes(changed))
        read(READERS[name], data[: chance.randrange(len(data))])


@pytest.mark.parametrize(("name", "path"), samples(), ids=name_of)
def test_values_of_another_type_break_nothing(name: str, path: Path) -> None:
    if path.suffix == ".eval":
        pytest.skip("not a text")
    lines, chance = path.read_text().split("\n"), random.Random(3)
    places = [n for n, line in enumerate(lines) if ":" in line and not line.lstrip().startswith("#")]
    for place in places if len(places) < 60 else chance.sample(places, 60):
        key, line = lines[place].partition(":")[0], lines[place]
        end = "," if line.rstrip().endswith(",") else ""
        for junk in chance.sample(JUNK, 6):
            lines[place] = f"{key}: {junk}{end}"
            read(READERS[name], "\n".join(lines).encode())
        lines[place] = line


FRONT = "---\nmodel: x\n---\n{{role 'system'}}\n"
SLOW = {
    "spaces": FRONT + " " * 60_000,
    "blank lines": "\n" * 60_000,
    "blank lines below a key": "---\nmodel: x\ninput:" + "\n" * 60_000 + "---\n{{q}}",
    "partials": FRONT + "{{>a " * 12_000,
    "comments": FRONT + "{{!-- " * 10_000,
    "short comments": FRONT + "{{! " * 15_000,
    "fences": "---\n" * 15_000,
    "hashes": "# \n" * 20_000,
    "braces": "{" * 60_000,
    "quotes": '{"' * 30_000,
    "commas": "policy,false_positives,false_negatives" + "," * 60_000,
}


@pytest.mark.parametrize("text", SLOW.values(), ids=list(SLOW))
@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
def test_long_runs_of_the_same_cost_no_seconds(reader: Reader, text: str) -> None:
    started = time.process_time()
    read(reader, text.encode())
    assert time.process_time() - started < 1
