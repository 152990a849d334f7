"""Jaeger traces as its query interface gives them: spans go in, critical-path time comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from readiness.evidence.json_stream import parts, place, plain
from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.evidence.tracing.facts import METRICS, TRAPS, trace_reading
from readiness.evidence.tracing.spans import (
    HOST,
    Shape,
    Span,
    Spans,
    first,
    read_id,
    read_time,
    tell,
    text,
)
from readiness.model.fact import Problem, Strength

if TYPE_CHECKING:
    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_MARKS = (b'"spans"', b'"spanID"', b'"operationName"', b'"processes"')
_MICRO = 1000  # nanoseconds
_KINDS = ("client", "server", "producer", "consumer")
_HELP = "save what /api/traces/ID or /api/traces?service=NAME answers"


class _Trace(NamedTuple):
    """A trace with its place in the file."""

    value: dict[str, Any]
    line: int
    pointer: str
    at: Location


def sniff(head: bytes) -> int:
    """Return 90 for traces with the key names of Jaeger, whose ids end in ID."""
    head = plain(head)
    if not head.lstrip().startswith(b"{"):
        return 0
    if b'"traceID"' not in head:
        listed = b'"data"' in head and b'"errors"' in head
        return 80 if listed and b'"limit"' in head and b'"total"' in head else 0
    return 90 if sum(mark in head for mark in _MARKS) > 1 else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a file of any size, trace by trace.

    Raises:
        Unreadable: not JSON, or no traces as the query interface gives them.
    """
    spans, shapes = Spans(), dict[tuple[str, ...], Shape]()
    several, listed = False, False
    alone: dict[str, Any] = {}
    problems: list[Problem] = []
    for part in parts(source, frozenset(("data",))):
        several = several or part.document > 0
        at = source.at(part.line)
        if part.steps[:1] == ("data",):
            listed = True
            if len(part.steps) > 1:
                _take(_trace(part.value, part.line, f"/data/{part.steps[1]}", at), spans, shapes)
            elif part.value:
                _refuse_internal(part.value, at)
        elif part.steps and isinstance(part.steps[0], str):
            alone[part.steps[0]] = part.value
    if alone.get("errors"):
        problems.append(_errors(alone["errors"], source.at(1)))
    if not listed:
        if "traceName" in alone:
            _refuse_internal(alone, source.at(1))
        _take(_trace(alone, 1, "", source.at(1)), spans, shapes)
    found = trace_reading(
        spans, lambda line, where: place(source, line, where, several=several), source.at(1)
    )
    return found._replace(problems=(*problems, *found.problems))


def _errors(errors: Any, at: Location) -> Problem:
    first = errors[0] if isinstance(errors, list) else errors
    told = text(first.get("msg")) if isinstance(first, dict) else ""
    message = f"Jaeger answered with an error: {told or 'it says no more'}"
    return Problem("inconclusive", "error-answer", message, at, "ask again for traces it has kept")


def _refuse_internal(value: Any, at: Location) -> None:
    if isinstance(value, dict) and "spans" in value:
        message = "this is the internal model of Jaeger's page, not what its interface answers"
        raise Unreadable("wrong-kind", message, at, _HELP)
    raise Unreadable("wrong-shape", "`data` is no list of traces", at, _HELP)


def _trace(value: Any, line: int, pointer: str, at: Location) -> _Trace:
    if not isinstance(value, dict) or not isinstance(value.get("spans"), list):
        raise Unreadable("wrong-shape", "a trace has no list of `spans`", at, _HELP)
    if not isinstance(value.get("processes"), dict):
        raise Unreadable("wrong-shape", "a trace has no `processes`", at, _HELP)
    return _Trace(value, line, pointer, at)


def _take(trace: _Trace, spans: Spans, shapes: dict[tuple[str, ...], Shape]) -> None:
    """Add the spans of one trace."""
    at = trace.at
    whose = {key: _process(value, at) for key, value in trace.value["processes"].items()}
    for index, raw in enumerate(trace.value["spans"]):
        if not isinstance(raw, dict):
            raise Unreadable("wrong-shape", "a span is no object", at, _HELP)
        process = raw.get("processID")
        if not isinstance(process, str) or process not in whose:
            message = f"the process `{text(str(process))}` of a span is not among `processes`"
            raise Unreadable("wrong-shape", message, at, _HELP)
        span = _span(raw, trace, whose[process], shapes)
        spans.add(span, trace.line, f"{trace.pointer}/spans/{index}", at)


