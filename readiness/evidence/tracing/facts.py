"""From the spans of a file to facts: readers import this at start-up, `compute` when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.reader import Metric

if TYPE_CHECKING:
    from collections.abc import Callable

    from readiness.errors import Location
    from readiness.evidence.reader import Reading
    from readiness.evidence.tracing.spans import Spans

E2E = ("p50", "p75", "p90", "p95", "p99")
EXCLUSIVE = ("p50", "p95", "p99")
_PER = ("component",)
METRICS = (
    Metric("traces", "", "whole traces, from which the facts are"),
    Metric("traces.incomplete", "", "traces left out: a span is missing, did not end, or no root"),
    Metric("spans", "", "spans in the file, each counted once"),
    Metric("orphans", "", "spans that no chain of parents ties to the root of their trace"),
    Metric("spans.clipped", "", "spans cut at the ends of their parent"),
    Metric("spans.asynchronous", "", "spans left out, for no parent waited for them"),
    Metric("spans.shifted", "", "spans moved into their client's, for the clocks differ"),
    *(Metric(f"e2e.{name}", "ms", f"{name} duration of the root span", ("endpoint",))
      for name in (*E2E, "max", "mean")),
    *(Metric(f"exclusive.{name}", "ms", f"{name} time a request waited for it alone, of the traces "
             "that call it", _PER) for name in (*EXCLUSIVE, "mean", "max")),
    Metric("exclusive.share", "ratio", "of the time of all requests", _PER),
    Metric("errors", "ratio", "traces whose root failed; of a component: spans that failed", _PER),
    Metric("calls", "", "mean number of its spans in a trace that calls it", _PER),
    Metric("retries", "", "spans that repeat a failed call or say so", _PER),
)  # fmt: skip
TRAPS = (
    "Percentiles do not add up: the p95 of the parts is no p95 of the whole.",
    "A span with a missing parent makes its trace incomplete: it is counted and left out.",
    "If no trace is whole, the file proves nothing: export all services, and wait for the end.",
    "Tail sampling keeps errors and slow traces: percentiles are then those of the sample.",
    "Time in a dependency without spans is its own where the call names it, else its caller's.",
    "What names it: `gen_ai.*`, `peer.service`, `db.system.name`, `messaging.system`.",
    "A component's time is of the traces that call it; `samples` says of how many.",
    "Child spans that outlive their parent are clipped, those outside of it were not waited for.",
    "A server whose clock differs is moved into its client's span, as Jaeger does: a warning.",
    "Siblings of one name are retries only if the earlier one failed before the later began.",
)


def trace_reading(spans: Spans, at: Callable[[int, str], Location], top: Location) -> Reading:
    """Return the facts of the spans of one file.

    A component is a service. A call without spans below it, of a service that does more than such
    calls, is of the dependency it names: peer, database, model operation or messaging system. Where
    all spans are of one service, the root is that service, and each other span is the dependency
    it names, else its own name.

    Args:
        spans: all spans of the file.
        at: from line and pointer of a span to its place.
        top: the place that stands for the whole file.
    """
    from readiness.evidence.tracing.compute import reading  # noqa: PLC0415 - statistics cost time

    return reading(spans, at, top)
