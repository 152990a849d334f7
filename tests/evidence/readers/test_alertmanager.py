"""Alertmanager: a severity is routed only where each receiver it goes to has a channel."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readiness.evidence.readers.alertmanager import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
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
    assert known(READER) == {"alertmanager/voyageai-alertmanager.yml"}


def test_endures_what_no_tool_writes() -> None:
    endure(READER)


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=200))
def test_random_bytes_prove_nothing(data: bytes) -> None:
    assert proves_nothing(try_read(READER, data))


def test_public_configuration() -> None:
    reading = read(READER, shared("real/slo/alertmanager/voyageai-alertmanager.yml"))
    assert value(reading, "alert.receivers", severity="critical") == "critical-alerts"
    assert value(reading, "alert.receivers", severity="page") == "default-email"
    assert value(reading, "alert.routed", severity="critical") is True
    assert value(reading, "receiver.channels", receiver="critical-alerts") == 1  # the other is a comment
    assert values(reading, "alert.group_wait") == [(30_000, "file")]


def test_routes_in_order_with_continue_and_three_ways_to_match() -> None:
    reading = sample(READER, "ok/alertmanager.yml")
    assert value(reading, "alert.receivers", severity="page") == "pager, chat"
    assert value(reading, "alert.receivers", severity="ticket") == "chat"
    assert value(reading, "alert.routed", severity="page") is True


def test_a_receiver_without_a_channel_tells_nobody() -> None:
    reading = sample(READER, "ok/alertmanager.yml")
    assert value(reading, "alert.routed") is False
    assert value(reading, "alert.routed", severity="critical") is False
    assert value(reading, "alert.receivers", severity="critical") == "nobody"


def test_an_address_that_a_script_fills_in_is_not_known() -> None:
    reading = sample(READER, "ok/alertmanager.yml")
    assert value(reading, "receiver.channels", receiver="webhook") == 0
    assert value(reading, "alert.routed", severity="info") is False
    assert codes(reading)[0] == "template"


@pytest.mark.parametrize("address", ["''", "null"])
def test_an_address_that_is_empty_leads_nowhere(address: str) -> None:
    text = f"route: {{receiver: a}}\nreceivers:\n  - name: a\n    webhook_configs: [{{url: {address}}}]\n"
    assert value(read(READER, text), "alert.routed") is False


def test_a_pattern_that_could_take_long_is_not_tried() -> None:
    text = "route:\n  receiver: a\n  routes:\n    - {receiver: a, matchers: ['severity=~\"(a+)+b\"']}\nreceivers: [{name: a}]\n"
    assert refusal(READER, text) == "pattern"


@pytest.mark.parametrize(("name", "code"), [("receiver-not-defined", "malformed"), ("matcher-in-words", "malformed"), ("pattern-unclosed", "malformed")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / READER.id / "broken" / f"{name}.yml").read_bytes()) == code


def test_broken() -> None:
    assert "invalid:number" in codes(sample(READER, "broken/time-without-unit.yml"))
