"""Absent, off and unreadable settings are three things; times are read in each convention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readiness.evidence import durations
from readiness.evidence.documents import Part, read_documents
from readiness.evidence.reader import Source
from readiness.evidence.settings import Settings, labels, to_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from readiness.model.fact import Fact, Problem


def part(text: str) -> Part:
    return read_documents(Source("a.yaml", text.encode()))[0]["x"]


def found(settings: Settings) -> tuple[tuple[Fact, ...], tuple[Problem, ...]]:
    reading = settings.reading(Source("a", b"").at(1), "nothing", defaults=True)
    return reading.facts, tuple(p for p in reading.problems if p.code != "no-settings")


def given_time(text: str, default: float | None = 9.0) -> list[tuple[object, str]]:
    settings = Settings()
    settings.time("timeout", part(text), durations.go, (), default)
    facts, problems = found(settings)
    return [(f.value, f.origin) for f in facts] + [(p.code, p.kind) for p in problems]


def test_absent_off_and_unreadable() -> None:
    assert given_time("y: 1") == [(9.0, "tool-default")]
    assert given_time("x: null") == [(9.0, "tool-default")]
    assert given_time("y: 1", None) == []
    assert given_time("x: 0s") == [(0.0, "file")]
    assert given_time("x: ${T}") == [("template", "warning")]
    assert given_time("x: ${T:-5s}") == [("template", "warning")]
    assert given_time("x: soon") == [("number", "invalid")]
    assert given_time("x: true") == [("number", "invalid")]


def test_what_zero_switches_off_is_no_number() -> None:
    settings = Settings()
    assert settings.time("timeout", part("x: 0s"), durations.go, off=True) == 0
    assert settings.number("breaker.max_requests", part("x: 0"), off=True) == 0
    facts, _ = found(settings)
    assert [(f.value, f.unit, f.origin) for f in facts] == [("off", "", "file")] * 2


def test_numbers_add_and_scale() -> None:
    settings = Settings()
    assert settings.number("attempts", part("x: 2"), add=1) == 3
    assert settings.number("attempts", part("y: 2"), (), 3, add=1) == 3
    assert settings.number("share", part("x: {value: 25}"), (), scale=0.01, unit="ratio") == 0.25
    assert settings.number("share", part("x: 101"), (), scale=0.01, unit="ratio") is None
    assert settings.number("n", part("x: -1")) is None
    facts, problems = found(settings)
    assert [(f.metric, f.value, f.unit) for f in facts] == [("attempts", 3.0, ""), ("share", 0.25, "ratio")]
    assert [p.code for p in problems] == ["number", "number"]


def test_truths_and_texts() -> None:
    settings = Settings()
    assert settings.truth("cache.on", part("x: 'off'")) is False
    assert settings.truth("cache.on", part("y: 1"), default=True) is True
    assert settings.truth("cache.on", part("x: maybe")) is None
    assert settings.text("attempts.on", part("x: [5xx, reset]")) == "5xx, reset"
    assert settings.text("attempts.on", part("x: 503")) == "503"
    assert settings.text("attempts.on", part("y: 1")) == ""
    assert settings.text("attempts.on", part("x: true")) == ""
    assert settings.text("attempts.on", part("x: ${A}")) == ""
    facts, problems = found(settings)
    assert [(f.value, f.origin) for f in facts] == [(False, "file"), (True, "tool-default"), ("5xx, reset", "file"), ("503", "file")]
    assert [p.code for p in problems] == ["number", "number", "template"]


def test_the_same_fact_is_said_once() -> None:
    settings = Settings()
    for text in ("x: 1s", "x: 1000ms", "x: 2s"):
        settings.time("timeout", part(text), durations.go, labels(route="/", upstream=None))
    facts, _ = found(settings)
    assert [(f.value, f.labels) for f in facts] == [(1000.0, (("route", "/"),)), (2000.0, (("route", "/"),))]


def test_a_file_that_sets_nothing_proves_nothing() -> None:
    at = Source("a", b"").at(1)
    settings = Settings()
    settings.put("timeout", 1, "ms", at, (), "tool-default")
    assert settings.reading(at, "nothing is set", defaults=True).problems == ()
    problems = settings.reading(at, "nothing is set").problems
    assert [(p.kind, p.code) for p in problems] == [("inconclusive", "no-settings")]


TIMES: list[tuple[Callable[[object], float | None], object, float | None]] = [
    (durations.seconds, 120, 120_000),
    (durations.seconds, "1.5", 1500),
    (durations.seconds, "5s", None),
    (durations.seconds, True, None),
    (durations.seconds, 1e300, None),
    (durations.milliseconds, 250, 250),
    (durations.milliseconds, -1, None),
    (durations.go, "1m30s", 90_000),
    (durations.go, "1.5h", 5_400_000),
    (durations.go, "0", 0),
    (durations.go, 0, 0),
    (durations.go, 5, None),
    (durations.go, "5", None),
    (durations.go, "5d", None),
    (durations.go, "5s!", None),
    (durations.proto, "0.250s", 250),
    (durations.proto, "500ms", None),
    (durations.proto, 5, None),
    (durations.proto, {"seconds": 2, "nanos": 500_000_000}, 2500),
    (durations.proto, {"seconds": "2"}, 2000),
    (durations.proto, {"minutes": 2}, None),
    (durations.spring, 100, 100),
    (durations.spring, "100", 100),
    (durations.spring, "5s", 5000),
    (durations.spring, "5S", 5000),
    (durations.spring, "PT5S", 5000),
    (durations.spring, "PT1M0.5S", 60_500),
    (durations.spring, "P1DT1H", 90_000_000),
    (durations.spring, "PT", None),
    (durations.spring, "1m30s", None),
    (durations.spring, "1 s", 1000),
    (durations.go_or_seconds, 10, 10_000),
    (durations.go_or_seconds, "10", 10_000),
    (durations.go_or_seconds, "500ms", 500),
    (durations.nginx, "60", 60_000),
    (durations.nginx, "1h30m", 5_400_000),
    (durations.nginx, "1h 30m", 5_400_000),
    (durations.nginx, "1M", 2_592_000_000),
    (durations.nginx, "5us", None),
    (durations.nginx, "", None),
]


@pytest.mark.parametrize(("parse", "value", "ms"), TIMES)
def test_times(parse: Callable[[object], float | None], value: object, ms: float | None) -> None:
    assert parse(value) == ms


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans(), st.dictionaries(st.text(), st.integers())))
def test_any_value_is_a_time_of_0_or_more_or_none(value: object) -> None:
    for parse in (durations.seconds, durations.milliseconds, durations.go, durations.proto, durations.spring, durations.go_or_seconds, durations.nginx):
        ms = parse(value)
        assert ms is None or 0 <= ms < 1e15


@pytest.mark.parametrize(("value", "number"), [("10", 10), (" 5", None), ("1_0", None), ("nan", None), ("1e400", None), ({"value": 3}, 3), ({"value": "3"}, 3), (None, None), (True, None), ("٣", None), ("-", None)])
def test_numbers(value: object, number: float | None) -> None:
    assert to_number(value) == number
