"""From the samples of a load test to facts: the whole run, each endpoint, what was held.

Readers import this module at start-up; what computes is imported when it is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from readiness.evidence.reader import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readiness.errors import Location
    from readiness.model.fact import Fact
    from readiness.model.load import Labels, Load
    from readiness.stats.histogram import Histogram

SHARES = {
    "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999,
}  # fmt: skip
HELD = {"1min": 60, "5min": 300, "10min": 600, "30min": 1800}
EXPECTED = ("response", "expected")
_PER = ("endpoint", "method", "scenario", "response")
_TIMES = ("min", "mean", *SHARES, "max")
SAMPLED = (
    Metric("requests", "", "requests made", _PER),
    Metric("failures", "", "requests that failed", _PER),
    Metric("errors", "ratio", "failures per request", _PER),
    Metric("rate", "1/s", "requests per second over the whole test", _PER),
    Metric("duration", "ms", "from the first request to the last response"),
    Metric("arrivals", "", "`open`: sent by a schedule; `closed`: users wait for answers"),
    Metric("concurrency", "", "the most users at once, where the file says"),
    Metric("rate.held", "1/s", "the highest rate of answers that 19 of 20 equal parts of some "
           "stretch of that length reached: `rate.held where for = 30min`", ("for",)),
    *(Metric(name, "ms", f"{name} response time of the samples", _PER) for name in _TIMES),
    Metric("ramp", "ms", "until the load first reached 90 % of its highest level"),
    Metric("think_time", "ms", "mean pause of a user between an answer and the next request"),
    Metric("share", "ratio", "of the requests that an endpoint got", _PER),
    Metric("steady.start", "ms", "when the steady part begins, after warm-up and ramp"),
    Metric("steady.duration", "ms", "how long the steady part lasts, cool-down left out"),
    Metric("steady.method", "", "how it was found"),
    Metric("steady.requests", "", "requests of the steady part", _PER),
    Metric("steady.failures", "", "of these, failed", _PER),
    Metric("steady.errors", "ratio", "failures per request in the steady part", _PER),
    Metric("steady.rate", "1/s", "requests per second in the steady part", _PER),
    *(Metric(f"steady.{name}", "ms", f"{name} response time in the steady part", _PER)
      for name in _TIMES),
    *(Metric(f"corrected.{name}", "ms", f"{name} with the requests a closed loop left out")
      for name in _TIMES),
)  # fmt: skip
STEADY = tuple(metric.name for metric in SAMPLED if metric.name.startswith("steady."))


def with_label(metrics: Iterable[Metric], label: str) -> tuple[Metric, ...]:
    """Return metrics whose facts may have one more label."""
    return tuple(m._replace(labels=tuple(dict.fromkeys((*m.labels, label)))) for m in metrics)


def load_facts(load: Load, at: Location) -> list[Fact]:
    """Return what the samples of a run say, recomputed: percentiles by nearest rank.

    `steady.*` are those of the run without warm-up, ramp and cool-down, where it has such a part;
    `corrected.*` those with the requests that a closed loop left out while it waited.

    Args:
        load: the samples.
        at: the place that stands for them, such as the column of times.
    """
    from readiness.evidence.loadtest import compute  # noqa: PLC0415 - statistics cost start-up

    return compute.load_facts(load, at)


def times(
    histogram: Histogram, at: Location, labels: Labels = (), prefix: str = ""
) -> Iterable[Fact]:
    """Return minimum, mean, percentiles and maximum of times in ms, with confidence intervals."""
    from readiness.evidence.loadtest import compute  # noqa: PLC0415

    return compute.times(histogram, at, labels, prefix)


def labelled_facts(load: Load, at: Location) -> list[Fact]:
    """Return what is known of each group of a run, and nothing of the whole of it."""
    from readiness.evidence.loadtest import compute  # noqa: PLC0415

    return compute.labelled_facts(load, at)
