"""OpenTelemetry traces as JSON: spans go in, time on the critical path by component comes out.

One document or one in each line, as the collector's file exporter writes them; ids in hexadecimal
digits (OTLP/JSON) or base64 (protobuf's JSON, Tempo), enums as numbers or names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.json_stream import Part, parts, place, plain, pointer
from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.evidence.tracing.facts import METRICS, TRAPS, trace_reading
from readiness.evidence.tracing.spans import (
    HOST,
    WANTED,
    Shape,
    Span,
    Spans,
    first,
    read_id,
    read_time,
    tell,
    text,
)
from readiness.model.fact import Strength
from readiness.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_RESOURCES = ("resourceSpans", "resource_spans", "batches")
_LISTS = frozenset(_RESOURCES)
_WRAPPERS = ("trace", "result")  # Tempo's and Jaeger's newer interfaces
_SCOPES = (
    "scopeSpans",
    "scope_spans",
    "instrumentationLibrarySpans",
    "instrumentation_library_spans",
)
_FIRST = pattern(rb'[\[\s]*\{\s*(?:"(?:trace|result)"\s*:\s*\{\s*)?"')
_KEYS = ("traceId", "trace_id", "resource", "spans", *_SCOPES)
_EMPTY = pattern(rb'\s*\{\s*"(?:resourceSpans|batches)"\s*:\s*\[\s*\]\s*\}\s*')
_KINDS = ("", "", "server", "client", "producer", "consumer")
_DIGITS = ("0", "1", "2", "3", "4", "5")
_TEXTS = ("stringValue", "string_value", "intValue", "int_value", "doubleValue", "boolValue")
_HELP = "keep the file as the exporter wrote it"


def sniff(head: bytes) -> int:
    """Return 90 for a list of resources with spans, and a second key of OTLP."""
    head = plain(head)
    if _EMPTY.fullmatch(head):
        return 90
    if not _FIRST.match(head):
        return 0
    listed, marks = (sum(f'"{key}"'.encode() in head for key in k) for k in (_RESOURCES, _KEYS))
    return 90 if listed and marks > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a file of any size, spans in any order.

    Raises:
        Unreadable: not JSON, or no spans as OTLP lays them out.
    """
    spans, shapes = Spans(), dict[tuple[str, ...], Shape]()
    several, known = False, False
    for part in parts(source, _LISTS):
        several = several or part.document > 0
        known = known or (part.steps[:1] != () and part.steps[0] in _RESOURCES)
        for steps, value in _resources(part):
            known = True
            _resource(value, (part.line, steps), source, spans, shapes)
    if not known:
        message, hint = "there are no `resourceSpans`", "export traces as OTLP/JSON"
        raise Unreadable("wrong-kind", message, source.at(1), hint)
    return trace_reading(
        spans, lambda line, where: place(source, line, where, several=several), source.at(1)
    )


