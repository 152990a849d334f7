"""OpenTelemetry traces as JSON: every layout gives the same facts, and what is not whole proves nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.evidence.reader import Unreadable
from readiness.evidence.readers.otlp_json import READER, read, sniff
from readiness.evidence.tracing import spans as columns
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

OK, BROKEN = SAMPLES / "otlp-json" / "ok", SAMPLES / "otlp-json" / "broken"
BAD = {
    "callers-spans-missing": ("inconclusive", "incomplete-traces"),
    "cut-off": ("invalid", "not-json"),
    "duplicate-key": ("invalid", "duplicate-key"),
    "empty": ("invalid", "empty"),
    "ends-before-it-starts": ("inconclusive", "incomplete-traces"),
    "id-of-24-bytes": ("invalid", "id"),
    "log-line-after": ("invalid", "not-json"),
    "never-ended": ("inconclusive", "incomplete-traces"),
    "no-spans": ("inconclusive", "no-samples"),
    "no-time-passes": ("inconclusive", "incomplete-traces"),
    "not-a-number": ("invalid", "not-json"),
    "parents-in-a-circle": ("inconclusive", "incomplete-traces"),
    "resources-are-no-objects": ("invalid", "wrong-shape"),
    "spans-are-no-list": ("invalid", "wrong-shape"),
    "time-of-20-digits": ("invalid", "number"),
    "two-roots": ("inconclusive", "incomplete-traces"),
    "two-spans-of-one-id": ("inconclusive", "incomplete-traces"),
    "utf-16": ("invalid", "not-utf8"),
}
ONE = json.loads((OK / "one-service.json").read_text())


def spans_of(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for resource in document["resourceSpans"]:
        service = next(a["value"]["stringValue"] for a in resource["resource"]["attributes"] if a["key"] == "service.name")
        for scope in resource["scopeSpans"]:
            yield from ((service, span) for span in scope["spans"])


def test_times_of_a_produced_file_against_the_sums_of_its_spans() -> None:
    """In these traces the calls of the model follow each other and nothing else runs beside them."""
    model: dict[str, float] = defaultdict(float)
    roots: list[float] = []
    documents = [json.loads(line) for line in (OK / "file-exporter.jsonl").read_text().splitlines()]
    for service, span in (pair for document in documents for pair in spans_of(document)):
        took = (int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])) / 1e6
        if service == "model-client":
            model[span["traceId"]] += took
        if service == "chat-gateway":
            roots.append(took)
    reading = read(source((OK / "file-exporter.jsonl").read_bytes()))
    own, whole = values(reading, "model-client"), values(reading)
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        assert own[f"exclusive.{name}"] == pytest.approx(nearest_rank(model.values(), share), abs=1e-9)
        assert whole[f"e2e.{name}"] == pytest.approx(nearest_rank(roots, share), abs=1e-9)
    assert own["exclusive.share"] == pytest.approx(sum(model.values()) / sum(roots))
    assert (own["retries"], own["errors"], own["calls"]) == (4, 4 / 44, 1.1)
    assert (whole["traces"], whole["spans"], whole["orphans"], whole["errors"]) == (40, 284, 0, 0)
    assert sum(shares(reading).values()) == pytest.approx(100, abs=0.2)
    assert shares(reading) == snapshot({"model-client": 80.3, "retrieval": 12.7, "guardrail": 6.3, "chat-gateway": 0.5, "conversation-store": 0.2})


def test_percentiles_have_samples_an_interval_and_the_place_of_their_trace() -> None:
    reading = read(source((OK / "file-exporter.jsonl").read_bytes()))
    fact = next(f for f in reading.facts if f.metric == "e2e.p95")
    assert fact.bounds is not None
    assert (fact.samples, fact.unit, fact.origin, fact.at.line) == (40, "ms", "derived", 5)
    assert fact.bounds.low < float(fact.value) < fact.bounds.high == float("inf")
    single = read(source(ONE))
    assert next(f for f in single.facts if f.metric == "e2e.max").at.pointer == "/resourceSpans/0/scopeSpans/0/spans/12"
    assert single.produced is not None
    assert single.produced.timestamp() == max(int(s["endTimeUnixNano"]) for _, s in spans_of(ONE)) / 1e9
    assert single.produced_where == next(f for f in single.facts if f.metric == "e2e.max").at


def test_every_layout_gives_the_same_facts() -> None:
    canonical = json.loads((OK / "canonical.json").read_text())
    lines = "\n".join(json.dumps({"resourceSpans": [one]}) for one in canonical["resourceSpans"])
    wrapped = [json.dumps({"result": canonical}), json.dumps({"trace": canonical}), json.dumps([canonical]), lines]
    snake = json.dumps(canonical).replace("resourceSpans", "resource_spans").replace("scopeSpans", "scope_spans")
    for camel in ("traceId", "spanId", "parentSpanId", "startTimeUnixNano", "endTimeUnixNano", "stringValue", "intValue"):
        snake = snake.replace(f'"{camel}"', '"' + "".join(f"_{c.lower()}" if c.isupper() else c for c in camel) + '"')
    old = json.dumps(canonical).replace("scopeSpans", "instrumentationLibrarySpans")
    base64 = (OK / "protobuf-json.json").read_text()
    names = base64.replace("SPAN_KIND_CLIENT", "3").replace("SPAN_KIND_SERVER", "2")
    expected = [(f.metric, f.value, f.labels) for f in read(source(canonical)).facts]
    for text in (*wrapped, snake, old, base64, names):
        assert [(f.metric, f.value, f.labels) for f in read(source(text)).facts] == expected
        assert sniff(text.encode()[:65536]) == 90


@pytest.mark.parametrize("path", sorted(BROKEN.iterdir()), ids=lambda p: p.stem)
def test_broken_sample_proves_nothing(path: Path) -> None:
    assert first(read, path) == BAD[path.stem]
    never_believed(read, path.read_bytes())


def test_every_broken_sample_has_an_expectation() -> None:
    assert {path.stem for path in BROKEN.iterdir()} == set(BAD)


def test_components_of_one_service_are_what_its_spans_call_or_their_names() -> None:
    reading = read(source(ONE))
    assert shares(reading) == snapshot({"chat claude": 70.9, "postgresql": 16.4, "assistant": 9.4, "retrieve": 1.8, "conversation-store": 1.5})
    got = values(reading, "chat claude")
    assert (got["retries"], got["errors"], got["calls"]) == (3, 0.5, 2)


def test_a_dependency_without_spans_is_a_component_of_its_own_unless_a_service_does_nothing_else() -> None:
    text = json.dumps(ONE)
    attribute = {"key": "service.name", "value": {"stringValue": "other"}}
    other = {"resource": {"attributes": [attribute]}, "scopeSpans": [{"spans": []}]}
    spans = json.loads(text)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    moved = [s for s in spans if s["name"] == "retrieve"]
    kept = [s for s in spans if s["name"] != "retrieve"]
    assert moved[0]["kind"] == 1
    other["scopeSpans"] = [{"spans": moved}]
    first_ = {**ONE["resourceSpans"][0], "scopeSpans": [{"spans": kept}]}
    both = shares(read(source({"resourceSpans": [first_, other]})))
    assert both == {"chat claude": 70.9, "postgresql": 16.4, "assistant": 9.4, "other": 1.8, "conversation-store": 1.5}
    other["scopeSpans"] = [{"spans": [s for s in spans if s["name"].startswith("chat")]}]
    first_["scopeSpans"] = [{"spans": [s for s in spans if not s["name"].startswith("chat")]}]
    assert shares(read(source({"resourceSpans": [first_, other]})))["other"] == 70.9


def edited(change: Any) -> Any:
    document = json.loads(json.dumps(ONE))
    change(document["resourceSpans"][0]["scopeSpans"][0]["spans"])
    return read(source(document))


def test_repeated_calls_are_retries_only_after_a_failure() -> None:
    def no_mark(spans: list[dict[str, Any]]) -> None:
        for span in spans:
            span["attributes"] = [a for a in span["attributes"] if a["key"] != "http.request.resend_count"]

    def no_failure(spans: list[dict[str, Any]]) -> None:
        no_mark(spans)
        for span in spans:
            span["status"] = {}

    assert values(edited(no_mark), "chat claude")["retries"] == 3
    got = values(edited(no_failure), "chat claude")
    assert (got["retries"], got["errors"]) == (0, 0)


def test_incomplete_traces_are_counted_and_left_out() -> None:
    reading = read(source((OK / "one-trace-without-root.json").read_bytes()))
    got = values(reading)
    assert (got["traces"], got["traces.incomplete"], got["orphans"]) == (2, 1, 5)
    assert next(f for f in reading.facts if f.metric == "e2e.p95").samples == 2
    assert [(p.kind, p.message) for p in reading.problems] == snapshot(
        [("warning", "1 trace left out: 1 whose root has a parent that is not in the file")]
    )


def test_a_span_that_was_sent_twice_counts_once() -> None:
    twice = edited(lambda spans: spans.extend(spans[:6]))
    assert [f[:3] for f in twice.facts] == [f[:3] for f in read(source(ONE)).facts]


def test_when_every_trace_failed_it_is_asked_how_they_were_sampled() -> None:
    lines = (OK / "one-service.json").read_text()
    many = "\n".join(lines.replace('"traceId": "0', f'"traceId": "{i}') for i in range(1, 6))
    reading = read(source(many))
    assert values(reading)["traces"] == 15
    assert [p.message for p in reading.problems] == snapshot(["each of 15 traces holds a failed span: was only this kept?"])


def test_endpoints_are_told_apart_if_there_are_several() -> None:
    reading = edited(lambda spans: spans[0].update(name="GET /health"))
    assert values(reading, endpoint="GET /health")["e2e.max"] == 1000
    assert next(f.samples for f in reading.facts if ("endpoint", "POST /chat") in f.labels) == 2


def test_ids_in_the_names_of_spans_are_no_components_without_end() -> None:
    def named(spans: list[dict[str, Any]]) -> None:
        spans.extend({**spans[1], "spanId": f"{i + 256:016x}", "name": f"GET /user/{i}"} for i in range(200))

    reading = edited(named)
    assert [p.code for p in reading.problems] == ["many-components"]
    assert len({f.labels for f in reading.facts if f.metric == "calls"}) == 100


def test_too_many_spans_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MOST", 17)
    with pytest.raises(Unreadable, match="more than 17 spans"):
        read(source(ONE))


@pytest.mark.parametrize("data", HOSTILE)
def test_hostile_bytes_are_never_believed(data: bytes) -> None:
    never_believed(read, data)
    assert sniff(data) == 0


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_random_bytes_are_never_believed(data: bytes) -> None:
    never_believed(read, data)
    assert sniff(data) == 0


SMALL = {"resourceSpans": [{**ONE["resourceSpans"][0], "scopeSpans": [{"spans": ONE["resourceSpans"][0]["scopeSpans"][0]["spans"][:6]}]}]}


@given(st.sampled_from(paths(SMALL)), st.sampled_from(JUNK))
def test_junk_anywhere_is_refused_or_left_out(path: tuple[Any, ...], junk: Any) -> None:
    for problem in problems(read, replaced(SMALL, path, junk)):
        assert problem.message


REAL = {
    "otlp-json/trace.json": (0, 1, {}),  # one server span, whose parent is not in the file
    "otlp-json/kkim-traces.json": (2, 10, {"otel-agent-springboot-01": 73.2, "SELECT com.kt.otelagentspringboot01.domain.LogApi": 15.0,
                                           "LogRepository.findAll": 9.3, "h2": 1.4, "Transaction.commit": 1.2}),
    "tempo/vulture-trace.json": (0, 6, {}),
    "tempo/trace-with-failed-requests.json": (1, 15, {"mythical-requester": 52.3, "mythical-server": 29.6, "postgresql": 18.1}),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_file(name: str) -> None:
    path = SHARED / "real" / "traces" / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    reading = read(source(path.read_bytes()))
    traces, spans, expected = REAL[name]
    got = values(reading)
    assert (got["traces"], got["spans"]) == (traces, spans)
    assert shares(reading) == expected
    assert bool(traces) != any(p.kind == "inconclusive" for p in reading.problems)
    assert sniff(path.read_bytes()[:65536]) == 90


def test_real_file_against_its_spans_by_hand() -> None:
    """The five spans of each trace are nested or follow each other: own time is duration less children's."""
    path = SHARED / "real" / "traces" / "otlp-json" / "kkim-traces.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    spans = [s for line in path.read_text().splitlines() for _, s in spans_of(json.loads(line))]
    took = {s["spanId"]: int(s["endTimeUnixNano"]) - int(s["startTimeUnixNano"]) for s in spans}
    own = {s["spanId"]: took[s["spanId"]] - sum(took[c["spanId"]] for c in spans if c.get("parentSpanId") == s["spanId"]) for s in spans}
    reading = read(source(path.read_bytes()))
    database = [own[s["spanId"]] / 1e6 for s in spans if s["name"] == "SELECT otel-agent.log_api"]
    assert values(reading, "h2")["exclusive.max"] == max(database)
    roots = [s["spanId"] for s in spans if not s.get("parentSpanId")]
    assert values(reading)["e2e.max"] == max(took[root] for root in roots) / 1e6
    assert values(reading, "otel-agent-springboot-01")["exclusive.max"] == max(own[root] for root in roots) / 1e6


def test_sniff_knows_its_own_among_all_shared_samples() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    known = {p.name for p in SHARED.rglob("*") if p.is_file() and sniff(p.read_bytes()[:65536])}
    assert known == {
        "trace.json", "kkim-traces.json", "vulture-trace.json", "trace-with-failed-requests.json",
        "traces-canonical.json", "traces-file-exporter.jsonl", "trap-base64-ids-enum-names.json",
    }  # fmt: skip


def test_reader_names_every_metric_it_gives() -> None:
    given_ = {f.metric for p in OK.iterdir() for f in read(source(p.read_bytes())).facts}
    assert given_ == {metric.name for metric in READER.metrics}
