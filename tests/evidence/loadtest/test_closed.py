"""A summary of a closed loop whose longest response is far out: p99 corrected beside the claimed one."""

from __future__ import annotations

import math
import random
import re

import pytest

from readiness.errors import Location
from readiness.evidence.loadtest.closed import stall_problems
from readiness.model.fact import Fact
from readiness.stats.histogram import from_values, quantile
from readiness.stats.omission import corrected

AT = Location("ab.txt", 7)


def asked(users: int, seconds: int, stall: float, seed: int) -> list[float]:
    """Return times in ms of users who wait for 8 to 12 ms, but once for a stall of the service."""
    rng, times, begins = random.Random(seed), [], seconds / 2
    for _ in range(users):
        clock = 0.0
        while clock < seconds:
            ms = rng.uniform(8, 12)
            if clock < begins <= clock + ms / 1000:
                ms += 1000 * stall
            times.append(ms)
            clock += ms / 1000
    return times


def stated(times: list[float], users: int, seconds: int) -> list[Fact]:
    all_of = from_values(times)
    known = {"requests": len(times), "rate": len(times) / seconds, "concurrency": users, "min": min(times), "max": max(times)}
    known |= {f"p{rank}": quantile(all_of, rank / 100) for rank in (50, 75, 90, 95, 99)}
    return [Fact(name, value, "", AT) for name, value in known.items()]


@pytest.mark.parametrize("seed", range(5))
def test_p99_is_corrected_from_what_a_summary_states_and_never_by_more_than_samples_show(seed: int) -> None:
    users, seconds = 5, 40
    times = asked(users, seconds, 4.0, seed)
    facts = stated(times, users, seconds)
    (problem,) = stall_problems(facts)
    found = re.search(r"; with those it did not send p99 is about ([0-9,.]+) ms or more$", problem.message)
    assert found
    about = float(found[1].replace(",", ""))
    interval = 1000 * users / (len(times) / seconds)
    truth = quantile(corrected(from_values(times), interval), 0.99)
    assert 100 < about <= truth * 1.01
    assert quantile(from_values(times), 0.99) < 12


def test_what_is_not_stated_is_not_corrected() -> None:
    facts = stated(asked(5, 40, 4.0, 1), 5, 40)
    for missing in ("requests", "concurrency", "rate"):
        (problem,) = stall_problems([fact for fact in facts if fact.metric != missing])
        assert problem.message.endswith("so few samples show it")


def test_a_stall_too_short_for_p99_leaves_it_as_it_is() -> None:
    (problem,) = stall_problems(stated(asked(5, 40, 0.15, 1), 5, 40))
    assert problem.message.endswith("so few samples show it")


@pytest.mark.parametrize(("metric", "value"), [
    ("concurrency", 0), ("max", math.inf), ("rate", 0.0), ("requests", math.nan), ("p95", math.nan), ("min", math.nan), ("p99", math.nan),
])  # fmt: skip
def test_strange_figures_are_not_corrected(metric: str, value: float) -> None:
    facts = [fact._replace(value=value) if fact.metric == metric else fact for fact in stated(asked(5, 40, 4.0, 1), 5, 40)]
    assert all(problem.message.endswith("so few samples show it") for problem in stall_problems(facts))


def test_k6_may_have_sent_by_a_schedule() -> None:
    facts = [*stated(asked(5, 40, 4.0, 1), 5, 40), Fact("concurrency.allocated", 20, "", AT)]
    (problem,) = stall_problems(facts)
    assert problem.message.endswith("so few samples show it")
