"""What a review keeps of load tests: their curve, recomputed figures, capacity and comparisons."""

from __future__ import annotations

from typing import Literal

from readiness.model.record import record

COMPARISON: Literal["readiness/comparison@1"] = "readiness/comparison@1"
TOO_FEW = "too few samples"  # a verdict: what the samples seem to show may be chance
NOT_TESTED = "not tested"  # a verdict: there are no samples, or none that can be believed


@record
class LoadPoint:
    """A stretch of a load test.

    Attributes:
        second: when it begins, counted from the first request.
        rate: requests that began, per second.
        failed: share of them that failed.
        p50: median response time in ms; None without a request.
        p95: 95th percentile in ms; None without a request.
        users: most users at once, if the file says.
    """

    second: float
    rate: float
    failed: float
    p50: float | None
    p95: float | None
    users: int | None


@record
class Figure:
    """A figure of the whole run beside that of its steady part, and corrected for omission.

    None where there is no such part, or nothing is known to correct with. Times are in ms.
    """

    metric: str
    unit: str
    whole: float
    low: float | None
    high: float | None
    steady: float | None
    corrected: float | None


@record
class BandPoint:
    """The fitted throughput in 1/s at a number of requests in flight, with its 95 % band."""

    concurrency: float
    throughput: float
    low: float
    high: float


@record
class CapacityResult:
    """A fit of throughput to requests in flight.

    `reason` says why there is no fit (then `r2` is None), or why the fit has no knee.
    """

    reason: str
    method: str
    r2: float | None
    tested: float | None
    knee: float | None
    peak: float | None
    peak_low: float | None
    peak_high: float | None
    points: tuple[tuple[float, float], ...]
    band: tuple[BandPoint, ...]


@record
class LoadResult:
    """A load test whose samples were read.

    Attributes:
        path: its file.
        reader: the reader.
        arrivals: `open`, `closed`, or empty if not known.
        requests: how many.
        seconds: from the first request to the last response.
        width: seconds of a stretch of the curve.
        steady: begin and end of the steady part in seconds; None if there is none.
        reason: why there is no steady part.
        method: how it was found.
        figures: recomputed figures.
        curve: the run, stretch by stretch.
        capacity: what it says of the service's capacity.
    """

    path: str
    reader: str
    arrivals: Literal["open", "closed", ""]
    requests: int
    seconds: float
    width: float
    steady: tuple[float, float] | None
    reason: str
    method: str
    figures: tuple[Figure, ...]
    curve: tuple[LoadPoint, ...]
    capacity: CapacityResult


@record
class ChangeResult:
    """A figure before and after, the 95 % interval of the difference, and what that shows.

    The interval is None where there are no samples to take it from.
    """

    metric: str
    unit: str
    before: float
    after: float
    low: float | None
    high: float | None
    verdict: str


@record
class ComparisonResult:
    """Two load tests side by side.

    Attributes:
        schema: version of the published form.
        before: path of the first.
        after: path of the second.
        verdict: of the response times: `slower`, `faster`, `no difference shown`, `too few
            samples`, or `not tested`.
        headline: the verdict, and before it how the error rate changed if it did: failed requests
            are often quick, and more of them are no success.
        magnitude: size of the effect, in a word.
        superiority: chance that a response of the second is slower than one of the first.
        p: of the rank test; None without samples.
        method: the test and its source.
        note: why nothing could be tested, or what to keep in mind.
        changes: figure by figure.
    """

    schema: Literal["readiness/comparison@1"]
    before: str
    after: str
    verdict: str
    headline: str
    magnitude: str
    superiority: float | None
    p: float | None
    method: str
    note: str
    changes: tuple[ChangeResult, ...]
