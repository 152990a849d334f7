"""nginx cache logs: `-` is no lookup, and what the service behind had to answer is no hit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.readers.nginx_cache_log import READER
from tests.evidence.readers.config_files import SAMPLES, codes, known, read, refusal, sample, value
from tests.evidence.readers.metric_files import (
    endure,
    metrics_given,
    proves_nothing,
    shared,
    try_read,
)


def test_every_declared_metric_is_given() -> None:
    metrics_given(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"nginx/cache_access.log"}


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


def test_produced_log() -> None:
    data = shared("produced/nginx/cache_access.log")
    reading = read(READER, data)
    assert value(reading, "hits") == data.count(b" HIT ")
    assert value(reading, "misses") == data.count(b" MISS ")
    assert value(reading, "not_proxied") == data.count(b" - ") == 1
    assert value(reading, "hit_ratio") == 80 / 105
    assert reading.produced is not None
    assert reading.produced.isoformat()[:16] == "2026-11-23T02:41"


def test_each_status_counts_for_what_it_is() -> None:
    reading = sample(READER, "ok/combined.log")
    names = ("lookups", "hits", "misses", "stale", "expired", "bypassed", "not_proxied")
    assert [value(reading, name) for name in names] == [6, 1, 4, 1, 2, 1, 1]
    assert codes(reading) == ["stale"]
    assert reading.produced is not None
    assert reading.produced.isoformat() == "2026-11-23T02:41:08+00:00"


def test_a_log_that_is_being_written_is_told() -> None:
    data = (SAMPLES / READER.id / "ok" / "cache_access.log").read_bytes()
    assert codes(read(READER, data.rstrip(b"\n"))) == ["no-end"]


def test_a_page_of_status_is_no_log() -> None:
    assert refusal(READER, shared("produced/nginx/stub_status.txt")) == "wrong-kind"


@pytest.mark.parametrize(("name", "code"), [("a-line-of-another-format", "wrong-shape"), ("too-few-lookups", "wrong-kind")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / READER.id / "broken" / f"{name}.log").read_bytes()) == code