def _resources(part: Part) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield the resources of a part of the file, whatever they are wrapped in."""
    steps, value = part.steps, part.value
    if steps and steps[0] in _RESOURCES:
        if len(steps) > 1:
            yield steps, value
        return
    if not isinstance(value, dict) or not (
        steps[:1] == () or isinstance(steps[0], int) or steps[0] in _WRAPPERS
    ):
        return
    for key in _RESOURCES:
        listed = value.get(key)
        if isinstance(listed, list):
            yield from (((*steps, key, index), one) for index, one in enumerate(listed))


def _resource(
    value: Any,
    place: tuple[int, tuple[str | int, ...]],
    source: Source,
    spans: Spans,
    shapes: dict[tuple[str, ...], Shape],
) -> None:
    line, steps = place
    whole = pointer(*steps)
    at = source.at(line, pointer=whole)
    resource = _object(value, at).get("resource") or {}
    named = _attributes(_object(resource, at).get("attributes"), at, None)
    service = text(named.get("service.name", ""))
    host = first(named, HOST)
    for key in _SCOPES:
        for i, scope in enumerate(_list(value.get(key), at)):
            for j, raw in enumerate(_list(_object(scope, at).get("spans"), at)):
                span = _span(_object(raw, at), (service, host), at, shapes)
                where = f"{whole}/{key}/{i}/spans/{j}" if not span.parent else whole
                spans.add(span, line, where, at)


def _span(
    raw: dict[str, Any], whose: tuple[str, str], at: Location, shapes: dict[tuple[str, ...], Shape]
) -> Span:
    trace = read_id(_get(raw, "traceId", "trace_id"), 16, at, "`traceId`", encoded=True)
    own = read_id(_get(raw, "spanId", "span_id"), 8, at, "`spanId`", encoded=True)
    if not (trace and own):
        message = "a span has no `traceId` or no `spanId`"
        raise Unreadable("id", message, at, _HELP)
    parent = _get(raw, "parentSpanId", "parent_span_id")
    start = read_time(_get(raw, "startTimeUnixNano", "start_time_unix_nano"), 1, at, "a start")
    end = read_time(_get(raw, "endTimeUnixNano", "end_time_unix_nano"), 1, at, "an end")
    told = tell(_attributes(raw.get("attributes"), at, WANTED))
    service, host = whose
    key = (service, told.called, text(raw.get("name")), told.target, _kind(raw.get("kind")), host)
    return Span(
        trace,
        own,
        read_id(parent, 8, at, "`parentSpanId`", encoded=True),
        start or 0,
        end if start and end else None,
        shapes.setdefault(key, Shape(*key)),
        _failed(raw.get("status")),
        told.resent,
    )


def _get(raw: dict[str, Any], key: str, other: str) -> Any:
    value = raw.get(key)
    return raw.get(other) if value is None else value


def _kind(raw: Any) -> str:
    if isinstance(raw, str):
        name = raw.removeprefix("SPAN_KIND_").lower()
        if name in _KINDS:
            return name
        raw = int(raw) if raw in _DIGITS else 0
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < len(_KINDS):
        return _KINDS[raw]
    return ""


def _failed(status: Any) -> bool:
    code = status.get("code") if isinstance(status, dict) else None
    return not isinstance(code, bool) and code in (2, "2", "STATUS_CODE_ERROR")


def _attributes(raw: Any, at: Location, wanted: frozenset[str] | None) -> dict[str, str]:
    """Return attributes as text: strings, whole numbers and truth values."""
    found = {}
    for entry in _list(raw, at):
        key, value = _object(entry, at).get("key"), entry.get("value")
        if not isinstance(key, str) or not isinstance(value, dict):
            continue
        if wanted is None or key in wanted:
            held = next((value[kind] for kind in _TEXTS if kind in value), "")
            found[key] = text(str(held))
    return found


def _list(value: Any, at: Location) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Unreadable("wrong-shape", "a list of OTLP is none", at, _HELP)
    return value


def _object(value: Any, at: Location) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable("wrong-shape", "an object of OTLP is none", at, _HELP)
    return value


READER = Reader(
    id="otlp-json",
    title="OpenTelemetry traces (OTLP JSON)",
    summary="Where the time of requests goes: critical-path time by component, errors, retries.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=METRICS,
    produce="# in the collector's configuration\n"
    "exporters: {file: {path: traces.jsonl}}\n"
    "service: {pipelines: {traces: {receivers: [otlp], exporters: [file]}}}",
    source="https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding",
    traps=(
        "OTLP/JSON has hexadecimal ids; protobuf's own JSON has base64 and names of enums: both.",
        "The file exporter writes a document in each line, and spans of one trace in several.",
        "Tempo says `batches`, older exporters `instrumentationLibrarySpans`.",
        "An end of 0 is a span that did not end.",
        *TRAPS,
    ),
    streams=True,
    shape="json",
)
