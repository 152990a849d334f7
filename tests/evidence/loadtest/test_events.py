"""Rows of Locust that are no requests: told where they count beside others, and only there."""

from __future__ import annotations

import pytest

from readiness.errors import Location
from readiness.evidence.loadtest.events import event_problems
from readiness.model.fact import Fact, Problem


def facts(*rows: tuple[str, str, int]) -> list[Fact]:
    whole = Fact("requests", sum(count for *_, count in rows), "", Location("a_stats.csv", 9))
    return [whole, *(
        Fact("requests", count, "", Location("a_stats.csv", line),
             tuple(pair for pair in (("endpoint", name), ("method", kind)) if pair[1]))
        for line, (kind, name, count) in enumerate(rows, 2)
    )]  # fmt: skip


def test_events_beside_the_requests_they_are_part_of_are_told() -> None:
    found = facts(("POST", "/v1/chat", 200), ("STREAM", "E2E", 204), ("STREAM", "TTFT", 204))
    assert list(event_problems(found)) == [
        Problem(
            "warning", "events-counted",
            "`STREAM E2E` and `STREAM TTFT` may be no requests, and count as 408: requests, rate and times of all mix "
            "them with the others",
            Location("a_stats.csv", 3),
            "an event can time a part of a request, or the same one again: expect by endpoint",
        )
    ]  # fmt: skip


def test_of_many_events_the_first_are_named() -> None:
    (problem,) = event_problems(facts(*(("WS", f"message {n}", 500) for n in range(5))))
    assert problem.message.startswith(
        "`WS message 0`, `WS message 1`, `WS message 2` and 2 more may be no requests, and count as 2,500: "
    )


@pytest.mark.parametrize(
    "rows",
    [
        [("GET", "/a", 5), ("post", "/b", 5), ("Delete", "/c", 5)],
        [("grpc", "/shop.Shop/Get", 5), ("grpc", "/shop.Shop/Put", 5), ("POST", "/b", 5)],
        [("STREAM", "E2E", 5)],
        [("STREAM", "E2E", 0), ("GET", "/a", 5), ("GET", "/b", 5)],
        [("STREAM", "E2E", 5), ("GET", "/a", 0)],
        [("", "/a", 5), ("", "/b", 5)],
        [],
    ],
    ids=["methods", "gRPC", "alone", "never fired", "alone that was used", "older files", "nothing"],
)
def test_requests_are_none(rows: list[tuple[str, str, int]]) -> None:
    assert list(event_problems(facts(*rows))) == []
