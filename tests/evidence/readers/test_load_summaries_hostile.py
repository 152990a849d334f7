"""Readers of load-test summaries against what no tool writes: they refuse, and never break down."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.evidence.readers import (
    autocannon,
    bombardier,
    fortio,
    ghz,
    h2load,
    h2load_log,
    httperf,
    oha,
    siege,
    taurus,
    tsung,
    tsung_dump,
)
from readiness.model.quantity import CANONICAL

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
READERS = {
    module.READER.id: module.READER
    for module in (autocannon, bombardier, fortio, ghz, h2load, h2load_log, httperf, oha, siege, taurus, tsung, tsung_dump)
}
HOSTILE = {
    "nothing": b"",
    "spaces": b" \n\n\t",
    "nul": b"a\0b\n",
    "nul-in-json": b'{"latency": {}, "requests": "\0", "2xx": 1}',
    "utf-16": '{"a": 1}'.encode("utf-16"),
    "latin-1": b'{"a": "\xe9"}',
    "long-line": b"7" * 3_000_000,
    "deep": b'{"a":' * 100_000,
    "many-digits": b'{"spec": {}, "result": {"req1xx": ' + b"9" * 5000 + b"}}",
    "bare-text": b"hello\n",
    "list": b"[1, 2, 3]\n",
    "surrogate": b'{"summary": "\\ud800", "statusCodeDistribution": {}, "errorDistribution": {}}',
}
HUGE = "1" + "0" * 400
JUNK: list[object] = [None, True, "NaN", -1, 1.5, 10**20, [[]], {"a": []}]


def read(reader: Reader, data: bytes) -> Reading | None:
    """Read bytes; only `Unreadable` may be raised, and what is read must be sound."""
    assert 0 <= reader.sniff(data[:65_536]) <= 100
    try:
        reading = reader.read(Source("a", data), None)
    except Unreadable as error:
        assert error.problem.kind == "invalid"
        assert error.problem.message
        return None
    for fact in reading.facts:
        assert fact.unit in CANONICAL.values()
        assert isinstance(fact.value, str) or 0 <= fact.value < 1e20, fact
    return reading


def samples(kind: str) -> list[tuple[str, Path]]:
    return [(name, path) for name in READERS for path in sorted((SAMPLES / name / kind).iterdir())]


def name_of(value: object) -> str:
    return value.name if isinstance(value, Path) else str(value)


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
def test_hostile_bytes_prove_nothing(reader: Reader, name: str) -> None:
    reading = read(reader, HOSTILE[name])
    assert reader.sniff(HOSTILE[name][:65_536]) == 0
    if reading is not None:
        assert {"invalid", "inconclusive"} & {problem.kind for problem in reading.problems}


@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=300))
def test_random_bytes_prove_nothing(reader: Reader, data: bytes) -> None:
    reading = read(reader, data)
    if reading is not None:
        assert {"invalid", "inconclusive"} & {problem.kind for problem in reading.problems}


@pytest.mark.parametrize(("name", "path"), samples("ok"), ids=name_of)
def test_samples_with_bytes_changed_break_nothing(name: str, path: Path) -> None:
    data, chance = path.read_bytes()[:20_000], random.Random(1)
    for _ in range(60):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(changed))
            changed[place : place + chance.randint(0, 3)] = bytes(chance.choices(b'0159.-eE:;,{}[]"\n\t aNn\xff', k=chance.randint(0, 3)))
        read(READERS[name], bytes(changed))


@pytest.mark.parametrize(("name", "path"), samples("ok"), ids=name_of)
def test_samples_cut_anywhere_break_nothing(name: str, path: Path) -> None:
    data = path.read_bytes()
    for place in range(1, len(data), max(1, len(data) // 80)):
        read(READERS[name], data[:place])


@pytest.mark.parametrize(("name", "path"), samples("ok"), ids=name_of)
def test_huge_numbers_are_refused(name: str, path: Path) -> None:
    data, chance = path.read_bytes(), random.Random(2)
    digits = [place for place in range(len(data)) if chr(data[place]).isdigit()]
    for place in chance.sample(digits, min(30, len(digits))):
        read(READERS[name], data[:place] + HUGE.encode() + data[place + 1 :])


def json_samples() -> list[tuple[str, Path]]:
    return [(name, path) for name, path in samples("ok") if path.suffix == ".json"]


@pytest.mark.parametrize(("name", "path"), json_samples(), ids=name_of)
def test_values_of_another_type_are_refused(name: str, path: Path) -> None:
    text = path.read_text()
    document = json.loads(text[text.index("{") :])
    places: list[tuple[object, object]] = []
    nodes: list[object] = [document]
    while nodes:
        node = nodes.pop()
        pairs = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
        places += [(node, key) for key, _ in pairs[:30]]
        nodes += [value for _, value in pairs[:30]]
    chance = random.Random(3)
    for node, key in places if len(places) < 60 else chance.sample(places, 60):
        assert isinstance(node, dict | list)
        before = node[key]  # type: ignore[call-overload]
        for junk in JUNK:
            node[key] = junk  # type: ignore[call-overload]
            read(READERS[name], json.dumps(document).encode())
        node[key] = before  # type: ignore[call-overload]


@pytest.mark.parametrize(("name", "path"), samples("ok"), ids=name_of)
def test_nan_in_the_place_of_a_number_is_no_value(name: str, path: Path) -> None:
    data, chance = path.read_text(), random.Random(4)
    words = [index for index, word in enumerate(data.split(" ")) if word.strip(",").replace(".", "").isdigit()]
    for index in chance.sample(words, min(30, len(words))):
        parts = data.split(" ")
        parts[index] = "NaN"
        read(READERS[name], " ".join(parts).encode())
