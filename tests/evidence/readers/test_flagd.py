"""flagd files: what a flag is comes from its state, its default and whom a rule hits."""

from __future__ import annotations

import json

import pytest

from readiness.evidence.readers.flagd import READER
from tests.evidence.readers.config_files import (
    SAMPLES,
    codes,
    declared,
    found,
    known,
    read,
    real,
    refusal,
    sample,
    value,
    values,
)


def flag(**given: object) -> str:
    default = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
    return json.dumps({"flags": {"a": {**default, **given}}})


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    assert known(READER) == {"flagd/demo.flagd.json", "flagd/disabled-flags.json", "flagd/example_flags.flagd.yaml"}
    assert READER.sniff(b'{"flags": {"a": {"variants": {}}}}') == 0
    assert READER.sniff(b'{"flags": 3, "variants": 1}') == 0


def test_public_flags_that_inject_faults_are_off() -> None:
    data = real("flagd", "demo.flagd.json")
    reading, flags = read(READER, data), json.loads(data)["flags"]
    for name, given in flags.items():
        assert value(reading, "flag.default", flag=name) == given["defaultVariant"]
        assert value(reading, "flag.variants", flag=name) == len(given["variants"])
        assert value(reading, "flag.on", flag=name) is bool(given["variants"][given["defaultVariant"]])
    injecting = {dict(f.labels)["flag"] for f in reading.facts if f.metric == "fault.on"}
    assert injecting == set(flags) - {"loadGeneratorTraffic", "loadGeneratorVUs"}
    assert codes(reading) == []
    assert value(reading, "flag.targeted", flag="productCatalogFailure") is False


@pytest.mark.parametrize("name", ["paymentFailure", "kafkaQueueProblems", "adManualGc"])
def test_a_public_flag_that_injects_faults_switched_on_is_told(name: str) -> None:
    document = json.loads(real("flagd", "demo.flagd.json"))
    on = next(v for v, content in document["flags"][name]["variants"].items() if content)
    document["flags"][name]["defaultVariant"] = on
    reading = read(READER, json.dumps(document))
    assert value(reading, "fault.on", flag=name) is True
    assert codes(reading) == ["fault-on"]


def test_public_flags_that_are_disabled_are_not_on() -> None:
    reading = read(READER, real("flagd", "disabled-flags.json"))
    assert {f.value for f in reading.facts if f.metric in ("flag.on", "flag.enabled")} == {False}
    assert codes(reading) == ["disabled"] * 6


def test_public_yaml_with_shares() -> None:
    reading = read(READER, real("flagd", "example_flags.flagd.yaml"))
    assert [value(reading, "weight", flag="headerColor", target=t) for t in ("red", "blue", "green", "yellow")] == [0.25] * 4
    assert value(reading, "flag.on", flag="myBoolFlag") is True
    assert value(reading, "flag.targeted", flag="isColorYellow") is True


def test_a_rule_that_hits_some_switches_a_fault_on() -> None:
    reading = sample(READER, "ok/flags.yaml")
    assert value(reading, "flag.on", flag="modelUnreachable") is False
    assert value(reading, "fault.on", flag="modelUnreachable") is True
    assert codes(reading) == ["fault-on"]


def test_a_failover_injects_no_fault() -> None:
    reading = sample(READER, "ok/flags.json")
    assert found(reading, "fault.on", flag="model-failover") == []
    assert value(reading, "flag.targeted", flag="model-failover") is True
    assert value(reading, "weight", flag="answer-model", target="next") == 0.05
    assert codes(reading) == ["disabled", "no-default"]
    assert values(reading, "flag.default", flag="code-decides") == []


@pytest.mark.parametrize(
    ("variants", "default", "on"),
    [
        ({"on": True, "off": False}, "on", True),
        ({"10%": 0.1, "off": 0}, "10%", True),
        ({"a": "none", "b": "x"}, "a", False),
        ({"off": "x", "b": "y"}, "off", False),
        ({"a": {}, "b": {"c": 1}}, "a", False),
        ({"a": {}, "b": {"c": 1}}, "b", True),
    ],
)
def test_what_stands_for_on(variants: dict[str, object], default: str, on: bool) -> None:
    assert value(read(READER, flag(variants=variants, defaultVariant=default)), "flag.on", flag="a") is on


def test_evaluators_that_name_each_other_end() -> None:
    document = json.loads(flag(targeting={"if": [{"$ref": "x"}, "on", "off"]}))
    document["$evaluators"] = {"x": {"$ref": "y"}, "y": {"or": [{"$ref": "x"}, "on"]}}
    assert value(read(READER, json.dumps(document)), "flag.targeted", flag="a") is True


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("default-is-no-variant.json", "invalid:malformed"),
        ("state-of-another-kind.json", "invalid:malformed"),
        ("no-variants.json", "invalid:malformed"),
        ("no-flags.json", "inconclusive:no-settings"),
    ],
)
def test_broken(name: str, found: str) -> None:
    assert codes(sample(READER, f"broken/{name}")) == [found]


@pytest.mark.parametrize(("name", "code"), [("cut-off.json", "not-json"), ("flags-as-a-list.yaml", "wrong-kind")])
def test_refused(name: str, code: str) -> None:
    assert refusal(READER, (SAMPLES / "flagd" / "broken" / name).read_bytes()) == code
