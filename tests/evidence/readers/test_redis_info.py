"""Redis INFO: 0 of 0 is no ratio, and counters since the start hide what came last."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.readers.redis_info import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    found,
    known,
    read,
    refusal,
    sample,
    value,
    values,
)
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
    assert known(READER) == {f"redis/info-{name}.txt" for name in ("empty", "warm", "evicting")}


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


def test_produced_figures() -> None:
    data = shared("produced/redis/info-warm.txt")
    reading = read(READER, data)
    gets = re.search(rb"cmdstat_get:calls=(\d+)", data)
    assert gets is not None
    assert value(reading, "lookups") == int(gets[1]) == 900
    assert value(reading, "hit_ratio") == 600 / 900
    assert value(reading, "keys.expiring") == value(reading, "keys") == 200
    assert reading.produced is not None
    assert reading.produced.isoformat() == "2026-11-23T02:39:37.958360+00:00"


def test_nothing_looked_up_is_no_hit_ratio() -> None:
    reading = read(READER, shared("produced/redis/info-empty.txt"))
    assert found(reading, "hit_ratio") == []
    assert codes(reading) == ["inconclusive:no-lookups"]


def test_a_ratio_of_an_earlier_phase_is_told_and_the_difference_shows_it() -> None:
    warm, evicting = (shared(f"produced/redis/info-{name}.txt") for name in ("warm", "evicting"))
    alone = read(READER, evicting)
    assert value(alone, "hit_ratio") == 600 / 900
    assert codes(alone) == ["since-start", "no-ttl"]
    both = read(READER, warm + evicting)
    assert values(both, "evictions") == [(1893, "derived")]
    assert found(both, "hit_ratio") == []
    assert codes(both) == ["inconclusive:no-lookups", "no-ttl"]


def test_a_run_between_two_outputs() -> None:
    reading = sample(READER, "ok/before-and-after.txt")
    assert values(reading, "hits") == [(600, "derived")]
    assert codes(reading) == []


def test_databases_and_sections_alone() -> None:
    reading = sample(READER, "ok/sections.txt")
    assert value(reading, "keys") == 12
    assert value(reading, "keys.expiring", db="db2") == 0
    assert value(reading, "cache.ttl_left", db="db0") == 60_000


def test_no_limit_is_off() -> None:
    reading = sample(READER, "broken/loading.txt")
    assert value(reading, "cache.max_memory") == "off"
    assert codes(reading) == ["since-start", "no-limit", "noeviction", "inconclusive:loading"]


def test_a_server_that_began_anew_is_refused() -> None:
    data = shared("produced/redis/info-warm.txt")
    assert refusal(READER, data + data.replace(b"run_id:2", b"run_id:3")) == "contradiction"
    assert refusal(READER, data + data.replace(b"uptime_in_seconds:4", b"uptime_in_seconds:2")) == "contradiction"


@pytest.mark.parametrize(("name", "code"), [("counters-went-back", "contradiction"), ("hits-in-words", "number"), ("only-the-server", "wrong-kind")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / READER.id / "broken" / f"{name}.txt").read_bytes()) == code
