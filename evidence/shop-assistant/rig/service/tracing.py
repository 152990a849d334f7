"""Traces of the gateway as OTLP JSON lines, where RIG_TRACES names a file; none otherwise.

RIG_TRACE_RATIO is the share of questions that are traced, chosen at random before they are asked.
"""

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from opentelemetry import trace
from opentelemetry.exporter.otlp.json.file import FileSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import SpanKind, Status, StatusCode

TRACER = trace.get_tracer("shop-assistant")


class Traces:
    """Exports the spans of this process until it is closed."""

    def __init__(self) -> None:
        path = os.environ.get("RIG_TRACES")
        self._provider: TracerProvider | None = None
        if path:
            stream = gzip.open(path, "wt", encoding="utf-8")  # noqa: SIM115 - `close` ends it
            self._file = cast("IO[str]", stream)
            ratio = float(os.environ.get("RIG_TRACE_RATIO", "1"))
            self._provider = TracerProvider(
                sampler=TraceIdRatioBased(ratio),
                resource=Resource({"service.name": "gateway"}),
                shutdown_on_exit=False,
            )
            self._provider.add_span_processor(
                BatchSpanProcessor(FileSpanExporter(stream=self._file))
            )
            trace.set_tracer_provider(self._provider)

    def close(self) -> None:
        """Write what is left, and end the file."""
        if self._provider:
            self._provider.shutdown()
            self._file.close()


@contextmanager
def question() -> Iterator[None]:
    """Trace one question from request to answer."""
    with TRACER.start_as_current_span("POST /chat", kind=SpanKind.SERVER):
        yield


@contextmanager
def attempt(component: str, number: int) -> Iterator[None]:
    """Trace one attempt to call `component`; whatever is raised marks the span as failed."""
    attributes: dict[str, str | int] = {"peer.service": component}
    if number:
        attributes["http.request.resend_count"] = number
    with TRACER.start_as_current_span(
        component, kind=SpanKind.CLIENT, attributes=attributes, record_exception=False
    ) as span:
        try:
            yield
        except BaseException as failure:
            span.set_status(Status(StatusCode.ERROR, type(failure).__name__))
            raise
