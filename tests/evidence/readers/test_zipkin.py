"""Zipkin traces: shared ids, ids of 64 and 128 bits, clocks that differ, and spans that never ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.evidence.readers.zipkin import READER, read, sniff
from tests.evidence.readers.trace_files import (
    HOSTILE,
    JUNK,
    SAMPLES,
    SHARED,
    first,
    nearest_rank,
    never_believed,
    paths,
    problems,
    replaced,
    shares,
    source,
    values,
)  # fmt: skip

OK, BROKEN = SAMPLES / "zipkin" / "ok", SAMPLES / "zipkin" / "broken"
BAD = {
    "cut-off": ("invalid", "not-json"),
    "id-of-72-bits": ("invalid", "id"),
    "missing-duration": ("inconclusive", "incomplete-traces"),
    "missing-parent": ("inconclusive", "incomplete-traces"),
    "missing-timestamp": ("inconclusive", "incomplete-traces"),
    "no-spans": ("inconclusive", "no-samples"),
    "tags-are-a-list": ("invalid", "wrong-shape"),
    "timestamp-in-seconds-with-a-fraction": ("invalid", "number"),
    "version-1": ("invalid", "wrong-kind"),
}
SHARED_SPAN = json.loads((OK / "shared-span-of-64-bits.json").read_text())


def test_a_list_of_traces_is_the_same_as_a_list_of_spans() -> None:
    nested = json.loads((OK / "list-of-traces.json").read_text())
    flat = [span for trace in nested for span in trace]
    expected = [f[:3] for f in read(source(nested)).facts]
    assert [f[:3] for f in read(source(flat)).facts] == expected
    assert shares(read(source(nested))) == snapshot(
        {"model-client": 81.3, "retrieval": 10.9, "guardrail": 7.1, "chat-gateway": 0.5, "conversation-store": 0.2}
    )


def test_times_of_a_produced_file_against_its_spans_by_hand() -> None:
    """Each request searches, then generates, once or again after a failure: nothing runs beside them."""
    spans = json.loads((OK / "opentelemetry-exporter.json").read_text())
    took: dict[str, float] = {}
    for span in spans:
        if span["name"] == "generate":
            took[span["traceId"]] = took.get(span["traceId"], 0) + span["duration"] / 1000
    server = [s["duration"] / 1000 for s in spans if s["localEndpoint"]["serviceName"] == "retrieval"]
    reading = read(source(spans))
    model = values(reading, "chat stub")
    assert model["exclusive.p95"] == pytest.approx(nearest_rank(took.values(), 0.95), abs=1e-9)
    assert model["exclusive.max"] == pytest.approx(max(took.values()), abs=1e-9)
    assert values(reading, "retrieval")["exclusive.max"] == pytest.approx(max(server), abs=1e-9)
    assert (model["retries"], model["errors"], values(reading)["traces"]) == (3, 3 / 27, 24)


def test_the_server_s_half_of_a_shared_span_lies_below_the_client_s() -> None:
    reading = read(source(SHARED_SPAN))
    assert shares(reading) == {"chat claude": 68, "postgresql": 18, "assistant": 11, "conversation-store": 3}
    assert values(reading, "conversation-store")["exclusive.max"] == 30
    assert values(reading)["traces"] == 1  # though the server knows only the lower half of the trace's id
    assert [p.code for p in reading.problems] == ["clock-skew"]


def test_a_span_that_only_the_server_told_hangs_on_its_parent() -> None:
    server = [s for s in SHARED_SPAN if s.get("kind") != "CLIENT" or s["name"] != "store"]
    server[-1]["timestamp"] = SHARED_SPAN[5]["timestamp"]
    reading = read(source(server))
    assert values(reading, "conversation-store")["exclusive.max"] == 30
    assert values(reading)["traces.incomplete"] == 0


def test_the_caller_that_a_server_names_is_no_component() -> None:
    spans = json.loads(json.dumps(SHARED_SPAN[:1]))
    spans[0]["remoteEndpoint"] = {"serviceName": "browser"}
    assert shares(read(source(spans))) == {"assistant": 100}


@pytest.mark.parametrize(("value", "failed"), [("", 1), ("503", 1), ("true", 1), ("false", 0)])
def test_any_error_tag_is_an_error_but_for_false(value: str, failed: float) -> None:
    spans = json.loads(json.dumps(SHARED_SPAN[:1]))
    spans[0]["tags"] = {"error": value}
    assert values(read(source(spans)))["errors"] == failed


@pytest.mark.parametrize("path", sorted(BROKEN.iterdir()), ids=lambda p: p.stem)
def test_broken_sample_proves_nothing(path: Path) -> None:
    assert first(read, path) == BAD[path.stem]
    never_believed(read, path.read_bytes())


def test_every_broken_sample_has_an_expectation() -> None:
    assert {path.stem for path in BROKEN.iterdir()} == set(BAD)


@pytest.mark.parametrize("data", HOSTILE)
def test_hostile_bytes_are_never_believed(data: bytes) -> None:
    never_believed(read, data)
    assert sniff(data) == 0


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_random_bytes_are_never_believed(data: bytes) -> None:
    never_believed(read, data)
    assert sniff(data) == 0


@given(st.sampled_from(paths(SHARED_SPAN)), st.sampled_from(JUNK))
def test_junk_anywhere_is_refused_or_left_out(path: tuple[Any, ...], junk: Any) -> None:
    for problem in problems(read, replaced(SHARED_SPAN, path, junk)):
        assert problem.message


REAL: dict[str, tuple[int, int, dict[str, float]]] = {
    "skew.json": (1, 4, {"serviceb": 94.1, "servicea": 5.9}),
    "smartthings-oauth-authorization.json": (0, 175, {}),  # redirects and messages that have no end
    "yelp.json": (1, 16, {"yelp_main/api_proxy": 63.8, "unknown": 27.4, "routing": 5.2, "memcache": 1.7, "yelp-main": 1.3, "mysql": 0.6}),
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_file(name: str) -> None:
    path = SHARED / "real" / "traces" / "zipkin" / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    reading = read(source(path.read_bytes()))
    traces, spans, expected = REAL[name]
    assert (values(reading)["traces"], values(reading)["spans"]) == (traces, spans)
    assert shares(reading) == expected
    assert bool(traces) != any(p.kind == "inconclusive" for p in reading.problems)
    assert sniff(path.read_bytes()[:65536]) == 90


def test_real_clock_skew_by_hand() -> None:
    """The server took 93,577 µs of the client's 94,539 µs and began 65 ms before it: it is put into the client's."""
    path = SHARED / "real" / "traces" / "zipkin" / "skew.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    reading = read(source(path.read_bytes()))
    assert values(reading, "serviceb")["exclusive.max"] == 93.577
    assert values(reading, "servicea")["exclusive.max"] == pytest.approx(99.411 - 93.577)


def test_sniff_knows_its_own_among_all_shared_samples() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    known = {p.name for p in SHARED.rglob("*") if p.is_file() and sniff(p.read_bytes()[:65536])}
    assert known == set(REAL)


def test_reader_names_every_metric_it_gives() -> None:
    given_ = {f.metric for p in OK.iterdir() for f in read(source(p.read_bytes())).facts}
    assert given_ == {metric.name for metric in READER.metrics}