def _process(value: Any, at: Location) -> tuple[str, str]:
    """Return the service and host of a process."""
    if not isinstance(value, dict):
        raise Unreadable("wrong-shape", "a process is no object", at, _HELP)
    tags = _tags(value.get("tags"), at)
    return text(value.get("serviceName")), first(tags, HOST)


def _span(
    raw: dict[str, Any],
    trace: _Trace,
    whose: tuple[str, str],
    shapes: dict[tuple[str, ...], Shape],
) -> Span:
    at = trace.at
    number = read_id(raw.get("traceID") or trace.value.get("traceID"), 16, at, "`traceID`")
    own = read_id(raw.get("spanID"), 8, at, "`spanID`")
    if not (number and own):
        raise Unreadable("id", "a span has no `traceID` or no `spanID`", at, _HELP)
    parent, follows = _parent(raw, number, at)
    start = read_time(raw.get("startTime"), _MICRO, at, "`startTime`")
    duration = read_time(raw.get("duration"), _MICRO, at, "`duration`")
    tags = _tags(raw.get("tags"), at)
    told, (service, host) = tell(tags), whose
    kind = tags.get("span.kind", "").lower()
    name = text(raw.get("operationName"))
    key = (service, told.called, name, told.target, kind if kind in _KINDS else "", host)
    return Span(
        number,
        own,
        parent,
        start or 0,
        start + duration if start is not None and duration is not None else None,
        shapes.setdefault(key, Shape(*key)),
        tags.get("error", "").lower() == "true" or tags.get("otel.status_code") == "ERROR",
        told.resent,
        follows,
    )


def _parent(raw: dict[str, Any], trace: int, at: Location) -> tuple[int, bool]:
    """Return the parent, 0 for none, and whether the span merely follows from it.

    The parent is the first span of the same trace of which this is a child, else the first from
    which it follows. The copy of the parent within a reference is not read.
    """
    references = raw.get("references") or []
    if not isinstance(references, list):
        raise Unreadable("wrong-shape", "`references` is no list", at, _HELP)
    found = {"CHILD_OF": 0, "FOLLOWS_FROM": 0}
    for one in references:
        if not isinstance(one, dict):
            raise Unreadable("wrong-shape", "a reference is no object", at, _HELP)
        kind = one.get("refType")
        own = read_id(one.get("traceID"), 16, at, "a reference's `traceID`") in (0, trace)
        if own and isinstance(kind, str) and found.get(kind) == 0:
            found[kind] = read_id(one.get("spanID"), 8, at, "a reference's `spanID`")
    if not references and raw.get("parentSpanID"):
        found["CHILD_OF"] = read_id(raw["parentSpanID"], 8, at, "`parentSpanID`")
    return found["CHILD_OF"] or found["FOLLOWS_FROM"], not found["CHILD_OF"]


def _tags(raw: Any, at: Location) -> dict[str, str]:
    if raw is None:
        return {}
    if not isinstance(raw, list) or not all(isinstance(tag, dict) for tag in raw):
        raise Unreadable("wrong-shape", "`tags` is no list of objects", at, _HELP)
    pairs = ((tag.get("key"), tag.get("value")) for tag in raw)
    return {key: text(str(value)) for key, value in pairs if isinstance(key, str)}


READER = Reader(
    id="jaeger",
    title="Jaeger traces",
    summary="Where the time of requests goes: critical-path time by component, errors, retries.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=METRICS,
    produce="curl -o traces.json 'http://localhost:16686/api/traces?service=chat&limit=500'",
    source="https://www.jaegertracing.io/docs/latest/architecture/apis/ (what the page asks for)",
    traps=(
        "Times are microseconds: they become whole nanoseconds, never fractions.",
        "A reference may hold a copy of its parent, with a copy of that one's parent: not read.",
        "The page's internal model (`traceName`, or `data` is an object) is refused by name.",
        "FOLLOWS_FROM is not waited for. Of several parents the first CHILD_OF counts.",
        "The page asks for 20 traces: a percentile of 20 says little. Set `limit`.",
        *TRAPS,
    ),
    streams=True,
    shape="json",
)
