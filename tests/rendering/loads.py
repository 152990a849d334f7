"""Load tests and comparisons of the synthetic reviews: every shape a report may have to show."""

from __future__ import annotations

import math

from readiness.model.load_result import (
    COMPARISON,
    BandPoint,
    CapacityResult,
    ChangeResult,
    ComparisonResult,
    Figure,
    LoadPoint,
    LoadResult,
)

_FIT = "Universal Scalability Law (Gunther 1993, 2007) by nonlinear least squares"
_MSER = "MSER-3 (White 1997; Franklin and White 2008) on requests and mean latency"
_TEST = "Mann–Whitney U test (1947), differences of percentiles by MOVER (Zou and Donner 2008)"


def _law(users: float) -> float:
    return round(9.5 * users / (1 + 0.03 * (users - 1) + 9e-4 * users * (users - 1)), 2)


def _curve(users: list[int], width: float, *, failing: int = 0) -> tuple[LoadPoint, ...]:
    """Stretches at some levels of users, the last of them failing, and one without a request."""
    points = []
    for index, level in enumerate(users):
        rate = round(_law(level) * (1 + 0.04 * math.sin(3 * index)), 2)
        slow = round(1000 * level / rate, 1)
        failed = 0.02 if index >= len(users) - failing else 0.0
        points.append(LoadPoint(width * index - 0.4, rate, failed, slow, round(1.9 * slow, 1), level))
    points.append(LoadPoint(width * len(users) - 0.4, 0.0, 0.0, None, None, None))
    return tuple(points)


def _measured(users: list[int]) -> tuple[tuple[float, float], ...]:
    return tuple((level + 0.3 * (n % 3), round(_law(level) * (1 + 0.03 * math.cos(2 * n)), 2)) for n, level in enumerate(users))


def _band(top: int) -> tuple[BandPoint, ...]:
    return tuple(BandPoint(n, _law(n), round(0.96 * _law(n), 2), round(1.05 * _law(n), 2)) for n in range(4, top + 1, 4))


def _figures(requests: int, slower: float, *, steady: bool, corrected: bool) -> tuple[Figure, ...]:
    times = {"mean": 212.4, "p50": 188.2, "p95": 402.6, "p99": 731.5, "p99.9": 1204.8, "max": 2310.2}
    rows = [
        Figure("requests", "", requests, None, None, requests - 13_186 if steady else None, None),
        Figure("errors", "ratio", 0.0042, None, None, 0.0039 if steady else None, None),
        Figure("rate", "1/s", 119.35, None, None, 122.4 if steady else None, None),
    ]
    for name, value in times.items():
        low, high = (round(value * slower * share, 1) for share in (0.97, 1.04))
        ranked = name.startswith("p")
        rows.append(Figure(
            name, "ms", round(value * slower, 1), low if ranked else None, high if ranked and name != "p99.9" else None,
            round(value * 0.95, 1) if steady else None, round(value * 1.6, 1) if corrected else None))  # fmt: skip
    return tuple(rows)


_STAIR = [2, 2, 4, 4, 8, 8, 16, 16, 24, 24, 32, 32, 40, 40]
STEPS = LoadResult(
    "evidence/load/steps.json.gz", "k6-json", "closed", 38_412, 352.5, 25.0, None,
    "no steady state found: requests per window stand on 7 levels, one after the other: 18, 36, 68", "",
    _figures(38_412, 1.4, steady=False, corrected=True), _curve(_STAIR, 25.0, failing=2),
    CapacityResult("", _FIT, 0.987, 131.4, 32.8, 128.6, 121.9, 137.2, _measured(_STAIR), _band(48)),
)  # fmt: skip
PEAK = LoadResult(
    "evidence/load/peak.jtl", "jmeter-jtl", "closed", 214_830, 1_830.0, 150.0, (150.0, 1_650.0), "", _MSER,
    _figures(214_830, 1.0, steady=True, corrected=True), _curve([8, *[32] * 11], 150.0),
    CapacityResult("concurrency from 31.2 to 33.9 only; a capacity fit needs a range of 3 times", "", None, None, None,
                   None, None, None, (), ()),
)  # fmt: skip
OPEN = LoadResult(
    "evidence/load/open.bin", "vegeta-results", "open", 36_118, 372.5, 30.0, (0.0, 360.0), "", _MSER,
    _figures(36_118, 1.0, steady=True, corrected=False), _curve([4, 8, 12, 16, 20, 24, 24, 24, 24, 24, 24, 24], 30.0),
    CapacityResult("no knee up to 24.3, the largest tested concurrency: it lies beyond, and the capacity is at least 121.5",
                   _FIT, 0.942, 121.5, None, None, None, None, _measured([4, 8, 12, 16, 20, 24]), _band(24)),
)  # fmt: skip

SLOWER = ComparisonResult(
    COMPARISON, "evidence/load/peak-1.3.0.jtl", "evidence/load/peak.jtl", "slower", "slower", "small", 0.588, 0.00012, _TEST,
    "percentiles and errors are those of the steady parts, all else of the whole runs",
    (
        ChangeResult("requests", "", 209_114, 214_830, None, None, "not tested"),
        ChangeResult("errors", "ratio", 0.0041, 0.0039, -0.0011, 0.0007, "no difference shown"),
        ChangeResult("p50", "ms", 166.1, 178.8, 9.8, 15.9, "slower"),
        ChangeResult("p95", "ms", 371.4, 382.5, 3.1, 19.6, "slower"),
        ChangeResult("p99", "ms", 702.8, 694.9, None, 88.0, "too few samples"),
        ChangeResult("max", "ms", 1_988.0, 2_310.2, None, None, "not tested"),
    ),
)  # fmt: skip
MISSING = ComparisonResult(
    COMPARISON, "evidence/load/steps-1.3.0.json.gz", "evidence/load/steps.json.gz", "not tested", "not tested", "", None, None, "",
    "evidence/load/steps-1.3.0.json.gz proves nothing: no file matches `evidence/load/steps-1.3.0.json.gz`", (),
)  # fmt: skip
