"""Synthetic load tests: a stepped one of a known scalability law, and steady ones of a known median."""

from __future__ import annotations

import math
import random
from collections import Counter
from typing import TYPE_CHECKING

from readiness.errors import Location
from readiness.evidence.loadtest.facts import load_facts
from readiness.evidence.loadtest.shape import shape_problems
from readiness.model.evidence import Evidence
from readiness.model.fact import Fact, Problem, Strength
from readiness.model.load import Arrivals, Counts, Load, Window
from readiness.stats.histogram import EMPTY, from_counts
from readiness.stats.usl import Curve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TRUTH = Curve(20.0, 0.02, 5e-4)  # the knee is at 44 requests in flight, with 312 requests a second
LEVELS = (2, 4, 8, 16, 32, 48, 64, 96)
SECONDS = 12
LABELS = (("endpoint", "/chat"),)


def window(start: float, times: Sequence[float], failures: int = 0, users: int | None = None) -> Window:
    """A window in which requests began that took `times` in ms; the first `failures` of them failed."""
    failed, ok = from_counts(Counter(times[:failures])), from_counts(Counter(times[failures:]))
    return Window(start, {LABELS: Counts(ok, failed if failures else EMPTY)} if times else {}, users)


def run(windows: Iterable[Window], arrivals: Arrivals = "closed", width: float = 1.0) -> Load:
    parts = tuple(windows)
    return Load(parts, began=1.7e9, seconds=len(parts) * width, width=width, arrivals=arrivals)


def stepped(curve: Curve = TRUTH, levels: Sequence[int] = LEVELS, *, seed: int = 1, noise: float = 0.03,
            seconds: int = SECONDS, failing: float = 0.0) -> Load:  # fmt: skip
    """Users who ask again as soon as they are answered, at one level after the other."""
    random_ = random.Random(seed)
    windows: list[Window] = []
    for users in levels:
        for _ in range(seconds):
            rate = curve.at(users) * (1 + noise * random_.gauss(0, 1))
            count = max(1, round(rate))
            times = [round(1000 * users / rate * random_.uniform(0.8, 1.2), 2) for _ in range(count)]
            windows.append(window(len(windows), times, round(failing * count), users))
    return run(windows)


def steady(seed: int = 1, *, median: float = 80.0, seconds: int = 60, rate: int = 20, failing: float = 0.02,
           clump: float = 0.0, ramp: int = 0) -> Load:  # fmt: skip
    """A run at one level after a ramp; the times of each second move together by `clump`."""
    random_ = random.Random(seed)
    windows: list[Window] = []
    level = 0.0
    for second in range(seconds):
        level = 0.5 * level + 0.866 * random_.gauss(0, 1)
        middle = median * math.exp(clump * level) * (4 if second < ramp else 1)
        count = max(1, rate * (second + 1) // (ramp + 1)) if second < ramp else rate
        times = [round(middle * math.exp(0.5 * random_.gauss(0, 1)), 2) for _ in range(count)]
        windows.append(window(second, times, sum(random_.random() < failing for _ in range(count)), 8))
    return run(windows)


def evidence(load: Load, path: str = "run.jtl", *, reader: str = "jmeter-jtl") -> Evidence:
    """What a reader makes of samples."""
    at = Location(path)
    facts = tuple(load_facts(load, at))
    problems = tuple(shape_problems(load, facts, at))
    return Evidence(path, (), reader, Strength.measured, facts, problems, load=load)


def summary(path: str = "summary.json", **values: float) -> Evidence:
    """What a reader makes of a summary: times in ms, no samples."""
    units = {"errors": "ratio", "rate": "1/s", "requests": "", "concurrency": ""}
    facts = tuple(Fact(name, value, units.get(name, "ms"), Location(path)) for name, value in values.items())
    return Evidence(path, (), "k6-summary", Strength.measured, facts, ())


def broken(path: str = "broken.jtl", kind: str = "invalid", message: str = "the last row is cut off") -> Evidence:
    problem = Problem(kind, "cut-off", message, Location(path), "was the run aborted?")  # type: ignore[arg-type]
    return Evidence(path, (), "jmeter-jtl", Strength.claimed, (), (problem,))
