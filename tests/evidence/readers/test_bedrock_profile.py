"""Inference profiles: several regions are reached, and all through one."""

from __future__ import annotations

import json

import pytest

from readiness.evidence.readers.bedrock_profile import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared,
    known,
    read,
    real,
    refusal,
    sample,
    value,
    values,
)

EU = "eu.anthropic.claude-sonnet-4-20250514-v1:0"


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_none_of_the_shared_files() -> None:
    assert known(READER) == set()
    assert READER.sniff(b'{"inferenceProfileArn": "a"}') == 0


def test_a_public_file_of_another_kind_is_refused() -> None:
    assert refusal(READER, real("bedrock", "config.json")) == "wrong-kind"


def test_a_profile_over_regions_still_needs_its_own() -> None:
    reading = sample(READER, "ok/across-regions.json")
    assert value(reading, "region", model=EU) == "eu-central-1, eu-west-1, eu-west-3"
    assert value(reading, "targets", model=EU) == 3
    assert value(reading, "fallback", model=EU) is True
    assert value(reading, "fallback.shared", model=EU) == "region eu-central-1, provider anthropic"
    assert codes(reading) == []


def test_an_application_profile_of_one_region_is_no_fallback() -> None:
    reading = sample(READER, "ok/list.json")
    assert value(reading, "fallback", model="a1b2c3d4e5f6") is False
    assert values(reading, "fallback.shared", model="a1b2c3d4e5f6") == []
    assert value(reading, "provider", model="a1b2c3d4e5f6") == "amazon"


def test_a_global_profile_names_no_region() -> None:
    text = (SAMPLES / "bedrock-profile" / "ok" / "across-regions.json").read_text()
    document = json.loads(text)
    document["models"] = [{"modelArn": "arn:aws:bedrock:::foundation-model/anthropic.claude-x"}]
    reading = read(READER, json.dumps(document))
    assert (value(reading, "region", model=EU), value(reading, "fallback", model=EU)) == ("any", True)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("not-active.json", "inconclusive:not-active"),
        ("no-models.json", "invalid:malformed"),
        ("no-arn.json", "invalid:malformed"),
        ("empty-list.json", "inconclusive:no-settings"),
    ],
)
def test_broken(name: str, found: str) -> None:
    assert codes(sample(READER, f"broken/{name}")) == [found]


def test_cut_off() -> None:
    assert refusal(READER, (SAMPLES / "bedrock-profile" / "broken" / "cut-off.json").read_bytes()) == "not-json"
