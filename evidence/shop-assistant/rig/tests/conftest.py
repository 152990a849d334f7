"""Fixtures for the suites that run against the started service."""

import time
from collections.abc import Iterator

import pytest

from client import Rig


@pytest.fixture(scope="session")
def rig() -> Iterator[Rig]:
    """Return a client for the running service, with the model's waiting time cut short."""
    client = Rig()
    client.model_latency(0.1)
    yield client
    client.model_latency(1.0)


@pytest.fixture(autouse=True)
def clean_cache(rig: Rig) -> None:
    """Start every test with an empty cache."""
    rig.admin("cache", clear=True)


def wait_until_full(rig: Rig, within_s: float) -> float:
    """Ask until an answer is not degraded; return the seconds that took."""
    started = time.monotonic()
    while rig.ask("Is the Rimo tent waterproof?", fresh=True)["degraded"]:
        assert time.monotonic() - started < within_s, "still degraded"
        time.sleep(0.2)
    return time.monotonic() - started
