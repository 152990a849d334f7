"""Linkerd profiles and splits: a budget is no number of tries, and 250m is a quarter."""

from __future__ import annotations

import pytest

from readiness.evidence.readers.linkerd import READER
from tests.evidence.readers.config_files import (
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

WEB = "web-svc.emojivoto.svc.cluster.local"


def test_every_declared_metric_is_given() -> None:
    declared(READER)


def test_sniff_knows_its_own() -> None:
    names = ["75-25.yml", "web-service-profile-with-retry-budget.yml", "web-service-profile-with-timeout.yml"]
    assert known(READER) == {f"linkerd/{name}" for name in names}


def test_public_budget() -> None:
    reading = read(READER, real("linkerd", "web-service-profile-with-retry-budget.yml"))
    assert values(reading, "retry.budget", upstream=WEB) == [(0.001, "file")]
    assert values(reading, "retry.floor", upstream=WEB) == [(10, "file")]
    assert value(reading, "attempts", upstream=WEB, route="GET /api/list") == "unlimited"
    assert values(reading, "timeout", upstream=WEB, route="GET /api/list") == [(10_000, "tool-default")]
    assert codes(reading) == ["retry-unsafe"]  # GET /api/vote counts a vote


def test_public_timeout() -> None:
    reading = read(READER, real("linkerd", "web-service-profile-with-timeout.yml"))
    assert values(reading, "timeout", upstream=WEB, route="GET /api/vote") == [(500, "file")]
    assert values(reading, "attempts", upstream=WEB, route="GET /api/list") == [(1, "tool-default")]
    assert values(reading, "retry.budget", upstream=WEB) == [(0.2, "tool-default")]


def test_public_split() -> None:
    reading = read(READER, real("linkerd", "75-25.yml"))
    assert value(reading, "weight", upstream="web-apex", target="web-svc") == 0.25


def test_a_post_that_is_tried_again_is_told() -> None:
    assert "retry-unsafe" in codes(sample(READER, "ok/profile.yaml"))


def test_a_profile_without_retries_has_no_budget() -> None:
    text = "apiVersion: linkerd.io/v1alpha2\nkind: ServiceProfile\nmetadata: {name: a}\nspec: {routes: [{name: b}]}\n"
    assert found(read(READER, text), "retry.budget", upstream="a") == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("time-without-unit.yaml", "invalid:number"),
        ("retryable-in-words.yaml", "invalid:number"),
        ("budget-in-percent.yaml", "invalid:number"),
        ("weights-of-nothing.yaml", "invalid:number"),
        ("no-routes.yaml", "inconclusive:no-settings"),
    ],
)
def test_broken(name: str, code: str) -> None:
    assert code in codes(sample(READER, f"broken/{name}"))


def test_other_kinds_are_refused() -> None:
    assert refusal(READER, "apiVersion: linkerd.io/v1alpha2\nkind: Server\nmetadata: {name: a}\n") == "wrong-kind"
