"""Zipkin traces (v2 JSON): spans go in, time on the critical path by component comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readiness.evidence.json_stream import Part, parts, place, plain
from readiness.evidence.reader import Reader, Reading, Source, Unreadable
from readiness.evidence.tracing.facts import METRICS, TRAPS, trace_reading
from readiness.evidence.tracing.spans import Shape, Span, Spans, read_id, read_time, tell, text
from readiness.model.fact import Strength

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readiness.errors import Location
    from readiness.model.checklist import FactMap

_MARKS = (b'"localEndpoint"', b'"timestamp"', b'"duration"', b'"parentId"', b'"kind"')
_MICRO = 1000  # nanoseconds
_LOW = (1 << 64) - 1
_KINDS = {"CLIENT": "client", "SERVER": "server", "PRODUCER": "producer", "CONSUMER": "consumer"}
_HELP = "save what /api/v2/traces or /api/v2/trace/ID answers"


def sniff(head: bytes) -> int:
    """Return 90 for a list of spans with the key names of Zipkin v2 (or v1, which is refused)."""
    head = plain(head)
    if not head.lstrip().startswith(b"[") or b'"traceId"' not in head or b'"id"' not in head:
        return 0
    if b'"binaryAnnotations"' in head:
        return 90
    return 90 if sum(mark in head for mark in _MARKS) > 1 and b'"spanId"' not in head else 0


def read(source: Source, _: FactMap | None = None) -> Reading:
    """Read a list of spans, or a list of traces that are lists of spans.

    Raises:
        Unreadable: not JSON, or not as Zipkin v2 lays it out.
    """
    spans, shapes = Spans(), dict[tuple[str, ...], Shape]()
    several = False
    for part in parts(source, frozenset()):
        several = several or part.document > 0
        at = source.at(part.line)
        if not part.steps or not isinstance(part.steps[0], int):
            raise Unreadable("wrong-shape", "this is no list of spans", at, _HELP)
        for pointer, raw in _spans(part):
            if not isinstance(raw, dict):
                raise Unreadable("wrong-shape", "a span is no object", at, _HELP)
            spans.add(_span(raw, at, shapes), part.line, pointer, at)
    return trace_reading(
        spans, lambda line, where: place(source, line, where, several=several), source.at(1)
    )


def _spans(part: Part) -> Iterator[tuple[str, Any]]:
    (index,) = part.steps
    if isinstance(part.value, list):
        yield from ((f"/{index}/{inner}", raw) for inner, raw in enumerate(part.value))
    else:
        yield f"/{index}", part.value


def _span(raw: dict[str, Any], at: Location, shapes: dict[tuple[str, ...], Shape]) -> Span:
    if "binaryAnnotations" in raw:
        raise Unreadable("wrong-kind", "this is Zipkin v1", at, _HELP)
    # Services that know only 64 bits of a trace's id write its lower half.
    trace = read_id(raw.get("traceId"), 16, at, "`traceId`") & _LOW
    own = read_id(raw.get("id"), 8, at, "`id`")
    if not (trace and own):
        raise Unreadable("id", "a span has no `traceId` or no `id`", at, _HELP)
    start = read_time(raw.get("timestamp"), _MICRO, at, "`timestamp`")
    duration = read_time(raw.get("duration"), _MICRO, at, "`duration`")
    tags = _object(raw, "tags", at)
    said = {key: text(str(value)) for key, value in tags.items()}
    local, remote = _object(raw, "localEndpoint", at), _object(raw, "remoteEndpoint", at)
    peer = text(remote.get("serviceName"))
    told = tell(said)
    kind = raw.get("kind")
    key = (
        text(local.get("serviceName")),
        told.called or peer,
        text(raw.get("name")),
        peer or text(remote.get("ipv4")) or told.target,
        _KINDS.get(kind, "") if isinstance(kind, str) else "",
        text(local.get("ipv4")) or text(local.get("ipv6")),
    )
    return Span(
        trace,
        own,
        read_id(raw.get("parentId"), 8, at, "`parentId`"),
        start or 0,
        start + duration if start and duration is not None else None,
        shapes.setdefault(key, Shape(*key)),
        said.get("error", "false").lower() != "false",
        told.resent,
    )


def _object(raw: dict[str, Any], key: str, at: Location) -> dict[str, Any]:
    value = raw.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable("wrong-shape", f"`{key}` is no object", at, _HELP)
    return value


READER = Reader(
    id="zipkin",
    title="Zipkin traces",
    summary="Where the time of requests goes: critical-path time by component, errors, retries.",
    sniff=sniff,
    read=read,
    strength=Strength.measured,
    metrics=METRICS,
    produce="curl -o traces.json 'http://localhost:9411/api/v2/traces?serviceName=chat&limit=500'",
    source="https://zipkin.io/zipkin-api/ (v2)",
    traps=(
        "Times are microseconds: they become whole nanoseconds, never fractions.",
        "Client and server of a call may share one id: the server's is put below the client's.",
        "A span without timestamp or duration did not end: its trace is left out.",
        "Trace ids of 64 and 128 bits are mixed: the lower 64 bits tell traces apart.",
        "Any `error` tag is an error, whatever it says, but for `false`.",
        "`limit` is 10 if it is not given: a percentile of 10 traces says little.",
        *TRAPS,
    ),
    streams=True,
    shape="json",
)
