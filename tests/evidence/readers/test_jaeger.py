"""Jaeger traces: whole nanoseconds from microseconds, references of all kinds, and what is no answer of its interface."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from readiness.evidence.readers.jaeger import READER, read, sniff
from tests.evidence.readers.trace_files import (
    HOSTILE,
    JUNK,
    SAMPLES,
    SHARED,
    first,
    never_believed,
    paths,
    problems,
    replaced,
    shares,
    source,
    values,
)  # fmt: skip

OK, BROKEN = SAMPLES / "jaeger" / "ok", SAMPLES / "jaeger" / "broken"
BAD = {
    "cut-off": ("invalid", "not-json"),
    "duration-is-a-text": ("invalid", "number"),
    "id-is-no-hex": ("invalid", "id"),
    "internal-model": ("invalid", "wrong-kind"),
    "internal-model-alone": ("invalid", "wrong-kind"),
    "missing-parent": ("inconclusive", "incomplete-traces"),
    "negative-duration": ("invalid", "number"),
    "no-duration": ("inconclusive", "incomplete-traces"),
    "no-processes": ("invalid", "wrong-shape"),
    "no-traces": ("inconclusive", "no-samples"),
    "trace-not-found": ("inconclusive", "error-answer"),
    "unknown-process": ("invalid", "wrong-shape"),
    "utf-16": ("invalid", "not-utf8"),
}
PLAIN = {"chat claude": 68, "postgresql": 18, "assistant": 7, "conversation-store": 5, "retrieve": 2}


def test_the_same_traces_as_otlp_give_the_same_but_for_the_microsecond() -> None:
    from readiness.evidence.readers import otlp_json

    ours = read(source((OK / "api-traces.json").read_bytes()))
    theirs = otlp_json.read(source((SAMPLES / "otlp-json" / "ok" / "canonical.json").read_bytes()))
    assert shares(ours) == shares(theirs)
    other = {(f.metric, f.labels): f for f in theirs.facts}
    assert {(f.metric, f.labels) for f in ours.facts} == set(other)
    for fact in ours.facts:
        assert fact.value == pytest.approx(other[fact.metric, fact.labels].value, abs=0.01)


def test_times_are_whole_microseconds_without_rounding_errors() -> None:
    """As floats, 0.1 + 0.2 ms would not end where the next begins."""
    reading = read(source((OK / "api-traces.json").read_bytes()))
    ends = [float(f.value) for f in reading.facts if f.metric in ("e2e.max", "exclusive.max", "exclusive.p50")]
    assert all(value == round(value * 1000) / 1000 for value in ends)


def test_a_copy_of_the_parent_within_a_reference_is_not_read() -> None:
    assert shares(read(source((OK / "recursive-references.json").read_bytes()))) == PLAIN
    assert shares(read(source((OK / "one-trace-alone.json").read_bytes()))) == PLAIN


def test_what_follows_from_a_span_is_not_waited_for() -> None:
    reading = read(source((OK / "follows-from.json").read_bytes()))
    assert shares(reading) == {"chat claude": 68, "postgresql": 18, "assistant": 12, "retrieve": 2}
    assert values(reading)["spans.asynchronous"] == 1


def trace(name: str = "one-trace-alone") -> Any:
    return json.loads((OK / f"{name}.json").read_text())


def test_of_several_references_the_first_child_of_the_same_trace_counts() -> None:
    document = trace()
    last = document["spans"][5]
    other = {"refType": "CHILD_OF", "traceID": "abc", "spanID": "1"}
    follows = {"refType": "FOLLOWS_FROM", "traceID": last["traceID"], "spanID": document["spans"][1]["spanID"]}
    last["references"] = [other, follows, *last["references"], {**follows, "refType": "CHILD_OF"}]
    assert shares(read(source({"data": [document]}))) == PLAIN


def test_an_older_parent_key_is_read_where_there_are_no_references() -> None:
    document = trace()
    for span in document["spans"]:
        if references := span.pop("references"):
            span["parentSpanID"] = references[0]["spanID"]
    assert shares(read(source({"data": [document]}))) == PLAIN


@pytest.mark.parametrize("tag", [("error", True), ("error", "true"), ("otel.status_code", "ERROR")])
def test_errors_by_tag(tag: tuple[str, Any]) -> None:
    document = trace()
    for span in document["spans"]:
        span["tags"] = [t for t in span["tags"] if t["key"] not in ("error", "otel.status_code")]
    document["spans"][0]["tags"].append({"key": tag[0], "value": tag[1]})
    reading = read(source({"data": [document]}))
    assert (values(reading)["errors"], values(reading, "assistant")["errors"], values(reading, "chat claude")["errors"]) == (1, 1, 0)


def test_the_internal_model_is_refused_by_name() -> None:
    (problem,) = problems(read, (BROKEN / "internal-model.json").read_bytes())
    assert (problem.message, problem.help) == snapshot(
        (
            "this is the internal model of Jaeger's page, not what its interface answers",
            "save what /api/traces/ID or /api/traces?service=NAME answers",
        )
    )


def test_an_error_that_was_saved_as_an_answer() -> None:
    found = problems(read, (BROKEN / "trace-not-found.json").read_bytes())
    assert [p.message for p in found] == ["Jaeger answered with an error: trace not found", "there is no span"]


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


SMALL = {"data": [trace()], "errors": None}


@given(st.sampled_from(paths(SMALL)), st.sampled_from(JUNK))
def test_junk_anywhere_is_refused_or_left_out(path: tuple[Any, ...], junk: Any) -> None:
    for problem in problems(read, replaced(SMALL, path, junk)):
        assert problem.message


REAL: dict[str, tuple[int, int, dict[str, float]]] = {
    "dotrung-traces.json": (10, 10, {"inference-api": 100}),
    "dsb-1trace-verbatim.json": (1, 33, {"compose-post-service": 28.6, "nginx-web-server": 27, "user-mention-service": 14.3}),
    "traceWithOverlappingChildrenLongerThanParent.json": (1, 4, {"service-one": 75, "service-two": 25}),
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_file(name: str) -> None:
    path = SHARED / "real" / "traces" / "jaeger" / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    reading = read(source(path.read_bytes()))
    traces, spans, expected = REAL[name]
    assert (values(reading)["traces"], values(reading)["spans"]) == (traces, spans)
    assert expected.items() <= shares(reading).items()
    assert [p for p in reading.problems if p.kind != "warning"] == []
    assert sniff(path.read_bytes()[:65536]) == 90


def test_real_file_against_a_walk_by_hand() -> None:
    """The same method again, by recursion over microseconds as a reader of the paper would write it."""
    path = SHARED / "real" / "traces" / "jaeger" / "dsb-1trace-verbatim.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    (one,) = json.loads(path.read_text())["data"]
    children: dict[str, list[Any]] = {}
    for span in one["spans"]:
        children.setdefault(span["references"][0]["spanID"] if span["references"] else "", []).append(span)
    own: dict[str, int] = {}

    def walk(span: Any, start: int, end: int) -> None:
        rest, until = end - start, end
        inside = [(max(s["startTime"], start), min(s["startTime"] + s["duration"], end), s) for s in children.get(span["spanID"], [])]
        for begin, finish, child in sorted(inside, key=lambda x: -x[1]):
            if begin > finish or (finish > until and ((finish - until) > (end - start) / 100 or begin >= until)):
                continue
            walk(child, begin, min(finish, until))
            rest -= min(finish, until) - begin
            until = begin
        service = one["processes"][span["processID"]]["serviceName"]
        own[service] = own.get(service, 0) + rest

    (root,) = children[""]
    walk(root, root["startTime"], root["startTime"] + root["duration"])
    reading = read(source(path.read_bytes()))
    got = {dict(f.labels)["component"]: round(float(f.value) * 1000) for f in reading.facts if f.metric == "exclusive.max"}
    assert got == {name: own.get(name, 0) for name in got}
    assert sum(own.values()) == root["duration"] == 5303


def test_real_internal_model_is_refused_by_name() -> None:
    path = SHARED / "real" / "traces" / "jaeger" / "flamegraph-testTrace.json"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    assert first(read, path) == ("invalid", "wrong-kind")


def test_sniff_knows_its_own_among_all_shared_samples() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is absent")
    known = {p.name for p in SHARED.rglob("*") if p.is_file() and sniff(p.read_bytes()[:65536])}
    assert known == {*REAL, "flamegraph-testTrace.json"}


def test_reader_names_every_metric_it_gives() -> None:
    given_ = {f.metric for p in OK.iterdir() for f in read(source(p.read_bytes())).facts}
    assert given_ == {metric.name for metric in READER.metrics}
